"""Reads a platform's export, a folder with one Parquet or CSV file a table, into the eleven observable tables.

`firms` must be there; a platform may not keep the other ten, and then they are empty. Every problem is gathered before
anything is refused, so that the owner of the data mends them in one go.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from credit.errors import BadInput, Problem
from credit.export_files import read_csv
from credit.export_mapping import Mapping, read_mapping
from credit.files import sha256_of_file
from credit.table_checks import check_tables
from credit.table_language import LATEST_PLAN_YEARS
from credit.table_specs import SIMULATED
from credit.tables import MANDATORY_TABLES, TABLES, conformed, empty, read_parquet, visible


@dataclass(frozen=True)
class Export:
    """What a platform's export holds.

    Attributes:
        tables: the eleven, canonical and checked.
        files: file name by table, for the tables that were there.
        encodings: by table: parquet, utf-8, utf-8 with BOM or gb18030.
        file_hashes: SHA-256 of each file by its name.
        absent: tables without a file; they are empty.
        gaps: number of missing cells by `table.column`, optional columns only; every row where the column is absent.
        as_of: the day the tables are seen from, if they were cut.
    """

    tables: dict[str, pd.DataFrame]
    files: dict[str, str]
    encodings: dict[str, str]
    file_hashes: dict[str, str]
    absent: tuple[str, ...]
    gaps: dict[str, int]
    as_of: date | None


def read_export(
    folder: Path,
    mapping_file: Path | None,
    today: date,
    as_of: date | None = None,
    on_step: Callable[[str], object] = lambda note: None,
) -> Export:
    """Read, cast, check and, where asked, cut an export to what was known by a day.

    Args:
        folder: the export.
        mapping_file: how it is to be read (`credit.export_mapping`); our names, UTF-8 or GB18030 and fen when None.
        today: no event may lie after it, unless the mapping names the day of the export (`exported_on`) or every
            firm's `source` is `simulation`.
        as_of: keep only what was known by this day (`credit.tables.visible`).
        on_step: told the name of each table before it is read, then "checking".

    Raises:
        BadInput: with every problem of every file.
    """
    mapping = read_mapping(mapping_file)
    paths, problems = _files(folder, mapping)
    tables = {name: empty(name) for name in TABLES.keys() - paths.keys()}
    rows: dict[str, pd.Index] = {}
    encodings: dict[str, str] = {}
    incomplete: set[str] = set()
    for name, path in paths.items():
        on_step(name)
        try:
            raw, encodings[name], misfits = _read(path, mapping.encoding_of(name))
            rows[name] = raw.index
            table, unfit = conformed(name, _ours(raw, name, mapping), mapping.reading_of(name))
        except BadInput as error:
            problems += [_placed(problem, path, name, mapping) for problem in error.problems]
            continue
        problems += [_placed(problem, path, name, mapping) for problem in misfits]
        problems += [_placed(problem, path, name, mapping, rows[name]) for problem in unfit]
        if all(problem.row is not None for problem in unfit):  # the rows that could be read are checked all the same
            is_fit = ~table.index.isin([problem.row - 1 for problem in unfit if problem.row is not None])
            tables[name], rows[name] = table[is_fit].reset_index(drop=True), rows[name][is_fit]
        if misfits or unfit:
            incomplete.add(name)
    on_step("checking")
    problems += [
        _placed(problem, paths[problem.file], problem.file, mapping, rows[problem.file])
        for problem in check_tables(tables, mapping.exported_on or _horizon(tables.get("firms"), today), incomplete)
        if problem.file in paths
    ]
    if problems:
        raise BadInput(problems)
    tables = {name: tables[name] for name in TABLES}
    if as_of is not None:
        tables = visible(tables, as_of)
    return Export(
        tables=tables,
        files={name: path.name for name, path in paths.items()},
        encodings=encodings,
        file_hashes={path.name: sha256_of_file(path) for path in paths.values()},
        absent=tuple(name for name in TABLES if name not in paths),
        gaps=_gaps(tables, paths),
        as_of=as_of,
    )


def _files(folder: Path, mapping: Mapping) -> tuple[dict[str, Path], list[Problem]]:
    """The file of each table, and what is wrong with the folder."""
    if not folder.is_dir():
        rule = (
            "must be a folder with one Parquet or CSV file a table" if folder.exists() else "the folder does not exist"
        )
        return {}, [Problem(rule, file=str(folder))]
    try:
        there = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except OSError as error:
        return {}, [Problem(f"cannot be read: {error.strerror}", file=str(folder))]
    paths: dict[str, Path] = {}
    problems: list[Problem] = []
    for name in TABLES:
        said = mapping.table(name).file
        found = [path for path in there if path.name == said or (said is None and _is_table_file(path, name))]
        if len(found) > 1:
            remedy = f"remove one, or name the right one in the mapping (tables.{name}.file)"
            told = ", ".join(path.name for path in found)
            problems.append(
                Problem("two files hold the same table", str(folder), value=told, remedy=remedy, table=name)
            )
        elif found:
            paths[name] = found[0]
        elif said is not None or name in MANDATORY_TABLES:
            told = said or f"{name}.parquet or {name}.csv"
            remedy = "add the file, or name it in the mapping (tables.<table>.file)"
            problems.append(
                Problem(f"the table is missing: there is no {told}", str(folder), remedy=remedy, table=name)
            )
    spare = [path for path in there if path.suffix.lower() in _DATA_SUFFIXES and path not in paths.values()]
    told_already = {name for problem in problems if problem.value for name in str(problem.value).split(", ")}
    problems += [
        Problem(
            "the file belongs to no table",
            file=str(path),
            remedy="name it in the mapping (tables.<table>.file, or ignore_files), or save it as CSV or Parquet",
        )
        for path in spare
        if path.name not in told_already and path.name not in mapping.ignore_files
    ]
    return paths, problems


_DATA_SUFFIXES = (".csv", ".parquet", ".tsv", ".txt", ".xls", ".xlsx", ".gz", ".zip")


def _is_table_file(path: Path, name: str) -> bool:
    return path.stem == name and path.suffix.lower() in (".csv", ".parquet")


def _read(path: Path, encoding: str | None) -> tuple[pd.DataFrame, str, list[Problem]]:
    """The raw cells indexed by row number (from 1), how they were encoded, and rows that fit no table."""
    if path.suffix.lower() == ".parquet":
        raw = read_parquet(path)
        return raw.set_axis(pd.RangeIndex(1, len(raw) + 1), axis="index"), "parquet", []
    return read_csv(path, encoding)


def _ours(raw: pd.DataFrame, name: str, mapping: Mapping) -> pd.DataFrame:
    """The raw cells under our column names and in our words.

    Raises:
        BadInput: the mapping names a column that is not there, or two columns end up with one name.
    """
    how = mapping.table(name)
    problems = [
        Problem("the mapping names a column that the file lacks", field=theirs, remedy="correct the mapping")
        for theirs in how.columns
        if theirs not in raw.columns
    ]
    frame = raw.drop(columns=[column for column in how.ignore if column in raw.columns]).rename(columns=how.columns)
    twice = frame.columns[frame.columns.duplicated()].unique()
    remedy = "list the column that is not meant under `ignore` in the mapping"
    problems += [Problem("two columns end up with one name", field=str(column), remedy=remedy) for column in twice]
    if problems:
        raise BadInput(problems)
    for column, words in how.values.items():
        if column in frame.columns:
            frame[column] = frame[column].map(lambda cell, words=words: _translated(cell, words), na_action="ignore")
    date_format = mapping.reading_of(name).date_format
    for column, value in mapping.constants_of(name).items():
        if column not in frame.columns:
            frame[column] = pd.Series([_as_text(value, date_format)] * len(frame), index=frame.index, dtype=object)
    return frame


def _translated(cell: Any, words: dict[str, str]) -> Any:
    return words.get(cell.strip(), cell) if isinstance(cell, str) else words.get(str(cell), cell)


def _as_text(value: Any, date_format: str | None) -> str:
    if isinstance(value, date):
        return value.strftime(date_format) if date_format else value.isoformat()
    return str(value)


def _placed(problem: Problem, path: Path, table: str, mapping: Mapping, rows: pd.Index | None = None) -> Problem:
    """A problem told in the owner's terms: the file, the row in the file, and both names of the column."""
    theirs = {ours: name for name, ours in mapping.table(table).columns.items()}
    field = problem.field
    if field is not None:
        field = ", ".join(f"{one} ({theirs[one]})" if one in theirs else one for one in field.split(", "))
    row = problem.row if rows is None or problem.row is None else int(rows[problem.row - 1])
    return replace(problem, file=str(path), field=field, row=row, table=table)


def _horizon(firms: pd.DataFrame | None, today: date) -> date:
    """No event lies after today, but a simulated market lives on days of its own: up to ten years ahead."""
    is_simulated = firms is not None and len(firms) > 0 and bool((firms["source"] == SIMULATED).all())
    return (pd.Timestamp(today) + pd.DateOffset(years=LATEST_PLAN_YEARS)).date() if is_simulated else today


def _gaps(tables: dict[str, pd.DataFrame], names: Iterable[str]) -> dict[str, int]:
    """Missing cells of optional columns, where there are any."""
    return {
        f"{name}.{column.name}": missing
        for name in names
        for column in TABLES[name].columns
        if column.is_optional
        and not column.is_snapshot_day
        and (missing := int(tables[name][column.name].isna().sum()))
    }
