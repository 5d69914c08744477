"""Binning, fitting and scoring of scorecards beside optbinning.

Run with `.venv/bin/python benchmarks/scorecard.py`. Information values are compared at equal limits: at least 5 % of
the rows and one default and one survivor in a bin, rates rising or falling. Without optbinning or the public data
sets the rows that need them fall away, with a word why.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import os
import time
import warnings
from collections.abc import Callable, Iterator

import duckdb
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from credit.metrics import auc
from credit.real_data import folder
from credit.scorers.binning import fit_bins
from credit.scorers.optimal_partition import Limits
from credit.scorers.scorecard import Scorecard
from credit.validation_sets import ValidationSet, german, polish, sba

ROWS_SCORED, ROWS_ASKED, ROWS_FITTED, PEER_ROWS = 5_000_000, 2_000_000, 3_000_000, 200_000
MOST_WORDS_FOR_THE_PEER = 60
HAS_PEER = importlib.util.find_spec("optbinning") is not None


@contextlib.contextmanager
def silence() -> Iterator[None]:
    """What the peer prints on import and on fitting, from Python or below it, goes nowhere."""
    with open(os.devnull, "w") as nowhere, warnings.catch_warnings():  # noqa: PTH123 - a device, not a file
        warnings.simplefilter("ignore")
        kept = os.dup(1), os.dup(2)
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
        try:
            yield
        finally:
            for number, copy in zip((1, 2), kept, strict=True):
                os.dup2(copy, number)
                os.close(copy)


def seconds(work: Callable[[], object], times: int = 3) -> float:
    """The shortest duration of a piece of work: what it costs when nothing else runs."""
    durations = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        durations.append(time.perf_counter() - start)
    return min(durations)


def is_words(column: pd.Series) -> bool:
    """Whether a column is one of categories."""
    return isinstance(column.dtype, pd.CategoricalDtype)


def sets() -> list[ValidationSet]:
    """The public sets that are here; of the SBA loans 20,000, for the peer's sake."""
    data, found = folder(), []
    for read, name in ((german, "German credit"), (polish, "Polish bankruptcies"), (sba, "SBA loans")):
        try:
            found.append(read(data))
        except ValueError as error:
            print(f"{name} left out: {str(error).splitlines()[0]}")
    return [
        one.part(np.random.default_rng(1).permutation(len(one.y))[:20_000]) if one.name == "sba" else one
        for one in found
    ]


def peer_bins(column: pd.Series, y: np.ndarray) -> float:
    """The information value of the peer's bins."""
    optbinning = importlib.import_module("optbinning")
    words = is_words(column)
    peer = optbinning.OptimalBinning(
        dtype="categorical" if words else "numerical",
        monotonic_trend="auto" if words else "auto_asc_desc",
        min_bin_size=0.05,
        min_bin_n_event=1,
        min_bin_n_nonevent=1,
    )
    peer.fit(column.astype(object).to_numpy() if words else column.to_numpy(dtype=float), y)
    peer.binning_table.build()
    return float(peer.binning_table.iv)


def compare_bins(source: ValidationSet) -> None:
    """Information value and seconds, column by column, summed up in one line."""
    ratios, ours_s, theirs_s = [], 0.0, 0.0
    weights = np.ones(len(source.y))
    columns = [c for c in source.X if not is_words(source.X[c]) or source.X[c].nunique() <= MOST_WORDS_FOR_THE_PEER]
    for name in columns:
        column = source.X[name]
        start = time.perf_counter()
        ours = fit_bins(column, source.y, weights, "either", Limits(0.05, 1), rare_rows=1).information_value
        ours_s += time.perf_counter() - start
        if HAS_PEER:
            start = time.perf_counter()
            with silence():
                theirs = peer_bins(column, source.y)
            theirs_s += time.perf_counter() - start
            if theirs > 1e-6:
                ratios.append(ours / theirs)
    told = f"{source.name:<10}{len(columns):>4} columns x {len(source.y):>7,} rows   ours {ours_s:7.3f} s"
    if ratios:
        told += (
            f"   optbinning {theirs_s:7.3f} s ({theirs_s / ours_s:4.1f} x)   information value, ours over theirs: "
            f"least {min(ratios):.4f}, median {np.median(ratios):.4f}, largest {max(ratios):.4f}"
        )
    print(told)


def out_of_fold(
    source: ValidationSet, folds: int, seeds: int, fit: Callable[[pd.DataFrame, np.ndarray], Callable]
) -> str:
    """AUC of log-odds out of fold, averaged over cuts into folds, with the interval of the first."""
    found = []
    start = time.perf_counter()
    for seed in range(seeds):
        log_odds = np.zeros(len(source.y))
        for train, test in StratifiedKFold(folds, shuffle=True, random_state=seed).split(source.X, source.y):
            log_odds[test] = fit(source.X.iloc[train], source.y[train])(source.X.iloc[test])
        found.append(auc(source.y, log_odds))
    duration = time.perf_counter() - start
    mean, first = np.mean([each.value for each in found]), found[0]
    return f"{mean:.4f} (first cut {first.value:.4f}, {first.low:.3f} to {first.high:.3f}) in {duration:6.2f} s"


def peer_card(X: pd.DataFrame, y: np.ndarray) -> Callable[[pd.DataFrame], np.ndarray]:
    """What a user of optbinning would write: binning process, logit, points."""
    optbinning = importlib.import_module("optbinning")
    words = [name for name in X if is_words(X[name])]
    with silence():
        process = optbinning.BinningProcess(variable_names=list(X), categorical_variables=words)
        card = optbinning.Scorecard(
            binning_process=process,
            estimator=LogisticRegression(C=1.0, max_iter=2000),
            scaling_method="pdo_odds",
            scaling_method_params={"pdo": 20, "odds": 50, "scorecard_points": 600},
        )
        card.fit(plain(X), y)

    def score(frame: pd.DataFrame) -> np.ndarray:
        with silence():
            return -card.score(plain(frame))

    return score


def plain(X: pd.DataFrame) -> pd.DataFrame:
    """Words as objects, which the peer wants."""
    return X.astype({name: object for name in X if is_words(X[name])})


def compare_cards(source: ValidationSet, folds: int, seeds: int) -> None:
    """AUC out of fold of ours and of the peer's card."""

    def ours(X: pd.DataFrame, y: np.ndarray) -> Callable[[pd.DataFrame], np.ndarray]:
        return Scorecard(directions=source.directions).fit(X, y).log_odds

    told = f"{source.name:<8}{folds:>3} folds, cut {seeds} x, AUC"
    print(f"{told:<36}ours       {out_of_fold(source, folds, seeds, ours)}")
    if HAS_PEER:
        print(f"{'':<36}optbinning {out_of_fold(source, folds, seeds, peer_card)}")


def compare_scoring(source: ValidationSet) -> None:
    """Rows a second: frames of categories and of objects, SQL, and the peer."""
    card = Scorecard(directions=source.directions).fit(source.X, source.y)
    rows = np.random.default_rng(0).integers(0, len(source.y), ROWS_SCORED)
    X = source.X.iloc[rows].reset_index(drop=True)
    count = len(card.table_.features)
    tell = f"scoring by {count} of {X.shape[1]} columns"
    rate = ROWS_SCORED / seconds(lambda: card.points(X))
    print(f"{tell:<44}{rate / 1e6:8.2f} million rows a second: {ROWS_ASKED:,} rows in {ROWS_ASKED / rate:.2f} s")
    some = plain(X.iloc[: ROWS_SCORED // 5])
    print(f"{'  words as objects':<44}{len(some) / seconds(lambda: card.points(some)) / 1e6:8.2f}")
    parts = X.iloc[: ROWS_SCORED // 5]
    print(f"{'  contributions':<44}{len(parts) / seconds(lambda: card.contributions(parts)) / 1e6:8.2f}")
    few = X.iloc[:PEER_ROWS]
    print(f"{'  reasons':<44}{len(few) / seconds(lambda: card.reasons(few)) / 1e6:8.2f}")
    with duckdb.connect() as base:
        base.execute("SET threads = 1")
        base.register("arrived", some)
        base.execute("CREATE TABLE firms AS SELECT * FROM arrived")
        query = f"SELECT SUM(points) FROM ({card.to_sql('firms')}) AS t"
        duration = seconds(lambda: base.execute(query).fetchall())
        print(f"{'  the same in SQL, DuckDB on one thread':<44}{len(some) / duration / 1e6:8.2f}")
        total = base.execute(query).fetchall()[0][0]
        print(f"{'  largest sum both agree on':<44}{int(total):>8,} = {int(card.points(some).sum()):,}")
    if HAS_PEER:
        score = peer_card(source.X, source.y)
        print(f"{'  optbinning':<44}{PEER_ROWS / seconds(lambda: score(few), times=1) / 1e6:8.2f}")


def fit_on_millions() -> None:
    """Three million rows of ten columns: what a fit costs."""
    rng = np.random.default_rng(3)
    X = pd.DataFrame({f"x{j}": rng.normal(size=ROWS_FITTED) for j in range(8)})
    X["kind"] = pd.Categorical(np.array([f"k{j}" for j in range(12)])[rng.integers(0, 12, ROWS_FITTED)])
    X["count"] = rng.poisson(3, ROWS_FITTED).astype(float)
    odds = (-3.0 + X["x0"] + 0.5 * X["x1"] - 0.2 * X["count"]).to_numpy()
    y = (rng.random(ROWS_FITTED) < 1 / (1 + np.exp(-odds))).astype(int)
    duration = seconds(lambda: Scorecard().fit(X, y), times=1)
    print(f"{f'fit on {ROWS_FITTED:,} rows x {X.shape[1]} columns':<44}{duration:8.1f} s")


def main() -> None:
    """Measure and print."""
    if HAS_PEER:
        with silence():
            importlib.import_module("optbinning")
    else:
        print("optbinning is not installed: its columns fall away")
    found = sets()
    for source in found:
        compare_bins(source)
    for source, folds, seeds in zip(found, (10, 5), (4, 1), strict=False):
        compare_cards(source, folds, seeds)
    if found:
        compare_scoring(found[0])
    fit_on_millions()


if __name__ == "__main__":
    main()
