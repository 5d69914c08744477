"""Whether contracts and ledgers tell the same story, and one hash for the whole state of a market."""

import hashlib
from array import array
from itertools import batched, chain
from typing import Any

from credit.errors import WorkFailed
from sim.books.ledger import CUSTODY, DEPOSITS_PLACED, LOANS

AT_ONCE = 1 << 16
"""Whole numbers that are told at a time: a state is far larger than what is left of memory when a run ends."""


def assert_book_agrees(market: Any) -> None:
    """What the contracts say is owed and held is what the ledgers and the totals that run along say.

    Raises:
        WorkFailed: loans, deposits, goods in custody or a running total differ.
    """
    fen, grams, book = market.entries.fen.view, market.entries.grams.view, market.book
    custody, loans, deposits, principal = book.custody_g(), 0, 0, 0
    for one in book.held():
        loans += one.open_fen
        deposits += one.deposit_fen + one.margin_fen
    obligors = set()
    for one in book.performing.values():
        principal += one.open_fen
        obligors.add(one.obligor)
    by_contracts = {
        "loans by the ledger": (loans, int(fen[:, LOANS].sum())),
        "deposits by the ledger": (deposits, int(fen[:, DEPOSITS_PLACED].sum())),
        "goods in custody by the ledger": (custody, int(grams[:, CUSTODY].sum())),
        "goods in custody by firm": (custody, sum(sme.custody_g for sme in market.smes)),
        "performing principal by the day": (principal, book.performing_fen),
        "obligors by the day": (len(obligors), len(book.credits_of)),
    }
    for what, (contracts, told) in by_contracts.items():
        if contracts != told:
            raise WorkFailed(f"{what}: {told}, but {contracts} by the contracts on {market.date}")


def state_hash(market: Any) -> str:
    """SHA-256 over every whole number of the state: ledgers, agents in order of rows, contracts, calendars, deceit."""
    told = hashlib.sha256()
    told.update(array("q", [market.day, market.seed]))
    told.update(market.entries.fen.balances.tobytes())
    told.update(market.entries.grams.balances.tobytes())
    parties = (*market.smes, *market.buyers, *market.suppliers, *market.lenders, market.platform)
    desks = () if market.desk is None else (market.desk,)
    numbers = chain.from_iterable(one.state() for one in (*parties, market.book, market, *desks))
    for piece in batched(numbers, AT_ONCE):
        told.update(array("q", piece))
    if market.learning is not None:
        told.update("\n".join(one.name for one in market.learning.register.versions).encode())
    return told.hexdigest()
