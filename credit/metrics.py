"""How good a forecast of default is: order (AUC, KS), level (calibration) and both at once (Brier).

Every measure takes weights, so that a sample drawn case by control speaks for the population it was drawn from.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import logit
from scipy.stats import norm
from sklearn.metrics import brier_score_loss, roc_auc_score, roc_curve

from credit.errors import BadInput, Problem
from credit.logit import fit_logit

_LEAST_PROBABILITY = 1e-9  # forecasts of exactly 0 or 1 have no log-odds: held off by one in a billion


@dataclass(frozen=True)
class Auc:
    """Area under the ROC curve: how often a defaulter is ranked above a survivor.

    Attributes:
        value: the area, a share.
        low: lower end of the interval.
        high: upper end of the interval.
        standard_error: of the area.
    """

    value: float
    low: float
    high: float
    standard_error: float


@dataclass(frozen=True)
class Calibration:
    """A forecast's level, judged by the logit of outcomes on its log-odds.

    Attributes:
        slope: 1 when risks are spread right, below 1 when forecasts are too extreme.
        intercept: of that same logit, log-odds; 0 together with slope 1 when right.
        observed_over_expected: defaults that happened over defaults forecast; 1 when the level is right.
    """

    slope: float
    intercept: float
    observed_over_expected: float


def auc(
    is_default: np.ndarray,
    risk: np.ndarray,
    weights: np.ndarray | None = None,
    clusters: np.ndarray | None = None,
    level: float = 0.95,
) -> Auc:
    """Weighted AUC with a DeLong interval.

    The interval follows DeLong, DeLong & Clarke-Pearson (1988) with weights: each row's placement (the weighted share
    of the other class that it beats) is its influence on the area, and the squared weighted influences sum to the
    variance. It needs no seed, costs one sort, and unequal weights widen it as they should: few heavy rows carry
    little information. Rows of one cluster (the months of one firm) are summed before squaring (Obuchowski 1997), so
    that repeated looks at a firm do not pass for evidence. The interval is symmetric in log-odds: it stays in 0 to 1.

    Args:
        is_default: outcomes 0 or 1.
        risk: anything that is higher for riskier rows.
        weights: population rows that each row stands for.
        clusters: a label a row; rows that share it are dependent. Every row is its own cluster when absent.
        level: coverage of the interval.

    Raises:
        BadInput: one class is absent, or a value is not finite.
    """
    y, risk, w = _checked(is_default, risk, weights)
    value = float(roc_auc_score(y, risk, sample_weight=w))
    bad, good = y == 1, y == 0
    influence = np.zeros(len(y))
    for own, other, sign in ((bad, good, 1.0), (good, bad, -1.0)):
        placement = _share_below(sign * risk[own], sign * risk[other], w[other])
        count = int((w[own] > 0).sum())
        influence[own] = w[own] / w[own].sum() * (placement - value) * np.sqrt(count / max(count - 1, 1))
    cluster = np.arange(len(y)) if clusters is None else np.unique(clusters, return_inverse=True)[1]
    variance = float(np.sum(np.bincount(cluster, weights=influence) ** 2))
    error = float(np.sqrt(variance))
    if not 0.0 < value < 1.0:
        return Auc(value, value, value, error)
    reach = norm.ppf(0.5 + level / 2) * error / (value * (1 - value))
    low, high = (1 / (1 + np.exp(-(logit(value) + side * reach))) for side in (-1.0, 1.0))
    return Auc(value, float(low), float(high), error)


def calibration(is_default: np.ndarray, pd: np.ndarray, weights: np.ndarray | None = None) -> Calibration:
    """Slope and intercept of the weighted logit of outcomes on the forecast's log-odds.

    Raises:
        BadInput: one class is absent, a value is not finite, or all forecasts are equal.
    """
    y, p, w = _checked(is_default, pd, weights)
    _check_probabilities(p)
    odds = logit(np.clip(p, _LEAST_PROBABILITY, 1 - _LEAST_PROBABILITY))
    fit = fit_logit(np.column_stack([np.ones(len(odds)), odds]), y, ("const", "forecast log-odds"), weights=w)
    return Calibration(float(fit.coefficients[1]), float(fit.coefficients[0]), float(w @ y / (w @ p)))


def brier(is_default: np.ndarray, pd: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Weighted mean squared distance of forecast and outcome."""
    y, p, w = _checked(is_default, pd, weights)
    _check_probabilities(p)
    return float(brier_score_loss(y, p, sample_weight=w))


def ks(is_default: np.ndarray, risk: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Kolmogorov-Smirnov distance between the score distributions of defaulters and survivors."""
    y, risk, w = _checked(is_default, risk, weights)
    false_alarms, hits, _ = roc_curve(y, risk, sample_weight=w)
    return float(np.max(hits - false_alarms))


def _share_below(values: np.ndarray, others: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted share of `others` below each value, ties counted half."""
    order = np.argsort(others, kind="stable")
    sorted_others = others[order]
    cumulated = np.concatenate([[0.0], np.cumsum(weights[order])])
    below, up_to = (cumulated[np.searchsorted(sorted_others, values, side)] for side in ("left", "right"))
    return (below + up_to) / (2 * cumulated[-1])


def _check_probabilities(pd: np.ndarray) -> None:
    if ((pd < 0) | (pd > 1)).any():
        raise BadInput(Problem("must lie between 0 and 1", field="pd"))


def _checked(
    is_default: np.ndarray, forecast: np.ndarray, weights: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The three as float arrays, refused by name when they cannot be judged."""
    y, forecast = np.asarray(is_default, dtype=float), np.asarray(forecast, dtype=float)
    w = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)
    if not len(y) == len(forecast) == len(w):
        raise BadInput(Problem("outcomes, forecasts and weights must have one value a row", field="is_default"))
    for name, values in (("is_default", y), ("forecast", forecast), ("weights", w)):
        if not np.isfinite(values).all():
            raise BadInput(Problem("every value must be a finite number", field=name))
    if (w < 0).any():
        raise BadInput(Problem("must be >= 0", field="weights"))
    if not ((y == 0) | (y == 1)).all():
        raise BadInput(Problem("outcomes must be 0 or 1", field="is_default"))
    if not (w[y == 1].sum() > 0 and w[y == 0].sum() > 0):
        raise BadInput(Problem("both outcomes must occur among rows with weight", field="is_default"))
    return y, forecast, w
