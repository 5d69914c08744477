"""The recursion of a local trend over many firms at once: level, slope, passing deviation, common shocks.

    y_it   = level_it + deviation_it + noise            level_i,t+1 = level_it + slope_it + common_t+1 + shock
    slope_i,t+1 = m + phi (slope_it - m) + shock         deviation_i,t+1 = rho deviation_it + shock

All variances of a firm are multiples of its own scale, which is not known: with an inverse-gamma prior the forecast
is a Student t whose degrees grow with what was seen (West & Harrison, Bayesian Forecasting and Dynamic Models, 1997,
ch. 4 and 10). The common shock of a period is estimated from all firms of that period, shrunk to what the last one
implies.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from math import exp, lgamma, log, pi
from typing import Any

import numpy as np
from scipy.special import gammaln

from credit.ranges import Floats

_DIFFUSE = 1e4  # variance of a first level in units of a firm's scale: nothing is known of it


@dataclass(frozen=True)
class TrendParameters:
    """What all firms share.

    Attributes:
        level_share: part of a period's variance that stays in the level for good.
        deviation_share: part that fades with `persistence`; the rest is noise of the period alone.
        slope_share: variance of the slope's shock, as a multiple of a firm's scale.
        first_slope_share: variance of slopes between firms at the start, same unit.
        damping: phi, what is left of a slope's distance to the drift a period later.
        persistence: rho, what is left of a deviation a period later.
        drift: m, growth of log output a period to which slopes return.
        scale: typical variance of a firm's period.
        scale_degrees: how alike firms' scales are: degrees of freedom of the inverse gamma.
        common_variance: variance of a period's common shock to growth.
        common_persistence: what is left of common growth a period later.
        forgetting: part of what was learnt about a firm's scale that is kept each period.
        noise_degrees: degrees of freedom by which outliers are discounted.
    """

    level_share: float
    deviation_share: float
    slope_share: float
    first_slope_share: float
    damping: float
    persistence: float
    drift: float
    scale: float
    scale_degrees: float
    common_variance: float
    common_persistence: float
    forgetting: float
    noise_degrees: float

    @property
    def noise_share(self) -> float:
        """What level and deviation leave over."""
        return np.maximum(1.0 - self.level_share - self.deviation_share, 0.0)


@dataclass
class TrendState:
    """Where every firm stands after the last period.

    Attributes:
        mean: level, slope, deviation (3 x N).
        covariance: of level with level, slope, deviation, of slope with slope, deviation, of deviation with itself, in
            units of the firm's scale (6 x N).
        scale: estimated variance of a firm's period (N).
        degrees: of that estimate (N).
        common_growth: the last period's common shock.
    """

    mean: Floats
    covariance: Floats
    scale: Floats
    degrees: Floats
    common_growth: float


def _moved(mean: Floats, covariance: Floats, p: TrendParameters) -> tuple[Floats, Floats]:
    """State and covariance a period later."""
    level, slope, deviation = mean
    ll, ls, ld, ss, sd, dd = covariance
    phi, rho = p.damping, p.persistence
    fading = p.deviation_share * (1.0 - rho * rho)
    later = np.stack((level + slope, p.drift + phi * (slope - p.drift), rho * deviation))
    spread = (
        ll + 2.0 * ls + ss + p.level_share,
        phi * (ls + ss),
        rho * (ld + sd),
        phi * phi * ss + p.slope_share,
        phi * rho * sd,
        rho * rho * dd + fading,
    )
    return later, np.stack(spread)


def filtered(log_output: Floats, p: TrendParameters) -> TrendState:
    """Run over all periods.

    Args:
        log_output: N x T, NaN where not known.
        p: what firms share.

    Returns:
        The state after the last period.
    """
    mean, covariance, scale, degrees, common, _ = _run(log_output, [p])
    return TrendState(mean[:, 0], covariance[:, 0], scale[0], degrees[0], float(common[0, 0]))


def log_likelihoods(log_output: Floats, beliefs: Sequence[TrendParameters]) -> Floats:
    """What the periods that could be forecast tell of each set of shared parameters, common shocks included.

    Args:
        log_output: N x T, NaN where not known.
        beliefs: P sets; they run side by side, which is several times quicker than one after the other.

    Returns:
        P log-likelihoods.
    """
    return _run(log_output, beliefs)[-1]


def _run(log_output: Floats, beliefs: Sequence[TrendParameters]) -> tuple[Floats, ...]:
    """Mean (3 x P x N), covariance (6 x P x N), scale, degrees (P x N), last common shock (P x 1), likelihood (P)."""
    count, length = log_output.shape
    columns: list[Any] = [np.array(column)[:, None] for column in zip(*map(astuple, beliefs), strict=True)]
    p: Any = TrendParameters(*columns)  # every one P x 1
    nothing, one = np.zeros_like(p.drift), np.ones((1, count))
    fresh_mean = np.stack((nothing, p.drift, nothing))
    fresh = np.stack((nothing + _DIFFUSE, nothing, nothing, p.first_slope_share, nothing, p.deviation_share))
    mean, covariance, scale, degrees = fresh_mean * one, fresh * one, p.scale * one, p.scale_degrees * one
    has_begun = np.zeros(count, dtype=bool)
    common, likelihood = nothing, nothing[:, 0]
    scored: list[tuple[Floats, Floats, Floats]] = []
    for t in range(length):
        if t:
            later, spread_later = _moved(mean, covariance, p)
            mean, covariance = np.where(has_begun, later, fresh_mean), np.where(has_begun, spread_later, fresh)
        y = log_output[:, t]
        is_seen = np.isfinite(y)
        ll, ls, ld, _, sd, dd = covariance
        inner = ll + 2.0 * ld + dd
        spread = inner + p.noise_share
        variance = spread * scale
        error = np.where(is_seen, y - mean[0] - mean[2], 0.0)
        is_scored = is_seen & has_begun
        if t:
            common, gain = _common_shock(error[:, is_scored], variance[:, is_scored], common, p)
            likelihood = likelihood + gain
        shift = np.where(has_begun, common, 0.0)
        error = np.where(is_seen, error - shift, 0.0)
        ratio = error * error / variance
        scored.append((ratio[:, is_scored], variance[:, is_scored], degrees[:, is_scored]))
        weight = np.where(is_scored, np.minimum((p.noise_degrees + 1.0) / (p.noise_degrees + ratio), 1.0), 1.0)
        heavy = inner + p.noise_share / weight
        pull = np.stack((ll + ld, ls + sd, ld + dd)) * is_seen
        step = pull / heavy
        mean = mean + step * error
        mean[0] += shift
        covariance = covariance - step[[0, 0, 0, 1, 1, 2]] * pull[[0, 1, 2, 1, 2, 2]]
        own = p.forgetting * (degrees - p.scale_degrees)  # what was learnt of the firm fades towards what all share
        kept = p.scale_degrees + own
        former = (p.scale_degrees * p.scale + p.forgetting * (degrees * scale - p.scale_degrees * p.scale)) / kept
        newer = (kept * former + weight * error * error / spread) / (kept + 1.0)
        scale, degrees = np.where(is_scored, newer, scale), np.where(is_scored, kept + 1.0, degrees)
        has_begun = has_begun | is_seen
    told = (np.concatenate(parts, axis=1) for parts in zip(*scored, strict=True))
    return mean, covariance, scale, degrees, common, likelihood + _log_student(*told).sum(axis=1)


def _common_shock(error: Floats, variance: Floats, last: Floats, p: Any) -> tuple[Floats, Floats]:
    """The shock of a period that all firms share, and what allowing for it adds to the log-likelihood."""
    expected = p.common_persistence * last
    if not error.shape[1] or np.all(p.common_variance <= 0.0):
        return expected, np.zeros(len(expected))
    shock = expected
    for _ in range(3):  # reweighted: a few firms in trouble are no recession
        weight = (p.noise_degrees + 1.0) / (p.noise_degrees + (error - shock) ** 2 / variance) / variance
        precision = weight.sum(axis=1, keepdims=True) + 1.0 / p.common_variance
        shock = ((weight * error).sum(axis=1, keepdims=True) + expected / p.common_variance) / precision
    prior = -0.5 * (np.log(2.0 * pi * p.common_variance) + (shock - expected) ** 2 / p.common_variance)
    return shock, (prior + 0.5 * np.log(2.0 * pi / precision))[:, 0]


def _log_student(ratio: Floats, variance: Floats, degrees: Floats) -> Floats:
    constant = gammaln(0.5 * (degrees + 1.0)) - gammaln(0.5 * degrees) - 0.5 * np.log(degrees * pi * variance)
    return constant - 0.5 * (degrees + 1.0) * np.log1p(ratio / degrees)


def ahead(state: TrendState, p: TrendParameters, horizons: int) -> tuple[Floats, Floats, Floats]:
    """Location, scale and degrees of freedom of log output 1 .. `horizons` periods ahead (each N x H)."""
    mean, covariance = state.mean, state.covariance
    location, spread = [], []
    common_mean, weights = 0.0, np.zeros(0)
    for h in range(1, horizons + 1):
        mean, covariance = _moved(mean, covariance, p)
        common_mean += p.common_persistence**h * state.common_growth
        weights = np.append(weights, 0.0) + p.common_persistence ** np.arange(h)[::-1]
        inner = covariance[0] + 2.0 * covariance[2] + covariance[5] + p.noise_share
        location.append(mean[0] + mean[2] + common_mean)
        spread.append(np.sqrt(inner * state.scale + p.common_variance * float((weights**2).sum())))
    told = np.stack(location, axis=1)
    return told, np.stack(spread, axis=1), np.repeat(state.degrees[:, None], horizons, axis=1)


def log_inverse_gamma(value: float, degrees: float, centre: float) -> float:
    """Log density of a variance under a scaled inverse chi-square, for priors of shared variances."""
    half = 0.5 * degrees
    return half * log(half * centre) - lgamma(half) - (half + 1.0) * log(value) - half * centre / value


def expit(x: float) -> float:
    """The logistic function of a number, safe at both ends."""
    return 1.0 / (1.0 + exp(-x)) if x >= 0 else exp(x) / (1.0 + exp(x))
