"""Holds observable tables to their specifications: pandera schemas for rows, own checks for what crosses tables."""

from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from credit.errors import Problem
from credit.table_language import LATEST_PLAN_YEARS, Column, TableSpec
from credit.table_specs import TABLES

if TYPE_CHECKING:
    import pandera.pandas as pa

_KEY = "must name a row once"


@cache
def schema(name: str, latest: date | None = None) -> "pa.DataFrameSchema":
    """The pandera schema of a table in canonical dtypes.

    Args:
        name: one of the eleven tables.
        latest: the export's day: no event lies after it and no due date more than ten years beyond. None: no horizon.

    Returns:
        Columns with dtype, missing values, ranges, categories and forms; the key and the rules between columns as
        checks of the frame. Units and meanings stand in the columns' metadata.
    """
    import pandera.pandas as pa  # 0.4 s, and the simulator's platform reads tables without checking them

    spec = TABLES[name]
    row_rules = [pa.Check(rule.holds, name=rule.says, error=rule.says) for rule in spec.rules]
    key = list(spec.key)
    return pa.DataFrameSchema(
        {column.name: _pandera_column(column, latest) for column in spec.columns},
        checks=[pa.Check(lambda frame: ~frame.duplicated(key, keep=False), name=_KEY, error=_KEY), *row_rules],
        strict=True,
        ordered=True,
        name=name,
        title=name,
        description=spec.meaning,
    )


def _pandera_column(column: Column, latest: date | None) -> "pa.Column":
    import pandera.pandas as pa

    rules: dict[str, Any] = {}
    if column.kind in ("date", "month"):
        earliest = pd.Timestamp(column.earliest)
        rules[f"must not lie before {column.earliest}"] = lambda days: days >= earliest
        if latest is not None:
            horizon = pd.Timestamp(latest) + pd.DateOffset(years=LATEST_PLAN_YEARS if column.is_planned else 0)
            says = f"must not lie after {horizon.date()}" + (
                f", {LATEST_PLAN_YEARS} years after the export" if column.is_planned else ", the day of the export"
            )
            rules[says] = lambda days: days <= horizon
    if column.kind == "month":
        rules["must be the first day of the month"] = lambda days: days.dt.day == 1
    if column.low is not None:
        rules[f"must be >= {column.low:g}"] = lambda values: values >= column.low
    if column.high is not None:
        rules[f"must be <= {column.high:g}"] = lambda values: values <= column.high
    if column.allowed:
        rules[f"must be one of: {', '.join(column.allowed)}"] = lambda values: values.isin(column.allowed)
    if column.pattern:
        says = {
            "id": "must be an identifier of 1 to 64 printable characters",
            "codes": "must be codes of letters, digits, `_`, `.` or `-`, joined by `;`",
        }.get(column.kind, f"must have the form {column.pattern}")
        rules[says] = lambda values: _matches(values, column.pattern or "")
    return pa.Column(
        column.dtype,
        checks=[pa.Check(holds, name=says, error=says) for says, holds in rules.items()],
        nullable=column.is_optional,
        title=column.name,
        description=column.meaning,
        metadata={"unit": column.unit, "references": column.references},
    )


def _matches(values: pd.Series, pattern: str) -> pd.Series:
    """Whether each text has the form; each distinct text is looked at once."""
    codes, distinct = pd.factorize(values)
    good = pd.Series(distinct, dtype="string").str.fullmatch(pattern).to_numpy(dtype=bool, na_value=True)
    return pd.Series(np.append(good, True)[codes], index=values.index)


def check_tables(tables: Mapping[str, pd.DataFrame], latest: date | None = None) -> list[Problem]:
    """What is wrong inside and between tables of canonical dtypes; absent tables are not looked at."""
    inside = [problem for name in TABLES if name in tables for problem in check_table(name, tables[name], latest)]
    return inside + check_references(tables) + check_schedules(tables)


def check_table(name: str, frame: pd.DataFrame, latest: date | None = None) -> list[Problem]:
    """What is wrong inside one table of canonical dtypes, in the order of its rows."""
    import pandera.errors

    try:
        schema(name, latest).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        return _told(TABLES[name], frame, error.failure_cases)
    return []


def _told(spec: TableSpec, frame: pd.DataFrame, cases: pd.DataFrame) -> list[Problem]:
    rules = {rule.says: rule for rule in spec.rules}
    problems = []
    of_frame = cases["schema_context"] == "DataFrameSchema"
    # pandera tells a broken rule between columns once for each column: keep one of them
    cases = pd.concat([cases[~of_frame], cases[of_frame].drop_duplicates(["check", "index"])])
    for context, column, says, case, index in zip(
        cases["schema_context"], cases["column"], cases["check"], cases["failure_case"], cases["index"], strict=True
    ):
        if pd.isna(index):
            problems.append(Problem(f"{says}: {case}", file=spec.name, field=column))
            continue
        row, remedy, value = int(index), None, case
        if context == "DataFrameSchema" and says in rules:
            column, remedy = rules[says].field, rules[says].remedy
            value = frame[column].iloc[row]
        elif context == "DataFrameSchema":
            column = ", ".join(
                field for field in spec.key if not (field == "valid_from" and pd.isna(frame[field].iloc[row]))
            )
            value = ", ".join(str(readable(frame[field].iloc[row])) for field in column.split(", "))
            says, remedy = f"{column} {_KEY}", "remove the duplicate, or give each row its own identifier"
        elif says == "not_nullable":
            says, value = "must not be missing", None
        problems.append(Problem(says, file=spec.name, field=column, value=readable(value), row=row + 1, remedy=remedy))
    return sorted(problems, key=lambda problem: problem.row or 0)


def readable(value: Any) -> str | None:
    """A cell as its owner would write it."""
    if value is None or pd.isna(value):
        return None
    return str(value.date()) if isinstance(value, pd.Timestamp) else str(value)


def check_references(tables: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Identifiers that name no row of the table they refer to."""
    problems = []
    for name, spec in TABLES.items():
        for column in spec.columns:
            if column.references is None or name not in tables or column.references not in tables:
                continue
            target = TABLES[column.references]
            cells = tables[name][column.name]
            dangling = cells.notna() & ~cells.isin(tables[column.references][target.key[0]].dropna().unique())
            problems += [
                Problem(
                    f"must stand in {target.name}.{target.key[0]}",
                    file=name,
                    field=column.name,
                    value=cells.iloc[row],
                    row=int(row) + 1,
                    remedy=f"add the row to {target.name}, or correct the identifier",
                )
                for row in np.flatnonzero(dangling)
            ]
    return problems


def check_schedules(tables: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Instalments that are due or paid before their facility was opened."""
    if "payments" not in tables or "facilities" not in tables:
        return []
    payments, facilities = tables["payments"], tables["facilities"].drop_duplicates("facility_id")
    opened = payments["facility_id"].map(facilities.set_index("facility_id")["opened_on"]).astype("datetime64[ns]")
    return [
        Problem(
            "must not lie before the facility's opened_on",
            file="payments",
            field=field,
            value=readable(payments[field].iloc[row]),
            row=int(row) + 1,
            remedy="correct the date, or the facility's opened_on",
        )
        for field in ("due_on", "paid_on")
        for row in np.flatnonzero(payments[field] < opened)
    ]
