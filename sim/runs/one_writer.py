"""One writer a place: who would write where another process is about to, hears of it before any work is done."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO

from credit.errors import WorkFailed

PATIENCE_SECONDS = 2.0  # a child that a killed process was just starting shares its hold for a moment longer


@contextmanager
def held_by_one(lock: Path, place: Path) -> Iterator[None]:
    """Hold a lock file alone. The kernel lets go of it when the process ends, however it ends.

    Args:
        lock: the file, made when absent and left behind; it tells the number of the process.
        place: what is held, for the message.

    Raises:
        WorkFailed: another process holds it.
    """
    with lock.open("a+", encoding="ascii") as file:
        _hold(file, place, PATIENCE_SECONDS)
        yield


@contextmanager
def one_writer(path: Path) -> Iterator[None]:
    """Hold a file or folder that is to be written whole, by a lock beside it that is gone afterwards.

    Raises:
        WorkFailed: another process is about to write it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = path.parent / f".{path.name}.lock"
    while True:
        with lock.open("a+", encoding="ascii") as file:
            _hold(file, path, 0.0)
            if not _is_still(file, lock):  # it was taken away by the one before, who has finished
                continue
            try:
                yield
            finally:
                lock.unlink(missing_ok=True)
            return


def _hold(file: TextIO, place: Path, patience_seconds: float) -> None:
    until = time.monotonic() + patience_seconds
    while not _is_held(file):
        if time.monotonic() > until:
            file.seek(0)
            holder = file.read() or "unknown"
            raise WorkFailed(f"{place} is being written by process {holder}; wait for it, or use another folder")
        time.sleep(0.05)
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()


def _is_held(file: TextIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_still(file: TextIO, path: Path) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(file.fileno()), path.stat())
    return False
