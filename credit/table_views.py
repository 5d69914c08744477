"""The tables as they were known on a day."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from credit.table_specs import CONSENT_COLUMNS, TABLES


def latest_rows(table: pd.DataFrame, identifier: str) -> pd.DataFrame:
    """The row in force of every firm or controller, the one with the latest `valid_from`; ordered by identifier."""
    in_order = table.sort_values([identifier, "valid_from"], kind="stable", na_position="first")
    return in_order.drop_duplicates(identifier, keep="last").reset_index(drop=True)


def visible(tables: Mapping[str, pd.DataFrame], as_of: date) -> dict[str, pd.DataFrame]:
    """The tables as the platform knew them at the end of a day: no look-ahead.

    A row is known when it was placed, issued, opened, learnt of, visited or decided by then and its firm was on the
    platform; a month of operations when it was over; an instalment when its facility was open. What came later is taken
    back: deliveries, payments (with `paid_fen` and `dilution_fen`), the end of a facility, a link to a facility not
    opened yet. Personal columns of controllers are emptied where consent was missing or had ended.

    Args:
        tables: canonical tables by name; absent ones count as empty.
        as_of: the day.

    Returns:
        All eleven tables. Applying it twice changes nothing, and it keeps valid tables valid.
    """
    day = pd.Timestamp(as_of)
    seen = {name: tables.get(name, TABLES[name].empty()) for name in TABLES}

    def keep(name: str, rows: pd.Series) -> None:
        seen[name] = seen[name][rows].reset_index(drop=True)

    def known(name: str, column: str, other: str) -> pd.Series:
        identifiers = seen[other][TABLES[other].key[0]].unique()
        return seen[name][column].isin(identifiers) | seen[name][column].isna()

    keep("firms", (seen["firms"]["platform_since"] <= day) & ~(seen["firms"]["valid_from"] > day))
    keep("controllers", ~(seen["controllers"]["valid_from"] > day) & known("controllers", "firm_id", "firms"))
    known_on = {
        "orders": "placed_on", "invoices": "issued_on", "facilities": "opened_on", "bureau": "known_on",
        "visits": "visited_on", "decisions": "decided_on", "resin_prices": "date",
    }  # fmt: skip
    for name, column in known_on.items():
        keep(name, seen[name][column] <= day)
    keep("operations", seen["operations"]["month"] + pd.offsets.MonthEnd(1) <= day)
    for name in ("orders", "invoices", "operations", "facilities", "bureau", "visits", "decisions"):
        keep(name, known(name, "firm_id", "firms"))
    keep("bureau", known("bureau", "controller_id", "controllers"))
    keep("payments", known("payments", "facility_id", "facilities"))

    later = {name: seen[name][column] > day for name, column in _OUTCOME_DAYS.items()}
    _take_back(seen, "orders", later["orders"], delivered_on=pd.NaT, match_share=np.nan)
    _take_back(seen, "orders", ~known("orders", "facility_id", "facilities"), facility_id=pd.NA)
    unsettled = later["invoices"] | seen["invoices"]["paid_on"].isna()
    _take_back(seen, "invoices", unsettled, paid_on=pd.NaT, paid_fen=0, dilution_fen=0)
    _take_back(seen, "invoices", ~known("invoices", "assigned_facility_id", "facilities"), assigned_facility_id=pd.NA)
    _take_back(seen, "facilities", later["facilities"], closed_on=pd.NaT, status="open")
    _take_back(seen, "payments", later["payments"], paid_on=pd.NaT, paid_fen=0)
    without_consent = ~(seen["controllers"]["consent_until"] >= day)
    _take_back(seen, "controllers", without_consent, **dict.fromkeys(CONSENT_COLUMNS, pd.NA))
    return seen


_OUTCOME_DAYS = {"orders": "delivered_on", "invoices": "paid_on", "facilities": "closed_on", "payments": "paid_on"}


def _take_back(seen: dict[str, pd.DataFrame], name: str, rows: pd.Series, **values: Any) -> None:
    """Put cells of a table back to what they were before the outcome was known; the caller's frame stays as it is."""
    if rows.any():
        columns = {column: seen[name][column].mask(rows, value) for column, value in values.items()}
        seen[name] = seen[name].assign(**columns)
