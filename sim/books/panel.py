"""The monthly firm panel: what a platform saw of each firm in each month, one row a firm and month.

Made of the observable tables of a run, so that it needs no recorder of its own and tells nothing that is hidden. Sums
are of the month's days; what is owed and how late it is are as of the month's last day.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd

PANEL_COLUMNS = (
    "firm_id", "month", "output_kg", "sold_fen", "collected_fen", "bought_fen", "drawn_fen", "paid_fen",
    "outstanding_due_fen", "days_past_due", "refused", "accepted",
)  # fmt: skip
"""Columns of the panel: output, invoices issued and paid, resin ordered, credit drawn, instalments paid in the month;
those that had fallen due and were unpaid on its last day, and how late the oldest was; decisions by outcome."""


def panel_of(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """The panel of a run.

    Args:
        tables: the observable tables.

    Returns:
        One row for each month in which a firm reported its operations, in the order of firms and months; columns
        PANEL_COLUMNS, amounts in whole fen, 0 where nothing happened.
    """
    operations = tables["operations"][["firm_id", "month", "output_kg"]].copy()
    orders, invoices, facilities = tables["orders"], tables["invoices"], tables["facilities"]
    value = (orders["quantity_kg"].astype(float) * orders["price_fen_per_tonne"].astype(float) / 1000.0).round()
    payments = tables["payments"].merge(facilities[["facility_id", "firm_id"]], on="facility_id")
    decisions = tables["decisions"]
    sums = {
        "sold_fen": _by_month(invoices["firm_id"], invoices["issued_on"], invoices["amount_fen"]),
        "collected_fen": _by_month(invoices["firm_id"], invoices["paid_on"], invoices["paid_fen"]),
        "bought_fen": _by_month(orders["firm_id"], orders["placed_on"], value),
        "drawn_fen": _by_month(facilities["firm_id"], facilities["opened_on"], facilities["principal_fen"]),
        "paid_fen": _by_month(payments["firm_id"], payments["paid_on"], payments["paid_fen"]),
        **{
            outcome: _by_month(decisions["firm_id"], decisions["decided_on"], decisions["outcome"] == outcome)
            for outcome in ("refused", "accepted")
        },
    }
    panel = operations.sort_values(["firm_id", "month"], ignore_index=True)
    keys = pd.MultiIndex.from_arrays([panel["firm_id"].astype(object), panel["month"]])
    for name, told in sums.items():
        panel[name] = told.reindex(keys, fill_value=0).to_numpy(dtype=np.int64)
    late = _lateness(payments, sorted(panel["month"].unique())).reindex(keys)
    for name in ("outstanding_due_fen", "days_past_due"):
        panel[name] = late[name].fillna(0).to_numpy(dtype=np.int64)
    return panel[list(PANEL_COLUMNS)]


def _by_month(firms: pd.Series, days: pd.Series, amounts: pd.Series) -> pd.Series:
    """Sums by firm and first day of the month; rows without a day are left out."""
    is_known = days.notna()
    months = pd.to_datetime(days[is_known]).dt.to_period("M").dt.to_timestamp()
    return amounts[is_known].astype("int64").groupby([firms[is_known].astype(object), months]).sum()


def _lateness(payments: pd.DataFrame, months: list[pd.Timestamp]) -> pd.DataFrame:
    """What had fallen due and was unpaid on each month's last day, and the days of the oldest of it."""
    due_on = pd.to_datetime(payments["due_on"])
    paid_on = pd.to_datetime(payments["paid_on"])
    told = []
    for month in months:
        last = month + pd.offsets.MonthEnd(0)
        is_open = (due_on < last) & ~(paid_on <= last)
        late = payments.loc[is_open, ["due_fen"]].astype("int64")
        late["days"] = (last - due_on[is_open]).dt.days
        by_firm = late.groupby(payments.loc[is_open, "firm_id"].astype(object)).agg({"due_fen": "sum", "days": "max"})
        by_firm.index = pd.MultiIndex.from_product([by_firm.index, [month]])
        told.append(by_firm.rename(columns={"due_fen": "outstanding_due_fen", "days": "days_past_due"}))
    return pd.concat(told) if told else pd.DataFrame(columns=["outstanding_due_fen", "days_past_due"])
