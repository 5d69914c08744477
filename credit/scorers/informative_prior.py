"""An expert's card as a prior: outcomes move it as far as they outweigh it.

How firmly the expert is believed is said in the unit in which a lender thinks: as if the expert had seen so many
defaults. Let J be the information about the log-odds of all attributes that rows with one default bring. The expert's
belief is Gaussian around the card with precision prior_defaults x J (a unit-information prior, Kass and Wasserman, J.
Am. Stat. Assoc. 90, 1995, centred on the expert); what n defaults say is Gaussian around the fitted card with precision
n x J. The posterior mean is then the same mixture everywhere, whatever J is:

    (prior_defaults x expert + n x fitted) / (prior_defaults + n),

attribute by attribute and for the base points, on attributes cut finely enough for both cards. It lies between the
two, keeps every direction that both keep, is the expert's card without outcomes and the fitted one with ever more. Two
things follow from the same thought: an attribute without a row stays where the expert put it, and defaults too few to
fit a card move the level alone, by (observed + prior_defaults) to (expected + prior_defaults).
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.special import expit

from credit.errors import BadInput, Problem
from credit.model_files import field, of_kind
from credit.one_thread import on_one_thread
from credit.scorers.base import FACTOR, OFFSET
from credit.scorers.bins import Bins, common_refinement, typical_values
from credit.scorers.expert_scorecard import ExpertScorecard
from credit.scorers.scorecard import LEAST_DEFAULTS, Scorecard
from credit.scorers.scorecard_table import ScorecardTable, ScoredFeature, whole_points
from credit.scorers.table_scorer import TableScorer
from credit.scorers.training_data import TrainingData, frame_of, training_data

KIND = "blended_scorecard"


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
        if min(self.defaults_, self.rows_ - self.defaults_) < LEAST_DEFAULTS:
            expected = data.weights @ expit(card.log_odds(data.X))
            happened = data.weights @ data.is_default
            moved = float(np.log((happened + self.prior_defaults) / (expected + self.prior_defaults)))
            self.table_ = replace(card, base_points=round(card.base_points - FACTOR * moved))
            return self
        alone = Scorecard(directions=self.directions, **dict(self.settings or {}))
        alone.fit(data.X, data.is_default, data.weights)
        self.table_ = _mixture(card, alone, self.defaults_ / (self.defaults_ + self.prior_defaults))
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


def _mixture(card: ScorecardTable, fitted: Scorecard, share: float) -> ScorecardTable:
    """The expert's card and the fitted one, mixed by the fitted one's share."""
    by_expert = {one.name: one for one in card.features}
    by_data = dict(zip(fitted.features_, zip(fitted.binned_, fitted.weights_.tolist(), strict=True), strict=True))
    told = []
    for name in (*by_expert, *(name for name in fitted.features_ if name not in by_expert)):
        binned, weight = by_data[name]
        own = by_expert.get(name)
        bins = binned.bins if own is None else common_refinement(own.bins, binned.bins)
        values = typical_values(bins)
        at = binned.bins.index(values)
        by_outcome = weight * binned.weight_of_evidence[at]
        if own is None:
            told.append(ScoredFeature(bins, whole_points(share * by_outcome)))
            continue
        place = own.bins.index(values)
        believed = -own.column_of_points[place] / FACTOR
        has_rows = (binned.cells.bad + binned.cells.good)[at] > 0
        odds = np.where(has_rows, (1 - share) * believed + share * by_outcome, believed)
        told.append(ScoredFeature(bins, whole_points(odds), _meanings(own, bins, place)))
    base = (1 - share) * card.base_points + share * (OFFSET - FACTOR * fitted.base_log_odds_)
    kept = tuple(one for one in told if one.name in by_expert or any(one.points))
    return ScorecardTable(round(base), kept)


def _meanings(own: ScoredFeature, bins: Bins, place: np.ndarray) -> tuple[str, ...]:
    """The expert's words for each attribute, with its limits where the data cut his attribute into several."""
    if not own.meanings:
        return ()
    is_cut = np.bincount(place, minlength=len(own.bins))[place] > 1
    words = [own.meanings[j] for j in place]
    return tuple(
        f"{word} ({label})" if cut else word for word, label, cut in zip(words, bins.labels, is_cut, strict=True)
    )
