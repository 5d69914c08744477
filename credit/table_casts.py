"""From whatever a cell came as, text or typed, to the canonical dtype of its column: exactly, or not at all."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from credit.table_language import Column

_WHOLE = r"^(?P<sign>[+-]?)(?P<whole>[0-9]{1,18})(?:\.0*)?$"
_YUAN = r"^(?P<sign>[+-]?)(?P<whole>[0-9]{1,16})(?:\.(?P<part>[0-9]{0,2})0*)?$"
_NUMBER = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?$"
_FLAGS = {"true": True, "1": True, "yes": True, "y": True, "t": True, "是": True} | {
    "false": False, "0": False, "no": False, "n": False, "f": False, "否": False,
}  # fmt: skip
_EXACT_FLOAT = 2**53
MISSING = "must not be missing"
"""The rule that an empty cell of a mandatory column breaks."""

_MISSING_MEANS = "give a value; this column may not be empty"


@dataclass(frozen=True)
class Reading:
    """How the cells of an export are written.

    Attributes:
        is_money_in_yuan: money stands in yuan, as text or number with at most two decimals, instead of fen.
        date_format: a strptime format; ISO dates (2024-03-31, with or without a time of day) when None.
        time_zone: the zone in which a time stamp that carries a zone falls on its day, such as Asia/Shanghai.
        missing: words that mean "no value", beside the empty cell.
    """

    is_money_in_yuan: bool = False
    date_format: str | None = None
    time_zone: str | None = None
    missing: tuple[str, ...] = ()


PLAIN = Reading()


@dataclass(frozen=True)
class Failure:
    """The cells of a column that break one rule.

    Attributes:
        rows: positions of the cells, counted from 0.
        rule: what must hold.
        remedy: what the owner of the data can do.
    """

    rows: np.ndarray
    rule: str
    remedy: str | None = None


def cast(cells: pd.Series, column: Column, reading: Reading = PLAIN) -> tuple[pd.Series, list[Failure]]:
    """The cells in the column's canonical dtype, and what could not be cast.

    A cell that fails holds a missing value (0 or False where the dtype knows none); the caller must not use a column
    with failures. Ranges and categories are not looked at here.

    Args:
        cells: the column as read, of any dtype.
        column: what it should be.
        reading: how it is written.

    Returns:
        The cast column with a fresh index, and its failures (empty when all is well).
    """
    cells = cells.reset_index(drop=True)
    is_arrow_text = isinstance(cells.dtype, pd.ArrowDtype) and pa.types.is_string(cells.dtype.pyarrow_dtype)
    if isinstance(cells.dtype, pd.CategoricalDtype | pd.ArrowDtype) and not is_arrow_text:
        cells = cells.astype(object)
    if cells.dtype == object and column.dtype != "string":
        match pd.api.types.infer_dtype(cells, skipna=True):
            case "decimal":
                cells = cells.map(lambda value: format(value, "f"), na_action="ignore")
            case "mixed" | "mixed-integer":  # cell by cell, so that one stray text does not condemn the column
                cells = cells.map(_word, na_action="ignore")
    if column.kind in ("date", "month") and reading.date_format and pd.api.types.is_integer_dtype(cells):
        cells = cells.astype("string")  # 20240331 under the format %Y%m%d
    is_text = is_arrow_text or (
        pd.api.types.is_string_dtype(cells) and pd.api.types.infer_dtype(cells, skipna=True) in ("string", "empty")
    )
    if is_text:
        text = _tidy(cells, reading.missing)
        was_given = ~np.asarray(text.is_null())
        values, understood = _FROM_TEXT[column.kind](text, column, reading)
    else:
        was_given = cells.notna().to_numpy()
        values, understood = _FROM_TYPED[column.kind](cells, column, reading)
    failures = []
    if not (understood | ~was_given).all():
        rule, remedy = _told(column, reading)
        failures.append(Failure(np.flatnonzero(was_given & ~understood), rule, remedy))
    if not column.is_optional and not was_given.all():
        failures.append(Failure(np.flatnonzero(~was_given), MISSING, _MISSING_MEANS))
    return _in_dtype(values, column, was_given & understood), failures


def _word(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def _told(column: Column, reading: Reading) -> tuple[str, str]:
    """What a cell of the column must look like, and what helps when it does not."""
    is_yuan = reading.is_money_in_yuan and column.unit == "fen"
    match column.kind:
        case "integer" if is_yuan:
            return (
                "must be an amount in yuan with at most two decimals",
                "plain digits, no thousands separators or signs of currency",
            )
        case "integer":
            return "must be a whole number", (
                "plain digits, no thousands separators; if the amounts are in yuan say `money: yuan` in the mapping"
                if column.unit == "fen"
                else "plain digits, no thousands separators"
            )
        case "number":
            return "must be a finite number", "plain digits with a decimal point, no thousands separators or units"
        case "date" | "month":
            form = reading.date_format or "YYYY-MM-DD"
            return f"must be a date that exists, written {form}", (
                "correct the date; other forms need `date_format`, times with a zone need `time_zone` in the mapping"
            )
        case "flag":
            return "must be true or false", "true/false, 1/0, yes/no or 是/否"
        case _:
            return "must be text", "identifiers as text or whole numbers"


# --- text


def _tidy(cells: pd.Series, missing: Iterable[str]) -> pa.Array:
    """Trimmed Arrow strings; the empty cell and the words for "no value" become null."""
    text = pc.utf8_trim_whitespace(pa.array(cells, type=pa.string(), from_pandas=True))
    is_missing = pc.is_in(text, value_set=pa.array(["", *missing], type=pa.string()))
    return pc.if_else(is_missing, pa.scalar(None, type=pa.string()), text)


def _keep_text(text: pa.Array, column: Column, reading: Reading) -> tuple[Any, np.ndarray]:
    return text.to_pandas(), np.ones(len(text), dtype=bool)


def _whole_from_text(text: pa.Array, column: Column, reading: Reading) -> tuple[Any, np.ndarray]:
    """Digits only ever move as digits: yuan become fen by writing two more of them, never through a float."""
    is_yuan = reading.is_money_in_yuan and column.unit == "fen"
    parts = pc.extract_regex(text, _YUAN if is_yuan else _WHOLE)
    understood = np.asarray(pc.is_valid(parts))
    sign, whole = pc.replace_substring(pc.struct_field(parts, "sign"), "+", ""), pc.struct_field(parts, "whole")
    pieces = [sign, whole]
    if is_yuan:
        pieces.append(pc.utf8_rpad(pc.coalesce(pc.struct_field(parts, "part"), ""), 2, padding="0"))
    digits = pc.cast(pc.if_else(pa.array(understood), pc.binary_join_element_wise(*pieces, ""), "0"), pa.int64())
    return digits.to_numpy(zero_copy_only=False), understood


def _number_from_text(text: pa.Array, column: Column, reading: Reading) -> tuple[Any, np.ndarray]:
    matches = pc.fill_null(pc.match_substring_regex(text, _NUMBER), False)
    values = pc.cast(pc.if_else(matches, text, pa.scalar(None, type=pa.string())), pa.float64())
    found = values.to_numpy(zero_copy_only=False)
    return found, np.asarray(matches) & np.isfinite(found)


def _by_distinct(text: pa.Array, parse: Callable[[str], Any]) -> tuple[np.ndarray, np.ndarray]:
    """Parse each distinct text once; columns of dates and flags hold few of them."""
    coded = text.dictionary_encode()
    known = [parse(word) for word in coded.dictionary.to_pylist()]
    codes = coded.indices.fill_null(len(known)).to_numpy(zero_copy_only=False)
    parsed = np.empty(len(known) + 1, dtype=object)
    parsed[:] = [*known, None]
    found = parsed[codes]
    return found, np.array([value is not None for value in parsed], dtype=bool)[codes]


def _day_from_text(text: pa.Array, column: Column, reading: Reading) -> tuple[Any, np.ndarray]:
    def parse(word: str) -> np.datetime64 | None:
        try:
            moment = datetime.strptime(word, reading.date_format) if reading.date_format else _iso(word, column)
        except ValueError:
            return None
        if moment.tzinfo is not None:
            if reading.time_zone is None:
                return None
            moment = moment.astimezone(ZoneInfo(reading.time_zone))
        return (
            np.datetime64(moment.date(), "D") if pd.Timestamp.min.year < moment.year < pd.Timestamp.max.year else None
        )

    found, understood = _by_distinct(text, parse)
    days = np.full(len(found), np.datetime64("NaT", "D"))
    days[understood] = found[understood].astype("datetime64[D]")
    return days, understood


def _iso(word: str, column: Column) -> datetime:
    if column.kind == "month" and len(word) == len("2024-03"):
        return datetime.strptime(word, "%Y-%m")
    if len(word) < len("2024-03-31") or word[4] != "-" or word[7] != "-":
        raise ValueError("not written YYYY-MM-DD")
    return datetime.fromisoformat(word)


def _flag_from_text(text: pa.Array, column: Column, reading: Reading) -> tuple[Any, np.ndarray]:
    return _by_distinct(text, lambda word: _FLAGS.get(word.lower()))


# --- typed ---


def _text_from_typed(cells: pd.Series, column: Column, reading: Reading) -> tuple[Any, np.ndarray]:
    """Identifiers that a table holds as whole numbers, also as floats because some are missing, become their digits."""

    def as_text(value: Any) -> str | None:
        if isinstance(value, str):
            return value.strip() or None
        if isinstance(value, bool | np.bool_):
            return None
        if column.kind == "codes" and isinstance(value, list | tuple | np.ndarray):
            return ";".join(str(code) for code in value) or None
        if isinstance(value, int | np.integer):
            return str(int(value))
        number = float(value) if isinstance(value, float | np.floating) else float("nan")
        return str(int(number)) if number.is_integer() and abs(number) < _EXACT_FLOAT else None

    found = cells.astype(object).map(as_text, na_action="ignore")
    return found, found.notna().to_numpy()


def _numbers(cells: pd.Series) -> np.ndarray | None:
    """The cells as integers (missing: 0) or floats (missing: NaN), or None when they are not numbers."""
    if cells.dtype == object:
        match pd.api.types.infer_dtype(cells, skipna=True):
            case "integer":
                try:
                    cells = cells.astype("Int64")
                except OverflowError:  # beyond 64 bits: as floats the rows that are too large can be told apart
                    cells = cells.where(cells.notna(), np.nan).astype("float64")
            case "floating" | "mixed-integer-float":
                cells = cells.where(cells.notna(), np.nan).astype("float64")
            case _:
                return None
    is_number = pd.api.types.is_integer_dtype(cells) or pd.api.types.is_float_dtype(cells)
    if not is_number:
        return None
    if pd.api.types.is_integer_dtype(cells):
        return cells.fillna(0).to_numpy(dtype=str(cells.dtype).lower())
    return cells.to_numpy(dtype=np.float64, na_value=np.nan)


def _whole_from_typed(cells: pd.Series, column: Column, reading: Reading) -> tuple[Any, np.ndarray]:
    numbers = _numbers(cells)
    if numbers is None:
        return np.zeros(len(cells), dtype=np.int64), np.zeros(len(cells), dtype=bool)
    unit = 100 if reading.is_money_in_yuan and column.unit == "fen" else 1
    if numbers.dtype.kind in "iu":
        understood = (numbers <= 10**16) & (numbers.astype(np.float64) >= -(10**16))
        return np.where(understood, numbers, 0).astype(np.int64) * unit, understood
    with np.errstate(invalid="ignore", over="ignore"):
        units = np.rint(numbers * unit)
        # the float is the one nearest to so many hundredths: then, and only then, does it stand for exactly them
        understood = np.isfinite(units) & (np.abs(units) < _EXACT_FLOAT) & (units / unit == numbers)
    return np.where(understood, units, 0.0).astype(np.int64), understood


def _number_from_typed(cells: pd.Series, column: Column, reading: Reading) -> tuple[Any, np.ndarray]:
    numbers = _numbers(cells)
    if numbers is None:
        return np.full(len(cells), np.nan), np.zeros(len(cells), dtype=bool)
    return numbers.astype(np.float64), np.isfinite(numbers.astype(np.float64))


def _day_from_typed(cells: pd.Series, column: Column, reading: Reading) -> tuple[Any, np.ndarray]:
    if cells.dtype == object and pd.api.types.infer_dtype(cells, skipna=True) in (
        "date",
        "datetime",
        "datetime64",
        "mixed",
    ):
        cells = pd.to_datetime(cells, errors="coerce")
    if isinstance(cells.dtype, pd.DatetimeTZDtype):
        if reading.time_zone is not None:
            cells = cells.dt.tz_convert(reading.time_zone)
            on_its_day = np.ones(len(cells), dtype=bool)
        else:
            on_its_day = (cells.dt.normalize() == cells).to_numpy()
        cells = cells.dt.tz_localize(None)
    elif pd.api.types.is_datetime64_dtype(cells):
        on_its_day = np.ones(len(cells), dtype=bool)
    else:
        return np.full(len(cells), np.datetime64("NaT", "D")), np.zeros(len(cells), dtype=bool)
    days = cells.to_numpy().astype("datetime64[D]")
    low, high = np.datetime64(pd.Timestamp.min, "D"), np.datetime64(pd.Timestamp.max, "D")
    understood = on_its_day & ~np.isnat(days) & (days > low) & (days < high)
    return np.where(understood, days, np.datetime64("NaT", "D")), understood


def _flag_from_typed(cells: pd.Series, column: Column, reading: Reading) -> tuple[Any, np.ndarray]:
    found = cells.astype(object).map(lambda value: bool(value) if value in (0, 1) else None, na_action="ignore")
    return found.to_numpy(dtype=object), found.notna().to_numpy()


def _in_dtype(values: Any, column: Column, is_known: np.ndarray) -> pd.Series:
    """The canonical dtype; unknown cells missing, or neutral where the dtype knows no missing value."""
    match column.kind:
        case "integer":
            held = np.where(is_known, values, 0).astype(np.int64)
            return pd.Series(pd.arrays.IntegerArray(held, ~is_known)) if column.is_optional else pd.Series(held)
        case "number":
            held = np.where(is_known, values, np.nan)
            return pd.Series(np.round(held, 3) + 0.0 if column.unit == "kg" else held + 0.0)
        case "date" | "month":
            return pd.Series(np.where(is_known, values, np.datetime64("NaT", "D")).astype("datetime64[ns]"))
        case "flag":
            flags = np.array([value == 1 for value in np.where(is_known, values, False)], dtype=bool)
            return pd.Series(pd.arrays.BooleanArray(flags, ~is_known)) if column.is_optional else pd.Series(flags)
        case _:
            return pd.Series(values, dtype=object).where(pd.Series(is_known), None).astype("string")


_FROM_TEXT: dict[str, Callable[[pa.Array, Column, Reading], tuple[Any, np.ndarray]]] = {
    "integer": _whole_from_text, "number": _number_from_text, "date": _day_from_text, "month": _day_from_text,
    "flag": _flag_from_text, "id": _keep_text, "text": _keep_text, "category": _keep_text, "codes": _keep_text,
}  # fmt: skip
_FROM_TYPED: dict[str, Callable[[pd.Series, Column, Reading], tuple[Any, np.ndarray]]] = {
    "integer": _whole_from_typed, "number": _number_from_typed, "date": _day_from_typed, "month": _day_from_typed,
    "flag": _flag_from_typed, "id": _text_from_typed, "text": _text_from_typed, "category": _text_from_typed,
    "codes": _text_from_typed,
}  # fmt: skip
