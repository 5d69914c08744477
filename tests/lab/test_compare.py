"""The comparison says what was planted: who leads, how surely, from which informativeness on, what would flip it."""

import json
from pathlib import Path

import pytest
from pretend_arms import ASSUMPTION, COST, LADDER
from typer.testing import CliRunner

from credit.errors import BadInput
from credit.parameters import parameters
from lab.cli import app
from lab.commands.compare import compare, contest, named
from lab.compare_answer import CompareAnswer
from sim.scenarios.scenario import load_scenario

PRETEND = "pretend_arms:simulate"
EVERYBODY = ("ladder", "bank", "single", "blind")


def answer_of(folder: Path, world: str, arms=EVERYBODY, seeds: int = 3, draws: int = 0, even=False, workers=2):
    held = contest(arms, world, load_scenario("baseline"), seeds, draws, 12, 5, even, PRETEND)
    return compare(held, folder, workers)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("compare")


@pytest.fixture(scope="module")
def clear(folder) -> CompareAnswer:
    return answer_of(folder, "informative", seeds=6, even=True)


def lead(answer: CompareAnswer, over: str):
    return next(one for one in answer.leads if one.over == over)


def test_where_live_data_inform_the_ladder_leads_by_what_was_planted(clear):
    assert (clear.advice, clear.ground) == ("for the ladder", "leads")
    assert clear.headline.startswith("Launch the ladder")
    over = lead(clear, "blind")
    assert over.mean == pytest.approx(LADDER - COST, abs=5.0)
    assert over.seeds_low < LADDER - COST < over.seeds_high
    assert (over.probability, over.pairs, over.sd_assumptions) == (1.0, 6, None)
    assert clear.auc_added.mean == pytest.approx(0.5)


def test_in_noise_the_advice_turns_against_the_ladder(tmp_path):
    noise = answer_of(tmp_path, "noise")
    assert (noise.advice, noise.ground) == ("against the ladder", "no_information")
    assert lead(noise, "blind").mean == pytest.approx(-COST, abs=5.0)
    assert lead(noise, "bank").mean > 0  # it still beats the bank, which is not enough
    assert noise.headline.startswith("Do not launch the ladder")
    assert any(reason.startswith("It trails blind by") for reason in noise.reasons)
    assert noise.auc_added.mean == 0.0


def test_live_data_begin_to_pay_where_it_was_planted_and_no_run_is_lived_twice(clear, folder):
    point = clear.break_even
    assert point.verdict == "from"
    assert point.share_low <= COST / LADDER <= point.share_high
    assert point.share == pytest.approx(COST / LADDER, abs=0.05)
    assert point.worlds["informative"].lead == pytest.approx(lead(clear, "blind").mean)
    assert 0.0 < point.auc_added < 0.5  # below what all of them add, above nothing
    assert len(list((folder / "runs").iterdir())) == 4 * 6 + 2 * 2 * 6  # four arms here; two arms in two more worlds
    again = answer_of(folder, "informative", seeds=6, even=True, workers=1)
    assert (again.runs.done, again.runs.reused) == (0, 48)
    without = {"runs": None}
    assert again.model_copy(update=without) == clear.model_copy(update=without)
    assert CompareAnswer.model_validate_json((folder / "comparison.json").read_text()) == again.model_copy(
        update=without
    )


def test_the_order_of_arms_changes_nothing_but_the_order(folder, clear):
    turned = answer_of(folder, "informative", arms=EVERYBODY[::-1], seeds=6, even=True)
    assert turned.runs.done == 0
    assert (turned.headline, turned.advice, turned.results_hash) == (clear.headline, clear.advice, clear.results_hash)
    assert turned.break_even == clear.break_even
    by_over = {one.over: one for one in turned.leads}
    assert all(by_over[one.over] == one for one in clear.leads)
    figures = {(one.arm, one.metric): one for one in turned.figures}
    assert all(figures[one.arm, one.metric] == one for one in clear.figures)


def test_doubt_of_assumptions_stands_apart_and_the_planted_assumption_is_moved_alone(tmp_path):
    drawn = answer_of(tmp_path, "informative", arms=("ladder", "blind"), draws=16)
    over = lead(drawn, "blind")
    assert (over.pairs, over.pairs_drawn) == (3, 32)
    assert over.sd_assumptions > 5 * over.sd_seeds
    assert over.assumptions_high - over.assumptions_low > over.seeds_high - over.seeds_low
    assert 0.0 < over.probability_drawn < over.probability == 1.0
    assert (drawn.advice, drawn.ground) == ("not settled", "assumptions")  # a part of the draws turns the lead
    first, *others = over.moved_alone
    known = parameters("market")[ASSUMPTION].on(load_scenario("baseline").starts_on)
    assert (first.assumption, first.direction, first.at, first.unit) == (ASSUMPTION, "more", known.high, "share")
    assert first.p < 0.05
    assert first.lead.mean == pytest.approx(COST - LADDER, abs=5.0)
    assert first.is_flip
    assert first.flips_at == pytest.approx((known.value + known.high) / 2, rel=0.1)
    assert not any(turn.is_flip for turn in others)  # chance ranked them; living them clears them


def test_the_bank_leaves_half_out_and_the_ladder_serves_them(clear):
    figures = {(row.arm, row.metric): row.mean for row in clear.figures}
    assert figures["bank", "access_share"] == 0.5
    assert figures["ladder", "access_of_refused_share"] == 1.0
    assert figures["bank", "access_of_refused_share"] == 0.0


def test_no_interval_leaves_what_its_measure_can_be(clear):
    shares = [row for row in clear.figures if row.unit == "share of firms" and row.seeds_low is not None]
    assert shares
    assert all(0.0 <= row.seeds_low <= row.mean <= row.seeds_high <= 1.0 for row in shares)


def test_without_the_ladder_there_is_nothing_to_advise_and_no_word_of_who_came_to_grief(folder):
    others = answer_of(folder, "informative", arms=("bank", "single"), seeds=6)
    assert (others.runs.done, others.advice, others.ground, others.leads) == (0, "not settled", "nobody", [])
    assert not [reason for reason in others.reasons if "came to grief" in reason]


@pytest.mark.parametrize("arms", ["", "ladder,,bank", "ladder,usurer"])
def test_unknown_arms_are_named(arms):
    with pytest.raises(BadInput, match="arms"):
        named(arms)


def test_the_command_lives_real_arms(tmp_path):
    small = ["--arms", "ladder,blind", "--seeds", "2", "--firms", "8", "--days", "20", "--workers", "2", "--draws", "0"]
    asked = ["compare", "--out", str(tmp_path), "--world", "noise", "--no-break-even", *small]
    result = CliRunner().invoke(app, [*asked, "--json"])
    assert result.exit_code == 0, result.output
    answer = CompareAnswer.model_validate(json.loads(result.stdout))
    assert answer.runs.done == 4
    assert answer.informative_share == 0.0
    page = CliRunner().invoke(app, asked)
    assert page.exit_code == 0
    assert "joint profit" in page.stdout
    refused = CliRunner().invoke(app, ["compare", "--out", str(tmp_path), "--world", "loud"])
    assert refused.exit_code == 2
