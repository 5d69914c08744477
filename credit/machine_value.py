"""What a leased machine is worth over its life, and what a lease loses when the machine is sold in a hurry.

A machine loses a part of its price on the day it is installed and a constant rate of the rest each year. A dealer who
may take his time pays the orderly value (OLV), an auction the forced value (FLV); both lie further below the fair
market value (FMV) when many firms of the sector fail at once, because the natural buyers are then in trouble too
(Shleifer and Vishny 1992).

Arguments are floats or arrays that broadcast; shares are shares. Losses are shares of the exposure at default.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import ArrayLike

from credit.parameters import parameters
from credit.ranges import Floats, share, within

MONTHS_A_YEAR = 12


@dataclass(frozen=True)
class MachineMarket:
    """How used machines sell.

    Attributes:
        first_day_drop_share: lost when a machine is installed.
        decay_annual: continuous rate of decay of what is left, a year.
        orderly_share: orderly value over fair market value.
        forced_share: forced value over fair market value.
        sale_cost_share: removal, storage, auction: a share of the proceeds.
        sale_months: from default to the money.
        normal_default_rate: yearly default rate of the sector at which the shares above hold.
        stress_slope: relative fall of resale values for each unit of sector default rate above the normal one.
    """

    first_day_drop_share: float
    decay_annual: float
    orderly_share: float
    forced_share: float
    sale_cost_share: float
    sale_months: float
    normal_default_rate: float
    stress_slope: float

    def __post_init__(self) -> None:
        for name in (
            "first_day_drop_share",
            "orderly_share",
            "forced_share",
            "sale_cost_share",
            "normal_default_rate",
        ):
            share(name, getattr(self, name))
        for name in ("decay_annual", "sale_months", "stress_slope"):
            within(name, getattr(self, name), low=0.0)
        within("forced_share", self.forced_share, high=self.orderly_share)

    @classmethod
    def on(cls, day: date) -> "MachineMarket":
        """The market that `data/parameters/loss.yaml` describes for a day."""
        known = parameters("loss")
        return cls(**{name: known.value(f"machine_{name}", day) for name in cls.__dataclass_fields__})

    def fair_value(self, price: ArrayLike, age_years: ArrayLike) -> Floats:
        """Fair market value at an age: P (1 - first drop) e^(-decay t), in the unit of the price."""
        new = within("price", price, low=0.0) * (1.0 - self.first_day_drop_share)
        return new * np.exp(-self.decay_annual * within("age_years", age_years, low=0.0))

    def resale_factor(self, sector_default_rate: ArrayLike | None = None) -> Floats:
        """What is left of a usual resale value at a sector default rate: 1 up to the normal one, falling beyond it.

        exp(-slope x excess), so that it never reaches zero.

        Args:
            sector_default_rate: yearly default rate of the sector; the normal one when None.
        """
        rate = share(
            "sector_default_rate", self.normal_default_rate if sector_default_rate is None else sector_default_rate
        )
        return np.exp(-self.stress_slope * np.maximum(0.0, rate - self.normal_default_rate))

    def orderly_value(
        self, price: ArrayLike, age_years: ArrayLike, sector_default_rate: ArrayLike | None = None
    ) -> Floats:
        """What a dealer pays who may take his time, before the costs of the sale."""
        return self.orderly_share * self.fair_value(price, age_years) * self.resale_factor(sector_default_rate)

    def forced_value(
        self, price: ArrayLike, age_years: ArrayLike, sector_default_rate: ArrayLike | None = None
    ) -> Floats:
        """What an auction brings, before the costs of the sale."""
        return self.forced_share * self.fair_value(price, age_years) * self.resale_factor(sector_default_rate)


def balance(financed: ArrayLike, rate_monthly: ArrayLike, months: ArrayLike, paid_months: ArrayLike) -> Floats:
    """What is still owed of a loan in level instalments after some of them.

    F ((1 + m)^n - (1 + m)^k) / ((1 + m)^n - 1); F (1 - k / n) without interest. For the risk of a plan, not for its
    books: schedules in whole fen are in `credit.contracts.instalments`.

    Raises:
        BadInput: an argument is out of its range; more instalments paid than there are.
    """
    amount = within("financed", financed, low=0.0)
    rate, term = within("rate_monthly", rate_monthly, low=0.0), within("months", months, low=1.0)
    paid = within("paid_months", paid_months, low=0.0)
    within("months less paid_months", term - paid, low=0.0)
    log_growth = np.log1p(np.where(rate > 0.0, rate, 1.0))
    with_interest = 1.0 - np.expm1(paid * log_growth) / np.expm1(term * log_growth)
    return amount * np.where(rate > 0.0, with_interest, 1.0 - paid / term)


def machine_sale_lgd(
    market: MachineMarket,
    *,
    price: ArrayLike,
    exposure: ArrayLike,
    age_months: ArrayLike,
    rate_monthly: ArrayLike,
    deposit: ArrayLike = 0.0,
    sector_default_rate: ArrayLike | None = None,
    is_forced: bool = True,
) -> Floats:
    """Loss given default of a machine lease: the machine is sold and the deposit set off.

    max(0, 1 - (deposit + value (1 - cost) (1 + m)^-months of sale) / exposure). The machine is valued at its age at
    default; a surplus belongs to the lessee, so that the loss is never negative.

    Args:
        market: how used machines sell.
        price: price of the machine when new.
        exposure: what is owed at default, > 0, in the unit of the price.
        age_months: age of the machine at default.
        rate_monthly: the lease's own rate, at which the proceeds are discounted to the default.
        deposit: held by the lessor and set off at default.
        sector_default_rate: yearly; the normal one when None.
        is_forced: auction; otherwise orderly sale.

    Raises:
        BadInput: an argument is out of its range.
    """
    age = within("age_months", age_months, low=0.0) / MONTHS_A_YEAR
    value = (market.forced_value if is_forced else market.orderly_value)(price, age, sector_default_rate)
    discount = (1.0 + within("rate_monthly", rate_monthly, low=0.0)) ** -market.sale_months
    recovered = within("deposit", deposit, low=0.0) + value * (1.0 - market.sale_cost_share) * discount
    return np.maximum(0.0, 1.0 - recovered / within("exposure", exposure, low=np.finfo(float).tiny))
