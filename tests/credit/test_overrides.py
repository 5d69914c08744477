"""The log of overrides: nothing rewritten unseen, no line half there, and a report that counts what it says."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from credit.errors import BadInput
from credit.intervals import wilson
from credit.override_report import report
from credit.overrides import REASON_CODES, Aftermath, Override, Verdict, append, marked, read
from credit.tables import conform, validate

REFUSED = Verdict(outcome="refused", limit_fen=0, term_days=0)


def offered(limit=10_000_000, term=30):
    return Verdict(outcome="offered", limit_fen=limit, term_days=term)


def override(number=0, reason="site_visit", model=REFUSED, decided=None):
    return Override(
        decision_id=f"D{number}", firm_id=f"F{number}", product="purchase_loan", decided_on=date(2026, 1, 5),
        role="risk_manager", reason=reason, model_version="expert-1", pd_annual=0.14, model_said=model,
        decided=decided or offered(),
    )  # fmt: skip


def test_what_is_written_is_read_back_in_order(tmp_path):
    path, entries = tmp_path / "log.jsonl", [override(0), override(1, "fraud_suspected", offered(), REFUSED)]
    entries.append(Aftermath(decision_id="D0", known_on=date(2026, 9, 1), is_default=True, loss_fen=5))
    assert read(path) == []
    before = b""
    for entry in entries:
        append(path, entry)
        assert path.read_bytes().startswith(before)  # what stood stays
        before = path.read_bytes()
    assert read(path) == entries


@pytest.mark.parametrize("damage", ["changed", "taken_out", "swapped", "half_written"])
def test_a_log_that_was_touched_is_refused_with_the_line(tmp_path, damage):
    path = tmp_path / "log.jsonl"
    for number in range(4):
        append(path, override(number))
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    new = {
        "changed": [lines[0], lines[1].replace("0.14", "0.04"), *lines[2:]],
        "taken_out": [lines[0], *lines[2:]],
        "swapped": [lines[0], lines[2], lines[1], lines[3]],
        "half_written": [*lines[:3], lines[3][:40]],
    }[damage]
    path.write_text("".join(new), encoding="utf-8")
    row = {"changed": 3, "taken_out": 2, "swapped": 2, "half_written": 4}[damage]
    with pytest.raises(BadInput) as refused:
        read(path)
    assert refused.value.problems[0].row == row
    with pytest.raises(BadInput):
        append(path, override(9))


def test_writers_at_one_time_lose_nothing(tmp_path):
    path = tmp_path / "log.jsonl"
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: append(path, override(number)), range(24)))
    assert {entry.decision_id for entry in read(path)} == {f"D{number}" for number in range(24)}


@pytest.mark.parametrize(
    ("entry", "rule"),
    [
        (override(0), "was overridden before"),
        (Aftermath(decision_id="D7", known_on=date(2026, 9, 1), is_default=False), "no override"),
        (Aftermath(decision_id="D0", known_on=date(2025, 9, 1), is_default=False), "before it was decided"),
    ],
)
def test_contradictions_are_refused_and_leave_the_log_as_it_was(tmp_path, entry, rule):
    path = tmp_path / "log.jsonl"
    append(path, override(0))
    before = path.read_bytes()
    with pytest.raises(BadInput, match=rule):
        append(path, entry)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "wrong",
    [{"role": "Ms Chen"}, {"reason": "gut feeling"}, {"pd_annual": 1.2}, {"decided": REFUSED}, {"decision_id": ""}],
)
def test_an_entry_needs_a_role_a_known_reason_and_something_overridden(wrong):
    content = override(0).model_dump(mode="json") | {
        name: value.model_dump() if isinstance(value, Verdict) else value for name, value in wrong.items()
    }
    with pytest.raises(ValidationError):
        Override.model_validate_json(json.dumps(content))


@given(st.integers(1, 100), st.integers(1, 90), st.integers(1, 100), st.integers(1, 90))
def test_directions_are_opposite_when_model_and_person_change_places(limit, term, other_limit, other_term):
    one, two = offered(limit, term), offered(other_limit, other_term)
    if one == two:
        return
    there, back = (override(model=a, decided=b).direction for a, b in ((one, two), (two, one)))
    assert {"more": "less", "less": "more", "changed": "changed"}[there] == back
    assert override(model=REFUSED, decided=one).direction == "granted"
    assert override(model=one, decided=REFUSED).direction == "refused"


def book(firms=40):
    """One accepted decision a firm in January; every fourth firm defaults in June."""
    ids = [f"F{number}" for number in range(firms)]
    decisions = conform("decisions", pd.DataFrame({
        "decision_id": [f"D{number}" for number in range(firms)], "firm_id": ids, "decided_on": "2026-01-05",
        "product": "purchase_loan", "outcome": "accepted", "limit_fen": 10_000_000, "term_days": 30,
        "rate_annual": 0.146, "pd_annual": 0.05, "model_version": "expert-1", "is_override": False, "source": "made up",
    }))  # fmt: skip
    bad = [number % 4 == 0 for number in range(firms)]
    facilities = conform("facilities", pd.DataFrame({
        "facility_id": [f"L{number}" for number in range(firms)], "firm_id": ids, "product": "purchase_loan",
        "wrapper": "credit_sale", "lender_id": "K1", "opened_on": "2026-01-05", "due_on": "2026-02-04",
        "principal_fen": 8_500_000, "rate_annual": 0.146, "fee_fen": 0, "deposit_fen": 1_500_000, "collateral": "none",
        "status": ["defaulted" if is_bad else "repaid" for is_bad in bad],
        "closed_on": ["2026-06-01" if is_bad else "2026-02-04" for is_bad in bad], "source": "made up",
    }))  # fmt: skip
    firms_table = conform("firms", pd.DataFrame({
        "firm_id": ids, "registered_on": "2015-01-01", "platform_since": "2025-01-01", "process": "film",
        "region": "44", "source": "made up",
    }))  # fmt: skip
    return {"firms": firms_table, "decisions": decisions, "facilities": facilities}


def test_the_report_counts_rates_and_intervals_by_hand():
    """Firms 0-9 overridden: 0, 4 and 8 default, 3 of 10; of the other 30, 10 less those 3."""
    tables = book()
    log = [override(number, "site_visit" if number < 5 else "strategic_client") for number in range(10)]
    tables["decisions"] = marked(tables["decisions"], log)
    assert not validate(tables)
    told = report(tables, date(2027, 1, 5))
    assert (told.decisions, told.overrides, told.override_rate) == (40, 10, 0.25)
    by_name = {group.name: group for group in told.groups}
    counts = {name: (group.decisions, group.matured, group.defaults) for name, group in by_name.items()}
    assert counts == {
        "model_followed": (30, 30, 7), "overridden": (10, 10, 3), "site_visit": (5, 5, 2),
        "strategic_client": (5, 5, 1),
    }  # fmt: skip
    low, high = wilson(3, 10)
    assert (by_name["overridden"].low, by_name["overridden"].high) == (low, high)
    assert set(counts) <= {"model_followed", "overridden", *REASON_CODES}


def test_what_is_too_young_or_was_never_financed_says_nothing_about_defaults():
    tables = book()
    tables["decisions"] = marked(tables["decisions"], [override(0)])
    young = report(tables, date(2027, 1, 4))
    assert {(group.matured, group.default_rate, group.low, group.high) for group in young.groups} == {(0, None, 0, 1)}
    tables["decisions"]["outcome"] = "refused"
    assert report(tables, date(2027, 1, 5)).groups[1].matured == 0


def test_a_decision_that_is_not_in_the_table_is_named():
    with pytest.raises(BadInput, match="D99"):
        marked(book()["decisions"], [override(99)])
