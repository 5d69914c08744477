"""Simulated moments: parameters, within their ranges, under which the fitted facts come closest to their bands.

Every candidate is lived on the same seeds (common random numbers), so that the loss is a fixed surface and not a noisy
one; Nelder and Mead's simplex walks it without derivatives, because whole days and whole firms make it stepped. What is
found is a proposal: nothing here writes parameters.

Source: D. McFadden, "A method of simulated moments", Econometrica 57 (1989); robust loss: P. Huber (1964).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize

from credit.errors import BadInput, Problem
from sim.facts.catalogue import Band, Fact
from sim.facts.measures import MEASURED_ON_A_RUN
from sim.facts.ranges import Range

HUBER_WIDTHS = 3.0
"""A fact further than this many half-widths from the middle of its band pulls no harder the further it is."""

FIRST_STEP = 0.25
"""The first simplex spans a quarter of each range."""

NUDGE = 0.1
"""How far each parameter is moved in the end, a share of its range, to see whether the facts hold it."""

type Moments = Mapping[str, float]
"""Mean over seeds of every fact that was measured, by name."""


@dataclass(frozen=True)
class Held:
    """One parameter in a proposal, and whether the facts hold it there.

    Attributes:
        range: the parameter.
        proposed: value found.
        loss_below: loss with the parameter a tenth of its range lower, the others as proposed.
        loss_above: the same, higher. A parameter is held by the facts where both exceed the loss found.
    """

    range: Range
    proposed: float
    loss_below: float
    loss_above: float


@dataclass(frozen=True)
class Proposal:
    """What calibration found.

    Attributes:
        parameters: with the values proposed.
        loss: at the proposal.
        loss_in_force: at the parameters in force.
        moments: facts at the proposal, held-out ones included.
        moments_in_force: facts at the parameters in force.
        evaluations: points at which the market was lived.
    """

    parameters: tuple[Held, ...]
    loss: float
    loss_in_force: float
    moments: Moments
    moments_in_force: Moments
    evaluations: int


def targets(facts: Mapping[str, Fact], names: Sequence[str] = ()) -> dict[str, Band]:
    """The bands to come close to: of the named facts, or of all fitted ones.

    Raises:
        BadInput: a fact that is not known, is held out, or has a band with an open end.
    """
    problems = []
    for name in names:
        if name not in facts or name not in MEASURED_ON_A_RUN:
            problems.append(Problem("no such fact is measured on a run", field="facts", value=name))
        elif facts[name].role == "held_out":
            problems.append(Problem("is held out: nothing may be fitted to it", field="facts", value=name))
    if problems:
        raise BadInput(problems)
    chosen = names or [name for name, fact in facts.items() if fact.role == "fitted" and name in MEASURED_ON_A_RUN]
    return {name: facts[name].band for name in chosen}


def loss_of(moments: Moments, bands: Mapping[str, Band]) -> float:
    """Sum over facts of Huber's loss of the distance to the band's middle, in half-widths of the band.

    An open band is met anywhere beyond its end. A fact that could not be measured weighs as one HUBER_WIDTHS away.
    """
    total = 0.0
    for name, band in bands.items():
        away = abs(_half_widths(moments[name], band)) if name in moments else HUBER_WIDTHS
        total += away**2 if away <= HUBER_WIDTHS else HUBER_WIDTHS * (2.0 * away - HUBER_WIDTHS)
    return total


def calibrated(
    live: Callable[[Mapping[str, float]], Moments],
    parameters: Sequence[Range],
    bands: Mapping[str, Band],
    most_evaluations: int,
) -> Proposal:
    """Look for the parameters under which the facts come closest to their bands.

    Args:
        live: lives the market under assumed values, always on the same seeds.
        parameters: what may be varied, and how far.
        bands: of the facts to come close to.
        most_evaluations: points to try in the search; 2 a parameter and the first one come on top.

    Raises:
        BadInput: nothing to vary, nothing to come close to, or more parameters than facts.
    """
    rules = (
        (len(parameters) >= 1, "must name at least one parameter", "parameters", 0),
        (len(bands) >= len(parameters), "must not exceed the number of facts", "parameters", len(parameters)),
        (most_evaluations > len(parameters), "must exceed the number of parameters", "evaluations", most_evaluations),
    )
    problems = [Problem(rule, field=field, value=value) for holds, rule, field, value in rules if not holds]
    if problems:
        raise BadInput(problems)
    seen: dict[tuple[float, ...], tuple[float, Moments]] = {}

    def at(shares: np.ndarray) -> float:
        values = tuple(round(one.at(share), 6) for one, share in zip(parameters, shares, strict=True))
        if values not in seen:
            moments = live({one.name: value for one, value in zip(parameters, values, strict=True)})
            seen[values] = (loss_of(moments, bands), moments)
        return seen[values][0]

    start = np.array([one.share for one in parameters])
    in_force = at(start)
    simplex = np.vstack([start, *(_stepped(start, place) for place in range(len(start)))])
    options = {"maxfev": most_evaluations, "initial_simplex": simplex, "xatol": 1e-3, "fatol": 1e-3}
    minimize(at, start, method="Nelder-Mead", bounds=[(0.0, 1.0)] * len(start), options=options)
    values = min(seen, key=lambda point: seen[point][0])
    best = np.array([(value - one.low) / (one.high - one.low) for one, value in zip(parameters, values, strict=True)])
    held = tuple(
        Held(one, value, at(_nudged(best, place, -NUDGE)), at(_nudged(best, place, NUDGE)))
        for place, (one, value) in enumerate(zip(parameters, values, strict=True))
    )
    first = next(iter(seen.values()))
    return Proposal(held, seen[values][0], in_force, seen[values][1], first[1], len(seen))


def _half_widths(value: float, band: Band) -> float:
    if band.low is None or band.high is None:
        end = band.low if band.low is not None else band.high
        assert end is not None
        beyond = max(end - value, 0.0) if band.high is None else max(value - end, 0.0)
        return beyond / max(abs(end), 1e-9)
    return (value - (band.low + band.high) / 2.0) / ((band.high - band.low) / 2.0)


def _stepped(start: np.ndarray, place: int) -> np.ndarray:
    step = FIRST_STEP if start[place] + FIRST_STEP <= 1.0 else -FIRST_STEP
    return _nudged(start, place, step)


def _nudged(shares: np.ndarray, place: int, step: float) -> np.ndarray:
    moved = shares.copy()
    moved[place] = np.clip(moved[place] + step, 0.0, 1.0)
    return moved
