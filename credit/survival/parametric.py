"""Weibull and log-logistic default times: each covariate stretches or shortens time by a factor.

Accelerated failure time models, fitted by lifelines. They say more than the data where the data end, which is their
use and their danger: a question beyond the longest observation is refused unless `may_extrapolate` says it is meant.
"""

from abc import abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from credit.elementary import exp, log
from credit.errors import BadInput, Problem
from credit.model_files import field
from credit.survival.base import DEFAULT, Months
from credit.survival.examination import Likelihood
from credit.survival.standardised import DECIMALS, DURATION, EVENT, StandardisedTiming

_TO_THE_TOP = {"ftol": 1e-13, "maxiter": 2000}
"""lifelines stops the log-logistic at 1e-6, where medians are still off by a percent."""


class AcceleratedTiming(StandardisedTiming):
    """Time is scaled by exp(location + x b): H depends on (t / scale) ** shape alone.

    Times may be fractions of a month. Where only the month of default is known, give its middle (month - 0.5).

    Args:
        may_extrapolate: whether times beyond the longest observation may be asked for.

    Attributes:
        coefficients_: log of the factor on time, a standard deviation of each covariate; above 0 defaults come later.
        location_: log of the scale (months) of the average row.
        log_shape_: log of the shape.
    """

    likelihood: ClassVar[Likelihood] = "hazard"
    fitter: ClassVar[str]
    """Name of lifelines' class."""
    parameters: ClassVar[tuple[str, str]]
    """lifelines' names of scale and shape."""

    def __init__(self, may_extrapolate: bool = False) -> None:
        self.may_extrapolate = may_extrapolate

    def cumulative_hazard(self, X: pd.DataFrame, times: Months, cause: str = DEFAULT) -> np.ndarray:
        """The cumulative hazard at each time (months, fractions allowed), shape (rows, times)."""
        self._position(cause)
        asked = self._times(times, self.may_extrapolate)
        log_time = np.asarray(log(np.where(asked > 0, asked, 1.0)))
        location = self.location_ + self.linear_predictor(X)
        power = exp((log_time - location[:, None]) * exp(self.log_shape_))
        return np.where(asked > 0, self._hazard_of(np.asarray(power)), 0.0)

    def median_month(self, X: pd.DataFrame) -> np.ndarray:
        """Time by which half of such rows default, months, shape (rows,); often beyond what was observed."""
        location = self.location_ + self.linear_predictor(X)
        return np.asarray(exp(location + log(self._median_power()) * exp(-self.log_shape_)))

    @staticmethod
    @abstractmethod
    def _hazard_of(power: np.ndarray) -> np.ndarray:
        """The cumulative hazard as a function of (t / scale) ** shape."""

    @staticmethod
    @abstractmethod
    def _median_power() -> float:
        """The (t / scale) ** shape at which the cumulative hazard is log 2."""

    def to_json(self) -> dict[str, Any]:
        """Everything prediction needs, as plain JSON values."""
        own = {"location": self.location_, "log_shape": self.log_shape_, "may_extrapolate": self.may_extrapolate}
        return super().to_json() | own

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Rebuild a fitted model.

        Raises:
            BadInput: another kind of model, or a field is missing.
        """
        model = super().from_json(content)
        model.location_, model.log_shape_ = (field(content, name, cls.kind) for name in ("location", "log_shape"))
        model.may_extrapolate = field(content, "may_extrapolate", cls.kind)
        return model

    def _fit(self, frame: pd.DataFrame, columns: list[str], options: dict[str, Any]) -> None:
        import lifelines

        found = getattr(lifelines, self.fitter)().fit(frame, **options, fit_options=_TO_THE_TOP)
        scale, shape = self.parameters
        named = [(scale, name) for name in columns]
        self.coefficients_ = np.round(found.params_[named].to_numpy(), DECIMALS) + 0.0
        self.standard_errors_ = np.round(found.standard_errors_[named].to_numpy(), DECIMALS)
        self.location_ = round(float(found.params_[(scale, "Intercept")]), DECIMALS)
        self.log_shape_ = round(float(found.params_[(shape, "Intercept")]), DECIMALS)
        self.log_likelihood_ = round(float(found.log_likelihood_), DECIMALS)
        from lifelines.utils import concordance_index

        order = frame[columns].to_numpy() @ self.coefficients_
        self.concordance_ = float(concordance_index(frame[DURATION], order, frame[EVENT]))

    def _check_clock(self, stop: np.ndarray, entry: np.ndarray) -> None:
        if (is_short := stop < 1e-3).any():
            row = int(np.argmax(is_short))
            remedy = "give times in months"
            raise BadInput(Problem("must be > 0", field="months", value=float(stop[row]), row=row + 1, remedy=remedy))


class WeibullTiming(AcceleratedTiming):
    """H = (t / scale) ** shape: a hazard that rises (shape above 1) or falls for ever."""

    kind = "weibull_timing"
    fitter = "WeibullAFTFitter"
    parameters = ("lambda_", "rho_")

    @staticmethod
    def _hazard_of(power: np.ndarray) -> np.ndarray:
        return power

    @staticmethod
    def _median_power() -> float:
        return 0.6931471805599453


class LogLogisticTiming(AcceleratedTiming):
    """H = log(1 + (t / scale) ** shape): a hazard that rises and falls again where the shape is above 1."""

    kind = "log_logistic_timing"
    fitter = "LogLogisticAFTFitter"
    parameters = ("alpha_", "beta_")

    @staticmethod
    def _hazard_of(power: np.ndarray) -> np.ndarray:
        return np.asarray(log(1.0 + power))

    @staticmethod
    def _median_power() -> float:
        return 1.0
