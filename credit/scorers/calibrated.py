"""Any scorer with its level set right, by outcomes it had not seen when it scored them."""

from inspect import signature
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import clone

from credit.errors import BadInput, Problem
from credit.model_files import field, of_kind
from credit.one_thread import on_one_thread
from credit.scorers.base import Scorer, points_of
from credit.scorers.calibration_maps import MAPS
from credit.scorers.folds import folds
from credit.scorers.registry import scorer_of

KIND = "calibrated_scorer"
CALIBRATION = "calibration"
"""The column of contributions that holds what the map adds; it is never a reason."""


class CalibratedScorer(Scorer):
    """A scorer behind a rising map of its log-odds.

    The map is learnt on log-odds that copies of the scorer gave to rows left out of their fit; then the scorer learns
    from all rows. The order of firms stays (the isotonic map may tie neighbours), and no PD is ever 0 or 1.

    Args:
        scorer: the scorer, unfitted; it is cloned, never changed.
        method: `isotonic` (any shape, needs some thousand rows), `platt` (level and spread) or `beta` (also the tails).

    Attributes:
        scorer_: fitted on all rows.
        map_: see `credit.scorers.calibration_maps`.
        rows_, defaults_, data_hash_: what it learnt from.
    """

    def __init__(self, scorer: Scorer, method: str = "platt") -> None:
        self.scorer = scorer
        self.method = method

    @on_one_thread
    def fit(
        self,
        X: pd.DataFrame,
        y: np.ndarray,
        sample_weight: np.ndarray | None = None,
        data_hash: str = "",
        groups: np.ndarray | None = None,
    ) -> Self:
        """Fit scorer and map.

        Args:
            X: features.
            y: two outcomes, the larger one default.
            sample_weight: how much each row stands for.
            data_hash: SHA-256 of the data.
            groups: a label a row; rows that share it (months of one firm) are left out together.

        Raises:
            BadInput: an unknown method, or what the scorer refuses.
        """
        if self.method not in MAPS:
            raise BadInput(Problem(f"must be one of {', '.join(MAPS)}", field="method", value=self.method))
        data = self._learn_schema(X, y, sample_weight)
        fold = folds(data, groups, sample_weight, seed=0)
        kept = None if groups is None else _with_weight(np.asarray(groups), sample_weight)
        odds = np.empty(len(data.X))
        for left_out in np.unique(fold):
            train, test = fold != left_out, fold == left_out
            if not 0 < data.is_default[train].sum() < train.sum():
                train = np.ones(len(fold), dtype=bool)  # a handful of rows: nothing can be left out
            own = None if kept is None else kept[train]
            part = self._fitted(data.X[train], data.is_default[train], data.weights[train], "", own)
            odds[test] = part.log_odds(data.X[test])
        self.map_ = MAPS[self.method]().fit(odds, data.is_default, data.weights)
        self.scorer_ = self._fitted(data.X, data.is_default, data.weights, data_hash, kept)
        self.rows_, self.defaults_, self.data_hash_ = len(data.X), int(data.is_default.sum()), data_hash
        return self

    def log_odds(self, X: pd.DataFrame) -> np.ndarray:
        """Calibrated log-odds of default of each row."""
        frame = self._known_columns(X)
        return self.map_.of(self.scorer_.log_odds(frame))

    def contributions(self, X: pd.DataFrame) -> pd.DataFrame:
        """The scorer's own contributions, and what the map adds to the points they lead to."""
        frame = self._known_columns(X)
        told = self.scorer_.contributions(frame)
        return told.assign(**{CALIBRATION: points_of(self.log_odds(frame)) - self.scorer_.points(frame)})

    def reasons(self, X: pd.DataFrame, most: int = 3) -> pd.Series:
        """The scorer's own reasons: the map moves levels, it judges nobody."""
        frame = self._known_columns(X)
        return self.scorer_.reasons(frame, most)

    def to_json(self) -> dict[str, Any]:
        """Everything that scoring needs, as plain JSON values."""
        return {
            "kind": KIND,
            "method": self.method,
            "map": self.map_.values(),
            "scorer": self.scorer_.to_json(),
            "features": self.features_,
            "rows": self.rows_,
            "defaults": self.defaults_,
            "data_hash": self.data_hash_,
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Rebuild a fitted scorer.

        Raises:
            BadInput: another kind of model, a field is missing, or an unknown method.
        """
        of_kind(content, KIND)
        method = field(content, "method", KIND)
        if method not in MAPS:
            raise BadInput(Problem(f"must be one of {', '.join(MAPS)}", field="method", value=method))
        inner = scorer_of(field(content, "scorer", KIND))
        scorer = cls(inner, method)
        scorer.scorer_, scorer.map_ = inner, MAPS[method].from_values(field(content, "map", KIND))
        for name in ("rows", "defaults", "data_hash"):
            setattr(scorer, f"{name}_", field(content, name, KIND))
        scorer._set_schema([str(name) for name in field(content, "features", KIND)])
        return scorer

    def _fitted(
        self, X: pd.DataFrame, y: np.ndarray, weights: np.ndarray, data_hash: str, groups: np.ndarray | None
    ) -> Scorer:
        """A fresh copy of the scorer, fitted; it is told the groups where it knows what to do with them."""
        fresh: Any = clone(self.scorer)
        together = {"groups": groups} if groups is not None and "groups" in signature(fresh.fit).parameters else {}
        fitted: Scorer = fresh.fit(X, y, sample_weight=weights, data_hash=data_hash, **together)
        return fitted


def _with_weight(groups: np.ndarray, sample_weight: Any) -> np.ndarray:
    return groups if sample_weight is None else groups[np.asarray(sample_weight) > 0]
