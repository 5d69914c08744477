"""Arms of a few lines whose joint profit is known: by arm, world, draw of the assumptions and seed.

The ladder earns LADDER yuan more than the blind arm where everything is seen, and loses COST for its data everywhere.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from credit.parameters import parameters
from sim.arms.assumptions import assumed
from sim.arms.worlds import PPM, World

ARMS = {"ladder": 1000.0, "blind": 1000.0, "single": 900.0, "bank": 500.0}
LADDER, COST = 100.0, 40.0
ASSUMPTION = "disorder_share"
"""Half way from its stated value to the upper end of its range the ladder's lead over the blind arm is gone."""


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
    assumptions: int | str = 0,
) -> Outcome:
    draw = assumptions if isinstance(assumptions, int) else 0  # a parameter moved alone changes nobody's luck
    chance = np.random.Generator(np.random.Philox(key=seed * 1000 + draw)).standard_normal(2)
    profit = ARMS[policy] + 50.0 * chance[0]  # of the market: the same for every arm
    share = World.named(world).informative_ppm / PPM
    if policy == "ladder":
        profit += LADDER * share - COST + 2.0 * chance[1]
        drawn = assumed(scenario.starts_on, assumptions)
        known = parameters("market")[ASSUMPTION].on(scenario.starts_on)
        moved = (drawn.get(ASSUMPTION, known.value) - known.value) / (known.high - known.value)
        profit -= 2 * (LADDER - COST) * moved
    grief = np.arange(firms) % 4 == 0
    rank = np.where(grief, 0.6, 0.4)
    told = pd.DataFrame(
        {
            "firm": np.arange(firms),
            "is_sound": True,
            "decisions": 1,
            "is_served": np.arange(firms) % (2 if policy == "bank" else 1) == 0,
            "principal_fen": np.where(np.arange(firms) % (2 if policy == "bank" else 1) == 0, 1000, 0),
            "cost_fen": 10,
            "fen_years": 100,
            "grief_day": np.where(grief, 0, -1),
            "pd_full_0": rank,
            "pd_blind_0": 0.5,
        }
    )
    columns = (
        "disbursed_fen", "lender_loss_fen", "platform_loss_fen", "supplier_loss_fen", "sme_receivable_loss_fen",
        "outstanding_fen", "recovered_guarantee_fen",
    )  # fmt: skip
    daily = pd.DataFrame(dict.fromkeys(columns, 100), index=range(days)).assign(day=range(days))
    summary = {
        "default_rate_annual": 0.02, "obligor_years": 1.0, "capital_fen_years": 100, "tax_share": 0.25,
        "decision_cost_fen": 100,
        "joint_profit_fen": round(profit * 100), "decision_days": 1, "firm_days_per_second": 1.0, "peak_memory_mb": 1.0,
    }  # fmt: skip
    state = hashlib.sha256(f"{profit} {policy} {world} {seed} {assumptions}".encode()).hexdigest()
    return Outcome(summary, daily, state, told)
