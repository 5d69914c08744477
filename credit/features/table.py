"""One row a firm and month end: features as of that day, and how thick the firm's file was."""

from collections.abc import Callable, Mapping
from datetime import date

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.feature_specs import ALL_GROUPS, names_of
from credit.features.snapshot import features_of
from credit.features.stages import data_stages
from credit.frame_view import FrameView
from credit.table_language import Column
from credit.table_specs import TABLES
from credit.tables import conform

SHOWN = 5
"""Rows shown of each problem."""
HAPPENED = {
    "orders": ("placed_on", "delivered_on"),
    "invoices": ("issued_on", "paid_on"),
    "facilities": ("opened_on", "closed_on"),
    "payments": ("paid_on",),
    "bureau": ("happened_on",),
    "visits": ("visited_on",),
    "decisions": ("decided_on",),
    "resin_prices": ("date",),
}
"""The dates of what happened. Plans (due dates, consent) and news still under way (`known_on`) may lie ahead."""


def firm_months_of(
    tables: Mapping[str, pd.DataFrame],
    months: int = 36,
    until: date | None = None,
    groups: str = ALL_GROUPS,
    on_month: Callable[[], None] = lambda: None,
) -> pd.DataFrame:
    """The firm-month table of tables in memory; arguments, result and errors as in `firm_month_table`."""
    sound = _conforming(tables)
    parts = []
    for end in month_ends(months, last_recorded(sound), until, first_arrival(sound)):
        parts.append(rows_of(sound, end, groups))
        on_month()
    return pd.concat(parts).sort_values(["firm_id", "month"], kind="stable", ignore_index=True)


def rows_of(tables: Mapping[str, pd.DataFrame], end: date, groups: str = ALL_GROUPS) -> pd.DataFrame:
    """The rows of one month end, in the order of firms."""
    view = FrameView(tables, end)
    features = features_of(view, "".join(dict.fromkeys(groups + "T")))
    told = pd.DataFrame({"firm_id": view.index.astype("string" if view.index.dtype == object else view.index.dtype)})
    told["month"] = np.datetime64(end, "ns")
    told["data_stage"] = data_stages(view, features)
    return pd.concat([told, features[names_of(*groups)].reset_index(drop=True)], axis=1)


def month_ends(months: int, last: date | None, until: date | None, first: date | None = None) -> list[date]:
    """The last `months` month ends on or before `until`, ascending; none before the first firm came, `first`.

    Raises:
        BadInput: fewer than one month, or a day after the last recorded one or before the first firm came.
    """
    if months < 1:
        raise BadInput(Problem("must be >= 1", field="months", value=months))
    if last is None:
        raise BadInput(Problem("nothing is recorded in any table", field="tables", remedy="export events with dates"))
    if until is not None and until > last:
        rule = f"must not lie after {last}, the last recorded day: what comes later is not known"
        raise BadInput(Problem(rule, field="until", value=until))
    if until is not None and first is not None and until < first:
        rule = f"must not lie before {first}, when the first firm came to the platform"
        raise BadInput(Problem(rule, field="until", value=until))
    ends = [end.date() for end in pd.date_range(end=pd.Timestamp(until or last), periods=months, freq="ME")]
    return [end for end in ends if first is None or end >= first] or ends[-1:]


def last_recorded(tables: Mapping[str, pd.DataFrame]) -> date | None:
    """The last day on which anything happened; None where nothing did."""
    days = [tables[name][column].max() for name, columns in HAPPENED.items() if name in tables for column in columns]
    known = [day for day in days if pd.notna(day)]
    return max(known).date() if known else None


def first_arrival(tables: Mapping[str, pd.DataFrame]) -> date | None:
    """The day on which the first firm came to the platform; None where none has."""
    first = tables["firms"]["platform_since"].min()
    return first.date() if pd.notna(first) else None


def _conforming(tables: Mapping[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """The tables in canonical dtypes, each key once."""
    problems = [
        Problem(f"unknown table; must be one of: {', '.join(TABLES)}", file=name)
        for name in tables
        if name not in TABLES
    ]
    if "firms" not in tables:
        problems.append(Problem("the table is missing", file="firms"))
    if problems:
        raise BadInput(problems)
    sound = {name: conform(name, tables[name]) for name in TABLES if name in tables}
    for name, table in sound.items():
        spec = TABLES[name]
        for column in spec.columns:
            problems += _strange_cells(table, spec.name, column)
        key = list(spec.key)
        for row in np.flatnonzero(table.duplicated(key).to_numpy())[:SHOWN].tolist():
            value = ", ".join(str(table[column].iloc[row]) for column in key)
            problems.append(Problem("the key stands twice", name, key[0], value, row + 1, "drop the duplicated row"))
    if problems:
        raise BadInput(problems)
    return sound


def _strange_cells(table: pd.DataFrame, name: str, column: Column) -> list[Problem]:
    """Cells of no category, or beyond the column's range."""
    cells, rule = table[column.name], rule_of(column)
    if rule is None:
        return []
    if column.allowed:
        is_wrong = cells.notna() & ~cells.isin(column.allowed)
    else:
        low, high = (np.nan if bound is None else bound for bound in (column.low, column.high))
        is_wrong = (cells < low) | (cells > high)
    rows = np.flatnonzero(is_wrong.fillna(False).to_numpy(dtype=bool))[:SHOWN].tolist()
    return [Problem(rule, name, column.name, str(cells.iloc[row]), row + 1) for row in rows]


def rule_of(column: Column) -> str | None:
    """What a cell of the column must keep beside its dtype, in words; None where any value will do."""
    if column.allowed:
        return f"must be one of: {', '.join(column.allowed)}"
    bounds = [f">= {column.low:,.15g}"] if column.low is not None else []
    bounds += [f"<= {column.high:,.15g}"] if column.high is not None else []
    return f"must be {' and '.join(bounds)}" if bounds else None
