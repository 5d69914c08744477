"""What a book of facilities is on a day: balance, arrears, speed; flow kept apart from balance.

Everything is read from the observable tables `facilities` and `payments`, and nothing that was learnt after the book's
`as_of` day is used. Definitions, once for all measures:

* An instalment is settled on the day its last payment came, if what was paid covers what was due.
* Days past due (DPD) of a facility are those of its oldest unsettled instalment; on the due day itself they are 0.
* The balance is the principal, less the share of the promised payments that was paid. It is 0 from the day on which a
  facility was repaid, restructured (a new facility takes its place) or written off; a defaulted one keeps it.
* Default (D1) is 90 or more DPD, or the status defaulted, restructured or written off, whichever comes first.
"""

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem

NEVER = np.int64(10**8)
"""A day number beyond all others: what has not happened."""

BUCKETS = ("0", "1-7", "8-15", "16-30", "31-60", "61-90", "91-180", "181-270", "271-360", ">360")
BUCKET_STARTS = np.array([0, 1, 8, 16, 31, 61, 91, 181, 271, 361])
"""First DPD of each bucket (DOMAIN 4: buckets for short products and the five-tier classification)."""

DEFAULT_DPD = 90
DAYS_A_YEAR = 365
_ENDS_BALANCE = ("repaid", "restructured", "written_off")
_IS_DEFAULT = ("defaulted", "restructured", "written_off")


@dataclass(frozen=True)
class Speed:
    """Flow against balance over a window of days.

    Attributes:
        days: length of the window.
        disbursed_fen: principal drawn in the window.
        mean_balance_fen: mean of the daily balances.
        closing_balance_fen: balance on the last day.
        turns_annual: how often the mean balance was lent anew, a year.
        implied_tenor_days: mean life of a yuan lent, by Little's law: mean balance over daily flow.
    """

    days: int
    disbursed_fen: int
    mean_balance_fen: float
    closing_balance_fen: int
    turns_annual: float
    implied_tenor_days: float


@dataclass(frozen=True)
class Book:
    """The facilities and their instalments as columns, as they were known on `as_of`.

    Day numbers count from 1970-01-01; `NEVER` stands for what has not happened. Facilities stand in the order of the
    table; instalments in the order of their facilities.

    Attributes:
        as_of: last day known.
        facility_ids: (n,) names.
        firm: (n,) number of the obligor; `firm_ids` names them.
        firm_ids: (obligors,) names.
        opened: (n,) day of the drawdown.
        principal_fen: (n,) amount drawn.
        status: (n,) as of `as_of`.
        closed: (n,) day the facility left `open`.
        facility: (m,) number of the facility of each instalment.
        due: (m,) due day.
        due_fen: (m,) amount due.
        paid: (m,) day of the last payment.
        paid_fen: (m,) paid by then.
    """

    as_of: int
    facility_ids: np.ndarray
    firm: np.ndarray
    firm_ids: np.ndarray
    opened: np.ndarray
    principal_fen: np.ndarray
    status: np.ndarray
    closed: np.ndarray
    facility: np.ndarray
    due: np.ndarray
    due_fen: np.ndarray
    paid: np.ndarray
    paid_fen: np.ndarray

    @property
    def size(self) -> int:
        """Number of facilities."""
        return self.opened.size

    @cached_property
    def settled(self) -> np.ndarray:
        """Day on which each instalment was settled in full, (m,)."""
        return np.where(self.paid_fen >= self.due_fen, self.paid, NEVER)

    @cached_property
    def balance_ends(self) -> np.ndarray:
        """Day from which each facility has no balance, (n,)."""
        return np.where(np.isin(self.status, _ENDS_BALANCE), self.closed, NEVER)

    @cached_property
    def promised_fen(self) -> np.ndarray:
        """Sum of each facility's instalments, (n,)."""
        return np.bincount(self.facility, weights=self.due_fen, minlength=self.size)

    def days_past_due(self, day: int) -> np.ndarray:
        """DPD of every facility on a day, (n,); 0 where nothing is overdue, not yet drawn or no balance is left."""
        is_overdue = (self.due < day) & (self.settled > day)
        oldest = np.full(self.size, NEVER)
        np.minimum.at(oldest, self.facility[is_overdue], self.due[is_overdue])
        return np.where((oldest < NEVER) & (self.balance_ends > day) & (self.opened <= day), day - oldest, 0)

    def balance_fen(self, day: int | np.ndarray) -> np.ndarray:
        """Principal outstanding of every facility at the end of a day, fen as float, (n,).

        Args:
            day: one day for all, or (n,) a day for each facility.
        """
        days = np.broadcast_to(day, self.size)
        credited = np.where(self.paid <= days[self.facility], np.minimum(self.paid_fen, self.due_fen), 0)
        paid = np.bincount(self.facility, weights=credited, minlength=self.size)
        share_left = np.where(self.promised_fen > 0, 1.0 - paid / np.maximum(self.promised_fen, 1.0), 1.0)
        return np.where((self.opened <= days) & (self.balance_ends > days), self.principal_fen * share_left, 0.0)

    def is_in_default(self, day: int) -> np.ndarray:
        """Whether each facility is in default on a day: once 90 days past due and still in arrears, or by status."""
        by_status = (self.status == "defaulted") & (self.closed <= day)
        return ((self.first_day_at(DEFAULT_DPD) <= day) & (self.days_past_due(day) > 0)) | by_status

    def first_day_at(self, dpd: int) -> np.ndarray:
        """First day on which each facility was at least `dpd` days past due, (n,); `NEVER` if not by `as_of`.

        From 90 on, the statuses defaulted, restructured and written off count from the day they were set; a facility in
        default also counts as having passed every lower mark.
        """
        reached = self.due + dpd
        is_reached = (self.settled > reached) & (reached <= self.as_of) & (self.balance_ends[self.facility] > reached)
        first = np.full(self.size, NEVER)
        np.minimum.at(first, self.facility[is_reached], reached[is_reached])
        return np.minimum(first, np.where(np.isin(self.status, _IS_DEFAULT), self.closed, NEVER))

    def by_firm(self, amounts: np.ndarray) -> np.ndarray:
        """Sums over facilities by obligor, (obligors,)."""
        return np.bincount(self.firm, weights=amounts, minlength=self.firm_ids.size)

    def weighted_average_life_days(self, *, is_realised: bool = False) -> float:
        """Mean days from drawdown to payment of a yuan promised, weighted by amount.

        Args:
            is_realised: by the days payments came (settled instalments of closed facilities only) instead of due days.

        Raises:
            BadInput: no instalment qualifies.
        """
        if is_realised:
            use = (self.settled < NEVER) & (self.status == "repaid")[self.facility]
            day = self.settled
        else:
            use, day = np.ones(self.due.size, dtype=bool), self.due
        weights = self.due_fen[use].astype(float)
        if weights.sum() <= 0.0:
            raise BadInput(Problem("no instalment to weigh", field="payments"))
        lives = (day - self.opened[self.facility])[use]
        return float((weights * lives).sum() / weights.sum())

    def speed(self, first: int, last: int) -> Speed:
        """Flow against balance from day `first` to day `last`, both included.

        The balance of a day is taken at its end, so the mean is exact and counts each yuan on each night it was out.

        Raises:
            BadInput: the window is empty or reaches beyond `as_of`.
        """
        if not first <= last <= self.as_of:
            raise BadInput(
                Problem("first <= last <= as_of must hold", field="window", value=f"{_iso(first)} to {_iso(last)}")
            )
        days = last - first + 1
        mean = self._balance_days(first, last) / days
        drawn = int(self.principal_fen[(self.opened >= first) & (self.opened <= last)].sum())
        return Speed(
            days=days,
            disbursed_fen=drawn,
            mean_balance_fen=mean,
            closing_balance_fen=round(float(self.balance_fen(last).sum())),
            turns_annual=drawn / mean * DAYS_A_YEAR / days if mean > 0 else float("nan"),
            implied_tenor_days=mean * days / drawn if drawn > 0 else float("nan"),
        )

    def _balance_days(self, first: int, last: int) -> float:
        """Sum of the balances at the end of the days `first` to `last`, without a loop over days."""
        ends = np.minimum(self.balance_ends, last + 1)
        nights = np.maximum(ends - np.maximum(self.opened, first), 0)
        per_fen = np.where(self.promised_fen > 0, self.principal_fen / np.maximum(self.promised_fen, 1.0), 0.0)
        credited = np.minimum(self.paid_fen, self.due_fen) * per_fen[self.facility]
        since = np.maximum(self.paid, np.maximum(self.opened[self.facility], first))
        nights_repaid = np.maximum(ends[self.facility] - since, 0)
        return float((self.principal_fen * nights).sum() - (credited * nights_repaid).sum())


def book_of(facilities: pd.DataFrame, payments: pd.DataFrame, as_of: date) -> Book:
    """Take the observable tables as they were known on a day.

    Facilities opened later are left out; a payment, closing or status that came later is not known. To look at one
    product, pass its rows of `facilities` and their rows of `payments`.

    Raises:
        BadInput: an instalment names a facility that is not in the table.
    """
    last = day_number(as_of)
    known = facilities[_days(facilities["opened_on"]) <= last]
    place = pd.Index(known["facility_id"]).get_indexer(pd.Index(payments["facility_id"]))
    orphans = ~payments["facility_id"].isin(facilities["facility_id"])
    if orphans.any():
        raise BadInput(
            Problem(
                "must name a row of facilities",
                field="payments.facility_id",
                value=payments["facility_id"][orphans].iloc[0],
            )
        )
    order = np.argsort(place, kind="stable")
    order = order[place[order] >= 0]
    closed = _days(known["closed_on"])
    is_closed = closed <= last
    paid, paid_fen = _days(payments["paid_on"])[order], payments["paid_fen"].to_numpy(dtype=np.int64)[order]
    firm, firm_ids = pd.factorize(known["firm_id"], sort=True)
    return Book(
        as_of=last,
        facility_ids=known["facility_id"].to_numpy(dtype=object),
        firm=firm,
        firm_ids=np.asarray(firm_ids, dtype=object),
        opened=_days(known["opened_on"]),
        principal_fen=known["principal_fen"].to_numpy(dtype=np.int64),
        status=np.where(is_closed, known["status"].to_numpy(dtype=object), "open"),
        closed=np.where(is_closed, closed, NEVER),
        facility=place[order],
        due=_days(payments["due_on"])[order],
        due_fen=payments["due_fen"].to_numpy(dtype=np.int64)[order],
        paid=np.where(paid <= last, paid, NEVER),
        paid_fen=np.where(paid <= last, paid_fen, 0),
    )


def bucket_of(days_past_due: np.ndarray) -> np.ndarray:
    """The number of the bucket of `BUCKETS` that each DPD falls into."""
    return np.searchsorted(BUCKET_STARTS, days_past_due, side="right") - 1


def implied_balance_fen(flow_fen: float, flow_days: float, tenor_days: float) -> float:
    """The balance that a steady flow keeps outstanding (Little's law): daily flow times mean tenor.

    Ten billion a year at 30 to 60 days is 0.8 to 1.6 billion outstanding, not ten.

    Raises:
        BadInput: the period or the tenor is not positive.
    """
    if not (flow_days > 0 and tenor_days > 0):
        raise BadInput(Problem("must be > 0", field="flow_days, tenor_days"))
    return flow_fen / flow_days * tenor_days


def non_performing(book: Book, days: list[date], lag_days: int) -> pd.DataFrame:
    """The non-performing share on given days, plainly and against the balance that could have gone bad.

    A fast-growing book looks better than it is: its fresh loans stand in the denominator and have had no time to fail.
    The lagged share sets today's non-performing balance against the balance of `lag_days` ago.

    Args:
        book: the book.
        days: days to look at, none after the book's `as_of`.
        lag_days: age at which a loan can first be non-performing; at least 90 plus the usual tenor.

    Returns:
        One row a day: `day`, `balance_fen`, `non_performing_fen` (balance of facilities in default), `share`,
        `lagged_share` (missing where there was no balance).
    """
    rows = []
    for day in days:
        number = day_number(day)
        balance = book.balance_fen(number)
        past = float(book.balance_fen(number - lag_days).sum())
        bad = float(balance[book.is_in_default(number)].sum())
        total = float(balance.sum())
        rows.append((day, total, bad, bad / total if total > 0 else np.nan, bad / past if past > 0 else np.nan))
    return pd.DataFrame(rows, columns=["day", "balance_fen", "non_performing_fen", "share", "lagged_share"])


def day_number(day: date) -> int:
    """Days from 1970-01-01."""
    return int(np.datetime64(day, "D").astype(np.int64))


def _days(column: pd.Series) -> np.ndarray:
    values = column.to_numpy(dtype="datetime64[ns]").astype("datetime64[D]")
    return np.where(np.isnat(values), NEVER, values.astype(np.int64))


def _iso(day: int) -> str:
    return str(np.datetime64(int(day), "D"))
