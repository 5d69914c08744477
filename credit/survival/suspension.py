"""Suspension is informative censoring: a platform freezes those who look bad, and so never sees whether they default.

Counting a suspended line as "left without default" flatters the book. Two answers, side by side:

* `SuspensionWeights`: inverse-probability-of-censoring weights (Robins & Finkelstein 2000). A firm that was likely to
  be suspended and was not stands also for those that were. This estimates what would have happened without suspensions,
  if (1) whether a line is suspended depends only on covariates that were recorded, and (2) no kind of firm is always
  suspended. Neither can be proven from the data: weights beyond `most_weight` are cut and counted, and (2) has failed
  where many are.
* `suspension_bounds`: what needs no assumption, which is wide (no suspended line would have defaulted, or all at once),
  and a scale in between: suspended lines would have defaulted at a multiple of the hazard of lines like them.

Fitting a PD on rows that end with suspension is right without weights only if the model holds every covariate that
suspensions look at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from scipy.stats import norm

from credit.errors import BadInput, Problem
from credit.survival.base import DEFAULT, DefaultTiming
from credit.survival.firm_month_hazard import FirmMonthHazard
from credit.survival.month_learners import LinearMonths, MonthLearner

_LEVEL = 0.95


class SuspensionWeights:
    """Weights that give the suspended a voice through those like them who were not.

    Args:
        clock: column of completed months at the start of the row.
        learner: what learns the odds of suspension from the covariates.
        most_weight: weights are cut here.

    Attributes:
        suspension_: hazard of suspension on the covariates.
        by_month_: the same on the clock alone; it keeps the weights near one where covariates do not matter.
        cut_share_: share of the rows of the last `weights` call that were cut.
    """

    def __init__(self, clock: str, learner: MonthLearner | None = None, most_weight: float = 20.0) -> None:
        if most_weight <= 1:
            raise BadInput(Problem("must be > 1", field="most_weight", value=most_weight))
        self.clock, self.most_weight = clock, most_weight
        self.learner = learner or LinearMonths("logit", ridge=1.0)

    def fit(self, X: pd.DataFrame, is_suspended: np.ndarray, is_default: np.ndarray) -> Self:
        """Learn when lines are suspended, from the months in which they did not default.

        Args:
            X: what the platform could see at the start of each month, and the clock; everything that suspensions look
                at must be among it.
            is_suspended: whether the row's month ended with the suspension.
            is_default: whether it ended with default, which is taken to come first within a month.

        Raises:
            BadInput: what the hazard's own fit refuses, too few suspensions among it.
        """
        is_open = ~np.asarray(is_default).astype(bool)
        if is_open.shape != (len(X),):
            raise BadInput(Problem(f"must have one value for each of the {len(X)} rows", field="is_default"))
        X, is_suspended = X[is_open], np.asarray(is_suspended)[is_open]
        self.suspension_ = FirmMonthHazard(self.clock, learner=self.learner).fit(X, is_suspended)
        alone = LinearMonths("logit", getattr(self.learner, "baseline", None))
        self.by_month_ = FirmMonthHazard(self.clock, learner=alone).fit(X[[self.clock]], is_suspended)
        return self

    def weights(self, X: pd.DataFrame, firm: np.ndarray) -> np.ndarray:
        """The weight of each row: the chance to have come this far unsuspended at that age, over that with its history.

        Only the months before the row's own count: within a month, default comes before suspension.

        Args:
            X: the columns of `fit`, one row a firm-month.
            firm: whose row it is; a firm's months must lie in order of time, without gaps.

        Raises:
            BadInput: the months of a firm are out of order.
        """
        firm = np.asarray(firm)
        clock = X[self.clock].to_numpy(dtype=float)
        is_first = np.ones(len(X), dtype=bool)
        is_first[1:] = firm[1:] != firm[:-1]
        if (is_wrong := ~is_first & (np.diff(clock, prepend=clock[:1]) != 1)).any():
            row = int(np.argmax(is_wrong))
            remedy = "sort by firm and clock; give a firm that paused a new name"
            raise BadInput(
                Problem("months of a firm must follow each other", field=self.clock, row=row + 1, remedy=remedy)
            )
        stays = 1.0 - self.suspension_.next_month(X)
        expected = 1.0 - self.by_month_.next_month(X[[self.clock]])
        step = np.log(expected) - np.log(stays)
        before = np.concatenate([[0.0], np.cumsum(step)[:-1]])
        start = before[is_first][np.cumsum(is_first) - 1]
        told = np.exp(before - start)
        self.cut_share_ = float(np.mean(told > self.most_weight))
        return np.minimum(told, self.most_weight)


@dataclass(frozen=True)
class Incidence:
    """A cumulative incidence of default with its interval.

    Attributes:
        value: share that defaults within the months asked for, were nobody suspended.
        low: lower end of the 95 % interval.
        high: upper end.
    """

    value: float
    low: float
    high: float


def weighted_incidence(
    clock: np.ndarray, is_default: np.ndarray, firm: np.ndarray, months: int, weights: np.ndarray | None = None
) -> Incidence:
    """The share that defaults within `months`, from a (weighted) life table of firm-months.

    Without weights this is one minus Kaplan-Meier, in which suspended firms simply end. The interval is the delta
    method's on the log of survival with firms as clusters; weights count as known, which makes it slightly too wide.

    Raises:
        BadInput: some month up to `months` has no row at risk.
    """
    clock, hit = np.asarray(clock), np.asarray(is_default).astype(float)
    weight = np.ones(len(clock)) if weights is None else np.asarray(weights, dtype=float)
    used = clock < months
    at = clock[used].astype(np.int64)
    at_risk = np.bincount(at, weights=weight[used], minlength=months)
    if (at_risk <= 0).any():
        month = int(np.argmin(at_risk > 0))
        raise BadInput(Problem("no row is at risk in this month of life", field="clock", value=month))
    hazard = np.bincount(at, weights=(weight * hit)[used], minlength=months) / at_risk
    log_survival = float(np.log1p(-hazard).sum())
    push = weight[used] * (hit[used] - hazard[at]) / (at_risk[at] * (1.0 - hazard[at]))
    _, code = np.unique(np.asarray(firm)[used], return_inverse=True)
    spread = float(np.sqrt(np.sum(np.bincount(code, weights=push) ** 2)))
    reach = float(norm.ppf(0.5 + _LEVEL / 2)) * spread
    value, low, high = (float(-np.expm1(log_survival + side * reach)) for side in (0.0, 1.0, -1.0))
    return Incidence(value, max(low, 0.0), min(high, 1.0))


def suspension_bounds(
    timing: DefaultTiming,
    X: pd.DataFrame,
    months: np.ndarray,
    is_default: np.ndarray,
    is_suspended: np.ndarray,
    horizon_months: int,
    multiples: Sequence[float] = (1.0, 2.0, 4.0),
) -> pd.DataFrame:
    """The share that would have defaulted within the horizon, under what one is willing to believe of the suspended.

    Args:
        timing: PD curve of lines like these, from their start (the clock of X at 0).
        X: one row a line, as at its start.
        months: month of default or suspension, or completed months observed (then >= the horizon).
        is_default: whether the line defaulted in that month.
        is_suspended: whether it was suspended in it.
        horizon_months: months from the start.
        multiples: hazards of a suspended line from its suspension on, as multiples of the curve's.

    Returns:
        Columns `belief`, `multiple` (NaN at the ends), `share`: never defaulting, the multiples, all defaulting.

    Raises:
        BadInput: a line was lost before the horizon for another reason, or a multiple is negative.
    """
    months = np.asarray(months).astype(np.int64)
    hit, lost = np.asarray(is_default).astype(bool), np.asarray(is_suspended).astype(bool)
    if (is_short := ~hit & ~lost & (months < horizon_months)).any():
        row = int(np.argmax(is_short))
        remedy = "leave out lines that could not yet be followed this long"
        rule = f"a line without default or suspension must be followed for {horizon_months} months"
        raise BadInput(Problem(rule, field="months", value=int(months[row]), row=row + 1, remedy=remedy))
    if any(multiple < 0 for multiple in multiples):
        raise BadInput(Problem("must be >= 0", field="multiples", value=str(list(multiples))))
    known = float(np.mean(hit & (months <= horizon_months)))
    is_open = lost & ~hit & (months < horizon_months)
    hazards = timing.cumulative_hazard(X[is_open], np.arange(horizon_months + 1), DEFAULT)
    left = hazards[:, -1] - hazards[np.arange(len(hazards)), months[is_open]]
    rows: list[tuple[str, float, float]] = [("no suspended line would have defaulted", np.nan, known)]
    for multiple in multiples:
        added = float(np.sum(-np.expm1(-multiple * left)) / len(months))
        rows.append((f"suspended lines default at {multiple:g} times the curve", multiple, known + added))
    rows.append(("every suspended line would have defaulted", np.nan, known + float(np.mean(is_open))))
    return pd.DataFrame(rows, columns=["belief", "multiple", "share"])
