"""What the fits over lifelines share: the doctor before, columns of mean 0 and spread 1, JSON after.

lifelines fits; it does not predict here. A saved model is its numbers, and the few lines that turn them into a
cumulative hazard stand in each model, so that nothing of lifelines (1.5 s to import, pickles to save) is needed to
score.
"""

import warnings
from abc import abstractmethod
from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem, WorkFailed
from credit.model_files import columns_of, field, of_kind, weighted_sum
from credit.one_thread import on_one_thread
from credit.survival.base import DefaultTiming, Months
from credit.survival.examination import Likelihood, refuse_adrift, refuse_nameless, refuse_unfit

DECIMALS = 9
"""Decimals kept of fitted values: published coefficients come out to six digits in any unit of the covariates."""

_FIELDS = ("features", "last_month", "log_likelihood", "concordance", "rows", "defaults", "data_hash")
_ARRAYS = ("centre", "scale", "coefficients", "standard_errors")
DURATION, EVENT, ENTRY, WEIGHT = "_stop", "_is_event", "_entry", "_weight"
"""Columns that are added to the covariates for lifelines."""


class StandardisedTiming(DefaultTiming):
    """Default timing by linear effects of standardised covariates, fitted by lifelines.

    Attributes:
        features_: covariates in order.
        centre_: their weighted means.
        scale_: their weighted standard deviations.
        coefficients_: effects of a standard deviation.
        standard_errors_: of those; sandwich estimates where weights are not whole numbers.
        last_month_: the longest time under observation.
        log_likelihood_: at the maximum (partial for Cox).
        concordance_: share of comparable pairs in which the riskier row (larger hazard, shorter time) fails first.
        rows_: rows fitted.
        defaults_: defaults among them.
        data_hash_: SHA-256 of the data it learnt from, empty where not given.
    """

    kind: ClassVar[str]
    likelihood: ClassVar[Likelihood]
    coefficients_: np.ndarray
    standard_errors_: np.ndarray

    @on_one_thread
    def fit(
        self,
        X: pd.DataFrame,
        months: np.ndarray,
        is_default: np.ndarray,
        entry: np.ndarray | None = None,
        weights: np.ndarray | None = None,
        data_hash: str = "",
    ) -> Self:
        """Fit by maximum likelihood.

        Args:
            X: covariates, one named numeric column each, at least one.
            months: time of default, or the time observed without default; > entry.
            is_default: whether the row ends in default.
            entry: time before the row came under observation (left truncation); 0 when absent.
            weights: rows a row stands for, >= 0 (rows of weight 0 are left out); 1 when absent.
            data_hash: SHA-256 of the data, kept with the model.

        Raises:
            BadInput: what `credit.survival.examination.refuse_unfit` finds.
            WorkFailed: lifelines found no maximum.
        """
        refuse_nameless(X)
        refuse_unfit(X, is_default, months, entry, weights, self.likelihood)
        if not X.shape[1]:
            raise BadInput(Problem("needs at least one covariate", field="X", remedy="DiscreteHazard fits without any"))
        self.features_ = [str(name) for name in X.columns]
        values = columns_of(X, self.features_)
        told = {DURATION: np.asarray(months, dtype=float), EVENT: np.asarray(is_default).astype(bool)}
        told[ENTRY] = np.zeros(len(X)) if entry is None else np.asarray(entry, dtype=float)
        told[WEIGHT] = np.ones(len(X)) if weights is None else np.asarray(weights, dtype=float)
        self._check_clock(told[DURATION], told[ENTRY])
        used = told[WEIGHT] > 0
        values, told = values[used], {name: column[used] for name, column in told.items()}
        share = told[WEIGHT] / told[WEIGHT].sum()
        self.centre_ = np.round(share @ values, DECIMALS)
        self.scale_ = _significant(np.sqrt(share @ (values - self.centre_) ** 2))
        columns = [f"x{position}" for position in range(len(self.features_))]  # lifelines has names of its own
        frame = pd.DataFrame((values - self.centre_) / self.scale_, columns=columns).assign(**told)
        named = {"duration_col": DURATION, "event_col": EVENT}
        named |= {"entry_col": ENTRY} if told[ENTRY].any() else {}
        named |= {"weights_col": WEIGHT} if (told[WEIGHT] != 1).any() else {}
        options = {"robust": True} if (told[WEIGHT] % 1).any() else {}
        kept = frame[[*columns, *(column for column in told if column in named.values())]]
        self.last_month_ = float(told[DURATION].max())
        self.rows_, self.defaults_, self.data_hash_ = len(values), int(told[EVENT].sum()), data_hash
        from lifelines.exceptions import ConvergenceError

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # they are about columns (the doctor has spoken) and weights (robust)
            try:
                self._fit(kept, columns, {**named, **options})
            except (ConvergenceError, np.linalg.LinAlgError) as error:
                raise WorkFailed(f"lifelines found no maximum for {', '.join(self.features_)}: {error}") from error
        refuse_adrift(self.standard_errors_, self.features_)
        return self

    @abstractmethod
    def _fit(self, frame: pd.DataFrame, columns: list[str], options: dict[str, Any]) -> None:
        """Let lifelines fit, and keep its numbers rounded; `columns` are the covariates in order."""

    @abstractmethod
    def _check_clock(self, stop: np.ndarray, entry: np.ndarray) -> None:
        """Refuse times that the model cannot work on."""

    def linear_predictor(self, X: pd.DataFrame) -> np.ndarray:
        """Sum of effects of each row against the average row, shape (rows,)."""
        values = columns_of(X, self.features_)
        return weighted_sum((values - self.centre_) / self.scale_, self.coefficients_)

    def effects(self) -> pd.DataFrame:
        """By covariate: coefficient and standard error a unit of it, and the ratio e**coefficient."""
        coefficient = self.coefficients_ / self.scale_
        told = {"coefficient": coefficient, "standard_error": self.standard_errors_ / self.scale_}
        return pd.DataFrame(told, index=pd.Index(self.features_)).assign(ratio=np.exp(coefficient))

    def to_json(self) -> dict[str, Any]:
        """Everything prediction needs, as plain JSON values."""
        told = {name: getattr(self, f"{name}_") for name in _FIELDS}
        return {"kind": self.kind} | told | {name: getattr(self, f"{name}_").tolist() for name in _ARRAYS}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Rebuild a fitted model.

        Raises:
            BadInput: another kind of model, or a field is missing.
        """
        of_kind(content, cls.kind)
        model = cls()
        for name in _FIELDS:
            setattr(model, f"{name}_", field(content, name, cls.kind))
        for name in _ARRAYS:
            setattr(model, f"{name}_", np.array(field(content, name, cls.kind), dtype=float))
        return model

    def _times(self, times: Months, may_go_on: bool = False) -> np.ndarray:
        """Times as floats, refused where the model has seen nothing."""
        asked = np.asarray(times, dtype=float)
        if asked.size and not (np.isfinite(asked).all() and asked.min() >= 0):
            raise BadInput(Problem("must be finite and >= 0", field="times", value=str(times)))
        if asked.size and asked.max() > self.last_month_ and not may_go_on:
            rule = f"the model has seen no month beyond {self.last_month_:g}"
            raise BadInput(Problem(rule, field="times", value=float(asked.max())))
        return asked


def _significant(values: np.ndarray) -> np.ndarray:
    """Values rounded to 12 significant digits: a scale may be of any size."""
    return np.array([float(f"{value:.12g}") for value in values])
