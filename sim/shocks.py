"""A scenario as day-by-day factors in whole numbers: what the phases of a market day look up."""

from dataclasses import dataclass

import numpy as np

from credit import elementary
from sim.scenario import Scenario

PPM = 1_000_000


@dataclass(frozen=True)
class Shocks:
    """What a scenario does on each market day, burn-in included; neutral wherever it says nothing.

    Attributes:
        price_ppm: factor on the resin price path.
        demand_ppm: factor on what buyers order.
        extra_delay_days: days by which a payment due that day is put off.
        new_funding_ppm: share of first drawdowns that lenders still fund.
        rollover_ppm: share of repeated drawdowns that lenders still fund.
    """

    price_ppm: tuple[int, ...]
    demand_ppm: tuple[int, ...]
    extra_delay_days: tuple[int, ...]
    new_funding_ppm: tuple[int, ...]
    rollover_ppm: tuple[int, ...]

    @classmethod
    def of(cls, scenario: Scenario, burn_in_days: int, days: int) -> "Shocks":
        """The factors of a scenario for `burn_in_days + days` market days."""
        count = burn_in_days + days
        price = _weight(None, 1, None, 1, count)
        demand, delay, funding = price, price, price
        price_change = demand_change = 0.0
        delay_days, new_cut, rollover_cut = 0, 0.0, 0.0
        if (resin := scenario.resin_price) is not None:
            start = burn_in_days + resin.starts_after_days
            price = _weight(start, resin.over_days, resin.lasts_days, resin.back_over_days, count)
            price_change = max(resin.change_share * scenario.severity, -0.95)
        if (orders := scenario.demand) is not None:
            start = burn_in_days + orders.starts_after_days
            demand = _weight(start, orders.over_days, orders.lasts_days, 1, count)
            demand_change = max(orders.change_share * scenario.severity, -1.0)
        if (late := scenario.payment_delay) is not None:
            delay = _weight(burn_in_days + late.starts_after_days, 1, late.lasts_days, 1, count)
            delay_days = round(late.extra_days * scenario.severity)
        if (freeze := scenario.funding) is not None:
            funding = _weight(burn_in_days + freeze.starts_after_days, 1, freeze.lasts_days, 1, count)
            new_cut = min((1 - freeze.new_share) * scenario.severity, 1.0)
            rollover_cut = min((1 - freeze.rollover_share) * scenario.severity, 1.0)
        step = float(elementary.log(1.0 + price_change)) if price_change else 0.0
        return cls(
            price_ppm=_whole(PPM * np.asarray(elementary.exp(step * price))),
            demand_ppm=_whole(PPM * (1.0 + demand_change * demand)),
            extra_delay_days=_whole(delay_days * delay),
            new_funding_ppm=_whole(PPM * (1.0 - new_cut * funding)),
            rollover_ppm=_whole(PPM * (1.0 - rollover_cut * funding)),
        )


def _weight(start: int | None, over: int, lasts: int | None, back: int, count: int) -> np.ndarray:
    """How much of a shock is felt on each day: 0, then up to 1 over `over` days, held, and back over `back` days."""
    if start is None:
        return np.zeros(count)
    age = np.arange(count, dtype=float) - start + 1
    up = np.clip(age / over, 0.0, 1.0)
    if lasts is None:
        return up
    last_full_day = over + lasts - 1  # the day on which the move is complete counts
    return np.minimum(up, np.clip(1.0 - (age - last_full_day) / back, 0.0, 1.0))


def _whole(values: np.ndarray) -> tuple[int, ...]:
    return tuple(np.rint(values).astype(np.int64).tolist())
