"""A web of objects taken apart: every class a table, every attribute a column of cells."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from credit.errors import WorkFailed
from sim.graph.cells import Texts, column_cells
from sim.graph.homes import Surroundings, standing
from sim.graph.kinds import PLAIN, UNSET, Missing, fields_of, form_of, name_of

CLASSED = ("object", "record", "enum", "model")
"""Forms whose things are told by their class."""
ROW_BITS = 36
"""A thing's number is that of its kind, and so many bits for its row."""


@dataclass
class Kept:
    """A state taken apart.

    Attributes:
        index: what stands where, as plain JSON.
        cells: all whole numbers in one row.
        texts: all texts.
    """

    index: dict[str, Any]
    cells: np.ndarray
    texts: list[str]


@dataclass
class _Kind:
    """All things of one form and class.

    Attributes:
        form: how they are kept.
        name: of their class, where it matters.
        things: the things met so far.
        columns: the cells of each field, row by row.
        done: how many of the things have been looked into.
    """

    form: str
    name: str
    number: int
    things: list[Any] = field(default_factory=list)
    columns: dict[str, list[Any]] = field(default_factory=dict)
    done: int = 0


def kept(root: Any, around: Surroundings) -> Kept:
    """Take a market apart.

    Args:
        root: the market.
        around: what is found again in a market built anew.

    Raises:
        WorkFailed: something in it is of a type that is never kept; the message says which and where.
    """
    return _Encoder(root, around).run()


class _Encoder:
    def __init__(self, root: Any, around: Surroundings) -> None:
        self.root, self.around = root, around
        self.homes = {id(thing): path for path, thing in standing(root, around)}
        self.kinds: dict[tuple[Any, ...], _Kind] = {}
        self.single: dict[type, _Kind] = {}
        self.by_length: dict[int, _Kind] = {}
        self.numbers: dict[int, int] = {}
        self.texts = Texts()
        self.pieces: list[np.ndarray] = []
        self.length = 0
        self.alive: list[Any] = []  # an identity is a thing's as long as it lives

    def run(self) -> Kept:
        self._meet([self.root], "")
        while waiting := [kind for kind in self.kinds.values() if kind.done < len(kind.things)]:
            for kind in waiting:
                batch = kind.things[kind.done :]
                kind.done = len(kind.things)
                self._look_into(kind, batch)
        told = [self._written(kind) for kind in self.kinds.values()]
        cells = np.concatenate(self.pieces) if self.pieces else np.empty(0, dtype=np.int64)
        return Kept({"kinds": told}, cells, self.texts.all)

    # --- meeting things

    def _meet(self, values: Sequence[Any], where: str) -> None:
        numbers = self.numbers
        for of in set(map(type, values)) - PLAIN - {Missing}:
            kind = self.single.get(of)
            for value in values:
                if type(value) is not of or id(value) in numbers:
                    continue
                one = kind or (self.by_length.get(len(value)) if type(value) is tuple else None)
                one = one or self._kind_of(value, of, where)
                numbers[id(value)] = (one.number << ROW_BITS) | len(one.things)
                one.things.append(value)

    def _kind_of(self, thing: Any, of: type, where: str) -> _Kind:
        key: tuple[Any, ...]
        if self.around.is_given(of):
            key = ("given",)
            if id(thing) not in self.homes:
                raise WorkFailed(f"{where}: a {name_of(of)} that a market built anew would not have cannot be kept")
        elif isinstance(thing, pd.DataFrame | pd.Series):
            key = ("frame",)
        elif hasattr(of, "to_json") and hasattr(of, "from_json"):
            key = ("model", of)
        else:
            try:
                form = form_of(thing)
            except WorkFailed as error:
                raise WorkFailed(f"{where}: {error}") from error
            key = (form, of, len(thing)) if form in ("tuple", "record") else (form, of)
            key = ("numbers", thing.ndim) if form == "numbers" else key
        kind = self.kinds.get(key)
        if kind is None:
            kind = self.kinds[key] = _Kind(key[0], name_of(of) if key[0] in CLASSED else "", len(self.kinds))
        if kind.form in ("object", "record", "list", "dict"):  # one kind for all things of the class
            self.single[of] = kind
        elif kind.form == "tuple":
            self.by_length[len(thing)] = kind
        return kind

    def _look_into(self, kind: _Kind, batch: list[Any]) -> None:
        """The cells of some things, and whom they point to."""
        for name, column in self._columns_of(kind, batch):
            told = kind.columns.setdefault(name, [])
            if kind.form == "object":
                told += [UNSET] * (kind.done - len(batch) - len(told))  # an attribute that earlier ones do not have
            told += column
            self._meet(column, f"{kind.name}.{name}")
        if kind.form == "object":
            for column in kind.columns.values():
                column += [UNSET] * (kind.done - len(column))

    def _columns_of(self, kind: _Kind, batch: list[Any]) -> list[tuple[str, list[Any]]]:
        form = kind.form
        if form == "object":
            of = type(batch[0])
            left = self.around.left_of(of)
            names = [name for name in fields_of(batch, of) if name not in left]
            return [(name, [getattr(thing, name, UNSET) for thing in batch]) for name in names]
        if form in ("tuple", "record"):
            return [(str(place), list(column)) for place, column in enumerate(zip(*batch, strict=True))]
        if form == "dict":
            keys = [key for thing in batch for key in thing]
            values = [value for thing in batch for value in thing.values()]
            return [("length", [len(thing) for thing in batch]), ("keys", keys), ("items", values)]
        if form in ("list", "long tuple", "set", "frozenset", "deque"):
            return [("length", [len(thing) for thing in batch]), ("items", [item for thing in batch for item in thing])]
        parts = [self._parts(form, thing) for thing in batch]
        self.alive.append(parts)
        return [(str(place), list(column)) for place, column in enumerate(zip(*parts, strict=True))]

    def _parts(self, form: str, thing: Any) -> tuple[Any, ...]:
        """What remakes a thing whose own attributes are not kept one by one."""
        if form == "given":
            return (self.homes[id(thing)],)
        if form == "model":
            return (json.dumps(thing.to_json(), sort_keys=True),)
        if form == "enum":
            return (thing.name,)
        if form == "range":
            return (thing.start, thing.stop, thing.step)
        if form == "words":
            return (thing.shape, tuple(thing.ravel().tolist()))
        if form == "frame":
            return _frame_parts(thing)
        if form == "number":
            return (thing.dtype.str, *self._numbers(np.array([thing])))
        if form == "array":
            place = self._numbers(np.frombuffer(thing, dtype=thing.typecode))
            return (thing.typecode, len(thing), *place, self.homes.get(id(thing)))
        order = "F" if thing.ndim > 1 and thing.flags.f_contiguous and not thing.flags.c_contiguous else "C"
        return (
            thing.dtype.str,
            order,
            *self._numbers(thing.ravel(order=order)),
            self.homes.get(id(thing)),
            *thing.shape,
        )

    def _numbers(self, thing: np.ndarray) -> tuple[int, int]:
        """Where the bytes of an array stand in the row of cells, and how many cells they fill."""
        raw = np.ascontiguousarray(thing)
        if raw.dtype.itemsize == 8:
            return self._appended(raw.view(np.int64))
        content = raw.tobytes()
        return self._appended(np.frombuffer(content + bytes(-len(content) % 8), dtype=np.int64))

    # --- writing down

    def _appended(self, piece: np.ndarray) -> tuple[int, int]:
        begins = self.length
        self.pieces.append(piece.copy())
        self.length += len(piece)
        return begins, len(piece)

    def _written(self, kind: _Kind) -> dict[str, Any]:
        told: dict[str, Any] = {"form": kind.form, "class": kind.name, "count": len(kind.things), "columns": {}}
        if kind.form in ("object", "list", "dict", "set", "deque"):
            kind.columns[" home"] = [self.homes.get(id(thing)) for thing in kind.things]
        for name, column in kind.columns.items():
            told["columns"][name] = self._column(column)
        return told

    def _column(self, column: list[Any]) -> list[Any]:
        """Tag (or where the tags stand), and where the numbers stand; one number alone where all are equal."""
        tags, numbers = column_cells(column, self.texts, self.numbers)
        told = tags if isinstance(tags, int) else list(self._numbers(tags))
        if len(numbers) and (numbers == numbers[0]).all():
            return [len(numbers), told, int(numbers[0])]
        return [len(numbers), told, list(self._appended(numbers))]


def _frame_parts(thing: Any) -> tuple[Any, ...]:
    """A frame or a series of NumPy columns under plain words.

    Raises:
        WorkFailed: a column is of a type of pandas' own.
    """
    frame = thing.to_frame() if isinstance(thing, pd.Series) else thing
    of_pandas = [told for told in (*frame.dtypes, frame.index.dtype) if not isinstance(told, np.dtype)]
    if of_pandas:
        raise WorkFailed(f"a table with columns of type {of_pandas[0]} cannot be kept in a checkpoint")
    rows = len(frame) if isinstance(frame.index, pd.RangeIndex) else frame.index.to_numpy()
    columns = tuple(frame[name].to_numpy() for name in frame.columns)
    return (isinstance(thing, pd.Series), rows, frame.index.name, tuple(frame.columns), frame.columns.name, columns)
