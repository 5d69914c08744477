"""Inner folds: the same on every run, each with its share of defaults, rows that belong together together."""

from typing import Any

import numpy as np

from credit.errors import BadInput, Problem
from credit.scorers.training_data import TrainingData

FOLDS = 5


def folds(data: TrainingData, groups: Any, sample_weight: Any, seed: int) -> np.ndarray:
    """A fold for each row, 0 to FOLDS - 1: labels dealt round within each outcome, in an order drawn by seed.

    Args:
        data: the rows to learn from.
        groups: a label for each row that was given, whether it has weight or not; None makes each row its own.
        sample_weight: the weights that were given with them.
        seed: of the order.

    Raises:
        BadInput: not one label a row.
    """
    rows = len(data.X)
    if groups is None:
        labels, has_defaulted = np.arange(rows), data.is_default > 0
    else:
        given = np.asarray(groups)
        has_weight = np.ones(len(given), dtype=bool) if sample_weight is None else np.asarray(sample_weight) > 0
        if has_weight.shape != given.shape or has_weight.sum() != rows:
            raise BadInput(Problem("must have one label for each row", field="groups", value=len(given)))
        labels = np.unique(given[has_weight].astype(str), return_inverse=True)[1]
        has_defaulted = np.bincount(labels, weights=data.is_default) > 0
    order = np.lexsort((np.random.default_rng(seed).random(len(has_defaulted)), has_defaulted))
    fold = np.empty(len(has_defaulted), dtype=int)
    fold[order] = np.arange(len(has_defaulted)) % FOLDS
    return fold[labels]
