"""Machine lease and sale-leaseback as a product team writes them."""

from abc import abstractmethod
from collections.abc import Mapping
from typing import Literal

import numpy as np
from pydantic import Field, ValidationInfo, field_validator

from credit.contracts import MILLION, DepositReturn, LeaseTerms, MachineLease, RateQuote, SaleLeaseback, Timing
from credit.form_terms import AnnualRate, Months, PaymentRule, YuanOrNothing
from credit.loss_market import LossMarket
from credit.loss_profile import DefaultTimes
from credit.machine_value import MONTHS_A_YEAR, machine_sale_lgd
from credit.product_forms import MonthlyForm
from credit.ranges import Floats
from credit.sourced import ShareBelowOne, Yuan

DAYS_A_MONTH = 365.0 / MONTHS_A_YEAR


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

    @abstractmethod
    def new_price_fen(self, market: LossMarket) -> float:
        """What a new machine would cost that is worth today what this one is, as the market sells it."""

    @abstractmethod
    def missing_share(self, market: LossMarket) -> float:
        """Share of defaults at which there is no machine to sell."""

    def lost_by_cause(self, at: DefaultTimes, market: LossMarket) -> Mapping[str, Floats]:
        """A machine that is gone; otherwise what its forced sale leaves, the deposit set off."""
        held = at.deposit_held_fen
        # where nothing is owed nothing is lost, whatever the share
        owed = np.maximum(at.owed_fen, 1.0)
        sold = machine_sale_lgd(
            market.machines,
            price=self.new_price_fen(market),
            exposure=owed,
            age_months=at.age_days / DAYS_A_MONTH,
            rate_monthly=self.rate_annual.value / MONTHS_A_YEAR,
            deposit=held,
        )
        missing = self.missing_share(market)
        gone = np.minimum(market.machine_missing_lgd, np.maximum(0.0, 1.0 - held / owed))
        return {"missing_machine": missing * gone, "machine_sale": (1.0 - missing) * sold}

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

    @property
    def own_part_share(self) -> float:
        """The down payment."""
        return self.down_payment_share.value

    def new_price_fen(self, market: LossMarket) -> float:
        """Its price."""
        del market
        return float(self.reference_price.fen)

    def missing_share(self, market: LossMarket) -> float:
        """Gone, or invoiced twice."""
        return market.machine_missing_share

    def reference_contract(self, start_day: int, term: int | None = None) -> MachineLease:
        """The lease of a typical machine."""
        terms = self.lease_terms(term)
        return MachineLease(start_day, self.reference_price.fen, self.down_payment_share.ppm, terms)


class SaleLeasebackForm(LeaseForm):
    """The client sells its machine and rents it back (售后回租)."""

    contract: Literal["sale_leaseback"]
    reference_appraised_value: Yuan = Field(description="Appraised net value of a typical machine.")
    advance_share: ShareBelowOne = Field(description="What the lessor pays of it.")
    machine_age: Months | None = Field(
        None, description="How old a typical machine is when it is sold; that of data/parameters/loss.yaml when absent."
    )

    @field_validator("advance_share")
    @classmethod
    def _something_is_paid(cls, advance: ShareBelowOne) -> ShareBelowOne:
        if advance.ppm == 0:
            raise ValueError("must be above 0")
        return advance

    @property
    def is_leaseback(self) -> bool:
        """The client's own machine."""
        return True

    @property
    def own_part_share(self) -> float:
        """The deposit: what the client gets less of."""
        return self.deposit_share.value

    def new_price_fen(self, market: LossMarket) -> float:
        """The appraised value less what is not there, as a new machine loses its first part on the first day."""
        age = market.leaseback_machine_age_years
        if self.machine_age is not None:
            age = self.machine_age.value / MONTHS_A_YEAR
        there = self.reference_appraised_value.fen * (1.0 - market.leaseback_overvaluation_share)
        sellable = there * float(np.exp(-market.machine_age_discount_annual * age))
        return sellable / (1.0 - market.machines.first_day_drop_share)

    def missing_share(self, market: LossMarket) -> float:
        """Gone, or pledged to somebody else before."""
        return market.leaseback_missing_share

    def reference_contract(self, start_day: int, term: int | None = None) -> SaleLeaseback:
        """The leaseback of a typical machine."""
        terms = self.lease_terms(term)
        return SaleLeaseback(start_day, self.reference_appraised_value.fen, self.advance_share.ppm, terms)
