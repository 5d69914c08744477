"""Growth curves of 10,000 firms beside a curve_fit loop; coverage and scores on known, real and simulated firms.

Run with `.venv/bin/python benchmarks/growth.py`. The loop is what a user would write: `scipy.optimize.curve_fit` firm
by firm, on 200 of them. Coverage on `empl_uk` needs the public data (`CREDITLAB_REAL_DATA`);
without it that part is named and left out.
"""

from __future__ import annotations

import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
from scipy.optimize import curve_fit

from credit.growth.competitiveness_value import incremental_value
from credit.growth.curves import FAMILIES, Curve
from credit.growth.model import fit_growth
from credit.growth.panel import GrowthPanel, panel_from_records, panel_from_tables
from credit.growth.partial_pooling import fit_curves
from credit.growth.priors import GrowthPriors
from credit.growth.rolling_origin import (
    Share,
    chosen_forecaster,
    coverage,
    curve_forecasters,
    gain,
    nulls,
    rolling_origin,
)
from credit.ranges import Floats
from credit.real_data import folder
from sim.market import Market
from sim.scenarios.scenario import load_scenario

FIRMS, MONTHS, AHEAD, LOOPED = 10_000, 36, 12, 200
DAY = date(2026, 1, 1)
PRIORS = GrowthPriors.on(DAY)


def known_firms(count: int, seed: int, family: str = "logistic") -> tuple[Floats, GrowthPanel, Floats]:
    """Firms whose curves are known: parameters, 36 months, and the twelve that follow."""
    draws, curve = np.random.default_rng(seed), Curve(family)  # type: ignore[arg-type]
    truth = np.column_stack(
        (
            draws.normal(5.0, 1.0, count),
            draws.normal(np.log(1.5), 0.3, count),
            draws.normal(0.7, 0.8, count),
            draws.normal(0.0, 0.3, count),
        )
    )[:, : len(curve.names)]
    path = curve.log_output(truth[:, None, :], np.arange(MONTHS + AHEAD) / 12.0)
    shocks = draws.standard_t(5, path.shape) * 0.1 * np.exp(draws.normal(0.0, 0.2, (count, 1)))
    deviation = np.zeros_like(shocks)
    deviation[:, 0] = shocks[:, 0] / np.sqrt(1.0 - 0.4**2)
    for month in range(1, MONTHS + AHEAD):
        deviation[:, month] = 0.4 * deviation[:, month - 1] + shocks[:, month]
    seen = (path + deviation)[:, :MONTHS].copy()
    seen[draws.random(seen.shape) < 0.05] = np.nan
    seen[path[:, :MONTHS] < truth[:, :1] - 4.0] = np.nan  # below a fiftieth of its ceiling a firm has not opened yet
    names = tuple(f"F{row:05d}" for row in range(count))
    idle = np.zeros(seen.shape, dtype=bool)
    return truth, GrowthPanel(names, 2023 * 12, 12, seen, idle, np.zeros((count, 0))), (path + deviation)[:, MONTHS:]


def timed[T](work: Callable[[], T]) -> tuple[T, float]:
    """A result and the seconds of processor time it took: other work on the machine does not count."""
    start = time.process_time()
    result = work()
    return result, time.process_time() - start


def tell(what: str, count: int, seconds: float) -> None:
    """One line of the table of speeds."""
    print(f"{what:<72}{count:>8,}{seconds:>9.2f} s{count / seconds:>12,.0f} firms a second")


def told(share: Share) -> str:
    """A number with its interval."""
    return f"{share.value:+.3f} [{share.low:+.3f}, {share.high:+.3f}]"


def speed() -> None:
    """10,000 firms, and the loop beside them."""
    truth, panel, _ = known_firms(FIRMS, 1)
    curves, fitting = timed(
        lambda: fit_curves(panel.log_output, panel.covariates, panel.periods_a_year, PRIORS, "logistic")
    )
    posterior, finding = timed(lambda: curves.posterior(panel.log_output, panel.covariates))
    tell("logistic: population and every firm's posterior", FIRMS, fitting + finding)
    model, whole = timed(lambda: fit_growth(panel, PRIORS))
    answer, answering = timed(lambda: model.answer(panel, AHEAD))
    tell("whole model: season, null, 3 families, trial on the past, 12 months ahead", FIRMS, whole + answering)
    print("  speaks:", dict(Counter(firm.model for firm in answer.firms)), "|", model.verdict)
    years = np.arange(MONTHS) / 12.0

    def shape(t: Floats, ceiling: float, rate: float, middle: float) -> Floats:
        return ceiling - np.logaddexp(0.0, -np.exp(rate) * (t - middle))

    failed, errors = 0, []

    def loop() -> None:
        nonlocal failed
        for row in range(LOOPED):
            use = panel.is_seen[row]
            y = panel.log_output[row, use]
            try:
                found, _ = curve_fit(shape, years[use], y, p0=(y.max(), 0.0, 1.0), maxfev=2000)
                errors.append(found[0] - truth[row, 0])
            except RuntimeError:
                failed += 1

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, looping = timed(loop)
    tell("scipy.optimize.curve_fit in a loop", LOOPED, looping)
    ratio = looping / LOOPED / ((fitting + finding) / FIRMS)
    print(f"  the pooled posterior is {ratio:.1f} times faster a firm than the loop")
    mean, covariance = posterior.nodes.moments()
    pooled = np.abs(mean[:LOOPED, 0] - truth[:LOOPED, 0])
    spread = np.sqrt(np.einsum("nii->ni", covariance))
    inside = (np.abs(mean - truth) < 1.2816 * spread).mean(axis=0)
    for name, away in (("pooled", pooled), ("loop", np.abs(errors))):
        middle, far = np.quantile(away, (0.5, 0.9))
        print(f"  |error of log K|, {name}: median {middle:.3f}, 90 % below {far:.3f}")
    print(f"  the loop did not converge for {failed} of {LOOPED} firms")
    print(f"  80 % intervals of known (log K, log r, t0) hold them in {np.round(inside, 3)}")


def scores(title: str, panel: GrowthPanel, origins: range, ahead: int) -> None:
    """Rolling origin: every model, gain over the random walk, coverage."""
    everyone = nulls(PRIORS, ("random_walk", "autoregression", "linear_trend", "local_trend"))
    everyone |= curve_forecasters(PRIORS, FAMILIES) | {"chosen": chosen_forecaster(PRIORS, FAMILIES)}
    table = rolling_origin(panel, everyone, origins, ahead, PRIORS)
    print(f"\n{title}: {table['firm'].nunique()} firms, origins {list(origins)}, 1-{ahead} periods ahead, past only")
    print(f"{'model':<16}{'coverage of 80 % (95 % by firm)':<36}{'log score over random walk':<34}{'CRPS':>7}")
    for name in everyone:
        own = table[table["model"] == name]
        over = "" if name == "random_walk" else told(gain(table, name, "random_walk"))
        print(f"{name:<16}{told(coverage(own)):<36}{over:<34}{own['crps'].mean():>7.4f}")
    chosen = table[table["model"] == "chosen"]
    for column in ("horizon", "origin"):
        parts = [f"{key!s}: {coverage(rows).value:.2f}" for key, rows in chosen.groupby(column)]
        print(f"  coverage by {column}: {', '.join(parts)}")


def prior_matters(panel: GrowthPanel, origins: range, ahead: int) -> None:
    """What coverage rests on: the spread of shocks that hit everybody, believed beforehand."""
    for spread in (0.05, 0.1, 0.15):
        priors = replace(PRIORS, common_growth_spread_annual=spread)
        table = rolling_origin(panel, nulls(priors, ("local_trend",)), origins, ahead, priors)
        print(f"  common shock of {spread:.2f} a year believed beforehand: coverage {told(coverage(table))}")


def market_tables(firms: int, days: int, seed: int) -> dict[str, pd.DataFrame]:
    """The observable tables of a simulated market."""
    market = Market(firms, days, seed, load_scenario("baseline"))
    for _ in range(market.settings.burn_in_days + days):
        market.step()
    return market.observed.tables()


def market_panel(seed: int) -> tuple[GrowthPanel, range]:
    """A market's monthly tonnes, and the origins at which they are forecast."""
    tables = market_tables(500, 1000, seed)
    return panel_from_tables(tables, pd.Timestamp(tables["operations"]["month"].max()).date()), range(15, 34, 6)


def market_scores(seed: int) -> pd.DataFrame:
    """Scores of the null on a market of its own; its shocks hit all its firms, so that one market is one draw."""
    panel, origins = market_panel(seed)
    table = rolling_origin(panel, nulls(PRIORS, ("local_trend",)), origins, 6, PRIORS)
    return table.assign(firm=[f"{seed} {name}" for name in table["firm"]])


def main() -> None:
    """Measure and print."""
    speed()
    _, panel, came = known_firms(400, 3, "gompertz")
    idle = np.zeros((400, MONTHS + AHEAD), dtype=bool)
    whole = replace(panel, log_output=np.hstack((panel.log_output, came)), is_standstill=idle)
    scores("Simulated firms with known Gompertz curves", whole, range(18, 42, 8), 6)
    path = folder() / "firms" / "empl_uk.csv"
    if path.is_file():
        frame = pd.read_csv(path)
        panel = panel_from_records(frame, "firm", "year", "emp", 1)
        scores("empl_uk, log employment (140 firms, 1976-84)", panel, range(3, 9), 3)
        prior_matters(panel, range(3, 9), 3)
        capital = panel_from_records(frame, "firm", "year", "capital", 1)
        table = rolling_origin(capital, nulls(PRIORS, ("local_trend",)), range(3, 9), 3, PRIORS)
        print(f"  the same firms' capital, with the same beliefs: coverage {told(coverage(table))}")
    else:
        print(f"\nempl_uk is not at {path}: coverage on real firms left out")
    scores("Firms of the simulated market, monthly tonnes", *market_panel(10), 6)
    pooled = [market_scores(seed) for seed in (10, 13, 14)]
    for seed, table in zip((10, 13, 14), pooled, strict=True):
        print(f"  market {seed}: coverage of the null {told(coverage(table))}")
    print(f"  the three markets together: {told(coverage(pd.concat(pooled)))}")
    print("\nCompetitiveness beside size and growth (market of 2,000 firms)")
    days = [date(2026, 12, 31), date(2027, 3, 31), date(2027, 6, 30), date(2027, 9, 30)]
    for found in incremental_value(market_tables(2000, 1000, 12), days):
        print(f"  {found.verdict}; likelihood ratio {found.likelihood_ratio:.1f}, p {found.p_value:.1e}")


if __name__ == "__main__":
    main()
