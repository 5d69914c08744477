"""The comparison says what was planted: who leads, how surely, from which informativeness on, what would flip it."""

import json
from pathlib import Path

import pytest
from pretend_arms import ASSUMPTION, COST, LADDER
from typer.testing import CliRunner

from credit.errors import BadInput
from lab.cli import app
from lab.commands.compare import compare, named
from lab.compare_answer import CompareAnswer
from sim.scenario import load_scenario

PRETEND = "pretend_arms:simulate"
EVERYBODY = ("ladder", "bank", "single", "blind")


def answer_of(folder: Path, world: str, arms=EVERYBODY, seeds: int = 3, draws: int = 0, halvings: int = 0, workers=2):
    calm = load_scenario("baseline")
    return compare(folder, arms, world, calm, seeds, draws, 12, 5, workers, halvings, PRETEND)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("compare")


@pytest.fixture(scope="module")
def clear(folder) -> CompareAnswer:
    return answer_of(folder, "informative", halvings=3)


def lead(answer: CompareAnswer, over: str):
    return next(one for one in answer.leads if one.over == over)


def test_where_live_data_inform_the_ladder_leads_by_what_was_planted(clear):
    assert clear.advice == "for the ladder"
    over = lead(clear, "blind")
    assert over.mean == pytest.approx(LADDER - COST, abs=5.0)
    assert over.seeds_low < LADDER - COST < over.seeds_high
    assert (over.probability, over.pairs, over.sd_assumptions) == (1.0, 3, None)
    assert clear.auc_added.mean == pytest.approx(0.5)


def test_in_noise_the_advice_turns_against_the_ladder(tmp_path):
    noise = answer_of(tmp_path, "noise")
    assert noise.advice == "against the ladder"
    assert lead(noise, "blind").mean == pytest.approx(-COST, abs=5.0)
    assert lead(noise, "bank").mean > 0  # it still beats the bank, which is not enough
    assert "against the ladder" in noise.headline
    assert noise.auc_added.mean == 0.0


def test_live_data_begin_to_pay_where_it_was_planted_and_runs_of_the_ends_are_not_lived_twice(clear, folder):
    point = clear.break_even
    assert point.verdict == "from"
    assert point.share_high - point.share_low == 2**-3
    assert point.share_low - 0.05 <= COST / LADDER <= point.share_high + 0.05
    assert point.tried["1"] == pytest.approx(lead(clear, "blind").mean)
    lived = len(list((folder / "runs").iterdir()))
    assert lived == 4 * 3 + (1 + 3) * 2 * 3  # four arms in full sight; noise and three worlds between for two arms
    again = answer_of(folder, "informative", halvings=3, workers=1)
    assert (again.runs.done, again.runs.reused) == (0, 12)
    assert again.model_copy(update={"runs": None}) == clear.model_copy(update={"runs": None})
    assert CompareAnswer.model_validate_json((folder / "comparison.json").read_text()) == again.model_copy(
        update={"runs": None}
    )


def test_doubt_of_assumptions_stands_apart_and_the_planted_assumption_is_named(tmp_path):
    drawn = answer_of(tmp_path, "informative", arms=("ladder", "blind"), seeds=2, draws=16)
    over = lead(drawn, "blind")
    assert over.pairs == 32
    assert over.sd_assumptions > 5 * over.sd_seeds
    assert over.assumptions_high - over.assumptions_low > 0
    first = over.flips[0]
    assert (first.assumption, first.direction) == (ASSUMPTION, "more")
    assert first.p < 0.01


def test_the_bank_leaves_half_out_and_the_ladder_serves_them(clear):
    figures = {(row.arm, row.metric): row.mean for row in clear.figures}
    assert figures["bank", "access_share"] == 0.5
    assert figures["ladder", "access_of_refused_share"] == 1.0
    assert figures["bank", "access_of_refused_share"] == 0.0


@pytest.mark.parametrize("arms", ["", "ladder,,bank", "ladder,usurer"])
def test_unknown_arms_are_named(arms):
    with pytest.raises(BadInput, match="arms"):
        named(arms)


def test_the_command_lives_real_arms(tmp_path):
    small = ["--arms", "ladder,blind", "--seeds", "2", "--firms", "8", "--days", "20", "--workers", "2"]
    asked = ["compare", "--out", str(tmp_path), "--world", "noise", "--halvings", "0", *small]
    result = CliRunner().invoke(app, [*asked, "--json"])
    assert result.exit_code == 0, result.output
    answer = CompareAnswer.model_validate(json.loads(result.stdout))
    assert answer.runs.done == 4
    assert answer.informative_share == 0.0
    page = CliRunner().invoke(app, asked)
    assert page.exit_code == 0
    assert "joint profit yuan" in page.stdout
    refused = CliRunner().invoke(app, ["compare", "--out", str(tmp_path), "--world", "loud"])
    assert refused.exit_code == 2
