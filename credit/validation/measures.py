"""One forecast judged by every number that a command prints."""

from dataclasses import dataclass

import numpy as np

from credit.errors import BadInput, Problem
from credit.metrics import Auc, Calibration, Shift, auc, brier, calibration, ks
from credit.metrics.checked_inputs import effective_rows
from credit.validation.forecasts import Forecasts
from credit.validation.foreknowledge import foreknowing
from credit.validation_sets.base import ValidationSet


@dataclass(frozen=True)
class Measures:
    """What a scorer is worth on rows that it has not seen.

    Attributes:
        rows: judged.
        defaults: among them.
        default_rate: weighted.
        effective_rows: equally weighted rows that would tell as much.
        auc: area under the ROC curve of all rows together, with its interval.
        auc_fold_mean: mean of the folds' own areas; None without folds.
        ks: largest distance of defaulters' and survivors' distributions.
        brier: mean squared distance of forecast and outcome.
        calibration: slope, intercept and level.
        shift: of the points; None for a scorer from a file.
    """

    rows: int
    defaults: int
    default_rate: float
    effective_rows: float
    auc: Auc
    auc_fold_mean: float | None
    ks: float
    brier: float
    calibration: Calibration
    shift: Shift | None


def measured(forecasts: Forecasts) -> Measures:
    """Judge forecasts.

    Raises:
        BadInput: one outcome is absent, all forecasts are equal, or none is mistaken.
    """
    known, pd_ = forecasts.known, forecasts.pd
    y, w = known.y, known.weights
    area = auc(y, pd_, w, clusters=known.clusters)
    if area.value == 1.0:
        _refuse_foreknowledge(known)
    names = np.unique(forecasts.fold)
    by_fold = [auc(y[own], pd_[own], w[own]).value for own in (forecasts.fold == name for name in names)]
    return Measures(
        rows=len(y),
        defaults=int(y.sum()),
        default_rate=float(w @ y / w.sum()),
        effective_rows=effective_rows(w),
        auc=area,
        auc_fold_mean=float(np.mean(by_fold)) if len(names) > 1 else None,
        ks=ks(y, pd_, w),
        brier=brier(y, pd_, w),
        calibration=calibration(y, pd_, w),
        shift=forecasts.shift,
    )


def _refuse_foreknowledge(known: ValidationSet) -> None:
    """Forecasts without one mistake have no slope, and come from a feature that was known after the outcome."""
    rule = "tells the outcome by itself: it was known afterwards"
    problems = [Problem(rule, known.name, name, remedy="leave it out") for name in foreknowing(known)]
    rule = "are without one mistake, so that no slope can be measured: features know the outcome together"
    raise BadInput(problems or Problem(rule, known.name, "forecasts", remedy="look for what was known afterwards"))
