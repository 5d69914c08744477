"""`creditlab facts`: does the market look like the world? Stylised facts over seeds, and clustering."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from credit.errors import BadInput, Problem
from credit.parameters import parameters
from lab.facts_answers import FactRow, FactsAnswer, contest_row, fact_row
from lab.interruption import resumable
from lab.measure_words import band, label, quantity
from lab.output import give, progress, ruled
from sim.facts.catalogue import FACTS, load_facts
from sim.facts.clustering import Clustering, contest
from sim.facts.exploration import Exploration
from sim.facts.gate import findings
from sim.facts.worlds import PURCHASES, WITH_FACTS, arm_of, world
from sim.runs.ensemble import BASELINE, RUNS, results_hash
from sim.runs.workers import Hands
from sim.scenarios.scenario import load_scenario

if TYPE_CHECKING:
    from rich.console import Console

FIRST_SEED = 1001
"""Seeds of the gate begin here: parameters were set on smaller ones, and a fact is no evidence on the same draws."""

COLOURS = {"PASS": "green", "WARN": "yellow", "FAIL": "bold red", "NOT MEASURED": "dim"}


def run(
    out: Path,
    seeds: int,
    firms: int,
    days: int,
    workers: Hands,
    downturn: str | None,
    bands: Path | None,
    policy: str,
    as_json: bool,
) -> None:
    """Run what is missing, hold the facts against the runs and print the answer."""
    with resumable(out / RUNS):
        answer = facts(out, seeds, firms, days, workers, downturn, bands or FACTS, policy)
    give(answer, as_json, lambda console: _show(answer, out, console))


def facts(
    out: Path,
    seeds: int,
    firms: int,
    days: int,
    workers: Hands,
    downturn: str | None,
    bands: Path = FACTS,
    policy: str = PURCHASES,
    simulate: str = WITH_FACTS,
) -> FactsAnswer:
    """The facts of a market over seeds.

    Args:
        out: folder of runs; those that stand there whole are not lived again.
        seeds: how many, from FIRST_SEED on.
        firms: SMEs in each market.
        days: days observed, after the burn-in.
        workers: processes side by side, or the address of a Dask scheduler.
        downturn: a scenario to run on the same seeds; none where absent.
        bands: the file of facts.
        policy: an arm (ladder, bank, single, blind), or `purchases`: resin purchases alone.
        simulate: the market's function, as `module:name`.

    Raises:
        BadInput: fewer than two seeds, no such scenario, or a file of facts that breaks a rule.
        WorkFailed: runs failed.
    """
    if seeds < 2:
        raise BadInput(Problem("must be >= 2: an interval needs two", field="seeds", value=seeds))
    known = load_facts(bands)
    story = load_scenario(BASELINE)
    arm = arm_of(policy)
    stories = [story, load_scenario(downturn)] if downturn else [story]
    worlds = [world(one, arm=arm) for one in stories]
    points = [(one, seed) for seed in range(FIRST_SEED, FIRST_SEED + seeds) for one in worlds]
    with progress("market runs", len(points)) as advance:
        runs = Exploration(out, firms, days, workers, simulate).lived(points, on_run=advance)
    ordinary, in_downturn = runs[:: len(worlds)], runs[1::2] if downturn else []
    rows = [fact_row(found) for found in findings(known, ordinary, in_downturn)]
    day, numbers = story.starts_on, parameters("facts")
    correlation = numbers.value("asset_correlation_share", day)
    held = contest([one.daily for one in ordinary], _world_clustering(day), correlation)
    count = {verdict: sum(row.verdict == verdict for row in rows) for verdict in COLOURS}
    validated = [row.name for row in rows if row.is_validation]
    worst: Literal["PASS", "WARN", "FAIL"] = "FAIL" if count["FAIL"] else "WARN" if count["WARN"] else "PASS"
    return FactsAnswer(
        headline=_headline(rows, count, validated, held.verdict),
        verdict=worst,
        seeds=seeds,
        firms=firms,
        days=days,
        downturn=downturn,
        policy=policy,
        passed=count["PASS"],
        warned=count["WARN"],
        failed=count["FAIL"],
        not_measured=count["NOT MEASURED"],
        validated=validated,
        facts=rows,
        clustering=contest_row(held, correlation),
        results_hash=results_hash(runs),
    )


def _world_clustering(day: date) -> Clustering:
    known = parameters("facts")
    return Clustering(known.value("default_intensity_variance", day), known.value("default_intensity_persistence", day))


def _headline(rows: list[FactRow], count: dict[str, int], validated: list[str], contested: str) -> str:
    measured = len(rows) - count["NOT MEASURED"]
    could = sum(row.basis == "published" and row.role == "held_out" for row in rows)
    failed = ", ".join(row.name for row in rows if row.verdict == "FAIL") or "none"
    return (
        f"Of {len(rows)} facts {measured} could be measured: {count['PASS']} pass, {count['WARN']} are not settled, "
        f"{count['FAIL']} fail ({failed}). Evidence for the market (passed, published, held out): "
        f"{len(validated)} of {could} such facts. On default clustering: {contested}."
    )


def _show(answer: FactsAnswer, out: Path, console: "Console") -> None:
    console.print(f"[bold]{answer.headline}[/]\n")
    table = ruled("fact", "verdict", "mean (95 %)", "band", "role, basis", title="The market beside the world", words=5)
    for row in answer.facts:
        held_to = band(row.band_low, row.band_high, row.unit)
        found = row.why or "-"
        if row.mean is not None:
            found = f"{quantity(row.mean, row.unit)} ({band(row.ci_low, row.ci_high, row.unit)})"
        verdict = f"[{COLOURS[row.verdict]}]{row.verdict}[/]"
        table.add_row(label(row.name, row.unit), verdict, found, held_to, f"{row.role.replace('_', ' ')}, {row.basis}")
    console.print(table)
    held = answer.clustering
    console.print(f"Default clustering against the {held.baseline_name}: [bold]{held.verdict}[/]")
    if held.gain is None:
        console.print(f"({held.why})")
    else:
        console.print(
            f"distance to the world {_number(held.market_distance)}, baseline {_number(held.baseline_distance)}; "
            f"gain {_number(held.gain)} ({_number(held.gain_low)} to {_number(held.gain_high)})"
        )
    console.print(f"Simulated markets: {answer.firms} firms, {answer.days} days, {answer.seeds} seeds. Folder: {out}")


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3g}"
