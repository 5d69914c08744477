"""Resin on its way from suppliers to firms: what is delivered without finance, what is ordered, what arrives."""

from typing import Any

import numpy as np

from sim.books.recorders import MISSING
from sim.economy.smes import Purchase
from sim.loops import firm_columns

PPM = 1_000_000


def arrive(market: Any) -> None:
    """Resin on the way arrives; that of a firm which has stopped was sold with its stock."""
    taken = market.book.arrivals.take(market.day)
    firms, masses, orders = np.array(taken, dtype=np.int64).reshape(-1, 3).T.copy()
    market.log.orders.set_many("delivered_on", orders[market.loops.arrive(market, firms, masses)], market.day)


def deliver(market: Any) -> None:
    """Today's purchases that are not financed: on the supplier's credit, for cash, or not at all."""
    purchases = [one for one in market.purchases if one.facility is None]
    told = [(one.sme.row, one.supplier.row, one.mass_g, one.price_fen) for one in purchases]
    orders = np.array(told, dtype=np.int64).reshape(-1, 4).T.copy()
    masses, amounts, is_on_credit, is_sold_out = market.loops.deliver(market, purchases, orders)
    market.today.supplier_refusals += int(is_sold_out.sum())
    for place in np.flatnonzero(is_sold_out | ~is_on_credit).tolist():
        market.causes.delivered(
            purchases[place], int(masses[place]), is_on_credit=is_on_credit[place], is_sold_out=is_sold_out[place]
        )
    is_sent = masses > 0
    for place in np.flatnonzero(is_sent & is_on_credit).tolist():
        purchases[place].sme.owe(purchases[place].supplier, int(amounts[place]))
    _note_all(market, orders[:, is_sent], masses[is_sent])
    market.today.purchases_fen += int(amounts[is_sent].sum())


def _note_all(market: Any, orders: np.ndarray, masses: np.ndarray) -> None:
    """Orders that are on their way and stand under no facility: rows of firms and suppliers, grams wanted, prices."""
    firms, suppliers, _, prices = orders
    grades = np.frombuffer(market.firm_cells, dtype=np.int64)[firms * firm_columns.WIDTH + firm_columns.GRADE]
    match = PPM - np.frombuffer(market.draws["match"], dtype=np.int64)[firms] // 10
    first = market.log.orders.add_many(
        firms, suppliers, market.day, grades, masses, prices, MISSING, match, count=len(firms)
    )
    market.today.resin_bought_g += int(masses.sum())
    arriving = zip(firms.tolist(), masses.tolist(), range(first, first + len(firms)), strict=True)
    market.book.arrivals.put_all(market.day + market.settings.lead_days, arriving)


def note_financed(market: Any, purchase: Purchase, mass_g: int, amount_fen: int) -> None:
    """The order of a purchase under a facility; what is not in custody is on its way."""
    sme, facility = purchase.sme, purchase.facility
    assert facility is not None
    match = PPM - market.draws["match"][sme.row] // 10
    row = market.log.orders.add(
        sme.row,
        purchase.supplier.row,
        market.day,
        sme.factory.grade,
        mass_g,
        purchase.price_fen,
        facility.number,
        match,
    )
    market.today.resin_bought_g += mass_g
    market.today.purchases_fen += amount_fen
    if facility.is_controlled:
        market.log.orders.set("delivered_on", row, market.day)
    else:
        market.book.arrivals.put(market.day + market.settings.lead_days, (sme.row, mass_g, row))
