"""`creditlab fit`: fit a model on real data and show the proof."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from credit.default_model import LAST_MONTH, PlatformFit, fit_platform
from credit.files import folder_written_whole, write_json, write_text
from credit.firm_months import firm_months, snapshot_days
from credit.studies import li2018, sba
from credit.tables import hash_of_tables, read_tables
from lab.output import give, progress
from reports.figures import HazardAndCalibration, ProofLabels, hazard_and_calibration

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


class SbaAnswer(BaseModel):
    """Default timing of SBA loans: fitted on approvals to 2005, tested on later ones. Weighted throughout."""

    model_config = ConfigDict(extra="forbid")

    rows: int = Field(description="Loans in the source; rows = rows_used + the sum of excluded.")
    rows_used: int = Field(description="Loans with a clock and an outcome.")
    excluded: dict[str, int] = Field(description="Loans left out by reason; each counts under the first that holds.")
    rows_train: int = Field(description="Used loans approved to 2005.")
    rows_test: int = Field(description="Used loans approved later and followed for 60 months: those that are judged.")
    rows_later: int = Field(description="Used loans approved later, followed too short to be judged.")
    has_weights: bool = Field(description="Whether the source has weights; otherwise every loan counts as one.")
    cut_off: str = Field(description="Day up to which outcomes are known and paid loans stay at risk, ISO date.")
    auc: float = Field(description="Area under the ROC curve, charge-off within 60 months, test loans.")
    auc_ci: tuple[float, float] = Field(description="95 % interval of it (DeLong with weights).")
    calibration_slope: float = Field(description="Slope of outcomes on the log-odds of the 60-month PD; 1 is right.")
    observed_over_expected: float = Field(description="Charge-offs within 60 months over those forecast; 1 is right.")
    auc_censored_at_2005: float = Field(
        description="The same for a model whose training labels end on 2005-12-31: what a banker could have known then."
    )
    auc_ci_censored_at_2005: tuple[float, float] = Field(description="95 % interval of it.")
    calibration_slope_censored_at_2005: float = Field(description="Calibration slope of that model.")
    observed_over_expected_censored_at_2005: float = Field(description="Observed over expected of that model.")
    pd_by_month: dict[str, float] = Field(description="Mean PD of the training loans by months since disbursement.")
    observed_pd_by_month: dict[str, float] = Field(description="Kaplan-Meier incidence of the same loans.")
    test_pd_by_month: dict[str, float] = Field(description="Mean PD of the test loans.")
    test_observed_pd_by_month: dict[str, float] = Field(description="Kaplan-Meier incidence of the test loans.")
    hazard_by_month: dict[str, float] = Field(
        description="Observed monthly hazard of all used loans by month since disbursement (Gaussian mean, 3 months)."
    )
    model_hazard_by_month: dict[str, float] = Field(description="The model's hazard of the same loans at risk.")
    peak_month: int = Field(description="Month in which the observed hazard is highest.")
    files: list[str] = Field(description="Files in the folder written.")


def run_sba(source: Path, out: Path, as_json: bool = False) -> None:
    """Fit, test, and write model, figure and answer into a folder that appears whole or not at all.

    Raises:
        BadInput: the source is no SBA file, or too small to learn from and test on.
    """
    with progress("Default timing on SBA loans", total=sba.STEPS) as advance:
        study = sba.study(source, on_step=advance)
    with folder_written_whole(out) as folder:
        write_json(folder / "model.json", study.model.to_json())
        write_text(folder / "hazard_and_calibration.svg", _sba_figure(study))
        answer = _sba_answer(study, ["answer.json", "hazard_and_calibration.svg", "model.json"])
        write_json(folder / "answer.json", answer.model_dump(mode="json"))

    def show(console: "Console") -> None:
        excluded = ", ".join(
            f"{count} {reason.replace('_', ' ')}" for reason, count in answer.excluded.items() if count
        )
        console.print(f"{answer.rows:,} loans, {answer.rows_used:,} used; left out: {excluded or 'none'}.")
        console.print(
            f"{answer.rows_train:,} approved to 2005 train, {answer.rows_test:,} later ones test "
            f"({answer.rows_later:,} are followed too short)."
        )
        for title, tested in (("Labels to the cut-off", study.tested), ("Labels to 2005-12-31", study.tested_as_of)):
            console.print(
                f"{title}: AUC {tested.auc.value:.3f} ({tested.auc.low:.3f} to {tested.auc.high:.3f}), calibration "
                f"slope {tested.calibration.slope:.2f}, observed over expected "
                f"{tested.calibration.observed_over_expected:.2f}."
            )
        for title, forecast, seen in (
            ("training loans", answer.pd_by_month, answer.observed_pd_by_month),
            ("test loans", answer.test_pd_by_month, answer.test_observed_pd_by_month),
        ):
            told = ", ".join(f"{month} months {forecast[month]:.2%} ({seen[month]:.2%})" for month in forecast)
            console.print(f"PD of the {title}, forecast (observed): {told}.")
        console.print(f"The observed hazard is highest in month {answer.peak_month}. Written to {out}.")

    give(answer, as_json, show)


def _sba_answer(study: sba.SbaStudy, files: list[str]) -> SbaAnswer:
    tested, as_of = study.tested, study.tested_as_of

    def by_month(values: dict[int, float]) -> dict[str, float]:
        return {str(month): value for month, value in values.items()}

    def from_first(values: np.ndarray) -> dict[str, float]:
        return {str(month): value for month, value in enumerate(values.tolist(), 1)}

    return SbaAnswer(
        rows=study.rows,
        rows_used=study.rows_used,
        excluded=study.excluded,
        rows_train=study.rows_train,
        rows_test=study.rows_test,
        rows_later=study.rows_later,
        has_weights=study.has_weights,
        cut_off=study.cut_off.isoformat(),
        auc=tested.auc.value,
        auc_ci=(tested.auc.low, tested.auc.high),
        calibration_slope=tested.calibration.slope,
        observed_over_expected=tested.calibration.observed_over_expected,
        auc_censored_at_2005=as_of.auc.value,
        auc_ci_censored_at_2005=(as_of.auc.low, as_of.auc.high),
        calibration_slope_censored_at_2005=as_of.calibration.slope,
        observed_over_expected_censored_at_2005=as_of.calibration.observed_over_expected,
        pd_by_month=by_month(study.pd_by_month),
        observed_pd_by_month=by_month(study.observed_pd_by_month),
        test_pd_by_month=by_month(study.test_pd_by_month),
        test_observed_pd_by_month=by_month(study.test_observed_pd_by_month),
        hazard_by_month=from_first(study.hazard_by_month),
        model_hazard_by_month=from_first(study.model_hazard_by_month),
        peak_month=int(np.argmax(study.hazard_by_month)) + 1,
        files=files,
    )


def _sba_figure(study: sba.SbaStudy) -> str:
    peak = int(np.argmax(study.hazard_by_month)) + 1
    proof = HazardAndCalibration(
        months=np.arange(1, len(study.model_hazard_by_month) + 1),
        hazard=study.hazard_by_month[: len(study.model_hazard_by_month)],
        model_hazard=study.model_hazard_by_month,
        predicted=study.predicted,
        observed=study.observed,
    )
    labels = ProofLabels(
        hazard_title="Charge-off hazard by loan age",
        hazard_unit="charge-offs a month for 1,000 loans at risk",
        months="months since disbursement",
        peak=f"highest in month {peak}",
        observed="observed",
        model="model",
        calibration_title="Forecast and outcome, later years",
        calibration_unit="charged off within 60 months, %",
        predicted="forecast by tenths of the loans, %",
        perfect="as forecast",
    )
    return hazard_and_calibration(proof, labels).svg


SUSPICIOUS_AUC = 0.90
"""On made-up data an area above this is leakage until shown otherwise (DESIGN section 4)."""


class PlatformAnswer(BaseModel):
    """The platform's scorer and PD curve, fitted on observable tables and tested on firms they had not seen."""

    model_config = ConfigDict(extra="forbid")

    model_file: str = Field(description="The JSON file written.")
    model_version: str = Field(description="Name of the model, as it will stand in `decisions.model_version`.")
    data_hash: str = Field(description="SHA-256 of the observable tables, over their content.")
    last_day: str = Field(description="Last day recorded in the tables, ISO date.")
    rows: int = Field(description="Firm-months: obligors at month ends.")
    firms: int = Field(description="Obligors among them.")
    defaults: int = Field(description="Obligors that defaulted (90 days past due or unlikely to pay).")
    default_rate_annual: float = Field(description="Defaults a year of observed credit, share.")
    folds: int = Field(description="Folds of firms; every number below is out of fold.")
    auc: float = Field(description="Area under the ROC curve, default within 12 months of the snapshot.")
    auc_ci: tuple[float, float] = Field(description="95 % interval of it, firms as clusters.")
    auc_current: float = Field(description="The same among obligors without arrears, about whom decisions are made.")
    auc_current_ci: tuple[float, float] = Field(description="95 % interval of it.")
    calibration_slope: float = Field(
        description="Slope of the first year's hazard on the one forecast, obligors without arrears; 1 is right."
    )
    observed_over_expected: float = Field(
        description="Defaults within 12 months over those forecast for the time each obligor was followed; 1 is right."
    )
    pd_by_month: dict[str, float] = Field(description="PD of the average obligor without arrears, by months.")
    coefficients: dict[str, float] = Field(description="Log-odds a standard deviation of each feature that is used.")
    held_back: list[str] = Field(description="Features at 0: their data point against the direction allowed.")
    is_leak_suspected: bool = Field(description="Whether the AUC is too good to be true (above 0.90).")


def run_platform(folder: Path, out: Path, as_json: bool = False) -> None:
    """Fit the default model on a folder of observable tables and write it.

    Raises:
        BadInput: the tables are not valid, or carry too few defaults or no signal.
    """
    tables = read_tables(folder)
    with progress("Features at month ends", total=len(snapshot_days(tables))) as advance:
        months = firm_months(tables, on_snapshot=advance)
    fitted = fit_platform(months, hash_of_tables(tables))
    write_json(out, fitted.model.to_json())
    answer = _platform_answer(fitted, out, months.last_day.isoformat())

    def show(console: "Console") -> None:
        low, high = answer.auc_ci
        console.print(f"[bold]{answer.model_version}[/] written to {out}")
        console.print(
            f"{answer.firms} obligors, {answer.rows} firm-months to {answer.last_day}, {answer.defaults} defaults "
            f"({answer.default_rate_annual:.2%} a year)."
        )
        console.print(
            f"Out of {answer.folds} folds of firms: AUC {answer.auc:.3f} ({low:.3f} to {high:.3f}), without arrears "
            f"{answer.auc_current:.3f}; calibration slope {answer.calibration_slope:.2f}, observed over expected "
            f"{answer.observed_over_expected:.2f}."
        )
        if answer.is_leak_suspected:
            console.print(f"[bold red]AUC above {SUSPICIOUS_AUC}: look for a feature that knows the outcome.[/]")
        for name, value in sorted(answer.coefficients.items(), key=lambda item: -abs(item[1]))[:12]:
            console.print(f"  {name:32s} {value:+.3f}")

    give(answer, as_json, show)


def _platform_answer(fitted: PlatformFit, out: Path, last_day: str) -> PlatformAnswer:
    model, scorer = fitted.model, fitted.model.scorer
    average = model.timing["current"].baseline_cumulative_hazard()
    names = [*scorer.features_, *(f"{name} is missing" for name in scorer.features_)]
    values = [*scorer.coefficients_.tolist(), *scorer.missing_coefficients_.tolist()]
    return PlatformAnswer(
        model_file=str(out),
        model_version=model.version,
        data_hash=model.data_hash,
        last_day=last_day,
        rows=fitted.rows,
        firms=fitted.firms,
        defaults=fitted.defaults,
        default_rate_annual=fitted.default_rate_annual,
        folds=fitted.folds,
        auc=fitted.auc.value,
        auc_ci=(fitted.auc.low, fitted.auc.high),
        auc_current=fitted.auc_current.value,
        auc_current_ci=(fitted.auc_current.low, fitted.auc_current.high),
        calibration_slope=fitted.calibration_slope,
        observed_over_expected=fitted.observed_over_expected,
        pd_by_month={str(month): float(-np.expm1(-average[month])) for month in range(1, LAST_MONTH + 1)},
        coefficients={name: value for name, value in zip(names, values, strict=True) if value != 0.0},
        held_back=scorer.held_back_,
        is_leak_suspected=fitted.auc.value > SUSPICIOUS_AUC,
    )
