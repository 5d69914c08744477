"""What a default costs in the market of a day: the numbers that the loss of every form is made of.

They stand in `data/parameters/loss.yaml` with unit, range and source. A bad market takes every one of them at the end
of its range that loses more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import cache
from typing import Literal, get_args

from credit.machine_value import MachineMarket
from credit.parameters import Confidence, Value, parameters

Grade = Literal["PP", "LLDPE", "HDPE", "LDPE", "PVC", "ABS", "PS", "PET", "other"]
"""Resin grades, as in the observable tables."""

GRADES: tuple[Grade, ...] = get_args(Grade)
REFERENCE_GRADE: Grade = "LLDPE"
"""What a form that names no grade is taken to finance: the grade of the reference order."""

_WORSE_LOW = (
    "released_goods_recovery_share",
    "controller_reach_share",
    "failed_debtor_recovery_share",
    "machine_orderly_share",
    "machine_forced_share",
    "machine_normal_default_rate",
)
"""Parameters of which less loses more; of all others it is more."""


@dataclass(frozen=True)
class LossMarket:
    """Numbers of `data/parameters/loss.yaml` on a day; meanings, units and sources stand there.

    Attributes:
        machines: how used machines sell.
        goods_volatility_annual: by grade, when clients default.
        goods_liquidation_cost_share: by grade.
        stated_loss_weight: what a product team's own figure weighs beside the mechanism, by its confidence.
    """

    goods_liquidation_days: float
    goods_missing_share: float
    goods_missing_lgd: float
    released_goods_recovery_share: float
    controller_reach_share: float
    machine_missing_share: float
    machine_missing_lgd: float
    machine_age_discount_annual: float
    leaseback_missing_share: float
    leaseback_overvaluation_share: float
    leaseback_machine_age_years: float
    revolver_unsecured_lgd: float
    growth_loan_unsecured_lgd: float
    debtor_pd_annual: float
    seller_pd_annual: float
    debtor_seller_correlation: float
    failed_debtor_recovery_share: float
    fictitious_invoice_share: float
    fictitious_invoice_lgd: float
    conversion_factor_committed: float
    conversion_factor_uncommitted: float
    machines: MachineMarket
    goods_volatility_annual: Mapping[Grade, float]
    goods_liquidation_cost_share: Mapping[Grade, float]
    stated_loss_weight: Mapping[Confidence, float]

    @classmethod
    def on(cls, day: date) -> "LossMarket":
        """The market as it is expected to be on a day, when a client defaults.

        Raises:
            BadInput: a parameter is not known for that day.
        """
        return _market(day)

    @classmethod
    def bad_on(cls, day: date) -> "LossMarket":
        """The same with every number at the end of its range that loses more."""
        return _bad_market(day)

    def goods_cost_share(self, grade: Grade | None, own_share: float) -> float:
        """The cost of a forced sale: the form's own number, but not less than its grade costs."""
        return own_share if grade is None else max(own_share, self.goods_liquidation_cost_share[grade])

    def goods_volatility(self, grade: Grade | None) -> float:
        """The volatility of a grade's price a year; that of the reference grade when none is named."""
        return self.goods_volatility_annual[grade or REFERENCE_GRADE]


_PLAIN = tuple(field.name for field in fields(LossMarket) if field.type in (float, "float"))


@cache
def _market(day: date) -> LossMarket:
    return _read(day, MachineMarket.on(day), lambda value, name: value.value)


@cache
def _bad_market(day: date) -> LossMarket:
    known = parameters("loss")
    machines = {
        name: _bad_end(known[f"machine_{name}"].on(day), f"machine_{name}")
        for name in MachineMarket.__dataclass_fields__
    }
    return _read(day, MachineMarket(**machines), _bad_end)


def _read(day: date, machines: MachineMarket, number: Callable[[Value, str], float]) -> LossMarket:
    """The market of a day; `number` says which end of a parameter's range is taken."""
    known = parameters("loss")

    def told(name: str) -> float:
        return number(known[name].on(day), name)

    return LossMarket(
        **{name: told(name) for name in _PLAIN},
        machines=machines,
        goods_volatility_annual={grade: told(f"goods_volatility_{grade.lower()}") for grade in GRADES},
        goods_liquidation_cost_share={grade: told(f"goods_liquidation_cost_{grade.lower()}") for grade in GRADES},
        stated_loss_weight={sure: known.value(f"stated_loss_weight_{sure}", day) for sure in get_args(Confidence)},
    )


def _bad_end(value: Value, name: str) -> float:
    end = value.low if name in _WORSE_LOW else value.high
    return value.value if end is None else end
