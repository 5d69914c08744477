"""Where a firm's curve may lie, given its own record and the population it comes from: mode, then weighted nodes.

The mode is found for all firms at once (Levenberg and Marquardt with Student-t weights). Around it stand fixed
quasi-random nodes of a wider distribution, weighted by the true posterior (importance sampling): the tail of an
unidentified ceiling is measured, not read off a curvature.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.stats import chi2, norm, qmc

from credit.growth.curves import Curve
from credit.growth.residuals import Observed, log_student
from credit.ranges import Floats

NODE_DEGREES = 5.0
_CHUNK = 500  # firms at a time: what is worked on stays within the cache and within some megabytes


@dataclass(frozen=True)
class Population:
    """What firms of a kind have in common.

    Attributes:
        coefficients: of the constant and each covariate on each parameter ((1 + P) x d).
        covariance: of parameters between firms (d x d).
        scale: typical squared scale of an innovation.
        scale_degrees: how alike firms' scales are.
        persistence: of residuals, a period.
        noise_degrees: of the Student t of innovations.
    """

    coefficients: Floats
    covariance: Floats
    scale: float
    scale_degrees: float
    persistence: float
    noise_degrees: float

    def centre(self, covariates: Floats) -> Floats:
        """The expected parameters of each firm (N x d)."""
        return self.coefficients[0] + covariates @ self.coefficients[1:]


@dataclass
class Mode:
    """The most probable curve of each firm.

    Attributes:
        parameters: N x d.
        covariance: inverse curvature there (N x d x d).
        variance: squared scale of the firm's innovations (N).
        innovations: at the mode (N x M), 0 where there is no observation.
        weights: how far each observation is believed (N x M), 0 where there is none.
    """

    parameters: Floats
    covariance: Floats
    variance: Floats
    innovations: Floats
    weights: Floats


@dataclass(frozen=True)
class Nodes:
    """Weighted curves of each firm.

    Attributes:
        parameters: N x Q x d.
        weights: N x Q, each row sums to 1.
        variance: squared scale of each firm's innovations, the doubt about its curve allowed for (N).
        squares: expected sum of squared innovations, outliers discounted (N).
        products: expected sums of residual x residual before, and of the latter squared, over neighbouring periods, in
            units of the firm's scale (N x 2).
    """

    parameters: Floats
    weights: Floats
    variance: Floats
    squares: Floats
    products: Floats

    @property
    def effective(self) -> Floats:
        """How many equal nodes the weights are worth (N)."""
        return 1.0 / (self.weights**2).sum(axis=1)

    def mean(self, values: Floats) -> Floats:
        """Posterior mean of something known at each node (N x Q x ...)."""
        return np.einsum("nq,nq...->n...", self.weights, values)

    def moments(self) -> tuple[Floats, Floats]:
        """Posterior mean (N x d) and covariance (N x d x d) of the parameters."""
        mean = self.mean(self.parameters)
        away = self.parameters - mean[:, None]
        return mean, np.einsum("nq,nqi,nqj->nij", self.weights, away, away)


def find_mode(
    curve: Curve, seen: Observed, covariates: Floats, population: Population, start: Mode | None, steps: int
) -> Mode:
    """The mode of each firm, from `start` or from the population's centre and some rates and times around it."""
    centre, precision = population.centre(covariates), np.linalg.inv(population.covariance)
    if start is None:
        parameters = _rough_start(curve, seen, centre, population, precision)
        variance = np.full(len(centre), population.scale)
    else:
        parameters, variance = start.parameters.copy(), start.variance.copy()
    damping = np.full(len(centre), 1e-2)
    d = centre.shape[1]
    for _ in range(steps):
        fitted, slopes = curve.slopes(parameters[:, None, :], seen.years)
        new = seen.innovations(seen.log_output - fitted, population.persistence) * seen.is_there
        bend = seen.new_slopes(slopes, population.persistence)
        variance, weights = _scales(new, seen, population)
        force = weights / variance[:, None]
        gradient = np.einsum("nm,nmd->nd", force * new, bend) - (parameters - centre) @ precision
        curvature = np.einsum("nm,nmd,nme->nde", force, bend, bend) + precision
        now = _objective(new, seen, variance, parameters - centre, precision, population)
        heavy = curvature + damping[:, None, None] * curvature * np.eye(d)
        step = np.linalg.solve(heavy, gradient[..., None])[..., 0]
        tried = parameters + np.clip(step, -2.0, 2.0)
        fitted = curve.log_output(tried[:, None, :], seen.years)
        newer = seen.innovations(seen.log_output - fitted, population.persistence) * seen.is_there
        then = _objective(newer, seen, variance, tried - centre, precision, population)
        is_better = then >= now
        parameters = np.where(is_better[:, None], tried, parameters)
        damping = np.clip(np.where(is_better, damping / 5.0, damping * 8.0), 1e-6, 1e6)
    fitted, slopes = curve.slopes(parameters[:, None, :], seen.years)
    new = seen.innovations(seen.log_output - fitted, population.persistence) * seen.is_there
    bend = seen.new_slopes(slopes, population.persistence)
    variance, weights = _scales(new, seen, population)
    curvature = np.einsum("nm,nmd,nme->nde", weights / variance[:, None], bend, bend) + precision
    return Mode(parameters, np.linalg.inv(curvature), variance, new, weights)


def find_nodes(
    curve: Curve, seen: Observed, covariates: Floats, population: Population, mode: Mode, count: int
) -> Nodes:
    """Nodes around the mode, weighted by the posterior."""
    base, log_base = _base_nodes(mode.parameters.shape[1], count)
    parts = [slice(first, first + _CHUNK) for first in range(0, len(mode.parameters), _CHUNK)]
    told = [
        _nodes_of(curve, seen.of_firms(part), population, mode, covariates[part], part, base, log_base)
        for part in parts
    ]
    return Nodes(*(np.concatenate(arrays) for arrays in zip(*told, strict=True)))


def _nodes_of(
    curve: Curve,
    seen: Observed,
    population: Population,
    mode: Mode,
    covariates: Floats,
    part: slice,
    base: Floats,
    log_base: Floats,
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    root = np.linalg.cholesky(mode.covariance[part])
    parameters = mode.parameters[part][:, None] + np.einsum("nij,qj->nqi", root, base)
    residual = seen.log_output[:, None, :] - curve.log_output(parameters[:, :, None, :], seen.years[:, None, :])
    residual *= seen.is_there[:, None, :]
    squared = (seen.innovations(residual, population.persistence) * seen.is_there[:, None, :]) ** 2
    away = parameters - population.centre(covariates)[:, None]
    prior = -0.5 * np.einsum("nqi,ij,nqj->nq", away, np.linalg.inv(population.covariance), away) - log_base
    variance, k, degrees = mode.variance[part], population.noise_degrees, population.scale_degrees
    for _ in range(2):  # the scale at the mode forgets that the curve is not known; the second round does not
        likely = log_student(np.sqrt(squared / variance[:, None, None]), k) * seen.is_there[:, None, :]
        log_weight = likely.sum(axis=2) + prior
        weights = np.exp(log_weight - log_weight.max(axis=1, keepdims=True))
        weights /= weights.sum(axis=1, keepdims=True)
        expected = np.einsum("nq,nqm->nm", weights, squared)
        trust = (k + 1.0) / (k + expected / variance[:, None]) * seen.is_there
        squares = (trust * expected).sum(axis=1)
        variance = (degrees * population.scale + squares) / (degrees + seen.counts)
    is_next = (seen.gap == 1.0) & seen.is_there
    use = is_next[:, 1:] * trust[:, 1:] / variance[:, None]
    ahead = np.einsum("nq,nqm,nqm->nm", weights, residual[:, :, 1:], residual[:, :, :-1])
    back = np.einsum("nq,nqm->nm", weights, residual[:, :, :-1] ** 2)
    products = np.stack(((use * ahead).sum(axis=1), (use * back).sum(axis=1)), axis=1)
    return parameters, weights, variance, squares, products


def _scales(new: Floats, seen: Observed, population: Population) -> tuple[Floats, Floats]:
    """Squared scale of each firm, shrunk to the population's, and Student-t weights of its observations."""
    k, degrees, count = population.noise_degrees, population.scale_degrees, seen.counts
    variance = np.full(len(new), population.scale)
    weights = seen.is_there.astype(float)
    for _ in range(3):
        weights = (k + 1.0) / (k + new * new / variance[:, None]) * seen.is_there
        variance = (degrees * population.scale + (weights * new * new).sum(axis=1)) / (degrees + count)
    return variance, weights


def _objective(
    new: Floats, seen: Observed, variance: Floats, away: Floats, precision: Floats, population: Population
) -> Floats:
    z = new / np.sqrt(variance)[:, None]
    likely = (log_student(z, population.noise_degrees) * seen.is_there).sum(axis=1)
    return likely - 0.5 * np.einsum("ni,ij,nj->n", away, precision, away)


def _rough_start(curve: Curve, seen: Observed, centre: Floats, population: Population, precision: Floats) -> Floats:
    """The best of a few rates and times; the ceiling that goes with each is the mean distance of the record."""
    best, parameters = np.full(len(centre), -np.inf), centre.copy()
    spread = np.sqrt(np.diag(population.covariance))
    variance = np.full(len(centre), population.scale * 4.0)
    for rate in (-1.0, 0.0, 1.0):
        for time in (-2.0, -1.0, 0.0, 1.0, 2.0):
            tried = centre.copy()
            tried[:, 1] += rate * spread[1]
            tried[:, 2] += time * spread[2]
            tried[:, 0] = 0.0
            fitted = curve.log_output(tried[:, None, :], seen.years)
            away = (seen.log_output - fitted) * seen.is_there
            tried[:, 0] = away.sum(axis=1) / np.maximum(seen.counts, 1)
            new = seen.innovations(away - tried[:, :1] * seen.is_there, population.persistence) * seen.is_there
            value = _objective(new, seen, variance, tried - centre, precision, population)
            is_better = value > best
            best = np.where(is_better, value, best)
            parameters[is_better] = tried[is_better]
    return parameters


@cache
def _base_nodes(d: int, count: int) -> tuple[Floats, Floats]:
    """Fixed nodes of a Student t in d dimensions, and their log density there (up to a constant)."""
    points = qmc.Sobol(d + 1, scramble=True, rng=7).random(count)
    points = np.clip(points, 1e-6, 1.0 - 1e-6)
    z = norm.ppf(points[:, :d]) / np.sqrt(chi2.ppf(points[:, d], NODE_DEGREES) / NODE_DEGREES)[:, None]
    return z, -0.5 * (NODE_DEGREES + d) * np.log1p((z * z).sum(axis=1) / NODE_DEGREES)
