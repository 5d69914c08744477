"""An expert's card as a prior: outcomes move it as far as they outweigh it.

How firmly the expert is believed is said in the unit in which a lender thinks: as if the expert had seen so many
defaults. Two things are believed so firmly, each with a Gaussian prior.

* The log-odds of every attribute, around the expert's. Rows that hold one default in all tell of an attribute in
  proportion to its share of the rows, the expert's as much as ours, so that its posterior mean is the same mixture
  everywhere: prior_defaults parts of the expert's log-odds and one part of the data's weight of evidence for each
  default seen. (An attribute without a row stays where the expert put it.) A mixture of two monotone functions is
  monotone: directions survive.
* The level and the weight of each feature in the sum, around 1: the expert's own points, unweighed. The precision is
  prior_defaults times the Fisher information that rows with one expected default bring, were the expert right: a
  unit-information prior (Kass and Wasserman, J. Am. Stat. Assoc. 90, 1995) centred on the expert. It knows which
  features go hand in hand.

Without outcomes the posterior is the expert's card, point by point; with ever more it becomes the fitted scorecard.
Features of which the expert says nothing enter around a weight of 0.
"""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import expit

from credit.errors import BadInput, Problem
from credit.model_files import field, of_kind
from credit.one_thread import on_one_thread
from credit.scorers.base import FACTOR, OFFSET
from credit.scorers.binning import BinnedFeature
from credit.scorers.bins import Bins, CategoryBins, NumericBins, common_refinement, typical_values
from credit.scorers.expert_scorecard import ExpertScorecard
from credit.scorers.scorecard import LEAST_DEFAULTS, Scorecard
from credit.scorers.scorecard_table import ScorecardTable, ScoredFeature, whole_points
from credit.scorers.table_scorer import TableScorer
from credit.scorers.training_data import TrainingData, frame_of, training_data

KIND = "blended_scorecard"
_Part = tuple[NumericBins | CategoryBins, np.ndarray, tuple[str, ...]]
"""A feature's attributes, the log-odds of default that each adds, and what each means."""
_LEAST_PRECISION = 1e-3  # keeps weights of which no row tells at the expert's


class BlendedScorecard(TableScorer):
    """Posterior of an expert's card after some outcomes.

    Args:
        expert: content of the card, as `ExpertScorecard.content` holds it.
        prior_defaults: how many defaults' worth the expert is believed.
        directions: +1 where more of a feature may only raise risk, -1 where it may only lower it.
        settings: further settings of the `Scorecard` that the outcomes alone would give.

    Attributes:
        table_: the points.
        rows_, defaults_: what it learnt from.
        data_hash_: SHA-256 of the data it learnt from.
    """

    def __init__(
        self,
        expert: dict[str, Any],
        prior_defaults: float = 50.0,
        directions: Mapping[str, int] | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> None:
        self.expert = expert
        self.prior_defaults = prior_defaults
        self.directions = directions
        self.settings = settings

    @on_one_thread
    def fit(self, X: Any, y: Any, sample_weight: Any = None, data_hash: str = "") -> Self:
        """Learn from outcomes, any number of them: none at all gives the expert's card back.

        Raises:
            BadInput: the table lacks a feature of the card; a column, an outcome or a setting is wrong.
        """
        if not (np.isfinite(self.prior_defaults) and self.prior_defaults > 0):
            rule, remedy = "must be finite and > 0", "fit a Scorecard where no expert is to be believed"
            raise BadInput(Problem(rule, field="prior_defaults", value=self.prior_defaults, remedy=remedy))
        card = ExpertScorecard(self.expert).table_
        data = self._rows(X, y, sample_weight)
        absent = [one.name for one in card.features if one.name not in data.X.columns]
        if absent:
            raise BadInput([Problem("the expert's card needs this column", field=name) for name in absent])
        self.rows_, self.defaults_, self.data_hash_ = len(data.X), int(data.is_default.sum()), data_hash
        parts = self._attributes(card, data)
        columns = np.column_stack(
            [np.ones(len(data.X)), *(odds[bins.index(data.X[bins.name])] for bins, odds, _ in parts)]
        )
        by_expert = {one.name for one in card.features}
        centre = np.r_[(OFFSET - card.base_points) / FACTOR, [float(bins.name in by_expert) for bins, _, _ in parts]]
        b = _posterior(columns, centre, data, self.prior_defaults)
        scored = [
            ScoredFeature(bins, whole_points(weight * odds), meanings)
            for (bins, odds, meanings), weight in zip(parts, b[1:], strict=True)
        ]
        kept = tuple(one for one in scored if one.name in by_expert or any(one.points))
        self.table_ = ScorecardTable(round(OFFSET - FACTOR * b[0]), kept)
        return self

    def to_json(self) -> dict[str, Any]:
        """Everything that scoring needs, as plain JSON values; the expert's card comes along."""
        told = dict(self.get_params())
        told["directions"] = {str(name): int(sign) for name, sign in (self.directions or {}).items()}
        told["settings"] = dict(self.settings or {})
        return {
            "kind": KIND,
            "settings": told,
            "columns": self.features_,
            "table": self.table_.to_json(),
            "rows": self.rows_,
            "defaults": self.defaults_,
            "data_hash": self.data_hash_,
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Rebuild a fitted card.

        Raises:
            BadInput: another kind of model, or a field is missing.
        """
        of_kind(content, KIND)
        scorer = cls(**field(content, "settings", KIND))
        scorer.table_ = ScorecardTable.from_json(field(content, "table", KIND))
        for name in ("rows", "defaults", "data_hash"):
            setattr(scorer, f"{name}_", field(content, name, KIND))
        scorer._set_schema([str(name) for name in field(content, "columns", KIND)], has_names=True)
        return scorer

    def _rows(self, X: Any, y: Any, sample_weight: Any) -> TrainingData:
        """Checked rows; unlike a fitted card, this one takes no rows, and rows of one class."""
        outcomes, frame = np.asarray(y, dtype=float), frame_of(X)
        given = np.ones(len(outcomes)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
        if given.shape != outcomes.shape or len(np.unique(outcomes[given > 0])) > 1:
            return self._learn_schema(X, y, sample_weight)
        if len(outcomes) != len(frame) or not np.isin(outcomes, (0.0, 1.0)).all():
            rule = f"must be 0 or 1 for each of the {len(frame)} rows where only one class occurs"
            raise BadInput(Problem(rule, field="y", value=len(outcomes)))
        weights = given
        if len(frame):  # checked as ever, beside one more row with the other outcome
            more = pd.concat([frame, frame.iloc[:1]], ignore_index=True)
            told = training_data(more, np.r_[outcomes, 1.0 - outcomes[given > 0][:1].sum()], np.r_[given, 1.0])
            frame, outcomes = frame[given > 0], outcomes[given > 0]
            weights = told.weights[:-1] / told.weights[:-1].mean()
        self._set_schema([str(name) for name in frame.columns], has_names=True)
        return TrainingData(frame, outcomes, weights, self.classes_, True)

    def _attributes(self, card: ScorecardTable, data: TrainingData) -> list[_Part]:
        """Each feature's attributes with the posterior of their log-odds, and what they mean."""
        by_data = self._binned(data)
        by_expert = {one.name: one for one in card.features}
        share = self.defaults_ / (self.defaults_ + self.prior_defaults)
        told: list[_Part] = []
        for name in (*by_expert, *(name for name in self.features_ if name not in by_expert)):
            fitted, own = by_data.get(name), by_expert.get(name)
            if own is None:
                if fitted is not None and np.ptp(fitted.weight_of_evidence) > 0:
                    told.append((fitted.bins, share * fitted.weight_of_evidence, ()))
                continue
            bins = own.bins if fitted is None else common_refinement(own.bins, fitted.bins)
            values = typical_values(bins)
            place = own.bins.index(values)
            odds = -own.column_of_points[place] / FACTOR
            if fitted is not None:
                at = fitted.bins.index(values)
                has_rows = (fitted.cells.bad + fitted.cells.good)[at] > 0
                odds = np.where(has_rows, (1 - share) * odds + share * fitted.weight_of_evidence[at], odds)
            told.append((bins, odds, _meanings(own, bins, place)))
        return told

    def _binned(self, data: TrainingData) -> dict[str, BinnedFeature]:
        """What the outcomes alone say; nothing where they are too few."""
        if min(self.defaults_, self.rows_ - self.defaults_) < LEAST_DEFAULTS:
            return {}
        alone = Scorecard(directions=self.directions, **dict(self.settings or {}))
        alone.fit(data.X, data.is_default, data.weights)
        return dict(zip(alone.features_, alone.binned_, strict=True))


def _meanings(own: ScoredFeature, bins: Bins, place: np.ndarray) -> tuple[str, ...]:
    """The expert's words for each attribute, with its limits where the data cut his attribute into several."""
    if not own.meanings:
        return ()
    is_cut = np.bincount(place, minlength=len(own.bins))[place] > 1
    words = [own.meanings[j] for j in place]
    return tuple(
        f"{word} ({label})" if cut else word for word, label, cut in zip(words, bins.labels, is_cut, strict=True)
    )


def _posterior(columns: np.ndarray, centre: np.ndarray, data: TrainingData, prior_defaults: float) -> np.ndarray:
    """Posterior mode of the level and the weights, no weight below 0."""
    if not len(columns):
        return centre
    y, weights = data.is_default, data.weights
    p = expit(columns @ centre)
    information = (columns * (weights * p * (1 - p))[:, None]).T @ columns / (weights @ p)
    precision = prior_defaults * information + _LEAST_PRECISION * np.eye(len(centre))

    def loss(b: np.ndarray) -> tuple[float, np.ndarray]:
        odds, pull = columns @ b, precision @ (b - centre)
        value = weights @ (np.logaddexp(0.0, odds) - y * odds) + 0.5 * (b - centre) @ pull
        return float(value), columns.T @ (weights * (expit(odds) - y)) + pull

    bounds = [(None, None), *[(0.0, None)] * (len(centre) - 1)]
    options = {"maxiter": 2000, "ftol": 1e-13, "gtol": 1e-7}
    return minimize(loss, centre, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
