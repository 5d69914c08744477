"""How long `creditlab --help` takes, beside bare Python and beside a command that imports everything first."""

import statistics
import subprocess
import sys
import time

from rich.console import Console
from rich.table import Table

ALLOWED_SECONDS = 0.5  # issue 2, "Numbers"
REPETITIONS = 5
EAGER = "import numpy, pandas, pandera, mesa, lifelines, lightgbm, matplotlib.pyplot, sklearn.linear_model"
CASES = {
    "bare Python": "pass",
    "creditlab --help": "import sys; sys.argv = ['creditlab', '--help']; from lab.cli import main; main()",
    "the same with eager imports": f"{EAGER}; import sys; sys.argv = ['creditlab', '--help']; "
    "from lab.cli import main; main()",
}


def seconds_of(code: str) -> float:
    """The wall time of one fresh process."""
    started = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return time.perf_counter() - started


def main() -> int:
    """Print the median and the best of several runs; 1 when the median of `--help` is over the allowance."""
    medians = {}
    table = Table("case")
    for heading in ("median, s", "best, s", "allowed, s"):
        table.add_column(heading, justify="right")
    for case, code in CASES.items():
        seconds_of(code)  # the first run fills the file cache
        measured = [seconds_of(code) for _ in range(REPETITIONS)]
        medians[case] = statistics.median(measured)
        allowed = f"{ALLOWED_SECONDS:.2f}" if case == "creditlab --help" else ""
        table.add_row(case, f"{medians[case]:.3f}", f"{min(measured):.3f}", allowed)
    Console(highlight=False).print(table)
    return int(medians["creditlab --help"] > ALLOWED_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
