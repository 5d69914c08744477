"""Boosted trees on public data, beside plain LightGBM and a ridge logit in the same run; then speed.

Run with `.venv/bin/python benchmarks/boosted.py [german] [polish] [sba] [time] [speed]`; no word runs all. Plain
LightGBM is `LGBMClassifier` at its defaults on the same columns, categories included.

Two splits of the SBA loans stand side by side. Random folds see the crisis while they learn. Learning from approvals to
2005 and judging those of 2006 to 2010 does not, and there labels count twice: as the file has them (they reach into
2014) and as a banker knew them at the end of 2005. What was tried for the second split (with or without the year of
approval) is judged on approvals of 2003 to 2005 by models that learnt to 2002, never on the test years.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from lightgbm import LGBMClassifier
from sklearn.model_selection import StratifiedKFold

from credit import real_data
from credit.metrics import auc, calibration
from credit.sba import read
from credit.scorers.boosted import BoostedScorer
from credit.scorers.indicators import IndicatorScorer
from credit.validation_sets import ValidationSet, german, polish, sba
from credit.validation_sets.sba_loans import FILE, of_loans

THREADS, ROWS, COLUMNS = 1, 2_000_000, 12
LAST_TRAINING_YEAR, INNER_YEAR, TEST_YEARS = 2005, 2002, (2006, 2010)
Forecaster = Callable[[ValidationSet, ValidationSet], np.ndarray]


def boosted(train: ValidationSet, test: ValidationSet) -> np.ndarray:
    """This laboratory's trees, at their defaults."""
    scorer = BoostedScorer(train.directions, threads=THREADS)
    return scorer.fit(train.X, train.y, train.weights).predict_pd(test.X)


def plain(train: ValidationSet, test: ValidationSet) -> np.ndarray:
    """LightGBM at its defaults."""
    model = LGBMClassifier(n_jobs=THREADS, verbose=-1).fit(train.X, train.y, sample_weight=train.weights)
    return np.asarray(model.predict_proba(test.X))[:, 1]


def logistic(train: ValidationSet, test: ValidationSet) -> np.ndarray:
    """A ridge logit over numbers and words."""
    scorer = IndicatorScorer(directions=train.directions, least_rows=max(20, len(train.y) // 400))
    return scorer.fit(train.X, train.y, train.weights).predict_pd(test.X)


FORECASTERS: dict[str, Forecaster] = {"boosted": boosted, "plain LightGBM": plain, "ridge logit": logistic}


def tell(what: str, name: str, known: ValidationSet, pd_: np.ndarray, seconds: float) -> None:
    """One line of the table."""
    area, level = auc(known.y, pd_, known.weights), calibration(known.y, pd_, known.weights)
    reach = f"[{area.low:.4f}, {area.high:.4f}]"
    print(f"{what:<44}{name:<16}AUC {area.value:.4f} {reach}  slope {level.slope:6.3f}  {seconds:7.1f} s", flush=True)


def cross_validated(what: str, known: ValidationSet, folds: int) -> None:
    """Every row judged by models that learnt from the other folds."""
    for name, forecast in FORECASTERS.items():
        pd_, start = np.zeros(len(known.y)), time.perf_counter()
        for train, test in StratifiedKFold(folds, shuffle=True, random_state=0).split(known.X, known.y):
            pd_[test] = forecast(known.part(train), known.part(test))
        tell(what, name, known, pd_, time.perf_counter() - start)


def as_of(folder: Path, year: int, with_year: bool) -> ValidationSet:
    """SBA loans with outcomes as they were known at the end of a year: a later charge-off had not happened."""
    known = read(folder / FILE)
    later = known.loans["charged_off_on"] > pd.Timestamp(year, 12, 31)
    loans = known.loans.copy()
    loans.loc[later, "is_charged_off"], loans.loc[later, "charged_off_on"] = False, pd.NaT
    return of_loans(replace(known, loans=loans), with_lender=True, with_approval_year=with_year)


def out_of_time(folder: Path) -> None:
    """Learnt to 2005, tested on 2006 to 2010; before it, the choice that was made inside the training years."""
    for with_year in (True, False):
        known = sba(folder, with_lender=True, with_approval_year=with_year)
        inside = (known.vintage > INNER_YEAR) & (known.vintage <= LAST_TRAINING_YEAR)
        words = f"with{'' if with_year else 'out'} approval year"
        start = time.perf_counter()
        pd_ = boosted(known.part(known.vintage <= INNER_YEAR), known.part(inside))
        tell(
            f"SBA inside: to 2002 -> 2003-05, {words}", "boosted", known.part(inside), pd_, time.perf_counter() - start
        )
        test = known.part((known.vintage >= TEST_YEARS[0]) & (known.vintage <= TEST_YEARS[1]))
        for labels, source in (
            ("full labels", known),
            ("labels of 2005", as_of(folder, LAST_TRAINING_YEAR, with_year)),
        ):
            train = source.part(source.vintage <= LAST_TRAINING_YEAR)
            for name, forecast in FORECASTERS.items():
                start = time.perf_counter()
                pd_ = forecast(train, test)
                tell(
                    f"SBA to 2005 -> 2006-10, {words[:7]} year, {labels}", name, test, pd_, time.perf_counter() - start
                )


def speed() -> None:
    """Two million rows learnt and scored, beside LightGBM's own classifier with the same trees."""
    draws = np.random.default_rng(0)
    X = pd.DataFrame(draws.normal(size=(ROWS, COLUMNS)), columns=[f"f{number}" for number in range(COLUMNS)])
    y = (draws.random(ROWS) < 1 / (1 + np.exp(3 - X["f0"] - 0.5 * X["f1"]))).astype(int)
    threads = 4
    start = time.perf_counter()
    ours = BoostedScorer({"f0": 1}, rounds=60, threads=threads).fit(X, y)
    fitted = time.perf_counter() - start
    settings = ours._settings(ours.encoding_, is_large=True)
    start = time.perf_counter()
    theirs = LGBMClassifier(n_estimators=60, **settings).fit(X, y)
    peer = time.perf_counter() - start
    print(f"fit {ROWS:,} rows, 60 trees, {threads} threads: {fitted:.1f} s; LGBMClassifier {peer:.1f} s")
    start = time.perf_counter()
    ours.predict_pd(X)
    scored = time.perf_counter() - start
    start = time.perf_counter()
    theirs.predict_proba(X)
    peer = time.perf_counter() - start
    print(f"score {ROWS:,} rows: {scored:.2f} s; LGBMClassifier {peer:.2f} s; ratio {peer / scored:.2f}")
    few = X.head(1000)
    start = time.perf_counter()
    ours.reasons(few)
    print(f"reasons of 1,000 rows (TreeSHAP): {time.perf_counter() - start:.2f} s")


def main(words: list[str]) -> None:
    """Measure and print."""
    wanted = words or ["german", "polish", "sba", "time", "speed"]
    folder = real_data.folder()
    if "german" in wanted:
        cross_validated("German credit, 10-fold", german(folder), 10)
    if "polish" in wanted:
        cross_validated("Polish firms, 5-fold", polish(folder), 5)
    if "sba" in wanted:
        for with_year in (False, True):
            known = sba(folder, with_lender=True, with_approval_year=with_year)
            cross_validated(f"SBA, 5-fold, with{'' if with_year else 'out'} approval year", known, 5)
    if "time" in wanted:
        out_of_time(folder)
    if "speed" in wanted:
        speed()


if __name__ == "__main__":
    main(sys.argv[1:])
