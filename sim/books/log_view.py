"""The event log of a living market, seen from its day: what the monthly review reads, without a frame or a text.

The log's whole numbers are columns already and its rows lie in the order of their days: a window is a run of
neighbours, a firm or a facility is its row, a word is its code, a tick is a market day. That features come out as they
do from the written tables is a test.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from credit.day_view import EVERY, DayView, Rows, SeenTable
from credit.frame_view import DAY_NS, NOT_A_TIME, FrameTable
from sim.books.facilities import KINDS, STATUSES
from sim.books.recorders import MISSING, Events
from sim.stage import Stage

REVIEW_DAYS = 400
"""How far back the review reads: the longest window of any feature is 365 days."""
BUREAU_KINDS = (
    "enquiry", "new_loan", "lawsuit", "enforcement", "delinquency", "guarantee", "legal_rep_change", "equity_change",
    "phone_change",
)  # fmt: skip
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
EYES = ("orders", "invoices", "operations", "visits")
"""The tables in which a firm may be seen under another's name (`sim.arms.worlds`)."""


class LogTable(SeenTable):
    """A table that grows.

    Args:
        events: its rows.
        columns: how they are read.
        since: the first market day that is read.
        identifiers: words beside those of `columns`: who is named, by rows.
        begins: gives the first market day of the month of each of some days.
    """

    def __init__(
        self,
        events: Events,
        columns: Columns,
        since: int,
        identifiers: Mapping[str, Word],
        begins: Callable[[np.ndarray], np.ndarray],
    ) -> None:
        self._events, self._numbers, self._words = events, columns.numbers, {**columns.words, **identifiers}
        self._first = 0 if columns.is_whole else events.first_from(columns.in_order, since)
        self._begins = begins
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
        return self._begins(self.cells("month_day")[rows]) if column == "month" else self.cells(column)[rows]

    def numbers(self, column: str, rows: Rows = EVERY) -> np.ndarray:
        """A number in the table's unit; what has not come yet is 0."""
        name, units = self._numbers[column]
        cells = self.cells(name)[rows]
        if name in self._events.later:
            cells = np.maximum(cells, 0)
        return cells / units if units > 1 else cells.astype(float)

    def codes(self, column: str, rows: Rows = EVERY) -> tuple[np.ndarray, np.ndarray]:
        """A word by its number, an identifier by the row of what it names."""
        word = self._words[column]
        return word.code(self.cells(word.cell)[rows]), np.asarray(word.words, dtype=object)

    def is_missing(self, column: str, rows: Rows = EVERY) -> np.ndarray:
        """Whether nothing is named."""
        return self.codes(column, rows)[0] < 0


class Declared(FrameTable):
    """A table that does not grow.

    Args:
        frame: the rows.
        origin_ns: when market day 0 begins.
    """

    def __init__(self, frame: pd.DataFrame, origin_ns: int) -> None:
        super().__init__(frame)
        self._origin_ns = origin_ns

    def times(self, column: str, rows: Rows = EVERY) -> np.ndarray:
        """A day as a market day."""
        ns = super().times(column, rows)
        return np.where(ns == NOT_A_TIME, MISSING, (ns - self._origin_ns) // DAY_NS)


class LogView(DayView):
    """A market's tables seen from today; times are market days.

    Args:
        stage: the market; nothing in its log is later than today but news under way and instalments ahead.
        declared: `firms` and `controllers` by row, founded or not, and `resin_prices`.
        shown_under: the firm row under whose name each firm's trade, behaviour and visits are seen.
        sellers: identifiers of who sells resin, by row.
        buyers: identifiers of buyers, by row.
    """

    def __init__(
        self,
        stage: Stage,
        declared: Mapping[str, pd.DataFrame],
        shown_under: np.ndarray,
        sellers: np.ndarray,
        buyers: np.ndarray,
    ) -> None:
        super().__init__(pd.Timestamp(stage.date), (stage.date - stage.first_day).days, 1, MISSING)
        self._first_day = pd.Timestamp(stage.first_day)
        firms, people = declared["firms"], declared["controllers"]
        told = {name: Declared(frame, self._first_day.value) for name, frame in declared.items()}
        is_founded = told["firms"].times("platform_since") <= self.today
        self.firms, self.people = Declared(firms[is_founded], self._first_day.value), told["controllers"]
        self.index = pd.Index(self.firms.texts("firm_id"), name="firm_id")
        self.owner = self.index.get_indexer(pd.Index(self.people.texts("firm_id")))
        self._place = np.where(is_founded, np.cumsum(is_founded) - 1, -1)
        self._place_shown = self._place[shown_under]
        self._firms_of = {"controllers": self.owner}
        ids = firms["firm_id"].to_numpy(dtype=object)
        named = {
            "supplier_id": Word("supplier", sellers),
            "buyer_id": Word("buyer", buyers),
            "controller_id": Word("controller", people["controller_id"].to_numpy(dtype=object), _row_or_none),
        }
        self._log: dict[str, LogTable] = {}
        for name, columns in READ.items():
            identifiers = named | {"firm_id": Word("firm", ids[shown_under] if name in EYES else ids)}
            events, since = getattr(stage.log, name), self.today - REVIEW_DAYS
            self._log[name] = LogTable(events, columns, since, identifiers, self._month_begins)
        self.tables = {**told, **self._log}

    def firm_of(self, name: str, rows: Rows = EVERY) -> np.ndarray:
        """Position of the firm of each row of a table."""
        if name not in self._firms_of:
            place = self._place_shown if name in EYES else self._place
            self._firms_of[name] = place[self._log[name].cells("firm")]
        return self._firms_of[name][rows]

    def person_of(self, name: str, rows: Rows = EVERY) -> np.ndarray:
        """Position of the controller of each row of a table: its row, for all have declared themselves."""
        return self.tables[name].codes("controller_id", rows)[0]

    def facility_of(self, rows: Rows = EVERY) -> np.ndarray:
        """Row of the facility of each instalment."""
        return self._log["payments"].cells("facility")[rows]

    def ticks(self, day: pd.Timestamp) -> int:
        """The market day of a date."""
        return (day - self._first_day).days

    def window(self, name: str, column: str, days: int) -> Rows:
        """Rows of a table whose day lies in the last `days` days: neighbours, where days lie in order."""
        if not self._is_in_order(name, column):
            return super().window(name, column, days)
        first, after = np.searchsorted(self.tables[name].times(column), (self.before(days), self.now), side="right")
        return slice(int(first), int(after))

    def until_now(self, name: str, column: str) -> Rows:
        """Rows of a table whose day is not later than today: the first ones, where days lie in order."""
        if not self._is_in_order(name, column):
            return super().until_now(name, column)
        return slice(0, int(np.searchsorted(self.tables[name].times(column), self.now, side="right")))

    def _is_in_order(self, name: str, column: str) -> bool:
        return name in READ and READ[name].in_order == column

    def _month_begins(self, days: np.ndarray) -> np.ndarray:
        """The first market day of the month of each market day."""
        origin = self._first_day.to_numpy().astype("datetime64[D]")
        return ((origin + days).astype("datetime64[M]").astype("datetime64[D]") - origin).view(np.int64)


def _row_or_none(row: np.ndarray) -> np.ndarray:
    """-1 where nobody is named."""
    return np.maximum(row, -1)
