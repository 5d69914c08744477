"""`creditlab fit scorecard`, `fit boosted` and the like: a scorer learnt from a data set, saved with its lineage."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from credit.errors import BadInput, Problem
from credit.files import refuse_to_replace
from credit.metrics import auc
from credit.validation import candidates
from credit.validation.forecasts import LEAST_DEFAULTS, fitted, refuse_too_few
from credit.validation.foreknowledge import foreknowing
from credit.validation.saved import save
from credit.validation_sets.base import ValidationSet
from credit.validation_sets.by_name import Reading
from lab.output import give, progress
from lab.validation_answers import ScorerAnswer

if TYPE_CHECKING:
    from rich.console import Console


def run(
    model: str, reading: Reading, source: Path | None, out: Path, seed: int, threads: int, as_json: bool = False
) -> None:
    """Fit on all rows of a data set and write the model.

    Raises:
        BadInput: the source is not sound, holds too few defaults or survivors, or no feature of it varies.
    """
    refuse_to_replace(out, *([source] if source else []))
    with progress(f"Reading and fitting {candidates.TITLES[model]}", total=2) as advance:
        known = reading.read(source, date.today())
        refuse_too_few(known, LEAST_DEFAULTS)
        if len(known.silent) == known.X.shape[1]:
            raise BadInput(Problem("at least one feature must vary", known.name, ", ".join(known.silent)))
        advance()
        scorer = fitted(lambda part: candidates.make(model, part, seed, threads), known)
        advance()
    content = save(out, scorer, known, reading)
    answer = ScorerAnswer(
        model_file=str(out),
        model=model,
        kind=str(content["kind"]),
        dataset=reading.dataset,
        data_hash=known.data_hash,
        rows=known.rows_read,
        rows_used=len(known.y),
        exclusions=known.exclusions,
        defaults=int(known.y.sum()),
        features=list(scorer.features_),
        auc_in_sample=auc(known.y, scorer.predict_pd(known.X), known.weights).value,
        seed=seed,
        notes=_notes(known),
    )

    def show(console: "Console") -> None:
        console.print(f"[bold]{candidates.TITLES[model]}[/] written to {out}")
        console.print(
            f"{answer.rows_used:,} rows, {answer.defaults:,} defaults, {len(answer.features)} features; "
            f"AUC on those very rows {answer.auc_in_sample:.3f}."
        )
        for note in answer.notes:
            console.print(f"[yellow]{note}[/]")
        console.print(f"What it is worth on rows it has not seen: creditlab validate {reading.dataset} --model {model}")

    give(answer, as_json, show)


def _notes(known: ValidationSet) -> list[str]:
    """What a reader should know before using the model."""
    told = []
    if suspects := foreknowing(known):
        told.append(f"tell the outcome nearly by themselves: {', '.join(suspects)}. Were they known beforehand?")
    if known.silent:
        told.append(f"say nothing, they never vary: {', '.join(known.silent)}.")
    return told
