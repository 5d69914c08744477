"""Which assumptions a difference between arms moves with, over draws of them all: suspects, to be moved one by one."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import permutations
from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

FEWEST_DRAWS = 5
"""With fewer draws any assumption can be found to order them."""
COUNTED_DRAWS = 8
"""Up to so many draws every order of them is counted; for more, Student's t comes close."""


@dataclass(frozen=True)
class Flip:
    """How a difference moves with one assumption.

    Attributes:
        assumption: the parameter.
        rank_correlation: Spearman's, over draws, of its drawn values with the difference (mean over seeds).
        p: two-sided, times the number of assumptions looked at (Bonferroni), at most 1. Few draws cannot convict: of
            five, one order in sixty is as perfect by chance.
        direction: "more" or "less" of it hurts the difference.
        stated: its value in the file.
    """

    assumption: str
    rank_correlation: float
    p: float
    direction: Literal["more", "less"]
    stated: float


def flips(difference: np.ndarray, drawn: pd.DataFrame, stated: Mapping[str, float]) -> list[Flip]:
    """Every assumption by how strongly it moves a difference, the strongest first; none below FEWEST_DRAWS draws.

    Args:
        difference: mean over seeds, one a draw.
        drawn: the draws, a row each; a column an assumption.
        stated: value in the file of each.
    """
    is_known = np.isfinite(difference)
    difference, drawn = difference[is_known], drawn[is_known]
    if len(difference) < FEWEST_DRAWS or np.ptp(difference) == 0:
        return []
    told = []
    for name in drawn.columns:
        values = drawn[name].to_numpy(dtype=float)
        if np.ptp(values) == 0:
            continue
        correlation, by_t = (float(part) for part in spearmanr(values, difference))
        p = _chance_of(abs(correlation), len(values), by_t)
        told.append(
            Flip(
                assumption=name,
                rank_correlation=correlation,
                p=min(1.0, p * drawn.shape[1]),
                direction="less" if correlation > 0 else "more",
                stated=stated[name],
            )
        )
    return sorted(told, key=lambda flip: -abs(flip.rank_correlation))


def _chance_of(correlation: float, draws: int, by_t: float) -> float:
    """How often chance alone gives a rank correlation as strong, of either sign: never less than a perfect order."""
    if draws <= COUNTED_DRAWS:
        return float((_by_chance(draws) >= correlation - 1e-9).mean())
    return max(by_t, 2 / math.factorial(draws))


@cache
def _by_chance(draws: int) -> np.ndarray:
    """The strength of Spearman's correlation under every order of so many draws."""
    orders = np.array(list(permutations(range(draws))))
    squares = ((orders - np.arange(draws)) ** 2).sum(axis=1)
    return np.abs(1.0 - 6.0 * squares / (draws * (draws**2 - 1)))
