"""Entries in the books of a contract's parties: debits equal credits, in whole fen, every time."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from credit.contracts.base import Party


class Account(StrEnum):
    """Where an entry stands. Income and expense accounts end with the profit, all others with what is held or owed."""

    CASH = "cash"
    INVENTORY = "inventory"
    RECEIVABLE = "receivable"  # claims on clients from goods sold
    PURCHASED_RECEIVABLE = "purchased_receivable"
    LOAN_TO_PLATFORM = "loan_to_platform"
    BORROWING = "borrowing"
    DUE_TO_FUNDER = "due_to_funder"  # collected for others
    SALES = "sales"
    COST_OF_GOODS = "cost_of_goods"
    FEE_INCOME = "fee_income"
    INTEREST_INCOME = "interest_income"
    INTEREST_EXPENSE = "interest_expense"
    ASSIGNMENT_RESULT = "assignment_result"  # loss (debit) or gain (credit) when a claim leaves the books
    CREDIT_LOSS = "credit_loss"


PROFIT_AND_LOSS = (
    Account.SALES,
    Account.COST_OF_GOODS,
    Account.FEE_INCOME,
    Account.INTEREST_INCOME,
    Account.INTEREST_EXPENSE,
    Account.ASSIGNMENT_RESULT,
    Account.CREDIT_LOSS,
)


class Entry(NamedTuple):
    """One line of a journal.

    Attributes:
        day: ordinal.
        books: whose books.
        account: where.
        debit_fen: > 0 for a debit, < 0 for a credit.
        text: what happened.
    """

    day: int
    books: Party
    account: Account
    debit_fen: int
    text: str


def balances_fen(entries: Iterable[Entry]) -> dict[Account, int]:
    """The balance of every account touched, debits positive."""
    balances: dict[Account, int] = {}
    for entry in entries:
        balances[entry.account] = balances.get(entry.account, 0) + entry.debit_fen
    return balances


def profit_fen(entries: Iterable[Entry]) -> int:
    """Income less expense."""
    return -sum(amount for account, amount in balances_fen(entries).items() if account in PROFIT_AND_LOSS)
