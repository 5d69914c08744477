"""What the models prove on real data, made once and kept: the key is the hash of the data and of the sources."""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from credit import real_data
from credit.files import PROJECT, canonical_json, sha256_of_file, sha256_of_text, write_json
from sim.runs.provenance import hash_of_files


class Li2018Proof(BaseModel):
    """Table 8 of Li, Mickel & Taylor (2018), found and printed.

    Attributes:
        names: rows of the table.
        coefficients, standard_errors: found.
        printed_coefficients, printed_standard_errors: as published, four decimals.
        misclassification: share of the test half on the wrong side.
        rows_train, rows_test: loans in each half.
        matches_print: whether every digit is as printed.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    names: list[str]
    coefficients: list[float]
    standard_errors: list[float]
    printed_coefficients: list[float]
    printed_standard_errors: list[float]
    misclassification: float
    rows_train: int
    rows_test: int
    matches_print: bool


class SbaProof(BaseModel):
    """Default timing on SBA loans, learnt from approvals to 2005, tested on later ones.

    Attributes:
        rows, rows_used, rows_train, rows_test: loans in the file, with a clock, fitted on, judged.
        excluded: loans without a clock or an outcome, by reason.
        auc, auc_low, auc_high: weighted, charge-off within 60 months, test years.
        auc_as_of: the same of a model that knew only what was known at the end of 2005.
        calibration_slope: on the test years; 1 when risks are spread right.
        observed_over_expected: charge-offs that happened over those forecast, test years.
        months: horizons of the next four, months.
        train_forecast, train_observed: default probability by horizon on the training years.
        test_forecast, test_observed: on the test years.
        hazard_by_month: observed monthly hazard of all used loans from month 1, smoothed.
        model_hazard_by_month: the model's, of the training loans still at risk.
        predicted, observed: forecast and observed default shares of tenths by forecast, test years.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: int
    rows_used: int
    rows_train: int
    rows_test: int
    excluded: dict[str, int]
    auc: float
    auc_low: float
    auc_high: float
    auc_as_of: float
    calibration_slope: float
    observed_over_expected: float
    months: list[int]
    train_forecast: list[float]
    train_observed: list[float]
    test_forecast: list[float]
    test_observed: list[float]
    hazard_by_month: list[float]
    model_hazard_by_month: list[float]
    predicted: list[float]
    observed: list[float]


class Skipped(BaseModel):
    """A proof that could not be made because its data are absent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    title: str
    file: str


class Proofs(BaseModel):
    """What was proven, and what was not.

    Attributes:
        li2018, sba: the proofs; None where skipped.
        skipped: those whose data are absent.
        data_hashes: SHA-256 of each data set used.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    li2018: Li2018Proof | None
    sba: SbaProof | None
    skipped: list[Skipped]
    data_hashes: dict[str, str]

    @property
    def are_complete(self) -> bool:
        """Whether none was skipped."""
        return not self.skipped


def proofs(folder: Path | None, kept: Path) -> Proofs:
    """Make every proof whose data are there.

    Args:
        folder: the real data; None = where `credit.real_data` looks.
        kept: where finished proofs are kept.

    Raises:
        BadInput: a data set is there but not what it should be.
    """
    makers = {"li2018": _li2018, "sba": _sba}
    made: dict[str, Any] = {}
    skipped, hashes = [], {}
    for proof in real_data.PROOFS:
        path = (folder or real_data.folder()) / proof.file
        if not path.is_file():
            skipped.append(Skipped(name=proof.name, title=proof.title, file=proof.file))
            continue
        hashes[proof.file] = sha256_of_file(path)
        key = sha256_of_text(canonical_json([proof.name, hashes[proof.file], _sources_hash()]))
        file = kept / f"{proof.name}-{key[:16]}.json"
        if not file.is_file():
            write_json(file, makers[proof.name](path).model_dump(mode="json"))
        made[proof.name] = json.loads(file.read_text(encoding="utf-8"))
    return Proofs.model_validate(
        {"li2018": made.get("li2018"), "sba": made.get("sba"), "skipped": skipped, "data_hashes": hashes}
    )


def _sources_hash() -> str:
    """The sources a proof depends on: all of `credit`, this file, and the locked packages."""
    lock = PROJECT / "requirements.txt"
    files = [*(PROJECT / "credit").rglob("*.py"), Path(__file__).resolve(), *([lock] if lock.is_file() else [])]
    return hash_of_files(files)


def _li2018(path: Path) -> Li2018Proof:
    from credit.studies.li2018 import PUBLISHED, reproduce

    study = reproduce(path)
    names = list(study.fit.names)
    return Li2018Proof(
        names=names,
        coefficients=[float(value) for value in study.fit.coefficients],
        standard_errors=[float(value) for value in study.fit.standard_errors],
        printed_coefficients=[PUBLISHED["coefficients"][name] for name in names],
        printed_standard_errors=[PUBLISHED["standard_errors"][name] for name in names],
        misclassification=study.misclassification,
        rows_train=study.rows_train,
        rows_test=study.rows_test,
        matches_print=study.matches_print,
    )


def _sba(path: Path) -> SbaProof:
    from credit.studies.sba import MONTHS_TOLD, study

    found = study(path)
    tested = found.tested

    def by_month(told: dict[int, float]) -> list[float]:
        return [told[month] for month in MONTHS_TOLD]

    return SbaProof(
        rows=found.rows,
        rows_used=found.rows_used,
        rows_train=found.rows_train,
        rows_test=found.rows_test,
        excluded=found.excluded,
        auc=tested.auc.value,
        auc_low=tested.auc.low,
        auc_high=tested.auc.high,
        auc_as_of=found.tested_as_of.auc.value,
        calibration_slope=tested.calibration.slope,
        observed_over_expected=tested.calibration.observed_over_expected,
        months=list(MONTHS_TOLD),
        train_forecast=by_month(found.pd_by_month),
        train_observed=by_month(found.observed_pd_by_month),
        test_forecast=by_month(found.test_pd_by_month),
        test_observed=by_month(found.test_observed_pd_by_month),
        hazard_by_month=found.hazard_by_month.tolist(),
        model_hazard_by_month=found.model_hazard_by_month.tolist(),
        predicted=found.predicted.tolist(),
        observed=found.observed.tolist(),
    )
