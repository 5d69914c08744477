"""A quarter of learning among 2,000 firms, step by step, beside fitting anew from the whole tables.

Run with `.venv/bin/python benchmarks/learning.py`. A small market is lived with learning on; its memory and contracts
are then repeated until they hold 2,000 firms, so that a quarter with a full window is timed without living seven years
of them. The peer is what a user would write with the laboratory's own parts: the firm-months of the whole history,
computed anew, and the fit with its proof on all rows; it is timed on the small market and scaled by its rows.

Seconds are the processor's: all of it runs on one thread, and a busy machine does not lengthen them much.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from credit.default_model_fit import fit_platform
from credit.firm_months import firm_months
from sim.desk.underwriting import FittedModel
from sim.learning import drift
from sim.learning.judging import judged
from sim.learning.loop import Learning
from sim.learning.memory import Lessons, Memory, Snapshot
from sim.learning.training import fitted, weights_of
from sim.market import Market, no_garbage_collection
from sim.scenarios.scenario import load_scenario
from sim.settings import Settings
from sim.streams import Roster

FIRMS, COPIES, DAYS, QUARTERS, REPETITIONS = 190, 8, 1300, 28, 3


def seconds(work: Callable[[], object]) -> float:
    """The median duration of a piece of work."""
    durations = []
    for _ in range(REPETITIONS):
        start = time.process_time()
        work()
        durations.append(time.process_time() - start)
    return statistics.median(durations)


def lived() -> Market:
    """A market with learning on, and defaults enough to learn from."""
    story = load_scenario("baseline")
    settings = replace(Settings.on(story.starts_on), sudden_stop_ppm=60_000)
    market = Market(FIRMS, DAYS, 7, story, settings=settings, learns=True)
    with no_garbage_collection():
        for _ in range(settings.burn_in_days + DAYS):
            market.step()
    return market


def repeated_memory(memory: Memory, firms: int) -> Memory:
    """The same month ends, every firm several times."""
    more = Memory(memory.window_months)
    more.names = memory.names
    for one in memory.snapshots:
        firm = np.concatenate([one.firm + copy * firms for copy in range(COPIES)])
        values, propensity = np.tile(one.values, (COPIES, 1)), np.tile(one.propensity, COPIES)
        more.snapshots.append(Snapshot(one.day, firm, values, propensity))
    return more


def repeated_contracts(contracts: Mapping[str, pd.DataFrame], firms: int) -> dict[str, pd.DataFrame]:
    """The same contracts, every firm several times."""
    facilities, payments = contracts["facilities"], contracts["payments"]
    many = len(facilities)
    parts = [
        (
            facilities.assign(
                firm_id=facilities["firm_id"] + copy * firms, facility_id=facilities["facility_id"] + copy * many),
            payments.assign(facility_id=payments["facility_id"] + copy * many),
        )
        for copy in range(COPIES)
    ]  # fmt: skip
    return {name: pd.concat([part[place] for part in parts]) for place, name in enumerate(contracts)}


def unseen(learning: Learning, lessons: Lessons, today: date) -> Lessons:
    """Month ends of the newest quarter whose outcomes are known."""
    return learning.unseen(lessons, date.fromordinal(today.toordinal() - 300), today)


def main() -> None:
    """Measure and print."""
    market = lived()
    learning, today, firms = market.learning, market.date, len(market.smes)
    assert learning is not None
    memory = repeated_memory(learning.memory, firms)
    contracts = repeated_contracts(market.observed.contracts(), firms)
    who, settings = Roster(np.arange(firms * COPIES)), learning.settings
    lessons = memory.lessons(contracts, today)
    assert lessons is not None
    model, rows, _ = fitted(lessons, "CBTPX", settings.training_rows, market.streams, who)
    champion, late = FittedModel(model), unseen(learning, lessons, today)
    outcome, now = late.defaulted_within(6), lessons.months.features.tail(1400)

    def judge() -> None:
        forecasts = [champion.pd_within(late.months.features, 6) for _ in range(2)]
        judged(outcome, forecasts[0], forecasts[1] * 0.99, weights_of(late), late.firm, settings)

    def watch() -> None:
        told = [(one, champion.pd_within(one, 12)) for one in (now, now)]
        drift.shifts(today, "", told[0], told[1], settings)

    steps = {
        "labels as of the day": seconds(lambda: memory.lessons(contracts, today)),
        "fit of a challenger": seconds(
            lambda: fitted(lessons, "CBTPX", settings.training_rows, market.streams, who)
        ),
        "champion against challenger": seconds(judge),
        "drift of score and features": seconds(watch),
    }  # fmt: skip
    print(f"{firms * COPIES:,} firms, {len(lessons):,} firm-months in the window, {len(rows):,} of them learnt from")
    for name, duration in steps.items():
        print(f"{name:<40}{duration * 1000:>9.0f} ms a quarter")
    quarter = sum(steps.values())
    print(f"{'all of it':<40}{quarter * 1000:>9.0f} ms a quarter{quarter * QUARTERS:>9.1f} s in 7 years")

    tables = market.observed.tables()
    anew = seconds(lambda: fit_platform(firm_months(tables), "")) * COPIES
    print(f"{'peer: everything anew':<40}{anew * 1000:>9.0f} ms a quarter{anew * QUARTERS:>9.1f} s in 7 years")
    print(f"{'ratio':<40}{anew / quarter:>9.1f}")


if __name__ == "__main__":
    main()
