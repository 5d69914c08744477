"""What stands between the parts of a combined score: leverage that sharpens the person, and a person nobody may see."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd

from credit.elementary import expit, log
from credit.model_files import floats_of, rounded, weighted_sum

FURTHEST = 3.0
"""Standard deviations beyond which leverage counts as that far."""
_NODES, _NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(15)
_NODE_WEIGHTS = _NODE_WEIGHTS / _NODE_WEIGHTS.sum()


@dataclass(frozen=True)
class Leverage:
    """A firm's leverage against the mean, in standard deviations.

    Attributes:
        column: where it stands.
        mean, spread: of the known values; spread 0 marks a column that is absent or says nothing.
    """

    column: str
    mean: float = 0.0
    spread: float = 0.0

    @classmethod
    def learnt_from(cls, frame: pd.DataFrame, column: str, weights: np.ndarray) -> Self:
        """Mean and spread of a column, where it is there."""
        if column not in frame:
            return cls(column)
        values = floats_of(frame[column], column)
        known = np.isfinite(values)
        if not known.any():
            return cls(column)
        mean = np.average(values[known], weights=weights[known])
        spread = np.sqrt(np.average((values[known] - mean) ** 2, weights=weights[known]))
        return cls(column, float(rounded(mean)), float(rounded(spread)))

    def of(self, frame: pd.DataFrame) -> np.ndarray:
        """Each row's leverage, held within FURTHEST; 0 where not known."""
        if self.spread == 0:
            return np.zeros(len(frame))
        values = (floats_of(frame[self.column], self.column) - self.mean) / self.spread
        return np.nan_to_num(np.clip(values, -FURTHEST, FURTHEST), nan=0.0)


@dataclass(frozen=True)
class ExpectedPerson:
    """What the other parts let one expect of a person who may not be looked at: a normal distribution of the score.

    Attributes:
        coefficients: of the person's mean score on a constant, the other parts' scores and leverage.
        spread: standard deviation around it.
    """

    coefficients: tuple[float, ...]
    spread: float

    @classmethod
    def learnt_from(cls, scores: np.ndarray, leverage: np.ndarray, weights: np.ndarray) -> Self:
        """Least squares over firms whose person is known.

        Args:
            scores: standardised, the person's first, shape (rows, parts).
            leverage: shape (rows,).
            weights: of the rows.
        """
        design, root = _design(scores, leverage), np.sqrt(weights)
        found = rounded(np.linalg.lstsq(design * root[:, None], scores[:, 0] * root, rcond=None)[0])
        away = scores[:, 0] - weighted_sum(design, found)
        return cls(tuple(found.tolist()), float(rounded(np.sqrt(np.average(away**2, weights=weights)))))

    def log_odds(self, scores: np.ndarray, leverage: np.ndarray, slope: np.ndarray, others: np.ndarray) -> np.ndarray:
        """Log-odds of the mean PD over the persons there may be (Gauss-Hermite, 15 nodes).

        Args:
            scores: as above; the person's is not read.
            leverage: shape (rows,).
            slope: what a unit of the person's score adds to the log-odds.
            others: log-odds owed to everything else.
        """
        middle = others + slope * weighted_sum(_design(scores, leverage), np.array(self.coefficients))
        mean = np.zeros(len(middle))
        for node, weight in zip(_NODES.tolist(), _NODE_WEIGHTS.tolist(), strict=True):
            mean = mean + weight * np.asarray(expit(middle + np.abs(slope) * self.spread * node))
        return np.asarray(log(mean / (1.0 - mean)))


def _design(scores: np.ndarray, leverage: np.ndarray) -> np.ndarray:
    return np.column_stack([np.ones(len(scores)), scores[:, 1:], leverage])
