"""Which assumptions move the answer: Morris's screening and Sobol's shares of variance, over the stated ranges.

Every point is lived on the same seeds and averaged over them. Both methods are SALib's.

Source: J. Herman and W. Usher, "SALib", JOSS 2 (2017); M. D. Morris, Technometrics 33 (1991); I. M. Sobol (2001).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from credit.errors import BadInput, Problem
from sim.facts.ranges import Range
from sim.facts.worlds import FACTS
from sim.runs.run import FinishedRun

type Method = Literal["morris", "sobol"]
METHODS: tuple[Method, ...] = ("morris", "sobol")
SEED = 20260101
LEVELS = 4
RESAMPLES = 1000


@dataclass(frozen=True)
class Index:
    """What one parameter does to one output.

    Attributes:
        output: name of the output.
        parameter: name of the parameter.
        main: Morris: mean absolute effect of crossing the range (mu*), in the output's unit; Sobol: share of variance
            that the parameter explains alone (S1).
        main_half_width: of its 95 % interval.
        total: Morris: standard deviation of the effect (sigma), large where it depends on the others; Sobol: share of
            variance with all its interactions (ST).
        total_half_width: of its 95 % interval; None for Morris, which gives none.
        direction: Morris: mean effect with its sign (mu); None for Sobol.
    """

    output: str
    parameter: str
    main: float
    main_half_width: float
    total: float
    total_half_width: float | None
    direction: float | None

    @property
    def is_told_from_none(self) -> bool:
        """Whether the interval of `main` leaves zero out."""
        return self.main - self.main_half_width > 0.0


def design(method: Method, parameters: Sequence[Range], size: int) -> np.ndarray:
    """The points to live at, shape (points, parameters), in the parameters' units.

    Args:
        method: morris or sobol.
        parameters: what is varied.
        size: Morris: trajectories, points = size x (parameters + 1); Sobol: a power of two,
            points = size x (parameters + 2).

    Raises:
        BadInput: fewer than two parameters or trajectories, or a Sobol size that is not a power of two.
    """
    is_power = size > 1 and size & (size - 1) == 0
    problems = []
    if len(parameters) < 2:
        problems.append(Problem("must name at least two", field="parameters", value=len(parameters)))
    if size < 2 or (method == "sobol" and not is_power):
        rule = "must be a power of two, 2 or more" if method == "sobol" else "must be >= 2"
        problems.append(Problem(rule, field="size", value=size))
    if problems:
        raise BadInput(problems)
    if method == "morris":
        from SALib.sample import morris

        return np.asarray(morris.sample(_problem(parameters), size, num_levels=LEVELS, seed=SEED))
    from SALib.sample import sobol

    return np.asarray(sobol.sample(_problem(parameters), size, calc_second_order=False, seed=SEED))


def indices(
    method: Method, parameters: Sequence[Range], points: np.ndarray, output: str, values: np.ndarray
) -> list[Index]:
    """The indices of every parameter for one output, the strongest first.

    Args:
        method: as given to `design`.
        parameters: as given to `design`.
        points: what `design` answered.
        output: its name.
        values: the output at every point, (points,).

    Raises:
        BadInput: the output is not known at every point.
    """
    if not np.isfinite(values).all():
        rule = f"is not measured at {np.count_nonzero(~np.isfinite(values))} of {len(values)} points"
        raise BadInput(Problem(rule, field="outputs", value=output, remedy="larger or longer markets measure it"))
    if not np.ptp(values):
        return [Index(output, one.name, 0.0, 0.0, 0.0, None, None) for one in parameters]
    told = _analysed(method, parameters, points, values)
    return sorted(
        (_index(method, output, one, told, place) for place, one in enumerate(parameters)),
        key=lambda index: -(index.main if method == "morris" else index.total),
    )


def output_of(run: FinishedRun, name: str) -> float:
    """A fact or a number of the summary of a run; NaN where the run does not tell it.

    Raises:
        BadInput: no run tells such an output.
    """
    facts = run.summary[FACTS]
    if name in facts["values"]:
        return float(facts["values"][name])
    if name in facts["missing"]:
        return float("nan")
    value = run.summary.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float):
        known = sorted([*facts["values"], *facts["missing"]])
        rule = f"must be a number of `creditlab simulate --json` or one of: {', '.join(known)}"
        raise BadInput(Problem(rule, field="outputs", value=name))
    return float(value)


def _problem(parameters: Sequence[Range]) -> dict[str, Any]:
    return {
        "num_vars": len(parameters),
        "names": [one.name for one in parameters],
        "bounds": [[one.low, one.high] for one in parameters],
    }


def _analysed(method: Method, parameters: Sequence[Range], points: np.ndarray, values: np.ndarray) -> dict[str, Any]:
    problem = _problem(parameters)
    if method == "morris":
        from SALib.analyze import morris

        return morris.analyze(problem, points, values, num_levels=LEVELS, num_resamples=RESAMPLES, seed=SEED)
    from SALib.analyze import sobol

    return sobol.analyze(problem, values, calc_second_order=False, num_resamples=RESAMPLES, seed=SEED)


def _index(method: Method, output: str, one: Range, told: dict[str, Any], place: int) -> Index:
    def number(key: str) -> float:
        return float(told[key][place])

    if method == "morris":
        return Index(output, one.name, number("mu_star"), number("mu_star_conf"), number("sigma"), None, number("mu"))
    return Index(output, one.name, number("S1"), number("S1_conf"), number("ST"), number("ST_conf"), None)
