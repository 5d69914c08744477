"""What is exhausted: the first loss, the capital held against the book, or lenders' liquidity.

Cushions are sized on the ordinary book of the same seed, with ordinary limits and nothing happening, so that a smaller
book does not come with a smaller cushion.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from credit.parameters import parameters
from sim.facts.bisection import Dose, MedianDose, Threshold, median_dose, thresholds
from sim.facts.exploration import Exploration
from sim.facts.worlds import World, world
from sim.runs.run import FinishedRun
from sim.scenarios.scenario import Scenario

type Cushion = Literal["first_loss", "capital", "liquidity"]
CUSHIONS: tuple[Cushion, ...] = ("first_loss", "capital", "liquidity")
GRID_PARTS = 4
TIGHTEST_LIMITS = 0.05
"""Limits are never tightened below this share: less would be to close."""


def cushion_fen(ordinary: FinishedRun, cushion: Cushion, day: date) -> float:
    """The size of a cushion in fen: losses that it bears, or the liquid funds below which it is gone."""
    known = parameters("facts")
    if cushion == "liquidity":
        floor = known.value("liquidity_floor_share", day)
        return floor * float(ordinary.daily["lender_liquidity_fen"].mean())
    return known.value(f"{cushion}_share", day) * float(ordinary.daily["outstanding_fen"].max())


def headroom_fen(run: FinishedRun, ordinary: FinishedRun, cushion: Cushion, day: date) -> float:
    """What is left of a cushion on the worst day; below 0 it is exhausted."""
    size = cushion_fen(ordinary, cushion, day)
    if cushion == "liquidity":
        return float(run.daily["lender_liquidity_fen"].min()) - size
    lost = (run.daily["lender_loss_fen"] + run.daily["platform_loss_fen"]).cumsum()
    return size - float(lost.max())


@dataclass(frozen=True)
class Search:
    """One scenario against one cushion, on paired seeds.

    Attributes:
        exploration: where and how markets are lived.
        scenario: the story that is graded.
        cushion: what is exhausted.
        seeds: the seeds.
        halvings: of each bracket.
        arm: of `sim.arms.arm`; resin purchases alone when absent.
    """

    exploration: Exploration
    scenario: Scenario
    cushion: Cushion
    seeds: tuple[int, ...]
    halvings: int
    arm: str | None = None

    def smallest_severities(self, most: float) -> list[Threshold]:
        """The smallest severity, seed by seed, that exhausts the cushion; tried up to `most`."""

        def exhausts(asked: Sequence[Dose]) -> list[bool]:
            return self._exhausted([(self._graded(severity), seed) for severity, seed in asked])

        grid = [most * part / GRID_PARTS for part in range(GRID_PARTS + 1)]
        return thresholds(exhausts, self.seeds, grid, self.halvings)

    def loosest_limits(self, severity: float) -> list[Threshold]:
        """The least tightening of the limits, seed by seed, that saves the cushion at a severity.

        A dose is what is taken off the limits, a share; only seeds on which ordinary limits do not save it are asked.
        """
        ordinary_limits = [(self._graded(severity), seed) for seed in self.seeds]
        lost = [seed for seed, gone in zip(self.seeds, self._exhausted(ordinary_limits), strict=True) if gone]
        if not lost:
            return []

        def saves(asked: Sequence[Dose]) -> list[bool]:
            return [
                not gone
                for gone in self._exhausted([(self._graded(severity, 1.0 - taken), seed) for taken, seed in asked])
            ]

        most = 1.0 - TIGHTEST_LIMITS
        grid = [most * part / GRID_PARTS for part in range(GRID_PARTS + 1)]
        return thresholds(saves, lost, grid, self.halvings)

    def business_kept(self, limits_share: float) -> float:
        """What is disbursed in ordinary times under tighter limits, over what is disbursed under ordinary ones."""
        worlds = (self._graded(0.0), self._graded(0.0, limits_share))
        runs = self.exploration.lived([(one, seed) for seed in self.seeds for one in worlds])
        before, after = (sum(int(run.daily["disbursed_fen"].sum()) for run in runs[part::2]) for part in (0, 1))
        return after / before if before else float("nan")

    def _graded(self, severity: float, limits_share: float = 1.0) -> World:
        return world(self.scenario.graded(severity), limits_share=round(limits_share, 6), arm=self.arm)

    def _exhausted(self, points: Sequence[tuple[World, int]]) -> list[bool]:
        ordinary = [(self._graded(0.0), seed) for _, seed in points]
        runs = self.exploration.lived([*points, *ordinary])
        day = self.scenario.starts_on
        pairs = zip(runs[: len(points)], runs[len(points) :], strict=True)
        return [headroom_fen(run, usual, self.cushion, day) < 0 for run, usual in pairs]


def loosest(found: Sequence[Threshold]) -> MedianDose:
    """Taken-off shares as shares of the limits that are left; low and high change places."""
    taken = median_dose(found)

    def left(dose: float | None) -> float | None:
        return None if dose is None else 1.0 - dose

    return MedianDose(left(taken.median), left(taken.high), left(taken.low))
