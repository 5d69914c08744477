"""How much Python does: a count that a busy machine does not change, unlike seconds, which belong in benchmarks."""

import gc
import sys
from collections.abc import Callable
from types import FrameType


def calls_of(work: Callable[[], object]) -> int:
    """Functions called by some work, in Python and from Python: a loop over rows shows, a pass of NumPy counts once."""
    count = 0

    def seen(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    gc.disable()  # a collection calls finalizers and callbacks of others
    sys.setprofile(seen)
    try:
        work()
    finally:
        sys.setprofile(before)
        gc.enable()
    return count
