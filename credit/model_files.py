"""What every saved model keeps: JSON only, its kind, its schema, the hash of the data it learnt from."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.files import read_json

DECIMALS = 6
"""Fitted values are rounded to this many decimals before first use: the file, the object in memory and a refit on
another machine whose linear algebra differs in the last bits then decide alike."""


def rounded(values: np.ndarray) -> np.ndarray:
    """Fitted values as they will stand in the file; no negative zero."""
    return np.round(np.asarray(values, dtype=float), DECIMALS) + 0.0


def read_model(path: Path, kind: str) -> dict[str, Any]:
    """Read a model file of one kind.

    Raises:
        BadInput: absent, not JSON, or another kind of model.
    """
    return of_kind(read_json(path), kind, str(path))


def of_kind(content: Any, kind: str, file: str | None = None) -> dict[str, Any]:
    """Check that a loaded model is of the kind asked for.

    Raises:
        BadInput: it is not.
    """
    found = content.get("kind") if isinstance(content, dict) else type(content).__name__
    if found != kind:
        raise BadInput(Problem(f"must be a model of kind {kind}", file=file, field="kind", value=found))
    return content


def field(content: Mapping[str, Any], name: str, kind: str) -> Any:
    """A field of a saved model.

    Raises:
        BadInput: the field is absent.
    """
    if name not in content:
        raise BadInput(Problem(f"a {kind} model must have this field", field=name, remedy="fit the model again"))
    return content[name]


def floats_of(column: pd.Series, name: str) -> np.ndarray:
    """A column as floats, NaN where missing. Dates and texts are no numbers, even where they could be read as such.

    Raises:
        BadInput: it holds something else than numbers, truth values and gaps.
    """
    is_text = column.dtype == object and any(isinstance(value, str) for value in column.array)
    if is_text or column.dtype.kind in "Mmc" or isinstance(column.dtype, pd.StringDtype | pd.CategoricalDtype):
        raise BadInput(Problem("every value must be a number", field=name, remedy=f"it is {column.dtype}"))
    try:
        return column.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise BadInput(Problem("every value must be a number", field=name)) from error


def numbers_in(values: Any, name: str) -> np.ndarray:
    """Outcomes, times or weights as floats. Dates and texts are no numbers, even where they could be read as such.

    Raises:
        BadInput: they hold something else than numbers and truth values, or what is not finite.
    """
    given = np.asarray(values)
    is_text = given.dtype == object and any(isinstance(value, str) for value in given.flat)
    try:
        if is_text or given.dtype.kind not in "biufO":
            raise TypeError
        found = given.astype(float)
    except (TypeError, ValueError) as error:
        raise BadInput(Problem("every value must be a number", field=name, value=str(given.dtype))) from error
    if not (good := np.isfinite(found)).all():
        raise BadInput(Problem("every value must be a finite number", field=name, row=int(np.argmin(good)) + 1))
    return found


def check_columns(frame: pd.DataFrame, names: Sequence[str]) -> None:
    """Refuse a table whose columns are not those a model knows; their order may differ.

    Raises:
        BadInput: a column is absent or unknown; each is named.
    """
    problems = [Problem("the model needs this column", field=name) for name in names if name not in frame.columns]
    problems += [
        Problem("the model does not know this column", field=str(name), remedy=f"it knows: {', '.join(names)}")
        for name in frame.columns
        if name not in names
    ]
    if problems:
        raise BadInput(problems)


def columns_of(frame: pd.DataFrame, names: Sequence[str], may_be_missing: bool = False) -> np.ndarray:
    """The columns a model knows, as floats in its own order.

    Raises:
        BadInput: a column is absent, unknown, not numeric or not finite; each is named.
    """
    check_columns(frame, names)
    if all(kind.kind == "f" and kind.itemsize == 8 for kind in frame.dtypes):
        values = np.array(frame if list(frame.columns) == list(names) else frame[list(names)], order="F")
        if (may_be_missing and not np.isinf(values).any()) or np.isfinite(values).all():
            return values
    values = np.empty((len(frame), len(names)), order="F")
    for position, name in enumerate(names):
        column = floats_of(frame[name], name)
        good = ~np.isinf(column) if may_be_missing else np.isfinite(column)
        if not good.all():
            row = int(np.argmin(good))
            raise BadInput(
                Problem("every value must be a finite number", field=name, value=float(column[row]), row=row + 1)
            )
        values[:, position] = column
    return values


def weighted_sum(values: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Sum of columns times coefficients, column by column.

    Unlike a matrix product, whose order of additions depends on the library, the processor and the number of rows, this
    gives a row the same bits alone, among many, and on every machine.
    """
    total = np.zeros(len(values))
    for position, coefficient in enumerate(coefficients.tolist()):
        if coefficient != 0.0:
            total = total + values[:, position] * coefficient
    return total
