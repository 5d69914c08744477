"""The fitted scorecard: optimal bins, weights of evidence, a logit on them, whole points."""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.special import logit

from credit.errors import BadInput, Problem
from credit.model_files import field, of_kind, rounded
from credit.one_thread import on_one_thread
from credit.scorers.binning import BinnedFeature, charge_a_bin, fit_bins
from credit.scorers.bins import bins_from_json
from credit.scorers.optimal_partition import Limits, Trend
from credit.scorers.scorecard_table import ScorecardTable, ScoredFeature, table_of
from credit.scorers.signed_logit import fit_signed_logit
from credit.scorers.table_scorer import TableScorer
from credit.scorers.training_data import directions_in_force

KIND = "scorecard"
LEAST_DEFAULTS = 10
"""Fewer defaults than this cannot order firms; an expert scorecard serves until then."""

_TREND: dict[int, Trend] = {1: "rising", -1: "falling", 0: "either"}


class Scorecard(TableScorer):
    """Points for attributes, learnt from outcomes.

    Each feature is cut into the bins with the largest information value whose default rates run in the direction of the
    policy, or in either one direction where it is silent. A bin's weight of evidence is the log of its odds of default
    over everybody's. A ridge logit weighs the features, no weight below 0, so that a direction that holds within a
    feature also holds in the score; what the weights turn into is rounded to whole points, and those are the model.

    Args:
        directions: +1 where more of a feature may only raise risk, -1 where it may only lower it. Categories have none.
        least_share: least share of rows, by weight, in a bin of the search.
        least_bin_defaults: least number of defaults, and of survivors, in such a bin.
        caution: a further bin must bring this many times the information value that chance gives it.
        ridge: penalty on every weight, about the number of defaults' worth of doubt.
        special_codes: by feature, numbers that mean something else than their size; each gets a bin.
        rare_rows: categories with fewer rows share the bin of categories never seen.
        least_defaults: fewer defaults, or fewer survivors, are refused.

    Attributes:
        binned_: bins and what fell into them, one a feature.
        weights_: weight of each feature's evidence, >= 0.
        base_log_odds_: where the evidence is 0 everywhere.
        held_back_: features whose weight would have been negative.
        table_: the points.
        data_hash_: SHA-256 of the data it learnt from.
        rows_, defaults_: what it learnt from.
    """

    def __init__(
        self,
        directions: Mapping[str, int] | None = None,
        least_share: float = 0.03,
        least_bin_defaults: int = 8,
        caution: float = 1.0,
        ridge: float = 1.0,
        special_codes: Mapping[str, Sequence[float]] | None = None,
        rare_rows: int = 10,
        least_defaults: int = LEAST_DEFAULTS,
    ) -> None:
        self.directions = directions
        self.least_share = least_share
        self.least_bin_defaults = least_bin_defaults
        self.caution = caution
        self.ridge = ridge
        self.special_codes = special_codes
        self.rare_rows = rare_rows
        self.least_defaults = least_defaults

    @on_one_thread
    def fit(self, X: Any, y: Any, sample_weight: Any = None, data_hash: str = "") -> Self:
        """Fit on rows with outcome 0 (survived) or 1 (defaulted).

        Raises:
            BadInput: too few defaults; a column of neither numbers nor categories, or with infinities; a setting.
        """
        self._check_settings()
        data = self._learn_schema(X, y, sample_weight, self.least_defaults)
        directions = directions_in_force(self.directions, self.features_)
        codes = self.special_codes or {}
        charge = charge_a_bin(data.is_default, data.weights, self.caution)
        limits = Limits(self.least_share, self.least_bin_defaults, charge)
        self.binned_ = [
            fit_bins(
                data.X[name],
                data.is_default,
                data.weights,
                _TREND[directions.get(name, 0)],
                limits,
                codes.get(name, ()),
                self.rare_rows,
            )
            for name in self.features_
        ]
        self._weigh(data.X, data.is_default, data.weights)
        self._write_points()
        self.rows_, self.defaults_, self.data_hash_ = len(data.X), int(data.is_default.sum()), data_hash
        return self

    def table(self) -> pd.DataFrame:
        """The table of points, one row an attribute, beside what it was learnt from."""
        by_name = {feature.name: feature for feature in self.table_.features}
        told = [
            one.table().assign(points=by_name[one.bins.name].points) for one in self.binned_ if one.bins.name in by_name
        ]
        if not told:
            return self.binned_[0].table().assign(points=0).iloc[:0].rename(columns={"bin": "attribute"})
        table = pd.concat(told, ignore_index=True).rename(columns={"bin": "attribute"})
        table.insert(2, "points", table.pop("points"))
        return table

    def information(self) -> pd.Series:
        """Information value by feature, largest first."""
        told = {name: one.information_value for name, one in zip(self.features_, self.binned_, strict=True)}
        return pd.Series(told, name="information_value").sort_values(ascending=False, kind="stable")

    def to_json(self) -> dict[str, Any]:
        """Everything that scoring and the tables need, as plain JSON values; the points stand beside their bins."""
        return {
            "kind": KIND,
            "settings": _plain(self.get_params()),
            "base_points": self.table_.base_points,
            "features": [
                one.bins.to_json() | {"points": list(points), "weight": weight} | one.to_json()
                for one, points, weight in zip(self.binned_, self._points(), self.weights_.tolist(), strict=True)
            ],
            "base_log_odds": self.base_log_odds_,
            "held_back": self.held_back_,
            "rows": self.rows_,
            "defaults": self.defaults_,
            "data_hash": self.data_hash_,
        }

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Rebuild a fitted scorecard.

        Raises:
            BadInput: another kind of model, or a field is missing or wrong.
        """
        of_kind(content, KIND)
        scorer = cls(**field(content, "settings", KIND))
        features = field(content, "features", KIND)
        bins = [bins_from_json(one) for one in features]
        scorer.binned_ = [BinnedFeature.from_json(each, one) for each, one in zip(bins, features, strict=True)]
        scorer.weights_ = np.array([field(one, "weight", KIND) for one in features], dtype=float)
        for name in ("base_log_odds", "held_back", "rows", "defaults", "data_hash"):
            setattr(scorer, f"{name}_", field(content, name, KIND))
        scorer._set_schema([each.name for each in bins])
        scored = [
            ScoredFeature(each, tuple(field(one, "points", KIND))) for each, one in zip(bins, features, strict=True)
        ]
        scorer.table_ = ScorecardTable(field(content, "base_points", KIND), tuple(s for s in scored if any(s.points)))
        return scorer

    def _weigh(self, X: pd.DataFrame, y: np.ndarray, weights: np.ndarray) -> None:
        """Weigh the evidence of the features, none below 0."""
        columns = [one.weight_of_evidence[one.bins.index(X[one.bins.name])] for one in self.binned_]
        speaks = np.array([bool(np.ptp(column) > 0) for column in columns])
        names = [name for name, is_used in zip(self.features_, speaks, strict=True) if is_used]
        found, base = np.zeros(len(columns)), float(logit(np.average(y, weights=weights)))
        if names:
            evidence = np.column_stack([column for column, is_used in zip(columns, speaks, strict=True) if is_used])
            base, found[speaks] = fit_signed_logit(evidence, y, names, weights, self.ridge, np.ones(len(names)))
        self.weights_, self.base_log_odds_ = rounded(found), float(rounded(np.array(base)))
        self.held_back_ = [
            name for name, w in zip(self.features_, self.weights_, strict=True) if name in names and w <= 0
        ]

    def _write_points(self) -> None:
        parts = [w * one.weight_of_evidence for w, one in zip(self.weights_, self.binned_, strict=True)]
        self.table_ = table_of(self.base_log_odds_, [one.bins for one in self.binned_], parts)

    def _points(self) -> list[tuple[int, ...]]:
        """Points of every feature, those left out of the table included."""
        used = {feature.name: feature.points for feature in self.table_.features}
        return [used.get(one.bins.name, (0,) * len(one.bins)) for one in self.binned_]

    def _check_settings(self) -> None:
        rules = {
            "least_share": (0 <= self.least_share <= 0.5, "must lie between 0 and .5"),
            "least_bin_defaults": (self.least_bin_defaults >= 1, "must be >= 1"),
            "caution": (np.isfinite(self.caution) and self.caution >= 0, "must be finite and >= 0"),
            "ridge": (np.isfinite(self.ridge) and self.ridge >= 0, "must be finite and >= 0"),
            "rare_rows": (self.rare_rows >= 1, "must be >= 1"),
            "least_defaults": (self.least_defaults >= 1, "must be >= 1"),
        }
        wrong = [
            Problem(rule, field=name, value=getattr(self, name))
            for name, (is_kept, rule) in rules.items()
            if not is_kept
        ]
        if wrong:
            raise BadInput(wrong)


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Settings as JSON knows them."""
    told = dict(settings)
    told["directions"] = {str(name): int(sign) for name, sign in (told["directions"] or {}).items()}
    codes = told["special_codes"] or {}
    told["special_codes"] = {str(name): [float(code) for code in some] for name, some in codes.items()}
    return told
