"""Maximum-likelihood logit with weights, standard errors and named failures.

Newton's method on the log-likelihood, which is concave: the maximum is unique wherever it exists. Where it does not
exist (a column that separates the classes, a column that others add up to) the column is named instead of returning
numbers that mean nothing. A ridge penalty can be laid on chosen coefficients.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import qr
from scipy.special import expit

from credit.errors import BadInput, Problem, WorkFailed
from credit.one_thread import on_one_thread

_TOLERANCE = 1e-10  # of the Newton decrement, in units of log-likelihood
_MOST_STEPS = 60
_NO_INFORMATION = 100.0  # log-odds: a standard error over a column's whole range that only separation produces
_COLLINEAR_BELOW = 1e-9  # of the largest pivot of the column-scaled design


@dataclass(frozen=True)
class LogitFit:
    """A fitted logit.

    Attributes:
        names: the columns, in order.
        coefficients: log-odds a unit of each column.
        covariance: inverse observed information (of the penalised likelihood where a ridge was laid).
        log_likelihood: at the maximum, without penalty.
        iterations: Newton steps taken.
    """

    names: tuple[str, ...]
    coefficients: np.ndarray
    covariance: np.ndarray
    log_likelihood: float
    iterations: int

    @property
    def standard_errors(self) -> np.ndarray:
        """Square roots of the variances, one a column."""
        return np.sqrt(np.diag(self.covariance))

    def by_name(self) -> dict[str, float]:
        """The coefficients by column."""
        return dict(zip(self.names, self.coefficients.tolist(), strict=True))


@on_one_thread
def fit_logit(
    X: np.ndarray,
    y: np.ndarray,
    names: Sequence[str],
    weights: np.ndarray | None = None,
    ridge: np.ndarray | float = 0.0,
    offset: np.ndarray | None = None,
) -> LogitFit:
    """Fit P(y = 1) = expit(offset + X b) by maximum likelihood.

    Args:
        X: design, shape (rows, columns); a constant is a column of ones like any other.
        y: outcomes 0 or 1, shape (rows,); shares between 0 and 1 are allowed with `weights` as the trials behind them.
        names: one name a column.
        weights: how many observations a row stands for, >= 0; 1 each when absent.
        ridge: penalty ridge_j * b_j**2 / 2 a column, or one number for all; 0 is plain maximum likelihood.
        offset: known part of the log-odds, shape (rows,).

    Raises:
        BadInput: shapes, values or classes are wrong; a column is collinear with earlier ones; a column separates.
        WorkFailed: Newton's method did not reach the maximum.
    """
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    rows, columns = X.shape
    weights = np.ones(rows) if weights is None else np.asarray(weights, dtype=float)
    offset = np.zeros(rows) if offset is None else np.asarray(offset, dtype=float)
    penalty = np.broadcast_to(np.asarray(ridge, dtype=float), (columns,))
    check_logit(X, y, weights, names)
    refuse_dependent_columns(
        X[weights > 0][:, penalty == 0], [n for n, r in zip(names, penalty, strict=True) if r == 0]
    )

    b = np.zeros(columns)
    value = _penalised(X, y, weights, offset, penalty, b)
    for iteration in range(1, _MOST_STEPS + 1):
        p = expit(offset + X @ b)
        gradient = X.T @ (weights * (y - p)) - penalty * b
        step = np.linalg.solve(_information(X, weights, p, penalty), gradient)
        decrement = float(gradient @ step)
        if decrement < _TOLERANCE:
            b = b + step
            covariance = np.linalg.inv(_information(X, weights, expit(offset + X @ b), penalty))
            refuse_separation(X[weights > 0], b, covariance, names)
            return LogitFit(
                names=tuple(names),
                coefficients=b,
                covariance=covariance,
                log_likelihood=_penalised(X, y, weights, offset, np.zeros(columns), b),
                iterations=iteration,
            )
        length = 1.0
        while (tried := _penalised(X, y, weights, offset, penalty, b + length * step)) < value and length > 1e-8:
            length /= 2
        b, value = b + length * step, tried
    raise WorkFailed(f"the logit on {', '.join(names)} did not converge in {_MOST_STEPS} Newton steps")


def _information(X: np.ndarray, weights: np.ndarray, p: np.ndarray, penalty: np.ndarray) -> np.ndarray:
    return (X * (weights * p * (1 - p))[:, None]).T @ X + np.diag(penalty)


def _penalised(
    X: np.ndarray, y: np.ndarray, weights: np.ndarray, offset: np.ndarray, penalty: np.ndarray, b: np.ndarray
) -> float:
    eta = offset + X @ b
    return float(weights @ (y * eta - np.logaddexp(0.0, eta)) - 0.5 * penalty @ b**2)


def check_logit(X: np.ndarray, y: np.ndarray, weights: np.ndarray, names: Sequence[str]) -> None:
    """Refuse what no logit can be fitted on; the arguments are those of `fit_logit`.

    Raises:
        BadInput: shapes, values or classes are wrong.
    """
    problems = []
    if len(names) != X.shape[1] or len(set(names)) != len(names):
        raise BadInput(Problem("must be one different name a column", field="names", value=", ".join(names)))
    if y.shape != (len(X),) or weights.shape != (len(X),):
        raise BadInput(Problem(f"must have one value for each of the {len(X)} rows", field="y, weights"))
    problems += [
        Problem("every value must be a finite number", field=name)
        for name, column in zip(names, X.T, strict=True)
        if not np.isfinite(column).all()
    ]
    if not np.isfinite(weights).all() or (weights < 0).any():
        problems.append(Problem("must be finite and >= 0", field="weights"))
    elif not ((y >= 0) & (y <= 1)).all():
        problems.append(Problem("outcomes must lie between 0 and 1", field="y"))
    elif not (weights @ y > 0 and weights @ (1 - y) > 0):
        problems.append(Problem("both outcomes must occur among rows with weight", field="y"))
    if problems:
        raise BadInput(problems)


def refuse_dependent_columns(X: np.ndarray, names: Sequence[str]) -> None:
    """Name the first column that the others determine: without a penalty its coefficient has no value.

    Raises:
        BadInput: a column is zero everywhere or a linear combination of the others.
    """
    if X.shape[1] == 0:
        return
    scale = np.sqrt((X**2).sum(axis=0))
    if (scale == 0).any():
        raise BadInput(Problem("is zero in every row with weight", field=names[int(np.argmin(scale))]))
    _, r, order = qr(X / scale, mode="economic", pivoting=True)
    pivots = np.abs(np.diag(r))
    weak = np.flatnonzero(pivots < _COLLINEAR_BELOW * pivots[0])
    if len(weak) or len(pivots) < X.shape[1]:
        at = order[weak[0]] if len(weak) else order[len(pivots)]
        remedy = "leave one of them out"
        raise BadInput(Problem("is a linear combination of the other columns", field=names[at], remedy=remedy))


def refuse_separation(X: np.ndarray, b: np.ndarray, covariance: np.ndarray, names: Sequence[str]) -> None:
    """Refuse a column along which the outcomes part: its coefficient would grow without bound.

    Args:
        X: the rows with weight.
        b: coefficients where the search ended.
        covariance: of those.
        names: one a column.

    Raises:
        BadInput: a standard error is one that only separation produces.
    """
    is_adrift = np.sqrt(np.diag(covariance)) * np.max(np.abs(X), axis=0) > _NO_INFORMATION
    if is_adrift.any():
        reach = np.where(is_adrift, np.abs(b) * np.ptp(X, axis=0), -1.0)
        raise BadInput(
            Problem(
                "separates the outcomes: its coefficient grows without bound",
                field=names[int(np.argmax(reach))],
                remedy="leave the column out, group its values, or lay a ridge on it",
            )
        )
