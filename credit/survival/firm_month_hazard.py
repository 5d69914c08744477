"""The workhorse: the hazard of the month to come, learnt from firm-months or repayment cycles.

A row is a firm in a month, with what was known when the month began and how it ended: the firm stayed, defaulted,
left, refinanced. Covariates that move are simply the next row's values; firms that came late have no earlier rows (left
truncation); the clock counts months or repayment cycles, whichever column is named.

Each cause's odds against staying are learnt from the rows that stayed or left by it (Begg & Gray 1984), by a linear
learner or by trees. The odds then combine exactly: with odds o_c a row stays with probability 1 / (1 + sum o), and
leaves by c with o_c times that. The month's hazard of all causes is log(1 + sum o), divided in proportion to the odds.
So survival and incidences of all causes sum to one whatever the learner says.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd

from credit.elementary import log
from credit.errors import BadInput, Problem
from credit.model_files import columns_of, field, of_kind
from credit.survival.base import DEFAULT, DefaultTiming, Months
from credit.survival.boosted_months import BoostedMonths
from credit.survival.covariate_paths import CovariatePaths, checked_paths
from credit.survival.examination import column_findings, events_problems, interval_problems, refuse_nameless
from credit.survival.month_learners import LinearMonths, MonthLearner
from credit.survival.monthly_rows import STAYS, cause_codes

KIND = "firm_month_hazard"
_BLOCK = 65_536  # rows whose odds are asked for together: enough to share among threads, little enough to hold
_CACHED = 4096  # rows whose months are summed together: they stay in the processor's cache

LEARNERS: dict[str, type[MonthLearner]] = {LinearMonths.kind: LinearMonths, BoostedMonths.kind: BoostedMonths}


class FirmMonthHazard(DefaultTiming):
    """Hazards by month from each row's own clock on.

    In all questions the columns of X are the covariates as known today and the clock as it stands today, and times are
    months (or cycles) ahead. Covariates are held where they are, unless `along` gives them a path.

    Args:
        clock: column that counts completed months, or completed repayment cycles, at the start of the row.
        causes: ways to leave, default first.
        learner: what learns each cause's odds.
        holds_clock: whether a firm that outlives everything seen keeps the last month's hazard; otherwise the question
            is refused.

    Attributes:
        features_: covariates in order, without the clock.
        learners_: by cause, fitted.
        last_month_: the last month of life in which rows were at risk.
        rows_: firm-months fitted.
        events_: how many rows left by each cause.
        data_hash_: SHA-256 of the data it learnt from, empty where not given.
    """

    def __init__(
        self,
        clock: str,
        causes: Sequence[str] = (DEFAULT,),
        learner: MonthLearner = LinearMonths(),  # noqa: B008 - only its settings are used
        holds_clock: bool = False,
    ) -> None:
        if not causes or causes[0] != DEFAULT or len(set(causes)) != len(causes) or "" in causes:
            rule = f"must be different names, {DEFAULT} first"
            raise BadInput(Problem(rule, field="causes", value=", ".join(causes)))
        self.clock, self.causes = clock, tuple(causes)
        self.learner, self.holds_clock = learner, holds_clock

    def fit(
        self,
        X: pd.DataFrame,
        left_by: Sequence[object] | np.ndarray | pd.Series,
        weights: np.ndarray | None = None,
        data_hash: str = "",
    ) -> Self:
        """Fit each cause.

        Args:
            X: covariates as known at the start of each month, and the clock.
            left_by: how the month ended: flags of default, codes (0 stays, 1 the first cause, ...), or names of causes
                and "" for staying.
            weights: what a row counts for, >= 0; 1 when absent.
            data_hash: SHA-256 of the data, kept with the model.

        Raises:
            BadInput: what `credit.survival.examination` finds, a clock that does not count, an unknown cause.
            WorkFailed: a learner found no maximum.
        """
        refuse_nameless(X)
        self.features_ = [str(name) for name in X.columns if name != self.clock]
        code = cause_codes(left_by, self.causes)
        problems = interval_problems(len(X), code > STAYS, None, None, weights)
        if len(code) != len(X):
            problems = [Problem(f"must have one value for each of the {len(X)} rows", field="left_by")]
        if problems:
            raise BadInput(problems)
        weight = np.ones(len(X)) if weights is None else np.asarray(weights, dtype=float)
        for position, cause in enumerate(self.causes, 1):
            problems += [
                Problem(found.rule, field=f"left_by ({cause})", value=found.value, remedy=found.remedy)
                for found in events_problems(code == position, weight)
            ]
        if not ((code == STAYS) & (weight > 0)).any():
            remedy = "give the months before the last one too"
            problems.append(Problem("some months must end in staying", field="left_by", value=0, remedy=remedy))
        problems += self._unfit_columns(X[self.features_], code, weight)
        if problems:
            raise BadInput(problems)
        values, clock = self._covariates_and_clock(X)
        months = clock + 1
        self.learners_: dict[str, MonthLearner] = {}
        for position, cause in enumerate(self.causes, 1):
            leaves = code == position
            used = (leaves | (code == STAYS)) & (weight > 0)
            rows = slice(None) if used.all() else used
            self.learners_[cause] = self.learner.fresh().fit(
                values[rows], months[rows], leaves[rows], weight[rows], self.features_
            )
        self.last_month_ = int(months[weight > 0].max())
        self.rows_, self.data_hash_ = len(X), data_hash
        self.events_ = {cause: int((code == at).sum()) for at, cause in enumerate(self.causes, 1)}
        return self

    def cumulative_hazard(self, X: pd.DataFrame, times: Months, cause: str = DEFAULT) -> np.ndarray:
        """The cumulative hazard of a cause, `times` months from today, covariates held, shape (rows, times)."""
        return self.cumulative_hazards(X, times)[self._position(cause)]

    def cumulative_hazards(self, X: pd.DataFrame, times: Months) -> np.ndarray:
        """Those of all causes, shape (causes, rows, times)."""
        values, clock, asked = self._asked(X, times)
        out = np.empty((len(self.causes), len(X), len(asked)))
        last = int(asked.max(initial=0))
        for first in range(0, len(X), _BLOCK):
            rows = slice(first, first + _BLOCK)
            ahead = self._months_ahead(clock[rows], last)
            odds = [learner.odds_ahead(values[rows], ahead) for learner in self.learners_.values()]
            for start in range(0, len(ahead), _CACHED):
                few = slice(start, start + _CACHED)
                out[:, first + start : first + start + _CACHED] = summed_hazards([own[few] for own in odds])[
                    :, :, asked
                ]
        return out

    def next_month(self, X: pd.DataFrame, cause: str = DEFAULT) -> np.ndarray:
        """Probability of leaving by a cause in the month to come, shape (rows,): the score of a firm-month."""
        position = self._position(cause)
        values, clock, _ = self._asked(X, [1])
        odds = [learner.odds(values, clock + 1) for learner in self.learners_.values()]
        return np.asarray(odds[position] / (1.0 + sum(odds)))

    def along(self, paths: Mapping[str, np.ndarray]) -> CovariatePaths:
        """The same model with some covariates on a path: what stress tests and forecasts ask.

        Args:
            paths: by covariate, its value at the start of each month ahead: shape (months,) when all firms share it
                (a price, a rate), (rows, months) when each has its own.

        Raises:
            BadInput: a name is no covariate, or the paths differ in length or hold what the learner cannot use.
        """
        return CovariatePaths(self, checked_paths(paths, self.features_, self.learner.may_be_missing))

    def hazards_along(self, X: pd.DataFrame, times: Months, paths: Mapping[str, np.ndarray]) -> np.ndarray:
        """Cumulative hazards of all causes along paths of covariates, shape (causes, rows, times); see `along`.

        Raises:
            BadInput: a time lies beyond the paths, or a path has another number of rows than X.
        """
        values, clock, asked = self._asked(X.assign(**dict.fromkeys(paths, 0.0)), times)
        last = int(asked.max(initial=0))
        for name, path in paths.items():
            if last > path.shape[-1]:
                raise BadInput(Problem(f"the path ends after {path.shape[-1]} months", field=name, value=last))
            if path.ndim == 2 and len(path) != len(X):
                raise BadInput(Problem(f"the path must have {len(X)} rows as X has", field=name, value=len(path)))
        ahead = self._months_ahead(clock, last)
        odds = [np.empty(ahead.shape) for _ in self.causes]
        moving = {self.features_.index(name): path[..., :last] for name, path in paths.items()}
        for months in _runs(list(moving.values()), last):
            for position, path in moving.items():
                values[:, position] = path[..., months.start]
            for own, learner in zip(odds, self.learners_.values(), strict=True):
                own[:, months] = learner.odds_ahead(values, ahead[:, months])
        return summed_hazards(odds)[:, :, asked]

    def to_json(self) -> dict[str, Any]:
        """Everything prediction needs, as plain JSON values."""
        return {
            "kind": KIND,
            "clock": self.clock,
            "causes": list(self.causes),
            "holds_clock": self.holds_clock,
            "features": self.features_,
            "learners": {cause: learner.to_json() for cause, learner in self.learners_.items()},
            "last_month": self.last_month_,
            "rows": self.rows_,
            "events": self.events_,
            "data_hash": self.data_hash_,
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Rebuild a fitted model.

        Raises:
            BadInput: another kind of model, or a field is missing.
        """
        of_kind(content, KIND)
        told = {name: field(content, name, KIND) for name in ("clock", "causes", "holds_clock", "learners")}
        learners = {}
        for cause in told["causes"]:
            saved = field(told["learners"], cause, KIND)
            kind = field(saved, "kind", KIND)
            if kind not in LEARNERS:
                raise BadInput(Problem(f"must be one of: {', '.join(LEARNERS)}", field="learner", value=kind))
            learners[cause] = LEARNERS[kind].from_json(saved)
        model = cls(told["clock"], told["causes"], learners[DEFAULT].fresh(), told["holds_clock"])
        model.learners_ = learners
        for name in ("features", "last_month", "rows", "events", "data_hash"):
            setattr(model, f"{name}_", field(content, name, KIND))
        return model

    def _unfit_columns(self, covariates: pd.DataFrame, code: np.ndarray, weight: np.ndarray) -> list[Problem]:
        """What the doctor says for each cause, said once."""
        told: dict[str, Problem] = {}
        for position in range(1, len(self.causes) + 1):
            used = (code == position) | (code == STAYS)
            is_event = (code == position) & (weight > 0)
            found, _ = column_findings(
                covariates if used.all() else covariates[used],
                is_event[used],
                None,
                weight[used],
                self.learner.likelihood,
                self.learner.is_penalised,
            )
            told |= {str(problem): problem for problem in found}
        return list(told.values())

    def _covariates_and_clock(self, X: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """The columns in the model's order, and the clock, refused by name where they are not what they should be."""
        if self.clock not in X.columns:
            raise BadInput(Problem("the model needs this column: completed months or cycles", field=self.clock))
        told = columns_of(X, [self.clock, *self.features_], may_be_missing=self.learner.may_be_missing)
        clock = told[:, 0]
        is_wrong = ~((clock >= 0) & (clock % 1 == 0))
        if is_wrong.any():
            row = int(np.argmax(is_wrong))
            rule = "must count completed months or cycles: whole and >= 0"
            raise BadInput(Problem(rule, field=self.clock, value=float(clock[row]), row=row + 1))
        return told[:, 1:], clock.astype(np.int64)

    def _asked(self, X: pd.DataFrame, times: Months) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Covariates, clock and times, refused by name where the model cannot answer."""
        asked = np.asarray(times)
        if asked.size and not (np.issubdtype(asked.dtype, np.integer) and asked.min() >= 0):
            raise BadInput(Problem("must be whole months >= 0", field="times", value=str(times)))
        values, clock = self._covariates_and_clock(X)
        furthest = clock + int(asked.max(initial=0))
        if not self.holds_clock and len(clock) and furthest.max() > self.last_month_:
            row = int(np.argmax(furthest))
            rule = f"asks for month {furthest[row]} of its life; no month beyond {self.last_month_} was seen"
            remedy = "ask for fewer months, or let holds_clock carry the last hazard on"
            raise BadInput(Problem(rule, field=self.clock, value=int(clock[row]), row=row + 1, remedy=remedy))
        return values, clock, asked.astype(np.int64)

    def _months_ahead(self, clock: np.ndarray, last: int) -> np.ndarray:
        """The months of life that lie 1 to `last` months ahead, shape (rows, last)."""
        return np.minimum(clock[:, None] + np.arange(1, last + 1), self.last_month_)


def _runs(paths: Sequence[np.ndarray], last: int) -> list[slice]:
    """The months cut into runs in which no path moves: a learner is asked once for each."""
    if last == 0:
        return []
    moves = np.zeros(last - 1, dtype=bool)
    for path in paths:
        is_same = (path[..., 1:] == path[..., :-1]) | (np.isnan(path[..., 1:]) & np.isnan(path[..., :-1]))
        moves |= ~(is_same if path.ndim == 1 else is_same.all(axis=0))
    starts = [0, *(np.flatnonzero(moves) + 1).tolist()]
    return [slice(start, stop) for start, stop in zip(starts, [*starts[1:], last], strict=True)]


def summed_hazards(odds: Sequence[np.ndarray]) -> np.ndarray:
    """Cumulative hazards of the causes from their monthly odds, shape (causes, rows, months + 1), 0 first."""
    total = sum(odds[1:], odds[0])
    step = np.asarray(log(1.0 + total))
    out = np.zeros((len(odds), len(total), total.shape[1] + 1))
    for position, own in enumerate(odds):
        share = step if len(odds) == 1 else step * np.divide(own, total, out=np.zeros_like(own), where=total > 0)
        np.cumsum(share, axis=1, out=out[position, :, 1:])
    return out
