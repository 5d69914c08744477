"""Default timing: firm-months fitted, scored and told as curves, beside lifelines and scikit-survival.

Run with `.venv/bin/python benchmarks/survival.py`; a smaller book with `ROWS=200000`. Peers run where they do the same
work, on as many rows as they can take in reasonable time, and the table says on how many. Beside the seconds stand
those of the processor, which other work on the machine does not lengthen. AUCs are of the default in the month to come
on fresh firm-months, beside the AUC of the true hazard, which nothing can beat; C is the share of pairs of firms put in
the right order.
"""

from __future__ import annotations

import importlib
import os
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from lifelines.datasets import load_rossi
from sklearn.metrics import roc_auc_score

from credit.survival.baselines import Spline
from credit.survival.boosted_months import BoostedMonths
from credit.survival.cox import CoxTiming
from credit.survival.discrete_hazard import DiscreteHazard
from credit.survival.firm_month_hazard import FirmMonthHazard
from credit.survival.month_learners import LinearMonths
from credit.survival.monthly_rows import months_at_risk
from credit.survival.parametric import LogLogisticTiming, WeibullTiming

ROWS = int(os.environ.get("ROWS", "2000000"))
FRESH, CURVES, AHEAD, COVARIATES, LIFE = 400_000, 100_000, 36, 20, 60
SPELLS, SAMPLE = 60_000, 4_000
THREADS = 4
CLOCK = "age_months"
BASELINE = Spline((1, 6, 18, 36, LIFE))


Seconds = tuple[float, float]
"""By the clock on the wall, and of the processor (all threads)."""


def measured[T](work: Callable[[], T]) -> tuple[T, Seconds]:
    """What a piece of work gave, and how long it took."""
    start, used = time.perf_counter(), time.process_time()
    told = work()
    return told, (time.perf_counter() - start, time.process_time() - used)


def tell(what: str, count: int, seconds: Seconds, note: str = "") -> None:
    """One line of the table."""
    print(f"{what:<70}{count:>10,}{seconds[0]:>8.2f} s{seconds[1]:>8.2f} cpu   {note}", flush=True)


def firm_months(rows: int, seed: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Covariates with age, default in the month, and its true probability, in which effects bend and interact."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(rows, COVARIATES)), columns=[f"x{k}" for k in range(COVARIATES)])
    age = rng.integers(0, LIFE, rows)
    odds = 0.8 * np.maximum(X["x0"], 0) + 0.6 * np.abs(X["x1"]) - 0.5 * X["x2"] + 0.4 * X["x3"] * (X["x4"] > 0)
    odds = np.exp(odds + 0.3 * X["x5"] - 5.4 - 0.02 * np.abs(age - 18))
    truth = (odds / (1 + odds)).to_numpy()
    return X.assign(**{CLOCK: age}), rng.random(rows) < truth, truth


def workhorse() -> None:
    """Fit, score, curves."""
    X, is_default, _ = firm_months(ROWS, seed=1)
    fresh, fresh_default, truth = firm_months(FRESH, seed=2)
    print(f"{ROWS:,} firm-months, {COVARIATES} covariates and age, {is_default.sum():,} defaults")
    print(f"AUC of the true hazard on {FRESH:,} fresh firm-months: {roc_auc_score(fresh_default, truth):.4f}")
    learners = {
        "trees": BoostedMonths(threads=THREADS),
        "trees, effects change with age": BoostedMonths(threads=THREADS, clock_interacts=True),
        "logit": LinearMonths("logit", BASELINE),
        "complementary log-log": LinearMonths("cloglog", BASELINE),
    }
    firms = X.iloc[: min(CURVES, ROWS)]
    stress = {"x2": np.linspace(0.0, -2.0, AHEAD)}
    for name, learner in learners.items():
        hazard = FirmMonthHazard(CLOCK, learner=learner, holds_clock=True)
        fitted, seconds = measured(lambda hazard=hazard: hazard.fit(X, is_default))  # type: ignore[misc]
        area = roc_auc_score(fresh_default, fitted.next_month(fresh))
        tell(f"{name}: fit", ROWS, seconds, f"AUC {area:.4f}")
        _, seconds = measured(lambda fitted=fitted: fitted.next_month(X))  # type: ignore[misc]
        tell(f"{name}: score", ROWS, seconds)
        ahead = np.arange(1, AHEAD + 1)
        _, seconds = measured(lambda fitted=fitted, ahead=ahead: fitted.pd_by(firms, ahead))  # type: ignore[misc]
        tell(f"{name}: PD curves over {AHEAD} months", len(firms), seconds)
        along = fitted.along(stress)
        _, seconds = measured(lambda along=along, ahead=ahead: along.pd_by(firms, ahead))  # type: ignore[misc]
        tell(f"{name}: the same along a path of one covariate", len(firms), seconds)


def spells(rows: int, seed: int) -> pd.DataFrame:
    """Firms with monthly ticks: four covariates of which the last moves after a year; late entry; default or not."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(rows, 4)), columns=["a", "b", "c", "moves"])
    effect = np.array([0.6, -0.4, 0.2, 0.5])
    later = X.assign(moves=X["moves"] + rng.normal(size=rows))
    rate = 0.008 * np.exp(X @ effect), 0.008 * np.exp(later @ effect)
    reach = rng.exponential(size=rows)
    first = reach / rate[0]
    time = np.where(first <= 12, first, 12 + (reach - 12 * rate[0]) / rate[1])
    stop = np.ceil(np.minimum(time, 48)).astype(int)
    hit = time <= 48
    early = X.assign(firm=np.arange(rows), entry=0, stop=np.minimum(stop, 12), hit=hit & (stop <= 12))
    late = later.assign(firm=np.arange(rows), entry=12, stop=stop, hit=hit)[stop > 12]
    return pd.concat([early, late], ignore_index=True)


def beside_lifelines() -> None:
    """The same likelihoods, fitted by lifelines and here."""
    from lifelines import CoxTimeVaryingFitter, WeibullAFTFitter

    columns = ["a", "b", "c", "moves"]
    told = spells(SPELLS, seed=3)
    print(f"\n{len(told):,} spells of {SPELLS:,} firms, monthly ticks, one covariate moves; effects .6, -.4, .2, .5")

    def effects(values: np.ndarray) -> str:
        return "effects " + ", ".join(f"{value:.3f}" for value in values)

    entry, stop, hit = (told[name].to_numpy() for name in ("entry", "stop", "hit"))
    discrete, seconds = measured(
        lambda: DiscreteHazard(Spline((1, 6, 12, 24, 48))).fit(told[columns], stop, hit, entry=entry)
    )
    tell("DiscreteHazard (cloglog on spells)", len(told), seconds, effects(discrete.coefficients_ / discrete.scale_))
    cox, seconds = measured(lambda: CoxTiming().fit(told[columns], stop, hit, entry=entry))
    tell("CoxTiming (Efron, entry)", len(told), seconds, effects(cox.effects()["coefficient"].to_numpy()))
    frame = told[["firm", "entry", "stop", "hit", *columns]]
    peer, seconds = measured(
        lambda: CoxTimeVaryingFitter().fit(frame, id_col="firm", event_col="hit", start_col="entry", stop_col="stop")
    )
    tell("lifelines CoxTimeVaryingFitter", len(told), seconds, effects(peer.params_.to_numpy()))
    ours, seconds = measured(lambda: WeibullTiming().fit(told[columns], stop, hit, entry=entry))
    tell("WeibullTiming (entry)", len(told), seconds, effects(ours.effects()["coefficient"].to_numpy()))
    frame = frame.drop(columns="firm")
    theirs, seconds = measured(lambda: WeibullAFTFitter().fit(frame, "stop", "hit", entry_col="entry"))
    tell("lifelines WeibullAFTFitter", len(told), seconds, effects(theirs.params_["lambda_"][columns].to_numpy()))


def beside_scikit_survival() -> None:
    """Constant covariates: order of firms and curves against scikit-survival, on a sample it can take."""
    from lifelines.utils import concordance_index

    try:
        linear, ensemble, util = (importlib.import_module(f"sksurv.{m}") for m in ("linear_model", "ensemble", "util"))
    except ImportError:
        print("\nscikit-survival is not installed (`make test` installs it)")
        return
    rng = np.random.default_rng(5)

    def firms(rows: int) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
        X = pd.DataFrame(rng.normal(size=(rows, 6)), columns=list("abcdef"))
        ratio = np.exp(0.8 * np.maximum(X["a"], 0) + 0.6 * np.abs(X["b"]) - 0.5 * X["c"])
        time = np.ceil(rng.exponential(size=rows) / (0.01 * ratio)).to_numpy()
        return X, np.minimum(time, 36).astype(int), time <= 36

    X, stop, hit = firms(SAMPLE)
    fresh, fresh_stop, fresh_hit = firms(10 * SAMPLE)
    print(f"\n{SAMPLE:,} firms with constant covariates, {hit.sum():,} defaults; C on {len(fresh):,} fresh firms")

    def order(risk: np.ndarray) -> str:
        return f"C {concordance_index(fresh_stop, -risk, fresh_hit):.4f}"

    cox, seconds = measured(lambda: CoxTiming().fit(X, stop, hit))
    tell("CoxTiming (lifelines within)", SAMPLE, seconds, order(cox.linear_predictor(fresh)))
    labels = util.Surv.from_arrays(hit, stop)
    peer, seconds = measured(lambda: linear.CoxPHSurvivalAnalysis(ties="efron").fit(X.to_numpy(), labels))
    tell("scikit-survival CoxPHSurvivalAnalysis", SAMPLE, seconds, order(peer.predict(fresh.to_numpy())))
    apart = np.abs(peer.coef_ - cox.effects()["coefficient"].to_numpy()).max()
    print(f"largest difference of the two in a coefficient: {apart:.1e}")

    rows = months_at_risk(stop, hit.astype(int))
    trees = FirmMonthHazard(CLOCK, learner=BoostedMonths(threads=THREADS, trees=60))
    months = rows.of(X, CLOCK)
    trees, seconds = measured(lambda: trees.fit(months, rows.left_by))
    today = fresh.assign(**{CLOCK: 0})
    risk, asked = measured(lambda: trees.pd_by(today, [36])[:, 0])
    tell(f"FirmMonthHazard, trees, on {len(months):,} firm-months", SAMPLE, seconds, order(risk))
    tell("   its PDs at 36 months", len(fresh), asked)
    forest = ensemble.RandomSurvivalForest(
        n_estimators=60, min_samples_leaf=30, n_jobs=1, random_state=0, low_memory=True
    )
    _, seconds = measured(lambda: forest.fit(X.to_numpy(), labels))
    risk, asked = measured(lambda: forest.predict(fresh.to_numpy()))
    tell("scikit-survival RandomSurvivalForest (60 trees)", SAMPLE, seconds, order(risk))
    tell("   its risks", len(fresh), asked)


def published() -> None:
    """Rossi's recidivism data to six digits."""
    rossi = load_rossi()
    X, weeks, arrest = rossi.drop(columns=["week", "arrest"]), rossi["week"], rossi["arrest"]
    cox = CoxTiming().fit(X, weeks, arrest)
    effects = cox.effects()["coefficient"]
    print("\nRossi (Cox, Efron): found, published")
    pairs = (
        ("fin", effects["fin"], -0.379422),
        ("prio", effects["prio"], 0.091497),
        ("log-likelihood", cox.log_likelihood_, -658.747659),
        ("C", cox.concordance_, 0.640329),
    )
    for name, found, printed in pairs:
        print(f"   {name:<16}{found:>13.6f}{printed:>13.6f}")
    for timing in (WeibullTiming, LogLogisticTiming):
        print(f"   {timing.__name__} log-likelihood {timing().fit(X, weeks, arrest).log_likelihood_:.4f}")


def main() -> None:
    """Measure and print."""
    workhorse()
    beside_lifelines()
    beside_scikit_survival()
    published()


if __name__ == "__main__":
    main()
