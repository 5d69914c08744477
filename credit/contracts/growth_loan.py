"""Tailored growth loan: instalments that follow the season and step up with growth, worth the loan to the fen."""

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from credit.contracts.arithmetic import MAX_AMOUNT_FEN, MAX_DAY_RATE_PPM, MAX_DAYS, MILLION, divide_half_even, share_fen
from credit.contracts.base import CashFlow, FlowKind, Party
from credit.contracts.dates import PaymentDays, check_day
from credit.contracts.edge import check_integer
from credit.contracts.instalments import (
    LEAST_FINANCED_FEN,
    MOST_MONTHS,
    Instalment,
    InstalmentContract,
    instalments_by_principal,
    instalments_of,
    payments_by_weight,
    period_rates,
)
from credit.errors import BadInput, Problem

MONTHS_A_YEAR = 12


class Shaped(StrEnum):
    """What the weights shape."""

    PAYMENT = "payment"  # principal and interest together
    PRINCIPAL = "principal"  # principal alone, interest on what is left


@dataclass(frozen=True, slots=True)
class GrowthLoanTerms:
    """How a growth loan is repaid.

    Attributes:
        months: instalments, one a month.
        rate_annual_ppm: interest a year on what is owed.
        season_ppm: weight of each calendar month, January first; 1,000,000 is a usual month, 0 a month of the minimum.
        step_up_ppm: by how much weights rise with each step.
        step_months: months between steps.
        shaped: whether weights shape payments or principal.
        minimum_instalment_fen: no payment is smaller; only where payments are shaped.
        fee_ppm: fee as a share of the loan, netted from the disbursement.
        grace_days: days in which a late instalment costs nothing more.
        overdue_day_rate_ppm: simple interest a day on a late instalment once grace is over.
        payment_days: how time is counted and payments are moved.
    """

    months: int
    rate_annual_ppm: int
    season_ppm: tuple[int, ...] = (MILLION,) * MONTHS_A_YEAR
    step_up_ppm: int = 0
    step_months: int = MONTHS_A_YEAR
    shaped: Shaped = Shaped.PAYMENT
    minimum_instalment_fen: int = 0
    fee_ppm: int = 0
    grace_days: int = 0
    overdue_day_rate_ppm: int = 0
    payment_days: PaymentDays = field(default_factory=PaymentDays)

    def __post_init__(self) -> None:
        where = "growth loan terms"
        check_integer(where, "months", self.months, 2, MOST_MONTHS)
        check_integer(where, "rate_annual_ppm", self.rate_annual_ppm, 0, MILLION)
        if len(self.season_ppm) != MONTHS_A_YEAR:
            rule = "must hold 12 weights, January first"
            raise BadInput(Problem(rule, file=where, field="season_ppm", value=len(self.season_ppm)))
        for weight in self.season_ppm:
            check_integer(where, "season_ppm", weight, 0, 10 * MILLION)
        check_integer(where, "step_up_ppm", self.step_up_ppm, 0, MILLION)
        check_integer(where, "step_months", self.step_months, 1, MOST_MONTHS)
        check_integer(where, "minimum_instalment_fen", self.minimum_instalment_fen, 0, MAX_AMOUNT_FEN)
        if self.minimum_instalment_fen and self.shaped is Shaped.PRINCIPAL:
            rule = "must be 0 where principal is shaped: its payments follow from interest"
            raise BadInput(Problem(rule, file=where, field="minimum_instalment_fen", value=self.minimum_instalment_fen))
        check_integer(where, "fee_ppm", self.fee_ppm, 0, MILLION - 1)
        check_integer(where, "grace_days", self.grace_days, 0, MAX_DAYS)
        check_integer(where, "overdue_day_rate_ppm", self.overdue_day_rate_ppm, 0, MAX_DAY_RATE_PPM)

    def weights_ppm(self, start_day: int) -> list[int]:
        """The weight of each instalment: its calendar month's, raised by the steps before it."""
        weights, level, first = [], MILLION, date.fromordinal(start_day).month
        for month in range(1, self.months + 1):
            if month > 1 and (month - 1) % self.step_months == 0:
                level += divide_half_even(level * self.step_up_ppm, MILLION)
            weights.append(share_fen(level, self.season_ppm[(first - 1 + month) % MONTHS_A_YEAR]))
        return weights


@dataclass(frozen=True, slots=True)
class GrowthLoan(InstalmentContract):
    """A loan whose schedule follows the client's own year and growth.

    Attributes:
        start_day: ordinal of the disbursement.
        principal_fen: the loan.
        terms: rate, shape, fee.
    """

    start_day: int
    principal_fen: int
    terms: GrowthLoanTerms

    def __post_init__(self) -> None:
        check_day("growth loan", "start_day", self.start_day)
        check_integer("growth loan", "principal_fen", self.principal_fen, LEAST_FINANCED_FEN, MAX_AMOUNT_FEN)

    @property
    def months(self) -> int:
        """Months from the first day to the last instalment."""
        return self.terms.months

    @property
    def fee_fen(self) -> int:
        """The upfront fee."""
        return share_fen(self.principal_fen, self.terms.fee_ppm)

    def instalments(self) -> tuple[Instalment, ...]:
        """The tailored plan.

        Raises:
            BadInput: a payment would not cover its interest, or the minimum leaves nothing to shape.
        """
        terms = self.terms
        days = [self.start_day, *terms.payment_days.monthly(self.start_day, terms.months)]
        rates = period_rates(terms.rate_annual_ppm, terms.payment_days, days)
        weights = terms.weights_ppm(self.start_day)
        if terms.shaped is Shaped.PRINCIPAL:
            return instalments_by_principal(self.principal_fen, rates, weights, days)
        payments = payments_by_weight(self.principal_fen, rates, weights, terms.minimum_instalment_fen)
        return instalments_of(self.principal_fen, rates, payments, days)

    def schedule(self) -> tuple[CashFlow, ...]:
        """Loan and fee on the first day, then the instalments."""
        flows = [
            CashFlow(self.start_day, Party.LENDER, Party.SME, self.principal_fen, FlowKind.FUNDING),
            CashFlow(self.start_day, Party.SME, Party.LENDER, self.fee_fen, FlowKind.FEE),
            *self.instalment_flows(),
        ]
        return tuple(flow for flow in flows if flow.amount_fen)
