"""Intervals of shares that were counted."""

from typing import NamedTuple

import numpy as np
from scipy.special import betaincinv, ndtri

from credit.errors import BadInput, Problem

Number = float | np.ndarray


class Interval(NamedTuple):
    """The ends of an interval; arrays share one shape."""

    low: np.ndarray
    high: np.ndarray


def wilson(successes: Number, trials: Number, level: float = 0.95) -> Interval:
    """The score interval of a binomial share; it holds near 0 and 1 where the usual one fails.

    Successes may be fractional (amount-weighted shares use an effective number of trials). Without trials nothing is
    known: the interval is 0 to 1.

    Source: E. B. Wilson, J. American Statistical Association 22 (1927).

    Raises:
        BadInput: successes exceed trials, or the level is not strictly between 0 and 1.
    """
    k, n = np.broadcast_arrays(np.asarray(successes, dtype=float), np.asarray(trials, dtype=float))
    if not np.all((k >= 0.0) & (k <= n * (1.0 + 1e-12))):
        raise BadInput(Problem("must lie between 0 and the number of trials", field="successes"))
    if not 0.0 < level < 1.0:
        raise BadInput(Problem("must lie strictly between 0 and 1", field="level", value=level))
    z2 = float(ndtri(0.5 + level / 2.0)) ** 2
    some = np.maximum(n, 1e-300)
    centre = (k + z2 / 2.0) / (n + z2)
    half = np.sqrt(z2) / (n + z2) * np.sqrt(np.maximum(k * (n - k) / some, 0.0) + z2 / 4.0)
    low = np.where((n > 0.0) & (k > 0.0), centre - half, 0.0)
    high = np.where((n > 0.0) & (k < n), centre + half, 1.0)
    return Interval(np.clip(low, 0.0, 1.0), np.clip(high, 0.0, 1.0))


def jeffreys(successes: Number, trials: Number, level: float = 0.95) -> Interval:
    """The equal-tailed interval of a binomial share from Jeffreys' prior, Beta(1/2, 1/2).

    Narrower than Wilson's where shares are small, as PDs are, at a coverage close to the level on average. The lower
    end is 0 without successes and the upper end 1 without failures. Successes and trials may be fractional.

    Source: L. Brown, T. Cai and A. DasGupta, Statistical Science 16 (2001).

    Raises:
        BadInput: successes exceed trials, or the level is not strictly between 0 and 1.
    """
    k, n = np.broadcast_arrays(np.asarray(successes, dtype=float), np.asarray(trials, dtype=float))
    if not np.all((k >= 0.0) & (k <= n * (1.0 + 1e-12))):
        raise BadInput(Problem("must lie between 0 and the number of trials", field="successes"))
    if not 0.0 < level < 1.0:
        raise BadInput(Problem("must lie strictly between 0 and 1", field="level", value=level))
    tail = 0.5 - level / 2.0
    failures = np.maximum(n - k, 0.0)
    low = np.where(k > 0.0, betaincinv(k + 0.5, failures + 0.5, tail), 0.0)
    high = np.where(failures > 0.0, betaincinv(k + 0.5, failures + 0.5, 1.0 - tail), 1.0)
    return Interval(low, high)
