"""What growth models believe before they see data, read from `data/parameters/growth.yaml`."""

from dataclasses import dataclass, fields
from datetime import date

from credit.parameters import parameters


@dataclass(frozen=True)
class GrowthPriors:
    """The shared beliefs of all growth models; meaning, range and source stand in the file.

    Attributes: as the parameters of the file that carry the same names, in their units.
    """

    common_growth_spread_annual: float
    common_growth_persistence_annual: float
    common_growth_persistence_spread: float
    firm_growth_spread_annual: float
    cycle_years: float
    noise_degrees: float
    season_weight: float
    month_shock_spread: float
    ceiling_variation_most: float
    ceiling_learnt_least: float
    ceiling_narrow: float
    least_observations: float
    steepness_spread: float
    ceiling_spread: float
    standstill_periods: float
    exit_annual: float

    @classmethod
    def on(cls, day: date) -> "GrowthPriors":
        """The beliefs in force on a day."""
        file = parameters("growth")
        return cls(**{field.name: file.value(field.name, day) for field in fields(cls)})
