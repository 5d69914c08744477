"""The legal wrapper of an offer: what it asks for, what follows from it, and whether the offer may be made.

Licence, rate cap, tax, accounting and capital are functions of (wrapper, entity, contract date). An offer is reviewed
against them; what breaks a rule is refused with the rule's text, its date and its source. Caps are tested on the all-in
nominal annual cost of the money received at contract formation; the effective annual rate stands beside it.
A reading of rules with its confidence, not legal advice.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

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
    Rule,
    TaxRule,
    conduct,
    entity_of,
    in_force,
    wrapper_rules,
)

ROUNDING = 1e-9
"""A rate may lie this much above a cap: 0.24 computed from day rates is 0.24000000000000002."""


class LossCover(StrEnum):
    """Who takes a part of the funder's losses, and by which right."""

    NONE = "none"
    PLATFORM_PROMISE = "platform_promise"
    LICENSED_GUARANTOR = "licensed_guarantor"
    SUBORDINATED_TRANCHE = "subordinated_tranche"
    RECOURSE = "recourse"


@dataclass(frozen=True)
class RateCap:
    """The most that an offer may cost a year, all-in and nominal, on the money received.

    Attributes:
        rate_annual: what a court enforces.
        void_above_annual: beyond it the interest is void and can be claimed back; at least `rate_annual`.
        regime: private_lending or licensed_lending.
        rule: why this cap binds this lender.
        source: where that is written, with the source of the number.
        valid_from: the day from which this cap holds as it stands.
        confidence: how sure the reading is: the lesser of rule and number.
    """

    rate_annual: float
    void_above_annual: float
    regime: str
    rule: str
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


@dataclass(frozen=True)
class Offer:
    """What is to be agreed with a client, as far as the law asks about it.

    Attributes:
        wrapper: one of `credit.wrapper_rules.WRAPPERS`.
        entity: who lends and earns the interest.
        contract_date: the day on which the contract is formed, not that of a drawdown.
        nominal_annual_rate: all-in nominal annual cost of the money received, a share.
        effective_annual_rate: the same compounded over a year; told beside it, never tested.
        has_licence: whether the lender holds what the wrapper asks for.
        has_day_one_interest: a credit sale charges interest from its first day (instead of a price that includes time).
        is_leaseback: a lease of a machine that the client sold to the lessor.
        loss_cover: who takes a part of the funder's losses.
        is_guarantee_fee_included: the guarantor's fee is part of the rates above.
    """

    wrapper: str
    entity: str
    contract_date: date
    nominal_annual_rate: float
    effective_annual_rate: float | None = None
    has_licence: bool = True
    has_day_one_interest: bool = True
    is_leaseback: bool = False
    loss_cover: LossCover = LossCover.NONE
    is_guarantee_fee_included: bool = True


@dataclass(frozen=True)
class Finding:
    """One rule that an offer touches.

    Attributes:
        code: what it is about, for programs.
        is_refusal: the rule forbids the offer; otherwise it asks for care.
        told: what was found, in a sentence with its numbers.
        rule: the rule's text.
        valid_from: since when it holds.
        source: where it is written.
        confidence: how sure the reading is.
    """

    code: str
    is_refusal: bool
    told: str
    rule: str
    valid_from: date
    source: str
    confidence: str


@dataclass(frozen=True)
class Review:
    """An offer and what the rules say to it.

    Attributes:
        offer: what was reviewed.
        treatment: what follows from the wrapper; None when the entity may not use it.
        findings: refusals first, then cautions.
    """

    offer: Offer
    treatment: Treatment | None
    findings: tuple[Finding, ...]

    @property
    def is_allowed(self) -> bool:
        """Whether no rule forbids the offer."""
        return not self.refusals

    @property
    def refusals(self) -> tuple[Finding, ...]:
        """The rules that forbid it."""
        return tuple(finding for finding in self.findings if finding.is_refusal)

    @property
    def cautions(self) -> tuple[Finding, ...]:
        """The rules that ask for care."""
        return tuple(finding for finding in self.findings if not finding.is_refusal)


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
        source=f"{rule.source}; {number.source}",
        valid_from=max(rule.valid_from, number.valid_from),
        confidence=max(rule.confidence, number.confidence, key=("high", "medium", "low", "assumption").index),
    )


def treatment(wrapper: str, entity: Entity | str, contract_date: date, *, is_leaseback: bool = False) -> Treatment:
    """Licence, cap, tax, accounting and capital of a contract.

    Args:
        wrapper: one of `credit.wrapper_rules.WRAPPERS`.
        entity: who lends.
        contract_date: the day on which the contract is formed; 2016-05-01 or later, since when VAT is known.
        is_leaseback: the machine was the client's; finance_lease only.

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
        vat=_vat(tax, entity_of(entity), contract_date),
        accounting=in_force(books, contract_date, "accounting"),
        capital=capital,
        capital_share=_capital_share(capital, entity_of(entity), contract_date),
    )


def review(offer: Offer, given: Treatment | None = None) -> Review:
    """Hold an offer against the rules of its day.

    Args:
        offer: what is to be agreed.
        given: the treatment to hold it against, in place of the files' (to ask "what if the cap moved?").

    Returns:
        The refusals and cautions, each with its rule's text, date and source; never an exception for a broken rule.

    Raises:
        BadInput: wrapper or entity is unknown, a rate is not a finite number >= 0, or no rule is known for the day.
    """
    rate = offer.nominal_annual_rate
    if not (np.isfinite(rate) and rate >= 0.0):
        raise BadInput(Problem("must be a finite number >= 0", field="nominal_annual_rate", value=rate))
    rules, entity = wrapper_rules(offer.wrapper), entity_of(offer.entity)
    if entity not in rules.lenders:
        closed = in_force(rules.closed_by(entity), offer.contract_date, "licences")
        told = f"{rules.title.lower()}: not open to a {_words(entity)}"
        return Review(offer, None, (_found("wrapper_closed_to_entity", True, told, closed),))
    follows = given or treatment(offer.wrapper, entity, offer.contract_date, is_leaseback=offer.is_leaseback)
    found = [*_licence_findings(offer, follows), *_cap_findings(offer, follows), *_conduct_findings(offer)]
    return Review(offer, follows, tuple(sorted(found, key=lambda finding: not finding.is_refusal)))


def _licence_findings(offer: Offer, follows: Treatment) -> list[Finding]:
    needed = follows.licence.licence
    if needed is None or offer.has_licence:
        return []
    rules = wrapper_rules(offer.wrapper)
    # what a lender without a licence does is what the wrapper's rule for others forbids
    rule = in_force(rules.others, offer.contract_date, "licences")
    return [_found("licence_missing", True, f"the lender lacks its {needed}", rule)]


def _cap_findings(offer: Offer, follows: Treatment) -> list[Finding]:
    cap = follows.rate_cap
    if cap.allows(offer.nominal_annual_rate):
        return []
    beside = "" if offer.effective_annual_rate is None else f" (effective {offer.effective_annual_rate:.2%})"
    is_void = offer.nominal_annual_rate > cap.void_above_annual + ROUNDING
    told = (
        f"all-in nominal cost of {offer.nominal_annual_rate:.2%} a year{beside} exceeds the cap of "
        f"{cap.rate_annual:.2%}; the excess is {'void' if is_void else 'not enforceable'}"
    )
    is_refusal = offer.wrapper != "credit_sale" or offer.has_day_one_interest
    code = "rate_above_cap"
    if not is_refusal:
        told += " if the sale is read as a loan"
    return [Finding(code, is_refusal, told, cap.rule, cap.valid_from, cap.source, cap.confidence)]


def _conduct_findings(offer: Offer) -> list[Finding]:
    rules, day, found = conduct(), offer.contract_date, []
    if offer.wrapper == "credit_sale" and offer.has_day_one_interest:
        rule = in_force(rules.day_one_interest, day, "day-one interest")
        found.append(_found("day_one_interest", False, "interest runs from the day of the sale", rule))
    if offer.loss_cover is LossCover.PLATFORM_PROMISE:
        rule = in_force(rules.platform_first_loss, day, "first loss")
        told = "the platform promises to bear first losses without a financing guarantee licence"
        found.append(_found("platform_first_loss", True, told, rule))
    if offer.loss_cover is LossCover.LICENSED_GUARANTOR and not offer.is_guarantee_fee_included:
        rule = in_force(rules.guarantee_fee, day, "guarantee fees")
        told = "the guarantor's fee is not part of the rate that was tested"
        found.append(_found("guarantee_fee_left_out", True, told, rule))
    sold_claims = {LossCover.SUBORDINATED_TRANCHE: rules.subordinated_tranche, LossCover.RECOURSE: rules.recourse}
    if offer.loss_cover in sold_claims and offer.wrapper != "assigned_receivable":
        rule = in_force(sold_claims[offer.loss_cover], day, _words(offer.loss_cover))
        told = (
            f"{_words(offer.loss_cover)} needs claims that were sold; this wrapper ({_words(offer.wrapper)}) sells none"
        )
        found.append(_found(f"{offer.loss_cover}_without_assignment", True, told, rule))
    return found


def _found(code: str, is_refusal: bool, told: str, rule: Rule) -> Finding:
    return Finding(code, is_refusal, told, rule.rule, rule.valid_from, rule.source, rule.confidence)


def _lender(wrapper: str, entity: Entity | str, day: date) -> LenderRules:
    rules, name = wrapper_rules(wrapper), entity_of(entity)
    if name not in rules.lenders:
        closed = in_force(rules.closed_by(name), day, "licences")
        told = f"{closed.rule} ({closed.source}, since {closed.valid_from})"
        raise BadInput(Problem(told, field="entity", value=str(name), remedy=f"open to {', '.join(rules.lenders)}"))
    return rules.lenders[name.value]


def _vat(tax: TaxRule, entity: Entity, day: date) -> Vat:
    if tax.vat == "interest":
        return vat_on_interest(entity, day)
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


def _words(code: str) -> str:
    return str(code).replace("_", " ")
