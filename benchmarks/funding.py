"""100,000 assets placed with 20 funders, beside first come first served and one linear programme over single assets.

Run with `.venv/bin/python benchmarks/funding.py`. Assets and mandates are drawn; mandates differ in product, grade,
region, term and yield in the first market and admit nearly everything in the second, which is the harder one to solve.
"""

from __future__ import annotations

import time
from datetime import date

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from credit.funding import match
from credit.funding_market import Market, market_of
from credit.funding_program import Objective
from credit.mandates import ConcentrationLimit, Mandate, TermRange, Ticket
from credit.rating import load_master_scale

ASSETS, FUNDERS, LOOPED_ASSETS = 100_000, 20, 10_000
PRODUCTS = ("purchase_loan", "receivables_advance", "machine_lease", "turnover_revolver")
REGIONS = tuple(f"R{number:02d}" for number in range(20))
SCALE = load_master_scale()


def drawn_assets(count: int) -> pd.DataFrame:
    """Assets of eight to an obligor, about RMB 350,000 each."""
    draws = np.random.default_rng(7)
    pd_annual = np.minimum(draws.lognormal(np.log(0.03), 0.7, count), 0.5)
    product = draws.choice(PRODUCTS, count, p=[0.5, 0.25, 0.15, 0.1])
    expected_loss = pd_annual * draws.choice([0.15, 0.30, 0.55], count)
    return pd.DataFrame(
        {
            "asset_id": [f"a{number}" for number in range(count)],
            "firm_id": [f"f{number}" for number in draws.integers(0, count // 8 + 1, count)],
            "product": product,
            "grade": SCALE.grade_of(pd_annual),
            "region": draws.choice(REGIONS, count),
            "term_days": np.where(
                product == "machine_lease", draws.integers(12, 37, count) * 30, draws.integers(7, 121, count)
            ),
            "amount_fen": draws.lognormal(np.log(25_000_000), 0.8, count).astype(np.int64) + 1,
            "rate_annual": 0.09 + 0.03 * draws.random(count) + expected_loss,
            "expected_loss_annual": expected_loss,
            "retained_share": draws.choice([0.0, 0.3], count),
            "first_loss_share": 0.0,
            "first_loss_form": "none",
        }
    )


def drawn_mandates(count: int, total_yuan: float, is_wide: bool) -> list[Mandate]:
    """Mandates of unequal size that together can fund `total_yuan`."""
    draws = np.random.default_rng(11)
    grades = SCALE.names[:-1]
    mandates = []
    for number in range(count):
        worst = int(draws.integers(3, len(grades) + 1))
        products = sorted(map(str, draws.choice(PRODUCTS, int(draws.integers(1, 4)), replace=False)))
        regions = sorted(map(str, draws.choice(REGIONS, 10, replace=False)))
        mandates.append(
            Mandate(
                name=f"funder_{number}",
                title="Drawn mandate",
                as_of=date(2026, 1, 1),
                source="drawn for the benchmark",
                confidence="assumption",
                capacity=float(round(total_yuan / count * draws.uniform(0.5, 1.5))),
                funding_cost_annual=float(draws.uniform(0.06, 0.09)),
                yield_minimum_annual=0.0 if is_wide else float(np.round(draws.uniform(0.08, 0.10), 3)),
                products="any" if is_wide else products,
                grades="any" if is_wide else grades[:worst],
                regions="any" if is_wide or draws.random() < 0.5 else regions,
                term_days=TermRange(least=1, most=1200 if is_wide else int(draws.integers(90, 1200))),
                ticket=Ticket(most=1e8),
                obligor_share_most=0.02,
                limits=[
                    ConcentrationLimit(by="region", share_most=0.3),
                    ConcentrationLimit(by="grade", among=grades[worst - 2 : worst], share_most=0.3),
                ],
            )
        )
    return mandates


def first_come(market: Market) -> float:
    """Each asset in the order given goes to the funder that earns most on it and has room; yuan of margin a year."""
    room = [limit.amount_fen for limit in market.limits]
    rows = [[part.tolist() for part in market.rows(funder)] for funder in range(market.funders)]
    value = 0.0
    for asset, amount in enumerate(market.amount.tolist()):
        for funder in np.argsort(-market.margin[asset]).tolist():
            own = [part[asset] for part in rows[funder] if part[asset] >= 0]
            if market.misses[asset, funder] == 0 and all(room[row] >= amount for row in own):
                for row in own:
                    room[row] -= amount
                value += market.margin[asset, funder] * amount / 100
                break
    return value


def programme_by_asset(market: Market) -> float:
    """One linear programme with a column for every asset and funder; yuan of margin a year."""
    asset, funder = np.nonzero(market.misses == 0)
    count = asset.size
    parts = []
    for number in range(market.funders):
        own = np.flatnonzero(funder == number)
        for rows in market.rows(number):
            hit = rows[asset[own]]
            kept = hit >= 0
            shape = (len(market.limits), count)
            parts.append(csr_array((np.ones(kept.sum()), (hit[kept], own[kept])), shape=shape))
    limits = sum(parts[1:], parts[0])
    supply = csr_array((np.ones(count), (asset, np.arange(count))), shape=(market.amount.size, count))
    most = np.array([limit.amount_fen for limit in market.limits])
    result = linprog(
        -market.margin[asset, funder],
        A_ub=vstack([limits, supply]).tocsr(),
        b_ub=np.concatenate([most, market.amount]) / 1e8,
        method="highs-ipm",
    )
    return -result.fun * 1e6


def main() -> None:
    """Measure and print."""
    print(f"{'':<44}{'assets':>9}{'seconds':>9}{'filled':>8}{'margin, RMB m':>15}{'bound':>9}{'gap':>9}")
    for is_wide in (False, True):
        offered = drawn_assets(ASSETS)
        wanted = drawn_mandates(FUNDERS, offered["amount_fen"].sum() / 100 * 0.7, is_wide)
        kind = "wide mandates" if is_wide else "narrow mandates"
        for objective in Objective:
            start = time.perf_counter()
            told = match(offered, wanted, key="benchmark", objective=objective)
            took = time.perf_counter() - start
            unit = 1e6 if objective is Objective.MARGIN else 1e9
            bound = f"{told.bound / unit:>8.1f}{'m' if unit == 1e6 else 'bn'}"
            print(
                f"{kind + ', by cells, most ' + objective:<44}{ASSETS:>9,}{took:>9.2f}{told.fill_rate:>8.1%}"
                f"{told.margin_yuan_a_year / 1e6:>15.2f}{bound:>9}{told.gap_share:>9.3%}"
            )
        for count, work, name in (
            (ASSETS, first_come, "first come, first served"),
            (LOOPED_ASSETS, programme_by_asset, "a column for every asset and funder"),
        ):
            part = drawn_assets(count)
            market = market_of(part, drawn_mandates(FUNDERS, part["amount_fen"].sum() / 100 * 0.7, is_wide))
            start = time.perf_counter()
            value = work(market)
            print(f"{kind + ', ' + name:<44}{count:>9,}{time.perf_counter() - start:>9.2f}{'':>8}{value / 1e6:>15.2f}")


if __name__ == "__main__":
    main()
