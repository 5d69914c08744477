"""A market of a few lines whose facts, losses and liquidity follow its assumptions, its severity and its limits.

With the interface of `sim.facts.worlds`; worker processes import it by name, as they import the real one.
"""

import hashlib
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from sim.books.recorders import Outcome
from sim.facts.worlds import FACTS, World

TRUE_TERM, TRUE_LATE = 76.0, 0.3
BOOK_FEN = 1_000_000


def simulate(firms: int, days: int, seed: int, scenario: World, on_day: Callable[[], None] | None = None) -> Outcome:
    """Facts: a term plus noise, a delay that term and lateness share, a constant. Losses: severity times limits."""
    noise = np.random.Generator(np.random.Philox(key=seed)).standard_normal(4)
    assumed = {"invoice_term_days": 70.0, "late_buyers_share": 0.2, "lead_days": 4.0} | dict(scenario.assumed)
    term, late = assumed["invoice_term_days"], assumed["late_buyers_share"]
    values = {
        "term_days": term + noise[0],
        "receivable_days": term + 60.0 * late + 0.5 * noise[1],
        "overdue_firm_share": 2.0 * late + 0.01 * noise[2],
        "growth_shape": 1.0 + 0.02 * noise[3],
    }
    loss = int(BOOK_FEN * scenario.scenario.severity * scenario.limits_share * (0.05 + 0.005 * noise[0]))
    if scenario.scenario.name.startswith("baseline"):
        loss = 0
    dates = pd.date_range("2026-01-01", periods=days)
    daily = pd.DataFrame({"day": range(days), "date": dates, "new_defaults": 0, "obligors_with_credit": firms})
    daily["lender_loss_fen"] = [loss] + [0] * (days - 1)
    daily["platform_loss_fen"] = 0
    daily["outstanding_fen"] = int(BOOK_FEN * scenario.limits_share)
    daily["disbursed_fen"] = int(BOOK_FEN * scenario.limits_share)
    daily["lender_liquidity_fen"] = BOOK_FEN - 5 * loss
    summary: dict[str, Any] = {
        "default_rate_annual": 0.03 * (1.0 if scenario.scenario.name.startswith("baseline") else 2.0),
        "firm_days_per_second": 1.0,
        "peak_memory_mb": 1.0,
        FACTS: {"values": values, "missing": {"exit_hump_ratio": "no firm enters this market"}},
    }
    told = hashlib.sha256(repr((scenario.hash, seed, values)).encode()).hexdigest()
    return Outcome(summary, daily, told, dict)
