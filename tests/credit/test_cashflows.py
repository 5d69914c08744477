"""Rates of cash flows: published values, planted rates come back, and what has no rate or several says so."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.cashflows import (
    NoRate,
    SeveralRates,
    annuity_payment,
    effective_annual_rate,
    net_present_value,
    nominal_irr,
    periodic_irr,
    simple_annual_rate,
)
from credit.errors import BadInput

MONTHS = np.arange(37) * 365 / 12


def lease(deposit_share=0.0, fee_share=0.0):
    """F = 420,000, flat 6 %, 36 months in arrears; the deposit comes back in cash in the last month."""
    financed = 420_000.0
    flows = np.full(37, financed * (1 + 0.06 * 3) / 36)
    flows[0] = -financed * (1 - deposit_share - fee_share)
    flows[-1] -= financed * deposit_share
    return flows


def test_published_annuity_and_irr():
    assert periodic_irr([-100, 39, 59, 55, 20]) == pytest.approx(0.280948, abs=5e-7)
    assert annuity_payment(0.075 / 12, 180, 200_000) == pytest.approx(-1854.0247, abs=5e-5)
    assert annuity_payment(0.0, 10, 100.0) == -10.0


def test_machine_lease_with_and_without_deposit_and_fee():
    assert nominal_irr(lease(), MONTHS) == pytest.approx(0.1108, abs=5e-5)
    assert nominal_irr(lease(0.1, 0.03), MONTHS) == pytest.approx(0.1602, abs=5e-5)
    assert effective_annual_rate(lease(0.1, 0.03), MONTHS) == pytest.approx(0.173, abs=5e-4)


@pytest.mark.parametrize(("late_days", "published"), [(0, 0.1498), (30, 0.1376)])
def test_recourse_factoring_yields_less_when_the_debtor_pays_late(late_days, published):
    flows = [-0.8 + 0.008, 0.8 * (1 + 0.10 * (90 + late_days) / 365)]
    assert effective_annual_rate(flows, [0, 90 + late_days]) == pytest.approx(published, abs=5e-5)


def test_the_nominal_rate_compounds_over_the_payment_interval():
    bullet, days = [-100.0, 101.0], [0, 30]
    assert nominal_irr(bullet, days) == pytest.approx(0.01 * 365 / 30)
    assert nominal_irr(bullet, days, period_days=365) == pytest.approx(effective_annual_rate(bullet, days))
    assert nominal_irr(bullet, days, period_days=1e-6) == pytest.approx(np.log1p(effective_annual_rate(bullet, days)))


@given(
    st.lists(st.tuples(st.floats(0.1, 1e6), st.integers(1, 60)), min_size=1, max_size=24),
    st.floats(-0.5, 5.0),
)
def test_a_planted_rate_comes_back(payments, rate):
    amounts = np.array([amount for amount, _ in payments])
    days = np.cumsum([gap for _, gap in payments])
    lent = float((amounts * (1 + rate) ** (-days / 365)).sum())
    flows, dates = np.concatenate([[-lent], amounts]), np.concatenate([[0], days])
    assert effective_annual_rate(flows, dates) == pytest.approx(rate, abs=1e-9, rel=1e-9)
    assert effective_annual_rate(-flows, dates) == pytest.approx(rate, abs=1e-9, rel=1e-9)


@given(st.integers(0, 2**32 - 1))
def test_many_contracts_at_once_are_the_same_as_one_by_one(seed):
    draws = np.random.default_rng(seed)
    flows = draws.uniform(0, 100, (30, 9))
    flows[:, 0] = -draws.uniform(50, 500, 30)
    flows[:, 1:-1] *= draws.random((30, 7)) > 0.2
    days = np.cumsum(draws.integers(1, 40, (30, 9)), axis=1)
    together = effective_annual_rate(flows, days)
    assert together == pytest.approx([effective_annual_rate(f, d) for f, d in zip(flows, days, strict=True)], rel=1e-9)
    values = [net_present_value(f, d, r) for f, d, r in zip(flows, days, together, strict=True)]
    assert values == pytest.approx(np.zeros(30), abs=1e-8)


def test_flows_of_one_day_are_one_flow():
    assert effective_annual_rate([-100, 3, 101], [0, 0, 30]) == pytest.approx((101 / 97) ** (365 / 30) - 1)


def test_several_rates_are_named_not_guessed():
    with pytest.raises(SeveralRates, match=r"0\.1, 0\.2"):
        periodic_irr([-100, 230, -132])


def test_two_rates_in_one_are_one():
    assert periodic_irr([-100, 230, -132.25]) == pytest.approx(0.15, abs=1e-6)


@pytest.mark.parametrize("flows", [[1, 2, 3], [-1, -2], [0, 0, 0], [-77, 100, 200, -5, -600]])
def test_flows_without_a_rate_are_refused(flows):
    with pytest.raises(NoRate):
        periodic_irr(flows)


def test_the_negative_root_that_numpy_financial_takes_is_not_taken():
    """numpy_financial 1.0.0 answers -85.67 %: a root too, but the running total turns once and ends in profit."""
    flows = [-3000, 2400, 5000, 2000, 1000, -200]
    assert periodic_irr(flows) == pytest.approx(0.903108, abs=5e-7)
    assert net_present_value(flows, np.arange(6) * 365, -0.8566547028) == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize(
    ("amounts", "days", "field"),
    [
        ([-1, 2], [30, 0], "days"),
        ([-1, 2], [0, 1, 2], "days"),
        ([-1, np.nan], [0, 1], "amounts"),
        ([-1, 2], [0, np.inf], "days"),
    ],
)
def test_flows_that_make_no_sense_are_refused_by_name(amounts, days, field):
    with pytest.raises(BadInput) as refused:
        effective_annual_rate(amounts, days)
    assert refused.value.problems[0].field == field


def test_the_error_names_the_contract_of_many():
    with pytest.raises(NoRate, match="row 3"):
        effective_annual_rate([[-1, 2], [-1, 3], [1, 3]], [0, 30])


def test_the_simple_rate_forgets_fees_and_compounding():
    assert simple_annual_rate(interest=1.2, principal_days=100 * 30) == pytest.approx(0.146)
