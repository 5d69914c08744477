"""Every fact that is measured on a run, by name."""

import math
from collections.abc import Callable
from typing import Any

from sim.facts import credit_facts, firm_facts, price_facts, trade_facts
from sim.facts.lived import Lived, NotMeasuredError

MEASURED_ON_A_RUN: dict[str, Callable[[Lived], float]] = {
    "default_rate_annual": credit_facts.default_rate_annual,
    "default_dispersion_ratio": credit_facts.default_dispersion_ratio,
    "nonperforming_share": credit_facts.nonperforming_share,
    "top_decile_share": credit_facts.top_decile_share,
    "lgd_purchase_goods": credit_facts.loss_given_default("purchase_loan", "goods"),
    "lgd_purchase_open": credit_facts.loss_given_default("purchase_loan", "guarantee"),
    "lgd_lease": credit_facts.loss_given_default("machine_lease"),
    "lgd_revolver": credit_facts.loss_given_default("turnover_revolver"),
    "lgd_receivables": credit_facts.loss_given_default("receivables_advance"),
    "lgd_growth": credit_facts.loss_given_default("growth_loan"),
    "exit_rate_annual": firm_facts.exit_rate_annual,
    "exiters_age_years": firm_facts.exiters_age_years,
    "young_firm_share": firm_facts.young_firm_share,
    "exit_hump_ratio": firm_facts.exit_hump_ratio,
    "size_tail_exponent": firm_facts.size_tail_exponent,
    "growth_shape": firm_facts.growth_shape,
    "term_days": trade_facts.term_days,
    "overdue_firm_share": trade_facts.overdue_firm_share,
    "delay_among_late_days": trade_facts.delay_among_late_days,
    "never_paid_share": trade_facts.never_paid_share,
    "receivable_days": trade_facts.receivable_days,
    "payables_share": trade_facts.payables_share,
    "resin_volatility_annual": price_facts.resin_volatility_annual,
    "resin_excess_kurtosis": price_facts.resin_excess_kurtosis,
    "resin_correlation_lldpe_pp": price_facts.resin_correlation_lldpe_pp,
    "resin_correlation_pp_pvc": price_facts.resin_correlation_pp_pvc,
}


def measured_facts(lived: Lived) -> dict[str, dict[str, Any]]:
    """Every fact of one run.

    Returns:
        `values`: the numbers by name; `missing`: why a fact could not be measured, by name. Each fact stands in one.
    """
    values: dict[str, float] = {}
    missing: dict[str, str] = {}
    for name, measure in MEASURED_ON_A_RUN.items():
        try:
            value = measure(lived)
        except NotMeasuredError as reason:
            missing[name] = str(reason)
            continue
        if math.isfinite(value):
            values[name] = value
        else:
            missing[name] = "the measure is not defined on this run"
    return {"values": values, "missing": missing}
