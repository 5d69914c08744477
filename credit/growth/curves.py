"""Growth curves on log output: logistic, Gompertz and Richards, one family with one inflection time.

    output(t) = K / (1 + nu e^(-r (t - t0)))^(1/nu)

nu = 1 is the logistic curve, nu -> 0 the Gompertz curve K exp(-e^(-r (t - t0))), nu free is Richards (1959). t0 is the
time of steepest growth in all three. On the log scale K is an intercept, so that only rate and time bend the curve.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from credit.ranges import Floats

Family = Literal["logistic", "gompertz", "richards"]
FAMILIES: tuple[Family, ...] = ("logistic", "gompertz", "richards")
NAMES = ("log_ceiling", "log_rate", "inflection_years", "log_shape")
_FARTHEST = 30.0  # output is held at e^-30 of the ceiling: a firm that does not exist yet


@dataclass(frozen=True)
class Curve:
    """One family of curves.

    Attributes:
        family: its name.
    """

    family: Family

    @property
    def names(self) -> tuple[str, ...]:
        """Its parameters: log K, log r (a year), t0 (years from the panel's first period), and log nu of Richards."""
        return NAMES if self.family == "richards" else NAMES[:3]

    def log_output(self, parameters: Floats, years: Floats) -> Floats:
        """Log output.

        Args:
            parameters: ... x d.
            years: anything that broadcasts against `parameters[..., 0]`.
        """
        away, _, shape, _ = self._parts(parameters, years)
        return parameters[..., 0] - _softened(away, shape)

    def slopes(self, parameters: Floats, years: Floats) -> tuple[Floats, Floats]:
        """Log output and its derivatives by each parameter (last axis d)."""
        away, rate, shape, distance = self._parts(parameters, years)
        dropped = _softened(away, shape)
        pull = away / (1.0 + shape * away)
        parts = [np.ones_like(pull), rate * distance * pull, -rate * pull]
        if self.family == "richards":
            parts.append(dropped - pull)
        return parameters[..., 0] - dropped, np.stack(np.broadcast_arrays(*parts), axis=-1)

    def _parts(self, parameters: Floats, years: Floats) -> tuple[Floats, Floats, Floats | float, Floats]:
        rate, distance = np.exp(parameters[..., 1]), years - parameters[..., 2]
        farthest = np.log(_FARTHEST) if self.family == "gompertz" else _FARTHEST
        away = np.exp(np.minimum(-rate * distance, farthest))
        if self.family == "richards":
            return away, rate, np.exp(parameters[..., 3]), distance
        return away, rate, 1.0 if self.family == "logistic" else 0.0, distance


def _softened(away: Floats, shape: Floats | float) -> Floats:
    """log(1 + nu x) / nu, and x itself where nu is 0."""
    if isinstance(shape, float):
        return np.log1p(shape * away) / shape if shape else away
    return np.log1p(shape * away) / shape
