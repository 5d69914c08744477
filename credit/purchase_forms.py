"""Resin purchase as a product team writes it: open account, goods-controlled."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import numpy as np
from pydantic import Field, ValidationInfo, field_validator

from credit.collateral import expected_goods_lgd
from credit.contracts import (
    MILLION,
    Contract,
    GoodsControlledPurchase,
    GoodsControlTerms,
    OpenAccountPurchase,
    PurchaseTerms,
)
from credit.form_terms import DayPaymentRule, Term
from credit.loss_market import Grade, LossMarket
from credit.loss_profile import DefaultTimes
from credit.product_forms import ProductForm
from credit.ranges import Floats
from credit.sourced import DayRate, Days, PositiveCount, Share, ShareBelowOne, Yuan


class PurchaseForm(ProductForm):
    """What the forms of purchase finance share."""

    reference_goods_value: Yuan = Field(
        description="Goods of one typical order, VAT included, for which quotes are told."
    )
    deposit_share: ShareBelowOne
    day_rate: DayRate
    overdue_day_rate: DayRate
    upfront_fee_share: ShareBelowOne = Field(description="Of the goods value, netted from the disbursement.")
    term: Term
    grace: Days
    payments: DayPaymentRule = Field(
        DayPaymentRule(),
        exclude_if=lambda rule: rule == DayPaymentRule(),
        description="Where a due day goes that has no business; it stays where it falls when absent.",
    )
    is_interest_to_moved_day: bool = Field(
        True,
        exclude_if=lambda is_so: is_so,
        description="Interest runs to the day on which payment is made; otherwise the days between cost nothing.",
    )

    @field_validator("overdue_day_rate")
    @classmethod
    def _late_is_not_cheaper(cls, overdue: DayRate, info: ValidationInfo) -> DayRate:
        day_rate = info.data.get("day_rate")
        if day_rate is not None and overdue.value < day_rate.value:
            told = f"{overdue.value:g} must not be below day_rate, {day_rate.value:g}"
            raise ValueError(f"{told}: being late would be cheaper than paying")
        return overdue

    @field_validator("upfront_fee_share")
    @classmethod
    def _something_is_disbursed(cls, fee: ShareBelowOne, info: ValidationInfo) -> ShareBelowOne:
        deposit = info.data.get("deposit_share")
        if deposit is not None and deposit.ppm + fee.ppm >= MILLION:
            raise ValueError(f"{fee.value:g} and deposit_share, {deposit.value:g}, must leave something to disburse")
        return fee

    @property
    def own_term(self) -> Term:
        """How long the form runs."""
        return self.term

    @property
    def own_part_share(self) -> float:
        """The deposit."""
        return self.deposit_share.value

    def lost_by_cause(self, at: DefaultTimes, market: LossMarket) -> Mapping[str, Floats]:
        """Released goods are consumed: a failed buyer's estate pays a part of their value, whoever paid for them."""
        owed = (1.0 - self.deposit_share.value) * (1.0 + self.day_rate.value * at.age_days)
        return {"released_goods": np.maximum(0.0, 1.0 - market.released_goods_recovery_share / owed)}

    @abstractmethod
    def promise(self, start_day: int, goods_value_fen: int, terms: PurchaseTerms) -> Contract:
        """The contract for goods of a value."""

    def reference_contract(self, start_day: int, term: int | None = None) -> Contract:
        """The contract for one typical order, which falls due on a day of business where the form says so."""
        dated = replace(
            self.purchase_terms(term),
            payment_days=self.payments.payment_days(),
            is_interest_to_moved_day=self.is_interest_to_moved_day,
        )
        return self.promise(start_day, self.reference_goods_value.fen, dated)

    def purchase_terms(self, term_days: int | None = None, day_rate_ppm: int | None = None) -> PurchaseTerms:
        """The terms of a contract of this form, in whole days and parts per million.

        They ask for no calendar, so that whoever counts days of its own, as the simulated market does, can use them.

        Args:
            term_days: days to maturity; the form's own when absent.
            day_rate_ppm: the day rate granted to a client; the form's own when absent.

        Raises:
            BadInput: the term is shorter or longer than the form allows.
        """
        return PurchaseTerms(
            deposit_ppm=self.deposit_share.ppm,
            day_rate_ppm=self.day_rate.ppm if day_rate_ppm is None else day_rate_ppm,
            fee_ppm=self.upfront_fee_share.ppm,
            term_days=self.checked_term(term_days),
            grace_days=self.grace.value,
            overdue_day_rate_ppm=self.overdue_day_rate.ppm,
        )


class OpenAccountForm(PurchaseForm):
    """Goods released at once (赊销)."""

    contract: Literal["open_account_purchase"]

    def promise(self, start_day: int, goods_value_fen: int, terms: PurchaseTerms) -> OpenAccountPurchase:
        """The contract for goods of a value."""
        return OpenAccountPurchase(start_day, goods_value_fen, terms)


class GoodsControlledForm(PurchaseForm):
    """Goods in custody until redeemed (代采)."""

    contract: Literal["goods_controlled_purchase"]
    lots: PositiveCount
    margin_call_drop: ShareBelowOne = Field(
        description="Fall of the price at which the deposit share must be restored."
    )
    stop_loss_drop: ShareBelowOne = Field(description="Fall of the price at which the goods may be sold.")
    stop_loss_days: Days = Field(description="From an unmet margin call to the sale.")
    liquidation_cost_share: Share = Field(
        description="Cost of a forced sale, of the market value; where a grade is named, not less than the grade costs."
    )
    grade: Grade | None = Field(
        None,
        exclude_if=lambda grade: grade is None,
        description="Resin grade, which sets how far its price swings; LLDPE when absent.",
    )
    is_redemption_unconditional: bool = Field(
        False,
        exclude_if=lambda is_so: not is_so,
        description="The client must take the goods whatever happens: a claim with expected losses, not stock.",
    )

    @field_validator("stop_loss_drop")
    @classmethod
    def _call_before_sale(cls, drop: ShareBelowOne, info: ValidationInfo) -> ShareBelowOne:
        call = info.data.get("margin_call_drop")
        if call is not None and not 0 < call.value <= drop.value:
            raise ValueError(
                f"0 < margin_call_drop <= stop_loss_drop must hold, here {call.value:g} and {drop.value:g}"
            )
        return drop

    def lost_by_cause(self, at: DefaultTimes, market: LossMarket) -> Mapping[str, Floats]:
        """Mostly a loss of control: goods that are missing; where they are there, the price that fell (a put)."""
        fallen = expected_goods_lgd(
            market.goods_volatility(self.grade),
            deposit_share=self.deposit_share.value,
            day_rate=self.day_rate.value,
            term_days=np.maximum(at.age_days, 1.0),
            liquidation_days=market.goods_liquidation_days,
            liquidation_cost_share=self.sale_cost_share(market),
        )
        missing = market.goods_missing_share
        return {
            "missing_goods": np.full(fallen.shape, missing * market.goods_missing_lgd),
            "fallen_price": (1.0 - missing) * fallen,
        }

    def sale_cost_share(self, market: LossMarket) -> float:
        """What a forced sale of the goods costs."""
        return market.goods_cost_share(self.grade, self.liquidation_cost_share.value)

    @property
    def is_stock_until_redeemed(self) -> bool:
        """Stock, unless the client must take the goods whatever happens."""
        return not self.is_redemption_unconditional

    def control_terms(self) -> GoodsControlTerms:
        """Lots, margin call and stop-loss of a contract of this form."""
        return GoodsControlTerms(
            lots=self.lots.value,
            margin_call_drop_ppm=self.margin_call_drop.ppm,
            stop_loss_drop_ppm=self.stop_loss_drop.ppm,
            stop_loss_days=self.stop_loss_days.value,
            liquidation_cost_ppm=self.liquidation_cost_share.ppm,
        )

    def promise(self, start_day: int, goods_value_fen: int, terms: PurchaseTerms) -> GoodsControlledPurchase:
        """The contract for goods of a value."""
        return GoodsControlledPurchase(start_day, goods_value_fen, terms, self.control_terms())
