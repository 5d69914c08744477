"""How long checking the eleven tables of 500 firms and a year takes, beside schemas alone and a row loop."""

import sys
import time
from collections.abc import Callable
from datetime import timedelta

import pandas as pd
from rich.console import Console
from rich.table import Table

from credit.tables import TABLES, hash_of_tables, schema, validate
from sim.market import simulate
from sim.scenarios.scenario import load_scenario

FIRMS, DAYS = 500, 365


def by_pandera(tables: dict[str, pd.DataFrame]) -> None:
    """Column types and ranges only: no keys across tables, no order in time."""
    for name, table in tables.items():
        schema(name).validate(table, lazy=True)


def by_rows(tables: dict[str, pd.DataFrame]) -> None:
    """What a script does: look every reference of every order and invoice up, row by row."""
    firms = set(tables["firms"]["firm_id"])
    for name, day in (("orders", "placed_on"), ("invoices", "issued_on")):
        seen = set()
        for row in tables[name].to_dict("records"):
            key = row[TABLES[name].key[0]]
            if key in seen or row["firm_id"] not in firms or pd.isna(row[day]):
                raise ValueError(name)
            seen.add(key)


def seconds_of(work: Callable[[], object]) -> float:
    """The best of three."""
    spent = []
    for _ in range(3):
        started = time.perf_counter()
        work()
        spent.append(time.perf_counter() - started)
    return min(spent)


def main() -> int:
    """Print seconds and ratios."""
    story = load_scenario("baseline")
    tables = simulate(FIRMS, DAYS, 1, story).tables
    latest = story.starts_on + timedelta(days=DAYS)
    ours = seconds_of(lambda: validate(tables, latest))
    cases = {
        "credit.tables.validate: types, ranges, keys, references, order in time": ours,
        "pandera's schemas alone": seconds_of(lambda: by_pandera(tables)),
        "a loop over rows: keys and references of two tables": seconds_of(lambda: by_rows(tables)),
        "hash of the content of all tables": seconds_of(lambda: hash_of_tables(tables)),
    }
    rows = sum(len(table) for table in tables.values())
    told = Table("work", title=f"{rows:,} rows in eleven tables")
    for heading in ("best, s", "over ours"):
        told.add_column(heading, justify="right")
    for case, seconds in cases.items():
        told.add_row(case, f"{seconds:.3f}", f"{seconds / ours:.2f}")
    Console(highlight=False).print(told)
    return 0


if __name__ == "__main__":
    sys.exit(main())
