"""The commands that hold the market against the world, vary what is assumed, and look for what breaks it."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from lab.options import Json, Scheduler
from lab.output import guarded

calibrate = typer.Typer(no_args_is_help=True, help="Propose parameters; nothing is overwritten.")


class MethodName(StrEnum):
    """How sensitivity is measured."""

    morris = "morris"
    sobol = "sobol"


class CushionName(StrEnum):
    """What a shock may exhaust."""

    first_loss = "first_loss"
    capital = "capital"
    liquidity = "liquidity"


RunsFolder = Annotated[
    Path, typer.Option("--out", help="Folder of runs; those that stand there whole are not lived again.")
]
Firms = Annotated[int, typer.Option(min=1, help="SMEs in each market.")]
Days = Annotated[int, typer.Option(min=1, help="Days to observe, after the burn-in.")]
Policy = Annotated[str, typer.Option(help="purchases alone, or an arm: ladder, bank, single, blind.")]
Workers = Annotated[int, typer.Option(min=1, help="Processes side by side.")]


@guarded
def facts(
    out: RunsFolder = Path("runs/facts"),
    seeds: Annotated[int, typer.Option(min=2, help="Seeds, other ones than parameters were set on.")] = 20,
    firms: Firms = 300,
    days: Annotated[int, typer.Option(min=1, help="Days to observe; some facts need two years.")] = 730,
    workers: Workers = 4,
    scheduler: Scheduler = None,
    downturn: Annotated[str | None, typer.Option(help="A scenario to hold against ordinary times.")] = None,
    bands: Annotated[Path | None, typer.Option(help="A file as data/facts/market.yaml.")] = None,
    policy: Policy = "purchases",
    as_json: Json = False,
) -> None:
    """Hold the market against stylised facts and against a market without a network; resumes."""
    from lab.commands.facts import run

    run(out, seeds, firms, days, scheduler or workers, downturn, bands, policy, as_json=as_json)


@calibrate.command("facts")
@guarded
def calibrate_facts(
    parameters: Annotated[str, typer.Option(help="Parameters of data/parameters/market.yaml, comma-separated.")],
    targets: Annotated[str, typer.Option("--facts", help="Fitted facts to come close to; all when empty.")] = "",
    out: RunsFolder = Path("runs/calibration"),
    seeds: Annotated[int, typer.Option(min=1, help="Seeds that every candidate is lived on.")] = 6,
    firms: Firms = 200,
    days: Days = 365,
    evaluations: Annotated[int, typer.Option(min=2, help="Candidates in the search.")] = 60,
    workers: Workers = 4,
    scheduler: Scheduler = None,
    as_json: Json = False,
) -> None:
    """Propose parameters under which the fitted facts come closest to their bands; resumes."""
    from lab.commands.calibrate import run

    run(out, parameters, targets, seeds, firms, days, evaluations, scheduler or workers, as_json=as_json)


@guarded
def sensitivity(
    method: Annotated[MethodName, typer.Option(help="Screen many assumptions, or share out the variance of a few.")],
    parameters: Annotated[str, typer.Option(help="Comma-separated; every one that has a range when empty.")] = "",
    outputs: Annotated[
        str, typer.Option(help="Facts or numbers of `creditlab simulate`, comma-separated.")
    ] = "default_rate_annual,exit_rate_annual,loss_share",
    scenario: Annotated[str, typer.Option(help="Lived at every point.")] = "baseline",
    size: Annotated[int, typer.Option(min=2, help="Trajectories (morris) or a power of two (sobol).")] = 8,
    out: RunsFolder = Path("runs/sensitivity"),
    seeds: Annotated[int, typer.Option(min=1, help="Seeds at every point.")] = 3,
    firms: Firms = 200,
    days: Days = 365,
    workers: Workers = 4,
    scheduler: Scheduler = None,
    policy: Policy = "purchases",
    as_json: Json = False,
) -> None:
    """Tell which assumptions move the answer, over their stated ranges; resumes."""
    from lab.commands.sensitivity import run

    run(
        out,
        str(method),
        parameters,
        outputs,
        scenario,
        size,
        seeds,
        firms,
        days,
        scheduler or workers,
        policy,
        as_json=as_json,
    )


@guarded
def reverse(
    scenario: Annotated[str, typer.Argument(help="A file of data/scenarios (by name), a path, or a composition.")],
    exhausts: Annotated[CushionName, typer.Option(help="What is to be exhausted.")],
    out: RunsFolder = Path("runs/reverse"),
    seeds: Annotated[int, typer.Option(min=1, help="Paired seeds; an interval needs six.")] = 10,
    firms: Firms = 300,
    days: Days = 365,
    most: Annotated[float, typer.Option(help="Largest severity to try, a factor of the scenario.")] = 5.0,
    halvings: Annotated[int, typer.Option(min=0, help="Of each seed's bracket, a quarter of --most.")] = 4,
    at: Annotated[float | None, typer.Option(help="Severity at which limits are replayed; the median found.")] = None,
    workers: Workers = 4,
    scheduler: Scheduler = None,
    policy: Policy = "purchases",
    as_json: Json = False,
) -> None:
    """Find the smallest shock that exhausts a cushion, and the limits that would have saved it; resumes."""
    from lab.commands.reverse import run

    run(
        scenario,
        str(exhausts),
        out,
        seeds,
        firms,
        days,
        most,
        halvings,
        at,
        scheduler or workers,
        policy,
        as_json=as_json,
    )
