"""Odds of leaving in a month by boosted trees: bends and interactions without being told, directions where policy asks.

LightGBM fits on one thread: where other work holds a core, its threads wait for each other, and a fit of five seconds
took eighty. Scoring is spread over threads of our own. Missing covariates take their own way through a tree.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np

from credit.elementary import exp
from credit.errors import BadInput, Problem
from credit.model_files import field as field_of
from credit.survival.examination import Likelihood
from credit.survival.month_learners import MonthLearner

CLOCK = "clock"
"""Name of the clock among the trees' columns."""

_ROW_BLOCK = 16_384  # rows predicted at a time by one thread

_Learnt = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@dataclass
class BoostedMonths(MonthLearner):
    """Gradient-boosted trees on covariates and clock.

    Attributes:
        directions: by covariate +1 where more is riskier, -1 where more is safer; absent means free.
        trees: rounds of boosting.
        leaves: leaves of a tree, at most.
        learning_rate: shrinkage of each tree.
        least_events: rows that leave which a leaf must be able to expect, at the mean rate: among rare events a leaf of
            some hundred rows learns luck.
        bins: bins a covariate is cut into, at most.
        clock_interacts: whether effects may change with the clock. If not, the odds are a product of a function of
            the covariates and one of the clock (no tree splits on both), and curves over months cost one prediction.
        most_stayers: rows that stay are learnt from up to this number; of more, a draw stands for all, by weight. Every
            row that leaves is kept: among rare events the stayers beyond some thirty for each tell next to nothing.
        threads: that score; answers do not depend on it.
        text_: LightGBM's own text of the fitted trees.
        names_: columns, the clock last.
    """

    kind: ClassVar[str] = "boosted_months"
    likelihood: ClassVar[Likelihood] = "trees"
    may_be_missing: ClassVar[bool] = True

    directions: Mapping[str, int] = field(default_factory=dict)
    trees: int = 80
    leaves: int = 8
    learning_rate: float = 0.1
    least_events: int = 20
    bins: int = 63
    clock_interacts: bool = False
    most_stayers: int = 500_000
    threads: int = 1

    def fit(
        self, values: np.ndarray, clock: np.ndarray, leaves: np.ndarray, weight: np.ndarray, names: Sequence[str]
    ) -> Self:
        """Boost.

        Raises:
            BadInput: a direction is asked of a covariate that is not there, or is no direction.
        """
        problems = [
            Problem("a direction is asked of it, and it is no covariate", field=name)
            for name in self.directions
            if name not in names
        ]
        problems += [
            Problem("must be -1 (safer), 0 (free) or 1 (riskier)", field=name, value=way)
            for name, way in self.directions.items()
            if way not in (-1, 0, 1)
        ]
        if problems:
            raise BadInput(problems)
        import lightgbm

        self.names_ = [*names, CLOCK]
        values, clock, leaves, weight = self._thinned(values, clock, leaves, weight)
        options = {
            "objective": "binary",
            "num_leaves": self.leaves,
            "learning_rate": self.learning_rate,
            "min_data_in_leaf": self._least_rows(leaves),
            "max_bin": self.bins,
            "monotone_constraints": [self.directions.get(name, 0) for name in names] + [0],
            "num_threads": 1,
            "deterministic": True,
            "force_row_wise": True,
            "seed": 0,
            "verbosity": -1,
        }
        if not self.clock_interacts and len(names):
            options["interaction_constraints"] = [list(range(len(names))), [len(names)]]
        counts = None if (weight == weight[0]).all() else weight / weight.mean()
        columns = [f"x{position}" for position in range(len(names))] + [CLOCK]  # LightGBM is strict about names
        data = lightgbm.Dataset(_with_clock(values, clock), label=leaves, weight=counts, feature_name=columns)
        self.text_ = lightgbm.train(options, data, num_boost_round=self.trees).model_to_string()
        self.__dict__.pop("_booster", None)
        return self

    def _least_rows(self, leaves: np.ndarray) -> int:
        """Rows among which `least_events` leave; at most a tenth of all, so that the fewest events can still split."""
        return max(1, min(self.least_events * len(leaves) // max(int(leaves.sum()), 1), len(leaves) // 10))

    def _thinned(self, values: np.ndarray, clock: np.ndarray, leaves: np.ndarray, weight: np.ndarray) -> _Learnt:
        """At most `most_stayers` rows that stay, weighing what all of them weigh."""
        stayers = np.flatnonzero(~leaves)
        if len(stayers) <= self.most_stayers:
            return values, clock, leaves, weight
        drawn = np.random.default_rng(0).choice(len(stayers), self.most_stayers, replace=False)
        is_kept = leaves.copy()
        is_kept[stayers[drawn]] = True
        weight = np.where(leaves, weight, weight * (weight[stayers].sum() / weight[stayers[drawn]].sum()))
        return values[is_kept], clock[is_kept], leaves[is_kept], weight[is_kept]

    def odds(self, values: np.ndarray, clock: np.ndarray) -> np.ndarray:
        """Odds of each row in its month, shape (rows,)."""
        return np.asarray(exp(self._log_odds(values, clock)))

    def odds_ahead(self, values: np.ndarray, clock: np.ndarray) -> np.ndarray:
        """Odds of each row in each of its months, the covariates held; the trees are asked once for equal answers."""
        if clock.shape[1] == 0:
            return np.zeros(clock.shape)
        if self.clock_interacts:
            return np.asarray(exp(self._where_the_clock_splits(values, clock)))
        now = clock[:, 0]
        level = np.asarray(exp(self._over_the_clock(int(clock.max(initial=1)))))
        return (self.odds(values, now) / level[now - 1])[:, None] * level[clock - 1]

    def _over_the_clock(self, last: int) -> np.ndarray:
        """Log-odds at clock 1 to `last` of one row: as no tree holds both, differences are those of every row."""
        months = np.arange(1, last + 1)
        return self._log_odds(np.zeros((last, len(self.names_) - 1)), months)

    def _where_the_clock_splits(self, values: np.ndarray, clock: np.ndarray) -> np.ndarray:
        """Log-odds over months, asked anew only where a row's clock passes a threshold of some tree."""
        piece = np.searchsorted(self._thresholds, clock, side="left")
        is_new = np.ones(clock.shape, dtype=bool)
        is_new[:, 1:] = piece[:, 1:] != piece[:, :-1]
        row, month = np.nonzero(is_new)
        told = self._log_odds(values[row], clock[row, month])
        return told[np.cumsum(is_new.ravel()) - 1].reshape(clock.shape)

    def _log_odds(self, values: np.ndarray, clock: np.ndarray) -> np.ndarray:
        """Block by block on threads of our own: LightGBM's would wait for each other."""
        told, booster = np.empty(len(values)), self._booster

        def work(first: int) -> None:
            rows = slice(first, first + _ROW_BLOCK)
            told[rows] = booster.predict(_with_clock(values[rows], clock[rows]), raw_score=True, num_threads=1)

        with ThreadPoolExecutor(self.threads) as pool:
            list(pool.map(work, range(0, len(values), _ROW_BLOCK)))
        return told

    @cached_property
    def _booster(self) -> Any:
        import lightgbm

        try:
            return lightgbm.Booster(model_str=self.text_)
        except lightgbm.basic.LightGBMError as error:
            remedy = "fit the model again"
            raise BadInput(Problem(f"is no LightGBM model: {error}", field="lightgbm", remedy=remedy)) from error

    @cached_property
    def _thresholds(self) -> np.ndarray:
        """The values at which some tree splits on the clock, rising."""
        found: set[float] = set()
        position, features = str(len(self.names_) - 1), []
        for line in self.text_.splitlines():
            key, _, told = line.partition("=")
            if key == "split_feature":
                features = told.split()
            elif key == "threshold":
                found |= {float(t) for f, t in zip(features, told.split(), strict=True) if f == position}
        return np.array(sorted(found))

    def to_json(self) -> dict[str, Any]:
        """The settings and, once fitted, LightGBM's text."""
        told = {name: getattr(self, name) for name in _SETTINGS}
        told = {"kind": self.kind} | told | {"directions": dict(self.directions)}
        return told | {"columns": self.names_, "lightgbm": self.text_.splitlines()} if hasattr(self, "text_") else told

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Rebuild a learner from `to_json`."""
        settings = {name: field_of(content, name, cls.kind) for name in ("directions", *_SETTINGS)}
        learner = cls(**settings)
        learner.names_ = field_of(content, "columns", cls.kind)
        learner.text_ = "\n".join(field_of(content, "lightgbm", cls.kind)) + "\n"
        columns = next((line for line in learner.text_.splitlines() if line.startswith("max_feature_idx=")), "")
        if columns != f"max_feature_idx={len(learner.names_) - 1}":
            rule = f"must hold trees on {len(learner.names_)} columns"
            raise BadInput(Problem(rule, field="lightgbm", value=columns, remedy="fit the model again"))
        return learner

    def fresh(self) -> Self:
        """An unfitted learner with the same settings."""
        return type(self)(self.directions, **{name: getattr(self, name) for name in _SETTINGS})


_SETTINGS = ("trees", "leaves", "learning_rate", "least_events", "bins", "clock_interacts", "most_stayers", "threads")


def _with_clock(values: np.ndarray, clock: np.ndarray) -> np.ndarray:
    """Covariates and clock in one matrix, row after row as LightGBM reads it."""
    joined = np.empty((len(values), values.shape[1] + 1))
    joined[:, :-1] = values
    joined[:, -1] = clock
    return joined
