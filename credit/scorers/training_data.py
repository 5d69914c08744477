"""What a scorer may be given: a table with named columns, outcomes, weights; anything else is refused by name."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import issparse
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import check_array, column_or_1d

from credit.errors import BadInput, Problem


@dataclass(frozen=True)
class TrainingData:
    """Checked rows to learn from; rows without weight are gone, as if they had never been there.

    Attributes:
        X: features, columns named by text.
        is_default: 0.0 or 1.0 a row.
        weights: mean 1. Weights say how the sample stands for the population, so that only their ratios count: a sample
            of 60,000 loans that stands for 900,000 is no more evidence than 60,000 loans.
        classes: the two labels as they were given; the larger one is default.
        has_names: whether the columns came with names.
    """

    X: pd.DataFrame
    is_default: np.ndarray
    weights: np.ndarray
    classes: np.ndarray
    has_names: bool


def frame_of(X: Any) -> pd.DataFrame:
    """The features as a table whose columns are named by text; those of a plain array are x0, x1, and so on.

    Arrays hold numbers only. Categories need a data frame with columns of dtype `category`.

    Raises:
        BadInput: not two-dimensional, no row or no column, sparse, complex, or two columns of one name.
        TypeError: an array holds something that is no number at all.
    """
    if not isinstance(X, pd.DataFrame):
        return _frame_of_array(X)
    names = [str(name) for name in X.columns]
    if len(set(names)) != len(names):
        twice = sorted({name for name in names if names.count(name) > 1})
        raise BadInput([Problem("must be the name of one column only", field=name) for name in twice])
    if not names:
        raise BadInput(Problem("0 feature(s) (shape=(n, 0)) while a minimum of 1 is required", field="X"))
    return X if all(isinstance(name, str) for name in X.columns) else X.set_axis(names, axis=1)


def training_data(X: Any, y: Any, sample_weight: Any = None, least_defaults: int = 1) -> TrainingData:
    """Check rows to learn from.

    Args:
        X: features, a data frame or an array of numbers.
        y: two different numbers or booleans, the larger one is default. Text is refused: sorted as scikit-learn sorts
            its classes, "good" comes after "bad" and would be the default.
        sample_weight: >= 0, one a row; absent means equal.
        least_defaults: how many defaults, and how many survivors, must have weight.

    Raises:
        BadInput: what cannot be learnt from, with the column and the rule.
    """
    frame = frame_of(X)
    if len(frame) < 1:
        rule = "0 sample(s) (shape=(0, n)) while a minimum of 1 is required"
        raise BadInput(Problem(rule, field="X", remedy="give rows to learn from"))
    if y is None:
        raise BadInput(Problem("requires y to be passed, but the target y is None", field="y"))
    outcome = _outcomes(y)
    weights = _weights(sample_weight, len(frame))
    _refuse_cells(frame, weights > 0)
    if len(outcome) != len(frame):
        rule = f"must have one value for each of the {len(frame)} rows"
        raise BadInput(Problem(rule, field="y", value=len(outcome)))
    has_weight = weights > 0
    if not has_weight.all():
        frame, outcome, weights = frame[has_weight], outcome[has_weight], weights[has_weight]
    classes = np.unique(outcome)
    if len(classes) > 2:
        rule = "Only binary classification is supported. The type of the target is multiclass: default or not"
        raise BadInput(Problem(rule, field="y", value=len(classes)))
    if len(classes) < 2:
        rule = f"both classes must occur among rows with weight; there is one class in {len(frame)} sample(s)"
        raise BadInput(Problem(rule, field="y", value=classes.tolist()[0]))
    is_default = outcome == classes[1]
    refuse_too_few(is_default, least_defaults)
    return TrainingData(frame, is_default.astype(float), weights / weights.mean(), classes, isinstance(X, pd.DataFrame))


def refuse_too_few(is_default: np.ndarray, least: int) -> None:
    """Refuse rows that hold too few defaults, or too few survivors, to order firms.

    Raises:
        BadInput: they do.
    """
    defaults = int(np.count_nonzero(is_default))
    for name, count in (("defaults", defaults), ("survivors", len(is_default) - defaults)):
        if count < least:
            rule = f"at least {least} {name} are needed to order firms"
            raise BadInput(Problem(rule, field="y", value=count, remedy="use a longer history or an expert score"))


def _refuse_cells(frame: pd.DataFrame, has_weight: np.ndarray) -> None:
    """Refuse what no scorer takes here, where rows still stand where the caller put them."""
    problems = []
    for name in frame.columns:
        column = frame[name]
        if column.dtype == object and pd.api.types.infer_dtype(column, skipna=True) == "mixed":
            rule, remedy = "every value must be a number, or every one a word", "convert the column first"
            problems.append(Problem(rule, field=name, remedy=remedy))
        elif column.dtype.kind == "f":
            is_infinite = np.isinf(column.to_numpy(dtype=float, na_value=np.nan)) & has_weight
            if is_infinite.any():
                row = int(np.argmax(is_infinite))
                rule = "every value must be a finite number or missing"
                problems.append(Problem(rule, field=name, value=float(column.iloc[row]), row=row + 1))
    if problems:
        raise BadInput(problems)


def directions_in_force(directions: Any, names: Sequence[str]) -> dict[str, int]:
    """The part of a policy on directions that speaks about these columns: +1 more is riskier, -1 more is safer.

    A policy may name more columns than one table has; one that names none of them is a slip.

    Raises:
        BadInput: another value than -1, 0, +1, or no name in common.
    """
    told = dict(directions or {})
    rule = "a direction must be +1 (riskier), -1 (safer) or 0 (free)"
    wrong = [Problem(rule, field=str(name), value=value) for name, value in told.items() if value not in (-1, 0, 1)]
    if wrong:
        raise BadInput(wrong)
    if told and not any(str(name) in names for name in told):
        rule = "names none of the table's columns"
        raise BadInput(Problem(rule, field="directions", value=", ".join(map(str, told))))
    return {str(name): int(value) for name, value in told.items() if str(name) in names and value}


def _frame_of_array(X: Any) -> pd.DataFrame:
    if issparse(X):
        rule = "Sparse data was passed, but dense data is required"
        raise BadInput(Problem(rule, field="X", remedy="call .toarray() on it"))
    try:
        values = check_array(X, dtype="numeric", ensure_all_finite=False, ensure_min_samples=0)
    except BadInput:
        raise
    except ValueError as error:
        raise BadInput(Problem(str(error), field="X")) from error
    return pd.DataFrame(values, columns=[f"x{position}" for position in range(values.shape[1])])


def _outcomes(y: Any) -> np.ndarray:
    """One number a row."""
    try:
        outcome = column_or_1d(y, warn=True)
    except ValueError as error:
        raise BadInput(Problem(str(error), field="y")) from error
    if outcome.dtype.kind not in "biuf":
        rule, remedy = "outcomes must be numbers or booleans, the larger one default", "give 0 and 1"
        try:
            outcome = outcome.astype(float) if not any(isinstance(each, str) for each in outcome.tolist()) else None
        except (TypeError, ValueError):
            outcome = None
        if outcome is None:
            raise BadInput(Problem(rule, field="y", remedy=remedy))
    if not np.isfinite(outcome).all():
        row = int(np.argmin(np.isfinite(outcome)))
        raise BadInput(Problem("Input y contains NaN or infinity", field="y", value=float(outcome[row]), row=row + 1))
    if type_of_target(outcome).startswith("continuous"):
        raise BadInput(Problem("Unknown label type: continuous; an outcome is default or not", field="y"))
    return outcome


def _weights(sample_weight: Any, rows: int) -> np.ndarray:
    if sample_weight is None:
        return np.ones(rows)
    weights = np.asarray(sample_weight, dtype=float)
    if weights.shape != (rows,):
        rule = f"sample_weight must be 1D array or scalar with one value for each of the {rows} rows"
        raise BadInput(Problem(rule, field="sample_weight", value=str(weights.shape)))
    good = np.isfinite(weights) & (weights >= 0)
    if not good.all():
        row = int(np.argmin(good))
        raise BadInput(
            Problem(
                "every weight must be finite and >= 0", field="sample_weight", value=float(weights[row]), row=row + 1
            )
        )
    if not weights.any():
        raise BadInput(Problem("Sample weights must contain at least one non-zero number", field="sample_weight"))
    return weights
