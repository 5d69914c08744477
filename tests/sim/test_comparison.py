"""Paired comparison recovers what is known: a published interval, planted effects, planted correlations."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from sim.runs.comparison import (
    RESAMPLES,
    differences,
    fan,
    mean_interval,
    means,
    pairing_factor,
    resamples,
    sign_test,
    worst,
)

# Cushny and Peebles (1905), the data of Student (1908): extra hours of sleep of ten patients under two drugs.
FIRST_DRUG = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
SECOND_DRUG = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])

SEEDS = 20


def pairs(rng: np.random.Generator, correlation: float, effect: float, markets: int = 1):
    """Baseline and stressed values on the same seeds, shape (markets, SEEDS) each."""
    common, own = rng.standard_normal((2, markets, SEEDS))
    before = common
    after = correlation * common + math.sqrt(1 - correlation**2) * own
    return before, after + effect


def table(**scenarios: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame(
        {"loss": pd.concat({n: pd.Series(v) for n, v in scenarios.items()}, names=["scenario", "seed"])}
    )


def test_student_s_sleep_data_give_the_published_interval():
    interval = mean_interval(SECOND_DRUG - FIRST_DRUG)
    assert (interval.mean, interval.low, interval.high) == pytest.approx((1.58, 0.7001142, 2.4598858), abs=1e-7)
    assert sign_test(SECOND_DRUG - FIRST_DRUG) == pytest.approx(stats.binomtest(9, 9).pvalue)


@pytest.mark.parametrize("increases", range(8))
def test_the_sign_test_is_the_exact_binomial(increases):
    values = np.array([1.0] * increases + [-1.0] * (7 - increases) + [0.0, 0.0])
    assert sign_test(values) == pytest.approx(stats.binomtest(increases, 7).pvalue)


@pytest.mark.parametrize(
    ("spread", "stress", "lowest"),
    [(None, 1.0, 0.935), (0.8, 1.0, 0.935), (0.8, 2.0, 0.86)],
    ids=["normal", "log-normal", "log-normal, stress doubles it"],
)
def test_the_interval_of_a_difference_covers_the_truth_better_than_a_bootstrap(spread, stress, lowest):
    before, after = pairs(np.random.default_rng(1), correlation=0.9, effect=0.0, markets=1000)
    truth = 0.0
    if spread is not None:
        before, after = np.exp(spread * before), stress * np.exp(spread * after)
        truth = (stress - 1) * math.exp(spread**2 / 2)
    changes = after - before
    intervals = [mean_interval(change) for change in changes]
    student = np.mean([interval.low <= truth <= interval.high for interval in intervals])
    low, high = np.quantile(changes[:, resamples(SEEDS)[:500]].mean(axis=-1), [0.025, 0.975], axis=1)
    bootstrap = np.mean((low <= truth) & (truth <= high))
    assert student >= lowest
    assert abs(student - 0.95) < abs(bootstrap - 0.95)


@pytest.mark.parametrize(("correlation", "factor"), [(0.9, 10.0), (0.0, 1.0), (-0.5, 1 / 1.5)])
def test_the_pairing_factor_finds_a_planted_correlation_and_its_interval_holds_it(correlation, factor):
    before, after = pairs(np.random.default_rng(2), correlation, effect=1.0, markets=300)
    found = [pairing_factor(*pair) for pair in zip(after, before, strict=True)]
    assert np.median([each.factor for each in found]) == pytest.approx(factor, rel=0.1)
    assert np.mean([each.low <= factor <= each.high for each in found]) >= 0.89


def test_harm_by_pairing_is_shown():
    before = np.arange(20.0)
    assert pairing_factor(before[::-1], before).high < 1.0


def test_no_factor_is_made_of_rounding_and_no_interval_of_a_handful():
    before = np.random.default_rng(5).integers(10**6, 10**9, SEEDS) / 100
    shifted = (before * 100 + 12_345) / 100
    assert np.ptp(shifted - before) > 0, "yuan are fen divided: the differences vary in the last bit"
    assert math.isnan(pairing_factor(shifted, before).factor)
    few = pairing_factor(FIRST_DRUG[:4], SECOND_DRUG[:4])
    assert few.factor > 0
    assert math.isnan(few.low)
    assert math.isnan(few.high)


def test_differences_recover_a_planted_effect_and_leave_the_untouched_alone():
    before, after = pairs(np.random.default_rng(3), correlation=0.95, effect=3.0)
    measured = table(baseline=before[0], crash=after[0], calm=before[0])
    rows = differences(measured, {"loss": "yuan"}).set_index("scenario")
    assert rows.loc["crash", "ci_low"] < 3.0 < rows.loc["crash", "ci_high"]
    assert rows.loc["crash", "scenario_mean"] - rows.loc["crash", "baseline_mean"] == pytest.approx(
        rows.loc["crash", "difference"]
    )
    assert rows.loc["crash", "sign_p"] == pytest.approx(2 / 2**SEEDS)
    assert (rows.loc["calm", ["difference", "ci_low", "ci_high"]] == 0).all()
    assert math.isnan(rows.loc["calm", "pairing_variance_factor"])
    assert differences(measured, {"loss": "yuan"}).equals(differences(measured, {"loss": "yuan"}))


def test_a_seed_without_a_value_is_left_out_as_a_pair():
    measured = table(baseline=np.array([1.0, 2.0, math.nan, 4.0]), crash=np.array([2.0, math.nan, 9.0, 6.0]))
    row = differences(measured, {"loss": "yuan"}).iloc[0]
    assert (row["seeds"], row["baseline_mean"], row["difference"]) == (2, 2.5, 1.5)
    assert means(measured, {"loss": "yuan"})["seeds"].tolist() == [3, 3]
    nowhere = table(baseline=np.full(3, math.nan), crash=np.arange(3.0))
    assert differences(nowhere, {"loss": "yuan"})[["seeds", "sign_p"]].to_numpy().tolist() == [[0, 1.0]]


def test_the_worst_scenario_is_named_only_when_it_can_be_told_from_none():
    rng = np.random.default_rng(4)
    before, severe = pairs(rng, 0.95, effect=5.0)
    _, mild = pairs(rng, 0.95, effect=1.0)
    baseline, severe = before[0], severe[0]
    clear = worst(table(baseline=baseline, mild=baseline + mild[0] - mild[0].mean() + 1, severe=severe), "loss")
    assert (clear.scenario, clear.runner_up) == ("severe", "mild")
    assert clear.lead.low > 0
    close = worst(table(baseline=baseline, a=severe, b=severe + rng.normal(0, 1, SEEDS)), "loss")
    assert close.lead.low < 0
    assert worst(table(baseline=baseline, same=baseline), "loss").scenario is None
    assert worst(table(baseline=baseline, milder=baseline - 1), "loss").scenario is None


def test_resamples_are_uniform_and_keyed():
    drawn = resamples(SEEDS)
    assert drawn.shape == (RESAMPLES, SEEDS)
    counts = np.bincount(drawn.ravel(), minlength=SEEDS)
    assert stats.chisquare(counts).pvalue > 0.001
    assert drawn[0, :8].tolist() == [0, 9, 15, 16, 4, 19, 11, 17], "another NumPy drew differently"


def test_a_fan_holds_its_runs_day_by_day():
    daily = {seed: pd.DataFrame({"day": [0, 1, 2], "loss": [seed, 10 * seed, math.nan]}) for seed in range(1, 6)}
    spread = fan(daily, "loss", quantiles=(0.0, 0.5, 1.0))
    assert spread.index.tolist() == [0, 1, 2]
    assert spread.loc[0].tolist() == [1, 3, 5]
    assert spread.loc[1].tolist() == [10, 30, 50]
    assert spread.loc[2].isna().all()
