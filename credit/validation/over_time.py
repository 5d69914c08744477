"""How well forecasts order and level defaults by each month, when not all rows were watched that long."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from credit.errors import BadInput
from credit.metrics import auc_by, brier_by, watched
from credit.survival.baselines import Spline
from credit.survival.discrete_hazard import DiscreteHazard
from credit.validation.forecasts import Forecasts

MONTHS = (6, 12, 24, 36, 48, 60)
KNOTS = (3, 9, 18, 36, 60, 96)
LAST_MONTH = 96


@dataclass(frozen=True)
class MonthMeasure:
    """Order and level by a month.

    Attributes:
        month: since the clock of each row began.
        auc: cumulative/dynamic area (IPCW).
        brier: of the PD by that month (IPCW): a hazard on the score, learnt on half the firms, judged on the other.
        brier_without: the same with one PD for all, what a score must beat.
        forecast: mean PD by that month.
        observed: share in default by it (Kaplan-Meier).
    """

    month: int
    auc: float
    brier: float
    brier_without: float
    forecast: float
    observed: float


def by_month(forecasts: Forecasts) -> list[MonthMeasure]:
    """Measures by month; empty where the set does not tell how long its rows were watched, or too few defaulted.

    The score alone says who, not when: a monthly hazard with the score as its covariate says when. It learns from every
    other cluster of rows and is judged on the rest.
    """
    known = forecasts.known
    if known.followed is None:
        return []
    has_clock = np.isfinite(known.followed.months) & (known.followed.months >= 0)
    months, is_default = known.followed.months[has_clock], known.followed.is_default[has_clock]
    is_default = is_default & (months <= LAST_MONTH)
    months = np.minimum(months, LAST_MONTH).astype(np.int64)
    weights = known.weights[has_clock] / known.weights[has_clock].mean()
    odds = np.log(np.clip(forecasts.pd, 1e-9, 1 - 1e-9) / np.clip(1 - forecasts.pd, 1e-9, 1))[has_clock]
    labels = np.arange(len(months)) if known.clusters is None else known.clusters[has_clock]
    half = np.unique(labels, return_inverse=True)[1] % 2 == 0
    design = pd.DataFrame({"log_odds": odds})
    last = int(months[half].max(initial=0))
    knots = tuple(knot for knot in KNOTS if knot < last)
    try:
        hazard = DiscreteHazard(Spline((*knots, last) if last not in knots else knots)).fit(
            design[half], months[half], is_default[half], weights=weights[half]
        )
        seen = watched(months[~half], is_default[~half], weights[~half])
    except BadInput:
        return []
    found = []
    for month in MONTHS:
        try:
            pd_ = hazard.pd_by(design[~half], [month])[:, 0]
            order = auc_by(seen, odds[~half], month)
        except BadInput:  # nobody was watched that long
            continue
        observed = _incidence(seen.time, seen.is_default, seen.weights, month)
        found.append(
            MonthMeasure(
                month=month,
                auc=order,
                brier=brier_by(seen, pd_, month),
                brier_without=brier_by(seen, np.full(len(pd_), observed), month),
                forecast=float(np.average(pd_, weights=seen.weights)),
                observed=observed,
            )
        )
    return found


def _incidence(time: np.ndarray, is_default: np.ndarray, weights: np.ndarray, month: int) -> float:
    """Kaplan-Meier share in default by a month."""
    survived = 1.0
    for when in np.unique(time[is_default & (time <= month)]):
        at_risk = weights[time >= when].sum()
        survived *= 1.0 - weights[is_default & (time == when)].sum() / at_risk
    return float(1.0 - survived)
