"""Inner folds: the same on every run, each with its share of defaults, rows that belong together together."""

from typing import Any

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.scorers.training_data import TrainingData

FOLDS = 5
MOST_ALIKE_BY_CHANCE = 0.01
"""Other rows that a row may be expected to equal by chance; beyond it columns are too coarse to tell rows apart."""


def folds(data: TrainingData, groups: Any, sample_weight: Any, seed: int) -> np.ndarray:
    """A fold for each row, 0 to FOLDS - 1: labels dealt round within each outcome, in an order drawn by seed.

    Without labels each row is dealt by itself, but copies of a row follow the first of them: a copy left out would be
    known by heart.

    Args:
        data: the rows to learn from.
        groups: a label for each row that was given, whether it has weight or not; None makes each row its own, with
            its copies.
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
    copies = copies_of(data.X) if groups is None else None
    if copies is not None:
        _, first, which = np.unique(copies, return_index=True, return_inverse=True)
        labels = first[which]
    return fold[labels]


def copies_of(X: pd.DataFrame) -> np.ndarray | None:
    """A label a row, shared by rows that are alike in every column.

    None where the columns are so coarse that rows are alike by chance and copies cannot be told from different firms:
    where the chance that two rows agree in each column, were the columns independent, times the number of rows exceeds
    MOST_ALIKE_BY_CHANCE.
    """
    alike = float(len(X))
    for name in X.columns:
        counts = np.bincount(pd.factorize(X[name], use_na_sentinel=False)[0]).astype(float)
        alike *= float(counts @ (counts - 1.0)) / max(len(X) * (len(X) - 1.0), 1.0)
        if alike <= MOST_ALIKE_BY_CHANCE:
            return pd.util.hash_pandas_object(X, index=False).to_numpy()
    return None
