"""The most frequent entries as functions of the ledgers' memory, so that an object and a compiled loop post the same.

Only `sim.books.entries*` and the compiled loops of `sim.loops.kernels` call them. `money` and `masses` are the balances
of both ledgers, at `slot + account`; every function leaves each entity balanced.
"""

from typing import Any

from sim.books.ledger import (
    CASH,
    COST_OF_GOODS,
    CUSTODY,
    DEPOSITS_HELD,
    DEPOSITS_PLACED,
    GIVEN,
    GOODS,
    INVENTORY,
    LOSSES,
    OPERATING_COST,
    PAYABLES,
    RECEIVABLES,
    RECEIVED,
    RESIN,
    REVENUE,
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


def invoice(money: Balances, seller: int, buyer: int, gross: int, net: int, cost: int) -> None:
    """The money of a sale on credit: revenue and claim, cost and stock here, stock and debt there."""
    money[seller + RECEIVABLES] += gross
    money[seller + REVENUE] -= net
    money[seller + VAT] -= gross - net
    money[seller + COST_OF_GOODS] += cost
    money[seller + INVENTORY] -= cost
    money[buyer + INVENTORY] += net
    money[buyer + VAT] += gross - net
    money[buyer + PAYABLES] -= gross


def sell_on_credit(
    money: Balances, masses: Balances, seller: int, buyer: int, mass_g: int, gross: int, net: int, cost: int
) -> None:
    """Products for an invoice."""
    invoice(money, seller, buyer, gross, net, cost)
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
) -> None:
    """Resin leaves a supplier for a place (on the way, in custody) of its customer, for a bill."""
    invoice(money, supplier, customer, gross, net, cost)
    masses[supplier + GIVEN] += mass_g
    masses[supplier + RESIN] -= mass_g
    masses[customer + place] += mass_g
    masses[customer + RECEIVED] -= mass_g


def redeem(
    money: Balances,
    masses: Balances,
    customer: int,
    holder: int,
    mass_g: int,
    principal: int,
    deposit: int,
    vat: int,
    cost: int,
) -> None:
    """A lot leaves custody: the customer pays its financed part in cash and the rest out of its deposit."""
    gross = principal + deposit
    money[customer + CASH] -= principal
    money[customer + DEPOSITS_PLACED] -= deposit
    money[customer + INVENTORY] += gross - vat
    money[customer + VAT] += vat
    money[holder + CASH] += principal
    money[holder + DEPOSITS_HELD] += deposit
    money[holder + REVENUE] -= gross - vat
    money[holder + VAT] -= vat
    money[holder + COST_OF_GOODS] += cost
    money[holder + INVENTORY] -= cost
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
