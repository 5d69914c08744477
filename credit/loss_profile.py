"""What a default of a form costs, time by time: what is owed, what of it is lost, and to which cause.

Two estimates are brought together. The mechanism says what the form's own terms leave in the market of the day: goods,
machine, debtor, guarantor. The product team may state a figure of its own. They are weighed by how sure the team says
it is (credibility, Bühlmann 1967): a guess moves the answer a little, a measured number decides most of it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from credit.contracts.base import CashFlow, FlowKind
from credit.errors import BadInput, Problem
from credit.ranges import Floats, share, within


@dataclass(frozen=True)
class DefaultTimes:
    """When a client may stop paying, and what it owes then; shape (times,).

    Attributes:
        age_days: days from the first day of the contract.
        owed_fen: exposure then, before that day's payments.
        flows: what was promised, in the order of days.
    """

    age_days: Floats
    owed_fen: Floats
    flows: Sequence[CashFlow]

    @cached_property
    def deposit_held_fen(self) -> Floats:
        """What is still held of a deposit at each time, before that day's payments."""
        start = self.flows[0].day
        paid = sum(flow.amount_fen for flow in self.flows if flow.kind is FlowKind.DEPOSIT)
        back = [(flow.day - start, flow.amount_fen) for flow in self.flows if flow.kind is FlowKind.REFUND]
        return np.array([paid - sum(amount for day, amount in back if day < age) for age in self.age_days], dtype=float)


@dataclass(frozen=True)
class LossProfile:
    """Loss given default at each time, a share of the exposure at default; shape (times,).

    Attributes:
        exposure_fen: what is owed at default, with what is still drawn before it.
        causes: what the mechanism loses by cause, the guarantee as a negative one; they sum to `mechanism`.
        stated: the product team's own figure; None where it states none.
        stated_weight: what that figure weighs, 0 to 1.
    """

    exposure_fen: Floats
    causes: Mapping[str, Floats]
    stated: float | None = None
    stated_weight: float = 0.0

    @property
    def mechanism(self) -> Floats:
        """Loss given default that follows from the terms alone."""
        return np.sum(list(self.causes.values()), axis=0)

    @property
    def lgd(self) -> Floats:
        """Loss given default: both estimates, by their weight."""
        from_terms = np.clip(self.mechanism, 0.0, 1.0)
        if self.stated is None:
            return from_terms
        return self.stated_weight * self.stated + (1.0 - self.stated_weight) * from_terms

    @property
    def mean_lgd(self) -> float:
        """The mean over times, by what is owed."""
        return self.mean_of(self.lgd)

    def mean_of(self, by_time: Floats) -> float:
        """The mean of something over times, by what is owed."""
        return float(np.average(np.broadcast_to(by_time, self.exposure_fen.shape), weights=self.exposure_fen))

    def held_at(self, lgd: float) -> "LossProfile":
        """The same exposure with one loss given default for every time: somebody overrides the estimate.

        Raises:
            BadInput: it lies outside 0 to 1.
        """
        everywhere = np.full(self.exposure_fen.shape, float(share("lgd", lgd)))
        return LossProfile(self.exposure_fen, {"given": everywhere})


def with_guarantee(causes: Mapping[str, Floats], reach_share: float) -> dict[str, Floats]:
    """Causes of loss with what a guarantor pays of them all, as a negative cause of its own."""
    total = np.sum(list(causes.values()), axis=0)
    return {**causes, "guarantee": -total * float(share("reach_share", reach_share))}


def check_times(times: DefaultTimes) -> None:
    """Raise unless something is owed at some time.

    Raises:
        BadInput: ages or amounts are negative, or nothing is ever owed.
    """
    within("age_days", times.age_days, low=0.0)
    if not within("owed_fen", times.owed_fen, low=0.0).any():
        raise BadInput(Problem("something must be owed at some time", field="owed_fen", value=0.0))
