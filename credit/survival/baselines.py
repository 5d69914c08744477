"""The shape of the hazard over time for a firm with average covariates, as a linear basis in months."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from credit.elementary import log
from credit.errors import BadInput, Problem


class Baseline(ABC):
    """The log of the baseline hazard in month m is `design([m]) @ coefficients`."""

    @abstractmethod
    def design(self, months: np.ndarray) -> np.ndarray:
        """The basis at months 1, 2, ..., shape (months, columns). It spans the constant."""

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """What `baseline_from_json` rebuilds it from."""


@dataclass(frozen=True)
class Piecewise(Baseline):
    """A constant hazard within each piece; with one piece a month it is as free as Kaplan-Meier.

    Attributes:
        ends: last month of each piece, rising; the last piece goes on for ever.
    """

    ends: tuple[int, ...]

    def __post_init__(self) -> None:
        _check_rising("ends", self.ends, at_least=1)

    def design(self, months: np.ndarray) -> np.ndarray:
        piece = np.searchsorted(np.asarray(self.ends[:-1]), months, side="left")
        return (piece[:, None] == np.arange(len(self.ends))).astype(float)

    def to_json(self) -> dict[str, Any]:
        return {"shape": "piecewise", "ends": list(self.ends)}


@dataclass(frozen=True)
class Spline(Baseline):
    """A restricted cubic spline in log months (Stone & Koo 1985): smooth, straight beyond the outer knots.

    Log time because hazards of credit move fast in the first year and slowly in the fifth. The basis is scaled so that
    its columns are of order one.

    Attributes:
        knots: months, rising; three or more.
    """

    knots: tuple[int, ...]

    def __post_init__(self) -> None:
        _check_rising("knots", self.knots, at_least=3)

    def design(self, months: np.ndarray) -> np.ndarray:
        time = np.asarray(log(np.asarray(months, dtype=float)))
        knots = np.asarray(log(np.asarray(self.knots, dtype=float)))
        low, last, end = knots[0], knots[-2], knots[-1]
        span = (end - low) * (end - low)
        columns = [np.ones(len(time)), time]
        for knot in knots[:-2]:
            bend = _cube(time - knot)
            bend = bend - _cube(time - last) * (end - knot) / (end - last)
            bend = bend + _cube(time - end) * (last - knot) / (end - last)
            columns.append(bend / span)
        return np.column_stack(columns)

    def to_json(self) -> dict[str, Any]:
        return {"shape": "spline", "knots": list(self.knots)}


def spline_over(months: np.ndarray) -> Baseline:
    """A spline whose knots lie where events are: at 5, 27.5, 50, 72.5 and 95 % of their months (Harrell 2015, ch. 2).

    Args:
        months: the month of each event, from 1 on.

    Returns:
        The spline, or one constant piece where events fill fewer than three different months.
    """
    knots = np.unique(np.quantile(months, (0.05, 0.275, 0.5, 0.725, 0.95), method="nearest").astype(int))
    if len(knots) < 3:
        return Piecewise((int(months.max()),))
    return Spline(tuple(int(knot) for knot in knots))


def refuse_unseen(baseline: Baseline, last_month: int) -> None:
    """Raise where a baseline bends only after the data end: nothing could tell its coefficients.

    Raises:
        BadInput: it does.
    """
    design = baseline.design(np.arange(1, last_month + 1))
    if np.linalg.matrix_rank(design) < design.shape[1]:
        rule = f"has more pieces or knots than {last_month} months can tell apart"
        remedy = "end it where the data end"
        raise BadInput(Problem(rule, field="baseline", value=str(baseline.to_json()), remedy=remedy))


def baseline_from_json(content: dict[str, Any]) -> Baseline:
    """Rebuild a baseline.

    Raises:
        BadInput: the shape is unknown.
    """
    match content:
        case {"shape": "piecewise", "ends": list(ends)}:
            return Piecewise(tuple(ends))
        case {"shape": "spline", "knots": list(knots)}:
            return Spline(tuple(knots))
    raise BadInput(Problem("must be a piecewise or a spline baseline", field="baseline", value=str(content)))


def _cube(x: np.ndarray) -> np.ndarray:
    held = np.maximum(x, 0.0)
    return held * held * held


def _check_rising(name: str, months: Sequence[int], at_least: int) -> None:
    is_rising = all(earlier < later for earlier, later in pairwise(months))
    if len(months) < at_least or months[0] < 1 or not is_rising:
        raise BadInput(Problem(f"must be {at_least} or more rising months from 1 on", field=name, value=str(months)))
