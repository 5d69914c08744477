"""Numbers held against two limits, from files that say since when, by whose word and how surely."""

from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from credit.errors import BadInput, Problem
from credit.files import read_yaml
from credit.parameters import Confidence
from credit.validation_words import problems_of
from reports.blocks import Verdict

SEVERITY: dict[Verdict, int] = {"go": 0, "caution": 1, "stop": 2}


class Limits(BaseModel):
    """The two limits of a rule from a day on.

    Attributes:
        go: up to here (or, for `at_least`, down to here) the rule speaks for a launch.
        stop: beyond here it speaks against one.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    valid_from: date
    go: float
    stop: float
    source: Annotated[str, Field(min_length=3)]
    confidence: Confidence


class LimitRule(BaseModel):
    """A number held against two limits.

    Attributes:
        meaning: what is limited, in words.
        direction: which side of the limits is good.
        values: the limits by date.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    meaning: Annotated[str, Field(min_length=10)]
    direction: Literal["at_most", "at_least"]
    values: Annotated[tuple[Limits, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _limits_in_order(self) -> Self:
        if any(self.sign * limits.go > self.sign * limits.stop for limits in self.values):
            raise ValueError("go must lie on the good side of stop")
        days = [limits.valid_from for limits in self.values]
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise ValueError("values must stand in the order of valid_from, each day once")
        return self

    @property
    def sign(self) -> int:
        """1 where more is worse, -1 where less is."""
        return 1 if self.direction == "at_most" else -1

    def level(self, value: float, limits: Limits) -> Verdict:
        """What a number says under limits; what is unknown can speak neither for nor against: caution."""
        if not np.isfinite(value):
            return "caution"
        if self.sign * value > self.sign * limits.stop:
            return "stop"
        return "go" if self.sign * value <= self.sign * limits.go else "caution"

    def on(self, day: date) -> Limits:
        """The limits in force on a day.

        Raises:
            BadInput: the day lies before the first limits.
        """
        in_force = [limits for limits in self.values if limits.valid_from <= day]
        if not in_force:
            rule = f"no limits are known before {self.values[0].valid_from}"
            raise BadInput(Problem(rule, field=self.meaning, value=str(day)))
        return in_force[-1]


def load_rules[R: LimitRule](path: Path, model: type[R]) -> dict[str, R]:
    """The rules of a file by name.

    Raises:
        BadInput: the file breaks a rule of its form.
    """
    rules: dict[str, R] = {}
    problems: list[Problem] = []
    for name, content in read_yaml(path).items():
        try:
            rules[name] = model.model_validate(content)
        except ValidationError as error:
            problems += problems_of(error, path, prefix=str(name))
    if problems:
        raise BadInput(problems, headline=f"{path} is not a valid risk appetite")
    return rules
