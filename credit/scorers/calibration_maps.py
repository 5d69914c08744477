"""Maps from a score's log-odds to honest log-odds: rising, and never certain.

Sources: J. Platt, Probabilistic outputs for support vector machines (1999); M. Kull, T. Silva Filho and P. Flach, Beta
calibration (AISTATS 2017); B. Zadrozny and C. Elkan, Transforming classifier scores (KDD 2002) for isotonic.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Self

import numpy as np
from scipy.optimize import isotonic_regression

from credit.elementary import exp, log
from credit.model_files import rounded, weighted_sum
from credit.scorers.signed_logit import fit_signed_logit

LIMIT = 13.8
"""Log-odds are held within this: a PD between one in a million and all but one in a million."""
DOUBT = 1.0
"""Defaulters, at the mean rate, that each step of the isotonic map is mixed with: no step is sure."""
RIDGE = 0.05
"""On the slopes, per unit of log-odds: enough to give a maximum where the score separates the outcomes."""


class CalibrationMap(ABC):
    """Log-odds in, log-odds out, never falling."""

    @abstractmethod
    def fit(self, log_odds: np.ndarray, y: np.ndarray, weights: np.ndarray) -> Self:
        """Learn from scores of rows that the scorer has not seen, outcomes 0 or 1 and weights of mean 1."""

    @abstractmethod
    def of(self, log_odds: np.ndarray) -> np.ndarray:
        """Calibrated log-odds within LIMIT, the same bits for one or many."""

    @abstractmethod
    def values(self) -> list[list[float]]:
        """What it learnt, as plain JSON values."""

    @classmethod
    @abstractmethod
    def from_values(cls, values: Sequence[Sequence[float]]) -> Self:
        """Rebuild from `values`."""


class Beta(CalibrationMap):
    """constant + a * log(p) - b * log(1 - p) with a, b >= 0: bends the two tails apart."""

    def fit(self, log_odds: np.ndarray, y: np.ndarray, weights: np.ndarray) -> Self:
        """Maximum likelihood under the signs, outcomes as Platt takes them: one more of each kind, so never certain."""
        design = self._design(log_odds)
        signs = np.ones(design.shape[1], dtype=int)
        names = [f"slope {position + 1}" for position in range(len(signs))]
        bad, good = weights @ y, weights @ (1.0 - y)
        unsure = np.where(y > 0, (bad + 1.0) / (bad + 2.0), 1.0 / (good + 2.0))
        constant, slopes = fit_signed_logit(design, unsure, names, weights, RIDGE, signs)
        self.coefficients_ = rounded(np.r_[constant, slopes])
        return self

    def of(self, log_odds: np.ndarray) -> np.ndarray:
        """Calibrated log-odds."""
        told = self.coefficients_[0] + weighted_sum(self._design(log_odds), self.coefficients_[1:])
        return np.clip(told, -LIMIT, LIMIT)

    def values(self) -> list[list[float]]:
        """The constant and the slopes."""
        return [self.coefficients_.tolist()]

    @classmethod
    def from_values(cls, values: Sequence[Sequence[float]]) -> Self:
        """Rebuild."""
        found = cls()
        found.coefficients_ = np.array(values[0], dtype=float)
        return found

    def _design(self, log_odds: np.ndarray) -> np.ndarray:
        held = np.clip(log_odds, -LIMIT, LIMIT)
        tail = np.asarray(log(1.0 + np.asarray(exp(-np.abs(held)))))
        return np.column_stack([np.minimum(held, 0.0) - tail, np.maximum(held, 0.0) + tail])


class Platt(Beta):
    """constant + slope * log-odds with slope >= 0: level and spread."""

    def _design(self, log_odds: np.ndarray) -> np.ndarray:
        return np.clip(log_odds, -LIMIT, LIMIT)[:, None]


class Isotonic(CalibrationMap):
    """The best rising steps, joined by straight lines between their middles, so that few firms tie."""

    def fit(self, log_odds: np.ndarray, y: np.ndarray, weights: np.ndarray) -> Self:
        """Pool adjacent violators, mix each step with DOUBT rows at the mean rate, join the middles."""
        order = np.argsort(log_odds, kind="stable")
        x, places = np.unique(log_odds[order], return_inverse=True)
        w = np.bincount(places, weights[order])
        hits = np.bincount(places, (weights * y)[order])
        blocks = isotonic_regression(hits / w, weights=w).blocks
        total, bad = np.add.reduceat(w, blocks[:-1]), np.add.reduceat(hits, blocks[:-1])
        middle = np.add.reduceat(w * x, blocks[:-1]) / total
        mean = hits.sum() / w.sum()
        rate = np.maximum.accumulate((bad + DOUBT * mean) / (total + DOUBT))
        self.at_, self.told_ = rounded(middle), rounded(np.log(rate / (1.0 - rate)))
        return self

    def of(self, log_odds: np.ndarray) -> np.ndarray:
        """Calibrated log-odds; flat beyond the outermost middles."""
        return np.clip(np.interp(log_odds, self.at_, self.told_), -LIMIT, LIMIT)

    def values(self) -> list[list[float]]:
        """Middles of the steps and their log-odds."""
        return [self.at_.tolist(), self.told_.tolist()]

    @classmethod
    def from_values(cls, values: Sequence[Sequence[float]]) -> Self:
        """Rebuild."""
        found = cls()
        found.at_, found.told_ = (np.array(part, dtype=float) for part in values)
        return found


MAPS: dict[str, type[CalibrationMap]] = {"isotonic": Isotonic, "platt": Platt, "beta": Beta}
