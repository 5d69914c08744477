"""Linear algebra on one thread: sums come out in one order, and small fits do not wait for busy cores.

The matrices here are small. Spread over threads they gain nothing on a quiet machine, lose two orders of magnitude on
a busy one (threads spin while they wait for each other), and split their sums by the number of cores, so that a model
file would depend on the machine that wrote it.
"""

from collections.abc import Callable
from functools import cache, wraps

from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

_held: list[bool] = []
"""Not empty while a caller further out holds the libraries to one thread already; the hold is the process's."""


def on_one_thread[**P, T](work: Callable[P, T]) -> Callable[P, T]:
    """Run a function with the linear-algebra libraries held to one thread."""

    @wraps(work)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        if _held:
            return work(*args, **kwargs)
        with _libraries().limit(limits=1, user_api="blas"):
            _held.append(True)
            try:
                return work(*args, **kwargs)
            finally:
                _held.pop()

    return run


@cache
def _libraries() -> ThreadpoolController:
    """The linear-algebra libraries of NumPy and SciPy, looked for once: that takes longer than a small fit."""
    import scipy.linalg  # noqa: F401  - loads SciPy's own, so that it is among those found

    return ThreadpoolController()
