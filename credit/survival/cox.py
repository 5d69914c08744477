"""Cox's proportional hazards on monthly ticks, ties by Efron's method, fitted by lifelines.

Monthly ticks because continuous time makes every row an event time of its own: fits with late entry then cost the
square of the rows, and nothing is known to the day anyway. Ticks make ties, and the method of ties then matters in the
third digit: it is Efron's, and named. Rows with `entry` are spells: covariates that move over time are given as one row
a spell, late entry as a row that begins late.
"""

from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from credit.elementary import exp
from credit.errors import BadInput, Problem
from credit.model_files import field
from credit.survival.base import DEFAULT, Months
from credit.survival.examination import Likelihood
from credit.survival.standardised import DECIMALS, StandardisedTiming

TIES = "efron"


class CoxTiming(StandardisedTiming):
    """Proportional hazards with a baseline as free as the ticks at which defaults were seen.

    Attributes:
        coefficients_: log hazard ratios a standard deviation of each covariate.
        ticks_: months in which rows defaulted or left, rising.
        baseline_: Breslow's cumulative hazard of the average row at each tick; it steps there and rests between.
    """

    kind = "cox_timing"
    likelihood: ClassVar[Likelihood] = "order"

    def cumulative_hazard(self, X: pd.DataFrame, times: Months, cause: str = DEFAULT) -> np.ndarray:
        """The cumulative hazard at each time, shape (rows, times)."""
        self._position(cause)
        reached = np.searchsorted(self.ticks_, self._times(times), side="right")
        return np.asarray(exp(self.linear_predictor(X)))[:, None] * np.r_[0.0, self.baseline_][reached]

    def to_json(self) -> dict[str, Any]:
        """Everything prediction needs, as plain JSON values."""
        return super().to_json() | {
            "ties": TIES,
            "ticks": self.ticks_.astype(int).tolist(),
            "baseline": self.baseline_.tolist(),
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Rebuild a fitted model.

        Raises:
            BadInput: another kind of model, or a field is missing.
        """
        model = super().from_json(content)
        model.ticks_, model.baseline_ = (np.array(field(content, n, cls.kind), float) for n in ("ticks", "baseline"))
        return model

    def _fit(self, frame: pd.DataFrame, columns: list[str], options: dict[str, Any]) -> None:
        from lifelines import CoxPHFitter  # its only method of ties is Efron's

        found = CoxPHFitter().fit(frame, **options)
        self.coefficients_ = np.round(found.params_[columns].to_numpy(), DECIMALS) + 0.0
        self.standard_errors_ = np.round(found.standard_errors_[columns].to_numpy(), DECIMALS)
        self.log_likelihood_ = round(float(found.log_likelihood_), DECIMALS)
        self.concordance_ = float(found.concordance_index_)
        # lifelines centres at the unweighted mean: taken back to our centre
        shift = np.exp(-float(frame[columns].mean().to_numpy() @ self.coefficients_))
        hazard = found.baseline_cumulative_hazard_.iloc[:, 0]
        self.ticks_ = hazard.index.to_numpy(dtype=float)
        self.baseline_ = np.round(hazard.to_numpy() * shift, DECIMALS)

    def _check_clock(self, stop: np.ndarray, entry: np.ndarray) -> None:
        for name, months in (("months", stop), ("entry", entry)):
            if (is_broken := months % 1 != 0).any():
                row = int(np.argmax(is_broken))
                rule = "must be whole months: continuous time costs the square of the rows and ties lose their meaning"
                remedy = "round up to the month of the event"
                raise BadInput(Problem(rule, field=name, value=float(months[row]), row=row + 1, remedy=remedy))
