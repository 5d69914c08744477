"""Chance and ignorance, told apart: one number measured under every draw of the assumptions on every seed.

Seeds are chance: more of them narrow the answer, so that their interval is that of a mean. Draws of the assumptions are
what nobody knows: more of them only show more clearly how wide the answer is, so that theirs is where one more draw
would lie; an interval of their mean would shrink to nothing, however many assumptions turn the answer.

With both crossed, `value = mean + draw + seed + remainder` is a two-way layout with random effects and one value a
cell, and the expected mean squares give each part its variance (Searle, Casella & McCulloch 1992, Variance Components,
4.3):

    E[MS draws] = remainder + seeds x draw,  E[MS seeds] = remainder + draws x seed,  E[MS remainder] = remainder.

The remainder holds chance that works differently under different assumptions.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.special import stdtrit

from credit.errors import BadInput, Problem
from sim.runs.comparison import CONFIDENCE, Interval, mean_interval


@dataclass(frozen=True)
class TwoWay:
    """A measure over draws of the assumptions and seeds.

    Attributes:
        over_seeds: mean with the interval that other seeds would give under these same draws.
        over_assumptions: mean with the interval in which one further draw would lie on these same seeds.
        sd_assumptions: standard deviation between draws, of the true means; 0 where none can be told from chance, NaN
            with fewer than two draws.
        sd_seeds: the same between seeds.
        sd_remainder: what neither explains.
        share_positive: cells above 0, ties counted by half.
        cells: draws x seeds.
    """

    over_seeds: Interval
    over_assumptions: Interval
    sd_assumptions: float
    sd_seeds: float
    sd_remainder: float
    share_positive: float
    cells: int


def two_way(values: np.ndarray) -> TwoWay:
    """Part a crossed measure into chance and ignorance.

    Args:
        values: one value a cell, shape (draws, seeds); not finite where a cell does not define it: its seed is left
            out, so that the layout stays balanced.

    Raises:
        BadInput: the shape is not (draws, seeds).
    """
    values = np.asarray(values, dtype=float)
    if values.ndim != 2:
        raise BadInput(Problem("must have the shape (draws, seeds)", field="values", value=values.shape))
    values = values[:, np.isfinite(values).all(axis=0)]
    draws, seeds = values.shape
    if not seeds:
        nothing = Interval(math.nan, math.nan, math.nan)
        return TwoWay(nothing, nothing, math.nan, math.nan, math.nan, math.nan, 0)
    by_draw, by_seed, mean = values.mean(axis=1), values.mean(axis=0), values.mean()
    square_draws = seeds * by_draw.var(ddof=1) if draws > 1 else math.nan
    square_seeds = draws * by_seed.var(ddof=1) if seeds > 1 else math.nan
    degrees = (draws - 1) * (seeds - 1)
    rest = values - by_draw[:, None] - by_seed + mean
    square_rest = float((rest**2).sum()) / degrees if degrees else 0.0 if draws == 1 else math.nan
    return TwoWay(
        over_seeds=mean_interval(by_seed),
        over_assumptions=next_interval(by_draw),
        sd_assumptions=_root((square_draws - square_rest) / seeds),
        sd_seeds=_root((square_seeds - square_rest) / draws),
        sd_remainder=math.sqrt(square_rest) if degrees else math.nan,
        share_positive=float(((values > 0) + 0.5 * (values == 0)).mean()),
        cells=values.size,
    )


def next_interval(values: np.ndarray) -> Interval:
    """The mean, and where one more value would lie in 95 of 100 cases: the t prediction interval of a normal law.

    Args:
        values: finite; the ends are NaN for fewer than two.
    """
    n = len(values)
    if n < 2:
        return mean_interval(values)
    mean = float(values.mean())
    half = float(stdtrit(n - 1, (1 + CONFIDENCE) / 2)) * float(values.std(ddof=1)) * math.sqrt(1 + 1 / n)
    return Interval(mean, mean - half, mean + half)


def _root(variance: float) -> float:
    """The root of a variance estimate; one below zero says that there is nothing to be told."""
    return math.sqrt(max(variance, 0.0)) if math.isfinite(variance) else math.nan
