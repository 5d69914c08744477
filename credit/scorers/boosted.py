"""Gradient-boosted trees under a policy on directions: LightGBM, held to one answer and to words one can sign.

Monotone where policy says so, the same bits on every refit, stopped on rows it did not learn from, kept as JSON around
LightGBM's own text, and able to say which feature cost a firm how many points (TreeSHAP).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

import numpy as np
import pandas as pd

from credit.elementary import log
from credit.errors import BadInput, Problem
from credit.files import sha256_of_text
from credit.model_files import check_columns, field, of_kind, rounded
from credit.scorers.base import FACTOR, Scorer, points_of
from credit.scorers.category_encoding import CategoryEncoding
from credit.scorers.folds import FOLDS, folds
from credit.scorers.logistic import LEAST_DEFAULTS
from credit.scorers.rounds import rounds_left_out
from credit.scorers.training_data import TrainingData, directions_in_force

KIND = "boosted_scorer"
LARGE_ROWS = 20_000
"""Above this many rows one fold of a fifth tells when to stop as surely as five folds do, and larger trees pay."""
MOST_EXPLAINED_ROWS = 20_000
"""TreeSHAP takes seconds for ten thousand rows: declines and changes are explained, not everybody."""
CATEGORY_DOUBT_ROWS = 50.0
"""Doubt about a single group in splits that take sets of groups, in rows."""
BY_SIZE: dict[str, tuple[float, float]] = {
    "copies": (5, 1),
    "learning_rate": (0.03, 0.05),
    "leaves": (15, 31),
    "l2": (1.0, 5.0),
}
"""What settings are where nothing was asked for: up to LARGE_ROWS rows, and above."""
_TEXT_ENDS = "\nparameters:"


class BoostedScorer(Scorer):
    """LightGBM with monotone constraints, categories by their record, and contributions in points.

    The number of trees is where the log loss on rows left out was least (median over folds; rows that share a group
    are left out together), raised by the share of rows that were left out; then all rows are learnt. Categories are
    encoded inside each fold, so that a row left out never lends its outcome to the rows that are learnt.

    Missing values follow the side that fits better at each split; a constraint holds among the known values.

    Where weights depend on the outcome alone (defaults were sampled more often than survivors), rows are learnt as they
    are and the log-odds are moved by the ratio of the weights: odds ratios do not depend on how outcomes were sampled,
    and weighting would waste rows (Prentice and Pyke, Biometrika 66, 1979).

    Settings that are None follow from the number of rows: BY_SIZE.

    Args:
        directions: +1 where more of a feature may only raise risk, -1 where it may only lower it; others are free.
            Categories have none.
        seed: of the draws of rows and columns.
        copies: boosters that differ by their draws alone; their log-odds are averaged. Each costs its time again; the
            fewer the rows, the more the luck of the draws matters.
        threads: for fitting and scoring more than LARGE_ROWS rows; fewer run on one, since threads would wait for each
            other. The result does not depend on it.
        rounds: number of trees; None finds it.
        most_rounds: where the search ends.
        learning_rate: what each tree may move.
        leaves: of a tree.
        most_bins: ranges that a number is cut into before trees see it.
        least_rows_a_leaf: fewer rows make no leaf.
        feature_share: of the columns drawn for each tree.
        row_share: of the rows drawn for each tree.
        l2: penalty on leaf values.
        doubt: see `credit.scorers.category_encoding`.
        least_defaults: fewer defaults, or fewer survivors, are refused.

    Attributes:
        encoding_: categories as numbers.
        directions_: the directions in force.
        rounds_: number of trees.
        model_texts_: LightGBM's text of each copy.
        sampling_log_odds_: what the ratio of weights adds to the trees' log-odds; 0 where weights were learnt from.
        base_log_odds_: log-odds from which contributions are counted: the mean over what the trees learnt from.
        data_hash_: SHA-256 of the data it learnt from.
        rows_, defaults_: what it learnt from.
    """

    def __init__(
        self,
        directions: Mapping[str, int] | None = None,
        seed: int = 0,
        copies: int | None = None,
        threads: int = 1,
        rounds: int | None = None,
        most_rounds: int = 2000,
        learning_rate: float | None = None,
        leaves: int | None = None,
        most_bins: int = 1023,
        least_rows_a_leaf: int = 20,
        feature_share: float = 0.4,
        row_share: float = 0.8,
        l2: float | None = None,
        doubt: float = 10.0,
        least_defaults: int = LEAST_DEFAULTS,
    ) -> None:
        self.directions = directions
        self.seed = seed
        self.copies = copies
        self.threads = threads
        self.rounds = rounds
        self.most_rounds = most_rounds
        self.learning_rate = learning_rate
        self.leaves = leaves
        self.most_bins = most_bins
        self.least_rows_a_leaf = least_rows_a_leaf
        self.feature_share = feature_share
        self.row_share = row_share
        self.l2 = l2
        self.doubt = doubt
        self.least_defaults = least_defaults

    def fit(
        self,
        X: pd.DataFrame,
        y: np.ndarray,
        sample_weight: np.ndarray | None = None,
        data_hash: str = "",
        groups: np.ndarray | None = None,
    ) -> Self:
        """Fit on rows with two outcomes, the larger one default.

        Args:
            X: numbers, NaN where not known, and columns of dtype `category`.
            y: outcomes.
            sample_weight: how much each row stands for.
            data_hash: SHA-256 of the data.
            groups: a label a row; rows that share it (months of one firm) are never torn apart by inner folds.

        Raises:
            BadInput: too few defaults, or a column that cannot be learnt from, by name.
        """
        data = self._learn_schema(X, y, sample_weight, self.least_defaults)
        self.directions_ = directions_in_force(self.directions, self.features_)
        for name in self.directions_:
            if isinstance(data.X[name].dtype, pd.CategoricalDtype):
                rule = "a category has no direction"
                raise BadInput(Problem(rule, field=name, remedy="leave it out of the directions, or give numbers"))
        fold = folds(data, groups, sample_weight, self.seed)
        ratio = _ratio_by_outcome(data)
        self.sampling_log_odds_ = 0.0 if ratio is None else float(rounded(np.asarray(log(ratio))))
        if ratio is not None:
            data = replace(data, weights=np.ones(len(data.X)))
        self.rounds_ = self._rounds_found(data, fold) if self.rounds is None else self.rounds
        self.encoding_ = CategoryEncoding(self.doubt)
        values = self.encoding_.fit_transform(data.X, data.is_default, data.weights, fold)
        copies = int(self._setting("copies", len(values)))
        self._set_models([self._trained(data, values, self.seed + copy) for copy in range(copies)])
        self.base_log_odds_ = float(self._shares(values[:1])[0, -1]) + self.sampling_log_odds_
        self.rows_, self.defaults_, self.data_hash_ = len(data.X), int(data.is_default.sum()), data_hash
        return self

    def log_odds(self, X: pd.DataFrame) -> np.ndarray:
        """Log-odds of default of each row, the same bits for one row or many."""
        values = self._values(self._known_columns(X))
        return self._mean(values, raw_score=True) + self.sampling_log_odds_

    def contributions(self, X: pd.DataFrame) -> pd.DataFrame:
        """Points each feature adds to the average over the rows learnt from (TreeSHAP); they sum to the difference.

        Raises:
            BadInput: more than MOST_EXPLAINED_ROWS rows.
        """
        frame = self._known_columns(X)
        if len(frame) > MOST_EXPLAINED_ROWS:
            rule = f"at most {MOST_EXPLAINED_ROWS} rows are explained at a time"
            raise BadInput(Problem(rule, field="X", value=len(frame), remedy="explain declines and changes only"))
        shares = self._shares(self._values(frame))[:, :-1]
        told = {name: np.zeros(len(frame)) for name in self.features_}
        for name, share in zip(self.encoding_.owners_, shares.T, strict=True):
            told[name] = told[name] - FACTOR * share
        return pd.DataFrame(told, index=frame.index)

    @property
    def average_points(self) -> float:
        """Points from which contributions are counted."""
        return float(points_of(np.array(self.base_log_odds_)))

    def to_json(self) -> dict[str, Any]:
        """Everything that scoring needs, as plain JSON values around LightGBM's text."""
        return {
            "kind": KIND,
            "parameters": {name: value for name, value in self.get_params().items() if name not in _NOT_KEPT},
            "features": self.features_,
            "directions": self.directions_,
            "encoding": self.encoding_.to_json(),
            "rounds": self.rounds_,
            "sampling_log_odds": self.sampling_log_odds_,
            "base_log_odds": self.base_log_odds_,
            "models": self.model_texts_,
            "models_sha256": sha256_of_text("".join(self.model_texts_)),
            "rows": self.rows_,
            "defaults": self.defaults_,
            "data_hash": self.data_hash_,
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Rebuild a fitted scorer.

        Raises:
            BadInput: another kind of model, a field is missing, or the trees are not those that were saved.
        """
        of_kind(content, KIND)
        directions = field(content, "directions", KIND)
        scorer = cls(directions=directions or None, **field(content, "parameters", KIND))
        for name in ("rounds", "sampling_log_odds", "base_log_odds", "rows", "defaults", "data_hash"):
            setattr(scorer, f"{name}_", field(content, name, KIND))
        scorer.directions_ = directions
        scorer.encoding_ = CategoryEncoding.from_json(field(content, "encoding", KIND))
        texts = field(content, "models", KIND)
        if sha256_of_text("".join(texts)) != field(content, "models_sha256", KIND):
            raise BadInput(Problem("the trees are not those that were saved", field="models", remedy="fit again"))
        scorer._set_schema([str(name) for name in field(content, "features", KIND)])
        scorer._set_models(texts)
        return scorer

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__getstate__().items() if name != "_boosters"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "model_texts_" in state:
            self._set_models(state["model_texts_"])

    def _set_models(self, texts: list[str]) -> None:
        import lightgbm

        self.model_texts_ = texts
        self._boosters = [lightgbm.Booster(model_str=text) for text in texts]

    def _shares(self, values: np.ndarray) -> np.ndarray:
        """Log-odds owed to each encoded column, and the base in the last place."""
        return self._mean(values, pred_contrib=True)

    def _mean(self, values: np.ndarray, **what: bool) -> np.ndarray:
        """What the copies say, averaged in their order."""
        threads = self._threads(len(values))
        total = np.asarray(self._boosters[0].predict(values, num_threads=threads, **what))
        for booster in self._boosters[1:]:
            total = total + np.asarray(booster.predict(values, num_threads=threads, **what))
        return total / len(self._boosters)

    def _values(self, frame: pd.DataFrame) -> np.ndarray:
        check_columns(frame, self.features_)
        return self.encoding_.transform(frame)

    def _threads(self, rows: int) -> int:
        return self.threads if rows > LARGE_ROWS else 1

    def _setting(self, name: str, rows: int) -> float:
        asked: float | None = getattr(self, name)
        return asked if asked is not None else BY_SIZE[name][rows > LARGE_ROWS]

    def _settings(self, encoding: CategoryEncoding, rows: int) -> dict[str, Any]:
        ordered = [self.directions_.get(name, 0) for name in encoding.numbers_]
        signs = ordered + [0] * (len(encoding.owners_) - len(ordered))
        return {
            "objective": "binary",
            "learning_rate": self._setting("learning_rate", rows),
            "num_leaves": self._setting("leaves", rows),
            "max_bin": self.most_bins,
            "min_data_in_leaf": self.least_rows_a_leaf,
            "feature_fraction": self.feature_share,
            "bagging_fraction": self.row_share,
            "bagging_freq": 1 if self.row_share < 1 else 0,
            "lambda_l2": self._setting("l2", rows),
            "cat_smooth": CATEGORY_DOUBT_ROWS,
            "cat_l2": CATEGORY_DOUBT_ROWS,
            "monotone_constraints": signs if any(signs) else None,
            "monotone_constraints_method": "basic",  # the finer methods were caught breaking it beside categories
            "seed": self.seed,
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": self._threads(rows),
            "verbose": -1,
        }

    def _rounds_found(self, data: TrainingData, fold: np.ndarray) -> int:
        rows = len(data.X)
        tried = 1 if rows > LARGE_ROWS else FOLDS
        return rounds_left_out(data, fold, self.doubt, lambda e: self._settings(e, rows), self.most_rounds, tried)

    def _trained(self, data: TrainingData, values: np.ndarray, seed: int) -> str:
        """All rows learnt by one copy with the number of trees found: LightGBM's text."""
        import lightgbm

        unordered = self.encoding_.unordered_
        train = lightgbm.Dataset(values, data.is_default, weight=data.weights, categorical_feature=unordered)
        settings = self._settings(self.encoding_, len(values))
        booster = lightgbm.train(settings | {"seed": seed}, train, self.rounds_)
        text = str(booster.model_to_string(num_iteration=self.rounds_))
        return text[: text.index(_TEXT_ENDS)] + "\n"  # the settings behind it name threads, not the model


_NOT_KEPT = ("directions", "threads")
"""Directions stand in the file as those in force; threads belong to the machine."""


def _ratio_by_outcome(data: TrainingData) -> float | None:
    """What a default weighs over what a survivor weighs; None where weights differ among either."""
    of_default, of_survivor = (data.weights[data.is_default == outcome] for outcome in (1.0, 0.0))
    if not all(len(own) and np.allclose(own, own[0], rtol=1e-9, atol=0.0) for own in (of_default, of_survivor)):
        return None
    return float(of_default[0] / of_survivor[0])
