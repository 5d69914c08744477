"""How fast the market lives: firm-days a second, by phase, and beside a plain-Mesa idiom of the same rules.

    python benchmarks/market.py [--firms 500] [--days 365] [--repetitions 5]

Firm-days are those lived, burn-in included, with recorders, monthly reviews and the daily audit on, on one core.
Reading files comes before the clock starts. The plain idiom lives the very same days; it calls every agent through
`AgentSet.shuffle_do` and collects every firm's cash and stock with Mesa's DataCollector every day, as a Mesa tutorial
would: the difference is what that idiom costs, because agents here do nothing when they are merely called.
"""

import argparse
import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

from statistics import median
from time import perf_counter

import mesa

from sim.ledger import CASH, RESIN
from sim.market import Market, no_garbage_collection, simulate
from sim.scenario import load_scenario
from sim.smes import SME

PHASES = (
    "calendar_and_shocks", "prices", "goods_arrive", "buyers_pay", "wages_and_energy", "debts_due", "production",
    "sales", "reorder", "offers_and_funding", "supplier_delivery", "collateral", "delinquency", "defaults_and_recovery",
    "month_end", "record_and_audit",
)  # fmt: skip


class PlainMarket(Market):
    """The same market in the idiom of a tutorial: production by `shuffle_do`, daily data by DataCollector."""

    def __init__(self, firms: int, days: int, seed: int) -> None:
        super().__init__(firms, days, seed, load_scenario("baseline"))
        self.collector = mesa.DataCollector(
            agenttype_reporters={
                SME: {
                    "cash_fen": lambda sme: sme.money[sme.slot + CASH],
                    "resin_g": lambda sme: sme.masses[sme.slot + RESIN],
                    "is_active": lambda sme: sme.is_active,
                }
            }
        )

    def production(self) -> None:
        """Every firm is called in random order; the order changes nothing, because nobody meets anybody here."""
        self.agents_by_type[SME].shuffle_do("produce")

    def record_and_audit(self) -> None:
        """The day's row and audit, and the collector's rows of every firm."""
        super().record_and_audit()
        self.collector.collect(self)


def speed(firms: int, days: int, seed: int) -> float:
    """Firm-days a second of one run."""
    return float(simulate(firms, days, seed, load_scenario("baseline")).summary["firm_days_per_second"])


def plain_speed(firms: int, days: int, seed: int) -> float:
    """The same for the plain idiom."""
    start = perf_counter()
    market = PlainMarket(firms, days, seed)
    with no_garbage_collection():
        for _ in range(market.settings.burn_in_days + days):
            market.step()
    return firms * (market.settings.burn_in_days + days) / (perf_counter() - start)


def by_phase(firms: int, days: int, seed: int) -> dict[str, float]:
    """Seconds spent in each phase of one run."""
    market = Market(firms, days, seed, load_scenario("baseline"))
    seconds = dict.fromkeys(PHASES, 0.0)
    with no_garbage_collection():
        for _ in range(market.settings.burn_in_days + days):
            for name in PHASES:
                phase = getattr(market, name)
                start = perf_counter()
                phase()
                seconds[name] += perf_counter() - start
    return seconds


def main() -> None:
    """Print the three tables."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--firms", type=int, default=500)
    asked.add_argument("--days", type=int, default=365)
    asked.add_argument("--repetitions", type=int, default=5)
    given = asked.parse_args()
    simulate(10, 5, 1, load_scenario("baseline"))  # imports and caches are warm from here on
    ours = [speed(given.firms, given.days, seed) for seed in range(1, given.repetitions + 1)]
    plain = [plain_speed(given.firms, given.days, seed) for seed in range(1, given.repetitions + 1)]
    print(f"{given.firms} firms, {given.days} days after the burn-in, {given.repetitions} repetitions, one core")
    print(f"{'this market':28s} {median(ours):10,.0f} firm-days/s   ({min(ours):,.0f} to {max(ours):,.0f})")
    print(f"{'plain Mesa idiom':28s} {median(plain):10,.0f} firm-days/s   ({min(plain):,.0f} to {max(plain):,.0f})")
    print("\nwhere a day goes")
    seconds = by_phase(given.firms, given.days, 1)
    total = sum(seconds.values())
    for name, spent in sorted(seconds.items(), key=lambda item: -item[1]):
        print(
            f"{name:28s} {spent / total:7.1%} {1e9 * spent / (given.firms * len_days(given.days)):8.0f} ns a firm-day"
        )


def len_days(days: int) -> int:
    """Days lived for so many observed."""
    from sim.settings import Settings

    return Settings.on(load_scenario("baseline").starts_on).burn_in_days + days


if __name__ == "__main__":
    main()
