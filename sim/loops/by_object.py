"""The hottest loops of a day, firm by firm: the readable form, and the reference of `sim.loops.by_column`."""

from typing import Any

from sim.books.book import Invoice
from sim.economy.buyers import Buyer
from sim.economy.smes import SME


def produce(market: Any, power_ppm: list[int] | None) -> int:
    """Every firm makes its plan; the answer is the output in grams.

    Args:
        market: the market.
        power_ppm: what rationed power leaves, by town; None where nobody rations.
    """
    if power_ppm is None:
        return sum(sme.produce() for sme in market.active)
    return sum(sme.produce(power_ppm[sme.factory.town]) for sme in market.active)


def ship(market: Any, smes: list[SME]) -> int:
    """Firms ship the week's orders; the answer is what they invoiced, fen."""
    demand, margins = market.demand.factors_ppm, market.margins.factors_ppm
    return sum(sme.ship(demand[sme.row], margins[sme.row]) for sme in smes)


def pay_wages(market: Any, smes: list[SME]) -> list[SME]:
    """Firms pay their people and their power; the answer is who may have had too little."""
    for sme in smes:
        sme.pay_wages()
    return smes


def looking_for_resin(market: Any, smes: list[SME]) -> list[tuple[SME, bool, int]]:
    """Firms that may order or redeem today: whether they need what is in custody, and what they order, grams."""
    return [(sme, *sme.looks_for_resin()) for sme in smes]


def pay_invoices(market: Any, invoices: list[Invoice]) -> list[Invoice]:
    """Buyers pay invoices in this order; the answer is those that had to wait."""
    return [invoice for invoice in invoices if not invoice.buyer.pay(invoice)]


def resell(market: Any, buyers: list[Buyer]) -> None:
    """Buyers sell on a part of their goods and pay the week's costs."""
    for buyer in buyers:
        buyer.resell(market.buyer_margins.factors_ppm[buyer.row])


def assert_balanced(market: Any) -> None:
    """Audit both ledgers."""
    market.entries.assert_balanced()
