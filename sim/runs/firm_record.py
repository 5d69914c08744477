"""What became of each firm in one market: served or not, at what cost, and whether it came to grief.

Simulated truth, which no platform sees: it serves comparisons between arms, never a decision inside a market.
"""

from typing import Any

import numpy as np
import pandas as pd

from sim.books.facilities import KINDS
from sim.books.recorders import MISSING

DAYS_A_YEAR = 365
PPM = 1_000_000
NEVER = -1
INSTALMENTS = [
    number for number, kind in enumerate(KINDS) if kind.product in ("machine_lease", "sale_leaseback", "growth_loan")
]
"""Kinds of facilities that are repaid by parts: what is owed falls about evenly to nothing."""


def firm_record(market: Any) -> pd.DataFrame:
    """One row a firm.

    Returns:
        `firm` (row), `is_sound` (there, trading and not in default on the first observed day; the others, and those
        founded later, count in nothing that is said of firms, yet what they drew is in the books),
        `decisions` (applications decided on observed days), `is_served` (owed something on an observed day),
        `principal_fen` (drawn on observed days), `fen_years` (what it still owed of that, times years), `cost_fen` (on
        it: fees, and simple interest), `grief_day` (observed day on which it stopped or passed ninety days
        past due, from 0; NEVER where it did neither).
    """
    start, last, count = market.settings.burn_in_days, market.day, len(market.smes)
    drawn = market.log.facilities.columns()
    is_new = drawn["opened_on"] >= start
    firm, principal = drawn["firm"][is_new], drawn["principal"][is_new].astype(float)
    closed = np.where(drawn["closed_on"] == MISSING, last, drawn["closed_on"])
    is_served = np.bincount(drawn["firm"][closed >= start], minlength=count) > 0
    days = np.maximum(closed - drawn["opened_on"], 1)[is_new]
    term = np.maximum(drawn["due_on"] - drawn["opened_on"], 1)[is_new]
    is_repaid_by_parts = np.isin(drawn["kind"][is_new], INSTALMENTS)
    owed_share = np.where(is_repaid_by_parts, 1.0 - np.minimum(days / term, 1.0) / 2, 1.0)
    fen_years = principal * owed_share * days / DAYS_A_YEAR
    interest = fen_years * drawn["rate_ppm"][is_new] / PPM
    decided = market.log.decisions.columns()
    ends = [_end(sme) for sme in market.smes]
    return pd.DataFrame(
        {
            "firm": np.arange(count),
            "is_sound": [
                sme.born_on < start and all(day is None or day >= start for day in (end, sme.closed_on))
                for sme, end in zip(market.smes, ends, strict=True)
            ],
            "decisions": np.bincount(decided["firm"][decided["decided_on"] >= start], minlength=count),
            "is_served": is_served,
            "principal_fen": _summed(firm, principal, count),
            "cost_fen": _summed(firm, interest + drawn["fee"][is_new], count),
            "fen_years": _summed(firm, fen_years, count),
            "grief_day": [NEVER if day is None or day < start else day - start for day in ends],
        }
    )


def joint_equity_fen(market: Any) -> int:
    """Equity of all lenders and the platform together, fen."""
    return sum(party.equity_fen for party in (*market.lenders, market.platform))


def _end(sme: Any) -> int | None:
    days = [day for day in (sme.failed_on, sme.defaulted_on) if day is not None]
    return min(days, default=None)


def _summed(firm: np.ndarray, amounts: np.ndarray, count: int) -> np.ndarray:
    return np.rint(np.bincount(firm, weights=amounts, minlength=count)).astype(np.int64)
