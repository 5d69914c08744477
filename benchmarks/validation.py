"""Judging and scoring at speed, beside what a user would pick instead.

Run with `.venv/bin/python benchmarks/validation.py`. Peers: scikit-survival for measures that know censoring, a
bootstrap over scikit-learn for the interval of an AUC, pandas in one piece for a table to be scored. Numbers of the
peers are from the same run; agreement is printed, not asserted.
"""

from __future__ import annotations

import importlib
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from credit.metrics import auc, auc_by, brier_by, psi, watched
from credit.scorers.scorecard import Scorecard
from credit.validation.table_scoring import score_file

ROWS, SCORED, CENSORED, DRAWS = 1_000_000, 3_000_000, 20_000, 50


def seconds(work: Callable[[], object], repetitions: int = 3) -> float:
    """The least duration of a piece of work: what it costs when nobody disturbs."""
    durations = []
    for _ in range(repetitions):
        start = time.perf_counter()
        work()
        durations.append(time.perf_counter() - start)
    return min(durations)


def tell(what: str, ours: float, peer: str = "", theirs: float = float("nan"), note: str = "") -> None:
    """One line of the table."""
    beside = f"{peer} {theirs:.3f} s, ratio {theirs / ours:.0f}" if peer else ""
    print(f"{what:<58}{ours:>9.3f} s   {beside}{'; ' if beside and note else ''}{note}")


def interval_of_an_auc() -> None:
    """DeLong's interval with weights against a bootstrap of the same."""
    rng = np.random.default_rng(1)
    risk, w = rng.normal(size=ROWS), rng.uniform(0.5, 2.0, ROWS)
    y = (rng.random(ROWS) < expit(risk - 2)).astype(int)
    found = auc(y, risk, w)

    def bootstrap() -> np.ndarray:
        areas = []
        for _ in range(DRAWS):
            drawn = rng.integers(0, ROWS, ROWS)
            areas.append(roc_auc_score(y[drawn], risk[drawn], sample_weight=w[drawn]))
        return np.std(areas)

    start = time.perf_counter()
    error = float(bootstrap())
    theirs = time.perf_counter() - start
    note = f"standard error {found.standard_error:.6f} and {error:.6f}"
    peer = f"bootstrap of {DRAWS}"
    tell(f"AUC with interval, {ROWS:,} weighted rows", seconds(lambda: auc(y, risk, w)), peer, theirs, note)
    tell(f"PSI, {ROWS:,} rows against as many", seconds(lambda: psi(risk, risk + 0.1, w, w)))


def measures_with_censoring() -> None:
    """IPCW Brier score and AUC by month beside scikit-survival."""
    metrics = importlib.import_module("sksurv.metrics")  # a development dependency without type stubs
    brier_score, cumulative_dynamic_auc = metrics.brier_score, metrics.cumulative_dynamic_auc

    rng = np.random.default_rng(2)
    risk = rng.normal(size=CENSORED)
    default, leaving = rng.geometric(expit(-4 + risk)), rng.geometric(0.03, CENSORED) - 1
    is_default = default <= leaving
    seen = watched(np.where(is_default, default, leaving), is_default)
    record = np.array(list(zip(seen.is_default, seen.time, strict=True)), dtype=[("event", bool), ("time", float)])
    pd_ = 1 - (1 - expit(-4 + risk)) ** 24
    ours, theirs = auc_by(seen, risk, 24), cumulative_dynamic_auc(record, record, risk, [24])[0][0]
    tell(
        f"AUC by month 24 with censoring, {CENSORED:,} rows",
        seconds(lambda: auc_by(seen, risk, 24)),
        "scikit-survival",
        seconds(lambda: cumulative_dynamic_auc(record, record, risk, [24])),
        f"differ by {abs(ours - theirs):.0e}",
    )
    ours, theirs = brier_by(seen, pd_, 24), brier_score(record, record, (1 - pd_)[:, None], [24])[1][0]
    tell(
        f"Brier score by month 24 with censoring, {CENSORED:,} rows",
        seconds(lambda: brier_by(seen, pd_, 24)),
        "scikit-survival",
        seconds(lambda: brier_score(record, record, (1 - pd_)[:, None], [24])),
        f"differ by {abs(ours - theirs):.0e}",
    )


def a_table_of_three_million_rows() -> None:
    """A scorecard over a Parquet file, piece by piece, beside pandas in one piece."""
    rng = np.random.default_rng(3)
    X = pd.DataFrame(rng.normal(size=(20_000, 12)), columns=[f"x{number}" for number in range(12)])
    y = (rng.random(len(X)) < expit(X["x0"] + 0.5 * X["x1"] - 2)).astype(int)
    scorer = Scorecard().fit(X, y)
    with tempfile.TemporaryDirectory() as folder:
        source, out = Path(folder) / "rows.parquet", Path(folder) / "scored.parquet"
        big = pd.DataFrame(rng.normal(size=(SCORED, 12)).astype(np.float32), columns=X.columns)
        big.to_parquet(source, row_group_size=200_000)
        del big
        ours = seconds(lambda: score_file(scorer, source, out, frozenset()), 1)

        def at_once() -> None:
            frame = pd.read_parquet(source)
            scored = pd.DataFrame({"points": scorer.points(frame), "pd": scorer.predict_pd(frame)})
            scored.to_parquet(Path(folder) / "at_once.parquet")

        theirs = seconds(at_once, 1)
        gap = (pd.read_parquet(out)["points"] - pd.read_parquet(Path(folder) / "at_once.parquet")["points"]).abs().max()
        note = f"points differ by {gap:.0f}; in pieces of 200,000 rows the memory does not grow with the file"
        tell(f"scorecard over {SCORED:,} rows, file to file", ours, "pandas at once", theirs, note)
        print(f"{'':<58}{SCORED / ours:>9,.0f} rows a second")


def main() -> None:
    """Print the table."""
    interval_of_an_auc()
    measures_with_censoring()
    a_table_of_three_million_rows()


if __name__ == "__main__":
    main()
