"""Machine lease and sale-leaseback as a product team writes them."""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from credit.contracts import MILLION, DepositReturn, LeaseTerms, MachineLease, RateQuote, SaleLeaseback, Timing
from credit.product_forms import AnnualRate, MonthlyForm, PaymentRule, YuanOrNothing
from credit.sourced import ShareBelowOne, Yuan


class LeaseForm(MonthlyForm):
    """What lease and leaseback share. Deposit and fee are shares of the financed amount."""

    rate_annual: AnnualRate = Field(description="The quoted rate; what it applies to, `quote` says.")
    quote: Literal["annuity", "flat"] = Field(
        description="annuity: on what is still owed; flat: on the first amount for the whole term."
    )
    timing: Literal["arrears", "advance"] = Field(description="First rent after a month, or on the first day.")
    deposit_share: ShareBelowOne
    deposit_return: Literal["refund", "set_off"] = Field(
        description="refund: in cash on the last day; set_off: against the last rents."
    )
    purchase_option: YuanOrNothing = Field(description="Price at which the machine becomes the client's at the end.")
    payments: PaymentRule = PaymentRule()

    @field_validator("deposit_share")
    @classmethod
    def _something_is_disbursed(cls, deposit: ShareBelowOne, info: ValidationInfo) -> ShareBelowOne:
        fee = info.data.get("upfront_fee_share")
        if fee is not None and deposit.ppm + fee.ppm >= MILLION:
            raise ValueError(f"{deposit.value:g} and upfront_fee_share, {fee.value:g}, must leave something to finance")
        return deposit

    def lease_terms(self, months: int | None = None) -> LeaseTerms:
        """The terms of a contract of this form, in whole months and parts per million.

        Raises:
            BadInput: the term is shorter or longer than the form allows.
        """
        return LeaseTerms(
            months=self.checked_term(months),
            rate_annual_ppm=self.rate_annual.ppm,
            quote=RateQuote(self.quote),
            timing=Timing(self.timing),
            deposit_ppm=self.deposit_share.ppm,
            deposit_return=DepositReturn(self.deposit_return),
            fee_ppm=self.upfront_fee_share.ppm,
            option_fen=self.purchase_option.fen,
            grace_days=self.grace.value,
            overdue_day_rate_ppm=self.overdue_day_rate.ppm,
            payment_days=self.payments.payment_days(),
        )


class MachineLeaseForm(LeaseForm):
    """The lessor buys a new machine from its maker (直租)."""

    contract: Literal["machine_lease"]
    reference_price: Yuan = Field(description="Price of a typical machine, VAT included.")
    down_payment_share: ShareBelowOne = Field(description="The client's own part of the price.")

    def reference_contract(self, start_day: int, term: int | None = None) -> MachineLease:
        """The lease of a typical machine."""
        terms = self.lease_terms(term)
        return MachineLease(start_day, self.reference_price.fen, self.down_payment_share.ppm, terms)


class SaleLeasebackForm(LeaseForm):
    """The client sells its machine and rents it back (售后回租)."""

    contract: Literal["sale_leaseback"]
    reference_appraised_value: Yuan = Field(description="Appraised net value of a typical machine.")
    advance_share: ShareBelowOne = Field(description="What the lessor pays of it.")

    @field_validator("advance_share")
    @classmethod
    def _something_is_paid(cls, advance: ShareBelowOne) -> ShareBelowOne:
        if advance.ppm == 0:
            raise ValueError("must be above 0")
        return advance

    def reference_contract(self, start_day: int, term: int | None = None) -> SaleLeaseback:
        """The leaseback of a typical machine."""
        terms = self.lease_terms(term)
        return SaleLeaseback(start_day, self.reference_appraised_value.fen, self.advance_share.ppm, terms)
