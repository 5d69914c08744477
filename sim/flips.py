"""Which assumptions a difference between arms moves with, over draws of them all: suspects, to be moved one by one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

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
        correlation, p = (float(part) for part in spearmanr(values, difference))
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
