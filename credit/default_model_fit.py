"""How the platform's default model is fitted, and the proof of what it is worth on firms it has not seen.

The points that the hazards learn from are scored out of fold (each firm by a scorer that has not seen it): otherwise
the score would look sharper than it is, and the PDs of good and bad firms would lie too far apart.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from credit.default_model import ARREARS, HORIZON_MONTHS, LAST_MONTH, STAGES, DefaultModel, in_arrears, staged_hazard
from credit.errors import BadInput, Problem
from credit.feature_specs import FEATURES, names_of
from credit.firm_months import FirmMonths
from credit.metrics import Auc, auc
from credit.one_thread import on_one_thread
from credit.scorers.base import points_of
from credit.scorers.logistic import LEAST_DEFAULTS, LogisticScorer
from credit.survival.baselines import Spline
from credit.survival.discrete_hazard import DiscreteHazard

FOLDS = 5
STEPS = FOLDS + 1
BASELINES = {"current": Spline((2, 4, 9, LAST_MONTH)), "in_arrears": Spline((1, 3, 9, LAST_MONTH))}
RIDGE = 100.0
"""Doubt about each effect, in rows. A defaulter fills some twelve month ends: 100 rows are about eight defaulters'
worth. Among pre-histories with 50, 200 and 530 defaults it lost least against the best of 10 to 3,000 for each."""


@dataclass(frozen=True)
class PlatformFit:
    """A fitted model with the proof of what it is worth on firms it has not seen.

    Attributes:
        model: fitted on all firms.
        rows: firm-months.
        firms: obligors among them.
        defaults: obligors that defaulted.
        default_rate_annual: defaults a year of observed credit.
        auc: out of fold, default within a year, interval by firm.
        auc_current: the same among firms without arrears, about whom decisions are made.
        calibration_slope: of the hazard on the log hazard ratio forecast out of fold, first year, firms without
            arrears; 1 is right.
        observed_over_expected: defaults within a year of the snapshot over the sum of monthly hazards forecast out of
            fold while a firm was followed; 1 is right. Firms that repaid and left count until they left.
        folds: folds of firms used for them.
    """

    model: DefaultModel
    rows: int
    firms: int
    defaults: int
    default_rate_annual: float
    auc: Auc
    auc_current: Auc
    calibration_slope: float
    observed_over_expected: float
    folds: int


@on_one_thread
def fit_model(
    months: FirmMonths,
    data_hash: str,
    groups: str = "CBTPX",
    ridge: float = RIDGE,
    weights: np.ndarray | None = None,
    on_step: Callable[[], None] = lambda: None,
) -> DefaultModel:
    """Fit scorer and PD curve without the proof, for a platform that fits anew every quarter and judges by time.

    Args:
        months: from `credit.firm_months`.
        data_hash: of what it learns from.
        groups: feature groups that the scorer may use.
        ridge: of the scorer, in rows.
        weights: obligor-months that each row stands for; 1 when absent. Only their ratios count.
        on_step: called STEPS times, for a progress bar.

    Raises:
        BadInput: too few defaults, a stage that nobody was followed in for a year, or the score does not order firms it
            has not seen.
    """
    return _fit(months, data_hash, groups, ridge, weights, on_step).model


@dataclass(frozen=True)
class _Fitted:
    """A model, with the points of each row by a scorer that has not seen its firm, and the row's fold."""

    model: DefaultModel
    points: np.ndarray
    fold: np.ndarray


def _fit(
    months: FirmMonths,
    data_hash: str,
    groups: str,
    ridge: float,
    weights: np.ndarray | None,
    on_step: Callable[[], None],
) -> _Fitted:
    X = months.features[names_of(*groups)]
    outcome = months.outcome_within(HORIZON_MONTHS)
    directions = {name: FEATURES[name].direction for name in X.columns if FEATURES[name].direction}
    fold = _folds(months)
    scorer = LogisticScorer(ridge, directions)
    points = points_of(scorer.fit_with_folds(X, outcome, fold, weights, data_hash, on_step))
    timing = _fit_timing(months, points, np.ones(len(X), dtype=bool), data_hash, weights)
    return _Fitted(DefaultModel(scorer, timing, data_hash), points, fold)


def fit_platform(
    months: FirmMonths,
    data_hash: str,
    groups: str = "CBTPX",
    ridge: float = RIDGE,
    on_step: Callable[[], None] = lambda: None,
) -> PlatformFit:
    """Fit scorer and PD curve on firm-months, with the proof.

    Industry features (I) are left out by default: they are the same for every firm on a day, so a history of one cycle
    cannot tell their effect from that of the calendar.

    Args:
        months: from `credit.firm_months.firm_months`.
        data_hash: of the tables, from `credit.tables.hash_of_tables`.
        groups: feature groups that the scorer may use. Without T and P ("CBX") it is what a lender without live data
            could have learnt: the fair model of a blind arm (`credit.ladder_models`). The stages need the lender's own
            record of arrears and no more.
        ridge: of the scorer.
        on_step: called STEPS times, for a progress bar.

    Raises:
        BadInput: as `fit_model`.
    """
    fitted = _fit(months, data_hash, groups, ridge, None, on_step)
    points, fold = fitted.points, fitted.fold
    outcome = months.outcome_within(HORIZON_MONTHS)
    is_known = ~np.isnan(outcome)

    # The whole chain once more, each fold judged by scorers and hazards that have not seen its firms.
    expected, ratio = np.full((len(points), HORIZON_MONTHS + 1), np.nan), np.full(len(points), np.nan)
    for held_out in range(FOLDS):
        test = fold == held_out
        part = _fit_timing(months, points, ~test, data_hash)
        expected[test] = staged_hazard(
            part, points[test], months.features.loc[test, ARREARS], np.arange(HORIZON_MONTHS + 1)
        )
        ratio[test] = part["current"].linear_predictor(pd.DataFrame({"points": points[test]}))
    followed, is_default = _within(months, HORIZON_MONTHS)
    is_current = ~in_arrears(months.features[ARREARS])
    again = DiscreteHazard(BASELINES["current"]).fit(
        pd.DataFrame({"forecast": ratio[is_current]}), followed[is_current], is_default[is_current]
    )

    monthly = 1.0 - np.exp(-np.diff(expected, axis=1))
    at_risk = np.arange(1, HORIZON_MONTHS + 1) <= followed[:, None]

    def area(rows: np.ndarray) -> Auc:
        return auc(outcome[rows], expected[rows, HORIZON_MONTHS], clusters=months.firm_id[rows].astype(str))

    return PlatformFit(
        model=fitted.model,
        rows=len(points),
        firms=len(np.unique(months.firm_id)),
        defaults=len(np.unique(months.firm_id[months.is_default])),
        default_rate_annual=_default_rate(months),
        auc=area(is_known),
        auc_current=area(is_known & is_current),
        calibration_slope=float(again.coefficients_[0] / again.scale_[0]),
        observed_over_expected=float(is_default.sum() / monthly[at_risk].sum()),
        folds=FOLDS,
    )


def _within(months: FirmMonths, last: int) -> tuple[np.ndarray, np.ndarray]:
    """Months followed and default, as if nothing were known beyond month `last`."""
    return np.minimum(months.months, last), months.is_default & (months.months <= last)


def _fit_timing(
    months: FirmMonths, points: np.ndarray, rows: np.ndarray, data_hash: str, weights: np.ndarray | None = None
) -> dict[str, DiscreteHazard]:
    """The hazard of each stage on some of the rows."""
    followed, is_default = _within(months, LAST_MONTH)
    is_late = in_arrears(months.features[ARREARS])
    timing = {}
    for stage, belongs in zip(STAGES, (~is_late, is_late), strict=True):
        own = rows & belongs
        found = DiscreteHazard(BASELINES[stage]).fit(
            pd.DataFrame({"points": points[own]}),
            followed[own],
            is_default[own],
            data_hash=data_hash,
            weights=None if weights is None else weights[own],
        )
        if found.coefficients_[0] >= 0:
            rule = "firms with more points must default less often among firms the scorer has not seen, and do not"
            remedy = "the tables carry no signal on default: use more history or an expert score"
            raise BadInput(Problem(rule, field=f"points ({stage})", value=float(found.coefficients_[0]), remedy=remedy))
        if found.last_month_ < HORIZON_MONTHS:
            rule = f"a firm of each stage must have been followed for {HORIZON_MONTHS} months: the PD is that of a year"
            remedy = "use more history"
            raise BadInput(Problem(rule, field=f"months ({stage})", value=found.last_month_, remedy=remedy))
        timing[stage] = found
    return timing


def _folds(months: FirmMonths) -> np.ndarray:
    """A fold for each row: firms in order of default and identifier dealt round, so that every fold has its share."""
    firms, at = np.unique(months.firm_id.astype(str), return_inverse=True)
    defaulted = np.bincount(at, weights=months.is_default) > 0
    if defaulted.sum() < max(FOLDS, 2 * LEAST_DEFAULTS):
        rule = f"at least {2 * LEAST_DEFAULTS} obligors must have defaulted to fit and test a model"
        raise BadInput(Problem(rule, field="defaults", value=int(defaulted.sum()), remedy="use more history"))
    order = np.lexsort((np.arange(len(firms)), defaulted))
    fold = np.empty(len(firms), dtype=int)
    fold[order] = np.arange(len(firms)) % FOLDS
    return fold[at]


def _default_rate(months: FirmMonths) -> float:
    """Share of snapshots that default within a month, a year: each obligor-month is counted once."""
    at_risk = (months.months >= 1).sum()
    return float(12.0 * (months.is_default & (months.months == 1)).sum() / at_risk)
