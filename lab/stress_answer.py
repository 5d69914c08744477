"""What a stress test answers: figures with intervals, and the two sentences that a reader takes away."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
from pydantic import Field

from lab.answer import Answer
from sim.runs.comparison import Worst, differences, means, worst
from sim.runs.ensemble import Plan, results_hash
from sim.runs.measures import UNITS, measured
from sim.runs.run import FinishedRun

LENDERS_HARM, FIRMS_HARM = "credit_loss_yuan", "failed_firms"


class Mean(Answer):
    """One measure in one scenario, over seeds."""

    scenario: str = Field(description="scenario")
    metric: str = Field(description="measure; its unit stands in `unit`")
    unit: str = Field(description="unit of mean, ci_low and ci_high")
    mean: float | None = Field(description="mean over seeds; null where no seed defines it")
    ci_low: float | None = Field(description="lower end of the mean's 95 % t interval")
    ci_high: float | None = Field(description="upper end of the mean's 95 % t interval")
    seeds: int = Field(description="seeds on which the measure is defined, a count")


class Difference(Answer):
    """One measure: a scenario minus the baseline, seed by seed."""

    scenario: str = Field(description="scenario")
    metric: str = Field(description="measure; its unit stands in `unit`")
    unit: str = Field(description="unit of the means, the difference and its interval")
    baseline_mean: float | None = Field(description="mean of the baseline over the paired seeds")
    scenario_mean: float | None = Field(description="mean of the scenario over the paired seeds")
    difference: float | None = Field(description="mean of scenario minus baseline over paired seeds")
    ci_low: float | None = Field(description="lower end of the difference's 95 % paired t interval")
    ci_high: float | None = Field(description="upper end of the difference's 95 % paired t interval")
    sign_p: float = Field(description="exact two-sided p of the sign test on the paired differences, a probability")
    pairing_variance_factor: float | None = Field(
        description="variance of an unpaired difference over that of the paired one, a ratio; below 1 pairing did "
        "harm; null where the differences never vary"
    )
    factor_low: float | None = Field(description="lower end of the factor's 95 % bootstrap interval, a ratio")
    factor_high: float | None = Field(description="upper end of the factor's 95 % bootstrap interval, a ratio")
    seeds: int = Field(description="pairs used, a count")


class Estimate(Answer):
    """A mean over seeds with its 95 % t interval."""

    mean: float = Field(description="mean, in the measure's unit")
    low: float = Field(description="lower end of the interval, in the measure's unit")
    high: float = Field(description="upper end of the interval, in the measure's unit")


class Hardest(Answer):
    """Which scenario raises a measure most, and whether the seeds settle it."""

    metric: str = Field(description="measure; its unit is given in `differences`")
    scenario: str | None = Field(description="the scenario; null where no increase can be told from none")
    increase: Estimate | None = Field(description="over the baseline")
    runner_up: str | None = Field(description="the next scenario; null where there is none")
    lead: Estimate | None = Field(description="over the runner-up; the order is settled where `low` is above 0")


class RunCount(Answer):
    """How the runs came to be complete; differs between a first and a resumed call."""

    done: int = Field(description="runs lived by this call, a count")
    reused: int = Field(description="runs that stood whole in the folder, a count")
    damaged: dict[str, str] = Field(description="runs that stood damaged and were lived again: what was wrong, by run")


class StressAnswer(Answer):
    """What `creditlab stress --json` prints; `answer.json` holds the same without `runs`."""

    headline: str = Field(description="the answer in words")
    scenarios: list[str] = Field(description="scenarios, the baseline first")
    seeds: int = Field(description="paired seeds of each scenario, a count")
    firms: int = Field(description="SMEs in each market, a count")
    days: int = Field(description="days observed after the burn-in")
    hardest_on_lenders: Hardest = Field(description="which scenario raises net credit losses most, yuan a market")
    hardest_on_firms: Hardest = Field(description="which scenario raises the number of failed SMEs most")
    means: list[Mean] = Field(description="every measure in every scenario")
    differences: list[Difference] = Field(description="every measure of every scenario minus the baseline")
    results_hash: str = Field(
        description="SHA-256 over the state hashes of all runs; the same for any number of workers and on any machine"
    )
    runs: RunCount | None = Field(default=None, description="runs done and reused by this call; absent in answer.json")


def concluded(planned: Plan, runs: Sequence[FinishedRun]) -> tuple[StressAnswer, pd.DataFrame]:
    """What a complete ensemble says: the answer, and the table of differences as `differences.parquet` holds it."""
    baseline, *_ = names = [scenario.name for scenario in planned.scenarios]
    table = measured(runs)
    compared = differences(table, UNITS, baseline)
    on_lenders, on_firms = (worst(table, metric, baseline) for metric in (LENDERS_HARM, FIRMS_HARM))
    answer = StressAnswer(
        headline=headline(on_lenders, on_firms, len(planned.seeds)),
        scenarios=names,
        seeds=len(planned.seeds),
        firms=planned.firms,
        days=planned.days,
        hardest_on_lenders=Hardest.model_validate(on_lenders),
        hardest_on_firms=Hardest.model_validate(on_firms),
        means=[Mean.model_validate(row) for row in _rows(means(table, UNITS))],
        differences=[Difference.model_validate(row) for row in _rows(compared)],
        results_hash=results_hash(runs),
    )
    return answer, compared


def headline(on_lenders: Worst, on_firms: Worst, seeds: int) -> str:
    """One sentence on lenders, one on firms, each with its doubt."""
    return " ".join(
        (
            _sentence(on_lenders, "lenders and platform", "adds net credit losses of", _yuan, seeds),
            _sentence(on_firms, "firms", "adds failures:", lambda count: f"{count:.1f}", seeds),
        )
    )


def _sentence(found: Worst, whom: str, what: str, written: Callable[[float], str], seeds: int) -> str:
    if found.increase is None:
        return f"No scenario hurts {whom} beyond what chance explains on {seeds} seeds."
    told = (
        f"Hardest on {whom}: {found.scenario} {what} {written(found.increase.mean)} a market "
        f"(95 % interval {written(found.increase.low)} to {written(found.increase.high)})"
    )
    if found.lead is None:
        return f"{told}."
    lead = f"{written(found.lead.mean)} ({written(found.lead.low)} to {written(found.lead.high)})"
    if found.lead.low > 0:
        return f"{told}; it leads {found.runner_up} by {lead}."
    return f"{told}; it is ahead of {found.runner_up} by {lead}, an order that {seeds} seeds do not settle."


def _yuan(amount: float) -> str:
    return f"{amount / 1e6:,.2f} million yuan" if abs(amount) >= 1e6 else f"{amount:,.0f} yuan"


def _rows(table: pd.DataFrame) -> list[dict[Any, Any]]:
    """A table's rows, with None for what is not defined."""
    return table.astype(object).where(table.notna(), None).to_dict("records")
