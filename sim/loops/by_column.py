"""The hottest loops of a day over columns: what `sim.loops.by_object` does, compiled, to the same whole numbers.

A compiled loop stops in front of whom it cannot serve; the object acts, and the loop goes on behind it. Papers
(invoices, calendars, the log) are written afterwards, in the same order.
"""

from typing import Any

import numpy as np

from sim.books.book import Invoice
from sim.books.ledger import CASH, RECEIVED, RESIN, WIDTH, Ledger
from sim.economy.buyers import Buyer
from sim.economy.smes import SME
from sim.loops import firm_columns, kernels
from sim.scenarios.channels import SECTORS

BY_OBJECT = 2
"""An invoice that an object has paid, beside `kernels.PAID`."""


def column(memory: Any) -> np.ndarray:
    """The same memory as int64; not to be kept while the memory may grow."""
    return np.frombuffer(memory, dtype=np.int64)


def whole(numbers: Any) -> np.ndarray:
    """Whole numbers as int64."""
    return np.array(numbers, dtype=np.int64)


def empty(count: int) -> np.ndarray:
    """Room for whole numbers."""
    return np.empty(count, dtype=np.int64)


def produce(market: Any, power_ppm: list[int] | None) -> int:
    """Every firm makes its plan; the answer is the output in grams."""
    cells, masses = column(market.firm_cells), column(market.entries.grams.balances)
    return int(kernels.produce(cells, masses, whole(power_ppm or []), market.settings.yield_ppm))


def ship(market: Any, smes: list[SME]) -> int:
    """Firms ship the week's orders; the answer is what they invoiced, fen."""
    settings, buyers = market.settings, market.buyers
    rows = [sme.row for sme in smes]
    slots, sectors, is_late_payer = market.network.buyer_columns
    demand, margins = market.demand.factors_ppm, market.margins.factors_ppm
    by_sector = whole([market.demand_of_sector_ppm(sector) for sector in range(len(SECTORS))])
    papers = tuple(empty(len(smes)) for _ in range(5))
    told: tuple[Any, ...] = (
        whole(rows), column(market.firm_cells), column(market.entries.fen.balances),
        column(market.entries.grams.balances),
        (
            *(whole([levels[row] for row in rows]) for levels in (demand, margins)),
            *(column(market.draws[decision])[rows] for decision in ("buyer", "delay")),
        ),
        market.ties,
        (
            slots,
            whole([buyer.limit_fen if buyer.is_active else -1 for buyer in buyers]),
            by_sector[sectors],
            is_late_payer,
        ),
        whole(market.passed_resin_fen),
        whole(market.late_delay_table),
        (
            market.day, market.season_ppm, market.value_added_ppm, settings.yield_ppm, settings.demand_memory_weeks,
            settings.goods_cover_days, settings.vat_goods_ppm,
        ),
        papers,
    )  # fmt: skip
    sold, at = 0, 0
    while at < len(smes):
        stop = kernels.ship(at, *told)
        sold += _issue_invoices(market, smes[at:stop], *(column[at:stop] for column in papers))
        if stop < len(smes):
            sold += smes[stop].ship(demand[rows[stop]], margins[rows[stop]])
        at = stop + 1
    return sold


def _issue_invoices(
    market: Any,
    smes: list[SME],
    takers: np.ndarray,
    amounts: np.ndarray,
    prices: np.ndarray,
    due_days: np.ndarray,
    pays_on: np.ndarray,
) -> int:
    """Write invoices for what was shipped, and note who found no buyer; the answer is what was invoiced, fen."""
    for position in np.flatnonzero(takers == kernels.NOBODY).tolist():
        market.causes.nobody_buys(smes[position])
    is_sold = np.flatnonzero(takers != kernels.NOBODY)
    sellers = [smes[position] for position in is_sold.tolist()]
    told = [one[is_sold] for one in (takers, amounts, prices, due_days, pays_on)]
    rows = whole([sme.row for sme in sellers])
    first = market.log.invoices.add_many(rows, told[0], market.day, told[3], told[1], count=len(rows))
    buyers, put = market.buyers, market.book.invoices_to_pay.put
    for number, seller, taker, amount, price, due_day, day in zip(
        range(first, first + len(rows)), sellers, *(one.tolist() for one in told), strict=True
    ):
        put(day, Invoice(number, seller, buyers[taker], amount, price, due_day, day))
    return int(told[1].sum())


def pay_wages(market: Any, smes: list[SME]) -> list[SME]:
    """Firms pay their people and their power; whoever must look for the money does so as an object, and is told."""
    is_settled = np.zeros(len(smes), dtype=np.int64)
    rows = whole([sme.row for sme in smes])
    kernels.pay_wages(rows, column(market.firm_cells), column(market.entries.fen.balances), is_settled)
    others = [smes[position] for position in np.flatnonzero(is_settled == 0).tolist()]
    for sme in others:
        sme.pay_wages()
    return others


def looking_for_resin(market: Any, smes: list[SME]) -> list[tuple[SME, bool, int]]:
    """Firms that order or redeem today: whether they need what is in custody, and what they order, grams."""
    settings = market.settings
    terms = settings.lead_days, settings.resin_safety_days, settings.order_cycle_days, settings.order_lot_g
    rows, is_short, orders_g = whole([sme.row for sme in smes]), empty(len(smes)), empty(len(smes))
    masses = column(market.entries.grams.balances)
    kernels.find_orders(rows, column(market.firm_cells), masses, terms, is_short, orders_g)
    return [
        (smes[position], bool(is_short[position]), int(orders_g[position]))
        for position in np.flatnonzero(is_short | (orders_g > 0)).tolist()
    ]


def pay_invoices(market: Any, invoices: list[Invoice]) -> list[Invoice]:
    """Buyers pay invoices in this order; the answer is those that had to wait."""
    settings, assigned, prices = market.settings, market.book.assigned, market.passed_resin_fen
    is_paid, withheld = np.zeros(len(invoices), dtype=np.int64), np.zeros(len(invoices), dtype=np.int64)
    numbers = [invoice.number for invoice in invoices]
    sellers, buyers, amounts = market.log.invoices.cells(whole(numbers), "firm", "buyer", "amount")
    firms = column(market.firm_cells).reshape(-1, firm_columns.WIDTH)[sellers]
    told = (
        market.network.buyer_columns[0][buyers],
        firms[:, firm_columns.SLOT],
        amounts,
        whole([invoice.resin_fen for invoice in invoices]),
        whole(prices)[firms[:, firm_columns.GRADE]],
        (firms[:, firm_columns.FAILED_ON] != firm_columns.NEVER).astype(np.int64),
        whole([number in assigned for number in numbers]),
    )
    claims = settings.withheld_ppm, settings.price_claim_free_ppm, settings.price_claim_ppm
    money = column(market.entries.fen.balances)
    at = 0
    while at < len(invoices):
        stop = kernels.pay_invoices(at, money, told, claims, is_paid, withheld)
        if stop < len(invoices):
            is_paid[stop] = BY_OBJECT if invoices[stop].buyer.pay(invoices[stop]) else 0
        at = stop + 1
    settled = np.flatnonzero(is_paid == kernels.PAID)
    _note_paid(market, [invoices[position] for position in settled.tolist()], amounts[settled], withheld[settled])
    return [invoices[position] for position in np.flatnonzero(is_paid == 0).tolist()]


def _note_paid(market: Any, paid: list[Invoice], amounts: np.ndarray, withheld: np.ndarray) -> None:
    """Invoices that the loop has paid are closed."""
    table, numbers = market.log.invoices, whole([invoice.number for invoice in paid])
    is_less = withheld > 0
    table.set_many("dilution", numbers[is_less], withheld[is_less])
    table.set_many("paid_on", numbers, market.day)
    table.set_many("paid", numbers, amounts - withheld)
    for invoice in paid:
        invoice.close()


def resell(market: Any, buyers: list[Buyer]) -> None:
    """Buyers sell on a part of their goods and pay the week's costs."""
    settings, margins, gain = market.settings, market.buyer_margins.factors_ppm, market.resale_gain_ppm
    slots = whole([buyer.slot for buyer in buyers])
    prices = whole([margins[buyer.row] + buyer.margin_ppm + gain for buyer in buyers])
    money, masses = column(market.entries.fen.balances), column(market.entries.grams.balances)
    terms = settings.buyer_pipeline_days, settings.vat_goods_ppm, settings.buyer_cost_ppm
    at = 0
    while at < len(buyers):
        at = kernels.resell(at, slots, prices, money, masses, terms)
        if at < len(buyers):
            buyers[at].resell(margins[buyers[at].row])
        at += 1


def assert_balanced(market: Any) -> None:
    """Audit both ledgers."""
    for ledger, first, last in ((market.entries.fen, CASH, CASH), (market.entries.grams, RESIN, RECEIVED - 1)):
        _audit(ledger, first, last)


def _audit(ledger: Ledger, first: int, last: int) -> None:
    totals = empty(WIDTH)
    if not kernels.is_balanced(column(ledger.balances), first, last, totals):
        ledger.assert_balanced()  # says what is wrong
    ledger.assert_totals(totals)
