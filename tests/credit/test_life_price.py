"""The life of a contract: one period of a year is the reference formula; parts sum; riskier is never cheaper."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.errors import BadInput
from credit.life_price import Life, break_even_pd, life_quote, life_risk
from credit.pricing import LenderCosts, quote

COSTS = LenderCosts.on(date(2026, 1, 1))
ONES = np.ones(1)
YEAR = Life(365.0, ONES, ONES, 0.55 * ONES)
MONTHS = Life(365 / 12, np.linspace(1, 0.05, 24), np.linspace(1, 0.05, 24), np.linspace(0.5, 0.1, 24), 0.3, 0.008, 0.9)
CYCLES = Life(30.0, np.ones(2), np.ones(2), np.full(2, 0.55), 0.3, 0.008, 0.9, is_repeated=True)

shares = st.floats(0, 1)
pds = st.floats(0, 0.6)


def required(life: Life, pd: float) -> float:
    return float(life_quote(0.12, life_risk(life, life.defaults_at(pd), COSTS), COSTS).required_rate_annual)


@given(st.floats(0, 0.9), shares)
def test_one_period_of_a_year_without_fraud_is_the_reference_formula(pd, lgd):
    life = replace(YEAR, lgd=np.array([lgd]))
    told, by_hand = (
        life_quote(0.12, life_risk(life, life.defaults_at(pd), COSTS), COSTS),
        quote(0.12, pd, lgd, 365, COSTS),
    )
    assert told.required_rate_annual == pytest.approx(by_hand.required_rate_annual)
    assert told.raroc == pytest.approx(by_hand.raroc)
    assert told.waterfall.margin == pytest.approx(by_hand.waterfall.margin)


def test_the_reference_numbers_of_the_design():
    told = life_quote(0.12, life_risk(YEAR, YEAR.defaults_at(0.03), COSTS), COSTS)
    assert told.required_rate_annual == pytest.approx(0.1113, abs=5e-5)
    assert told.raroc == pytest.approx(0.2308, abs=5e-5)
    assert break_even_pd(0.12, YEAR, COSTS) == pytest.approx(0.0427, abs=5e-5)


@pytest.mark.parametrize("life", [YEAR, MONTHS, CYCLES])
@given(pds, st.floats(0.01, 1), st.floats(0.5, 1))
def test_the_parts_sum_to_the_rate_and_the_required_rate_leaves_nothing(life, pd, rate, kept):
    risk = life_risk(life, life.defaults_at(pd), COSTS)
    told = life_quote(rate, risk, COSTS, kept)
    assert sum(told.waterfall.parts().values()) == pytest.approx(rate, abs=1e-12)
    at_required = life_quote(told.required_rate_annual, risk, COSTS, kept)
    assert at_required.waterfall.margin == pytest.approx(0.0, abs=1e-9)
    assert at_required.raroc == pytest.approx(COSTS.hurdle_rate_annual, abs=1e-7)


@pytest.mark.parametrize("life", [YEAR, MONTHS, CYCLES])
@given(pds, pds, st.floats(0, 0.05))
def test_riskier_is_never_cheaper(life, one, other, fraud):
    safe, risky = sorted((one, other))
    assert required(life, safe) <= required(life, risky) + 1e-12
    assert required(replace(life, fraud_share=0.0), safe) <= required(replace(life, fraud_share=fraud), safe) + 1e-12
    worse = replace(life, lgd=np.minimum(life.lgd + 0.1, 1.0))
    assert required(life, safe) <= required(worse, safe) + 1e-12


def test_a_contract_repeated_for_ever_is_the_sum_of_its_cycles():
    cycles = 1200
    long = replace(
        CYCLES, balance=np.ones(cycles), exposure=np.ones(cycles), lgd=np.full(cycles, 0.55), is_repeated=False
    )
    assert required(long, 0.03) == pytest.approx(required(CYCLES, 0.03), rel=1e-9)


def test_money_years_do_not_depend_on_how_the_same_time_is_cut():
    """Two years of a constant balance, in months or in days: the same money-years, and nearly the same price."""
    monthly, daily = (
        Life(730 / periods, np.ones(periods), np.ones(periods), np.full(periods, 0.5), 0.3) for periods in (24, 730)
    )
    told = [life_risk(life, life.defaults_at(0.05), COSTS) for life in (monthly, daily)]
    assert told[0].money_years == pytest.approx(told[1].money_years, rel=1e-12)
    assert told[0].loss == pytest.approx(told[1].loss, rel=5e-3)


@pytest.mark.parametrize("life", [YEAR, MONTHS, CYCLES])
@given(st.floats(0.05, 0.6))
def test_at_the_break_even_pd_nothing_is_left_and_a_hair_beyond_something_is_missing(life, rate):
    found = break_even_pd(rate, life, COSTS, 0.94)
    if np.isnan(found):
        assert required(life, 0.0) / 0.94 > rate
        return
    margins = [
        life_quote(rate, life_risk(life, life.defaults_at(pd), COSTS), COSTS, 0.94).waterfall.margin
        for pd in (found, found * (1 + 1e-7) + 1e-12)
    ]
    assert margins[0] >= -1e-12
    assert margins[1] < 0.0


def test_many_clients_at_once_are_each_of_them_alone():
    known, risks = np.array([0.0, 0.004, 0.008]), np.array([0.01, 0.05, 0.2])
    together = replace(CYCLES, fraud_share=known)
    told = life_risk(together, together.defaults_at(risks), COSTS)
    for place, (fraud, pd) in enumerate(zip(known, risks, strict=True)):
        alone = replace(CYCLES, fraud_share=float(fraud))
        assert told.loss[place] == pytest.approx(life_risk(alone, alone.defaults_at(pd), COSTS).loss)
        assert break_even_pd(0.2, together, COSTS)[place] == pytest.approx(break_even_pd(0.2, alone, COSTS))


def test_what_cannot_be_is_refused_by_name():
    with pytest.raises(BadInput, match="balance"):
        Life(30.0, np.zeros(2), np.zeros(2), np.zeros(2))
    with pytest.raises(BadInput, match="fraud_share"):
        replace(YEAR, fraud_share=1.0)
    with pytest.raises(BadInput, match="exit_annual"):
        life_risk(replace(CYCLES, exit_annual=0.0), np.zeros(2), replace(COSTS, funding_cost_annual=0.0))
    with pytest.raises(BadInput, match="defaults"):
        life_risk(YEAR, np.zeros(3), COSTS)
