"""The hottest loops of a day over columns, compiled: `sim.rules` and `sim.books.postings`, firm after firm.

Nothing is decided here that is not decided there; a loop only finds a firm's numbers. Money and masses are the ledgers'
own memory, `cells` that of `sim.loops.firm_columns`; everything is int64. Where a product could pass 2**62, or where an
object is needed, a loop stops in front of that firm and says so; the caller lets the object act and goes on behind it.
Floats, random numbers and fast mathematics have no place here, so that both executions agree to the bit. What firms
sell to buyers stands in `sim.loops.sales_kernels`.
"""

from typing import Any

import numpy as np

from credit.contracts import arithmetic
from sim import rules
from sim.books import ledger, postings
from sim.books.ledger import (
    CASH,
    INVENTORY,
    OPERATING_COST,
    RESIN,
    REVENUE,
    TRANSIT,
    WIDTH,
)
from sim.books.postings import IN_CASH, ON_CREDIT, WORLD
from sim.loops import firm_columns
from sim.loops.compiling import compiled, shared
from sim.loops.firm_columns import (
    BASE_WEEK_G,
    CAPACITY_DAY_G,
    CLOSED_ON,
    CUSTODY_G,
    FAILED_ON,
    FIXED_WEEK_FEN,
    FLOOR_FEN,
    GRADE,
    MADE_MONTH_G,
    MADE_WEEK_G,
    OUTPUT_DAY_G,
    RESIN_DAY_G,
    SLOT,
    TOWN,
    USE_WEEK_G,
    VARIABLE_FEN,
    WAGES_OWED_FEN,
    WAGES_OWED_SINCE,
)
from sim.loops.firm_columns import WIDTH as CELLS

PPM = 1_000_000
LARGE_G = 1 << 33
LARGE_STOCK_G = 1 << 40
LARGE_PRICE_FEN = 1 << 24
LARGE_SHARE_PPM = 1 << 22
LARGE_FEN = 1 << 40
"""Stocks of firms and their orders, stocks of buyers and suppliers, prices a tonne, shares and amounts from these on
are an object's business. Below them no product passes 2**63: what a firm has at a price 2**59, of that a share 2**61,
of that another 2**63; the parts in which `rules.proportion_fen` multiplies two stocks 2**61."""
Column = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

shared(arithmetic, "divide_half_even", "share_fen")
shared(rules)
shared(postings)
SOURCES = (arithmetic, rules, postings, ledger, firm_columns)
"""Modules whose source is compiled into the loops beside this one."""


@compiled(SOURCES)
def produce(cells: Column, masses: Column, power_ppm: Column, yield_ppm: int) -> int:
    """Production of all firms; the answer is the output in grams.

    Args:
        cells: numbers of all firms.
        masses: balances in grams.
        power_ppm: what rationed power leaves, by town; empty where nobody rations.
        yield_ppm: product from resin.
    """
    made = 0
    for place in range(0, len(cells), CELLS):
        planned = cells[place + RESIN_DAY_G]
        if planned == 0:
            continue
        slot = cells[place + SLOT]
        power = power_ppm[cells[place + TOWN]] if len(power_ppm) else PPM
        resin, output = rules.day_of_production_g(
            cells[place + OUTPUT_DAY_G], planned, masses[slot + RESIN], cells[place + CAPACITY_DAY_G], power, yield_ppm
        )
        if resin:
            postings.produce(masses, slot, resin, output)
            cells[place + MADE_WEEK_G] += output
            cells[place + MADE_MONTH_G] += output
            made += output
    return made


@compiled(SOURCES)
def pay_wages(rows: Column, cells: Column, money: Column, is_settled: Column) -> None:
    """Pay the week's cost of every firm whose cash covers it; tells who has settled, and leaves the others alone."""
    for position in range(len(rows)):
        place = rows[position] * CELLS
        slot = cells[place + SLOT]
        if cells[place + WAGES_OWED_FEN] != 0 or cells[place + MADE_WEEK_G] >= LARGE_FEN:
            continue
        cost = rules.week_cost_fen(
            cells[place + FIXED_WEEK_FEN], cells[place + MADE_WEEK_G], cells[place + VARIABLE_FEN]
        )
        if money[slot + CASH] < cost or cells[place + VARIABLE_FEN] >= LARGE_SHARE_PPM:
            continue
        cells[place + MADE_WEEK_G] = 0
        cells[place + WAGES_OWED_SINCE] = firm_columns.NEVER
        if cost:
            postings.pay(money, slot, OPERATING_COST, WORLD, REVENUE, cost)
        is_settled[position] = 1


@compiled(SOURCES)
def find_orders(
    rows: Column, cells: Column, masses: Column, terms: tuple[int, int, int, int], is_short: Column, orders_g: Column
) -> None:
    """Tell which firms look for resin today: they order, or have goods in custody and run short.

    Args:
        rows: firms that look at their stock today.
        cells: numbers of all firms.
        masses: balances in grams.
        terms: lead, safety and cycle in days, lot in grams.
        is_short: told: 1 where goods in custody are needed.
        orders_g: told: what is ordered.
    """
    lead_days, safety_days, cycle_days, lot_g = terms
    for position in range(len(rows)):
        place = rows[position] * CELLS
        slot = cells[place + SLOT]
        at_hand = masses[slot + RESIN] + masses[slot + TRANSIT]
        is_short[position], orders_g[position] = rules.looks_for_resin(
            cells[place + USE_WEEK_G], at_hand, cells[place + CUSTODY_G], lead_days, safety_days, cycle_days, lot_g
        )


@compiled(SOURCES)
def arrive(rows: Column, arriving_g: Column, cells: Column, masses: Column, is_there: Flags) -> None:
    """Resin on the way arrives at every firm that still trades; tells which ones do."""
    for position in range(len(rows)):
        place = rows[position] * CELLS
        slot, mass = cells[place + SLOT], arriving_g[position]
        is_there[position] = (
            cells[place + FAILED_ON] == firm_columns.NEVER and cells[place + CLOSED_ON] == firm_columns.NEVER
        )
        if is_there[position]:
            postings.arrive(masses, slot, mass)


@compiled(SOURCES)
def deliver(
    orders: tuple[Column, Column, Column, Column, Column, Column, Column],
    cells: Column,
    money: Column,
    masses: Column,
    suppliers: Column,
    stock_g: Column,
    terms: tuple[int, int, int],
    told: tuple[Column, Column, Column, Column],
) -> bool:
    """Deliver resin in this order: on the supplier's credit, for cash, or not at all.

    Args:
        orders: by position: rows of firm and supplier, grams, price a tonne; what the firm owes suppliers, days of its
            arrears, and whether a rumour goes round about it.
        cells: numbers of all firms.
        money: balances in fen.
        masses: balances in grams.
        suppliers: slots by row.
        stock_g: what each supplier has of each grade; brought up to date.
        terms: what a customer may owe over a week's resin in ppm, lot in grams, VAT in ppm.
        told: by position: grams delivered, their price, whether on credit, whether the supplier had too little.

    Returns:
        Whether it has: nothing is done where a number is too large.
    """
    firms, rows, wanted_g, prices, bills_fen, arrears_days, is_rumour = orders
    limit_ppm, lot_g, vat_ppm = terms
    delivered_g, amounts, is_on_credit, is_sold_out = told
    for position in range(len(firms)):
        if (
            max(wanted_g[position], cells[firms[position] * CELLS + BASE_WEEK_G]) >= LARGE_G
            or masses[suppliers[rows[position]] + RESIN] >= LARGE_STOCK_G
            or prices[position] >= LARGE_PRICE_FEN
        ):
            return False
    for position in range(len(firms)):
        place, supplier, price = firms[position] * CELLS, suppliers[rows[position]], prices[position]
        slot, grade = cells[place + SLOT], cells[place + GRADE]
        stock = stock_g[rows[position], grade]
        mass = min(wanted_g[position], stock)
        amount = rules.amount_fen(mass, price)
        limit = rules.trade_limit_fen(cells[place + BASE_WEEK_G], limit_ppm, price)
        is_owed = is_rumour[position] == 0 and rules.sells_on_credit(
            arrears_days[position], bills_fen[position], amount, limit
        )
        if not is_owed:
            free = min(money[slot + CASH] - cells[place + FLOOR_FEN], LARGE_FEN)  # that pays for more than is wanted
            mass = rules.lots_for_cash_g(mass, free, price, lot_g)
            amount = rules.amount_fen(mass, price)
        if mass > 0:
            cost = rules.proportion_fen(money[supplier + INVENTORY], mass, masses[supplier + RESIN])
            net = rules.net_of_vat_fen(amount, vat_ppm)
            accounts = ON_CREDIT if is_owed else IN_CASH
            postings.hand_over(money, masses, supplier, slot, TRANSIT, mass, amount, net, cost, accounts)
            stock_g[rows[position], grade] = stock - mass
        delivered_g[position], amounts[position] = mass, amount
        is_on_credit[position], is_sold_out[position] = is_owed, stock < wanted_g[position]
    return True


@compiled(SOURCES)
def is_balanced(balances: Column, first_kept: int, last_kept: int, totals: Column) -> bool:
    """Whether every entity's accounts sum to zero and nobody but the world gave what it did not have.

    Args:
        balances: of a ledger.
        first_kept: first account that may not be negative.
        last_kept: the last of them.
        totals: told: the sum of every account over all entities.
    """
    totals[:] = 0
    for slot in range(0, len(balances), WIDTH):
        crooked = 0
        for account in range(WIDTH):
            amount = balances[slot + account]
            crooked += amount
            totals[account] += amount
        if crooked:
            return False
        if slot != WORLD:
            for account in range(first_kept, last_kept + 1):
                if balances[slot + account] < 0:
                    return False
    return True
