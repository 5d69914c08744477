"""Where things stand in a market that has just been built: by attributes from its root, parties by their rows.

A state is laid over a market built anew from the same inputs. What such a market makes for itself and never changes
(settings, prices, policies, bound methods) is not kept but found again by its path; what it does change is filled in
place where it stands at the same path, so that whoever points to it inside the market goes on pointing to it.
"""

from array import array
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import BuiltinFunctionType, BuiltinMethodType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
from pydantic import BaseModel

from sim.graph.kinds import fields_of, is_frozen, is_ours

FILLED_IN_PLACE = (list, dict, set, deque, array, np.ndarray)
CODE = (FunctionType, MethodType, BuiltinFunctionType, BuiltinMethodType, ModuleType, type)


@dataclass(frozen=True)
class Surroundings:
    """What a state is kept without.

    Attributes:
        given: classes whose instances follow from the inputs and never change; files as models and code are, too.
        left: attributes, by class, that a market builds for itself; those of its bases count.
        rows: attributes of the root that hold parties by row.
    """

    given: tuple[type, ...]
    left: Mapping[type, frozenset[str]]
    rows: tuple[str, ...]
    _known: dict[type, frozenset[str]] = field(default_factory=dict, repr=False)
    _given: dict[type, bool] = field(default_factory=dict, repr=False)

    def is_given(self, kind: type) -> bool:
        """Whether instances of a class are found again instead of being kept."""
        told = self._given.get(kind)
        if told is None:
            told = issubclass(kind, (BaseModel, *CODE, *self.given)) or kind.__name__ == "_lru_cache_wrapper"
            self._given[kind] = told
        return told

    def left_of(self, kind: type) -> frozenset[str]:
        """The attributes of a class that are not kept."""
        if kind not in self._known:
            own = (names for base, names in self.left.items() if issubclass(kind, base))
            self._known[kind] = frozenset().union(*own)
        return self._known[kind]


def standing(root: Any, around: Surroundings) -> Iterator[tuple[str, Any]]:
    """Every thing that can be found from the root, each once, by the shortest path.

    Args:
        root: the market.
        around: what is found again and what is left out.

    Yields:
        Path and thing: the root under the empty path, given things, mutable containers and objects of our own.
    """
    followed: dict[type, bool] = {}
    waiting: deque[tuple[str, Any]] = deque([("", root)])
    waiting.extend((f"{name}[{row}]", party) for name in around.rows for row, party in enumerate(getattr(root, name)))
    seen: set[int] = set()
    while waiting:
        path, thing = waiting.popleft()
        if id(thing) in seen:
            continue
        seen.add(id(thing))
        yield path, thing
        kind = type(thing)
        if kind is dict:
            given = ((key, value) for key, value in thing.items() if around.is_given(type(value)))
            waiting.extend((f"{path}[{key}]", value) for key, value in given)
        if around.is_given(kind) or kind in FILLED_IN_PLACE:
            continue
        left = around.left_of(kind)
        for name in fields_of([thing], kind):
            if name in left:
                continue
            value = getattr(thing, name, None)
            of = type(value)
            if of not in followed:
                followed[of] = of in FILLED_IN_PLACE or around.is_given(of) or (is_ours(of) and not is_frozen(of))
            if followed[of] and id(value) not in seen:
                waiting.append((f"{path}.{name}" if path else name, value))
