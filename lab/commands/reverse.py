"""`creditlab reverse`: the smallest shock that exhausts a cushion, and the limits that would have saved it."""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from credit.errors import BadInput, Problem
from lab.answer import Answer
from lab.interruption import resumable
from lab.output import give, ruled
from sim.facts.bisection import MedianDose, Threshold, median_dose
from sim.facts.exhaustion import CUSHIONS, Cushion, Search, loosest
from sim.facts.exploration import Exploration
from sim.facts.worlds import PLAIN, PURCHASES, arm_of
from sim.runs.ensemble import RUNS
from sim.runs.workers import Hands
from sim.scenarios.scenario import MOST_SEVERE, load_scenario

if TYPE_CHECKING:
    from rich.console import Console


class MedianRow(Answer):
    """A median over seeds with its distribution-free interval."""

    median: float | None = Field(
        description="median over seeds; null where half of the seeds lie beyond what was tried"
    )
    ci_low: float | None = Field(
        description="lower end of its 95 % interval by order statistics; null below six seeds or beyond what was tried"
    )
    ci_high: float | None = Field(description="upper end of it; null below six seeds or beyond what was tried")


class SeedRow(Answer):
    """What one seed says."""

    seed: int = Field(description="the seed")
    below: float | None = Field(description="largest dose tried that had no effect; null where the smallest had one")
    at: float | None = Field(description="smallest dose that had the effect; null where none had")
    is_monotone: bool = Field(description="whether every larger dose of the grid had it too")


class SavedRow(Answer):
    """The limits that would have saved the cushion, on the seeds on which it was exhausted."""

    severity: float = Field(description="severity at which the seeds were replayed, a factor of the scenario")
    exhausted_seeds: int = Field(description="seeds on which ordinary limits did not save it, a count")
    saved_seeds: int = Field(description="of those, seeds on which some tighter limits did, a count")
    limits_share: MedianRow = Field(description="loosest limits that save it, a share of the policy's limits")
    business_kept_share: float | None = Field(
        description="disbursed in ordinary times under the median of those limits over that under the policy's, a share"
    )
    non_monotone_seeds: list[int] = Field(
        description="seeds on which tighter limits saved it, and still tighter did not"
    )
    by_seed: list[SeedRow] = Field(description="doses here are the share taken off the limits")


class ReverseAnswer(Answer):
    """What `creditlab reverse --json` prints."""

    headline: str = Field(description="the answer in words")
    scenario: str = Field(description="the scenario that was graded")
    policy: str = Field(description="who decides: an arm, or purchases alone")
    exhausts: Literal["first_loss", "capital", "liquidity"] = Field(description="the cushion")
    seeds: int = Field(description="paired seeds, a count")
    firms: int = Field(description="SMEs in each market, a count")
    days: int = Field(description="days observed after the burn-in")
    most_severe: float = Field(description="largest severity tried, a factor of the scenario")
    resolution: float = Field(description="width of each seed's bracket, a factor of the scenario")
    exhausted_share: float = Field(description="seeds on which some severity exhausted it, a share")
    severity: MedianRow = Field(description="smallest severity that exhausts it, a factor of the scenario")
    non_monotone_seeds: list[int] = Field(description="seeds on which a severity exhausted it and a larger one did not")
    by_seed: list[SeedRow] = Field(description="doses here are severities")
    saved_by: SavedRow | None = Field(
        description="the limit that would have saved it; null where nothing was exhausted"
    )


def run(
    scenario: str,
    exhausts: str,
    out: Path,
    seeds: int,
    firms: int,
    days: int,
    most: float,
    halvings: int,
    at: float | None,
    workers: Hands,
    policy: str,
    as_json: bool,
) -> None:
    """Search and print."""
    with resumable(out / RUNS):
        answer = reverse(scenario, exhausts, out, seeds, firms, days, most, halvings, at, workers, policy)
    give(answer, as_json, lambda console: _show(answer, console))


def reverse(
    scenario: str,
    exhausts: str,
    out: Path,
    seeds: int,
    firms: int,
    days: int,
    most: float,
    halvings: int,
    at: float | None,
    workers: Hands,
    policy: str = PURCHASES,
    simulate: str = PLAIN,
) -> ReverseAnswer:
    """The smallest severity of a scenario that exhausts a cushion, and the limit that would have saved it.

    Args:
        scenario: the story that is graded.
        exhausts: first_loss, capital or liquidity.
        out: folder of runs; those that stand there whole are not lived again.
        seeds: paired seeds: 1, 2, ...
        firms: SMEs in each market.
        days: days observed, after the burn-in.
        most: the largest severity to try.
        halvings: of each seed's bracket, which starts at a quarter of `most`.
        at: severity at which limits are replayed; the median that exhausts, rounded up, when absent.
        workers: processes side by side, or the address of a Dask scheduler.
        policy: an arm (ladder, bank, single, blind), or `purchases`: resin purchases alone.
        simulate: the market's function, as `module:name`.

    Raises:
        BadInput: an argument is out of range; the message names it.
        WorkFailed: runs failed.
    """
    story = load_scenario(scenario)
    top = MOST_SEVERE / story.severity
    rules = (
        (seeds >= 1, "must be >= 1", "seeds", seeds),
        (0.0 < most <= top, f"must lie above 0 and at most at {top:g}", "most", most),
        (0 <= halvings <= 20, "must lie between 0 and 20", "halvings", halvings),
        (at is None or 0.0 < at <= top, f"must lie above 0 and at most at {top:g}", "at", at),
        (bool(story.channels), "must move something", "scenario", scenario),
    )
    problems = [Problem(rule, field=field, value=value) for holds, rule, field, value in rules if not holds]
    if problems:
        raise BadInput(problems)
    where = Exploration(out, firms, days, workers, simulate)
    search = Search(where, story, _cushion(exhausts), tuple(range(1, seeds + 1)), halvings, arm_of(policy))
    found = search.smallest_severities(most)
    median = median_dose(found)
    known = [one.at for one in found if one.at is not None]
    replayed = at if at is not None else median.median if median.median is not None else max(known, default=None)
    saved = None if replayed is None or not known else _saved(search, math.ceil(replayed * 1e6) / 1e6)
    return ReverseAnswer(
        headline=_headline(story.name, search.cushion, found, median, saved, most),
        scenario=story.name,
        policy=policy,
        exhausts=search.cushion,
        seeds=seeds,
        firms=firms,
        days=days,
        most_severe=most,
        resolution=most / 4 / 2**halvings,
        exhausted_share=len(known) / seeds,
        severity=_median(median),
        non_monotone_seeds=_not_monotone(found),
        by_seed=_seeds(found),
        saved_by=saved,
    )


def _saved(search: Search, severity: float) -> SavedRow | None:
    found = search.loosest_limits(severity)
    if not found:
        return None
    limits = loosest(found)
    kept = None if limits.median is None else search.business_kept(limits.median)
    return SavedRow(
        severity=severity,
        exhausted_seeds=len(found),
        saved_seeds=sum(one.at is not None for one in found),
        limits_share=_median(limits),
        business_kept_share=None if kept is None or math.isnan(kept) else kept,
        non_monotone_seeds=_not_monotone(found),
        by_seed=_seeds(found),
    )


def _cushion(told: str) -> Cushion:
    for cushion in CUSHIONS:
        if told == cushion:
            return cushion
    raise BadInput(Problem(f"must be one of: {', '.join(CUSHIONS)}", field="exhausts", value=told))


def _median(told: MedianDose) -> MedianRow:
    return MedianRow(median=told.median, ci_low=told.low, ci_high=told.high)


def _seeds(found: Sequence[Threshold]) -> list[SeedRow]:
    return [SeedRow(seed=one.seed, below=one.below, at=one.at, is_monotone=one.is_monotone) for one in found]


def _not_monotone(found: Sequence[Threshold]) -> list[int]:
    return [one.seed for one in found if not one.is_monotone]


def _headline(
    name: str, cushion: str, found: Sequence[Threshold], median: MedianDose, saved: SavedRow | None, most: float
) -> str:
    what, reached = cushion.replace("_", " "), sum(one.at is not None for one in found)
    if not reached:
        return (
            f"{name} does not exhaust the {what} on any of {len(found)} seeds, not even at {most:g} times its strength."
        )
    told = f"{name} exhausts the {what} on {reached} of {len(found)} seeds up to {most:g} times its strength"
    if median.median is not None:
        told += f"; half of them at {median.median:.2f} times ({_to(median.low)} to {_to(median.high)})"
    if saved is None:
        return f"{told}."
    share = saved.limits_share.median
    if share is None:
        return f"{told}. At {saved.severity:.2f} times no tighter limits save it on half of the seeds."
    kept = "" if saved.business_kept_share is None else f", which keep {saved.business_kept_share:.0%} of the business"
    return f"{told}. At {saved.severity:.2f} times, limits at {share:.0%} of the policy's would have saved it{kept}."


def _to(end: float | None) -> str:
    return "not bounded" if end is None else f"{end:.2f}"


def _show(answer: ReverseAnswer, console: "Console") -> None:
    console.print(f"[bold]{answer.headline}[/]\n")
    saved = {row.seed: row for row in answer.saved_by.by_seed} if answer.saved_by else {}
    table = ruled("seed", "no effect up to", "exhausted at", "limits that save it", "more always does more")
    for row in answer.by_seed:
        taken = saved[row.seed].at if row.seed in saved else None
        left = "not needed" if row.seed not in saved else "none" if taken is None else f"{1.0 - taken:.0%}"
        table.add_row(
            str(row.seed), _to(row.below), "never" if row.at is None else _to(row.at), left,
            "yes" if row.is_monotone else "[bold]no[/]",
        )  # fmt: skip
    console.print(table)
    console.print(
        f"Simulated markets: {answer.firms} firms, {answer.days} days. Severities are multiples of the scenario, "
        f"± {answer.resolution:.2g}."
    )
