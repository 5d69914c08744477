"""Ensembles: wall time and parallel efficiency of 1, 2 and 4 workers beside a plain loop.

    OMP_NUM_THREADS=1 python benchmarks/stress.py [--seeds 4] [--firms 500] [--days 365]

Efficiency is the plain loop's time over workers times wall time. The start of the workers (imports) is in the wall
time, as it is for a user; the last column leaves it out by counting only the time in runs. Set OMP_NUM_THREADS=1 so
that the loop gets what each worker gets.
"""

import argparse
import json
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sim.market import simulate
from sim.runs.ensemble import RUNS, finished_runs, plan, results_hash, run_all
from sim.runs.run import TIMES
from sim.scenarios.scenario import load_scenario

SCENARIOS = ("baseline", "resin_crash_2008", "payment_delay", "funding_freeze")


def main() -> None:
    """Measure and print one table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--firms", type=int, default=500)
    parser.add_argument("--days", type=int, default=365)
    sizes = parser.parse_args()
    worlds = [load_scenario(name) for name in SCENARIOS]
    planned = plan(worlds, range(1, sizes.seeds + 1), sizes.firms, sizes.days)

    began = time.perf_counter()
    hashes = [simulate(run.firms, run.days, run.seed, run.scenario).state_hash for run in planned.runs]
    loop_seconds = time.perf_counter() - began

    table = Table("", "wall s", "s a run", "speed-up", "efficiency", "without start", title=f"{len(planned.runs)} runs")
    table.add_row("plain loop", f"{loop_seconds:.1f}", f"{loop_seconds / len(hashes):.2f}", "1.00", "", "")
    results = set()
    for workers in (1, 2, 4):
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            began = time.perf_counter()
            run_all(planned, folder, workers)
            seconds = time.perf_counter() - began
            finished = finished_runs(folder)
            results.add(results_hash(finished))
            times = [json.loads((folder / RUNS / run.id / TIMES).read_text())["wall_seconds"] for run in planned.runs]
        if [run.state_hash for run in finished] != hashes:
            raise SystemExit("workers and loop disagree")
        speed_up = loop_seconds / seconds
        table.add_row(
            f"{workers} workers",
            f"{seconds:.1f}",
            f"{sum(times) / len(times):.2f}",
            f"{speed_up:.2f}",
            f"{speed_up / workers:.0%}",
            f"{loop_seconds / sum(times):.0%}",
        )
    Console().print(table)
    Console().print(f"one results hash for all: {len(results) == 1}")


if __name__ == "__main__":
    main()
