"""Curves of many firms that learn from one another: each is drawn from a population that is fitted with it.

(log K, log r, t0) of a firm ~ N(X gamma, Omega). Expectation and maximisation: where may each firm's curve lie given
the population (`credit.growth.curve_posterior`), then what population do these curves come from. A firm with three
months is drawn to what firms like it do; one with three years speaks for itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from credit.growth.curve_posterior import Mode, Nodes, Population, find_mode, find_nodes
from credit.growth.curves import Curve, Family
from credit.growth.forecasts import GrowthForecast
from credit.growth.priors import GrowthPriors
from credit.growth.residuals import Observed, scale_prior
from credit.model_files import rounded
from credit.one_thread import on_one_thread
from credit.ranges import Floats

FIRMS_FOR_FIT = 400
"""The population is learnt from at most so many firms, evenly drawn; its standard errors are then a few per cent."""
ROUNDS, STEPS_FIRST, STEPS_AGAIN, STEPS_LAST = 15, 12, 3, 15
NODES_FOR_FIT, NODES = 64, 128
_SHAPE_SPREAD = 0.7
_MOST_PERSISTENCE = 0.95


@dataclass(frozen=True)
class CurvePosterior:
    """What is known of the curves of firms.

    Attributes:
        mode: the most probable curves.
        nodes: weighted curves.
        seen: the observations.
    """

    mode: Mode
    nodes: Nodes
    seen: Observed

    @property
    def ceiling_variation(self) -> Floats:
        """Coefficient of variation of each firm's ceiling K (N)."""
        log_ceiling = self.nodes.parameters[:, :, 0]
        top = log_ceiling.max(axis=1, keepdims=True)
        mean = self.nodes.mean(np.exp(log_ceiling - top))
        square = self.nodes.mean(np.exp(2.0 * (log_ceiling - top)))
        return np.sqrt(np.maximum(square / mean**2 - 1.0, 0.0))


@dataclass(frozen=True)
class PooledCurves:
    """A fitted population of curves.

    Attributes:
        family: of the curves.
        population_: what firms have in common.
        periods_a_year: of the panel.
    """

    family: Family
    population_: Population
    periods_a_year: int

    @property
    def curve(self) -> Curve:
        """The family's formula."""
        return Curve(self.family)

    @on_one_thread
    def posterior(self, log_output: Floats, covariates: Floats) -> CurvePosterior:
        """The curves of firms, whether or not they were in the fit."""
        seen = Observed.of(log_output, self.periods_a_year)
        mode = find_mode(self.curve, seen, covariates, self.population_, None, STEPS_LAST)
        return CurvePosterior(mode, find_nodes(self.curve, seen, covariates, self.population_, mode, NODES), seen)

    def ceiling_learnt(self, posterior: CurvePosterior, covariates: Floats) -> Floats:
        """Part of the doubt about a firm's headroom that its own record removed (N).

        Headroom is log K less the curve where the record ends: what a population says of it before it has seen
        the firm, given only the firm's size, against the posterior of log K.
        """
        centre = self.population_.centre(covariates)
        root = np.linalg.cholesky(self.population_.covariance)
        drawn = np.random.default_rng(7).standard_normal((256, centre.shape[1])) @ root.T
        last = posterior.seen.years.max(axis=1)
        headroom = np.empty(len(centre))
        for first in range(0, len(centre), 2000):
            part = slice(first, first + 2000)
            parameters = centre[part][:, None] + drawn
            room = parameters[..., 0] - self.curve.log_output(parameters, last[part][:, None])
            low, high = np.quantile(np.minimum(room, 20.0), (0.16, 0.84), axis=1)
            headroom[part] = (0.5 * (high - low)) ** 2
        _, covariance = posterior.nodes.moments()
        return 1.0 - np.minimum(covariance[:, 0, 0] / np.maximum(headroom, 1e-12), 1.0)

    def forecast(self, posterior: CurvePosterior, length: int, horizons: int) -> GrowthForecast:
        """Log output 1 .. `horizons` periods after period `length`: nodes mixed, as a Student t of equal moments."""
        p, seen = self.population_, posterior.seen
        rows = np.arange(len(seen.log_output))
        last = np.maximum(seen.counts - 1, 0)
        last_year, last_value = seen.years[rows, last], seen.log_output[rows, last]
        parameters = posterior.nodes.parameters
        left = last_value[:, None] - self.curve.log_output(parameters, last_year[:, None])
        since = length - 1 - np.rint(last_year * self.periods_a_year)
        degrees = p.noise_degrees
        per_innovation = posterior.nodes.variance * degrees / (degrees - 2.0)
        location, variance = [], []
        for h in range(1, horizons + 1):
            years = np.full((len(rows), 1), (length - 1 + h) / self.periods_a_year)
            kept = p.persistence ** (since + h)
            path = self.curve.log_output(parameters, years) + kept[:, None] * left
            mean = posterior.nodes.mean(path)
            between = posterior.nodes.mean((path - mean[:, None]) ** 2)
            location.append(mean)
            variance.append(between + per_innovation * (1.0 - kept**2) / (1.0 - p.persistence**2))
        spread = np.sqrt(np.stack(variance, axis=1) * (degrees - 2.0) / degrees)
        told = np.stack(location, axis=1)
        return GrowthForecast(told, spread, np.full_like(told, degrees), np.ones_like(told))

    def to_json(self) -> dict[str, Any]:
        """The population as plain content."""
        p = self.population_
        return {
            "kind": "pooled_curves",
            "family": self.family,
            "periods_a_year": self.periods_a_year,
            "coefficients": p.coefficients.tolist(),
            "covariance": p.covariance.tolist(),
            "scale": p.scale,
            "scale_degrees": p.scale_degrees,
            "persistence": p.persistence,
            "noise_degrees": p.noise_degrees,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "PooledCurves":
        """The population that `to_json` wrote."""
        population = Population(
            np.asarray(content["coefficients"], dtype=float),
            np.asarray(content["covariance"], dtype=float),
            content["scale"],
            content["scale_degrees"],
            content["persistence"],
            content["noise_degrees"],
        )
        return cls(content["family"], population, content["periods_a_year"])


@on_one_thread
def fit_curves(
    log_output: Floats, covariates: Floats, periods_a_year: int, priors: GrowthPriors, family: Family = "logistic"
) -> PooledCurves:
    """Fit the population of one family.

    Args:
        log_output: N x T, season taken out, NaN where not known.
        covariates: N x P, finite.
        periods_a_year: 1, 4 or 12.
        priors: spreads between firms that hold where firms are few.
        family: of the curves.
    """
    rows = np.flatnonzero(np.isfinite(log_output).sum(axis=1) >= 3)
    if not len(rows):
        rows = np.arange(len(log_output))
    rows = rows[:: max(len(rows) // FIRMS_FOR_FIT, 1)][:FIRMS_FOR_FIT]
    y, X = log_output[rows], covariates[rows]
    seen, curve = Observed.of(y, periods_a_year), Curve(family)
    population, prior = _first_guess(y, X, periods_a_year, priors, curve)
    mode: Mode | None = None
    for _ in range(ROUNDS):
        mode = find_mode(curve, seen, X, population, mode, STEPS_AGAIN if mode else STEPS_FIRST)
        nodes = find_nodes(curve, seen, X, population, mode, NODES_FOR_FIT)
        population = _maximised(nodes, seen, X, prior, priors.noise_degrees, population)
    told = Population(
        rounded(population.coefficients),
        rounded(population.covariance),
        float(np.round(population.scale, 9)),
        float(np.round(population.scale_degrees, 6)),
        float(np.round(population.persistence, 6)),
        population.noise_degrees,
    )
    return PooledCurves(family, told, periods_a_year)


def _first_guess(
    y: Floats, X: Floats, periods_a_year: int, priors: GrowthPriors, curve: Curve
) -> tuple[Population, Floats]:
    years = y.shape[1] / periods_a_year
    level = float(np.nanmean(y))
    d = len(curve.names)
    coefficients = np.zeros((1 + X.shape[1], d))
    coefficients[0, :3] = level + 0.3, np.log(4.0 / years), 0.3 * years
    spread = np.array([priors.ceiling_spread, priors.steepness_spread, 0.5 * years, _SHAPE_SPREAD])[:d]
    steps = np.diff(y, axis=1)
    steps = steps[np.isfinite(steps)]
    noise = float(np.median(np.abs(steps - np.median(steps)))) / 0.6745 if len(steps) else 0.1
    return Population(
        coefficients, np.diag(spread**2), max(0.5 * noise**2, 1e-6), 4.0, 0.3, priors.noise_degrees
    ), np.diag(spread**2)


def _maximised(
    nodes: Nodes, seen: Observed, X: Floats, prior: Floats, noise_degrees: float, before: Population
) -> Population:
    mean, within = nodes.moments()
    count, d = mean.shape
    design = np.hstack((np.ones((count, 1)), X))
    ridge = 1e-6 * np.eye(design.shape[1])
    coefficients = np.linalg.solve(design.T @ design + ridge, design.T @ mean)
    away = mean - design @ coefficients
    believed = d + 2.0  # degrees of the inverse Wishart: the prior weighs as much as a handful of firms
    covariance = (away.T @ away + within.sum(axis=0) + believed * prior) / (count + believed)
    scale, degrees = before.scale, before.scale_degrees
    has_freedom = seen.counts > d
    if has_freedom.sum() >= 10:
        freedom = seen.counts[has_freedom].astype(float)
        scale, degrees = scale_prior(np.maximum(nodes.squares[has_freedom], 1e-12) / freedom, freedom)
    # two pseudo-observations without memory keep the ratio sane where there are few pairs
    memory = float(nodes.products[:, 0].sum() / (nodes.products[:, 1].sum() + 2.0))
    return Population(
        coefficients,
        covariance,
        max(scale, 1e-8),
        float(np.clip(degrees, 1.0, 200.0)),
        float(np.clip(memory, 0.0, _MOST_PERSISTENCE)),
        noise_degrees,
    )
