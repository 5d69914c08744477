"""The platform's default model: features -> score -> PD curve, one object, one file.

The scorer orders obligors by the chance of default within a year. The hazard then says when. It has two stages, because
default takes 90 days of arrears: a firm that owes nothing overdue today cannot default before the fourth month, a firm
in arrears can tomorrow. Within a stage the points of the score are the one covariate, so a firm with more points has a
lower PD at every horizon, by construction and not by luck.

The points that the hazards learn from are scored out of fold (each firm by a scorer that has not seen it): otherwise
the score would look sharper than it is, and the PDs of good and bad firms would lie too far apart.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from credit.elementary import exp
from credit.errors import BadInput, Problem
from credit.feature_specs import FEATURES, names_of
from credit.files import canonical_json, sha256_of_text, write_json
from credit.firm_months import DEFAULT_DPD_DAYS, FirmMonths
from credit.metrics import Auc, auc
from credit.model_files import field, of_kind, read_model
from credit.scorers.logistic import LEAST_DEFAULTS, LogisticScorer
from credit.survival.base import Months
from credit.survival.baselines import Spline
from credit.survival.discrete_hazard import DiscreteHazard

KIND = "default_model"
HORIZON_MONTHS = 12
LAST_MONTH = 18
"""Snapshots are followed this long: a year, and the time a last instalment needs to be 90 days late."""
FOLDS = 5
STEPS = FOLDS + 1
STAGES = ("current", "in_arrears")
BASELINES = {"current": Spline((2, 4, 9, LAST_MONTH)), "in_arrears": Spline((1, 3, 9, LAST_MONTH))}
ARREARS = "current_dpd_days"
"""The feature that tells the stages apart: in arrears from one day past due on."""
RIDGE = 100.0
"""Doubt about each effect, in rows. A defaulter fills some twelve month ends: 100 rows are about eight defaulters'
worth. Among pre-histories with 50, 200 and 530 defaults it lost least against the best of 10 to 3,000 for each."""
DAYS_A_MONTH = 30.4375


class DefaultModel:
    """Scores obligors and gives each its PD curve from the day the features were known.

    Attributes:
        scorer: orders obligors.
        timing: hazard by month of each stage, with the points of the scorer as its covariate.
        data_hash: SHA-256 of the observable tables it learnt from.
    """

    def __init__(self, scorer: LogisticScorer, timing: dict[str, DiscreteHazard], data_hash: str) -> None:
        self.scorer, self.timing, self.data_hash = scorer, timing, data_hash

    @property
    def features(self) -> list[str]:
        """The features it needs, in order; `credit.features.as_of` gives more, which are ignored.

        Days past due are among them whatever the scorer looks at: they part the stages, and they are the lender's own
        record, to which nobody is blind.
        """
        own = self.scorer.features_
        return own if ARREARS in own else [*own, ARREARS]

    @property
    def version(self) -> str:
        """Name of the model with the first digits of its content's hash, for `decisions.model_version`."""
        return f"{KIND}-{sha256_of_text(canonical_json(self.to_json()))[:12]}"

    def points(self, features: pd.DataFrame) -> np.ndarray:
        """Points of each firm: 600 where odds of surviving the year are 50:1, 20 more double them."""
        return self.scorer.points(self._scored(features))

    def cumulative_hazard(self, features: pd.DataFrame, months: Months) -> np.ndarray:
        """Cumulative hazard of default by each month, shape (firms, months); months run to LAST_MONTH."""
        own = self._own(features)
        return _staged(self.timing, self.scorer.points(own[self.scorer.features_]), own[ARREARS], months)

    def pd_by(self, features: pd.DataFrame, months: Months) -> np.ndarray:
        """Probability of default by each month, shape (firms, months)."""
        return np.asarray(1.0 - exp(-self.cumulative_hazard(features, months)))

    def pd_annual(self, features: pd.DataFrame) -> np.ndarray:
        """Probability of default within twelve months, shape (firms,)."""
        return self.pd_by(features, [HORIZON_MONTHS])[:, 0]

    def pd_of_cycle(self, features: pd.DataFrame, term_days: int) -> np.ndarray:
        """Probability that the obligor of a loan drawn now defaults until the loan itself would be 90 days past due.

        Default is the obligor's: it may come from another of its loans. Within a month the hazard counts as constant.

        Raises:
            BadInput: the cycle with its 90 days ends beyond the model's last month.
        """
        time = (term_days + DEFAULT_DPD_DAYS) / DAYS_A_MONTH
        month = int(time)
        hazards = self.cumulative_hazard(features, [month, month + 1])
        return np.asarray(1.0 - exp(-(hazards[:, 0] + (time - month) * (hazards[:, 1] - hazards[:, 0]))))

    def reasons(self, features: pd.DataFrame) -> pd.Series:
        """Codes of the features that cost each firm most points, joined by `;`; missing where none costs any."""
        return self.scorer.reasons(self._scored(features))

    def assess(self, features: pd.DataFrame) -> pd.DataFrame:
        """Points, annual PD and reason codes of each firm, indexed like the features."""
        told = {"points": self.points(features), "pd_annual": self.pd_annual(features)}
        return pd.DataFrame(told, index=features.index).assign(reasons=self.reasons(features))

    def to_json(self) -> dict[str, Any]:
        """Everything prediction needs, as plain JSON values."""
        return {
            "kind": KIND,
            "scorer": self.scorer.to_json(),
            "timing": {stage: self.timing[stage].to_json() for stage in STAGES},
            "data_hash": self.data_hash,
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Rebuild a fitted model.

        Raises:
            BadInput: another kind of model, a field is missing, or a feature is unknown to this laboratory.
        """
        of_kind(content, KIND)
        scorer = LogisticScorer.from_json(field(content, "scorer", KIND))
        unknown = [name for name in scorer.features_ if name not in FEATURES]
        if unknown:
            raise BadInput([Problem("no feature of this name is computed here", field=name) for name in unknown])
        saved = field(content, "timing", KIND)
        timing = {stage: DiscreteHazard.from_json(field(saved, stage, KIND)) for stage in STAGES}
        return cls(scorer, timing, field(content, "data_hash", KIND))

    def save(self, path: Path) -> None:
        """Write the model as JSON, whole or not at all."""
        write_json(path, self.to_json())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a model file.

        Raises:
            BadInput: the file is absent, damaged or another model.
        """
        return cls.from_json(read_model(path, KIND))

    def _scored(self, features: pd.DataFrame) -> pd.DataFrame:
        return self._own(features)[self.scorer.features_]

    def _own(self, features: pd.DataFrame) -> pd.DataFrame:
        missing = [name for name in self.features if name not in features.columns]
        if missing:
            raise BadInput([Problem("the model needs this column", field=name) for name in missing])
        return features[self.features]


def _in_arrears(dpd_days: pd.Series) -> np.ndarray:
    """Whether a firm is in arrears; a firm that never had an instalment due is not."""
    return (dpd_days >= 1).to_numpy()


def _staged(timing: dict[str, DiscreteHazard], points: np.ndarray, dpd_days: pd.Series, months: Months) -> np.ndarray:
    """Each firm's cumulative hazard under its own stage."""
    covariate = pd.DataFrame({"points": points})
    current, in_arrears = (timing[stage].cumulative_hazard(covariate, months) for stage in STAGES)
    return np.where(_in_arrears(dpd_days)[:, None], in_arrears, current)


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


def fit_platform(
    months: FirmMonths,
    data_hash: str,
    groups: str = "CBTPX",
    ridge: float = RIDGE,
    on_step: Callable[[], None] = lambda: None,
) -> PlatformFit:
    """Fit scorer and PD curve on firm-months.

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
        BadInput: too few defaults, or the score does not order firms it has not seen.
    """
    X = months.features[names_of(*groups)]
    outcome = months.outcome_within(HORIZON_MONTHS)
    directions = {name: FEATURES[name].direction for name in X.columns if FEATURES[name].direction}
    fold = _folds(months)
    points = np.full(len(X), np.nan)
    for held_out in range(FOLDS):
        train, test = (fold != held_out) & ~np.isnan(outcome), fold == held_out
        scorer = LogisticScorer(ridge, directions).fit(X[train], outcome[train])
        points[test] = scorer.points(X[test])
        on_step()
    is_known = ~np.isnan(outcome)
    scorer = LogisticScorer(ridge, directions).fit(X[is_known], outcome[is_known], data_hash=data_hash)
    on_step()
    everyone = np.ones(len(X), dtype=bool)
    timing = _fit_timing(months, points, everyone, data_hash)

    # The whole chain once more, each fold judged by scorers and hazards that have not seen its firms.
    expected, ratio = np.full((len(X), HORIZON_MONTHS + 1), np.nan), np.full(len(X), np.nan)
    for held_out in range(FOLDS):
        test = fold == held_out
        part = _fit_timing(months, points, ~test, data_hash)
        expected[test] = _staged(part, points[test], months.features.loc[test, ARREARS], np.arange(HORIZON_MONTHS + 1))
        ratio[test] = part["current"].linear_predictor(pd.DataFrame({"points": points[test]}))
    followed, is_default = _within(months, HORIZON_MONTHS)
    is_current = ~_in_arrears(months.features[ARREARS])
    again = DiscreteHazard(BASELINES["current"]).fit(
        pd.DataFrame({"forecast": ratio[is_current]}), followed[is_current], is_default[is_current]
    )

    monthly = 1.0 - np.exp(-np.diff(expected, axis=1))
    at_risk = np.arange(1, HORIZON_MONTHS + 1) <= followed[:, None]

    def area(rows: np.ndarray) -> Auc:
        return auc(outcome[rows], expected[rows, HORIZON_MONTHS], clusters=months.firm_id[rows].astype(str))

    return PlatformFit(
        model=DefaultModel(scorer, timing, data_hash),
        rows=len(X),
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


def _fit_timing(months: FirmMonths, points: np.ndarray, rows: np.ndarray, data_hash: str) -> dict[str, DiscreteHazard]:
    """The hazard of each stage on some of the rows."""
    followed, is_default = _within(months, LAST_MONTH)
    in_arrears = _in_arrears(months.features[ARREARS])
    timing = {}
    for stage, belongs in zip(STAGES, (~in_arrears, in_arrears), strict=True):
        own = rows & belongs
        found = DiscreteHazard(BASELINES[stage]).fit(
            pd.DataFrame({"points": points[own]}), followed[own], is_default[own], data_hash=data_hash
        )
        if found.coefficients_[0] >= 0:
            rule = "firms with more points must default less often among firms the scorer has not seen, and do not"
            remedy = "the tables carry no signal on default: use more history or an expert score"
            raise BadInput(Problem(rule, field=f"points ({stage})", value=float(found.coefficients_[0]), remedy=remedy))
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
