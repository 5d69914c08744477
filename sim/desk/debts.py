"""What falls due on a day: bills of suppliers and facilities, who pays, who forgets, who refuses."""

from typing import Any

import numpy as np

from sim.books.facilities import Facility
from sim.products import purchase as finance


def pay_bills(market: Any) -> None:
    """Bills due today and overdue ones, customer by customer."""
    book = market.book
    bills = book.overdue_bills + sorted(book.bills_due.take(market.day), key=lambda bill: bill.customer.row)
    for bill in bills:
        if bill.open_fen and bill.customer.is_active:
            bill.customer.pay_bill(bill)
    book.overdue_bills = [bill for bill in bills if bill.open_fen and bill.customer.is_active]


def pay_facilities(market: Any) -> None:
    """Facilities overdue and due today, as each form is paid; what is not becomes overdue."""
    book, day = market.book, market.day
    due = book.facilities_due.take(day)
    if due:
        _forget_some(market, due)
    for facility in [*book.overdue.values(), *due]:
        if facility.is_line and facility.is_performing:
            facility.falls_due(market)  # a statement is told though nobody is there, or thinks of it
        if day < facility.is_forgotten_until or not facility.is_performing or not facility.obligor.is_active:
            continue
        if facility.is_planned:
            facility.pay_due(market)
        elif not facility.is_controlled:
            finance.repay_open_account(market, facility)
        elif not finance.will_not_redeem(market, facility):
            sme = facility.obligor
            sme.raise_cash(facility.open_fen + sme.floor_fen)
            finance.redeem(market, market.platform, facility, facility.lots_left, sme.floor_fen)
    for facility in due:
        if facility.is_performing and facility.falls_due_on <= day:
            book.overdue[facility.number] = facility


def _forget_some(market: Any, due: list[Facility]) -> None:
    """Disorderly debtors pay some days late though the money is there; reminders halve them."""
    disorder, lateness = market.settings.disorder_ppm // 2, market.lateness_table
    rows = np.array([facility.obligor.row for facility in due], dtype=np.int64)
    draws = market.streams.ppm("disorder", market.day, market.roster.only(rows))
    for facility, draw in zip(due, draws, strict=True):
        if draw < disorder:
            days = lateness[draw * len(lateness) // disorder]
            facility.is_forgotten_until = market.day + min(days, market.settings.lateness_cap_days)
