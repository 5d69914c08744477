"""Cells in a row merged into the bins that part defaults from survivors best, exactly.

The information value of a partition is a sum over its bins,

    sum over bins of (g/G - b/B) * ln((g/G) / (b/B)),

with b of B defaults and g of G survivors in a bin. "Rates must rise" binds neighbours only. So whatever stands left of
a last bin [i, j) matters to what follows by one thing, the rate of [i, j) itself, and Bellman's principle holds on the
last bin as the state:

    best(i, j) = value(i, j) + max of best(k, i) over k < i with rate(k, i) <= rate(i, j).

That is the true optimum over all partitions into contiguous bins, not an approximation of it, and no solver is needed.
For each i the candidates k are sorted by rate once; a running maximum then answers every j by bisection: n steps on
arrays, n**2 log n operations for n cells.

Least sizes only make bins unusable; a charge a bin only lowers each value: the sum and the state stay as they are.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

Trend = Literal["rising", "falling", "either", "any"]
"""How default rates run from bin to bin; `either` is the better of rising and falling, `any` lets them run freely."""


HALF_A_DEFAULT = 0.5
"""What a bin without defaults is taken to hold: the usual correction of an empty cell."""


@dataclass(frozen=True)
class Cells:
    """What fell into each cell, in order; shape (cells,) each.

    Attributes:
        bad: weight of defaults.
        good: weight of survivors.
        bad_rows: defaults, counted.
        good_rows: survivors, counted.
    """

    bad: np.ndarray
    good: np.ndarray
    bad_rows: np.ndarray
    good_rows: np.ndarray

    def __len__(self) -> int:
        return len(self.bad)

    def take(self, order: np.ndarray) -> "Cells":
        """Some cells, in another order."""
        return Cells(self.bad[order], self.good[order], self.bad_rows[order], self.good_rows[order])

    def merged(self, bounds: list[int]) -> "Cells":
        """Cells summed from bound to bound; bounds begin with 0 and end with the number of cells."""
        starts = bounds[:-1]
        return Cells(*(np.add.reduceat(each, starts) for each in (self.bad, self.good, self.bad_rows, self.good_rows)))


@dataclass(frozen=True)
class Limits:
    """What a bin must hold.

    Attributes:
        least_share: least share of all rows' weight.
        least_defaults: least number of defaults, and of survivors.
        charge: information value that a bin must bring to be worth its place.
        most_bins: at most so many; None leaves it to the rest.
        doubt: defaults at the average rate that a bin is mixed with before it is valued, so that a bin without defaults
            or survivors has a finite value.
    """

    least_share: float = 0.05
    least_defaults: int = 5
    charge: float = 0.0
    most_bins: int | None = None
    doubt: float = 0.0


def information_value(bad: np.ndarray, good: np.ndarray, all_bad: float, all_good: float) -> np.ndarray:
    """What each bin adds to the information value; 0 where it lacks a class, for then it is infinite or nothing."""
    b, g = bad / all_bad, good / all_good
    has_both = (b > 0) & (g > 0)
    ratio = np.divide(g, b, out=np.ones_like(b), where=has_both)
    return (g - b) * np.log(ratio)


def optimal_bounds(cells: Cells, trend: Trend, limits: Limits, all_weight: float | None = None) -> list[int]:
    """The bounds of the partition with the largest information value: 0 first, the number of cells last.

    Args:
        cells: what fell into each cell.
        trend: how rates run.
        limits: what a bin must hold.
        all_weight: weight of which `least_share` is a share; that of the cells when absent.

    Returns:
        One bin, [0, n], where no partition keeps the limits.
    """
    n = len(cells)
    value, rate = _values_and_rates(cells, limits, all_weight)
    if trend == "either":
        found = [_search(value, sign * rate, limits.most_bins) for sign in (1.0, -1.0)]
        bounds = max(found, key=lambda one: one[0])[1]
    else:
        sign = {"rising": 1.0, "falling": -1.0, "any": 0.0}[trend]
        bounds = _search(value, sign * rate, limits.most_bins)[1]
    return bounds or [0, n]


def eased(limits: Limits, cells: Cells, all_weight: float) -> Limits:
    """Limits under which a feature that parts the classes almost wholly still gets two bins.

    A least number of defaults a bin keeps rare values from being believed. It would also throw out the best feature
    there is: one of whose two sides hardly anybody defaults. Where the average rate would put enough defaults and
    survivors on both sides of a cut and the true ones are too few, the cut tells, and the least number gives way, down
    to none with HALF_A_DEFAULT mixed in. Rare values stay where they are.
    """
    bad, good, bad_rows, good_rows = (
        np.cumsum(each)[:-1] for each in (cells.bad, cells.good, cells.bad_rows, cells.good_rows)
    )
    if not len(bad):
        return limits
    weight, least = bad + good, limits.least_share * all_weight * (1 - 1e-12)
    is_large = (weight >= least) & (cells.bad.sum() + cells.good.sum() - weight >= least)
    rows = bad_rows + good_rows
    all_bad, all_good = cells.bad_rows.sum(), cells.good_rows.sum()
    smaller_side = np.minimum(rows, all_bad + all_good - rows) / (all_bad + all_good)
    is_large &= smaller_side * min(all_bad, all_good) >= limits.least_defaults
    if not is_large.any():
        return limits
    fewest = np.minimum.reduce([bad_rows, good_rows, all_bad - bad_rows, all_good - good_rows])[is_large].max()
    if fewest >= limits.least_defaults:
        return limits
    return replace(limits, least_defaults=int(fewest), doubt=0.0 if fewest else HALF_A_DEFAULT)


def _values_and_rates(cells: Cells, limits: Limits, all_weight: float | None) -> tuple[np.ndarray, np.ndarray]:
    """Value and default rate of the bin [i, j) for every i < j, shape (n, n + 1); -inf where it may not be."""
    bad, good, bad_rows, good_rows = (
        np.concatenate([[0.0], np.cumsum(each)]) for each in (cells.bad, cells.good, cells.bad_rows, cells.good_rows)
    )
    b, g = (each[None, :] - each[:-1, None] for each in (bad, good))
    weight = bad[-1] + good[-1] if all_weight is None else all_weight
    may_be = b + g >= limits.least_share * weight * (1 - 1e-12)
    for rows in (bad_rows, good_rows):
        may_be &= rows[None, :] - rows[:-1, None] >= max(limits.least_defaults, 0 if limits.doubt else 1)
    may_be &= np.arange(len(bad))[None, :] > np.arange(len(cells))[:, None]
    all_bad, all_good = max(bad[-1], 1e-300), max(good[-1], 1e-300)
    b = np.where(may_be, b, 1.0) + limits.doubt
    g = np.where(may_be, g, 1.0) + limits.doubt * all_good / all_bad
    value = information_value(b, g, all_bad, all_good) - limits.charge
    return np.where(may_be, value, -np.inf), b / (b + g)


def _search(value: np.ndarray, rate: np.ndarray, most_bins: int | None) -> tuple[float, list[int]]:
    """Largest sum of values with rates that never fall, and its bounds; none where no partition may be."""
    n = len(value)
    first = np.full(value.shape, -np.inf)
    first[0] = value[0]
    layers, sources = [first], [np.full(value.shape, -1)]
    if most_bins is None:  # written where it is read: what stands left of i is finished, whatever its number of bins
        sources[0] = _extend(first, first, value, rate)
    for _ in range(1, most_bins or 1):  # each layer holds partitions with one bin more
        layers.append(np.full(value.shape, -np.inf))
        sources.append(_extend(layers[-2], layers[-1], value, rate))
    totals = [float(layer[:, n].max()) for layer in layers]
    layer = int(np.argmax(totals))
    if not np.isfinite(totals[layer]):
        return -np.inf, []
    bounds, i = [n], int(np.argmax(layers[layer][:, n]))
    total = totals[layer]
    while i > 0:
        j = bounds[0]
        bounds.insert(0, i)
        i = int(sources[layer][i, j])
        layer -= most_bins is not None
    return total, [0, *bounds]


def _extend(before: np.ndarray, after: np.ndarray, value: np.ndarray, rate: np.ndarray) -> np.ndarray:
    """Fill `after` with the best partitions whose last bin follows one of `before`; the starts of the bins before."""
    source = np.full(value.shape, -1)
    for i in range(1, len(value)):
        usable = np.flatnonzero(np.isfinite(before[:i, i]))
        if not len(usable) or not np.isfinite(value[i]).any():
            continue
        usable = usable[np.argsort(rate[usable, i], kind="stable")]
        so_far = np.maximum.accumulate(before[usable, i])
        place = np.arange(len(usable))
        place[1:][so_far[1:] == so_far[:-1]] = 0  # nothing better came: the holder so far stays
        holder = usable[np.maximum.accumulate(place)]
        at = np.searchsorted(rate[usable, i], rate[i], side="right") - 1
        may_follow = np.isfinite(value[i]) & (at >= 0)
        after[i, may_follow] = value[i, may_follow] + so_far[at[may_follow]]
        source[i, may_follow] = holder[at[may_follow]]
    return source
