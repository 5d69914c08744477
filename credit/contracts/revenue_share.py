"""Revenue-share loan, the option beside fixed schedules: a share of sales each month until a cap is paid.

pay = min(what the cap leaves, max(floor, share x revenue)); the last month pays what is left. Uncommon for licensed
lenders, and its cash flows may fail the test of solely principal and interest (IFRS 9): seasonal or step-up schedules
are the default.
"""

from dataclasses import dataclass, field
from itertools import accumulate, pairwise

from credit.contracts.arithmetic import MAX_AMOUNT_FEN, MAX_DAY_RATE_PPM, MAX_DAYS, MILLION, divide_half_even, share_fen
from credit.contracts.base import CashFlow, FlowKind, Party
from credit.contracts.dates import PaymentDays, check_day
from credit.contracts.edge import check_integer
from credit.contracts.instalments import LEAST_FINANCED_FEN, MOST_MONTHS, Instalment, InstalmentContract
from credit.errors import BadInput, Problem


@dataclass(frozen=True, slots=True)
class RevenueShareTerms:
    """How much of its sales a client pays, and up to what.

    Attributes:
        months: the longest term; the last month pays what is left of the cap.
        share_ppm: share of a month's revenue.
        floor_fen: the least that is paid a month.
        cap_ppm: all that is paid, as a multiple of the loan: 1,120,000 is 1.12 times.
        fee_ppm: fee as a share of the loan, netted from the disbursement.
        grace_days: days in which a late payment costs nothing more.
        overdue_day_rate_ppm: simple interest a day on a late payment once grace is over.
        payment_days: how payments are moved.
    """

    months: int
    share_ppm: int
    floor_fen: int
    cap_ppm: int
    fee_ppm: int = 0
    grace_days: int = 0
    overdue_day_rate_ppm: int = 0
    payment_days: PaymentDays = field(default_factory=PaymentDays)

    def __post_init__(self) -> None:
        where = "revenue share terms"
        check_integer(where, "months", self.months, 2, MOST_MONTHS)
        check_integer(where, "share_ppm", self.share_ppm, 1, MILLION)
        check_integer(where, "floor_fen", self.floor_fen, 0, MAX_AMOUNT_FEN)
        check_integer(where, "cap_ppm", self.cap_ppm, MILLION, 3 * MILLION)
        check_integer(where, "fee_ppm", self.fee_ppm, 0, MILLION - 1)
        check_integer(where, "grace_days", self.grace_days, 0, MAX_DAYS)
        check_integer(where, "overdue_day_rate_ppm", self.overdue_day_rate_ppm, 0, MAX_DAY_RATE_PPM)


@dataclass(frozen=True, slots=True)
class RevenueShareLoan(InstalmentContract):
    """A loan repaid out of sales, as they are expected here.

    Attributes:
        start_day: ordinal of the disbursement.
        principal_fen: the loan.
        terms: share, floor, cap.
        revenues_fen: expected revenue of each month.
    """

    start_day: int
    principal_fen: int
    terms: RevenueShareTerms
    revenues_fen: tuple[int, ...]

    def __post_init__(self) -> None:
        where = "revenue-share loan"
        check_day(where, "start_day", self.start_day)
        check_integer(where, "principal_fen", self.principal_fen, LEAST_FINANCED_FEN, MAX_AMOUNT_FEN)
        if len(self.revenues_fen) != self.terms.months:
            rule = f"must hold {self.terms.months} months"
            raise BadInput(Problem(rule, file=where, field="revenues_fen", value=len(self.revenues_fen)))
        for revenue in self.revenues_fen:
            check_integer(where, "revenues_fen", revenue, 0, MAX_AMOUNT_FEN)

    @property
    def cap_fen(self) -> int:
        """All that is to be paid."""
        return divide_half_even(self.principal_fen * self.terms.cap_ppm, MILLION)

    @property
    def months(self) -> int:
        """Months until the cap is paid, at most the longest term."""
        return len(self._payments())

    def _payments(self) -> list[int]:
        left, payments = self.cap_fen, []
        for month, revenue in enumerate(self.revenues_fen, start=1):
            due = max(self.terms.floor_fen, share_fen(revenue, self.terms.share_ppm))
            payments.append(left if month == self.terms.months else min(left, due))
            left -= payments[-1]
            if left == 0:
                break
        return payments

    def instalments(self) -> tuple[Instalment, ...]:
        """The payments; of each the same share is principal, so that cap and loan are used up together."""
        payments = self._payments()
        days = [self.start_day, *self.terms.payment_days.monthly(self.start_day, len(payments))]
        reached = [
            divide_half_even(self.principal_fen * paid, self.cap_fen) for paid in accumulate(payments, initial=0)
        ]
        return tuple(
            Instalment(
                number + 1,
                days[number],
                days[number + 1],
                self.principal_fen - before,
                payment - (after - before),
                after - before,
            )
            for number, (payment, (before, after)) in enumerate(zip(payments, pairwise(reached), strict=True))
        )

    def schedule(self) -> tuple[CashFlow, ...]:
        """Loan and fee on the first day, then a share of each month's sales."""
        fee = share_fen(self.principal_fen, self.terms.fee_ppm)
        flows = [
            CashFlow(self.start_day, Party.LENDER, Party.SME, self.principal_fen, FlowKind.FUNDING),
            CashFlow(self.start_day, Party.SME, Party.LENDER, fee, FlowKind.FEE),
            *self.instalment_flows(),
        ]
        return tuple(flow for flow in flows if flow.amount_fen)
