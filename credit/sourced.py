"""Numbers as people write them in product and policy files: with unit, day, source and confidence."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from credit.contracts.arithmetic import MAX_DAY_RATE_PPM, MAX_DAYS, MILLION
from credit.errors import BadInput, Problem
from credit.files import read_yaml
from credit.parameters import Confidence
from credit.validation_words import problems_of

STRICT = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


def read_model[M: BaseModel](path: Path, model: type[M], what: str, hidden_steps: Collection[str] = ()) -> M:
    """Read a YAML file into a model.

    Args:
        path: the file.
        model: what it must hold.
        what: the file's kind in words, for the headline of an error.
        hidden_steps: steps that pydantic adds to the path of a field and that do not stand in the file.

    Raises:
        BadInput: the file is not plain YAML or breaks a rule; every problem names file, field, value and rule.
    """
    content = read_yaml(path)
    try:
        return model.model_validate(content)
    except ValidationError as error:
        problems = [_as_written(problem, hidden_steps) for problem in problems_of(error, path, model=model)]
        raise BadInput(problems, headline=f"{path} is not a valid {what}") from error


def _as_written(problem: Problem, hidden_steps: Collection[str]) -> Problem:
    field = ".".join(step for step in (problem.field or "").split(".") if step not in hidden_steps)
    return replace(problem, field=field or None)


def whole_ppm(value: float) -> float:
    """Refuse a share that is not a whole number of parts per million: contracts could not hold it exactly."""
    if Fraction(repr(value)) * MILLION % 1:
        raise ValueError("must have at most six decimals (whole parts per million)")
    return value


def whole_fen(value: float) -> float:
    """Refuse an amount that is not a whole number of fen."""
    if Fraction(repr(value)) * 100 % 1:
        raise ValueError("must have at most two decimals (whole fen)")
    return value


@lru_cache(maxsize=65_536)  # a market asks the same few terms of products tens of thousands of times
def _whole(value: float, factor: int) -> int:
    return int(Fraction(repr(value)) * factor)


class Sourced(BaseModel):
    """A number that somebody might question: what it is worth, in which unit, since when, and who says so."""

    model_config = STRICT

    value: float
    low: float | None = Field(None, description="Lower end of the range in which assumptions are drawn.")
    high: float | None = Field(None, description="Upper end of that range.")
    as_of: date = Field(description="The day on which the number was set or read.")
    source: Annotated[str, Field(min_length=3)]
    confidence: Confidence

    @model_validator(mode="after")
    def _range_holds_value(self) -> "Sourced":
        low = self.value if self.low is None else self.low
        high = self.value if self.high is None else self.high
        if not low <= self.value <= high:
            raise ValueError(f"low <= value <= high must hold, here {low:g} <= {self.value:g} <= {high:g}")
        return self


class Share(Sourced):
    """A share of something, from 0 to 1, to the part per million."""

    unit: Literal["share"]
    value: Annotated[float, Field(ge=0, le=1), AfterValidator(whole_ppm)]

    @property
    def ppm(self) -> int:
        """The share in whole parts per million."""
        return _whole(self.value, MILLION)


class ShareBelowOne(Share):
    """A share that leaves something over."""

    value: Annotated[float, Field(ge=0, lt=1), AfterValidator(whole_ppm)]


class DayRate(Sourced):
    """Simple interest a day, to the part per million (0.0004 is 0.04 % a day)."""

    unit: Literal["share per day"]
    value: Annotated[float, Field(ge=0, le=MAX_DAY_RATE_PPM / MILLION), AfterValidator(whole_ppm)]

    @property
    def ppm(self) -> int:
        """The rate in whole parts per million a day."""
        return _whole(self.value, MILLION)


class AnnualShare(Sourced):
    """A cost or a rate as a share a year."""

    unit: Literal["share per year"]
    value: Annotated[float, Field(ge=0, le=1)]


class Weight(Sourced):
    """A factor, such as a risk weight; it may exceed 1."""

    unit: Literal["share"]
    value: Annotated[float, Field(ge=0, le=15)]


class Days(Sourced):
    """A number of whole days."""

    unit: Literal["days"]
    value: Annotated[int, Field(ge=0, le=MAX_DAYS)]


class Tenor(Days):
    """A number of whole days, at least one."""

    value: Annotated[int, Field(ge=1, le=MAX_DAYS)]


class Count(Sourced):
    """A whole number of things."""

    unit: Literal["count"]
    value: Annotated[int, Field(ge=0, le=10_000)]


class PositiveCount(Count):
    """A whole number of things, at least one."""

    value: Annotated[int, Field(ge=1, le=1_000)]


class Yuan(Sourced):
    """An amount of money in yuan, to the fen."""

    unit: Literal["yuan"]
    value: Annotated[float, Field(gt=0, le=1e10), AfterValidator(whole_fen)]

    @property
    def fen(self) -> int:
        """The amount in fen."""
        return _whole(self.value, 100)
