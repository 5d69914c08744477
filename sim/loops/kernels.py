"""The hottest loops of a day over columns, compiled: `sim.rules` and `sim.books.postings`, firm after firm.

Nothing is decided here that is not decided there; a loop only finds a firm's numbers. Money and masses are the ledgers'
own memory, `cells` that of `sim.loops.firm_columns`; everything is int64. Where a product could pass 2**62, or where an
object is needed, a loop stops in front of that firm and says so; the caller lets the object act and goes on behind it.
Floats, random numbers and fast mathematics have no place here, so that both executions agree to the bit.
"""

from typing import Any

import numpy as np

from credit.contracts import arithmetic
from sim import rules
from sim.books import ledger, postings
from sim.books.ledger import (
    CASH,
    GOODS,
    INVENTORY,
    OPERATING_COST,
    PAYABLES,
    RECEIVABLES,
    RESIN,
    REVENUE,
    TRANSIT,
    WIDTH,
)
from sim.books.postings import WORLD
from sim.loops import firm_columns
from sim.loops.compiling import compiled, shared
from sim.loops.firm_columns import (
    BASE_WEEK_G,
    CAPACITY_DAY_G,
    CUSTODY_G,
    EXPECTED_WEEK_G,
    FIXED_WEEK_FEN,
    GRADE,
    MADE_MONTH_G,
    MADE_WEEK_G,
    OUTPUT_DAY_G,
    PRICE_PPM,
    RESIN_DAY_G,
    SLOT,
    TERM_DAYS,
    TOWN,
    USE_WEEK_G,
    VALUE_ADDED_FEN,
    VARIABLE_FEN,
    WAGES_OWED_FEN,
    WAGES_OWED_SINCE,
)
from sim.loops.firm_columns import WIDTH as CELLS

PPM = 1_000_000
LARGE_G = 2_000_000_000
LARGE_GOODS_G = 1 << 31
LARGE_PRICE_FEN = 1 << 26
LARGE_SHARE_PPM = 1 << 22
LARGE_FEN = 1 << 40
"""Stocks of firms and buyers, prices a tonne, shares and amounts from these on are an object's business. Below them no
product passes 2**63: a stock times a stock 2**62; a stock at a price 2**59, of that a share 2**61, of that another
2**63."""
NOBODY = -1
PAID = 1

Column = np.ndarray[Any, np.dtype[np.int64]]

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
def ship(
    at: int,
    rows: Column,
    cells: Column,
    money: Column,
    masses: Column,
    draws: tuple[Column, Column, Column, Column],
    ties: tuple[Column, Column],
    buyers: tuple[Column, Column, Column, Column],
    passed_resin_fen: Column,
    late_delay_days: Column,
    today: tuple[int, int, int, int, int, int, int],
    papers: tuple[Column, Column, Column, Column, Column],
) -> int:
    """Ship the week's orders of firms from `at` on; the answer is where it stopped.

    Args:
        at: position in `rows` to begin with.
        rows: firms that ship today.
        cells: numbers of all firms.
        money: balances in fen.
        masses: balances in grams.
        draws: by position: demand and price levels in ppm, draws of the buyer and of its delay.
        ties: by firm row: rows of its buyers, and their cumulated shares of sales in ppm.
        buyers: by buyer row: slot, what it owes at most (-1 when it takes nothing), factor of its sector's demand,
            whether it pays late by habit.
        passed_resin_fen: by grade.
        late_delay_days: delay of habitual late payers by quantile.
        today: day, season and value added in ppm, yield, memory in weeks, cover in days, VAT in ppm.
        papers: told by position: row of the buyer (NOBODY where nobody took the goods), and of its invoice amount,
            resin price that it reflects, due day and day on which the buyer means to pay.
    """
    demand_ppm, margins_ppm, draw, delay_draw = draws
    tied, shares = ties
    slots, limits, sector_ppm, is_late_payer = buyers
    takers, amounts, prices, due_days, pays_on = papers
    day, season_ppm, value_added_ppm, yield_ppm, memory_weeks, cover_days, vat_ppm = today
    for position in range(at, len(rows)):
        row = rows[position]
        place = row * CELLS
        slot = cells[place + SLOT]
        first = 0
        while draw[position] >= shares[row, first]:
            first += 1
        goods = masses[slot + GOODS]
        resin, transit = masses[slot + RESIN], masses[slot + TRANSIT]
        passed = passed_resin_fen[cells[place + GRADE]]
        demand, margin = demand_ppm[position], margins_ppm[position]
        if (
            max(goods + resin + transit, cells[place + BASE_WEEK_G]) >= LARGE_G
            or max(cells[place + VALUE_ADDED_FEN], passed) >= LARGE_PRICE_FEN
            or max(demand, margin, cells[place + PRICE_PPM]) >= LARGE_SHARE_PPM
        ):
            return position
        ordered = rules.scaled(cells[place + BASE_WEEK_G], demand, season_ppm, sector_ppm[tied[row, first]])
        shipped = ordered if ordered < goods else goods
        taker, amount = NOBODY, 0
        if shipped > 0:
            amount = rules.invoice_fen(
                shipped, cells[place + VALUE_ADDED_FEN], value_added_ppm, passed, cells[place + PRICE_PPM], margin,
                yield_ppm,
            )  # fmt: skip
            if amount >= LARGE_FEN:
                return position
            ends = 0
            while ends < tied.shape[1] and tied[row, ends] != NOBODY:
                ends += 1
            for step in range(ends):
                buyer = tied[row, (first + step) % ends]
                if -money[slots[buyer] + PAYABLES] + amount <= limits[buyer]:
                    taker = buyer
                    break
            if taker == NOBODY:
                amount = 0
            else:
                cost = rules.material_fen(money[slot + INVENTORY], shipped, resin, transit, goods, yield_ppm)
                net = rules.net_of_vat_fen(amount, vat_ppm)
                postings.sell_on_credit(money, masses, slot, slots[taker], shipped, amount, net, cost)
                delay = rules.habitual_delay_days(delay_draw[position], is_late_payer[taker] != 0, late_delay_days)
                prices[position] = passed
                due_days[position] = day + cells[place + TERM_DAYS]
                pays_on[position] = due_days[position] + delay
        takers[position], amounts[position] = taker, amount
        expected, use, output, needed = rules.plan_of_week_g(
            cells[place + EXPECTED_WEEK_G], ordered, masses[slot + GOODS], cells[place + CAPACITY_DAY_G], memory_weeks,
            cover_days, yield_ppm,
        )  # fmt: skip
        cells[place + EXPECTED_WEEK_G] = expected
        cells[place + USE_WEEK_G] = use
        cells[place + OUTPUT_DAY_G] = output
        cells[place + RESIN_DAY_G] = needed
    return len(rows)


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
def pay_invoices(
    at: int,
    money: Column,
    invoices: tuple[Column, Column, Column, Column, Column, Column, Column],
    claims: tuple[int, int, int],
    is_paid: Column,
    withheld: Column,
) -> int:
    """Pay invoices in their order from `at` on, as far as each buyer's cash goes; the answer is where it stopped.

    Args:
        at: position to begin with.
        money: balances in fen.
        invoices: by position: slots of buyer and seller, amount, resin price that it reflects and that of today,
            whether the seller has failed, whether an object must take what is paid.
        claims: ppm that a buyer withholds from a failed seller; fall of price that it bears, and part that it claims.
        is_paid: told: PAID where paid.
        withheld: told: what was withheld.
    """
    buyers, sellers, amounts, resin_then, resin_now, is_failed, is_objects = invoices
    withheld_ppm, free_ppm, claim_ppm = claims
    for position in range(at, len(amounts)):
        gross = amounts[position]
        if is_objects[position] or gross >= LARGE_FEN:
            return position
        share = withheld_ppm
        if not is_failed[position]:
            share = rules.price_claim_ppm(resin_now[position], resin_then[position], free_ppm, claim_ppm)
        claim = rules.share_fen(gross, share)
        buyer, seller, amount = buyers[position], sellers[position], gross - claim
        if money[buyer + CASH] < amount:
            continue
        postings.pay(money, buyer, PAYABLES, seller, RECEIVABLES, amount)
        if claim:
            postings.withhold(money, buyer, seller, claim)
        is_paid[position], withheld[position] = PAID, claim
    return len(amounts)


@compiled(SOURCES)
def resell(
    at: int, slots: Column, prices_ppm: Column, money: Column, masses: Column, terms: tuple[int, int, int]
) -> int:
    """Buyers from `at` on sell on a part of their goods and pay the week's costs; the answer is where it stopped.

    Args:
        at: position to begin with.
        slots: of buyers, by position.
        prices_ppm: price of each over cost.
        money: balances in fen.
        masses: balances in grams.
        terms: days in the pipeline, VAT and costs in ppm.
    """
    pipeline_days, vat_ppm, cost_ppm = terms
    for position in range(at, len(slots)):
        slot, price = slots[position], prices_ppm[position]
        if masses[slot + GOODS] >= LARGE_GOODS_G or money[slot + INVENTORY] >= LARGE_FEN or price >= LARGE_SHARE_PPM:
            return position
        mass, cost, gross, costs = rules.resale(
            masses[slot + GOODS], money[slot + INVENTORY], pipeline_days, price, vat_ppm, cost_ppm
        )
        if mass:
            postings.resell(money, masses, slot, mass, gross, rules.net_of_vat_fen(gross, vat_ppm), cost)
            postings.pay(money, slot, OPERATING_COST, WORLD, REVENUE, min(costs, money[slot + CASH]))
    return len(slots)


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
