"""Which assumption would turn an answer over: how a difference between arms moves with each drawn assumption."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

FEWEST_DRAWS = 5
"""With fewer draws any assumption can be found to order them."""


@dataclass(frozen=True)
class Flip:
    """How a difference moves with one assumption.

    Attributes:
        assumption: the parameter.
        rank_correlation: Spearman's, over draws, of its drawn values with the difference (mean over seeds).
        p: two-sided, times the number of assumptions looked at (Bonferroni), at most 1.
        direction: "more" or "less" of it hurts the difference.
        stated: its value in the file.
        flips_at: the value at which the difference is 0 when all others stay as stated, by the regression line through
            the stated point; None where that lies outside the range that its source allows.
    """

    assumption: str
    rank_correlation: float
    p: float
    direction: str
    stated: float
    flips_at: float | None


def flips(
    difference: np.ndarray,
    at_stated: float,
    drawn: pd.DataFrame,
    stated: Mapping[str, tuple[float, float, float]],
) -> list[Flip]:
    """Every assumption by how strongly it moves a difference, the strongest first; none below FEWEST_DRAWS draws.

    Args:
        difference: mean over seeds, one a draw.
        at_stated: the same under the file's own values.
        drawn: the draws, a row each; a column an assumption.
        stated: low end, stated value and high end of each.
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
        correlation, p = (float(part) for part in spearmanr(values, difference))
        low, middle, high = stated[name]
        slope = float(np.cov(values, difference)[0, 1] / values.var(ddof=1))
        at = middle - at_stated / slope if slope else math.inf
        told.append(
            Flip(
                assumption=name,
                rank_correlation=correlation,
                p=min(1.0, p * drawn.shape[1]),
                direction="less" if correlation > 0 else "more",
                stated=middle,
                flips_at=at if low <= at <= high else None,
            )
        )
    return sorted(told, key=lambda flip: -abs(flip.rank_correlation))
