"""Leaving long work early: what stands is kept, and the reader hears how to go on."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import typer

from lab.output import margin

SIGNAL_EXIT_BASE = 128


class _Terminated(KeyboardInterrupt):
    """The process was asked to terminate; it leaves as after Ctrl-C."""


@contextmanager
def resumable(runs: Path) -> Iterator[None]:
    """Answer Ctrl-C and a request to terminate by saying how many runs stand in a folder, and how to go on.

    The exit code is the shell's (128 + the signal's number), not 1: nothing failed, and a script around an interrupted
    command should stop too.
    """

    def terminate(number: int, frame: FrameType | None) -> None:
        raise _Terminated

    is_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, terminate) if is_main else None
    try:
        yield
    except KeyboardInterrupt as interrupt:
        whole = len(list(runs.glob("[!.]*")))
        told = f"Interrupted. {whole} finished runs stand in {runs.parent}; the same command carries on from there."
        margin().print(told, markup=False, soft_wrap=True)
        number = signal.SIGTERM if isinstance(interrupt, _Terminated) else signal.SIGINT
        raise typer.Exit(SIGNAL_EXIT_BASE + number) from interrupt
    finally:
        if is_main:
            signal.signal(signal.SIGTERM, before)
