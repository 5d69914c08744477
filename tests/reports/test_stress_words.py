"""Whatever the runs find, the report has words for it: calm, catastrophe, and measures nobody can know."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from reports.appetite import Judgement, load_appetite
from reports.blocks import Chart, Cover, Table
from reports.catalogue import languages
from reports.edition import Edition
from reports.stress import answer, evidence, losses, paths
from reports.stress.proofs import Li2018Proof, SbaProof
from reports.stress.results import RECOVERIES, StressResults
from sim.runs.run import FinishedRun

DAYS = 40
SCENARIOS = ("baseline", "resin_crash_2008", "payment_delay")
FLOWS = (
    "failed_firms", "failed_buyers", "failed_suppliers", "failed_lenders", "applications", "approvals",
    "refusals_platform", "refusals_lender", "declined_by_firm", "supplier_refusals", "disbursed_fen", "repaid_fen",
    "new_defaults", "exposure_at_default_fen", *RECOVERIES, "lender_loss_fen", "platform_loss_fen",
    "supplier_loss_fen", "sme_receivable_loss_fen", "margin_calls", "sales_fen", "resin_bought_g", "output_g",
)  # fmt: skip
STOCKS = (
    "active_firms", "outstanding_fen", "overdue_fen", "obligors_with_credit", "custody_value_fen",
    "lender_liquidity_fen", "lender_equity_fen", "platform_cash_fen", "sme_cash_fen", "sme_receivables_fen",
    "buyer_cash_fen",
)  # fmt: skip


def ensemble(**by_column):
    """Three seeds of each scenario; a column is zero unless given, as a function of (is_stress, seed)."""
    runs = []
    for scenario in SCENARIOS:
        for seed in (1, 2, 3):
            told = {name: at(scenario != "baseline", seed) for name, at in by_column.items()}
            daily = pd.DataFrame({name: np.full(DAYS, told.get(name, 0)) for name in (*FLOWS, *STOCKS)})
            daily.insert(0, "day", range(DAYS))
            daily.insert(1, "date", pd.date_range("2024-01-01", periods=DAYS))
            daily["resin_price_fen_per_tonne"] = 900_000
            daily["mean_payment_delay_days"] = told.get("mean_payment_delay_days", np.nan)
            disbursed, lost = daily["disbursed_fen"].sum(), daily["lender_loss_fen"].sum()
            has_credit = bool(daily["obligors_with_credit"].sum())
            summary = {
                "default_rate_annual": float(daily["new_defaults"].sum()) / 100 if has_credit else None,
                "loss_share": lost / disbursed if disbursed else None,
                "ledger_balanced": True,
                "state_hash": f"{scenario}{seed}",
            }
            runs.append(FinishedRun(scenario, seed, summary, daily))
    plan = {"scenarios": [{"name": n, "hash": "0"} for n in SCENARIOS], "seeds": [1, 2, 3], "firms": 9, "days": DAYS}
    return StressResults(plan, runs)


WORLDS = {
    "nothing happens and nobody has credit": ensemble(),
    "business as usual in every scenario": ensemble(
        obligors_with_credit=lambda is_stress, seed: 100,
        outstanding_fen=lambda is_stress, seed: 10**9,
        disbursed_fen=lambda is_stress, seed: 10**8 + seed,
        lender_liquidity_fen=lambda is_stress, seed: 10**9,
        lender_equity_fen=lambda is_stress, seed: 10**9,
        sales_fen=lambda is_stress, seed: 10**8,
        mean_payment_delay_days=lambda is_stress, seed: 15.0,
    ),
    "stress takes everything": ensemble(
        obligors_with_credit=lambda is_stress, seed: 100,
        outstanding_fen=lambda is_stress, seed: 10**9,
        disbursed_fen=lambda is_stress, seed: 10**8,
        new_defaults=lambda is_stress, seed: 2 * is_stress + seed % 2,
        exposure_at_default_fen=lambda is_stress, seed: 10**8 * is_stress,
        lender_loss_fen=lambda is_stress, seed: (10**8 - seed) * is_stress,
        lender_liquidity_fen=lambda is_stress, seed: 10**6 if is_stress else 10**9,
        lender_equity_fen=lambda is_stress, seed: 10**9,
        failed_lenders=lambda is_stress, seed: int(is_stress),
        supplier_loss_fen=lambda is_stress, seed: 10**9 * is_stress,
        mean_payment_delay_days=lambda is_stress, seed: 15.0 + 20 * is_stress,
    ),
}
DAY = date(2024, 1, 1)
EDITIONS = [Edition.of(language, "stress") for language in languages()]


@pytest.fixture(params=EDITIONS, ids=languages())
def edition(request):
    return request.param


def told_by(block):
    """Everything a reader reads of a block."""
    if isinstance(block, Cover):
        figures = [text for item in block.key_figures for text in (item.label, item.value, item.note)]
        return [block.verdict_word, block.answer, *block.reasons, *figures, *(value for _, value in block.facts)]
    cells = [cell for row in block.rows for cell in row] if isinstance(block, Table) else [block.alt]
    return [block.finding, block.caption, block.source, *cells]


@pytest.mark.parametrize("world", WORLDS)
def test_there_are_words_for_every_world(world, edition):
    results = WORLDS[world]
    judgements = results.judgements(DAY)
    blocks = [
        answer.cover(edition, results, judgements), answer.rules_table(edition, judgements),
        paths.scenarios_table(edition, results), paths.paths_chart(edition, results),
        losses.defaults_chart(edition, results), losses.losses_chart(edition, results),
        losses.waterfall_chart(edition, results), losses.bearers_table(edition, results),
        losses.liquidity_chart(edition, results), losses.differences_chart(edition, results),
        losses.differences_table(edition, results),
    ]  # fmt: skip
    told = [text for block in blocks for text in told_by(block)]
    assert not [text for text in told if "nan" in text.lower().split() or "{" in text.replace("]{.", "")]
    assert all(block.svg.startswith("<svg") for block in blocks if isinstance(block, Chart))


def verdict_of(world):
    return answer.cover(EDITIONS[0], WORLDS[world], WORLDS[world].judgements(DAY)).verdict


def test_a_market_that_loses_everything_is_not_launched():
    assert verdict_of("stress takes everything") == "stop"


def test_a_market_in_which_nothing_can_be_measured_is_not_waved_through():
    assert verdict_of("nothing happens and nobody has credit") != "go"


def test_business_as_usual_on_three_seeds_is_held_back_by_the_evidence_alone():
    judged = WORLDS["business as usual in every scenario"].judgements(DAY)
    assert {item.name: item.level for item in judged if item.level != "go"} == {"evidence": "caution"}


@pytest.mark.parametrize("level", ["go", "caution", "stop"])
def test_every_rule_has_a_sentence_for_every_level(level, edition):
    for name, rule in load_appetite().items():
        judged = Judgement(name, rule, rule.values[0], "baseline", 0.05, 0.04, 0.06, level)
        assert answer.reason(edition, judged)


def test_the_waterfall_loses_nothing_on_the_way():
    fall = WORLDS["stress takes everything"].waterfall("payment_delay")
    assert fall.exposure == pytest.approx(sum(fall.parts.values()) + fall.still_open)
    assert fall.still_open == pytest.approx(2 * DAYS)


@pytest.mark.parametrize("ratio", [1.0, 1.8])
def test_a_forecast_of_the_wrong_level_is_not_called_right(ratio, edition):
    curve = [0.001, 0.003, 0.002]
    proof = SbaProof(
        rows=9, rows_used=8, rows_train=4, rows_test=4, excluded={}, auc=0.7, auc_low=0.6, auc_high=0.8, auc_as_of=0.65,
        calibration_slope=1.0, observed_over_expected=ratio, months=[12, 24], train_forecast=[0.1, 0.2],
        train_observed=[0.1, 0.2], test_forecast=[0.1, 0.2], test_observed=[0.1, 0.2], hazard_by_month=curve,
        model_hazard_by_month=curve, predicted=[0.1, 0.2], observed=[0.1, 0.3],
    )  # fmt: skip
    chart = next(iter(evidence.sba_blocks(edition, proof)))
    told = {"auc": "0.700", "low": "0.600", "high": "0.800", "slope": "1.00", "ratio": f"{ratio:.2f}"}
    assert chart.finding == edition.say(f"evidence.sba.finding.{'right' if ratio == 1.0 else 'wrong'}", **told)


def test_a_table_that_differs_from_print_says_so(edition):
    proof = Li2018Proof(
        names=["const"], coefficients=[1.0], standard_errors=[0.1], printed_coefficients=[1.1],
        printed_standard_errors=[0.1], misclassification=0.3, rows_train=5, rows_test=5, matches_print=False,
    )  # fmt: skip
    table = next(iter(evidence.li2018_blocks(edition, proof)))
    assert table.finding == edition.say("evidence.li2018.finding.differs")
