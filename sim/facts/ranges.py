"""Parameters that may be varied, with the ranges that `data/parameters/market.yaml` states."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

import numpy as np

from credit.errors import BadInput, Problem
from credit.parameters import parameters
from sim.settings import assumable


@dataclass(frozen=True)
class Range:
    """One parameter.

    Attributes:
        name: in `data/parameters/market.yaml`.
        unit: of value, low and high.
        value: in force.
        low: lower end of its range.
        high: upper end, above `low`.
    """

    name: str
    unit: str
    value: float
    low: float
    high: float

    def at(self, share: float) -> float:
        """The value at a share of the way from low to high; shares beyond 0 and 1 are held there."""
        return float(self.low + (self.high - self.low) * np.clip(share, 0.0, 1.0))

    @property
    def share(self) -> float:
        """How far along the range the value in force lies."""
        return (self.value - self.low) / (self.high - self.low)


def ranges(names: Sequence[str], day: date) -> list[Range]:
    """The ranges of parameters on a day; of all that have one where no name is given.

    Raises:
        BadInput: a name stands twice, is not one of the market's settings, or has no range.
    """
    known, possible, problems = parameters("market"), assumable(), []
    told = []
    for name in names or possible:
        if name not in possible:
            near = get_close_matches(name, possible, n=3, cutoff=0.4)
            problems.append(
                Problem(
                    f"must be one of the {len(possible)} parameters of {known.path} that have a range",
                    field="--parameters",
                    value=name,
                    remedy=f"did you mean {', '.join(near)}?" if near else "look it up in that file",
                )
            )
            continue
        stated = known[name].on(day)
        if stated.low is None or stated.high is None or not stated.low < stated.high:
            if names:
                problems.append(Problem("has no range to vary it in", file=str(known.path), field=name))
            continue
        told.append(Range(name, known[name].unit, stated.value, stated.low, stated.high))
    if len(set(names)) != len(names):
        problems.append(Problem("each parameter may stand once", field="parameters", value=", ".join(names)))
    if problems:
        raise BadInput(problems)
    return told
