"""Order and level by a month when some rows were not watched that long.

Rows whose outcome by the month is unknown are left out, and those like them that were watched count for them: each
known outcome weighs one over the chance of having been watched so far (inverse probability of censoring, IPCW).
Without that, a young book would look as good as its short life.

scikit-survival has the same measures without weights (a development dependency only: tests hold these to it).
"""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import roc_auc_score

from credit.errors import BadInput, Problem


@dataclass(frozen=True)
class Watched:
    """Times in months, laid out so that "after completing month m" comes after "in month m".

    Attributes:
        time: month of default, or completed months and a half where watching ended without one.
        is_default: whether it ended in default.
        weights: population rows that each row stands for.
    """

    time: np.ndarray
    is_default: np.ndarray
    weights: np.ndarray


def watched(months: np.ndarray, is_default: np.ndarray, weights: np.ndarray | None = None) -> Watched:
    """Check and lay out what became of each row.

    Args:
        months: month of default, or completed months without one.
        is_default: whether the row ends in default in that month.
        weights: population rows that each row stands for.

    Raises:
        BadInput: lengths differ, a value is not finite or negative, or no row defaults.
    """
    time, hit = np.asarray(months, dtype=float), np.asarray(is_default, dtype=bool)
    w = np.ones(len(time)) if weights is None else np.asarray(weights, dtype=float)
    if not len(time) == len(hit) == len(w):
        raise BadInput(Problem("months, outcomes and weights must have one value a row", field="months"))
    for name, values in (("months", time), ("weights", w)):
        if not (np.isfinite(values).all() and (values >= 0).all()):
            raise BadInput(Problem("every value must be a finite number >= 0", field=name))
    if not w[hit].sum() > 0:
        raise BadInput(Problem("at least one row with weight must default", field="is_default"))
    return Watched(time + 0.5 * ~hit, hit, w)


def chance_of_being_watched(seen: Watched, at: np.ndarray) -> np.ndarray:
    """Kaplan-Meier probability that watching has not ended by each time, defaults counting as ends of nothing."""
    times, place = np.unique(seen.time, return_inverse=True)
    ends, defaults = (
        np.bincount(place, seen.weights * which, len(times)) for which in (~seen.is_default, seen.is_default)
    )
    at_risk = np.cumsum((ends + defaults)[::-1])[::-1] - defaults  # at one time defaults come first
    step = np.divide(ends, at_risk, out=np.zeros(len(times)), where=ends > 0)
    curve = np.concatenate([[1.0], np.cumprod(1.0 - step)])
    return curve[np.searchsorted(times, at, side="right")]


def brier_by(seen: Watched, pd: np.ndarray, month: int) -> float:
    """IPCW Brier score of PDs by a month (Graf et al. 1999): mean squared distance of forecast and outcome.

    Raises:
        BadInput: nobody was watched up to the month.
    """
    factor = _weights_of_known(seen, month)
    outcome = seen.is_default & (seen.time <= month)
    return float(np.sum(factor * (outcome - np.asarray(pd, dtype=float)) ** 2) / seen.weights.sum())


def auc_by(seen: Watched, risk: np.ndarray, month: int) -> float:
    """Cumulative/dynamic AUC: how often one who defaults by the month is ranked above one who outlives it.

    Source: Hung & Chiang, Canadian Journal of Statistics 38 (2010); Uno et al., J. American Statistical Association
    102 (2007).

    Raises:
        BadInput: nobody defaults by the month, or nobody was watched beyond it.
    """
    factor = _weights_of_known(seen, month)
    outcome = seen.is_default & (seen.time <= month)
    known = factor > 0
    if not outcome[known].any():
        raise BadInput(Problem(f"nobody defaults by month {month}", field="months"))
    return float(roc_auc_score(outcome[known], np.asarray(risk)[known], sample_weight=factor[known]))


def _weights_of_known(seen: Watched, month: int) -> np.ndarray:
    """Weight over the chance of having been watched so far; 0 where the outcome by the month is unknown."""
    has_defaulted, is_later = seen.is_default & (seen.time <= month), seen.time > month
    chance = chance_of_being_watched(seen, np.where(has_defaulted, seen.time, float(month)))
    if not (is_later & (chance > 0)).any():
        rule = f"at least one row must be watched beyond month {month}"
        raise BadInput(Problem(rule, field="months", remedy="take an earlier month"))
    return np.where((has_defaulted | is_later) & (chance > 0), seen.weights / np.maximum(chance, 1e-12), 0.0)
