"""Plain values as pairs of a tag and a whole number, column by column."""

import struct
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import numpy as np

from sim.graph.kinds import PLAIN, UNSET, Missing

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


def column_cells(column: Sequence[Any], texts: Texts, number_of: Callable[[Any], int]) -> tuple[int | np.ndarray, Any]:
    """A column as tags and whole numbers; one tag alone where all are equal.

    Args:
        column: plain values, UNSET, and things.
        texts: takes the texts.
        number_of: the number of a thing.
    """
    kinds = set(map(type, column))
    if kinds == {int}:
        try:
            return WHOLE, np.array(column, dtype=np.int64)
        except OverflowError:
            pass
    elif kinds == {bool}:
        return TRUTH, np.array(column, dtype=np.int64)
    elif kinds == {float}:
        return REAL, np.array(column, dtype=np.float64).view(np.int64)
    elif kinds == {type(None)}:
        return NOTHING, np.zeros(len(column), dtype=np.int64)
    elif not kinds & PLAIN and Missing not in kinds:
        return THING, np.array([number_of(value) for value in column], dtype=np.int64)
    tags, numbers = np.empty(len(column), dtype=np.uint8), np.empty(len(column), dtype=np.int64)
    for place, value in enumerate(column):
        tags[place], numbers[place] = _cell(value, texts, number_of)
    first = int(tags[0]) if len(tags) else NOTHING
    return (first if (tags == first).all() else tags), numbers


def _cell(value: Any, texts: Texts, number_of: Callable[[Any], int]) -> tuple[int, int]:
    kind = type(value)
    if value is None:
        return NOTHING, 0
    if kind is int:
        return (WHOLE, value) if -(1 << 63) <= value < 1 << 63 else (HUGE, texts.number(str(value)))
    if kind is bool:
        return TRUTH, int(value)
    if kind is str:
        return TEXT, texts.number(value)
    if kind is float:
        return REAL, _BITS.unpack(_REAL.pack(value))[0]
    if kind is date:
        return DAY, value.toordinal()
    if value is UNSET:
        return ABSENT, 0
    return THING, number_of(value)


def column_values(tags: int | np.ndarray, numbers: np.ndarray, texts: Texts, thing: Callable[[int], Any]) -> list[Any]:
    """What `column_cells` was given.

    Args:
        tags: one for all, or one each.
        numbers: one each.
        texts: the texts.
        thing: the thing of a number.
    """
    if isinstance(tags, int):
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
