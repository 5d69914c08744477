"""What firms sell to buyers, compiled: shipping, paying, selling on; as in `sim.loops.kernels`.

`cells` and `buyers` are the memories of `sim.loops.firm_columns` and `sim.loops.buyer_columns`.
"""

from sim import rules
from sim.books import postings
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
)
from sim.books.postings import WORLD
from sim.loops import buyer_columns, firm_columns, kernels
from sim.loops.buyer_columns import IS_ACTIVE, IS_LATE_PAYER, LIMIT_FEN, MARGIN_PPM, SECTOR
from sim.loops.buyer_columns import SLOT as BUYER_SLOT
from sim.loops.buyer_columns import WIDTH as BUYER_CELLS
from sim.loops.compiling import compiled
from sim.loops.firm_columns import (
    BASE_WEEK_G,
    CAPACITY_DAY_G,
    EXPECTED_WEEK_G,
    FAILED_ON,
    GRADE,
    OUTPUT_DAY_G,
    PRICE_PPM,
    RESIN_DAY_G,
    SLOT,
    TERM_DAYS,
    USE_WEEK_G,
    VALUE_ADDED_FEN,
)
from sim.loops.firm_columns import WIDTH as CELLS
from sim.loops.kernels import (
    LARGE_FEN,
    LARGE_G,
    LARGE_PRICE_FEN,
    LARGE_SHARE_PPM,
    LARGE_STOCK_G,
    Column,
)

NOBODY = -1
PAID = 1
SOURCES = (*kernels.SOURCES, kernels, buyer_columns)


@compiled(SOURCES)
def ship(
    at: int,
    rows: Column,
    cells: Column,
    money: Column,
    masses: Column,
    draws: tuple[Column, Column, Column, Column],
    ties: tuple[Column, Column],
    buyers: Column,
    sector_ppm: Column,
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
        draws: by firm row: demand and price levels in ppm, draws of the buyer and of its delay.
        ties: by firm row: rows of its buyers, and their cumulated shares of sales in ppm.
        buyers: numbers of all buyers.
        sector_ppm: factor of demand by sector.
        passed_resin_fen: by grade.
        late_delay_days: delay of habitual late payers by quantile.
        today: day, season and value added in ppm, yield, memory in weeks, cover in days, VAT in ppm.
        papers: told by position: row of the buyer (NOBODY where nobody took the goods), and of its invoice amount,
            resin price that it reflects, due day and day on which the buyer means to pay.
    """
    demand_ppm, margins_ppm, draw, delay_draw = draws
    tied, shares = ties
    takers, amounts, prices, due_days, pays_on = papers
    day, season_ppm, value_added_ppm, yield_ppm, memory_weeks, cover_days, vat_ppm = today
    for position in range(at, len(rows)):
        row = rows[position]
        place = row * CELLS
        slot = cells[place + SLOT]
        first = 0
        while draw[row] >= shares[row, first]:
            first += 1
        goods = masses[slot + GOODS]
        resin, transit = masses[slot + RESIN], masses[slot + TRANSIT]
        passed = passed_resin_fen[cells[place + GRADE]]
        demand, margin = demand_ppm[row], margins_ppm[row]
        if (
            max(goods + resin + transit, cells[place + BASE_WEEK_G]) >= LARGE_G
            or max(cells[place + VALUE_ADDED_FEN], passed) >= LARGE_PRICE_FEN
            or max(demand, margin, cells[place + PRICE_PPM]) >= LARGE_SHARE_PPM
        ):
            return position
        slump = sector_ppm[buyers[tied[row, first] * BUYER_CELLS + SECTOR]]
        ordered = rules.scaled(cells[place + BASE_WEEK_G], demand, season_ppm, slump)
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
                at_buyer = buyer * BUYER_CELLS
                owed = amount - money[buyers[at_buyer + BUYER_SLOT] + PAYABLES]
                if buyers[at_buyer + IS_ACTIVE] and owed <= buyers[at_buyer + LIMIT_FEN]:
                    taker = buyer
                    break
            if taker == NOBODY:
                amount = 0
            else:
                cost = rules.material_fen(money[slot + INVENTORY], shipped, resin, transit, goods, yield_ppm)
                net = rules.net_of_vat_fen(amount, vat_ppm)
                at_buyer = taker * BUYER_CELLS
                postings.sell_on_credit(money, masses, slot, buyers[at_buyer + BUYER_SLOT], shipped, amount, net, cost)
                delay = rules.habitual_delay_days(
                    delay_draw[row], buyers[at_buyer + IS_LATE_PAYER] != 0, late_delay_days
                )
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
def pay_invoices(
    at: int,
    money: Column,
    cells: Column,
    buyers: Column,
    invoices: tuple[Column, Column, Column, Column, Column],
    passed_resin_fen: Column,
    claims: tuple[int, int, int],
    is_paid: Column,
    withheld: Column,
) -> int:
    """Pay invoices in their order from `at` on, as far as each buyer's cash goes; the answer is where it stopped.

    Args:
        at: position to begin with.
        money: balances in fen.
        cells: numbers of all firms.
        buyers: numbers of all buyers.
        invoices: by position: rows of seller and buyer, amount, resin price that it reflects, whether an object must
            take what is paid.
        passed_resin_fen: by grade.
        claims: ppm that a buyer withholds from a failed seller; fall of price that it bears, and part that it claims.
        is_paid: told: PAID where paid.
        withheld: told: what was withheld.
    """
    firms, debtors, amounts, resin_fen, is_objects = invoices
    withheld_ppm, free_ppm, claim_ppm = claims
    for position in range(at, len(amounts)):
        if is_objects[position]:
            return position
        gross, place = amounts[position], firms[position] * CELLS
        share = withheld_ppm
        if cells[place + FAILED_ON] == firm_columns.NEVER:
            price = passed_resin_fen[cells[place + GRADE]]
            share = rules.price_claim_ppm(price, resin_fen[position], free_ppm, claim_ppm)
        claim = rules.share_fen(gross, share)
        buyer, seller = buyers[debtors[position] * BUYER_CELLS + BUYER_SLOT], cells[place + SLOT]
        amount = gross - claim
        if money[buyer + CASH] < amount:
            continue
        postings.pay(money, buyer, PAYABLES, seller, RECEIVABLES, amount)
        if claim:
            postings.withhold(money, buyer, seller, claim)
        is_paid[position], withheld[position] = PAID, claim
    return len(amounts)


@compiled(SOURCES)
def resell(
    at: int,
    step: int,
    buyers: Column,
    margins_ppm: Column,
    gain_ppm: int,
    money: Column,
    masses: Column,
    terms: tuple[int, int, int],
) -> int:
    """Every so many buyers from row `at` on sell on a part of their goods and pay the week's costs.

    Args:
        at: row to begin with.
        step: to the next one.
        buyers: numbers of all buyers.
        margins_ppm: this month's price level of each.
        gain_ppm: what the day adds to prices over cost.
        money: balances in fen.
        masses: balances in grams.
        terms: days in the pipeline, VAT and costs in ppm.

    Returns:
        The row at which it stopped.
    """
    pipeline_days, vat_ppm, cost_ppm = terms
    for row in range(at, len(margins_ppm), step):
        place = row * BUYER_CELLS
        if not buyers[place + IS_ACTIVE]:
            continue
        slot, price = buyers[place + BUYER_SLOT], margins_ppm[row] + buyers[place + MARGIN_PPM] + gain_ppm
        if masses[slot + GOODS] >= LARGE_STOCK_G or money[slot + INVENTORY] >= LARGE_FEN or price >= LARGE_SHARE_PPM:
            return row
        mass, cost, gross, costs = rules.resale(
            masses[slot + GOODS], money[slot + INVENTORY], pipeline_days, price, vat_ppm, cost_ppm
        )
        if mass:
            postings.resell(money, masses, slot, mass, gross, rules.net_of_vat_fen(gross, vat_ppm), cost)
            postings.pay(money, slot, OPERATING_COST, WORLD, REVENUE, min(costs, money[slot + CASH]))
    return len(margins_ppm)
