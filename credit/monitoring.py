"""Watching a scorer in use: PSI of its points and CSI of its features, by cohort and period."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.metrics import Shift, csi, psi

LEAST_ROWS = 30
"""A cohort of fewer rows in a period is not compared: ten bins of three rows are luck."""


@dataclass(frozen=True)
class CohortShift:
    """How far one cohort moved in one period.

    Attributes:
        cohort: its name.
        period: when.
        rows: in it.
        shift: of the points against the reference.
    """

    cohort: str
    period: str
    rows: int
    shift: Shift


@dataclass(frozen=True)
class FeatureShift:
    """How far one feature moved."""

    name: str
    shift: Shift


def points_by_cohort(
    reference: np.ndarray,
    points: np.ndarray,
    period: np.ndarray,
    cohort: np.ndarray | None = None,
    reference_weights: np.ndarray | None = None,
    weights: np.ndarray | None = None,
) -> list[CohortShift]:
    """PSI of the points of each cohort in each period against the rows that the scorer learnt from.

    Args:
        reference: points of the rows learnt from.
        points: points of the rows watched.
        period: when each row was scored, something that sorts (a year, a month).
        cohort: what each row belongs to, such as the month of its first credit; one cohort when absent.
        reference_weights: of the rows learnt from.
        weights: of the rows watched.

    Returns:
        By cohort and period; those below LEAST_ROWS rows are left out.

    Raises:
        BadInput: lengths differ, or there is nothing to compare with.
    """
    if len(points) != len(period) or (cohort is not None and len(cohort) != len(points)):
        raise BadInput(Problem("points, periods and cohorts must have one value a row", field="points"))
    w = np.ones(len(points)) if weights is None else np.asarray(weights, dtype=float)
    groups = pd.DataFrame({"cohort": "all" if cohort is None else cohort, "period": period})
    found = []
    for key, part in groups.groupby(["cohort", "period"], sort=True, observed=True):
        rows = part.index.to_numpy()
        if len(rows) >= LEAST_ROWS and w[rows].sum() > 0:
            shift = psi(reference, points[rows], reference_weights, w[rows])
            name, when = key if isinstance(key, tuple) else (key, "")
            found.append(CohortShift(str(name), _period(when), len(rows), shift))
    return found


def features_shifted(
    reference: pd.DataFrame,
    X: pd.DataFrame,
    reference_weights: np.ndarray | None = None,
    weights: np.ndarray | None = None,
) -> list[FeatureShift]:
    """CSI of each feature against the rows that the scorer learnt from, largest first.

    Raises:
        BadInput: a feature of the reference is absent.
    """
    absent = [name for name in reference.columns if name not in X.columns]
    if absent:
        raise BadInput([Problem("the reference has this column", field=str(name)) for name in absent])
    found = [
        FeatureShift(str(name), csi(reference[name], X[name], reference_weights, weights)) for name in reference.columns
    ]
    return sorted(found, key=lambda each: -each.shift.value)


def _period(when: object) -> str:
    """A month as 2020-03, anything else as it prints."""
    return f"{when:%Y-%m}" if isinstance(when, pd.Timestamp) else str(when)
