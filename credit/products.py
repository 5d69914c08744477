"""Products as files: what a product team writes in YAML, checked on the way in, and the contract terms that follow.

A product has one or more forms; each form names the contract that it promises and carries that contract's numbers. A
new product is a new file, not new code.
"""

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, ValidationInfo, field_validator, model_validator

from credit.contracts import Contract, GoodsControlledPurchase, GoodsControlTerms, OpenAccountPurchase, PurchaseTerms
from credit.contracts.arithmetic import MILLION
from credit.errors import BadInput, Problem
from credit.files import canonical_json, sha256_of_text
from credit.sourced import (
    STRICT,
    AnnualShare,
    Count,
    DayRate,
    Days,
    PositiveCount,
    Share,
    ShareBelowOne,
    Tenor,
    Weight,
    Yuan,
    read_model,
)

Wrapper = Literal["credit_sale", "entrusted_bank_loan", "micro_loan", "assigned_receivable", "finance_lease"]
"""The legal shape of an offer; licence, rate cap, tax and accounting hang on it."""


class Term(BaseModel):
    """How long a contract runs."""

    model_config = STRICT

    default: Tenor
    shortest: Tenor
    longest: Tenor

    @model_validator(mode="after")
    def _in_order(self) -> "Term":
        days = self.shortest.value, self.default.value, self.longest.value
        if not days[0] <= days[1] <= days[2]:
            raise ValueError("shortest <= default <= longest must hold, here {} <= {} <= {}".format(*days))
        return self


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


class PurchaseForm(BaseModel):
    """What the forms of purchase finance share."""

    model_config = STRICT

    title: str
    title_zh: str
    wrapper: Wrapper
    is_guaranteed: bool = Field(description="The controller stands surety.")
    reference_goods_value: Yuan = Field(
        description="Goods of one typical order, VAT included, for which quotes are told."
    )
    deposit_share: ShareBelowOne
    day_rate: DayRate
    overdue_day_rate: DayRate
    upfront_fee_share: ShareBelowOne = Field(description="Of the goods value, netted from the disbursement.")
    term: Term
    grace: Days
    loss_given_default: Share = Field(description="Of the exposure at default, deposit already set off.")
    risk_weight: Weight | None = Field(None, description="Replaces the weight of data/parameters/pricing.yaml.")
    operating_cost: AnnualShare | None = Field(None, description="Replaces the cost of data/parameters/pricing.yaml.")
    eligibility: Eligibility

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

    def purchase_terms(self, term_days: int | None = None, day_rate_ppm: int | None = None) -> PurchaseTerms:
        """The terms of a contract of this form, in whole days and parts per million.

        Args:
            term_days: days to maturity; the form's own when absent.
            day_rate_ppm: the day rate granted to a client; the form's own when absent.

        Raises:
            BadInput: the term is shorter or longer than the form allows.
        """
        shortest, longest = self.term.shortest.value, self.term.longest.value
        days = self.term.default.value if term_days is None else term_days
        if not shortest <= days <= longest:
            raise BadInput(
                Problem(f"must be from {shortest} to {longest} for this form", field="term_days", value=days)
            )
        return PurchaseTerms(
            deposit_ppm=self.deposit_share.ppm,
            day_rate_ppm=self.day_rate.ppm if day_rate_ppm is None else day_rate_ppm,
            fee_ppm=self.upfront_fee_share.ppm,
            term_days=days,
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
    liquidation_cost_share: Share = Field(description="Cost of a forced sale, of the market value.")

    @field_validator("stop_loss_drop")
    @classmethod
    def _call_before_sale(cls, drop: ShareBelowOne, info: ValidationInfo) -> ShareBelowOne:
        call = info.data.get("margin_call_drop")
        if call is not None and not 0 < call.value <= drop.value:
            raise ValueError(
                f"0 < margin_call_drop <= stop_loss_drop must hold, here {call.value:g} and {drop.value:g}"
            )
        return drop

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


Form = Annotated[OpenAccountForm | GoodsControlledForm, Field(discriminator="contract")]
_CONTRACTS = ("open_account_purchase", "goods_controlled_purchase")  # pydantic adds them to the path of a field


class Product(BaseModel):
    """A credit product: who may have it, in which forms, on which terms."""

    model_config = STRICT

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: str
    title_zh: str
    need: Annotated[str, Field(min_length=10, description="What the client needs it for.")]
    valid_from: date
    valid_until: date | None = None
    priced_on: date = Field(description="The day whose parameters (data/parameters/pricing.yaml) price the product.")
    forms: Annotated[dict[str, Form], Field(min_length=1)]

    @field_validator("valid_until")
    @classmethod
    def _ends_after_it_starts(cls, until: date | None, info: ValidationInfo) -> date | None:
        start = info.data.get("valid_from")
        if until is not None and start is not None and until < start:
            raise ValueError(f"must not lie before valid_from, {start}")
        return until

    @field_validator("priced_on")
    @classmethod
    def _priced_while_valid(cls, day: date, info: ValidationInfo) -> date:
        start, until = info.data.get("valid_from"), info.data.get("valid_until")
        if (start is not None and day < start) or (until is not None and day > until):
            raise ValueError(f"must lie within the product's validity, {start} to {until or 'further notice'}")
        return day

    @property
    def hash(self) -> str:
        """SHA-256 of the content: equal terms give equal hashes, however the file is laid out."""
        return sha256_of_text(canonical_json(self.model_dump(mode="json")))

    def form(self, name: str) -> OpenAccountForm | GoodsControlledForm:
        """A form by its name.

        Raises:
            BadInput: the product has no such form.
        """
        if name not in self.forms:
            rule = f"the product {self.name} has the forms {', '.join(self.forms)}"
            raise BadInput(Problem(rule, field="form", value=name))
        return self.forms[name]

    def reference_contract(self, form: str, term_days: int | None = None) -> Contract:
        """The contract for one typical order, starting on day 0: what a quote is told for."""
        chosen = self.form(form)
        return chosen.promise(0, chosen.reference_goods_value.fen, chosen.purchase_terms(term_days))


def load_product(path: Path) -> Product:
    """Read and check a product file.

    Raises:
        BadInput: the file is absent or not plain YAML, a key is unknown, missing or said twice, a unit, a value or the
            order of dates is wrong; every problem names file, field, value and rule.
    """
    return read_model(path, Product, "product", hidden_steps=_CONTRACTS)


def product_schema() -> dict[str, Any]:
    """The JSON Schema of product files; `data/products/schema.json` holds it for editors."""
    return Product.model_json_schema()
