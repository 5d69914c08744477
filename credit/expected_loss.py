"""Expected credit loss as the accounts want it (IFRS 9, CAS 22): stages, horizons, scenarios.

Stage 1 holds the loss of the next 12 months; stage 2, after a significant increase in credit risk (SICR), and trade
receivables under the simplified approach that of the whole life; stage 3, in default, LGD times what is owed.

Shapes: s scenarios, n facilities, m months from the reporting date. Exposure shrinks to zero in the month after the
last payment, so that short facilities are padded with zeros.
"""

from dataclasses import dataclass
from datetime import date
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike

from credit.errors import BadInput, Problem
from credit.parameters import parameters
from credit.ranges import Floats, share, within

MONTHS_A_YEAR = 12


class Stage(IntEnum):
    """Where a facility stands in the accounts."""

    PERFORMING = 1
    RISEN_RISK = 2
    DEFAULT = 3


@dataclass(frozen=True)
class StagingRules:
    """When a facility leaves stage 1.

    Attributes:
        risen_dpd: stage 2 beyond so many days past due.
        default_dpd: stage 3 from so many days past due.
        pd_ratio: stage 2 when the lifetime PD is at least this multiple of the one expected at the start, and
        pd_rise: has risen by at least so much.
    """

    risen_dpd: float
    default_dpd: float
    pd_ratio: float
    pd_rise: float

    @classmethod
    def on(cls, day: date) -> "StagingRules":
        """The rules that `data/parameters/loss.yaml` holds for a day."""
        known = parameters("loss")
        return cls(**{name: known.value(f"stage_{name}", day) for name in cls.__dataclass_fields__})


def scenario_weights(on: date) -> Floats:
    """Weights of the base, the adverse and the benign scenario, in this order; they sum to 1."""
    known = parameters("loss")
    return np.array([known.value(f"scenario_weight_{name}", on) for name in ("base", "adverse", "benign")])


def lifetime_pd(monthly_pd: ArrayLike) -> Floats:
    """Probability of default over a whole curve: 1 - the product of monthly survival, along the last axis."""
    return -np.expm1(np.log1p(-np.minimum(share("monthly_pd", monthly_pd), 1.0 - 1e-16)).sum(axis=-1))


def stages(
    rules: StagingRules,
    *,
    days_past_due: ArrayLike,
    lifetime_pd_now: ArrayLike,
    lifetime_pd_at_start: ArrayLike,
    is_watched: ArrayLike = False,
    is_defaulted: ArrayLike = False,
) -> np.ndarray:
    """The stage of each facility, integers 1 to 3.

    Args:
        rules: thresholds.
        days_past_due: of the oldest unpaid instalment.
        lifetime_pd_now: over the remaining life.
        lifetime_pd_at_start: what the start expected for the same remaining life.
        is_watched: on the watch list.
        is_defaulted: default for another reason than days past due.

    Raises:
        BadInput: an argument is out of its range.
    """
    overdue = within("days_past_due", days_past_due, low=0.0)
    now, start = share("lifetime_pd_now", lifetime_pd_now), share("lifetime_pd_at_start", lifetime_pd_at_start)
    has_risen = (now >= rules.pd_ratio * start) & (now - start >= rules.pd_rise)
    is_risen = (overdue > rules.risen_dpd) | np.asarray(is_watched, dtype=bool) | has_risen
    is_default = (overdue >= rules.default_dpd) | np.asarray(is_defaulted, dtype=bool)
    return np.where(is_default, Stage.DEFAULT, np.where(is_risen, Stage.RISEN_RISK, Stage.PERFORMING)).astype(int)


def expected_credit_loss(
    monthly_pd: ArrayLike,
    lgd: ArrayLike,
    exposure: ArrayLike,
    *,
    effective_rate_annual: ArrayLike,
    stage: ArrayLike,
    weights: ArrayLike,
    is_simplified: ArrayLike = False,
) -> Floats:
    """Expected credit loss of each facility, (n,), in the unit of the exposure.

    Sum over months of survival x monthly PD x LGD x EAD, discounted at the original effective rate to the reporting
    date, for 12 months or for life; LGD x EAD of the first month in stage 3; the mean over scenarios. Defaults fall on
    the end of their month.

    Args:
        monthly_pd: (s, n, m), probability that a facility alive at the start of a month defaults in it.
        lgd: (s, n).
        exposure: (n, m), owed if default falls into the month.
        effective_rate_annual: (n,) or one number; effective, not nominal.
        stage: (n,), 1 to 3.
        weights: (s,), summing to 1.
        is_simplified: (n,) or one bool: trade receivables, lifetime loss also in stage 1.

    Raises:
        BadInput: an argument is out of its range, weights do not sum to 1, or the shapes do not fit.
    """
    pd, owed = share("monthly_pd", monthly_pd), within("exposure", exposure, low=0.0)
    loss, weight = share("lgd", lgd), share("weights", weights)
    if owed.ndim != 2 or pd.shape != (weight.size, *owed.shape) or loss.shape != pd.shape[:2]:
        told = f"monthly_pd {pd.shape}, lgd {loss.shape}, exposure {owed.shape}, weights {weight.shape}"
        raise BadInput(Problem("shapes must be (s, n, m), (s, n), (n, m) and (s,)", field="monthly_pd", value=told))
    if abs(weight.sum() - 1.0) > 1e-9:
        raise BadInput(Problem("must sum to 1", field="weights", value=float(weight.sum())))
    standing = np.broadcast_to(within("stage", stage, 1.0, 3.0), owed.shape[:1])
    rate = np.broadcast_to(within("effective_rate_annual", effective_rate_annual, low=0.0), standing.shape)
    month = np.arange(1, owed.shape[1] + 1)
    discount = (1.0 + rate[:, None]) ** (-month / MONTHS_A_YEAR)
    is_lifetime = (standing > Stage.PERFORMING) | np.asarray(is_simplified, dtype=bool)
    counts = is_lifetime[:, None] | (month <= MONTHS_A_YEAR)
    alive = np.cumprod(1.0 - pd, axis=-1)
    alive = np.concatenate([np.ones_like(alive[..., :1]), alive[..., :-1]], axis=-1)
    of_life = (alive * pd * np.where(counts, owed * discount, 0.0)).sum(axis=-1)
    by_scenario = loss * np.where(standing == Stage.DEFAULT, owed[:, 0], of_life)
    return (weight[:, None] * by_scenario).sum(axis=0)
