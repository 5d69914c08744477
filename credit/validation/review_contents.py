"""What a review of a scorer holds: plain values that survive a file, from which a report is written."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from credit.metrics import Backtest, Difference, GroupLevel, GroupTreatment
from credit.monitoring import CohortShift, FeatureShift
from credit.validation.ablation import GroupWorth
from credit.validation.hidden_outcomes import HiddenOutcomes
from credit.validation.measures import Measures
from credit.validation.over_time import MonthMeasure

SplitName = Literal["random", "in_time"]


class CurvePoints(BaseModel):
    """Points of the ROC and precision-recall curves, shares; `ks_at` is the position of the largest distance."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    false_alarms: list[float]
    hits: list[float]
    ks_at: int
    recall: list[float]
    precision: list[float]
    base_rate: float


class Challenge(BaseModel):
    """Another scorer on the same rows.

    Attributes:
        model: its name.
        measures: what it is worth.
        difference: area of the judged model less its own; None for the judged model itself.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    model: str
    measures: Measures
    difference: Difference | None


class SplitReview(BaseModel):
    """One way of holding rows back.

    Attributes:
        name: random (folds) or in_time (later rows).
        told: vintages learnt from and judged; empty for folds.
        knows_later: whether outcomes of training rows reach into the test years.
        rows_train: rows learnt from.
        challenges: the judged model first, then the others.
        curves: of the judged model.
        tenths: its calibration by tenths of the population.
        grades: by the master scale.
        vintages: by vintage.
        backtest: all rows against their mean PD.
        points_shift: of the points by cohort and period, against the rows learnt from.
        features_shift: of each feature, largest first.
        fairness: by segment.
        cut_off: the PD approved up to in the fairness tests.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: SplitName
    told: tuple[str, str] | None
    knows_later: bool
    rows_train: int
    challenges: list[Challenge]
    curves: CurvePoints
    tenths: list[GroupLevel]
    grades: list[GroupLevel]
    vintages: list[GroupLevel]
    backtest: Backtest
    points_shift: list[CohortShift]
    features_shift: list[FeatureShift]
    fairness: dict[str, list[GroupTreatment]]
    cut_off: float

    @property
    def own(self) -> Measures:
        """Measures of the judged model."""
        return self.challenges[0].measures


class FeatureTold(BaseModel):
    """One feature of the model.

    Attributes:
        name: its name.
        group: its group's letter.
        direction: by policy.
        missing_share: weighted.
        mean_points: mean absolute contribution on rows held back, points.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    group: str
    direction: int
    missing_share: float
    mean_points: float | None = None


class Review(BaseModel):
    """The whole review; see the fields' own models."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    dataset: str
    model: str
    seed: int
    folds: int
    outcome: str
    data_hash: str
    rows_read: int
    exclusions: dict[str, int]
    rows: int
    defaults: int
    default_rate: float
    effective_rows: float
    vintage_first: str | None
    vintage_last: str | None
    features: list[FeatureTold]
    splits: list[SplitReview]
    by_month: list[MonthMeasure]
    ablation: list[GroupWorth]
    hidden: HiddenOutcomes | None
    approved_share: float
    asset_correlation: float

    def split(self, name: SplitName) -> SplitReview | None:
        """A split by name, None where the data do not allow it."""
        return next((split for split in self.splits if split.name == name), None)
