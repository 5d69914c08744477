"""The commands around the market say what they found in words, refuse what cannot be, and find their runs again."""

import io
import json

import pytest
from rich.console import Console

from credit.errors import BadInput
from lab.commands.calibrate import PROPOSAL, CalibrateAnswer, calibrate
from lab.commands.reverse import reverse
from lab.commands.sensitivity import _show, sensitivity
from sim.facts import exploration
from sim.facts.worlds import PLAIN

PRETEND = "pretend_worlds:simulate"


def test_a_proposal_is_written_beside_the_runs_and_says_what_the_facts_do_not_hold(tmp_path):
    names, facts = ["invoice_term_days", "lead_days"], ["term_days", "delay_among_late_days"]
    answer = calibrate(tmp_path, names, facts, 2, 10, 5, 12, 1, PRETEND)
    assert answer.loss < answer.loss_in_force
    assert {one.name: one.is_held for one in answer.parameters} == {"invoice_term_days": True, "lead_days": False}
    assert "Not held by these facts: lead_days" in answer.headline
    assert CalibrateAnswer.model_validate(json.loads((tmp_path / PROPOSAL).read_text())) == answer
    held_out = {one.name for one in answer.facts if not one.is_target}
    assert {"receivable_days", "overdue_firm_share", "growth_shape"} <= held_out
    lived = {path.name: path.stat().st_mtime_ns for path in (tmp_path / "runs").iterdir()}
    again = calibrate(tmp_path, names, facts, 2, 10, 5, 12, 1, PRETEND)
    assert again == answer
    assert {path.name: path.stat().st_mtime_ns for path in (tmp_path / "runs").iterdir()} == lived


def test_sensitivity_names_what_moves_each_output_and_how_much_the_seeds_leave(tmp_path):
    names = ["invoice_term_days", "late_buyers_share", "lead_days"]
    outputs = ["term_days", "receivable_days", "exit_hump_ratio"]
    answer = sensitivity(tmp_path, "morris", names, outputs, "baseline", 4, 2, 10, 5, 1, simulate=PRETEND)
    assert answer.points == 4 * 4
    strongest = {row.output: row for row in reversed(answer.indices)}
    assert strongest["term_days"].parameter == "invoice_term_days"
    assert strongest["term_days"].main == pytest.approx(30.0), "the range is 60 to 90 days"
    assert strongest["receivable_days"].main == pytest.approx(30.0)
    told = {row.name: row for row in answer.outputs}
    assert told["exit_hump_ratio"].why == "is not measured at 16 of 16 points"
    assert told["term_days"].seed_error is not None
    assert told["term_days"].seed_error > 0.0
    page = io.StringIO()
    _show(answer, Console(file=page, width=200))
    second = page.getvalue().rpartition("--parameters ")[2].split()[0].split(",")
    assert second
    assert set(second) == {row.parameter for row in answer.indices if row.is_told_from_none}
    with pytest.raises(BadInput, match="outputs"):
        sensitivity(tmp_path, "morris", names, ["happiness"], "baseline", 4, 2, 10, 5, 1, simulate=PRETEND)


def test_a_misspelt_assumption_is_told_its_neighbours_and_not_all_of_them(command):
    told = command("sensitivity", "--method", "morris", "--parameters", "invoice_term_dais")
    assert told.exit_code == 2
    assert "did you mean invoice_term_days" in " ".join(told.stderr.split())
    assert len(told.stderr) < 600


def test_reverse_tells_severity_limits_and_price_of_being_safe(tmp_path):
    answer = reverse("demand_slump", "first_loss", tmp_path, 6, 10, 5, 4.0, 2, None, 1, simulate=PRETEND)
    assert answer.severity.median == pytest.approx(1.0, abs=0.3)
    assert answer.severity.ci_low is not None
    assert answer.exhausted_share == 1.0
    assert answer.non_monotone_seeds == []
    assert answer.saved_by is not None
    assert 0 < answer.saved_by.exhausted_seeds <= 6
    limits = answer.saved_by.limits_share.median
    assert limits is not None
    assert answer.saved_by.business_kept_share == pytest.approx(limits, abs=1e-4)
    assert "would have saved it" in answer.headline
    nothing = reverse("demand_slump", "liquidity", tmp_path, 6, 10, 5, 0.1, 1, None, 1, simulate=PRETEND)
    assert nothing.saved_by is None
    assert "not even at 0.1 times" in nothing.headline


@pytest.mark.parametrize(
    ("change", "field"),
    [({"seeds": 0}, "seeds"), ({"most": 9.0}, "most"), ({"at": -1.0}, "at"), ({"scenario": "baseline"}, "scenario")],
)
def test_a_search_that_cannot_be_is_refused_by_field(tmp_path, change, field):
    arguments = {"scenario": "demand_slump", "seeds": 6, "most": 4.0, "at": None} | change
    with pytest.raises(BadInput) as error:
        reverse(
            arguments["scenario"], "capital", tmp_path, arguments["seeds"], 10, 5, arguments["most"], 1,
            arguments["at"], 1, simulate=PRETEND,
        )  # fmt: skip
    assert [problem.field for problem in error.value.problems] == [field]


def test_a_real_small_market_is_searched_to_the_end(tmp_path):
    answer = reverse("resin_crash_2008", "first_loss", tmp_path, 1, 8, 20, 4.0, 0, None, 1, simulate=PLAIN)
    assert 0.0 <= answer.exhausted_share <= 1.0
    assert len(list((tmp_path / "runs").iterdir())) >= 5


@pytest.mark.parametrize("words", [("facts", "--seeds", "2", "--bands", "nowhere.yaml"), ("reverse", "nowhere")])
def test_bad_input_ends_with_exit_code_two(command, words):
    assert command(*words).exit_code == 2


@pytest.mark.parametrize(
    "words",
    [
        ("facts",),
        ("calibrate", "facts", "--parameters", "lead_days"),
        ("sensitivity", "--method", "morris", "--parameters", "lead_days,invoice_term_days"),
        ("reverse", "demand_slump", "--exhausts", "capital"),
    ],
    ids=lambda words: words[0],
)
def test_an_interrupted_search_says_how_many_runs_stand_and_how_to_go_on(command, tmp_path, monkeypatch, words):
    def two_runs_then_ctrl_c(run, runs):
        if len(list(runs.glob("*"))) == 2:
            raise KeyboardInterrupt
        (runs / run.id).mkdir(parents=True)

    monkeypatch.setattr(exploration, "live", two_runs_then_ctrl_c)
    told = command(*words, "--out", str(tmp_path), "--workers", "1", "--firms", "8", "--days", "5")
    assert told.exit_code == 130
    assert f"2 finished runs stand in {tmp_path}; the same command carries on" in " ".join(told.stderr.split())
