"""Whether as many default as was forecast: Brier, slope and intercept, and group by group with intervals."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logit
from sklearn.metrics import brier_score_loss

from credit.intervals import jeffreys
from credit.logit import fit_logit
from credit.metrics.checked_inputs import LEAST_PROBABILITY, check_probabilities, checked, effective_rows


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


@dataclass(frozen=True)
class GroupLevel:
    """Forecast and outcome of one group of rows: a grade, a vintage, a tenth.

    Attributes:
        name: of the group.
        rows: in it.
        defaults: in it.
        weight_share: its part of the population.
        forecast: mean PD.
        observed: default rate.
        low: lower end of the default rate's 95 % Jeffreys interval.
        high: upper end of it.
    """

    name: str
    rows: int
    defaults: int
    weight_share: float
    forecast: float
    observed: float
    low: float
    high: float

    @property
    def is_inside(self) -> bool:
        """Whether the forecast lies in the interval of what was observed."""
        return self.low <= self.forecast <= self.high


def calibration(is_default: np.ndarray, pd: np.ndarray, weights: np.ndarray | None = None) -> Calibration:
    """Slope and intercept of the weighted logit of outcomes on the forecast's log-odds.

    Raises:
        BadInput: one class is absent, a value is not finite, or all forecasts are equal.
    """
    y, p, w = checked(is_default, pd, weights)
    check_probabilities(p)
    odds = logit(np.clip(p, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY))
    fit = fit_logit(np.column_stack([np.ones(len(odds)), odds]), y, ("const", "forecast log-odds"), weights=w)
    return Calibration(float(fit.coefficients[1]), float(fit.coefficients[0]), float(w @ y / (w @ p)))


def brier(is_default: np.ndarray, pd: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Weighted mean squared distance of forecast and outcome."""
    y, p, w = checked(is_default, pd, weights)
    check_probabilities(p)
    return float(brier_score_loss(y, p, sample_weight=w))


def calibration_by(
    groups: np.ndarray,
    is_default: np.ndarray,
    pd: np.ndarray,
    weights: np.ndarray | None = None,
    order: Sequence[str] | None = None,
    clusters: np.ndarray | None = None,
) -> list[GroupLevel]:
    """Forecast and outcome of each group, with a Jeffreys interval of the default rate.

    With weights the interval uses the number of equally weighted rows that would leave the rate as uncertain
    (Korn & Graubard, Survey Methodology 24, 1998): in a case-control sample survivors carry most of the weight, and
    counting rows would promise too much.

    Args:
        groups: a label a row.
        is_default: outcomes 0 or 1.
        pd: forecasts, shares.
        weights: population rows that each row stands for.
        order: the groups in the order wanted; sorted when absent. Groups without rows are left out.
        clusters: a label a row; rows that share it (the months of a firm) are dependent and widen the interval.

    Raises:
        BadInput: a value is not finite, or one outcome does not occur at all.
    """
    y, p, w = checked(is_default, pd, weights)
    check_probabilities(p)
    labels = np.asarray(groups).astype(str)
    found = []
    for name in order or sorted(set(labels)):
        own = (labels == name) & (w > 0)
        if own.any():
            observed, low, high = weighted_share(y[own], w[own], None if clusters is None else clusters[own])
            found.append(
                GroupLevel(
                    name=str(name),
                    rows=int(own.sum()),
                    defaults=int(y[own].sum()),
                    weight_share=float(w[own].sum() / w.sum()),
                    forecast=float(np.average(p[own], weights=w[own])),
                    observed=observed,
                    low=low,
                    high=high,
                )
            )
    return found


def weighted_share(
    hits: np.ndarray, weights: np.ndarray, clusters: np.ndarray | None = None, level: float = 0.95
) -> tuple[float, float, float]:
    """A weighted share of hits with its Jeffreys interval on the effective number of rows."""
    share, rows = effective_trials(hits, weights, clusters)
    interval = jeffreys(min(share * rows, rows), rows, level)
    return share, float(interval.low), float(interval.high)


def effective_trials(hits: np.ndarray, weights: np.ndarray, clusters: np.ndarray | None = None) -> tuple[float, float]:
    """A weighted share, and the independent, equally weighted rows that would leave it as uncertain.

    The variance is that of a weighted mean of clusters (each row its own where there are none). Where all rows agree
    there is none to tell, and Kish's number, of clusters where there are some, stands in.
    """
    total = float(weights.sum())
    place = np.arange(len(hits)) if clusters is None else np.unique(clusters, return_inverse=True)[1]
    if not 0.0 < hits[weights > 0].mean() < 1.0:
        return float(hits[weights > 0][0]), effective_rows(np.bincount(place, weights=weights))
    share = float(weights @ hits) / total
    influence = np.bincount(place, weights=weights * (hits - share))
    return share, share * (1.0 - share) / (float(influence @ influence) / total**2)


def tenths(pd: np.ndarray, weights: np.ndarray | None = None, parts: int = 10) -> np.ndarray:
    """The part of the population, by weight, into which each forecast falls: 1 safest to `parts` riskiest.

    Equal forecasts stay together, so that parts may be uneven or empty.
    """
    w = np.ones(len(pd)) if weights is None else np.asarray(weights, dtype=float)
    values, at = np.unique(pd, return_inverse=True)
    mass = np.bincount(at, weights=w, minlength=len(values))
    middle = (np.cumsum(mass) - mass / 2) / mass.sum()
    return (np.minimum(middle * parts, parts - 1e-9).astype(int) + 1)[at]
