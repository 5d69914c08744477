"""How a table is declared: columns with meaning and unit, rules between columns, tables with a key."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

import pandas as pd

Kind = Literal["id", "text", "category", "codes", "date", "month", "integer", "number", "flag"]
"""What a cell is. A month is the date of its first day; codes are texts joined by ";"."""

EARLIEST_EVENT = date(1990, 1, 1)
"""No trade on the platform is older: an earlier day is the empty date of a spreadsheet or an epoch (1899, 1970)."""
EARLIEST_FIRM = date(1900, 1, 1)
LATEST_PLAN_YEARS = 10
"""How far beyond the export's day a due date may lie, years."""

MOST_FEN = 10**15
"""Ten trillion yuan: larger amounts are a slip of units, and sums of nine thousand such rows still fit int64."""

_ID = r"[^\s\x00-\x1f\x7f](?:[^\x00-\x1f\x7f]{0,62}[^\s\x00-\x1f\x7f])?"


@dataclass(frozen=True)
class Column:
    """One column of an observable table.

    Attributes:
        name: its name; the unit stands in it as a suffix where there is one.
        kind: what a cell is.
        meaning: what it says, in the field's terms.
        unit: its unit; empty for texts.
        is_optional: whether a cell may be missing.
        low: least value allowed.
        high: greatest value allowed.
        allowed: the categories allowed.
        pattern: regular expression that a whole text must match.
        references: the table whose key the column names.
        is_planned: a date that may lie ahead of the export's day (a due date).
        earliest: first day allowed.
        is_snapshot_day: the optional column that dates a changed row.
    """

    name: str
    kind: Kind
    meaning: str
    unit: str = ""
    is_optional: bool = False
    low: float | None = None
    high: float | None = None
    allowed: tuple[str, ...] = ()
    pattern: str | None = None
    references: str | None = None
    is_planned: bool = False
    earliest: date = EARLIEST_EVENT
    is_snapshot_day: bool = False

    @property
    def dtype(self) -> str:
        """The canonical pandas dtype."""
        return {
            "date": "datetime64[ns]",
            "month": "datetime64[ns]",
            "integer": "Int64" if self.is_optional else "int64",
            "number": "float64",
            "flag": "boolean" if self.is_optional else "bool",
        }.get(self.kind, "string")


@dataclass(frozen=True)
class Rule:
    """A rule between columns of one row.

    Attributes:
        says: what must hold, in words.
        field: the column whose value is shown when it does not.
        holds: gives True for every row that keeps it; rows that lack a value keep it.
        remedy: what the owner of the data can do.
    """

    says: str
    field: str
    holds: Callable[[pd.DataFrame], pd.Series]
    remedy: str | None = None


@dataclass(frozen=True)
class TableSpec:
    """One observable table.

    Attributes:
        name: the table and, with `.parquet` or `.csv`, its file.
        meaning: what a row is.
        key: the columns that name a row once.
        columns: its columns in canonical order.
        rules: what must hold between the columns of a row.
    """

    name: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    rules: tuple[Rule, ...] = ()

    @property
    def column_names(self) -> list[str]:
        """The columns' names in canonical order."""
        return [column.name for column in self.columns]

    @property
    def dtypes(self) -> dict[str, str]:
        """The canonical dtype of every column."""
        return {column.name: column.dtype for column in self.columns}

    def empty(self) -> pd.DataFrame:
        """The table without rows."""
        return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in self.dtypes.items()})

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)


def identifier(name: str, meaning: str, references: str | None = None, is_optional: bool = False) -> Column:
    return Column(name, "id", meaning, pattern=_ID, references=references, is_optional=is_optional)


def day(name: str, meaning: str, is_optional: bool = False, is_planned: bool = False) -> Column:
    return Column(name, "date", meaning, "date", is_optional, is_planned=is_planned)


def fen(name: str, meaning: str, is_optional: bool = False, low: int = 0) -> Column:
    return Column(name, "integer", meaning, "fen", is_optional, low, MOST_FEN)


def count(name: str, meaning: str, unit: str, is_optional: bool = False, low: int = 0, high: int = 10**7) -> Column:
    return Column(name, "integer", meaning, unit, is_optional, low, high)


def number(
    name: str, meaning: str, unit: str, is_optional: bool = False, low: float = 0.0, high: float = 1e12
) -> Column:
    return Column(name, "number", meaning, unit, is_optional, low, high)


def share(name: str, meaning: str, unit: str = "share", is_optional: bool = False) -> Column:
    return Column(name, "number", meaning, unit, is_optional, 0.0, 1.0)


def one_of(name: str, meaning: str, allowed: tuple[str, ...], is_optional: bool = False) -> Column:
    return Column(name, "category", meaning, is_optional=is_optional, allowed=allowed)


def not_before(later: str, earlier: str) -> Rule:
    return Rule(
        f"{later} must not lie before {earlier}",
        later,
        lambda frame: ~(frame[later] < frame[earlier]),
        f"correct {later} or {earlier}; swapped columns are a usual cause",
    )


def paid_needs_day() -> Rule:
    return Rule(
        "what was paid must carry the day it was paid",
        "paid_on",
        lambda frame: frame["paid_on"].notna() | (frame["paid_fen"] == 0),
        "give paid_on, or set paid_fen to 0",
    )
