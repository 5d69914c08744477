"""What every form of a product says, and the two methods that it must supply: its promise, and what is lost of it.

The contract that a form promises gives its rates, its exposure and its pages. What its own mechanism - goods, machine,
debtor, nothing - leaves unpaid at default gives its loss. Everything else follows from these two and is no form's own.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from credit.contracts import Contract
from credit.errors import BadInput, Problem
from credit.form_terms import Term, TermInMonths
from credit.loss_market import LossMarket
from credit.loss_profile import DefaultTimes, LossProfile, check_times, with_guarantee
from credit.ranges import Floats
from credit.sourced import (
    STRICT,
    AnnualShare,
    Count,
    DayRate,
    Days,
    Share,
    Weight,
)
from credit.wrapper_rules import ContractName

Wrapper = Literal["credit_sale", "entrusted_bank_loan", "micro_loan", "assigned_receivable", "finance_lease"]
"""The legal shape of an offer; licence, rate cap, tax and accounting hang on it."""


class Eligibility(BaseModel):
    """What a client must bring before it is scored. Minimums are inclusive."""

    model_config = STRICT

    months_on_platform_minimum: Count
    orders_minimum: Count
    match_share_minimum: Share = Field(description="Order = invoice = delivery, mean over the known orders.")
    days_past_due_maximum: Days = Field(description="Worst open arrears on any facility.")

    def refusals(
        self, months_on_platform: int, orders: int, match_share: float | None, days_past_due: int
    ) -> tuple[str, ...]:
        """The minimums that a client misses, as reason codes; empty when it may be scored.

        Args:
            months_on_platform: whole months since the client joined.
            orders: resin orders known so far.
            match_share: mean match of order, invoice and delivery; None while nothing is known, which misses nothing.
            days_past_due: worst open arrears.
        """
        missed = {
            "too_new": months_on_platform < self.months_on_platform_minimum.value,
            "too_few_orders": orders < self.orders_minimum.value,
            "orders_do_not_match": match_share is not None and match_share < self.match_share_minimum.value,
            "in_arrears": days_past_due > self.days_past_due_maximum.value,
        }
        return tuple(code for code, is_missed in missed.items() if is_missed)


class ProductForm(BaseModel, ABC):
    """What all forms share. A form supplies `reference_contract` and `lost_by_cause`; price and pages follow."""

    model_config = STRICT

    title: str
    title_zh: str
    contract: ContractName
    wrapper: Wrapper
    is_guaranteed: bool = Field(description="The controller stands surety.")
    loss_given_default: Share | None = Field(
        None,
        description="What the team itself reckons is lost of the exposure at default on these terms, deposit set off. "
        "It is weighed, by its confidence, with what the terms say (data/parameters/loss.yaml); may be left out.",
    )
    risk_weight: Weight | None = Field(
        None,
        description="Replaces the common weight, unless a leverage rule binds the lender.",
    )
    operating_cost: AnnualShare | None = Field(None, description="Replaces the cost of data/parameters/pricing.yaml.")
    eligibility: Eligibility

    @property
    @abstractmethod
    def own_term(self) -> Term | TermInMonths:
        """How long the form runs."""

    @abstractmethod
    def reference_contract(self, start_day: int, term: int | None = None) -> Contract:
        """The typical contract of the form: what a quote is told for.

        Args:
            start_day: ordinal of its first day.
            term: days or months, as the form counts; its own when absent.

        Raises:
            BadInput: the term is not one that the form allows.
        """

    @abstractmethod
    def lost_by_cause(self, at: DefaultTimes, market: LossMarket) -> Mapping[str, Floats]:
        """What the form's mechanism leaves unpaid at each time of default, before any guarantee.

        Args:
            at: when the client stops paying, and what it owes then.
            market: what goods, machines and claims bring.

        Returns:
            Shares of the exposure at default by cause, each of the shape of the times; they sum to the loss.
        """

    def exposure_at_default(self, at: DefaultTimes, market: LossMarket) -> Floats:
        """What is owed at default in fen: what is owed by then, unless more can still be drawn."""
        del market
        return at.owed_fen

    def loss_profile(self, at: DefaultTimes, market: LossMarket, *, is_bad: bool = False) -> LossProfile:
        """What a default costs at each time: mechanism, guarantee, and the team's own figure by its weight.

        Args:
            at: when the client stops paying, and what it owes then.
            market: what goods, machines and claims bring.
            is_bad: take the upper end of the team's figure, as beside `LossMarket.bad_on`.

        Raises:
            BadInput: nothing is ever owed.
        """
        check_times(at)
        causes = dict(self.lost_by_cause(at, market))
        if self.is_guaranteed:
            causes = with_guarantee(causes, market.controller_reach_share)
        exposure, stated = self.exposure_at_default(at, market), self.loss_given_default
        if stated is None:
            return LossProfile(exposure, causes)
        figure = stated.high if is_bad and stated.high is not None else stated.value
        return LossProfile(exposure, causes, figure, market.stated_loss_weight[stated.confidence])

    @property
    def obligor(self) -> Literal["client", "debtor"]:
        """Who must pay in the end: whose default the loss is told for."""
        return "client"

    @property
    def is_leaseback(self) -> bool:
        """Whether the client's own machine is leased back, which is taxed and booked as a loan."""
        return False

    @property
    def is_stock_until_redeemed(self) -> bool:
        """Whether a seller that holds the goods books them as stock, not as a claim (DOMAIN brief 0)."""
        return False

    @property
    def has_revenue_share(self) -> bool:
        """Whether what the client pays depends on its sales."""
        return False

    @property
    def own_part_share(self) -> float:
        """What the client must bring itself, of what is bought or lent: it strains those who would take the offer."""
        return 0.0

    @property
    def term_unit(self) -> Literal["days", "months"]:
        """What the form's term is counted in."""
        return self.own_term.default.unit

    @property
    def own_costs(self) -> dict[str, float]:
        """What the form says in place of data/parameters/pricing.yaml, by the name of `credit.pricing.LenderCosts`."""
        said = {"risk_weight": self.risk_weight, "operating_cost_annual": self.operating_cost}
        return {name: number.value for name, number in said.items() if number is not None}

    def checked_term(self, term: int | None) -> int:
        """A term that the form allows; its own when absent.

        Raises:
            BadInput: shorter or longer than the form allows.
        """
        shortest, longest = self.own_term.shortest.value, self.own_term.longest.value
        chosen = self.own_term.default.value if term is None else term
        if not shortest <= chosen <= longest:
            rule = f"must be from {shortest} to {longest} for this form"
            raise BadInput(Problem(rule, field=f"term_{self.term_unit}", value=chosen))
        return chosen


class MonthlyForm(ProductForm):
    """What forms paid by the month share."""

    term: TermInMonths
    grace: Days
    overdue_day_rate: DayRate
    upfront_fee_share: Share

    @property
    def own_term(self) -> TermInMonths:
        """How long the form runs."""
        return self.term

    @field_validator("upfront_fee_share")
    @classmethod
    def _something_is_left(cls, fee: Share, info: ValidationInfo) -> Share:
        del info
        if fee.value >= 1:
            raise ValueError("must leave something to pay out")
        return fee
