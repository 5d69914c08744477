"""The eleven observable tables: empty, conformed, checked, read, written, hashed and seen as of a day.

What the columns mean stands in `credit.table_specs`. Frames are pandas: identifiers and texts `string`, days
`datetime64[ns]` at midnight, money `int64` fen, optional integers `Int64`, shares and kilograms `float64`, flags `bool`
(optional ones `boolean`).
"""

import hashlib
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from credit.errors import BadInput, Problem
from credit.files import folder_written_whole
from credit.table_casts import PLAIN, Reading, cast
from credit.table_checks import check_tables, readable, schema
from credit.table_hash import feed
from credit.table_language import Column, TableSpec
from credit.table_specs import CONSENT_COLUMNS, MANDATORY_TABLES, TABLES
from credit.table_views import latest_rows, visible

__all__ = [
    "CONSENT_COLUMNS", "MANDATORY_TABLES", "TABLES", "Column", "TableSpec", "conform", "conformed", "empty",
    "hash_of_tables", "latest_rows", "read_tables", "schema", "validate", "visible", "write_tables",
]  # fmt: skip


def empty(name: str) -> pd.DataFrame:
    """A table without rows, in canonical dtypes."""
    return TABLES[name].empty()


def conform(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """A table in canonical column order and dtypes.

    Optional columns that are absent are added as missing. Whole numbers held as floats, identifiers held as numbers and
    ISO dates held as texts are taken; kilograms are rounded to grams.

    Raises:
        BadInput: a column is missing or unknown, or a cell cannot be cast without loss.
    """
    table, problems = conformed(name, frame)
    if problems:
        raise BadInput(problems)
    return table


def conformed(name: str, frame: pd.DataFrame, reading: Reading = PLAIN) -> tuple[pd.DataFrame, list[Problem]]:
    """Like `conform`, but tells the problems, each with its row, instead of raising.

    Args:
        name: one of the eleven tables.
        frame: the columns as read, texts or typed.
        reading: how they are written.

    Returns:
        The table (of use only without problems) and the problems.
    """
    spec = TABLES[name]
    problems = [
        Problem(
            "unknown column", file=name, field=str(column), remedy="rename it, or list it under `ignore` in the mapping"
        )
        for column in frame.columns
        if column not in spec.column_names
    ]
    table: dict[str, pd.Series] = {}
    for column in spec.columns:
        if column.name not in frame.columns:
            if not column.is_optional:
                remedy = "add the column; a mapping can rename one (`columns`) or fill one (`constants`)"
                problems.append(Problem("the column is missing", file=name, field=column.name, remedy=remedy))
            table[column.name], _ = cast(pd.Series([None] * len(frame), dtype=object), column)
            continue
        cells = frame[column.name]
        if str(cells.dtype) == column.dtype and column.kind in ("integer", "flag"):
            table[column.name] = cells.reset_index(drop=True)
            continue
        table[column.name], failures = cast(cells, column, reading)
        for failure in failures:
            found = zip(cells.iloc[failure.rows].tolist(), failure.rows.tolist(), strict=True)
            problems += [
                Problem(failure.rule, name, column.name, _shown(cell), row + 1, failure.remedy) for cell, row in found
            ]
    return pd.DataFrame(table), problems


def _shown(cell: Any) -> str | None:
    return readable(cell) if pd.api.types.is_scalar(cell) else str(cell)


def validate(tables: Mapping[str, pd.DataFrame], latest: date | None = None) -> list[Problem]:
    """Everything that is wrong with the tables; empty when they can be trusted.

    Checked are columns and dtypes, missing values, ranges, categories, keys, the order in time within a row, references
    between tables, and that no instalment is due or paid before its facility was opened.

    Args:
        tables: by name; absent tables are not checked, except that `firms` must be there.
        latest: no event may lie after this day, no due date more than ten years after it. None: no horizon (a simulated
            market lives on days of its own).

    Returns:
        Problems whose `file` is the table, with row (from 1), field, value, rule and remedy.
    """
    problems = [Problem("the table is missing", file=name) for name in MANDATORY_TABLES if name not in tables]
    problems += [
        Problem(f"unknown table; must be one of: {', '.join(TABLES)}", file=name)
        for name in tables
        if name not in TABLES
    ]
    sound: dict[str, pd.DataFrame] = {}
    for name in TABLES:
        if name in tables:
            table, found = conformed(name, tables[name])
            problems += found
            if not found:
                sound[name] = table
    return problems + check_tables(sound, latest)


def read_tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Read the tables that `write_tables` wrote.

    Raises:
        BadInput: a file is missing, is no Parquet file or does not hold its table. Rows are not checked again.
    """
    tables = {}
    for name in TABLES:
        tables[name] = conform(name, read_parquet(folder / f"{name}.parquet"))
    return tables


def read_parquet(path: Path) -> pd.DataFrame:
    """Read one Parquet file with the dtypes it carries.

    Raises:
        BadInput: it is absent, a directory, empty, unreadable or no Parquet file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not path.exists():
        remedy = "`creditlab ingest platform` and `creditlab simulate --out` write all eleven"
        raise BadInput(Problem("the file does not exist", file=str(path), remedy=remedy))
    if not path.is_file():
        raise BadInput(Problem("must be a file, not a directory", file=str(path)))
    if path.stat().st_size == 0:
        raise BadInput(Problem("the file is empty (0 bytes)", file=str(path), remedy="export it again"))
    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        told = str(error).splitlines()[0]
        raise BadInput(
            Problem(f"is no readable Parquet file: {told}", file=str(path), remedy="export it again")
        ) from error
    twice = {column for column in table.column_names if table.column_names.count(column) > 1}
    if twice:
        raise BadInput([Problem("the column stands twice", file=str(path), field=column) for column in sorted(twice)])
    try:
        return table.to_pandas(date_as_object=False, ignore_metadata=True, types_mapper=_nullable().get)
    except (pa.ArrowException, ValueError, OverflowError) as error:
        told = str(error).splitlines()[0]
        raise BadInput(Problem(f"holds values that cannot be read: {told}", file=str(path))) from error


@cache
def _nullable() -> dict[Any, Any]:
    """Dtypes that hold missing values without turning whole numbers into floats."""
    import pyarrow as pa

    whole = {"int8": "Int8", "int16": "Int16", "int32": "Int32", "int64": "Int64"}
    whole |= {f"u{arrow}": f"U{pandas}" for arrow, pandas in whole.items()}
    texts = dict.fromkeys((pa.string(), pa.large_string()), pd.StringDtype())
    return (
        {getattr(pa, name)(): pd.api.types.pandas_dtype(dtype) for name, dtype in whole.items()}
        | texts
        | {pa.bool_(): pd.BooleanDtype()}
    )


def write_tables(tables: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Write one Parquet file a table, all eleven or none; equal tables give equal bytes.

    Args:
        tables: by name; absent ones are written empty.
        folder: replaced as a whole when it exists.

    Raises:
        BadInput: a table does not conform, or the folder cannot be written.
    """
    with folder_written_whole(folder) as scratch:
        write_parquet_files(tables, scratch)


def write_parquet_files(tables: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """Write the eleven files into an existing folder; units and meanings stand in the fields' metadata."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    arrow = {
        "integer": pa.int64(),
        "number": pa.float64(),
        "date": pa.date32(),
        "month": pa.date32(),
        "flag": pa.bool_(),
    }
    for name, spec in TABLES.items():
        table = conform(name, tables[name]) if name in tables else empty(name)
        fields = [
            pa.field(
                column.name,
                arrow.get(column.kind, pa.string()),
                nullable=column.is_optional,
                metadata={"unit": column.unit, "meaning": column.meaning},
            )
            for column in spec.columns
        ]
        arrays = [pa.array(table[field.name], type=field.type, from_pandas=True) for field in fields]
        told = pa.schema(fields, metadata={"table": name, "meaning": spec.meaning})
        pq.write_table(pa.Table.from_arrays(arrays, schema=told), folder / f"{name}.parquet", compression="zstd")


def hash_of_tables(tables: Mapping[str, pd.DataFrame]) -> str:
    """SHA-256 over the content of all eleven tables.

    It depends on the rows as a set and on nothing else: not on their order, on the file format or on its writer.

    Args:
        tables: by name; absent ones count as empty.

    Returns:
        64 hexadecimal digits.

    Raises:
        BadInput: a table does not conform.
    """
    digest = hashlib.sha256()
    for name, spec in TABLES.items():
        table = conform(name, tables[name]) if name in tables else empty(name)
        feed(digest, name, table, spec.columns, spec.key)
    return digest.hexdigest()
