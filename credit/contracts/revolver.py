"""Turnover revolver (随借随还): money taken and given back at will under a limit, interest by the day.

Draws and repayments are given; the contract says what they cost and when the line ends: in one sum (bullet, with its
refinancing cliff) or, after the months of drawing, in equal parts of principal.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

from credit.contracts.arithmetic import (
    MAX_AMOUNT_FEN,
    MAX_DAY_RATE_PPM,
    MAX_DAYS,
    MILLION,
    divide_half_even,
    share_fen,
)
from credit.contracts.base import CashFlow, Contract, FlowKind, Party, in_order_of_days
from credit.contracts.dates import PaymentDays, check_day
from credit.contracts.edge import check_integer
from credit.contracts.instalments import LEAST_FINANCED_FEN, MOST_MONTHS
from credit.errors import BadInput, Problem

DAYS_A_YEAR = 365


class Ending(StrEnum):
    """How what is drawn comes back."""

    BULLET = "bullet"  # on the last day
    EQUAL_PRINCIPAL = "equal_principal"  # in equal parts at the end of each of the last months


class LineEvent(NamedTuple):
    """The client draws or repays.

    Attributes:
        day: ordinal; a draw bears interest from its day, a repayment no longer does.
        amount_fen: drawn (+) or repaid (-).
    """

    day: int
    amount_fen: int


@dataclass(frozen=True, slots=True)
class RevolverTerms:
    """What the line costs.

    Attributes:
        months: life of the line.
        day_rate_ppm: simple interest a day on what is drawn, paid monthly.
        commitment_annual_ppm: fee a year on what is not drawn, while it may be drawn; paid monthly.
        fee_ppm: fee as a share of the limit, paid on the first day.
        ending: how what is drawn comes back.
        repayment_months: the last months, in which equal parts are repaid and nothing may be drawn; 0 for a bullet.
        grace_days: days in which a late payment costs nothing more.
        overdue_day_rate_ppm: simple interest a day on a late payment once grace is over.
        payment_days: how payments are moved (interest runs by actual days whatever its day count).
    """

    months: int
    day_rate_ppm: int
    commitment_annual_ppm: int = 0
    fee_ppm: int = 0
    ending: Ending = Ending.BULLET
    repayment_months: int = 0
    grace_days: int = 0
    overdue_day_rate_ppm: int = 0
    payment_days: PaymentDays = field(default_factory=PaymentDays)

    def __post_init__(self) -> None:
        where = "revolver terms"
        check_integer(where, "months", self.months, 1, MOST_MONTHS)
        check_integer(where, "day_rate_ppm", self.day_rate_ppm, 0, MAX_DAY_RATE_PPM)
        check_integer(where, "commitment_annual_ppm", self.commitment_annual_ppm, 0, MILLION)
        check_integer(where, "fee_ppm", self.fee_ppm, 0, MILLION - 1)
        bounds = (1, self.months) if self.ending is Ending.EQUAL_PRINCIPAL else (0, 0)
        check_integer(where, "repayment_months", self.repayment_months, *bounds)
        check_integer(where, "grace_days", self.grace_days, 0, MAX_DAYS)
        check_integer(where, "overdue_day_rate_ppm", self.overdue_day_rate_ppm, 0, MAX_DAY_RATE_PPM)


class Statement(NamedTuple):
    """A month of the line.

    Attributes:
        first_day: its first day.
        due_day: the day on which it is paid.
        closing_fen: drawn on the due day before its payment.
        interest_fen: interest of its days.
        commitment_fen: commitment fee of its days.
        principal_fen: what falls due of the principal.
    """

    first_day: int
    due_day: int
    closing_fen: int
    interest_fen: int
    commitment_fen: int
    principal_fen: int


@dataclass(frozen=True, slots=True)
class TurnoverRevolver(Contract):
    """A line under a limit with the draws and repayments that are planned.

    Attributes:
        start_day: ordinal from which the line is open.
        limit_fen: the most that may be drawn at any time.
        terms: rates, fees, ending.
        events: draws and repayments in the order of days; several of one day count in their order.
        statement_days: the days on which interest is paid; the last is the end of the line.
    """

    start_day: int
    limit_fen: int
    terms: RevolverTerms
    events: tuple[LineEvent, ...]
    statement_days: list[int] = field(init=False, repr=False, compare=False)
    _told: tuple[Statement, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        where = "turnover revolver"
        check_day(where, "start_day", self.start_day)
        check_integer(where, "limit_fen", self.limit_fen, LEAST_FINANCED_FEN, MAX_AMOUNT_FEN)
        for sooner, later in pairwise(self.events):
            if later.day < sooner.day:
                raise BadInput(
                    Problem(f"must not lie before {sooner.day}", file=where, field="events", value=later.day)
                )
        days = self.terms.payment_days.monthly(self.start_day, self.terms.months)
        object.__setattr__(self, "statement_days", days)
        object.__setattr__(self, "_told", tuple(self._statements()))  # refuses what would break the limit

    @property
    def payment_days(self) -> PaymentDays:
        """How time is counted and payments are moved."""
        return self.terms.payment_days

    @property
    def end_day(self) -> int:
        """The day by which everything is repaid."""
        return self.statement_days[-1]

    @property
    def fee_fen(self) -> int:
        """The upfront fee."""
        return share_fen(self.limit_fen, self.terms.fee_ppm)

    def months_from_start(self, days: Sequence[int]) -> list[float] | None:
        """Months to days: whole ones to the statement days, and the part of the running month."""
        turns = [self.start_day, *self.statement_days]
        lengths = [later - sooner for sooner, later in pairwise(turns)]
        return [
            sum(min(max((day - first) / length, 0.0), 1.0) for first, length in zip(turns, lengths, strict=False))
            for day in days
        ]

    def statements(self) -> tuple[Statement, ...]:
        """Every month of the line, as planned."""
        return self._told

    def _statements(self) -> Iterator[Statement]:
        terms, balance, waiting = self.terms, 0, list(self.events)
        days = [self.start_day, *self.statement_days]
        last_draw_month = terms.months - terms.repayment_months
        for month, (first, due) in enumerate(pairwise(days), start=1):
            is_open = month <= last_draw_month
            drawn_days, undrawn_days, day = 0, 0, first
            while waiting and waiting[0].day < due:
                event = waiting.pop(0)
                drawn_days += balance * (event.day - day)
                undrawn_days += (self.limit_fen - balance) * (event.day - day)
                balance, day = self._after(event, balance, is_open, first), event.day
            drawn_days += balance * (due - day)
            undrawn_days += (self.limit_fen - balance) * (due - day)
            left_months = terms.months - month + 1
            principal = 0
            if month == terms.months:
                principal = balance
            elif not is_open:
                principal = divide_half_even(balance, left_months)
            interest = share_fen(drawn_days, terms.day_rate_ppm)
            commitment = 0
            if is_open and terms.commitment_annual_ppm:
                commitment = divide_half_even(undrawn_days * terms.commitment_annual_ppm, DAYS_A_YEAR * MILLION)
            yield Statement(first, due, balance, interest, commitment, principal)
            balance -= principal
        if waiting:
            self._refuse(waiting[0], f"must lie before the last day, {self.end_day}")

    def _after(self, event: LineEvent, balance: int, is_open: bool, first_day: int) -> int:
        if not isinstance(event.day, int) or event.day < first_day:
            self._refuse(event, f"must not lie before the first day, {self.start_day}")
        if not isinstance(event.amount_fen, int) or event.amount_fen == 0:
            self._refuse(event, "must be whole fen, above 0 for a draw, below 0 for a repayment")
        if event.amount_fen > 0 and not is_open:
            self._refuse(event, "nothing may be drawn in the months of repayment")
        if balance + event.amount_fen > self.limit_fen:
            self._refuse(event, f"must leave no more than the limit of {self.limit_fen} fen drawn")
        if balance + event.amount_fen < 0:
            self._refuse(event, f"must not repay more than is drawn, {balance} fen")
        return balance + event.amount_fen

    def _refuse(self, event: LineEvent, rule: str) -> None:
        raise BadInput(
            Problem(rule, file="turnover revolver", field=f"event of day {event.day}", value=event.amount_fen)
        )

    def schedule(self) -> tuple[CashFlow, ...]:
        """Fee, draws, repayments, monthly interest and commitment fee, and the end."""
        sme, lender = Party.SME, Party.LENDER
        flows = [CashFlow(self.start_day, sme, lender, self.fee_fen, FlowKind.FEE)]
        for day, amount in self.events:
            if amount > 0:
                flows.append(CashFlow(day, lender, sme, amount, FlowKind.DRAW))
            else:
                flows.append(CashFlow(day, sme, lender, -amount, FlowKind.PRINCIPAL))
        for month in self.statements():
            flows.append(CashFlow(month.due_day, sme, lender, month.principal_fen, FlowKind.PRINCIPAL))
            flows.append(CashFlow(month.due_day, sme, lender, month.interest_fen, FlowKind.INTEREST))
            flows.append(CashFlow(month.due_day, sme, lender, month.commitment_fen, FlowKind.COMMITMENT))
        return in_order_of_days(flows)

    def exposure_profile(self) -> tuple[int, ...]:
        """Drawn principal and accrued interest in fen on each day from the first to the end.

        The day's draws are in it, its payments are not taken off yet. What could still be drawn is not in it.
        """
        due = {month.due_day: month.principal_fen for month in self.statements()}
        profile, balance, accrued = [], 0, 0
        for day in range(self.start_day, self.end_day + 1):
            today = [amount for event_day, amount in self.events if event_day == day]
            interest = divide_half_even(accrued * self.terms.day_rate_ppm, MILLION)
            profile.append(balance + sum(amount for amount in today if amount > 0) + interest)
            balance += sum(today) - due.get(day, 0)
            accrued = balance if day in due else accrued + balance
        return tuple(profile)
