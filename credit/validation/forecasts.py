"""Forecasts for rows that the scorer has not seen: by folds, by another table, or by a model from a file."""

from collections.abc import Callable
from dataclasses import dataclass
from inspect import signature
from typing import Any

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.metrics import Shift, psi
from credit.scorers.base import Scorer, points_of
from credit.validation_sets.base import ValidationSet

LEAST_DEFAULTS = 10
"""Fewer defaults, or survivors, say nothing about an order that would hold next year."""

Maker = Callable[[ValidationSet], Scorer]


@dataclass(frozen=True)
class Forecasts:
    """What scorers say about rows that they have not seen.

    Attributes:
        known: the rows judged.
        pd: forecast of each row, a share.
        fold: the fold of each row; 0 everywhere where one scorer judged all.
        shift: how the points of the rows judged differ from those learnt from; None for a scorer from a file.
        train: the rows learnt from; the same as `known` for folds, None for a scorer from a file.
        scorer: the one scorer that judged all rows; None for folds.
    """

    known: ValidationSet
    pd: np.ndarray
    fold: np.ndarray
    shift: Shift | None
    train: ValidationSet | None
    scorer: Scorer | None

    @property
    def points(self) -> np.ndarray:
        """Points of each row: more is safer."""
        held = np.clip(self.pd, 1e-12, 1.0 - 1e-12)
        return points_of(np.log(held) - np.log1p(-held))


def cross_validated(
    known: ValidationSet, make: Maker, folds: int, seed: int = 0, on_fold: Callable[[], None] = lambda: None
) -> Forecasts:
    """Each row judged by a scorer that learnt from the other folds; clusters of rows stay in one fold.

    The shift compares the points of rows not seen with those that the same scorers give to the rows they learnt from:
    it is near zero unless scorers know their own rows by heart.

    Args:
        known: the set.
        make: gives an unfitted scorer.
        folds: at least 2.
        seed: of the dealing.
        on_fold: called after each fold, for a progress bar.

    Raises:
        BadInput: too few defaults or survivors for the folds.
    """
    refuse_too_few(known, max(LEAST_DEFAULTS, 2 * folds))
    fold = folds_of(known, folds, seed)
    pd_, points = np.full(len(known.y), np.nan), np.full(len(known.y), np.nan)
    learnt_points, learnt_weights = [], []
    for held_out in range(folds):
        rows = fold == held_out
        learnt, judged = known.part(~rows), known.part(rows)
        scorer = fitted(make, learnt)
        pd_[rows], points[rows] = scorer.predict_pd(judged.X), scorer.points(judged.X)
        learnt_points.append(scorer.points(learnt.X))
        learnt_weights.append(learnt.weights)
        on_fold()
    shift = psi(np.concatenate(learnt_points), points, np.concatenate(learnt_weights), known.weights)
    return Forecasts(known, pd_, fold, shift, known, None)


def trained_elsewhere(test: ValidationSet, train: ValidationSet, make: Maker) -> Forecasts:
    """Rows judged by a scorer that learnt from another table of the same columns.

    Raises:
        BadInput: the columns differ, or a side has too few defaults or survivors.
    """
    refuse_too_few(train, LEAST_DEFAULTS)
    refuse_too_few(test, LEAST_DEFAULTS)
    X = like(test.X, train.X, test.name)
    scorer = fitted(make, train)
    shift = psi(scorer.points(train.X), scorer.points(X), train.weights, test.weights)
    return Forecasts(test, scorer.predict_pd(X), np.zeros(len(test.y), dtype=int), shift, train, scorer)


def of_scorer(test: ValidationSet, scorer: Scorer) -> Forecasts:
    """Rows judged by a fitted scorer; columns that it does not know are left aside.

    Raises:
        BadInput: a column that it needs is absent, or the rows have too few defaults or survivors.
    """
    refuse_too_few(test, LEAST_DEFAULTS)
    absent = [name for name in scorer.features_ if name not in test.X.columns]
    if absent:
        raise BadInput([Problem("the model needs this column", test.name, name) for name in absent])
    pd_ = scorer.predict_pd(test.X[list(scorer.features_)])
    return Forecasts(test, pd_, np.zeros(len(test.y), dtype=int), None, None, scorer)


def fitted(make: Maker, train: ValidationSet) -> Scorer:
    """A scorer that has learnt from a set; one that holds rows back inside its fit keeps clusters together."""
    scorer: Any = make(train)
    together = {"groups": train.clusters} if "groups" in signature(scorer.fit).parameters else {}
    scorer.fit(train.X, train.y, sample_weight=train.weights, data_hash=train.data_hash, **together)
    return scorer


def folds_of(known: ValidationSet, folds: int, seed: int) -> np.ndarray:
    """A fold for each row: clusters shuffled among those with as many defaults, and dealt round.

    Raises:
        BadInput: fewer than 2 folds.
    """
    if folds < 2:
        raise BadInput(Problem("must be >= 2", field="folds", value=folds))
    labels = np.arange(len(known.y)) if known.clusters is None else known.clusters
    names, at = np.unique(labels, return_inverse=True)
    defaults = np.bincount(at, weights=known.y)
    order = np.lexsort((np.random.default_rng(seed).random(len(names)), defaults))
    fold = np.empty(len(names), dtype=int)
    fold[order] = np.arange(len(names)) % folds
    return fold[at]


def refuse_too_few(known: ValidationSet, least: int) -> None:
    """Refuse what cannot be learnt from or judged.

    Raises:
        BadInput: fewer defaults or survivors with weight than asked for.
    """
    column = known.outcome_column
    problems = [
        Problem(f"at least {least} {name} with weight are needed", known.name, column, count, remedy="use more rows")
        for name, count in (
            ("defaults", int(((known.y == 1) & (known.weights > 0)).sum())),
            ("survivors", int(((known.y == 0) & (known.weights > 0)).sum())),
        )
        if count < least
    ]
    if problems:
        raise BadInput(problems)


def like(X: pd.DataFrame, train: pd.DataFrame, name: str) -> pd.DataFrame:
    """The columns of a table in the order and kind of the one learnt from.

    Raises:
        BadInput: a column is absent or unknown, or holds words where the other holds numbers; each is named.
    """
    problems = [Problem("the training table has this column", name, str(c)) for c in train.columns if c not in X]
    problems += [Problem("the training table lacks this column", name, str(c)) for c in X.columns if c not in train]
    columns = {}
    for column in train.columns.intersection(X.columns, sort=False):
        are_words = [isinstance(frame[column].dtype, pd.CategoricalDtype) for frame in (train, X)]
        is_empty = not X[column].notna().any()
        if are_words[0] != are_words[1] and not is_empty:
            kinds = [("words" if words else "numbers") for words in are_words]
            problems.append(Problem(f"holds {kinds[1]} here and {kinds[0]} in the training table", name, str(column)))
        columns[column] = X[column].astype(object).astype("category") if is_empty and are_words[0] else X[column]
    if problems:
        raise BadInput(problems)
    return pd.DataFrame(columns, index=X.index)


def rows_in_both(test: ValidationSet, train: ValidationSet) -> int:
    """Rows of the test table that stand in the training table too: by key or, without one, alike in every cell."""
    if test.keys is not None and train.keys is not None:
        return int(np.isin(test.keys.astype(str), train.keys.astype(str)).sum())
    marks = []
    for known in (test, train):
        words = known.X.apply(lambda c: c.astype("string") if isinstance(c.dtype, pd.CategoricalDtype) else c)
        marks.append(pd.util.hash_pandas_object(words.assign(outcome=known.y), index=False))
    return int(marks[0].isin(set(marks[1])).sum())
