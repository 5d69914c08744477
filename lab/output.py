"""How commands answer: one JSON object or a readable page, progress on the side, exit codes that mean something."""

import errno
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any, Protocol

import typer

from credit.errors import BadInput, CreditLabError

if TYPE_CHECKING:
    from pydantic import BaseModel
    from rich.console import Console
    from rich.table import Table

EXIT_FAILED = 1
EXIT_BAD_INPUT = 2
MAKE_ROOM, MAY_WRITE = "make room and call again", "write where you may"
CANNOT_WRITE = dict.fromkeys((errno.ENOSPC, errno.EDQUOT, errno.EFBIG), MAKE_ROOM) | dict.fromkeys(
    (errno.EROFS, errno.EACCES, errno.EPERM), MAY_WRITE
)
"""What stops a file from being written, and what helps."""
MOST_LINES = 50
"""A column that is wrong in every row is told by its first rows; a file of errors, where one is written, has all."""


class Advance(Protocol):
    """Reports that some more of a piece of work is done."""

    def __call__(self, steps: int = 1, note: str | None = None) -> None: ...


def page() -> "Console":
    """Standard output, for people."""
    from rich.console import Console

    return Console(highlight=False)


def margin() -> "Console":
    """Standard error: progress, warnings and errors, so that standard output stays clean."""
    from rich.console import Console

    return Console(stderr=True, highlight=False)


def ruled(*columns: str, title: str | None = None, words: int = 1) -> "Table":
    """The table of every page: one rule under the heads, none elsewhere.

    Args:
        columns: the heads, in order; a table of none gets its columns from its caller and shows no heads.
        title: stands above it, at the left.
        words: how many columns, from the first, hold words; the others hold numbers, which end at the right.
    """
    from rich.box import SIMPLE
    from rich.table import Table

    table = Table(box=SIMPLE, title=title, title_justify="left", show_header=bool(columns))
    for place, head in enumerate(columns):
        table.add_column(head, justify="left" if place < words else "right")
    return table


def give(answer: "BaseModel", as_json: bool, show: Callable[["Console"], None]) -> None:
    """Print an answer: its JSON and nothing else, or the readable page that `show` draws."""
    if as_json:
        sys.stdout.write(answer.model_dump_json(indent=2) + "\n")
    else:
        show(page())


@contextmanager
def progress(title: str, total: int) -> Iterator[Advance]:
    """A progress bar on standard error; silent where that is not a terminal."""
    console = margin()
    if not console.is_terminal:
        yield lambda steps=1, note=None: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(title, total=total)

        def advance(steps: int = 1, note: str | None = None) -> None:
            bar.update(task, advance=steps, description=f"{title} {note}" if note else title)

        yield advance


def told_lines(error: CreditLabError) -> tuple[list[str], list[str]]:
    """An error's heading and its problems, a line each.

    Many problems of one file name it once, in the heading, instead of on every line.
    """
    if not isinstance(error, BadInput):
        return [], str(error).splitlines()
    problems, heading = error.problems, (error.headline or "").splitlines()
    file = problems[0].file if problems else None
    if file is None or len(problems) < 2 or any(problem.file != file for problem in problems):
        return heading, [line for problem in problems for line in str(problem).splitlines()]
    named = heading if file in (error.headline or "") else [*heading, f"{file}:"]
    return named, [f"  {replace(problem, file=None)}" for problem in problems]


def guarded[**P, T](command: Callable[P, T]) -> Callable[P, T]:
    """Turn the laboratory's own errors, and a disk that takes no more, into a message and an exit code."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return command(*args, **kwargs)
        except CreditLabError as error:
            is_bad_input = isinstance(error, BadInput)
            told: Any = margin()
            told.print("[bold red]Bad input[/]" if is_bad_input else "[bold red]Failed[/]")
            heading, lines = told_lines(error)
            for line in heading:
                told.print(line, markup=False, soft_wrap=True)
            told.print("\n".join(lines[:MOST_LINES]), markup=False)
            if len(lines) > MOST_LINES:
                told.print(f"... and {len(lines) - MOST_LINES:,} more")
            raise typer.Exit(EXIT_BAD_INPUT if is_bad_input else EXIT_FAILED) from error
        except OSError as error:
            if error.errno not in CANNOT_WRITE:
                raise
            where = f" ({error.filename})" if error.filename else ""
            told = margin()
            told.print("[bold red]Failed[/]")
            told.print(
                f"{os.strerror(error.errno)}{where}: nothing was left half written; {CANNOT_WRITE[error.errno]}",
                markup=False,
            )
            raise typer.Exit(EXIT_FAILED) from error

    return run
