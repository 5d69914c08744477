"""Two names, a guarantee and fraud: the bivariate normal against scipy, its limits, and riskier never loses less."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from credit.debtor_loss import (
    advance_expected_loss,
    guaranteed_lgd,
    joint_default_probability,
    loss_with_first_payment_fraud,
    recourse_loss,
)
from credit.errors import BadInput
from credit.parameters import parameters

SHARES = st.floats(0, 1)
DAY = date(2024, 1, 1)
TWO_NAMES = {
    "pd_debtor": 0.03,
    "pd_seller": 0.05,
    "correlation": 0.2,
    "dilution_share": 0.03,
    "debtor_recovery_share": 0.369,
    "seller_recovery_share": 0.369,
    "fictitious_share": 0.002,
    "fictitious_lgd": 0.9,
}


@pytest.mark.parametrize("correlation", [-0.95, -0.3, 0.0, 0.2, 0.7, 0.99])
@pytest.mark.parametrize(("p", "q"), [(0.01, 0.05), (0.5, 0.5), (0.5, 0.02), (0.2, 0.9), (0.999, 0.3)])
def test_the_joint_default_is_the_bivariate_normal(p, q, correlation):
    covariance = [[1.0, correlation], [correlation, 1.0]]
    reference = multivariate_normal.cdf([norm.ppf(p), norm.ppf(q)], mean=[0.0, 0.0], cov=covariance)
    assert joint_default_probability(p, q, correlation) == pytest.approx(reference, abs=1e-8)


def test_two_medians_fail_together_as_the_arc_sine_says():
    rho = np.linspace(-0.99, 0.99, 41)
    assert joint_default_probability(0.5, 0.5, rho) == pytest.approx(0.25 + np.arcsin(rho) / (2 * np.pi), abs=1e-12)


@given(SHARES, SHARES)
def test_limits_of_the_correlation(p, q):
    assert joint_default_probability(p, q, 0.0) == pytest.approx(p * q, abs=1e-12)
    assert joint_default_probability(p, q, 1.0) == min(p, q)
    assert joint_default_probability(p, q, -1.0) == pytest.approx(max(0.0, p + q - 1.0), abs=1e-15)


@given(SHARES, SHARES, st.floats(-1, 1), st.floats(-1, 1))
def test_more_correlation_never_fails_less_often_and_bounds_hold(p, q, rho, other):
    low, high = sorted((rho, other))
    less, more = joint_default_probability(p, q, [low, high])
    assert less <= more + 1e-12
    assert max(0.0, p + q - 1.0) - 1e-15 <= less <= min(p, q)
    assert joint_default_probability(q, p, low) == pytest.approx(less, abs=1e-12)


def test_an_advance_of_four_fifths_loses_what_recourse_usually_does():
    known = parameters("loss")
    recovery = known.value("failed_debtor_recovery_share", DAY)
    terms = {
        "dilution_share": known.value("invoice_dilution_share", DAY),
        "debtor_recovery_share": recovery,
        "seller_recovery_share": recovery,
    }
    lgd = recourse_loss(0.8, 1.0, **terms) / 0.8
    assert lgd == pytest.approx((0.8 - 0.97 * 0.369) / 0.8 * 0.631)
    assert 0.20 <= lgd <= 0.40


@given(SHARES, SHARES, SHARES, SHARES, st.floats(-1, 1), st.booleans())
def test_a_riskier_name_never_loses_less(p, riskier_p, q, riskier_q, rho, has_recourse):
    (p, riskier_p), (q, riskier_q) = sorted((p, riskier_p)), sorted((q, riskier_q))
    terms = TWO_NAMES | {"correlation": rho, "has_recourse": has_recourse}

    def total(debtor, seller):
        return advance_expected_loss(95.0, 100.0, **(terms | {"pd_debtor": debtor, "pd_seller": seller})).total

    assert total(p, q) <= total(riskier_p, q) + 1e-9
    assert total(p, q) <= total(p, riskier_q) + 1e-9
    assert 0 <= total(p, q) <= 95


def test_recourse_helps_and_fraud_passes_by_both_names():
    with_recourse = advance_expected_loss(80.0, 100.0, **TWO_NAMES)
    without = advance_expected_loss(80.0, 100.0, **TWO_NAMES, has_recourse=False)
    assert with_recourse.total < without.total
    sound = TWO_NAMES | {"pd_debtor": 0.0, "pd_seller": 0.0}
    assert advance_expected_loss(80.0, 100.0, **sound).total == pytest.approx(0.002 * 0.9 * 80)
    assert with_recourse.dilution == 0.0
    assert advance_expected_loss(99.0, 100.0, **TWO_NAMES).dilution > 0


def test_the_guarantee_takes_the_open_account_to_its_reference():
    reach = parameters("loss").value("controller_reach_share", DAY)
    assert guaranteed_lgd(0.75, reach) == pytest.approx(0.55, abs=0.001)  # the LGD of DESIGN 5's reference price


@given(SHARES, SHARES, SHARES, st.floats(0, 2))
def test_a_guarantee_never_adds_loss_and_never_pays_more_than_there_is(lgd, reach, other_reach, wealth):
    near, far = sorted((reach, other_reach))
    assert 0 <= guaranteed_lgd(lgd, far, wealth) <= guaranteed_lgd(lgd, near, wealth) <= lgd
    assert lgd - guaranteed_lgd(lgd, far, wealth) <= wealth + 1e-12
    assert guaranteed_lgd(lgd, far, 0.0) == lgd


def test_fraud_adds_its_own_loss():
    assert loss_with_first_payment_fraud(0.0, 0.008, 0.9) == pytest.approx(0.0072)
    assert loss_with_first_payment_fraud(0.02, 0.0, 0.9) == pytest.approx(0.02)
    assert loss_with_first_payment_fraud([0.01, 0.02], [0.0, 1.0], 0.9) == pytest.approx([0.01, 0.9])


@pytest.mark.parametrize("field", ["pd_debtor", "correlation", "dilution_share", "fictitious_lgd"])
def test_what_cannot_be_is_refused_by_name(field):
    with pytest.raises(BadInput, match=field):
        advance_expected_loss(80.0, 100.0, **(TWO_NAMES | {field: 1.5}))
