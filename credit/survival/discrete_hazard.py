"""Monthly default hazards with covariates: the workhorse of default timing.

The hazard of month m for a row with covariates x is h = 1 - exp(-exp(baseline(m) + x b)), the complementary log-log
model: continuous proportional hazards seen through a monthly grid (Prentice & Gloeckler 1978). It is chosen over the
logit for two reasons. Its coefficients do not depend on the length of a month. And the log-likelihood of a row needs
the baseline only through sums over the months the row was at risk, so that loans need not be expanded into loan-months:
63,645 loans over ten years are fitted as 63,645 rows, not as five million.

A row is an interval (entry, stop] of completed months with constant covariates. A loan gives one row; covariates that
move give one row a spell, and delayed entry is left truncation.
"""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd

from credit.elementary import exp
from credit.errors import BadInput, Problem, WorkFailed
from credit.model_files import columns_of, field, numbers_in, of_kind, rounded, weighted_sum
from credit.one_thread import on_one_thread
from credit.survival.base import DEFAULT, DefaultTiming, Months
from credit.survival.baselines import Baseline, Piecewise, Spline, baseline_from_json, refuse_unseen
from credit.survival.examination import column_findings, refuse_nameless

KIND = "discrete_hazard"
LEAST_DEFAULTS = 20
"""Fewer defaults than this cannot carry a curve; the fit is refused."""
_TOLERANCE = 1e-9  # of the Newton decrement a unit of weight
_MOST_STEPS = 80


class DiscreteHazard(DefaultTiming):
    """Complementary log-log hazard by month.

    Args:
        baseline: shape over months.
        ridge: penalty ridge / 2 * b**2 on each coefficient of the standardised covariates, times the mean weight, so
            that only relative weights matter; 0 is plain maximum likelihood.

    Attributes:
        features_: covariates in order.
        centre_: their weighted means.
        scale_: their weighted standard deviations.
        coefficients_: log hazard ratios a standard deviation.
        standard_errors_: of those (of the penalised likelihood where a ridge was laid); not corrected for repeated rows
            of one firm.
        baseline_coefficients_: of the baseline's columns, for a row at the centre.
        last_month_: last month in which rows were at risk: the model says nothing beyond it.
        data_hash_: SHA-256 of the data it learnt from, empty where not given.
        rows_: rows fitted.
        defaults_: defaults among them.
    """

    def __init__(self, baseline: Baseline = Spline((1, 6, 18, 36, 72)), ridge: float = 0.0) -> None:  # noqa: B008 - frozen
        self.baseline = baseline
        self.ridge = ridge

    @on_one_thread
    def fit(
        self,
        X: pd.DataFrame,
        months: np.ndarray,
        is_default: np.ndarray,
        entry: np.ndarray | None = None,
        weights: np.ndarray | None = None,
        data_hash: str = "",
    ) -> Self:
        """Fit by (penalised) maximum likelihood.

        Args:
            X: covariates, one named numeric column each; no column fits the baseline alone.
            months: the month of default, or the completed months observed without default; integers >= entry.
            is_default: whether the row ends in default.
            entry: completed months before the row came under observation; 0 when absent.
            weights: population rows a row stands for, >= 0; 1 when absent.
            data_hash: SHA-256 of the data, kept with the model.

        Raises:
            BadInput: lengths, values or months are wrong; too few defaults; a piece of the baseline without default; a
                column that `credit.survival.examination` finds unfit.
            WorkFailed: no convergence.
        """
        refuse_nameless(X)
        self.features_ = [str(name) for name in X.columns]
        rows = _Rows.checked(months, is_default, entry, weights, len(X))
        is_event = rows.is_default & (rows.weight > 0)
        problems, _ = column_findings(X, is_event, None, rows.weight, "hazard", is_penalised=self.ridge > 0)
        if problems:
            raise BadInput(problems)
        values = columns_of(X, self.features_)
        self.last_month_ = int(max(rows.stop.max(), rows.entry.max()))
        self._check_baseline(rows)
        refuse_unseen(self.baseline, self.last_month_)
        share = rows.weight / rows.weight.sum()
        self.centre_ = rounded(share @ values)
        self.scale_ = np.round(np.sqrt(share @ (values - self.centre_) ** 2), 9)
        if (self.scale_ <= 0).any():
            name = self.features_[int(np.argmin(self.scale_))]
            raise BadInput(Problem("is constant over the rows with weight", field=name, remedy="leave it out"))
        standardised = (values - self.centre_) / self.scale_
        basis = self.baseline.design(np.arange(1, self.last_month_ + 1))
        penalty = np.r_[np.zeros(basis.shape[1]), np.full(values.shape[1], self.ridge * rows.weight.mean())]
        found, information = _maximise(standardised, basis, rows, penalty, self.features_)
        k = basis.shape[1]
        self.baseline_coefficients_, self.coefficients_ = rounded(found[:k]), rounded(found[k:])
        self.standard_errors_ = rounded(np.sqrt(np.diag(np.linalg.inv(information)))[k:])
        self.rows_, self.defaults_, self.data_hash_ = len(values), int(rows.is_default.sum()), data_hash
        return self

    def linear_predictor(self, X: pd.DataFrame) -> np.ndarray:
        """Log hazard ratio of each row against the average row, shape (rows,)."""
        values = columns_of(X, self.features_)
        return weighted_sum((values - self.centre_) / self.scale_, self.coefficients_)

    def baseline_cumulative_hazard(self) -> np.ndarray:
        """H(0), H(1), ..., H(last_month_) of the average row."""
        basis = self.baseline.design(np.arange(1, self.last_month_ + 1))
        return np.r_[0.0, np.cumsum(exp(weighted_sum(basis, self.baseline_coefficients_)))]

    def cumulative_hazard(self, X: pd.DataFrame, times: Months, cause: str = DEFAULT) -> np.ndarray:
        """The cumulative hazard at completed months, shape (rows, times)."""
        self._position(cause)
        months = np.asarray(times)
        if months.size and not (np.issubdtype(months.dtype, np.integer) and 0 <= months.min() <= months.max()):
            raise BadInput(Problem("must be whole months >= 0", field="times", value=str(times)))
        if months.size and months.max() > self.last_month_:
            rule = f"the model has seen no month beyond {self.last_month_}"
            raise BadInput(Problem(rule, field="times", value=int(months.max())))
        return np.asarray(exp(self.linear_predictor(X)))[:, None] * self.baseline_cumulative_hazard()[months]

    def to_json(self) -> dict[str, Any]:
        """Everything prediction needs, as plain JSON values."""
        return {
            "kind": KIND,
            "baseline": self.baseline.to_json(),
            "ridge": self.ridge,
            "features": self.features_,
            "centre": self.centre_.tolist(),
            "scale": self.scale_.tolist(),
            "coefficients": self.coefficients_.tolist(),
            "standard_errors": self.standard_errors_.tolist(),
            "baseline_coefficients": self.baseline_coefficients_.tolist(),
            "last_month": self.last_month_,
            "rows": self.rows_,
            "defaults": self.defaults_,
            "data_hash": self.data_hash_,
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Rebuild a fitted model.

        Raises:
            BadInput: another kind of model, or a field is missing.
        """
        of_kind(content, KIND)
        model = cls(baseline_from_json(field(content, "baseline", KIND)), field(content, "ridge", KIND))
        for name in ("features", "last_month", "rows", "defaults", "data_hash"):
            setattr(model, f"{name}_", field(content, name, KIND))
        for name in ("centre", "scale", "coefficients", "standard_errors", "baseline_coefficients"):
            setattr(model, f"{name}_", np.array(field(content, name, KIND), dtype=float))
        return model

    def _check_baseline(self, rows: "_Rows") -> None:
        if not isinstance(self.baseline, Piecewise):
            return
        months = rows.stop[rows.is_default & (rows.weight > 0)]
        starts = (1, *(end + 1 for end in self.baseline.ends[:-1]))
        stops = (*self.baseline.ends[:-1], self.last_month_)
        for start, stop in zip(starts, stops, strict=True):
            if not ((months >= start) & (months <= stop)).any():
                rule = f"no default in months {start} to {stop}: the piece's hazard has no estimate"
                raise BadInput(Problem(rule, field="baseline", remedy="join it with a neighbour"))


class _Rows:
    """Checked intervals: at risk in months entry + 1 to stop, default in month stop or not at all."""

    def __init__(self, entry: np.ndarray, stop: np.ndarray, is_default: np.ndarray, weight: np.ndarray) -> None:
        self.entry, self.stop, self.is_default, self.weight = entry, stop, is_default, weight

    @classmethod
    def checked(
        cls,
        months: np.ndarray,
        is_default: np.ndarray,
        entry: np.ndarray | None,
        weights: np.ndarray | None,
        n: int,
    ) -> Self:
        given = {
            "months": numbers_in(months, "months"),
            "is_default": numbers_in(is_default, "is_default"),
            "entry": np.zeros(n) if entry is None else numbers_in(entry, "entry"),
            "weights": np.ones(n) if weights is None else numbers_in(weights, "weights"),
        }
        for name, values in given.items():
            if values.shape != (n,):
                raise BadInput(Problem(f"must have one value for each of the {n} rows", field=name))
        if not np.isin(given["is_default"], (0.0, 1.0)).all():
            raise BadInput(Problem("must be 0 or 1, false or true", field="is_default"))
        stop, start = given["months"].astype(np.int64), given["entry"].astype(np.int64)
        default = given["is_default"].astype(bool)
        if (stop != given["months"]).any() or (start != given["entry"]).any():
            raise BadInput(Problem("must be whole months", field="months, entry"))
        least = start + default
        if (start < 0).any() or (stop < least).any():
            row = int(np.argmax((start < 0) | (stop < least)))
            rule = "must not lie before entry, and a default needs a month of its own (>= entry + 1)"
            raise BadInput(Problem(rule, field="months", value=int(stop[row]), row=row + 1))
        weight = given["weights"]
        if (weight < 0).any():
            raise BadInput(Problem("must be >= 0", field="weights", row=int(np.argmax(weight < 0)) + 1))
        defaults = int((default & (weight > 0)).sum())
        if defaults < LEAST_DEFAULTS:
            rule = f"at least {LEAST_DEFAULTS} defaults are needed to fit a curve"
            raise BadInput(
                Problem(rule, field="is_default", value=defaults, remedy="use more rows or a longer history")
            )
        return cls(start, stop, default, weight)


def _maximise(
    x: np.ndarray, basis: np.ndarray, rows: _Rows, penalty: np.ndarray, names: Sequence[str]
) -> tuple[np.ndarray, np.ndarray]:
    """Newton's method on the (concave) penalised log-likelihood; gives coefficients and information."""
    k = basis.shape[1]
    likelihood = _Likelihood(x, basis, rows, penalty)
    b = np.zeros(len(penalty))
    at_risk = float(rows.weight @ (rows.stop - rows.entry))
    level = np.log(rows.weight[rows.is_default].sum() / at_risk)  # start from one constant hazard
    b[:k] = np.linalg.lstsq(basis, np.full(len(basis), level), rcond=None)[0]
    value, gradient, information = likelihood.at(b)
    for _ in range(_MOST_STEPS):
        step = np.linalg.solve(information, gradient)
        decrement = float(gradient @ step)
        if decrement < _TOLERANCE * rows.weight.mean():
            return b, information
        length = 1.0
        while True:
            tried = likelihood.at(b + length * step)
            if tried[0] >= value or length < 1e-6:
                break
            length /= 2
        b, (value, gradient, information) = b + length * step, tried
    told = f"the hazard did not converge in {_MOST_STEPS} Newton steps"
    if len(names):
        reach = np.abs(b[k:]) * np.ptp(x, axis=0)
        told += f"; {names[int(np.argmax(reach))]} had gone furthest: does it, with others, part the outcomes?"
    raise WorkFailed(told)


class _Likelihood:
    """Penalised log-likelihood of rows; months enter through prefix sums over the baseline, rows through sums a month.

    Args:
        x: standardised covariates.
        basis: baseline by month.
        rows: intervals.
        penalty: of each coefficient, the baseline's first.
    """

    def __init__(self, x: np.ndarray, basis: np.ndarray, rows: _Rows, penalty: np.ndarray) -> None:
        self.x, self.basis, self.rows, self.penalty = x, basis, rows, penalty
        self._top = rows.stop - rows.is_default  # months survived: entry + 1 .. top
        self._hit = np.flatnonzero(rows.is_default)
        self._month = rows.stop[self._hit] - 1
        self._x_hit, self._basis_hit = x[self._hit], basis[self._month]
        columns = np.arange(x.shape[1])
        self._cells = [(at[:, None] * len(columns) + columns).ravel() for at in (self._top, rows.entry)]

    def at(self, b: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
        """Its value, gradient and information."""
        x, basis, rows, penalty, x_hit, basis_hit = (
            self.x, self.basis, self.rows, self.penalty, self._x_hit, self._basis_hit)  # fmt: skip
        k = basis.shape[1]
        log_ratio = np.minimum(x @ b[k:], 50.0)
        log_hazard = np.minimum(basis @ b[:k], 50.0)
        ratio, level = rows.weight * np.exp(log_ratio), np.exp(log_hazard)

        # The log-likelihood of months survived is minus the cumulative hazard.
        summed = np.r_[0.0, np.cumsum(level)]
        summed_basis = np.vstack([np.zeros(k), np.cumsum(level[:, None] * basis, axis=0)])
        survived = ratio * (summed[self._top] - summed[rows.entry])
        length = len(summed)
        left, joined = (np.bincount(at, ratio, length) for at in (self._top, rows.entry))
        exposed = level * np.cumsum(joined - left)[:-1]  # ratio-weighted rows at risk in each month, times its hazard
        weighed = (ratio[:, None] * x).ravel()
        x_left, x_joined = (np.bincount(at, weighed, length * x.shape[1]) for at in self._cells)
        x_survived = (x_left - x_joined).reshape(length, -1)

        # Months of default: log(1 - exp(-m)) with m the month's hazard integral.
        m = np.minimum(np.exp(log_ratio[self._hit]) * level[self._month], 500.0)
        weight = rows.weight[self._hit]
        g = m / np.expm1(m)
        bend = np.where(m < 1e-4, -m / 2 - m * m / 12, 1 - m - g)
        pull, curve = weight * g, -weight * g * bend

        value = float(weight @ np.log(-np.expm1(-m)) - survived.sum() - 0.5 * penalty @ b**2)
        by_baseline = pull @ basis_hit - (left - joined) @ summed_basis
        gradient = np.r_[by_baseline, x_hit.T @ pull - x.T @ survived] - penalty * b
        information = np.empty((len(b), len(b)))
        information[:k, :k] = (basis * exposed[:, None]).T @ basis + (basis_hit * curve[:, None]).T @ basis_hit
        information[k:, k:] = (x * survived[:, None]).T @ x + (x_hit * curve[:, None]).T @ x_hit
        information[k:, :k] = x_survived.T @ summed_basis + (x_hit * curve[:, None]).T @ basis_hit
        information[:k, k:] = information[k:, :k].T
        return value, gradient, information + np.diag(penalty)


def months_between(start: Sequence[Any] | np.ndarray, stop: Sequence[Any] | np.ndarray) -> np.ndarray:
    """Completed months of 30.4375 days between days; negative where `stop` lies before `start`."""
    days = (np.asarray(stop, dtype="datetime64[D]") - np.asarray(start, dtype="datetime64[D]")).astype(np.int64)
    return (days * 10_000) // 304_375
