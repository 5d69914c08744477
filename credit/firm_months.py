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
_PAUSE = np.timedelta64(PAUSE_DAYS, "D")
DECISION_DAYS = 31
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


def firm_months(tables: Mapping[str, pd.DataFrame], on_snapshot: Callable[[], None] | None = None) -> FirmMonths:
    """Build the table from the observable tables.

    Args:
        tables: the eleven tables.
        on_snapshot: called after each snapshot day, for a progress bar.

    Raises:
        BadInput: no facility was ever drawn.
    """
    snapshots = snapshot_days(tables)
    end = last_day(tables)
    defaults = default_days(tables, end)
    spells = credit_spells(tables["facilities"], end)
    parts = []
    for day in snapshots:
        soon = day + np.timedelta64(DECISION_DAYS, "D")
        rows = spells[(spells["start"] <= soon) & (spells["stop"] > day)].drop_duplicates("firm_id")
        rows = rows[~(rows["firm_id"].map(defaults) <= day)]
        features = as_of(tables, day.date())
        rows = rows[rows["firm_id"].isin(features.index)].assign(snapshot_on=day)
        if len(rows):
            parts.append((rows, features.loc[rows["firm_id"]].reset_index(drop=True)))
        if on_snapshot:
            on_snapshot()
    if not parts:
        raise BadInput(Problem("no firm on the platform had credit at the end of any month", file="facilities"))
    seen = pd.concat([part[0] for part in parts], ignore_index=True)
    seen["default"] = seen["firm_id"].map(defaults)
    snapshot, stop, default = (
        seen[name].to_numpy(dtype="datetime64[D]") for name in ("snapshot_on", "stop", "default")
    )
    is_default = default <= stop + _PAUSE  # later ones belong to a later relationship
    completed = months_between(snapshot, np.where(is_default, default, stop))
    return FirmMonths(
        features=pd.concat([part[1] for part in parts], ignore_index=True),
        firm_id=seen["firm_id"].to_numpy(dtype=object),
        snapshot_on=snapshot,
        months=np.maximum(completed, 0) + is_default,
        is_default=is_default,
        has_left=~is_default & (stop + _PAUSE < np.datetime64(end)),
        last_day=end,
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


def _days(dates: pd.Series) -> np.ndarray:
    return dates.to_numpy().astype("datetime64[D]")


def last_day(tables: Mapping[str, pd.DataFrame]) -> date:
    """The last day on which anything happened or was learnt; plans (due dates, consent) do not count."""
    days = [tables[name][column].max() for name, columns in _HAPPENED.items() if name in tables for column in columns]
    return max(day for day in days if pd.notna(day)).date()


def default_days(tables: Mapping[str, pd.DataFrame], end: date) -> pd.Series:
    """The first day of default (D1) of each obligor that defaulted by `end`, indexed by firm_id."""
    payments, facilities = tables["payments"], tables["facilities"]
    owner = facilities.set_index("facility_id")["firm_id"]
    missed = payments["due_on"] + pd.offsets.Day(DEFAULT_DPD_DAYS)
    is_settled = payments["paid_fen"] >= SETTLED_SHARE * payments["due_fen"]
    is_missed = (missed <= pd.Timestamp(end)) & ~(is_settled & (payments["paid_on"] < missed))
    by_days = pd.DataFrame({"firm_id": payments["facility_id"].map(owner)[is_missed], "day": missed[is_missed]})
    is_bad = facilities["status"].isin(["defaulted", "restructured", "written_off"])
    is_bad &= facilities["closed_on"] <= pd.Timestamp(end)
    by_status = facilities.loc[is_bad, ["firm_id", "closed_on"]].rename(columns={"closed_on": "day"})
    firm_id = pd.concat([by_days["firm_id"], by_status["firm_id"]], ignore_index=True)
    return pd.Series(np.concatenate([by_days["day"], by_status["day"]]), name="day").groupby(firm_id).min()


def credit_spells(facilities: pd.DataFrame, end: date) -> pd.DataFrame:
    """Times during which a firm is an obligor: overlapping facilities joined, pauses of up to PAUSE_DAYS bridged.

    Returns:
        firm_id, start, stop: one row a spell, by firm and time; `stop` is the last closing or, while open, `end`.
    """
    spans = facilities[["firm_id", "opened_on"]].rename(columns={"opened_on": "start"})
    closed = facilities["closed_on"]
    spans["stop"] = closed.where(closed <= pd.Timestamp(end), pd.Timestamp(end))
    spans = spans[spans["start"] <= pd.Timestamp(end)].sort_values(["firm_id", "start", "stop"], ignore_index=True)
    covered = spans.groupby("firm_id")["stop"].cummax()
    is_new = spans["firm_id"].ne(spans["firm_id"].shift())
    is_new |= spans["start"] > covered.shift() + pd.offsets.Day(PAUSE_DAYS)
    grouped = spans.assign(spell=is_new.cumsum()).groupby("spell")
    return grouped.agg(firm_id=("firm_id", "first"), start=("start", "min"), stop=("stop", "max")).reset_index(
        drop=True
    )
