"""Controller and enterprise in one score whose parts stay apart (C+B, DOMAIN brief 3).

Each part of what is known about a firm has a score of its own: the person who controls it (C), the enterprise (B), its
trade (T, with platform, industry and network), the bureau (X). The score is

    log-odds = constant + sum of w_part(months) * z_part + gamma * z_person * leverage + cluster,

with z standardised. History moves the weights smoothly from the person to the trade (`weights_by_history`), a risky
person weighs more in an indebted firm, and every point is owed to one part.

Where the person's consent is withdrawn, no C column is used, whatever it holds elsewhere. The person is then not judged
bad and not judged average but as what the other parts let one expect: the score is that of the mean PD over the person
scores of comparable firms. Who refuses consent for whatever reason neither loses nor gains by it on average.
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from typing import Any, Self

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.feature_specs import FEATURES
from credit.model_files import check_columns, field, floats_of, of_kind, rounded, weighted_sum
from credit.one_thread import on_one_thread
from credit.parameters import parameters
from credit.scorers.base import FACTOR, Scorer, points_of, whole_parts
from credit.scorers.between_parts import ExpectedPerson, Leverage
from credit.scorers.cluster_record import ClusterRecord
from credit.scorers.folds import FOLDS, folds
from credit.scorers.logistic import LEAST_DEFAULTS, LogisticScorer
from credit.scorers.training_data import directions_in_force
from credit.scorers.weights_by_history import FALLS, FREE, RISES, Belief, Weights, credibility, fit_weights

KIND = "controller_enterprise_scorer"
PARTS = ("person", "firm", "trade", "bureau")
MOVES = {"person": FALLS, "firm": FREE, "trade": RISES, "bureau": FREE}
PART_OF = {
    "C": "person",
    "B": "firm",
    "L": "firm",
    "T": "trade",
    "P": "trade",
    "I": "trade",
    "N": "trade",
    "X": "bureau",
}
"""Which part a feature group counts to; a feature without a group counts to the firm."""
EXPECTED_PERSON, INTERACTION, CLUSTER = "controller_expected", "controller_x_leverage", "cluster"


class ControllerEnterpriseScorer(Scorer):
    """Person, firm, trade and bureau scored apart and added with weights that move with the months of data.

    Args:
        directions: as of `LogisticScorer`.
        groups: group letter of each feature (C, B, T, P, X, I, N, L); None takes them from `credit.feature_specs`.
        months: the feature that holds the months of data; absent or unknown counts as none.
        leverage: the feature that the person's score interacts with; absent or unknown counts as the mean.
        cluster: a column of labels (an industrial park, a guarantee chain) whose shrunken record is added; None: none.
        doubt: how firmly the beliefs of data/parameters/combination.yaml are held, in rows at even odds.
        ridge: of the scorers of the parts.
        least_defaults: fewer defaults, or fewer survivors, are refused.

    Attributes:
        scorers_: scorer of each part that has features.
        scale_: standard deviation of each part's log-odds, out of fold; a part's z is its log-odds against the firm at
            the mean of all its features, in these units.
        weights_: see `credit.scorers.weights_by_history.Weights`.
        leverage_: mean and spread of leverage.
        person_: what the other parts let one expect of an unknown person.
        cluster_: record of each cluster; adds nothing without clusters.
        rows_, defaults_, data_hash_: what it learnt from.
    """

    def __init__(
        self,
        directions: Mapping[str, int] | None = None,
        groups: Mapping[str, str] | None = None,
        months: str = "months_on_platform",
        leverage: str = "debt_to_assets",
        cluster: str | None = None,
        doubt: float = 100.0,
        ridge: float = 10.0,
        least_defaults: int = LEAST_DEFAULTS,
    ) -> None:
        self.directions = directions
        self.groups = groups
        self.months = months
        self.leverage = leverage
        self.cluster = cluster
        self.doubt = doubt
        self.ridge = ridge
        self.least_defaults = least_defaults

    @on_one_thread
    def fit(
        self,
        X: pd.DataFrame,
        y: np.ndarray,
        sample_weight: np.ndarray | None = None,
        data_hash: str = "",
        groups: np.ndarray | None = None,
    ) -> Self:
        """Fit on rows with two outcomes, the larger one default.

        Args:
            X: features; rows whose C columns are all missing count as without consent.
            y: outcomes.
            sample_weight: how much each row stands for.
            data_hash: SHA-256 of the data.
            groups: a label a row; rows that share it (months of one firm) are never torn apart by inner folds.

        Raises:
            BadInput: too few defaults, or a column that cannot be learnt from, by name.
        """
        data = self._learn_schema(X, y, sample_weight, self.least_defaults)
        frame, bad, weights = data.X, data.is_default, data.weights
        directions_in_force(self.directions, self.features_)
        self.scale_ = dict.fromkeys(PARTS, 0.0)
        fold = folds(data, groups, sample_weight, seed=0)
        self.credible_after_months_ = _belief("credible_after_months")
        self.leverage_ = Leverage.learnt_from(frame, self.leverage, weights)
        odds = {part: np.zeros(len(frame)) for part in PARTS}
        self.scorers_: dict[str, LogisticScorer] = {}
        for part in [name for name in PARTS if self.columns_of_part(name)]:
            own = frame[self.columns_of_part(part)]
            use = self._is_told(frame) if part == "person" else np.ones(len(frame), dtype=bool)
            if min((bad[use] == 1).sum(), (bad[use] == 0).sum()) < self.least_defaults:
                continue  # hardly anybody let the person be seen: the person stays unknown for all
            for left_out in range(FOLDS):
                train, test = (fold != left_out) & use, (fold == left_out) & use
                if test.any():
                    rows = train if 0 < bad[train].sum() < train.sum() else use
                    scorer = self._part(own[rows], bad[rows], weights[rows], 1)
                    odds[part][test] = scorer.log_odds(own[test]) - scorer.intercept_
            self.scorers_[part] = self._part(own[use], bad[use], weights[use], self.least_defaults)
            mean = np.average(odds[part][use], weights=weights[use])
            self.scale_[part] = float(rounded(np.sqrt(np.average((odds[part][use] - mean) ** 2, weights=weights[use]))))
        scores = self._standard(odds)
        leverage, share = self.leverage_.of(frame), self._credibility(frame)
        told = self._is_told(frame) if "person" in self.scorers_ else np.ones(len(frame), dtype=bool)
        self.cluster_, offset = ClusterRecord(), np.zeros(len(frame))
        if self.cluster is not None:
            self.weights_ = self._weigh(scores, share, bad, weights, leverage, offset, told)
            own = self.weights_.constant + (self._weights_at(share) * scores).sum(axis=1)
            own = own + self.weights_.extra[0] * scores[:, 0] * leverage
            self.cluster_, offset = ClusterRecord.learnt_from(frame, self.cluster, bad, weights, own, fold)
        self.weights_ = self._weigh(scores, share, bad, weights, leverage, offset, told)
        self.person_ = ExpectedPerson.learnt_from(scores[told], leverage[told], weights[told])
        self.rows_, self.defaults_, self.data_hash_ = len(frame), int(bad.sum()), data_hash
        return self

    def log_odds(self, X: pd.DataFrame) -> np.ndarray:
        """Log-odds of default of each row, the same bits for one row or many."""
        parts = self.parts(X)
        return self.weights_.constant + weighted_sum(parts.to_numpy(), np.ones(parts.shape[1]))

    def parts(self, X: pd.DataFrame) -> pd.DataFrame:
        """Log-odds owed to person, firm, trade, bureau, their interaction and the cluster, against a mean firm."""
        frame = self._checked(X)
        scores = self._standard({part: self._odds(part, frame) for part in PARTS})
        share, leverage = self._credibility(frame), self.leverage_.of(frame)
        weight = self._weights_at(share)
        owed = {part: weight[:, position] * scores[:, position] for position, part in enumerate(PARTS)}
        gamma = float(self.weights_.extra[0])
        owed["interaction"] = gamma * scores[:, 0] * leverage
        owed["cluster"] = self.cluster_.of(frame)
        if "person" in self.scorers_ and not (told := self._is_told(frame)).all():
            others = owed["firm"] + owed["trade"] + owed["bureau"] + owed["cluster"] + self.weights_.constant
            slope = weight[:, 0] + gamma * leverage
            hidden = self.person_.log_odds(scores, leverage, slope, others) - others
            owed["person"] = np.where(told, owed["person"], hidden)
            owed["interaction"] = np.where(told, owed["interaction"], 0.0)
        return pd.DataFrame(owed, index=frame.index)

    def whole_parts(self, X: pd.DataFrame) -> pd.DataFrame:
        """Points of each part as whole numbers: `average`, the parts, and `points`, which they sum to exactly."""
        parts = self.parts(X)
        exact = np.column_stack(
            [np.full(len(parts), points_of(np.array(self.weights_.constant))), -FACTOR * parts.to_numpy()]
        )
        whole = whole_parts(exact, exact.sum(axis=1))
        told = pd.DataFrame(whole, index=parts.index, columns=["average", *parts.columns])
        return told.assign(points=whole.sum(axis=1))

    def contributions(self, X: pd.DataFrame) -> pd.DataFrame:
        """Points each feature adds against a mean firm, then the interaction, the cluster and the expected person."""
        frame = self._checked(X)
        parts = self.parts(frame)
        weight = self._weights_at(self._credibility(frame))
        told = {name: np.zeros(len(frame)) for name in self.features_}
        is_told = self._is_told(frame)
        for position, part in enumerate(PARTS):
            if part not in self.scorers_ or self.scale_[part] == 0:
                continue
            scorer = self.scorers_[part]
            own = scorer.contributions(frame[scorer.features_])
            ratio = weight[:, position] / self.scale_[part]
            use = is_told if part == "person" else np.ones(len(frame), dtype=bool)
            for name in scorer.features_:
                told[name] = np.where(use, own[name].to_numpy() * ratio, 0.0)
        told[EXPECTED_PERSON] = np.where(is_told, 0.0, -FACTOR * parts["person"].to_numpy())
        told[INTERACTION] = -FACTOR * parts["interaction"].to_numpy()
        told[CLUSTER] = -FACTOR * parts["cluster"].to_numpy()
        return pd.DataFrame(told, index=frame.index)

    def columns_of_part(self, part: str) -> list[str]:
        """The features that count to a part."""
        return [name for name in self.features_ if name != self.cluster and PART_OF[self._group_of(name)] == part]

    def weights_at(self, months: np.ndarray) -> pd.DataFrame:
        """The weight of each part after some months of data, log-odds a standard deviation."""
        share = credibility(np.asarray(months, dtype=float), self.credible_after_months_)
        return pd.DataFrame(self._weights_at(share), columns=list(PARTS), index=pd.Index(months, name="months"))

    def to_json(self) -> dict[str, Any]:
        """Everything that scoring needs, as plain JSON values."""
        return {
            "kind": KIND,
            "parameters": self.get_params(),
            "features": self.features_,
            "scorers": {part: scorer.to_json() for part, scorer in self.scorers_.items()},
            "scale": self.scale_,
            "weights": self.weights_.to_json(),
            "credible_after_months": self.credible_after_months_,
            "leverage": asdict(self.leverage_),
            "person": asdict(self.person_),
            "cluster": self.cluster_.to_json(),
            "rows": self.rows_,
            "defaults": self.defaults_,
            "data_hash": self.data_hash_,
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Rebuild a fitted scorer.

        Raises:
            BadInput: another kind of model, or a field is missing.
        """
        of_kind(content, KIND)
        scorer = cls(**field(content, "parameters", KIND))
        for name in ("scale", "credible_after_months", "rows", "defaults", "data_hash"):
            setattr(scorer, f"{name}_", field(content, name, KIND))
        scorer._set_schema([str(name) for name in field(content, "features", KIND)])
        saved = field(content, "scorers", KIND)
        scorer.scorers_ = {part: LogisticScorer.from_json(saved[part]) for part in PARTS if part in saved}
        scorer.weights_ = Weights.from_json(field(content, "weights", KIND))
        scorer.leverage_ = Leverage(**field(content, "leverage", KIND))
        scorer.person_ = ExpectedPerson(**field(content, "person", KIND))
        scorer.cluster_ = ClusterRecord.from_json(scorer.cluster, field(content, "cluster", KIND))
        return scorer

    def _group_of(self, name: str) -> str:
        if self.groups is not None:
            letter = self.groups.get(name, "B")
            if letter not in PART_OF:
                raise BadInput(Problem(f"must be one of {', '.join(PART_OF)}", field=f"group of {name}", value=letter))
            return letter
        return FEATURES[name].group if name in FEATURES else "B"

    def _checked(self, X: Any) -> pd.DataFrame:
        frame = self._known_columns(X)
        check_columns(frame, self.features_)
        return frame

    def _part(self, X: pd.DataFrame, y: np.ndarray, weights: np.ndarray, least: int) -> LogisticScorer:
        """A fitted scorer of one part."""
        directions = {name: sign for name, sign in dict(self.directions or {}).items() if name in X.columns}
        return LogisticScorer(self.ridge, directions or None, least_defaults=least).fit(X, y, weights)

    def _is_told(self, frame: pd.DataFrame) -> np.ndarray:
        """Whether the person may be looked at: some C column is known."""
        own = self.columns_of_part("person")
        return frame[own].notna().any(axis=1).to_numpy() if own else np.zeros(len(frame), dtype=bool)

    def _odds(self, part: str, frame: pd.DataFrame) -> np.ndarray:
        """A part's log-odds against the firm at the mean of all its features."""
        if part not in self.scorers_:
            return np.zeros(len(frame))
        scorer = self.scorers_[part]
        return scorer.log_odds(frame[scorer.features_]) - scorer.intercept_

    def _standard(self, odds: dict[str, np.ndarray]) -> np.ndarray:
        return np.column_stack([odds[p] / self.scale_[p] if self.scale_[p] else odds[p] * 0.0 for p in PARTS])

    def _credibility(self, frame: pd.DataFrame) -> np.ndarray:
        months = floats_of(frame[self.months], self.months) if self.months in frame else np.zeros(len(frame))
        return credibility(months, self.credible_after_months_)

    def _weights_at(self, share: np.ndarray) -> np.ndarray:
        return self.weights_.first * (1.0 - share)[:, None] + self.weights_.last * share[:, None]

    def _weigh(
        self,
        scores: np.ndarray,
        share: np.ndarray,
        bad: np.ndarray,
        weights: np.ndarray,
        leverage: np.ndarray,
        offset: np.ndarray,
        told: np.ndarray,
    ) -> Weights:
        """Weights learnt on the rows whose person is known: the others say nothing about the person's weight."""
        beliefs = [
            Belief(_belief(f"{part}_weight_first"), _belief(f"{part}_weight_last"), MOVES[part]) for part in PARTS
        ]
        extra = (scores[:, 0] * leverage)[:, None]
        return fit_weights(
            scores[told], share[told], bad[told], weights[told], beliefs, self.doubt, extra[told], offset[told]
        )


def _belief(name: str) -> float:
    return parameters("combination")[name].on(date(2014, 1, 1)).value
