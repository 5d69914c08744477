"""What a purchase loan costs its client a year: the three rates, of one contract or of many at once."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from credit.cashflows import DAYS_A_YEAR, effective_annual_rate, nominal_irr, simple_annual_rate
from credit.contracts.base import FINANCIERS, Contract, FlowKind, Party

Numbers = float | NDArray[np.float64]


@dataclass(frozen=True)
class ContractRates:
    """Three answers to "what does it cost a year?", shares a year of 365 days, before VAT.

    Attributes:
        simple_annual: the quoted interest alone: day rate times 365.
        nominal_irr: all-in cost of the money received, compounded over the contract's payment interval; what a rate cap
            is tested against.
        effective_annual: all-in cost compounded over a year.
    """

    simple_annual: Numbers
    nominal_irr: Numbers
    effective_annual: Numbers


def rates_of(contract: Contract) -> ContractRates:
    """The rates of any contract, from the dated flows of lender and platform taken together.

    Raises:
        NoRate: the flows do not change their sign.
        SeveralRates: several rates solve them.
    """
    net = contract.net_by_day(FINANCIERS)
    days, amounts = sorted(net), [net[day] for day in sorted(net)]
    from_client = [flow for flow in contract.schedule() if flow.payer is Party.SME]
    interest = sum(flow.amount_fen for flow in from_client if flow.kind is FlowKind.INTEREST)
    principal_days = sum(
        flow.amount_fen * (flow.day - days[0]) for flow in from_client if flow.kind is FlowKind.PRINCIPAL
    )
    return ContractRates(
        simple_annual=simple_annual_rate(interest, principal_days),
        nominal_irr=nominal_irr(amounts, days),
        effective_annual=effective_annual_rate(amounts, days),
    )


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
