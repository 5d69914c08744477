"""The observable tables seen from one day: who is on the platform, which rows fall into a window, sums by firm.

What features read is a few columns of a few rows, as NumPy arrays: times, numbers, words. Where they come from is told
twice, by `credit.frame_view` (tables as frames) and `sim.books.log_view` (the event log of a market that is alive).

Firms are positions 0..n-1 in the order of their identifiers, times are whole numbers of ticks. Sums run over integers
(fen, grams, days), so that neither the order of rows nor the machine changes a bit.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from credit.elementary import log

Rows = np.ndarray | slice
"""Some rows of a table: their numbers, or a run of neighbours."""
EVERY = slice(None)


class Words(NamedTuple):
    """Cells of a word column.

    Attributes:
        codes: the place in `known` of each cell's word, -1 where it is empty.
        known: words, each once.
    """

    codes: np.ndarray
    known: np.ndarray

    def are(self, *words: str) -> np.ndarray:
        """Whether each cell is one of some words."""
        return np.array([*(word in words for word in self.known.tolist()), False])[self.codes]


class SeenTable(ABC):
    """One table, column by column."""

    @abstractmethod
    def __len__(self) -> int:
        """Number of rows."""

    @abstractmethod
    def times(self, column: str, rows: Rows = EVERY) -> np.ndarray:
        """A date column as ticks, int64; a missing date is earlier than any day."""

    @abstractmethod
    def numbers(self, column: str, rows: Rows = EVERY) -> np.ndarray:
        """A number column as floats, NaN where missing."""

    @abstractmethod
    def words(self, column: str, rows: Rows = EVERY) -> Words:
        """A column of words or identifiers."""

    def is_missing(self, column: str, rows: Rows = EVERY) -> np.ndarray:
        """Whether each cell of a column of words or identifiers is empty."""
        return self.words(column, rows).codes < 0

    def texts(self, column: str, rows: Rows = EVERY) -> np.ndarray:
        """A column of words or identifiers as Python objects, None where missing."""
        codes, known = self.words(column, rows)
        return np.array([*known.tolist(), None], dtype=object)[codes]


class DayView(ABC):
    """The tables seen from one day.

    Attributes:
        tables: all eleven; later rows may still be in them.
        day: the day.
        now: its last tick: what carries the day's date is known.
        today: its first.
        ticks_a_day: how finely time is told.
        never: how a missing date reads: earlier than any day.
        firms: the row in force of every firm on the platform, by identifier.
        people: the row in force of every controller, by identifier.
        owner: position of each controller's firm, -1 where it is not on the platform yet.
        index: the firms' identifiers.
        n: number of firms.
    """

    tables: Mapping[str, SeenTable]
    firms: SeenTable
    people: SeenTable
    owner: np.ndarray
    index: pd.Index

    def __init__(self, day: pd.Timestamp, today: int, ticks_a_day: int, never: int) -> None:
        self.day = day
        self.today, self.ticks_a_day, self.never = today, ticks_a_day, never
        self.now = today + ticks_a_day - 1  # the day's own events are known when it ends

    @property
    def n(self) -> int:
        """Number of firms."""
        return len(self.index)

    # --- who

    @abstractmethod
    def firm_of(self, name: str, rows: Rows = EVERY) -> np.ndarray:
        """Position of the firm of each row of a table; -1 where it is not on the platform yet, or none is named."""

    @abstractmethod
    def person_of(self, name: str, rows: Rows = EVERY) -> np.ndarray:
        """Position in `people` of the controller of each row; -1 where it is not known, or none is named."""

    @abstractmethod
    def facility_of(self, rows: Rows = EVERY) -> np.ndarray:
        """Row of the facility of each row of `payments`; -1 where there is none."""

    def has_consent(self) -> np.ndarray:
        """Whether personal data of each controller may be used; withdrawn (missing) and expired consent are alike."""
        return self.people.times("consent_until") >= self.today

    # --- when

    @abstractmethod
    def ticks(self, day: pd.Timestamp) -> int:
        """When another day begins."""

    def window(self, name: str, column: str, days: int) -> Rows:
        """Rows of a table whose time lies in the last `days` days, today included."""
        when = self.tables[name].times(column)
        return np.flatnonzero((when > self.before(days)) & (when <= self.now))

    def until_now(self, name: str, column: str) -> Rows:
        """Rows of a table whose time is not later than today; a row without a time counts."""
        return np.flatnonzero(self.tables[name].times(column) <= self.now)

    def before(self, days: int) -> int:
        """The last tick of the day that many days ago."""
        return self.now - days * self.ticks_a_day

    def has_come(self, when: np.ndarray) -> np.ndarray:
        """Whether each time is known and not later than today."""
        return (when <= self.now) & (when != self.never)

    def age_days(self, when: np.ndarray) -> np.ndarray:
        """Whole days from a time to today; 0 for times of today."""
        return self.days_between(when, self.today)

    def days_between(self, first: np.ndarray, last: "np.ndarray | int") -> np.ndarray:
        """Whole days from one time to another."""
        return (last - first) // self.ticks_a_day

    # --- how much

    def total(self, firm: np.ndarray, amount: np.ndarray | None = None) -> np.ndarray:
        """Sum of integers (or count of rows) by firm; rows of unknown firms fall away."""
        return np.bincount(firm + 1, weights=amount, minlength=self.n + 1)[1:].astype(float)

    def most(self, firm: np.ndarray, value: np.ndarray) -> np.ndarray:
        """Largest value by firm; NaN where a firm has no row."""
        largest = np.full(self.n + 1, -np.inf)
        np.maximum.at(largest, firm + 1, value)
        return np.where(np.isfinite(largest), largest, np.nan)[1:]


def mean(values: np.ndarray) -> float:
    """The mean by a sum from left to right (NumPy's own order depends on the processor); NaN of nothing."""
    return float(np.cumsum(values)[-1] / len(values)) if len(values) else np.nan


def ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    """Top over bottom, NaN where the bottom is 0 or unknown."""
    return np.divide(top, bottom, out=np.full(len(top), np.nan), where=~np.isnan(bottom) & (bottom != 0))


def known_log(value: np.ndarray) -> np.ndarray:
    """Natural logarithm where known (same bits on every machine), NaN elsewhere."""
    is_known = ~np.isnan(value)
    return np.where(is_known, log(np.where(is_known, value, 1.0)), np.nan)


def distinct(values: np.ndarray) -> np.ndarray:
    """The different values, ascending; for whole numbers quicker than `np.unique`."""
    in_order = np.sort(values)
    return in_order[is_first(in_order)]


def is_first(in_order: np.ndarray) -> np.ndarray:
    """Whether each of some values in order is the first of its kind."""
    told = np.ones(len(in_order), dtype=bool)
    told[1:] = in_order[1:] != in_order[:-1]
    return told
