"""Expected credit loss: a hand-worked case, horizons by stage, and riskier never holds less."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.errors import BadInput
from credit.expected_loss import StagingRules, expected_credit_loss, lifetime_pd, scenario_weights, stages

DAY = date(2024, 1, 1)
RULES = StagingRules.on(DAY)
ONE = {"weights": [1.0], "effective_rate_annual": 0.12}


def level(pd, stage=1, months=24, exposure=100.0, lgd=0.5, **more):
    owed = np.full((1, months), exposure)
    return expected_credit_loss(np.full((1, 1, months), pd), [[lgd]], owed, stage=[stage], **(ONE | more))[0]


def test_two_months_by_hand():
    loss = expected_credit_loss([[[0.01, 0.02]]], [[0.4]], [[1000.0, 600.0]], stage=[1], **ONE)
    assert loss[0] == pytest.approx(0.4 * (0.01 * 1000 / 1.12 ** (1 / 12) + 0.99 * 0.02 * 600 / 1.12 ** (2 / 12)))


def test_stages_hold_twelve_months_life_and_all_of_it():
    assert level(0.01, stage=1) == pytest.approx(level(0.01, stage=2, months=12))
    assert level(0.01, stage=2, months=12) < level(0.01, stage=2) < level(0.01, stage=3)
    assert level(0.01, stage=3) == pytest.approx(50.0)
    assert level(0.01, stage=1, is_simplified=True) == pytest.approx(level(0.01, stage=2))


def test_without_discount_the_loss_is_the_lifetime_pd():
    expected = 50.0 * lifetime_pd(np.full(24, 0.02))
    assert level(0.02, stage=2, effective_rate_annual=0.0) == pytest.approx(expected)


def test_scenarios_are_weighed_half_three_tenths_and_a_fifth():
    weights = scenario_weights(DAY)
    assert weights.sum() == pytest.approx(1.0)
    pd = np.array([0.01, 0.02, 0.005])
    mixed = expected_credit_loss(
        np.repeat(pd, 6).reshape(3, 1, 6),
        np.full((3, 1), 0.5),
        np.full((1, 6), 100.0),
        effective_rate_annual=0.12,
        stage=[1],
        weights=weights,
    )
    apart = [level(p, months=6) for p in pd]
    assert mixed[0] == pytest.approx(np.dot([0.5, 0.3, 0.2], apart))


@given(
    st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.sampled_from([1, 2, 3]), st.floats(0, 0.5)
)
def test_riskier_never_holds_less(pd, other_pd, lgd, other_lgd, stage, rate):
    (pd, riskier), (lgd, deeper) = sorted((pd, other_pd)), sorted((lgd, other_lgd))
    held = level(pd, stage, lgd=lgd, effective_rate_annual=rate)
    assert held <= level(riskier, stage, lgd=lgd, effective_rate_annual=rate) + 1e-9
    assert held <= level(pd, stage, lgd=deeper, effective_rate_annual=rate) + 1e-9
    assert held <= level(pd, min(3, stage + 1), lgd=lgd, effective_rate_annual=rate) + 1e-9
    assert 0 <= held <= 100 * lgd + 1e-9


def test_a_rise_counts_only_when_it_is_both_double_and_a_point():
    now, start = np.array([0.02, 0.019, 0.010, 0.05]), np.array([0.01, 0.009, 0.004, 0.03])
    found = stages(RULES, days_past_due=0, lifetime_pd_now=now, lifetime_pd_at_start=start)
    assert found.tolist() == [2, 2, 1, 1]


def test_days_watch_list_and_default_move_stages():
    calm = {"lifetime_pd_now": 0.02, "lifetime_pd_at_start": 0.02}
    assert stages(RULES, days_past_due=[0, 30, 31, 89, 90], **calm).tolist() == [1, 1, 2, 2, 3]
    assert stages(RULES, days_past_due=0, is_watched=[True, False], **calm).tolist() == [2, 1]
    assert stages(RULES, days_past_due=0, is_defaulted=True, **calm) == 3


def test_what_cannot_be_is_refused_by_name():
    with pytest.raises(BadInput, match="weights"):
        level(0.01, weights=[0.9])
    with pytest.raises(BadInput, match="shapes"):
        expected_credit_loss([[0.1]], [[0.4]], [[1.0]], stage=[1], **ONE)
    with pytest.raises(BadInput, match="monthly_pd"):
        level(1.5)
