"""What all finance shares: how a claim enters the books, shrinks, is written down, comes back and leaves."""

from typing import Any

from sim.books import recorders
from sim.books.facilities import Facility
from sim.books.recorders import BY_CASH, BY_DEPOSIT, BY_GOODS, BY_GUARANTEE, NEW_LOAN

REPAID, DEFAULTED, WRITTEN_OFF, RESTRUCTURED = 1, 2, 3, 4
"""What a facility becomes, as positions in `sim.books.facilities.STATUSES`."""
COUNTED_AS = {
    BY_DEPOSIT: "recovered_deposit_fen",
    BY_GOODS: "recovered_goods_fen",
    BY_GUARANTEE: "recovered_guarantee_fen",
    BY_CASH: "recovered_cash_fen",
}
"""Where the day counts what came back after default, by who paid."""


def note(stage: Any, facility: Facility, flow: int, amount: int) -> None:
    """Put a movement of money on a facility on record, a kind of `sim.books.recorders.FLOWS`."""
    if amount:
        stage.log.flows.add(stage.day, facility.number, flow, amount)


def register(
    stage: Any,
    facility: Facility,
    due_on: int,
    rate_ppm: int,
    fee: int,
    deposit: int,
    value: int,
    *,
    is_new_money: bool = True,
) -> None:
    """Put drawn finance on every list and into the tables.

    Args:
        stage: the market.
        facility: new, drawn today, with the deposit that is held for it; its number is the next of the book.
        due_on: market day of its end.
        rate_ppm: interest a year.
        fee: upfront fee, fen.
        deposit: the client's own part, fen, whether it is held or went to the supplier.
        value: worth of what secures it, fen.
        is_new_money: paid out today; otherwise the claim was another facility's until now.
    """
    book, sme, lender, day = stage.book, facility.obligor, facility.lender, stage.day
    book.begins(facility)
    sme.facilities.append(facility)
    lender.claims_on[sme.row] = lender.claims_on.get(sme.row, 0) + facility.open_fen
    if is_new_money:
        stage.today.loans += 1
        stage.today.disbursed_fen += facility.open_fen
    note(stage, facility, recorders.DRAWN if is_new_money else recorders.ROLLED_IN, facility.open_fen)
    note(stage, facility, recorders.FEE, fee)
    note(stage, facility, recorders.DEPOSIT_IN, facility.deposit_fen)
    stage.log.facilities.add(
        sme.row, lender.row, facility.kind, day, due_on, facility.principal_fen, rate_ppm, fee, deposit, value
    )
    stage.log.bureau.add(sme.row, day, day + 7, NEW_LOAN, facility.principal_fen)


def less_owed(stage: Any, facility: Facility, principal: int, by: int = recorders.REPAID) -> None:
    """Principal came back: the claim and the lender's exposure shrink.

    Args:
        stage: the market.
        facility: whose.
        principal: fen.
        by: repaid as agreed, or who paid after default.
    """
    note(stage, facility, by, principal)
    if by != recorders.REPAID and by in COUNTED_AS:
        name = COUNTED_AS[by]
        setattr(stage.today, name, getattr(stage.today, name) + principal)
    stage.book.owes_more(facility, -principal)
    facility.lender.claims_on[facility.obligor.row] -= principal
    if facility.status == "defaulted":
        facility.lender.bad_fen -= principal


def note_paid(stage: Any, row: int, amount: int) -> None:
    """Money for one instalment of the payments table."""
    payments = stage.log.payments
    payments.set("paid_on", row, stage.day)
    payments.raise_by("paid", row, amount)


def note_recovered(stage: Any, facility: Facility, amount: int, first: int) -> None:
    """Money after default: instalments of the payments table, the oldest unpaid first."""
    payments = stage.log.payments
    for row in facility.payment_rows[first:]:
        if amount <= 0:
            return
        paid = max(payments.get("paid", row), 0)
        lacking = payments.cell("due", row) - paid
        part = min(amount, lacking) if row != facility.payment_rows[-1] else amount
        if part > 0:
            payments.set("paid", row, paid + part)
            if lacking > 0:  # what comes in beyond an instalment does not move the day on which it was paid
                payments.set("paid_on", row, stage.day)
            amount -= part


def write_down(stage: Any, platform: Any, facility: Facility, amount: int) -> None:
    """The lender recognises a loss (takes it back when negative); the platform makes good its agreed part."""
    entries, lender = stage.entries, facility.lender
    entries.write_down(lender.slot, amount)
    by_platform = entries.make_good(
        platform.slot, lender.slot, amount, facility.written_down_fen, stage.settings.platform_first_loss_ppm
    )
    note(stage, facility, recorders.WRITTEN_DOWN, amount)
    note(stage, facility, recorders.FIRST_LOSS, by_platform)
    facility.written_down_fen += amount
    stage.causes.write_downs.add(facility.number, stage.day, amount, by_platform)
    stage.today.lender_loss_fen += amount - by_platform
    stage.today.platform_loss_fen += by_platform


def recover(stage: Any, platform: Any, facility: Facility, amount: int, by: int) -> None:
    """Money comes in on a claim in default; the loss shrinks once less is open than was written down."""
    stage.entries.repay(facility.obligor.slot, facility.lender.slot, amount, 0)
    came_back(stage, platform, facility, amount, by)


def came_back(stage: Any, platform: Any, facility: Facility, amount: int, by: int) -> None:
    """The same, when the ledgers know of the money already."""
    less_owed(stage, facility, amount, by)
    note_recovered(stage, facility, amount, 0)
    if facility.written_down_fen > facility.open_fen:
        write_down(stage, platform, facility, facility.open_fen - facility.written_down_fen)
    if facility.open_fen == 0:
        close_repaid(stage, facility)


def close_repaid(stage: Any, facility: Facility) -> None:
    """Everything is paid: the facility leaves the lists of what is open."""
    facility.status = "repaid"
    note_status(stage, facility, REPAID)
    forget(stage, facility)


def note_status(stage: Any, facility: Facility, status: int) -> None:
    """What the table says a facility has become; the first that happens is what stands there."""
    table = stage.log.facilities
    if table.get("status", facility.number) < 0:
        table.set("status", facility.number, status)
        table.set("closed_on", facility.number, stage.day)


def forget(stage: Any, facility: Facility) -> None:
    """Take a facility off every list of open ones."""
    book = stage.book
    book.no_longer_performs(facility)
    for known in (book.in_default, book.overdue, book.in_custody):
        known.pop(facility.number, None)
    if facility in facility.obligor.facilities:
        facility.obligor.facilities.remove(facility)
