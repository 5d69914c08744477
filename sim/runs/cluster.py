"""The same work on the processes of a Dask cluster that is there already.

What a run comes to depends on its inputs alone, so a cluster changes nothing but the time, if its workers have the same
rules, data and packages. That is asked of every worker before anything begins, and again before every task, because
workers come and go. Files need not be shared: what a worker finds travels back, and is written where it was ordered.
"""

import logging
import platform
import threading
import traceback
from collections.abc import Callable, Generator, Sequence
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from credit.errors import BadInput, CreditLabError, Problem, WorkFailed
from credit.one_thread import on_one_thread
from sim.runs.provenance import provenance
from sim.runs.workers import Done, Failed

if TYPE_CHECKING:
    from distributed import Client

EXTRA = "cluster"
"""The extra of the package that brings what a cluster needs."""
PATIENCE_SECONDS = 5
"""How long an address may stay silent."""
DECISIVE = ("numpy", "pandas", "scipy", "mesa", "numba", "lightgbm", "scikit-learn", "pyarrow")
"""Packages whose versions can change a result, or the bytes of its files."""

_ALONE = threading.Lock()
"""A worker of several threads lives one market at a time: they would share one interpreter and gain nothing."""


def identity() -> dict[str, str]:
    """What has to be equal wherever a result is made: Python, rules, data, lock and decisive packages."""
    found = {"Python": platform.python_version(), **asdict(provenance())}
    for name in DECISIVE:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "absent"
    return found


def work_on_cluster[T, R](
    tasks: Sequence[T], work: Callable[[T], R], address: str
) -> Generator[Done[T, R] | Failed[T]]:
    """Do every task on a cluster and give each answer as it comes.

    A task whose worker is lost goes to another one, as often as the cluster allows it. Leaving early gives up what has
    not been begun; a run in progress lives on to its end, and nobody hears of it.

    Args:
        tasks: picklable tasks, begun in this order.
        work: a function at the top level of a module that workers have, too.
        address: of the scheduler, such as `tcp://host:8786`.

    Yields:
        Done or Failed, one for each task, in the order of finishing.

    Raises:
        BadInput: nobody answers there, or workers differ from here; the message says in what.
        WorkFailed: the extra `cluster` is not installed, there are no workers, or the cluster was lost on the way.
    """
    client = _connected(address)
    try:
        expected = identity()
        _refuse_others(client, address, expected)
        yield from _answers(client, tasks, work, address, expected)
    finally:
        client.close(timeout=PATIENCE_SECONDS)


def _connected(address: str) -> "Client":
    try:
        from distributed import Client
    except ModuleNotFoundError as error:
        raise WorkFailed(
            f"--scheduler needs the package `distributed`: install the extra `{EXTRA}`, pip install creditlab[{EXTRA}]"
        ) from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what it has to say, errors say here
    try:
        return Client(address, timeout=PATIENCE_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError, ImportError) as error:
        rule = f"no scheduler answered within {PATIENCE_SECONDS} seconds"
        remedy = "give the address that the cluster's scheduler prints, such as tcp://host:8786"
        raise BadInput(Problem(rule, field="scheduler", value=address, remedy=remedy)) from error


def _refuse_others(client: "Client", address: str, expected: dict[str, str]) -> None:
    """Every worker must be what this process is."""
    try:
        client.wait_for_workers(1, timeout=PATIENCE_SECONDS)
    except (TimeoutError, OSError) as error:
        raise WorkFailed(f"the cluster at {address} has no workers") from error
    try:
        found = client.run(identity)
    except Exception as error:
        raise WorkFailed(
            f"the workers at {address} cannot run this laboratory ({error}): install it there, the same version"
        ) from error
    for worker, theirs in sorted(found.items()):
        if apart := _apart(theirs, expected):
            remedy = "install there what is here, sources, data and packages"
            raise BadInput(
                Problem(f"worker {worker} differs: {apart}", field="scheduler", value=address, remedy=remedy)
            )


def _apart(theirs: dict[str, str], ours: dict[str, str]) -> str:
    """In what a worker differs, in words; empty where it does not."""
    names = (name for name in ours if theirs.get(name) != ours[name])
    return ", ".join(f"{name} {str(theirs.get(name))[:12]} there, {ours[name][:12]} here" for name in names)


def _answers[T, R](
    client: "Client", tasks: Sequence[T], work: Callable[[T], R], address: str, expected: dict[str, str]
) -> Generator[Done[T, R] | Failed[T]]:
    from distributed import KilledWorker, as_completed

    futures = {
        client.submit(_done, work, task, expected, pure=False, priority=-place): place
        for place, task in enumerate(tasks)
    }
    try:
        for future in as_completed(list(futures), loop=client.loop, raise_errors=False):
            task = tasks[futures.pop(future)]
            if future.status == "finished":
                is_done, content = future.result()
                yield Done(task, content) if is_done else Failed(task, content)
            elif future.status == "error":
                error = future.exception()
                if isinstance(error, CreditLabError):
                    raise error
                is_killed = isinstance(error, KilledWorker)
                why = "its workers kept dying; if memory ran out, use fewer workers a machine" if is_killed else ""
                yield Failed(task, why or f"{type(error).__name__}: {error}")
            else:
                raise WorkFailed(f"the cluster at {address} was lost; finished runs are kept")
            future.release()
    finally:
        if futures:
            client.cancel(list(futures))


def _done(work: Callable[[Any], Any], task: Any, expected: dict[str, str]) -> tuple[bool, Any]:
    """On the worker: the answer, or the traceback."""
    if apart := _apart(identity(), expected):
        raise WorkFailed(f"a worker that came later differs: {apart}")
    with _ALONE:
        try:
            return True, on_one_thread(work)(task)
        except CreditLabError as error:  # as in `sim.runs.workers`
            return False, str(error)
        except Exception:
            return False, traceback.format_exc()
