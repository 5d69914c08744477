"""What a run has put on record, as tables: facilities, instalments, movements of money, balance sheets, decisions.

They hold whole numbers and names, and nothing of the book or the ledgers but what was written down as it happened, so
that somebody who distrusts both can check them (`sim.books.records_audit`). Days are market days.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sim.books.facilities import KINDS, STATUSES
from sim.books.ledger import FEN_ACCOUNTS, WIDTH
from sim.books.recorders import DEPARTMENTS, FLOWS, PARTIES, Events


@dataclass(frozen=True)
class Records:
    """The tables.

    Attributes:
        facilities: a row a facility: `firm`, `lender`, `product`, `form`, `opened_on`, `due_on`, `principal`,
            `rate_ppm` a year, `fee`, `deposit`, `collateral_value`, `status`, `closed_on` (MISSING: not yet).
        payments: a row an instalment: `facility`, `due_on`, `due`, `paid_on`, `paid`.
        flows: a row a movement, in the order of their happening: `day`, `facility`, `kind` (sim.books.recorders.FLOWS),
            `amount`.
        positions: a row a facility on the last day: `open`, `written_down`, `deposit`.
        balances: `day`, `party` (sim.books.recorders.PARTIES, `lender 0`, `lender 1`, ...), `account`, `amount` (debits
            positive): month ends, and the last day as it stands.
        work: `day`, `department`, `waiting`, `served`: the rounds of each department that had something to do.
        daily: the daily rows of observed days; `day` counts from the first observed one.
        first_day: market day of that.
    """

    facilities: pd.DataFrame
    payments: pd.DataFrame
    flows: pd.DataFrame
    positions: pd.DataFrame
    balances: pd.DataFrame
    work: pd.DataFrame
    daily: pd.DataFrame
    first_day: int


def records_of(market: Any) -> Records:
    """The records of a market, at whatever day it stands."""
    log, book = market.log, market.book
    facilities = _frame(log.facilities)
    kind = facilities.pop("kind").to_numpy()
    facilities["product"] = np.array([one.product for one in KINDS], dtype=object)[kind]
    facilities["form"] = np.array([one.form for one in KINDS], dtype=object)[kind]
    facilities["status"] = np.array(STATUSES, dtype=object)[np.maximum(facilities["status"], 0)]
    flows = _frame(log.flows)
    flows["kind"] = np.array(FLOWS, dtype=object)[flows["kind"]]
    work = _frame(log.work)
    work["department"] = np.array(DEPARTMENTS, dtype=object)[work["department"]]
    held = [(one.open_fen, one.written_down_fen, one.deposit_fen + one.margin_fen) for one in book.facilities]
    positions = pd.DataFrame(held, columns=["open", "written_down", "deposit"], dtype=np.int64)
    balances = pd.concat([_named(log.balances.columns()), _named(_sheets(market))], ignore_index=True)
    return Records(
        facilities, _frame(log.payments), flows, positions, balances, work,
        market.recorder.frame(), market.settings.burn_in_days,
    )  # fmt: skip


def note_balances(market: Any) -> None:
    """Put today's balance sheets on record."""
    for row in zip(*(column.tolist() for column in _sheets(market).values()), strict=True):
        market.log.balances.add(*row)


def _sheets(market: Any) -> dict[str, np.ndarray]:
    """Every account of the world, the platform, whole sectors and each lender."""
    view = market.entries.fen.view
    first, platform = market.smes[0].slot // WIDTH, market.platform.slot // WIDTH
    sheets = [view[0], view[platform]]
    for sector in (market.suppliers, market.buyers):
        sheets.append(view[[one.slot // WIDTH for one in sector]].sum(axis=0))
    sheets.append(view[first::2].sum(axis=0))
    sheets.append(view[first + 1 :: 2].sum(axis=0))
    sheets += [view[lender.slot // WIDTH] for lender in market.lenders]
    amounts = np.array(sheets, dtype=np.int64)
    party, account = np.nonzero(amounts)
    return {
        "day": np.full(len(party), market.day),
        "party": party,
        "account": account,
        "amount": amounts[party, account],
    }


def _named(columns: dict[str, np.ndarray]) -> pd.DataFrame:
    party = columns["party"]
    lenders = [f"lender {number}" for number in range(max(int(party.max(initial=0)) + 1 - len(PARTIES), 0))]
    return pd.DataFrame(
        {
            "day": columns["day"],
            "party": np.array([*PARTIES, *lenders], dtype=object)[party],
            "account": np.array(FEN_ACCOUNTS, dtype=object)[columns["account"]],
            "amount": columns["amount"],
        }
    )


def _frame(events: Events) -> pd.DataFrame:
    columns = events.columns()
    return pd.DataFrame({name: column.copy() for name, column in columns.items()})
