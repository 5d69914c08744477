"""The smallest dose that has an effect, seed by seed, and whether more of it always has the effect too."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import binom

from sim.runs.comparison import CONFIDENCE

type Dose = tuple[float, int]
"""A dose and the seed on which it is given."""


@dataclass(frozen=True)
class Threshold:
    """What one seed says.

    Attributes:
        seed: the seed.
        below: the largest dose tried below the threshold, which had no effect; None where the smallest dose had one.
        at: the smallest dose that had the effect; None where none had.
        is_monotone: whether no larger dose of the grid failed to have it.
    """

    seed: int
    below: float | None
    at: float | None
    is_monotone: bool


@dataclass(frozen=True)
class MedianDose:
    """The median of the thresholds over seeds; a seed on which no dose works counts as beyond all doses.

    Attributes:
        median: None where half of the seeds or more lie beyond.
        low: lower end of its 95 % interval by order statistics, which asks nothing of the distribution; None below six
            seeds.
        high: upper end; None where it lies beyond all doses or cannot be told.
    """

    median: float | None
    low: float | None
    high: float | None


def thresholds(
    has_effect: Callable[[Sequence[Dose]], Sequence[bool]], seeds: Sequence[int], grid: Sequence[float], halvings: int
) -> list[Threshold]:
    """Look for the smallest dose with an effect on every seed: first on a grid, then by halving the bracket.

    Args:
        has_effect: whether each dose has the effect on its seed; asked for many at once, so that they run in parallel.
        seeds: the seeds.
        grid: ascending doses that are tried on every seed; they bracket the threshold and show whether more always
            does more.
        halvings: how often the bracket is halved.
    """
    told = has_effect([(dose, seed) for seed in seeds for dose in grid])
    on_grid = {seed: list(told[place * len(grid) : (place + 1) * len(grid)]) for place, seed in enumerate(seeds)}
    brackets: dict[int, tuple[float, float]] = {}
    for seed, effects in on_grid.items():
        if any(effects) and (first := effects.index(True)) > 0:
            brackets[seed] = (grid[first - 1], grid[first])
    for _ in range(halvings):
        asked = [((low + high) / 2.0, seed) for seed, (low, high) in brackets.items()]
        for (dose, seed), is_effect in zip(asked, has_effect(asked) if asked else (), strict=True):
            low, high = brackets[seed]
            brackets[seed] = (low, dose) if is_effect else (dose, high)
    return [_threshold(seed, grid, on_grid[seed], brackets.get(seed)) for seed in seeds]


def median_dose(found: Sequence[Threshold]) -> MedianDose:
    """The median threshold and its distribution-free interval."""
    ordered = sorted(math.inf if one.at is None else one.at for one in found)
    n = len(ordered)
    if n == 0:
        return MedianDose(None, None, None)
    middle = float(np.mean([ordered[(n - 1) // 2], ordered[n // 2]]))
    rank = int(binom.ppf((1 - CONFIDENCE) / 2, n, 0.5))
    if rank < 1:
        return MedianDose(_known(middle), None, None)
    return MedianDose(_known(middle), _known(ordered[rank - 1]), _known(ordered[n - rank]))


def _known(dose: float) -> float | None:
    return dose if math.isfinite(dose) else None


def _threshold(
    seed: int, grid: Sequence[float], effects: Sequence[bool], bracket: tuple[float, float] | None
) -> Threshold:
    if not any(effects):
        return Threshold(seed, grid[-1], None, True)
    is_monotone = all(effects[effects.index(True) :])
    if bracket is None:
        return Threshold(seed, None, grid[0], is_monotone)
    return Threshold(seed, *bracket, is_monotone)
