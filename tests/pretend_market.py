"""A market of a few lines with the interface of `sim.market`, so that ensembles can be tested in seconds.

Worker processes import it by name, as they import the real one.
"""

import hashlib
import os
import signal
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class World:
    """What stands in for a scenario. `shift` moves losses; the others are accidents that may happen on seed 3."""

    name: str
    shift: int = 0
    seconds: float = 0.0
    raises: bool = False
    dies: bool = False
    dies_once: Path | None = None

    @property
    def hash(self) -> str:
        return hashlib.sha256(f"{self.name} {self.shift}".encode()).hexdigest()


@dataclass(frozen=True)
class Outcome:
    summary: dict[str, Any]
    daily: pd.DataFrame
    state_hash: str


def simulate(
    firms: int,
    days: int,
    seed: int,
    scenario: World,
    on_day: Callable[[], None] = lambda: None,
    policy: str = "",
    world: str = "informative",
    assumptions: int = 0,
) -> Outcome:
    if seed == 3:
        if scenario.raises:
            raise ValueError("a rule broke on purpose")
        if scenario.dies:
            os.kill(os.getpid(), signal.SIGKILL)
        if scenario.dies_once is not None and not scenario.dies_once.exists():
            scenario.dies_once.touch()
            os.kill(os.getpid(), signal.SIGKILL)
    for _ in range(days):
        time.sleep(scenario.seconds / days)
        on_day()
    draws = np.random.Generator(np.random.Philox(key=seed)).integers(0, 1000, size=(len(COUNTED), days))
    daily = pd.DataFrame({name: column * firms for name, column in zip(COUNTED, draws, strict=True)})
    daily.insert(0, "day", range(days))
    daily["lender_loss_fen"] += (scenario.shift + len(policy) + 10 * assumptions) * firms * (1 + (world == "noise"))
    daily["mean_payment_delay_days"] = 15.0
    daily["threads"] = int(os.environ.get("OMP_NUM_THREADS", "0"))
    state_hash = hashlib.sha256(daily.to_csv().encode()).hexdigest()
    summary = {
        "firms": firms,
        "days": days,
        "loans": int(daily["approvals"].sum()),
        "defaults": int(daily["new_defaults"].sum()),
        "default_rate_annual": float(daily["new_defaults"].mean() / 1000 / firms),
        "loss_share": float(daily["lender_loss_fen"].sum() / daily["disbursed_fen"].sum()),
        "ledger_balanced": True,
        "firm_days_per_second": firms * days / max(scenario.seconds, 1e-3),
        "peak_memory_mb": float(os.getpid()),  # differs from process to process, as the real one does
    }
    return Outcome(summary, daily, state_hash)


COUNTED = (
    "resin_price_fen_per_tonne", "failed_firms", "failed_buyers", "failed_suppliers", "failed_lenders",
    "applications", "approvals", "refusals_platform", "refusals_lender", "supplier_refusals",
    "disbursed_fen", "outstanding_fen", "overdue_fen", "new_defaults", "exposure_at_default_fen",
    "recovered_deposit_fen", "recovered_goods_fen", "recovered_guarantee_fen", "recovered_cash_fen",
    "lender_loss_fen", "platform_loss_fen", "supplier_loss_fen", "sme_receivable_loss_fen",
    "margin_calls", "lender_liquidity_fen", "lender_equity_fen", "sales_fen", "output_g",
)  # fmt: skip
