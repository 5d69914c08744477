"""Price: reference rows, four ways of saying that a loan pays agree, riskier is never cheaper."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.cashflows import effective_annual_rate
from credit.contract_rates import bullet_rates, rates_of
from credit.contracts import GoodsControlledPurchase, GoodsControlTerms, OpenAccountPurchase, PurchaseTerms
from credit.errors import BadInput
from credit.pricing import LenderCosts, pd_over_term, quote

COSTS = LenderCosts.on(date(2026, 1, 1))

shares = st.floats(0, 1)
probabilities = st.floats(0, 0.99)
rates = st.floats(1e-4, 2)
costs = st.builds(
    LenderCosts,
    funding_cost_annual=st.floats(0, 0.2),
    hurdle_rate_annual=st.floats(0, 0.5),
    tax_share=st.floats(0, 0.6),
    operating_cost_annual=st.floats(0, 0.2),
    risk_weight=st.floats(0.05, 3),
    capital_ratio=st.floats(0.05, 0.2),
)


@pytest.mark.parametrize(
    ("pd", "lgd", "operating_cost", "risk_weight", "required", "raroc", "break_even"),
    [
        (0.030, 0.15, 0.025, 0.75, 0.099, 0.345, 0.106),  # raw material, goods controlled
        (0.030, 0.55, 0.025, 0.75, 0.111, 0.231, 0.043),  # raw material, goods released
        (0.035, 0.30, 0.020, 0.85, 0.102, 0.296, 0.076),  # machine lease
        (0.040, 0.60, 0.020, 0.75, 0.115, 0.196, 0.047),  # working capital
        (0.030, 0.30, 0.020, 0.85, 0.100, 0.314, 0.076),  # recourse factoring
        (0.025, 0.50, 0.012, 0.85, 0.095, 0.356, 0.065),  # growth loan
    ],
)
def test_the_table_of_reference_prices(pd, lgd, operating_cost, risk_weight, required, raroc, break_even):
    judged = quote(0.12, pd, lgd, 30, replace(COSTS, operating_cost_annual=operating_cost, risk_weight=risk_weight))
    assert judged.required_rate_annual == pytest.approx(required, abs=5e-4)
    assert judged.raroc == pytest.approx(raroc, abs=6e-4)  # the table prints one decimal; factoring is 31.35
    assert judged.break_even_pd == pytest.approx(break_even, abs=5e-4)


def test_the_reference_price_to_four_digits():
    judged = quote(0.12, 0.03, 0.55, 30, COSTS)
    assert judged.required_rate_annual == pytest.approx(0.1113, abs=5e-5)
    assert judged.raroc == pytest.approx(0.2308, abs=5e-5)
    assert judged.break_even_pd == pytest.approx(0.0427, abs=5e-5)
    assert judged.expected_loss_share == pytest.approx((1 - 0.97 ** (30 / 365)) * 0.55)


@pytest.mark.parametrize(
    ("term_days", "effective"), [(15, 0.261), (30, 0.2070), (60, 0.180), (90, 0.1709)], ids=lambda v: str(v)
)
def test_reference_rates_of_the_open_account_loan(term_days, effective):
    loan = OpenAccountPurchase(0, 28_800_000, PurchaseTerms(150_000, 400, 3_000, term_days))
    told = rates_of(loan)
    assert told.effective_annual == pytest.approx(effective, abs=5e-4 if effective in (0.261, 0.18) else 5e-5)
    assert told.simple_annual == pytest.approx(0.1460, abs=1e-12)
    if term_days == 30:
        assert told.nominal_irr == pytest.approx(0.1896, abs=5e-5)


@given(st.integers(0, 500_000), st.integers(1, 2_000), st.integers(0, 50_000), st.integers(1, 360), st.integers(1, 8))
def test_closed_form_and_root_finder_give_the_same_rates(deposit, day_rate, fee, term_days, lots):
    terms = PurchaseTerms(deposit, day_rate, fee, term_days)
    closed = bullet_rates(deposit / 1e6, day_rate / 1e6, fee / 1e6, term_days)
    large = 10**11  # so large that rounding to the fen does not show
    control = GoodsControlTerms(lots, 80_000, 120_000, 3, 40_000)
    for contract in (OpenAccountPurchase(5, large, terms), GoodsControlledPurchase(5, large, terms, control)):
        solved = rates_of(contract)
        for name in ("simple_annual", "nominal_irr", "effective_annual"):
            assert getattr(solved, name) == pytest.approx(float(getattr(closed, name)), rel=1e-6, abs=1e-7)


def test_redeeming_early_raises_the_yield_because_the_fee_is_paid_once():
    contract = GoodsControlledPurchase(
        0, 28_800_000, PurchaseTerms(150_000, 400, 3_000, 30), GoodsControlTerms(3, 80_000, 120_000, 3, 40_000)
    )
    early = [(f.day, f.amount_fen) for f in contract.schedule([10, 20, 30]) if f.payer == "sme" and f.day > 0]
    assert sum(amount for _, amount in early) < sum(
        f.amount_fen for f in contract.schedule() if f.payer == "sme" and f.day > 0
    )
    days = sorted({day for day, _ in early})
    flows = [-(contract.principal_fen - contract.fee_fen)] + [sum(a for d, a in early if d == day) for day in days]
    assert effective_annual_rate(flows, [0, *days]) > rates_of(contract).effective_annual


@given(rates, probabilities, shares, st.integers(1, 360), costs)
def test_the_waterfall_sums_to_the_rate(rate, pd, lgd, term_days, cost):
    judged = quote(rate, pd, lgd, term_days, cost)
    assert sum(judged.waterfall.parts().values()) == pytest.approx(rate, abs=1e-12, rel=1e-12)


@given(rates, probabilities, shares, costs)
def test_four_ways_of_saying_that_a_loan_pays_agree(rate, pd, lgd, cost):
    judged = quote(rate, pd, lgd, 30, cost)
    surplus = [
        judged.waterfall.margin,
        (rate - judged.required_rate_annual) * (1 - pd),
        (judged.raroc - cost.hurdle_rate_annual) * cost.capital_share / (1 - cost.tax_share),
        (judged.break_even_pd - pd) * (rate + lgd),
    ]
    assert surplus == pytest.approx([surplus[0]] * 4, abs=1e-10)


@given(rates, probabilities, probabilities, shares, shares, costs)
def test_riskier_is_never_cheaper(rate, pd, other_pd, lgd, other_lgd, cost):
    safer = quote(rate, min(pd, other_pd), min(lgd, other_lgd), 30, cost)
    riskier = quote(rate, max(pd, other_pd), max(lgd, other_lgd), 30, cost)
    assert riskier.required_rate_annual >= safer.required_rate_annual * (1 - 1e-12)
    assert riskier.waterfall.expected_loss >= safer.waterfall.expected_loss
    assert riskier.raroc <= safer.raroc + 1e-9
    assert riskier.expected_loss_share >= safer.expected_loss_share


@given(probabilities, st.integers(1, 365), st.integers(1, 365))
def test_default_probabilities_of_two_terms_in_a_row_chain(pd, first, second):
    survival = (1 - pd_over_term(pd, first)) * (1 - pd_over_term(pd, second))
    assert survival == pytest.approx(1 - pd_over_term(pd, first + second), rel=1e-9)
    assert pd_over_term(pd, 365) == pytest.approx(pd)


def test_arrays_are_priced_like_their_elements():
    pds, lgds = np.linspace(0, 0.3, 7), np.array([[0.15], [0.55]])
    together = quote(0.12, pds, lgds, [7, 15, 30, 45, 60, 75, 90], COSTS)
    one = quote(0.12, pds[4], 0.55, 60, COSTS)
    assert together.required_rate_annual.shape == (2, 7)
    assert together.required_rate_annual[1, 4] == one.required_rate_annual
    assert together.raroc[1, 4] == one.raroc
    assert together.break_even_pd[1, 0] == one.break_even_pd
    assert together.expected_loss_share[1, 4] == one.expected_loss_share
    assert together.waterfall.margin[1, 4] == one.waterfall.margin


@pytest.mark.parametrize(
    ("field", "arguments"),
    [
        ("pd", (0.12, 1.5, 0.55, 30)),
        ("pd", (0.12, 1.0, 0.55, 30)),
        ("pd", (0.12, float("nan"), 0.55, 30)),
        ("lgd", (0.12, 0.03, -1, 30)),
        ("term_days", (0.12, 0.03, 0.55, 0)),
        ("rate_annual", (float("inf"), 0.03, 0.55, 30)),
        ("pd", (0.12, [0.03, -0.1], 0.55, 30)),
    ],
)
def test_bad_values_are_named(field, arguments):
    with pytest.raises(BadInput) as refused:
        quote(*arguments, COSTS)
    assert refused.value.problems[0].field == field


@pytest.mark.parametrize(("field", "value"), [("tax_share", 1.0), ("risk_weight", 0.0), ("funding_cost_annual", -0.01)])
def test_costs_that_cannot_be_are_named(field, value):
    with pytest.raises(BadInput, match=field):
        quote(0.12, 0.03, 0.55, 30, replace(COSTS, **{field: value}))
