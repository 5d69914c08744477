"""How far the economy mends an SBA hazard out of time: what was known at approval, and the path that then came.

The score of `credit.studies.sba_model` is one covariate, the economy of each half-year of a loan's life gives others.
Fitted on lives up to some day, the same hazard is asked twice about later loans:

* with the economy as it was known at approval, held for five years: a forecast;
* with the economy that then came ("path revealed"): not a forecast but a stress path whose outcome is known. It says
  how much of the miss was the economy, had one known it.

Every year since FIRST_MONTH counts alike, unlike in the loan model, whose half-life of two years would leave no cycle
to learn from.

A third forecast adds the book's own charge-offs of the twelve months before approval, over those that the score leads
to expect. That is known at approval too; its later path is the outcome itself and is never revealed.
"""

from collections.abc import Sequence
from typing import Self

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.studies.macro_series import FIRST_MONTH, MEANING
from credit.studies.sba_model import KNOTS, LAST_MONTH, SbaModel
from credit.survival.baselines import Spline
from credit.survival.discrete_hazard import DiscreteHazard

STEP_MONTHS = 6
"""The economy is looked at twice a year of a loan's life."""

MARKET = tuple(MEANING)
BOOK = "recent_charge_offs"
"""Log of the book's charge-offs in the last twelve months over those expected."""

RECENT_MONTHS = 12
_DOUBT = 5.0  # expected charge-offs of average weight at which the recent ratio is believed half


class MacroTiming:
    """Hazard of charge-off by the loan's score, the economy of the day and its age.

    Args:
        columns: columns of the economy to use, from MARKET and BOOK.

    Attributes:
        score_: the loan model whose linear predictor is the score.
        timing_: the hazard on score and economy.
    """

    def __init__(self, columns: Sequence[str] = MARKET) -> None:
        self.columns = tuple(columns)

    def fit(self, score: SbaModel, loans: pd.DataFrame, economy: pd.DataFrame) -> Self:
        """Fit on the half-years of loans' lives since FIRST_MONTH.

        Args:
            score: fitted on the same loans.
            loans: with `months` and `is_default`, as `credit.studies.sba.with_clock` gives them.
            economy: by month (datetime64[M]), holding the columns.

        Raises:
            BadInput: too few charge-offs since FIRST_MONTH, or a column says nothing over these years.
        """
        self.score_ = score
        is_default = (loans["is_default"] & (loans["months"] <= LAST_MONTH)).to_numpy(dtype=bool)
        stop = np.minimum(loans["months"].to_numpy(dtype=np.int64), LAST_MONTH)
        pieces = -(-stop // STEP_MONTHS)
        row = np.repeat(np.arange(len(loans)), pieces)
        entry = STEP_MONTHS * (np.arange(len(row)) - np.repeat(np.cumsum(pieces) - pieces, pieces))
        began = months_of(loans["disbursed_on"])[row] + entry.astype("timedelta64[M]")
        seen = began >= FIRST_MONTH  # earlier lives are left truncated
        row, entry, began = row[seen], entry[seen], began[seen]
        ends = np.minimum(entry + STEP_MONTHS, stop[row])
        X = _at(economy, began, self.columns).assign(score=score_of(score, loans)[row])
        self.timing_ = DiscreteHazard(Spline(KNOTS)).fit(
            X[["score", *self.columns]],
            ends,
            is_default[row] & (ends == stop[row]),
            entry=entry,
            weights=loans["weight"].to_numpy()[row] / loans["weight"].mean(),
        )
        return self

    def pd_by(self, loans: pd.DataFrame, month: int, economy: pd.DataFrame, is_path_revealed: bool) -> np.ndarray:
        """PD by a month since disbursement, shape (rows,).

        Args:
            loans: the loans.
            month: at most the last month seen.
            economy: by month.
            is_path_revealed: with the economy of each half-year of the life; otherwise as known at approval.

        Raises:
            BadInput: the economy is not known for a month that is needed.
        """
        levels = np.diff(self.timing_.baseline_cumulative_hazard()[[*range(0, month, STEP_MONTHS), month]])
        score, total = score_of(self.score_, loans), np.zeros(len(loans))
        for piece, level in enumerate(levels):
            began = months_of(loans["disbursed_on"]) + np.timedelta64(piece * STEP_MONTHS, "M")
            asked = began if is_path_revealed else months_of(loans["approved_on"])
            X = _at(economy, asked, self.columns).assign(score=score)[["score", *self.columns]]
            total += level * np.exp(self.timing_.linear_predictor(X))
        return -np.expm1(-total)

    def effects(self) -> pd.Series:
        """Log hazard ratio a standard deviation, over the years fitted, of score and economy."""
        return pd.Series(self.timing_.coefficients_, index=self.timing_.features_)


def with_book(economy: pd.DataFrame, score: SbaModel, loans: pd.DataFrame) -> pd.DataFrame:
    """The economy with the book's own recent charge-offs beside it, as known at the start of each month.

    Args:
        economy: by month.
        score: what it leads to expect is what the charge-offs are held against.
        loans: the whole book; charge-offs of a month are known in the next.
    """
    months = np.arange(1, LAST_MONTH + 1)
    weight = loans["weight"].to_numpy() / loans["weight"].mean()
    last, hit = loans["months"].to_numpy(dtype=np.int64), loans["is_default"].to_numpy(dtype=bool)
    began = (months_of(loans["disbursed_on"]) - FIRST_MONTH).astype(int)
    size = len(economy) + LAST_MONTH + 2
    due, happened = np.zeros(size), np.zeros(size)
    ratio = np.exp(score.timing_.linear_predictor(score.design(loans)))
    level = np.diff(score.timing_.baseline_cumulative_hazard())
    for month in months[: len(level)]:
        at = began + month - 1  # the calendar month in which this month of life begins
        used = (last >= month) & (at >= 0) & (at < size)
        due += np.bincount(at[used], weights=(weight * ratio)[used] * level[month - 1], minlength=size)
        struck = used & hit & (last == month)
        happened += np.bincount(at[struck], weights=weight[struck], minlength=size)
    recent = []
    for now in range(len(economy)):
        window = slice(max(now - RECENT_MONTHS - 1, 0), max(now - 1, 0))
        recent.append(np.log((happened[window].sum() + _DOUBT) / (due[window].sum() + _DOUBT)))
    return economy.assign(**{BOOK: recent})


def score_of(score: SbaModel, loans: pd.DataFrame) -> np.ndarray:
    """The loan model's linear predictor, shape (rows,); years of approval after its training count as the last."""
    return score.timing_.linear_predictor(score.design(loans))


def months_of(days: pd.Series) -> np.ndarray:
    """Calendar months of days, datetime64[M]."""
    return days.to_numpy().astype("datetime64[M]")


def _at(economy: pd.DataFrame, months: np.ndarray, columns: Sequence[str]) -> pd.DataFrame:
    position = economy.index.get_indexer(pd.Index(months))
    if (position < 0).any():
        wrong = months[int(np.argmin(position))]
        raise BadInput(Problem("the economy is not known for this month", field="economy", value=str(wrong)))
    return economy[list(columns)].iloc[position].reset_index(drop=True)
