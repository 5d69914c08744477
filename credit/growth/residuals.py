"""Residuals of curves that remember: first-order autoregression across gaps, Student-t innovations."""

from dataclasses import dataclass

import numpy as np
from scipy.special import digamma, gammaln, polygamma

from credit.ranges import Floats


@dataclass(frozen=True)
class Observed:
    """The observations of each firm, packed to the left.

    Attributes:
        years: when (N x M), years from the panel's first period; 0 where there is none.
        log_output: what (N x M), 0 where there is none.
        is_there: which cells hold an observation (N x M).
        gap: periods since the one before (N x M); 1 where there is none before.
    """

    years: Floats
    log_output: Floats
    is_there: np.ndarray
    gap: Floats

    @classmethod
    def of(cls, log_output: Floats, periods_a_year: int) -> "Observed":
        """Pack a panel, N x T with NaN where not known."""
        is_seen = np.isfinite(log_output)
        most = max(int(is_seen.sum(axis=1).max(initial=0)), 1)
        order = np.argsort(~is_seen, axis=1, kind="stable")[:, :most]
        is_there = np.take_along_axis(is_seen, order, axis=1)
        y = np.where(is_there, np.take_along_axis(log_output, order, axis=1), 0.0)
        position = np.where(is_there, order, 0).astype(float)
        gap = np.ones_like(position)
        gap[:, 1:] = np.where(is_there[:, 1:], position[:, 1:] - position[:, :-1], 1.0)
        return cls(position / periods_a_year, y, is_there, gap)

    def of_firms(self, rows: np.ndarray | slice) -> "Observed":
        """Some of the firms."""
        return Observed(self.years[rows], self.log_output[rows], self.is_there[rows], self.gap[rows])

    @property
    def counts(self) -> np.ndarray:
        """Observations of each firm."""
        return self.is_there.sum(axis=1)

    def innovations(self, residual: Floats, persistence: float) -> Floats:
        """What is new in each residual, to one variance; any axes may stand between firm and observation.

        Args:
            residual: N x ... x M.
            persistence: of the autoregression, a period.
        """
        carried, spread = self._memory(persistence, residual.ndim)
        new = residual.copy()
        new[..., 1:] -= carried[..., 1:] * residual[..., :-1]
        return new / spread

    def new_slopes(self, slopes: Floats, persistence: float) -> Floats:
        """The same for derivatives (N x M x d)."""
        carried, spread = self._memory(persistence, 2)
        new = slopes.copy()
        new[:, 1:] -= carried[:, 1:, None] * slopes[:, :-1]
        return new / spread[..., None]

    def log_jacobian(self, persistence: float) -> Floats:
        """Log of the scaling that `innovations` divides by, summed over a firm's observations (N)."""
        _, spread = self._memory(persistence, 2)
        return -(np.log(spread) * self.is_there).sum(axis=1)

    def _memory(self, persistence: float, axes: int) -> tuple[Floats, Floats]:
        carried = persistence**self.gap
        is_first = np.zeros_like(self.is_there)
        is_first[:, 0] = True
        stationary = 1.0 - persistence**2
        spread = np.sqrt(np.where(is_first, 1.0, 1.0 - carried**2) / stationary)
        shape = (len(carried), *([1] * (axes - 2)), carried.shape[1])
        return carried.reshape(shape), spread.reshape(shape)


def log_student(z: Floats, degrees: float) -> Floats:
    """Log density of a standard Student t."""
    constant = gammaln(0.5 * (degrees + 1.0)) - gammaln(0.5 * degrees) - 0.5 * np.log(degrees * np.pi)
    return constant - 0.5 * (degrees + 1.0) * np.log1p(z * z / degrees)


def scale_prior(variances: Floats, freedom: Floats) -> tuple[float, float]:
    """Centre and degrees of the inverse gamma that firms' own variances were drawn from.

    By moments of log variances: G. K. Smyth, Statistical Applications in Genetics and Molecular Biology 3(1), 2004.

    Args:
        variances: one estimate a firm, > 0.
        freedom: its degrees of freedom, > 0.
    """
    half = 0.5 * freedom
    logs = np.log(variances) - digamma(half) + np.log(half)
    centre = float(logs.mean())
    excess = float(((logs - centre) ** 2).mean() - polygamma(1, half).mean())
    degrees = 2.0 * _inverse_trigamma(max(excess, 1e-3))
    return float(np.exp(centre + digamma(0.5 * degrees) - np.log(0.5 * degrees))), degrees


def _inverse_trigamma(value: float) -> float:
    guess = 0.5 + 1.0 / value
    for _ in range(50):
        tri = float(polygamma(1, guess))
        step = tri * (1.0 - tri / value) / float(polygamma(2, guess))
        guess += step
        if abs(step) < 1e-8 * guess:
            break
    return guess
