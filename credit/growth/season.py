"""What all firms' months have in common beside growth: the season, and months that hit everybody.

The common path is chained from the growth of firms that reported both months, as a price index is from matched
models. A slow trend is left to the firms' own curves; what remains is season and shock. Both are taken out of the
past; only the season is known of the future.
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

LEAST_FIRMS = 10
"""With fewer firms in a month its common part cannot be told from theirs."""


@dataclass(frozen=True)
class Season:
    """The common part of months.

    Attributes:
        shape_: log deviation by place in the year, sums to zero; empty where periods are years or too few.
        passed_: log deviation of each period seen: season and shock together (T).
        variance_: of the common shock around the season, by place in the year: New Year moves, other months do not.
        reason: why there is no season, or "" where there is one.
    """

    shape_: Floats
    passed_: Floats
    variance_: Floats
    reason: str

    def ahead(self, first_place: int, horizons: int) -> Floats:
        """The season of periods to come (H); zeros where there is none.

        Args:
            first_place: place in the year of the first of them, 0 for January.
            horizons: how many.
        """
        if not len(self.shape_):
            return np.zeros(horizons)
        return self.shape_[(first_place + np.arange(horizons)) % len(self.shape_)]

    def variance_ahead(self, first_place: int, horizons: int) -> Floats:
        """Variance of the common shocks of periods to come (H)."""
        if not len(self.shape_):
            return np.zeros(horizons)
        return self.variance_[(first_place + np.arange(horizons)) % len(self.shape_)]

    def to_json(self) -> dict[str, Any]:
        """Plain content."""
        return {
            "shape": self.shape_.tolist(),
            "passed": self.passed_.tolist(),
            "variance": self.variance_.tolist(),
            "reason": self.reason,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "Season":
        """The season that `to_json` wrote."""
        shape, passed, variance = (np.asarray(content[name], dtype=float) for name in ("shape", "passed", "variance"))
        return cls(shape, passed, variance, content["reason"])


def no_season(length: int, reason: str) -> Season:
    """Nothing in common."""
    return Season(np.zeros(0), np.zeros(length), np.zeros(0), reason)


@on_one_thread
def fit_season(panel: GrowthPanel, priors: GrowthPriors) -> Season:
    """Estimate what months have in common."""
    n = panel.periods_a_year
    if n == 1:
        return no_season(panel.length, "periods are years")
    if panel.length <= n:
        return no_season(panel.length, f"{panel.length} periods do not hold a whole year")
    steps, has_enough = _matched_growth(panel.log_output)
    if not has_enough:
        return no_season(panel.length, f"fewer than {LEAST_FIRMS} firms report two periods in a row")
    path = np.concatenate(([0.0], np.cumsum(steps)))
    time = np.linspace(-1.0, 1.0, panel.length)
    degree = 2 if panel.length < 4 * n else 3  # less reads joint growth as season, more follows a dip at the end
    trend = np.polynomial.legendre.legvander(time, degree)
    months = np.eye(n)[panel.calendar_positions]
    design = np.hstack((trend, months))
    places = panel.calendar_positions
    seen = np.bincount(places, minlength=n)
    weight = np.ones(panel.length)
    for _ in range(5):  # reweighted, so that one month of standstill is a shock and no season
        trust = np.bincount(places, weights=weight, minlength=n) / np.maximum(seen, 1)
        ridge = np.diag(np.concatenate((np.full(trend.shape[1], 1e-9), priors.season_weight * np.maximum(trust, 1e-6))))
        solved = np.linalg.solve(design.T @ (weight[:, None] * design) + ridge, design.T @ (weight * path))
        rest = path - design @ solved
        spread = float(np.median(np.abs(rest))) / 0.6745 + 1e-9
        weight = (priors.noise_degrees + 1.0) / (priors.noise_degrees + (rest / spread) ** 2)
    shape = solved[trend.shape[1] :]
    shape = np.round(shape - shape.mean(), 6)
    passed: Floats = np.round(path - trend @ solved[: trend.shape[1]], 6)
    passed -= np.round((passed - shape[panel.calendar_positions]).mean(), 6)
    freedom = max(panel.length - trend.shape[1] - n, panel.length / 3) / panel.length
    squares = np.bincount(places, weights=rest**2, minlength=n) / freedom
    variance: Floats = (priors.month_shock_spread**2 + squares) / (1.0 + seen)
    doubt = shape * priors.season_weight / np.maximum(seen, 1)  # what shrinking took off may have been season
    told: Floats = variance * (1.0 + 1.0 / (seen + priors.season_weight)) + doubt**2
    return Season(shape, passed, np.asarray(rounded(told)), "")


def _matched_growth(log_output: Floats) -> tuple[Floats, bool]:
    """Robust mean growth of firms seen in both of two neighbouring periods (T - 1)."""
    growth = np.diff(log_output, axis=1)
    count = np.isfinite(growth).sum(axis=0)
    if (count < LEAST_FIRMS).any():
        return np.zeros(growth.shape[1]), False
    centre = np.nanmedian(growth, axis=0)
    for _ in range(3):  # Huber: the mean of what is ordinary
        away = np.abs(growth - centre)
        spread = np.nanmedian(away, axis=0) / 0.6745 + 1e-9
        weight = np.where(np.isfinite(growth), np.minimum(1.0, 1.5 * spread / np.maximum(away, 1e-12)), 0.0)
        centre = np.nansum(weight * np.nan_to_num(growth), axis=0) / weight.sum(axis=0)
    return centre, True
