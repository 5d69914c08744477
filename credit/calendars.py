"""Calendars as files: public holidays with their source, and the business days that follow."""

from datetime import date
from functools import cache
from itertools import pairwise
from typing import Annotated, Any

from pydantic import BaseModel, Field, ValidationInfo, field_validator

from credit.contracts.dates import BusinessCalendar
from credit.files import DATA
from credit.parameters import Confidence
from credit.sourced import STRICT, read_model

SATURDAY = 5


class Holiday(BaseModel):
    """Days off in a row."""

    model_config = STRICT

    title: str
    title_zh: str
    first: date
    last: date = Field(description="The last day off.")

    @field_validator("last")
    @classmethod
    def _in_order(cls, last: date, info: ValidationInfo) -> date:
        first = info.data.get("first")
        if first is not None and not first <= last:
            raise ValueError(f"must not lie before first, {first}")
        return last


class CalendarYear(BaseModel):
    """The holidays of a year, and who set them."""

    model_config = STRICT

    year: Annotated[int, Field(ge=1990, le=2199)]
    source: Annotated[str, Field(min_length=3)]
    confidence: Confidence
    is_published: bool = Field(True, description="Whether the year's notice is out; false: days as they are expected.")
    holidays: list[Holiday]
    working_weekends: list[date] = Field(description="Saturdays and Sundays that are worked instead.")

    @field_validator("holidays")
    @classmethod
    def _of_this_year(cls, holidays: list[Holiday], info: ValidationInfo) -> list[Holiday]:
        year = info.data.get("year")
        for holiday in holidays:
            if year not in (None, holiday.first.year):
                raise ValueError(f"{holiday.title} must begin in {year}, not on {holiday.first}")
        for sooner, later in pairwise(holidays):
            if later.first <= sooner.last:
                raise ValueError(f"{later.title} must lie after {sooner.title}")
        return holidays

    @field_validator("working_weekends")
    @classmethod
    def _are_weekends(cls, days: list[date]) -> list[date]:
        for day in days:
            if day.weekday() < SATURDAY:
                raise ValueError(f"{day} must be a Saturday or Sunday")
        return days


class CalendarFile(BaseModel):
    """The days without business of a country."""

    model_config = STRICT

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: str
    title_zh: str
    years: Annotated[list[CalendarYear], Field(min_length=1)]

    def business_days(self) -> BusinessCalendar:
        """The calendar that contracts roll their payments by; outside the years told only weekends are off.

        Days of an expected year move payments too, which is nearer the truth than weekends alone; such a year does not
        count as published.
        """
        off = (
            day
            for year in self.years
            for holiday in year.holidays
            for day in range(holiday.first.toordinal(), holiday.last.toordinal() + 1)
        )
        worked = (day.toordinal() for year in self.years for day in year.working_weekends)
        return BusinessCalendar(
            frozenset(off),
            frozenset(worked),
            self.name,
            frozenset(year.year for year in self.years if year.is_published),
        )


@cache
def business_calendar(name: str) -> BusinessCalendar:
    """The calendar `data/calendars/NAME.yaml`, read once.

    Raises:
        BadInput: the file is absent or not a sound calendar.
    """
    return read_model(DATA / "calendars" / f"{name}.yaml", CalendarFile, "calendar").business_days()


def calendar_schema() -> dict[str, Any]:
    """The JSON Schema of calendar files; `data/calendars/schema.json` holds it for editors."""
    return CalendarFile.model_json_schema()
