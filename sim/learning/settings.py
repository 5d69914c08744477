"""How a platform learns, read from `data/parameters/learning.yaml`."""

from dataclasses import dataclass, fields
from datetime import date

from credit.parameters import parameters

MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class LearningSettings:
    """Every assumption of the closed loop; meaning, range and source stand in the YAML file under the same names."""

    retrain_months: int
    window_months: int
    training_rows: int
    judged_months: int
    judged_defaults: int
    promotion_chance: float
    level_low: float
    level_high: float
    exploration_share: float
    exploration_reach: float
    exploration_limit_yuan: float
    exploration_budget_share: float
    exploration_least_share: float
    shift_alarm: float

    @classmethod
    def on(cls, day: date) -> "LearningSettings":
        """The parameters in force on a day.

        Raises:
            BadInput: the file lacks a parameter.
        """
        known = parameters("learning")
        return cls(**{field.name: field.type(known.value(field.name, day)) for field in fields(cls)})  # type: ignore[operator]
