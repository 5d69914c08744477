"""Money and resin of purchase loans: nobody's accounts lean, nothing is left over, compiled is the same to the fen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.books.ledger import CASH, CUSTODY, DEBTS, DEPOSITS_PLACED, INVENTORY, RECEIVED, RESIN, WIDTH
from sim.loops import purchase_loan_kernels, purchase_loans

SLOTS = [number * WIDTH for number in range(5)]
WORLD, CLIENT, PLATFORM, SUPPLIER, LENDER = SLOTS
VATS_PPM = 130_000, 60_000
FORMS = purchase_loans, purchase_loan_kernels


def memories():
    """Ledgers of five entities: everybody has cash, the supplier resin; each entity balances."""
    money, masses = np.zeros(5 * WIDTH, dtype=np.int64), np.zeros(5 * WIDTH, dtype=np.int64)
    for slot in SLOTS:
        money[slot + CASH], money[slot + WIDTH - 1] = 10**10, -(10**10)
    money[SUPPLIER + INVENTORY], money[SUPPLIER + WIDTH - 2] = 7 * 10**9, -7 * 10**9
    masses[SUPPLIER + RESIN], masses[SUPPLIER + RECEIVED] = 10**9, -(10**9)
    return money, masses


def is_straight(balances):
    return not balances.reshape(5, WIDTH).sum(axis=1).any()


@pytest.mark.parametrize("is_controlled", [False, True])
@settings(deadline=None, max_examples=25)
@given(
    gross=st.integers(1, 10**9), part=st.integers(1, 10**6), fee=st.integers(0, 10**6), mass=st.integers(1, 10**8),
    order_cost=st.integers(0, 10**5),
)  # fmt: skip
def test_a_draw_leaves_everybody_in_balance_in_both_forms(is_controlled, gross, part, fee, mass, order_cost):
    principal = gross * part // 10**6
    told = []
    for form in FORMS:
        money, masses = memories()
        amounts = gross, principal, fee, order_cost
        slots = CLIENT, PLATFORM, SUPPLIER, LENDER
        net = form.draw(money, masses, slots, mass, amounts, VATS_PPM, is_controlled)
        assert is_straight(money)
        assert is_straight(masses)
        assert money[CASH::WIDTH].sum() == 5 * 10**10
        assert money[LENDER + CASH] == 10**10 - principal
        assert money[SUPPLIER + CASH] == 10**10 + gross
        assert money[CLIENT + CASH] == 10**10 - (gross - principal) - fee
        assert money[(PLATFORM if is_controlled else CLIENT) + DEBTS] == -principal
        told.append((net, money.tolist(), masses.tolist()))
    assert told[0] == told[1]


@settings(deadline=None, max_examples=50)
@given(
    financed=st.integers(1, 10**9), deposit=st.integers(0, 10**9), goods=st.integers(1, 10**8),
    lots=st.integers(1, 12), accrued=st.integers(0, 10**5), at_first=st.integers(0, 12), free=st.integers(0, 10**9),
)  # fmt: skip
def test_lots_together_are_the_loan_however_they_leave(financed, deposit, goods, lots, accrued, at_first, free):
    stock, told = 10**9 + goods, []
    for form in FORMS:
        money, masses = memories()
        money[CLIENT + DEPOSITS_PLACED], money[PLATFORM + DEBTS] = deposit, -financed
        masses[PLATFORM + CUSTODY] = goods
        before = money.copy(), masses.copy()
        terms, parts = (lots, accrued, *VATS_PPM), np.zeros((lots, 3), dtype=np.int64)
        held = financed, financed, deposit, goods, stock, lots
        slots, paid = (CLIENT, PLATFORM, LENDER), np.zeros((0, 3), dtype=np.int64)
        for most, cash in ((min(at_first, lots), free), (lots, 10**12)):  # some as far as cash goes, then the rest
            done, *left = form.redeem_lots(money, masses, slots, terms, held, most, cash, parts)
            assert done <= most
            assert parts[:done, :2].sum() <= cash
            paid = np.vstack([paid, parts[:done]])
            held = financed, financed - int(paid[:, 0].sum()), *(int(one) for one in left), lots - len(paid)
        assert len(paid) == lots
        assert paid[:, 0].sum() == financed
        assert paid[:, 2].sum() == deposit
        assert held[2:] == (0, 0, 0, 0)
        assert is_straight(money - before[0])
        assert is_straight(masses - before[1])
        assert masses[CLIENT + RESIN] == goods
        assert money[LENDER + CASH] - before[0][LENDER + CASH] == paid[:, :2].sum()
        assert money[PLATFORM + CASH] == before[0][PLATFORM + CASH]
        told.append((paid.tolist(), money.tolist(), masses.tolist()))
    assert told[0] == told[1]
