"""`creditlab compare`: the ladder against other ways to lend, on paired seeds, in a world of a stated clarity."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from credit.errors import BadInput, Problem
from credit.files import write_json
from lab.compare_answer import ArmFigure, CompareAnswer, answered
from lab.interruption import resumable
from lab.measure_words import band, label, quantity
from lab.output import give, margin, progress, ruled
from lab.stress_answer import RunCount
from sim.arms.arm import NAMES, SIMULATE
from sim.arms.arm_measures import PROFIT
from sim.arms.contest import Contest
from sim.arms.contest_result import SUSPECTS, hold
from sim.arms.worlds import World
from sim.runs.ensemble import RUNS, plan
from sim.runs.workers import Hands
from sim.scenarios.scenario import load_scenario

if TYPE_CHECKING:
    from rich.console import Console

    from sim.scenarios.scenario import Scenario

COMPARISON = "comparison.json"


def run(
    out: Path,
    arms: str,
    world: str,
    scenario: str,
    seeds: int,
    draws: int,
    firms: int,
    days: int,
    workers: Hands,
    *,
    seeks_break_even: bool,
    as_json: bool,
) -> None:
    """Run what is missing, compare, write the folder and print the answer."""
    with resumable(out / RUNS):
        held = contest(named(arms), world, load_scenario(scenario), seeds, draws, firms, days, seeks_break_even)
        answer = compare(held, out, workers)
    for name, harm in (answer.runs.damaged if answer.runs else {}).items():
        margin().print(f"{name} stood damaged and has been run again: {harm}", markup=False)
    give(answer, as_json, lambda console: _show(answer, out, console))


def named(arms: str) -> tuple[str, ...]:
    """The arms of a comma-separated list.

    Raises:
        BadInput: one is empty or unknown.
    """
    names = tuple(name.strip() for name in arms.split(","))
    if unknown := [name for name in names if name not in NAMES]:
        rule = f"must be of {', '.join(NAMES)}, with single commas between them"
        raise BadInput(Problem(rule, field="arms", value=", ".join(unknown) or arms))
    return names


def contest(
    arms: Sequence[str],
    world: str,
    scenario: "Scenario",
    seeds: int,
    draws: int,
    firms: int,
    days: int,
    seeks_break_even: bool,
    simulate: str = SIMULATE,
) -> Contest:
    """What to compare.

    Args:
        arms: who lends.
        world: how clearly the platform sees, by name or share.
        scenario: what is done to the market.
        seeds: how many paired seeds: 1, 2, ... so that a larger number extends a smaller one.
        draws: how many draws of the assumptions beside the stated ones.
        firms: SMEs in each market.
        days: days observed, after the burn-in.
        seeks_break_even: whether to say from which informativeness on live data pay.
        simulate: the market's function, as `module:name`.

    Raises:
        BadInput: an argument is out of range; the message names it.
    """
    World.named(world)
    if draws < 0:
        raise BadInput(Problem("must be >= 0", field="draws", value=draws))
    planned = plan([scenario], range(1, seeds + 1), firms, days, simulate, policies=arms, worlds=[world])
    return Contest(planned, draws, seeks_break_even)


def compare(held: Contest, out: Path, workers: Hands) -> CompareAnswer:
    """Live what a folder lacks and write the conclusions into it.

    Raises:
        BadInput: `workers` is below 1, or `out` is a file.
        WorkFailed: runs failed, or another process writes the folder.
    """
    moved = 2 * SUSPECTS * len(held.plan.seeds) if held.draws else 0
    with progress("market runs", len(held.runs) + moved) as advance:
        found = hold(held, out, workers, advance)
    answer = answered(held, found)
    write_json(out / COMPARISON, answer.model_dump(mode="json", exclude={"runs"}))
    return answer.model_copy(update={"runs": RunCount(**asdict(found.progress))})


def _show(answer: CompareAnswer, out: Path, console: "Console") -> None:
    console.print(f"[bold]{answer.headline}[/]\n")
    for reason in answer.reasons:
        console.print(f"- {reason}", highlight=False)
    doubts = "; under it the mean over drawn assumptions, and where 95 % of draws would lie" if answer.draws else ""
    table = ruled("measure", *answer.arms, title=f"\nMean of a market with its 95 % interval over seeds{doubts}")
    for metric in dict.fromkeys(row.metric for row in answer.figures):
        rows = {row.arm: row for row in answer.figures if row.metric == metric}
        name = label(metric, next(iter(rows.values())).unit)
        cells = (_cell(rows[arm]) for arm in answer.arms)
        table.add_row(f"[bold]{name}[/]" if metric == PROFIT else name, *cells)
    console.print(table)
    if answer.runs:
        console.print(f"{answer.runs.done} runs done, {answer.runs.reused} reused; results {answer.results_hash[:12]}.")
    size = f"{answer.firms} firms, {answer.days} days, {answer.seeds} seeds, {answer.draws} draws of the assumptions"
    console.print(f"Simulated markets: {size}. Folder: {out}", soft_wrap=True)


def _cell(row: ArmFigure) -> str:
    if row.mean is None:
        return "-"
    unit, lines = row.unit, [quantity(row.mean, row.unit)]
    if row.seeds_low is not None and row.seeds_high is not None and row.seeds_low != row.seeds_high:
        lines.append(f"[dim]{band(row.seeds_low, row.seeds_high, unit)}[/]")
    low, high = row.assumptions_low, row.assumptions_high
    if row.drawn_mean is not None and low is not None and high is not None and low != high:
        lines += [f"[dim italic]{quantity(row.drawn_mean, unit)}:[/]", f"[dim italic]{band(low, high, unit)}[/]"]
    return "\n".join(lines)
