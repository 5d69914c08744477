"""Tables as frames, seen from one day: a folder's, a notebook's, a market's when it is over."""

from collections.abc import Mapping
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from credit.day_view import EVERY, DayView, Rows, SeenTable, Words
from credit.tables import TABLES, empty

DAY_NS = 86_400_000_000_000
NOT_A_TIME = np.iinfo(np.int64).min
"""How a missing date reads as an integer."""


class FrameTable(SeenTable):
    """A frame in canonical dtypes, or with plain objects, categories or numbers for its texts.

    Args:
        frame: the rows.
    """

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame

    def __len__(self) -> int:
        return len(self.frame)

    def times(self, column: str, rows: Rows = EVERY) -> np.ndarray:
        """A date column as nanoseconds since 1970."""
        return self.frame[column].to_numpy(dtype="datetime64[ns]").view(np.int64)[rows]

    def numbers(self, column: str, rows: Rows = EVERY) -> np.ndarray:
        """A number column as floats, NaN where missing."""
        return self.frame[column].array[rows].to_numpy(dtype=float, na_value=np.nan)

    def words(self, column: str, rows: Rows = EVERY) -> Words:
        """A column of words or identifiers in the order of appearance (categories: in their own)."""
        cells = self.frame[column].array[rows]
        if isinstance(cells, pd.Categorical):
            return Words(cells.codes.astype(np.int64), np.asarray(cells.categories, dtype=object))
        return Words(*map(np.asarray, pd.factorize(_plain(cells))))

    def texts(self, column: str, rows: Rows = EVERY) -> np.ndarray:
        """A text column as Python objects; identifiers that stand as numbers stay numbers."""
        return _plain(self.frame[column].array[rows])

    def is_missing(self, column: str, rows: Rows = EVERY) -> np.ndarray:
        """Whether each cell is empty."""
        return np.asarray(self.frame[column].array[rows].isna())


class FrameView(DayView):
    """Frames seen from one day; times are nanoseconds since 1970.

    Args:
        tables: by name; an absent one is empty. Later rows change nothing.
        day: the day.
    """

    tables: Mapping[str, FrameTable]
    firms: FrameTable
    people: FrameTable

    def __init__(self, tables: Mapping[str, pd.DataFrame], day: date) -> None:
        midnight = pd.Timestamp(day).normalize()
        super().__init__(midnight, int(midnight.value), DAY_NS, NOT_A_TIME)
        self.tables = {name: FrameTable(tables[name] if name in tables else empty(name)) for name in TABLES}
        firms = self._snapshot("firms", "firm_id")
        self.firms = FrameTable(firms.frame[firms.times("platform_since") <= self.now])
        self.people = self._snapshot("controllers", "controller_id")
        self.index = pd.Index(self.firms.texts("firm_id"), name="firm_id")
        self.owner = self.index.get_indexer(pd.Index(self.people.texts("firm_id")))

    def _snapshot(self, name: str, key: str) -> FrameTable:
        """The state of each firm or controller in force: the latest row already valid, in the order of the key."""
        table = self.tables[name]
        start = table.times("valid_from")
        rows = np.flatnonzero(start <= self.now)
        codes, _ = pd.factorize(table.texts(key, rows), sort=True)
        order = np.lexsort((start[rows], codes))
        is_last = np.append(np.diff(codes[order]) != 0, True) if len(order) else np.zeros(0, dtype=bool)
        return FrameTable(table.frame.iloc[rows[order[is_last]]])

    def firm_of(self, name: str, rows: Rows = EVERY) -> np.ndarray:
        """Position of the firm of each row of a table, by its identifier."""
        return self.index.get_indexer(pd.Index(self.tables[name].texts("firm_id", rows)))

    def person_of(self, name: str, rows: Rows = EVERY) -> np.ndarray:
        """Position of the controller of each row of a table, by its identifier."""
        return self._people_ids.get_indexer(pd.Index(self.tables[name].texts("controller_id", rows)))

    def facility_of(self, rows: Rows = EVERY) -> np.ndarray:
        """Row of the facility of each instalment, by its identifier."""
        return self._facility_ids.get_indexer(pd.Index(self.tables["payments"].texts("facility_id", rows)))

    def ticks(self, day: pd.Timestamp) -> int:
        """When another day begins."""
        return int(day.value)

    @cached_property
    def _people_ids(self) -> pd.Index:
        return pd.Index(self.people.texts("controller_id"))

    @cached_property
    def _facility_ids(self) -> pd.Index:
        return pd.Index(self.tables["facilities"].texts("facility_id"))


def _plain(cells: "pd.api.extensions.ExtensionArray | np.ndarray") -> np.ndarray:
    return np.asarray(cells) if cells.dtype.kind in "iuf" else np.asarray(cells, dtype=object)
