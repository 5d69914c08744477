"""Turnover revolver, growth loan and revenue share as a product team writes them."""

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Annotated, Literal

import numpy as np
from pydantic import AfterValidator, BaseModel, Field, ValidationInfo, field_validator, model_validator

from credit.contracts import (
    MILLION,
    Ending,
    GrowthLoan,
    GrowthLoanTerms,
    LineEvent,
    RevenueShareLoan,
    RevenueShareTerms,
    RevolverTerms,
    Shaped,
    TurnoverRevolver,
    divide_half_even,
    share_fen,
)
from credit.contracts.dates import add_months
from credit.exposure import exposure_at_default
from credit.form_terms import AnnualRate, Months, PaymentRule, RollRule, Season, YuanOrNothing
from credit.loss_market import LossMarket
from credit.loss_profile import DefaultTimes
from credit.parameters import Confidence
from credit.product_forms import MonthlyForm
from credit.ranges import Floats
from credit.sourced import STRICT, DayRate, Share, Sourced, Yuan, whole_ppm


class Level(BaseModel):
    """From a day on, what part of the limit is drawn."""

    model_config = STRICT

    after_days: Annotated[int, Field(ge=0)]
    drawn_share: Annotated[float, Field(ge=0, le=1), AfterValidator(whole_ppm)]


class LinePlan(BaseModel):
    """How a typical client uses its line: levels whose differences are draws and repayments."""

    model_config = STRICT

    levels: Annotated[list[Level], Field(min_length=1)]
    unit: Literal["share of the limit"]
    as_of: date
    source: Annotated[str, Field(min_length=3)]
    confidence: Confidence

    @field_validator("levels")
    @classmethod
    def _in_order(cls, levels: list[Level]) -> list[Level]:
        for sooner, later in pairwise(levels):
            if later.after_days <= sooner.after_days:
                raise ValueError(f"after_days must rise, here {sooner.after_days} then {later.after_days}")
        if not any(level.drawn_share for level in levels):
            raise ValueError("must draw something")
        return levels

    def events(self, start_day: int, end_day: int, limit_fen: int) -> tuple[LineEvent, ...]:
        """The draws and repayments on a line that ends before the plan does, or after it."""
        events, drawn = [], 0
        for level in self.levels:
            target, day = share_fen(limit_fen, round(level.drawn_share * MILLION)), start_day + level.after_days
            if target != drawn and day < end_day:
                events.append(LineEvent(day, target - drawn))
                drawn = target
        return tuple(events)


class TurnoverRevolverForm(MonthlyForm):
    """A line drawn and repaid at will (随借随还)."""

    contract: Literal["turnover_revolver"]
    reference_limit: Yuan = Field(description="A typical line.")
    day_rate: DayRate
    commitment_fee_annual: AnnualRate = Field(description="A year, on what is not drawn while it may be drawn.")
    ending: Literal["bullet", "equal_principal"] = Field(description="How what is drawn comes back.")
    repayment_months: Months | None = Field(None, description="The last months, in which equal parts are repaid.")
    plan: LinePlan
    payments: RollRule = Field(RollRule(), description="Interest runs by actual days whatever happens to payments.")

    @model_validator(mode="after")
    def _ending_has_its_months(self) -> "TurnoverRevolverForm":
        if (self.ending == "equal_principal") != (self.repayment_months is not None):
            raise ValueError("repayment_months must be said for equal_principal, and for nothing else")
        if self.repayment_months is not None and self.repayment_months.value >= self.term.shortest.value:
            raise ValueError("repayment_months must be fewer than the shortest term: nothing could be drawn")
        if self.overdue_day_rate.value < self.day_rate.value:
            raise ValueError("overdue_day_rate must not be below day_rate: being late would be cheaper than paying")
        return self

    def lost_by_cause(self, at: DefaultTimes, market: LossMarket) -> Mapping[str, Floats]:
        """An unsecured claim, out of which others are paid too."""
        return {"unsecured": np.full(at.owed_fen.shape, market.revolver_unsecured_lgd)}

    def exposure_at_default(self, at: DefaultTimes, market: LossMarket) -> Floats:
        """What is drawn, and what a client in trouble still draws: more where the lender has committed itself."""
        is_committed = self.commitment_fee_annual.value > 0.0
        factor = market.conversion_factor_committed if is_committed else market.conversion_factor_uncommitted
        return exposure_at_default(at.owed_fen, self.reference_limit.fen, factor)

    def reference_contract(self, start_day: int, term: int | None = None) -> TurnoverRevolver:
        """The line of a typical client, used as it plans to."""
        terms, limit = self.line_terms(term), self.reference_limit.fen
        last_draw_day = terms.payment_days.paid_on(add_months(start_day, terms.months - terms.repayment_months))
        return TurnoverRevolver(start_day, limit, terms, self.plan.events(start_day, last_draw_day, limit))

    def line_terms(self, months: int | None = None) -> RevolverTerms:
        """The terms of a line of this form, in whole months and parts per million.

        Raises:
            BadInput: the term is shorter or longer than the form allows.
        """
        repayment = 0 if self.repayment_months is None else self.repayment_months.value
        return RevolverTerms(
            months=self.checked_term(months),
            day_rate_ppm=self.day_rate.ppm,
            commitment_annual_ppm=self.commitment_fee_annual.ppm,
            fee_ppm=self.upfront_fee_share.ppm,
            ending=Ending(self.ending),
            repayment_months=repayment,
            grace_days=self.grace.value,
            overdue_day_rate_ppm=self.overdue_day_rate.ppm,
            payment_days=self.payments.payment_days(),
        )


class GrowthLoanForm(MonthlyForm):
    """Instalments that follow the season and step up with growth."""

    contract: Literal["growth_loan"]
    reference_loan: Yuan = Field(description="A typical loan.")
    rate_annual: AnnualRate = Field(description="On what is still owed.")
    season: Season
    step_up_share: Share = Field(description="By how much instalments rise with each step.")
    step_every: Months = Field(description="Months between steps.")
    shaped: Literal["payment", "principal"] = Field(description="What season and steps shape.")
    minimum_instalment: YuanOrNothing = Field(
        description="The least that is paid a month; 0 where principal is shaped."
    )

    payments: PaymentRule = PaymentRule()

    @field_validator("minimum_instalment")
    @classmethod
    def _only_where_payments_are_shaped(cls, minimum: YuanOrNothing, info: ValidationInfo) -> YuanOrNothing:
        if minimum.fen and info.data.get("shaped") == "principal":
            raise ValueError("must be 0 where principal is shaped: its payments follow from interest")
        return minimum

    def lost_by_cause(self, at: DefaultTimes, market: LossMarket) -> Mapping[str, Floats]:
        """An unsecured claim on a client that is known well."""
        return {"unsecured": np.full(at.owed_fen.shape, market.growth_loan_unsecured_lgd)}

    def reference_contract(self, start_day: int, term: int | None = None) -> GrowthLoan:
        """A typical loan."""
        terms = GrowthLoanTerms(
            months=self.checked_term(term),
            rate_annual_ppm=self.rate_annual.ppm,
            season_ppm=self.season.ppm,
            step_up_ppm=self.step_up_share.ppm,
            step_months=self.step_every.value,
            shaped=Shaped(self.shaped),
            minimum_instalment_fen=self.minimum_instalment.fen,
            fee_ppm=self.upfront_fee_share.ppm,
            grace_days=self.grace.value,
            overdue_day_rate_ppm=self.overdue_day_rate.ppm,
            payment_days=self.payments.payment_days(),
        )
        return GrowthLoan(start_day, self.reference_loan.fen, terms)


class CapMultiple(Sourced):
    """All that is paid back, as a multiple of the loan."""

    unit: Literal["multiple of the loan"]
    value: Annotated[float, Field(ge=1, le=3), AfterValidator(whole_ppm)]


class RevenueShareForm(MonthlyForm):
    """A share of sales each month until a cap is paid."""

    contract: Literal["revenue_share_loan"]
    reference_loan: Yuan = Field(description="A typical loan.")
    reference_monthly_revenue: Yuan = Field(description="Sales of a usual month of the client who takes it.")
    season: Season
    revenue_share: Share
    minimum_instalment: YuanOrNothing
    cap: CapMultiple
    payments: RollRule = RollRule()

    def lost_by_cause(self, at: DefaultTimes, market: LossMarket) -> Mapping[str, Floats]:
        """An unsecured claim on a client that is known well."""
        return {"unsecured": np.full(at.owed_fen.shape, market.growth_loan_unsecured_lgd)}

    @property
    def has_revenue_share(self) -> bool:
        """What is paid depends on sales."""
        return True

    def reference_contract(self, start_day: int, term: int | None = None) -> RevenueShareLoan:
        """A typical loan, repaid out of the sales of a typical client."""
        months = self.checked_term(term)
        terms = RevenueShareTerms(
            months=months,
            share_ppm=self.revenue_share.ppm,
            floor_fen=self.minimum_instalment.fen,
            cap_ppm=round(self.cap.value * MILLION),
            fee_ppm=self.upfront_fee_share.ppm,
            grace_days=self.grace.value,
            overdue_day_rate_ppm=self.overdue_day_rate.ppm,
            payment_days=self.payments.payment_days(),
        )
        calendar_months = (date.fromordinal(add_months(start_day, number)).month for number in range(1, months + 1))
        usual = self.reference_monthly_revenue.fen
        revenues = tuple(divide_half_even(usual * self.season.ppm[month - 1], MILLION) for month in calendar_months)
        return RevenueShareLoan(start_day, self.reference_loan.fen, terms, revenues)
