"""How a book ages: vintages by month and by repayment cycle, and roll rates between buckets of arrears."""

from datetime import date
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.intervals import wilson
from credit.portfolio import BUCKETS, NEVER, Book, bucket_of, day_number

LEAVES = ("repaid", "restructured", "written_off")
"""Where a facility can go other than into a bucket."""


def vintages(
    book: Book, mark_dpd: int, cohort: Literal["M", "Q"] = "M", months: int = 24, level: float = 0.95
) -> pd.DataFrame:
    """Ever-`mark_dpd`+ by cohort of drawdown and months on book, cumulative, by count and by amount.

    Month 0 is the calendar month of the drawdown. A facility that is repaid stays in the denominator. A cell is given
    only when the month is over for the whole cohort, so young cohorts never look better than they are. By amount: the
    balance on the day the mark was first reached, over the principal drawn. The interval is Wilson's, by count.

    Args:
        book: the book.
        mark_dpd: 30 and 90 are usual; at 90 and below, default by status counts too.
        cohort: by month or by quarter of the drawdown.
        months: months on book to look at.
        level: probability that the interval covers.

    Returns:
        One row a cohort and month on book: `cohort` (period), `months_on_book`, `facilities`, `bad`, `share`, `low`,
        `high`, `drawn_fen`, `bad_fen`, `share_by_amount`.
    """
    opened = _month(book.opened)
    first = book.first_day_at(mark_dpd)
    is_bad = first < NEVER
    age = np.where(is_bad, _month(np.where(is_bad, first, 0)) - opened, months + 1)
    bad_fen = np.where(is_bad, book.balance_fen(np.where(is_bad, first - 1, 0)), 0.0)
    width = 3 if cohort == "Q" else 1
    group = opened // width
    last_month_over = _month(np.array([book.as_of + 1]))[0] - 1
    rows = []
    for key in np.unique(group):
        members = group == key
        drawn = int(book.principal_fen[members].sum())
        observable = min(months, int(last_month_over - (key * width + width - 1)))
        ages, amounts = age[members], bad_fen[members]
        for month in range(observable + 1):
            reached = ages <= month
            rows.append((key, month, int(members.sum()), int(reached.sum()), drawn, float(amounts[reached].sum())))
    table = pd.DataFrame(rows, columns=["cohort", "months_on_book", "facilities", "bad", "drawn_fen", "bad_fen"])
    interval = wilson(table["bad"].to_numpy(), table["facilities"].to_numpy(), level)
    table["cohort"] = _period(table["cohort"].to_numpy(dtype=np.int64) * width, cohort)
    table = table.assign(
        share=table["bad"] / table["facilities"],
        low=interval.low,
        high=interval.high,
        share_by_amount=table["bad_fen"] / table["drawn_fen"],
    )
    names = ["cohort", "months_on_book", "facilities", "bad", "share", "low", "high"]
    return table[[*names, "drawn_fen", "bad_fen", "share_by_amount"]]


def cycle_vintages(book: Book, mark_dpd: int, cycles: int = 12, level: float = 0.95) -> pd.DataFrame:
    """Ever-`mark_dpd`+ by repayment cycle: an obligor's first drawdown is cycle 1, the next cycle 2, and so on.

    For short products a month on book says little: a 30-day loan is over by then. A cycle counts once its last due day
    lies `mark_dpd` days back, good or bad, so that slow failures are not missed. The first cycle shows fraud.

    Args:
        book: the book.
        mark_dpd: 30 (the operational default of short products) or 90.
        cycles: cycles to look at; later ones are left out.
        level: probability that the interval covers.

    Returns:
        One row a cohort (quarter of the obligor's first drawdown) and cycle: `cohort`, `cycle`, `facilities` (that can
        be judged), `bad`, `share`, `low`, `high`, `obligors` (in the cohort), `cumulative_share` (bad so far over the
        obligors; obligors fail at most once).
    """
    order = np.lexsort((book.opened, book.firm))
    firm = book.firm[order]
    is_first = np.r_[True, firm[1:] != firm[:-1]] if firm.size else np.zeros(0, dtype=bool)
    starts = np.flatnonzero(is_first)
    cycle = np.empty(book.size, dtype=np.int64)
    cycle[order] = np.arange(firm.size) - np.repeat(starts, np.diff(np.r_[starts, firm.size])) + 1
    first_drawn = np.full(book.firm_ids.size, NEVER)
    np.minimum.at(first_drawn, book.firm, book.opened)
    cohort_of_firm = _month(first_drawn) // 3
    last_due = np.full(book.size, -NEVER)
    np.maximum.at(last_due, book.facility, book.due)
    first_bad = book.first_day_at(mark_dpd)
    is_judged = (last_due + mark_dpd <= book.as_of) & (last_due > -NEVER) & (cycle <= cycles)
    frame = pd.DataFrame(
        {"cohort": cohort_of_firm[book.firm], "cycle": cycle, "bad": (first_bad < NEVER).astype(int), "firm": book.firm}
    )[is_judged]
    bad_order = frame[frame["bad"] == 1].sort_values("cycle").drop_duplicates("firm")
    newly = bad_order.groupby(["cohort", "cycle"]).size()
    table = frame.groupby(["cohort", "cycle"]).agg(facilities=("bad", "size"), bad=("bad", "sum")).reset_index()
    obligors = pd.Series(np.unique(cohort_of_firm, return_counts=True)[1], index=np.unique(cohort_of_firm))
    table["obligors"] = table["cohort"].map(obligors).astype(int)
    fresh = newly.reindex(pd.MultiIndex.from_frame(table[["cohort", "cycle"]]), fill_value=0).to_numpy()
    table["cumulative_share"] = pd.Series(fresh).groupby(table["cohort"].to_numpy()).cumsum() / table["obligors"]
    interval = wilson(table["bad"].to_numpy(), table["facilities"].to_numpy(), level)
    table = table.assign(share=table["bad"] / table["facilities"], low=interval.low, high=interval.high)
    table["cohort"] = _period(table["cohort"].to_numpy(dtype=np.int64) * 3, "Q")
    names = ["cohort", "cycle", "facilities", "bad", "share", "low", "high", "obligors", "cumulative_share"]
    return table[names]


def roll_rates(book: Book, days: list[date], level: float = 0.95) -> pd.DataFrame:
    """The share of each bucket that stands in each bucket, or has left, at the next of `days`.

    Args:
        book: the book.
        days: days in order, usually month ends; each pair of neighbours is one step.
        level: probability that the interval covers.

    Returns:
        One row a pair of states seen from each bucket: `start`, `end` (a bucket, or repaid, restructured,
        written_off), `facilities`, `moved`, `share`, `low`, `high` (Wilson, by count), `share_by_amount` (weighted with
        the balance at the start).

    Raises:
        BadInput: fewer than two days, not in order, or one after the book's `as_of`.
    """
    numbers = [day_number(day) for day in days]
    if len(numbers) < 2 or any(b <= a for a, b in pairwise(numbers)) or numbers[-1] > book.as_of:
        raise BadInput(Problem("two or more days in order, none after as_of, are needed", field="days"))
    states = (*BUCKETS, *LEAVES)
    counts, amounts = np.zeros((len(BUCKETS), len(states))), np.zeros((len(BUCKETS), len(states)))
    left = np.full(book.size, -1)
    for offset, status in enumerate(LEAVES):
        left[book.status == status] = len(BUCKETS) + offset
    for day, following in pairwise(numbers):
        balance = book.balance_fen(day)
        is_there = (book.opened <= day) & (book.balance_ends > day) & (balance > 0.0)
        start = bucket_of(book.days_past_due(day))[is_there]
        end = np.where(book.balance_ends <= following, left, bucket_of(book.days_past_due(following)))[is_there]
        np.add.at(counts, (start, end), 1.0)
        np.add.at(amounts, (start, end), balance[is_there])
    members, weight = counts.sum(axis=1, keepdims=True), amounts.sum(axis=1, keepdims=True)
    interval = wilson(counts, np.broadcast_to(members, counts.shape), level)
    table = pd.DataFrame(
        {
            "start": np.repeat(BUCKETS, len(states)),
            "end": np.tile(states, len(BUCKETS)),
            "facilities": np.repeat(members[:, 0].astype(int), len(states)),
            "moved": counts.ravel().astype(int),
            "share": (counts / np.maximum(members, 1.0)).ravel(),
            "low": interval.low.ravel(),
            "high": interval.high.ravel(),
            "share_by_amount": (amounts / np.maximum(weight, 1.0)).ravel(),
        }
    )
    return table[table["facilities"] > 0].reset_index(drop=True)


def _month(days: np.ndarray) -> np.ndarray:
    """Months from 1970-01, by day number."""
    return np.asarray(days).astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _period(months: np.ndarray, length: Literal["M", "Q"]) -> pd.PeriodIndex:
    """Periods that begin in the given months from 1970-01."""
    return pd.DatetimeIndex(months.astype("datetime64[M]").astype("datetime64[ns]")).to_period(length)
