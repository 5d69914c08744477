"""What is learnt from firm-months: the odds of leaving in the month to come, against staying."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np
from scipy.special import expit

from credit.elementary import exp
from credit.errors import WorkFailed
from credit.model_files import field, rounded, weighted_sum
from credit.one_thread import on_one_thread
from credit.survival.baselines import Baseline, baseline_from_json, refuse_unseen, spline_over
from credit.survival.examination import Likelihood, refuse_adrift

Link = Literal["logit", "cloglog"]


class MonthLearner(ABC):
    """Odds of one cause. Covariates come as a matrix in the model's order; the clock counts the month at risk from 1.

    Attributes:
        likelihood: what the doctor must protect.
        may_be_missing: whether a covariate may be NaN.
    """

    kind: ClassVar[str]
    likelihood: ClassVar[Likelihood]
    may_be_missing: ClassVar[bool] = False

    @property
    def is_penalised(self) -> bool:
        """Whether dependent and separating columns do no harm."""
        return False

    @abstractmethod
    def fit(
        self, values: np.ndarray, clock: np.ndarray, leaves: np.ndarray, weight: np.ndarray, names: Sequence[str]
    ) -> Self:
        """Learn from rows that stay or leave by the cause.

        Raises:
            BadInput: the learner cannot work on these columns.
            WorkFailed: no maximum was found.
        """

    @abstractmethod
    def odds(self, values: np.ndarray, clock: np.ndarray) -> np.ndarray:
        """Odds of each row in its month, shape (rows,)."""

    @abstractmethod
    def odds_ahead(self, values: np.ndarray, clock: np.ndarray) -> np.ndarray:
        """Odds of each row in each of its months, the covariates held, shape of `clock`: (rows, months)."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """The settings and, once fitted, everything that prediction needs."""

    @classmethod
    @abstractmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Rebuild a learner from `to_json`."""

    @abstractmethod
    def fresh(self) -> Self:
        """An unfitted learner with the same settings: each cause has its own."""


_CHUNK = 1 << 16  # rows whose design is held at a time: three million firm-months fit in little memory
_MOST_STEPS = 50
_TOLERANCE = 1e-9  # of the Newton decrement a unit of mean weight
_FURTHEST = 30.0  # log-odds: beyond it odds and their complement are 0 or 1 in doubles


@dataclass
class LinearMonths(MonthLearner):
    """A linear effect of each standardised covariate, and a smooth baseline over the clock.

    The logit is the common choice. The complementary log-log is proportional hazards seen through months: its
    coefficients do not depend on how long a month is (`credit.survival.discrete_hazard` fits the same on spells, which
    is faster where covariates seldom move).

    Attributes:
        link: "logit" or "cloglog".
        baseline: shape over the clock; when absent, a spline with its knots where the events are.
        ridge: penalty ridge / 2 * b**2 on each coefficient of the standardised covariates, times the mean weight.
        baseline_: the shape used.
        centre_: weighted means of the covariates.
        scale_: their weighted standard deviations.
        coefficients_: effect of a standard deviation on the link's scale.
        standard_errors_: of those; not corrected for the months of one firm (which, by Fahrmeir & Tutz, need none as
            long as the hazard is right).
        baseline_coefficients_: of the baseline's columns.
    """

    kind: ClassVar[str] = "linear_months"
    likelihood: ClassVar[Likelihood] = "odds"

    link: Link = "logit"
    baseline: Baseline | None = None
    ridge: float = 0.0

    @property
    def is_penalised(self) -> bool:
        """Whether dependent and separating columns do no harm."""
        return self.ridge > 0

    @on_one_thread
    def fit(
        self, values: np.ndarray, clock: np.ndarray, leaves: np.ndarray, weight: np.ndarray, names: Sequence[str]
    ) -> Self:
        """Maximum likelihood by Fisher scoring, chunk by chunk.

        Raises:
            BadInput: columns together part the outcomes; the baseline bends where there are no data.
            WorkFailed: no convergence.
        """
        share = weight / weight.sum()
        self.centre_ = np.array([share @ column for column in values.T])
        self.scale_ = np.sqrt([share @ (column - m) ** 2 for column, m in zip(values.T, self.centre_, strict=True)])
        self.centre_, self.scale_ = rounded(self.centre_), np.array([float(f"{s:.9g}") for s in self.scale_])
        last = int(clock[weight > 0].max())
        self.baseline_ = self.baseline or spline_over(clock[leaves & (weight > 0)])
        refuse_unseen(self.baseline_, last)
        table = self.baseline_.design(np.arange(1, int(clock.max()) + 1))
        k = table.shape[1]
        penalty = np.r_[np.zeros(k), np.full(values.shape[1], self.ridge * weight.mean())]

        def design(rows: slice) -> np.ndarray:
            return np.column_stack([table[clock[rows] - 1], (values[rows] - self.centre_) / self.scale_])

        start = np.zeros(len(penalty))
        rate = float(share @ leaves)
        level = np.log(rate / (1 - rate)) if self.link == "logit" else np.log(-np.log1p(-rate))
        start[:k] = np.linalg.lstsq(table, np.full(len(table), level), rcond=None)[0]
        found, information = _score(design, leaves, weight, penalty, start, self.link, ["baseline"] * k + list(names))
        self.baseline_coefficients_, self.coefficients_ = rounded(found[:k]), rounded(found[k:])
        self.standard_errors_ = rounded(np.sqrt(np.diag(np.linalg.inv(information)))[k:])
        refuse_adrift(self.standard_errors_, names)
        return self

    def odds(self, values: np.ndarray, clock: np.ndarray) -> np.ndarray:
        """Odds of each row in its month, shape (rows,)."""
        return self.odds_ahead(values, clock[:, None])[:, 0]

    def odds_ahead(self, values: np.ndarray, clock: np.ndarray) -> np.ndarray:
        """Odds of each row in each of its months: its ratio times the baseline's level."""
        ratio = np.asarray(exp(weighted_sum((values - self.centre_) / self.scale_, self.coefficients_)))
        table = self.baseline_.design(np.arange(1, int(clock.max(initial=1)) + 1))
        level = np.asarray(exp(weighted_sum(table, self.baseline_coefficients_)))
        rate = ratio[:, None] * level[clock - 1]
        return rate if self.link == "logit" else np.asarray(exp(rate)) - 1.0

    def to_json(self) -> dict[str, Any]:
        """The settings and, once fitted, everything that prediction needs."""
        told: dict[str, Any] = {"kind": self.kind, "link": self.link, "ridge": self.ridge}
        shape = getattr(self, "baseline_", self.baseline)
        told["baseline"] = None if shape is None else shape.to_json()
        return told | {name: getattr(self, f"{name}_").tolist() for name in _ARRAYS if hasattr(self, f"{name}_")}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Rebuild a learner from `to_json`."""
        shape = baseline_from_json(field(content, "baseline", cls.kind))
        learner = cls(field(content, "link", cls.kind), shape, field(content, "ridge", cls.kind))
        learner.baseline_ = shape
        for name in _ARRAYS:
            setattr(learner, f"{name}_", np.array(field(content, name, cls.kind), dtype=float))
        return learner

    def fresh(self) -> Self:
        """An unfitted learner with the same settings."""
        return type(self)(self.link, self.baseline, self.ridge)


_ARRAYS = ("centre", "scale", "coefficients", "standard_errors", "baseline_coefficients")


def _score(
    design: Callable[[slice], np.ndarray],
    leaves: np.ndarray,
    weight: np.ndarray,
    penalty: np.ndarray,
    b: np.ndarray,
    link: Link,
    names: Sequence[str],
) -> tuple[np.ndarray, np.ndarray]:
    """Fisher scoring with halved steps; gives coefficients and expected information."""
    value, gradient, information = _likelihood(design, leaves, weight, penalty, b, link)
    for _ in range(_MOST_STEPS):
        try:
            step = np.linalg.solve(information, gradient)
        except np.linalg.LinAlgError as error:
            raise WorkFailed(
                f"the {link} on firm-months ran out of information: a month or column without both"
            ) from error
        if float(gradient @ step) < _TOLERANCE * weight.mean():
            return b, information
        length = 1.0
        while (tried := _likelihood(design, leaves, weight, penalty, b + length * step, link))[0] < value:
            length /= 2
            if length < 1e-6:
                break
        b, (value, gradient, information) = b + length * step, tried
    told = names[int(np.argmax(np.abs(b)))]
    raise WorkFailed(f"the {link} on firm-months did not converge in {_MOST_STEPS} steps; {told} had gone furthest")


def _likelihood(
    design: Callable[[slice], np.ndarray],
    leaves: np.ndarray,
    weight: np.ndarray,
    penalty: np.ndarray,
    b: np.ndarray,
    link: Link,
) -> tuple[float, np.ndarray, np.ndarray]:
    """Penalised log-likelihood, its gradient and the expected information, summed over chunks of rows."""
    value, gradient, information = -0.5 * float(penalty @ b**2), -penalty * b, np.diag(penalty)
    for first in range(0, len(leaves), _CHUNK):
        rows = slice(first, first + _CHUNK)
        x, y, w = design(rows), leaves[rows], weight[rows]
        eta = np.clip(x @ b, -_FURTHEST, _FURTHEST if link == "logit" else 3.4)
        if link == "logit":
            p = expit(eta)
            log_stay = -np.logaddexp(0.0, eta)
            log_leave, pull, curve = eta + log_stay, y - p, p * (1 - p)
        else:
            rate = np.exp(eta)
            p = -np.expm1(-rate)
            log_stay, log_leave = -rate, np.log(p)
            pull, curve = rate * (y / p - 1.0), rate**2 * (1 - p) / p
        value += float(w @ np.where(y, log_leave, log_stay))
        gradient = gradient + x.T @ (w * pull)
        information = information + (x * (w * curve)[:, None]).T @ x
    return value, gradient, information
