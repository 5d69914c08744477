"""A ridge logit whose coefficients may be held to a sign.

The penalised likelihood is strictly concave, so that its maximum under bounds is unique. A quasi-Newton search with
bounds (L-BFGS-B) tells which coefficients are off their bound; Newton's method on those alone then gives them to full
precision, so that the result does not depend on where the search stopped.
"""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from credit.logit import fit_logit

_MANY_ROWS = 100_000
"""Beyond it an even sample says which coefficients are free; whether that is right is then checked on all rows."""
_EXCHANGES = 5
_NO_SLOPE = 1e-7  # log-likelihood a row and unit: no way up worth taking
_AT_BOUND = 1e-6  # log-odds a unit: closer to 0 than fitted values are kept


def fit_signed_logit(
    X: np.ndarray,
    y: np.ndarray,
    names: Sequence[str],
    weights: np.ndarray,
    ridge: float,
    signs: np.ndarray,
) -> tuple[float, np.ndarray]:
    """Fit P(y = 1) = expit(a + X b) with b_j * signs_j >= 0.

    Args:
        X: design without a constant, shape (rows, columns).
        y: outcomes 0 or 1.
        names: one a column.
        weights: how many observations a row stands for.
        ridge: penalty ridge * b_j**2 / 2 on every coefficient.
        signs: +1 or -1 where a sign is asked for, 0 where not; shape (columns,).

    Returns:
        The constant, and the coefficients, 0 where a bound holds them.

    Raises:
        BadInput: see `credit.logit.fit_logit`.
    """
    if len(y) > _MANY_ROWS:
        few = slice(None, None, -(-len(y) // _MANY_ROWS))
        if 0 < weights[few] @ y[few] < weights[few].sum():
            is_free = _off_bound(X[few], y[few], weights[few], ridge, signs)
            for _ in range(_EXCHANGES):
                a, b = _fitted(X, y, names, weights, ridge, signs, is_free)
                would_move = _would_move(X, y, weights, ridge, signs, a, b)
                if not would_move.any():
                    return a, b
                is_free = (b != 0) | (signs == 0) | would_move
    return _fitted(X, y, names, weights, ridge, signs, _off_bound(X, y, weights, ridge, signs))


def _fitted(
    X: np.ndarray,
    y: np.ndarray,
    names: Sequence[str],
    weights: np.ndarray,
    ridge: float,
    signs: np.ndarray,
    is_free: np.ndarray,
) -> tuple[float, np.ndarray]:
    """The maximum over the free coefficients, the others at 0."""
    free, b = np.flatnonzero(is_free).tolist(), np.zeros(X.shape[1])
    while True:
        fit = fit_logit(
            np.column_stack([np.ones(len(y)), X[:, free]]),
            y,
            ("const", *(names[j] for j in free)),
            weights=weights,
            ridge=np.r_[0.0, np.full(len(free), ridge)],
        )
        is_wrong = fit.coefficients[1:] * signs[free] < 0
        if not is_wrong.any():
            b[free] = fit.coefficients[1:]
            return float(fit.coefficients[0]), b
        free = [j for j, drop in zip(free, is_wrong, strict=True) if not drop]  # the search had stopped just beyond 0


def _would_move(
    X: np.ndarray, y: np.ndarray, weights: np.ndarray, ridge: float, signs: np.ndarray, a: float, b: np.ndarray
) -> np.ndarray:
    """Which coefficients at 0 would rather be on their allowed side: none at the maximum (Karush, Kuhn and Tucker)."""
    slope = X.T @ (weights * (y - expit(a + X @ b))) - ridge * b
    return (slope * signs > _NO_SLOPE * len(y)) & (b == 0) & (signs != 0)


def _off_bound(X: np.ndarray, y: np.ndarray, weights: np.ndarray, ridge: float, signs: np.ndarray) -> np.ndarray:
    bounds = [(None, None), *((0.0 if s > 0 else None, 0.0 if s < 0 else None) for s in signs)]

    def loss(b: np.ndarray) -> tuple[float, np.ndarray]:
        odds = b[0] + X @ b[1:]
        pull = weights * (expit(odds) - y)
        value = weights @ (np.logaddexp(0.0, odds) - y * odds) + 0.5 * ridge * b[1:] @ b[1:]
        return float(value) / total, np.r_[pull.sum(), X.T @ pull + ridge * b[1:]] / total

    total = float(weights.sum())  # a mean, so that "close enough" does not depend on the number of rows
    share = weights @ y / total
    start = np.r_[np.log(share / (1 - share)), np.zeros(X.shape[1])]
    options = {"maxiter": 2000, "ftol": 1e-12, "gtol": 1e-8}
    b = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x[1:]
    return (np.abs(b) > _AT_BOUND) | (signs == 0)
