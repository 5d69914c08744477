"""Why a firm was refused, throttled, saved or lost: told from a run's tables, hidden truth marked as such."""

import json
from dataclasses import replace
from datetime import date
from itertools import combinations, pairwise

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.backends.backend_agg import FigureCanvasAgg

from credit.feature_specs import FEATURES
from credit.features import as_of
from credit.ladder_measures import MEASURES
from credit.reason_words import all_in_words, in_words
from lab.commands.why import WhyAnswer, answer_of, last_day
from lab.firm_fate import FATES
from lab.firm_picture import drawn, exposure_fen, numbered, png, svg
from lab.firm_story import Happened, days_past_due, happenings, own_rows
from sim.arms.arm import market_of
from sim.books.kept_events import HIDDEN, read_run, write_run
from sim.market import live
from sim.scenarios.scenario import load_scenario

HARD = "demand_slump@2.5+payment_delay@2.5"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    market = market_of(60, 300, 3, load_scenario(HARD), "ladder")
    where = tmp_path_factory.mktemp("run") / "kept"
    write_run(market, live(market), where, with_events=True)
    return where


@pytest.fixture(scope="module")
def kept(folder):
    return read_run(folder)


@pytest.fixture(scope="module")
def last(kept):
    return last_day(kept)


def told_of(run, firm, last):
    return answer_of(run, firm, happenings(run, firm, last), last)


def firms_with(frame):
    return sorted(set(frame["firm_id"].astype(str)))


def borrower(run):
    """A firm that repaid several loans and was never late."""
    facilities = run.tables["facilities"]
    good = facilities.groupby("firm_id")["status"].agg(
        lambda ends: (ends == "repaid").sum() >= 3 and ends.isin(["repaid", "open"]).all()
    )
    late = as_of(run.tables, last_day(run))["worst_dpd_180d_days"].fillna(0)
    cascades = set(run.hidden["cascades"]["name"])
    return next(firm for firm in good[good].index if late[firm] == 0 and firm not in cascades)


def with_late_instalment(run, firm, paid_after_days, last, due_ago=50, written_off_after=None):
    """The same run, where a firm's last repaid loan fell due fifty days before the end and came late, or never."""
    own = own_rows(run.tables, firm)
    repaid = own["facilities"][own["facilities"]["status"] == "repaid"].sort_values("opened_on")
    chosen = repaid["facility_id"].iloc[-1]
    due = pd.Timestamp(last) - pd.Timedelta(due_ago, unit="D")
    paid_on = pd.NaT if paid_after_days is None else due + pd.Timedelta(paid_after_days, unit="D")
    payments, facilities = run.tables["payments"].copy(), run.tables["facilities"].copy()
    rows = payments["facility_id"] == chosen
    payments.loc[rows, "due_on"] = due
    payments.loc[rows, "paid_on"] = paid_on
    if paid_after_days is None:
        payments.loc[rows, "paid_fen"] = 0
    at = facilities["facility_id"] == chosen
    facilities.loc[at, "closed_on"] = paid_on
    facilities.loc[at, "status"] = "open" if paid_after_days is None else "repaid"
    if written_off_after is not None:
        facilities.loc[at, "closed_on"] = due + pd.Timedelta(written_off_after, unit="D")
        facilities.loc[at, "status"] = "written_off"
    return replace(run, tables=run.tables | {"payments": payments, "facilities": facilities}, hidden={}, story=None)


def test_a_lost_firm_is_told_with_its_turns_and_what_nobody_saw(kept, last):
    losses = kept.hidden["losses"]
    firm = losses.groupby("firm_id")["loss_fen"].sum().idxmax()
    answer = told_of(kept, firm, last)
    assert answer.fate == "lost"
    fell = [one for one in answer.days if one.kind == "fell"]
    assert len(fell) == 1
    assert fell[0].is_hidden
    assert "Not visible to the platform" in answer.paragraph
    assert "Creditors lost RMB" in answer.paragraph


def test_a_refused_firm_hears_why_in_words(kept, last):
    decisions, drawn_by = kept.tables["decisions"], set(firms_with(kept.tables["facilities"]))
    fallen = set(kept.hidden["cascades"]["name"])
    firm = next(firm for firm in firms_with(decisions) if firm not in drawn_by | fallen)
    answer = told_of(kept, firm, last)
    assert answer.fate == "refused"
    asked = int((decisions["firm_id"] == firm).sum())
    assert f"asked {asked} times" in answer.paragraph
    refusals = [one for one in answer.days if one.kind == "refused"]
    assert sum(one.times for one in refusals) == int(
        ((decisions["firm_id"] == firm) & (decisions["outcome"] == "refused")).sum()
    )
    assert not any("_" in one.words for one in refusals)  # words, no codes


def test_a_throttled_firm_is_told_how_its_limit_fell(kept, last):
    offers = kept.tables["decisions"].query("limit_fen > 0 and product == 'purchase_loan'").sort_values("decided_on")
    fall = offers.groupby("firm_id")["limit_fen"].agg(lambda limits: (limits * 3 <= limits.shift() * 2).sum())
    bad = set(kept.hidden["cascades"]["name"]) | set(
        kept.tables["facilities"].query("status not in ['repaid', 'open']")["firm_id"]
    )
    firm = next(firm for firm in fall[fall > 0].index if firm not in bad)
    answer = told_of(kept, firm, last)
    assert answer.fate == "throttled"
    assert len([one for one in answer.days if one.kind == "limit cut"]) == fall[firm]
    assert "cut from" in answer.paragraph


def test_saved_when_arrears_end_and_endangered_while_they_last(kept, last, monkeypatch):
    monkeypatch.setattr("lab.firm_story._warnings", lambda own, last: iter(()))  # slow, and not the point here
    firm = borrower(kept)
    assert told_of(kept, firm, last).fate in ("served", "throttled")
    saved = told_of(with_late_instalment(kept, firm, 40, last), firm, last)
    assert saved.fate == "saved"
    kinds = [one.kind for one in saved.days]
    assert kinds.index("late 7") < kinds.index("late 30") < kinds.index("caught up")
    endangered = told_of(with_late_instalment(kept, firm, None, last), firm, last)
    assert endangered.fate == "endangered"
    assert "caught up" not in [one.kind for one in endangered.days]
    assert set(FATES) >= {saved.fate, endangered.fate}


@pytest.mark.parametrize("days_late", [20, 90, None])
def test_a_firm_goes_into_default_once(kept, last, monkeypatch, days_late):
    """A loan written off before its ninetieth day is in default already; one that is never given up, on that day."""
    monkeypatch.setattr("lab.firm_story._warnings", lambda own, last: iter(()))
    firm = borrower(kept)
    told = told_of(with_late_instalment(kept, firm, None, last, 120, days_late), firm, last)
    kinds = [one.kind for one in told.days]
    assert told.fate == "lost"
    assert ("late 90" in kinds) == (days_late != 20)
    assert ("written_off" in kinds) == (days_late is not None)
    assert "late 30" in kinds


def test_what_the_platform_sees_is_the_same_without_hidden_events(kept, last):
    bare = replace(kept, hidden={}, story=None)
    for firm in firms_with(kept.hidden["strains"])[:1]:
        whole, seen = told_of(kept, firm, last), told_of(bare, firm, last)
        assert not any(one.is_hidden for one in seen.days)
        assert not seen.has_events
        assert "Not visible" not in seen.paragraph
        visible = sum(one.times for one in whole.days if not one.is_hidden and one.kind != "outside")
        assert visible == sum(one.times for one in seen.days)


def test_days_past_due_are_those_of_the_features(kept, last):
    """All but claims on which nothing has come for half a year: features no longer look at what was paid in part."""
    features = as_of(kept.tables, last)["current_dpd_days"].fillna(0)
    both = kept.tables["payments"].merge(kept.tables["facilities"][["facility_id", "firm_id"]])
    half_a_year_ago = pd.Timestamp(last) - pd.Timedelta(180, unit="D")
    is_stale = (both["paid_fen"] < both["due_fen"]) & (both["paid_on"] < half_a_year_ago)
    for firm, days in features.drop(sorted(set(both.loc[is_stale, "firm_id"]))).items():
        told = days_past_due(own_rows(kept.tables, firm), last)
        assert (int(told.iloc[-1]) if len(told) else 0) == days


def test_exposure_lies_between_nothing_and_what_was_drawn(kept, last):
    firm = borrower(kept)
    own = own_rows(kept.tables, firm)
    days = pd.date_range(own["facilities"]["opened_on"].min(), last, freq="D")
    owed = exposure_fen(own, days)
    assert owed.iloc[0] > 0
    assert owed.min() >= 0
    assert owed.max() <= own["facilities"]["principal_fen"].sum()
    open_now = own["facilities"].query("status == 'open'")["principal_fen"].sum()
    assert owed.iloc[-1] <= open_now


def test_the_picture_is_a_fact_in_both_forms(kept, last, monkeypatch):
    monkeypatch.setattr("lab.firm_story._warnings", lambda own, last: iter(()))
    firm = borrower(kept)
    told = [one for one in happenings(kept, firm, last) if one.weight == 2]
    one = svg(drawn(kept, firm, told, last))
    assert one == svg(drawn(kept, firm, told, last))
    assert one != svg(drawn(replace(kept, hidden={}), firm, told, last))
    assert png(drawn(kept, firm, told, last)).startswith(b"\x89PNG")


def test_no_letters_of_the_picture_touch_wherever_turns_lie(kept, last):
    """Turns on the first days stand under the panel's unit; turns of one week share a number."""
    firm = borrower(kept)
    days = pd.date_range(end=pd.Timestamp(last), periods=300, freq="D")
    told = [Happened(days[at].date(), "late 30", "a turn", weight=2) for at in (0, 1, 2, 40, 43, 120, 298, 299)]
    figure = drawn(kept, firm, told, last)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    boxes = [(text.get_text(), text.get_window_extent(canvas.get_renderer())) for text in figure.axes[0].texts]
    assert {"1–3", "RMB 10,000"} <= {text for text, _ in boxes}
    assert not [(one, other) for (one, a), (other, b) in combinations(boxes, 2) if a.overlaps(b)]


@given(st.lists(st.floats(0, 405), max_size=30).map(sorted))
def test_numbers_of_turns_are_all_told_in_order(places):
    labels = [label.split("–") for _, label in numbered(places)]
    told = [number for ends in labels for number in range(int(ends[0]), int(ends[-1]) + 1)]
    assert told == list(range(1, len(places) + 1))
    centres = [centre for centre, _ in numbered(places)]
    assert all(later - earlier > 4 for earlier, later in pairwise(centres))


def test_every_reason_of_the_run_has_words(kept):
    codes = {code for told in kept.tables["decisions"]["reasons"].dropna() for code in told.split(";")}
    assert len(codes) > 5
    assert not [code for code in codes if in_words(code) == code]
    assert not [code for code in (*FEATURES, *MEASURES) if in_words(f"{code}.missing") == f"{code}.missing"]
    assert all_in_words(None) == ""
    assert in_words("nobody_knows_this") == "nobody_knows_this"


def test_the_command_answers_in_json_and_on_a_page(command, folder, kept, tmp_path):
    firm, picture = borrower(kept), tmp_path / "time.svg"
    told = command("why", firm, "--run", str(folder), "--json")
    assert told.exit_code == 0, told.stderr
    answer = WhyAnswer.model_validate(json.loads(told.stdout))
    assert answer.firm_id == firm
    assert answer.has_events
    assert [one.day for one in answer.days] == sorted(one.day for one in answer.days)
    page = command("why", firm, "--run", str(folder), "--picture", str(picture), "--all")
    assert answer.paragraph.split(". ")[0] in " ".join(page.stdout.split())
    assert picture.read_text().startswith("<svg")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("F999999", "--run", "{kept}"), "must be one of the"),
        (("F000001", "--run", "{empty}"), "holds no tables"),
        (("F000001", "--run", "{absent}"), "must be a folder"),
        (("F000001", "--run", "{results}"), "but not its tables"),
        (("F000001", "--run", "{kept}", "--picture", "time.gif"), ".png, .svg"),
    ],
)
def test_what_cannot_be_told_is_named(command, folder, tmp_path, words, told):
    for name in ("empty", "results"):
        (tmp_path / name).mkdir()
    pd.DataFrame({"firm": [1]}).to_parquet(tmp_path / "results" / "firms.parquet")
    places = {name: tmp_path / name for name in ("empty", "results", "absent")} | {"kept": folder}
    answer = command("why", *(word.format(**places) for word in words))
    assert answer.exit_code == 2
    assert told in " ".join(answer.stderr.split())


def test_events_need_a_folder_and_lie_beside_the_tables(command, tmp_path):
    answer = command("simulate", "--firms", "6", "--days", "5", "--events")
    assert answer.exit_code == 2
    assert "needs --out" in answer.stderr
    words = ("simulate", "--firms", "6", "--days", "5", "--out", str(tmp_path / "run"), "--events", "--json")
    assert command(*words).exit_code == 0
    run = read_run(tmp_path / "run")
    assert set(run.hidden) == set(HIDDEN)
    assert run.story.first_observed_day == date(2026, 1, 1)
    (tmp_path / "run" / "events" / "story.json").write_text("{}")
    broken = command("why", "F000001", "--run", str(tmp_path / "run"))
    assert broken.exit_code == 2
    assert "story.json" in "".join(broken.stderr.split())
