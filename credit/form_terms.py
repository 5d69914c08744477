"""The terms that forms have in common: tenors, yearly rates, payment days, the season of a year."""

from dataclasses import replace
from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, field_validator, model_validator

from credit.calendars import business_calendar
from credit.contracts import MILLION, BusinessCalendar, DayCount, PaymentDays, Roll
from credit.contracts.instalments import MOST_MONTHS
from credit.errors import BadInput
from credit.parameters import Confidence
from credit.sourced import STRICT, AnnualShare, Sourced, Tenor, whole_fen, whole_ppm


class Months(Sourced):
    """A number of whole months, at least one."""

    unit: Literal["months"]
    value: Annotated[int, Field(ge=1, le=MOST_MONTHS)]


class AnnualRate(AnnualShare):
    """A rate a year, to the part per million."""

    value: Annotated[float, Field(ge=0, le=1), AfterValidator(whole_ppm)]

    @property
    def ppm(self) -> int:
        """The rate in whole parts per million a year."""
        return round(self.value * MILLION)


class YuanOrNothing(Sourced):
    """An amount of money in yuan, to the fen; it may be nothing."""

    unit: Literal["yuan"]
    value: Annotated[float, Field(ge=0, le=1e10), AfterValidator(whole_fen)]

    @property
    def fen(self) -> int:
        """The amount in fen."""
        return round(self.value * 100)


class Term(BaseModel):
    """How long a contract runs, in days."""

    model_config = STRICT

    default: Tenor
    shortest: Tenor
    longest: Tenor

    @model_validator(mode="after")
    def _in_order(self) -> "Term":
        _check_order(self.shortest.value, self.default.value, self.longest.value)
        return self


class TermInMonths(BaseModel):
    """How long a contract runs, in months."""

    model_config = STRICT

    default: Months
    shortest: Months
    longest: Months

    @model_validator(mode="after")
    def _in_order(self) -> "TermInMonths":
        _check_order(self.shortest.value, self.default.value, self.longest.value)
        return self


def _check_order(shortest: int, default: int, longest: int) -> None:
    if not shortest <= default <= longest:
        raise ValueError(f"shortest <= default <= longest must hold, here {shortest} <= {default} <= {longest}")


class RollRule(BaseModel):
    """Where a payment goes that falls on a day without business."""

    model_config = STRICT

    roll: Literal["none", "following", "modified_following", "preceding"] = "none"
    calendar: str | None = Field(
        None, description="A file of data/calendars, without .yaml; only weekends when absent."
    )

    @field_validator("calendar")
    @classmethod
    def _is_known(cls, name: str | None) -> str | None:
        if name is not None:
            try:
                business_calendar(name)
            except BadInput as error:
                raise ValueError(f"must name a calendar of data/calendars: {error.problems[0].rule}") from error
        return name

    def payment_days(self) -> PaymentDays:
        """The same, as contracts read it."""
        calendar = BusinessCalendar() if self.calendar is None else business_calendar(self.calendar)
        return PaymentDays(roll=Roll(self.roll), calendar=calendar)


class PaymentRule(RollRule):
    """The same, and how time is counted."""

    day_count: Literal["actual/365", "actual/360", "actual/actual", "30/360"] = "30/360"

    def payment_days(self) -> PaymentDays:
        """The same, as contracts read it."""
        return replace(super().payment_days(), day_count=DayCount(self.day_count))


class DayPaymentRule(PaymentRule):
    """The same where interest runs by the day or on a claim: time is counted as it passes, unless said otherwise."""

    day_count: Literal["actual/365", "actual/360", "actual/actual", "30/360"] = "actual/365"


class Season(BaseModel):
    """How strong each calendar month is."""

    model_config = STRICT

    values: Annotated[
        list[Annotated[float, Field(ge=0, le=10), AfterValidator(whole_ppm)]], Field(min_length=12, max_length=12)
    ] = Field(description="January first; 1 is a usual month, 0 one in which only the minimum is paid.")
    unit: Literal["share of a usual month"]
    as_of: date
    source: Annotated[str, Field(min_length=3)]
    confidence: Confidence

    @property
    def ppm(self) -> tuple[int, ...]:
        """The weights in parts per million."""
        return tuple(round(value * MILLION) for value in self.values)
