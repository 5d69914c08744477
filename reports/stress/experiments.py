"""What the report asks of further markets: does the ladder pay, how small a shock exhausts what, which lever saves it.

Everything is plain numbers, so that it travels in the notebook's inputs; a number that nobody knows is None.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from reports.stress import contests
from reports.stress.contests import Known, Ladder, OnRun, Told
from reports.stress.parameters import StressParameters
from sim.facts.bisection import Threshold, median_dose
from sim.facts.exhaustion import CUSHIONS, cushion_fen, headroom_fen
from sim.facts.exploration import Exploration
from sim.facts.worlds import PLAIN, World, world
from sim.runs.comparison import mean_interval
from sim.runs.run import FinishedRun
from sim.scenarios.scenario import Scenario, load_scenario

GRADES = (0.5, 1.0, 1.5)
LEVERS: Mapping[str, tuple[dict[str, float], float]] = {
    "limits": ({}, 0.5),
    "obligor_cap": ({"lender_obligor_cap_share": 0.1}, 1.0),
    "suspension": ({"suspension_days": 3}, 1.0),
    "visits": ({"visits_a_month_share": 0.3}, 1.0),
    "reserve": ({"lender_reserve_share": 0.8}, 1.0),
}
"""What is moved, each by itself: parameters of the market, at the careful end of their stated range, and limits."""

type Lives = Sequence[FinishedRun]
"""Runs of one world, seed by seed."""


class Graded(Told):
    """A scenario against a cushion.

    Attributes:
        scenario, cushion: which.
        left: part of the cushion that is left on the worst day, by severity (`GRADES`).
        exhausted: share of seeds on which nothing is left, by severity.
        smallest: severity that exhausts it, median over seeds with its interval; None beyond the largest tried.
    """

    scenario: str
    cushion: str
    left: list[Known]
    exhausted: list[float]
    smallest: Known


class Mitigant(Told):
    """A lever under the scenario that costs most.

    Attributes:
        lever: which, of LEVERS.
        saved_fen: credit loss that it saves, pair by pair.
        liquidity_fen: what it adds to the lenders' liquid funds on their lowest day.
        business_share: what is still disbursed.
    """

    lever: str
    saved_fen: Known
    liquidity_fen: Known
    business_share: float | None


class Experiments(Told):
    """All of them.

    Attributes:
        ladder: does it pay?
        frontier: every scenario against every cushion.
        worst: the scenario that costs most, under which levers are tried.
        mitigants: every lever.
        seeds, firms, days: of the markets of frontier and levers.
    """

    ladder: Ladder
    frontier: list[Graded]
    worst: str
    mitigants: list[Mitigant]
    seeds: int
    firms: int
    days: int


def steps(parameters: StressParameters, stresses: int) -> int:
    """How many markets they take."""
    replays = 1 + stresses * len(GRADES) + len(LEVERS)
    return contests.steps(parameters) + parameters.replay_seeds * replays


def experiments(parameters: StressParameters, stresses: Sequence[Scenario], runs: Path, on_run: OnRun) -> Experiments:
    """Live what is missing, and read what was found.

    Args:
        parameters: of the report.
        stresses: the scenarios beside the baseline.
        runs: the folder of all runs.
        on_run: told how many further runs stand whole.
    """
    seeds, firms = range(1, parameters.replay_seeds + 1), parameters.replay_firms
    folder = runs / f"replays-{firms}x{parameters.days}"
    exploration = Exploration(folder, firms, parameters.days, parameters.workers, PLAIN)
    ladder = contests.ladder(parameters, runs, on_run)
    told = [world(load_scenario("baseline")), *(world(story.graded(dose)) for story in stresses for dose in GRADES)]
    ordinary, *by_dose = _lived(exploration, told, seeds, on_run)
    graded = {
        story.name: by_dose[place * len(GRADES) : (place + 1) * len(GRADES)] for place, story in enumerate(stresses)
    }
    frontier = [_graded(story, cushion, graded[story.name], ordinary) for story in stresses for cushion in CUSHIONS]
    full = {name: runs_by_grade[GRADES.index(1.0)] for name, runs_by_grade in graded.items()}
    worst = max(stresses, key=lambda story: float(np.mean([_lost_fen(run) for run in full[story.name]])))
    moved = [world(worst.graded(1.0), assumed, limits_share) for assumed, limits_share in LEVERS.values()]
    under_levers = zip(LEVERS, _lived(exploration, moved, seeds, on_run), strict=True)
    mitigants = [_mitigant(lever, runs_with_it, full[worst.name]) for lever, runs_with_it in under_levers]
    return Experiments(
        ladder=ladder, frontier=frontier, worst=worst.name, mitigants=mitigants, seeds=len(seeds), firms=firms,
        days=parameters.days,
    )  # fmt: skip


def _lived(exploration: Exploration, worlds: Sequence[World], seeds: Sequence[int], on_run: OnRun) -> list[Lives]:
    """Every world on every seed, lived in one go so that no process waits: a list of runs for each world."""
    runs = exploration.lived([(one, seed) for one in worlds for seed in seeds], on_run)
    return [runs[place : place + len(seeds)] for place in range(0, len(runs), len(seeds))]


def _graded(
    story: Scenario, cushion: str, by_grade: Sequence[Sequence[FinishedRun]], ordinary: Sequence[FinishedRun]
) -> Graded:
    day = story.starts_on
    sizes = np.array([cushion_fen(run, cushion, day) for run in ordinary])  # type: ignore[arg-type]
    left = np.array(
        [
            [headroom_fen(run, usual, cushion, day) for run, usual in zip(runs, ordinary, strict=True)]  # type: ignore[arg-type]
            for runs in by_grade
        ]
    )
    usual = np.array([headroom_fen(run, run, cushion, day) for run in ordinary])  # type: ignore[arg-type]
    shares = left / np.where(sizes > 0, sizes, np.nan)
    found = median_dose([_crossing(int(run.seed), usual[place], left[:, place]) for place, run in enumerate(ordinary)])
    return Graded(
        scenario=story.name,
        cushion=cushion,
        left=[Known.of(mean_interval(row[np.isfinite(row)])) for row in shares],
        exhausted=[float((row < 0).mean()) for row in left],
        smallest=Known(mean=found.median, low=found.low, high=found.high),
    )


def _crossing(seed: int, usual: float, left: np.ndarray) -> Threshold:
    """The smallest severity at which nothing is left, along straight lines between those that were lived."""
    before, at = usual, 0.0
    if usual < 0:
        return Threshold(seed, None, 0.0, True)
    for severity, after in zip(GRADES, left.tolist(), strict=True):
        if after < 0:
            return Threshold(seed, at, at + (severity - at) * before / (before - after), True)
        before, at = after, severity
    return Threshold(seed, at, None, True)


def _lost_fen(run: FinishedRun) -> float:
    return float((run.daily["lender_loss_fen"] + run.daily["platform_loss_fen"]).sum())


def _mitigant(lever: str, moved: Sequence[FinishedRun], stressed: Sequence[FinishedRun]) -> Mitigant:
    pairs = list(zip(moved, stressed, strict=True))
    saved = np.array([_lost_fen(before) - _lost_fen(after) for after, before in pairs])
    lowest = np.array(
        [float(a.daily["lender_liquidity_fen"].min() - b.daily["lender_liquidity_fen"].min()) for a, b in pairs]
    )
    kept, usual = (sum(int(run.daily["disbursed_fen"].sum()) for run in runs) for runs in (moved, stressed))
    return Mitigant(
        lever=lever,
        saved_fen=Known.of(mean_interval(saved)),
        liquidity_fen=Known.of(mean_interval(lowest)),
        business_share=kept / usual if usual else None,
    )
