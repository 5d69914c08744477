"""What each group of features is worth: the scorer without it, and with nothing else."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from credit.errors import BadInput
from credit.metrics import Difference, auc, auc_difference
from credit.validation.forecasts import Maker, fitted, folds_of
from credit.validation_sets.base import ValidationSet

PARTS = 5
"""One part in five is held back once: an ablation compares fits, so that one split serves all of them."""


@dataclass(frozen=True)
class GroupWorth:
    """One group of features.

    Attributes:
        group: its letter.
        features: in it.
        auc_without: area without it.
        lost: area of all features less that, on the same rows.
        auc_alone: area of the group alone; None where it cannot order rows at all.
    """

    group: str
    features: int
    auc_without: float | None
    lost: Difference | None
    auc_alone: float | None


def worth_of_groups(
    known: ValidationSet, make: Maker, seed: int = 0, on_fit: Callable[[], None] = lambda: None
) -> list[GroupWorth]:
    """Fit with all groups, without each, and with each alone, on the same four fifths; judge on the same fifth.

    Args:
        known: the set; its `groups` name the group of each feature.
        make: gives an unfitted scorer.
        seed: of the split.
        on_fit: called after each group.

    Raises:
        BadInput: too few rows to split.
    """
    held_out = folds_of(known, PARTS, seed) == 0
    train, test = known.part(~held_out), known.part(held_out)
    whole = _risk(train, test, make)
    if whole is None:
        return []
    found = []
    for group in sorted(set(known.groups.values())):
        own = [name for name in known.X.columns if known.groups.get(str(name)) == group]
        others = [name for name in known.X.columns if name not in own]
        without = _risk(_with(train, others), _with(test, others), make) if others else None
        alone = _risk(_with(train, own), _with(test, own), make)
        y, w, clusters = test.y, test.weights, test.clusters
        found.append(
            GroupWorth(
                group=group,
                features=len(own),
                auc_without=None if without is None else auc(y, without, w).value,
                lost=None if without is None else auc_difference(y, whole, without, w, clusters),
                auc_alone=None if alone is None else auc(y, alone, w).value,
            )
        )
        on_fit()
    return found


def _with(known: ValidationSet, names: list[str]) -> ValidationSet:
    """The set with some of its features."""
    return replace(known, X=known.X[names])


def _risk(train: ValidationSet, test: ValidationSet, make: Maker) -> np.ndarray | None:
    """Forecasts for the test rows; None where features say too little to fit anything."""
    try:
        return fitted(make, train).predict_pd(test.X)
    except BadInput:
        return None
