"""Resin purchases meet the calendar: due days move, interest follows or does not, and nothing else changes."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.calendars import business_calendar
from credit.contracts import (
    AssignedReceivable,
    AssignmentTerms,
    DayCount,
    FlowKind,
    GoodsControlledPurchase,
    GoodsControlTerms,
    OpenAccountPurchase,
    Party,
    PaymentDays,
    PurchaseTerms,
    Roll,
)
from credit.errors import BadInput
from credit.files import DATA, read_text, write_text
from credit.products import load_product

PRC = business_calendar("prc")
VALUE = 28_800_000
AGREED = PurchaseTerms(150_000, 400, 3_000, term_days=30, grace_days=3, overdue_day_rate_ppm=800)
CONTROL = GoodsControlTerms(3, 80_000, 120_000, 3, 40_000)
rolls = st.sampled_from(list(Roll))
starts = st.integers(date(2018, 1, 1).toordinal(), date(2027, 6, 30).toordinal())


def moved(roll, day_count=DayCount.ACTUAL_365, to_moved_day=True, **change):
    days = PaymentDays(day_count, roll, PRC)
    return replace(AGREED, payment_days=days, is_interest_to_moved_day=to_moved_day, **change)


def day(text):
    return date.fromisoformat(text).toordinal()


def contracts(start, terms):
    yield OpenAccountPurchase(start, VALUE, terms)
    yield GoodsControlledPurchase(start, VALUE, terms, CONTROL)
    yield AssignedReceivable(start, VALUE, terms, AssignmentTerms(2, 900_000, 80_000, has_recourse=True))


@pytest.mark.parametrize(
    ("start", "roll", "to_moved_day", "paid_on", "days"),
    [
        ("2026-01-19", Roll.NONE, True, "2026-02-18", 30),  # inside the Spring Festival of 15 to 23 February
        ("2026-01-19", Roll.FOLLOWING, True, "2026-02-24", 36),
        ("2026-01-19", Roll.FOLLOWING, False, "2026-02-24", 30),
        ("2026-01-19", Roll.PRECEDING, True, "2026-02-14", 26),  # a Saturday that is worked
        ("2026-01-19", Roll.PRECEDING, False, "2026-02-14", 30),  # no days are given back
        ("2026-01-01", Roll.FOLLOWING, True, "2026-02-02", 32),
        ("2026-01-01", Roll.MODIFIED_FOLLOWING, True, "2026-01-30", 29),
    ],
)
def test_hand_worked_due_days(start, roll, to_moved_day, paid_on, days):
    """Interest is 97.92 yuan a day: .04 % of 244,800."""
    for contract in contracts(day(start), moved(roll, to_moved_day=to_moved_day)):
        flows = contract.schedule()
        assert contract.due_day == flows[-1].day == day(paid_on)
        interest = sum(f.amount_fen for f in flows if f.payer is Party.SME and f.kind is FlowKind.INTEREST)
        assert interest == days * 9_792


def test_thirty_days_to_the_month_whatever_its_length():
    terms = moved(Roll.NONE, DayCount.THIRTY_360, term_days=31)
    assert OpenAccountPurchase(day("2026-03-01"), VALUE, terms).interest_fen == 30 * 9_792
    assert OpenAccountPurchase(day("2026-03-01"), VALUE, replace(AGREED, term_days=31)).interest_fen == 31 * 9_792


@given(starts, rolls, st.booleans(), st.integers(20, 90))
def test_a_moved_due_day_moves_payments_and_keeps_every_identity(start, roll, to_moved_day, term_days):
    plain = replace(AGREED, term_days=term_days)
    terms = moved(roll, to_moved_day=to_moved_day, term_days=term_days)
    for contract, unmoved in zip(contracts(start, terms), contracts(start, plain), strict=True):
        assert set(contract.net_by_day(list(Party)).values()) == {0}
        assert contract.principal_fen == unmoved.principal_fen
        if not to_moved_day:
            assert contract.total_fen(Party.SME, FlowKind.INTEREST) == unmoved.total_fen(Party.SME, FlowKind.INTEREST)
        if roll is Roll.NONE:
            assert contract.schedule() == unmoved.schedule()
        else:
            assert PRC.is_business_day(contract.due_day)
        profile = contract.exposure_profile()
        assert len(profile) == contract.due_day - start + 1
        assert list(profile) == sorted(profile)
    loan = OpenAccountPurchase(start, VALUE, terms)
    owed = [loan.accrued_interest_fen(loan.due_day + late) for late in range(10)]
    assert owed[0] == loan.interest_fen
    assert owed == sorted(owed)  # no holiday gives back what a day before it cost
    assert owed[3] - owed[0] == 3 * 9_792  # grace is counted from the day on which payment was possible
    assert owed[4] - owed[0] == 4 * 2 * 9_792


def test_a_due_day_cannot_move_before_the_purchase():
    with pytest.raises(BadInput, match="term_days"):
        OpenAccountPurchase(day("2026-02-14"), VALUE, moved(Roll.PRECEDING, term_days=5))


def test_without_a_calendar_any_day_number_will_do_and_with_one_it_must_be_a_date():
    assert OpenAccountPurchase(-5, VALUE, AGREED).due_day == 25
    for terms in (moved(Roll.FOLLOWING), moved(Roll.NONE, DayCount.THIRTY_360)):
        with pytest.raises(BadInput, match="start_day"):
            OpenAccountPurchase(100, VALUE, terms)


def test_payment_days_beyond_the_last_published_year_are_named_and_only_where_a_calendar_counts():
    start = day("2026-12-20")
    for contract in contracts(start, moved(Roll.FOLLOWING)):
        assert contract.unpublished_days() == (contract.due_day,)
    assert OpenAccountPurchase(start, VALUE, moved(Roll.NONE)).unpublished_days() == ()
    weekends = replace(AGREED, payment_days=PaymentDays(DayCount.ACTUAL_365, Roll.FOLLOWING))
    assert OpenAccountPurchase(start, VALUE, weekends).unpublished_days() == ()  # they need no notice


def test_a_product_file_says_how_due_days_move(tmp_path):
    written = read_text(DATA / "products" / "purchase_loan.yaml")

    def product(said):
        path = tmp_path / "purchase_loan.yaml"
        write_text(path, written.replace("    is_guaranteed:", f"{said}    is_guaranteed:"))
        return load_product(path)

    plain, unmoved = load_product(DATA / "products" / "purchase_loan.yaml"), product("    payments: {}\n")
    following = product("    payments: {roll: following, calendar: prc}\n")
    free = product("    payments: {roll: following, calendar: prc}\n    is_interest_to_moved_day: false\n")
    assert unmoved.hash == plain.hash  # what is said by default is not said anew
    assert len({plain.hash, following.hash, free.hash}) == 3
    for form in plain.forms:
        asked, paid, unpaid_rest = (
            one.any_form(form).reference_contract(day("2026-01-01")) for one in (plain, following, free)
        )
        assert [contract.due_day for contract in (asked, paid, unpaid_rest)] == [
            day("2026-01-31"), day("2026-02-02"), day("2026-02-02")
        ]  # fmt: skip
        assert [contract.interest_days(contract.due_day) for contract in (asked, paid, unpaid_rest)] == [30, 32, 30]
