"""A table of any length scored piece by piece: CSV or Parquet in, CSV or Parquet out, whole or not at all."""

import csv
import gzip
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq

from credit.errors import BadInput, Problem
from credit.files import file_written_whole
from credit.model_files import check_columns
from credit.scorers.base import Scorer
from credit.validation.to_score import RowsToScore
from credit.validation_sets.any_table import MISSING_WORDS

CHUNK_ROWS = 200_000
CHUNK_BYTES = 1 << 25
_GZIP = b"\x1f\x8b"


@dataclass
class Totals:
    """What was written so far; sums and bounds are over the rows that got a score."""

    rows: int = 0
    rows_scored: int = 0
    points_sum: float = 0.0
    pd_sum: float = 0.0
    pd_low: float = 1.0
    pd_high: float = 0.0
    columns: list[str] = field(default_factory=list)

    def add(self, scored: pd.DataFrame) -> None:
        """Count a piece."""
        self.rows += len(scored)
        self.rows_scored += int(scored["pd"].notna().sum())
        self.points_sum += float(scored["points"].sum())
        self.pd_sum += float(scored["pd"].sum())
        self.pd_low = float(np.fmin(self.pd_low, scored["pd"].min()))
        self.pd_high = float(np.fmax(self.pd_high, scored["pd"].max()))
        self.columns = [str(name) for name in scored.columns]


def score_file(
    scorer: Scorer,
    source: Path,
    out: Path,
    words: frozenset[str],
    keep: Sequence[str] = (),
    has_reasons: bool = False,
    on_bytes: Callable[[int], None] = lambda count: None,
) -> Totals:
    """Score a table of features.

    Args:
        scorer: fitted.
        source: CSV (plain or gzip, UTF-8) or Parquet with exactly the scorer's columns and those to keep.
        out: .csv or .parquet; the columns kept, then points, pd and, where asked for, reasons.
        words: features that hold words; all others hold numbers.
        keep: columns of the source that pass through, such as a key.
        has_reasons: whether to say what costs each row most.
        on_bytes: told how many bytes of the source are done since the last call.

    Raises:
        BadInput: a column is absent, unknown, of another kind or not finite; file, row, column and rule are named.
    """
    pieces = _pieces(source, scorer, words, keep, on_bytes)
    return write_scored(out, (_scored(scorer, piece, first, keep, has_reasons, source) for piece, first in pieces))


def score_rows(
    scorer: Scorer, rows: RowsToScore, has_reasons: bool, on_rows: Callable[[int], None]
) -> Iterator[pd.DataFrame]:
    """Score rows in memory, piece by piece; those that are not to be scored stand there without points and PD."""
    for first in range(0, len(rows.X), CHUNK_ROWS):
        place = slice(first, first + CHUNK_ROWS)
        key, at = rows.key.iloc[place].reset_index(drop=True), np.flatnonzero(rows.is_scored[place])
        scores = pd.DataFrame({"points": np.nan, "pd": np.nan} | ({"reasons": ""} if has_reasons else {}), key.index)
        if len(at):
            told = _columns(scorer, rows.X.iloc[place].iloc[at].reset_index(drop=True), has_reasons)
            scores = told.set_axis(at).reindex(key.index).fillna({"reasons": ""})
        yield pd.concat([key, scores], axis=1)
        on_rows(len(key))


def write_scored(out: Path, pieces: Iterator[pd.DataFrame]) -> Totals:
    """Write pieces one after another.

    Raises:
        BadInput: neither .csv nor .parquet, or no row came.
    """
    if out.suffix not in (".csv", ".parquet"):
        raise BadInput(Problem("must end in .csv or .parquet", field="--out", value=str(out)))
    totals = Totals()
    with file_written_whole(out) as temporary, _Writer(temporary, out.suffix) as writer:
        for piece in pieces:
            writer.write(piece)
            totals.add(piece)
        if not totals.rows:
            raise BadInput(Problem("the source must hold rows", field="DATA"))
    return totals


class _Writer:
    """A CSV or Parquet file that grows; its columns are those of the first piece."""

    def __init__(self, path: Path, suffix: str) -> None:
        self.path, self.suffix, self.open_file = path, suffix, None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.open_file is not None:
            self.open_file.close()

    def write(self, piece: pd.DataFrame) -> None:
        table = pa.Table.from_pandas(piece, preserve_index=False)
        if self.open_file is None:
            maker: Any = pq.ParquetWriter if self.suffix == ".parquet" else pyarrow.csv.CSVWriter
            self.open_file = maker(str(self.path), table.schema)
        self.open_file.write_table(table.cast(self.open_file.schema) if self.suffix == ".parquet" else table)  # type: ignore[attr-defined]


def _columns(scorer: Scorer, X: pd.DataFrame, has_reasons: bool) -> pd.DataFrame:
    told = pd.DataFrame({"points": np.asarray(scorer.points(X), dtype=float), "pd": scorer.predict_pd(X)})
    return told.assign(reasons=scorer.reasons(X).to_numpy(dtype=object)) if has_reasons else told


def _scored(
    scorer: Scorer, piece: pd.DataFrame, first: int, keep: Sequence[str], has_reasons: bool, source: Path
) -> pd.DataFrame:
    """Kept columns and scores of a piece; a problem's row is counted from the top of the file."""
    own = piece[list(keep)]
    try:
        scores = _columns(scorer, piece.drop(columns=list(keep)), has_reasons)
    except BadInput as error:
        moved = [
            replace(problem, file=str(source), row=None if problem.row is None else problem.row + first)
            for problem in error.problems
        ]
        raise BadInput(moved, error.headline) from error
    return pd.concat([own, scores], axis=1)


def _pieces(
    source: Path, scorer: Scorer, words: frozenset[str], keep: Sequence[str], on_bytes: Callable[[int], None]
) -> Iterator[tuple[pd.DataFrame, int]]:
    """Pieces of the table with the model's columns as floats and categories, and the number of rows before each."""
    if not source.is_file():
        raise BadInput(Problem("the file does not exist", file=str(source)))
    with source.open("rb") as stream:
        start = stream.read(4)
    batches = _parquet(source, on_bytes) if start == b"PAR1" else _csv(source, start, scorer, words, on_bytes)
    rows = 0
    for batch in batches:
        piece = batch.to_pandas()
        if not rows:
            _check(piece.columns, scorer, keep, source)
        yield _typed(piece, scorer, words, keep, source, rows), rows
        rows += len(piece)
    if not rows:
        raise BadInput(Problem("must hold rows", str(source)))


def _check(columns: "pd.Index | list[str]", scorer: Scorer, keep: Sequence[str], source: Path) -> None:
    """The table holds the model's columns, those to keep, and nothing else."""
    absent = [
        Problem("the column to keep is not in the table", str(source), name) for name in keep if name not in columns
    ]
    if absent:
        raise BadInput(absent)
    try:
        check_columns(pd.DataFrame(columns=[name for name in columns if name not in keep]), list(scorer.features_))
    except BadInput as error:
        raise BadInput(
            [replace(problem, file=str(source), remedy=_remedy(problem)) for problem in error.problems]
        ) from None


def _remedy(problem: Problem) -> str | None:
    return f"--keep {problem.field}, or remove it" if "does not know" in problem.rule else problem.remedy


def _typed(
    piece: pd.DataFrame, scorer: Scorer, words: frozenset[str], keep: Sequence[str], source: Path, rows: int
) -> pd.DataFrame:
    columns: dict[str, Any] = {name: piece[name] for name in keep}
    for name in scorer.features_:
        cells = piece[name]
        if name in words:
            columns[name] = pd.Categorical(cells.astype(object).where(cells.notna(), None).map(str, na_action="ignore"))
            continue
        if cells.dtype == object:
            wrong = [at for at, cell in enumerate(cells) if isinstance(cell, str) and not _is_number(cell)]
            if wrong:
                at = wrong[0]
                raise BadInput(Problem("must be a number", str(source), name, cells.iloc[at], rows + at + 1))
        columns[name] = pd.to_numeric(cells).to_numpy(dtype=float, na_value=np.nan)
    return pd.DataFrame(columns)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _parquet(source: Path, on_bytes: Callable[[int], None]) -> Iterator[pa.RecordBatch]:
    try:
        with pq.ParquetFile(source) as file:
            size = source.stat().st_size / max(file.metadata.num_rows, 1)
            for batch in file.iter_batches(CHUNK_ROWS):
                yield batch
                on_bytes(round(size * batch.num_rows))
    except pa.ArrowException as error:
        raise BadInput(Problem(f"is no readable Parquet: {str(error).splitlines()[0]}", str(source))) from error


def _csv(
    source: Path, start: bytes, scorer: Scorer, words: frozenset[str], on_bytes: Callable[[int], None]
) -> Iterator[pa.RecordBatch]:
    is_packed = start.startswith(_GZIP)
    try:
        with gzip.open(source, "rt", encoding="utf-8-sig") if is_packed else source.open(encoding="utf-8-sig") as text:
            names = [name.strip() for name in next(csv.reader(text), [])]
    except (UnicodeDecodeError, OSError, EOFError) as error:
        raise BadInput(Problem("must be CSV in UTF-8, plain or gzip, or Parquet", str(source))) from error
    if not any(names) or len(set(names)) != len(names):
        raise BadInput(Problem("the first line must name the columns, each once", str(source)))
    types = {name: pa.string() if name in words or name not in scorer.features_ else pa.float64() for name in names}
    # Arrow reads ahead on a thread of its own. Through a file of Python's that thread may ask for the interpreter while
    # it is being closed down after an error, and abort the whole process: Arrow opens the file itself.
    raw = pa.OSFile(str(source))
    try:
        reader = pyarrow.csv.open_csv(
            pa.CompressedInputStream(raw, "gzip") if is_packed else raw,
            # On several threads Arrow no longer knows which row a wrong cell stands in, and reads no faster.
            read_options=pyarrow.csv.ReadOptions(
                use_threads=False, column_names=names, skip_rows=1, block_size=CHUNK_BYTES
            ),
            convert_options=pyarrow.csv.ConvertOptions(
                column_types=types, null_values=list(MISSING_WORDS), strings_can_be_null=True
            ),
        )
        done = 0
        for batch in reader:
            yield batch
            on_bytes(raw.tell() - done)
            done = raw.tell()
    except pa.ArrowException as error:
        raise BadInput(_csv_problem(str(error), names, source)) from error


def _csv_problem(said: str, names: list[str], source: Path) -> Problem:
    """Arrow's words in ours: "In CSV column #2: ... conversion error to double: invalid value 'x'"."""
    found = re.search(r"column #(\d+): Row #(\d+): CSV conversion error to \w+: invalid value '(.*)'", said)
    if found:
        return Problem(
            "must be a number", str(source), names[int(found[1])], found[3], int(found[2]) - 1
        )  # less header
    found = re.search(r"Row #(\d+): Expected (\d+) columns, got (\d+): (.*)", said)
    if found:
        rule = f"must have {found[2]} cells like the header, not {found[3]}"
        return Problem(rule, str(source), value=found[4], row=int(found[1]) - 1)
    return Problem(f"is no readable CSV: {said.splitlines()[0]}", str(source))
