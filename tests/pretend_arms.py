"""Arms of a few lines whose joint profit is known: by arm, world, draw of the assumptions and seed.

The ladder earns LADDER yuan more than the blind arm where everything is seen, and loses COST for its data everywhere.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sim.assumptions import assumed
from sim.worlds import PPM, World

ARMS = {"ladder": 1000.0, "blind": 1000.0, "single": 900.0, "bank": 500.0}
LADDER, COST = 100.0, 40.0
ASSUMPTION = "disorder_share"


@dataclass(frozen=True)
class Outcome:
    summary: dict[str, Any]
    daily: pd.DataFrame
    state_hash: str
    firms: pd.DataFrame


def simulate(
    firms: int,
    days: int,
    seed: int,
    scenario: Any,
    on_day: Callable[[], None] = lambda: None,
    policy: str = "ladder",
    world: str = "informative",
    assumptions: int = 0,
) -> Outcome:
    chance = np.random.Generator(np.random.Philox(key=seed * 1000 + assumptions)).standard_normal(2)
    profit = ARMS[policy] + 50.0 * chance[0]  # of the market: the same for every arm
    share = World.named(world).informative_ppm / PPM
    if policy == "ladder":
        profit += LADDER * share - COST + 2.0 * chance[1]
        drawn = assumed(scenario.starts_on, assumptions)
        profit -= 1000.0 * (drawn[ASSUMPTION] - 0.12) if drawn else 0.0
    grief = np.arange(firms) % 4 == 0
    rank = np.where(grief, 0.6, 0.4)
    told = pd.DataFrame(
        {
            "firm": np.arange(firms),
            "is_sound": True,
            "decisions": 1,
            "principal_fen": np.where(np.arange(firms) % (2 if policy == "bank" else 1) == 0, 1000, 0),
            "cost_fen": 10,
            "fen_years": 100,
            "comes_to_grief": grief,
            "pd_full": rank,
            "pd_blind": 0.5,
        }
    )
    columns = (
        "disbursed_fen", "lender_loss_fen", "platform_loss_fen", "supplier_loss_fen", "sme_receivable_loss_fen",
        "outstanding_fen",
    )  # fmt: skip
    daily = pd.DataFrame(dict.fromkeys(columns, 100), index=range(days)).assign(day=range(days))
    summary = {
        "default_rate_annual": 0.02, "obligor_years": 1.0, "capital_share": 0.1, "decision_cost_fen": 100,
        "joint_profit_fen": round(profit * 100), "decision_days": 1, "firm_days_per_second": 1.0, "peak_memory_mb": 1.0,
    }  # fmt: skip
    state = hashlib.sha256(f"{profit} {policy} {world} {seed} {assumptions}".encode()).hexdigest()
    return Outcome(summary, daily, state, told)
