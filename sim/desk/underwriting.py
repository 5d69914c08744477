"""Who judges a client's risk: an expert's rule, or a model that was fitted on what the platform had seen.

An underwriter supplies one thing, `judge`: for rows of `credit.features.as_of` the default probability within a year,
and what weighed against each client.
"""

from abc import ABC, abstractmethod
from pathlib import Path

import numpy as np
import pandas as pd

from credit.default_model import DefaultModel
from credit.elementary import expit

REASONS_TOLD = 3
MONTHS_A_YEAR = 12


class Underwriter(ABC):
    """Judges clients.

    Attributes:
        version: what stands in `decisions.model_version`.
    """

    version: str

    @abstractmethod
    def judge(self, features: pd.DataFrame) -> tuple[list[float], list[str]]:
        """Judge every row.

        Returns:
            Probability of default within a year, between 0 and 1, and the codes of what weighed against the client
            most, worst first, joined by `;` (empty where nothing did); one of each a row.
        """

    def pd_within(self, features: pd.DataFrame, months: int) -> np.ndarray:
        """Probability of default within some months, shape (rows,); without a curve, an even hazard over the year."""
        return np.asarray(1.0 - (1.0 - np.array(self.judge(features)[0])) ** (months / MONTHS_A_YEAR))


class ExpertRule(Underwriter):
    """What a credit officer would say before there are data: a base rate moved by six things anybody can see."""

    version = "expert-1"

    _BASE_LOG_ODDS = -3.55
    _RULES: tuple[tuple[str, str, float, float, float], ...] = (
        ("worst_dpd_180d_days", "late_before", 0.0, 30.0, 1.6),
        ("current_dpd_days", "late_now", 0.0, 30.0, 2.0),
        ("overdue_receivables_share", "customers_pay_late", 0.05, 0.5, 0.8),
        ("sales_trend", "sales_fall", -0.1, -0.8, 0.9),
        ("adverse_events_365d", "registers", 0.0, 2.0, 1.2),
        ("utilisation", "line_used_up", 0.5, 1.0, 0.5),
        ("firm_age_years", "young", 5.0, 0.0, 0.5),
    )
    """Feature, reason code, value from which it counts, value at which it counts fully, log odds then. Assumptions."""

    def _contributions(self, features: pd.DataFrame) -> dict[str, np.ndarray]:
        told = {}
        for name, code, start, full, weight in self._RULES:
            value = np.nan_to_num(features[name].to_numpy(dtype=float), nan=start)
            told[code] = weight * np.clip((value - start) / (full - start), 0.0, 1.0)
        return told

    def judge(self, features: pd.DataFrame) -> tuple[list[float], list[str]]:
        """The base rate moved by the rules, and the rules that weighed most."""
        parts = self._contributions(features)
        total = np.full(len(features), self._BASE_LOG_ODDS)
        for part in parts.values():
            total = total + part
        return np.asarray(expit(total)).tolist(), worst_codes(list(parts), np.column_stack(list(parts.values())))


def worst_codes(codes: list[str], contributions: np.ndarray) -> list[str]:
    """Codes of the largest positive contributions of each row, at most three, joined by `;`."""
    order = np.argsort(-contributions, axis=1, kind="stable")[:, :REASONS_TOLD]
    heavy = np.take_along_axis(contributions, order, axis=1) > 0.05
    return [
        ";".join(codes[column] for column, is_heavy in zip(columns, flags, strict=True) if is_heavy)
        for columns, flags in zip(order.tolist(), heavy.tolist(), strict=True)
    ]


class FittedModel(Underwriter):
    """The platform's default model: a score and its PD curve, fitted on what an earlier market had shown."""

    def __init__(self, model: DefaultModel) -> None:
        self.model = model
        self.version = model.version

    def judge(self, features: pd.DataFrame) -> tuple[list[float], list[str]]:
        """Twelve months of the PD curve, and what the scorer holds against each client."""
        told = self.model.assess(features)
        return told["pd_annual"].tolist(), told["reasons"].fillna("").tolist()

    def pd_within(self, features: pd.DataFrame, months: int) -> np.ndarray:
        """Read off the PD curve."""
        return self.model.pd_by(features, [months])[:, 0]


def load_underwriter(path: Path | None) -> Underwriter:
    """The fitted model of a file; the expert's rule without one.

    Raises:
        BadInput: the file is absent, damaged or another model.
    """
    return ExpertRule() if path is None else FittedModel(DefaultModel.load(path))
