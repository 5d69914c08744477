"""The hottest loops of a day over columns: what `sim.loops.by_object` does, compiled, to the same whole numbers.

A compiled loop stops in front of whom it cannot serve; the object acts, and the loop goes on behind it. Papers
(invoices, calendars, the log) are written afterwards, in the same order.
"""

from typing import Any

import numpy as np

from credit.contracts import divide_half_even
from sim.books.facilities import Facility
from sim.books.ledger import CASH, EQUITY, MACHINES, RECEIVED, RESIN, VAT, WIDTH, Ledger
from sim.books.recorders import MISSING
from sim.economy.smes import SME, Purchase
from sim.economy.suppliers import Supplier
from sim.loops import by_object, firm_columns, kernels, purchase_loan_kernels, purchase_loans, sales_kernels
from sim.scenarios.channels import SECTORS

PPM = 1_000_000
BY_OBJECT = 2
"""An invoice that an object has paid, beside `sales_kernels.PAID`."""


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


def ship(market: Any, rows: np.ndarray) -> int:
    """Firms ship the week's orders, in this order; the answer is what they invoiced, fen."""
    settings, draws, count = market.settings, market.draws, len(rows)
    levels = market.demand.factors_ppm, market.margins.factors_ppm
    papers = tuple(empty(count) for _ in range(5))
    told: tuple[Any, ...] = (
        rows, column(market.firm_cells), column(market.entries.fen.balances), column(market.entries.grams.balances),
        tuple(column(one) for one in (*levels, draws["buyer"], draws["delay"])),
        market.network.ties, column(market.buyer_cells),
        whole([market.demand_of_sector_ppm(sector) for sector in range(len(SECTORS))]),
        whole(market.passed_resin_fen), whole(market.late_delay_table),
        (
            market.day, market.season_ppm, market.value_added_ppm, settings.yield_ppm, settings.demand_memory_weeks,
            settings.goods_cover_days, settings.vat_goods_ppm,
        ),
        papers,
    )  # fmt: skip
    sold, at = 0, 0
    while at < count:
        stop = sales_kernels.ship(at, *told)
        sold += _issue_invoices(market, rows[at:stop], *(one[at:stop] for one in papers))
        if stop < count:
            row = int(rows[stop])
            sold += market.smes[row].ship(levels[0][row], levels[1][row])
        at = stop + 1
    return sold


def _issue_invoices(market: Any, firms: np.ndarray, takers: np.ndarray, amounts: np.ndarray, *rest: np.ndarray) -> int:
    """Write invoices for what was shipped, and note who found no buyer; the answer is what was invoiced, fen."""
    is_sold = takers != sales_kernels.NOBODY
    for row in firms[~is_sold].tolist():
        market.causes.nobody_buys(market.smes[row])
    resin_fen, due_days, pays_on = (one[is_sold] for one in rest)
    market.book.invoices.issue_many(
        firms[is_sold], takers[is_sold], amounts[is_sold], resin_fen, market.day, due_days, pays_on
    )
    return int(amounts.sum())


def pay_wages(market: Any, rows: np.ndarray) -> list[SME]:
    """Firms pay their people and their power; whoever must look for the money does so as an object, and is told."""
    is_settled = np.zeros(len(rows), dtype=np.int64)
    kernels.pay_wages(rows, column(market.firm_cells), column(market.entries.fen.balances), is_settled)
    others = [market.smes[row] for row in rows[is_settled == 0].tolist()]
    for sme in others:
        sme.pay_wages()
    return others


def close_months(market: Any, smes: list[SME], is_busy: np.ndarray) -> np.ndarray:
    """A month's tax, informal lenders and owners of whoever need not look for money; the answer is who must still.

    It is `sim.economy.closing` and what that calls, in the same order, firm beside firm.
    """
    settings, entries, day = market.settings, market.entries, market.day
    rows, limits = whole([sme.row for sme in smes]), [one.offer.limit_fen for one in market.platform.judgements]
    cells = firm_columns.table(market.firm_cells)[rows]
    slots, floors = cells[:, firm_columns.SLOT], cells[:, firm_columns.FLOOR_FEN]
    accounts = column(entries.fen.balances).reshape(-1, WIDTH)[slots // WIDTH]
    week_fen = cells[:, firm_columns.BASE_WEEK_FEN]
    bills, informal, lines = (
        whole(one)
        for one in (
            [sum([bill.open_fen for bill in sme.bills]) if sme.bills else 0 for sme in smes],
            [sme.informal_fen for sme in smes],
            [limits[sme.row] for sme in smes],
        )
    )
    machines = divide_half_even(accounts[:, MACHINES] * settings.machine_discount_ppm, PPM)
    is_alone = is_busy | (-accounts[:, EQUITY:].sum(axis=1) <= machines) | (accounts >= kernels.LARGE_FEN).any(axis=1)
    cash = accounts[:, CASH]
    tax = np.clip(-accounts[:, VAT], 0, cash)
    cash = cash - tax
    interest = divide_half_even(divide_half_even(informal * market.outside_rate_ppm, PPM), 12)
    interest = np.minimum(interest, cash)
    cash -= interest
    back = np.minimum(informal, np.maximum(cash - 2 * floors, 0))
    cash -= back
    wanted = divide_half_even(week_fen * settings.wanted_cash_days, 7) + bills
    wanted = np.maximum(wanted - divide_half_even(lines * settings.line_trust_ppm, PPM), floors)
    may_pay = np.array([sme.suspended_on != day and sme.defaulted_on is None for sme in smes])
    paid = np.where(may_pay, divide_half_even(np.maximum(cash - wanted, 0) * settings.payout_ppm, PPM), 0)
    tax, interest, back, paid = (np.where(is_alone, 0, amounts) for amounts in (tax, interest, back, paid))
    entries.close_months(slots, tax, interest, back, paid)
    for position in np.flatnonzero(back).tolist():
        smes[position].informal_fen -= int(back[position])
    for position, amount in zip(np.flatnonzero(paid).tolist(), paid[paid > 0].tolist(), strict=True):
        smes[position].dividend_is_paid(amount)
    return is_alone


def looking_for_resin(market: Any, rows: np.ndarray) -> list[tuple[SME, bool, int]]:
    """Firms that order or redeem today: whether they need what is in custody, and what they order, grams."""
    settings = market.settings
    terms = settings.lead_days, settings.resin_safety_days, settings.order_cycle_days, settings.order_lot_g
    is_short, orders_g = empty(len(rows)), empty(len(rows))
    masses = column(market.entries.grams.balances)
    kernels.find_orders(rows, column(market.firm_cells), masses, terms, is_short, orders_g)
    who = np.flatnonzero(is_short | (orders_g > 0))
    told = zip(rows[who].tolist(), is_short[who].tolist(), orders_g[who].tolist(), strict=True)
    return [(market.smes[row], bool(short), order) for row, short, order in told]


def arrive(market: Any, rows: np.ndarray, masses: np.ndarray) -> np.ndarray:
    """Resin on the way arrives at firms; the answer is which of them still trade."""
    is_there = np.empty(len(rows), dtype=bool)
    kernels.arrive(rows, masses, column(market.firm_cells), column(market.entries.grams.balances), is_there)
    return is_there


def deliver(market: Any, purchases: list[Purchase], orders: np.ndarray) -> tuple[np.ndarray, ...]:
    """Suppliers deliver orders in this order.

    Args:
        market: the market.
        purchases: what was planned.
        orders: the same as columns: rows of firms and suppliers, grams, prices.

    Returns:
        Of each order: grams delivered, their price in fen, whether on credit, and whether the supplier had too little.
    """
    settings, suppliers = market.settings, market.suppliers
    debts = [
        (one.sme.open_bills_fen, one.sme.arrears_days, market.day <= one.sme.links.rumour_until) for one in purchases
    ]
    stock = whole([one.grade_stock_g for one in suppliers])
    asked: Any = (*orders, *whole(debts).reshape(-1, 3).T.copy())
    told: Any = tuple(empty(len(purchases)) for _ in range(4))
    is_done = kernels.deliver(
        asked, column(market.firm_cells), column(market.entries.fen.balances),
        column(market.entries.grams.balances), whole([one.slot for one in suppliers]), stock,
        (market.trade_limit_ppm, settings.order_lot_g, settings.vat_goods_ppm), told,
    )  # fmt: skip
    if not is_done:
        return by_object.deliver(market, purchases, orders)
    masses, amounts, is_on_credit, is_sold_out = told
    for one, mass, amount in zip(purchases, masses.tolist(), amounts.tolist(), strict=True):
        one.supplier.take_out(one.sme.factory.grade, mass, amount)
    return masses, amounts, is_on_credit != 0, is_sold_out != 0


def draw_purchase(market: Any, facility: Facility, supplier: Supplier, mass_g: int) -> int:
    """Money and resin of a purchase on credit change hands; the answer is the net cost of the goods, fen."""
    if max(supplier.masses[supplier.slot + RESIN], mass_g) >= kernels.LARGE_STOCK_G:
        return by_object.draw_purchase(market, facility, supplier, mass_g)
    memories = market.entries.fen.view.reshape(-1), market.entries.grams.view.reshape(-1)
    return purchase_loans.drawn(purchase_loan_kernels.draw, memories, market, facility, supplier.slot, mass_g)


def redeem_lots(market: Any, facility: Facility, accrued_ppm: int, most: int, free_fen: int) -> list[list[int]]:
    """Lots of a facility leave custody; the answer is principal, interest and set-off deposit of each."""
    memories = market.entries.fen.view.reshape(-1), market.entries.grams.view.reshape(-1)
    return purchase_loans.released(
        purchase_loan_kernels.redeem_lots, memories, market, facility, accrued_ppm, most, free_fen
    )


def pay_invoices(market: Any, numbers: np.ndarray) -> np.ndarray:
    """Buyers pay invoices in this order; the answer is which they have paid."""
    settings, invoices, count = market.settings, market.book.invoices, len(numbers)
    firms, buyers, amounts, resin_fen = invoices.columns_of(numbers, "firm", "buyer", "amount", "resin_fen")
    is_objects = (invoices.table.cells_so_far("assigned", numbers) != MISSING) | (amounts >= kernels.LARGE_FEN)
    left_to_objects = iter(invoices.of(numbers[is_objects]))
    is_paid, withheld = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.int64)
    told = (
        column(market.entries.fen.balances), column(market.firm_cells), column(market.buyer_cells),
        (firms, buyers, amounts, resin_fen, is_objects), whole(market.passed_resin_fen),
        (settings.withheld_ppm, settings.price_claim_free_ppm, settings.price_claim_ppm), is_paid, withheld,
    )  # fmt: skip
    at = 0
    while at < count:
        stop = sales_kernels.pay_invoices(at, *told)
        if stop < count:
            invoice = next(left_to_objects)
            is_paid[stop] = BY_OBJECT if market.buyers[invoice.buyer].pay(invoice) else 0
        at = stop + 1
    settled = np.flatnonzero(is_paid == sales_kernels.PAID)
    invoices.settle(numbers[settled], market.day, amounts[settled], withheld[settled])
    return is_paid != 0


def resell(market: Any, rows: range) -> None:
    """Buyers sell on a part of their goods and pay the week's costs."""
    settings, margins = market.settings, market.buyer_margins.factors_ppm
    told = (
        column(market.buyer_cells), column(margins), market.resale_gain_ppm, column(market.entries.fen.balances),
        column(market.entries.grams.balances),
        (settings.buyer_pipeline_days, settings.vat_goods_ppm, settings.buyer_cost_ppm),
    )  # fmt: skip
    at = rows.start
    while at < rows.stop:
        at = sales_kernels.resell(at, rows.step, *told)
        if at < rows.stop:
            market.buyers[at].resell(margins[at])
        at += rows.step


def assert_balanced(market: Any) -> None:
    """Audit both ledgers."""
    for ledger, first, last in ((market.entries.fen, CASH, CASH), (market.entries.grams, RESIN, RECEIVED - 1)):
        _audit(ledger, first, last)


def _audit(ledger: Ledger, first: int, last: int) -> None:
    totals = empty(WIDTH)
    if not kernels.is_balanced(column(ledger.balances), first, last, totals):
        ledger.assert_balanced()  # says what is wrong
    ledger.assert_totals(totals)
