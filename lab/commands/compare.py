"""`creditlab compare`: the ladder against other ways to lend, on paired seeds, in a world of a stated clarity."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from credit.errors import BadInput, Problem
from credit.files import write_json
from lab.compare_answer import BLIND, LADDER, BreakEvenPoint, CompareAnswer, compared, estimate_of, profit_of
from lab.interruption import resumable
from lab.output import give, margin, progress
from lab.stress_answer import RunCount
from sim.arm_measures import PROFIT, measured_arms
from sim.arms import ARMS, SIMULATE
from sim.break_even import break_even
from sim.ensemble import RUNS, Plan, finished_runs, live_missing, plan, run_all, sole_writer
from sim.runs import Run, read
from sim.scenario import load_scenario
from sim.worlds import World

if TYPE_CHECKING:
    from rich.console import Console

    from sim.scenario import Scenario

COMPARISON = "comparison.json"
ENDS = {0.0: "noise", 1.0: "informative"}
"""Worlds that bear a name, so that a bisection finds their runs where a comparison left them."""


def run(
    out: Path,
    arms: str,
    world: str,
    scenario: str,
    seeds: int,
    draws: int,
    firms: int,
    days: int,
    workers: int,
    halvings: int,
    *,
    as_json: bool,
) -> None:
    """Run what is missing, compare, write the folder and print the answer."""
    with resumable(out / RUNS):
        answer = compare(out, named(arms), world, load_scenario(scenario), seeds, draws, firms, days, workers, halvings)
    for name, harm in (answer.runs.damaged if answer.runs else {}).items():
        margin().print(f"{name} stood damaged and has been run again: {harm}", markup=False)
    give(answer, as_json, lambda console: _show(answer, out, console))


def named(arms: str) -> tuple[str, ...]:
    """The arms of a comma-separated list.

    Raises:
        BadInput: one is empty or unknown.
    """
    names = tuple(name.strip() for name in arms.split(","))
    if unknown := [name for name in names if name not in ARMS]:
        rule = f"must be of {', '.join(ARMS)}, with single commas between them"
        raise BadInput(Problem(rule, field="arms", value=", ".join(unknown) or arms))
    return names


def compare(
    out: Path,
    arms: Sequence[str],
    world: str,
    scenario: "Scenario",
    seeds: int,
    draws: int,
    firms: int,
    days: int,
    workers: int,
    halvings: int,
    simulate: str = SIMULATE,
) -> CompareAnswer:
    """Run what is missing of a comparison and write its conclusions into the folder.

    Args:
        out: the folder of the ensemble.
        arms: who lends.
        world: how clearly the platform sees, by name or share.
        scenario: what is done to the market.
        seeds: how many paired seeds: 1, 2, ... so that a larger number extends a smaller one.
        draws: how many draws of the assumptions beside the stated ones.
        firms: SMEs in each market.
        days: days observed, after the burn-in.
        workers: processes side by side.
        halvings: how often to halve the break-even informativeness; 0 does not look for it.
        simulate: the market's function, as `module:name`.

    Raises:
        BadInput: an argument is out of range; the message names it.
        WorkFailed: runs failed, or another process writes the folder.
    """
    seen = World.named(world)
    planned = plan(
        [scenario], range(1, seeds + 1), firms, days, simulate,
        policies=arms, worlds=[world], assumptions=range(draws + 1),
    )  # fmt: skip
    with progress("market runs", len(planned.runs)) as advance:
        counted = run_all(planned, out, workers, on_run=advance)
    point = find_break_even(planned, out, workers, halvings) if halvings else None
    frame = {
        "scenario": scenario.name, "arms": list(arms), "seeds": seeds, "draws": draws, "firms": firms, "days": days
    }  # fmt: skip
    answer = compared(finished_runs(out), seen, scenario.starts_on, point, frame)
    write_json(out / COMPARISON, answer.model_dump(mode="json", exclude={"runs"}))
    return answer.model_copy(update={"runs": RunCount(**asdict(counted))})


def find_break_even(planned: Plan, out: Path, workers: int, halvings: int) -> BreakEvenPoint:
    """Bisect the share of clients seen as they are for where the ladder begins to earn more than without live data.

    Under the stated assumptions, on the seeds of the plan; its runs stand in the plan's folder beside the others.
    """
    (scenario,) = planned.scenarios
    with progress("worlds for the break-even", 2 + halvings) as advance, sole_writer(out):

        def runs_at(share: float, arm: str) -> list[Run]:
            world = ENDS.get(share, World.of_share(share).name)
            common = scenario, planned.firms, planned.days, planned.provenance, planned.simulate
            story, firms, days, provenance, simulate = common
            return [Run(story, seed, firms, days, provenance, simulate, arm, world) for seed in planned.seeds]

        def lead_at(share: float) -> float:
            wanted = [*runs_at(share, LADDER), *runs_at(share, BLIND)]
            live_missing(wanted, out / RUNS, workers)
            table = measured_arms([read(out / RUNS / one.id) for one in wanted])
            advance()
            return float((profit_of(table, LADDER) - profit_of(table, BLIND)).loc[0].to_numpy().mean())

        found = break_even(lead_at, halvings)
        nearest = min(found.tried, key=lambda share: (abs(share - found.share), share))
        ladders = [read(out / RUNS / one.id) for one in runs_at(nearest, LADDER)]
        return BreakEvenPoint(
            over=BLIND,
            verdict=found.verdict,
            share=found.share,
            share_low=found.low,
            share_high=found.high,
            auc_added=estimate_of(ladders, World.of_share(nearest)),
            tried={f"{share:g}": lead for share, lead in sorted(found.tried.items())},
        )


def _show(answer: CompareAnswer, out: Path, console: "Console") -> None:
    from rich.table import Table

    console.print(f"[bold]{answer.headline}[/]\n")
    table = Table("measure", *answer.arms, title="Means over seeds, with 95 % intervals over seeds")
    for metric in dict.fromkeys(row.metric for row in answer.figures):
        cells = {row.arm: row for row in answer.figures if row.metric == metric}
        is_sum = metric == PROFIT
        told = [_cell(cells[arm].mean, cells[arm].seeds_low, cells[arm].seeds_high) for arm in answer.arms]
        name = metric.replace("_", " ")
        table.add_row(f"[bold]{name}[/]" if is_sum else name, *told)
    console.print(table)
    if answer.auc_added is not None:
        added = answer.auc_added
        console.print(f"Live data add {added.mean:+.3f} ({added.low:+.3f} to {added.high:+.3f}) to the AUC here.")
    if answer.runs:
        console.print(f"{answer.runs.done} runs done, {answer.runs.reused} reused; results {answer.results_hash[:12]}.")
    size = f"{answer.firms} firms, {answer.days} days, {answer.seeds} seeds, {answer.draws} draws of the assumptions"
    console.print(f"Simulated markets: {size}. Folder: {out}")


def _cell(mean: float | None, low: float | None, high: float | None) -> str:
    if mean is None:
        return "-"
    told = _number(mean)
    return told if low is None or high is None or low == high else f"{told} ({_number(low)} to {_number(high)})"


def _number(value: float) -> str:
    if abs(value) >= 1e6:
        return f"{value / 1e6:,.2f}m"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
