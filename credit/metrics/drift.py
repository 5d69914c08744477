"""Whether those who come today are like those from whom the model learnt: PSI of scores, CSI of features."""

from dataclasses import dataclass

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
    known = ~np.isnan(then)
    edges = np.unique(_weighted_quantiles(then[known], v[known], parts)) if known.any() else np.zeros(0)
    bins = len(edges) + 2  # below, between and above the edges, and the missing
    places = [np.where(np.isnan(x), bins - 1, np.searchsorted(edges, x, side="left")) for x in (then, now)]
    return _index(places[0], places[1], v, w, bins)


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
    return _index(codes[: len(then)], codes[len(then) :], v, w, int(codes.max()) + 1)


def _index(then: np.ndarray, now: np.ndarray, v: np.ndarray, w: np.ndarray, bins: int) -> Shift:
    sizes = effective_rows(v), effective_rows(w)
    mass = [np.bincount(x, each, bins) for x, each in ((then, v), (now, w))]
    is_used = mass[0] + mass[1] > 0
    shares = [
        (m[is_used] / m.sum() * size + 0.5) / (size + 0.5 * is_used.sum()) for m, size in zip(mass, sizes, strict=True)
    ]
    value = float(np.sum((shares[1] - shares[0]) * np.log(shares[1] / shares[0])))
    freedom = max(int(is_used.sum()) - 1, 1)
    return Shift(value, float(chi2.ppf(0.95, freedom)) * (1.0 / sizes[0] + 1.0 / sizes[1]))


def _weighted_quantiles(values: np.ndarray, weights: np.ndarray, parts: int) -> np.ndarray:
    """Inner edges that part the population into equal parts."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    at = np.searchsorted(reached, np.arange(1, parts) / parts - 1e-12)
    return values[order][np.minimum(at, len(values) - 1)]


def _weights(values: "np.ndarray | pd.Series", weights: np.ndarray | None, side: str) -> np.ndarray:
    w = np.ones(len(values)) if weights is None else np.asarray(weights, dtype=float)
    if not (len(values) and len(w) == len(values) and w.sum() > 0):
        raise BadInput(Problem("must hold rows with weight", field=side))
    return w
