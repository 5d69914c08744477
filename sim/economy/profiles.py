"""What firms and their controllers declared when they joined the platform: the tables `firms` and `controllers`.

Declared numbers are true ones with noise, as in life. Hidden quality shows only a little; how far a firm has come to
the end of its means on that day shows more: in its debts, its tax grade, and in a controller who is late privately.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from credit.elementary import exp, log
from credit.tables import conform
from sim.books.observed import SOURCE, names
from sim.economy.resin import GRADES
from sim.economy.smes import SME
from sim.stage import Stage

PROCESSES = ("film", "injection", "blow", "pipe")
"""The process that goes with each grade of `sim.economy.resin.GRADES`."""
REGIONS = ("ZJ", "GD", "JS", "SD", "FJ", "HE")
"""Provinces of plastics towns, in the order of the towns."""
LATEST_JOIN_DAYS, EARLIEST_JOIN_DAYS = 30, 1000
"""How long before the market's first day firms joined."""


@dataclass(frozen=True)
class Profiles:
    """Who is on the platform.

    Attributes:
        firms: the firms table.
        controllers: the controllers table.
        buyer_ids: identifier of each buyer row.
        headcount: people employed, by firm row.
        machines: machines, by firm row.
    """

    firms: pd.DataFrame
    controllers: pd.DataFrame
    buyer_ids: np.ndarray
    headcount: list[int]
    machines: list[int]


def declared(stage: Stage, smes: list[SME], buyers: int) -> Profiles:
    """Profiles of all firms; each depends on the firm's own draws alone. A firm founded later joins on that day."""
    streams, who, first_day, count = stage.streams, stage.roster, stage.first_day, len(smes)
    normals = {name: streams.normals(name, 0, who) for name in ("reported", "heads", "assets", "debt")}
    uniforms = {
        name: streams.uniforms(name, 0, who)
        for name in (
            "joined",
            "tax",
            "born",
            "tenure",
            "home",
            "dpd",
            "dpd size",
            "enquiries",
            "listed",
            "related",
            "share",
        )
    }
    spread = max(stage.settings.gross_margin_spread_ppm, 1)
    quality = np.array([(sme.factory.price_ppm - 1_000_000) / spread for sme in smes])
    strain = np.array([1.0 - sme.stake_left_fen / max(sme.stake_fen, 1) for sme in smes])
    size = np.array([sme.revenue_fen for sme in smes], dtype=float)
    employees = np.rint(np.maximum(size / 32e6 * exp(0.3 * normals["heads"]), 4)).astype(np.int64)
    machines = np.array([sme.machines for sme in smes], dtype=np.int64)
    joined = (LATEST_JOIN_DAYS + uniforms["joined"] * (EARLIEST_JOIN_DAYS - LATEST_JOIN_DAYS)).astype(np.int64)
    ages = np.array([-sme.born_on for sme in smes])
    joined = np.where(ages > 0, np.minimum(joined, ages - 30), ages)  # nobody knows a firm before it is there
    firm_ids = names("F", 6, count)
    assets = np.rint(size * 0.6 * exp(0.25 * normals["assets"])).astype(np.int64)
    firms = pd.DataFrame(
        {
            "firm_id": firm_ids,
            "registered_on": [first_day - timedelta(days=int(age)) for age in ages],
            "platform_since": [first_day - timedelta(days=int(days)) for days in joined],
            "process": [PROCESSES[sme.factory.grade % len(GRADES)] for sme in smes],
            "region": [REGIONS[sme.factory.town % len(REGIONS)] for sme in smes],
            "cluster": [f"town {sme.factory.town:03d}" for sme in smes],
            "employees": employees,
            "annual_revenue_fen": np.rint(size * exp(0.08 * normals["reported"])).astype(np.int64),
            "total_assets_fen": assets,
            "total_debt_fen": np.rint(assets * 0.2 * (1.0 + strain) * exp(0.4 * normals["debt"])).astype(np.int64),
            "machines": machines,
            "tax_grade": _graded(uniforms["tax"] + 0.15 * strain - 0.05 * quality, (0.10, 0.55, 0.90, 0.97), "ABMCD"),
            "source": SOURCE,
        }
    )
    wealth = np.array([sme.private_fen for sme in smes], dtype=float)
    late_odds = 1.0 / (1.0 + exp(1.9 + 0.6 * quality - 2.0 * strain))
    is_late = uniforms["dpd"] < late_odds
    days_late = np.where(is_late, np.rint(-15.0 * log(uniforms["dpd size"])) + 1, 0).astype(np.int64)
    controllers = pd.DataFrame(
        {
            "controller_id": names("K", 6, count),
            "firm_id": firm_ids,
            "birth_year": (first_day.year - 27 - np.rint(34 * uniforms["born"])).astype(np.int64),
            "industry_since": (first_day.year - 3 - np.rint(-8.0 * log(1.0 - 0.9 * uniforms["tenure"]))).astype(
                np.int64
            ),
            "owns_home": uniforms["home"] < 0.75,
            "net_assets_fen": np.rint(wealth * exp(0.4 * normals["debt"])).astype(np.int64),
            "worst_dpd_24m": days_late,
            "enquiries_3m": np.rint(-2.0 * log(uniforms["enquiries"])).astype(np.int64),
            "is_court_listed": uniforms["listed"] < 0.01,
            "related_firms": np.rint(-1.2 * log(uniforms["related"])).astype(np.int64),
            "equity_share": np.round(0.5 + 0.5 * uniforms["share"], 3),
            "consent_until": first_day + timedelta(days=3650),
            "source": SOURCE,
        }
    )
    return Profiles(
        firms=conform("firms", firms),
        controllers=conform("controllers", controllers),
        buyer_ids=names("B", 5, buyers),
        headcount=employees.tolist(),
        machines=machines.tolist(),
    )


def _graded(draws: np.ndarray, bounds: tuple[float, ...], grades: str) -> list[str]:
    return [grades[position] for position in np.searchsorted(bounds, draws).tolist()]
