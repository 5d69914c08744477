"""`creditlab stress`: scenarios against the baseline on paired seeds, in parallel, resumed when interrupted."""

import io
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from credit.files import write_bytes, write_json
from lab.interruption import resumable
from lab.measure_words import change_within, label, quantity
from lab.output import give, margin, progress, ruled
from lab.stress_answer import Difference, RunCount, StressAnswer, concluded
from lab.unlived import say_unlived
from sim.runs.ensemble import ANSWER, DIFFERENCES, RUNS, finished_runs, plan, run_all, worlds_named
from sim.runs.run import MARKET, Keep
from sim.runs.workers import Hands

if TYPE_CHECKING:
    from rich.console import Console

    from sim.scenarios.scenario import Scenario

SHOWN = (
    "default_rate_annual",
    "loss_share",
    "credit_loss_yuan",
    "disbursed_yuan",
    "approval_share",
    "lender_refusals",
    "lender_liquidity_min_yuan",
    "margin_calls",
    "failed_firms",
    "sales_yuan",
)
"""The measures on the readable page; the answer and `differences.parquet` hold all."""


def run(
    out: Path, scenarios: str, seeds: int, firms: int, days: int, workers: Hands, as_json: bool, keep: Keep = "daily"
) -> None:
    """Run what is missing, compare, write the folder and print the answer."""
    worlds = worlds_named(scenarios)
    say_unlived(worlds, days)
    with resumable(out / RUNS):
        answer = stress(out, worlds, seeds, firms, days, workers, keep=keep)
    for name, harm in (answer.runs.damaged if answer.runs else {}).items():
        margin().print(f"{name} stood damaged and has been run again: {harm}", markup=False)
    give(answer, as_json, lambda console: _show(answer, out, console))


def stress(
    out: Path,
    worlds: Sequence["Scenario"],
    seeds: int,
    firms: int,
    days: int,
    workers: Hands,
    simulate: str = MARKET,
    keep: Keep = "daily",
) -> StressAnswer:
    """Run what is missing of an ensemble, compare with the first scenario, write the conclusions into its folder.

    Args:
        out: the ensemble's folder.
        worlds: the scenarios, the baseline first.
        seeds: how many paired seeds: 1, 2, ... so that a larger number extends a smaller one.
        firms: SMEs in each market.
        days: days observed, after the burn-in.
        workers: processes side by side, or the address of a Dask scheduler.
        simulate: the market's function, as `module:name`.
        keep: how much of each run is kept: days, also months of firms, also every event.

    Raises:
        BadInput: an argument is out of range; the message names it.
        WorkFailed: runs failed, or another process writes the folder.
    """
    planned = plan(worlds, range(1, seeds + 1), firms, days, simulate, keep=keep)
    with progress("market runs", len(planned.runs)) as advance:
        counted = run_all(planned, out, workers, on_run=advance)
    answer, differences = concluded(planned, finished_runs(out))
    parquet = io.BytesIO()
    differences.to_parquet(parquet, engine="pyarrow", compression="zstd", index=False)
    write_bytes(out / DIFFERENCES, parquet.getvalue())
    write_json(out / ANSWER, answer.model_dump(mode="json", exclude={"runs"}))
    return answer.model_copy(update={"runs": RunCount(**asdict(counted))})


def _show(answer: StressAnswer, out: Path, console: "Console") -> None:
    console.print(f"[bold]{answer.headline}[/]\n")
    names = (name.replace("_", " ") for name in answer.scenarios)
    table = ruled("measure", *names, title="Differences to the baseline, with 95 % intervals")
    for metric in SHOWN:
        if rows := [row for row in answer.differences if row.metric == metric]:
            unit = rows[0].unit
            table.add_row(label(metric, unit), quantity(rows[0].baseline_mean, unit), *map(_difference, rows))
    console.print(table)
    factors = [row.pairing_variance_factor for row in answer.differences if row.pairing_variance_factor is not None]
    if factors:
        console.print(
            f"Pairing divides the variance of a difference by {median(factors):.1f} (median of all measures)."
        )
    if answer.runs:
        console.print(f"{answer.runs.done} runs done, {answer.runs.reused} reused; results {answer.results_hash[:12]}.")
    console.print(f"Simulated markets: {answer.firms} firms, {answer.days} days, {answer.seeds} seeds. Folder: {out}")


def _difference(row: Difference) -> str:
    told = change_within(row.difference, row.ci_low, row.ci_high, row.unit)
    is_moved = row.ci_low is not None and row.ci_high is not None and (row.ci_low > 0 or row.ci_high < 0)
    return f"[bold]{told}[/]" if is_moved else told
