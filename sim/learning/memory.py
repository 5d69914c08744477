"""What a platform keeps of its reviews: the features of every client at each month end, as they were known that day.

They are the running columns that decisions rested on, never computed anew. What became of the clients is read from the
contracts as they stand on the day of the fit, by the rules of `credit.firm_months`: a label is there once it happened.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from credit.firm_months import DECISION_DAYS, PAUSE_DAYS, FirmMonths, Relationships, followed

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
class Lessons:
    """Firm-months with known propensity, as of a day.

    Attributes:
        months: obligors at month ends and what became of them so far.
        firm: row of each obligor.
        day: of each snapshot, days since 1970.
        propensity: chance with which the outcome came to be seen.
    """

    months: FirmMonths
    firm: np.ndarray
    day: np.ndarray
    propensity: np.ndarray

    def of(self, rows: np.ndarray) -> "Lessons":
        """Some rows (mask or positions)."""
        one = self.months
        return Lessons(
            FirmMonths(
                one.features.iloc[np.flatnonzero(rows) if rows.dtype == bool else rows].reset_index(drop=True),
                one.firm_id[rows], one.snapshot_on[rows], one.months[rows], one.is_default[rows], one.has_left[rows],
                one.last_day,
            ),
            self.firm[rows], self.day[rows], self.propensity[rows],
        )  # fmt: skip

    def defaulted_within(self, months: int) -> np.ndarray:
        """Default within some months of each month end, 0 or 1; only for month ends that lie as far back.

        Who repaid and has not come back yet counts as not in default: whatever comes, those months are over.
        """
        return (self.months.is_default & (self.months.months <= months)).astype(float)

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
        parts = [(one, self._at_risk(one, known, today)) for one in self.snapshots]
        firm = np.concatenate([one.firm[rows] for one, rows in parts])
        if not len(firm):
            return None
        day = np.concatenate([np.full(int(rows.sum()), one.day) for one, rows in parts])
        values = np.concatenate([one.values[rows] for one, rows in parts])
        features = pd.DataFrame(values, columns=self.names, index=pd.Index(firm), copy=False)
        propensity = np.concatenate([one.propensity[rows] for one, rows in parts])
        return Lessons(followed(known, features, day), firm, day, propensity)

    def _at_risk(self, one: Snapshot, known: Relationships, today: date) -> np.ndarray:
        has_risk = known.has_risk(known.firms.get_indexer(pd.Index(one.firm)), np.full(len(one.firm), one.day))
        if day_number(today) - one.day > SETTLED_DAYS and not has_risk.all():
            one.keep(has_risk)
            return np.ones(len(one.firm), dtype=bool)
        return has_risk
