"""Whether risky rows are ranked above safe ones: AUC with interval, paired differences, KS, points of the curves."""

from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm
from sklearn.metrics import precision_recall_curve, roc_auc_score, roc_curve

from credit.metrics.checked_inputs import checked


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
class Difference:
    """How much better one forecast orders the same rows than another.

    Attributes:
        value: area of the first less that of the second.
        low: lower end of the interval.
        high: upper end of the interval.
    """

    value: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval lies on one side of zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True)
class Curves:
    """Points of the ROC and precision-recall curves, for pictures; all shares.

    Attributes:
        false_alarms: survivors at or above each threshold.
        hits: defaulters at or above it.
        ks_at: position of the largest distance between the two.
        recall: defaulters found, for the precision-recall curve.
        precision: defaulters among those flagged.
        base_rate: share of defaulters: the precision of a coin.
    """

    false_alarms: np.ndarray
    hits: np.ndarray
    ks_at: int
    recall: np.ndarray
    precision: np.ndarray
    base_rate: float


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
    y, risk, w = checked(is_default, risk, weights)
    value = float(roc_auc_score(y, risk, sample_weight=w))
    error = _root_of_squares(_influence(y, risk, w, value), clusters)
    if not 0.0 < value < 1.0:
        return Auc(value, value, value, error)
    reach = norm.ppf(0.5 + level / 2) * error / (value * (1 - value))
    low, high = (float(expit(logit(value) + side * reach)) for side in (-1.0, 1.0))
    return Auc(value, low, high, error)


def auc_difference(
    is_default: np.ndarray,
    risk: np.ndarray,
    other_risk: np.ndarray,
    weights: np.ndarray | None = None,
    clusters: np.ndarray | None = None,
    level: float = 0.95,
) -> Difference:
    """Area of one forecast less that of another on the same rows, with DeLong's paired interval.

    Both forecasts err on the same rows, so the interval of the difference is far narrower than the two areas' own.

    Raises:
        BadInput: one class is absent, or a value is not finite.
    """
    return aucs_compared(is_default, risk, other_risk, weights, clusters, level)[2]


def aucs_compared(
    is_default: np.ndarray,
    risk: np.ndarray,
    other_risk: np.ndarray,
    weights: np.ndarray | None = None,
    clusters: np.ndarray | None = None,
    level: float = 0.95,
) -> tuple[float, float, Difference]:
    """Both areas and their difference, see `auc_difference`."""
    y, first, w = checked(is_default, risk, weights)
    _, second, _ = checked(is_default, other_risk, weights)
    areas = [float(roc_auc_score(y, each, sample_weight=w)) for each in (first, second)]
    influence = _influence(y, first, w, areas[0]) - _influence(y, second, w, areas[1])
    reach = float(norm.ppf(0.5 + level / 2)) * _root_of_squares(influence, clusters)
    value = areas[0] - areas[1]
    return areas[0], areas[1], Difference(value, value - reach, value + reach)


def ks(is_default: np.ndarray, risk: np.ndarray, weights: np.ndarray | None = None) -> float:
    """Kolmogorov-Smirnov distance between the score distributions of defaulters and survivors."""
    y, risk, w = checked(is_default, risk, weights)
    false_alarms, hits, _ = roc_curve(y, risk, sample_weight=w)
    return float(np.max(hits - false_alarms))


def curves(is_default: np.ndarray, risk: np.ndarray, weights: np.ndarray | None = None, points: int = 400) -> Curves:
    """The curves thinned to at most `points` points each, ends and the KS point kept.

    Raises:
        BadInput: one class is absent, or a value is not finite.
    """
    y, risk, w = checked(is_default, risk, weights)
    false_alarms, hits, _ = roc_curve(y, risk, sample_weight=w)
    highest = int(np.argmax(hits - false_alarms))
    keep = np.union1d(_evenly(len(hits), points), [highest])
    precision, recall, _ = precision_recall_curve(y, risk, sample_weight=w)
    shown = _evenly(len(recall), points)
    return Curves(
        false_alarms=false_alarms[keep],
        hits=hits[keep],
        ks_at=int(np.searchsorted(keep, highest)),
        recall=recall[shown][::-1],
        precision=precision[shown][::-1],
        base_rate=float(w @ y / w.sum()),
    )


def _influence(y: np.ndarray, risk: np.ndarray, w: np.ndarray, area: float) -> np.ndarray:
    """Each row's influence on the area; their squares sum to its variance."""
    bad, good = y == 1, y == 0
    influence = np.zeros(len(y))
    for own, other, sign in ((bad, good, 1.0), (good, bad, -1.0)):
        placement = _share_below(sign * risk[own], sign * risk[other], w[other])
        count = int((w[own] > 0).sum())
        influence[own] = w[own] / w[own].sum() * (placement - area) * np.sqrt(count / max(count - 1, 1))
    return influence


def _root_of_squares(influence: np.ndarray, clusters: np.ndarray | None) -> float:
    """Standard error: influences summed within clusters, squared, summed."""
    if clusters is None:
        return float(np.sqrt(influence @ influence))
    cluster = np.unique(clusters, return_inverse=True)[1]
    return float(np.sqrt(np.sum(np.bincount(cluster, weights=influence) ** 2)))


def _share_below(values: np.ndarray, others: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Weighted share of `others` below each value, ties counted half."""
    order = np.argsort(others, kind="stable")
    sorted_others = others[order]
    cumulated = np.concatenate([[0.0], np.cumsum(weights[order])])
    below, up_to = (cumulated[np.searchsorted(sorted_others, values, side)] for side in ("left", "right"))
    return (below + up_to) / (2 * cumulated[-1])


def _evenly(length: int, points: int) -> np.ndarray:
    return np.unique(np.linspace(0, length - 1, min(length, points)).round().astype(int))
