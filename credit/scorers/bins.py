"""Where a value falls: intervals of numbers or groups of words; special codes and missing values apart.

Every value has exactly one bin, also one that nobody had seen before: an unseen word falls into `any other`, a number
beyond the seen range into the outer interval, no value into `missing`. Infinity is refused.
"""

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem

MISSING = "missing"
OTHER = "any other"
_MOST_DIGITS = 17  # a double has no more


@dataclass(frozen=True)
class Bins(ABC):
    """The bins of one feature.

    Attributes:
        name: the feature.
    """

    name: str

    @property
    @abstractmethod
    def labels(self) -> tuple[str, ...]:
        """What each bin holds, in words; bins in order of their index, missing last."""

    @abstractmethod
    def index(self, column: pd.Series) -> np.ndarray:
        """The bin of each value, shape (rows,).

        Raises:
            BadInput: the column holds what the feature cannot: words for numbers, numbers for words, infinities.
        """

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True)
class NumericBins(Bins):
    """Half-open intervals: below the first edge, from each edge to below the next, from the last edge on.

    Attributes:
        edges: rising.
        special_codes: numbers that mean something else than their size; each has a bin after the intervals.
    """

    edges: tuple[float, ...]
    special_codes: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        values = np.array([*self.edges, *self.special_codes], dtype=float)
        if not np.isfinite(values).all() or any(b <= a for a, b in pairwise(self.edges)):
            raise BadInput(Problem("edges must be finite and rise", field=self.name, value=str(self.edges)))
        if len(set(self.special_codes)) < len(self.special_codes):
            raise BadInput(Problem("a special code may stand once", field=self.name, value=str(self.special_codes)))

    @property
    def labels(self) -> tuple[str, ...]:
        """Intervals, special codes, missing."""
        if self.edges:
            told = [f"{number(a)} to < {number(b)}" for a, b in pairwise(self.edges)]
            told = [f"< {number(self.edges[0])}", *told, f">= {number(self.edges[-1])}"]
        else:
            told = ["any number"]
        return (*told, *(f"= {number(code)}" for code in self.special_codes), MISSING)

    def index(self, column: pd.Series) -> np.ndarray:
        """The bin of each value."""
        values = numbers_of(column, self.name)
        # Not-a-number sorts after infinity, so that one search finds intervals and missing values.
        found = np.searchsorted(np.array([*self.edges, np.inf]), values, side="right")
        if self.special_codes:
            found[found > len(self.edges)] += len(self.special_codes)
            for position, code in enumerate(self.special_codes, start=len(self.edges) + 1):
                found[values == code] = position
        return found

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"name": self.name, "edges": list(self.edges), "special_codes": list(self.special_codes)}


@dataclass(frozen=True)
class CategoryBins(Bins):
    """Groups of words, then one bin for words that stand in none of them, then missing.

    Attributes:
        groups: the words of each bin.
    """

    groups: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        words = [word for group in self.groups for word in group]
        if len(set(words)) < len(words):
            twice = sorted({word for word in words if words.count(word) > 1})
            raise BadInput(Problem("a category may stand in one group only", field=self.name, value=", ".join(twice)))

    @property
    def labels(self) -> tuple[str, ...]:
        """Groups, any other, missing."""
        return (*(", ".join(word or "(empty)" for word in group) for group in self.groups), OTHER, MISSING)

    def index(self, column: pd.Series) -> np.ndarray:
        """The bin of each value; one look-up a word, not a row."""
        codes, words = words_of(column, self.name)
        bin_of = {word: position for position, group in enumerate(self.groups) for word in group}
        of_word = np.array([bin_of.get(word, len(self.groups)) for word in words] + [len(self.groups) + 1])
        return of_word[codes]  # the code of a missing value is -1: the last

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"name": self.name, "groups": [list(group) for group in self.groups]}


def bins_from_json(content: Mapping[str, Any]) -> NumericBins | CategoryBins:
    """Rebuild from `to_json`.

    Raises:
        BadInput: neither edges nor groups are told.
    """
    name = str(content.get("name"))
    if "edges" in content:
        codes = content.get("special_codes", ())
        return NumericBins(name, tuple(map(float, content["edges"])), tuple(map(float, codes)))
    if "groups" in content:
        return CategoryBins(name, tuple(tuple(map(str, group)) for group in content["groups"]))
    raise BadInput(Problem("a feature of a scorecard must have edges or groups", field=name))


def is_categorical(column: pd.Series) -> bool:
    """Whether a column holds words."""
    return isinstance(column.dtype, pd.CategoricalDtype | pd.StringDtype) or column.dtype == object


def numbers_of(column: pd.Series, name: str) -> np.ndarray:
    """A column as floats, missing as NaN.

    Raises:
        BadInput: it holds words, dates or infinities.
    """
    is_number = pd.api.types.is_numeric_dtype(column.dtype) or (column.dtype == object and column.isna().all())
    if not is_number or pd.api.types.is_complex_dtype(column.dtype):
        value = str(column.dtype)
        raise BadInput(
            Problem("every value must be a number", field=name, value=value, remedy="convert the column first")
        )
    values = column.to_numpy(dtype=float, na_value=np.nan)
    is_infinite = np.isinf(values)
    if is_infinite.any():
        row = int(np.argmax(is_infinite))
        rule = "every value must be a finite number or missing"
        raise BadInput(Problem(rule, field=name, value=float(values[row]), row=row + 1))
    return values


def words_of(column: pd.Series, name: str) -> tuple[np.ndarray, list[str]]:
    """A column of words as codes into a list of its words; -1 where missing.

    Raises:
        BadInput: it holds anything but text.
    """
    if not is_categorical(column) and not column.isna().all():
        remedy = "convert it: .astype(str).astype('category')"
        raise BadInput(Problem("must be a column of categories", field=name, value=str(column.dtype), remedy=remedy))
    if isinstance(column.dtype, pd.CategoricalDtype):
        codes, words = column.cat.codes.to_numpy(), column.cat.categories.tolist()
    else:
        codes, distinct = pd.factorize(column)
        words = list(distinct)
    strange = next((word for word in words if not isinstance(word, str)), None)
    if strange is not None:
        remedy = "convert them to text, or the column to numbers"
        raise BadInput(Problem("categories must be text", field=name, value=repr(strange), remedy=remedy))
    return codes, words


def shortest_between(low: float, high: float) -> float:
    """The number with the fewest digits above `low` and up to `high`, whole between whole ones: an edge to be read."""
    low, high = float(low), float(high)
    if low < 0.0 <= high:
        return 0.0
    middle = low + (high - low) / 2
    if low.is_integer() and high.is_integer():
        middle = float(math.ceil(middle))
    for digits in range(1, _MOST_DIGITS + 1):
        tried = float(f"{middle:.{digits}g}")
        if low < tried <= high:
            return tried
    return high


def number(value: float) -> str:
    """A number as in a table: all its digits, none that say nothing."""
    return repr(float(value)).removesuffix(".0")


def common_refinement(first: Bins, second: Bins) -> NumericBins | CategoryBins:
    """The coarsest bins from which both can be put together again.

    Raises:
        BadInput: one holds numbers and the other words.
    """
    if isinstance(first, NumericBins) and isinstance(second, NumericBins):
        edges = sorted({*first.edges, *second.edges})
        codes = tuple(dict.fromkeys((*first.special_codes, *second.special_codes)))
        return NumericBins(first.name, tuple(edges), codes)
    if isinstance(first, CategoryBins) and isinstance(second, CategoryBins):
        return CategoryBins(first.name, _split_groups(first.groups, second.groups))
    raise BadInput(Problem("holds numbers in one place and categories in the other", field=first.name))


def typical_values(bins: Bins) -> pd.Series:
    """A value of each bin, in order, by which other bins can be asked where this one lies; a word never seen for other.

    Raises:
        BadInput: bins of another kind.
    """
    if isinstance(bins, NumericBins):
        lowest = [np.nextafter(bins.edges[0], -np.inf) if bins.edges else 0.0]
        return pd.Series([*lowest, *bins.edges, *bins.special_codes, np.nan], name=bins.name, dtype=float)
    if isinstance(bins, CategoryBins):
        words = {word for group in bins.groups for word in group}
        unseen = next(tried for tried in ("*" * count for count in range(1, len(words) + 2)) if tried not in words)
        return pd.Series([*(group[0] for group in bins.groups), unseen, None], name=bins.name, dtype=object)
    raise BadInput(Problem("must be bins of numbers or of categories", field=bins.name))


def _split_groups(first: Sequence[Sequence[str]], second: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Words that share a group in both; those that stand in one only share a group of theirs."""
    places: dict[tuple[int, int], list[str]] = {}
    homes = [{word: i for i, group in enumerate(groups) for word in group} for groups in (first, second)]
    for word in dict.fromkeys((*homes[0], *homes[1])):
        places.setdefault((homes[0].get(word, -1), homes[1].get(word, -1)), []).append(word)
    return tuple(tuple(words) for words in places.values())
