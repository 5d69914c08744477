"""What is watched between reviews, read from the observable tables: the signals of `credit.limit_rules`.

Two signals need what the tables do not hold and are told by whoever keeps the line: `days_above_nine_tenths` (the line
day by day) and `resale_below_cost` (what the firm got for its goods).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from credit.limit_rules import LimitRules
from credit.table_views import visible

MONTH, QUARTER, HALF_YEAR, YEAR = 30, 90, 180, 365
NEAR_MATURITY_DAYS = 5
LEAST_ORDER_DAYS = 4
IDENTITY_CHANGES = ("legal_rep_change", "equity_change", "phone_change")
HARD_EVENTS = ("lawsuit", "enforcement")


@dataclass(frozen=True)
class Raised:
    """The early warnings of a firm on a day.

    Attributes:
        signals: those beyond their threshold.
        is_red: one of them freezes the line.
    """

    signals: tuple[str, ...]
    is_red: bool


def signals_of(tables: Mapping[str, pd.DataFrame], day: date) -> pd.DataFrame:
    """Every signal that the tables let be known on a day.

    Returns:
        Indexed by firm, ascending; changes and ratios against the firm's own past; NaN where that past is too thin.
    """
    seen, now = visible(tables, day), pd.Timestamp(day)
    firms = pd.Index(sorted(seen["firms"]["firm_id"].astype(str).unique()), name="firm_id")
    told = pd.DataFrame(index=firms)
    for part in (_orders(seen, now), _prices(seen, now), _sales(seen, now), _power(seen, now), _maturities(seen, now)):
        for name, values in part.items():
            told[name] = values.reindex(firms).astype(float)
    bureau = seen["bureau"]
    for name, kinds, days in (
        ("enquiries_30d", ("enquiry",), MONTH),
        ("new_lawsuits_90d", HARD_EVENTS, QUARTER),
        ("identity_changes_180d", IDENTITY_CHANGES, HALF_YEAR),
    ):
        hit = bureau[bureau["kind"].isin(kinds) & (bureau["known_on"] > now - timedelta(days=days))]
        told[name] = hit.groupby("firm_id").size().reindex(firms).fillna(0.0).astype(float)
    return told


def warnings_of(signals: pd.DataFrame, rules: LimitRules) -> dict[str, Raised]:
    """The warnings that signals raise, by firm; a signal that is not known raises none."""
    told = {}
    for firm, row in zip(signals.index, signals.to_dict("records"), strict=True):
        names, is_red = rules.raised({str(name): value for name, value in row.items() if value == value})
        told[str(firm)] = Raised(tuple(names), is_red)
    return told


def _orders(seen: Mapping[str, pd.DataFrame], now: pd.Timestamp) -> dict[str, pd.Series]:
    orders = seen["orders"]
    age = (now - orders["placed_on"]).dt.days
    mass = orders["quantity_kg"].astype(float)
    is_new = age < MONTH
    lately = _sum(mass[is_new], orders)
    before = _sum(mass[~is_new & (age < MONTH + QUARTER)], orders) / (QUARTER / MONTH)
    largest = mass[is_new].groupby(orders["firm_id"]).max()
    usual = mass[~is_new & (age < MONTH + HALF_YEAR)].groupby(orders["firm_id"]).median()
    days = orders[age < YEAR].drop_duplicates(["firm_id", "placed_on"]).sort_values("placed_on")
    gaps = days.groupby("firm_id")["placed_on"].diff().dt.days
    is_enough = days.groupby("firm_id").size() >= LEAST_ORDER_DAYS
    median = gaps.groupby(days["firm_id"]).median().where(is_enough)
    silent = age.groupby(orders["firm_id"]).min()
    return {
        "purchase_change": lately.reindex(before.index).fillna(0.0) / before - 1.0,
        "order_size_ratio": largest / usual,
        "order_gap_ratio": silent / median,
    }


def _prices(seen: Mapping[str, pd.DataFrame], now: pd.Timestamp) -> dict[str, pd.Series]:
    """What was paid in a month above the index of the grade on the day, by mass."""
    orders = seen["orders"][seen["orders"]["placed_on"] > now - timedelta(days=MONTH)]
    index = seen["resin_prices"].rename(columns={"date": "placed_on", "price_fen_per_tonne": "index_price"})
    both = orders.merge(index[["placed_on", "grade", "index_price"]], on=["placed_on", "grade"])
    mass = both["quantity_kg"].astype(float)
    paid = _sum(mass * both["price_fen_per_tonne"].astype(float), both)
    return {"buying_above_index": paid / _sum(mass * both["index_price"].astype(float), both) - 1.0}


def _sales(seen: Mapping[str, pd.DataFrame], now: pd.Timestamp) -> dict[str, pd.Series]:
    invoices = seen["invoices"]
    by_buyer = invoices[invoices["issued_on"] > now - timedelta(days=HALF_YEAR)].groupby(["firm_id", "buyer_id"])
    amounts = (
        by_buyer["amount_fen"].sum().reset_index().sort_values(["amount_fen", "buyer_id"], ascending=[False, True])
    )
    top = amounts.drop_duplicates("firm_id")[["firm_id", "buyer_id"]]
    owed = invoices[invoices["paid_on"].isna()].merge(top, on=["firm_id", "buyer_id"])
    late = (now - owed["due_on"]).dt.days.clip(lower=0).groupby(owed["firm_id"]).max()
    late = late.reindex(top["firm_id"]).fillna(0.0)
    return {
        "top_buyer_overdue_days": late,
        "receivable_days_change": _days_of_sales(invoices, now)
        - _days_of_sales(invoices, now - timedelta(days=QUARTER)),
    }


def _days_of_sales(invoices: pd.DataFrame, day: pd.Timestamp) -> pd.Series:
    """Open receivables over the sales of 90 days, in days."""
    amount = invoices["amount_fen"].astype(float)
    is_open = (invoices["issued_on"] <= day) & ~(invoices["paid_on"] <= day)
    is_new = (invoices["issued_on"] <= day) & (invoices["issued_on"] > day - timedelta(days=QUARTER))
    sold = _sum(amount[is_new], invoices)
    return _sum(amount[is_open], invoices).reindex(sold.index).fillna(0.0) / sold * QUARTER


def _power(seen: Mapping[str, pd.DataFrame], now: pd.Timestamp) -> dict[str, pd.Series]:
    """The last finished month against the three before it."""
    months = seen["operations"].dropna(subset=["energy_kwh"]).sort_values("month")
    energy = months["energy_kwh"].astype(float)
    last = months.groupby("firm_id")["month"].transform("max")
    back = (last.dt.year - months["month"].dt.year) * 12 + last.dt.month - months["month"].dt.month
    is_fresh = last + pd.offsets.MonthEnd(1) > now - timedelta(days=2 * MONTH)
    latest = _sum(energy[is_fresh & (back == 0)], months)
    usual = energy[is_fresh & back.between(1, 3)].groupby(months["firm_id"]).mean()
    return {"power_change": latest / usual - 1.0}


def _maturities(seen: Mapping[str, pd.DataFrame], now: pd.Timestamp) -> dict[str, pd.Series]:
    """Financed orders of a month that were placed just before another facility fell due: borrowing to repay."""
    facilities = seen["facilities"]
    opened = facilities[facilities["opened_on"] > now - timedelta(days=MONTH)]
    pairs = opened.merge(facilities[["firm_id", "facility_id", "due_on"]], on="firm_id", suffixes=("", "_other"))
    ahead = (pairs["due_on_other"] - pairs["opened_on"]).dt.days
    is_near = (pairs["facility_id"] != pairs["facility_id_other"]) & ahead.between(0, NEAR_MATURITY_DAYS)
    near = pairs[is_near].drop_duplicates("facility_id").groupby("firm_id").size()
    return {"orders_near_maturity": near.reindex(opened["firm_id"].unique()).fillna(0.0)}


def _sum(values: pd.Series, table: pd.DataFrame) -> pd.Series:
    return values.groupby(table["firm_id"]).sum()
