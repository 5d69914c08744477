"""Lifetime value: zero at the cycle price, adverse selection as the rate rises, an inner best rate."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.cycle_pricing import price_by_cycle, with_first_payment_fraud
from credit.errors import BadInput
from credit.lifetime_value import RateBehaviour, lifetime_value, outside_rate
from credit.pricing import LenderCosts

DAY = date(2026, 1, 1)
COSTS, BEHAVIOUR = LenderCosts.on(DAY), RateBehaviour.on(DAY)
LOYAL = replace(BEHAVIOUR, exit_at_parity_annual=0.0)
PDS = np.linspace(0.002, 0.15, 40)
OUTSIDE = outside_rate(PDS, 0.065, 0.20, 0.03)
CURVES = np.repeat((1 - (1 - PDS) ** (30 / 365))[:, None], 24, axis=1)
RATES = np.linspace(0.06, 0.36, 31)

sensitivities = st.floats(0, 80)
behaviours = st.builds(
    RateBehaviour,
    take_up_at_parity=st.floats(0.05, 0.95),
    take_up_rate_sensitivity=sensitivities,
    take_up_deposit_sensitivity=st.floats(0, 10),
    exit_at_parity_annual=st.floats(0, 0.8),
    exit_rate_sensitivity=st.floats(0, 25),
)


@given(st.floats(0, 0.05), st.floats(0, 1), st.floats(0, 0.05), st.floats(0.8, 1))
def test_a_loyal_client_is_worth_nothing_at_the_price_of_its_cycles(hazard, lgd, fraud, kept):
    risk = with_first_payment_fraud(np.full((1, 12), hazard), lgd, fraud, 0.9)
    needed = price_by_cycle(
        np.full((1, 12), hazard), 30, lgd, COSTS,
        first_payment_fraud_share=fraud, fraud_lgd=0.9, kept_share=kept,
    ).required_rate_annual  # fmt: skip
    told = lifetime_value(needed, risk.default_share, 0.1, risk.lgd, 30, COSTS, LOYAL, kept_share=kept)
    assert told.value_if_taken[0, 0] == pytest.approx(0.0, abs=1e-12)


def test_a_client_of_two_periods_by_hand():
    """10 % a year, half a year each, funding 5 %, no work; 2 % default at LGD .5; of the others 30 % leave."""
    costs = replace(
        COSTS, funding_cost_annual=0.05, hurdle_rate_annual=0.0, operating_cost_annual=0.0, risk_weight=1e-9
    )
    behaviour = RateBehaviour(0.5, 0.0, 0.0, 1 - 0.7**2, 0.0)
    told = lifetime_value(0.10, np.full((1, 2), 0.02), 0.1, 0.5, 182.5, costs, behaviour, prepayment_fee_share=0.01)
    stays = 0.98 * 0.7
    first = 0.98 * (0.05 + 0.3 * 0.01) - 0.025 - 0.02 * 0.5
    second = 0.98 * 0.05 - 0.025 - 0.02 * 0.5
    assert told.value_if_taken[0, 0] == pytest.approx(first / 1.05**0.5 + stays * second / 1.05, abs=1e-9)
    assert told.default_if_taken[0, 0] == pytest.approx(0.02 + stays * 0.02)
    assert told.exposure_years_if_taken[0, 0] == pytest.approx(0.5 + stays * 0.5)


@given(behaviours)
def test_adverse_selection_those_who_take_a_dearer_offer_are_riskier(behaviour):
    told = lifetime_value(RATES, CURVES, OUTSIDE, 0.55, 30, COSTS, behaviour)
    assert (np.diff(told.mean_of_takers(PDS)) >= -1e-9).all()


@given(behaviours)
def test_dearer_is_taken_by_fewer_and_kept_for_less_long(behaviour):
    told = lifetime_value(RATES, CURVES, OUTSIDE, 0.55, 30, COSTS, behaviour)
    assert (np.diff(told.take_up, axis=1) <= 1e-15).all()
    assert (np.diff(told.exposure_years_if_taken, axis=1) <= 1e-12).all()
    assert (np.diff(told.volume) <= 1e-9).all()


def test_where_nobody_answers_to_the_price_a_higher_rate_earns_more():
    deaf = RateBehaviour(0.5, 0.0, 0.0, 0.3, 0.0)
    told = lifetime_value(RATES, CURVES, OUTSIDE, 0.55, 30, COSTS, deaf)
    assert (np.diff(told.value) > 0).all()
    assert told.mean_of_takers(PDS) == pytest.approx(np.full(len(RATES), PDS.mean()))


def test_where_they_do_the_best_rate_lies_inside():
    told = lifetime_value(RATES, CURVES, OUTSIDE, 0.55, 30, COSTS, BEHAVIOUR, kept_share=0.937)
    assert 0 < told.best < len(RATES) - 1
    assert told.value[told.best] == told.value.max() > 0


@given(st.floats(0, 0.3), st.floats(0, 0.3), st.floats(0, 1), st.floats(0.01, 0.5))
def test_a_riskier_client_is_never_worth_more_where_it_earns_its_price(one, other, lgd, rate):
    safer, riskier = sorted((one, other))
    told = lifetime_value(
        rate, [np.full(6, safer), np.full(6, riskier)], 0.1, lgd, 30, replace(COSTS, operating_cost_annual=0.0), LOYAL
    )
    per_cycle = (1 - safer) * rate * 30 / 365 - safer * lgd
    if per_cycle > 0.02:  # a client that loses money each cycle loses less when it fails early
        assert told.value_if_taken[1, 0] <= told.value_if_taken[0, 0] + 1e-12


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_larger_deposit_is_never_taken_by_more(one, other):
    less, more = sorted((one, other))
    assert BEHAVIOUR.take_up(0.12, OUTSIDE, more).sum() <= BEHAVIOUR.take_up(0.12, OUTSIDE, less).sum()


def test_the_way_out_runs_from_the_banks_rate_to_the_informal_one():
    assert outside_rate([0.0, 0.03, 1.0], 0.065, 0.20, 0.03) == pytest.approx(
        [0.065, 0.1325, 0.2 - 0.135 * 0.03 / 1.03]
    )
    assert (np.diff(outside_rate(PDS, 0.065, 0.20, 0.03)) > 0).all()


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("rate_annual", {"rate_annual": [-0.1]}),
        ("default_by_period", {"default_by_period": [[1.0, 0.1]]}),
        ("outside_rate_annual", {"outside_rate_annual": [0.1, 0.2, 0.3]}),
        ("lgd", {"lgd": np.zeros((2, 7))}),
        ("period_days", {"period_days": 0}),
        ("balance_share", {"balance_share": [1.0, 0.5, 0.2]}),
    ],
)
def test_bad_values_are_named(field, change):
    arguments = {
        "rate_annual": [0.1, 0.2], "default_by_period": [[0.01, 0.02], [0.03, 0.04]], "outside_rate_annual": 0.1,
        "lgd": 0.5, "period_days": 30, "costs": COSTS, "behaviour": BEHAVIOUR,
    } | change  # fmt: skip
    with pytest.raises(BadInput, match=field):
        lifetime_value(**arguments)
