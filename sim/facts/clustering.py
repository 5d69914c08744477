"""Do defaults cluster as they do in the world, and better than without a network?

The named baseline is the one-factor market of Vasicek without a network: the same default rate, an asset correlation
from the rulebooks, a common factor that holds for a year. Market and baseline are held against the clustering of real
defaults (`credit.studies.sba_clustering`): the variance of the monthly default intensity and its covariance with the
six months after, both relative to the mean, so that neither size nor level counts. The market beats the baseline where
its distance to the world is smaller by more than the seeds can explain.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.loss_distribution import conditional_pd
from credit.studies.sba_clustering import LAGS
from sim.facts.credit_facts import monthly_defaults
from sim.runs.comparison import CONFIDENCE, Interval, resamples

MONTHS_A_YEAR = 12
FACTOR_NODES = 4001
type Verdict = Literal["beats the baseline", "does not beat the baseline", "not settled by these seeds", "not measured"]


@dataclass(frozen=True)
class Clustering:
    """How a common default intensity varies, relative to its mean.

    Attributes:
        variance: of the monthly intensity.
        persistence: mean covariance with the next LAGS months.
    """

    variance: float
    persistence: float


@dataclass(frozen=True)
class Contest:
    """The market and the baseline, held against the world.

    Attributes:
        world: clustering of real defaults.
        market: clustering over all seeds.
        baseline: clustering of the one-factor market with the same default rate.
        default_rate_annual: of the market over all seeds.
        market_distance: relative distance to the world.
        baseline_distance: the same of the baseline.
        gain: baseline's distance less the market's, with a 95 % bootstrap interval over seeds.
        verdict: in words.
        why: why it was not measured.
    """

    world: Clustering
    market: Clustering | None
    baseline: Clustering | None
    default_rate_annual: float | None
    market_distance: float | None
    baseline_distance: float | None
    gain: Interval | None
    verdict: Verdict
    why: str | None = None


def contest(daily: Sequence[pd.DataFrame], world: Clustering, correlation: float) -> Contest:
    """Hold a market against the baseline.

    Args:
        daily: a daily record a seed.
        world: the clustering of real defaults.
        correlation: asset correlation of the baseline, a share.
    """
    sums = np.array([_sums(*monthly_defaults(record)) for record in daily])
    if len(sums) < 5 or sums[:, 0].sum() < 30:
        why = f"{len(sums)} seeds with {sums[:, 0].sum():.0f} defaults in all; it needs 5 seeds and 30 defaults"
        return Contest(world, None, None, None, None, None, None, "not measured", why)
    market, rate = _clustering(sums.sum(axis=0))
    baseline = one_factor_clustering(rate, correlation)
    drawn = [_clustering(sums[rows].sum(axis=0)) for rows in resamples(len(sums))]
    gains = np.array(
        [distance(one_factor_clustering(r, correlation), world) - distance(found, world) for found, r in drawn]
    )
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(gains, [tail, 1 - tail])
    by_market, by_baseline = distance(market, world), distance(baseline, world)
    gain = Interval(by_baseline - by_market, float(low), float(high))
    verdict: Verdict = "not settled by these seeds"
    if low > 0:
        verdict = "beats the baseline"
    elif high < 0:
        verdict = "does not beat the baseline"
    return Contest(world, market, baseline, rate, by_market, by_baseline, gain, verdict)


def distance(found: Clustering, world: Clustering) -> float:
    """How far a clustering is from the world's: 0 where equal, about 1.4 where there is none."""
    return float(np.hypot(found.variance / world.variance - 1.0, found.persistence / world.persistence - 1.0))


def one_factor_clustering(default_rate_annual: float, correlation: float) -> Clustering:
    """The clustering of a large pool whose common factor is drawn once a year (Vasicek), exactly.

    Months of a year share the factor, so the covariance with the month `k` later is the variance times (12 - k)/12.

    Raises:
        BadInput: a rate that is not between 0 and 1, or a correlation outside its range.
    """
    if not 0.0 < default_rate_annual < 1.0:
        raise BadInput(Problem("must lie between 0 and 1", field="default_rate_annual", value=default_rate_annual))
    quantiles = (np.arange(FACTOR_NODES) + 0.5) / FACTOR_NODES
    hazard = -np.log1p(-conditional_pd(-np.expm1(-default_rate_annual), correlation, quantiles))
    variance = float(hazard.var() / hazard.mean() ** 2)
    shared = np.mean([(MONTHS_A_YEAR - lag) / MONTHS_A_YEAR for lag in range(1, LAGS + 1)])
    return Clustering(variance, variance * float(shared))


def _sums(defaults: np.ndarray, obligors: np.ndarray) -> np.ndarray:
    """What is summed over seeds: defaults, obligor-months, products of the same month and of months LAGS apart."""

    def products(lag: int) -> tuple[float, float, float]:
        d, n = defaults[: len(defaults) - lag], obligors[: len(obligors) - lag]
        later_d, later_n = defaults[lag:], obligors[lag:]
        return float(d @ later_d), float(d @ later_n + n @ later_d), float(n @ later_n)

    return np.array([defaults.sum(), obligors.sum(), *(part for lag in range(LAGS + 1) for part in products(lag))])


def _clustering(sums: np.ndarray) -> tuple[Clustering, float]:
    """The clustering and the yearly default rate that sums over seeds tell."""
    defaults, obligors = sums[:2]
    hazard = defaults / obligors
    if hazard == 0.0:
        return Clustering(0.0, 0.0), 1e-6
    covariances = []
    for lag, (dd, dn, nn) in enumerate(sums[2:].reshape(-1, 3)):
        noise = defaults if lag == 0 else 0.0  # a count varies by its mean even where the intensity does not
        covariances.append((dd - hazard * dn + hazard**2 * nn - noise) / (hazard**2 * nn) if nn else 0.0)
    return Clustering(float(covariances[0]), float(np.mean(covariances[1:]))), float(hazard * MONTHS_A_YEAR)
