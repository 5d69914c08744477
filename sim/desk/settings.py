"""The desk's parameters as whole numbers, read from `data/parameters/desk.yaml`."""

from dataclasses import dataclass
from datetime import date

from sim.settings import whole_numbers

MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class DeskSettings:
    """Every assumption about demand for products, lenders by mandate and what happens after the loan.

    Meaning, range and source stand in the YAML file; names become whole numbers as in `sim.settings.Settings`.
    """

    machine_life_years: int
    machine_age_years: int
    growth_wish_ppm: int
    growth_amount_ppm: int
    cash_cover_days: int
    line_use_days: int
    long_receivable_days: int
    least_ticket_fen: int
    machine_missing_ppm: int
    lessor_equity_ppm: int
    lessor_capital_ppm: int
    lessor_obligor_ppm: int
    factor_equity_ppm: int
    factor_capital_ppm: int
    factor_obligor_ppm: int
    property_reach_ppm: int
    collectors_a_thousand: int
    cases_a_week: int
    collection_cost_fen: int
    collection_reach_ppm: int
    restructure_days: int
    restructure_ppm: int
    override_ppm: int
    override_cap_ppm: int
    inspectors_a_thousand: int
    visits_an_inspector: int
    sellers_a_thousand: int
    exceptions_a_seller: int
    goods_missing_ppm: int
    goods_left_ppm: int
    screening_cost_ppm: int
    earliest_shock_days: int
    least_tailored_loans: int
    refinance_ppm: int
    refinance_pd_ppm: int
    refinance_rate_ppm: int
    run_threshold_ppm: int
    run_ppm: int

    @classmethod
    def on(cls, day: date) -> "DeskSettings":
        """The parameters in force on a day.

        Raises:
            BadInput: the file lacks a parameter, or gives it in a unit that cannot become a whole number.
        """
        return cls(**whole_numbers(cls, "desk", day))

    @property
    def machine_life_months(self) -> int:
        """Months over which a leased machine is worn off in its lessee's books."""
        return self.machine_life_years * MONTHS_A_YEAR
