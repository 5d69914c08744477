"""Dated, cited parameters: what a rule or a rate was worth on a day, in which unit, and who says so."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from credit.errors import BadInput, Problem
from credit.files import DATA, read_yaml
from credit.validation_words import problems_of

Confidence = Literal["high", "medium", "low", "assumption"]


class Value(BaseModel):
    """A parameter's value from a day on.

    `low` and `high` are the range that assumption draws use; they default to the value itself.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    valid_from: date
    value: float
    low: float | None = None
    high: float | None = None
    source: Annotated[str, Field(min_length=3)]
    confidence: Confidence

    @model_validator(mode="after")
    def _range_holds_value(self) -> "Value":
        low = self.value if self.low is None else self.low
        high = self.value if self.high is None else self.high
        if not low <= self.value <= high:
            raise ValueError("low <= value <= high must hold")
        return self


class Parameter(BaseModel):
    """One named quantity with its unit, meaning and history."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    meaning: Annotated[str, Field(min_length=10)]
    unit: Annotated[str, Field(min_length=1)]
    values: Annotated[tuple[Value, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _values_in_order(self) -> "Parameter":
        days = [value.valid_from for value in self.values]
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise ValueError("values must stand in the order of valid_from, each day once")
        return self

    def on(self, day: date) -> Value:
        """The value in force on a day.

        Raises:
            BadInput: the day lies before the first value.
        """
        in_force = [value for value in self.values if value.valid_from <= day]
        if not in_force:
            raise BadInput(
                Problem(f"no value is known before {self.values[0].valid_from}", field=self.meaning, value=str(day))
            )
        return in_force[-1]


class ParameterSet(Mapping[str, Parameter]):
    """The parameters of one YAML file, by name."""

    def __init__(self, path: Path) -> None:
        self.path = path
        problems: list[Problem] = []
        self._parameters: dict[str, Parameter] = {}
        for name, content in read_yaml(path).items():
            try:
                self._parameters[name] = Parameter.model_validate(content)
            except ValidationError as error:
                problems += problems_of(error, path, str(name), Parameter)
        if problems:
            raise BadInput(problems, headline=f"{path} is not a valid parameter file")

    def __getitem__(self, name: str) -> Parameter:
        try:
            return self._parameters[name]
        except KeyError:
            known = ", ".join(sorted(self._parameters))
            raise BadInput(Problem(f"no such parameter; known are: {known}", file=str(self.path), field=name)) from None

    def __contains__(self, name: object) -> bool:
        return name in self._parameters  # the mapping's own answer would ask for the parameter, which is an error

    def __iter__(self) -> Iterator[str]:
        return iter(self._parameters)

    def __len__(self) -> int:
        return len(self._parameters)

    def value(self, name: str, on: date) -> float:
        """The plain value of a parameter on a day, in its own unit."""
        return self[name].on(on).value


@cache
def parameters(name: str) -> ParameterSet:
    """The set `data/parameters/NAME.yaml`, read once."""
    return ParameterSet(DATA / "parameters" / f"{name}.yaml")
