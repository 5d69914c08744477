"""Who goes on producing: the survivor's side of a growth forecast.

Curves are fitted to firms while they produce, and those that stop were often shrinking first. A forecast that is
conditional on going on flatters the average firm; the chance of having stopped by then stands beside it, from a
monthly hazard that depends on how far a firm has lately fallen below its own level.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from credit.growth.panel import GrowthPanel
from credit.growth.priors import GrowthPriors
from credit.model_files import rounded
from credit.one_thread import on_one_thread
from credit.ranges import Floats

_LAG, _WINDOW = 3, 12
_FALL_MOST = 1.5  # log: beyond a fall to a fifth, more falling says no more
_RIDGE = 4.0


@dataclass(frozen=True)
class ExitHazard:
    """The chance that a firm stops, period by period.

    Attributes:
        constant_: log-odds a period of a firm at its own level.
        slope_: change of log-odds for each log unit by which a firm has fallen below its own level.
        events: exits seen.
        exposure: firm-periods seen.
        standstill: silent or idle periods that count as an exit.
    """

    constant_: float
    slope_: float
    events: int
    exposure: int
    standstill: int

    def survival(self, panel: GrowthPanel, horizons: int) -> Floats:
        """Probability of still producing 1 .. `horizons` periods after the panel (N x H); 0 for stopped firms.

        The fall is carried forward at half its size each period: firms recover or are gone.
        """
        fall = recent_fall(panel)[:, -1]
        steps = np.arange(horizons)
        log_odds = self.constant_ + self.slope_ * fall[:, None] * 0.5**steps
        alive = np.cumprod(1.0 / (1.0 + np.exp(log_odds)), axis=1)
        return np.where(has_stopped(panel, self.standstill)[:, None], 0.0, alive)

    def to_json(self) -> dict[str, Any]:
        """Plain content."""
        return {
            "constant": self.constant_,
            "slope": self.slope_,
            "events": self.events,
            "exposure": self.exposure,
            "standstill": self.standstill,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "ExitHazard":
        """The hazard that `to_json` wrote."""
        return cls(*(content[name] for name in ("constant", "slope", "events", "exposure", "standstill")))


def standstill_periods(priors: GrowthPriors, periods_a_year: int) -> int:
    """Silent periods after which a firm counts as stopped, in the panel's own periods; at least one."""
    return max(int(np.ceil(priors.standstill_periods * periods_a_year / 12)), 1)


def has_stopped(panel: GrowthPanel, standstill: int) -> np.ndarray:
    """Firms whose last positive output lies at least `standstill` periods before the end (N)."""
    return panel.length - 1 - panel.last_seen >= standstill


def recent_fall(panel: GrowthPanel) -> Floats:
    """How far each firm has fallen below its own level by each period (N x T), log, from 0 to 1.5; 0 where unknown.

    The mean log output of the last quarter against that of the last year, both as known then.
    """
    if panel.periods_a_year == 1:
        lag, window = 1, 3
    else:
        lag, window = max(_LAG * panel.periods_a_year // 12, 1), _WINDOW * panel.periods_a_year // 12
    y, is_seen = np.nan_to_num(panel.log_output), panel.is_seen.astype(float)

    def mean(length: int) -> Floats:
        total, count = (np.cumsum(np.pad(part, ((0, 0), (length, 0))), axis=1) for part in (y * is_seen, is_seen))
        total, count = total[:, length:] - total[:, :-length], count[:, length:] - count[:, :-length]
        return np.where(count > 0, total / np.maximum(count, 1.0), np.nan)

    return np.clip(np.nan_to_num(mean(window) - mean(lag)), 0.0, _FALL_MOST)


@on_one_thread
def fit_exits(panel: GrowthPanel, priors: GrowthPriors) -> ExitHazard:
    """Fit the hazard to every firm-period at risk; with few events it stays near the yearly rate of the priors."""
    standstill = standstill_periods(priors, panel.periods_a_year)
    last = panel.last_seen
    stops = has_stopped(panel, standstill)
    position = np.arange(panel.length)
    first = np.argmax(panel.is_seen, axis=1)
    known_until = np.where(
        stops, last, panel.length - 1 - standstill
    )  # whether the last periods were exits is not known yet
    at_risk = (position >= first[:, None]) & (position <= known_until[:, None]) & (last >= 0)[:, None]
    is_event = at_risk & stops[:, None] & (position == last[:, None])
    prior_hazard = 1.0 - (1.0 - priors.exit_annual) ** (1.0 / panel.periods_a_year)
    y, fall = is_event[at_risk].astype(float), recent_fall(panel)[at_risk]
    # one exit among as many firm-periods as the prior rate needs for one, at no fall
    y, fall = np.append(y, prior_hazard), np.append(fall, 0.0)
    weight = np.append(np.ones(len(y) - 1), 1.0 / prior_hazard)
    x = np.array([np.log(prior_hazard / (1.0 - prior_hazard)), 0.0])
    design = np.stack((np.ones_like(fall), fall), axis=1)
    for _ in range(50):
        p = 1.0 / (1.0 + np.exp(-design @ x))
        gradient = design.T @ (weight * (y - p)) - np.array([0.0, x[1] / _RIDGE])
        curvature = design.T @ (design * (weight * p * (1.0 - p))[:, None]) + np.diag([0.0, 1.0 / _RIDGE])
        step = np.linalg.solve(curvature, gradient)
        x = x + np.clip(step, -1.0, 1.0)
        if np.abs(step).max() < 1e-9:
            break
    constant, slope = rounded(x).tolist()
    return ExitHazard(constant, slope, int(is_event.sum()), int(at_risk.sum()), standstill)
