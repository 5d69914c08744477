"""A scenario as day-by-day factors in whole numbers: what the phases of a market day look up."""

from dataclasses import dataclass
from functools import reduce

import numpy as np

from credit import elementary
from sim.scenarios.channels import SECTORS, DemandMove
from sim.scenarios.scenario import Scenario

PPM = 1_000_000


@dataclass(frozen=True)
class Rationing:
    """Power for a part of the towns.

    Attributes:
        towns_ppm: share of towns that are hit, drawn by town.
        capacity_ppm: share of capacity that is left there, by market day.
    """

    towns_ppm: int
    capacity_ppm: tuple[int, ...]


@dataclass(frozen=True)
class Outage:
    """Suppliers that deliver nothing.

    Attributes:
        suppliers: how many, the largest first.
        first_day: market day on which it begins.
        last_day: market day on which it ends, itself included.
    """

    suppliers: int
    first_day: int
    last_day: int


@dataclass(frozen=True)
class Ring:
    """Firms that begin to deceive together.

    Attributes:
        members: how many.
        shells: shell buyers that they use.
        first_day: market day on which they begin.
        buildup_days: days of clean history on paper.
    """

    members: int
    shells: int
    first_day: int
    buildup_days: int


@dataclass(frozen=True)
class Shocks:
    """What a scenario does on each market day, burn-in included; neutral wherever it says nothing.

    Moves of one channel that overlap multiply (levels) or add up (days, rates).

    Attributes:
        price_ppm: factor on the resin price path.
        volatility_ppm: factor on the daily changes of its logarithm.
        demand_ppm: factor on what all buyers order.
        sector_demand_ppm: further factor on what buyers of a sector order, by number of the sector.
        extra_delay_days: days by which a payment due that day is put off.
        new_funding_ppm: share of first drawdowns that lenders still fund.
        rollover_ppm: share of repeated drawdowns that lenders still fund.
        rate_rise_ppm: added to yearly rates of lenders' funding and of credit outside the platform.
        supplier_premium_ppm: added to the price of suppliers that still deliver.
        rationings: power cuts.
        outages: suppliers that stop.
        rings: firms that deceive together.
    """

    price_ppm: tuple[int, ...]
    volatility_ppm: tuple[int, ...]
    demand_ppm: tuple[int, ...]
    sector_demand_ppm: dict[int, tuple[int, ...]]
    extra_delay_days: tuple[int, ...]
    new_funding_ppm: tuple[int, ...]
    rollover_ppm: tuple[int, ...]
    rate_rise_ppm: tuple[int, ...]
    supplier_premium_ppm: tuple[int, ...]
    rationings: tuple[Rationing, ...]
    outages: tuple[Outage, ...]
    rings: tuple[Ring, ...]

    @classmethod
    def of(cls, scenario: Scenario, burn_in_days: int, days: int) -> "Shocks":
        """The factors of a scenario for `burn_in_days + days` market days."""
        timing = _Timing(burn_in_days, burn_in_days + days)
        none, one = np.zeros(timing.days), np.ones(timing.days)
        log_price = none + sum(
            float(elementary.log(1.0 + move.change_share)) * timing.felt(move) for move in scenario.moves("resin_price")
        )
        funding = [(move, timing.felt(move)) for move in scenario.moves("funding")]
        outages = scenario.moves("supplier_outage")
        return cls(
            price_ppm=_whole(PPM * np.asarray(elementary.exp(log_price))),
            volatility_ppm=_whole(
                PPM
                * reduce(
                    np.multiply,
                    (1.0 + (move.factor - 1.0) * timing.felt(move) for move in scenario.moves("resin_volatility")),
                    one,
                )
            ),
            demand_ppm=timing.demand([move for move in scenario.moves("demand") if move.sector is None]),
            sector_demand_ppm={
                number: timing.demand([move for move in scenario.moves("demand") if move.sector == sector])
                for number, sector in enumerate(SECTORS)
                if any(move.sector == sector for move in scenario.moves("demand"))
            },
            extra_delay_days=_whole(
                none + sum(move.extra_days * timing.felt(move) for move in scenario.moves("payment_delay"))
            ),
            new_funding_ppm=_whole(
                PPM * reduce(np.multiply, (1.0 - (1.0 - move.new_share) * felt for move, felt in funding), one)
            ),
            rollover_ppm=_whole(
                PPM * reduce(np.multiply, (1.0 - (1.0 - move.rollover_share) * felt for move, felt in funding), one)
            ),
            rate_rise_ppm=_whole(
                PPM * (none + sum(move.change_annual * timing.felt(move) for move in scenario.moves("interest_rate")))
            ),
            supplier_premium_ppm=_whole(PPM * (none + sum(move.premium_share * timing.felt(move) for move in outages))),
            rationings=tuple(
                Rationing(
                    round(PPM * move.towns_share),
                    _whole(PPM * (1.0 - (1.0 - move.remaining_share) * timing.felt(move))),
                )
                for move in scenario.moves("capacity")
            ),
            outages=tuple(Outage(move.suppliers, *timing.span(move)) for move in outages),
            rings=tuple(
                Ring(move.members, move.shells, burn_in_days + move.starts_after_days, move.buildup_days)
                for move in scenario.moves("fraud_ring")
            ),
        )


@dataclass(frozen=True)
class _Timing:
    """How much of a move is felt on which market day."""

    burn_in_days: int
    days: int

    def felt(self, move: object) -> np.ndarray:
        """0, then up to 1 over `over_days`, held for `lasts_days`, and back over `back_over_days`."""
        over, back = (getattr(move, name, 1) for name in ("over_days", "back_over_days"))
        start, lasts = self.burn_in_days + move.starts_after_days, move.lasts_days  # type: ignore[attr-defined]
        age = np.arange(self.days, dtype=float) - start + 1
        up = np.clip(age / over, 0.0, 1.0)
        if lasts is None:
            return up
        if lasts == 0 and over == 1:
            return np.zeros(self.days)  # a move that lasts no day and needs no way there is none
        last_full_day = over + lasts - 1  # the day on which the move is complete counts
        return np.minimum(up, np.clip(1.0 - (age - last_full_day) / back, 0.0, 1.0))

    def demand(self, moves: list[DemandMove]) -> tuple[int, ...]:
        """The product of the factors of moves of demand."""
        felt = (1.0 + move.change_share * self.felt(move) for move in moves)
        return _whole(PPM * reduce(np.multiply, felt, np.ones(self.days)))

    def span(self, move: object) -> tuple[int, int]:
        """First and last market day of a move that is there or not."""
        felt = np.flatnonzero(self.felt(move))
        return (int(felt[0]), int(felt[-1])) if len(felt) else (0, -1)


def _whole(values: np.ndarray) -> tuple[int, ...]:
    return tuple(np.rint(values).astype(np.int64).tolist())
