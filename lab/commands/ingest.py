"""`creditlab ingest`: outside data into checked tables, all or nothing."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from credit import sba
from credit.exports import read_export
from credit.files import sha256_of_file, write_json
from credit.intake import LINEAGE, all_or_nothing
from credit.sba_columns import GAPS
from credit.tables import TABLES, hash_of_tables, write_parquet_files
from lab.answer import Answer
from lab.output import give, progress

if TYPE_CHECKING:
    from rich.console import Console


class IngestAnswer(Answer):
    """What was read, what is missing in it, and where it was written."""

    kind: Literal["platform", "sba"] = Field(description="Which kind of data was read.")
    source: str = Field(description="The file or folder that was read.")
    out: str = Field(description="The folder that was written, whole.")
    rows: dict[str, int] = Field(description="Rows by table (platform: the eleven; sba: loans).")
    encodings: dict[str, str] = Field(
        description="By table that had a file: parquet, utf-8, utf-8 with BOM or gb18030."
    )
    absent_tables: list[str] = Field(description="Tables that the source does not keep; they were written empty.")
    gaps: dict[str, int] = Field(
        description="What is known to be missing or odd, by name: cells (platform, `table.column`) or loans (sba)."
    )
    tables_hash: str = Field(description="SHA-256, hexadecimal, over the content of the tables, whatever file held it.")
    source_hashes: dict[str, str] = Field(description="SHA-256, hexadecimal, of each file read.")
    as_of: date | None = Field(description="The day to which knowledge was cut; null when everything was kept.")
    cut_off: date | None = Field(description="sba: last day on which outcomes are known; null for a platform.")


def run_platform(folder: Path, out: Path, mapping: Path | None, as_of: date | None, as_json: bool) -> None:
    """Read a platform's export into the eleven observable tables and write them with their lineage.

    Raises:
        BadInput: the export breaks rules; OUT stays as it was and `OUT.errors` tells every row.
    """
    steps = len(TABLES) + len(("checking", "hashing", "writing"))
    with all_or_nothing(out, folder) as scratch, progress("ingest", steps) as advance:
        export = read_export(folder, mapping, date.today(), as_of, on_step=lambda note: advance(1, note))
        advance(1, "hashing")
        answer = IngestAnswer(
            kind="platform",
            source=str(folder),
            out=str(out),
            rows={name: len(table) for name, table in export.tables.items()},
            encodings=export.encodings,
            absent_tables=list(export.absent),
            gaps=export.gaps,
            tables_hash=hash_of_tables(export.tables),
            source_hashes=export.file_hashes,
            as_of=as_of,
            cut_off=None,
        )
        advance(1, "writing")
        write_parquet_files(export.tables, scratch)
        lineage = {"mapping_hash": sha256_of_file(mapping) if mapping else None}
        write_json(scratch / LINEAGE, answer.model_dump(mode="json", exclude={"out", "source"}) | lineage)
    give(answer, as_json, lambda console: _show(answer, console))


def run_sba(file: Path, out: Path, as_json: bool) -> None:
    """Read the public SBA file and write its loans with their lineage.

    Raises:
        BadInput: the file breaks its structure; OUT stays as it was and `OUT.errors` tells every row.
    """
    with all_or_nothing(out, file) as scratch, progress("ingest", len(("reading", "writing", "hashing"))) as advance:
        advance(0, "reading")
        found = sba.read_public(file)
        advance(1, "writing")
        sba.write_ingested(found, scratch)
        advance(1, "hashing")
        tables_hash = sba.hash_of_loans(found.loans)
    answer = IngestAnswer(
        kind="sba",
        source=str(file),
        out=str(out),
        rows={"loans": len(found.loans)},
        encodings={"loans": found.encoding},
        absent_tables=[],
        gaps=found.gaps,
        tables_hash=tables_hash,
        source_hashes={found.source: found.source_hash},
        as_of=None,
        cut_off=found.cut_off,
    )
    give(answer, as_json, lambda console: _show(answer, console))


def _show(answer: IngestAnswer, console: "Console") -> None:
    from rich.table import Table

    console.print(f"[bold]{answer.source}[/] was read into [bold]{answer.out}[/]", soft_wrap=True)
    table = Table("table", "what a row is", "encoding", box=None, pad_edge=False)
    table.add_column("rows", justify="right")
    for name, rows in answer.rows.items():
        meaning = TABLES[name].meaning if name in TABLES else "a loan"
        table.add_row(name, meaning, answer.encodings.get(name, "absent: empty"), f"{rows:,}")
    console.print(table)
    gaps = Table("known gap", "meaning", box=None, pad_edge=False)
    gaps.add_column("loans" if answer.kind == "sba" else "cells missing", justify="right")
    for name, count in answer.gaps.items():
        if count:
            gaps.add_row(name, _meaning(name), f"{count:,}")
    console.print()
    console.print(gaps)
    console.print()
    if answer.as_of is not None:
        console.print(f"only what was known by {answer.as_of} was kept")
    if answer.cut_off is not None:
        console.print(f"outcomes are known up to {answer.cut_off}")
    console.print(f"hash of the tables {answer.tables_hash}", soft_wrap=True)


def _meaning(gap: str) -> str:
    table, _, column = gap.partition(".")
    return TABLES[table].column(column).meaning if column else GAPS[gap]
