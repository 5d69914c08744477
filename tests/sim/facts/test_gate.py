"""The gate passes what lies in a band with its whole interval, says what it could not measure, and counts no choice
of ours as evidence."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from credit.errors import BadInput
from lab.commands.facts import facts
from sim.books.daily import summary_of
from sim.facts.catalogue import Band, load_facts
from sim.facts.firm_facts import exit_hump_ratio, size_tail_exponent, subbotin_shape
from sim.facts.gate import findings, verdict_of
from sim.facts.lived import Lived, NotMeasuredError
from sim.facts.measures import MEASURED_ON_A_RUN, measured_facts
from sim.facts.trade_facts import delay_among_late_days, never_paid_share, overdue_firm_share
from sim.facts.worlds import FACTS
from sim.runs.run import FinishedRun

PRETEND = "pretend_worlds:simulate"
DAYS = pd.DataFrame()


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.62, 0.63, "FAIL"),
        (0.5, 0.55, "PASS"),
        (0.55, 0.61, "WARN"),
        (0.3, 0.7, "WARN"),
        (0.1, 0.2, "FAIL"),
    ],
)
def test_a_verdict_asks_where_the_whole_interval_lies(low, high, verdict):
    assert verdict_of(Band(low=0.4, high=0.6), low, high) == verdict
    assert verdict_of(Band(low=0.4), low, high) == ("PASS" if low >= 0.4 else "FAIL" if high < 0.4 else "WARN")


def test_every_fact_has_a_source_and_what_we_chose_never_validates():
    known = load_facts()
    for fact in known.values():
        assert fact.can_validate == (fact.basis == "published" and fact.role == "held_out")
        if "[A]" in fact.source or "our choice" in fact.source:
            assert fact.basis == "assumption"
    assert set(MEASURED_ON_A_RUN) <= set(known), "nothing is measured that no band is held against"


def test_a_fact_that_calls_its_own_assumption_published_is_refused_by_field(tmp_path):
    file = tmp_path / "facts.yaml"
    file.write_text(
        "exit_rate_annual: {meaning: firms that stop a year, unit: share, band: {low: 0.1}, basis: published, "
        "role: held_out, confidence: assumption, source: chosen}\n"
        "young_firm_share: {meaning: young firms of all, unit: share, band: {low: 0.5, high: 0.1}, basis: assumption, "
        "role: held_out, confidence: low, source: chosen}\n"
    )
    with pytest.raises(BadInput) as error:
        load_facts(file)
    assert len(error.value.problems) == 2
    assert "young_firm_share.band" in str(error.value)


def test_the_answer_counts_by_verdict_and_names_what_is_missing(tmp_path):
    answer = facts(tmp_path, 4, 10, 20, 1, "demand_slump", simulate=PRETEND)
    by_name = {row.name: row for row in answer.facts}
    assert by_name["term_days"].mean == pytest.approx(70, abs=2)
    assert by_name["growth_shape"].verdict == "PASS"
    assert not by_name["growth_shape"].is_validation, "its width is our choice"
    assert by_name["overdue_firm_share"].verdict in ("WARN", "PASS")
    assert by_name["downturn_default_ratio"].mean == pytest.approx(2.0)
    assert by_name["exit_hump_ratio"].verdict == "NOT MEASURED"
    assert by_name["exit_hump_ratio"].why == "no firm enters this market"
    assert by_name["loss_making_share"].why is not None
    assert answer.passed + answer.warned + answer.failed + answer.not_measured == len(load_facts())
    assert answer.clustering.verdict == "not measured"
    again = facts(tmp_path, 4, 10, 20, 1, None, simulate=PRETEND)
    assert [row.mean for row in again.facts if row.name == "term_days"] == [by_name["term_days"].mean]
    assert {row.name: row for row in again.facts}["downturn_default_ratio"].why == "no downturn was run"


def test_a_fact_that_only_some_seeds_measure_does_not_pass():
    band = {"growth_shape": load_facts()["growth_shape"]}
    whole = [
        FinishedRun("b", seed, {FACTS: {"values": {"growth_shape": 1.0 + seed / 100}, "missing": {}}}, DAYS)
        for seed in range(4)
    ]
    (found,) = findings(band, whole)
    assert found.verdict == "PASS"
    silent = FinishedRun("b", 9, {FACTS: {"values": {}, "missing": {"growth_shape": "too few firms"}}}, DAYS)
    (found,) = findings(band, [*whole, silent])
    assert (found.verdict, found.seeds, found.why) == ("WARN", 4, "too few firms")


def test_shapes_and_exponents_are_those_that_samples_were_drawn_from():
    rng = np.random.Generator(np.random.Philox(key=3))
    assert subbotin_shape(rng.laplace(size=4000)) == pytest.approx(1.0, abs=0.07)
    assert subbotin_shape(rng.normal(size=4000)) == pytest.approx(2.0, abs=0.15)
    sizes = 1e6 * (1.0 - rng.random(20_000)) ** (-1 / 1.1)
    firms = pd.DataFrame({"firm_id": [f"F{row}" for row in range(len(sizes))], "annual_revenue_fen": sizes})
    lived = Lived(pd.DataFrame({"date": [pd.Timestamp("2026-01-01")]}), {"firms": firms})
    assert size_tail_exponent(lived) == pytest.approx(1.1, rel=0.06)


def _invoices(delays: list[int | None], paid_fen: int = 100) -> Lived:
    """A firm an invoice of 100 fen, issued on the first day and due thirty days later; None is never paid."""
    dates = pd.date_range("2026-01-01", periods=800)
    due = dates[30]
    paid = [pd.NaT if delay is None else due + pd.to_timedelta(delay, unit="D") for delay in delays]
    invoices = pd.DataFrame(
        {
            "firm_id": [f"F{row}" for row in range(len(delays))],
            "issued_on": dates[0],
            "due_on": due,
            "amount_fen": 100,
            "paid_on": pd.to_datetime(pd.Series(paid)),
            "paid_fen": [0 if delay is None else paid_fen for delay in delays],
            "dilution_fen": 0,
        }
    )
    return Lived(pd.DataFrame({"date": dates}), {"invoices": invoices})


def test_delays_of_a_week_are_technical_and_unpaid_ones_count_once_time_has_passed():
    lived = _invoices([0] * 10 + [7] * 10 + [50] * 10 + [200] * 10 + [None] * 30)
    assert delay_among_late_days(lived) == pytest.approx((50 * 10 + 200 * 10) / 20)
    assert never_paid_share(lived) == pytest.approx(30 / 40)
    with pytest.raises(NotMeasuredError, match="0 firms, fewer than 10"):
        overdue_firm_share(lived)  # nothing fell due in the last year


def test_what_an_estate_pays_settles_its_part_of_a_claim_alone():
    assert never_paid_share(_invoices([60] * 10, paid_fen=20)) == pytest.approx(1.0)  # 80 of each never come
    assert never_paid_share(_invoices([200] * 10, paid_fen=20)) == pytest.approx(0.8)
    with pytest.raises(NotMeasuredError, match="0 invoices overdue"):
        never_paid_share(_invoices([60] * 10))


def _population(hazards: Callable[[float], float], entry: bool) -> Lived:
    """Firms of all ages that leave at a hazard of their age, ten years observed month by month."""
    rng = np.random.Generator(np.random.Philox(key=2))
    dates = pd.date_range("2020-01-01", "2029-12-31")
    months = pd.date_range("2020-01-01", "2029-12-01", freq="MS")
    registered = list(dates[0] - pd.to_timedelta(rng.integers(0, 365 * 15, 900), unit="D"))
    if entry:
        registered += list(dates[0] + pd.to_timedelta(rng.integers(0, 365 * 9, 900), unit="D"))
    rows = []
    for number, born in enumerate(registered):
        for month in months[months >= born]:
            rows.append((f"F{number}", month))
            if rng.random() < hazards((month - born).days / 365) / 12:
                break
    operations = pd.DataFrame(rows, columns=["firm_id", "month"])
    firms = pd.DataFrame({"firm_id": [f"F{n}" for n in range(len(registered))], "registered_on": registered})
    return Lived(pd.DataFrame({"date": dates}), {"operations": operations, "firms": firms})


def test_a_hump_is_seen_where_it_is_and_only_where_firms_enter():
    def humped(age: float) -> float:
        return 0.12 if 2 <= age < 8 else 0.04

    assert exit_hump_ratio(_population(humped, entry=True)) == pytest.approx(3.0, rel=0.25)
    assert exit_hump_ratio(_population(lambda age: 0.06, entry=True)) == pytest.approx(1.0, rel=0.2)
    with pytest.raises(NotMeasuredError, match="no firm enters"):
        exit_hump_ratio(_population(humped, entry=False))


def test_on_a_real_small_market_every_fact_is_measured_or_says_why(lived):
    market = lived()
    daily = market.recorder.frame()
    told = measured_facts(Lived(daily, market.observed.tables()))
    assert told["values"].keys() | told["missing"].keys() == MEASURED_ON_A_RUN.keys()
    assert not told["values"].keys() & told["missing"].keys()
    assert told["values"]["term_days"] == pytest.approx(70, abs=5)
    assert told["missing"]["growth_shape"] == "less than two years were observed"
    summary = summary_of(market, daily, "")
    assert told["values"]["default_rate_annual"] == pytest.approx(summary["default_rate_annual"])
