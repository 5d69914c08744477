"""Days, months and business days of contracts: how time is counted and on which day a payment can be made.

Days are proleptic ordinals (`date.toordinal()`) wherever months, weekdays or holidays matter. Fractions of a year are
exact, so that interest is rounded once, in `credit.contracts.arithmetic`.
"""

import calendar
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

from credit.contracts.edge import check_integer
from credit.errors import BadInput, Problem

FIRST_DAY = date(1990, 1, 1).toordinal()
LAST_DAY = date(2199, 12, 31).toordinal()
LONGEST_ROLL_DAYS = 31
TWELFTH = Fraction(1, 12)


class DayCount(StrEnum):
    """What part of a year lies between two days (names as in the ISDA definitions of 2006, section 4.16)."""

    ACTUAL_365 = "actual/365"
    ACTUAL_360 = "actual/360"
    ACTUAL_ACTUAL = "actual/actual"
    THIRTY_360 = "30/360"


class Roll(StrEnum):
    """Where a payment goes that falls on a day without business."""

    NONE = "none"
    FOLLOWING = "following"
    MODIFIED_FOLLOWING = "modified_following"  # the next business day, unless that lies in the next month
    PRECEDING = "preceding"


def year_fraction(convention: DayCount, first_day: int, last_day: int) -> Fraction:
    """The part of a year between two days, exactly; the first day counts, the last does not.

    Args:
        convention: actual/actual splits the days by calendar year (ISDA); 30/360 is the bond basis.
        first_day: ordinal.
        last_day: ordinal, not before the first.

    Raises:
        BadInput: the days are out of order.
    """
    return Fraction(*year_parts(convention, first_day, last_day))


def year_parts(convention: DayCount, first_day: int, last_day: int) -> tuple[int, int]:
    """The same as numerator and denominator, not shortened: whoever rounds at once needs no more."""
    if last_day < first_day:
        raise BadInput(Problem(f"must not lie before {first_day}", field="last_day", value=last_day))
    if convention is DayCount.ACTUAL_365:
        return last_day - first_day, 365
    if convention is DayCount.ACTUAL_360:
        return last_day - first_day, 360
    start, end = date.fromordinal(first_day), date.fromordinal(last_day)
    if convention is DayCount.THIRTY_360:
        day_of_start = min(start.day, 30)
        day_of_end = 30 if end.day == 31 and day_of_start == 30 else end.day
        days = 360 * (end.year - start.year) + 30 * (end.month - start.month) + day_of_end - day_of_start
        return days, 360
    turns = [date(year, 1, 1).toordinal() for year in range(start.year, end.year + 2)]
    parts = (
        Fraction(max(0, min(last_day, turn_out) - max(first_day, turn_in)), turn_out - turn_in)
        for turn_in, turn_out in pairwise(turns)
    )
    return sum(parts, Fraction(0)).as_integer_ratio()


def add_months(day: int, months: int) -> int:
    """The same day of the month so many months later; the month's last day where it has no such day."""
    start = date.fromordinal(day)
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(start.day, last)).toordinal()


@dataclass(frozen=True, slots=True)
class BusinessCalendar:
    """Which days are business days: all but weekends and holidays, and the weekends that are worked instead.

    Attributes:
        holidays: ordinals of days off.
        working_weekends: ordinals of Saturdays and Sundays that are worked (调休).
        name: the calendar's name; empty for weekends alone.
        published_years: years whose holidays are known for sure; others are expected, or weekends alone are off.
    """

    holidays: frozenset[int] = frozenset()
    working_weekends: frozenset[int] = frozenset()
    name: str = ""
    published_years: frozenset[int] = frozenset()

    def is_published(self, day: int) -> bool:
        """Whether the holidays of a day's year are known; a calendar of weekends alone has none to publish."""
        return not self.name or date.fromordinal(day).year in self.published_years

    def is_business_day(self, day: int) -> bool:
        """Whether payments are made on a day."""
        is_weekend = (day - 1) % 7 >= 5  # ordinal 1 was a Monday
        return day in self.working_weekends or (not is_weekend and day not in self.holidays)

    def rolled(self, day: int, roll: Roll) -> int:
        """The day itself when it is a business day, else the one to which the rule moves it.

        Raises:
            BadInput: there is no business day within a month.
        """
        if roll is Roll.NONE or self.is_business_day(day):
            return day
        forward = roll is not Roll.PRECEDING
        found = self._next(day, 1 if forward else -1)
        if roll is Roll.MODIFIED_FOLLOWING and date.fromordinal(found).month != date.fromordinal(day).month:
            return self._next(day, -1)
        return found

    def _next(self, day: int, step: int) -> int:
        for distance in range(1, LONGEST_ROLL_DAYS + 1):
            if self.is_business_day(day + step * distance):
                return day + step * distance
        rule = f"there must be a business day within {LONGEST_ROLL_DAYS} days"
        raise BadInput(Problem(rule, file="calendar", field="day", value=date.fromordinal(day).isoformat()))


@dataclass(frozen=True, slots=True)
class PaymentDays:
    """How a contract counts time and moves its payments.

    Actual day counts accrue to the day of payment. Under 30/360 a month is a twelfth of a year wherever its payment
    moves: rents stay level.

    Attributes:
        day_count: the convention of interest.
        roll: the rule for days without business.
        calendar: business days; weekends alone are off when it is empty.
    """

    day_count: DayCount = DayCount.THIRTY_360
    roll: Roll = Roll.NONE
    calendar: BusinessCalendar = field(default_factory=BusinessCalendar)

    @property
    def needs_dates(self) -> bool:
        """Whether days must be ordinals of dates: weekdays, months or holidays matter."""
        return self.roll is not Roll.NONE or self.day_count is DayCount.THIRTY_360

    def interest_days(self, first_day: int, last_day: int) -> int:
        """The days for which a day rate is owed: those that pass, or under 30/360 thirty to the month."""
        if self.day_count is DayCount.THIRTY_360:
            return int(360 * year_fraction(self.day_count, first_day, last_day))
        return last_day - first_day

    def monthly(self, start_day: int, months: int) -> list[int]:
        """The payment days after 1, 2, ... months."""
        return list(_monthly(self, start_day, months))

    def paid_on(self, day: int) -> int:
        """The day on which a payment due on `day` is made."""
        return day if self.roll is Roll.NONE else self.calendar.rolled(day, self.roll)

    def months_fraction(self, first_day: int, last_day: int) -> Fraction:
        """The part of a year that one month between two payment days counts for."""
        if self.day_count is DayCount.THIRTY_360:
            return TWELFTH
        return year_fraction(self.day_count, first_day, last_day)


@lru_cache(maxsize=4096)
def _monthly(counted: PaymentDays, start_day: int, months: int) -> tuple[int, ...]:
    """A line asks for its payment days again with every draw; contracts of one day and term share them."""
    return tuple(counted.paid_on(add_months(start_day, month)) for month in range(1, months + 1))


def check_day(where: str, field_name: str, day: int) -> None:
    """Raise unless a day is an ordinal of a date that contracts can bear.

    Raises:
        BadInput: naming contract, field, value and rule.
    """
    check_integer(where, field_name, day, FIRST_DAY, LAST_DAY)
