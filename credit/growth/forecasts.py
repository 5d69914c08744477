"""Forecasts as distributions: a Student t on log output for every firm and horizon, and how good it turned out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import betaln
from scipy.stats import t as student

from credit.ranges import Floats

LEAST_DEGREES = 2.05
"""Below two a Student t has no variance and a credit need no price; fitted values are held above it."""


@dataclass(frozen=True)
class GrowthForecast:
    """What log output will be, firm by firm and period by period ahead, while the firm goes on producing.

    Attributes:
        location: centre, log output (N x H).
        scale: scale of the Student t (N x H), > 0; its standard deviation is scale * sqrt(df / (df - 2)).
        degrees: degrees of freedom (N x H), above 2.
        survival: probability that the firm still produces then (N x H); 1 where nobody stops.
    """

    location: Floats
    scale: Floats
    degrees: Floats
    survival: Floats

    @property
    def horizons(self) -> int:
        """Number of periods ahead."""
        return self.location.shape[1]

    def quantiles(self, probabilities: Sequence[float]) -> Floats:
        """Output (not its logarithm) undercut with each probability, given that the firm goes on (N x H x P)."""
        p = np.asarray(probabilities, dtype=float)
        z = student.ppf(p, self.degrees[..., None])
        return np.exp(self.location[..., None] + self.scale[..., None] * z)

    def quantiles_with_exit(self, probabilities: Sequence[float]) -> Floats:
        """The same over all futures, those in which the firm has stopped (output 0) included (N x H x P).

        A forecast given survival is a survivor's forecast; a lender is also owed money by those who stop.
        """
        p = np.asarray(probabilities, dtype=float)
        gone = 1.0 - self.survival[..., None]
        inner = np.clip((p - gone) / np.maximum(self.survival[..., None], 1e-12), 0.0, 1.0)
        z = student.ppf(np.clip(inner, 1e-12, 1 - 1e-12), self.degrees[..., None])
        return np.where(p > gone, np.exp(self.location[..., None] + self.scale[..., None] * z), 0.0)

    def log_score(self, log_output: Floats) -> Floats:
        """Log density at what came (N x H); higher is better. NaN where nothing came."""
        return student.logpdf(log_output, self.degrees, self.location, self.scale)

    def crps(self, log_output: Floats) -> Floats:
        """Continuous ranked probability score on the log scale (N x H); lower is better.

        Closed form for the Student t: Jordan, Krueger & Lerch, Journal of Statistical Software 90(12), 2019.
        """
        z, df = (log_output - self.location) / self.scale, self.degrees
        spread = z * (2.0 * student.cdf(z, df) - 1.0) + 2.0 * student.pdf(z, df) * (df + z * z) / (df - 1.0)
        overlap = np.exp(betaln(0.5, df - 0.5) - 2.0 * betaln(0.5, 0.5 * df))
        return self.scale * (spread - 2.0 * np.sqrt(df) / (df - 1.0) * overlap)

    def place(self, log_output: Floats) -> Floats:
        """The probability that the forecast gave to less than what came (N x H): uniform where forecasts are right."""
        return student.cdf((log_output - self.location) / self.scale, self.degrees)

    def shifted(self, amount: Floats) -> "GrowthForecast":
        """The same with something known added to log output (a season)."""
        return GrowthForecast(self.location + amount, self.scale, self.degrees, self.survival)

    def of(self, rows: np.ndarray) -> "GrowthForecast":
        """Some of the firms."""
        return GrowthForecast(self.location[rows], self.scale[rows], self.degrees[rows], self.survival[rows])

    def chosen(self, is_other: np.ndarray, other: "GrowthForecast") -> "GrowthForecast":
        """This forecast, and another one for the firms that are marked."""
        which = is_other[:, None]
        return GrowthForecast(
            np.where(which, other.location, self.location),
            np.where(which, other.scale, self.scale),
            np.where(which, other.degrees, self.degrees),
            np.where(which, other.survival, self.survival),
        )

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, to nine digits."""
        return {name: [[float(f"{x:.9g}") for x in row] for row in getattr(self, name)] for name in _FIELDS}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> "GrowthForecast":
        """The forecast that `to_json` wrote."""
        return cls(**{name: np.asarray(content[name], dtype=float) for name in _FIELDS})


_FIELDS = ("location", "scale", "degrees", "survival")
