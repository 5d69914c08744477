"""The hottest loops of a day, firm by firm: the readable form, and the reference of `sim.loops.by_column`."""

from typing import Any

import numpy as np

from sim.books.facilities import Facility
from sim.economy.smes import SME, Purchase
from sim.economy.suppliers import Supplier
from sim.loops import purchase_loans


def produce(market: Any, power_ppm: list[int] | None) -> int:
    """Every firm makes its plan; the answer is the output in grams.

    Args:
        market: the market.
        power_ppm: what rationed power leaves, by town; None where nobody rations.
    """
    if power_ppm is None:
        return sum(sme.produce() for sme in market.active)
    return sum(sme.produce(power_ppm[sme.factory.town]) for sme in market.active)


def ship(market: Any, rows: np.ndarray) -> int:
    """Firms ship the week's orders, in this order; the answer is what they invoiced, fen."""
    demand, margins = market.demand.factors_ppm, market.margins.factors_ppm
    return sum(market.smes[row].ship(demand[row], margins[row]) for row in rows.tolist())


def pay_wages(market: Any, rows: np.ndarray) -> list[SME]:
    """Firms pay their people and their power; the answer is who may have had too little."""
    smes = [market.smes[row] for row in rows.tolist()]
    for sme in smes:
        sme.pay_wages()
    return smes


def close_months(market: Any, smes: list[SME], is_busy: np.ndarray) -> np.ndarray:
    """A month's tax, informal lenders and owners; the answer is who must still see to it, here everybody.

    Args:
        market: the market.
        smes: active firms.
        is_busy: which of them may stop or leave today, and are left alone.
    """
    return np.ones(len(smes), dtype=bool)


def looking_for_resin(market: Any, rows: np.ndarray) -> list[tuple[SME, bool, int]]:
    """Firms that may order or redeem today: whether they need what is in custody, and what they order, grams."""
    return [(sme, *sme.looks_for_resin()) for sme in (market.smes[row] for row in rows.tolist())]


def arrive(market: Any, rows: np.ndarray, masses: np.ndarray) -> np.ndarray:
    """Resin on the way arrives at firms; the answer is which of them still trade."""
    smes = [market.smes[row] for row in rows.tolist()]
    for sme, mass in zip(smes, masses.tolist(), strict=True):
        if sme.is_active:
            market.entries.arrive(sme.slot, mass)
    return np.array([sme.is_active for sme in smes], dtype=bool)


def deliver(market: Any, purchases: list[Purchase], orders: np.ndarray) -> tuple[np.ndarray, ...]:
    """Suppliers deliver orders in this order.

    Args:
        market: the market.
        purchases: what was planned.
        orders: the same as columns: rows of firms and suppliers, grams, prices.

    Returns:
        Of each order: grams delivered, their price in fen, whether on credit, and whether the supplier had too little.
    """
    told = []
    for one in purchases:
        is_sold_out = one.supplier.in_stock_g(one.sme.factory.grade) < one.mass_g
        told.append((*one.supplier.deliver(one.sme, one.mass_g, one.price_fen), is_sold_out))
    masses, amounts, *flags = np.array(told, dtype=np.int64).reshape(-1, 4).T
    return masses, amounts, *(flag != 0 for flag in flags)


def draw_purchase(market: Any, facility: Facility, supplier: Supplier, mass_g: int) -> int:
    """Money and resin of a purchase on credit change hands; the answer is the net cost of the goods, fen."""
    memories = market.entries.fen.balances, market.entries.grams.balances
    return purchase_loans.drawn(purchase_loans.draw, memories, market, facility, supplier.slot, mass_g)


def redeem_lots(market: Any, facility: Facility, accrued_ppm: int, most: int, free_fen: int) -> list[list[int]]:
    """Lots of a facility leave custody; the answer is principal, interest and set-off deposit of each.

    Args:
        market: the market.
        facility: with goods in custody.
        accrued_ppm: interest that its principal has earned since the first day.
        most: so many lots at most.
        free_fen: cash that the client can spare.
    """
    memories = market.entries.fen.balances, market.entries.grams.balances
    return purchase_loans.released(purchase_loans.redeem_lots, memories, market, facility, accrued_ppm, most, free_fen)


def pay_invoices(market: Any, numbers: np.ndarray) -> np.ndarray:
    """Buyers pay invoices in this order; the answer is which they have paid."""
    is_paid = [market.buyers[one.buyer].pay(one) for one in market.book.invoices.of(numbers)]
    return np.array(is_paid, dtype=bool)


def resell(market: Any, rows: range) -> None:
    """Buyers sell on a part of their goods and pay the week's costs."""
    for row in rows:
        if market.buyers[row].is_active:
            market.buyers[row].resell(market.buyer_margins.factors_ppm[row])


def assert_balanced(market: Any) -> None:
    """Audit both ledgers."""
    market.entries.assert_balanced()
