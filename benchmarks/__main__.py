"""`make bench`: run the benchmarks one after the other, then print what each one took.

A benchmark is a script `benchmarks/NAME.py` with a `main()` that prints its own numbers beside those of what a user
would pick instead. Each runs in a process of its own, so that none warms another's caches. `python benchmarks startup`
runs the one named. A file whose name begins with an underscore is shared help, not a benchmark.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

BENCHMARKS = {path.stem: path for path in sorted(Path(__file__).parent.glob("[!_]*.py"))}
BYTES_PER_MAXRSS = 1 if sys.platform == "darwin" else 1024  # getrusage(2): bytes on macOS, kibibytes on Linux


def main(names: list[str]) -> int:
    """Run the named benchmarks, or all; 1 when one of them failed, 2 when a name is unknown."""
    console = Console(highlight=False)
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown:
        console.print(f"No such benchmark: {', '.join(unknown)}; there are {', '.join(BENCHMARKS)}", markup=False)
        return 2
    table = Table("benchmark", "about", "result")
    table.add_column("seconds", justify="right")
    table.add_column("peak memory, MB", justify="right")
    is_any_failed = False
    for name in names or BENCHMARKS:
        path = BENCHMARKS[name]
        console.rule(name, align="left")
        started = time.perf_counter()
        process = subprocess.Popen([sys.executable, path], cwd=path.parents[1])
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        seconds = time.perf_counter() - started
        is_any_failed |= process.returncode != 0
        result = "done" if process.returncode == 0 else f"failed ({process.returncode})"
        megabytes = usage.ru_maxrss * BYTES_PER_MAXRSS / 1e6
        table.add_row(name, summary(path), result, f"{seconds:.1f}", f"{megabytes:.0f}")
    console.print(table)
    return int(is_any_failed)


def summary(path: Path) -> str:
    """The first line of a benchmark's own description."""
    first = path.read_text(encoding="utf-8").lstrip().splitlines()[0]
    return first.strip("\"'").rstrip(".")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
