"""Clients drawn from a known rule: to try a validation where no data are, and to see whether it finds the truth."""

import numpy as np
import pandas as pd

from credit.elementary import expit
from credit.files import canonical_json, sha256_of_text
from credit.validation_sets.base import ValidationSet

YEARS = (2020, 2021, 2022, 2023)
LATER_LOG_ODDS = 0.5
"""What the last two years add to everybody's log-odds of default: a level that no earlier year could foresee."""


def made_up(rows: int = 3000, seed: int = 1) -> ValidationSet:
    """Debt, lateness and trade drive default; size does not; from 2022 on defaults are more frequent.

    Args:
        rows: clients.
        seed: of the draws.
    """
    rng = np.random.default_rng(seed)
    year = rng.choice(YEARS, rows)
    X = pd.DataFrame(
        {
            "debt_to_assets": rng.beta(2.0, 3.0, rows),
            "log_employees": rng.normal(2.5, 0.8, rows),
            "lateness_days": rng.gamma(1.2, 6.0, rows),
            "trade": pd.Categorical(rng.choice(["film", "injection", "pipe"], rows)),
        }
    )
    odds = -3.2 + 3.0 * X["debt_to_assets"] + 0.08 * X["lateness_days"] + 0.6 * (X["trade"] == "pipe")
    odds = odds.to_numpy(dtype=float) + LATER_LOG_ODDS * (year >= YEARS[2])
    return ValidationSet(
        name="made_up",
        X=X,
        y=(rng.random(rows) < expit(odds)).astype(np.int64),
        weights=np.ones(rows),
        vintage=year.astype(np.int64),
        directions={"debt_to_assets": 1, "lateness_days": 1},
        groups={"debt_to_assets": "B", "log_employees": "B", "lateness_days": "T", "trade": "I"},
        data_hash=sha256_of_text(canonical_json({"made_up": [rows, seed]})),
        exclusions={},
        outcome="drawn from a known rule",
        segments={"size": np.where(X["log_employees"] > 2.5, "larger half", "smaller half").astype(object)},
    )
