"""The market's parameters as the whole numbers that its rules use, read from `data/parameters/market.yaml`."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from credit.errors import BadInput, Problem
from credit.parameters import parameters

PPM = 1_000_000

_UNITS = {
    "share": PPM,
    "share a year": PPM,
    "days": 1,
    "weeks": 1,
    "years": 1,
    "firms": 1,
    "yuan": 100,
    "grams": 1,
    "tonnes": 1_000_000,
    "logits": PPM,
    "number": 1,
}
"""How a parameter's unit becomes a whole number: ppm, fen, grams, days."""


@dataclass(frozen=True)
class Settings:
    """Every assumption of the market on its first day. Meaning, range and source stand in the YAML file.

    A field named `x_ppm` is the parameter `x_share` (or, for utilities, `x_logits`); `x_fen` is `x_yuan`, `x_g` is
    `x_tonnes`; others bear the parameter's own name.
    """

    burn_in_days: int
    firms_a_town: int
    buyers_a_town: int
    suppliers: int
    lenders: int
    # the firms
    annual_revenue_fen: int
    annual_revenue_spread_ppm: int
    gross_margin_ppm: int
    gross_margin_spread_ppm: int
    margin_shock_spread_ppm: int
    margin_shock_persistence_ppm: int
    overhead_ppm: int
    resin_of_cost_of_goods_ppm: int
    fixed_of_conversion_cost_ppm: int
    yield_ppm: int
    capacity_ppm: int
    pass_through_ppm: int
    pass_through_days: int
    pass_down_days: int
    pass_rest_days: int
    slump_squeeze_ppm: int
    demand_spread_ppm: int
    demand_persistence_ppm: int
    cycle_spread_ppm: int
    cycle_persistence_ppm: int
    new_year_demand_ppm: int
    new_year_days: int
    demand_memory_weeks: int
    goods_cover_days: int
    resin_safety_days: int
    order_cycle_days: int
    order_lot_g: int
    lead_days: int
    opening_cash_days: int
    wanted_cash_days: int
    line_trust_ppm: int
    cash_floor_days: int
    payout_ppm: int
    wage_arrears_days: int
    sudden_stop_ppm: int
    controller_wealth_ppm: int
    controller_wealth_spread_ppm: int
    controller_injection_ppm: int
    controller_stake_ppm: int
    stake_used_ppm: int
    disorder_ppm: int
    bank_debt_ppm: int
    withheld_ppm: int
    estate_days: int
    estate_cost_ppm: int
    # the lives of firms
    entry_ppm: int
    closing_ppm: int
    firm_age_years: int
    birth_size_ppm: int
    founding_capital_days: int
    growth_shock_ppm: int
    growth_shock_size_ppm: int
    growers_ppm: int
    grower_multiple_ppm: int
    grower_rate_ppm: int
    revenue_tail_ppm: int
    revenue_tail_exponent_ppm: int
    # machines
    machine_price_fen: int
    revenue_a_machine_fen: int
    machine_life_days: int
    breakdown_ppm: int
    repair_ppm: int
    machine_cash_weeks: int
    machine_discount_ppm: int
    # who trades with whom
    buyers_a_region: int
    buyers_a_nation: int
    towns_a_region: int
    regions_a_nation: int
    buyers_a_firm: int
    tie_ends_ppm: int
    double_sourcing_ppm: int
    second_source_ppm: int
    surety_ppm: int
    surety_places: int
    surety_cover_ppm: int
    surety_reach_ppm: int
    rumour_days: int
    fire_sale_impact_ppm: int
    # deceit
    fraud_ppm: int
    fraud_begins_ppm: int
    fraud_papers_ppm: int
    fraud_buildup_days: int
    fraud_grab_days: int
    fraud_inflation_ppm: int
    fraud_greed: int
    fraud_price_ppm: int
    continuation_ppm: int
    # banks beside the platform
    refinancing_ppm: int
    refinancing_loan_ppm: int
    bankable_days: int
    bankable_equity_ppm: int
    bank_rate_ppm: int
    # buyers
    price_claim_ppm: int
    price_claim_free_ppm: int
    invoice_term_days: int
    invoice_term_spread_days: int
    late_buyers_ppm: int
    late_delay_days: int
    late_delay_spread_ppm: int
    buyer_margin_ppm: int
    buyer_margin_spread_ppm: int
    buyer_margin_shock_spread_ppm: int
    buyer_margin_shock_persistence_ppm: int
    buyer_cost_ppm: int
    buyer_pipeline_days: int
    buyer_stock_days: int
    resin_in_goods_ppm: int
    buyer_equity_days: int
    buyer_limit_days: int
    buyer_retry_days: int
    buyer_patience_days: int
    buyer_fire_sale_ppm: int
    # suppliers
    supplier_premium_ppm: int
    supplier_discount_ppm: int
    supplier_cost_ppm: int
    supplier_stock_days: int
    supplier_cash_days: int
    trade_credit_days: int
    trade_credit_limit_days: int
    trade_arrears_days: int
    fire_sale_ppm: int
    # lenders
    lender_equity_ppm: int
    lender_equity_floor_fen: int
    lender_reserve_ppm: int
    lender_liquidity_ppm: int
    lender_capital_ratio_ppm: int
    lender_risk_weight_ppm: int
    lender_obligor_cap_ppm: int
    lender_pd_mandate_ppm: int
    lender_pd_mandate_step_ppm: int
    lender_funding_rate_ppm: int
    lender_cost_ppm: int
    lender_leverage_ppm: int
    lender_npl_target_ppm: int
    lender_npl_aversion: int
    # demand for credit
    inquiry_base_ppm: int
    take_up_intercept_ppm: int
    take_up_need_ppm: int
    take_up_rate_weight: int
    outside_rate_ppm: int
    informal_advance_ppm: int
    patience_days: int
    # the platform
    platform_cash_fen: int
    smallest_part_ppm: int
    order_cost_fen: int
    visit_cost_fen: int
    reminder_days: int
    suspension_days: int
    default_days: int
    reentry_days: int
    without_surety_ppm: int
    visits_a_month_ppm: int
    platform_first_loss_ppm: int
    guarantee_lag_days: int
    guarantee_reach_ppm: int
    expected_recovery_ppm: int
    resolution_days: int
    strategic_penalty_ppm: int
    strategic_penalty_spread_ppm: int
    loyalty_ppm: int
    lateness_days: int
    lateness_cap_days: int
    # taxes
    vat_goods_ppm: int
    vat_interest_ppm: int

    @classmethod
    def on(cls, day: date, assumed: Mapping[str, float] | None = None) -> "Settings":
        """The parameters in force on a day.

        Args:
            day: the day.
            assumed: values, by parameter and in its own unit, that stand in for the file's.

        Raises:
            BadInput: the file lacks a parameter, or gives it in a unit that cannot become a whole number; or a value
                is assumed for a parameter that no rule of the market reads from here, or outside the file's range; or
                the day lies before the parameters are known.
        """
        _refuse_too_early(day)
        assumed = dict(assumed or {})
        _refuse_impossible(assumed, day)
        return cls(**whole_numbers(cls, "market", day, assumed))


def whole_numbers(kind: type[Any], file: str, day: date, assumed: Mapping[str, float] | None = None) -> dict[str, int]:
    """The fields of a dataclass as whole numbers, read from a file of `data/parameters` for a day.

    Args:
        kind: the dataclass.
        file: the file's name.
        day: the day.
        assumed: values that stand in for the file's.

    Raises:
        BadInput: the file lacks a parameter, or gives it in a unit that cannot become a whole number.
    """
    known, instead = parameters(file), assumed or {}
    names, values = set(known), dict[str, int]()
    for field in fields(kind):
        name = next((name for name in _names_in_yaml(field.name) if name in names), field.name)
        unit = known[name].unit
        if unit not in _UNITS:
            rule = f"must be one of: {', '.join(_UNITS)}"
            raise BadInput(Problem(rule, file=str(known.path), field=f"{name}.unit", value=unit))
        value = instead[name] if name in instead else known.value(name, day)
        values[field.name] = round(value * _UNITS[unit])
    return values


def assumable() -> tuple[str, ...]:
    """The parameters of `data/parameters/market.yaml` for which a value may be assumed, in the order of the fields."""
    names = set(parameters("market"))
    candidates = (next((name for name in _names_in_yaml(one.name) if name in names), "") for one in fields(Settings))
    return tuple(name for name in candidates if name)


def _refuse_impossible(assumed: Mapping[str, float], day: date) -> None:
    known, possible, problems = parameters("market"), set(assumable()), []
    for name, value in assumed.items():
        if name not in possible:
            rule = "the market's settings hold no such parameter"
            problems.append(Problem(rule, file=str(known.path), field=name, value=value))
            continue
        stated = known[name].on(day)
        low = stated.value if stated.low is None else stated.low
        high = stated.value if stated.high is None else stated.high
        if not low <= value <= high:
            rule = f"must lie in the parameter's range, {low:g} to {high:g}"
            problems.append(Problem(rule, file=str(known.path), field=name, value=value))
    if problems:
        raise BadInput(problems)


def _refuse_too_early(day: date) -> None:
    known = parameters("market")
    first = max(parameter.values[0].valid_from for _, parameter in known.items())
    if day < first:
        rule = f"a market must not start before {first}, where its parameters begin"
        remedy = "start later, or add earlier values with their source"
        raise BadInput(Problem(rule, file=str(known.path), field="starts_on", value=str(day), remedy=remedy))


def _names_in_yaml(field: str) -> tuple[str, ...]:
    stem = field.rsplit("_", 1)[0]
    if field.endswith("_ppm"):
        return f"{stem}_share", f"{stem}_logits", f"{stem}_annual"
    if field.endswith("_fen"):
        return (f"{stem}_yuan",)
    if field.endswith("_g"):
        return (f"{stem}_tonnes",)
    return (field,)
