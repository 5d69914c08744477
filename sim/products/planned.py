"""Finance that falls due in parts, by the schedule of its contract.

A family supplies what is drawn and how a part is posted; when parts fall due, what is paid of them, how late they are
and what is accrued stands here. Every amount is read off the contract's own flows.
"""

from typing import Any, NamedTuple

from credit.contracts import Contract, FlowKind, Party, divide_half_even
from credit.contracts.instalments import late_charge_fen
from sim import rules
from sim.books.facilities import Facility
from sim.books.ledger import CASH
from sim.books.recorders import DEPOSIT_BACK, INTEREST
from sim.books.recorders import SERVICE as PAID_SERVICE
from sim.products.claims import close_repaid, less_owed, note, note_paid

SERVICE = (FlowKind.OPTION, FlowKind.COMMITMENT)


class Due(NamedTuple):
    """A part of a plan.

    Attributes:
        day: market day.
        accrues_from: market day from which its interest runs.
        principal_fen: of it, principal.
        interest_fen: of it, interest.
        service_fen: of it, other prices: option, commitment fee.
        refund_fen: what of a deposit comes back on that day.
    """

    day: int
    accrues_from: int
    principal_fen: int
    interest_fen: int
    service_fen: int
    refund_fen: int

    @property
    def payment_fen(self) -> int:
        """What the client pays."""
        return self.principal_fen + self.interest_fen + self.service_fen

    def between(self, before: int, after: int) -> tuple[int, int, int]:
        """Principal, interest and service in what lifts the money paid from one sum to another; interest is first."""
        if before == 0 and after == self.payment_fen:
            return self.principal_fen, self.interest_fen, self.service_fen
        reached = self.interest_fen + self.service_fen
        interest = min(after, self.interest_fen) - min(before, self.interest_fen)
        served = max(min(after, reached) - self.interest_fen, 0)
        service = served - max(min(before, reached) - self.interest_fen, 0)
        return after - before - interest - service, interest, service


def dues_of(contract: Contract, start_day: int, origin: int) -> list[Due]:
    """The parts of a contract's schedule after what happens at its start, in market days.

    Args:
        contract: the promise, in ordinals.
        start_day: ordinal of its first day.
        origin: ordinal of market day 0.
    """
    parts: dict[int, list[int]] = {}
    principal, interest, refund = FlowKind.PRINCIPAL, FlowKind.INTEREST, FlowKind.REFUND
    client, lender = Party.SME, Party.LENDER
    for day, payer, payee, amount, kind in contract.schedule():
        if payer is client and payee is lender:
            if kind is principal:
                place = 0
            elif kind is interest:
                place = 1
            elif kind in SERVICE:
                place = 2
            else:
                continue
        elif kind is refund:
            place = 3
        else:
            continue
        if day not in parts:
            parts[day] = [0, 0, 0, 0]
        parts[day][place] += amount
    dues, before = [], start_day
    for day, amounts in sorted(parts.items()):
        dues.append(Due(day - origin, before - origin, *amounts))
        before = day
    return dues


class PlannedFacility(Facility):
    """Finance by instalments: the plan, and how far it has been paid.

    Attributes:
        dues: the plan.
        at: position of the first part that is not paid in full.
        paid_fen: what was paid of that part.
        is_refunded: parts whose refund has been made.
    """

    __slots__ = ("at", "dues", "is_refunded", "paid_fen")
    is_planned = True

    def __init__(
        self, number: int, kind: int, obligor: Any, lender: Any, contract: Any, principal_fen: int, origin: int
    ) -> None:
        super().__init__(number, kind, obligor, lender, principal_fen)
        self.contract = contract
        self.dues = self.first_dues(origin)
        self.at = 0
        self.paid_fen = 0
        self.is_refunded = 0
        self.accrued_day = contract.start_day - origin
        self.falls_due_on = self.dues[0].day if self.dues else self.accrued_day

    # --- what a family may say differently

    def first_dues(self, origin: int) -> list[Due]:
        """What is known of the plan when it is drawn; `origin` is the ordinal of market day 0."""
        return dues_of(self.contract, self.contract.start_day, origin)

    def post(self, stage: Any, principal: int, interest: int, service: int) -> None:
        """Put a payment into the ledgers."""
        stage.entries.repay(self.obligor.slot, self.lender.slot, principal, interest)
        if service:
            stage.desk.entries.pay_service(self.obligor.slot, self.lender.slot, service)

    def falls_due(self, stage: Any) -> None:
        """The day of a part has come: a family that learns only now what is due adds it to the plan."""

    def ends(self, stage: Any) -> None:
        """Everything is paid."""

    def more_state(self) -> tuple[int, ...]:
        """How far the plan has been paid."""
        return len(self.dues), self.at, self.paid_fen, self.is_refunded

    # --- time

    def record_plan(self, stage: Any) -> None:
        """All known instalments as rows of the payments table."""
        add = stage.log.payments.add
        for due in self.dues[len(self.payment_rows) :]:
            self.payment_rows.append(add(self.number, due.day, due.payment_fen))

    def accrue_to(self, day: int) -> None:
        """Interest of parts that are due and unpaid, and of the days of the running part. In default none is booked."""
        if self.status != "open":
            return
        total = 0
        for place in range(self.at, len(self.dues)):
            due = self.dues[place]
            if due.day <= day:
                total += due.interest_fen
            elif due.accrues_from < day:
                total += divide_half_even(due.interest_fen * (day - due.accrues_from), due.day - due.accrues_from)
            else:
                break
        if self.at < len(self.dues):
            total -= min(self.paid_fen, self.dues[self.at].interest_fen)
        self.accrued_fen = max(total, 0)
        self.accrued_day = day

    def due_now_fen(self, day: int) -> int:
        """Everything that is due and not paid, with what lateness costs."""
        owed = -self.paid_fen
        for due in self.dues[self.at :]:
            if due.day > day:
                break
            owed += due.payment_fen + self.late_charge(due, day)
        return max(owed, 0)

    def late_charge(self, due: Due, day: int) -> int:
        """What a part costs on top when it is paid on a day."""
        return late_charge_fen(self.contract.terms, due.payment_fen, min(day - due.day, 900)) if day > due.day else 0

    def pay_due(self, stage: Any, reserve_fen: int | None = None) -> None:
        """Pay what is due by today: all of it, or a part worth the trouble, the oldest first, interest first."""
        day, sme = stage.day, self.obligor
        self.falls_due(stage)
        self._refund(stage, day)
        owed, money, cash = self.due_now_fen(day), sme.money, sme.slot + CASH
        reserve = sme.floor_fen if reserve_fen is None else reserve_fen
        if money[cash] - reserve < owed:
            sme.raise_cash(owed + reserve)
        amount = rules.payable_now_fen(owed, money[cash], reserve)
        if amount >= owed or amount >= rules.share_fen(owed, stage.settings.smallest_part_ppm):
            self._pay(stage, amount, day)
        self._put_next(stage, day)

    def _pay(self, stage: Any, amount: int, day: int) -> None:
        stage.today.repaid_fen += amount
        while self.at < len(self.dues) and self.dues[self.at].day <= day:
            due, before = self.dues[self.at], self.paid_fen
            whole = due.payment_fen
            part = min(amount, whole - before)
            after = before + part
            principal, interest, service = due.between(before, after)
            amount -= part
            if after < whole:
                charge = 0
            else:
                charge = min(amount, self.late_charge(due, day))
                amount -= charge
            self.post(stage, principal, interest + charge, service)
            if principal:
                less_owed(stage, self, principal)
            note(stage, self, INTEREST, interest + charge)
            note(stage, self, PAID_SERVICE, service)
            if part + charge:
                note_paid(stage, self.payment_rows[self.at], part + charge)
            self.paid_fen = after
            if after < whole:
                return
            self.at += 1
            self.paid_fen = 0

    def _refund(self, stage: Any, day: int) -> None:
        """A deposit comes back on its day, in cash or against the rent of that day."""
        while self.is_refunded < len(self.dues) and self.dues[self.is_refunded].day <= day:
            refund = self.dues[self.is_refunded].refund_fen
            if refund:
                stage.entries.return_deposit(self.lender.slot, self.obligor.slot, refund)
                note(stage, self, DEPOSIT_BACK, refund)
                self.deposit_fen -= refund
            self.is_refunded += 1

    def _put_next(self, stage: Any, day: int) -> None:
        """Wait for the next part, or close."""
        due_day = self.dues[self.at].day if self.at < len(self.dues) else self.next_day(day)
        if due_day is None:
            self.ends(stage)
            close_repaid(stage, self)
            return
        self.falls_due_on = due_day
        if due_day > day:
            stage.book.overdue.pop(self.number, None)
            stage.book.facilities_due.put(due_day, self)

    def collateral_pays(self, stage: Any) -> int:
        """What security brings on the day of default, fen; already in the ledgers when told."""
        return 0

    def next_day(self, day: int) -> int | None:
        """The next day on which something may fall due that the plan does not know yet; None once there is none."""
        return None
