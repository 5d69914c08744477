"""Whether contracts and ledgers tell the same story, and one hash for the whole state of a market."""

import hashlib
from array import array
from typing import Any

from credit.errors import WorkFailed
from sim.books.ledger import CUSTODY, DEPOSITS_PLACED, LOANS


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
