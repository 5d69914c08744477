"""How good a forecast of default is: order (AUC, KS), level (calibration), both (Brier); stability, fairness, backtest.

Every measure takes weights, so that a sample drawn case by control speaks for the population it was drawn from.
"""

from credit.metrics.backtests import Backtest, backtest
from credit.metrics.drift import Shift, csi, psi
from credit.metrics.group_fairness import GroupTreatment, cut_off_for, treatment_by
from credit.metrics.level import Calibration, GroupLevel, brier, calibration, calibration_by, tenths
from credit.metrics.order import Auc, Curves, Difference, auc, auc_difference, aucs_compared, curves, ks
from credit.metrics.with_censoring import Watched, auc_by, brier_by, watched

__all__ = [
    "Auc", "Backtest", "Calibration", "Curves", "Difference", "GroupLevel", "GroupTreatment", "Shift", "Watched", "auc",
    "auc_by", "auc_difference", "aucs_compared", "backtest", "brier", "brier_by", "calibration", "calibration_by",
    "csi", "curves", "cut_off_for", "ks", "psi", "tenths", "treatment_by", "watched",
]  # fmt: skip
