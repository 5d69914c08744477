"""Whether groups of clients are treated alike: who is approved, who is refused wrongly, whose PD is off."""

from dataclasses import dataclass

import numpy as np

from credit.errors import BadInput
from credit.metrics.checked_inputs import check_probabilities, checked
from credit.metrics.level import weighted_share
from credit.metrics.order import Auc, auc

LEAST_ROWS = 30
"""Groups with fewer rows are told with their intervals, but not compared: anything could be luck."""


@dataclass(frozen=True)
class Share:
    """A share with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class GroupTreatment:
    """How one group fares at a cut-off.

    Attributes:
        name: of the group.
        rows: in it.
        weight_share: its part of the population.
        default_rate: of all in the group.
        approval_rate: part whose PD lies at or below the cut-off.
        approval_ratio: that part over the part of the group approved most (the four-fifths rule asks for .8); None
            where a group is too small to compare.
        good_approved: part of those who would pay that is approved (equal opportunity); None where there are none.
        bad_approved: part of those who would not pay that is approved; None where there are none.
        observed_over_expected: defaults over those forecast, with the interval of the default rate.
        auc: order within the group; None where one outcome is absent.
    """

    name: str
    rows: int
    weight_share: float
    default_rate: Share
    approval_rate: Share
    approval_ratio: float | None
    good_approved: Share | None
    bad_approved: Share | None
    observed_over_expected: Share
    auc: Auc | None


def cut_off_for(pd: np.ndarray, approved_share: float, weights: np.ndarray | None = None) -> float:
    """The PD at or below which the given share of the population lies."""
    w = np.ones(len(pd)) if weights is None else np.asarray(weights, dtype=float)
    order = np.argsort(pd, kind="stable")
    reached = np.cumsum(w[order]) / w.sum()
    return float(np.asarray(pd)[order][min(int(np.searchsorted(reached, approved_share - 1e-12)), len(order) - 1)])


def treatment_by(
    groups: np.ndarray,
    is_default: np.ndarray,
    pd: np.ndarray,
    cut_off: float,
    weights: np.ndarray | None = None,
    clusters: np.ndarray | None = None,
) -> list[GroupTreatment]:
    """How each group fares when PDs up to the cut-off are approved; largest group first.

    Args:
        groups: a label a row.
        is_default: outcomes 0 or 1.
        pd: forecasts, shares.
        cut_off: the highest PD that is approved.
        weights: population rows that each row stands for.
        clusters: a label a row; rows that share it are dependent and widen the intervals.

    Raises:
        BadInput: a value is not finite, or one outcome does not occur at all.
    """
    y, p, w = checked(is_default, pd, weights)
    check_probabilities(p)
    labels = np.asarray(groups).astype(str)
    is_approved = (p <= cut_off).astype(float)
    names = sorted(set(labels), key=lambda name: -w[labels == name].sum())
    members = {name: (labels == name) & (w > 0) for name in names}
    approvals = {name: _share(is_approved, w, own, clusters) for name, own in members.items() if own.any()}
    compared = {name: share.value for name, share in approvals.items() if members[name].sum() >= LEAST_ROWS}
    best = max(compared.values(), default=0.0)
    found = []
    for name, approval in approvals.items():
        own = members[name]
        defaults, expected = _share(y, w, own, clusters), float(np.average(p[own], weights=w[own]))
        level = Share(*(each / expected for each in (defaults.value, defaults.low, defaults.high)))
        found.append(
            GroupTreatment(
                name=name,
                rows=int(own.sum()),
                weight_share=float(w[own].sum() / w.sum()),
                default_rate=defaults,
                approval_rate=approval,
                approval_ratio=approval.value / best if name in compared and best > 0 else None,
                good_approved=_share(is_approved, w, own & (y == 0), clusters) if (own & (y == 0)).any() else None,
                bad_approved=_share(is_approved, w, own & (y == 1), clusters) if (own & (y == 1)).any() else None,
                observed_over_expected=level,
                auc=_auc(y[own], p[own], w[own], None if clusters is None else clusters[own]),
            )
        )
    return found


def _share(hits: np.ndarray, weights: np.ndarray, own: np.ndarray, clusters: np.ndarray | None) -> Share:
    return Share(*weighted_share(hits[own], weights[own], None if clusters is None else clusters[own]))


def _auc(y: np.ndarray, p: np.ndarray, w: np.ndarray, clusters: np.ndarray | None) -> Auc | None:
    try:
        return auc(y, p, w, clusters)
    except BadInput:  # a group without defaults has no order to judge
        return None
