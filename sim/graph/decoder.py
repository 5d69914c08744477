"""A state laid over a market built anew: the way back from columns to a web of objects."""

import json
from array import array
from collections import deque
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from credit.errors import WorkFailed
from sim.graph.cells import THING, Texts, cell_value, column_values
from sim.graph.encoder import CLASSED, ROW_BITS, Kept
from sim.graph.homes import Surroundings, standing
from sim.graph.kinds import UNSET, class_named, slots_of

LATER = object()
"""Stands for a thing that cannot change and is made when somebody points to it."""
CONTAINERS: dict[str, type] = {"list": list, "dict": dict, "set": set, "deque": deque}

type Cells = tuple[int | np.ndarray, np.ndarray]
"""Tags (one for all, or one each) and whole numbers of a column."""


def lay_over(root: Any, state: Kept, around: Surroundings) -> None:
    """Give a market the state that another one was in.

    Args:
        root: a market built from the same inputs; it is changed in place.
        state: what `sim.graph.encoder.kept` took down.
        around: what was not kept; the same as then.

    Raises:
        WorkFailed: the state names what this laboratory or this market does not have.
    """
    _Decoder(root, state, around).run()


class _Kind:
    """All things of one form and class, as far as they are made.

    Attributes:
        form: how they are kept.
        of: their class.
        count: how many.
        columns: their cells, by field or part.
        things: themselves, LATER where still to be made.
        is_later: whether some are still to be made.
        is_tangled: whether they hang on one another, and are made one by one when pointed to.
    """

    def __init__(self, told: dict[str, Any], cells: np.ndarray) -> None:
        self.form: str = told["form"]
        self.of: Any = class_named(told["class"]) if self.form in CLASSED else CONTAINERS.get(self.form, object)
        self.count: int = told["count"]
        self.columns = {name: _raw_column(column, cells) for name, column in told["columns"].items()}
        self.things: list[Any] = []
        self.is_later = False
        self.is_tangled = False

    def pointed_at(self) -> set[int]:
        """Numbers of the kinds that its things point to."""
        found: set[int] = set()
        for tags, numbers in self.columns.values():
            things = (
                numbers[tags == THING] if isinstance(tags, np.ndarray) else numbers if tags == THING else numbers[:0]
            )
            found.update(np.unique(things >> ROW_BITS).tolist())
        return found

    @cached_property
    def bounds(self) -> list[int]:
        """Where the items of each container begin, and where the last one's end."""
        return [0, *np.cumsum(self.columns["length"][1]).tolist()]


class _Decoder:
    def __init__(self, root: Any, state: Kept, around: Surroundings) -> None:
        self.cells, self.texts = state.cells, Texts(state.texts)
        self.kinds = [_Kind(told, state.cells) for told in state.index["kinds"]]
        self.homes = dict(standing(root, around))
        self.taken: set[int] = set()

    def run(self) -> None:
        for kind in self.kinds:
            kind.things = self._blanks(kind)
        for kind in self.kinds:
            self._make_all(kind)
        for kind in self.kinds:
            if kind.form == "object":
                self._fill_objects(kind)
        for kind in sorted(self.kinds, key=lambda kind: kind.form in ("dict", "set")):
            if kind.form in CONTAINERS:  # what is hashed comes last, and has its attributes by then
                self._fill_containers(kind)

    # --- things before they are filled

    def _blanks(self, kind: _Kind) -> list[Any]:
        if kind.form == "array":
            return [self._array(kind, row) for row in range(kind.count)]
        if kind.form == "numbers":
            return [self._numbers(kind, row) for row in range(kind.count)]
        if kind.form != "object" and kind.form not in CONTAINERS:
            kind.is_later = True
            return [LATER] * kind.count
        made = []
        for home in self._values(kind, " home"):
            thing = self._at_home(home, kind.of)
            if thing is None:
                thing = object.__new__(kind.of) if kind.form == "object" else kind.of()
            elif kind.form != "object":
                thing.clear()
            made.append(thing)
        return made

    def _at_home(self, home: str | None, of: type) -> Any:
        """The thing of the new market at a path, if it is of the same class and nobody else's yet."""
        found = None if home is None else self.homes.get(home)
        if found is None or type(found) is not of or id(found) in self.taken:
            return None
        self.taken.add(id(found))
        return found

    def _array(self, kind: _Kind, row: int) -> Any:
        code, length, begins, cells, home = self._row(kind, row)
        fresh = array(code)
        fresh.frombytes(self.cells[begins : begins + cells].tobytes()[: length * fresh.itemsize])
        there: Any = self.homes.get(home)
        is_alike = type(there) is array and there.typecode == code and len(there) == length
        if not is_alike or self._at_home(home, array) is None:
            return fresh
        there[:] = fresh
        return there

    def _numbers(self, kind: _Kind, row: int) -> np.ndarray:
        dtype, order, begins, cells, home, *shape = self._row(kind, row)
        fresh = self._raw(dtype, begins, cells, int(np.prod(shape))).reshape(shape, order=order)
        there: Any = self.homes.get(home)
        is_alike = isinstance(there, np.ndarray) and there.dtype == fresh.dtype and there.shape == fresh.shape
        if not is_alike or not there.flags.writeable or self._at_home(home, np.ndarray) is None:
            return fresh
        there[...] = fresh
        return there

    def _raw(self, dtype: str, begins: int, cells: int, count: int) -> np.ndarray:
        content = self.cells[begins : begins + cells].tobytes()
        return np.frombuffer(content, dtype=dtype, count=count).copy()

    # --- things that cannot change, made when pointed to

    def _thing(self, number: int) -> Any:
        kind, row = self.kinds[number >> ROW_BITS], number & ((1 << ROW_BITS) - 1)
        thing = kind.things[row]
        if thing is LATER:
            thing = kind.things[row] = self._made(kind, row)
        return thing

    def _make_all(self, kind: _Kind) -> bool:
        """Make all things of a kind together, those that they point to first; False where they hang on one another."""
        if not kind.is_later:
            return True
        if kind.is_tangled:
            return False
        kind.is_tangled = True
        if not all(self._make_all(self.kinds[number]) for number in kind.pointed_at()):
            return False
        if kind.form in ("tuple", "record") and kind.columns:
            rows = zip(*(self._values(kind, name) for name in kind.columns), strict=True)
            kind.things = list(rows) if kind.form == "tuple" else [tuple.__new__(kind.of, row) for row in rows]
        else:
            kind.things = [self._made(kind, row) for row in range(kind.count)]
        kind.is_later = kind.is_tangled = False
        return True

    def _made(self, kind: _Kind, row: int) -> Any:
        form = kind.form
        if form in ("long tuple", "frozenset"):
            items = [self._cell(kind, "items", place) for place in range(kind.bounds[row], kind.bounds[row + 1])]
            return tuple(items) if form == "long tuple" else frozenset(items)
        parts = self._row(kind, row)
        if form == "tuple":
            return tuple(parts)
        if form == "record":
            return tuple.__new__(kind.of, parts)
        if form == "enum":
            return kind.of[parts[0]]
        if form == "range":
            return range(*parts)
        if form == "model":
            return kind.of.from_json(json.loads(parts[0]))
        if form == "number":
            return self._raw(parts[0], parts[1], parts[2], 1)[0]
        if form == "words":
            return _words(parts[1]).reshape(parts[0])
        if form == "frame":
            return _frame(*parts)
        return self._given(parts[0])

    def _given(self, path: str) -> Any:
        if path not in self.homes:
            raise WorkFailed(f"a market built anew has nothing at {path}")
        return self.homes[path]

    # --- filling

    def _fill_objects(self, kind: _Kind) -> None:
        slots = set(slots_of(kind.of))
        for name in kind.columns:
            if name == " home":
                continue
            values = self._values(kind, name)
            if name in slots:
                put = getattr(kind.of, name).__set__
                for thing, value in zip(kind.things, values, strict=True):
                    if value is not UNSET:
                        put(thing, value)
            else:
                for thing, value in zip(kind.things, values, strict=True):
                    if value is not UNSET:
                        thing.__dict__[name] = value
                    else:
                        thing.__dict__.pop(name, None)

    def _fill_containers(self, kind: _Kind) -> None:
        items = self._values(kind, "items")
        keys = self._values(kind, "keys") if kind.form == "dict" else []
        for thing, (first, last) in zip(kind.things, pairwise(kind.bounds), strict=True):
            if kind.form == "dict":
                thing.update(zip(keys[first:last], items[first:last], strict=True))
            elif kind.form == "set":
                thing.update(items[first:last])
            else:
                thing.extend(items[first:last])

    # --- reading cells

    def _values(self, kind: _Kind, name: str) -> list[Any]:
        return column_values(*kind.columns[name], self.texts, self._thing)

    def _cell(self, kind: _Kind, name: str, row: int) -> Any:
        tags, numbers = kind.columns[name]
        tag = tags if isinstance(tags, int) else int(tags[row])
        return cell_value(tag, int(numbers[row]), self.texts, self._thing)

    def _row(self, kind: _Kind, row: int) -> list[Any]:
        return [self._cell(kind, name, row) for name in kind.columns]


def _raw_column(told: list[Any], cells: np.ndarray) -> Cells:
    """The tags and numbers of a column from the row of all cells."""
    length, tags, numbers = told
    if not isinstance(tags, int):
        begins, filled = tags
        tags = np.frombuffer(cells[begins : begins + filled].tobytes(), dtype=np.uint8, count=length)
    if isinstance(numbers, int):
        return tags, np.full(length, numbers, dtype=np.int64)
    begins, filled = numbers
    return tags, cells[begins : begins + filled]


def _words(items: tuple[Any, ...]) -> np.ndarray:
    made = np.empty(len(items), dtype=object)
    made[:] = items
    return made


def _frame(is_series: bool, rows: Any, row_name: Any, names: tuple[Any, ...], name: Any, columns: Any) -> Any:
    """A table, or the one column of it."""
    index = pd.RangeIndex(rows) if isinstance(rows, int) else pd.Index(rows)
    index.name = row_name
    made = pd.DataFrame(dict(enumerate(columns)), index=index)
    made.columns = pd.Index(names, name=name)
    return made.iloc[:, 0] if is_series else made
