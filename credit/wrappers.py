"""The legal wrapper of an offer: whether the offer may be made, and if not, by which rule.

What follows from the wrapper is `credit.wrapper_treatment`. An offer is reviewed against it; what breaks a rule is
refused with the rule's text, its date and its source. Caps are tested on the all-in nominal annual cost of the money
received at contract formation; the effective annual rate stands beside it. A reading of rules with its confidence, not
legal advice.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import numpy as np

from credit.errors import BadInput, Problem
from credit.wrapper_rules import Rule, conduct, entity_of, in_force, wrapper_rules
from credit.wrapper_treatment import ROUNDING, RateCap, Treatment, rate_cap, treatment

__all__ = ["Finding", "LossCover", "Offer", "RateCap", "Review", "Treatment", "rate_cap", "review", "treatment"]


class LossCover(StrEnum):
    """Who takes a part of the funder's losses, and by which right."""

    NONE = "none"
    PLATFORM_PROMISE = "platform_promise"
    LICENSED_GUARANTOR = "licensed_guarantor"
    SUBORDINATED_TRANCHE = "subordinated_tranche"
    RECOURSE = "recourse"


@dataclass(frozen=True)
class Offer:
    """What is to be agreed with a client, as far as the law asks about it.

    Attributes:
        wrapper: one of `credit.wrapper_rules.WRAPPERS`.
        entity: who lends and earns the interest.
        contract_date: the day on which the contract is formed, not that of a drawdown.
        nominal_annual_rate: all-in nominal annual cost of the money received, a share.
        effective_annual_rate: the same compounded over a year; told beside it, never tested.
        contract: what is promised, one of `credit.wrapper_rules.ContractName`; None leaves open whether it fits.
        has_licence: whether the lender holds what the wrapper asks for.
        has_day_one_interest: a credit sale charges interest from its first day (instead of a price that includes time).
        is_leaseback: a lease of a machine that the client sold to the lessor.
        loss_cover: who takes a part of the funder's losses.
        is_guarantee_fee_included: the guarantor's fee is part of the rates above.
        is_held_to_be_sold: the lender means to assign the claim.
        has_revenue_share: what the client pays depends on its revenue.
        credit_line_fen: the client's line at this lender, to see whether a bank's interest is exempt from VAT.
    """

    wrapper: str
    entity: str
    contract_date: date
    nominal_annual_rate: float
    effective_annual_rate: float | None = None
    contract: str | None = None
    has_licence: bool = True
    has_day_one_interest: bool = True
    is_leaseback: bool = False
    loss_cover: LossCover = LossCover.NONE
    is_guarantee_fee_included: bool = True
    is_held_to_be_sold: bool = False
    has_revenue_share: bool = False
    credit_line_fen: int | None = None


@dataclass(frozen=True)
class Finding:
    """One rule that an offer touches.

    Attributes:
        code: what it is about, for programs.
        is_refusal: the rule forbids the offer; otherwise it asks for care.
        told: what was found, in a sentence with its numbers.
        rule: the rule's text.
        rule_zh: the same in Chinese.
        valid_from: since when it holds.
        source: where it is written.
        confidence: how sure the reading is.
    """

    code: str
    is_refusal: bool
    told: str
    rule: str
    rule_zh: str
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
    follows = given or treatment(
        offer.wrapper,
        entity,
        offer.contract_date,
        is_leaseback=offer.is_leaseback,
        is_held_to_be_sold=offer.is_held_to_be_sold,
        has_revenue_share=offer.has_revenue_share,
        credit_line_fen=offer.credit_line_fen,
        rate_annual=rate if rate > 0.0 else None,
    )
    found = [
        *_contract_findings(offer),
        *_licence_findings(offer, follows),
        *_cap_findings(offer, follows),
        *_conduct_findings(offer),
    ]
    return Review(offer, follows, tuple(sorted(found, key=lambda finding: not finding.is_refusal)))


def _contract_findings(offer: Offer) -> list[Finding]:
    rules = wrapper_rules(offer.wrapper)
    rule = None if offer.contract is None else rules.refused_contract(offer.contract, offer.contract_date)
    if rule is None:
        return []
    told = f"{rules.title.lower()}: cannot carry a contract of the kind {_words(str(offer.contract))}"
    return [_found("wrapper_cannot_carry", True, told, rule)]


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
    return [Finding(code, is_refusal, told, cap.rule, cap.rule_zh, cap.valid_from, cap.source, cap.confidence)]


def _conduct_findings(offer: Offer) -> list[Finding]:
    rules, day, found = conduct(), offer.contract_date, []
    if offer.wrapper == "credit_sale" and offer.has_day_one_interest:
        rule = in_force(rules.day_one_interest, day, "day-one interest")
        found.append(_found("day_one_interest", False, "interest runs from the day of the sale", rule))
    if offer.has_revenue_share:
        rule = in_force(rules.revenue_share, day, "revenue shares")
        found.append(_found("revenue_share", False, "what the client pays depends on its revenue", rule))
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
    return Finding(code, is_refusal, told, rule.rule, rule.rule_zh, rule.valid_from, rule.source, rule.confidence)


def _words(code: str) -> str:
    return str(code).replace("_", " ")
