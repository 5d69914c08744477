"""The platform's default model: features -> score -> PD curve, one object, one file.

The scorer orders obligors by the chance of default within a year. The hazard then says when. It has two stages, because
default takes 90 days of arrears: a firm that owes nothing overdue today cannot default before the fourth month, a firm
in arrears can tomorrow. Within a stage the points of the score are the one covariate, so a firm with more points has a
lower PD at every horizon, by construction and not by luck. How it is fitted stands in `credit.default_model_fit`.
"""

from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd

from credit.elementary import exp
from credit.errors import BadInput, Problem
from credit.feature_specs import FEATURES
from credit.files import canonical_json, sha256_of_text, write_json
from credit.firm_months import DEFAULT_DPD_DAYS
from credit.model_files import field, of_kind, read_model
from credit.scorers.logistic import LogisticScorer
from credit.survival.base import Months
from credit.survival.discrete_hazard import DiscreteHazard

KIND = "default_model"
HORIZON_MONTHS = 12
LAST_MONTH = 18
"""Snapshots are followed this long: a year, and the time a last instalment needs to be 90 days late."""
STAGES = ("current", "in_arrears")
ARREARS = "current_dpd_days"
"""The feature that tells the stages apart: in arrears from one day past due on."""
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
        """Cumulative hazard of default by each month, shape (firms, months).

        Months run to LAST_MONTH, or as far as it has seen firms of both stages: to HORIZON_MONTHS at least.
        """
        return staged_hazard(self.timing, self.points(features), features[ARREARS], months)

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
        missing = [name for name in self.features if name not in features.columns]
        if missing:
            raise BadInput([Problem("the model needs this column", field=name) for name in missing])
        return features[self.scorer.features_]


def in_arrears(dpd_days: pd.Series) -> np.ndarray:
    """Whether a firm is in arrears; a firm that never had an instalment due is not."""
    return (dpd_days >= 1).to_numpy()


def staged_hazard(
    timing: dict[str, DiscreteHazard], points: np.ndarray, dpd_days: pd.Series, months: Months
) -> np.ndarray:
    """Each firm's cumulative hazard under its own stage."""
    covariate = pd.DataFrame({"points": points})
    current, late = (timing[stage].cumulative_hazard(covariate, months) for stage in STAGES)
    return np.where(in_arrears(dpd_days)[:, None], late, current)
