"""Risk appetite: which measured numbers speak for a launch, which for caution, which against it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import numpy as np

from credit.files import DATA
from reports.blocks import Verdict
from reports.limit_rules import SEVERITY, LimitRule, Limits, load_rules
from sim.runs.comparison import CONFIDENCE, resamples

APPETITE = DATA / "appetites" / "stress_appetite.yaml"
"""Not among the policies: no market reads it, so that changing a limit must not make every run anew."""


class Rule(LimitRule):
    """One rule of the appetite of the stress report.

    Attributes:
        measure: the number of one run that is judged (`reports.stress.results`).
        scope: taken in the baseline, in each stress scenario, or over the whole ensemble.
        statistic: which number over the seeds.
        unit: "share" or "count".
    """

    measure: str
    scope: Literal["baseline", "stress", "evidence"]
    statistic: Literal["mean", "percentile_10", "percentile_90"]
    unit: Literal["share", "count"]

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
    """The rules of the stress report by name, see `load_rules`."""
    return load_rules(path, Rule)


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
    judged = {scenario: rule.statistic_of(of_seeds) for scenario, of_seeds in values.items()}
    known = {scenario: value for scenario, value in judged.items() if np.isfinite(value)}
    if not known:
        unknown = float("nan")
        return Judgement(name, rule, limits, None, unknown, unknown, unknown, "caution")
    scenario = max(known, key=lambda key: rule.sign * known[key])
    value = known[scenario]
    interval = rule.interval_of(values[scenario])
    return Judgement(name, rule, limits, scenario, value, *interval, rule.level(value, limits))


def verdict(judgements: list[Judgement]) -> Verdict:
    """The answer: the worst level of any rule."""
    return max((judgement.level for judgement in judgements), key=SEVERITY.__getitem__)
