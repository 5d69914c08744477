"""Runs: a checkpoint beside living to its day again, and eight runs on four processes beside a plain loop.

    OMP_NUM_THREADS=1 python benchmarks/runs.py [--firms N] [--days 720 | --long] [--policy ladder] [--skip-processes]

The first table: what it costs to put a market aside and to take it up again, wall and processor time, its size on
disk, and how many times faster that is than what somebody without checkpoints does: living to that day from the seed.
The second: efficiency is the loop's time over workers times wall time, the start of the workers included: some three
seconds each for imports and machine code, so that short runs lose more by them. `--long` takes 84 months, the runs that
it is built for (eight minutes). On a busy machine wall time says little: processor time (user and system, of all
processes) over that of the loop is printed too.
"""

import argparse
import os
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sim.arms.arm import SIMULATE, market_of
from sim.market import Market, no_garbage_collection
from sim.runs.checkpoint import resume, save
from sim.runs.ensemble import plan, run_all
from sim.runs.run import lived
from sim.scenarios.scenario import load_scenario

RUNS, WORKERS = 8, 4
LONG_DAYS = 84 * 365 // 12
MEGABYTE = 1e6


def timed[T](work: Callable[[], T]) -> tuple[T, float, float]:
    """What a piece of work gives, its wall seconds, and the processor seconds of this process."""
    wall, processor = time.perf_counter(), time.process_time()
    given = work()
    return given, time.perf_counter() - wall, time.process_time() - processor


def checkpoints(firms: int, days: int, policy: str) -> Table:
    """Put a market aside at the end of its days and take it up again."""
    story = load_scenario("baseline")

    def live() -> Market:
        market = market_of(firms, days, 1, story, policy)
        with no_garbage_collection():
            while market.day < market.settings.burn_in_days + days:
                market.step()
        return market

    market, lived_wall, lived_processor = timed(live)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "aside"
        _, save_wall, save_processor = timed(lambda: save(market, folder))
        again, resume_wall, resume_processor = timed(lambda: resume(folder))
        size = sum(path.stat().st_size for path in folder.iterdir())
        if again.state_hash() != market.state_hash():
            raise SystemExit("the market taken up again is another one")
    title = f"{policy}, {firms:,} firms, day {market.day:,}: {size / MEGABYTE:.1f} MB on disk"
    table = Table("", "wall s", "processor s", "times faster than living", title=title)
    table.add_row("live from the seed", f"{lived_wall:.2f}", f"{lived_processor:.2f}", "1")
    table.add_row("put aside", f"{save_wall:.2f}", f"{save_processor:.2f}", f"{lived_processor / save_processor:.0f}")
    table.add_row(
        "take up", f"{resume_wall:.2f}", f"{resume_processor:.2f}", f"{lived_processor / resume_processor:.0f}"
    )
    return table


def processes(firms: int, days: int, policy: str) -> Table:
    """Eight runs in a loop, and on four processes."""
    planned = plan([load_scenario("baseline")], range(1, RUNS + 1), firms, days, SIMULATE, policies=(policy,))
    _, loop_wall, loop_processor = timed(lambda: [lived(run) for run in planned.runs])
    with tempfile.TemporaryDirectory() as scratch:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        _, wall, own = timed(lambda: run_all(planned, Path(scratch), WORKERS))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    theirs = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    table = Table(
        "", "wall s", "processor s", "efficiency", "of processor", title=f"{RUNS} runs, load {os.getloadavg()[0]:.1f}"
    )
    table.add_row("plain loop", f"{loop_wall:.1f}", f"{loop_processor:.1f}", "", "")
    table.add_row(
        f"{WORKERS} processes", f"{wall:.1f}", f"{own + theirs:.1f}", f"{loop_wall / (WORKERS * wall):.0%}",
        f"{loop_processor / (own + theirs):.0%}",
    )  # fmt: skip
    return table


def main() -> None:
    """Measure and print two tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--firms", type=int, default=2000)
    parser.add_argument("--days", type=int, default=720)
    parser.add_argument("--long", action="store_true", help="84 months, whatever --days says")
    parser.add_argument("--policy", default="ladder")
    parser.add_argument("--skip-processes", action="store_true")
    asked = parser.parse_args()
    console, days = Console(), LONG_DAYS if asked.long else asked.days
    console.print(checkpoints(asked.firms, days, asked.policy))
    if not asked.skip_processes:
        console.print(processes(asked.firms, days, asked.policy))


if __name__ == "__main__":
    main()
