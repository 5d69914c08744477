"""Boosted trees on public data, beside plain LightGBM and a ridge logit in the same run; then speed.

Run with `.venv/bin/python benchmarks/boosted.py [german] [polish] [sba] [time] [platform] [speed]`; no word runs all.
Folds, seed and fits are those of `creditlab validate german|polish|sba --model boosted`, so that it prints the same
figures. Plain LightGBM is `LGBMClassifier` at its defaults on the same columns, categories included.

Two splits of the SBA loans stand side by side. Random folds see the crisis while they learn. Learning from approvals to
2005 and judging those of 2006 to 2010 does not, and there labels count twice: as the file has them (they reach into
2014) and as a banker knew them at the end of 2005. What was tried for the second split (with or without the time of
approval, with or without what only tells how files were kept) is judged on approvals of 2003 to 2005 by models that
learnt to 2002, never on the test years.

On a simulated platform the score whose parts stay apart is judged beside scores of all columns at once.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier

from credit import real_data
from credit.metrics import auc, calibration
from credit.sba import read
from credit.scorers.boosted import BoostedScorer
from credit.scorers.combined import ControllerEnterpriseScorer
from credit.tables import write_tables
from credit.validation import candidates
from credit.validation.forecasts import fitted, folds_of
from credit.validation_sets import ValidationSet, german, platform, polish, sba
from credit.validation_sets.sba_loans import FILE, of_loans
from sim.prehistory import ORDINARY, Recipe, tables_of

THREADS, SPEED_THREADS, ROWS, COLUMNS = 1, 4, 2_000_000, 12
LAST_TRAINING_YEAR, INNER_YEAR, TEST_YEARS = 2005, 2002, (2006, 2010)
PLATFORM = Recipe(1500, (ORDINARY,))
Forecaster = Callable[[ValidationSet, ValidationSet], np.ndarray]


def candidate(model: str) -> Forecaster:
    """A scorer of this laboratory at its defaults, as `creditlab validate` makes it."""

    def forecast(train: ValidationSet, test: ValidationSet) -> np.ndarray:
        scorer = fitted(lambda part: candidates.make(model, part, seed=0, threads=THREADS), train)
        return scorer.predict_pd(test.X)

    return forecast


def plain(train: ValidationSet, test: ValidationSet) -> np.ndarray:
    """LightGBM at its defaults."""
    model = LGBMClassifier(n_jobs=THREADS, verbose=-1).fit(train.X, train.y, sample_weight=train.weights)
    return np.asarray(model.predict_proba(test.X))[:, 1]


boosted = candidate("boosted")
FORECASTERS: dict[str, Forecaster] = {"boosted": boosted, "plain LightGBM": plain, "ridge logit": candidate("logistic")}
ON_THE_PLATFORM = {"controller+firm": candidate("combined"), **FORECASTERS}


def tell(what: str, name: str, known: ValidationSet, pd_: np.ndarray, seconds: float) -> None:
    """One line of the table."""
    area, level = auc(known.y, pd_, known.weights, known.clusters), calibration(known.y, pd_, known.weights)
    reach = f"[{area.low:.4f}, {area.high:.4f}]"
    print(f"{what:<50}{name:<16}AUC {area.value:.4f} {reach}  slope {level.slope:6.3f}  {seconds:7.1f} s", flush=True)


def cross_validated(what: str, known: ValidationSet, folds: int, forecasters: dict[str, Forecaster]) -> None:
    """Every row judged by models that learnt from the other folds."""
    fold = folds_of(known, folds, seed=0)
    for name, forecast in forecasters.items():
        pd_, start = np.zeros(len(known.y)), time.perf_counter()
        for held_out in range(folds):
            test = fold == held_out
            pd_[test] = forecast(known.part(~test), known.part(test))
        tell(what, name, known, pd_, time.perf_counter() - start)


def judged(what: str, name: str, forecast: Forecaster, train: ValidationSet, test: ValidationSet) -> None:
    """Rows judged by one model that learnt from others."""
    start = time.perf_counter()
    pd_ = forecast(train, test)
    tell(what, name, test, pd_, time.perf_counter() - start)


def as_of(folder: Path, year: int, with_time: bool) -> ValidationSet:
    """SBA loans with outcomes as they were known at the end of a year: a later charge-off had not happened."""
    known = read(folder / FILE)
    later = known.loans["charged_off_on"] > pd.Timestamp(year, 12, 31)
    loans = known.loans.copy()
    loans.loc[later, "is_charged_off"], loans.loc[later, "charged_off_on"] = False, pd.NaT
    return of_loans(replace(known, loans=loans), True, with_time, with_records=False)


def out_of_time(folder: Path) -> None:
    """The choices made inside the training years; then learnt to 2005 and tested on 2006 to 2010."""
    for with_time in (True, False):
        words = f"with{'' if with_time else 'out'} time"
        for with_records in (True, False):
            known = sba(folder, True, with_time, with_records)
            is_tested = (known.vintage >= TEST_YEARS[0]) & (known.vintage <= TEST_YEARS[1])
            inside = (known.vintage > INNER_YEAR) & (known.vintage <= LAST_TRAINING_YEAR)
            what = f"SBA to 2002 -> 2003-05, {words}, with{'' if with_records else 'out'} records"
            judged(what, "boosted", boosted, known.part(known.vintage <= INNER_YEAR), known.part(inside))
            if with_records:
                test, train = known.part(is_tested), known.part(known.vintage <= LAST_TRAINING_YEAR)
                judged(f"SBA to 2005 -> 2006-10, {words}, with records", "boosted", boosted, train, test)
        test = known.part(is_tested)
        for labels, source in (
            ("full labels", known),
            ("labels of 2005", as_of(folder, LAST_TRAINING_YEAR, with_time)),
        ):
            train = source.part(source.vintage <= LAST_TRAINING_YEAR)
            for name, forecast in FORECASTERS.items():
                judged(f"SBA to 2005 -> 2006-10, {words}, {labels}", name, forecast, train, test)


def on_a_platform() -> None:
    """Firm-months of a simulated market, months of a firm in one fold; then how the weights of the parts move."""
    with tempfile.TemporaryDirectory() as folder:
        write_tables(tables_of(PLATFORM), Path(folder) / "tables")
        known = platform(Path(folder) / "tables")
    defaulted = len(np.unique(known.clusters[known.y == 1])) if known.clusters is not None else 0
    print(f"platform: {len(known.y):,} firm-months, {defaulted} firms defaulted within a year of one of them")
    cross_validated("simulated platform, 5-fold by firm", known, 5, ON_THE_PLATFORM)
    scorer = fitted(lambda part: candidates.make("combined", part), known)
    if isinstance(scorer, ControllerEnterpriseScorer):
        print(scorer.weights_at(np.array([0, 6, 12, 24, 60])).round(3).to_string())


def measured[T](work: Callable[[], T]) -> tuple[T, str]:
    """What a piece of work gave; how long it took by the clock, and of the processor, which others do not lengthen."""
    start, used = time.perf_counter(), time.process_time()
    found = work()
    return found, f"{time.perf_counter() - start:.2f} s ({time.process_time() - used:.2f} cpu)"


def speed() -> None:
    """Two million rows learnt and scored, beside LightGBM's own classifier with the same trees."""
    draws = np.random.default_rng(0)
    X = pd.DataFrame(draws.normal(size=(ROWS, COLUMNS)), columns=[f"f{number}" for number in range(COLUMNS)])
    y = (draws.random(ROWS) < 1 / (1 + np.exp(3 - X["f0"] - 0.5 * X["f1"]))).astype(int)
    ours, fitted = measured(lambda: BoostedScorer({"f0": 1}, rounds=60, threads=SPEED_THREADS).fit(X, y))
    settings = ours._settings(ours.encoding_, ROWS)
    theirs, peer = measured(lambda: LGBMClassifier(n_estimators=60, **settings).fit(X, y))
    print(f"fit {ROWS:,} rows, 60 trees, {SPEED_THREADS} threads: {fitted}; LGBMClassifier {peer}")
    _, scored = measured(lambda: ours.predict_pd(X))
    _, peer = measured(lambda: theirs.predict_proba(X))
    print(f"score {ROWS:,} rows: {scored}; LGBMClassifier {peer}")
    _, told = measured(lambda: ours.reasons(X.head(1000)))
    print(f"reasons of 1,000 rows (TreeSHAP): {told}")


def main(words: list[str]) -> None:
    """Measure and print."""
    wanted = words or ["german", "polish", "sba", "time", "platform", "speed"]
    folder = real_data.folder()
    if "german" in wanted:
        cross_validated("German credit, 10-fold", german(folder), 10, FORECASTERS)
    if "polish" in wanted:
        cross_validated("Polish firms, 5-fold", polish(folder), 5, FORECASTERS)
    if "sba" in wanted:
        for with_year in (False, True):
            known = sba(folder, with_lender=True, with_approval_year=with_year)
            cross_validated(f"SBA, 5-fold, with{'' if with_year else 'out'} approval year", known, 5, FORECASTERS)
    if "time" in wanted:
        out_of_time(folder)
    if "platform" in wanted:
        on_a_platform()
    if "speed" in wanted:
        speed()


if __name__ == "__main__":
    main(sys.argv[1:])
