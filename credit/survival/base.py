"""A default model supplies the cumulative hazard; every other view of default timing follows from it.

Firms leave a book in several ways: they default, repay and go, or refinance elsewhere. Each way is a cause with its
own cumulative hazard, and the probability of default is the share that leaves by default before anything else takes
them: the cumulative incidence, never one minus Kaplan-Meier, which counts the departed as if they could still default.
With one cause the two are the same.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import numpy as np
import pandas as pd

from credit.elementary import exp
from credit.errors import BadInput, Problem

Months = Sequence[int] | np.ndarray

DEFAULT = "default"
"""The cause that a PD is about."""


class DefaultTiming(ABC):
    """When default comes. Time runs in completed months from the clock's start; answers have the shape (rows, times).

    One required method, `cumulative_hazard`; survival, PDs, incidences, hazards and the term structure are derived, so
    they can never contradict each other. Within a month the hazards of the causes keep their proportion.

    Attributes:
        causes: ways to leave; the first is `DEFAULT`.
    """

    causes: tuple[str, ...] = (DEFAULT,)

    @abstractmethod
    def cumulative_hazard(self, X: pd.DataFrame, times: Months, cause: str = DEFAULT) -> np.ndarray:
        """The cumulative hazard H(t) of a cause at each time, shape (rows, times): >= 0, rising in t, 0 at month 0.

        Raises:
            BadInput: the columns are not the model's, a time lies outside what it has seen, or it knows no such cause.
        """

    def cumulative_hazards(self, X: pd.DataFrame, times: Months) -> np.ndarray:
        """Those of all causes, shape (causes, rows, times)."""
        if len(self.causes) == 1:
            return self.cumulative_hazard(X, times)[None]
        return np.stack([self.cumulative_hazard(X, times, cause) for cause in self.causes])

    def survival(self, X: pd.DataFrame, times: Months) -> np.ndarray:
        """Probability of being still there at each time, no cause having struck: exp(-sum of H)."""
        return np.asarray(exp(-_over_causes(self.cumulative_hazards(X, times))))

    def cumulative_incidence(self, X: pd.DataFrame, times: Months, cause: str = DEFAULT, given: int = 0) -> np.ndarray:
        """Probability of leaving by a cause up to each time, of those still there at month `given`.

        Over the causes, and with the survival from `given` on, these sum to 1.

        Raises:
            BadInput: a time lies before `given`, or the model knows no such cause.
        """
        position, months = self._position(cause), np.asarray(times)
        if months.size and (months < given).any():
            raise BadInput(Problem(f"must be >= given ({given})", field="times", value=int(months.min())))
        if not months.size:
            return np.zeros((len(X), 0))
        if len(self.causes) == 1:
            hazards = self.cumulative_hazard(X, np.r_[given, months])
            return np.asarray(1.0 - exp(hazards[:, :1] - hazards[:, 1:]))
        every = np.arange(given, int(months.max()) + 1)
        lost = self._monthly_losses(X, every)[position]
        reached = np.concatenate([np.zeros((len(X), 1)), np.cumsum(lost, axis=1)], axis=1)
        return reached[:, months - given]

    def pd_by(self, X: pd.DataFrame, times: Months) -> np.ndarray:
        """Probability of default by each time; where a firm can also leave otherwise, the incidence of default."""
        if len(self.causes) == 1:
            return 1.0 - self.survival(X, times)
        return self.cumulative_incidence(X, times)

    def conditional_pd(self, X: pd.DataFrame, start: int, stop: int) -> np.ndarray:
        """Probability of default after month `start` and by month `stop` of those there at `start`, shape (rows,).

        Raises:
            BadInput: `stop` lies before `start`.
        """
        if stop < start:
            raise BadInput(Problem(f"must be >= start ({start})", field="stop", value=stop))
        return self.cumulative_incidence(X, [stop], given=start)[:, 0]

    def hazard(self, X: pd.DataFrame, times: Months, cause: str = DEFAULT) -> np.ndarray:
        """Probability of leaving by a cause in each month of those still there at its start."""
        position, months = self._position(cause), np.asarray(times)
        step = self.cumulative_hazards(X, months) - self.cumulative_hazards(X, months - 1)
        total = _over_causes(step)
        leaving = np.asarray(1.0 - exp(-total))
        return leaving if len(self.causes) == 1 else leaving * _shares(step, total)[position]

    def term_structure(self, X: pd.DataFrame, last_month: int) -> pd.DataFrame:
        """PD by the end of months 1 to `last_month`: one row for each of X, one column a month."""
        months = np.arange(1, last_month + 1)
        return pd.DataFrame(self.pd_by(X, months), index=X.index, columns=pd.Index(months, name="month"))

    def _position(self, cause: str) -> int:
        """Where a cause stands among the model's.

        Raises:
            BadInput: it does not.
        """
        if cause not in self.causes:
            rule = f"the model knows: {', '.join(self.causes)}"
            raise BadInput(Problem(rule, field="cause", value=cause))
        return self.causes.index(cause)

    def _monthly_losses(self, X: pd.DataFrame, months: np.ndarray) -> np.ndarray:
        """Share leaving by each cause in the months after the first given, of those there then."""
        hazards = self.cumulative_hazards(X, months)
        summed = _over_causes(hazards)
        alive = np.asarray(exp(summed[:, :1] - summed))
        step = np.diff(hazards, axis=2)
        return (alive[:, :-1] - alive[:, 1:]) * _shares(step, _over_causes(step))


def _over_causes(hazards: np.ndarray) -> np.ndarray:
    """The sum over causes, in their order (one cause is left as it is, to the bit)."""
    total = hazards[0]
    for other in hazards[1:]:
        total = total + other
    return total


def _shares(step: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Each cause's share of a month's hazard; 0 where there is none."""
    return np.divide(step, total, out=np.zeros_like(step), where=total > 0)
