"""One application judged under a ladder: every gate with what was found and what is needed, and the price.

The same code judges the ladder and its control arms. What a lender's evidence does not show it is blind to: those
measures are taken away before anything is asked.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

import numpy as np

from credit.cashflows import annuity_payment, effective_annual_rate, nominal_irr
from credit.ladder import attainable_stage
from credit.ladder_measures import MEASURES, Facts
from credit.ladder_offers import Gate, Offer, OfferBand
from credit.ladder_rules import LadderPolicy
from credit.pricing import DAYS_A_YEAR, LenderCosts, quote
from credit.wrappers import rate_cap

DAYS_A_MONTH = 30


@dataclass(frozen=True)
class Application:
    """What a firm asks for.

    Attributes:
        product: the product, with its form where the ladder tells forms apart ("purchase_loan.open_account").
        amount_yuan: value bought, VAT included.
        term_days: days to maturity.
        deposit_share: paid by the firm itself, of that value.
        is_guaranteed: the controller stands surety.
    """

    product: str
    amount_yuan: float
    term_days: int
    deposit_share: float
    is_guaranteed: bool = False


@dataclass(frozen=True)
class Check:
    """One gate.

    Attributes:
        code: which one.
        found: what was found; None: not known.
        needed: what must be reached, or not passed.
        is_floor: found must be at least needed; otherwise at most.
        unit: of both.
        is_kept: whether it holds.
        meaning: in words.
    """

    code: str
    found: float | None
    needed: float
    is_floor: bool
    unit: str
    is_kept: bool
    meaning: str


@dataclass(frozen=True)
class Price:
    """What an application would cost and earn; rates are shares a year before VAT.

    Attributes:
        financed_yuan: value less deposit.
        finance_cost_yuan: interest and fee until maturity.
        limit_yuan: the most the firm may owe under the offer at this term.
        longest_term_days: the longest term of its band.
        rate_annual: quoted simple interest.
        nominal_irr: all-in cost of the money received, what a cap is tested on.
        effective_annual_rate: the same, compounded.
        required_rate_annual: what it must cost.
        loss_given_default: of the exposure, with this deposit and surety.
        expected_loss_share: of the exposure, over the term.
        raroc: after tax, at the all-in rate.
        break_even_pd: at the all-in rate.
    """

    financed_yuan: float
    finance_cost_yuan: float
    limit_yuan: float
    longest_term_days: int
    rate_annual: float
    nominal_irr: float
    effective_annual_rate: float
    required_rate_annual: float
    loss_given_default: float
    expected_loss_share: float
    raroc: float
    break_even_pd: float


@dataclass(frozen=True)
class Decision:
    """A judged application.

    Attributes:
        stage: the highest stage whose gates the firm passes today.
        checks: every gate that was asked.
        price: None without a price for this risk, or where the product is not offered.
    """

    stage: int
    checks: tuple[Check, ...]
    price: Price | None

    @property
    def is_approved(self) -> bool:
        """Whether every gate holds."""
        return all(check.is_kept for check in self.checks)

    @property
    def failed(self) -> tuple[Check, ...]:
        """The gates that do not."""
        return tuple(check for check in self.checks if not check.is_kept)


@dataclass(frozen=True)
class Judge:
    """A ladder with a lender's costs and the caps in force.

    Attributes:
        policy: the ladder.
        costs: money, tax and capital; the cost of work is each offer's own.
        caps: highest nominal rate by name of the offer.
    """

    policy: LadderPolicy
    costs: LenderCosts
    caps: Mapping[str, float]

    @classmethod
    def on(cls, policy: LadderPolicy, day: date) -> "Judge":
        """With the costs and the rate caps in force on a day.

        Raises:
            BadInput: an offer's wrapper and entity are unknown, or no rule is known for the day.
        """
        caps = {offer.name: rate_cap(offer.wrapper, offer.entity, day).rate_annual for offer in policy.offers}
        return cls(policy, LenderCosts.on(day), caps)

    def decide(self, facts: Facts, asked: Application) -> Decision:
        """Judge an application; facts beyond the policy's evidence change nothing."""
        seen = facts.seen_through(self.policy.sees)
        offer = self.policy.offer(asked.product)
        price = None if offer is None else self.price(seen, offer, asked)
        return Decision(attainable_stage(seen, self.policy), tuple(self._checks(seen, offer, asked)), price)

    def is_approved(self, facts: Facts, asked: Application) -> bool:
        """The same verdict, at the first gate that fails."""
        seen = facts.seen_through(self.policy.sees)
        return all(check.is_kept for check in self._checks(seen, self.policy.offer(asked.product), asked))

    def price(self, facts: Facts, offer: Offer, asked: Application) -> Price | None:
        """The price of an application in its band; None where the PD is not known or beyond the last band."""
        band = _band(facts, offer)
        if band is None or asked.amount_yuan <= 0 or not 0 <= asked.deposit_share < 1 or asked.term_days < 1:
            return None
        pd = facts.values["pd_annual"]
        financed = asked.amount_yuan * (1.0 - asked.deposit_share)
        rate = band.rate_annual.value
        fee = offer.upfront_fee_share.value / (1.0 - asked.deposit_share)
        nominal, effective = _all_in(offer.repayment, rate, round(fee, 12), asked.term_days)
        work = offer.servicing_cost.value + (offer.contract_cost.value / financed * DAYS_A_YEAR / asked.term_days)
        loss = loss_given_default(offer, asked)
        told = quote(nominal, pd, loss, asked.term_days, replace(self.costs, operating_cost_annual=work))
        return Price(
            financed_yuan=financed,
            finance_cost_yuan=financed * (sum(_repayments(offer.repayment, rate, asked.term_days)) - 1.0)
            + asked.amount_yuan * offer.upfront_fee_share.value,
            limit_yuan=limit_yuan(facts, offer, band, asked.term_days),
            longest_term_days=band.longest_term.value,
            rate_annual=rate,
            nominal_irr=nominal,
            effective_annual_rate=effective,
            required_rate_annual=float(told.required_rate_annual),
            loss_given_default=loss,
            expected_loss_share=float(told.expected_loss_share),
            raroc=float(told.raroc),
            break_even_pd=float(told.break_even_pd),
        )

    def _checks(self, facts: Facts, offer: Offer | None, asked: Application) -> Iterator[Check]:
        if offer is None:
            yield _check("product_not_offered", 0, 1, True, "count", "this lender has no such product")
            return
        yield from self.admission(facts, offer)
        shortest, longest = offer.terms[0].value, offer.terms[-1].value
        yield _check("amount", asked.amount_yuan, 1.0, True, "yuan", "the value bought")
        yield _check("shortest_term", asked.term_days, shortest, True, "days", "shortest term of the product")
        yield _check("longest_term", asked.term_days, longest, False, "days", "longest term of the product")
        yield _check("deposit", asked.deposit_share, offer.deposits[0].value, True, "share", "lowest deposit")
        most = offer.deposits[-1].value
        yield _check("deposit_too_high", asked.deposit_share, most, False, "share", "highest deposit")
        if asked.is_guaranteed and not offer.is_guarantee_possible:
            yield _check("guarantee_not_taken", 1, 0, False, "count", "this product takes no surety")
        last = offer.bands[-1].pd_annual_up_to.value
        yield _check("pd_annual", facts.get("pd_annual"), last, False, "share", MEASURES["pd_annual"].meaning)
        price = self.price(facts, offer, asked)
        if price is not None:
            yield from self._price_checks(facts, offer, asked, price)

    def admission(self, facts: Facts, offer: Offer) -> Iterator[Check]:
        """Conduct and the gates of stages and offer: all that does not hang on what is asked for."""
        yield from self.conduct(facts)
        for rung in self.policy.stages[1 : offer.stage + 1]:
            for gate in rung.gates:
                yield _gate(f"stage_{rung.stage}_{gate.measure}", gate, facts)
        for gate in offer.gates:
            yield _gate(gate.measure, gate, facts)

    def conduct(self, facts: Facts) -> Iterator[Check]:
        """Arrears, defaults, signs of fraud and red flags: what is in the way of every offer alike."""
        conduct, dpd, clean = self.policy.conduct, facts.get("dpd"), facts.get("days_clean")
        yield _check("suspended", dpd or 0.0, conduct.clean_dpd.value, False, "days", "past due now")
        if clean is not None:
            waits = conduct.readmission_clean if facts.get("defaults") else conduct.reentry_clean
            is_due = bool(facts.get("defaults")) or (facts.get("worst_dpd_180d") or 0) >= conduct.suspension_dpd.value
            if is_due:
                yield _check("not_clean_long_enough", clean, waits.value, True, "days", MEASURES["days_clean"].meaning)
        elif facts.get("defaults"):
            yield _check("in_default", facts.get("defaults"), 0, False, "count", MEASURES["defaults"].meaning)
        yield _check("fraud_gate", float(len(facts.fraud_codes)), 0, False, "count", "signs of fraud that refuse")
        yield _check("red_flag", float(facts.has_red_flag), 0, False, "count", "a hard early warning stands")

    def _price_checks(self, facts: Facts, offer: Offer, asked: Application, price: Price) -> Iterator[Check]:
        yield _check(
            "term_of_band", asked.term_days, price.longest_term_days, False, "days", "longest term at this risk"
        )
        most = offer.expected_loss_maximum.value
        yield _check("expected_loss", price.expected_loss_share, most, False, "share", "loss expected over the term")
        told = "the all-in rate pays funding, loss, work and capital"
        yield _check("break_even", price.nominal_irr, price.required_rate_annual, True, "share a year", told)
        cap = self.caps.get(offer.name, np.inf) + 1e-9  # 0.24 computed from day rates is 0.24000000000000002
        if np.isfinite(cap):
            yield _check("rate_cap", price.nominal_irr, cap, False, "share a year", "highest all-in nominal rate")
        here = owed_here_yuan(facts, offer) + price.financed_yuan
        yield _check("limit", here, price.limit_yuan, False, "yuan", "limit at this risk, trade and term")
        owed = (facts.get("exposure_yuan") or 0.0) + price.financed_yuan
        yield _check("total_exposure", owed, self.policy.total_cap.value, False, "yuan", "owed over all products")


def loss_given_default(offer: Offer, asked: Application) -> float:
    """Loss of the exposure, after the deposit: what is recovered is a share of the goods, whoever paid for them.

    The offer's loss is meant at its lowest deposit; a higher one leaves less exposed to the same recovery.
    """
    least = (offer.loss_given_default_guaranteed if asked.is_guaranteed else offer.loss_given_default).value
    recovered = (1.0 - least) * (1.0 - offer.deposits[0].value)
    return min(max(1.0 - recovered / (1.0 - asked.deposit_share), 0.0), 1.0)


def owed_here_yuan(facts: Facts, offer: Offer) -> float:
    """What a firm owes already under an offer's limit."""
    return sum(facts.owed_yuan.get(product, 0.0) for product in sorted({offer.product, *offer.shares_limit_with}))


def limit_yuan(facts: Facts, offer: Offer, band: OfferBand, term_days: int) -> float:
    """The most a firm may owe under an offer: a share of its basis, by the term if the offer says so, under a cap."""
    basis = facts.get(offer.limit_basis) or 0.0
    months = term_days / DAYS_A_MONTH if offer.is_limit_by_term else 1.0
    return min(band.limit_share.value * basis * months, offer.maximum_limit.value)


@cache
def _all_in(repayment: str, rate_annual: float, fee_share: float, term_days: int) -> tuple[float, float]:
    """Nominal and effective rate of one yuan financed, the fee netted from it."""
    paid = _repayments(repayment, rate_annual, term_days)
    flows = [-(1.0 - fee_share), *paid]
    step = float(term_days) if repayment == "bullet" else DAYS_A_YEAR / 12
    days = [step * number for number in range(len(flows))]
    return float(nominal_irr(flows, days)), float(effective_annual_rate(flows, days))


@cache
def _repayments(repayment: str, rate_annual: float, term_days: int) -> tuple[float, ...]:
    """What is paid back for one yuan financed: once, or in level instalments a month."""
    if repayment == "bullet":
        return (1.0 + rate_annual * term_days / DAYS_A_YEAR,)
    months = max(round(term_days / (DAYS_A_YEAR / 12)), 1)
    return (annuity_payment(rate_annual / 12, months, -1.0),) * months


def _band(facts: Facts, offer: Offer) -> OfferBand | None:
    pd = facts.get("pd_annual")
    return None if pd is None else offer.band_of(pd)


def _gate(code: str, gate: Gate, facts: Facts) -> Check:
    found, measure = facts.get(gate.measure), MEASURES[gate.measure]
    is_floor = gate.at_least is not None
    return Check(code, found, gate.bound.value, is_floor, measure.unit, gate.is_kept(found), measure.meaning)


def _check(code: str, found: float | None, needed: float, is_floor: bool, unit: str, meaning: str) -> Check:
    is_kept = found is not None and (found >= needed if is_floor else found <= needed)
    return Check(code, found, needed, is_floor, unit, is_kept, meaning)
