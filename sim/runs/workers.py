"""Processes that work through a list, survive the death of one another, and die with their parent.

Why not `concurrent.futures.ProcessPoolExecutor`: there one killed worker breaks the whole pool and loses every task in
flight, Python 3.12 has no public way to stop workers at once, and workers blocked on the shared queue outlive a parent
that is killed. Here each worker has a pipe of its own. A closed pipe is how either side learns of the other's death.

Processes are spawned, not forked: numerical libraries start threads, and a fork of a threaded process may hang. The
imports that this repeats cost each worker a second or two, once, because a worker lives as long as there is work.
"""

import os
import signal
import traceback
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import connection, get_context, parent_process, resource_tracker

from credit.errors import BadInput, CreditLabError, Problem, WorkFailed

MOST_DEATHS = 3
"""A task that has taken this many workers with it is given up."""

THREAD_COUNTS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
"""Variables by which numerical libraries are told how many threads to start."""


@dataclass(frozen=True)
class Done[T, R]:
    """A task and what came of it."""

    task: T
    result: R


@dataclass(frozen=True)
class Failed[T]:
    """A task that raised an error, or whose workers kept dying.

    Attributes:
        task: what was to be done.
        trace: the traceback in the worker, or how the workers ended.
    """

    task: T
    trace: str


type Hands = int | str
"""Who works: so many processes on this machine, or the address of a Dask cluster's scheduler."""


def refuse_no_hands(workers: Hands) -> None:
    """Hold a number of processes to its range.

    Raises:
        BadInput: it is below 1.
    """
    if isinstance(workers, int) and workers < 1:
        raise BadInput(Problem("must be >= 1", field="workers", value=workers))


def work_through[T, R](tasks: Sequence[T], work: Callable[[T], R], workers: int) -> Generator[Done[T, R] | Failed[T]]:
    """Do every task in one of several processes and give each answer as it comes.

    Leaving the iterator early, by `close()` or by an exception such as Ctrl-C, kills the processes at once.

    Args:
        tasks: picklable tasks, begun in this order.
        work: a function at the top level of a module; it runs in the worker.
        workers: processes side by side, at least 1; no more are started than there are tasks.

    Yields:
        Done or Failed, one for each task, in the order of finishing.

    Raises:
        WorkFailed: a worker process ended before it could begin.
    """
    waiting = deque(range(len(tasks)))
    deaths: Counter[int] = Counter()
    crew: dict[connection.Connection, _Worker[T, R]] = {}

    def hire() -> None:
        worker = _Worker(work)
        crew[worker.pipe] = worker

    try:
        for _ in range(min(workers, len(tasks))):
            hire()
        while waiting or any(worker.task is not None for worker in crew.values()):
            for ready in connection.wait(list(crew)):
                worker = crew[ready]  # type: ignore[index]  # `wait` gives back what it was given
                finished = worker.task
                try:
                    answer = worker.pipe.recv()
                except (EOFError, OSError):
                    del crew[worker.pipe]
                    ended = worker.ended()
                    if not worker.has_begun:
                        raise WorkFailed(f"a worker process ended before it could begin ({ended})") from None
                    if finished is not None:
                        deaths[finished] += 1
                        if deaths[finished] < MOST_DEATHS:
                            waiting.appendleft(finished)
                        else:
                            yield Failed(
                                tasks[finished],
                                f"{MOST_DEATHS} worker processes died on it, the last one {ended}; "
                                "if memory ran out, use fewer workers",
                            )
                    if waiting:
                        hire()
                    continue
                worker.has_begun = True
                worker.task = waiting.popleft() if waiting else None
                if worker.task is not None:
                    worker.send(tasks[worker.task])
                if finished is not None:
                    is_done, content = answer
                    yield Done(tasks[finished], content) if is_done else Failed(tasks[finished], content)
    finally:
        for worker in crew.values():
            worker.kill()


def is_orphan() -> bool:
    """Whether this is a worker whose parent has died: what it is doing, nobody waits for."""
    parent = parent_process()
    return parent is not None and os.getppid() != parent.pid


class _Worker[T, R]:
    """One process, and the parent's end of the pipe to it.

    Attributes:
        pipe: tasks go in, answers come out; a first empty message says that the process has begun.
        task: number of the task in hand; None while idle.
        has_begun: whether the first message has come.
    """

    def __init__(self, work: Callable[[T], R]) -> None:
        context = get_context("spawn")
        self.pipe, far_end = context.Pipe()
        self.task: int | None = None
        self.has_begun = False
        self._process = context.Process(target=_serve, args=(far_end, work), daemon=True)
        with _environment_of_a_worker():
            self._process.start()
        far_end.close()

    def send(self, task: T) -> None:
        with suppress(OSError):  # it died while idle: the closed pipe will tell, and the task goes to another
            self.pipe.send(task)

    def ended(self) -> str:
        self._process.join()
        code = self._process.exitcode or 0
        return f"by signal {-code}" if code < 0 else f"with exit code {code}"

    def kill(self) -> None:
        self._process.kill()  # not terminate(): nothing a worker holds is worth a farewell
        self._process.join()
        self.pipe.close()


def _serve[T, R](pipe: connection.Connection, work: Callable[[T], R]) -> None:
    """The life of a worker: answer tasks until the parent's end of the pipe closes."""
    with suppress(EOFError, BrokenPipeError, ConnectionResetError):
        pipe.send(None)
        while True:
            task = pipe.recv()
            answer: tuple[bool, R | str]
            try:
                answer = (True, work(task))
            except CreditLabError as error:  # says itself what was wrong: where it was raised is no news
                answer = (False, str(error))
            except Exception:
                answer = (False, traceback.format_exc())
            pipe.send(answer)


@contextmanager
def _environment_of_a_worker() -> Iterator[None]:
    """What a process inherits at its start: one thread for each numerical library, and deafness to Ctrl-C.

    A terminal sends Ctrl-C to parent and workers alike. Only the parent acts on it, and kills the workers; otherwise
    each of them would print a traceback.
    """
    resource_tracker.ensure_running()  # its own start would lift the signal mask
    before = {name: os.environ.get(name) for name in THREAD_COUNTS}
    os.environ.update(dict.fromkeys(THREAD_COUNTS, "1"))
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
