"""A scorer ranks firms: log-odds of default in, points out on a scale that people can remember."""

import warnings
from abc import ABC, abstractmethod
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError
from sklearn.utils import Tags

from credit.elementary import expit, log
from credit.errors import BadInput, Problem
from credit.scorers.training_data import TrainingData, frame_of, training_data

POINTS, AT_ODDS, POINTS_TO_DOUBLE_ODDS = 600.0, 50.0, 20.0
"""The industry's usual scale: 600 points where 50 firms survive for each that defaults, 20 points double the odds."""

FACTOR = POINTS_TO_DOUBLE_ODDS / float(log(2.0))
"""Points a unit of log-odds: 28.8539."""

OFFSET = POINTS - FACTOR * float(log(AT_ODDS))
"""Points at even odds: 487.1229."""


def points_of(log_odds_of_default: np.ndarray) -> np.ndarray:
    """Points for log-odds of default; more points mean less risk."""
    return OFFSET - FACTOR * np.asarray(log_odds_of_default, dtype=float)


def whole_parts(exact: np.ndarray, total: np.ndarray) -> np.ndarray:
    """Whole numbers near `exact` whose rows sum to the rounded totals: largest remainders, ties to the left.

    Args:
        exact: parts, shape (rows, parts); a row sums to its total but for rounding.
        total: shape (rows,); rounded half to even.
    """
    whole = np.floor(exact)
    missing = np.rint(total) - whole.sum(axis=1)
    rank = np.argsort(np.argsort(-(exact - whole), axis=1, kind="stable"), axis=1)
    return (whole + (rank < missing[:, None])).astype(np.int64)


def _most_moved(moved: pd.DataFrame, sign: float, most: int) -> pd.Series:
    """The features that moved most in one direction, with the points they moved."""
    values, names = moved.to_numpy(), np.array(moved.columns, dtype=object)
    order = np.argsort(-sign * values, axis=1, kind="stable")[:, :most]
    told = [
        ";".join(f"{names[j]}:{values[row, j]:+.1f}" for j in places if sign * values[row, j] >= 0.05) or None
        for row, places in enumerate(order)
    ]
    return pd.Series(told, index=moved.index, dtype="string")


PARTED_FROM_SCIKIT_LEARN = {
    "check_sample_weight_equivalence_on_dense_data": (
        "weights say how a sample stands for its population, so only their ratios count: weight 2 everywhere is no "
        "more evidence than weight 1, where repeating every row would be. A weight of zero equals the row's absence."
    ),
    "check_classifiers_classes": (
        "outcomes are numbers. Among texts scikit-learn takes the last in the alphabet as the positive class, and "
        "'good' comes after 'bad': a lender's table would be learnt upside down without a word."
    ),
}
"""Where every scorer parts from `sklearn.utils.estimator_checks.check_estimator`, by check, and why.

Cards that an expert wrote (`expert_scorecard`, and `informative_prior` on top of one) are out of those checks: they ask
for the columns that their card names, and the checks bring columns without names.
"""


class Scorer(ClassifierMixin, BaseEstimator, ABC):
    """Orders firms by risk; scikit-learn's conventions, with a data frame whose columns have names.

    A scorer supplies `fit`, `log_odds` and `contributions`; probabilities and points follow. How good the level is, and
    when default comes, is the business of `credit.survival`: a score is not yet a PD curve.

    Features come as a data frame, whose columns are found by name in any order, or as an array, whose columns are x0,
    x1 and so on. A subclass calls `_learn_schema` first in `fit` and `_known_columns` first in whatever takes X.

    Attributes:
        features_: features in order.
        feature_names_in_: the same as an array, where the fit was given names.
        n_features_in_: how many.
        classes_: the labels of survival and default, as the fit was given them.
    """

    features_: list[str]

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
        """The label of default where default is more likely than not, else that of survival."""
        is_likely = self.log_odds(X) > 0
        return self.classes_[is_likely.astype(int)]

    def reasons(self, X: pd.DataFrame, most: int = 3) -> pd.Series:
        """Codes of the features that cost a firm most points, worst first, joined by `;`; missing where none costs any.

        A feature costs points when it leaves the firm below the average firm. Codes are the features' names, with
        `.missing` where the cost comes from not knowing it.
        """
        frame = self._known_columns(X)
        costs = self.contributions(frame)
        values, names = costs.to_numpy(), np.array(costs.columns, dtype=object)
        order = np.argsort(values, axis=1, kind="stable")[:, :most]
        unknown = np.column_stack(
            [frame[name].isna() if name in frame else np.zeros(len(frame), dtype=bool) for name in costs.columns]
        )
        told: list[str | None] = []
        for row, worst in enumerate(order):
            codes = [f"{names[j]}.missing" if unknown[row, j] else names[j] for j in worst if values[row, j] < 0]
            told.append(";".join(codes) or None)
        return pd.Series(told, index=frame.index, dtype="string", name="reasons")

    def reasons_of_decline(self, X: pd.DataFrame, below_points: float, most: int = 3) -> pd.Series:
        """Reasons of the rows whose points lie below a cut-off, and missing for the others, who need none."""
        frame = self._known_columns(X)
        is_declined = self.points(frame) < below_points
        told = pd.Series(pd.NA, index=frame.index, dtype="string", name="reasons")
        if is_declined.any():
            told[is_declined] = self.reasons(frame[is_declined], most).to_numpy()
        return told

    def reasons_of_change(self, before: pd.DataFrame, after: pd.DataFrame, most: int = 3) -> pd.DataFrame:
        """What moved the points of the same firms between two days.

        Args:
            before: features of the earlier day.
            after: features of the later day, the same firms in the same order.
            most: how many features to name on each side.

        Returns:
            `points_before`, `points_after`, `change` (their difference), `worse` and `better`: the features that took
            and gave most points, largest first, as `name:-12.3;name:-4.0`, missing where there are none.

        Raises:
            BadInput: the two tables do not hold the same rows.
        """
        first, last = self._known_columns(before), self._known_columns(after)
        if not first.index.equals(last.index):
            raise BadInput(Problem("before and after must hold the same firms in the same order", field="index"))
        moved = self.contributions(last) - self.contributions(first)
        told = pd.DataFrame({"points_before": self.points(first), "points_after": self.points(last)}, index=first.index)
        told["change"] = told["points_after"] - told["points_before"]
        for name, sign in (("worse", -1.0), ("better", 1.0)):
            told[name] = _most_moved(moved, sign, most)
        return told

    def whole_points(self, X: pd.DataFrame) -> pd.DataFrame:
        """Points as people add them up: whole numbers in a row that sum exactly.

        Each part is rounded down, and the points then missing go one each to the largest remainders, so that every part
        is within one point of its true value.

        Returns:
            `average` (the points from which contributions are counted), one column a feature, and `points`, integers.
        """
        frame = self._known_columns(X)
        parts = self.contributions(frame)
        points = self.points(frame)
        exact = np.column_stack([points - parts.to_numpy().sum(axis=1), parts.to_numpy()])
        whole = whole_parts(exact, points)
        told = pd.DataFrame(whole, index=frame.index, columns=["average", *parts.columns])
        return told.assign(points=whole.sum(axis=1))

    def _learn_schema(self, X: Any, y: Any, sample_weight: Any = None, least_defaults: int = 1) -> TrainingData:
        """Check the rows to learn from, and remember their columns and labels.

        Raises:
            BadInput: see `credit.scorers.training_data.training_data`.
        """
        data = training_data(X, y, sample_weight, least_defaults)
        self._set_schema([str(name) for name in data.X.columns], data.has_names)
        self.classes_ = data.classes
        return data

    def _set_schema(self, features: list[str], has_names: bool | None = None) -> None:
        """Remember the columns under scikit-learn's names too; a rebuilt scorer sees from them whether they had any."""
        if has_names is None:
            has_names = features != [f"x{position}" for position in range(len(features))]
        self.features_, self.n_features_in_ = features, len(features)
        self.classes_ = np.array([0, 1])
        if has_names:
            self.feature_names_in_ = np.array(features, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_

    def _known_columns(self, X: Any) -> pd.DataFrame:
        """X as a data frame; an array has the fit's columns in the fit's order.

        Raises:
            NotFittedError: before `fit`.
            BadInput: an array of another width.
        """
        if not hasattr(self, "features_"):
            raise NotFittedError(f"This {type(self).__name__} instance is not fitted yet: call fit first")
        frame = frame_of(X)
        if isinstance(X, pd.DataFrame):
            return frame
        name = type(self).__name__
        if frame.shape[1] != len(self.features_):
            rule = f"X has {frame.shape[1]} features, but {name} is expecting {len(self.features_)} features as input"
            raise BadInput(Problem(rule))
        if hasattr(self, "feature_names_in_"):
            told = f"X does not have valid feature names, but {name} was fitted with feature names"
            warnings.warn(told, UserWarning, stacklevel=3)
        return frame.set_axis(self.features_, axis=1)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        tags.input_tags.allow_nan = True
        return tags
