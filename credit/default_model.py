"""The platform's default model: features -> score -> PD curve, one object, one file.

The scorer orders obligors by the chance of default within a year. The hazard then says when: its one covariate is the
score, so a firm with more points has a lower PD at every horizon, by construction and not by luck. The points that the
hazard learns from are scored out of fold (each firm by a scorer that has not seen it): otherwise the score would look
sharper than it is, and the PDs of good and bad firms would lie too far apart.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.feature_specs import FEATURES, names_of
from credit.files import canonical_json, sha256_of_text, write_json
from credit.firm_months import DEFAULT_DPD_DAYS, FirmMonths
from credit.metrics import Auc, Calibration, auc, calibration
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
DAYS_A_MONTH = 30.4375


class DefaultModel:
    """Scores obligors and gives each its PD curve from the day the features were known.

    Attributes:
        scorer: orders obligors.
        timing: hazard by month, with the points of the scorer as its covariate.
        data_hash: SHA-256 of the observable tables it learnt from.
    """

    def __init__(self, scorer: LogisticScorer, timing: DiscreteHazard, data_hash: str) -> None:
        self.scorer, self.timing, self.data_hash = scorer, timing, data_hash

    @property
    def features(self) -> list[str]:
        """The features it needs, in order; `credit.features.as_of` gives more, which are ignored."""
        return self.scorer.features_

    @property
    def version(self) -> str:
        """Name of the model with the first digits of its content's hash, for `decisions.model_version`."""
        return f"{KIND}-{sha256_of_text(canonical_json(self.to_json()))[:12]}"

    def points(self, features: pd.DataFrame) -> np.ndarray:
        """Points of each firm: 600 where odds of surviving the year are 50:1, 20 more double them."""
        return self.scorer.points(self._own(features))

    def pd_by(self, features: pd.DataFrame, months: Months) -> np.ndarray:
        """Probability of default by each month, shape (firms, months); months run to LAST_MONTH."""
        return self.timing.pd_by(self._covariate(self.points(features)), months)

    def pd_annual(self, features: pd.DataFrame) -> np.ndarray:
        """Probability of default within twelve months, shape (firms,)."""
        return self.pd_by(features, [HORIZON_MONTHS])[:, 0]

    def pd_of_cycle(self, features: pd.DataFrame, term_days: int) -> np.ndarray:
        """Probability that a loan drawn now and due after `term_days` ends 90 days past due, shape (firms,).

        Raises:
            BadInput: the cycle with its 90 days ends beyond the model's last month.
        """
        month = int(np.ceil((term_days + DEFAULT_DPD_DAYS) / DAYS_A_MONTH))
        return self.pd_by(features, [month])[:, 0]

    def assess(self, features: pd.DataFrame) -> pd.DataFrame:
        """Points, annual PD and reason codes of each firm, indexed like the features."""
        own = self._own(features)
        points = self.scorer.points(own)
        return pd.DataFrame(
            {
                "points": points,
                "pd_annual": self.timing.pd_by(self._covariate(points), [HORIZON_MONTHS])[:, 0],
                "reasons": self.scorer.reasons(own),
            },
            index=features.index,
        )

    def to_json(self) -> dict[str, Any]:
        """Everything prediction needs, as plain JSON values."""
        parts = {"scorer": self.scorer.to_json(), "timing": self.timing.to_json()}
        return {"kind": KIND, "data_hash": self.data_hash, **parts}

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
        timing = DiscreteHazard.from_json(field(content, "timing", KIND))
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

    def _own(self, features: pd.DataFrame) -> pd.DataFrame:
        missing = [name for name in self.features if name not in features.columns]
        if missing:
            raise BadInput([Problem("the model needs this column", field=name) for name in missing])
        return features[self.features]

    @staticmethod
    def _covariate(points: np.ndarray) -> pd.DataFrame:
        return pd.DataFrame({"points": points})


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
        calibration: of the out-of-fold annual PDs.
        folds: folds of firms used for them.
    """

    model: DefaultModel
    rows: int
    firms: int
    defaults: int
    default_rate_annual: float
    auc: Auc
    calibration: Calibration
    folds: int


def fit_platform(months: FirmMonths, data_hash: str, groups: str = "CBTPX", ridge: float = 10.0) -> PlatformFit:
    """Fit scorer and PD curve on firm-months.

    Industry features (I) are left out by default: they are the same for every firm on a day, so a history of one cycle
    cannot tell their effect from that of the calendar.

    Args:
        months: from `credit.firm_months.firm_months`.
        data_hash: of the tables, from `credit.tables.hash_of_tables`.
        groups: feature groups to use.
        ridge: of the scorer.

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
    stop = np.minimum(months.months, LAST_MONTH)
    is_default = months.is_default & (months.months <= LAST_MONTH)
    covariate = pd.DataFrame({"points": points})
    timing = _fit_timing(covariate, stop, is_default, data_hash)
    is_known = ~np.isnan(outcome)
    scorer = LogisticScorer(ridge, directions).fit(X[is_known], outcome[is_known], data_hash=data_hash)

    forecast = np.full(len(X), np.nan)
    for held_out in range(FOLDS):
        train, test = fold != held_out, fold == held_out
        part = _fit_timing(covariate[train], stop[train], is_default[train], data_hash)
        forecast[test] = part.pd_by(covariate[test], [HORIZON_MONTHS])[:, 0]
    hits = outcome[is_known].astype(int)
    defaulters = np.unique(months.firm_id[months.is_default])
    return PlatformFit(
        model=DefaultModel(scorer, timing, data_hash),
        rows=len(X),
        firms=len(np.unique(months.firm_id)),
        defaults=len(defaulters),
        default_rate_annual=_default_rate(months),
        auc=auc(hits, forecast[is_known], clusters=months.firm_id[is_known].astype(str)),
        calibration=calibration(hits, forecast[is_known]),
        folds=FOLDS,
    )


def _fit_timing(points: pd.DataFrame, months: np.ndarray, is_default: np.ndarray, data_hash: str) -> DiscreteHazard:
    timing = DiscreteHazard(Spline((1, 4, 9, LAST_MONTH))).fit(points, months, is_default, data_hash=data_hash)
    if timing.coefficients_[0] >= 0:
        rule = "firms with more points must default less often among firms the scorer has not seen, and do not"
        remedy = "the tables carry no signal on default: use more history or an expert score"
        raise BadInput(Problem(rule, field="points", value=float(timing.coefficients_[0]), remedy=remedy))
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
