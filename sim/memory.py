"""How a market treats memory: no search for garbage while it lives, and what it has used goes back."""

import ctypes
import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """A market's own objects make no reference cycles, and hundreds of thousands of them live to its end.

    Looking through them for garbage again and again costs a tenth of the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def give_back(*, is_quarter_end: bool) -> None:
    """Return to the system what a review has used.

    The C library keeps the holes between objects that stay, unless it knows how to return them (glibc does). Libraries
    leave cycles behind (pandas ties a column and its `.dt` together), so that frames would stay for good: at the end of
    a quarter the objects made since the last one, and only they, are searched for them.
    """
    if is_quarter_end:
        gc.collect(0)
    _trim()(0)


def forget() -> None:
    """Return to the system a market that nobody holds any more.

    It is one large cycle (a client knows its market, which knows its clients), so that without a search it would lie
    beside the next one that the same process lives.
    """
    gc.collect()
    _trim()(0)


@cache
def _trim() -> Callable[[int], object]:
    try:
        return ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):  # another C library
        return lambda _: None
