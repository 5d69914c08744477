"""Double entry in whole fen and whole grams, audited every day.

One class serves both units. Every entity (a firm, its controller, a bank, the world outside) owns `WIDTH` accounts that
lie side by side; debits are positive, credits negative, so that an entity's accounts always sum to zero. What passes
between two entities is a balanced posting in each of them, and the audit holds the two sides against each other:
what one legally owes is what another legally claims.
"""

from array import array
from collections.abc import Sequence

import numpy as np

from credit.errors import WorkFailed

WIDTH = 17
"""Accounts an entity, of either unit; an entity's slot is its number times WIDTH."""

# Accounts in fen. Assets and costs are debits (positive), debts, equity and income credits (negative).
CASH, RECEIVABLES, INVENTORY, MACHINES, LOANS, DEPOSITS_PLACED, FUNDING = range(7)
PAYABLES, DEBTS, DEPOSITS_HELD, VAT, ALLOWANCE, EQUITY = range(7, 13)
REVENUE, COST_OF_GOODS, OPERATING_COST, LOSSES = range(13, 17)

FEN_ACCOUNTS = (
    "cash", "receivables", "inventory", "machines", "loans", "deposits_placed", "funding", "payables", "debts",
    "deposits_held", "vat", "allowance", "equity", "revenue", "cost_of_goods", "operating_cost", "losses",
)  # fmt: skip

CLAIMS = ((RECEIVABLES, PAYABLES), (LOANS, DEBTS), (DEPOSITS_PLACED, DEPOSITS_HELD), (FUNDING, FUNDING))
"""Legal gross claims and the debts that mirror them: over the whole market each pair sums to zero. A write-off posts to
ALLOWANCE and LOSSES and leaves these alone, because it forgives nobody."""

# Accounts in grams. RECEIVED and GIVEN are the contra accounts of what came in and went out.
RESIN, GOODS, TRANSIT, CUSTODY, RECEIVED, GIVEN = range(6)


class Ledger:
    """The balances of all entities in one unit.

    Attributes:
        unit: "fen" or "g", for messages.
        balances: one signed 64-bit integer an account, at `slot + account`.
        view: the same memory as an array of shape (entities, WIDTH), for audits and hashes.
    """

    def __init__(self, unit: str, entities: int, pairs: Sequence[tuple[int, int]], never_negative: slice | int) -> None:
        self.unit = unit
        self._never_negative = never_negative
        self.balances = array("q", bytes(8 * WIDTH * entities))
        self.view = np.frombuffer(self.balances, dtype=np.int64).reshape(entities, WIDTH)
        self._pairs = tuple(pairs)
        self._constant: tuple[int, ...] = ()
        self._totals: list[int] = []

    def post(self, slot: int, debit: int, credit: int, amount: int) -> None:
        """Move an amount inside one entity: debit one account, credit another."""
        balances = self.balances
        balances[slot + debit] += amount
        balances[slot + credit] -= amount

    def pay(self, payer: int, for_account: int, payee: int, into_account: int, amount: int) -> None:
        """Cash from one entity to another: the payer debits `for_account`, the payee credits `into_account`."""
        balances = self.balances
        balances[payer + for_account] += amount
        balances[payer + CASH] -= amount
        balances[payee + CASH] += amount
        balances[payee + into_account] -= amount

    def hold_constant(self, *accounts: int) -> None:
        """From now on the total of these accounts over all entities may not change."""
        self._constant = accounts
        self._totals = [int(self.view[:, account].sum()) for account in accounts]

    def assert_balanced(self) -> None:
        """Audit the whole ledger.

        Raises:
            WorkFailed: an entity's accounts do not sum to zero, a claim has no equal debt, a constant total moved, or
                somebody (the world, entity 0, excepted) gave what it did not have.
        """
        crooked = self.view @ _ONES
        if self.view[1:, self._never_negative].min() < 0:
            rows = self.view[1:, self._never_negative].reshape(len(self.view) - 1, -1)
            entity = int(rows.min(axis=1).argmin()) + 1
            raise WorkFailed(f"entity {entity} gave {self.unit} that it did not have")
        if crooked.any():
            entity = int(np.flatnonzero(crooked)[0])
            raise WorkFailed(f"entity {entity} is out of balance by {int(crooked[entity])} {self.unit}")
        self.assert_totals(self.view.sum(axis=0))

    def assert_totals(self, columns: np.ndarray) -> None:
        """Audit what must hold over all entities together.

        Args:
            columns: the sum of every account.

        Raises:
            WorkFailed: a claim has no equal debt, or a constant total moved.
        """
        for claim, debt in self._pairs:
            apart = int(columns[claim]) + (int(columns[debt]) if debt != claim else 0)
            if apart:
                raise WorkFailed(f"account {claim} and its mirror {debt} are apart by {apart} {self.unit}")
        for account, total in zip(self._constant, self._totals, strict=True):
            if int(columns[account]) != total:
                raise WorkFailed(f"account {account} drifted by {int(columns[account]) - total} {self.unit} in total")


_ONES = np.ones(WIDTH, dtype=np.int64)
