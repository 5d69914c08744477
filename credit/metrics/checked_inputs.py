"""What every measure asks of its inputs, refused by name."""

import numpy as np

from credit.errors import BadInput, Problem

LEAST_PROBABILITY = 1e-9
"""Forecasts of exactly 0 or 1 have no log-odds: they are held off by one in a billion."""


def checked(
    is_default: np.ndarray, forecast: np.ndarray, weights: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Outcomes, forecasts and weights as float arrays.

    Raises:
        BadInput: lengths differ, a value is not finite, a weight is negative, an outcome is not 0 or 1, or one of the
            two outcomes does not occur among rows with weight.
    """
    y, forecast = np.asarray(is_default, dtype=float), np.asarray(forecast, dtype=float)
    w = np.ones(len(y)) if weights is None else np.asarray(weights, dtype=float)
    if not len(y) == len(forecast) == len(w):
        raise BadInput(Problem("outcomes, forecasts and weights must have one value a row", field="is_default"))
    for name, values in (("is_default", y), ("forecast", forecast), ("weights", w)):
        if not np.isfinite(values).all():
            raise BadInput(Problem("every value must be a finite number", field=name))
    if (w < 0).any():
        raise BadInput(Problem("must be >= 0", field="weights"))
    if not ((y == 0) | (y == 1)).all():
        raise BadInput(Problem("outcomes must be 0 or 1", field="is_default"))
    if not (w[y == 1].sum() > 0 and w[y == 0].sum() > 0):
        raise BadInput(Problem("both outcomes must occur among rows with weight", field="is_default"))
    return y, forecast, w


def check_probabilities(pd: np.ndarray) -> None:
    """Refuse forecasts that are no shares.

    Raises:
        BadInput: a value lies outside 0 to 1.
    """
    if ((pd < 0) | (pd > 1)).any():
        raise BadInput(Problem("must lie between 0 and 1", field="pd"))


def effective_rows(weights: np.ndarray) -> float:
    """Equally weighted rows that tell as much (Kish 1965): (sum of w) squared over the sum of w squared."""
    w = np.asarray(weights, dtype=float)
    squares = float(w @ w)
    return float(w.sum()) ** 2 / squares if squares > 0 else 0.0
