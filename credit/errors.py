"""Errors that name the place, the value, the rule and the remedy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong with an input, told so that its owner can mend it.

    Attributes:
        rule: what must hold, in words ("must be >= 1").
        file: the file (or the name of the object) in which it was found.
        field: the field, column or parameter.
        value: the value found there.
        row: the row, counted from 1 below the header, where the input is a table.
        remedy: what the owner can do.
        table: the observable table that the file holds, where it holds one.
    """

    rule: str
    file: str | None = None
    field: str | None = None
    value: Any = None
    row: int | None = None
    remedy: str | None = None
    table: str | None = None

    def __str__(self) -> str:
        where = ", ".join(
            part
            for part in (self.file, f"row {self.row}" if self.row is not None else None, self.field)
            if part is not None
        )
        shown = str(self.value) if isinstance(self.value, date) else repr(self.value)
        what = self.rule if self.value is None else f"{shown}: {self.rule}"
        told = f"{where}: {what}" if where else what
        return f"{told} ({self.remedy})" if self.remedy else told


class CreditLabError(Exception):
    """Base of every error that the laboratory raises on purpose."""


class BadInput(CreditLabError, ValueError):  # noqa: N818 - it names the cause, not the mechanism
    """The input breaks a rule; nothing was written. Exit code 2 on the command line.

    It is a ValueError too, which is what callers of scikit-learn estimators expect of unusable data.
    """

    def __init__(self, problems: Problem | Sequence[Problem], headline: str | None = None) -> None:
        self.problems: tuple[Problem, ...] = (problems,) if isinstance(problems, Problem) else tuple(problems)
        self.headline = headline
        super().__init__(str(self))

    def __str__(self) -> str:
        lines = [str(problem) for problem in self.problems]
        return "\n".join([self.headline, *lines] if self.headline else lines)


class WorkFailed(CreditLabError):  # noqa: N818 - it names the cause, not the mechanism
    """The input was sound and the work still failed. Exit code 1 on the command line."""
