"""Turnover revolver as it is lived: drawn when cash is short, repaid when there is plenty, a cliff at its end."""

from dataclasses import replace
from typing import Any

from credit.contracts import LineEvent, RevolverTerms, TurnoverRevolver
from sim.books.facilities import KIND_OF
from sim.books.recorders import DRAWN
from sim.products.claims import less_owed, note, register
from sim.products.planned import Due, PlannedFacility

KIND = KIND_OF["turnover_revolver", "bullet"]


class LineFacility(PlannedFacility):
    """An open line.

    What a month costs is known only when it is over: on each statement day the contract is asked, with the draws and
    repayments that there were.

    Attributes:
        limit_fen: the most that may be drawn.
        statement_days: market days of the statements; the last is the end.
        told: statements that have come.
        last_draw_day: market day after which nothing is drawn.
    """

    __slots__ = ("last_draw_day", "limit_fen", "origin", "statement_days", "told")
    is_line = True

    def __init__(self, number: int, obligor: Any, lender: Any, contract: TurnoverRevolver, origin: int) -> None:
        super().__init__(number, KIND, obligor, lender, contract, 0, origin)
        self.origin = origin
        self.limit_fen = contract.limit_fen
        self.principal_fen = contract.limit_fen  # what the tables say: the line that was granted
        self.statement_days = [day - origin for day in contract.statement_days]
        self.told = 0
        open_months = contract.terms.months - contract.terms.repayment_months
        self.last_draw_day = self.statement_days[open_months - 1]
        self.falls_due_on = self.statement_days[0]

    def first_dues(self, origin: int) -> list[Due]:
        """Nothing: what a month costs is known when it is over."""
        return []

    @property
    def undrawn_fen(self) -> int:
        """What could still be drawn by the contract."""
        return self.limit_fen - self.open_fen

    def draw(self, stage: Any, wanted_fen: int) -> int:
        """Take money; the answer is how much."""
        day = stage.day
        if not self.is_performing or self.falls_due_on <= day or day >= self.last_draw_day:
            return 0
        amount = min(wanted_fen, self.undrawn_fen)
        amount = stage.desk.lets_draw(self, amount)
        if amount <= 0:
            return 0
        stage.desk.entries.lend(self.lender.slot, self.obligor.slot, amount)
        self._note(day, amount)
        stage.book.owes_more(self, amount)
        self.lender.claims_on[self.obligor.row] += amount
        note(stage, self, DRAWN, amount)
        stage.today.disbursed_fen += amount
        return amount

    def repay(self, stage: Any, amount: int) -> int:
        """Give money back before it is due; the answer is how much."""
        day = stage.day
        due = sum(one.principal_fen for one in self.dues[self.at :])
        amount = min(amount, self.open_fen - due)
        if amount <= 0 or not self.is_performing or day >= self.statement_days[-1]:
            return 0
        stage.entries.repay(self.obligor.slot, self.lender.slot, amount, 0)
        self._note(day, -amount)
        less_owed(stage, self, amount)
        stage.today.repaid_fen += amount
        return amount

    def _note(self, day: int, amount: int) -> None:
        events = (*self.contract.events, LineEvent(day + self.origin, amount))
        self.contract = replace(self.contract, events=events)

    def falls_due(self, stage: Any) -> None:
        """The statements that have come since."""
        while self.told < len(self.statement_days) and self.statement_days[self.told] <= stage.day:
            month = self.contract.statements()[self.told]
            due = Due(
                month.due_day - self.origin, month.first_day - self.origin, month.principal_fen, month.interest_fen,
                month.commitment_fen, 0,
            )  # fmt: skip
            self.told += 1
            if due.payment_fen:
                self.dues.append(due)
                self.record_plan(stage)

    def accrue_to(self, day: int) -> None:
        """Interest of unpaid statements and of the running month, as the contract's own exposure tells it."""
        if self.status != "open":
            return
        super().accrue_to(day)
        ordinal = day + self.origin
        for month in self.contract.statements()[self.told :]:
            if month.due_day > ordinal:
                self.accrued_fen += self._running_interest_fen(ordinal)
                break
            self.accrued_fen += month.interest_fen  # nobody was there to be billed

    def _running_interest_fen(self, ordinal: int) -> int:
        """What the contract's exposure holds beyond principal: interest since the last statement."""
        contract = self.contract
        moved = sum(event.amount_fen for event in contract.events if event.day < ordinal)
        drawn_today = sum(
            event.amount_fen for event in contract.events if event.day == ordinal and event.amount_fen > 0
        )
        repaid = sum(month.principal_fen for month in contract.statements() if month.due_day < ordinal)
        exposure: int = contract.exposure_profile()[ordinal - contract.start_day]
        return exposure - (moved - repaid) - drawn_today

    def next_day(self, day: int) -> int | None:
        """The next statement, None after the last one."""
        return self.statement_days[self.told] if self.told < len(self.statement_days) else None

    def ends(self, stage: Any) -> None:
        """The line is closed; a new one must have been granted, or there is none."""
        if self.obligor.line is self:
            self.obligor.line = None


def open_line(stage: Any, sme: Any, lender: Any, form: Any, limit_fen: int, months: int, rate_ppm: int) -> LineFacility:
    """Grant a line; nothing is drawn yet."""
    start = stage.date.toordinal()
    terms: RevolverTerms = replace(form.line_terms(months), day_rate_ppm=round(rate_ppm / 365))
    contract = TurnoverRevolver(start, limit_fen, terms, ())
    facility = LineFacility(len(stage.book.facilities), sme, lender, contract, start - stage.day)
    facility.is_guaranteed = form.is_guaranteed
    if contract.fee_fen:
        stage.desk.entries.pay_service(sme.slot, lender.slot, contract.fee_fen)
    register(stage, facility, facility.statement_days[-1], rate_ppm, contract.fee_fen, 0, 0)
    sme.line = facility
    return facility
