"""`creditlab fit sba-economy`: what knowing the economy would have mended, both splits side by side."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from credit import real_data
from credit.studies.sba_economy import FOLDS, study
from lab.answer import Answer
from lab.output import give, progress, ruled

if TYPE_CHECKING:
    from rich.console import Console


class EconomyRow(Answer):
    """One hazard on one split; charge-off within 60 months, weighted."""

    split: Literal["random", "out of time"] = Field(
        description="random: folds of all loans, the crisis is in the training data; out of time: approvals after 2005."
    )
    labels: str = Field(description="Last day of the training outcomes, ISO date, or cut-off: all that the file tells.")
    model: str = Field(description="Which hazard: without economy, as known at approval, or its path revealed.")
    rows: int = Field(description="Loans judged.")
    auc: float = Field(description="Area under the ROC curve.")
    auc_low: float = Field(description="Lower end of its 95 % interval (DeLong with weights).")
    auc_high: float = Field(description="Upper end of it.")
    calibration_slope: float = Field(description="Slope of outcomes on the log-odds of the PD; 1 is right.")
    observed_over_expected: float = Field(description="Charge-offs over those forecast; 1 is right.")


class SbaEconomyAnswer(Answer):
    """SBA hazards with and without the economy, at random and out of time, never one without the other."""

    folds: int = Field(description="Folds of the random split.")
    results: list[EconomyRow] = Field(description="Every hazard on every split.")


def run(source: Path, folds: int = FOLDS, as_json: bool = False) -> None:
    """Fit and judge, and print the splits side by side.

    Raises:
        BadInput: the source is no SBA file or too small, or a series of the economy is absent.
    """
    with progress("SBA hazards and the economy", total=folds + 2) as advance:
        results = study(source, real_data.folder(), folds, on_step=advance)
    answer = SbaEconomyAnswer(folds=folds, results=[EconomyRow(**asdict(result)) for result in results])

    def show(console: "Console") -> None:
        splits = list(dict.fromkeys((row.split, row.labels) for row in answer.results))
        heads = (split if labels == "cut-off" else f"{split},\nas of {labels}" for split, labels in splits)
        title = "Charge-off within 60 months: AUC, calibration slope, observed over expected"
        table = ruled("hazard", *heads, title=title)
        for model in dict.fromkeys(row.model for row in answer.results):
            rows = {(row.split, row.labels): row for row in answer.results if row.model == model}
            table.add_row(
                model,
                *(
                    f"{row.auc:.3f}  {row.calibration_slope:.2f}  {row.observed_over_expected:.2f}"
                    for row in (rows[split] for split in splits)
                ),
            )
        console.print(table)
        console.print(
            "The random split has the crisis in its training data; the split in time is what a lender faces. A path "
            "that is revealed is no forecast."
        )

    give(answer, as_json, show)
