"""`creditlab validate`: a scorer judged on rows that it has not seen."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from credit.errors import BadInput, Problem
from credit.scorers.base import Scorer
from credit.validation import candidates, saved
from credit.validation.forecasts import Forecasts, cross_validated, of_scorer, rows_in_both, trained_elsewhere
from credit.validation.foreknowledge import foreknowing
from credit.validation.measures import Measures, measured
from credit.validation.splits import is_later
from credit.validation_sets.base import ValidationSet
from credit.validation_sets.by_name import FOLDS, Reading
from credit.validation_sets.sba_loans import RECORDS
from lab.output import give, progress, ruled
from lab.validation_answers import ValidateAnswer

if TYPE_CHECKING:
    from rich.console import Console

SUSPICIOUS_AUC = 0.90
"""On made-up data, and on loans at origination, an area above this is leakage until shown otherwise."""


def run(
    reading: Reading,
    source: Path | None,
    train: Path | None,
    model: str,
    model_file: Path | None,
    folds: int | None,
    seed: int,
    threads: int,
    is_settled: bool = True,
    as_json: bool = False,
) -> None:
    """Judge a model and print the numbers.

    Args:
        reading: how the sources become features.
        source: what to judge on; the published file when absent.
        train: what to learn from instead of cross-validating.
        model: the scorer.
        model_file: a saved scorer to judge instead.
        folds: of cross-validation; as usual for the data set when absent.
        seed: of folds and fits.
        threads: that a fit may use.
        is_settled: whether the reading was asked for as it is. Otherwise what only tells how files were kept (SBA) is
            left out when the rows judged are later than those learnt from: it orders loans of one time only.
        as_json: print one JSON object.

    Raises:
        BadInput: a source is not sound, tables differ in their columns, or there is too little to judge by.
    """
    if train is not None and model_file is not None:
        raise BadInput(Problem("a model from a file needs no training table", field="--model-file", remedy="drop one"))
    with progress("Reading", total=2 if train else 1) as advance:
        known = reading.read(source, date.today())
        advance()
        learnt = reading.read(train, date.today()) if train else None
    if learnt is not None and not is_settled and is_later(known, learnt):
        known, learnt = (_without_records(each) for each in (known, learnt))
    make: Callable[[ValidationSet], Scorer] = lambda part: candidates.make(model, part, seed, threads)  # noqa: E731
    count = folds or FOLDS[reading.dataset]
    if model_file is not None:
        forecasts, method = of_scorer(known, saved.read(model_file).scorer), "saved_model"
    elif learnt is not None:
        with progress(f"Fitting on {len(learnt.y):,} rows", total=1) as advance:
            forecasts, method = trained_elsewhere(known, learnt, make), "trained_elsewhere"
            advance()
    else:
        with progress(f"{count} folds", total=count) as advance:
            forecasts, method = cross_validated(known, make, count, seed, on_fold=advance), "cross_validated"
    measures = measured(forecasts)
    title = str(forecasts.scorer.to_json()["kind"]) if model_file and forecasts.scorer else model
    answer = _answer(reading, title, method, forecasts, measures, count if method == "cross_validated" else None, seed)
    give(answer, as_json, lambda console: _show(answer, console))


def _without_records(known: ValidationSet) -> ValidationSet:
    return replace(known, X=known.X.drop(columns=RECORDS))


def _answer(
    reading: Reading,
    model: str,
    method: str,
    forecasts: Forecasts,
    measures: Measures,
    folds: int | None,
    seed: int,
) -> ValidateAnswer:
    known, scorer, shift = forecasts.known, forecasts.scorer, measures.shift
    train = forecasts.train if method == "trained_elsewhere" else None
    both = rows_in_both(known, train) if train is not None else None
    learnt_hash = train.data_hash if train is not None else getattr(scorer, "data_hash_", None) or None
    return ValidateAnswer(
        dataset=reading.dataset,
        model=model,
        method=method,
        outcome=known.outcome,
        rows=known.rows_read,
        rows_used=measures.rows,
        exclusions=known.exclusions,
        defaults=measures.defaults,
        default_rate=measures.default_rate,
        weights_effective_rows=measures.effective_rows,
        features=list(scorer.features_ if scorer is not None else known.X.columns),
        folds=folds,
        seed=seed,
        rows_train=len(train.y) if train is not None else None,
        rows_in_both=both,
        auc=measures.auc.value,
        auc_ci=(measures.auc.low, measures.auc.high),
        auc_fold_mean=measures.auc_fold_mean,
        ks=measures.ks,
        brier=measures.brier,
        calibration_slope=measures.calibration.slope,
        calibration_intercept=measures.calibration.intercept,
        observed_over_expected=measures.calibration.observed_over_expected,
        psi=shift.value if shift else None,
        psi_by_chance=shift.by_chance if shift else None,
        data_hash=known.data_hash,
        train_data_hash=learnt_hash,
        notes=_notes(reading, known, measures, method, learnt_hash, both),
    )


def _notes(
    reading: Reading, known: ValidationSet, measures: Measures, method: str, learnt_hash: str | None, both: int | None
) -> list[str]:
    """What a reader should know before trusting the numbers."""
    told = []
    if learnt_hash == known.data_hash and method == "saved_model":
        told.append("The model learnt from these very rows: the numbers are no evidence.")
    if reading.dataset == "sba" and reading.with_records and not set(RECORDS) & set(known.X.columns):
        told.append(f"left out, because the loans judged are later: {', '.join(RECORDS)} (--records lets it in).")
    if both:
        told.append(f"{both} rows stand in the training table too: the numbers flatter the model.")
    if reading.dataset in ("sba", "platform") and measures.auc.value > SUSPICIOUS_AUC:
        told.append(f"AUC above {SUSPICIOUS_AUC}: look for a feature that knows the outcome.")
    if suspects := foreknowing(known):
        told.append(f"tell the outcome nearly by themselves: {', '.join(suspects)}. Were they known beforehand?")
    if known.silent:
        told.append(f"say nothing, they never vary: {', '.join(known.silent)}.")
    if known.keys is None:
        copies = int(known.X.assign(outcome=known.y).duplicated().sum())
        if copies:
            kept = "; copies stay in one fold" if known.clusters is not None else ""
            told.append(f"{copies} rows repeat another one{kept}.")
    return told


def _show(answer: ValidateAnswer, console: "Console") -> None:
    excluded = ", ".join(
        f"{count:,} {reason.replace('_', ' ')}" for reason, count in answer.exclusions.items() if count
    )
    console.print(
        f"[bold]{answer.model}[/] on {answer.dataset}: {answer.rows:,} rows, {answer.rows_used:,} judged, "
        f"{answer.defaults:,} defaults ({answer.default_rate:.2%}); left out: {excluded or 'none'}."
    )
    how = {
        "cross_validated": f"{answer.folds} folds, seed {answer.seed}",
        "trained_elsewhere": f"learnt from another table of {answer.rows_train or 0:,} rows",
        "saved_model": "a saved model",
    }
    console.print(f"Default: {answer.outcome}. {how[answer.method][0].upper()}{how[answer.method][1:]}.")
    table = ruled()
    table.add_column()
    table.add_column(justify="right")
    table.add_column()
    interval = f"{answer.auc_ci[0]:.4f} to {answer.auc_ci[1]:.4f} (95 %); 0.5 is luck, 1 is perfect order"
    table.add_row("AUC", f"{answer.auc:.4f}", interval)
    table.add_row("KS", f"{answer.ks:.4f}", "widest gap between defaulters and others, 0 to 1")
    naive = answer.default_rate * (1 - answer.default_rate)
    table.add_row(
        "Brier", f"{answer.brier:.4f}", f"mean squared error; saying {answer.default_rate:.1%} of all: {naive:.4f}"
    )
    table.add_row("calibration slope", f"{answer.calibration_slope:.3f}", "1 is right")
    table.add_row("calibration intercept", f"{answer.calibration_intercept:.3f}", "0 together with slope 1")
    table.add_row("observed over expected", f"{answer.observed_over_expected:.3f}", "1 is right")
    if answer.psi is not None:
        table.add_row("PSI of points", f"{answer.psi:.4f}", f"by luck up to {answer.psi_by_chance:.4f}")
    console.print(table)
    for note in answer.notes:
        console.print(f"[yellow]{note}[/]")
