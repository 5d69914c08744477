"""What a scorer is worth on all who apply, when only the accepted were ever observed: bounds, never one guess.

A scorer learns from accepted applicants and is used on everybody. Nobody knows how the rejected would have paid, and no
method finds out from the data alone; each classical cure (parcelling, reweighting) is an assumption. So each assumption
here yields an interval, and results hold intervals only:

* worst case: a rejected applicant may be anything (C. Manski, Nonparametric bounds on treatment effects, 1990);
* parcelling: each rejected applicant's odds of default are the model's times a factor from a stated range, which may
  differ from one applicant to the next;
* reweighting: where accepted and rejected overlap, like pays as like does, the accepted weighted by how seldom their
  like is accepted; where they do not overlap, anything.

With the probability of default of each rejected applicant free within an interval, all bounds are sharp. The area
under the curve is (sum q rank - Q^2 / 2) / (Q (N - Q)) for probabilities q that sum to Q, linear in q once Q is given:
its extremes give the upper ends to the highest scores, or the lowest, and are found by going through all cuts.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from credit.elementary import expit, log
from credit.errors import BadInput, Problem
from credit.logit import fit_logit

_LEAST_PD = 1e-9


@dataclass(frozen=True)
class Bounds:
    """What a quantity may be under an assumption.

    Attributes:
        low: the least it can be.
        high: the most it can be.
    """

    low: float
    high: float

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high


@dataclass(frozen=True)
class Sensitivity:
    """One assumption and what follows from it.

    Attributes:
        assumption: in words.
        auc: of the scorer among all applicants.
        pd_all: default rate among all applicants, had all been accepted.
        pd_rejected: default rate among the rejected.
        pd_approved: default rate among those whom the cut-off would approve, whatever was decided then.
        unknown_share: part of the applicants about whom the assumption says nothing.
    """

    assumption: str
    auc: Bounds
    pd_all: Bounds
    pd_rejected: Bounds
    pd_approved: Bounds
    unknown_share: float


@dataclass(frozen=True)
class Applicants:
    """All who applied: forecast for each, outcome for the accepted.

    Attributes:
        pd: the scorer's forecast, shape (applicants,).
        is_accepted: shape (applicants,).
        is_default: 0 or 1 for the accepted; NaN for the rejected, whose outcomes are never read.

    Raises:
        BadInput: lengths differ, a forecast is no probability, an accepted applicant has no outcome, or nobody was
            accepted or rejected.
    """

    pd: np.ndarray
    is_accepted: np.ndarray
    is_default: np.ndarray

    def __post_init__(self) -> None:
        if not len(self.pd) == len(self.is_accepted) == len(self.is_default):
            raise BadInput(Problem("must have one value an applicant", field="pd, is_accepted, is_default"))
        if not ((self.pd >= 0) & (self.pd <= 1)).all():
            raise BadInput(Problem("must lie between 0 and 1", field="pd"))
        if self.is_accepted.dtype != bool or self.is_accepted.all() or not self.is_accepted.any():
            rule = "must be true for some and false for others"
            raise BadInput(Problem(rule, field="is_accepted", remedy="without rejected there is nothing to infer"))
        if not np.isin(self.is_default[self.is_accepted], (0.0, 1.0)).all():
            raise BadInput(Problem("must be 0 or 1 for every accepted applicant", field="is_default"))


def worst_case(applicants: Applicants, approve_below_pd: float) -> Sensitivity:
    """Nothing is assumed: every rejected applicant may pay or not."""
    free = ~applicants.is_accepted
    none, sure = np.zeros(free.sum()), np.ones(free.sum())
    return _sensitivity("nothing: anybody rejected may pay or not", applicants, approve_below_pd, none, sure, free)


def parcelling(applicants: Applicants, approve_below_pd: float, least_factor: float, most_factor: float) -> Sensitivity:
    """Odds of default of each rejected applicant are the model's times a factor within the range.

    Args:
        applicants: all who applied.
        approve_below_pd: the cut-off that is judged.
        least_factor: 1 where the accepter saw nothing that the model does not see.
        most_factor: the more the accepter knew beyond the features, the higher.

    Raises:
        BadInput: not 0 < least_factor <= most_factor.
    """
    if not 0 < least_factor <= most_factor < np.inf:
        raise BadInput(Problem("0 < least <= most must hold", field="factor", value=f"{least_factor} to {most_factor}"))
    odds = _log_odds(applicants.pd[~applicants.is_accepted])
    low, high = (np.asarray(expit(odds + float(log(factor)))) for factor in (least_factor, most_factor))
    told = f"odds of the rejected are {least_factor:g} to {most_factor:g} times the model's"
    return _sensitivity(told, applicants, approve_below_pd, low, high, np.zeros(len(applicants.pd), dtype=bool))


def reweighting(
    applicants: Applicants, approve_below_pd: float, propensity: np.ndarray, least_propensity: float
) -> Sensitivity:
    """Like pays as like does wherever some of the like were accepted; elsewhere nothing is assumed.

    Args:
        applicants: all who applied.
        approve_below_pd: the cut-off that is judged.
        propensity: probability that an applicant with these features was accepted, shape (applicants,).
        least_propensity: below it applicants have no like among the accepted.

    Raises:
        BadInput: propensities are no probabilities, or the accepted with overlap hold one outcome only.
    """
    if len(propensity) != len(applicants.pd) or not ((propensity >= 0) & (propensity <= 1)).all():
        raise BadInput(Problem("must be one probability an applicant", field="propensity"))
    if not 0 < least_propensity < 1:
        raise BadInput(Problem("must lie between 0 and 1", field="least_propensity", value=least_propensity))
    has_like = propensity >= least_propensity
    use = applicants.is_accepted & has_like
    odds = _log_odds(applicants.pd)
    design = np.column_stack([np.ones(use.sum()), odds[use]])
    weights = 1.0 / propensity[use]
    level = fit_logit(design, applicants.is_default[use], ("const", "log-odds"), weights / weights.mean())
    told = np.asarray(expit(level.coefficients[0] + level.coefficients[1] * odds))
    rejected = ~applicants.is_accepted
    low = np.where(has_like, told, 0.0)[rejected]
    high = np.where(has_like, told, 1.0)[rejected]
    words = f"like pays as like where at least {least_propensity:g} of the like were accepted; elsewhere anything"
    return _sensitivity(words, applicants, approve_below_pd, low, high, rejected & ~has_like)


def acceptance_propensity(X: pd.DataFrame, is_accepted: np.ndarray) -> np.ndarray:
    """Probability of acceptance given the features (logit), shape (applicants,).

    Raises:
        BadInput: too few accepted or rejected, or a column that cannot be learnt from.
    """
    from credit.scorers.logistic import LogisticScorer

    return LogisticScorer().fit(X, np.asarray(is_accepted)).predict_pd(X)


def as_table(told: list[Sensitivity]) -> pd.DataFrame:
    """One row an assumption, two columns a measure."""
    rows: list[dict[str, Any]] = []
    for each in told:
        row: dict[str, Any] = {"assumption": each.assumption}
        for name in ("auc", "pd_all", "pd_rejected", "pd_approved"):
            bounds: Bounds = getattr(each, name)
            row |= {f"{name}_low": bounds.low, f"{name}_high": bounds.high}
        rows.append(row | {"unknown_share": each.unknown_share})
    return pd.DataFrame(rows)


def auc_bounds(score: np.ndarray, low: np.ndarray, high: np.ndarray) -> Bounds:
    """The least and the largest area under the curve when each row's probability of default lies in [low, high].

    Args:
        score: more is riskier; ties count half.
        low: lower ends; equal to `high` where the outcome is known.
        high: upper ends.

    Raises:
        BadInput: the outcomes are certain to be all alike.
    """
    rank = rankdata(score) - 0.5
    order = np.argsort(score, kind="stable")
    rising, gap = rank[order], (high - low)[order]
    rows = float(len(score))

    def area(total: np.ndarray, weighted: np.ndarray) -> np.ndarray:
        possible = (total > 0) & (total < rows)
        if not possible.any():
            raise BadInput(Problem("both outcomes must be possible", field="low, high"))
        q, s = total[possible], weighted[possible]
        return (s - q * q / 2) / (q * (rows - q))

    base, ranked = float(low.sum()), float((low * rank).sum())
    from_below = area(base + np.r_[0.0, np.cumsum(gap)], ranked + np.r_[0.0, np.cumsum(gap * rising)])
    gap, rising = gap[::-1], rising[::-1]
    from_above = area(base + np.r_[0.0, np.cumsum(gap)], ranked + np.r_[0.0, np.cumsum(gap * rising)])
    return Bounds(float(from_below.min()), float(from_above.max()))


def _sensitivity(
    assumption: str,
    applicants: Applicants,
    approve_below_pd: float,
    low_rejected: np.ndarray,
    high_rejected: np.ndarray,
    is_unknown: np.ndarray,
) -> Sensitivity:
    rejected = ~applicants.is_accepted
    low, high = (np.where(rejected, 0.0, np.nan_to_num(applicants.is_default)) for _ in range(2))
    low[rejected], high[rejected] = low_rejected, high_rejected
    approved = applicants.pd < approve_below_pd
    if not approved.any():
        rule = "somebody must be approved by it"
        raise BadInput(Problem(rule, field="approve_below_pd", value=approve_below_pd))

    def mean(rows: Any) -> Bounds:
        return Bounds(float(low[rows].mean()), float(high[rows].mean()))

    return Sensitivity(
        assumption=assumption,
        auc=auc_bounds(applicants.pd, low, high),
        pd_all=mean(slice(None)),
        pd_rejected=mean(rejected),
        pd_approved=mean(approved),
        unknown_share=float(is_unknown.mean()),
    )


def _log_odds(probability: np.ndarray) -> np.ndarray:
    held = np.clip(probability, _LEAST_PD, 1.0 - _LEAST_PD)
    return np.asarray(log(held / (1.0 - held)))
