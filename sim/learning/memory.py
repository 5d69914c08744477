"""What a platform keeps of its reviews: the features of every client at each month end, as they were known that day.

They are the running columns that decisions rested on, never computed anew. What became of the clients is read from the
contracts as they stand on the day of the fit, by the rules of `credit.firm_months`: a label is there once it happened.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from credit.firm_months import DECISION_DAYS, PAUSE_DAYS, FirmMonths, Relationships

SETTLED_DAYS = DECISION_DAYS + PAUSE_DAYS
"""After so long nobody else can turn out to have been an obligor that day: a pause that long ends a relationship."""


def day_number(day: date) -> int:
    """A date as days since 1970."""
    return day.toordinal() - _EPOCH


_EPOCH = date(1970, 1, 1).toordinal()


@dataclass
class Snapshot:
    """One month end.

    Attributes:
        day: days since 1970.
        firm: rows of the clients kept.
        values: their features, a row each.
        propensity: chance with which each had been given the offer that lets its outcome be seen.
    """

    day: int
    firm: np.ndarray
    values: np.ndarray
    propensity: np.ndarray

    def keep(self, rows: np.ndarray) -> None:
        """Forget all others."""
        self.firm, self.values, self.propensity = self.firm[rows], self.values[rows], self.propensity[rows]


@dataclass(frozen=True)
class Kept:
    """Features of clients at month ends, looked up by row once somebody asks: most of a window nobody does.

    Attributes:
        names: the features, in order.
        parts: a matrix a month end, a client a row; rows are numbered through all of them.
    """

    names: tuple[str, ...]
    parts: tuple[np.ndarray, ...]

    def frame(self, rows: np.ndarray) -> pd.DataFrame:
        """All features of some rows."""
        values = np.empty((len(rows), len(self.names)))
        for own, part, at in self._found(rows):
            values[own] = part[at]
        return pd.DataFrame(values, columns=list(self.names), copy=False)

    def column(self, name: str, rows: np.ndarray) -> np.ndarray:
        """One feature of some rows."""
        values, position = np.empty(len(rows)), self.names.index(name)
        for own, part, at in self._found(rows):
            values[own] = part[at, position]
        return values

    def _found(self, rows: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
        """Positions among the rows, the matrix in which they stand, and where in it."""
        ends = np.cumsum([len(part) for part in self.parts])
        number = np.searchsorted(ends, rows, side="right")
        for which in np.unique(number).tolist():
            own = np.flatnonzero(number == which)
            yield own, self.parts[which], rows[own] - (ends[which] - len(self.parts[which]))


@dataclass(frozen=True)
class Lessons:
    """Firm-months with known propensity, as of a day.

    Attributes:
        firm: row of each obligor.
        day: of each snapshot, days since 1970.
        propensity: chance with which the outcome came to be seen.
        followed_months: month of default counted from the snapshot, or completed months followed without default.
        is_default: whether the row ends in default.
        has_left: whether the relationship ended without default before today.
        today: the day as of which they are told.
        kept: where the features stand.
        row: of each, in there.
    """

    firm: np.ndarray
    day: np.ndarray
    propensity: np.ndarray
    followed_months: np.ndarray
    is_default: np.ndarray
    has_left: np.ndarray
    today: date
    kept: Kept
    row: np.ndarray

    @cached_property
    def months(self) -> FirmMonths:
        """The same with their features, as models are fitted on."""
        return FirmMonths(
            self.kept.frame(self.row), self.firm.astype(object), self.day.astype("datetime64[D]"),
            self.followed_months, self.is_default, self.has_left, self.today,
        )  # fmt: skip

    def feature(self, name: str) -> np.ndarray:
        """One feature of each."""
        return self.kept.column(name, self.row)

    def of(self, rows: np.ndarray) -> "Lessons":
        """Some rows (mask or positions)."""
        return Lessons(
            self.firm[rows], self.day[rows], self.propensity[rows], self.followed_months[rows], self.is_default[rows],
            self.has_left[rows], self.today, self.kept, self.row[rows],
        )  # fmt: skip

    def defaulted_within(self, months: int) -> np.ndarray:
        """Default within some months of each month end, 0 or 1; only for month ends that lie as far back.

        Who repaid and has not come back yet counts as not in default: whatever comes, those months are over.
        """
        return (self.is_default & (self.followed_months <= months)).astype(float)

    def __len__(self) -> int:
        return len(self.firm)


class Memory:
    """The month ends of the last years.

    Attributes:
        window_months: how many are kept.
        names: the features, in order.
        snapshots: the oldest first.
    """

    def __init__(self, window_months: int) -> None:
        self.window_months = window_months
        self.names: list[str] = []
        self.snapshots: list[Snapshot] = []

    def note(self, day: date, features: pd.DataFrame, propensity: np.ndarray) -> None:
        """Keep a month end.

        Args:
            day: the day.
            features: of all clients, in the order of firm rows.
            propensity: of each.
        """
        self.names = [str(name) for name in features.columns]
        values = features.to_numpy(dtype=float)
        self.snapshots.append(Snapshot(day_number(day), np.arange(len(values)), values, propensity.copy()))
        self.snapshots = self.snapshots[-self.window_months :]

    def lessons(self, contracts: Mapping[str, pd.DataFrame], today: date) -> Lessons | None:
        """Everybody who was an obligor at a month end, followed to today; None where nobody was.

        Args:
            contracts: `facilities` and `payments` as known today, firms by row.
            today: the day.
        """
        if contracts["facilities"].empty or not self.snapshots:
            return None
        known = Relationships(contracts, today)
        sizes = [len(one.firm) for one in self.snapshots]
        firm = np.concatenate([one.firm for one in self.snapshots])
        day = np.repeat([one.day for one in self.snapshots], sizes)
        place = known.firms.get_indexer(pd.Index(firm))
        has_risk = known.has_risk(place, day)
        rows = np.flatnonzero(has_risk)
        if not len(rows):
            return None
        propensity = np.concatenate([one.propensity for one in self.snapshots])[rows]
        kept = Kept(tuple(self.names), tuple(one.values for one in self.snapshots))
        self._forget_others(np.split(has_risk, np.cumsum(sizes)[:-1]), day_number(today))
        return Lessons(firm[rows], day[rows], propensity, *known.endings(place[rows], day[rows]), today, kept, rows)

    def _forget_others(self, has_risk: list[np.ndarray], today: int) -> None:
        """Of month ends long past, whoever was no obligor then."""
        for one, rows in zip(self.snapshots, has_risk, strict=True):
            if today - one.day > SETTLED_DAYS and not rows.all():
                one.keep(rows)
