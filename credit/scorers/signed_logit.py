"""A ridge logit whose coefficients may be held to a sign.

The penalised likelihood is strictly concave, so that its maximum under bounds is unique. Newton's method with bounds
finds it: each step goes to the maximum of the local quadratic under the bounds, which is where bounds that hold and
bounds that do not are told apart, exactly and for a matrix of a few dozen columns. The last step is a plain Newton step
on what is free, so that the result does not depend on where the search began.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from credit.errors import WorkFailed
from credit.logit import check_logit, refuse_dependent_columns, refuse_separation

_MANY_ROWS = 100_000
"""Beyond it the search begins where the maximum over an even sample lies."""
_TOLERANCE = 1e-12  # of what the quadratic still promises, in units of log-likelihood
_ROUNDING = 1e-12  # of the log-likelihood: a fall so small is none
_MOST_STEPS = 60
_MOST_EXCHANGES = 1_000
_NO_SLOPE = 1e-12  # of the steepest slope: rounding, no way up
_DAMPING = 1e-10  # of the information: columns that others add up to have a step too, and are named after it
_LEAST_INFORMATION = 1e-13  # and so have columns that part the outcomes, about which rows tell ever less


def fit_signed_logit(
    X: np.ndarray,
    y: np.ndarray,
    names: Sequence[str],
    weights: np.ndarray,
    ridge: float,
    signs: np.ndarray,
    start: tuple[float, np.ndarray] | None = None,
) -> tuple[float, np.ndarray]:
    """Fit P(y = 1) = expit(a + X b) with b_j * signs_j >= 0.

    Args:
        X: design without a constant, shape (rows, columns).
        y: outcomes 0 or 1.
        names: one a column.
        weights: how many observations a row stands for.
        ridge: penalty ridge * b_j**2 / 2 on every coefficient.
        signs: +1 or -1 where a sign is asked for, 0 where not; shape (columns,).
        start: a constant and coefficients from which to search, such as those of like rows; it changes time, no result.

    Returns:
        The constant, and the coefficients, 0 where a bound holds them.

    Raises:
        BadInput: see `credit.logit.fit_logit`.
        WorkFailed: Newton's method did not reach the maximum.
    """
    check_logit(X, y, weights, names)
    rows = _Likelihood(np.vstack([np.ones(len(y)), X.T]), y, weights, np.r_[0.0, np.full(X.shape[1], ridge)])
    bound = np.r_[0, signs]
    b, free, information = _climbed(rows, bound, _first_guess(rows, bound) if start is None else np.r_[start], names)
    columns = rows.design[free] if weights.all() else rows.design[free][:, weights > 0]
    told = [("const", *names)[j] for j in free]
    if ridge == 0:
        refuse_dependent_columns(columns.T, told)
    refuse_separation(columns.T, b[free], np.linalg.inv(information), told)
    return float(b[0]), b[1:]


@dataclass(frozen=True)
class _Likelihood:
    """The penalised likelihood of some rows.

    Attributes:
        design: a column a row, the constant first: those in play are taken in one piece.
        y: outcomes.
        weights: observations that each stands for.
        penalty: of each column.
    """

    design: np.ndarray
    y: np.ndarray
    weights: np.ndarray
    penalty: np.ndarray

    def at(self, b: np.ndarray) -> tuple[np.ndarray, float]:
        """Log-odds of each row, and the logarithm of the likelihood."""
        odds = b @ self.design
        fit = self.weights @ (self.y * odds - np.logaddexp(0.0, odds))
        return odds, float(fit - 0.5 * self.penalty @ b**2)

    def slope(self, b: np.ndarray, p: np.ndarray) -> np.ndarray:
        """Its gradient, with the chance of each row there."""
        return np.asarray(self.design @ (self.weights * (self.y - p)) - self.penalty * b)

    def information(self, p: np.ndarray, play: np.ndarray) -> np.ndarray:
        """Its negative second derivatives by the columns in play."""
        spread = self.design[play]
        spread *= np.sqrt(self.weights * p * (1.0 - p))
        found = spread @ spread.T
        return np.asarray(found + np.diag(_DAMPING * np.diag(found) + _LEAST_INFORMATION + self.penalty[play]))

    def constant(self) -> np.ndarray:
        """The maximum with the constant alone."""
        share = self.weights @ self.y / self.weights.sum()
        return np.r_[np.log(share / (1 - share)), np.zeros(len(self.design) - 1)]


def _climbed(
    rows: _Likelihood, bound: np.ndarray, start: np.ndarray, names: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The maximum, which columns no bound holds there, and their information.

    Raises:
        WorkFailed: it was not reached.
    """
    b = np.where(start * bound < 0, 0.0, start)
    odds, value = rows.at(b)
    for _ in range(_MOST_STEPS):
        p = expit(odds)
        slope = rows.slope(b, p)
        play = np.flatnonzero((bound == 0) | (b != 0) | (slope * bound > 0))  # the others stay at 0
        information = rows.information(p, play)
        step = np.zeros(len(b))
        step[play] = _best_step(information, slope[play], b[play], bound[play])
        if slope @ step < _TOLERANCE:
            b = b + step
            is_free = (bound[play] == 0) | (b[play] != 0)
            return b, play[is_free], information[np.ix_(is_free, is_free)]
        length = 1.0
        while (tried := rows.at(b + length * step))[1] < value - _ROUNDING * abs(value) and length > 1e-8:
            length /= 2
        b, (odds, value) = b + length * step, tried
    raise WorkFailed(f"the logit on {', '.join(names)} did not converge in {_MOST_STEPS} Newton steps")


def _first_guess(rows: _Likelihood, bound: np.ndarray) -> np.ndarray:
    """Where the maximum over an even sample of many rows lies; the constant alone for few, or where that is better."""
    guess = rows.constant()
    if len(rows.y) <= _MANY_ROWS:
        return guess
    few = slice(None, None, -(-len(rows.y) // _MANY_ROWS))
    part = _Likelihood(np.ascontiguousarray(rows.design[:, few]), rows.y[few], rows.weights[few], rows.penalty)
    if not 0 < part.weights @ part.y < part.weights.sum():
        return guess
    try:
        nearer = _climbed(part, bound, part.constant(), ())[0]
    except WorkFailed:  # a sample may be parted where all rows are not
        return guess
    return max(guess, nearer, key=lambda b: rows.at(b)[1])


def _best_step(information: np.ndarray, slope: np.ndarray, b: np.ndarray, bound: np.ndarray) -> np.ndarray:
    """The step from b to the maximum of slope @ step - step @ information @ step / 2 under the bounds.

    Lawson & Hanson, Solving Least Squares Problems (1974), ch. 23: go to the maximum over what is free; what would
    cross its bound stops there and is held; who would rather leave its bound is let go, one at a time.
    """
    pull = slope + information @ b  # the quadratic's slope at zero
    best, is_free = b.copy(), np.ones(len(b), dtype=bool)
    for _ in range(_MOST_EXCHANGES):
        free = np.flatnonzero(is_free)
        wanted = np.zeros(len(b))
        wanted[free] = np.linalg.solve(information[np.ix_(free, free)], pull[free])
        beyond = np.flatnonzero(wanted * bound < 0)
        if len(beyond):
            reach = best[beyond] / (best[beyond] - wanted[beyond])
            best += reach.min() * (wanted - best)
            stopped = beyond[reach <= reach.min()]
            best[stopped], is_free[stopped] = 0.0, False
            continue
        best = wanted
        eager = np.where(is_free, 0.0, (pull - information @ best) * bound)
        most = int(np.argmax(eager))
        if eager[most] <= _NO_SLOPE * np.abs(pull).max():
            break
        is_free[most] = True
    return best - b
