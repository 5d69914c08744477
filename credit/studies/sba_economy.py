"""SBA loans out of time and at random, side by side: what knowing the economy would have mended, and what not.

A random split asks about loans whose neighbours in time were learnt from: the crisis is in the training data. The split
in time asks about loans approved after 2005, as a lender would have to. Neither is shown without the other.

What the split in time shows on the public sample (59,000 loans with a clock; charge-off within 60 months):

* Order is not mended. The economy is the same for all loans of a month; AUC moves by a hundredth, either way.
* Level is hardly mended by what was known at approval. In 2006 and 2007 the series told of a boom.
* Even the path that then came mends the level of the model with hindsight by a ninth, no more than simply trusting
  recent years more (which the loan model's half-life does). For the model of a banker at the end of 2005 it takes away
  most of the miss (4.5 times as many charge-offs as forecast become 1.9), at the price of a slope of .7: PDs are then
  too far apart.
* What is left is no business cycle. Charge-offs within 60 months rise with every year of approval, from 1 % (1992) to
  39 % (2007), before and through the crisis: programmes changed (Express, revolving lines), and the file holds only
  loans that were resolved by 2014, which among late approvals are the bad and the early repaid.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.metrics import auc, calibration
from credit.sba import read
from credit.studies.macro_series import FIRST_MONTH, as_published
from credit.studies.sba import (
    HORIZON_MONTHS,
    LAST_TRAINING_DAY,
    as_told_by,
    outcome_of,
    refuse_too_few,
    with_clock,
    within_horizon,
)
from credit.studies.sba_macro import BOOK, MARKET, MacroTiming, months_of, with_book
from credit.studies.sba_model import SbaModel

FOLDS = 5

Split = Literal["random", "out of time"]

LOAN_MODEL = "loan model alone"
NO_ECONOMY = "hazard without economy"
KNOWN = "economy known at approval"
KNOWN_WITH_BOOK = "economy and own book known at approval"
REVEALED = "economy's path revealed (no forecast)"


@dataclass(frozen=True)
class EconomyResult:
    """One model on one split.

    Attributes:
        split: "random" (folds; the crisis is in the training data) or "out of time" (approvals after 2005).
        labels: last day on which training outcomes were known, or "cut-off" for all that the file tells.
        model: which of the five hazards.
        rows: loans judged.
        auc: weighted, charge-off within 60 months.
        auc_low: lower end of its 95 % interval.
        auc_high: upper end.
        calibration_slope: of outcomes on the PD's log-odds; 1 is right.
        observed_over_expected: charge-offs over those forecast; 1 is right.
    """

    split: Split
    labels: str
    model: str
    rows: int
    auc: float
    auc_low: float
    auc_high: float
    calibration_slope: float
    observed_over_expected: float


def study(
    source: Path, folder: Path, folds: int = FOLDS, on_step: Callable[[], None] = lambda: None
) -> tuple[EconomyResult, ...]:
    """Fit and judge the five hazards on both splits.

    Args:
        source: the public SBA file, a sample of it, or a folder that `creditlab ingest sba` wrote.
        folder: the folder of real data, for the economy's series.
        folds: of the random split.
        on_step: called `folds` + 2 times, for a progress bar.

    Raises:
        BadInput: a file is absent or not what it should be, or holds too few loans.
    """
    return study_of(with_clock(read(source))[0], as_published(folder), folds, on_step, source)


def study_of(
    loans: pd.DataFrame,
    economy: pd.DataFrame,
    folds: int = FOLDS,
    on_step: Callable[[], None] = lambda: None,
    source: Path = Path("loans"),
) -> tuple[EconomyResult, ...]:
    """`study` on loans with a clock and an economy by month.

    Raises:
        BadInput: too few loans or charge-offs, or fewer than two folds.
    """
    if folds < 2:
        raise BadInput(Problem("must be >= 2", field="folds", value=folds))
    is_followed = (loans["followed"] >= HORIZON_MONTHS).to_numpy()
    is_followed &= months_of(loans["approved_on"]) >= FIRST_MONTH  # before it the economy is not told
    is_train = (loans["approved_on"] <= pd.Timestamp(LAST_TRAINING_DAY)).to_numpy()
    train, later = loans[is_train], loans[~is_train & is_followed]
    refuse_too_few(train, later, source)
    fold = np.random.default_rng(0).integers(folds, size=len(loans))
    forecasts: dict[str, np.ndarray] = {}
    for held_out in range(folds):
        test = is_followed & (fold == held_out)
        for name, told in _forecasts(loans[fold != held_out], loans[test], loans, economy).items():
            forecasts.setdefault(name, np.full(len(loans), np.nan))[test] = told
        on_step()
    results = [
        _judged("random", "cut-off", name, told[is_followed], loans[is_followed]) for name, told in forecasts.items()
    ]

    for labels, known in (("cut-off", train), (str(LAST_TRAINING_DAY), as_told_by(train, LAST_TRAINING_DAY))):
        for name, told in _forecasts(known, later, loans, economy).items():
            results.append(_judged("out of time", labels, name, told, later))
        on_step()
    return tuple(results)


def table(results: tuple[EconomyResult, ...]) -> pd.DataFrame:
    """The results with the two splits side by side: one row a model, for labels to the cut-off and to 2005."""
    frame = pd.DataFrame([asdict(result) for result in results])
    order = list(dict.fromkeys(frame["model"]))
    frame["split"] = frame["split"].where(
        frame["labels"] == "cut-off", frame["split"] + ", labels to " + frame["labels"]
    )
    measures = ["auc", "calibration_slope", "observed_over_expected"]
    wide = frame.pivot(index="model", columns="split", values=measures).reindex(order)
    splits = list(dict.fromkeys(frame["split"]))
    return wide.reorder_levels([1, 0], axis=1)[[(split, measure) for split in splits for measure in measures]]


def _forecasts(
    train: pd.DataFrame, test: pd.DataFrame, book: pd.DataFrame, economy: pd.DataFrame
) -> dict[str, np.ndarray]:
    """60-month PDs of the test loans under each hazard."""
    train = train.reset_index(drop=True)
    score = SbaModel().fit(train, *outcome_of(train))
    around = with_book(economy, score, book)
    last = min(HORIZON_MONTHS, score.last_month_)
    plain, market, with_recent = (MacroTiming(c).fit(score, train, around) for c in ((), MARKET, (*MARKET, BOOK)))
    return {
        LOAN_MODEL: score.pd_by(test, [last])[:, 0],
        NO_ECONOMY: plain.pd_by(test, last, around, is_path_revealed=False),
        KNOWN: market.pd_by(test, last, around, is_path_revealed=False),
        KNOWN_WITH_BOOK: with_recent.pd_by(test, last, around, is_path_revealed=False),
        REVEALED: market.pd_by(test, last, around, is_path_revealed=True),
    }


def _judged(split: Split, labels: str, model: str, forecast: np.ndarray, test: pd.DataFrame) -> EconomyResult:
    happened, weight = within_horizon(test)
    area, level = auc(happened, forecast, weight), calibration(happened, forecast, weight)
    return EconomyResult(
        split=split,
        labels=labels,
        model=model,
        rows=len(test),
        auc=area.value,
        auc_low=area.low,
        auc_high=area.high,
        calibration_slope=level.slope,
        observed_over_expected=level.observed_over_expected,
    )
