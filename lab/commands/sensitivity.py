"""`creditlab sensitivity`: which assumptions move the answer, by Morris's screening or Sobol's shares of variance."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from credit.errors import BadInput, Problem
from lab.answer import Answer
from lab.interruption import resumable
from lab.output import give, progress, ruled
from sim.facts.exploration import Exploration
from sim.facts.ranges import ranges
from sim.facts.sensitivity import METHODS, Method, design, indices, output_of
from sim.facts.worlds import PURCHASES, WITH_FACTS, arm_of, world
from sim.runs.ensemble import BASELINE, RUNS
from sim.runs.workers import Hands
from sim.scenarios.scenario import load_scenario

if TYPE_CHECKING:
    from rich.console import Console

SHOWN = 12
MOST_SHARED = 6
"""Assumptions that Sobol's design is offered for: its cost grows with each."""


class IndexRow(Answer):
    """What one assumption does to one output."""

    output: str = Field(description="the output")
    parameter: str = Field(description="parameter of data/parameters/market.yaml, varied over its range")
    main: float = Field(
        description="morris: mean absolute effect of crossing the whole range (mu*), in the output's unit; "
        "sobol: share of the variance that the parameter explains alone (S1)"
    )
    main_half_width: float = Field(description="half-width of the 95 % bootstrap interval of `main`, in its unit")
    total: float = Field(
        description="morris: standard deviation of the effect (sigma), in the output's unit, large where it depends on "
        "the others; sobol: share of the variance with all interactions (ST)"
    )
    total_half_width: float | None = Field(description="half-width of its 95 % interval; null for morris")
    direction: float | None = Field(description="morris: mean effect with its sign (mu); null for sobol")
    is_told_from_none: bool = Field(description="whether the interval of `main` leaves zero out")


class OutputRow(Answer):
    """One output over all points."""

    name: str = Field(description="the output: a fact or a number of `creditlab simulate`")
    mean: float | None = Field(description="mean over points, in its unit; null where it was not measured everywhere")
    spread: float | None = Field(description="standard deviation over points, in its unit")
    seed_error: float | None = Field(
        description="standard error that the seeds leave in the mean of one point, in its unit: effects below it are "
        "luck; null with one seed"
    )
    why: str | None = Field(description="why it has no indices; null where it has")


class SensitivityAnswer(Answer):
    """What `creditlab sensitivity --json` prints."""

    headline: str = Field(description="the answer in words")
    method: Literal["morris", "sobol"] = Field(description="how")
    scenario: str = Field(description="the scenario lived at every point")
    policy: str = Field(description="who decides: an arm, or purchases alone")
    parameters: int = Field(description="assumptions varied, a count")
    points: int = Field(description="points of the design, a count")
    seeds: int = Field(description="seeds at every point, a count")
    firms: int = Field(description="SMEs in each market, a count")
    days: int = Field(description="days observed after the burn-in")
    outputs: list[OutputRow] = Field(description="every output asked for")
    indices: list[IndexRow] = Field(description="every assumption for every output, the strongest first")


def run(
    out: Path,
    method: str,
    parameters: str,
    outputs: str,
    scenario: str,
    size: int,
    seeds: int,
    firms: int,
    days: int,
    workers: Hands,
    policy: str,
    as_json: bool,
) -> None:
    """Live the design and print the indices."""
    with resumable(out / RUNS):
        answer = sensitivity(
            out, method, _listed(parameters), _listed(outputs), scenario, size, seeds, firms, days, workers, policy
        )
    give(answer, as_json, lambda console: _show(answer, console))


def sensitivity(
    out: Path,
    method: str,
    parameters: Sequence[str],
    outputs: Sequence[str],
    scenario: str,
    size: int,
    seeds: int,
    firms: int,
    days: int,
    workers: Hands,
    policy: str = PURCHASES,
    simulate: str = WITH_FACTS,
) -> SensitivityAnswer:
    """Which assumptions move the outputs, over their stated ranges.

    Args:
        out: folder of runs; those that stand there whole are not lived again.
        method: morris or sobol.
        parameters: names; every setting that has a range when empty.
        outputs: facts, or numbers of a run's summary.
        scenario: lived at every point.
        size: trajectories (morris) or a power of two (sobol).
        seeds: at every point: 1, 2, ...
        firms: SMEs in each market.
        days: days observed, after the burn-in.
        workers: processes side by side, or the address of a Dask scheduler.
        policy: an arm (ladder, bank, single, blind), or `purchases`: resin purchases alone.
        simulate: the market's function, as `module:name`.

    Raises:
        BadInput: an argument is out of range; the message names it.
        WorkFailed: runs failed.
    """
    chosen = _method(method)
    if seeds < 1 or not outputs:
        raise BadInput(Problem("must name at least one", field="seeds" if seeds < 1 else "outputs"))
    story = load_scenario(scenario if scenario else BASELINE)
    varied = ranges(parameters, story.starts_on)
    points = design(chosen, varied, size)
    worlds = [
        world(
            story,
            {one.name: _held(value, one.low, one.high) for one, value in zip(varied, point, strict=True)},
            arm=arm_of(policy),
        )
        for point in points
    ]
    asked = [(one, seed) for one in worlds for seed in range(1, seeds + 1)]
    with progress("market runs", len(asked)) as advance:
        runs = Exploration(out, firms, days, workers, simulate).lived(asked, on_run=advance)
    rows: list[IndexRow] = []
    told: list[OutputRow] = []
    for name in outputs:
        values = np.array([output_of(run, name) for run in runs]).reshape(len(points), seeds)
        means = values.mean(axis=1)
        why = None
        try:
            found = indices(chosen, varied, points, name, means)
            rows += [IndexRow(**asdict(one), is_told_from_none=one.is_told_from_none) for one in found]
        except BadInput as error:
            why = error.problems[0].rule
        told.append(_output(name, values, why))
    return SensitivityAnswer(
        headline=_headline(rows, told),
        method=chosen,
        scenario=story.name,
        policy=policy,
        parameters=len(varied),
        points=len(points),
        seeds=seeds,
        firms=firms,
        days=days,
        outputs=told,
        indices=rows,
    )


def _method(told: str) -> Method:
    for method in METHODS:
        if told == method:
            return method
    raise BadInput(Problem(f"must be one of: {', '.join(METHODS)}", field="method", value=told))


def _held(value: float, low: float, high: float) -> float:
    """A design's value, rounded so that it can be read, within its range."""
    return min(max(float(f"{value:.6g}"), low), high)


def _output(name: str, values: np.ndarray, why: str | None) -> OutputRow:
    if why is not None:
        return OutputRow(name=name, mean=None, spread=None, seed_error=None, why=why)
    seeds = values.shape[1]
    error = float(np.sqrt(values.var(axis=1, ddof=1).mean() / seeds)) if seeds > 1 else None
    means = values.mean(axis=1)
    return OutputRow(name=name, mean=float(means.mean()), spread=float(means.std(ddof=1)), seed_error=error, why=None)


def _listed(told: str) -> list[str]:
    return [name.strip() for name in told.split(",") if name.strip()]


def _headline(rows: Sequence[IndexRow], outputs: Sequence[OutputRow]) -> str:
    sentences = []
    for output in outputs:
        mine = [row.parameter for row in rows if row.output == output.name and row.is_told_from_none]
        if output.why is not None:
            sentences.append(f"{output.name} {output.why}.")
        elif mine:
            sentences.append(f"{output.name} is moved most by {', '.join(mine[:3])}.")
        else:
            sentences.append(f"Nothing that moves {output.name} can be told from luck by this design.")
    return " ".join(sentences)


def _show(answer: SensitivityAnswer, console: "Console") -> None:
    console.print(f"[bold]{answer.headline}[/]\n")
    main, total = ("effect", "its spread") if answer.method == "morris" else ("alone", "with interactions")
    for output in answer.outputs:
        if output.why is not None:
            continue
        noise = "" if output.seed_error is None else f", seeds leave ± {output.seed_error:.2g}"
        table = ruled("assumption", main, total, title=f"{output.name}: mean {output.mean:.3g}{noise}")
        for row in [row for row in answer.indices if row.output == output.name][:SHOWN]:
            style = "bold" if row.is_told_from_none else "dim"
            wide = "" if row.total_half_width is None else f" ± {row.total_half_width:.2g}"
            table.add_row(
                row.parameter, f"{row.main:.3g} ± {row.main_half_width:.2g}", f"{row.total:.3g}{wide}", style=style
            )
        console.print(table)
    console.print(
        f"{answer.method}: {answer.parameters} assumptions, {answer.points} points, {answer.seeds} seeds a point; "
        f"{answer.firms} firms, {answer.days} days."
    )
    if strongest := _strongest(answer):
        console.print(
            "Then share out the variance of the few that matter: creditlab sensitivity --method sobol --parameters "
            f"{','.join(strongest)} --outputs {','.join(output.name for output in answer.outputs)}",
            soft_wrap=True,
        )


def _strongest(answer: SensitivityAnswer) -> list[str]:
    """After a screening, the assumptions that can be told from luck, the strongest of each output first."""
    if answer.method != "morris":
        return []
    found = (row.parameter for row in answer.indices if row.is_told_from_none)
    return list(dict.fromkeys(found))[:MOST_SHARED]
