"""`creditlab score`: points, PDs and reasons for a table, by a saved model."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from credit.errors import BadInput, Problem
from credit.files import refuse_to_replace
from credit.validation.saved import SavedScorer, read
from credit.validation.table_scoring import Totals, score_file, score_rows, write_scored
from credit.validation.to_score import rows_to_score
from lab.output import give, progress
from lab.validation_answers import ScoreAnswer

if TYPE_CHECKING:
    from rich.console import Console


def run(
    model_file: Path,
    source: Path,
    out: Path,
    keep: Sequence[str],
    words: Sequence[str],
    is_table: bool,
    has_reasons: bool,
    as_of: date | None = None,
    as_json: bool = False,
) -> None:
    """Score and write; the table appears whole or not at all.

    Raises:
        BadInput: the model or the table is not sound, or the table's columns are not those that the model knows.
    """
    refuse_to_replace(out, model_file, source)
    saved = read(model_file)
    is_platform = not is_table and saved.reading is not None and saved.reading.dataset == "platform"
    if as_of is not None and not is_platform:
        raise BadInput(Problem("only a platform is scored as of a day", field="--as-of", value=as_of, remedy="drop it"))
    if is_table or saved.reading is None or saved.reading.dataset == "table":
        totals = _score_table(saved, source, out, keep, words, has_reasons)
    elif keep:
        remedy = "drop it, or add --table if the source holds the model's features"
        raise BadInput(Problem("the key of this data set is kept anyway", field="--keep", remedy=remedy))
    else:
        rows = rows_to_score(saved.reading, source, list(saved.scorer.features_), as_of)
        with progress(f"Scoring {len(rows.X):,} rows", total=len(rows.X)) as advance:
            totals = write_scored(out, score_rows(saved.scorer, rows, has_reasons, advance))
    answer = ScoreAnswer(
        model_file=str(model_file),
        kind=saved.kind,
        data_hash=saved.data_hash,
        out=str(out),
        rows=totals.rows,
        rows_refused=totals.rows - totals.rows_scored,
        points_mean=totals.points_sum / totals.rows_scored if totals.rows_scored else None,
        pd_mean=totals.pd_sum / totals.rows_scored if totals.rows_scored else None,
        pd_low=totals.pd_low if totals.rows_scored else None,
        pd_high=totals.pd_high if totals.rows_scored else None,
        columns=totals.columns,
    )

    def show(console: "Console") -> None:
        scored = answer.rows - answer.rows_refused
        console.print(f"{scored:,} rows scored by the {answer.kind.replace('_', ' ')}, written to {out}")
        if answer.rows_refused:
            console.print(f"{answer.rows_refused:,} more refused by the fraud gate, written without a score.")
        if answer.points_mean is not None:
            console.print(
                f"Mean points {answer.points_mean:.1f}, mean PD {answer.pd_mean:.2%} "
                f"(from {answer.pd_low:.2%} to {answer.pd_high:.2%})."
            )

    give(answer, as_json, show)


def _score_table(
    saved: SavedScorer, source: Path, out: Path, keep: Sequence[str], words: Sequence[str], has_reasons: bool
) -> Totals:
    """Stream a table of features through the scorer."""
    size = source.stat().st_size if source.is_file() else 0
    known = saved.words if saved.words is not None else frozenset(words)
    with progress("Scoring", total=size) as advance:
        return score_file(saved.scorer, source, out, known, keep, has_reasons, advance)
