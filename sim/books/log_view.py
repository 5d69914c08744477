"""The event log of a living market, seen from its day: what the monthly review reads, without a frame or a text.

The log's whole numbers are columns already and its rows lie in the order of their days: a window is a run of
neighbours, a firm or a facility is its row, a word is its code, a tick is a market day.
"""

from datetime import date
from typing import NamedTuple

import numpy as np
import pandas as pd

from credit.day_view import EVERY, DayView, Rows
from sim.books.log_tables import READ, Declared, LogTable, Word
from sim.books.recorders import MISSING
from sim.stage import Stage

REVIEW_DAYS = 400
"""How far back the review reads: the longest window of any feature is 365 days."""
EYES = ("orders", "invoices", "operations", "visits")
"""The tables in which a firm may be seen under another's name (`sim.arms.worlds`)."""


class Cast(NamedTuple):
    """Who may be named in a log, founded or not.

    Attributes:
        firms: what each declared, by row.
        people: what each controller declared, by row.
        owned: firm row of each controller.
        shown_under: the firm row under whose name each firm's trade, behaviour and visits are seen.
        sellers: identifiers of who sells resin, by row.
        buyers: identifiers of buyers, by row.
    """

    firms: Declared
    people: Declared
    owned: np.ndarray
    shown_under: np.ndarray
    sellers: np.ndarray
    buyers: np.ndarray

    @classmethod
    def of(
        cls,
        firms: pd.DataFrame,
        people: pd.DataFrame,
        first_day: date,
        shown_under: np.ndarray,
        sellers: np.ndarray,
        buyers: np.ndarray,
    ) -> "Cast":
        """Firms and controllers by the tables in which they declared themselves."""
        owned = pd.Index(firms["firm_id"]).get_indexer(pd.Index(people["firm_id"]))
        told, known = Declared.read(firms, first_day), Declared.read(people, first_day)
        return cls(told, known, owned, shown_under, sellers, buyers)


class LogView(DayView):
    """A market's tables seen from today; times are market days.

    Args:
        stage: the market; nothing in its log is later than today but news under way and instalments ahead.
        cast: who may be named in it.
        prices: of resin, as `resin_prices`.
    """

    def __init__(self, stage: Stage, cast: Cast, prices: Declared) -> None:
        super().__init__(pd.Timestamp(stage.date), (stage.date - stage.first_day).days, 1, MISSING)
        self._first_day, self._since = pd.Timestamp(stage.first_day), self.today - REVIEW_DAYS
        is_founded = cast.firms.times("platform_since") <= self.today
        self.firms, self.people = cast.firms.of(is_founded), cast.people
        self.index = pd.Index(self.firms.texts("firm_id"), name="firm_id")
        place = np.where(is_founded, np.cumsum(is_founded) - 1, -1)
        self.owner = place[cast.owned]
        self._places = dict.fromkeys(READ, place) | dict.fromkeys(EYES, place[cast.shown_under])
        self._firms_of = {"controllers": self.owner}
        ids = cast.firms.texts("firm_id")
        named = {
            "firm_id": Word("firm", ids),
            "supplier_id": Word("supplier", cast.sellers),
            "buyer_id": Word("buyer", cast.buyers),
            "controller_id": Word("controller", cast.people.texts("controller_id"), _row_or_none),
        }
        seen = named | {"firm_id": Word("firm", ids, cast.shown_under.__getitem__)}
        self._log = {
            name: LogTable(
                getattr(stage.log, name), columns, self._since, seen if name in EYES else named, self._month_begins
            )
            for name, columns in READ.items()
        }
        self.tables = {"firms": cast.firms, "controllers": cast.people, "resin_prices": prices, **self._log}

    def firm_of(self, name: str, rows: Rows = EVERY) -> np.ndarray:
        """Position of the firm of each row of a table."""
        if name not in self._firms_of:
            self._firms_of[name] = self._places[name][self._log[name].cells("firm")]
        return self._firms_of[name][rows]

    def person_of(self, name: str, rows: Rows = EVERY) -> np.ndarray:
        """Position of the controller of each row of a table: its row, for all have declared themselves."""
        return self.tables[name].words("controller_id", rows).codes

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
        """The first market day of the month of each of some days that lie within those of a review."""
        origin = self._first_day.to_numpy().astype("datetime64[D]")
        every = np.arange(self._since, self.today + 1)
        begins = (origin + every).astype("datetime64[M]").astype("datetime64[D]") - origin
        return begins.view(np.int64)[days - self._since]


def _row_or_none(row: np.ndarray) -> np.ndarray:
    """-1 where nobody is named."""
    return np.maximum(row, -1)
