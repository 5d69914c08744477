"""Small fits hold the linear-algebra libraries to one thread, and give them back as they were."""

import numpy as np
import scipy.linalg
from threadpoolctl import threadpool_info, threadpool_limits

from credit.one_thread import on_one_thread


def threads() -> list[int]:
    return [one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"]


def test_libraries_are_held_to_one_thread_while_the_work_lasts_and_no_longer():
    @on_one_thread
    def inner() -> list[int]:
        scipy.linalg.inv(np.eye(2))
        return threads()

    @on_one_thread
    def outer() -> list[int]:
        return [*inner(), *threads()]

    with threadpool_limits(limits=3, user_api="blas"):
        before = threads()  # not all 3: another package's library may have been built for a single thread
        assert max(before) == 3
        assert set(outer()) == {1}
        assert threads() == before
