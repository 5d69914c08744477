"""What features read of the event log, column by column: days, amounts, words and who is named, as whole numbers.

The same columns stand as frames in `sim.books.observed`; that features come out alike from both is a test.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import NamedTuple, Self

import numpy as np
import pandas as pd

from credit.day_view import EVERY, Rows, SeenTable, Words
from credit.frame_view import DAY_NS
from sim.books.facilities import KINDS, STATUSES
from sim.books.recorders import BUREAU_KINDS, MISSING, Events

FINDINGS = ("fine", "concern", "alarm")
PPM = 1_000_000
PRODUCT_OF_KIND, PRODUCTS = pd.factorize(np.array([kind.product for kind in KINDS], dtype=object))


class Word(NamedTuple):
    """How a column of words is told by a column of the log.

    Attributes:
        cell: the column.
        words: what its numbers stand for, texts.
        code: from the log's number to the place in `words`, where they are two things.
    """

    cell: str
    words: Sequence[str] | np.ndarray
    code: Callable[[np.ndarray], np.ndarray] = np.asarray


class Columns(NamedTuple):
    """How one table is read off the log; a day has the same name in both.

    Attributes:
        in_order: the day in whose order rows were written down.
        is_whole: every row is read, however old.
        numbers: for each number its column of the log and the log's units in one of the table's.
        words: for each word how it is told.
    """

    in_order: str
    is_whole: bool
    numbers: Mapping[str, tuple[str, int]]
    words: Mapping[str, Word]


READ: dict[str, Columns] = {
    "orders": Columns(
        "placed_on",
        False,
        {"quantity_kg": ("quantity_g", 1000), "price_fen_per_tonne": ("price", 1), "match_share": ("match_ppm", PPM)},
        {"paid_by": Word("facility", ("cash", "facility"), lambda facility: np.where(facility == MISSING, 0, 1))},
    ),
    "invoices": Columns(
        "issued_on",
        False,
        {"amount_fen": ("amount", 1), "paid_fen": ("paid", 1), "dilution_fen": ("dilution", 1)},
        {},
    ),
    "operations": Columns("month_day", False, {"logins": ("logins", 1), "quotes": ("quotes", 1)}, {}),
    "facilities": Columns(
        "opened_on",
        True,  # an old instalment that is still unpaid counts
        {"principal_fen": ("principal", 1)},
        {
            "status": Word("status", STATUSES, lambda status: np.maximum(status, 0)),  # open until something happens
            "product": Word("kind", PRODUCTS, PRODUCT_OF_KIND.__getitem__),
        },
    ),
    "payments": Columns("", True, {"due_fen": ("due", 1), "paid_fen": ("paid", 1)}, {}),
    "bureau": Columns("happened_on", False, {}, {"kind": Word("kind", BUREAU_KINDS)}),
    "visits": Columns("visited_on", False, {}, {"finding": Word("finding", FINDINGS)}),
    "decisions": Columns("decided_on", False, {"limit_fen": ("limit", 1)}, {}),
}
"""What features read of the tables that grow."""


class LogTable(SeenTable):
    """A table that grows.

    Args:
        events: its rows.
        columns: how they are read.
        since: the first market day that is read.
        named: who is named, words beside those of `columns`.
        month_begins: gives the first market day of the month of each of some days.
    """

    def __init__(
        self,
        events: Events,
        columns: Columns,
        since: int,
        named: Mapping[str, Word],
        month_begins: Callable[[np.ndarray], np.ndarray],
    ) -> None:
        self._events, self._numbers, self._words = events, columns.numbers, {**columns.words, **named}
        self._first = 0 if columns.is_whole else events.first_from(columns.in_order, since)
        self._month_begins = month_begins
        self._cells: dict[str, np.ndarray] = {}

    def __len__(self) -> int:
        return len(self._events) - self._first

    def cells(self, name: str) -> np.ndarray:
        """A column of the log."""
        if name not in self._cells:
            self._cells[name] = self._events.column(name, self._first)
        return self._cells[name]

    def times(self, column: str, rows: Rows = EVERY) -> np.ndarray:
        """A day as a market day; a month as its first."""
        return self._month_begins(self.cells("month_day")[rows]) if column == "month" else self.cells(column)[rows]

    def numbers(self, column: str, rows: Rows = EVERY) -> np.ndarray:
        """A number in the table's unit; what has not come yet is 0."""
        name, units = self._numbers[column]
        cells = self.cells(name)[rows]
        if name in self._events.later:
            cells = np.maximum(cells, 0)
        return cells / units if units > 1 else cells.astype(float)

    def words(self, column: str, rows: Rows = EVERY) -> Words:
        """A word by its number, an identifier by the row of what it names."""
        word = self._words[column]
        return Words(word.code(self.cells(word.cell)[rows]), np.asarray(word.words, dtype=object))


class Declared(SeenTable):
    """A table that does not grow.

    Args:
        days: columns of market days.
        numbers: columns of numbers.
        words: columns of words.
    """

    def __init__(
        self, days: Mapping[str, np.ndarray], numbers: Mapping[str, np.ndarray], words: Mapping[str, Words]
    ) -> None:
        self._days, self._numbers, self._words = days, numbers, words

    @classmethod
    def read(cls, frame: pd.DataFrame, first_day: date) -> Self:
        """The columns of a canonical table; market day 0 is the first day."""
        days, numbers, words = dict[str, np.ndarray](), dict[str, np.ndarray](), dict[str, Words]()
        for name, cells in frame.items():
            if cells.dtype.kind == "M":
                since = (cells.to_numpy() - np.datetime64(first_day, "ns")).view(np.int64) // DAY_NS
                days[str(name)] = np.where(cells.isna(), MISSING, since)
            elif pd.api.types.is_numeric_dtype(cells.dtype):
                numbers[str(name)] = cells.to_numpy(dtype=float, na_value=np.nan)
            else:
                words[str(name)] = Words(*map(np.asarray, pd.factorize(np.asarray(cells.array, dtype=object))))
        return cls(days, numbers, words)

    def of(self, rows: Rows) -> "Declared":
        """Some of the rows."""
        return Declared(
            {name: cells[rows] for name, cells in self._days.items()},
            {name: cells[rows] for name, cells in self._numbers.items()},
            {name: cells._replace(codes=cells.codes[rows]) for name, cells in self._words.items()},
        )

    def __len__(self) -> int:
        return len(next(iter(self._days.values())))

    def times(self, column: str, rows: Rows = EVERY) -> np.ndarray:
        """A day as a market day."""
        return self._days[column][rows]

    def numbers(self, column: str, rows: Rows = EVERY) -> np.ndarray:
        """A number as it was declared."""
        return self._numbers[column][rows]

    def words(self, column: str, rows: Rows = EVERY) -> Words:
        """A word, or an identifier."""
        codes, known = self._words[column]
        return Words(codes[rows], known)
