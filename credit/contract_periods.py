"""A contract's days cut into the periods in which it is priced and booked.

Days are counted from the first payment. Exposure by day is `credit.contracts.Contract.exposure_profile`, which has a
value for the first day and for every day after it.
"""

from itertools import pairwise

import numpy as np

from credit.cycle_pricing import DAYS_A_MONTH
from credit.ranges import Floats

_NEARLY = 0.1
"""A tail shorter than a tenth of a month, as holidays leave it, is no month of its own."""


def equal_months(duration_days: int) -> Floats:
    """The ends of equal periods of about a month, the last on the last day."""
    periods = max(round(duration_days / DAYS_A_MONTH), 1)
    return np.asarray(np.linspace(0.0, duration_days, periods + 1)[1:], dtype=float)


def calendar_months(duration_days: int) -> Floats:
    """The ends of months of 365 / 12 days, the last one cut off on the last day."""
    months = max(int(np.ceil(duration_days / DAYS_A_MONTH - _NEARLY)), 1)
    return np.append(np.arange(1, months, dtype=float) * DAYS_A_MONTH, float(duration_days))


def owed_at(owed_fen: Floats, ages_days: Floats) -> Floats:
    """What is owed at the end of each period, before that day's payments."""
    return owed_fen[np.minimum(np.floor(ages_days).astype(int), len(owed_fen) - 1)]


def mean_owed(owed_fen: Floats, ends_days: Floats) -> Floats:
    """What is owed on average over each period; the day of disbursement belongs to the first."""
    bounds = np.concatenate(([0.0], ends_days)).round().astype(int)
    return np.array([owed_fen[start : end + 1].mean() for start, end in pairwise(bounds)])
