"""A logit on standardised features: few defaults, gaps in the data and a policy on directions are the normal case."""

from collections.abc import Callable, Mapping
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import clone

from credit.errors import BadInput, Problem
from credit.model_files import DECIMALS, columns_of, field, of_kind, rounded, weighted_sum
from credit.one_thread import on_one_thread
from credit.scorers.base import FACTOR, Scorer
from credit.scorers.signed_logit import fit_signed_logit
from credit.scorers.training_data import directions_in_force, refuse_too_few

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

    intercept_: float

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
        columns = columns_of(data.X, self.features_, may_be_missing=True).T
        return self._learn(columns, data.is_default, data.weights, data_hash)

    @on_one_thread
    def fit_with_folds(
        self,
        X: pd.DataFrame,
        y: np.ndarray,
        fold: np.ndarray,
        sample_weight: np.ndarray | None = None,
        data_hash: str = "",
        on_fit: Callable[[], None] = lambda: None,
    ) -> np.ndarray:
        """Fit on all rows, and score each by a scorer that has not seen its fold.

        Rows are checked and read once, and each search begins where that over all rows ended.

        Args:
            X: features.
            y: outcome 0, 1, or NaN where nobody knows it yet: such a row is scored and teaches nothing.
            fold: of each row.
            sample_weight: of each row.
            data_hash: SHA-256 of the data, kept with the scorer.
            on_fit: called after each fit, one more than there are folds.

        Returns:
            Log-odds of default of each row, out of fold, shape (rows,).

        Raises:
            BadInput: as in `fit`, of all rows or of those without one fold.
        """
        weights = np.ones(len(X)) if sample_weight is None else np.asarray(sample_weight, dtype=float)
        teaches = ~np.isnan(y) & (weights > 0)
        data = self._learn_schema(X[teaches], y[teaches], weights[teaches], self.least_defaults)
        columns = columns_of(X, self.features_, may_be_missing=True).T
        at = np.flatnonzero(teaches)
        self._learn(columns[:, at], data.is_default, data.weights, data_hash)
        on_fit()
        told = np.empty(len(X))
        for held_out in np.unique(fold):
            learns = fold[at] != held_out
            is_default, own = data.is_default[learns], weights[at[learns]]
            refuse_too_few(is_default, self.least_defaults)
            part = clone(self)
            part._set_schema(self.features_)
            part._learn(columns[:, at[learns]], is_default, own / own.mean(), data_hash, near=self)
            test = np.flatnonzero(fold == held_out)
            told[test] = part._log_odds(columns[:, test])
            on_fit()
        return told

    def _learn(
        self,
        columns: np.ndarray,
        y: np.ndarray,
        weights: np.ndarray,
        data_hash: str,
        near: "LogisticScorer | None" = None,
    ) -> Self:
        """Fit on numbers, a feature a row, all of them checked and with weight; the search begins near another one."""
        directions = directions_in_force(self.directions, self.features_)
        self._learn_scales(columns, weights)
        has_gaps = self._has_gaps(columns)
        use = np.r_[self.scale_ > 0, has_gaps]
        names = np.array([*self.features_, *(f"{name} is missing" for name in self.features_)])
        sign = np.array([directions.get(name, 0) for name in self.features_] + [0] * len(self.features_))
        found = np.zeros(len(names))
        start = None if near is None else (near.intercept_, near._all_coefficients[use])
        constant, found[use] = fit_signed_logit(
            self._design(columns)[use].T, y, list(names[use]), weights, self.ridge, sign[use], start
        )
        self.held_back_ = [str(name) for name in names[use & (sign != 0) & (found == 0)]]
        self.intercept_ = float(rounded(np.array(constant)))
        self.coefficients_, self.missing_coefficients_ = np.split(rounded(found), 2)
        self.rows_, self.defaults_, self.data_hash_ = len(y), int((y == 1).sum()), data_hash
        return self

    def log_odds(self, X: pd.DataFrame) -> np.ndarray:
        """Log-odds of default of each row, the same bits for one row or many."""
        return self._log_odds(columns_of(self._known_columns(X), self.features_, may_be_missing=True).T)

    def _log_odds(self, columns: np.ndarray) -> np.ndarray:
        return self.intercept_ + weighted_sum(self._design(columns).T, self._all_coefficients)

    @property
    def _all_coefficients(self) -> np.ndarray:
        return np.r_[self.coefficients_, self.missing_coefficients_]

    def contributions(self, X: pd.DataFrame) -> pd.DataFrame:
        """Points each feature adds against the firm at the mean of everything."""
        frame = self._known_columns(X)
        known, missing = np.split(self._design(columns_of(frame, self.features_, may_be_missing=True).T).T, 2, axis=1)
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

    def _learn_scales(self, columns: np.ndarray, weights: np.ndarray) -> None:
        """Clipping limits, means and deviations of what is known; a feature without spread gets scale 0."""
        is_missing = np.isnan(columns)
        known = columns.shape[1] - np.count_nonzero(is_missing, axis=1)
        spreads = known >= LEAST_GAPS
        held, feature, last = np.sort(columns, axis=1), np.arange(len(columns)), np.maximum(known - 1, 0)  # gaps last
        low, high = (
            np.where(spreads, held[feature, np.rint(last * share).astype(int)], 0.0)
            for share in (self.outer_share, 1 - self.outer_share)
        )
        total = np.where(spreads, np.einsum("fr,r->f", ~is_missing, weights), 1.0)
        np.clip(
            columns, low[:, None], high[:, None], out=held
        )  # in place: a large array costs more to get than to fill
        np.copyto(held, 0.0, where=is_missing)
        centre = held @ weights / total
        held -= centre[:, None]
        np.copyto(held, 0.0, where=is_missing)
        with np.errstate(over="ignore"):
            np.square(held, out=held)
            scale = np.sqrt(held @ weights / total)
        is_lost = (high - low > 1e-5 * np.maximum(np.abs(low), np.abs(high))) & (scale < 10.0**-DECIMALS)
        is_lost = spreads & (is_lost | ~np.isfinite(scale))
        if is_lost.any():
            at = int(np.argmax(is_lost))
            rule = f"must vary by a number that {DECIMALS} decimals can hold and that can be squared"
            remedy = "give it in another unit"
            raise BadInput(Problem(rule, field=self.features_[at], value=float(scale[at]), remedy=remedy))
        told = (low, high, centre, scale)
        self.low_, self.high_, self.centre_, self.scale_ = (rounded(np.where(spreads, one, 0.0)) for one in told)

    @staticmethod
    def _has_gaps(columns: np.ndarray) -> np.ndarray:
        missing = np.count_nonzero(np.isnan(columns), axis=1)
        return (missing >= LEAST_GAPS) & (columns.shape[1] - missing >= LEAST_GAPS)

    def _design(self, columns: np.ndarray) -> np.ndarray:
        """Standardised features (0 where missing or without information), then missing-value indicators, one a row."""
        n = len(columns)
        design = np.empty((2 * n, columns.shape[1]))
        np.isnan(columns, out=design[n:])
        low, high, centre, scale = (one[:, None] for one in (self.low_, self.high_, self.centre_, self.scale_))
        standard = np.clip(columns, low, high, out=design[:n])
        standard -= centre
        standard /= np.where(scale > 0, scale, 1.0)
        np.copyto(standard, 0.0, where=np.isnan(columns) | (scale <= 0))
        return design
