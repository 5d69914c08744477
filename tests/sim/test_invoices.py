"""Invoices in columns: both sides see the same ones, a shock moves each once, and one by one is as all at once."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sim.books.invoices import Invoices
from sim.books.recorders import MISSING, EventLog

DAY = 10


def test_what_firms_are_owed_is_what_buyers_owe(lived):
    market = lived(firms=40, days=100, seed=3)
    invoices, unpaid = market.book.invoices, market.log.invoices.column("paid_on") == MISSING
    by_firm = sorted(one for sme in market.smes for one in invoices.owed_to(sme.row))
    by_buyer = sorted(one for buyer in market.buyers for one in invoices.owed_by(buyer.row))
    assert by_firm == by_buyer
    assert len(by_firm) > len(market.smes)
    assert all(unpaid[one.number] and market.buyers[one.buyer].is_active for one in by_firm)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(1, 9), st.integers(1, 30)), max_size=25))
def test_one_by_one_is_as_all_at_once(sold):
    one_by_one, at_once = Invoices(EventLog().invoices), Invoices(EventLog().invoices)
    for week in range(0, len(sold), 5):
        batch = {firm: rest for firm, *rest in sold[week : week + 5]}  # a firm sells once a week
        cells = [(firm, buyer, amount, 7, DAY + term, DAY + term) for firm, (buyer, amount, term) in batch.items()]
        for firm, buyer, amount, resin, due_day, pays_on in cells:
            one_by_one.issue(firm, buyer, amount, resin, DAY, due_day, pays_on)
        firms, buyers, amounts, resins, due_days, days = np.array(cells, dtype=np.int64).T
        at_once.issue_many(firms, buyers, amounts, resins, DAY, due_days, days)
        for some in (one_by_one, at_once):
            some.table.add(0, 0, DAY, DAY, 1)  # forged: nobody is meant to pay it
    assert list(one_by_one.state()) == list(at_once.state())
    for firm in range(6):
        assert one_by_one.owed_to(firm) == at_once.owed_to(firm)
    for day in range(DAY, DAY + 31):
        np.testing.assert_array_equal(one_by_one.meant_for(day, 0), at_once.meant_for(day, 0))


def test_a_shock_puts_each_invoice_off_once():
    invoices = Invoices(EventLog().invoices)
    for firm in range(3):
        invoices.issue(firm, 0, 100, 7, 0, DAY, DAY)
    assert len(invoices.meant_for(DAY, 5)) == 0
    assert invoices.meant_for(DAY + 5, 5).tolist() == [0, 1, 2]
    assert len(invoices.meant_for(DAY + 10, 5)) == 0
    assert [one.pays_on for one in invoices.owed_by(0)] == [DAY + 5] * 3


def test_an_invoice_that_has_waited_for_cash_longer_than_a_shock_lasts_is_looked_at_again():
    invoices = Invoices(EventLog().invoices)
    invoices.issue(0, 0, 100, 7, 0, DAY, DAY)
    invoices.wait(invoices.meant_for(DAY, 0), DAY + 40)
    assert len(invoices.meant_for(DAY + 40, 20)) == 0
    assert [one.pays_on for one in invoices.owed_by(0)] == [DAY + 20]
    assert invoices.meant_for(DAY + 41, 20).tolist() == [0]
