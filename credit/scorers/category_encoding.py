"""Categories as numbers that a tree can order: each group's own record, its size, and what its members are like.

The record is `credit.group_risk`: how much riskier than the average the group's members were, shrunk where it is small.
A row to learn from gets the record that the other folds alone would give its group, so that no row meets its own
outcome. Wide categories (lenders, industries) also tell how many rows the group has, since a lender of many loans is
another kind of lender than one of few, and which group it is, by a number without order, for trees that take sets of
groups.

A level never seen counts as the average: record 0, size 0. A missing level is a group of its own, called by the empty
text.
"""

from typing import Any, Self

import numpy as np
import pandas as pd

from credit.elementary import log
from credit.errors import BadInput, Problem
from credit.group_risk import GroupRisk
from credit.model_files import floats_of, rounded

WIDE = 50
"""A category with more levels than this is told by size too."""


class CategoryEncoding:
    """Turns a table of numbers and categories into numbers.

    Args:
        doubt: expected defaults (of average weight) at which a group's record is believed half.

    Attributes:
        numbers_, categories_: columns by type, in order.
        records_: record by category.
        sizes_: log(1 + rows) by wide category and level; a level's place in it is its number.
    """

    def __init__(self, doubt: float) -> None:
        self.doubt = doubt

    def fit_transform(self, X: pd.DataFrame, y: np.ndarray, weights: np.ndarray, fold: np.ndarray) -> np.ndarray:
        """Learn from all rows; give each row's group the record it has in the other folds.

        Args:
            X: columns of numbers, or of dtype `category`.
            y: outcomes 0 or 1.
            weights: of the rows, mean 1.
            fold: a number a row, rows that belong together share theirs.

        Raises:
            BadInput: a column is neither, or holds an infinity.
        """
        is_category = [isinstance(X[name].dtype, pd.CategoricalDtype) for name in X.columns]
        self.categories_ = [str(name) for name, is_it in zip(X.columns, is_category, strict=True) if is_it]
        self.numbers_ = [str(name) for name in X.columns if name not in self.categories_]
        self.records_: dict[str, GroupRisk] = {}
        self.sizes_: dict[str, dict[str, float]] = {}
        numbers = self._numbers(X)
        expected = weights * np.average(y, weights=weights)
        told: dict[str, np.ndarray] = {}
        for name in self.categories_:
            codes, levels = _levels(X[name], name)
            record = GroupRisk(self.doubt)
            groups = np.array(levels, dtype=object)[codes]
            told[name] = record.fit_transform_out_of_fold(groups, weights * y, expected, fold)
            self.records_[name] = record
            if len(levels) > WIDE:
                counts = rounded(np.asarray(log(1.0 + np.bincount(codes, minlength=len(levels)))))
                self.sizes_[name] = dict(zip(levels, counts.tolist(), strict=True))
        return self._assembled(X, numbers, told)

    def transform(self, X: pd.DataFrame) -> np.ndarray:
        """The numbers, then each category's record, then size and number of the wide ones (NaN: never seen).

        Raises:
            BadInput: a column is of another type than it was, or holds an infinity.
        """
        told: dict[str, np.ndarray] = {}
        for name in self.categories_:
            codes, levels = _levels(X[name], name)
            told[name] = np.array([self.records_[name].log_ratio_.get(level, 0.0) for level in levels])[codes]
        return self._assembled(X, self._numbers(X), told)

    @property
    def owners_(self) -> list[str]:
        """The feature that each encoded column belongs to."""
        return [*self.numbers_, *self.categories_, *(name for name in self.sizes_ for _ in range(2))]

    @property
    def unordered_(self) -> list[int]:
        """Positions of the encoded columns that are numbers without order."""
        first = len(self.numbers_) + len(self.categories_)
        return [first + 2 * position + 1 for position in range(len(self.sizes_))]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "doubt": self.doubt,
            "numbers": self.numbers_,
            "categories": self.categories_,
            "records": {name: record.to_json() for name, record in self.records_.items()},
            "sizes": self.sizes_,
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Rebuild from `to_json`."""
        encoding = cls(content["doubt"])
        for name in ("numbers", "categories", "sizes"):
            setattr(encoding, f"{name}_", content[name])
        encoding.records_ = {name: GroupRisk.from_json(record) for name, record in content["records"].items()}
        return encoding

    def _numbers(self, X: pd.DataFrame) -> np.ndarray:
        values = np.empty((len(X), len(self.numbers_)))
        for position, name in enumerate(self.numbers_):
            column = floats_of(X[name], name)
            if np.isinf(column).any():
                row = int(np.argmax(np.isinf(column)))
                rule = "every value must be a finite number"
                raise BadInput(Problem(rule, field=name, value=float(column[row]), row=row + 1))
            values[:, position] = column
        return values

    def _assembled(self, X: pd.DataFrame, numbers: np.ndarray, records: dict[str, np.ndarray]) -> np.ndarray:
        if not records:
            return numbers
        parts = [numbers, *(record[:, None] for record in records.values())]
        for name, sizes in self.sizes_.items():
            codes, levels = _levels(X[name], name)
            number = dict(zip(sizes, range(len(sizes)), strict=True))
            table = np.array([[sizes.get(level, 0.0), number.get(level, np.nan)] for level in levels])
            parts.append(table.reshape(len(levels), 2)[codes])
        return np.hstack(parts)


def _levels(column: pd.Series, name: str) -> tuple[np.ndarray, list[str]]:
    """Each row's level by number, and the levels' names; a missing one is the empty text.

    Raises:
        BadInput: the column holds numbers or dates.
    """
    if not isinstance(column.dtype, pd.CategoricalDtype):
        if column.dtype.kind in "biufcmM" and not column.isna().all():
            raise BadInput(Problem("was a category when the model was fitted", field=name, value=str(column.dtype)))
        column = column.astype(object).astype("category")
    names = [str(level) for level in column.cat.categories]
    levels = list(dict.fromkeys([*names, ""]))
    place = {level: position for position, level in enumerate(levels)}
    at = np.array([*(place[each] for each in names), place[""]])
    return at[column.cat.codes.to_numpy()], levels
