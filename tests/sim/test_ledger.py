"""Double entry: what does not add up is found on the day it happens."""

import pytest

from credit.errors import WorkFailed
from sim.books.ledger import ALLOWANCE, CASH, CLAIMS, DEBTS, EQUITY, LOANS, LOSSES, WIDTH, Ledger

BANK, FIRM = WIDTH, 2 * WIDTH


@pytest.fixture
def ledger():
    ledger = Ledger("fen", 3, CLAIMS, CASH)
    ledger.post(BANK, CASH, EQUITY, 1_000)
    ledger.hold_constant(CASH)
    return ledger


def test_a_loan_moves_cash_and_makes_claim_and_debt(ledger):
    ledger.pay(BANK, LOANS, FIRM, DEBTS, 400)
    ledger.assert_balanced()
    assert ledger.balances[BANK + LOANS] == -ledger.balances[FIRM + DEBTS] == 400
    assert ledger.balances[BANK + CASH] + ledger.balances[FIRM + CASH] == 1_000


def test_a_write_off_leaves_the_legal_claim_alone(ledger):
    ledger.pay(BANK, LOANS, FIRM, DEBTS, 400)
    ledger.post(BANK, LOSSES, ALLOWANCE, 400)
    ledger.assert_balanced()
    assert ledger.balances[BANK + LOANS] == 400


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (lambda ledger: ledger.balances.__setitem__(BANK + CASH, 999), "out of balance by -1 fen"),
        (lambda ledger: ledger.post(BANK, LOANS, EQUITY, 5), "apart by 5 fen"),
        (lambda ledger: ledger.post(FIRM, CASH, EQUITY, 5), "drifted by 5 fen"),
        (lambda ledger: ledger.pay(FIRM, EQUITY, BANK, EQUITY, 5), "entity 2 gave fen that it did not have"),
    ],
    ids=["one leg only", "claim without debt", "cash from nowhere", "cash that was not there"],
)
def test_the_audit_names_what_is_wrong(ledger, wrong, told):
    wrong(ledger)
    with pytest.raises(WorkFailed, match=told):
        ledger.assert_balanced()
