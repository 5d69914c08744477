"""A contest from markets to advice: what is missing is lived, the suspects are moved one by one, the rest is read."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import isotonic_regression

from credit.metrics.order import Difference
from sim.arms.arm_measures import PROFIT, auc_added, measured_arms
from sim.arms.break_even import BreakEven, break_even
from sim.arms.contest import BLIND, LADDER, Contest
from sim.arms.contest_findings import (
    Advice,
    Figure,
    Ground,
    Lead,
    advise,
    cells,
    figures,
    hardest_of,
    leads,
    moves,
    turned,
)
from sim.arms.worlds import World
from sim.runs.ensemble import RUNS, Progress, live_missing, results_hash, run_all, sole_writer
from sim.runs.run import FinishedRun, Run, read
from sim.runs.workers import Hands

SUSPECTS = 3
"""How many assumptions are moved alone."""


@dataclass(frozen=True)
class Informativeness:
    """What live data are worth, by how clearly the platform sees.

    Attributes:
        found: where they begin to pay.
        shares: share of clients seen as they are, world by world.
        leads: mean lead of the ladder over itself without live data, yuan a market, by world.
        auc_added: what live data add to the AUC, by world; None where nobody or everybody came to grief.
        auc_at: what they add at the break-even and at both ends of its interval, by interpolation; NaN where unknown,
            as where they pay in no world, or may pay in none.
    """

    found: BreakEven
    shares: dict[str, float]
    leads: dict[str, float]
    auc_added: dict[str, Difference | None]
    auc_at: Difference


@dataclass(frozen=True)
class ContestResult:
    """Everything that a contest found.

    Attributes:
        advice, ground, decided_by: what follows, on which ground, by which arm.
        figures: every measure of every arm.
        leads: the ladder's.
        auc_added: what live data add in this world; None where nobody or everybody came to grief.
        informativeness: None where no break-even was sought.
        results_hash: SHA-256 over the state hashes of all runs.
        progress: how the runs came to be complete.
    """

    advice: Advice
    ground: Ground
    decided_by: str
    figures: list[Figure]
    leads: list[Lead]
    auc_added: Difference | None
    informativeness: Informativeness | None
    results_hash: str
    progress: Progress


def hold(
    contest: Contest, folder: Path, workers: Hands, on_run: Callable[[int], None] = lambda runs: None
) -> ContestResult:
    """Live what a folder lacks, and conclude.

    Args:
        contest: what to compare.
        folder: of the runs; resumed when it holds some.
        workers: processes side by side, or the address of a Dask scheduler.
        on_run: told how many further runs stand whole.

    Raises:
        BadInput: `workers` is below 1, or `folder` is a file.
        WorkFailed: another process writes this folder, or runs failed; the others are kept.
    """
    return hold_all([contest], folder, workers, on_run)[0]


def hold_all(
    contests: Sequence[Contest], folder: Path, workers: Hands, on_run: Callable[[int], None] = lambda runs: None
) -> list[ContestResult]:
    """Hold several contests over one folder: what they need is lived together, and each is concluded by itself.

    Args:
        contests: at least one. The folder's plan is the first one's.
        folder: of the runs; resumed when it holds some.
        workers: processes side by side, or the address of a Dask scheduler.
        on_run: told how many further runs stand whole; a run that several contests need is told of once.

    Returns:
        A result for each. How the runs came to be complete (`progress`) is told of all contests up to that one.

    Raises:
        BadInput, WorkFailed: as `hold`.
    """
    runs = [run for contest in contests for run in contest.runs]
    counts = [run_all(contests[0].plan, folder, workers, on_run, beside=runs)]
    with sole_writer(folder):
        return [_concluded(contest, _Lived(folder, workers, counts, on_run)) for contest in contests]


def _concluded(contest: Contest, lived: "_Lived") -> ContestResult:
    """What a contest found whose runs stand in the folder."""
    told = lived.read([*contest.plan.runs, *contest.drawn])
    table = measured_arms(told)
    ladders = [run for run in told if run.policy == LADDER and run.assumptions == 0]
    added = auc_added(ladders, contest.world) if ladders else None
    found = leads(table, contest.day)
    if found and contest.draws:
        found = _with_turns(contest, found, lived)
    known = _informativeness(contest, lived) if contest.seeks_break_even else None
    advice, ground, decided_by = advise(found, added)
    return ContestResult(
        advice, ground, decided_by, figures(table), found, added, known, results_hash(lived.seen), _summed(lived.counts)
    )


class _Lived:
    """The folder's runs, lived where they are missing, each read once."""

    def __init__(self, folder: Path, workers: Hands, counts: list[Progress], on_run: Callable[[int], None]) -> None:
        self.folder, self.workers, self.counts, self.on_run = folder / RUNS, workers, counts, on_run
        self._read: dict[str, FinishedRun] = {}

    def complete(self, runs: Sequence[Run]) -> None:
        """Live what is missing."""
        if runs:
            self.counts.append(live_missing(runs, self.folder, self.workers, self.on_run))

    def read(self, runs: Sequence[Run]) -> list[FinishedRun]:
        """Finished runs."""
        for run in runs:
            if run.id not in self._read:
                self._read[run.id] = read(self.folder / run.id)
        return [self._read[run.id] for run in runs]

    @property
    def seen(self) -> list[FinishedRun]:
        """Everything that was read, by name."""
        return [self._read[name] for name in sorted(self._read)]


def _with_turns(contest: Contest, found: list[Lead], lived: _Lived) -> list[Lead]:
    """The lead on which the advice hangs, with its suspects moved one by one."""
    hardest = hardest_of(found)
    planned = moves(hardest, SUSPECTS, contest.day)
    runs = [contest.moved((LADDER, hardest.over), move.flip.assumption, move.at) for move in planned]
    lived.complete([run for one in runs for run in one])
    turns = [
        turned(hardest, move, _lead_by_seed(measured_arms(lived.read(one)), hardest.over))
        for move, one in zip(planned, runs, strict=True)
    ]
    told = replace(hardest, turns=turns)
    return [told if lead is hardest else lead for lead in found]


def _lead_by_seed(table: pd.DataFrame, over: str) -> np.ndarray:
    """The ladder's lead in a table of one world and one set of assumptions."""
    return (cells(table, PROFIT, LADDER) - cells(table, PROFIT, over)).to_numpy()[0]


def _informativeness(contest: Contest, lived: _Lived) -> Informativeness:
    by_world = {world: lived.read(contest.in_world(world)) for world in contest.worlds}
    at = {world: _lead_by_seed(measured_arms(runs), BLIND) for world, runs in by_world.items()}
    shares = contest.worlds
    found = break_even(list(shares.values()), np.array(list(at.values())))
    added = {
        world: auc_added([run for run in runs if run.policy == LADDER], World.of_share(shares[world]))
        for world, runs in by_world.items()
    }
    return Informativeness(
        found, shares, {world: float(values.mean()) for world, values in at.items()}, added,
        auc_needed(found, shares, added),
    )  # fmt: skip


def auc_needed(found: BreakEven, shares: Mapping[str, float], added: Mapping[str, Difference | None]) -> Difference:
    """The AUC added at the break-even, along the line between the worlds where it was measured.

    Nobody sees more by seeing fewer clients, and nothing where nobody is seen: what chance says against that in single
    worlds is smoothed away (isotonic regression from 0), or it would ask live data for less than nothing.
    """
    known = [(shares[world], max(one.value, 0.0)) for world, one in added.items() if one is not None]
    if not known:
        return Difference(math.nan, math.nan, math.nan)
    x, y = zip(*sorted(known), strict=True)
    smooth = isotonic_regression(y).x
    at, low, high = (float(np.interp(share, x, smooth)) for share in (found.share, found.low, found.high))
    return Difference(math.nan if found.verdict == "never" else at, low, math.nan if found.high >= 1.0 else high)


def _summed(counts: Sequence[Progress]) -> Progress:
    return Progress(
        done=sum(one.done for one in counts),
        reused=sum(one.reused for one in counts),
        damaged={name: harm for one in counts for name, harm in one.damaged.items()},
    )
