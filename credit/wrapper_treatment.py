"""What follows from the legal wrapper of a contract: licence, rate cap, tax, accounting and capital.

All are functions of (wrapper, entity, contract date); the rules stand in `data/wrappers/`, the numbers in
`data/parameters/`. A reading of rules with its confidence, not legal advice.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray

from credit.capital import (
    AssetClass,
    capital_target_share,
    leverage_equity_share,
    prc_regime_on,
    standardised_risk_weight,
)
from credit.errors import BadInput, Problem
from credit.parameters import parameters
from credit.taxes import (
    MILLION,
    Entity,
    Vat,
    vat_on_direct_lease,
    vat_on_goods,
    vat_on_interest,
    vat_on_leaseback,
)
from credit.wrapper_rules import (
    AccountingRule,
    CapitalRule,
    LenderRules,
    LicenceRule,
    TaxRule,
    conduct,
    entity_of,
    in_force,
    wrapper_rules,
)

ROUNDING = 1e-9
"""A rate may lie this much above a cap: 0.24 computed from day rates is 0.24000000000000002."""


@dataclass(frozen=True)
class RateCap:
    """The most that an offer may cost a year, all-in and nominal, on the money received.

    Attributes:
        rate_annual: what a court enforces.
        void_above_annual: beyond it the interest is void and can be claimed back; at least `rate_annual`.
        regime: private_lending or licensed_lending.
        rule: why this cap binds this lender.
        rule_zh: the same in Chinese.
        source: where that is written, with the source of the number.
        valid_from: the day from which this cap holds as it stands.
        confidence: how sure the reading is: the lesser of rule and number.
    """

    rate_annual: float
    void_above_annual: float
    regime: str
    rule: str
    rule_zh: str
    source: str
    valid_from: date
    confidence: str

    def allows(self, nominal_annual_rate: ArrayLike) -> NDArray[np.bool_]:
        """Whether rates, of any shape, keep the cap; the cap itself is allowed."""
        return np.asarray(nominal_annual_rate, dtype=float) <= self.rate_annual + ROUNDING


@dataclass(frozen=True)
class Treatment:
    """What follows from (wrapper, entity, contract date).

    Attributes:
        licence: what the lender needs.
        rate_cap: the most it may cost.
        tax: as what the price of time is taxed.
        vat: the tax itself: rate, deductibility, what the lender keeps.
        accounting: how the lender books the asset.
        capital: what bounds its book.
        capital_share: equity per unit of exposure; None where no rule prescribes it or none was read.
    """

    licence: LicenceRule
    rate_cap: RateCap
    tax: TaxRule
    vat: Vat
    accounting: AccountingRule
    capital: CapitalRule
    capital_share: float | None


def rate_cap(wrapper: str, entity: Entity | str, contract_date: date) -> RateCap:
    """The cap on a contract formed on a day.

    Raises:
        BadInput: wrapper or entity is unknown, the entity may not use the wrapper, or no rule is known for the day.
    """
    rule = in_force(_lender(wrapper, entity, contract_date).rate_cap, contract_date, "rate caps")
    known = parameters("rate_caps")
    if rule.cap == "licensed_lending":
        number = known["licensed_lending_rate"].on(contract_date)
        rate = void = number.value
    elif known["private_lending_lpr_multiple"].values[0].valid_from <= contract_date:
        multiple, number = (known[name].on(contract_date) for name in ("private_lending_lpr_multiple", "lpr_one_year"))
        rate = void = round(multiple.value * number.value, 6)
        number = number.model_copy(
            update={
                "source": f"{multiple.source}; {number.source}",
                "valid_from": max(multiple.valid_from, number.valid_from),
            }
        )
    else:
        number = known["private_lending_enforceable_rate"].on(contract_date)
        rate, void = number.value, known.value("private_lending_void_rate", contract_date)
    return RateCap(
        rate_annual=rate,
        void_above_annual=void,
        regime=rule.cap,
        rule=rule.rule,
        rule_zh=rule.rule_zh,
        source=f"{rule.source}; {number.source}",
        valid_from=max(rule.valid_from, number.valid_from),
        confidence=max(rule.confidence, number.confidence, key=("high", "medium", "low", "assumption").index),
    )


def treatment(
    wrapper: str,
    entity: Entity | str,
    contract_date: date,
    *,
    is_leaseback: bool = False,
    is_held_to_be_sold: bool = False,
    has_revenue_share: bool = False,
    credit_line_fen: int | None = None,
    rate_annual: float | None = None,
) -> Treatment:
    """Licence, cap, tax, accounting and capital of a contract.

    Args:
        wrapper: one of `credit.wrapper_rules.WRAPPERS`.
        entity: who lends.
        contract_date: the day on which the contract is formed; 2016-05-01 or later, since when VAT is known.
        is_leaseback: the machine was the client's; finance_lease only.
        is_held_to_be_sold: the lender means to assign the claim, not only to collect it.
        has_revenue_share: what the client pays depends on its revenue.
        credit_line_fen: the client's line at this lender, with
        rate_annual: the rate of the loan: both are needed to see whether a bank's interest is exempt from VAT.

    Raises:
        BadInput: as in `rate_cap`; or a leaseback in a wrapper that has none.
    """
    lender = _lender(wrapper, entity, contract_date)
    if is_leaseback and (lender.leaseback_tax is None or lender.leaseback_accounting is None):
        raise BadInput(Problem("only a finance lease can be a leaseback", field="is_leaseback", value=True))
    taxes = lender.leaseback_tax if is_leaseback and lender.leaseback_tax else lender.tax
    books = lender.leaseback_accounting if is_leaseback and lender.leaseback_accounting else lender.accounting
    tax = in_force(taxes, contract_date, "tax")
    capital = in_force(lender.capital, contract_date, "capital")
    return Treatment(
        licence=in_force(lender.licence, contract_date, "licences"),
        rate_cap=rate_cap(wrapper, entity, contract_date),
        tax=tax,
        vat=_vat(tax, entity_of(entity), contract_date, credit_line_fen, rate_annual),
        accounting=_accounting(
            in_force(books, contract_date, "accounting"), contract_date, is_held_to_be_sold, has_revenue_share
        ),
        capital=capital,
        capital_share=_capital_share(capital, entity_of(entity), contract_date),
    )


def _accounting(books: AccountingRule, day: date, is_held_to_be_sold: bool, has_revenue_share: bool) -> AccountingRule:
    """The rule of the wrapper, changed by how the lender holds the claim and by what the client pays."""
    if books.loss_allowance == "incurred_loss" or books.asset == "lease_receivable":
        return books  # before IFRS 9, or outside its classification
    if has_revenue_share:
        change = {"passes_sppi": False, "measurement": "fair_value_profit", "loss_allowance": "in_fair_value"}
        reason = in_force(conduct().revenue_share, day, "revenue shares")
    elif is_held_to_be_sold:
        change = {"business_model": "hold_to_collect_and_sell", "measurement": "fair_value_oci"}
        reason = in_force(conduct().held_to_be_sold, day, "claims held to be sold")
    else:
        return books
    return books.model_copy(update=change | reason.model_dump())


def _lender(wrapper: str, entity: Entity | str, day: date) -> LenderRules:
    rules, name = wrapper_rules(wrapper), entity_of(entity)
    if name not in rules.lenders:
        closed = in_force(rules.closed_by(name), day, "licences")
        told = f"{closed.rule} ({closed.source}, since {closed.valid_from})"
        raise BadInput(Problem(told, field="entity", value=str(name), remedy=f"open to {', '.join(rules.lenders)}"))
    return rules.lenders[name.value]


def _vat(tax: TaxRule, entity: Entity, day: date, credit_line_fen: int | None, rate_annual: float | None) -> Vat:
    if tax.vat == "interest":
        is_lpr_known = parameters("rate_caps")["lpr_one_year"].values[0].valid_from <= day
        lpr = parameters("rate_caps").value("lpr_one_year", day) if is_lpr_known else None
        return vat_on_interest(
            entity, day, credit_line_fen=credit_line_fen, rate_annual=rate_annual, reference_rate_annual=lpr
        )
    if tax.vat == "leaseback":
        return vat_on_leaseback(day)
    # the price of time brings no input tax of its own: surcharges fall on all of its output tax
    rate = vat_on_goods(day) if tax.vat == "goods" else vat_on_direct_lease(day)
    return Vat(rate.rate_ppm, surcharge_ppm=round(parameters("taxes").value("surcharge_share", day) * MILLION))


def _capital_share(capital: CapitalRule, entity: Entity, day: date) -> float | None:
    if capital.approach == "bank_risk_weight":
        weight = standardised_risk_weight(AssetClass.OTHER_RETAIL, prc_regime_on(day))
        return float(capital_target_share(weight))
    if capital.approach == "leverage":
        return leverage_equity_share(entity.value, day)
    return None
