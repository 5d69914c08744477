"""What of a change chance explains: orders, power and receivables against the firm's own past.

Orders are lumpy. A firm that buys twice a month buys nothing in one ordinary month out of seven if it orders at random,
and a fixed threshold on the monthly change would warn of it each time. So each change is discounted by a share of the
error that the firm's own variation gives it, and only the rest counts. What all firms of the platform do in the same
month (the Spring Festival empties every workshop) is no news of one of them either.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from credit.parameters import parameters

YEAR_DAYS, MONTH_DAYS = 365, 30
LEAST_ORDERS, LEAST_PAST_ORDERS = 4, 3
MOST_VARIATION = 1.5
UNKNOWN_SIZE_VARIATION = 0.5
PAST_MONTHS = range(3, 10)
"""Month ends, counted back, whose receivables are a firm's past: the quarter before last and the four months before."""


@dataclass(frozen=True)
class Allowances:
    """The numbers of `data/parameters/early_warnings.yaml` on a day."""

    errors: float
    window_orders: float
    window_days: tuple[float, float]
    past_days: float
    least_variation: float
    habit_quantile: float
    season_firms: float

    @classmethod
    def on(cls, day: date) -> "Allowances":
        """Those in force on a day."""
        known = parameters("early_warnings")
        return cls(
            errors=known.value("chance_allowance_errors", day),
            window_orders=known.value("purchase_window_orders", day),
            window_days=(
                known.value("purchase_window_shortest_days", day),
                known.value("purchase_window_longest_days", day),
            ),
            past_days=known.value("purchase_past_days", day),
            least_variation=known.value("least_variation", day),
            habit_quantile=known.value("habit_quantile", day),
            season_firms=known.value("season_least_firms", day),
        )


def beyond_chance(change: pd.Series, error: pd.Series, allowance: float) -> pd.Series:
    """A change less what chance may have done, towards zero and not beyond it."""
    return np.sign(change) * (change.abs() - allowance * error).clip(lower=0.0) + 0.0  # no negative zero


def purchase_change(orders: pd.DataFrame, now: pd.Timestamp, allowed: Allowances) -> pd.Series:
    """Mass ordered lately against the firm's own pace, as a share of it, less what chance explains.

    Lately is the time in which the firm places a few orders at its own pace. The error is that of a renewal process
    with lots of varying size: the variance of a sum over n orders is n times mean size squared times the squared
    variations of gaps and of sizes together; the pace before is known no better than its own orders allow.

    Args:
        orders: `orders` as known on the day.
        now: the day.
        allowed: windows and allowance.

    Returns:
        By firm; NaN with fewer than four days of orders in a year, or three orders before the window.
    """
    age = (now - orders["placed_on"]).dt.days
    mass, firm = orders["quantity_kg"].astype(float), orders["firm_id"]
    days = orders[age < YEAR_DAYS].drop_duplicates(["firm_id", "placed_on"]).sort_values("placed_on")
    by_firm = days.groupby("firm_id")["placed_on"]
    gaps = by_firm.diff().dt.days.groupby(days["firm_id"])
    window = (allowed.window_orders * gaps.mean()).clip(*allowed.window_days)
    own_window = firm.map(window).astype(float)
    is_late = age < own_window
    is_past = ~is_late & (age < own_window + allowed.past_days)
    known_days = (now - by_firm.min()).dt.days.astype(float)
    past_days = (known_days + 1.0 - window).clip(lower=1.0, upper=allowed.past_days)
    past = mass[is_past].groupby(firm[is_past]).agg(["sum", "size", "mean", "std"]).reindex(window.index)
    scale = window / past_days
    lately = mass[is_late].groupby(firm[is_late]).sum().reindex(window.index).fillna(0.0)
    of_gaps = (gaps.std() / gaps.mean()).clip(allowed.least_variation, MOST_VARIATION)
    of_sizes = (past["std"] / past["mean"]).fillna(UNKNOWN_SIZE_VARIATION)
    error = np.sqrt((of_gaps**2 + of_sizes**2) * (1.0 / (past["size"] * scale) + 1.0 / past["size"]))
    change = beyond_chance(lately / (past["sum"] * scale) - 1.0, error, allowed.errors)
    return change.where((by_firm.size() >= LEAST_ORDERS) & (past["size"] >= LEAST_PAST_ORDERS))


def power_change(operations: pd.DataFrame, now: pd.Timestamp, allowed: Allowances) -> pd.Series:
    """Power used in the last finished month against the three before it, as a share, net of season and chance.

    Season is the median change of all firms in the same month, where enough of them report; the error is the spread of
    the firm's own monthly logarithms over a year.
    """
    months = operations.dropna(subset=["energy_kwh"])
    energy = months["energy_kwh"].astype(float)
    last = months.groupby("firm_id")["month"].transform("max")
    back = (last.dt.year - months["month"].dt.year) * 12 + last.dt.month - months["month"].dt.month
    is_fresh = last + pd.offsets.MonthEnd(1) > now - timedelta(days=2 * MONTH_DAYS)
    by_month = energy[is_fresh].groupby([months["firm_id"], back]).sum().unstack().reindex(columns=range(13))
    change = by_month[0] / by_month[[1, 2, 3]].mean(axis=1) - 1.0
    of_month = change.groupby(last.groupby(months["firm_id"]).first().reindex(change.index))
    season = of_month.transform("median").where(of_month.transform("count") >= allowed.season_firms, 0.0)
    logarithms = by_month[range(1, 13)].apply(lambda month: np.log(month.where(month > 0)))
    error = logarithms.std(axis=1).fillna(0.0)
    return beyond_chance(change - season, error, allowed.errors)


def receivable_days_change(invoices: pd.DataFrame, now: pd.Timestamp, allowed: Allowances) -> pd.Series:
    """Days of sales that are unpaid, against the firm's mean of the months before the quarter, less chance; days."""
    lately = days_of_sales(invoices, now)
    past = pd.DataFrame(
        {month: days_of_sales(invoices, now - timedelta(days=MONTH_DAYS * month)) for month in PAST_MONTHS}
    ).reindex(lately.index)
    return beyond_chance(lately - past.mean(axis=1), past.std(axis=1).fillna(0.0), allowed.errors)


def days_of_sales(invoices: pd.DataFrame, day: pd.Timestamp, window_days: int = 90) -> pd.Series:
    """Open receivables over the sales of a window, in days."""
    amount = invoices["amount_fen"].astype(float)
    is_issued = invoices["issued_on"] <= day
    is_open = is_issued & ~(invoices["paid_on"] <= day)
    is_new = is_issued & (invoices["issued_on"] > day - timedelta(days=window_days))
    sold = amount[is_new].groupby(invoices["firm_id"][is_new]).sum()
    still_open = amount[is_open].groupby(invoices["firm_id"][is_open]).sum()
    return still_open.reindex(sold.index).fillna(0.0) / sold * window_days


def top_buyer_overdue_days(seen: Mapping[str, pd.DataFrame], now: pd.Timestamp, allowed: Allowances) -> pd.Series:
    """Days by which the largest buyer of half a year is later than it usually is; 0 where it is not."""
    invoices = seen["invoices"]
    by_buyer = invoices[invoices["issued_on"] > now - timedelta(days=YEAR_DAYS // 2)].groupby(["firm_id", "buyer_id"])
    amounts = by_buyer["amount_fen"].sum().reset_index()
    ranked = amounts.sort_values(["amount_fen", "buyer_id"], ascending=[False, True])
    top = ranked.drop_duplicates("firm_id")[["firm_id", "buyer_id"]]
    own = invoices.merge(top, on=["firm_id", "buyer_id"])
    owed = own[own["paid_on"].isna()]
    late = (now - owed["due_on"]).dt.days.clip(lower=0).groupby(owed["firm_id"]).max()
    paid = own[own["paid_on"].notna() & (own["due_on"] > now - timedelta(days=YEAR_DAYS))]
    delay = (paid["paid_on"] - paid["due_on"]).dt.days.clip(lower=0)
    habit = delay.groupby(paid["firm_id"]).quantile(allowed.habit_quantile)
    firms = top["firm_id"].to_numpy()
    return (late.reindex(firms).fillna(0.0) - habit.reindex(firms).fillna(0.0)).clip(lower=0.0)
