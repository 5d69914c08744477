"""A scorer ranks firms: log-odds of default in, points out on a scale that people can remember."""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin

from credit.elementary import expit, log

POINTS, AT_ODDS, POINTS_TO_DOUBLE_ODDS = 600.0, 50.0, 20.0
"""The industry's usual scale: 600 points where 50 firms survive for each that defaults, 20 points double the odds."""

FACTOR = POINTS_TO_DOUBLE_ODDS / float(log(2.0))
"""Points a unit of log-odds: 28.8539."""

OFFSET = POINTS - FACTOR * float(log(AT_ODDS))
"""Points at even odds: 487.1229."""


def points_of(log_odds_of_default: np.ndarray) -> np.ndarray:
    """Points for log-odds of default; more points mean less risk."""
    return OFFSET - FACTOR * np.asarray(log_odds_of_default, dtype=float)


class Scorer(ClassifierMixin, BaseEstimator, ABC):
    """Orders firms by risk; scikit-learn's conventions, with a data frame whose columns have names.

    A scorer supplies `log_odds`; probabilities and points follow. How good the level is, and when default comes,
    is the business of `credit.survival`: a score is not yet a PD curve.
    """

    @abstractmethod
    def log_odds(self, X: pd.DataFrame) -> np.ndarray:
        """Log-odds of default of each row, shape (rows,).

        Raises:
            BadInput: the columns are not those of the fit; each wrong one is named.
        """

    @abstractmethod
    def contributions(self, X: pd.DataFrame) -> pd.DataFrame:
        """Points that each feature adds to the average firm's, one column a feature; they sum to the difference."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Everything that scoring needs, as plain JSON values."""

    def points(self, X: pd.DataFrame) -> np.ndarray:
        """Points of each row: more is safer."""
        return points_of(self.log_odds(X))

    def predict_pd(self, X: pd.DataFrame) -> np.ndarray:
        """Probability of the outcome the scorer was fitted on, shape (rows,)."""
        return np.asarray(expit(self.log_odds(X)))

    def predict_proba(self, X: pd.DataFrame) -> np.ndarray:
        """Probabilities of survival and default, shape (rows, 2)."""
        pd_ = self.predict_pd(X)
        return np.column_stack([1.0 - pd_, pd_])

    def decision_function(self, X: pd.DataFrame) -> np.ndarray:
        """Log-odds of default, under scikit-learn's name."""
        return self.log_odds(X)

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """1 where default is more likely than not."""
        return (self.log_odds(X) > 0).astype(int)

    def reasons(self, X: pd.DataFrame, most: int = 3) -> pd.Series:
        """Codes of the features that cost a firm most points, worst first, joined by `;`; missing where none costs any.

        A feature costs points when it leaves the firm below the average firm. Codes are the features' names, with
        `.missing` where the cost comes from not knowing it.
        """
        costs = self.contributions(X)
        values, names = costs.to_numpy(), np.array(costs.columns, dtype=object)
        order = np.argsort(values, axis=1, kind="stable")[:, :most]
        unknown = X.reindex(columns=costs.columns).isna().to_numpy()
        told: list[str | None] = []
        for row, worst in enumerate(order):
            codes = [f"{names[j]}.missing" if unknown[row, j] else names[j] for j in worst if values[row, j] < 0]
            told.append(";".join(codes) or None)
        return pd.Series(told, index=X.index, dtype="string", name="reasons")
