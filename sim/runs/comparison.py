"""Scenarios against the baseline on paired seeds: how large is the difference, how sure is it, and did pairing help.

Two choices rest on measurement (`tests/sim/test_comparison.py` repeats the first). With 20 pairs, a t interval that
says 95 % holds the true mean difference in 95 % of normal and Poisson ensembles and in 89 to 96 % of log-normal ones
whose stress multiplies losses; a percentile bootstrap does so in 92 and in 87 to 91 %. For the variance factor, whose
law is unknown, the percentile interval (90 to 93 %) comes closer than BCa (86 to 92 %) or the basic bootstrap (72 to
91 %).
"""

import hashlib
import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import pandas as pd
from scipy.special import stdtrit

CONFIDENCE = 0.95
RESAMPLES = 2000
FEWEST_TO_RESAMPLE = 5
ROUNDING_SHARE = 1e-9  # differences that vary by less than this share of the values do so by rounding alone
DIFFERENCE_COLUMNS = (
    "scenario", "metric", "unit", "baseline_mean", "scenario_mean", "difference", "ci_low", "ci_high", "sign_p",
    "pairing_variance_factor", "factor_low", "factor_high", "seeds",
)  # fmt: skip
QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


@dataclass(frozen=True)
class Interval:
    """A mean with its confidence interval; NaN where fewer than one or two values are known."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True)
class PairingFactor:
    """How many times as many runs an unpaired comparison would need: var(unpaired) / var(paired).

    Below 1 pairing did harm. NaN where the paired differences never vary; no interval below five pairs.
    """

    factor: float
    low: float
    high: float


@dataclass(frozen=True)
class Worst:
    """The scenario that moves one measure furthest up, and whether that is settled.

    Attributes:
        metric: the measure.
        scenario: the scenario; None where no increase is distinguishable from none.
        increase: over the baseline.
        runner_up: the next one; None where there is no other scenario.
        lead: of the worst over the runner-up, on paired seeds; None where there is no other.
    """

    metric: str
    scenario: str | None
    increase: Interval | None
    runner_up: str | None
    lead: Interval | None


def means(measured: pd.DataFrame, units: Mapping[str, str]) -> pd.DataFrame:
    """The mean of every measure in every scenario over seeds.

    Args:
        measured: rows (scenario, seed), a column a measure.
        units: unit of each measure.

    Returns:
        Long table: scenario, metric, unit, mean, ci_low, ci_high, seeds.
    """
    rows = []
    for scenario, block in measured.groupby(level="scenario", sort=False):
        for metric in measured.columns:
            known = block[metric].dropna().to_numpy()
            interval = mean_interval(known)
            rows.append((scenario, metric, units[metric], interval.mean, interval.low, interval.high, len(known)))
    return pd.DataFrame(rows, columns=["scenario", "metric", "unit", "mean", "ci_low", "ci_high", "seeds"])


def differences(measured: pd.DataFrame, units: Mapping[str, str], baseline: str = "baseline") -> pd.DataFrame:
    """Every scenario minus the baseline, seed by seed, for every measure.

    A seed on which a measure is undefined in either scenario is left out; `seeds` counts the pairs used. Intervals are
    for one measure at a time: of 20 measures that nothing moved, one will seem moved.

    Args:
        measured: rows (scenario, seed), a column a measure.
        units: unit of each measure.
        baseline: the scenario to compare with.

    Returns:
        Long table with DIFFERENCE_COLUMNS; `sign_p` is the exact two-sided sign test.
    """
    ordinary = measured.loc[baseline]
    rows: list[dict[str, object]] = []
    for scenario in measured.index.unique("scenario").drop(baseline):
        stressed = measured.loc[scenario]
        for metric in measured.columns:
            pairs = pd.concat([ordinary[metric], stressed[metric]], axis=1, join="inner").dropna().to_numpy()
            before, after = pairs.T
            interval, pairing = mean_interval(after - before), pairing_factor(after, before)
            rows.append(
                {
                    "scenario": scenario,
                    "metric": metric,
                    "unit": units[metric],
                    "baseline_mean": before.mean() if len(pairs) else math.nan,
                    "scenario_mean": after.mean() if len(pairs) else math.nan,
                    "difference": interval.mean,
                    "ci_low": interval.low,
                    "ci_high": interval.high,
                    "sign_p": sign_test(after - before),
                    "pairing_variance_factor": pairing.factor,
                    "factor_low": pairing.low,
                    "factor_high": pairing.high,
                    "seeds": len(pairs),
                }
            )
    return pd.DataFrame(rows, columns=DIFFERENCE_COLUMNS)


def worst(measured: pd.DataFrame, metric: str, baseline: str = "baseline") -> Worst:
    """Which scenario raises a measure most, as far as the seeds can tell."""
    by_scenario = measured[metric].unstack("scenario").dropna()
    increases = by_scenario.drop(columns=baseline).sub(by_scenario[baseline], axis=0)
    ranked = increases.mean().sort_values(ascending=False, kind="stable").index
    if ranked.empty or not (increase := mean_interval(increases[ranked[0]].to_numpy())).low > 0:
        return Worst(metric, None, None, None, None)
    if len(ranked) == 1:
        return Worst(metric, str(ranked[0]), increase, None, None)
    lead = mean_interval((increases[ranked[0]] - increases[ranked[1]]).to_numpy())
    return Worst(metric, str(ranked[0]), increase, str(ranked[1]), lead)


def mean_interval(values: np.ndarray) -> Interval:
    """Student's t interval of a mean, 95 %."""
    n = len(values)
    if n < 2:
        return Interval(float(values[0]) if n else math.nan, math.nan, math.nan)
    mean = float(values.mean())
    half = float(stdtrit(n - 1, (1 + CONFIDENCE) / 2)) * float(values.std(ddof=1)) / math.sqrt(n)
    return Interval(mean, mean - half, mean + half)


def pairing_factor(after: np.ndarray, before: np.ndarray) -> PairingFactor:
    """The variance factor of pairing with its percentile bootstrap interval over pairs, 95 %.

    The unpaired variance is var(after) + var(before): what independent seeds would give. Resamples whose differences
    happen not to vary have no factor and are left out. A handful of pairs gives a factor without an interval:
    resampling them would claim a certainty that is not there.
    """
    scale = np.abs([after, before]).max(initial=0.0)
    if len(after) < 2 or np.ptp(after - before) <= ROUNDING_SHARE * scale:
        return PairingFactor(math.nan, math.nan, math.nan)
    factor = float(_variance_ratio(after, before))
    if len(after) < FEWEST_TO_RESAMPLE:
        return PairingFactor(factor, math.nan, math.nan)
    drawn = resamples(len(after))
    with np.errstate(divide="ignore", invalid="ignore"):
        bootstrapped = _variance_ratio(after[drawn], before[drawn])
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(bootstrapped[np.isfinite(bootstrapped)], [tail, 1 - tail])
    return PairingFactor(factor, float(low), float(high))


def _variance_ratio(after: np.ndarray, before: np.ndarray) -> np.ndarray:
    return (after.var(axis=-1, ddof=1) + before.var(axis=-1, ddof=1)) / (after - before).var(axis=-1, ddof=1)


def sign_test(values: np.ndarray) -> float:
    """Exact two-sided p that increases and decreases are equally likely; unchanged pairs do not count."""
    increases, changes = int((values > 0).sum()), int((values != 0).sum())
    rarer = min(increases, changes - increases)
    return min(1.0, 2 * sum(math.comb(changes, k) for k in range(rarer + 1)) / 2**changes)


@cache
def resamples(pairs: int) -> np.ndarray:
    """Which pairs each bootstrap resample draws: integers below `pairs`, shape (resamples, pairs).

    Keyed by the number of pairs alone, so that every measure and scenario is resampled alike and a table never changes
    from one call to the next. Raw Philox output is the part of NumPy's generators that is promised never to change.
    """
    key = int.from_bytes(hashlib.sha256(f"pairing factor, {pairs} pairs".encode()).digest()[:16], "big")
    raw = np.random.Philox(key=key).random_raw((RESAMPLES, pairs))
    drawn = ((raw >> np.uint64(32)) * np.uint64(pairs)) >> np.uint64(32)
    return drawn.astype(np.intp)


def fan(
    daily_by_run: Mapping[Hashable, pd.DataFrame], column: str, quantiles: Sequence[float] = QUANTILES
) -> pd.DataFrame:
    """Quantiles over runs, day by day, for a fan chart.

    Args:
        daily_by_run: a daily record for each run (usually each seed of one scenario), with a column `day`.
        column: the column to spread.
        quantiles: shares between 0 and 1.

    Returns:
        One row a day (index `day`), one column a quantile. A day on which no run knows a value is NaN.
    """
    by_day = pd.concat({name: daily.set_index("day")[column] for name, daily in daily_by_run.items()}, axis=1)
    return by_day.astype(float).quantile(list(quantiles), axis=1).T
