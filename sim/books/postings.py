"""The most frequent entries as functions of the ledgers' memory, so that an object and a compiled loop post the same.

Only `sim.books.entries*` and the loops of `sim.loops` call them. `money` and `masses` are the balances
of both ledgers, at `slot + account`; every function leaves each entity balanced.
"""

from typing import Any

from sim.books.ledger import (
    CASH,
    COST_OF_GOODS,
    CUSTODY,
    DEBTS,
    DEPOSITS_HELD,
    DEPOSITS_PLACED,
    GIVEN,
    GOODS,
    INVENTORY,
    LOANS,
    LOSSES,
    OPERATING_COST,
    PAYABLES,
    RECEIVABLES,
    RECEIVED,
    RESIN,
    REVENUE,
    TRANSIT,
    VAT,
)  # fmt: skip

type Balances = Any
"""`array("q")` for objects, an int64 column over the same memory in compiled loops."""

WORLD = 0
"""Slot of the world outside: workers, tax office, producers, final customers, depositors."""


def pay(money: Balances, payer: int, for_account: int, payee: int, into_account: int, amount: int) -> None:
    """Cash from one entity to another."""
    money[payer + for_account] += amount
    money[payer + CASH] -= amount
    money[payee + CASH] += amount
    money[payee + into_account] -= amount


def produce(masses: Balances, slot: int, resin_g: int, output_g: int) -> None:
    """Resin becomes product; the rest is scrap that the world takes away."""
    scrap = resin_g - output_g
    masses[slot + RESIN] -= resin_g
    masses[slot + GOODS] += output_g
    masses[slot + GIVEN] += scrap
    masses[WORLD + RESIN] += scrap
    masses[WORLD + RECEIVED] -= scrap


ON_CREDIT = RECEIVABLES, PAYABLES
IN_CASH = CASH, CASH
"""How goods are paid for: the account that the seller debits, and the one that the buyer credits."""


def sale(
    money: Balances, seller: int, buyer: int, gross: int, net: int, cost: int, accounts: tuple[int, int] = ON_CREDIT
) -> None:
    """The money of a sale: revenue and claim or cash, cost and stock here, stock and debt or less cash there."""
    money[seller + accounts[0]] += gross
    money[seller + REVENUE] -= net
    money[seller + VAT] -= gross - net
    money[seller + COST_OF_GOODS] += cost
    money[seller + INVENTORY] -= cost
    money[buyer + INVENTORY] += net
    money[buyer + VAT] += gross - net
    money[buyer + accounts[1]] -= gross


def sell_on_credit(
    money: Balances, masses: Balances, seller: int, buyer: int, mass_g: int, gross: int, net: int, cost: int
) -> None:
    """Products for an invoice."""
    sale(money, seller, buyer, gross, net, cost)
    masses[seller + GOODS] -= mass_g
    masses[seller + GIVEN] += mass_g
    masses[buyer + GOODS] += mass_g
    masses[buyer + RECEIVED] -= mass_g


def resell(money: Balances, masses: Balances, buyer: int, mass_g: int, gross: int, net: int, cost: int) -> None:
    """A buyer sells on to the world for cash."""
    money[WORLD + OPERATING_COST] += gross
    money[WORLD + CASH] -= gross
    money[buyer + CASH] += gross
    money[buyer + REVENUE] -= net
    money[buyer + VAT] -= gross - net
    money[buyer + COST_OF_GOODS] += cost
    money[buyer + INVENTORY] -= cost
    masses[buyer + GIVEN] += mass_g
    masses[buyer + GOODS] -= mass_g
    masses[WORLD + RESIN] += mass_g
    masses[WORLD + RECEIVED] -= mass_g


def hand_over(
    money: Balances,
    masses: Balances,
    supplier: int,
    customer: int,
    place: int,
    mass_g: int,
    gross: int,
    net: int,
    cost: int,
    accounts: tuple[int, int],
) -> None:
    """Resin leaves a supplier for a place (on the way, in custody) of its customer, ON_CREDIT or IN_CASH."""
    sale(money, supplier, customer, gross, net, cost, accounts)
    masses[supplier + GIVEN] += mass_g
    masses[supplier + RESIN] -= mass_g
    masses[customer + place] += mass_g
    masses[customer + RECEIVED] -= mass_g


def arrive(masses: Balances, slot: int, mass_g: int) -> None:
    """Resin on the way arrives."""
    masses[slot + RESIN] += mass_g
    masses[slot + TRANSIT] -= mass_g


def redeem(
    money: Balances,
    masses: Balances,
    customer: int,
    holder: int,
    lender: int,
    mass_g: int,
    parts: tuple[int, int, int],
    vats: tuple[int, int],
    cost: int,
) -> None:
    """A lot leaves custody: the customer pays its financed part in cash and the rest out of its deposit.

    Its cash is the lender's: the holder, who owes principal and interest, passes it on.

    Args:
        money: balances in fen.
        masses: balances in grams.
        customer: whose lot it is.
        holder: of the goods, and the lender's debtor.
        lender: who financed them.
        mass_g: of the lot.
        parts: principal, its interest, and deposit that is set off.
        vats: VAT in the price of the lot, and in its interest.
        cost: of the lot in the holder's books.
    """
    principal, interest, deposit = parts
    vat, interest_vat = vats
    cash, net = principal + interest, principal + deposit - vat
    money[customer + CASH] -= cash
    money[customer + DEPOSITS_PLACED] -= deposit
    money[customer + INVENTORY] += net
    money[customer + VAT] += vat
    money[customer + OPERATING_COST] += interest
    money[holder + DEPOSITS_HELD] += deposit
    money[holder + REVENUE] -= net + interest
    money[holder + VAT] -= vat
    money[holder + COST_OF_GOODS] += cost
    money[holder + INVENTORY] -= cost
    money[holder + DEBTS] += principal
    money[holder + OPERATING_COST] += interest
    money[lender + CASH] += cash
    money[lender + LOANS] -= principal
    money[lender + REVENUE] -= interest - interest_vat
    money[lender + VAT] -= interest_vat
    masses[holder + GIVEN] += mass_g
    masses[holder + CUSTODY] -= mass_g
    masses[customer + RESIN] += mass_g
    masses[customer + RECEIVED] -= mass_g


def withhold(money: Balances, buyer: int, seller: int, amount: int) -> None:
    """A buyer sets claims of its own off against an invoice: that part is gone for good."""
    money[seller + LOSSES] += amount
    money[seller + RECEIVABLES] -= amount
    money[buyer + PAYABLES] += amount
    money[buyer + REVENUE] -= amount
