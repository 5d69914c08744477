"""A hazard along paths of its covariates: what becomes of the book if prices fall and orders dry up month by month."""

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.survival.base import DEFAULT, DefaultTiming, Months


class TakesPaths(Protocol):
    """A fitted hazard that can be asked along paths (`credit.survival.firm_month_hazard.FirmMonthHazard`)."""

    causes: tuple[str, ...]

    def hazards_along(self, X: pd.DataFrame, times: Months, paths: Mapping[str, np.ndarray]) -> np.ndarray:
        """Cumulative hazards of all causes, shape (causes, rows, times)."""


class CovariatePaths(DefaultTiming):
    """A fitted hazard whose named covariates follow paths, while the others stay where X has them.

    It answers every question that the model answers. The values that X has in the covariates on a path do not matter.

    Attributes:
        model: the fitted hazard.
        paths: by covariate, shape (months,) or (rows, months): its value at the start of each month ahead.
    """

    def __init__(self, model: TakesPaths, paths: Mapping[str, np.ndarray]) -> None:
        self.model, self.paths, self.causes = model, paths, model.causes

    @property
    def months(self) -> int:
        """How far the paths reach."""
        return int(next(iter(self.paths.values())).shape[-1])

    def cumulative_hazard(self, X: pd.DataFrame, times: Months, cause: str = DEFAULT) -> np.ndarray:
        """The cumulative hazard of a cause along the paths, shape (rows, times)."""
        return self.cumulative_hazards(X, times)[self._position(cause)]

    def cumulative_hazards(self, X: pd.DataFrame, times: Months) -> np.ndarray:
        """Those of all causes, shape (causes, rows, times).

        Raises:
            BadInput: a time lies beyond the paths, or a path has another number of rows than X.
        """
        return self.model.hazards_along(X, times, self.paths)


def checked_paths(
    paths: Mapping[str, np.ndarray], features: Sequence[str], may_be_missing: bool
) -> dict[str, np.ndarray]:
    """Paths as float arrays.

    Raises:
        BadInput: there is none, a name is no covariate, lengths differ, or a value is not finite.
    """
    told = {name: np.asarray(path, dtype=float) for name, path in paths.items()}
    problems = [
        Problem("the model does not know this covariate", field=name, remedy=f"it knows: {', '.join(features)}")
        for name in told
        if name not in features
    ]
    problems += [
        Problem("must have the shape (months,) or (rows, months), at least one month", field=name, value=path.shape)
        for name, path in told.items()
        if path.ndim not in (1, 2) or not path.size
    ]
    if not told:
        problems.append(Problem("at least one covariate must have a path", field="paths"))
    if len({path.shape[-1] for path in told.values() if path.ndim}) > 1:
        lengths = ", ".join(f"{name} {path.shape[-1]}" for name, path in told.items())
        problems.append(Problem("must all reach equally far", field="paths", value=lengths))
    problems += [
        Problem("every value must be a finite number", field=name)
        for name, path in told.items()
        if np.isinf(path).any() or (np.isnan(path).any() and not may_be_missing)
    ]
    if problems:
        raise BadInput(problems)
    return told
