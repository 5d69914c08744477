"""A logit over words too: each word that is common enough becomes a column of zeros and ones."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.model_files import check_columns, field, of_kind
from credit.scorers.base import Scorer
from credit.scorers.logistic import LEAST_DEFAULTS, LogisticScorer

KIND = "indicator_scorer"


class IndicatorScorer(Scorer):
    """`LogisticScorer` for tables with categories: the plain challenger of every other scorer.

    Words with fewer than `least_rows` rows have no column of their own; they, words never seen and missing ones share
    the level of the constant. The contribution of a category is that of its indicators together.

    Args:
        ridge: see `LogisticScorer`.
        directions: of numbers; categories are free.
        least_rows: rows that a word needs for a column of its own.
        least_defaults: see `LogisticScorer`.

    Attributes:
        words_: of each category, the words with a column of their own.
        logit_: the logit on numbers and indicators.
    """

    def __init__(
        self,
        ridge: float = 10.0,
        directions: Mapping[str, int] | None = None,
        least_rows: int = 50,
        least_defaults: int = LEAST_DEFAULTS,
    ) -> None:
        self.ridge = ridge
        self.directions = directions
        self.least_rows = least_rows
        self.least_defaults = least_defaults

    def fit(self, X: pd.DataFrame, y: np.ndarray, sample_weight: np.ndarray | None = None, data_hash: str = "") -> Self:
        """Fit on rows with outcome 0 (survived) or 1 (defaulted).

        Raises:
            BadInput: too few defaults or survivors, or a column that is neither number nor category.
        """
        data = self._learn_schema(X, y, sample_weight, self.least_defaults)
        self.words_ = {}
        for name in self.features_:
            if isinstance(data.X[name].dtype, pd.CategoricalDtype):
                counts = data.X[name].astype("string").value_counts()
                self.words_[name] = sorted(str(word) for word, count in counts.items() if count >= self.least_rows)
        directions = {name: sign for name, sign in (self.directions or {}).items() if name in self.features_} or None
        logit = LogisticScorer(self.ridge, directions, least_defaults=self.least_defaults)
        self.logit_ = logit.fit(self._spread(data.X), data.is_default, data.weights, data_hash)
        self.data_hash_ = data_hash
        return self

    def log_odds(self, X: pd.DataFrame) -> np.ndarray:
        """Log-odds of default of each row."""
        spread = self._spread(self._known_columns(X))
        return self.logit_.log_odds(spread)

    def contributions(self, X: pd.DataFrame) -> pd.DataFrame:
        """Points each feature adds against the firm at the mean of everything."""
        spread = self.logit_.contributions(self._spread(self._known_columns(X)))
        own = {name: spread[self._columns_of(name)].sum(axis=1) for name in self.features_}
        return pd.DataFrame(own, index=spread.index)

    def to_json(self) -> dict[str, Any]:
        """Everything that scoring needs, as plain JSON values."""
        return {
            "kind": KIND,
            "ridge": self.ridge,
            "directions": dict(self.directions or {}),
            "least_rows": self.least_rows,
            "features": self.features_,
            "words": self.words_,
            "logit": self.logit_.to_json(),
            "data_hash": self.data_hash_,
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Rebuild a fitted scorer.

        Raises:
            BadInput: another kind of model, or a field is missing.
        """
        of_kind(content, KIND)
        scorer = cls(*(field(content, name, KIND) for name in ("ridge", "directions", "least_rows")))
        scorer._set_schema(field(content, "features", KIND))
        scorer.words_ = field(content, "words", KIND)
        scorer.logit_ = LogisticScorer.from_json(field(content, "logit", KIND))
        scorer.data_hash_ = field(content, "data_hash", KIND)
        return scorer

    def _columns_of(self, name: str) -> list[str]:
        return [f"{name} is {word}" for word in self.words_[name]] if name in self.words_ else [name]

    def _spread(self, X: pd.DataFrame) -> pd.DataFrame:
        """Numbers as they are, categories as indicators.

        Raises:
            BadInput: a column is absent, unknown, or a category holds numbers.
        """
        check_columns(X, self.features_)
        columns: dict[str, Any] = {}
        for name in self.features_:
            if name not in self.words_:
                columns[name] = X[name]
                continue
            if pd.api.types.is_numeric_dtype(X[name]) and X[name].notna().any():
                raise BadInput(Problem("must hold words, as in the training table", field=name))
            words = X[name].astype("string")
            for word, column in zip(self.words_[name], self._columns_of(name), strict=True):
                columns[column] = (words == word).fillna(False).to_numpy(dtype=float)
        return pd.DataFrame(columns, index=X.index)
