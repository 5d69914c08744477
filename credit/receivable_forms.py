"""Advances on receivables and assigned claims as a product team writes them."""

from collections.abc import Mapping
from typing import Literal

import numpy as np
from pydantic import Field, ValidationInfo, field_validator

from credit.contracts import (
    MILLION,
    AdvanceTerms,
    AssignedReceivable,
    AssignmentTerms,
    EligibilityRules,
    PurchaseTerms,
    Receivable,
    ReceivablesAdvance,
)
from credit.debtor_loss import joint_default_probability, recourse_loss
from credit.form_terms import AnnualRate, DayPaymentRule, Term
from credit.loss_market import LossMarket
from credit.loss_profile import DefaultTimes
from credit.pricing import pd_over_term
from credit.product_forms import ProductForm
from credit.purchase_forms import PurchaseForm
from credit.ranges import Floats
from credit.sourced import Days, PositiveCount, Share, ShareBelowOne, Yuan


class ReceivablesAdvanceForm(ProductForm):
    """Money now against invoices (保理)."""

    contract: Literal["receivables_advance"]
    reference_invoice: Yuan = Field(description="A typical invoice, VAT included.")
    reference_debtors: PositiveCount = Field(description="Debtors of a typical pool, one invoice each.")
    term: Term = Field(description="Days from the advance to the invoices' due day.")
    advance_share: ShareBelowOne = Field(description="Of what is eligible.")
    dilution_share: ShareBelowOne = Field(description="Expected returns, offsets and price claims.")
    reserve_floor_share: ShareBelowOne = Field(description="The reserve is at least 2 x dilution and this.")
    rate_annual: AnnualRate = Field(description="Simple, on the advance, collected when the debtor pays.")
    upfront_fee_share: ShareBelowOne = Field(description="Of what is eligible, netted from the advance.")
    limit: Yuan = Field(description="The most that is advanced to one client.")
    has_recourse: bool = Field(description="The client makes good what a debtor leaves unpaid.")
    recourse_after: Days = Field(description="After the due day, when the client buys an unpaid invoice back.")
    invoice_days_past_due_maximum: Days = Field(description="Older arrears make an invoice ineligible.")
    concentration_share: Share = Field(description="The most that one debtor may be of the eligible pool.")
    payments: DayPaymentRule = DayPaymentRule()

    @field_validator("upfront_fee_share")
    @classmethod
    def _something_is_disbursed(cls, fee: ShareBelowOne, info: ValidationInfo) -> ShareBelowOne:
        advance = info.data.get("advance_share")
        if advance is not None and fee.ppm >= advance.ppm:
            raise ValueError(f"{fee.value:g} must leave something of advance_share, {advance.value:g}")
        return fee

    @field_validator("reserve_floor_share")
    @classmethod
    def _something_is_advanced(cls, floor: ShareBelowOne, info: ValidationInfo) -> ShareBelowOne:
        dilution = info.data.get("dilution_share")
        if dilution is not None and 2 * dilution.ppm + floor.ppm >= MILLION:
            raise ValueError("2 x dilution_share and the floor must leave something to advance")
        return floor

    @field_validator("concentration_share")
    @classmethod
    def _somebody_is_eligible(cls, share: Share) -> Share:
        if share.ppm == 0:
            raise ValueError("must be above 0: nothing would be eligible")
        return share

    @property
    def own_term(self) -> Term:
        """How long the form runs."""
        return self.term

    @property
    def obligor(self) -> Literal["client", "debtor"]:
        """The debtor, unless the client must make good what he leaves unpaid."""
        return "client" if self.has_recourse else "debtor"

    def lost_by_cause(self, at: DefaultTimes, market: LossMarket) -> Mapping[str, Floats]:
        """Forged invoices; otherwise what the debtor leaves, after the seller where there is recourse to it.

        The default is that of whoever must pay in the end: the seller with recourse, the debtor without. With recourse
        the debtor must have failed as well (two names), unless dilution eats into the advance.
        """
        owed = np.maximum(at.owed_fen, 1.0)
        invoices = np.full(owed.shape, float(self.reference_invoice.fen * self.reference_debtors.value))
        terms = {
            "dilution_share": self.dilution_share.value,
            "debtor_recovery_share": market.failed_debtor_recovery_share,
        }
        forged = market.fictitious_invoice_share
        causes = {"fictitious": np.full(owed.shape, forged * market.fictitious_invoice_lgd)}
        if not self.has_recourse:
            left = recourse_loss(owed, invoices, seller_recovery_share=0.0, **terms) / owed
            return causes | {"failed_debtor": (1.0 - forged) * left}
        days = float(at.age_days[-1]) + self.recourse_after.value
        seller = pd_over_term(market.seller_pd_annual, days)
        both = joint_default_probability(
            pd_over_term(market.debtor_pd_annual, days), seller, market.debtor_seller_correlation
        )
        estate = {"seller_recovery_share": market.failed_debtor_recovery_share}
        left = recourse_loss(owed, invoices, **terms, **estate) / owed
        living = {"dilution_share": self.dilution_share.value, "debtor_recovery_share": 1.0}
        diluted = recourse_loss(owed, invoices, **living, **estate) / owed
        alone = float(both) / float(seller)
        return causes | {
            "failed_debtor": (1.0 - forged) * alone * left,
            "dilution": (1.0 - forged) * (1.0 - alone) * diluted,
        }

    def advance_terms(self) -> AdvanceTerms:
        """The terms of an advance of this form."""
        return AdvanceTerms(
            advance_ppm=self.advance_share.ppm,
            dilution_ppm=self.dilution_share.ppm,
            reserve_floor_ppm=self.reserve_floor_share.ppm,
            rate_annual_ppm=self.rate_annual.ppm,
            fee_ppm=self.upfront_fee_share.ppm,
            limit_fen=self.limit.fen,
            has_recourse=self.has_recourse,
            recourse_days=self.recourse_after.value,
            rules=EligibilityRules(self.invoice_days_past_due_maximum.value, self.concentration_share.ppm),
            payment_days=self.payments.payment_days(),
        )

    def reference_contract(self, start_day: int, term: int | None = None) -> ReceivablesAdvance:
        """The advance on a typical pool."""
        due = start_day + self.checked_term(term)
        pool = tuple(
            Receivable(f"invoice {number}", f"debtor {number}", self.reference_invoice.fen, due)
            for number in range(1, self.reference_debtors.value + 1)
        )
        return ReceivablesAdvance(start_day, pool, self.advance_terms())


class AssignedReceivableForm(PurchaseForm):
    """A credit sale whose claim the platform assigns to a funder."""

    contract: Literal["assigned_receivable"]
    assigned_after: Days = Field(description="From the sale of the goods to the assignment.")
    funded_share: Share = Field(description="What the funder takes of the claim.")
    discount_annual: AnnualRate = Field(description="Simple discount on the funded face, taken from the price.")
    has_recourse: bool = Field(description="The platform makes good what the client leaves unpaid.")

    @field_validator("funded_share")
    @classmethod
    def _something_is_assigned(cls, share: Share) -> Share:
        if share.ppm == 0:
            raise ValueError("must be above 0: nothing would be assigned")
        return share

    def promise(self, start_day: int, goods_value_fen: int, terms: PurchaseTerms) -> AssignedReceivable:
        """The contract for goods of a value."""
        assignment = AssignmentTerms(
            after_days=self.assigned_after.value,
            funded_ppm=self.funded_share.ppm,
            discount_annual_ppm=self.discount_annual.ppm,
            has_recourse=self.has_recourse,
        )
        return AssignedReceivable(start_day, goods_value_fen, terms, assignment)
