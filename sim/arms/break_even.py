"""At which informativeness live data begin to pay: a line through leads in several worlds, on the same seeds.

One market's lead wavers by more than live data are worth, so the change of sign between two worlds is not searched by
bisection, which would find one in chance as surely as in the truth. Every world bears on the line instead. Each seed
has a line of its own, so that the interval of the root is Fieller's: all shares at which the mean line cannot be told
from 0 (Fieller 1954, Some Problems in Interval Estimation).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from credit.errors import BadInput, Problem
from sim.runs.comparison import mean_interval

Verdict = Literal["always", "never", "from"]
GRID = 1000
"""Shares at which the line is looked at, less one."""


@dataclass(frozen=True)
class BreakEven:
    """Where a lead changes sign between noise and full sight.

    Attributes:
        verdict: "always": pays even in noise; "never": not even where all is seen as it is; "from" a share on.
        share: of clients seen as they are at which the line is 0; 0 for always, 1 for never.
        low, high: 95 % interval of it over seeds; both 0 or 1 where "always" or "never" is beyond chance, and 1 for
            `high` where it may be that live data pay in no world.
    """

    verdict: Verdict
    share: float
    low: float
    high: float


def break_even(shares: Sequence[float], leads: np.ndarray) -> BreakEven:
    """The root of the straight line through leads by share.

    Args:
        shares: of clients seen as they are, one a world, at least two different ones.
        leads: shape (worlds, seeds), finite, at least two seeds.

    Raises:
        BadInput: shapes do not fit, or all worlds are the same.
    """
    at, leads = np.asarray(shares, dtype=float), np.asarray(leads, dtype=float)
    if leads.ndim != 2 or len(at) != len(leads) or leads.shape[1] < 2 or np.ptp(at) == 0:
        raise BadInput(Problem("must have the shape (worlds, seeds), of two each at least", field="leads"))
    centred = at - at.mean()
    slopes = centred @ leads / (centred**2).sum()
    in_noise = leads.mean(axis=0) - slopes * at.mean()
    verdict, share = _root(float(in_noise.mean()), float(slopes.mean()))
    looked_at = np.linspace(0.0, 1.0, GRID + 1)
    lines = (mean_interval(in_noise + slopes * one) for one in looked_at)
    unsure = looked_at[[line.low <= 0.0 <= line.high for line in lines]]
    low, high = (float(unsure.min()), float(unsure.max())) if len(unsure) else (share, share)
    return BreakEven(verdict, share, min(low, share), max(high, share))


def _root(in_noise: float, slope: float) -> tuple[Verdict, float]:
    if in_noise + slope <= 0:
        return "never", 1.0
    if in_noise > 0:
        return "always", 0.0
    return "from", -in_noise / slope
