"""What is watched between reviews, read from the observable tables: the signals of `credit.limit_rules`.

Two signals need what the tables do not hold and are told by whoever keeps the line: `days_above_nine_tenths` (the line
day by day) and `resale_below_cost` (what the firm got for its goods).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from credit.limit_rules import LimitRules
from credit.own_rhythm import (
    Allowances,
    power_change,
    purchase_change,
    receivable_days_change,
    top_buyer_overdue_days,
)
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
        Indexed by firm, ascending; changes and ratios against the firm's own past, changes of purchases, power and
        receivables less what chance explains (`credit.own_rhythm`); NaN where that past is too thin.
    """
    seen, now = visible(tables, day), pd.Timestamp(day)
    firms = pd.Index(sorted(seen["firms"]["firm_id"].astype(str).unique()), name="firm_id")
    told = pd.DataFrame(index=firms)
    allowed = Allowances.on(day)
    for measured in (_orders, _prices, _sales, _power, _maturities):
        for name, values in measured(seen, now, allowed).items():
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


def _orders(seen: Mapping[str, pd.DataFrame], now: pd.Timestamp, allowed: Allowances) -> dict[str, pd.Series]:
    orders = seen["orders"]
    age = (now - orders["placed_on"]).dt.days
    mass = orders["quantity_kg"].astype(float)
    is_new = age < MONTH
    largest = mass[is_new].groupby(orders["firm_id"]).max()
    usual = mass[~is_new & (age < MONTH + HALF_YEAR)].groupby(orders["firm_id"]).median()
    days = orders[age < YEAR].drop_duplicates(["firm_id", "placed_on"]).sort_values("placed_on")
    gaps = days.groupby("firm_id")["placed_on"].diff().dt.days
    is_enough = days.groupby("firm_id").size() >= LEAST_ORDER_DAYS
    median = gaps.groupby(days["firm_id"]).median().where(is_enough)
    silent = age.groupby(orders["firm_id"]).min()
    return {
        "purchase_change": purchase_change(orders, now, allowed),
        "order_size_ratio": largest / usual,
        "order_gap_ratio": silent / median,
    }


def _prices(seen: Mapping[str, pd.DataFrame], now: pd.Timestamp, _: Allowances) -> dict[str, pd.Series]:
    """What was paid in a month above the index of the grade on the day, by mass."""
    orders = seen["orders"][seen["orders"]["placed_on"] > now - timedelta(days=MONTH)]
    index = seen["resin_prices"].rename(columns={"date": "placed_on", "price_fen_per_tonne": "index_price"})
    both = orders.merge(index[["placed_on", "grade", "index_price"]], on=["placed_on", "grade"])
    mass = both["quantity_kg"].astype(float)
    paid = _sum(mass * both["price_fen_per_tonne"].astype(float), both)
    return {"buying_above_index": paid / _sum(mass * both["index_price"].astype(float), both) - 1.0}


def _sales(seen: Mapping[str, pd.DataFrame], now: pd.Timestamp, allowed: Allowances) -> dict[str, pd.Series]:
    return {
        "top_buyer_overdue_days": top_buyer_overdue_days(seen, now, allowed),
        "receivable_days_change": receivable_days_change(seen["invoices"], now, allowed),
    }


def _power(seen: Mapping[str, pd.DataFrame], now: pd.Timestamp, allowed: Allowances) -> dict[str, pd.Series]:
    return {"power_change": power_change(seen["operations"], now, allowed)}


def _maturities(seen: Mapping[str, pd.DataFrame], now: pd.Timestamp, _: Allowances) -> dict[str, pd.Series]:
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
