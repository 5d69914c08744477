"""Plain values as pairs of a tag and a whole number, column by column."""

import struct
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np

from sim.graph.kinds import UNSET, Missing

NOTHING, TRUTH, WHOLE, REAL, TEXT, DAY, HUGE, THING, ABSENT = range(9)
"""What a cell's whole number means: nothing, 0 or 1, itself, the bits of a float, a text by number, a date's ordinal,
a whole number beyond 64 bits told as a text, a thing by number, an attribute that is not there."""

_REAL = struct.Struct("<d")
_BITS = struct.Struct("<q")


class Texts:
    """Texts by number, each once."""

    def __init__(self, known: Sequence[str] = ()) -> None:
        self.all = list(known)
        self._numbers = {text: number for number, text in enumerate(self.all)}

    def number(self, text: str) -> int:
        """The number of a text."""
        found = self._numbers.setdefault(text, len(self.all))
        if found == len(self.all):
            self.all.append(text)
        return found


def column_cells(
    column: Sequence[Any], texts: Texts, number_of: Mapping[int, int]
) -> tuple[int | np.ndarray, np.ndarray]:
    """A column as tags and whole numbers; one tag alone where all are equal.

    Args:
        column: plain values, UNSET, and things.
        texts: takes the texts.
        number_of: the number of a thing by its identity.
    """
    kinds = set(map(type, column))
    if len(kinds) == 1:
        (kind,) = kinds
        return _cells(column, kind, texts, number_of)
    of = list(map(type, column))
    tags, numbers = np.empty(len(column), dtype=np.uint8), np.empty(len(column), dtype=np.int64)
    places = {kind: [] for kind in kinds}  # type: dict[type, list[int]]
    for place, kind in enumerate(of):
        places[kind].append(place)
    for kind, where in places.items():
        tags[where], numbers[where] = _cells([column[place] for place in where], kind, texts, number_of)
    first = int(tags[0]) if len(tags) else NOTHING
    return (first if (tags == first).all() else tags), numbers


def _cells(
    column: Sequence[Any], kind: type, texts: Texts, number_of: Mapping[int, int]
) -> tuple[int | np.ndarray, np.ndarray]:
    """Values of one type as tags and whole numbers."""
    if kind is int:
        try:
            return WHOLE, np.array(column, dtype=np.int64)
        except OverflowError:
            is_huge = np.array([not -(1 << 63) <= value < 1 << 63 for value in column])
            told = [texts.number(str(v)) if huge else v for v, huge in zip(column, is_huge, strict=True)]
            return np.where(is_huge, HUGE, WHOLE).astype(np.uint8), np.array(told, dtype=np.int64)
    if kind is bool:
        return TRUTH, np.array(column, dtype=np.int64)
    if kind is float:
        return REAL, np.array(column, dtype=np.float64).view(np.int64)
    if kind is str:
        return TEXT, np.array([texts.number(value) for value in column], dtype=np.int64)
    if kind is date:
        return DAY, np.array([value.toordinal() for value in column], dtype=np.int64)
    if kind is type(None) or kind is Missing:
        return NOTHING if column[0] is None else ABSENT, np.zeros(len(column), dtype=np.int64)
    return THING, np.array([number_of[id(value)] for value in column], dtype=np.int64)


def column_values(tags: int | np.ndarray, numbers: np.ndarray, texts: Texts, thing: Callable[[int], Any]) -> list[Any]:
    """What `column_cells` was given.

    Args:
        tags: one for all, or one each.
        numbers: one each.
        texts: the texts.
        thing: the thing of a number.
    """
    if isinstance(tags, int):
        if tags == NOTHING:
            return [None] * len(numbers)
        if tags == WHOLE:
            return numbers.tolist()
        if tags == THING:
            return [thing(number) for number in numbers.tolist()]
        if tags == TRUTH:
            return numbers.astype(bool).tolist()
        if tags == REAL:
            return numbers.view(np.float64).tolist()
        if tags == TEXT:
            return [texts.all[number] for number in numbers.tolist()]
        tags = np.full(len(numbers), tags, dtype=np.uint8)
    return [cell_value(tag, number, texts, thing) for tag, number in zip(tags.tolist(), numbers.tolist(), strict=True)]


def cell_value(tag: int, number: int, texts: Texts, thing: Callable[[int], Any]) -> Any:
    """What one cell means."""
    if tag == NOTHING:
        return None
    if tag == WHOLE:
        return number
    if tag == THING:
        return thing(number)
    if tag == TRUTH:
        return bool(number)
    if tag == TEXT:
        return texts.all[number]
    if tag == REAL:
        return _REAL.unpack(_BITS.pack(number))[0]
    if tag == DAY:
        return date.fromordinal(number)
    if tag == HUGE:
        return int(texts.all[number])
    return UNSET
