"""How fast the market lives: its two forms and a plain Mesa model side by side, what a day is spent on, memory.

    python benchmarks/market.py [--firms 500] [--days 365] [--repetitions 3] [--long] [--policy ladder]

Firm-days are those lived, burn-in included, with recorders, monthly reviews and the daily audit on, on one core; times
are of the processor, so that a busy machine shows less. Every market lives in a process of its own: its memory is its
own, and nobody's caches are warm but those on disk. Reading files and importing comes before the clock starts.

* per object: every firm is called, the readable form and the reference;
* compiled: the hottest loops over columns, the same days to the fen (the state hashes are compared);
* plain Mesa: `benchmarks/_plain_mesa.py`, what a tutorial would make of one simplified SME day. It knows no ledger, no
  invoices one by one, no lender's capital, no audit, no tables: much less than what it is compared with.

`--long` lives 2,000 firms for 84 months under the ladder (`--policy`, `--firms`), the run it is built for. Under a
ladder the platform learns: it fits its model anew every quarter.
"""

import argparse
import json
import os
import subprocess
import sys
from statistics import median
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

from rich.console import Console
from rich.table import Table

PHASES = (
    "calendar_and_shocks", "prices", "goods_arrive", "buyers_pay", "wages_and_energy", "debts_due", "production",
    "sales", "reorder", "offers_and_funding", "supplier_delivery", "collateral", "delinquency", "defaults_and_recovery",
    "month_end", "record_and_audit",
)  # fmt: skip
FORMS = ("object", "compiled")
LONG_FIRMS, LONG_DAYS = 2_000, 2_555


def lived(form: str, firms: int, days: int, seed: int, policy: str) -> dict[str, Any]:
    """Live one market in this process: seconds in all and by phase, memory, state hash."""
    import resource
    from time import perf_counter, process_time

    from credit.ladder_rules import load_ladder
    from sim.market import Market, no_garbage_collection
    from sim.scenarios.scenario import load_scenario

    story, ladder = load_scenario("baseline"), load_ladder(policy) if policy else None
    Market(10, 1, 1, story, form=form).step()  # files are read and code is loaded from here on
    before, began = process_time(), perf_counter()
    market = Market(firms, days, seed, story, policy=ladder, form=form, learns=ladder is not None)
    built = process_time()
    seconds = dict.fromkeys(PHASES, 0.0)
    steps = market.settings.burn_in_days + days
    with no_garbage_collection():
        for _ in range(steps):
            for name in PHASES:
                phase = getattr(market, name)
                start = process_time()
                phase()
                seconds[name] += process_time() - start
    done = process_time()
    return {
        "firm_days": firms * steps,
        "building": built - before,
        "seconds": done - before,
        "wall": perf_counter() - began,
        "phases": seconds,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        / (1 << 20 if sys.platform == "darwin" else 1 << 10),
        "hash": market.state_hash(),
    }


def plain(firms: int, days: int, seed: int) -> dict[str, Any]:
    """Live the plain Mesa model in this process."""
    import resource
    from time import process_time

    from _plain_mesa import PlainModel

    model = PlainModel(firms, seed)
    before = process_time()
    for _ in range(days):
        model.step()
    return {
        "firm_days": firms * days,
        "seconds": process_time() - before,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        / (1 << 20 if sys.platform == "darwin" else 1 << 10),
    }


def in_a_process(*told: Any) -> dict[str, Any]:
    """The same in a process of its own."""
    answer = subprocess.run(
        [sys.executable, __file__, "--inside", json.dumps(told)], stdout=subprocess.PIPE, check=True, text=True
    )
    known: dict[str, Any] = json.loads(answer.stdout)
    return known


def show_forms(console: Console, firms: int, days: int, repetitions: int, policy: str) -> None:
    """Both forms and plain Mesa, then a day of each form by phase."""
    runs = {
        form: [in_a_process("lived", form, firms, days, seed, policy) for seed in range(1, repetitions + 1)]
        for form in FORMS
    }
    steps = runs[FORMS[0]][0]["firm_days"] // firms
    runs["plain Mesa"] = [in_a_process("plain", firms, steps, seed) for seed in range(1, repetitions + 1)]
    per_day = {name: [1e9 * run["seconds"] / run["firm_days"] for run in of] for name, of in runs.items()}
    table = Table(
        "form", "ns a firm-day", "lowest to highest", "firm-days a second", "over compiled", "peak memory, MB",
        title=f"{firms:,} firms, {steps:,} days, {repetitions} seeds, {policy or 'purchase finance'}, one core",
    )  # fmt: skip
    for name, of in runs.items():
        middle = median(per_day[name])
        table.add_row(
            name, f"{middle:,.0f}", f"{min(per_day[name]):,.0f} to {max(per_day[name]):,.0f}", f"{1e9 / middle:,.0f}",
            f"{middle / median(per_day['compiled']):.2f}", f"{median(run['peak_mb'] for run in of):,.0f}",
        )  # fmt: skip
    console.print(table)
    hashes = [[run["hash"] for run in runs[form]] for form in FORMS]
    console.print("state hashes of both forms:", "equal" if hashes[0] == hashes[1] else "DIFFERENT")
    show_phases(console, {form: runs[form] for form in FORMS})


def show_phases(console: Console, runs: dict[str, list[dict[str, Any]]]) -> None:
    """What a day is spent on, phase by phase."""
    table = Table("phase", *(f"{form}, ns a firm-day" for form in runs), *(f"{form}, share" for form in runs))
    spent = {
        form: {name: median(1e9 * run["phases"][name] / run["firm_days"] for run in of) for name in PHASES}
        for form, of in runs.items()
    }
    last = list(runs)[-1]
    for name in sorted(PHASES, key=lambda one: -spent[last][one]):
        table.add_row(
            name,
            *(f"{spent[form][name]:,.0f}" for form in runs),
            *(f"{spent[form][name] / sum(spent[form].values()):.1%}" for form in runs),
        )
    console.print(table)


def show_long(console: Console, firms: int, policy: str) -> None:
    """The run that the market is built for."""
    run = in_a_process("lived", "compiled", firms, LONG_DAYS, 1, policy)
    console.print(
        f"{firms:,} firms, 84 months after the burn-in, {policy}: {run['seconds']:.1f} s of the processor "
        f"({run['wall']:.1f} s by the clock, {run['building']:.1f} s of it to build), "
        f"{1e9 * run['seconds'] / run['firm_days']:,.0f} ns a firm-day, {run['peak_mb']:,.0f} MB at most"
    )
    show_phases(console, {policy: [run]})


def main() -> None:
    """Print the tables."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--firms", type=int)
    asked.add_argument("--days", type=int, default=365)
    asked.add_argument("--repetitions", type=int, default=3)
    asked.add_argument("--policy", default="", help="a ladder of data/policies; purchase finance alone when absent")
    asked.add_argument("--long", action="store_true", help="live 84 months instead")
    asked.add_argument("--inside", help=argparse.SUPPRESS)
    given = asked.parse_args()
    if given.inside:
        what, *told = json.loads(given.inside)
        print(json.dumps(lived(*told) if what == "lived" else plain(*told)))
    elif given.long:
        show_long(Console(width=120), given.firms or LONG_FIRMS, given.policy or "ladder")
    else:
        show_forms(Console(width=120), given.firms or 500, given.days, given.repetitions, given.policy)


if __name__ == "__main__":
    main()
