"""Forecasts from many past days, each made only of what was known then, against what came.

Nothing is shared between origins: season, spreads, populations and the choice between curve and null are learnt anew
from the periods before each origin. Intervals treat a firm's forecasts as one observation, because they are.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.growth.exits import has_stopped, standstill_periods
from credit.growth.forecasts import GrowthForecast
from credit.growth.model import fit_growth, with_season
from credit.growth.null_trend import Kind, NullTrend, fit_null
from credit.growth.panel import GrowthPanel
from credit.growth.partial_pooling import fit_curves
from credit.growth.priors import GrowthPriors
from credit.growth.season import fit_season

Forecaster = Callable[[GrowthPanel, int], GrowthForecast]
"""From what was known and a number of periods ahead to forecasts."""
LEAST_SEEN = 3


@dataclass(frozen=True)
class Share:
    """A share with its firm-clustered interval.

    Attributes:
        value: the share.
        low: lower end of the 95 % interval.
        high: upper end.
        count: forecasts.
        firms: firms.
    """

    value: float
    low: float
    high: float
    count: int
    firms: int


def nulls(
    priors: GrowthPriors, kinds: Sequence[Kind], tolerance: float = 1e-6, is_refitted: bool = True
) -> dict[str, Forecaster]:
    """Forecasters of forms of the null.

    Args:
        priors: beliefs.
        kinds: the forms.
        tolerance: of each fit (`fit_null`).
        is_refitted: fit what firms share anew at each origin; otherwise the first origin's fit serves the later ones.
    """

    def forecaster(kind: Kind) -> Forecaster:
        fitted: list[NullTrend] = []

        def forecast(panel: GrowthPanel, horizons: int) -> GrowthForecast:
            season = fit_season(panel, priors)
            y, place = panel.log_output - season.passed_, (panel.first_period + panel.length) % panel.periods_a_year
            if is_refitted or not fitted:
                fitted[:] = [fit_null(y, panel.periods_a_year, priors, kind, tolerance)]
            return with_season(fitted[0].forecast(y, horizons), season, place)

        return forecast

    return {kind: forecaster(kind) for kind in kinds}


def curve_forecasters(priors: GrowthPriors, families: Sequence[str]) -> dict[str, Forecaster]:
    """Forecasters that believe a family of curves for every firm, identified or not: what the fall-back is worth."""

    def forecaster(family: str) -> Forecaster:
        def forecast(panel: GrowthPanel, horizons: int) -> GrowthForecast:
            season = fit_season(panel, priors)
            y, place = panel.log_output - season.passed_, (panel.first_period + panel.length) % panel.periods_a_year
            curves = fit_curves(y, panel.covariates, panel.periods_a_year, priors, family)  # type: ignore[arg-type]
            posterior = curves.posterior(y, panel.covariates)
            return with_season(curves.forecast(posterior, panel.length, horizons), season, place)

        return forecast

    return {family: forecaster(family) for family in families}


def chosen_forecaster(priors: GrowthPriors, families: Sequence[str]) -> Forecaster:
    """The whole model: curve where identified and proven on the past of that day, else null."""

    def forecast(panel: GrowthPanel, horizons: int) -> GrowthForecast:
        return fit_growth(panel, priors, families).answer(panel, horizons).forecast  # type: ignore[arg-type]

    return forecast


def rolling_origin(
    panel: GrowthPanel, forecasters: dict[str, Forecaster], origins: Iterable[int], horizons: int, priors: GrowthPriors
) -> pd.DataFrame:
    """Forecast from each origin and score.

    Args:
        panel: the whole record.
        forecasters: by name.
        origins: numbers of periods known, each below the panel's length.
        horizons: periods ahead, fewer where the record ends.
        priors: what counts as stopped.

    Returns:
        A row a model, firm, origin and horizon with: `log_score` (higher is better), `crps` (log output, lower is
        better), `place` (uniform where forecasts are right), `survival`. Firms seen in fewer than three periods or
        stopped by the origin are left out; so are periods without output: scores are of firms that went on.

    Raises:
        BadInput: an origin is not inside the record.
    """
    rows = []
    standstill = standstill_periods(priors, panel.periods_a_year)
    for origin in origins:
        if not LEAST_SEEN <= origin < panel.length:
            raise BadInput(Problem(f"must lie from {LEAST_SEEN} to {panel.length - 1}", field="origins", value=origin))
        known = panel.until(origin)
        ahead = min(horizons, panel.length - origin)
        came = panel.log_output[:, origin : origin + ahead]
        is_asked = (known.is_seen.sum(axis=1) >= LEAST_SEEN) & ~has_stopped(known, standstill)
        where, step = np.nonzero(np.isfinite(came) & is_asked[:, None])
        for name, forecaster in forecasters.items():
            forecast = forecaster(known, ahead)
            told = {
                "model": name,
                "firm": np.asarray(panel.firms)[where],
                "origin": origin,
                "horizon": step + 1,
                "log_score": forecast.log_score(came)[where, step],
                "crps": forecast.crps(came)[where, step],
                "place": forecast.place(came)[where, step],
                "survival": forecast.survival[where, step],
            }
            rows.append(pd.DataFrame(told))
    return pd.concat(rows, ignore_index=True)


def coverage(scores: pd.DataFrame, interval: float = 0.8) -> Share:
    """How often what came lay inside the middle interval, with a 95 % interval clustered by firm."""
    tail = 0.5 * (1.0 - interval)
    is_inside = ((scores["place"] > tail) & (scores["place"] < 1.0 - tail)).to_numpy(dtype=float)
    return clustered_mean(is_inside, scores["firm"].to_numpy())


def gain(scores: pd.DataFrame, model: str, against: str, score: str = "log_score") -> Share:
    """Mean difference of a score between two models on the same forecasts, clustered by firm."""
    keys = ["firm", "origin", "horizon"]
    one, other = (scores[scores["model"] == name].set_index(keys)[score] for name in (model, against))
    difference = (one - other).dropna()
    return clustered_mean(difference.to_numpy(), difference.index.get_level_values("firm").to_numpy())


def clustered_mean(values: np.ndarray, clusters: np.ndarray) -> Share:
    """A mean with a 95 % interval in which a cluster counts once (ratio estimator, n / (n - 1)).

    Raises:
        BadInput: nothing to average, or one cluster only.
    """
    codes, names = pd.factorize(clusters)
    if len(names) < 2:
        raise BadInput(Problem("must hold at least two firms", field="clusters", value=len(names)))
    mean = float(values.mean())
    sums = np.bincount(codes, weights=values - mean)
    error = float(np.sqrt((sums**2).sum() * len(names) / (len(names) - 1)) / len(values))
    return Share(mean, mean - 1.96 * error, mean + 1.96 * error, len(values), len(names))
