"""The firm-month table of a folder of tables larger than memory, in several processes, whole or not at all."""

import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem, WorkFailed
from credit.feature_specs import ALL_GROUPS, FEATURES, names_of
from credit.features.encoding import BY_QUARTER, FIRMS_A_PIECE, READ, WHOLE, Pieces, cut
from credit.features.snapshot import as_of
from credit.features.stages import STAGES
from credit.features.table import month_ends, rows_of
from credit.files import refuse_to_replace
from credit.tables import empty

if TYPE_CHECKING:
    import pyarrow as pa

MONTHS_TOGETHER = 3
"""Month ends whose network features are computed on rows that were read once."""
_CATEGORIES = ("paid_by", "status", "product", "kind", "finding", "grade")


@dataclass(frozen=True)
class Written:
    """What a firm-month file holds.

    Attributes:
        rows: firms times month ends, from each firm's first month end on the platform on.
        firms: firms at the last month end.
        months: the month ends, ascending.
        stages: firms by data stage at the last month end.
        columns: the features, in order.
    """

    rows: int
    firms: int
    months: list[date]
    stages: dict[int, int]
    columns: list[str]


def read_firm_months(
    folder: Path,
    months: int = 36,
    until: date | None = None,
    groups: str = ALL_GROUPS,
    workers: int = 1,
    on_step: Callable[[], None] = lambda: None,
) -> pd.DataFrame:
    """The table of a folder as a frame; for what fits into memory. Arguments as in `write_firm_months`."""
    import pyarrow.parquet as pq

    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "firm_months.parquet"
        write_firm_months(folder, out, months, until, groups, workers, on_step)
        told = pq.read_table(out).to_pandas(date_as_object=False)
    return told.astype({"firm_id": "string", "month": "datetime64[ns]"})


def write_firm_months(
    folder: Path,
    out: Path,
    months: int = 36,
    until: date | None = None,
    groups: str = ALL_GROUPS,
    workers: int = 1,
    on_step: Callable[[], None] = lambda: None,
    on_plan: Callable[[int], None] = lambda steps: None,
    firms_a_piece: int = FIRMS_A_PIECE,
) -> Written:
    """Write the firm-month table of a folder as one Parquet file, ordered by firm and month.

    The values are those of `credit.features.as_of` on the whole tables, bit for bit: pieces of firms are handed to that
    function. Scratch files lie beside `out` and are removed.

    Args:
        folder: one Parquet file a table, as `ingest` and `simulate` write them.
        out: the file to write, `.parquet`; it appears whole or not at all.
        months: how many month ends.
        until: the last month end lies on or before this day; the last recorded day when absent.
        groups: feature groups.
        workers: processes; with more than one, a script that calls this needs `if __name__ == "__main__":`.
        on_step: called after each step.
        on_plan: told the number of steps before the first.
        firms_a_piece: firms computed at a time.

    Raises:
        BadInput: the tables are not sound (`credit.features.encoding.cut`), or an argument is out of range.
        WorkFailed: memory, disk or a process gave out.
    """
    if out.suffix != ".parquet":
        raise BadInput(Problem("must end in .parquet", field="out", value=str(out)))
    refuse_to_replace(out, folder)
    names_of(*groups)
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=f".{out.name}.") as name:
        scratch = Path(name)
        pieces = cut(folder, scratch, threads=max(workers, 1), firms_a_piece=firms_a_piece)
        ends = month_ends(months, pieces.last, until, pieces.first)
        own = "".join(group for group in groups if group != "N")
        on_plan(1 + pieces.count + (-(-len(ends) // MONTHS_TOGETHER) if "N" in groups else 0))
        on_step()
        try:
            with _at_work(workers) as start:
                together = [ends[at : at + MONTHS_TOGETHER] for at in range(0, len(ends), MONTHS_TOGETHER)]
                network = [start(_network, scratch, some) for some in together] if "N" in groups else []
                own_rows = [start(_rows_of_piece, scratch, piece, ends, own) for piece in range(pieces.count)]
                linked: list[pd.DataFrame] = []
                for one in network:
                    linked += one.result()
                    on_step()
                rows, stages = _gather(pieces, ends, own_rows, linked, groups, scratch / "whole.parquet", on_step)
        except (BrokenProcessPool, MemoryError, OSError) as error:
            raise WorkFailed(f"the firm-month table of {folder} was not finished: {error}") from error
        (scratch / "whole.parquet").replace(out)
    held = {stage: int(number) for stage, number in enumerate(stages)}
    return Written(rows, sum(held.values()), ends, held, names_of(*groups))


@contextmanager
def _at_work(workers: int) -> Iterator[Callable[..., "Future[Any]"]]:
    """Something that starts pieces of work: in this process one after the other, or in several."""
    if workers <= 1:

        def at_once(work: Callable[..., Any], *arguments: Any) -> "Future[Any]":
            done: Future[Any] = Future()
            done.set_result(work(*arguments))
            return done

        yield at_once
        return
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        try:
            yield pool.submit
        except BaseException:
            pool.shutdown(wait=True, cancel_futures=True)
            raise


def _rows_of_piece(scratch: Path, piece: int, ends: list[date], groups: str) -> Path:
    """All month ends of a piece of firms, written as Parquet beside the tables."""
    frames = {name: _read(_files(scratch, name, f"piece={piece}"), name) for name in READ}
    rows = pd.concat([rows_of(frames, end, groups) for end in ends])
    rows = rows.sort_values(["firm_id", "month"], kind="stable", ignore_index=True)
    path = scratch / f"rows-{piece}.parquet"
    rows.to_parquet(path, compression=None, index=False)
    return path


def _network(scratch: Path, ends: list[date]) -> list[pd.DataFrame]:
    """The network features of all firms on some month ends, indexed by the firm's number.

    Orders and invoices are read from the quarters that hold their windows.
    """
    first, last = ((end.year * 4 + (end.month - 1) // 3) for end in (ends[0], ends[-1]))
    frames = {name: _read([scratch / f"{name}_whole.parquet"], name) for name in WHOLE}
    for name, (_, _, back) in BY_QUARTER.items():
        quarters = range(first - back, last + 1)
        files = [file for one in quarters for file in _files(scratch, f"{name}_by_quarter", f"quarter={one}")]
        frames[name] = _read(files, name)
    return [as_of(frames, end, "N") for end in ends]


def _files(scratch: Path, name: str, part: str) -> list[Path]:
    return [scratch / f"{name}.parquet"] if name == "resin_prices" else sorted(scratch.glob(f"{name}/{part}/*.parquet"))


def _read(files: list[Path], name: str) -> pd.DataFrame:
    """Files of one table as features want them: words as categories, kilograms to the gram as `conform` keeps them."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not files:
        return empty(name)[list(READ[name])]
    categories = [column for column in pq.read_schema(files[0]).names if column in _CATEGORIES]
    parts = [pq.ParquetFile(file, read_dictionary=categories).read(use_threads=False) for file in files]
    frame = pa.concat_tables(parts).unify_dictionaries().to_pandas(split_blocks=True, use_threads=False)
    if "quantity_kg" in frame:
        frame["quantity_kg"] = np.round(frame["quantity_kg"], 3)
    return frame


def _gather(
    pieces: Pieces,
    ends: list[date],
    own_rows: list["Future[Path]"],
    linked: list[pd.DataFrame],
    groups: str,
    target: Path,
    on_step: Callable[[], None],
) -> tuple[int, np.ndarray]:
    """Pieces in the order of firms into one file, network columns added, numbers turned back into identifiers.

    Returns:
        The number of rows, and of firms by data stage at the last month end.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema, count, stages = _schema(groups), 0, np.zeros(len(STAGES), dtype=np.int64)
    network = names_of("N") if linked else []
    with pq.ParquetWriter(
        target, schema, compression="zstd", compression_level=1, use_dictionary=["firm_id", "month"]
    ) as file:
        for future in own_rows:
            path = future.result()
            rows = pq.read_table(path).to_pandas()
            path.unlink()
            code, month = rows["firm_id"].to_numpy(), rows["month"].to_numpy(dtype="datetime64[D]")
            found = {name: np.full(len(rows), np.nan) for name in network}
            for end, values in zip(ends, linked, strict=False):
                there = np.flatnonzero(month == np.datetime64(end))
                at = values.index.get_indexer(code[there])
                for name in network:
                    found[name][there] = values[name].to_numpy()[at]
            columns = {name: cells.to_numpy() for name, cells in rows.items()} | found
            columns["firm_id"] = pieces.firm_ids[np.searchsorted(pieces.codes, code)]
            columns["month"] = month
            arrays = [pa.array(columns[field.name], type=field.type, from_pandas=True) for field in schema]
            file.write_table(pa.Table.from_arrays(arrays, schema=schema))
            count += len(rows)
            is_last = month == np.datetime64(ends[-1])
            stages += np.bincount(rows["data_stage"].to_numpy()[is_last], minlength=len(STAGES))
            on_step()
    return count, stages


def _schema(groups: str) -> "pa.Schema":
    """Columns of the file; units and meanings stand in the fields' metadata."""
    import pyarrow as pa

    fields = [
        pa.field("firm_id", pa.string(), nullable=False, metadata={"meaning": "the SME"}),
        pa.field("month", pa.date32(), nullable=False, metadata={"unit": "date", "meaning": "last day of the month"}),
        pa.field("data_stage", pa.int8(), nullable=False, metadata={"unit": "0 to 3", "meaning": "thin to thick file"}),
    ]
    told = [FEATURES[name] for name in names_of(*groups)]
    fields += [pa.field(one.name, pa.float64(), metadata={"unit": one.unit, "meaning": one.meaning}) for one in told]
    return pa.schema(fields)
