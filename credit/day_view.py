"""The observable tables seen from one day: who is on the platform, which rows fall into a window, sums by firm.

Firms are positions 0..n-1 in the order of their identifiers, times are nanoseconds since 1970. Sums run over integers
(fen, grams, days), so that neither the order of rows nor the machine changes a bit.
"""

from collections.abc import Mapping
from datetime import date

import numpy as np
import pandas as pd

from credit.elementary import log
from credit.tables import TABLES, empty

DAY_NS = 86_400_000_000_000
NOT_A_TIME = np.iinfo(np.int64).min
"""How a missing date reads as an integer: earlier than any day."""


class DayView:
    """The tables seen from one day.

    Attributes:
        tables: all eleven, absent ones empty; later rows are still in them.
        day: the day.
        now: its last nanosecond: what carries the day's date is known.
        today: its first.
        firms: the row in force of every firm on the platform, by identifier.
        people: the row in force of every controller, by identifier.
        index: the firms' identifiers.
        n: number of firms.
    """

    def __init__(self, tables: Mapping[str, pd.DataFrame], day: date) -> None:
        self.tables = {name: tables[name] if name in tables else empty(name) for name in TABLES}
        self.day = pd.Timestamp(day).normalize()
        self.now = int(self.day.value) + DAY_NS - 1  # the day's own events are known when it ends
        self.today = int(self.day.value)
        self.firms = self._snapshot("firms", "firm_id")
        self.firms = self.firms[times(self.firms, "platform_since") <= self.now]
        self.people = self._snapshot("controllers", "controller_id")
        self.index = pd.Index(texts(self.firms, "firm_id"), name="firm_id")
        self.n = len(self.index)

    def _snapshot(self, name: str, key: str) -> pd.DataFrame:
        """The state of each firm or controller in force: the latest row already valid, in the order of the key."""
        table = self.tables[name]
        start = times(table, "valid_from")
        rows = np.flatnonzero(start <= self.now)
        codes, _ = pd.factorize(texts(table, key, rows), sort=True)
        order = np.lexsort((start[rows], codes))
        is_last = np.append(np.diff(codes[order]) != 0, True) if len(order) else np.zeros(0, dtype=bool)
        return table.iloc[rows[order[is_last]]]

    def window(self, table: pd.DataFrame, column: str, days: int) -> np.ndarray:
        """Rows whose time lies in the last `days` days, today included."""
        when = times(table, column)
        return np.flatnonzero((when > self.now - days * DAY_NS) & (when <= self.now))

    def firm_of(self, table: pd.DataFrame, rows: np.ndarray) -> np.ndarray:
        """Position of each row's firm; -1 where it is not on the platform yet."""
        return self.index.get_indexer(texts(table, "firm_id", rows))

    def age_days(self, when: np.ndarray) -> np.ndarray:
        """Whole days from a time to today; 0 for times of today."""
        return (self.today - when) // DAY_NS

    def total(self, firm: np.ndarray, amount: np.ndarray | None = None) -> np.ndarray:
        """Sum of integers (or count of rows) by firm; rows of unknown firms fall away."""
        is_ours = firm >= 0
        weights = None if amount is None else amount[is_ours]
        return np.bincount(firm[is_ours], weights=weights, minlength=self.n).astype(float)

    def most(self, firm: np.ndarray, value: np.ndarray) -> np.ndarray:
        """Largest value by firm; NaN where a firm has no row."""
        is_ours = firm >= 0
        largest = np.full(self.n, -np.inf)
        np.maximum.at(largest, firm[is_ours], value[is_ours])
        return np.where(np.isfinite(largest), largest, np.nan)

    def has_consent(self) -> np.ndarray:
        """Whether personal data of each controller may be used; withdrawn (missing) and expired consent are alike."""
        return times(self.people, "consent_until") >= self.today


def times(table: pd.DataFrame, column: str) -> np.ndarray:
    """A date column as nanoseconds since 1970; a missing date is the smallest integer."""
    return table[column].to_numpy(dtype="datetime64[ns]").view(np.int64)


def texts(table: pd.DataFrame, column: str, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
    """Some rows of a text column as Python objects; identifiers that stand as numbers stay numbers."""
    cells = table[column].array[rows]
    return np.asarray(cells) if cells.dtype.kind in "iuf" else np.asarray(cells, dtype=object)


def numbers(table: pd.DataFrame, column: str, rows: np.ndarray) -> np.ndarray:
    """Some rows of a number column as floats, NaN where missing."""
    return table[column].array[rows].to_numpy(dtype=float, na_value=np.nan)


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
