"""The files of an export as tables of raw cells: bytes to text strictly, CSV to rows without guessing."""

import csv
import io
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv

from credit.errors import BadInput, Problem

_BYTE_ORDER_MARKS = {
    b"\xef\xbb\xbf": "utf-8 with BOM", b"\xff\xfe\x00\x00": "utf-32", b"\x00\x00\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16",
}  # fmt: skip
_SIGNATURES = {b"PAR1": "parquet", b"PK\x03\x04": "xlsx", b"\xd0\xcf\x11\xe0": "xls", b"\x1f\x8b": "gz"}
_SAVE_AS = "save it as UTF-8 or GB18030 (GBK)"


def file_bytes(path: Path) -> bytes:
    """The bytes of a file that must hold something.

    Raises:
        BadInput: it is absent, a directory, empty (0 bytes) or unreadable.
    """
    if path.is_dir():
        raise BadInput(Problem("must be a file, not a directory", file=str(path)))
    if path.exists() and not path.is_file():
        raise BadInput(Problem("must be a regular file", file=str(path)))
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise BadInput(Problem("the file does not exist", file=str(path))) from error
    except OSError as error:
        raise BadInput(Problem(f"cannot be read: {error.strerror}", file=str(path))) from error
    if not content:
        raise BadInput(Problem("the file is empty (0 bytes)", file=str(path), remedy="export it again"))
    return content


def decode(content: bytes, file: str, said: str | None = None) -> tuple[str, str]:
    """Text from bytes: UTF-8 (with or without BOM) if it is that without a flaw, else GB18030 if it is that.

    Nearly any bytes decode as GB18030, so a UTF-8 file with one damaged byte would turn into fluent nonsense: where
    most characters beyond ASCII are sound UTF-8, or the GB18030 text holds private characters, it is an error.

    Args:
        content: the bytes.
        file: the file's name, for errors.
        said: the encoding that the mapping names; nothing else is tried then.

    Returns:
        The text and the encoding: "utf-8", "utf-8 with BOM" or "gb18030".

    Raises:
        BadInput: neither fits, or NUL bytes stand in it.
    """
    mark = next((name for start, name in _BYTE_ORDER_MARKS.items() if content.startswith(start)), None)
    if mark in ("utf-16", "utf-32"):
        raise BadInput(Problem("must be UTF-8 or GB18030", file=file, value=mark, remedy=_SAVE_AS))
    if b"\x00" in content:
        line = content[: content.index(b"\x00")].count(b"\n") + 1
        remedy = "export it again; the file is damaged, binary or UTF-16"
        raise BadInput(Problem(f"must hold no NUL bytes; the first stands in line {line}", file=file, remedy=remedy))
    try:
        if said != "gb18030" or mark:
            return content.decode("utf-8-sig"), mark or "utf-8"
    except UnicodeDecodeError as error:
        if said == "utf-8" or mark or _is_mostly_utf8(content):
            raise BadInput(_flaw(content, file, "utf-8", error)) from error
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError as error:
        raise BadInput(_flaw(content, file, said or "utf-8 or gb18030", error)) from error
    strange = next((character for character in text if "\ue000" <= character <= "\uf8ff"), None)
    if strange is not None:
        rule = f"is no sound GB18030: line {text[: text.index(strange)].count(chr(10)) + 1} holds a private character"
        raise BadInput(Problem(rule, file=file, value=f"U+{ord(strange):04X}", remedy=_SAVE_AS))
    return text, "gb18030"


def _is_mostly_utf8(content: bytes) -> bool:
    text = content.decode("utf-8", errors="replace")
    broken = text.count("\ufffd")
    return sum(character > "\x7f" for character in text) - broken > broken


def _flaw(content: bytes, file: str, encoding: str, error: UnicodeDecodeError) -> Problem:
    line = content[: error.start].count(b"\n") + 1
    rule = f"must be {encoding}; line {line} holds a byte that is not"
    return Problem(rule, file=file, value=content[error.start : error.start + 4].hex(" "), remedy=_SAVE_AS)


def read_csv(path: Path, said: str | None = None) -> tuple[pd.DataFrame, str, list[Problem]]:
    """A CSV file as texts: comma, double quotes (doubled inside), any line ends, blank lines skipped.

    Args:
        path: the file.
        said: its encoding, detected when None.

    Returns:
        The cells, indexed by the row's number counted from 1 below the header; the encoding; rows with too few or too
        many cells, which are left out of the cells.

    Raises:
        BadInput: the file as a whole cannot be read, or its header is no list of different names.
    """
    return csv_cells(file_bytes(path), path, said)


def csv_cells(content: bytes, path: Path, said: str | None = None) -> tuple[pd.DataFrame, str, list[Problem]]:
    """`read_csv` for bytes in hand; `path` is only for errors."""
    other = next((kind for start, kind in _SIGNATURES.items() if content.startswith(start)), None)
    if other is not None:
        remedy = f"give it the ending .{other}, or save it as CSV"
        raise BadInput(Problem("must be CSV", file=str(path), value=f"{other} content", remedy=remedy))
    text, encoding = decode(content, str(path), said)
    text = text.rstrip("\x1a")  # an end-of-file mark of old exports
    if text.count('"') % 2:
        rule = "a quotation mark is not closed; a quotation mark inside a quoted cell is written twice"
        raise BadInput(Problem(rule, file=str(path), row=_row_of_open_quote(text)))
    try:
        header = next(csv.reader(io.StringIO(text.lstrip("\r\n"), newline="")), [])
    except csv.Error as error:
        raise BadInput(Problem(f"the first line must name the columns: {error}", file=str(path))) from error
    names = [name.strip() for name in header]
    _check_header(names, path)
    misfits: dict[int, Problem] = {}

    def note(row: "pyarrow.csv.InvalidRow") -> str:
        rule = f"must have {row.expected_columns} cells like the header, not {row.actual_columns}"
        remedy = "put cells that hold a comma or a line end into quotation marks"
        misfits[row.number - 1] = Problem(rule, str(path), row=row.number - 1, value=row.text[:80], remedy=remedy)
        return "skip"

    lines = (text + "\n").encode()
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(lines),
            read_options=pyarrow.csv.ReadOptions(use_threads=False, block_size=min(len(lines) + 1, 2**31 - 1)),
            parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True, invalid_row_handler=note),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowException as error:
        raise BadInput(Problem(f"is no readable CSV: {str(error).splitlines()[0]}", file=str(path))) from error
    table = table.rename_columns(names)
    cells = pd.DataFrame({name: pd.Series(pd.arrays.ArrowExtensionArray(table.column(name))) for name in names})
    rows = np.setdiff1d(np.arange(1, len(cells) + len(misfits) + 1), list(misfits), assume_unique=True)
    return cells.set_axis(rows, axis="index"), encoding, list(misfits.values())


def _check_header(names: list[str], path: Path) -> None:
    if not any(names):
        raise BadInput(Problem("the first line must name the columns", file=str(path)))
    separator = next((mark for mark in ";\t|" if mark in names[0]), None)
    if len(names) == 1 and separator:
        raise BadInput(Problem("columns must be separated by commas", file=str(path), value=separator))
    twice = sorted({name for name in names if names.count(name) > 1})
    if "" in names or twice:
        problems = [
            Problem("the column stands twice in the header", file=str(path), field=name) for name in twice if name
        ]
        if "" in names:
            rule = f"every column must have a name; column {names.index('') + 1} has none"
            problems.append(Problem(rule, file=str(path)))
        raise BadInput(problems)


def _row_of_open_quote(text: str) -> int:
    """The row, from 1 below the header, in which the last quotation mark stands: where the search may start."""
    return text[: text.rindex('"')].count("\n")
