"""The platform's claim assigned: one stream of money, two sets of books, both balanced."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.contract_rates import rates_of
from credit.contracts import AssignedReceivable, AssignmentTerms, OpenAccountPurchase, Party, PurchaseTerms
from credit.contracts.bookkeeping import PROFIT_AND_LOSS, Account, balances_fen, profit_fen
from credit.errors import BadInput

START = date(2026, 1, 15).toordinal()
TERMS = PurchaseTerms(150_000, 400, 3_000, 30)


def assigned(has_recourse, after=5, funded=800_000, discount=80_000, terms=TERMS):
    assignment = AssignmentTerms(after, funded, discount, has_recourse)
    return AssignedReceivable(START, 28_800_000, terms, assignment)


@st.composite
def cases(draw):
    terms = PurchaseTerms(draw(st.integers(0, 900_000)), draw(st.integers(0, 1_000)), draw(st.integers(0, 9_000)),
                          draw(st.integers(1, 120)))  # fmt: skip
    assignment = AssignmentTerms(
        draw(st.integers(0, terms.term_days - 1)),
        draw(st.integers(1, 1_000_000)),
        draw(st.integers(0, 300_000)),
        draw(st.booleans()),
    )
    contract = AssignedReceivable(START, draw(st.integers(100, 10**11)), terms, assignment)
    return contract, draw(st.one_of(st.just(0), st.integers(0, contract.face_fen)))


@given(cases())
def test_every_booking_balances_and_cash_in_the_books_is_cash_in_the_schedule(case):
    contract, unpaid = case
    flows, entries = contract.schedule(unpaid), contract.entries(unpaid)
    for books in (Party.PLATFORM, Party.FUNDER):
        own = [entry for entry in entries if entry.books is books]
        for day, text in {(entry.day, entry.text) for entry in own}:
            assert sum(e.debit_fen for e in own if (e.day, e.text) == (day, text)) == 0, text
        balances = balances_fen(own)
        received = sum(f.amount_fen * ((f.payee is books) - (f.payer is books)) for f in flows)
        assert balances.get(Account.CASH, 0) == received == profit_fen(own)
        left = {account for account, amount in balances.items() if amount and account not in PROFIT_AND_LOSS}
        assert left <= {Account.CASH}


@given(cases())
def test_value_is_conserved_and_what_the_client_leaves_unpaid_is_borne_once(case):
    contract, unpaid = case
    assert set(contract.net_by_day(list(Party)).values()) == {0}

    def earned(books, unpaid_fen):
        return profit_fen(entry for entry in contract.entries(unpaid_fen) if entry.books is books)

    borne = {books: earned(books, 0) - earned(books, unpaid) for books in (Party.PLATFORM, Party.FUNDER)}
    assert sum(borne.values()) == unpaid
    assert all(loss >= 0 for loss in borne.values())
    if contract.assignment.has_recourse:
        assert borne[Party.FUNDER] == 0
    else:
        assert abs(borne[Party.FUNDER] - unpaid * contract.funded_face_fen / contract.face_fen) <= 1


def test_the_client_pays_what_it_pays_on_open_account():
    plain = rates_of(OpenAccountPurchase(START, 28_800_000, TERMS))
    for has_recourse in (False, True):
        assert rates_of(assigned(has_recourse)) == plain


def test_without_recourse_the_claim_leaves_the_books_with_recourse_it_stays():
    def on_the_day(contract):
        day = contract.assigned_day
        return balances_fen(e for e in contract.entries() if e.books is Party.PLATFORM and e.day <= day)

    owed = 24_480_000 + 48_960  # five days of interest
    sold, pledged = on_the_day(assigned(False)), on_the_day(assigned(True))
    assert sold[Account.RECEIVABLE] == owed - owed * 8 // 10
    assert Account.BORROWING not in sold
    assert pledged[Account.RECEIVABLE] == owed
    assert pledged[Account.BORROWING] == -19_710_411


def test_a_dearer_discount_moves_profit_from_platform_to_funder_and_makes_none():
    def profits(discount):
        entries = assigned(False, discount=discount).entries()
        return [profit_fen(e for e in entries if e.books is books) for books in (Party.PLATFORM, Party.FUNDER)]

    cheap, dear = profits(60_000), profits(90_000)
    assert sum(cheap) == sum(dear)
    assert dear[1] > cheap[1]


@pytest.mark.parametrize(
    ("change", "field"),
    [({"after": 30}, "after_days"), ({"after": -1}, "after_days"), ({"funded": 0}, "funded_ppm")],
)
def test_assignments_that_cannot_be_are_refused_by_name(change, field):
    with pytest.raises(BadInput) as refused:
        assigned(False, **change)
    assert refused.value.problems[0].field == field


def test_what_an_unpaid_claim_grows_to_is_what_it_grows_to_on_open_account():
    terms = PurchaseTerms(150_000, 400, 3_000, 30, grace_days=3, overdue_day_rate_ppm=800)
    plain = OpenAccountPurchase(START, 28_800_000, terms)
    assert [assigned(True, terms=terms).exposure_fen(START + age) for age in range(-1, 60)] == [
        plain.exposure_fen(START + age) for age in range(-1, 60)
    ]


def test_no_more_can_stay_unpaid_than_is_owed():
    with pytest.raises(BadInput, match="unpaid_fen"):
        assigned(False).schedule(10**9)
