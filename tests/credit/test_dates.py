"""Time in contracts: published day-count examples, business days of the PRC, months that have no 31st."""

from datetime import date
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.calendars import CalendarFile, business_calendar, calendar_schema
from credit.contracts import BusinessCalendar, DayCount, Roll, year_fraction
from credit.contracts.dates import FIRST_DAY, LAST_DAY, add_months
from credit.errors import BadInput
from credit.files import DATA, read_yaml
from credit.sourced import read_model

ordinals = st.integers(FIRST_DAY, LAST_DAY - 4_000)
PRC = business_calendar("prc")


def day(text):
    return date.fromisoformat(text).toordinal()


@pytest.mark.parametrize(
    ("convention", "first", "last", "fraction"),
    [
        # ISDA, "EMU and market conventions" (1998): 1 November 2003 to 1 May 2004
        (DayCount.ACTUAL_ACTUAL, "2003-11-01", "2004-05-01", Fraction(61, 365) + Fraction(121, 366)),
        (DayCount.ACTUAL_ACTUAL, "1999-02-01", "1999-07-01", Fraction(150, 365)),
        (DayCount.ACTUAL_365, "2003-11-01", "2004-05-01", Fraction(182, 365)),
        (DayCount.ACTUAL_360, "2003-11-01", "2004-05-01", Fraction(182, 360)),
        (DayCount.THIRTY_360, "2003-11-01", "2004-05-01", Fraction(1, 2)),
        (DayCount.THIRTY_360, "2007-01-31", "2007-03-31", Fraction(60, 360)),
        (DayCount.THIRTY_360, "2007-02-28", "2007-03-31", Fraction(33, 360)),
        (DayCount.THIRTY_360, "2007-01-15", "2007-01-31", Fraction(16, 360)),
    ],
)
def test_day_counts_agree_with_their_definitions(convention, first, last, fraction):
    assert year_fraction(convention, day(first), day(last)) == fraction


@given(ordinals, st.integers(0, 2_000), st.integers(0, 2_000))
def test_actual_day_counts_add_up(first, length, more):
    for convention in (DayCount.ACTUAL_365, DayCount.ACTUAL_360, DayCount.ACTUAL_ACTUAL):
        parts = (
            year_fraction(convention, first, first + length),
            year_fraction(convention, first + length, first + length + more),
        )
        assert sum(parts) == year_fraction(convention, first, first + length + more)


def test_a_whole_calendar_year_is_one_and_days_out_of_order_are_refused():
    assert year_fraction(DayCount.ACTUAL_ACTUAL, day("2024-01-01"), day("2025-01-01")) == 1
    with pytest.raises(BadInput, match="last_day"):
        year_fraction(DayCount.ACTUAL_365, day("2024-01-02"), day("2024-01-01"))


@given(ordinals, st.integers(0, 120))
def test_months_keep_their_day_or_end(start, months):
    then, later = date.fromordinal(start), date.fromordinal(add_months(start, months))
    assert (later.year * 12 + later.month) - (then.year * 12 + then.month) == months
    assert later.day == then.day or (later.day < then.day and date.fromordinal(later.toordinal() + 1).day == 1)


@pytest.mark.parametrize(
    ("text", "is_business_day"),
    [
        ("2026-02-13", True),
        ("2026-02-14", True),  # a Saturday that is worked before the Spring Festival
        ("2026-02-15", False),
        ("2026-02-23", False),
        ("2026-02-24", True),
        ("2026-02-28", True),
        ("2026-10-05", False),
        ("2026-10-10", True),
        ("2026-11-07", False),
    ],
)
def test_the_spring_festival_of_2026_as_the_state_council_set_it(text, is_business_day):
    assert PRC.is_business_day(day(text)) == is_business_day


@pytest.mark.parametrize(
    ("roll", "text", "paid"),
    [
        (Roll.NONE, "2026-02-18", "2026-02-18"),
        (Roll.FOLLOWING, "2026-02-18", "2026-02-24"),
        (Roll.PRECEDING, "2026-02-18", "2026-02-14"),
        (Roll.FOLLOWING, "2026-01-31", "2026-02-02"),
        (Roll.MODIFIED_FOLLOWING, "2026-01-31", "2026-01-30"),
    ],
)
def test_payments_move_to_business_days(roll, text, paid):
    assert PRC.rolled(day(text), roll) == day(paid)


@pytest.mark.parametrize(
    ("year", "statutory_days"),
    [(2018, 11), (2019, 11), (2021, 11), (2022, 11), (2023, 11), (2024, 11), (2025, 13), (2026, 13)],
)
def test_a_published_year_works_all_its_days_but_weekends_and_statutory_holidays(year, statutory_days):
    """Whatever is bridged is worked on some weekend: only the statutory days are gained (11, and 13 since 2025)."""
    days = range(day(f"{year}-01-01"), day(f"{year + 1}-01-01"))
    assert all(PRC.is_published(one) for one in days)
    weekdays = sum(date.fromordinal(one).weekday() < 5 for one in days)
    assert sum(map(PRC.is_business_day, days)) == weekdays - statutory_days


def test_the_epidemic_gave_two_days_of_2020_that_nobody_worked_off():
    days = range(day("2020-01-01"), day("2021-01-01"))
    weekdays = sum(date.fromordinal(one).weekday() < 5 for one in days)
    assert sum(map(PRC.is_business_day, days)) == weekdays - 11 - 2  # Friday 31 January and Saturday 1 February


@given(ordinals, st.sampled_from([Roll.FOLLOWING, Roll.MODIFIED_FOLLOWING, Roll.PRECEDING]))
def test_a_rolled_day_is_a_business_day_and_stays_there(start, roll):
    paid = PRC.rolled(start, roll)
    assert PRC.is_business_day(paid)
    assert PRC.rolled(paid, roll) == paid
    assert roll is not Roll.MODIFIED_FOLLOWING or date.fromordinal(paid).month == date.fromordinal(start).month


def test_a_calendar_without_business_is_refused():
    endless = BusinessCalendar(frozenset(range(day("2026-01-01"), day("2026-12-31"))))
    with pytest.raises(BadInput, match="business day"):
        endless.rolled(day("2026-03-01"), Roll.FOLLOWING)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("first: 2026-05-01, last: 2026-05-05", "first: 2026-05-05, last: 2026-05-01", "before first"),
        ("first: 2026-04-04", "first: 2026-02-20", "after Spring Festival"),
        ("first: 2026-01-01", "first: 2025-12-31", "must begin in 2026"),
        ("[2026-01-04", "[2026-01-05", "Saturday or Sunday"),
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused(tmp_path, old, new, rule):
    text = (DATA / "calendars" / "prc.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "edited.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput, match=rule):
        read_model(path, CalendarFile, "calendar")


def test_the_schema_that_editors_read_is_the_one_that_is_enforced():
    assert read_yaml(DATA / "calendars" / "schema.json") == calendar_schema()
