"""Quotes and internal rates a second, beside the scalar loop that a user would otherwise write.

Run with `.venv/bin/python benchmarks/pricing.py`. The loops are the formulas of a quote in plain Python, a bracketed
root finder of SciPy a lease and, where it is installed, numpy_financial; the laboratory needs none of them.
"""

from __future__ import annotations

import importlib
import importlib.util
import statistics
import time
from collections.abc import Callable
from datetime import date
from functools import partial

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
from credit.pricing import LenderCosts, Numbers, quote
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


def scalar_rates() -> dict[str, Callable[[np.ndarray], float]]:
    """What a user would loop over, a contract at a time: a bracketed root finder, and numpy_financial where it is."""
    periods = np.arange(len(MONTHS))

    def bracketed(flows: np.ndarray) -> float:
        return brentq(lambda rate: float(flows @ (1.0 + rate) ** -periods), 0.0, 1.0)

    loops: dict[str, Callable[[np.ndarray], float]] = {"scipy brentq in a loop": bracketed}
    if importlib.util.find_spec("numpy_financial"):
        loops["numpy_financial.irr in a loop"] = importlib.import_module("numpy_financial").irr
    return loops


def scalar_quote(deposit: float, days: int, pd: float, lgd: float, costs: LenderCosts) -> tuple[Numbers, ...]:
    """The one-period quote of DESIGN 5 for one order, as a user would type it from the formulas."""
    financed = 1.0 - deposit
    growth = financed * (1.0 + 0.0004 * days) / (financed - 0.003)
    nominal, effective = (growth - 1.0) * 365.0 / days, growth ** (365.0 / days) - 1.0
    k = costs.risk_weight * costs.capital_ratio
    funding, hurdle = (1.0 - k) * costs.funding_cost_annual, k * costs.hurdle_rate_annual / (1.0 - costs.tax_share)
    work = costs.operating_cost_annual
    required = (funding + hurdle + work + pd * lgd) / (1.0 - pd)
    raroc = (1.0 - costs.tax_share) * (nominal * (1.0 - pd) - funding - work - pd * lgd) / k
    loss = (1.0 - (1.0 - pd) ** (days / 365.0)) * lgd
    return nominal, effective, required, raroc, loss


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
    orders = [column[:CLIENTS].tolist() for column in (deposits, terms, pds, lgds)]

    def one_by_one() -> list[tuple[Numbers, ...]]:
        return [scalar_quote(own, days, pd, lgd, costs) for own, days, pd, lgd in zip(*orders, strict=True)]

    tell("the same in a loop of plain Python", CLIENTS, seconds(one_by_one))
    at_once = bullet_rates(deposits[:CLIENTS], 0.0004, 0.003, terms[:CLIENTS])
    told = quote(at_once.nominal_irr, pds[:CLIENTS], lgds[:CLIENTS], terms[:CLIENTS], costs)
    both = np.column_stack(
        [at_once.nominal_irr, at_once.effective_annual, told.required_rate_annual, told.raroc, told.expected_loss_share]
    )
    print(f"largest difference between the two: {np.abs(both - np.array(one_by_one())).max():.1e}")

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

    def looped_rates(irr: Callable[[np.ndarray], float]) -> list[float]:
        return [irr(row) for row in flows[:LOOPED]]

    for name, irr in scalar_rates().items():
        tell(name, LOOPED, seconds(partial(looped_rates, irr)))
        looped = 12 * np.array(looped_rates(irr))
        apart = np.abs(looped - nominal_irr(flows[:LOOPED], MONTHS)).max()
        print(f"largest difference between the two: {apart:.1e} a year")

    agreed = PurchaseTerms(150_000, 400, 3_000, 30)
    contracts = 100_000
    made = seconds(lambda: [OpenAccountPurchase(day, 28_800_000, agreed) for day in range(contracts)])
    tell("contracts promised, one by one", contracts, made)


if __name__ == "__main__":
    main()
