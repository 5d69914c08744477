"""Any list of worlds on any seeds, each lived once and kept: what calibration, sensitivity and bisection run on."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from credit.errors import BadInput, Problem
from sim.runs.ensemble import RUNS, live_missing, sole_writer
from sim.runs.provenance import provenance
from sim.runs.run import FinishedRun, Run, damage, live, read
from sim.runs.workers import Hands, refuse_no_hands

type Point = tuple[Any, int]
"""A world and a seed."""


@dataclass(frozen=True)
class Exploration:
    """Where and how worlds are lived.

    Attributes:
        folder: its `runs/` holds one folder a run; a run that stands there whole is never lived again.
        firms: SMEs in each market.
        days: days observed, after the burn-in.
        workers: processes side by side, 1 lives in the process that asks; or the address of a Dask scheduler.
        simulate: the market's function, as `module:name`.
    """

    folder: Path
    firms: int
    days: int
    workers: Hands
    simulate: str

    def __post_init__(self) -> None:
        refuse_no_hands(self.workers)
        rules = {"firms": self.firms, "days": self.days}
        problems = [Problem("must be >= 1", field=name, value=value) for name, value in rules.items() if value < 1]
        if problems:
            raise BadInput(problems)

    def lived(self, points: Sequence[Point], on_run: Callable[[int], None] = lambda runs: None) -> list[FinishedRun]:
        """The runs of worlds on seeds, in the order asked; those that stand in the folder are read only.

        Raises:
            WorkFailed: runs failed, or another process writes the folder.
        """
        in_force = provenance()
        runs = [Run(world, seed, self.firms, self.days, in_force, self.simulate) for world, seed in points]
        wanted = list({run.id: run for run in runs}.values())
        with sole_writer(self.folder):
            if self.workers == 1:
                self._live_here(wanted, on_run)
            else:
                live_missing(wanted, self.folder / RUNS, self.workers, on_run)
        return [read(self.folder / RUNS / run.id) for run in runs]

    def _live_here(self, wanted: Sequence[Run], on_run: Callable[[int], None]) -> None:
        """One after another in this process: a search asks many times for little, and processes take long to start."""
        runs = self.folder / RUNS
        for run in wanted:
            if not (runs / run.id).exists() or damage(run, runs) is not None:
                live(run, runs)
            on_run(1)
