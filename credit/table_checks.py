"""Holds observable tables to their specifications: pandera schemas for rows, own checks for what crosses tables."""

from collections.abc import Collection, Mapping
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from credit.errors import Problem
from credit.table_casts import MISSING
from credit.table_language import LATEST_PLAN_YEARS, Column, Rule, TableSpec
from credit.table_specs import TABLES

if TYPE_CHECKING:
    import pandera.pandas as pa


_FREE_TEXT = r"[^\x00-\x1f\x7f]{1,500}"
_LATE_REMEDY = "correct the date; `exported_on` in a mapping says on which day the export was made"


@cache
def schema(name: str, latest: date | None = None, has_rules: bool = True) -> "pa.DataFrameSchema":
    """The pandera schema of a table in canonical dtypes.

    Args:
        name: one of the eleven tables.
        latest: the export's day: no event lies after it and no due date more than ten years beyond. None: no horizon.
        has_rules: whether the key and the rules between columns are checks of the frame.

    Returns:
        Columns with dtype, missing values, ranges, categories and forms; then the key and the rules between columns.
        Units and references stand in the columns' metadata.
    """
    import pandera.pandas as pa  # 0.4 s, and the simulator's platform reads tables without checking them

    spec = TABLES[name]
    return pa.DataFrameSchema(
        {column.name: _pandera_column(column, latest) for column in spec.columns},
        checks=[pa.Check(rule.holds, name=rule.says, error=rule.says) for rule in row_rules(spec)] if has_rules else [],
        strict=True,
        ordered=True,
        name=name,
        title=name,
        description=spec.meaning,
    )


def row_rules(spec: TableSpec) -> list[Rule]:
    """The key as a rule, then the rules between columns."""
    key = list(spec.key)
    names_once = Rule(
        f"{' and '.join(key)} must name a row once",
        ", ".join(key),
        lambda frame: ~frame.duplicated(key, keep=False),
        "remove the duplicate, or give each row its own identifier",
    )
    return [names_once, *spec.rules]


def _pandera_column(column: Column, latest: date | None) -> "pa.Column":
    import pandera.pandas as pa

    rules: dict[str, Any] = {}
    if column.kind in ("date", "month"):
        earliest = pd.Timestamp(column.earliest)
        rules[f"must not lie before {column.earliest}"] = lambda days: days >= earliest
        if latest is not None:
            horizon = pd.Timestamp(latest) + pd.DateOffset(years=LATEST_PLAN_YEARS if column.is_planned else 0)
            rules[f"must not lie after {horizon.date()}"] = lambda days: days <= horizon
    if column.kind == "month":
        rules["must be the first day of the month"] = lambda days: days.dt.day == 1
    if column.low is not None:
        rules[f"must be >= {column.low:g}"] = lambda values: values >= column.low
    if column.high is not None:
        rules[f"must be <= {column.high:g}"] = lambda values: values <= column.high
    if column.allowed:
        rules[f"must be one of: {', '.join(column.allowed)}"] = lambda values: values.isin(column.allowed)
    if column.kind == "text" and not column.pattern:
        rules["must hold 1 to 500 characters, no control characters"] = lambda texts: _matches(texts, _FREE_TEXT)
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


def check_tables(
    tables: Mapping[str, pd.DataFrame], latest: date | None = None, incomplete: Collection[str] = ()
) -> list[Problem]:
    """What is wrong inside and between tables of canonical dtypes.

    Args:
        tables: by name; absent ones are not looked at.
        latest: the export's day, as for `schema`.
        incomplete: tables that lack rows which could not be read; references to them are not looked at.
    """
    inside = [problem for name in TABLES if name in tables for problem in check_table(name, tables[name], latest)]
    return inside + check_references(tables, incomplete) + check_schedules(tables)


def check_table(name: str, frame: pd.DataFrame, latest: date | None = None) -> list[Problem]:
    """What is wrong inside one table of canonical dtypes, in the order of its rows."""
    if frame.empty:
        return []
    import pandera.errors

    spec, problems = TABLES[name], []
    try:
        schema(name, latest, has_rules=False).validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as error:
        problems = _told(spec, frame, error.failure_cases)
    # Not left to pandera: it tells a broken rule once for each cell of the row, minutes for a million rows.
    for rule in row_rules(spec):
        rows = np.flatnonzero(~rule.holds(frame).to_numpy(dtype=bool))
        problems += _row_problems(spec, frame, rows, tuple(rule.field.split(", ")), rule.says, rule.remedy)
    return sorted(problems, key=lambda problem: problem.row or 0)


def _told(spec: TableSpec, frame: pd.DataFrame, cases: pd.DataFrame) -> list[Problem]:
    """Pandera's failure cases as problems."""
    problems = [
        Problem(f"{says}: {case}", file=spec.name)
        for says, case, index in zip(cases["check"], cases["failure_case"], cases["index"], strict=True)
        if pd.isna(index)
    ]
    for (column, says), group in cases[cases["index"].notna()].groupby(["column", "check"], sort=False):
        rule = MISSING if says == "not_nullable" else str(says)
        remedy = _LATE_REMEDY if rule.startswith("must not lie after") else None
        problems += _row_problems(spec, frame, group["index"].astype(int).to_numpy(), (str(column),), rule, remedy)
    return problems


def _row_problems(
    spec: TableSpec,
    frame: pd.DataFrame,
    rows: np.ndarray,
    fields: tuple[str, ...],
    rule: str,
    remedy: str | None = None,
) -> list[Problem]:
    found = zip(*(frame[field].iloc[rows].tolist() for field in fields), strict=True)
    values = [", ".join(text for cell in cells if (text := readable(cell)) is not None) or None for cells in found]
    return [
        Problem(rule, spec.name, ", ".join(fields), value, row + 1, remedy)
        for value, row in zip(values, rows.tolist(), strict=True)
    ]


def readable(value: Any) -> str | None:
    """A cell as its owner would write it."""
    if value is None or pd.isna(value):
        return None
    return str(value.date()) if isinstance(value, pd.Timestamp) else str(value)


def check_references(tables: Mapping[str, pd.DataFrame], incomplete: Collection[str] = ()) -> list[Problem]:
    """Identifiers that name no row of the table they refer to."""
    problems = []
    for name, spec in TABLES.items():
        for column in spec.columns:
            if column.references is None or name not in tables:
                continue
            if column.references not in tables or column.references in incomplete:
                continue
            target = TABLES[column.references]
            cells = tables[name][column.name]
            dangling = cells.notna() & ~cells.isin(tables[column.references][target.key[0]].dropna().unique())
            rule = f"must stand in {target.name}.{target.key[0]}"
            remedy = f"add the row to {target.name}, or correct the identifier"
            problems += _row_problems(spec, tables[name], np.flatnonzero(dangling), (column.name,), rule, remedy)
    return problems


def check_schedules(tables: Mapping[str, pd.DataFrame]) -> list[Problem]:
    """Instalments that are due or paid before their facility was opened."""
    if "payments" not in tables or "facilities" not in tables:
        return []
    payments, facilities = tables["payments"], tables["facilities"].drop_duplicates("facility_id")
    opened = payments["facility_id"].map(facilities.set_index("facility_id")["opened_on"]).astype("datetime64[ns]")
    rule, remedy = "must not lie before the facility's opened_on", "correct the date, or the facility's opened_on"
    return [
        problem
        for field in ("due_on", "paid_on")
        for problem in _row_problems(
            TABLES["payments"], payments, np.flatnonzero(payments[field] < opened), (field,), rule, remedy
        )
    ]
