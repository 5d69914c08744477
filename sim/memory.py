"""How a market treats memory: no search for garbage while it lives, and what a review has freed goes back."""

import ctypes
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """A market makes no reference cycles to speak of, and hundreds of thousands of objects that live to its end.

    Looking through them for garbage again and again costs a tenth of the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def give_back() -> None:
    """Return free memory to the system, where the C library knows how to (glibc).

    A review makes and drops frames of hundreds of thousands of rows between objects that stay for years; the C library
    would keep the holes.
    """
    _trim()(0)


@cache
def _trim() -> Callable[[int], object]:
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # another C library
        return lambda _: None
