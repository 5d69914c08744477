"""Risk appetite: which measured numbers speak for a launch, which for caution, which against it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from credit.errors import BadInput, Problem
from credit.files import DATA, read_yaml
from credit.parameters import Confidence, problems_of
from reports.blocks import Verdict
from sim.comparison import CONFIDENCE, resamples

APPETITE = DATA / "policies" / "stress_appetite.yaml"

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


class Rule(BaseModel):
    """One rule of the appetite.

    Attributes:
        meaning: what is limited, in words.
        measure: the number of one run that is judged (`reports.stress.results`).
        scope: taken in the baseline, in each stress scenario, or over the whole ensemble.
        statistic: which number over the seeds.
        direction: which side of the limits is good.
        unit: "share" or "count".
        values: the limits by date.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    meaning: Annotated[str, Field(min_length=10)]
    measure: str
    scope: Literal["baseline", "stress", "evidence"]
    statistic: Literal["mean", "percentile_10", "percentile_90"]
    direction: Literal["at_most", "at_least"]
    unit: Literal["share", "count"]
    values: Annotated[tuple[Limits, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _limits_in_order(self) -> "Rule":
        sign = 1 if self.direction == "at_most" else -1
        if any(sign * limits.go > sign * limits.stop for limits in self.values):
            raise ValueError("go must lie on the good side of stop")
        days = [limits.valid_from for limits in self.values]
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise ValueError("values must stand in the order of valid_from, each day once")
        return self

    def on(self, day: date) -> Limits:
        """The limits in force on a day.

        Raises:
            BadInput: the day lies before the first limits.
        """
        in_force = [limits for limits in self.values if limits.valid_from <= day]
        if not in_force:
            rule = f"no limits are known before {self.values[0].valid_from}"
            raise BadInput(Problem(rule, field=self.measure, value=str(day)))
        return in_force[-1]

    def statistic_of(self, values: np.ndarray) -> float:
        """The judged number over seeds; NaN where no seed knows the measure."""
        known = values[np.isfinite(values)]
        return float(self._over_last_axis(known)) if len(known) else float("nan")

    def interval_of(self, values: np.ndarray) -> tuple[float, float]:
        """The 95 % percentile bootstrap interval of that number over seeds; NaN where fewer than two are known."""
        known = values[np.isfinite(values)]
        if len(known) < 2:
            return float("nan"), float("nan")
        tail = (1 - CONFIDENCE) / 2
        low, high = np.quantile(self._over_last_axis(known[resamples(len(known))]), (tail, 1 - tail))
        return float(low), float(high)

    def _over_last_axis(self, values: np.ndarray) -> np.ndarray:
        if self.statistic == "mean":
            return values.mean(axis=-1)
        return np.quantile(values, 0.9 if self.statistic == "percentile_90" else 0.1, axis=-1)


@dataclass(frozen=True)
class Judgement:
    """What one rule says.

    Attributes:
        name: the rule's name in the file.
        rule: the rule.
        limits: the limits in force.
        scenario: where the number was worst; None for evidence.
        value: the judged number there; NaN where it is undefined everywhere.
        low, high: its 95 % interval over seeds.
        level: go, caution or stop.
    """

    name: str
    rule: Rule
    limits: Limits
    scenario: str | None
    value: float
    low: float
    high: float
    level: Verdict

    @property
    def is_close(self) -> bool:
        """Whether the interval holds a limit: other seeds might have given another level."""
        return any(self.low < limit < self.high for limit in (self.limits.go, self.limits.stop))


def load_appetite(path: Path = APPETITE) -> dict[str, Rule]:
    """The rules by name.

    Raises:
        BadInput: the file breaks a rule of its form.
    """
    rules: dict[str, Rule] = {}
    problems: list[Problem] = []
    for name, content in read_yaml(path).items():
        try:
            rules[name] = Rule.model_validate(content)
        except ValidationError as error:
            problems += problems_of(error, path, prefix=str(name))
    if problems:
        raise BadInput(problems, headline=f"{path} is not a valid risk appetite")
    return rules


def judge(name: str, rule: Rule, day: date, values: Mapping[str | None, np.ndarray]) -> Judgement:
    """Hold a rule against the values of every scenario in its scope; the worst one counts.

    A measure that no run defines cannot speak for a launch: its level is caution.

    Args:
        name: the rule's name.
        rule: the rule.
        day: the day whose limits are in force.
        values: the measure of each seed, by scenario.
    """
    limits = rule.on(day)
    sign = 1 if rule.direction == "at_most" else -1
    judged = {scenario: rule.statistic_of(of_seeds) for scenario, of_seeds in values.items()}
    known = {scenario: value for scenario, value in judged.items() if np.isfinite(value)}
    if not known:
        unknown = float("nan")
        return Judgement(name, rule, limits, None, unknown, unknown, unknown, "caution")
    scenario = max(known, key=lambda key: sign * known[key])
    value = known[scenario]
    level: Verdict = (
        "stop" if sign * value > sign * limits.stop else "go" if sign * value <= sign * limits.go else "caution"
    )
    return Judgement(name, rule, limits, scenario, value, *rule.interval_of(values[scenario]), level)


def verdict(judgements: list[Judgement]) -> Verdict:
    """The answer: the worst level of any rule."""
    return max((judgement.level for judgement in judgements), key=SEVERITY.__getitem__)
