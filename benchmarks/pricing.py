"""Quotes and internal rates a second, beside the scalar loop that a user would otherwise write.

Run with `.venv/bin/python benchmarks/pricing.py`. The loop uses numpy_financial where it is installed and bisection by
SciPy where it is not; neither is needed by the laboratory.
"""

from __future__ import annotations

import importlib
import statistics
import time
from collections.abc import Callable
from datetime import date

import numpy as np
from scipy.optimize import brentq

from credit.cashflows import nominal_irr
from credit.contract_rates import bullet_rates
from credit.contracts import OpenAccountPurchase, PurchaseTerms
from credit.cycle_pricing import price_by_cycle
from credit.files import DATA
from credit.joint_profit import FinanceFlows, TradeFlows, joint_profit
from credit.lifetime_value import RateBehaviour, lifetime_value, outside_rate
from credit.offer_price import offer_price
from credit.price_after_vat import quote_after_vat
from credit.pricing import LenderCosts, quote
from credit.products import load_product
from credit.taxes import vat_on_interest

QUOTES, LEASES, CLIENTS, LOOPED, REPETITIONS = 1_000_000, 100_000, 100_000, 2_000, 5
MONTHS = np.arange(37) * 365 / 12


def seconds(work: Callable[[], object]) -> float:
    """The median duration of a piece of work."""
    durations = []
    for _ in range(REPETITIONS):
        start = time.perf_counter()
        work()
        durations.append(time.perf_counter() - start)
    return statistics.median(durations)


def tell(what: str, count: int, duration: float) -> None:
    """One line of the table."""
    print(f"{what:<62}{count:>10,}{duration:>10.3f} s{count / duration:>14,.0f} a second")


def scalar_irr() -> tuple[str, Callable[[np.ndarray], float]]:
    """What a user would loop over: numpy_financial, or a bracketed root finder a contract."""
    try:
        return "numpy_financial.irr in a loop", importlib.import_module("numpy_financial").irr
    except ImportError:
        periods = np.arange(len(MONTHS))

        def bracketed(flows: np.ndarray) -> float:
            return brentq(lambda rate: float(flows @ (1.0 + rate) ** -periods), 0.0, 1.0)

        return "scipy brentq in a loop (numpy_financial is not installed)", bracketed


def main() -> None:
    """Measure and print."""
    draws = np.random.default_rng(7)
    day = date(2026, 1, 1)
    costs, vat = LenderCosts.on(day), vat_on_interest("micro_lender", day)
    deposits, terms = draws.uniform(0.1, 0.3, QUOTES), draws.integers(15, 91, QUOTES)
    pds, lgds = draws.uniform(0, 0.1, QUOTES), draws.uniform(0.1, 0.7, QUOTES)

    def quotes() -> None:
        rates = bullet_rates(deposits, 0.0004, 0.003, terms)
        quote(rates.nominal_irr, pds, lgds, terms, costs)

    tell("purchase-loan quotes: three rates, EL, r*, RAROC, waterfall", QUOTES, seconds(quotes))

    def taxed_quotes() -> None:
        rates = bullet_rates(deposits, 0.0004, 0.003, terms)
        quote_after_vat(rates.nominal_irr, pds, lgds, terms, costs, vat.kept_share)

    tell("the same before and after VAT", QUOTES, seconds(taxed_quotes))

    loan = offer_price(load_product(DATA / "products" / "purchase_loan.yaml"), "goods_controlled")
    lease = offer_price(load_product(DATA / "products" / "machine_lease.yaml"), "annuity")
    tell("the whole chain, cycle by cycle, before and after VAT", QUOTES, seconds(lambda: loan.priced(pds)))
    tell("the same of a lease, month by month", CLIENTS, seconds(lambda: lease.priced(pds[:CLIENTS])))

    curves = np.repeat((1.0 - (1.0 - pds[:CLIENTS]) ** (30 / 365))[:, None], 12, axis=1)
    tell(
        "prices over 12 cycles with first-payment fraud",
        CLIENTS,
        seconds(
            lambda: price_by_cycle(curves, 30, lgds[:CLIENTS], costs, first_payment_fraud_share=0.008, kept_share=0.937)
        ),
    )

    few, behaviour = CLIENTS // 10, RateBehaviour.on(day)
    outside, offered = outside_rate(pds[:few], 0.065, 0.2, 0.03), np.linspace(0.06, 0.3, 25)
    tell(
        "lifetime values: client x 25 rates, 12 periods",
        few * len(offered),
        seconds(lambda: lifetime_value(offered, curves[:few], outside, lgds[:few], 30, costs, behaviour)),
    )

    sales = draws.integers(10**7, 10**8, QUOTES)
    trade, finance = (
        TradeFlows(sales, day, sales // 100 * 99, day),
        FinanceFlows(sales // 70, sales, terms, pds / 12, lgds),
    )
    tell(
        "orders in one waterfall of trade and finance, to the fen",
        QUOTES,
        seconds(lambda: joint_profit(trade, finance, costs, vat, operating_cost_fen=15_000)),
    )

    flows = np.repeat((420_000 * (1 + draws.uniform(0.03, 0.1, (LEASES, 1)) * 3) / 36), 37, axis=1)
    flows[:, 0] = -420_000
    tell("internal rates of 36-month leases", LEASES, seconds(lambda: nominal_irr(flows, MONTHS)))
    refunded = flows.copy()
    refunded[:, 0] += 0.13 * 420_000
    refunded[:, -1] -= 0.1 * 420_000
    tell("the same with a deposit refunded at the end", LEASES, seconds(lambda: nominal_irr(refunded, MONTHS)))

    name, irr = scalar_irr()
    tell(name, LOOPED, seconds(lambda: [irr(row) for row in flows[:LOOPED]]))
    looped = 12 * np.array([irr(row) for row in flows[:LOOPED]])
    print(
        f"largest difference between the two: {np.abs(looped - nominal_irr(flows[:LOOPED], MONTHS)).max():.1e} a year"
    )

    agreed = PurchaseTerms(150_000, 400, 3_000, 30)
    contracts = 100_000
    made = seconds(lambda: [OpenAccountPurchase(day, 28_800_000, agreed) for day in range(contracts)])
    tell("contracts promised, one by one", contracts, made)


if __name__ == "__main__":
    main()
