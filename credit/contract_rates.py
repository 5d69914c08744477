"""What a contract costs its client a year: the three rates, of one contract or of many at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from credit.cashflows import DAYS_A_YEAR, effective_annual_rate, nominal_irr, simple_annual_rate
from credit.contracts.base import FINANCIERS, CashFlow, Contract, FlowKind, net_of

Numbers = float | NDArray[np.float64]
MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class ContractRates:
    """Three answers to "what does it cost a year?", shares a year of 365 days, before VAT.

    Attributes:
        simple_annual: the interest alone over principal and time: day rate times 365.
        nominal_irr: all-in cost of the money received, compounded over the contract's payment interval (12 times the
            monthly rate where interest is paid by the month); what a rate cap is tested against.
        effective_annual: all-in cost compounded over a year.
    """

    simple_annual: Numbers
    nominal_irr: Numbers
    effective_annual: Numbers


def rates_of(contract: Contract, flows: Sequence[CashFlow] | None = None) -> ContractRates:
    """The rates of any contract, from the dated flows of lender, platform and funder taken together.

    Args:
        contract: the promise.
        flows: its schedule, where it was laid out before.

    Raises:
        NoRate: the flows do not change their sign.
        SeveralRates: several rates solve them.
    """
    flows = contract.schedule() if flows is None else flows
    net = net_of(flows, FINANCIERS)
    days, amounts = sorted(net), [net[day] for day in sorted(net)]
    from_outside = [flow for flow in flows if flow.payee in FINANCIERS and flow.payer not in FINANCIERS]
    interest = sum(flow.amount_fen for flow in from_outside if flow.kind is FlowKind.INTEREST)
    repaid = [flow for flow in from_outside if flow.kind is FlowKind.PRINCIPAL]
    draws = [flow for flow in flows if flow.kind is FlowKind.DRAW]
    lent_moments = sum(flow.amount_fen * (flow.day - days[0]) for flow in draws)
    return ContractRates(
        simple_annual=simple_annual_rate(
            interest, sum(flow.amount_fen * (flow.day - days[0]) for flow in repaid) - lent_moments
        ),
        nominal_irr=_nominal(contract, amounts, days),
        effective_annual=effective_annual_rate(amounts, days),
    )


def _nominal(contract: Contract, amounts: list[int], days: list[int]) -> Numbers:
    """Twelve times the monthly rate where interest is paid by the month, else compounded over the mean interval."""
    months = contract.months_from_start(days)
    if months is None:
        return nominal_irr(amounts, days)
    in_years_of_a_month = np.array(months, dtype=float) * DAYS_A_YEAR
    return MONTHS_A_YEAR * effective_annual_rate(amounts, in_years_of_a_month)


def bullet_rates(
    deposit_share: ArrayLike, day_rate: ArrayLike, fee_share: ArrayLike, term_days: ArrayLike
) -> ContractRates:
    """The rates of purchase loans repaid in one sum, in closed form: arguments broadcast.

    They are those of `rates_of` before amounts are rounded to the fen.

    Args:
        deposit_share: the client's own part of the goods value.
        day_rate: simple interest a day on the financed part.
        fee_share: upfront fee as a share of the goods value, netted from the disbursement.
        term_days: days to maturity.
    """
    financed = 1.0 - np.asarray(deposit_share, dtype=float)
    rate, days = np.asarray(day_rate, dtype=float), np.asarray(term_days, dtype=float)
    growth = financed * (1.0 + rate * days) / (financed - np.asarray(fee_share, dtype=float))
    years = days / DAYS_A_YEAR
    return ContractRates(
        simple_annual=np.broadcast_to(rate * DAYS_A_YEAR, growth.shape),
        nominal_irr=(growth - 1.0) / years,
        effective_annual=np.expm1(np.log(growth) / years),
    )
