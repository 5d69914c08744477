"""Machine lease (直租) and sale-leaseback (售后回租): rents by annuity or flat quote, in arrears or in advance.

In both the lessor owns the machine until the option is paid. They differ in who is paid first and in their tax
(`credit.contracts.lease_taxes`).
"""

from abc import abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum

from credit.contracts.arithmetic import MAX_AMOUNT_FEN, MAX_DAY_RATE_PPM, MAX_DAYS, MILLION, share_fen
from credit.contracts.base import CashFlow, FlowKind, Party, in_order_of_days
from credit.contracts.dates import PaymentDays, check_day
from credit.contracts.edge import check_integer
from credit.contracts.instalments import (
    LEAST_FINANCED_FEN,
    MOST_MONTHS,
    Instalment,
    InstalmentContract,
    flat_instalments,
    flows_of,
    instalments_of,
    payments_by_weight,
    period_rates,
)
from credit.errors import BadInput, Problem


class RateQuote(StrEnum):
    """What the quoted rate is applied to."""

    ANNUITY = "annuity"  # the principal still owed
    FLAT = "flat"  # the first principal, for the whole term


class Timing(StrEnum):
    """When the first rent is due."""

    ARREARS = "arrears"  # after the first month
    ADVANCE = "advance"  # on the first day


class DepositReturn(StrEnum):
    """How the lessee's deposit comes back."""

    REFUND = "refund"  # in cash on the last day
    SET_OFF = "set_off"  # against the last rents, latest first; what is over in cash on the last day


@dataclass(frozen=True, slots=True)
class LeaseTerms:
    """What lessor and lessee agree on, apart from the machine.

    Attributes:
        months: rents, one a month.
        rate_annual_ppm: the quoted rate a year.
        quote: what the rate is applied to.
        timing: first rent after a month or at once.
        deposit_ppm: deposit as a share of the financed amount, below 100 %, paid on the first day.
        deposit_return: how it comes back.
        fee_ppm: fee as a share of the financed amount, paid on the first day.
        option_fen: price at which the machine becomes the lessee's on the last day.
        grace_days: days in which a late rent costs nothing more.
        overdue_day_rate_ppm: simple interest a day on a late rent once grace is over.
        payment_days: how time is counted and payments are moved.
    """

    months: int
    rate_annual_ppm: int
    quote: RateQuote = RateQuote.ANNUITY
    timing: Timing = Timing.ARREARS
    deposit_ppm: int = 0
    deposit_return: DepositReturn = DepositReturn.REFUND
    fee_ppm: int = 0
    option_fen: int = 0
    grace_days: int = 0
    overdue_day_rate_ppm: int = 0
    payment_days: PaymentDays = field(default_factory=PaymentDays)

    def __post_init__(self) -> None:
        check_integer("lease terms", "months", self.months, 2, MOST_MONTHS)
        check_integer("lease terms", "rate_annual_ppm", self.rate_annual_ppm, 0, MILLION)
        check_integer("lease terms", "deposit_ppm", self.deposit_ppm, 0, MILLION - 1)
        check_integer("lease terms", "fee_ppm", self.fee_ppm, 0, MILLION - 1 - self.deposit_ppm)
        check_integer("lease terms", "option_fen", self.option_fen, 0, MAX_AMOUNT_FEN)
        check_integer("lease terms", "grace_days", self.grace_days, 0, MAX_DAYS)
        check_integer("lease terms", "overdue_day_rate_ppm", self.overdue_day_rate_ppm, 0, MAX_DAY_RATE_PPM)


class Lease(InstalmentContract):
    """What lease and leaseback share: rents, deposit, fee and option."""

    __slots__ = ()
    terms: LeaseTerms

    @property
    @abstractmethod
    def financed_fen(self) -> int:
        """What the lessor lays out for the machine."""

    @abstractmethod
    def purchase_flows(self) -> list[CashFlow]:
        """How the machine becomes the lessor's."""

    @property
    def deposit_fen(self) -> int:
        """The deposit that the lessor holds."""
        return share_fen(self.financed_fen, self.terms.deposit_ppm)

    @property
    def fee_fen(self) -> int:
        """The upfront fee."""
        return share_fen(self.financed_fen, self.terms.fee_ppm)

    @property
    def months(self) -> int:
        """Months from the first day to the last."""
        return self.terms.months

    def instalments(self) -> tuple[Instalment, ...]:
        """The rents, each with its interest and principal."""
        terms = self.terms
        days = [self.start_day, *terms.payment_days.monthly(self.start_day, terms.months)]
        if terms.timing is Timing.ADVANCE:
            days = [self.start_day, *days[:-1]]
        if terms.quote is RateQuote.FLAT:
            return flat_instalments(self.financed_fen, terms.rate_annual_ppm, terms.months, days)
        rates = period_rates(terms.rate_annual_ppm, terms.payment_days, days)
        rents = payments_by_weight(self.financed_fen, rates, [1] * terms.months)
        return instalments_of(self.financed_fen, rates, rents, days)

    def schedule(self) -> tuple[CashFlow, ...]:
        """The machine, fee and deposit on the first day; the rents; deposit and option at the end.

        A deposit that is set off appears as a refund on the day of the rent that it pays: rents stay whole, for tax and
        for what is still owed.
        """
        sme, lender, start, rents = Party.SME, Party.LENDER, self.start_day, self.instalments()
        flows = [
            *self.purchase_flows(),
            CashFlow(start, sme, lender, self.fee_fen, FlowKind.FEE),
            CashFlow(start, sme, lender, self.deposit_fen, FlowKind.DEPOSIT),
            *flows_of(rents),
            *(CashFlow(day, lender, sme, amount, FlowKind.REFUND) for day, amount in self._refunds(rents)),
            CashFlow(self.end_day, sme, lender, self.terms.option_fen, FlowKind.OPTION),
        ]
        return in_order_of_days(flows)

    def deposit_held_fen(self, day: int) -> int:
        """What of the deposit the lessor still holds on a day, before that day's payments."""
        if day <= self.start_day:
            return 0
        return self.deposit_fen - sum(amount for paid, amount in self._refunds(self.instalments()) if paid < day)

    def _refunds(self, rents: tuple[Instalment, ...]) -> list[tuple[int, int]]:
        left, refunds = self.deposit_fen, []
        if self.terms.deposit_return is DepositReturn.SET_OFF:
            for rent in reversed(rents):
                amount = min(left, rent.payment_fen)
                refunds.append((rent.due_day, amount))
                left -= amount
        return [(self.end_day, left), *refunds]


@dataclass(frozen=True, slots=True)
class MachineLease(Lease):
    """The lessor buys a new machine from its maker; the lessee pays its own part to the maker and then rents.

    Attributes:
        start_day: ordinal of purchase and delivery.
        price_fen: price of the machine, VAT included.
        down_payment_ppm: the lessee's own share of the price, below 100 %.
        terms: rents, deposit, fee and option.
    """

    start_day: int
    price_fen: int
    down_payment_ppm: int
    terms: LeaseTerms

    def __post_init__(self) -> None:
        check_day("machine lease", "start_day", self.start_day)
        check_integer("machine lease", "price_fen", self.price_fen, LEAST_FINANCED_FEN, MAX_AMOUNT_FEN)
        check_integer("machine lease", "down_payment_ppm", self.down_payment_ppm, 0, MILLION - 1)
        _check_financed("machine lease", "down_payment_ppm", self.financed_fen, self.terms)

    @property
    def down_payment_fen(self) -> int:
        """The lessee's own part of the price."""
        return share_fen(self.price_fen, self.down_payment_ppm)

    @property
    def financed_fen(self) -> int:
        """The rest of the price, to the fen."""
        return self.price_fen - self.down_payment_fen

    def purchase_flows(self) -> list[CashFlow]:
        """Lessee and lessor pay the maker."""
        return [
            CashFlow(self.start_day, Party.SME, Party.SUPPLIER, self.down_payment_fen, FlowKind.DOWN_PAYMENT),
            CashFlow(self.start_day, Party.LENDER, Party.SUPPLIER, self.financed_fen, FlowKind.FUNDING),
        ]


@dataclass(frozen=True, slots=True)
class SaleLeaseback(Lease):
    """The client sells its own machine to the lessor below its value and rents it back: cash against the machine.

    Attributes:
        start_day: ordinal of sale and payment.
        appraised_value_fen: net value of the machine as appraised.
        advance_ppm: share of it that the lessor pays.
        terms: rents, deposit, fee and option.
    """

    start_day: int
    appraised_value_fen: int
    advance_ppm: int
    terms: LeaseTerms

    def __post_init__(self) -> None:
        check_day("sale-leaseback", "start_day", self.start_day)
        check_integer("sale-leaseback", "appraised_value_fen", self.appraised_value_fen, 1, MAX_AMOUNT_FEN)
        check_integer("sale-leaseback", "advance_ppm", self.advance_ppm, 1, MILLION)
        _check_financed("sale-leaseback", "advance_ppm", self.financed_fen, self.terms)

    @property
    def financed_fen(self) -> int:
        """What the lessor pays for the machine."""
        return share_fen(self.appraised_value_fen, self.advance_ppm)

    def purchase_flows(self) -> list[CashFlow]:
        """The lessor pays the client for its machine."""
        return [CashFlow(self.start_day, Party.LENDER, Party.SME, self.financed_fen, FlowKind.PURCHASE)]


def _check_financed(contract: str, field_name: str, financed_fen: int, terms: LeaseTerms) -> None:
    if financed_fen < LEAST_FINANCED_FEN:
        rule = f"must leave at least {LEAST_FINANCED_FEN} fen to finance, here {financed_fen}"
        raise BadInput(Problem(rule, file=contract, field=field_name))
    if terms.option_fen > financed_fen:
        rule = f"must not exceed the financed amount, {financed_fen} fen"
        raise BadInput(Problem(rule, file=contract, field="option_fen", value=terms.option_fen))
