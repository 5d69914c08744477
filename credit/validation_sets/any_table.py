"""Any table with an outcome column, CSV or Parquet: other bankruptcies, cards, a bank's own history."""

import gzip
import re
import zlib
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from credit.errors import BadInput, Problem
from credit.export_files import csv_cells, file_bytes
from credit.files import sha256_of_file
from credit.scorers.folds import copies_of
from credit.tables import read_parquet
from credit.validation_sets.base import ValidationSet

MISSING_WORDS = ("", "?", "NA", "N/A", "NaN", "nan", "NULL", "null", "None", ".")
"""Cells that say that nothing is known."""
MOST_IDENTITY_SHARE = 0.5
"""A text column with more different values than this share of its rows names rows instead of telling about them."""
LEAST_ROWS_FOR_IDENTITY = 50
_DAY = re.compile(r"(?P<month>\d{4}(-\d{2})?)(-\d{2}([T ][\d:.]+)?|\.0)?")


def table(
    source: Path,
    outcome: str,
    weight: str | None = None,
    vintage: str | None = None,
    leave_out: Sequence[str] = (),
    segments: Sequence[str] = (),
    latest: date | None = None,
) -> ValidationSet:
    """Read a table: numbers become floats, words and flags categories, the rest an error that names the column.

    Args:
        source: CSV (plain or gzip, comma-separated) or Parquet.
        outcome: column of 0 and 1 (or words for them: no/yes, false/true); rows without it are excluded and counted.
        weight: column of rows that each row stands for; rows of weight 0 are excluded and counted.
        vintage: column with a year, a month (2020-03) or a day.
        leave_out: columns that are no features, such as identifiers.
        segments: columns by which fairness is judged; they stay features unless left out.
        latest: no vintage may lie after it.

    Raises:
        BadInput: a named column is absent; a column is a date, an identifier, infinite or neither number nor word.
    """
    frame = _read(source)
    file = str(source)
    asked = {"outcome": outcome, "weight": weight, "vintage": vintage}
    problems = [
        Problem(f"the {what} column is not in the table", file, name, remedy=f"it has: {_some(frame.columns)}")
        for what, name in [*asked.items(), *(("left-out", n) for n in leave_out), *(("segment", n) for n in segments)]
        if name is not None and name not in frame.columns
    ]
    if problems:
        raise BadInput(problems)
    y = _outcome(frame[outcome], file)
    weights = np.ones(len(frame)) if weight is None else _weights(frame[weight], file)
    when = np.zeros(len(frame), dtype=np.int64) if vintage is None else _vintage(frame[vintage], file, latest)
    reason = np.where(np.isnan(y), "no_outcome", np.where(weights == 0, "no_weight", ""))
    is_used = reason == ""
    if not is_used.any():
        raise BadInput(Problem("at least one row must have an outcome and a weight", file, outcome))
    features = [name for name in frame.columns if name not in {outcome, weight, vintage, *leave_out}]
    X, problems = _features(frame[features], file)
    if problems:
        raise BadInput(problems)
    X = X[is_used].reset_index(drop=True)
    return ValidationSet(
        name=source.name,
        X=X,
        y=y[is_used].astype(np.int64),
        weights=weights[is_used],
        vintage=when[is_used],
        directions={},
        groups={},
        data_hash=sha256_of_file(source),
        exclusions={"no_outcome": int((reason == "no_outcome").sum()), "no_weight": int((reason == "no_weight").sum())},
        outcome=f"{outcome} = 1",
        outcome_column=outcome,
        segments={name: _labels(frame[name])[is_used] for name in segments},
        clusters=copies_of(X),
    )


def _read(source: Path) -> pd.DataFrame:
    """The table, cells as they came; text of a CSV file trimmed, with missing words as gaps.

    Raises:
        BadInput: not a table, or no rows.
    """
    content = file_bytes(source)
    if content.startswith(b"PAR1"):
        frame = read_parquet(source)
    else:
        if content.startswith(b"\x1f\x8b"):
            try:
                content = gzip.decompress(content)
            except (OSError, EOFError, zlib.error) as error:
                raise BadInput(Problem(f"is a damaged gzip file: {error}", str(source))) from error
        cells, _, problems = csv_cells(content, source)
        if problems:
            raise BadInput(problems)
        frame = cells.reset_index(drop=True)
        for name in frame.columns:
            words = pc.utf8_trim_whitespace(pa.array(frame[name]))
            known = pc.invert(pc.is_in(words, value_set=pa.array(MISSING_WORDS)))
            frame[name] = pd.Series(pd.arrays.ArrowExtensionArray(pc.if_else(known, words, None)))
    if frame.empty:
        raise BadInput(Problem("must hold rows", str(source)))
    return frame


def _outcome(cells: pd.Series, file: str) -> np.ndarray:
    """0, 1 or NaN."""
    words = {"no": 0.0, "yes": 1.0, "false": 0.0, "true": 1.0, "0": 0.0, "1": 1.0, "0.0": 0.0, "1.0": 1.0}
    is_missing = cells.isna().to_numpy()
    found = cells.astype(object).where(~is_missing, None).map(lambda cell: words.get(str(cell).strip().lower()))
    y = pd.to_numeric(found, errors="coerce").to_numpy(dtype=float)
    wrong = _at(cells, np.isnan(y) & ~is_missing)
    if wrong:
        remedy = "recode it: 1 default, 0 none"
        raise BadInput([Problem("must be 0 or 1", file, str(cells.name), cell, at + 1, remedy) for at, cell in wrong])
    return y


def _weights(cells: pd.Series, file: str) -> np.ndarray:
    weights = _numbers(cells)
    wrong = _at(cells, ~(np.isfinite(weights) & (weights >= 0)))
    if wrong:
        rule = "must be a finite number >= 0"
        raise BadInput([Problem(rule, file, str(cells.name), cell, at + 1) for at, cell in wrong])
    if not (weights > 0).any():
        raise BadInput(Problem("at least one weight must be > 0", file, str(cells.name)))
    return weights


def _vintage(cells: pd.Series, file: str, latest: date | None) -> np.ndarray:
    """Months; a bare year counts as its January."""
    if pd.api.types.is_datetime64_any_dtype(cells):
        months = cells.to_numpy().astype("datetime64[M]")
    else:
        codes, told = pd.factorize(cells.astype("string").str.strip())
        months = np.array([*map(_month, told), "NaT"], dtype="datetime64[M]")[codes]
    problems = [
        Problem("must be a year, a month like 2020-03 or a day like 2020-03-31", file, str(cells.name), cell, at + 1)
        for at, cell in _at(cells, np.isnat(months))
    ]
    if latest is not None:
        rule = f"must not lie after {latest}"
        is_ahead = months > np.datetime64(latest, "M")
        problems += [Problem(rule, file, str(cells.name), cell, at + 1) for at, cell in _at(cells, is_ahead)]
    if problems:
        raise BadInput(problems)
    return months


def _month(word: str) -> np.datetime64:
    """The month of a year, a month or a day; NaT for anything else."""
    form = _DAY.fullmatch(word)
    try:
        return np.datetime64(form["month"] if form else "NaT", "M")
    except ValueError:  # a thirteenth month
        return np.datetime64("NaT", "M")


def _at(cells: pd.Series, is_wrong: np.ndarray) -> list[tuple[int, str | None]]:
    """Position and text of the cells that are wrong."""
    return [(int(at), None if pd.isna(cells.iloc[at]) else str(cells.iloc[at])) for at in np.flatnonzero(is_wrong)]


def _features(frame: pd.DataFrame, file: str) -> tuple[pd.DataFrame, list[Problem]]:
    """Numbers as floats, words as categories, and every column that is neither."""
    columns: dict[str, object] = {}
    problems: list[Problem] = []
    for name in frame.columns:
        cells, told = frame[name], str(name)
        known = cells.notna().to_numpy()
        if pd.api.types.is_datetime64_any_dtype(cells):
            problems.append(_date_problem(file, told, str(cells[known].iloc[0]) if known.any() else None))
            continue
        numbers = _numbers(cells)
        no_number = np.isnan(numbers) & known
        if not no_number.any():
            columns[told] = numbers
            problems += [Problem("must be finite", file, told, c, at + 1) for at, c in _at(cells, np.isinf(numbers))]
        elif no_number.sum() < known.sum() * MOST_IDENTITY_SHARE:
            at, cell = _at(cells, no_number)[0]
            problems.append(Problem("must be a number like most of its column", file, told, cell, at + 1))
        else:
            words = cells[known].astype(str)
            problem = _no_category(words, file)
            problems += [problem] if problem else []
            columns[told] = pd.Categorical(cells.astype(object).where(known, None).map(str, na_action="ignore"))
    if not columns and not problems:
        problems.append(Problem("must hold at least one feature beside the outcome", file))
    return pd.DataFrame(columns, index=frame.index), problems


def _numbers(cells: pd.Series) -> np.ndarray:
    """The numbers in a column, NaN for everything else; text is read by Arrow, which takes a tenth of the time."""
    if isinstance(cells.dtype, pd.ArrowDtype):
        try:
            cells = pd.Series(pd.arrays.ArrowExtensionArray(pc.cast(pa.chunked_array(pa.array(cells)), pa.float64())))
        except pa.ArrowInvalid:
            cells = cells.astype(object)
    return pd.to_numeric(cells, errors="coerce").to_numpy(dtype=float, na_value=np.nan)


def _no_category(words: pd.Series, file: str) -> Problem | None:
    """What is wrong with a column of words that are dates or identifiers."""
    name = str(words.name)
    if words.head(100).map(lambda word: _DAY.fullmatch(word) is not None).all():
        return _date_problem(file, name, words.iloc[0])
    if len(words) >= LEAST_ROWS_FOR_IDENTITY and words.nunique() > MOST_IDENTITY_SHARE * len(words):
        rule = f"{words.nunique()} different words in {len(words)} rows name the rows and do not tell about them"
        return Problem(rule, file, name, remedy=f"--leave-out {name}")
    return None


def _date_problem(file: str, name: str, value: str | None) -> Problem:
    remedy = f"--leave-out {name}, or --vintage {name} if it is the day of the decision"
    return Problem("is a date, which is no feature", file, name, value, remedy=remedy)


def _labels(cells: pd.Series) -> np.ndarray:
    return cells.astype(object).where(cells.notna(), "not told").astype(str).to_numpy(dtype=object)


def _some(names: "pd.Index") -> str:
    told = [str(name) for name in names[:12]]
    return ", ".join(told) + (", ..." if len(names) > len(told) else "")
