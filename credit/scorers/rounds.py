"""How many trees: as many as served rows that were left out best."""

from collections.abc import Callable
from typing import Any

import numpy as np

from credit.scorers.category_encoding import CategoryEncoding
from credit.scorers.folds import FOLDS
from credit.scorers.training_data import TrainingData

PATIENCE_ROUNDS = 100
ROUNDS_UNTRIED = 100
"""Trees on a handful of rows, where nothing can be left out."""


def rounds_left_out(
    data: TrainingData,
    fold: np.ndarray,
    doubt: float,
    settings: Callable[[CategoryEncoding], dict[str, Any]],
    most_rounds: int,
    tried_folds: int,
) -> int:
    """The number of trees at which the log loss on rows left out was least, for all rows.

    Categories are encoded anew inside each fold. The median over the folds is raised by the share of rows that were
    left out: more rows bear more trees.

    Args:
        data: the rows to learn from.
        fold: of each row, 0 to FOLDS - 1.
        doubt: of the encoding.
        settings: LightGBM's, for encoded columns.
        most_rounds: where the search ends.
        tried_folds: how many folds are left out in turn.
    """
    import lightgbm

    found = []
    X, y, weights = data.X, data.is_default, data.weights
    for left_out in range(tried_folds):
        is_train = fold != left_out
        if not 0 < y[is_train].sum() < is_train.sum() or is_train.all():
            continue
        encoding = CategoryEncoding(doubt)
        inner = np.unique(fold[is_train], return_inverse=True)[1]
        values = encoding.fit_transform(X[is_train], y[is_train], weights[is_train], inner)
        train = lightgbm.Dataset(values, y[is_train], weight=weights[is_train], categorical_feature=encoding.unordered_)
        others = encoding.transform(X[~is_train])
        rest = lightgbm.Dataset(others, y[~is_train], weight=weights[~is_train], reference=train)
        stop = lightgbm.early_stopping(PATIENCE_ROUNDS, verbose=False)
        booster = lightgbm.train(settings(encoding), train, most_rounds, valid_sets=[rest], callbacks=[stop])
        found.append(booster.best_iteration or booster.current_iteration())
    if not found:
        return min(ROUNDS_UNTRIED, most_rounds)
    return max(1, round(float(np.median(found)) * FOLDS / (FOLDS - 1)))
