"""Whether clients and outcomes are still those that the champion learnt from: score, features, level.

Features and score of today's obligors are held against those it learnt from; for the model that the market began with,
whose rows nobody has, against the obligors of its first quarter in force.
"""

from dataclasses import asdict, dataclass
from datetime import date

import numpy as np
import pandas as pd

from credit.metrics import psi
from credit.metrics.level import weighted_share
from credit.monitoring import LEAST_ROWS, features_shifted
from sim.learning.settings import LearningSettings

SCORE, LEVEL = "score", "observed_over_expected"
LEAST_ODDS = 1e-9


@dataclass(frozen=True)
class Watched:
    """One thing watched at one quarter's end.

    Attributes:
        day: the quarter's end.
        version: the champion.
        measure: `score`, a feature's name, or `observed_over_expected`.
        value: stability index; for the level, defaults observed over forecast.
        by_chance: index that luck alone exceeds in one of twenty cases; missing for the level.
        low: lower end of the level's 95 % interval, firms the independent pieces; missing for an index.
        high: upper end.
        rows: firm-months looked at.
        is_alarm: the index passes both bounds, or the level's interval leaves out 1.
    """

    day: date
    version: str
    measure: str
    value: float
    by_chance: float
    low: float
    high: float
    rows: int
    is_alarm: bool


def shifts(
    day: date,
    version: str,
    reference: tuple[pd.DataFrame, np.ndarray],
    now: tuple[pd.DataFrame, np.ndarray],
    settings: LearningSettings,
) -> list[Watched]:
    """How far score and features of obligors have moved.

    Args:
        day: today.
        version: the champion.
        reference: features of the obligors it is held against, and their yearly PD.
        now: the same of today's.
        settings: from which index on an alarm is raised.
    """
    if min(len(reference[0]), len(now[0])) < LEAST_ROWS:
        return []
    moved = [(SCORE, psi(_log_odds(reference[1]), _log_odds(now[1])))]
    moved += [(one.name, one.shift) for one in features_shifted(reference[0], now[0])]
    return [
        Watched(
            day, version, name, shift.value, shift.by_chance, np.nan, np.nan, len(now[0]),
            shift.value > max(settings.shift_alarm, shift.by_chance),
        )
        for name, shift in moved
    ]  # fmt: skip


def level(
    day: date, version: str, outcome: np.ndarray, forecast: np.ndarray, weights: np.ndarray, firm: np.ndarray
) -> list[Watched]:
    """Defaults observed over those forecast, on the newest quarter whose outcomes are all known."""
    if len(outcome) < LEAST_ROWS or weights @ forecast <= 0:
        return []
    expected = float(weights @ forecast) / float(weights.sum())
    share, low, high = (one / expected for one in weighted_share(outcome, weights, firm))
    return [Watched(day, version, LEVEL, share, np.nan, low, high, len(outcome), not low <= 1.0 <= high)]


def frame(rows: list[Watched]) -> pd.DataFrame:
    """One row a quarter's end and thing watched."""
    told = pd.DataFrame([asdict(one) for one in rows], columns=list(Watched.__dataclass_fields__))
    told["day"] = pd.to_datetime(told["day"])
    return told.astype({"version": "string", "measure": "string", "is_alarm": bool})


def _log_odds(pd_annual: np.ndarray) -> np.ndarray:
    p = np.clip(pd_annual, LEAST_ODDS, 1.0 - LEAST_ODDS)
    return np.asarray(np.log(p / (1.0 - p)))
