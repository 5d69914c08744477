"""Obligor-months whose truth is known: what a platform has kept of its reviews, made by a rule instead of a market."""

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
from scipy.special import expit

from credit.default_model import ARREARS
from credit.feature_specs import FEATURES, names_of
from sim.learning.memory import Kept, Lessons, day_number

DEBT, TREND, FAR = "debt_to_assets", "sales_trend", 18
"""Two features that truth may hang on, a debt that weighs and a trend that relieves; months followed."""


def lessons(
    firms: int, seed: int, base: float = -2.2, debt: float = 1.0, trend: float = -0.6, first_firm: int = 0
) -> tuple[Lessons, np.ndarray]:
    """One month end of each firm, and its true chance of default within a year.

    Args:
        firms: how many.
        seed: of every draw.
        base: log-odds of the average firm that owes nothing overdue.
        debt: log-odds a standard deviation of debt.
        trend: log-odds a standard deviation of the trend.
        first_firm: row of the first firm.
    """
    rng = np.random.default_rng(seed)
    names = names_of(*"CBTPXI")
    features = pd.DataFrame(rng.normal(size=(firms, len(names))), columns=names)
    is_late = rng.random(firms) < 0.15
    features[ARREARS] = np.where(is_late, 10.0, 0.0)
    truth = expit(base + debt * features[DEBT].to_numpy() + trend * features[TREND].to_numpy() + 1.5 * is_late)
    is_default = rng.random(firms) < truth
    when = np.where(is_late, rng.integers(1, 13, firms), rng.integers(4, 13, firms))
    rows = np.arange(first_firm, first_firm + firms)
    kept = Kept(tuple(features.columns), (features.to_numpy(),))
    told = Lessons(
        rows, np.full(firms, day_number(date(2026, 1, 31))), np.ones(firms), np.where(is_default, when, FAR),
        is_default, np.zeros(firms, dtype=bool), date(2027, 12, 31), kept, np.arange(firms),
    )  # fmt: skip
    return told, truth


def with_propensity(one: Lessons, propensity: np.ndarray) -> Lessons:
    """The same rows, seen with other chances."""
    return replace(one, propensity=propensity)


assert {DEBT, TREND} <= set(FEATURES)
