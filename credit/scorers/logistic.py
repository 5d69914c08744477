"""A logit on standardised features: few defaults, gaps in the data and a policy on directions are the normal case."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.model_files import DECIMALS, columns_of, field, of_kind, rounded, weighted_sum
from credit.one_thread import on_one_thread
from credit.scorers.base import FACTOR, Scorer
from credit.scorers.signed_logit import fit_signed_logit
from credit.scorers.training_data import directions_in_force

KIND = "logistic_scorer"
LEAST_DEFAULTS = 10
"""Fewer defaults than this cannot order firms."""
LEAST_GAPS = 20
"""A feature gets a coefficient for being missing once this many rows lack it and this many have it."""


class LogisticScorer(Scorer):
    """Ridge-penalised logit with missing-value indicators and direction constraints.

    Each feature is clipped to the range that holds all but the outer shares of the known values, standardised, and set
    to its mean where missing; being missing has a coefficient of its own. Features that say nothing in the data (always
    missing, or one value) keep coefficient 0 and still belong to the schema, so that a thin file can be scored.

    Directions are bounds on the signs of coefficients: the fit is the maximum of the penalised likelihood under them,
    which is unique. A feature whose data point against its direction ends at 0.

    Args:
        ridge: penalty on every standardised coefficient but the constant; about the number of defaults' worth of doubt.
        directions: +1 where more of a feature may only raise risk, -1 where it may only lower it; others are free.
        outer_share: share of known values clipped at each end.
        least_defaults: fewer defaults, or fewer survivors, cannot order firms; the fit is refused, and an expert
            scorecard serves until then.

    Attributes:
        features_: features in order.
        low_, high_: clipping limits.
        centre_, scale_: mean and standard deviation after clipping; scale 0 marks a feature without information.
        intercept_: log-odds of the average firm.
        coefficients_: log-odds a standard deviation.
        missing_coefficients_: log-odds of not knowing the feature.
        held_back_: features at 0 because their data point against their direction.
        data_hash_: SHA-256 of the data it learnt from.
        rows_, defaults_: what it learnt from.
    """

    def __init__(
        self,
        ridge: float = 10.0,
        directions: Mapping[str, int] | None = None,
        outer_share: float = 0.005,
        least_defaults: int = LEAST_DEFAULTS,
    ) -> None:
        self.ridge = ridge
        self.directions = directions
        self.outer_share = outer_share
        self.least_defaults = least_defaults

    @on_one_thread
    def fit(self, X: pd.DataFrame, y: np.ndarray, sample_weight: np.ndarray | None = None, data_hash: str = "") -> Self:
        """Fit on rows with outcome 0 (survived) or 1 (defaulted).

        Raises:
            BadInput: fewer than `least_defaults` defaults or survivors, or a column that is not numeric or not finite.
        """
        data = self._learn_schema(X, y, sample_weight, self.least_defaults)
        X, y, weights = data.X, data.is_default, data.weights
        directions = directions_in_force(self.directions, self.features_)
        values = columns_of(X, self.features_, may_be_missing=True)
        self._learn_scales(values, weights)
        design = self._design(values)
        has_gaps = self._has_gaps(values, weights)
        use = np.r_[self.scale_ > 0, has_gaps]
        columns = np.array([*self.features_, *(f"{name} is missing" for name in self.features_)])
        sign = np.array([directions.get(name, 0) for name in self.features_] + [0] * len(self.features_))
        found = np.zeros(len(columns))
        constant, found[use] = fit_signed_logit(design[:, use], y, list(columns[use]), weights, self.ridge, sign[use])
        self.held_back_ = [str(name) for name in columns[use & (sign != 0) & (found == 0)]]
        self.intercept_ = float(rounded(np.array(constant)))
        self.coefficients_, self.missing_coefficients_ = np.split(rounded(found), 2)
        self.rows_, self.defaults_, self.data_hash_ = len(y), int((y == 1).sum()), data_hash
        return self

    def log_odds(self, X: pd.DataFrame) -> np.ndarray:
        """Log-odds of default of each row, the same bits for one row or many."""
        design = self._design(columns_of(self._known_columns(X), self.features_, may_be_missing=True))
        return self.intercept_ + weighted_sum(design, np.r_[self.coefficients_, self.missing_coefficients_])

    def contributions(self, X: pd.DataFrame) -> pd.DataFrame:
        """Points each feature adds against the firm at the mean of everything."""
        frame = self._known_columns(X)
        design = self._design(columns_of(frame, self.features_, may_be_missing=True))
        known, missing = np.split(design, 2, axis=1)
        points = -FACTOR * (known * self.coefficients_ + missing * self.missing_coefficients_)
        return pd.DataFrame(points, index=frame.index, columns=self.features_)

    def to_json(self) -> dict[str, Any]:
        """Everything that scoring needs, as plain JSON values."""
        return {
            "kind": KIND,
            "ridge": self.ridge,
            "directions": dict(self.directions or {}),
            "outer_share": self.outer_share,
            "features": self.features_,
            "low": self.low_.tolist(),
            "high": self.high_.tolist(),
            "centre": self.centre_.tolist(),
            "scale": self.scale_.tolist(),
            "intercept": self.intercept_,
            "coefficients": self.coefficients_.tolist(),
            "missing_coefficients": self.missing_coefficients_.tolist(),
            "held_back": self.held_back_,
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
        scorer = cls(*(field(content, name, KIND) for name in ("ridge", "directions", "outer_share")))
        for name in ("intercept", "held_back", "rows", "defaults", "data_hash"):
            setattr(scorer, f"{name}_", field(content, name, KIND))
        for name in ("low", "high", "centre", "scale", "coefficients", "missing_coefficients"):
            setattr(scorer, f"{name}_", np.array(field(content, name, KIND), dtype=float))
        scorer._set_schema([str(name) for name in field(content, "features", KIND)])
        return scorer

    def _learn_scales(self, values: np.ndarray, weights: np.ndarray) -> None:
        """Clipping limits, means and deviations of what is known; a feature without spread gets scale 0."""
        n = values.shape[1]
        self.low_, self.high_, self.centre_, self.scale_ = (np.zeros(n) for _ in range(4))
        for j in range(n):
            is_known = ~np.isnan(values[:, j]) & (weights > 0)
            known, weight = values[is_known, j], weights[is_known]
            if len(known) < LEAST_GAPS:
                continue
            low, high = np.quantile(known, [self.outer_share, 1 - self.outer_share], method="nearest")
            clipped = np.clip(known, low, high)
            centre = np.average(clipped, weights=weight)
            with np.errstate(over="ignore"):
                scale = np.sqrt(np.average((clipped - centre) ** 2, weights=weight))
            is_lost = np.ptp(clipped) > 1e-5 * np.abs(clipped).max() and scale < 10.0**-DECIMALS
            if is_lost or not np.isfinite(scale):
                rule = f"must vary by a number that {DECIMALS} decimals can hold and that can be squared"
                remedy = "give it in another unit"
                raise BadInput(Problem(rule, field=self.features_[j], value=float(scale), remedy=remedy))
            self.low_[j], self.high_[j] = rounded(low), rounded(high)
            self.centre_[j], self.scale_[j] = rounded(centre), rounded(scale)

    def _has_gaps(self, values: np.ndarray, weights: np.ndarray) -> np.ndarray:
        is_missing = np.isnan(values[weights > 0])
        return (is_missing.sum(axis=0) >= LEAST_GAPS) & ((~is_missing).sum(axis=0) >= LEAST_GAPS)

    def _design(self, values: np.ndarray) -> np.ndarray:
        """Standardised features (0 where missing or without information), then missing-value indicators."""
        is_missing = np.isnan(values)
        scale = np.where(self.scale_ > 0, self.scale_, 1.0)
        standard = (np.clip(values, self.low_, self.high_) - self.centre_) / scale
        return np.hstack([np.where(is_missing | (self.scale_ <= 0), 0.0, standard), is_missing.astype(float)])
