"""Whether those who come today are like those from whom the model learnt: PSI of scores, CSI of features."""

from dataclasses import dataclass
from functools import cache
from typing import Self

import numpy as np
import pandas as pd
from scipy.stats import chi2

from credit.errors import BadInput, Problem
from credit.metrics.checked_inputs import effective_rows

PARTS = 10


@dataclass(frozen=True)
class Shift:
    """How far a distribution moved.

    Attributes:
        value: population stability index: sum over bins of (share now - share then) x log(share now / share then).
        by_chance: value that a sample of this size exceeds in one of twenty cases although nothing moved.
    """

    value: float
    by_chance: float


def psi(
    then: np.ndarray,
    now: np.ndarray,
    then_weights: np.ndarray | None = None,
    now_weights: np.ndarray | None = None,
    parts: int = PARTS,
) -> Shift:
    """Population stability index of numbers, over weighted quantiles of `then`; missing values are a bin of their own.

    Half a row is added to every bin, so that an empty one does not make the index infinite. Under no shift the index
    times n m / (n + m) is chi-square with bins - 1 degrees of freedom (Yurdakul & Naranjo, J. Risk Model Validation 14,
    2020): a small sample exceeds the customary .1 by luck alone, which `by_chance` tells.

    Raises:
        BadInput: a side is empty or has no weight.
    """
    then, now = np.asarray(then, dtype=float), np.asarray(now, dtype=float)
    v, w = _weights(then, then_weights, "then"), _weights(now, now_weights, "now")
    sides = _Ranked.of(then, v, then_weights is None), _Ranked.of(now, w, now_weights is None)
    edges = sides[0].edges(parts)
    return _index(sides[0].mass(edges), sides[1].mass(edges), v, w)


def csi(
    then: pd.Series, now: pd.Series, then_weights: np.ndarray | None = None, now_weights: np.ndarray | None = None
) -> Shift:
    """Characteristic stability index of a feature: numbers by quantiles, categories by category.

    Raises:
        BadInput: a side is empty or has no weight.
    """
    if not isinstance(then.dtype, pd.CategoricalDtype) and pd.api.types.is_numeric_dtype(then):
        return psi(then.to_numpy(dtype=float), now.to_numpy(dtype=float), then_weights, now_weights)
    both = pd.concat([then.astype(object), now.astype(object)])
    codes = pd.factorize(both.where(both.notna(), None), use_na_sentinel=False)[0]
    v, w = _weights(then, then_weights, "then"), _weights(now, now_weights, "now")
    bins = int(codes.max()) + 1
    return _index(np.bincount(codes[: len(then)], v, bins), np.bincount(codes[len(then) :], w, bins), v, w)


@dataclass(frozen=True)
class _Ranked:
    """One side in order.

    Attributes:
        values: the known ones, ascending.
        reached: weight of the first 0, 1, ... of them.
        unknown: weight of the missing ones.
    """

    values: np.ndarray
    reached: np.ndarray
    unknown: float

    @classmethod
    def of(cls, values: np.ndarray, weights: np.ndarray, is_plain: bool) -> Self:
        """Rank; where every row weighs 1 nobody needs to know which row stands where."""
        gaps = np.isnan(values)
        if is_plain:
            known = len(values) - int(np.count_nonzero(gaps))
            return cls(np.sort(values)[:known], np.arange(known + 1.0), float(len(values) - known))
        known_weights, values = weights[~gaps], values[~gaps]
        order = np.argsort(values, kind="stable")
        return cls(values[order], np.r_[0.0, np.cumsum(known_weights[order])], float(weights[gaps].sum()))

    def edges(self, parts: int) -> np.ndarray:
        """Inner edges that part the known ones into equal parts, each edge once."""
        if not len(self.values):
            return np.zeros(0)
        at = np.searchsorted(self.reached[1:] / self.reached[-1], np.arange(1, parts) / parts - 1e-12)
        return np.unique(self.values[np.minimum(at, len(self.values) - 1)])

    def mass(self, edges: np.ndarray) -> np.ndarray:
        """Weight up to each edge, beyond the last, and of the missing ones."""
        up_to = self.reached[np.searchsorted(self.values, edges, side="right")]
        return np.r_[np.diff(np.r_[0.0, up_to, self.reached[-1]]), self.unknown]


def _index(then: np.ndarray, now: np.ndarray, v: np.ndarray, w: np.ndarray) -> Shift:
    sizes = effective_rows(v), effective_rows(w)
    is_used = then + now > 0
    shares = [
        (m[is_used] / m.sum() * size + 0.5) / (size + 0.5 * is_used.sum())
        for m, size in zip((then, now), sizes, strict=True)
    ]
    value = float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))
    return Shift(value, _bound_of_chance(max(int(is_used.sum()) - 1, 1)) * (1.0 / sizes[0] + 1.0 / sizes[1]))


@cache
def _bound_of_chance(freedom: int) -> float:
    """What a chi-square exceeds in one of twenty cases."""
    return float(chi2.ppf(0.95, freedom))


def _weights(values: "np.ndarray | pd.Series", weights: np.ndarray | None, side: str) -> np.ndarray:
    w = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=float)
    if not (len(values) and len(w) == len(values) and w.sum() > 0):
        raise BadInput(Problem("must hold rows with weight", field=side))
    return w
