"""What may stand in a kept state: plain values, containers, arrays, and objects of our own two packages.

Nothing else is kept. A file names classes and fields; reading it back finds the classes in `sim` and `credit`, makes
bare instances and sets fields. No constructor runs, no function is looked up, nothing is executed that the file says.
"""

import importlib
import sys
from array import array
from collections import deque
from collections.abc import Iterable
from datetime import date
from enum import Enum
from functools import cache
from typing import Any

import numpy as np

from credit.errors import WorkFailed

PACKAGES = ("credit.", "sim.")
"""Where classes whose instances may be kept come from; each must stand at the top level of its module."""

PLAIN = frozenset({type(None), bool, int, float, str, date})
"""Types whose values fit into a cell."""
CONTAINERS = (list, tuple, dict, set, frozenset, deque)
NUMBERS = "biufM"
"""Kinds of NumPy types whose bytes are kept as they are."""
LONGEST_RECORD = 64
"""A longer tuple is a list that cannot change, a shorter one a record with a column a place."""


_OURS: dict[type, bool] = {}


class Missing:
    """The type of UNSET."""


UNSET = Missing()
"""An attribute that an object does not have at the moment, though others of its class do."""


def is_ours(kind: type) -> bool:
    """Whether instances of a class may be kept field by field."""
    known = _OURS.get(kind)
    if known is None:
        name = kind.__module__
        is_there = f"{name}.".startswith(PACKAGES) and getattr(sys.modules.get(name), kind.__qualname__, None) is kind
        known = _OURS[kind] = is_there
    return known


def is_record(kind: type) -> bool:
    """Whether a class is a named tuple of ours."""
    return issubclass(kind, tuple) and hasattr(kind, "_fields")


def name_of(kind: type) -> str:
    """A class by module and name."""
    return f"{kind.__module__}:{kind.__qualname__}"


@cache
def class_named(name: str) -> type:
    """The class of that name.

    Raises:
        WorkFailed: it is not one of ours, or not there.
    """
    module, _, word = name.partition(":")
    if f"{module}.".startswith(PACKAGES):
        try:
            found = getattr(importlib.import_module(module), word, None)
        except ImportError:
            found = None
        if isinstance(found, type) and is_ours(found):
            return found
    raise WorkFailed(f"a kept state names {name}, which is no class of this laboratory")


@cache
def slots_of(kind: type) -> tuple[str, ...]:
    """The attributes of a class that stand in slots, from all its bases."""
    told: list[str] = []
    for base in reversed(kind.__mro__):
        slots = base.__dict__.get("__slots__", ())
        told += [slots] if isinstance(slots, str) else list(slots)
    return tuple(name for name in dict.fromkeys(told) if name not in ("__dict__", "__weakref__"))


def fields_of(things: Iterable[Any], kind: type) -> list[str]:
    """Every attribute that some of these instances of one class have, in a fixed order."""
    own: set[str] = set()
    if getattr(kind, "__dictoffset__", 0):
        for thing in things:
            own.update(thing.__dict__)
    return [*slots_of(kind), *sorted(own)]


def is_frozen(kind: type) -> bool:
    """Whether instances of a class may be shared by many because nobody changes them."""
    told = getattr(kind, "__dataclass_params__", None)
    return (told is not None and told.frozen) or issubclass(kind, tuple | Enum)


def form_of(thing: Any) -> str:
    """How a thing is kept: record, tuple, list, dict, set, frozenset, deque, array, numbers, words, enum or object.

    Raises:
        WorkFailed: nothing of its type can be kept.
    """
    kind = type(thing)
    if kind is tuple:
        return "tuple" if len(thing) <= LONGEST_RECORD else "long tuple"
    if kind in CONTAINERS:
        return kind.__name__
    if kind is np.ndarray:
        return "words" if thing.dtype == object else "numbers" if thing.dtype.kind in NUMBERS else _refuse(kind)
    if kind is array:
        return "array"
    if kind is range:
        return "range"
    if isinstance(thing, np.generic):
        return "number" if thing.dtype.kind in NUMBERS else _refuse(kind)
    if isinstance(thing, Enum) and is_ours(kind):
        return "enum"
    if is_record(kind) and is_ours(kind):
        return "record"
    if not is_ours(kind) or issubclass(kind, dict | list | set | tuple | str | int):
        _refuse(kind)
    return "object"


def _refuse(kind: type) -> str:
    raise WorkFailed(f"nothing of type {kind.__module__}.{kind.__qualname__} can be kept in a checkpoint")
