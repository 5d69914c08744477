"""The table that default models learn from: each obligor at each month's end, and what became of it.

Default is D1 of DOMAIN section 4 at the level of the obligor: an instalment 90 days past due by more than an immaterial
rest, or a facility that left `open` as defaulted, restructured or written off.

A firm belongs to a month when the platform carries its risk: credit is outstanding, or is drawn within the month that
follows (the firms that a decision on that day was about). It is followed while the relationship lasts: pauses between
two drawdowns of up to 90 days belong to it, longer ones end it without default. Features stop at the snapshot day,
outcomes start after it, so nothing leaks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.features import SETTLED_SHARE, as_of
from credit.survival.discrete_hazard import months_between

DEFAULT_DPD_DAYS = 90
PAUSE_DAYS = 90
DECISION_DAYS = 31
STALE_DAYS = 31
"""Tables are written out once a month at least; later nobody knows who is in arrears."""
_BEYOND = 1 << 24
"""A day later than any, days since 1970: what never happened."""
_SNAPSHOT = "snapshot day"
_HAPPENED = {
    "orders": ("placed_on", "delivered_on"),
    "invoices": ("issued_on", "paid_on"),
    "facilities": ("opened_on", "closed_on"),
    "payments": ("paid_on",),
    "bureau": ("known_on",),
    "visits": ("visited_on",),
    "decisions": ("decided_on",),
    "resin_prices": ("date",),
}


@dataclass(frozen=True)
class FirmMonths:
    """Snapshots of obligors, row by row.

    Attributes:
        features: `credit.features.as_of` each snapshot day.
        firm_id: the obligor of each row.
        snapshot_on: the day of each row.
        months: month of default counted from the snapshot, or completed months followed without default.
        is_default: whether the row ends in default.
        has_left: whether the relationship ended without default before the data did.
        last_day: last day on which anything is recorded.
    """

    features: pd.DataFrame
    firm_id: np.ndarray
    snapshot_on: np.ndarray
    months: np.ndarray
    is_default: np.ndarray
    has_left: np.ndarray
    last_day: date

    def outcome_within(self, horizon_months: int) -> np.ndarray:
        """1 default within the horizon, 0 none, NaN where the data end before it is known, shape (rows,)."""
        is_known = self.is_default | self.has_left | (self.months >= horizon_months)
        hit = self.is_default & (self.months <= horizon_months)
        return np.where(is_known, hit.astype(float), np.nan)


class Relationships:
    """Who is an obligor when, and how it ends: what the contracts say as of a day, laid out to be asked of any firm.

    Args:
        tables: `facilities` and `payments` as they are known on the day.
        end: the day.

    Attributes:
        firms: everybody who ever had credit, ascending; firms below are places in it.
        end: the day.
    """

    def __init__(self, tables: Mapping[str, pd.DataFrame], end: date) -> None:
        self.end = end
        self.firms, self._firm, self._start, self._stop = _spells(tables["facilities"], end)
        self._key = self._firm * _BEYOND + self._stop  # spells of a firm do not overlap: the keys ascend
        self._default = np.full(len(self.firms), _BEYOND)
        defaults = default_days(tables, end)
        place = self.firms.get_indexer(defaults.index)
        self._default[place[place >= 0]] = _numbers(defaults)[place >= 0]

    def has_risk(self, firm: np.ndarray, day: np.ndarray) -> np.ndarray:
        """Whether the platform carries a firm's risk on a day, or will within DECISION_DAYS, and it has not defaulted.

        Args:
            firm: places in `firms`, -1 for who never had credit.
            day: days since 1970, one a firm.
        """
        at, is_there = self._spell(firm, day)
        has_risk = is_there.copy()
        at, own, today = at[is_there], firm[is_there], day[is_there]
        has_risk[is_there] = (self._start[at] <= today + DECISION_DAYS) & (self._default[own] > today)
        return has_risk

    def endings(self, firm: np.ndarray, day: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """How the relationship of each firm at risk on a day ended: months, is_default, has_left of `FirmMonths`."""
        at, _ = self._spell(firm, day)
        stop, default = self._stop[at], self._default[firm]
        is_default = default <= stop + PAUSE_DAYS  # later ones belong to a later relationship
        until = np.where(is_default, default, stop)
        completed = months_between(day.astype("datetime64[D]"), until.astype("datetime64[D]"))
        end = np.datetime64(self.end, "D").astype(np.int64)
        return np.maximum(completed, 0) + is_default, is_default, ~is_default & (stop + PAUSE_DAYS < end)

    def _spell(self, firm: np.ndarray, day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The first spell of each firm that is not over by its day, and whether there is one."""
        if not len(self._key):
            return np.zeros(len(firm), dtype=np.int64), np.zeros(len(firm), dtype=bool)
        at = np.searchsorted(self._key, firm * _BEYOND + day, side="right")
        at = np.minimum(at, len(self._key) - 1)
        return at, (firm >= 0) & (self._firm[at] == firm) & (self._stop[at] > day)


def firm_months(tables: Mapping[str, pd.DataFrame], on_snapshot: Callable[[], None] | None = None) -> FirmMonths:
    """Build the table from the observable tables.

    Args:
        tables: the eleven tables.
        on_snapshot: called after each snapshot day, for a progress bar.

    Raises:
        BadInput: no facility was ever drawn.
    """
    snapshots = snapshot_days(tables)
    known = Relationships(tables, last_day(tables))
    parts: list[pd.DataFrame] = []
    for day in snapshots:
        features = as_of(tables, day.date())
        firm = known.firms.get_indexer(features.index)
        has_risk = known.has_risk(firm, np.full(len(firm), _day_number(day)))
        if has_risk.any():
            parts.append(features[has_risk].assign(**{_SNAPSHOT: _day_number(day)}))
        if on_snapshot:
            on_snapshot()
    if not parts:
        raise BadInput(Problem("no firm on the platform had credit at the end of any month", file="facilities"))
    seen = pd.concat(parts)
    at = seen.pop(_SNAPSHOT).to_numpy()
    months, is_default, has_left = known.endings(known.firms.get_indexer(seen.index), at)
    return FirmMonths(
        features=seen.reset_index(drop=True),
        firm_id=seen.index.to_numpy(dtype=object),
        snapshot_on=at.astype("datetime64[D]"),
        months=months,
        is_default=is_default,
        has_left=has_left,
        last_day=known.end,
    )


def pooled(parts: Mapping[str, FirmMonths]) -> FirmMonths:
    """The firm-months of several platforms as one table; before each obligor stands the name of its platform."""
    names = [f"{name} " + part.firm_id.astype(str).astype(object) for name, part in parts.items()]
    columns = {
        field: np.concatenate([getattr(part, field) for part in parts.values()])
        for field in ("snapshot_on", "months", "is_default", "has_left")
    }
    return FirmMonths(
        features=pd.concat([part.features for part in parts.values()], ignore_index=True),
        firm_id=np.concatenate(names),
        last_day=max(part.last_day for part in parts.values()),
        **columns,
    )


def snapshot_days(tables: Mapping[str, pd.DataFrame]) -> pd.DatetimeIndex:
    """The month ends from just before the first drawdown to the last recorded day.

    Raises:
        BadInput: no facility was ever drawn.
    """
    if tables["facilities"].empty:
        raise BadInput(Problem("at least one facility must have been drawn", file="facilities"))
    first = tables["facilities"]["opened_on"].min() - pd.offsets.MonthEnd(1)
    return pd.date_range(first, last_day(tables), freq="ME")


def _numbers(dates: pd.Series) -> np.ndarray:
    """Dates as days since 1970."""
    return dates.to_numpy().astype("datetime64[D]").astype(np.int64)


def _day_number(day: pd.Timestamp) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))


def last_day(tables: Mapping[str, pd.DataFrame]) -> date:
    """The last day on which anything happened or was learnt; plans (due dates, consent) do not count.

    Raises:
        BadInput: no table tells of anything.
    """
    days = [tables[name][column].max() for name, columns in _HAPPENED.items() if name in tables for column in columns]
    known = [day for day in days if pd.notna(day)]
    if not known:
        raise BadInput(Problem("nothing is recorded in any table", field="tables", remedy="export events with dates"))
    return max(known).date()


def check_day(tables: Mapping[str, pd.DataFrame], day: date) -> None:
    """Refuse a day of which the tables tell nothing: on stale tables everybody looks quiet, and so healthy.

    Raises:
        BadInput: the day lies before the first firm came to the platform, or over `STALE_DAYS` after the last record.
    """
    first, last = tables["firms"]["platform_since"].min(), last_day(tables)
    if pd.notna(first) and pd.Timestamp(day) < first:
        rule = f"must not lie before {first.date()}, when the first firm came to the platform"
        raise BadInput(Problem(rule, field="as of", value=day))
    if (day - last).days > STALE_DAYS:
        rule = f"must lie within {STALE_DAYS} days of {last}, the last recorded day: silence would look like health"
        raise BadInput(Problem(rule, field="as of", value=day, remedy="ingest what happened since"))


def default_days(tables: Mapping[str, pd.DataFrame], end: date) -> pd.Series:
    """The first day of default (D1) of each obligor that defaulted by `end`, indexed by firm_id."""
    payments, facilities = tables["payments"], tables["facilities"]
    missed = payments["due_on"].to_numpy() + np.timedelta64(DEFAULT_DPD_DAYS, "D")
    is_settled = (payments["paid_fen"] >= SETTLED_SHARE * payments["due_fen"]).to_numpy(dtype=bool)
    is_missed = (missed <= np.datetime64(end)) & ~(is_settled & (payments["paid_on"].to_numpy() < missed))
    owner = pd.Index(facilities["facility_id"]).get_indexer(payments["facility_id"].to_numpy()[is_missed])
    is_bad = facilities["status"].isin(["defaulted", "restructured", "written_off"]).to_numpy(dtype=bool)
    is_bad &= facilities["closed_on"].to_numpy() <= np.datetime64(end)
    firm_id = facilities["firm_id"].take(np.r_[owner[owner >= 0], np.flatnonzero(is_bad)]).reset_index(drop=True)
    day = np.concatenate([missed[is_missed][owner >= 0], facilities["closed_on"].to_numpy()[is_bad]])
    return pd.Series(day, name="day").groupby(firm_id).min()


def credit_spells(facilities: pd.DataFrame, end: date) -> pd.DataFrame:
    """Times during which a firm is an obligor: overlapping facilities joined, pauses of up to PAUSE_DAYS bridged.

    Returns:
        firm_id, start, stop: one row a spell, by firm and time; `stop` is the last closing or, while open, `end`.
    """
    firms, firm, start, stop = _spells(facilities, end)
    days = {"start": start.astype("datetime64[D]"), "stop": stop.astype("datetime64[D]")}
    return pd.DataFrame(
        {"firm_id": firms.take(firm)} | {name: one.astype("datetime64[ns]") for name, one in days.items()}
    )


def _spells(facilities: pd.DataFrame, end: date) -> tuple[pd.Index, np.ndarray, np.ndarray, np.ndarray]:
    """All who ever had credit, ascending; of each spell, by firm and time, the place among them, start and stop."""
    closed, last = facilities["closed_on"].to_numpy(), int(np.datetime64(end, "D").astype(np.int64))
    start = _numbers(facilities["opened_on"])
    stop = np.where(closed <= np.datetime64(end), _numbers(facilities["closed_on"]), last)
    known = np.flatnonzero(start <= last)
    firm, firms = pd.factorize(facilities["firm_id"].take(known), sort=True)
    key = firm * _BEYOND + start[known]  # a later firm's days lie beyond all of an earlier one's
    order = np.argsort(key)
    key, firm, start, stop = key[order], firm[order], start[known][order], stop[known][order]
    covered = np.maximum.accumulate(firm * _BEYOND + stop)
    is_new = np.ones(len(firm), dtype=bool)
    is_new[1:] = key[1:] > covered[:-1] + PAUSE_DAYS
    first = np.flatnonzero(is_new)
    longest = np.maximum.reduceat(stop, first) if len(first) else stop
    return pd.Index(firms), firm[first], start[first], longest
