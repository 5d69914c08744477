"""`creditlab fit`: fit a model on real data and show the proof."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from credit.default_model import LAST_MONTH
from credit.default_model_fit import STEPS, PlatformFit, fit_platform
from credit.files import folder_written_whole, refuse_to_replace, write_json, write_text
from credit.firm_months import firm_months, snapshot_days
from credit.studies import li2018, sba
from credit.tables import hash_of_tables, read_tables
from lab.fit_answers import Li2018Answer, PlatformAnswer, SbaAnswer
from lab.output import give, progress, ruled

if TYPE_CHECKING:
    from rich.console import Console


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
        title = "Li, Mickel & Taylor (2018), table 8: default of Californian real-estate firms"
        table = ruled("", "coefficient", "printed", "standard error", "printed", title=title)
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
    from reports.figures import HazardAndCalibration, ProofLabels, hazard_and_calibration  # matplotlib takes a second

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


def run_platform(folder: Path, out: Path, as_json: bool = False) -> None:
    """Fit the default model on a folder of observable tables and write it.

    Raises:
        BadInput: the tables are not valid, or carry too few defaults or no signal.
    """
    refuse_to_replace(out, folder)
    tables = read_tables(folder)
    with progress("Features at month ends", total=len(snapshot_days(tables))) as advance:
        months = firm_months(tables, on_snapshot=advance)
    with progress("Score and PD curve", total=STEPS) as advance:
        fitted = fit_platform(months, hash_of_tables(tables), on_step=advance)
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
