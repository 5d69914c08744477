"""The growth of a panel of firms: season, null, curves, exits, and which of them speaks for which firm.

A curve speaks for a firm only where three things hold: the firm's ceiling is identified, curves beat the null on the
panel's own past, and the record is long enough. Everywhere else the null speaks, and the reason is told.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from credit.errors import BadInput, Problem
from credit.growth.curves import FAMILIES, Family
from credit.growth.exits import ExitHazard, fit_exits, has_stopped
from credit.growth.forecasts import GrowthForecast
from credit.growth.null_trend import NullTrend, fit_null
from credit.growth.panel import GrowthPanel
from credit.growth.partial_pooling import CurvePosterior, PooledCurves, fit_curves
from credit.growth.priors import GrowthPriors
from credit.growth.season import Season, fit_season
from credit.model_files import of_kind

KIND = "growth_model"
LEAST_PERIODS = 3
_MOST_JUDGES, _LEAST_JUDGES = 1500, 10
"""Firms on whose past curves are tried, at most; and firms with an identified ceiling among them, at least."""


@dataclass(frozen=True)
class FirmGrowth:
    """What the model says of one firm, and why this way.

    Attributes:
        firm_id: the firm.
        model: the family that speaks for it: `null`, `logistic`, `gompertz`, `richards`, or `none` when it has stopped.
        reason: why that one.
        observations: periods with output.
        ceiling: posterior median of K in units of output; NaN where the null speaks.
        ceiling_variation: posterior coefficient of variation of K under the family judged; NaN where none was.
        ceiling_learnt: part of the doubt about K that the firm's own record removed; NaN where none was judged.
    """

    firm_id: str
    model: str
    reason: str
    observations: int
    ceiling: float
    ceiling_variation: float
    ceiling_learnt: float


@dataclass(frozen=True)
class GrowthAnswer:
    """Forecasts of all firms.

    Attributes:
        forecast: N x H, in the order of `firms`.
        firms: one a firm.
        first_period: name of the first period forecast.
    """

    forecast: GrowthForecast
    firms: tuple[FirmGrowth, ...]
    first_period: str

    def to_json(self) -> dict[str, Any]:
        """Plain content; what is not a number is null."""
        told = [{name: _plain(getattr(firm, name)) for name in FirmGrowth.__dataclass_fields__} for firm in self.firms]
        return {"first_period": self.first_period, "firms": told, "forecast": self.forecast.to_json()}


@dataclass(frozen=True)
class GrowthModel:
    """A fitted growth model.

    Attributes:
        null: the local trend.
        curves: fitted families, by name.
        preferred: the family that beat the null on the panel's past; None when none did.
        verdict: why.
        season: what months have in common.
        exits: who goes on.
        priors: what was believed beforehand.
    """

    null: NullTrend
    curves: Mapping[Family, PooledCurves]
    preferred: Family | None
    verdict: str
    season: Season
    exits: ExitHazard
    priors: GrowthPriors

    def answer(self, panel: GrowthPanel, horizons: int) -> GrowthAnswer:
        """Forecast the firms of the panel that the model was fitted on.

        Raises:
            BadInput: no period ahead is asked for, or the panel has another length than the one of the fit.
        """
        if horizons < 1:
            raise BadInput(Problem("must be at least 1", field="horizons", value=horizons))
        if panel.length != len(self.season.passed_):
            rule = f"must hold the {len(self.season.passed_)} periods of the fit"
            raise BadInput(Problem(rule, field="panel", value=panel.length, remedy="fit the model again"))
        y = panel.log_output - self.season.passed_
        forecast = self.null.forecast(y, horizons)
        firms = self._null_firms(panel)
        if self.preferred is not None:
            curves = self.curves[self.preferred]
            posterior = curves.posterior(y, panel.covariates)
            judged = judge(curves, posterior, panel, self.priors)
            forecast = forecast.chosen(judged.is_identified, curves.forecast(posterior, panel.length, horizons))
            firms = _told(firms, self.preferred, judged, posterior, self.priors)
        stopped = has_stopped(panel, self.exits.standstill)
        forecast = GrowthForecast(
            forecast.location, forecast.scale, forecast.degrees, self.exits.survival(panel, horizons)
        )
        place = (panel.first_period + panel.length) % panel.periods_a_year
        forecast = with_season(forecast, self.season, place)
        firms = [
            _stopped(firm, panel, row, self.exits.standstill) if stopped[row] else firm
            for row, firm in enumerate(firms)
        ]
        return GrowthAnswer(forecast, tuple(firms), panel.period_name(panel.length))

    def _null_firms(self, panel: GrowthPanel) -> list[FirmGrowth]:
        counts = panel.is_seen.sum(axis=1).tolist()
        return [
            FirmGrowth(name, "null", self.verdict, count, np.nan, np.nan, np.nan)
            for name, count in zip(panel.firms, counts, strict=True)
        ]

    def to_json(self) -> dict[str, Any]:
        """The fitted model as plain content."""
        return {
            "kind": KIND,
            "null": self.null.to_json(),
            "curves": {name: curves.to_json() for name, curves in self.curves.items()},
            "preferred": self.preferred,
            "verdict": self.verdict,
            "season": self.season.to_json(),
            "exits": self.exits.to_json(),
            "priors": {name: getattr(self.priors, name) for name in GrowthPriors.__dataclass_fields__},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "GrowthModel":
        """The model that `to_json` wrote.

        Raises:
            BadInput: it is another kind of model.
        """
        of_kind(content, KIND)
        return cls(
            NullTrend.from_json(content["null"]),
            {name: PooledCurves.from_json(curves) for name, curves in content["curves"].items()},
            content["preferred"],
            content["verdict"],
            Season.from_json(content["season"]),
            ExitHazard.from_json(content["exits"]),
            GrowthPriors(**content["priors"]),
        )


@dataclass(frozen=True)
class Judged:
    """Whether each firm's ceiling is known (each N)."""

    is_identified: np.ndarray
    variation: np.ndarray
    learnt: np.ndarray


def judge(curves: PooledCurves, posterior: CurvePosterior, panel: GrowthPanel, priors: GrowthPriors) -> Judged:
    """Hold each firm's ceiling to the rules of `data/parameters/growth.yaml`."""
    variation = posterior.ceiling_variation
    learnt = curves.ceiling_learnt(posterior, panel.covariates)
    is_long = panel.is_seen.sum(axis=1) >= priors.least_observations
    is_known = (learnt >= priors.ceiling_learnt_least) | (variation < priors.ceiling_narrow)
    return Judged(is_long & (variation < priors.ceiling_variation_most) & is_known, variation, learnt)


def with_season(forecast: GrowthForecast, season: Season, place: int) -> GrowthForecast:
    """A forecast of deseasonalised output with the season, and the doubt about it, put back."""
    spread = np.sqrt(forecast.scale**2 + season.variance_ahead(place, forecast.horizons))
    location = forecast.location + season.ahead(place, forecast.horizons)
    return GrowthForecast(location, spread, forecast.degrees, forecast.survival)


def fit_growth(panel: GrowthPanel, priors: GrowthPriors, families: Sequence[Family] = FAMILIES) -> GrowthModel:
    """Fit everything, and let the panel's own past say whether curves may speak.

    Args:
        panel: output of firms.
        priors: beliefs; `GrowthPriors.on(day)`.
        families: curves to try; empty for the null alone.

    Raises:
        BadInput: fewer than three periods, or no firm with two of them.
    """
    if panel.length < LEAST_PERIODS or not (panel.is_seen.sum(axis=1) >= 2).any():
        rule = f"must hold at least {LEAST_PERIODS} periods, and a firm seen in two of them"
        raise BadInput(Problem(rule, field="panel", value=f"{panel.count} firms, {panel.length} periods"))
    unknown = [name for name in families if name not in FAMILIES]
    if unknown:
        raise BadInput(Problem(f"must be among {', '.join(FAMILIES)}", field="families", value=unknown[0]))
    season = fit_season(panel, priors)
    y = panel.log_output - season.passed_
    null = fit_null(y, panel.periods_a_year, priors)
    curves = {name: fit_curves(y, panel.covariates, panel.periods_a_year, priors, name) for name in families}
    preferred, verdict = _preferred(panel, priors, families)
    return GrowthModel(null, curves, preferred, verdict, season, fit_exits(panel, priors), priors)


def _preferred(panel: GrowthPanel, priors: GrowthPriors, families: Sequence[Family]) -> tuple[Family | None, str]:
    """The family with the best log score on the last quarter of the past, if it beats the null by a standard error."""
    if not families:
        return None, "no curve was asked for"
    panel = panel.of(np.arange(panel.count)[:: max(panel.count // _MOST_JUDGES, 1)])
    held = min(max(panel.length // 4, 1), panel.periods_a_year)
    if panel.length - held < LEAST_PERIODS:
        return None, f"{panel.length} periods are too few to try curves on the past"
    past = panel.until(panel.length - held)
    came = panel.log_output[:, -held:]
    season = fit_season(past, priors)
    y, place = past.log_output - season.passed_, (past.first_period + past.length) % past.periods_a_year
    null = with_season(fit_null(y, past.periods_a_year, priors).forecast(y, held), season, place).log_score(came)
    gains: dict[Family, tuple[float, float, int]] = {}
    for family in families:
        curves = fit_curves(y, past.covariates, past.periods_a_year, priors, family)
        posterior = curves.posterior(y, past.covariates)
        is_identified = judge(curves, posterior, past, priors).is_identified
        score = with_season(curves.forecast(posterior, past.length, held), season, place).log_score(came)
        by_firm = _firm_means(np.where(is_identified[:, None], score - null, np.nan))
        if len(by_firm) >= _LEAST_JUDGES:
            gains[family] = (float(by_firm.mean()), float(by_firm.std(ddof=1) / np.sqrt(len(by_firm))), len(by_firm))
    if not gains:
        return None, f"fewer than {_LEAST_JUDGES} firms had an identified ceiling when curves were tried on the past"
    best = max(gains, key=lambda name: gains[name][0])
    gain, error, count = gains[best]
    told = (
        f"{best} against the null on the last {held} periods of {count} firms: log score {gain:+.3f} (se {error:.3f})"
    )
    return (best, told) if gain > error else (None, f"no curve beat the null on the past; {told}")


def _firm_means(values: np.ndarray) -> np.ndarray:
    count = np.isfinite(values).sum(axis=1)
    return np.nansum(values, axis=1)[count > 0] / count[count > 0]


def _told(
    firms: list[FirmGrowth], family: Family, judged: Judged, posterior: CurvePosterior, priors: GrowthPriors
) -> list[FirmGrowth]:
    order = np.argsort(posterior.nodes.parameters[:, :, 0], axis=1)
    ranked = np.take_along_axis(posterior.nodes.parameters[:, :, 0], order, axis=1)
    below = np.cumsum(np.take_along_axis(posterior.nodes.weights, order, axis=1), axis=1)
    middle = np.take_along_axis(ranked, (below < 0.5).sum(axis=1, keepdims=True).clip(max=below.shape[1] - 1), axis=1)
    told = []
    for row, firm in enumerate(firms):
        variation, learnt = float(judged.variation[row]), float(judged.learnt[row])
        if judged.is_identified[row]:
            reason, name, ceiling = "its ceiling is identified", str(family), float(np.exp(middle[row, 0]))
        else:
            reason, name, ceiling = _why_not(firm.observations, variation, learnt, priors), "null", np.nan
        told.append(FirmGrowth(firm.firm_id, name, reason, firm.observations, ceiling, variation, learnt))
    return told


def _why_not(observations: int, variation: float, learnt: float, priors: GrowthPriors) -> str:
    if observations < priors.least_observations:
        return f"its ceiling is not identified: {observations} periods are fewer than {priors.least_observations:.0f}"
    if variation >= priors.ceiling_variation_most:
        return f"its ceiling is not identified: posterior CV {variation:.2f}"
    return f"its ceiling is not identified: {observations} periods removed {max(learnt, 0):.0%} of the doubt about it"


def _stopped(firm: FirmGrowth, panel: GrowthPanel, row: int, standstill: int) -> FirmGrowth:
    last = int(panel.last_seen[row])
    reason = "it never produced" if last < 0 else f"no output since {panel.period_name(last)} (at least {standstill})"
    return FirmGrowth(firm.firm_id, "none", reason, firm.observations, np.nan, np.nan, np.nan)


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return float(f"{value:.9g}") if np.isfinite(value) else None
    return value
