"""Whether contracts and ledgers tell the same story, and one hash for the whole state of a market."""

import hashlib
from array import array
from typing import Any

from credit.errors import WorkFailed
from sim.ledger import CUSTODY, DEPOSITS_PLACED, LOANS


def assert_book_agrees(market: Any) -> None:
    """What the contracts say is owed and held is what the ledgers say.

    Raises:
        WorkFailed: loans, deposits or goods in custody differ.
    """
    fen, grams, book = market.entries.fen.view, market.entries.grams.view, market.book
    pairs = {
        "loans": (book.open_principal_fen(), int(fen[:, LOANS].sum())),
        "deposits": (book.deposits_fen(), int(fen[:, DEPOSITS_PLACED].sum())),
        "goods in custody": (book.custody_g(), int(grams[:, CUSTODY].sum())),
    }
    for what, (by_book, by_ledger) in pairs.items():
        if by_book != by_ledger:
            raise WorkFailed(f"{what}: {by_book} by the book, {by_ledger} by the ledger on {market.date}")


def state_hash(market: Any) -> str:
    """SHA-256 over every whole number of the state: ledgers, agents in order of rows, contracts, calendars, deceit."""
    told = hashlib.sha256()
    told.update(array("q", [market.day, market.seed]).tobytes())
    told.update(market.entries.fen.balances.tobytes())
    told.update(market.entries.grams.balances.tobytes())
    for party in (*market.smes, *market.buyers, *market.suppliers, *market.lenders, market.platform):
        told.update(array("q", party.state()).tobytes())
    told.update(array("q", market.book.state()).tobytes())
    told.update(array("q", market.state()).tobytes())
    if market.desk is not None:
        told.update(array("q", market.desk.state()).tobytes())
    if market.learning is not None:
        told.update("\n".join(one.name for one in market.learning.register.versions).encode())
    return told.hexdigest()
