"""Default timing proven on SBA loans: learnt from approvals to 2005, tested on those after.

The clock runs from disbursement to charge-off. A loan that was paid in full has no pay-off date in the file; it stays
at risk until the data end, so the curves are cumulative incidences of charge-off among all loans granted. Censoring it
at `Term` instead would invent a second rise of the hazard in year 8.

The labels of loans approved to 2005 reach into 2014 and so know the crisis. A banker at the end of 2005 did not: the
same model with outcomes cut at that day is fitted and tested too, and both results are told.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.metrics import Auc, Calibration, auc, calibration
from credit.sba import SbaLoans, hash_of_loans, read
from credit.studies.sba_model import LAST_MONTH, SbaModel
from credit.survival.discrete_hazard import LEAST_DEFAULTS, months_between

LAST_TRAINING_DAY = date(2005, 12, 31)
HORIZON_MONTHS = 60
MONTHS_TOLD = (12, 24, 36, 60)
BANDWIDTH_MONTHS = 3.0
GROUPS = 10
CHUNK = 20_000

EXCLUDED_BECAUSE = (
    "no_status",
    "no_disbursement_date",
    "paid_with_charge_off_date",
    "charged_off_without_date",
    "charged_off_before_disbursement",
    "event_after_cut_off",
)
"""Gaps (`credit.sba_columns.GAPS`) that leave a loan without a clock or an outcome, in the order of counting."""


@dataclass(frozen=True)
class Tested:
    """What a model is worth on the test years.

    Attributes:
        auc: charge-off within 60 months, weighted.
        calibration: of the 60-month PDs, weighted.
    """

    auc: Auc
    calibration: Calibration


@dataclass(frozen=True)
class SbaStudy:
    """The proof.

    Attributes:
        rows: loans in the file.
        rows_used: loans with a clock and an outcome.
        excluded: the others, by the first reason of EXCLUDED_BECAUSE that holds; every reason, zeros included.
        rows_train: used loans approved to 2005.
        rows_test: used loans approved later and followed for 60 months: the ones judged.
        rows_later: used loans approved later and not followed long enough to be judged.
        has_weights: whether the file had weights; otherwise each loan counts as one.
        cut_off: the day up to which outcomes are known.
        tested: the model whose training labels reach to the cut-off.
        tested_as_of: the model whose training labels end with 2005.
        pd_by_month: mean PD of the training loans under the model.
        observed_pd_by_month: Kaplan-Meier of the same loans.
        test_pd_by_month: mean PD of the test loans under the model.
        test_observed_pd_by_month: Kaplan-Meier of the test loans.
        hazard_by_month: observed hazard of all used loans in months 1 to 120, smoothed.
        model_hazard_by_month: the model's hazard of the same loans, averaged over those at risk in each month.
        predicted: mean 60-month PD of tenths of the test loans' population, safest first.
        observed: share charged off within 60 months of the same tenths.
        model: fitted on the training years.
    """

    rows: int
    rows_used: int
    excluded: dict[str, int]
    rows_train: int
    rows_test: int
    rows_later: int
    has_weights: bool
    cut_off: date
    tested: Tested
    tested_as_of: Tested
    pd_by_month: dict[int, float]
    observed_pd_by_month: dict[int, float]
    test_pd_by_month: dict[int, float]
    test_observed_pd_by_month: dict[int, float]
    hazard_by_month: np.ndarray
    model_hazard_by_month: np.ndarray
    predicted: np.ndarray
    observed: np.ndarray
    model: SbaModel


STEPS = 3
"""How often `study` reports progress."""


def study(source: Path, on_step: Callable[[], None] = lambda: None) -> SbaStudy:
    """Fit and test on the public file, a sample of it, or a folder that `creditlab ingest sba` wrote.

    Raises:
        BadInput: the source is no SBA file, or holds too few loans or charge-offs to learn from and test on.
    """
    known = read(source)
    on_step()
    loans, excluded = with_clock(known)
    is_train = (loans["approved_on"] <= pd.Timestamp(LAST_TRAINING_DAY)).to_numpy()
    is_test = ~is_train & (loans["followed"] >= HORIZON_MONTHS).to_numpy()
    train, test = loans[is_train], loans[is_test]
    refuse_too_few(train, test, source)

    data_hash = hash_of_loans(known.loans)
    model = SbaModel().fit(train, *outcome_of(train), data_hash=data_hash)
    if model.last_month_ < HORIZON_MONTHS:
        rule = f"training loans must be followed for {HORIZON_MONTHS} months; the longest is {model.last_month_}"
        raise BadInput(Problem(rule, file=str(source), field="DisbursementDate"))
    on_step()
    told = as_told_by(train, LAST_TRAINING_DAY)
    model_as_of = SbaModel().fit(told, *outcome_of(told), data_hash=data_hash)
    on_step()

    pd_test = model.pd_by(test, MONTHS_TOLD)
    forecast = pd_test[:, MONTHS_TOLD.index(HORIZON_MONTHS)]
    predicted, observed = _by_tenths(forecast, *within_horizon(test))
    return SbaStudy(
        rows=len(known.loans),
        rows_used=len(loans),
        excluded=excluded,
        rows_train=len(train),
        rows_test=len(test),
        rows_later=int((~is_train & ~is_test).sum()),
        has_weights=known.has_weights,
        cut_off=known.cut_off,
        tested=_tested(forecast, test),
        tested_as_of=_tested(_pd_at_horizon(model_as_of, test), test),
        pd_by_month=_weighted_mean(model.pd_by(train, MONTHS_TOLD), train),
        observed_pd_by_month=_kaplan_meier(train),
        test_pd_by_month=_weighted_mean(pd_test, test),
        test_observed_pd_by_month=_kaplan_meier(test),
        hazard_by_month=_smoothed_hazard(loans),
        model_hazard_by_month=_expected_hazard(model, loans),
        predicted=predicted,
        observed=observed,
        model=model,
    )


def with_clock(known: SbaLoans) -> tuple[pd.DataFrame, dict[str, int]]:
    """The loans that can be followed, in the order of their numbers, and how many cannot, by reason.

    Returns:
        The loans with `months` (month of charge-off, or completed months without), `is_default`, and `followed`
        (completed months from disbursement to the cut-off); the excluded by reason.
    """
    loans, cut_off = known.loans, pd.Timestamp(known.cut_off)
    is_bad = loans["is_charged_off"].fillna(False).astype(bool)
    is_paid = ~is_bad & loans["is_charged_off"].notna()
    charged_off, disbursed = loans["charged_off_on"], loans["disbursed_on"]
    holds = {
        "no_status": loans["is_charged_off"].isna(),
        "no_disbursement_date": disbursed.isna(),
        "paid_with_charge_off_date": is_paid & charged_off.notna(),
        "charged_off_without_date": is_bad & charged_off.isna(),
        "charged_off_before_disbursement": is_bad & (charged_off < disbursed),
        "event_after_cut_off": (loans["approved_on"] > cut_off) | (disbursed > cut_off) | (charged_off > cut_off),
    }
    reason = np.full(len(loans), "", dtype=object)
    for name in reversed(EXCLUDED_BECAUSE):
        reason[holds[name].fillna(False).to_numpy(dtype=bool)] = name
    used = loans.assign(is_default=is_bad)[reason == ""].sort_values("loan_number", ignore_index=True)
    start = used["disbursed_on"].to_numpy()
    end = used["charged_off_on"].where(used["is_default"], cut_off).to_numpy()
    used["months"] = months_between(start, end) + used["is_default"]
    used["followed"] = months_between(start, np.full(len(used), np.datetime64(known.cut_off)))
    return used, {name: int((reason == name).sum()) for name in EXCLUDED_BECAUSE}


def as_told_by(loans: pd.DataFrame, day: date) -> pd.DataFrame:
    """What was known of the loans at the end of a day: later charge-offs have not happened yet."""
    told = loans[loans["disbursed_on"] <= pd.Timestamp(day)].copy()
    is_default = (told["is_default"] & (told["charged_off_on"] <= pd.Timestamp(day))).to_numpy(dtype=bool)
    followed = months_between(told["disbursed_on"].to_numpy(), np.full(len(told), np.datetime64(day)))
    return told.assign(is_default=is_default, months=np.where(is_default, told["months"], followed))


def refuse_too_few(train: pd.DataFrame, test: pd.DataFrame, source: Path) -> None:
    """Raise where there is too little to learn from and test on.

    Raises:
        BadInput: with every count that is too low.
    """
    known = as_told_by(train, LAST_TRAINING_DAY)
    late = within_horizon(test)[0]
    counts = {
        f"charge-offs of loans approved to {LAST_TRAINING_DAY.year}": int(train["is_default"].sum()),
        f"charge-offs of those known by the end of {LAST_TRAINING_DAY.year}": int(known["is_default"].sum()),
        f"charge-offs within {HORIZON_MONTHS} months of loans approved later": int(late.sum()),
        f"loans approved later that passed {HORIZON_MONTHS} months without": int((late == 0).sum()),
    }
    remedy = "use a larger sample of the national file"
    problems = [
        Problem(f"at least {LEAST_DEFAULTS} {what} are needed", file=str(source), value=count, remedy=remedy)
        for what, count in counts.items()
        if count < LEAST_DEFAULTS
    ]
    if problems:
        raise BadInput(problems, headline="The file is too small to learn from and test on")


def outcome_of(loans: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Month of charge-off, or completed months without, and whether it is the former."""
    return loans["months"].to_numpy(dtype=np.int64), loans["is_default"].to_numpy(dtype=bool)


def within_horizon(loans: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Charge-off within 60 months (0 or 1) and weight of each loan."""
    months, is_default = outcome_of(loans)
    return (is_default & (months <= HORIZON_MONTHS)).astype(int), loans["weight"].to_numpy()


def _pd_at_horizon(model: SbaModel, loans: pd.DataFrame) -> np.ndarray:
    """PD by month 60, or by the last month the model has seen: the order of loans is the same."""
    return model.pd_by(loans, [min(HORIZON_MONTHS, model.last_month_)])[:, 0]


def _tested(forecast: np.ndarray, test: pd.DataFrame) -> Tested:
    outcome, weight = within_horizon(test)
    return Tested(auc(outcome, forecast, weight), calibration(outcome, forecast, weight))


def _by_tenths(forecast: np.ndarray, outcome: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean forecast and outcome of tenths of the population, by forecast."""
    order = np.argsort(forecast, kind="stable")
    reached = np.cumsum(weight[order]) / weight.sum()
    tenth = np.empty(len(forecast), dtype=int)
    tenth[order] = np.minimum((reached - 1e-12) * GROUPS, GROUPS - 1).astype(int)
    total = np.bincount(tenth, weights=weight, minlength=GROUPS)
    is_filled = total > 0  # one heavy loan can span a tenth
    sums = (np.bincount(tenth, weights=weight * values, minlength=GROUPS) for values in (forecast, outcome))
    predicted, observed = (summed[is_filled] / total[is_filled] for summed in sums)
    return predicted, observed


def _weighted_mean(pd_by_month: np.ndarray, loans: pd.DataFrame) -> dict[int, float]:
    mean = np.average(pd_by_month, axis=0, weights=loans["weight"].to_numpy())
    return dict(zip(MONTHS_TOLD, mean.tolist(), strict=True))


def _life_table(loans: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Weighted charge-offs in, and loans at risk during, months 1 to LAST_MONTH."""
    months, is_default = outcome_of(loans)
    weight = loans["weight"].to_numpy()
    held = np.minimum(months, LAST_MONTH + 1)
    hits = np.bincount(held, weights=weight * is_default, minlength=LAST_MONTH + 2)[1 : LAST_MONTH + 1]
    leaving = np.bincount(held, weights=weight, minlength=LAST_MONTH + 2)
    return hits, weight.sum() - np.cumsum(leaving)[:LAST_MONTH]  # all who have not left before the month


def _kaplan_meier(loans: pd.DataFrame) -> dict[int, float]:
    hits, at_risk = _life_table(loans)
    hazard = np.divide(hits, at_risk, out=np.zeros_like(hits), where=at_risk > 0)
    incidence = 1.0 - np.cumprod(1.0 - hazard)
    return {month: float(incidence[month - 1]) for month in MONTHS_TOLD}


def _smoothed_hazard(loans: pd.DataFrame) -> np.ndarray:
    """Charge-offs over loans at risk, both smoothed by a Gaussian kernel over months."""
    hits, at_risk = _life_table(loans)
    month = np.arange(1, LAST_MONTH + 1)
    kernel = np.exp(-0.5 * ((month[:, None] - month) / BANDWIDTH_MONTHS) ** 2)
    exposed = kernel @ at_risk
    return np.divide(kernel @ hits, exposed, out=np.zeros(LAST_MONTH), where=exposed > 0)


def _expected_hazard(model: SbaModel, loans: pd.DataFrame) -> np.ndarray:
    """The model's hazard in each month, averaged over the loans at risk in it, as the observed one is."""
    months = np.arange(1, min(LAST_MONTH, model.last_month_) + 1)
    expected, at_risk = np.zeros(len(months)), np.zeros(len(months))
    for first in range(0, len(loans), CHUNK):  # the national file has 900,000 rows
        part = loans.iloc[first : first + CHUNK]
        present = part["weight"].to_numpy()[:, None] * (part["months"].to_numpy()[:, None] >= months)
        expected += (present * model.hazard(part, months)).sum(axis=0)
        at_risk += present.sum(axis=0)
    return np.divide(expected, at_risk, out=np.zeros(len(months)), where=at_risk > 0)
