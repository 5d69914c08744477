"""Money and resin of a purchase loan, drawn and redeemed lot by lot: one source for objects and for columns.

The functions over the ledgers' memory are called as they stand and compiled (`sim.loops.purchase_loan_kernels`).
"""

from typing import Any

import numpy as np

from credit.contracts import divide_half_even, lot_principal_fen, share_fen
from sim import rules
from sim.books import postings
from sim.books.facilities import Facility
from sim.books.ledger import (
    CASH,
    CUSTODY,
    DEBTS,
    DEPOSITS_HELD,
    DEPOSITS_PLACED,
    INVENTORY,
    LOANS,
    OPERATING_COST,
    RESIN,
    REVENUE,
    TRANSIT,
    VAT,
)
from sim.books.postings import IN_CASH, WORLD, Balances


def draw(
    money: Balances,
    masses: Balances,
    slots: tuple[int, int, int, int],
    mass_g: int,
    amounts: tuple[int, int, int, int],
    vats_ppm: tuple[int, int],
    is_controlled: bool,
) -> int:
    """A purchase is paid: fee and order cost, the loan, the supplier; resin is on its way or in the platform's custody.

    On open account the client pays the supplier out of loan and deposit. Of goods in custody the platform does: it
    holds the deposit and owes the loan, with recourse limited to the goods.

    Args:
        money: balances in fen.
        masses: balances in grams.
        slots: of client, platform, supplier and lender.
        mass_g: of the goods.
        amounts: price of the goods, principal, fee of the client, and what the order costs the platform.
        vats_ppm: VAT of goods and of interest.
        is_controlled: whether the goods go into custody.

    Returns:
        The net cost of the goods.
    """
    client, platform, supplier, lender = slots
    gross, principal, fee, order_cost = amounts
    postings.pay(money, client, OPERATING_COST, platform, REVENUE, fee)
    fee_vat = fee - rules.net_of_vat_fen(fee, vats_ppm[1])
    money[platform + REVENUE] += fee_vat
    money[platform + VAT] -= fee_vat
    postings.pay(money, platform, OPERATING_COST, WORLD, REVENUE, min(order_cost, money[platform + CASH]))
    buyer, place = client, TRANSIT
    if is_controlled:
        buyer, place = platform, CUSTODY
        postings.pay(money, client, DEPOSITS_PLACED, platform, DEPOSITS_HELD, gross - principal)
    postings.pay(money, lender, LOANS, buyer, DEBTS, principal)
    net = rules.net_of_vat_fen(gross, vats_ppm[0])
    cost = rules.proportion_fen(money[supplier + INVENTORY], mass_g, masses[supplier + RESIN])
    postings.hand_over(money, masses, supplier, buyer, place, mass_g, gross, net, cost, IN_CASH)
    return net


def drawn(loop: Any, memories: tuple[Any, Any], market: Any, facility: Facility, supplier: int, mass_g: int) -> int:
    """Draw a facility for goods of a supplier; the answer is their net cost.

    Args:
        loop: `draw`, as it stands or compiled.
        memories: balances in fen and in grams, as the loop takes them.
        market: whose ledgers they are.
        facility: new.
        supplier: slot of who is paid.
        mass_g: of the goods.
    """
    entries, platform, contract = market.entries, market.platform, facility.contract
    return int(
        loop(
            *memories,
            (facility.obligor.slot, platform.slot, supplier, facility.lender.slot),
            mass_g,
            (contract.goods_value_fen, facility.principal_fen, contract.fee_fen, market.settings.order_cost_fen),
            (entries.vat_goods_ppm, entries.vat_interest_ppm),
            facility.is_controlled,
        )
    )


def redeem_lots(
    money: Balances,
    masses: Balances,
    slots: tuple[int, int, int],
    terms: tuple[int, int, int, int],
    held: tuple[int, int, int, int, int, int],
    most: int,
    free_fen: int,
    parts: np.ndarray,
) -> tuple[int, int, int, int]:
    """Redeem lots one by one as far as free cash goes; the last one takes everything that is left.

    The client pays a lot's financed part, its share of the deposit is set off, the lender gets its money. The contract
    sets the whole deposit off against the last lot; lot by lot is the same in cash and keeps claim and goods together
    in the books.

    Args:
        money: balances in fen.
        masses: balances in grams.
        slots: of the client, of the holder of the goods and of the lender.
        terms: lots of the contract, interest that its principal has earned since the first day in ppm, and the VAT of
            goods and of interest in ppm.
        held: principal that was financed, principal, deposit, grams and net cost that are left, and lots that are left.
        most: so many lots at most.
        free_fen: cash that the client can spare.
        parts: told, a row a lot: principal, interest, and deposit that is set off.

    Returns:
        Lots redeemed, and deposit, grams and net cost that are left.
    """
    client, holder, lender = slots
    lots, accrued_ppm, vat_goods_ppm, vat_interest_ppm = terms
    financed, owed, deposit, goods_g, stock, left = held
    done = 0
    while done < most and left > 0:
        principal = owed - financed + lot_principal_fen(financed, lots, lots - left + 1)
        interest = share_fen(principal, accrued_ppm)
        if free_fen < principal + interest:
            break
        set_off, mass_g, cost = (
            divide_half_even(deposit, left),
            divide_half_even(goods_g, left),
            divide_half_even(stock, left),
        )
        gross = principal + set_off
        vats = (
            gross - rules.net_of_vat_fen(gross, vat_goods_ppm),
            interest - rules.net_of_vat_fen(interest, vat_interest_ppm),
        )
        postings.redeem(money, masses, client, holder, lender, mass_g, (principal, interest, set_off), vats, cost)
        parts[done, 0], parts[done, 1], parts[done, 2] = principal, interest, set_off
        free_fen -= principal + interest
        owed -= principal
        deposit -= set_off
        goods_g -= mass_g
        stock -= cost
        left -= 1
        done += 1
    return done, deposit, goods_g, stock


def released(
    loop: Any, memories: tuple[Any, Any], market: Any, facility: Facility, accrued_ppm: int, most: int, free_fen: int
) -> list[list[int]]:
    """Redeem lots of a facility; the answer is principal, interest and set-off deposit of each.

    Args:
        loop: `redeem_lots`, as it stands or compiled.
        memories: balances in fen and in grams, as the loop takes them.
        market: whose ledgers they are.
        facility: with goods in custody; its principal is lowered by whoever notes what was paid.
        accrued_ppm: interest that its principal has earned since the first day.
        most: so many lots at most.
        free_fen: cash that the client can spare.
    """
    entries, parts = market.entries, np.empty((most, 3), dtype=np.int64)
    done, facility.deposit_fen, facility.goods_g, facility.stock_fen = loop(
        *memories,
        (facility.obligor.slot, market.platform.slot, facility.lender.slot),
        (facility.contract.control.lots, accrued_ppm, entries.vat_goods_ppm, entries.vat_interest_ppm),
        (
            facility.principal_fen, facility.open_fen, facility.deposit_fen, facility.goods_g, facility.stock_fen,
            facility.lots_left,
        ),
        most,
        free_fen,
        parts,
    )  # fmt: skip
    told: list[list[int]] = parts[:done].tolist()
    return told
