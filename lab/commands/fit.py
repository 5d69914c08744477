"""`creditlab fit`: fit a model on real data and show the proof."""

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from credit.studies import li2018
from lab.output import give

if TYPE_CHECKING:
    from rich.console import Console


class Li2018Answer(BaseModel):
    """Table 8 of Li, Mickel & Taylor (2018), reproduced."""

    model_config = ConfigDict(extra="forbid")

    rows: int = Field(description="Loans in the file.")
    rows_train: int = Field(description="Loans of the training half (Selected = 1).")
    rows_test: int = Field(description="Loans of the other half.")
    coefficients: dict[str, float] = Field(
        description="Log-odds of default a unit: const, RealEstate, Portion, Recession."
    )
    standard_errors: dict[str, float] = Field(description="Standard errors of the coefficients, by the same names.")
    log_likelihood: float = Field(description="At the maximum, natural logarithm.")
    misclassification: float = Field(description="Share of the other half on the wrong side of cut-off 0.5.")
    matches_print: bool = Field(description="Whether every number rounds to the table's printed four decimals.")


def run_li2018(file: Path, as_json: bool = False) -> None:
    """Reproduce the table and print it beside the published one.

    Raises:
        BadInput: the file is not the teaching sample.
    """
    study = li2018.reproduce(file)
    fit = study.fit
    answer = Li2018Answer(
        rows=study.rows,
        rows_train=study.rows_train,
        rows_test=study.rows_test,
        coefficients=fit.by_name(),
        standard_errors=dict(zip(fit.names, fit.standard_errors.tolist(), strict=True)),
        log_likelihood=fit.log_likelihood,
        misclassification=study.misclassification,
        matches_print=study.matches_print,
    )

    def show(console: "Console") -> None:
        from rich.table import Table

        table = Table(title="Li, Mickel & Taylor (2018), table 8: default of Californian real-estate firms")
        for heading in ("", "coefficient", "printed", "standard error", "printed"):
            table.add_column(heading, justify="right" if heading else "left")
        for name in fit.names:
            table.add_row(
                name,
                f"{answer.coefficients[name]:.4f}",
                f"{li2018.PUBLISHED['coefficients'][name]:.4f}",
                f"{answer.standard_errors[name]:.4f}",
                f"{li2018.PUBLISHED['standard_errors'][name]:.4f}",
            )
        console.print(table)
        verdict = "every digit as printed" if answer.matches_print else "differs from print"
        console.print(
            f"{answer.rows_train} loans train, {answer.rows_test} test; "
            f"misclassified at cut-off 0.5: {answer.misclassification:.4f}; {verdict}."
        )

    give(answer, as_json, show)
