"""Numbers held to their range, with a refusal that names the field."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from credit.errors import BadInput, Problem

Floats = NDArray[np.float64]


def within(field: str, value: ArrayLike, low: float = -np.inf, high: float = np.inf) -> Floats:
    """The value as an array of floats, all of them finite and from low to high.

    Raises:
        BadInput: one of them is not; the first such value is named.
    """
    numbers = np.asarray(value, dtype=float)
    is_right = np.isfinite(numbers) & (numbers >= low) & (numbers <= high)
    if not is_right.all():
        told = numbers.item() if numbers.ndim == 0 else float(numbers[~is_right].flat[0])
        raise BadInput(Problem(f"must be a number from {low:g} to {high:g}", field=field, value=told))
    return numbers


def share(field: str, value: ArrayLike) -> Floats:
    """The value as an array of shares, all of them from 0 to 1.

    Raises:
        BadInput: one of them is not.
    """
    return within(field, value, 0.0, 1.0)
