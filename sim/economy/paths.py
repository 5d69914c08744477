"""Slow deviations from normal: how a firm's demand or margin wanders, week by week or month by month."""

from array import array

import numpy as np

from credit import elementary
from sim.streams import Streams, Who

PPM = 1_000_000
LOWEST = 0.1
"""A linear factor does not fall below this: nobody pays a customer for taking goods."""


class Wandering:
    """A stationary AR(1) for every entity, told as factors in ppm with mean one.

    x' = rho x + sqrt(1 - rho^2) spread e. The innovation of an entity in a period depends on the two alone, so that an
    entity's path is its own whoever else is there.

    Attributes:
        factors_ppm: e**(x - spread^2 / 2) in ppm, or 1 + x where the wandering is linear; one an entity.
    """

    def __init__(
        self, streams: Streams, name: str, who: Who, persistence_ppm: int, spread_ppm: int, *, is_linear: bool = False
    ) -> None:
        self._streams, self._name, self._who = streams, name, who
        self._persistence = persistence_ppm / PPM
        self._spread = spread_ppm / PPM
        self._innovation = float(np.sqrt(1.0 - self._persistence * self._persistence))
        self._is_linear = is_linear
        self._period = 0
        self._x = self._spread * streams.normals(name, 0, who)
        self.factors_ppm = self._told()

    def advance(self) -> None:
        """One period on."""
        self._period += 1
        shock = self._streams.normals(self._name, self._period, self._who)
        self._x = self._persistence * self._x + (self._innovation * self._spread) * shock
        self.factors_ppm = self._told()

    def _told(self) -> "array[int]":
        if self._is_linear:
            factors = np.maximum(1.0 + self._x, LOWEST)
        else:
            factors = np.asarray(elementary.exp(self._x - 0.5 * self._spread * self._spread))
        return array("q", np.rint(PPM * factors).astype(np.int64).tobytes())
