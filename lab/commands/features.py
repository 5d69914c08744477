"""`creditlab features`: what is known of each firm at each month end, as one Parquet file."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from credit.features.at_scale import write_firm_months
from credit.files import sha256_of_file
from lab.answer import Answer
from lab.output import give, progress

if TYPE_CHECKING:
    from rich.console import Console


class FeaturesAnswer(Answer):
    """What was computed and where it was written."""

    folder: str = Field(description="The folder of observable tables that was read.")
    out: str = Field(description="The Parquet file that was written, whole.")
    rows: int = Field(description="Rows: one a firm and month end from its first month end on the platform on, count.")
    firms: int = Field(description="Firms at the last month end, count.")
    months: list[date] = Field(description="The month ends, ascending, dates.")
    groups: str = Field(description="Feature groups computed, letters of C B T P X I N.")
    features: list[str] = Field(description="The feature columns, in order; units and meanings stand in the file.")
    data_stages: dict[int, int] = Field(
        description="Firms by data stage (0 thin to 3 thick) at the last month end, count."
    )
    file_hash: str = Field(description="SHA-256 of the file, hexadecimal.")


def run(folder: Path, out: Path, months: int, until: date | None, groups: str, workers: int, *, as_json: bool) -> None:
    """Compute the firm-month table of a folder and write it.

    Raises:
        BadInput: the tables are not sound or an argument is out of range; nothing was written.
    """
    ticks = 1000
    with progress("features", ticks) as advance:
        steps = done = 0

        def plan(total: int) -> None:
            nonlocal steps
            steps = total

        def step() -> None:
            nonlocal done
            done += 1
            advance(ticks * done // steps - ticks * (done - 1) // steps)

        told = write_firm_months(folder, out, months, until, groups, workers, on_step=step, on_plan=plan)
    answer = FeaturesAnswer(
        folder=str(folder),
        out=str(out),
        rows=told.rows,
        firms=told.firms,
        months=told.months,
        groups=groups,
        features=told.columns,
        data_stages=told.stages,
        file_hash=sha256_of_file(out),
    )
    give(answer, as_json, lambda console: _show(answer, console))


def _show(answer: FeaturesAnswer, console: "Console") -> None:
    from rich.table import Table

    from credit.features.stages import MEANINGS

    console.print(f"[bold]{answer.out}[/]: {answer.rows:,} rows of {len(answer.features)} features", soft_wrap=True)
    console.print(f"{answer.firms:,} firms at the last of {len(answer.months)} month ends, {answer.months[-1]}\n")
    table = Table("data stage", "meaning", box=None, pad_edge=False)
    table.add_column("firms", justify="right")
    for stage, count in answer.data_stages.items():
        table.add_row(str(stage), MEANINGS[stage], f"{count:,}")
    console.print(table)
