"""Facts held against a market: pass, warn or fail over many seeds, and what could not be measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from sim.facts.catalogue import Band, Fact
from sim.facts.measures import MEASURED_ON_A_RUN
from sim.facts.worlds import FACTS
from sim.runs.comparison import mean_interval
from sim.runs.run import FinishedRun

type Verdict = Literal["PASS", "WARN", "FAIL", "NOT MEASURED"]


@dataclass(frozen=True)
class Finding:
    """One fact held against a market.

    Attributes:
        name: the fact.
        fact: its band, source and role.
        verdict: PASS where every seed measures it and the whole interval lies in the band, FAIL where none of the
            interval does, WARN between.
        mean: over the seeds on which it could be measured; None where on none or one.
        low: lower end of the mean's 95 % t interval.
        high: upper end of it.
        seeds: on which it was measured.
        why: why it was not measured, or not on every seed.
    """

    name: str
    fact: Fact
    verdict: Verdict
    mean: float | None
    low: float | None
    high: float | None
    seeds: int
    why: str | None

    @property
    def validates(self) -> bool:
        """Whether this is evidence for the market: passed, published, held out."""
        return self.verdict == "PASS" and self.fact.can_validate


def findings(
    facts: Mapping[str, Fact], ordinary: Sequence[FinishedRun], downturn: Sequence[FinishedRun] = ()
) -> list[Finding]:
    """Every fact held against the runs of a market.

    Args:
        facts: by name.
        ordinary: one run a seed in ordinary times, facts in their summaries.
        downturn: the same seeds in a downturn; none where that was not run.
    """
    held = []
    for name, fact in facts.items():
        values, why = _values(name, ordinary, downturn)
        interval = mean_interval(np.array(values))
        if len(values) < 2:
            told = why or f"measured on {len(values)} seed, an interval needs two"
            held.append(Finding(name, fact, "NOT MEASURED", None, None, None, len(values), told))
            continue
        verdict = verdict_of(fact.band, interval.low, interval.high)
        if verdict == "PASS" and why is not None:
            verdict = "WARN"  # the seeds that can measure a fact may be those on which it holds
        held.append(Finding(name, fact, verdict, interval.mean, interval.low, interval.high, len(values), why))
    return held


def verdict_of(band: Band, low: float, high: float) -> Verdict:
    """PASS where the whole interval lies in the band, FAIL where none of it does, WARN where the seeds do not tell."""
    bottom = -np.inf if band.low is None else band.low
    top = np.inf if band.high is None else band.high
    if bottom <= low and high <= top:
        return "PASS"
    return "FAIL" if high < bottom or low > top else "WARN"


def _values(
    name: str, ordinary: Sequence[FinishedRun], downturn: Sequence[FinishedRun]
) -> tuple[list[float], str | None]:
    if name == "downturn_default_ratio":
        return _downturn_ratios(ordinary, downturn)
    if name not in MEASURED_ON_A_RUN:
        return [], "neither the daily record nor the observable tables tell it"
    told = [run.summary[FACTS] for run in ordinary]
    values = [facts["values"][name] for facts in told if name in facts["values"]]
    reasons = sorted({facts["missing"][name] for facts in told if name in facts["missing"]})
    return values, "; ".join(reasons[:2]) or None


def _downturn_ratios(
    ordinary: Sequence[FinishedRun], downturn: Sequence[FinishedRun]
) -> tuple[list[float], str | None]:
    """Seed by seed, the default rate in the downturn over the mean rate in ordinary times.

    Over the mean of all seeds, not of the seed itself: a seed without a default in ordinary times would have no ratio.
    """
    if not downturn:
        return [], "no downturn was run"
    usual = float(np.mean([run.summary["default_rate_annual"] for run in ordinary]))
    if not usual:
        return [], "nobody defaults in ordinary times"
    return [run.summary["default_rate_annual"] / usual for run in downturn], None
