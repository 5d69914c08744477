"""A default model supplies the cumulative hazard; every other view of default timing follows from it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import pandas as pd

from credit.elementary import exp
from credit.errors import BadInput, Problem

Months = Sequence[int] | np.ndarray


class DefaultTiming(ABC):
    """When default comes. Time runs in completed months from the clock's start; answers have the shape (rows, times).

    One required method, `cumulative_hazard`; survival, PDs, hazards and the term structure are derived, so they can
    never contradict each other.
    """

    @abstractmethod
    def cumulative_hazard(self, X: pd.DataFrame, times: Months) -> np.ndarray:
        """The cumulative hazard H(t) at each time, shape (rows, times): >= 0, rising in t, 0 at month 0.

        Raises:
            BadInput: the columns are not the model's, or a time lies outside what it has seen.
        """

    def survival(self, X: pd.DataFrame, times: Months) -> np.ndarray:
        """Probability of no default by each time: exp(-H)."""
        return np.asarray(exp(-self.cumulative_hazard(X, times)))

    def pd_by(self, X: pd.DataFrame, times: Months) -> np.ndarray:
        """Probability of default by each time: 1 - exp(-H)."""
        return 1.0 - self.survival(X, times)

    def conditional_pd(self, X: pd.DataFrame, start: int, stop: int) -> np.ndarray:
        """Probability of default after month `start` and by month `stop` of those alive at `start`, shape (rows,).

        Raises:
            BadInput: `stop` lies before `start`.
        """
        if stop < start:
            raise BadInput(Problem(f"must be >= start ({start})", field="stop", value=stop))
        hazards = self.cumulative_hazard(X, [start, stop])
        return np.asarray(1.0 - exp(hazards[:, 0] - hazards[:, 1]))

    def hazard(self, X: pd.DataFrame, times: Months) -> np.ndarray:
        """Probability of default in each month of those alive at its start."""
        months = np.asarray(times)
        step = self.cumulative_hazard(X, months) - self.cumulative_hazard(X, months - 1)
        return np.asarray(1.0 - exp(-step))

    def term_structure(self, X: pd.DataFrame, last_month: int) -> pd.DataFrame:
        """PD by the end of months 1 to `last_month`: one row for each of X, one column a month."""
        months = np.arange(1, last_month + 1)
        return pd.DataFrame(self.pd_by(X, months), index=X.index, columns=pd.Index(months, name="month"))
