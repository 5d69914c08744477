"""Chance with who, what and when: draws keyed by (seed, decision, day, entity).

A draw is a hash of its key, not the next number of a generator. It does not change when another agent is added, a
phase is reordered or nobody asks for it, so two scenarios with one seed differ only where the shock made them differ.

The hash is the finaliser of SplitMix64 (Steele, Lea & Flood, OOPSLA 2014), applied once for the decision, once for the
day and twice for the entity. Normal draws go through the inverse distribution function of `credit.elementary`, so that
they have the same bits on every machine.
"""

import hashlib
from array import array
from functools import cache

import numpy as np

from credit import elementary

PPM = 1_000_000

_MASK = (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15
_FIRST, _SECOND = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB


def _mixed(x: int) -> int:
    x = ((x ^ (x >> 30)) * _FIRST) & _MASK
    x = ((x ^ (x >> 27)) * _SECOND) & _MASK
    return x ^ (x >> 31)


def _mixed_columns(x: np.ndarray) -> np.ndarray:
    x = (x ^ (x >> np.uint64(30))) * np.uint64(_FIRST)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(_SECOND)
    return x ^ (x >> np.uint64(31))


@cache
def _key_of(decision: str) -> int:
    return int.from_bytes(hashlib.blake2b(decision.encode(), digest_size=8).digest(), "little")


@cache
def _entity_keys(count: int) -> np.ndarray:
    numbers = np.arange(1, count + 1, dtype=np.uint64) * np.uint64(_GOLDEN)
    keys = _mixed_columns(numbers)
    keys.flags.writeable = False
    return keys


class Roster:
    """Who draws, where rows are not identities: firms that are founded later keep their draws wherever they stand.

    A roster of 0, 1, ..., n-1 draws what `n` draws.

    Attributes:
        numbers: identity of each row, distinct, `uint64`.
        keys: the hash of each.
    """

    def __init__(self, numbers: np.ndarray) -> None:
        self.numbers = np.asarray(numbers, dtype=np.uint64)
        self.keys = _mixed_columns((self.numbers + np.uint64(1)) * np.uint64(_GOLDEN))

    def __len__(self) -> int:
        return len(self.keys)

    def only(self, rows: np.ndarray) -> "Roster":
        """Some of them, in the order of `rows`: each draws what it would draw among all."""
        some = Roster.__new__(Roster)
        some.numbers, some.keys = self.numbers[rows], self.keys[rows]
        return some


type Who = int | Roster
"""Entities 0 to n-1, or those of a roster."""


class Streams:
    """All the chance of one market.

    Every method takes the name of the decision, the day (or another period, or 0 for what is drawn once) and who draws;
    element `i` of the answer is the draw of entity `i` and of nobody else.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._root = _mixed((seed + _GOLDEN) & _MASK)

    def bits(self, decision: str, day: int, who: Who) -> np.ndarray:
        """Sixty-four random bits an entity, `uint64`, one an entity."""
        key = _mixed(_mixed(self._root ^ _key_of(decision)) ^ ((day * _GOLDEN) & _MASK))
        return _mixed_columns((_entity_keys(who) if isinstance(who, int) else who.keys) ^ np.uint64(key))

    def uniforms(self, decision: str, day: int, who: Who) -> np.ndarray:
        """Uniform on the open interval (0, 1), 53 bits, one an entity."""
        return ((self.bits(decision, day, who) >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53

    def normals(self, decision: str, day: int, who: Who) -> np.ndarray:
        """Standard normal, one an entity."""
        return elementary.normal_quantile(self.uniforms(decision, day, who))

    def ppm(self, decision: str, day: int, who: Who) -> list[int]:
        """Uniform on 0..999,999 as plain integers: `draw < share_ppm` happens with that share."""
        high = self.bits(decision, day, who) >> np.uint64(32)
        return ((high * np.uint64(PPM)) >> np.uint64(32)).tolist()

    def ppm_cells(self, decision: str, day: int, who: Who) -> "array[int]":
        """The same draws side by side: one is a plain integer when it is looked at, not before."""
        high = self.bits(decision, day, who) >> np.uint64(32)
        return array("q", ((high * np.uint64(PPM)) >> np.uint64(32)).tobytes())

    def whole(self, decision: str, day: int, who: Who, below: int) -> list[int]:
        """Uniform on 0..below-1 as plain integers."""
        high = self.bits(decision, day, who) >> np.uint64(32)
        return ((high * np.uint64(below)) >> np.uint64(32)).tolist()
