"""Fairness and level by group against definitions, and Jeffreys intervals in repeated samples."""

import numpy as np
import pytest
from scipy.stats import beta

from credit.intervals import jeffreys
from credit.metrics import auc_difference, calibration_by, curves, cut_off_for, ks, tenths, treatment_by
from credit.metrics.level import weighted_share


@pytest.fixture(scope="module")
def book():
    """PDs that are right, for two groups of which one is riskier."""
    rng = np.random.default_rng(6)
    group = rng.choice(["north", "south"], 4000, p=[0.7, 0.3])
    pd = rng.beta(1.5, 12, 4000) * np.where(group == "south", 2.0, 1.0)
    pd = np.clip(pd, 0.001, 0.95)
    return group, pd, (rng.random(4000) < pd).astype(int), rng.integers(1, 4, 4000)


def test_jeffreys_is_the_beta_quantile_and_holds_small_shares():
    assert float(jeffreys(3, 200).low) == pytest.approx(beta(3.5, 197.5).ppf(0.025))
    assert float(jeffreys(0, 50).low) == 0.0
    assert float(jeffreys(50, 50).high) == 1.0
    assert (float(jeffreys(0, 0).low), float(jeffreys(0, 0).high)) == (0.0, 1.0)
    rng = np.random.default_rng(1)
    truth = rng.uniform(0.005, 0.1, 8000)  # coverage swings with the share; on average it is what it says
    low, high = jeffreys(rng.binomial(400, truth), 400)
    assert np.mean((low <= truth) & (truth <= high)) == pytest.approx(0.95, abs=0.01)


def test_weighted_shares_hold_the_truth_in_case_control_samples():
    rng = np.random.default_rng(2)
    y = (rng.random(50_000) < 0.1).astype(float)
    chance, held = np.where(y == 1, 0.05, 0.01), 0
    for _ in range(300):
        drawn = rng.random(len(y)) < chance
        _, low, high = weighted_share(y[drawn], 1 / chance[drawn])
        held += low <= y.mean() <= high
    assert 0.90 <= held / 300 <= 0.985


def test_the_same_firms_seen_five_times_leave_the_rate_as_uncertain(book):
    _, _, y, w = book
    once, firms = weighted_share(y.astype(float), w), np.tile(np.arange(len(y)), 5)
    repeated = weighted_share(np.tile(y, 5).astype(float), np.tile(w, 5), firms)
    assert repeated == pytest.approx(once, rel=1e-6)
    naive = weighted_share(np.tile(y, 5).astype(float), np.tile(w, 5))
    assert naive[2] - naive[1] < 0.5 * (once[2] - once[1])


def test_groups_add_up_to_the_whole(book):
    group, pd, y, w = book
    found = calibration_by(group, y, pd, w)
    shares = np.array([each.weight_share for each in found])
    assert shares.sum() == pytest.approx(1.0)
    assert shares @ [each.observed for each in found] == pytest.approx(w @ y / w.sum())
    assert shares @ [each.forecast for each in found] == pytest.approx(w @ pd / w.sum())
    assert all(each.is_inside for each in found)


def test_tenths_part_the_population_by_weight_and_keep_equals_together(book):
    _, pd, _, w = book
    part = tenths(pd, w)
    assert np.bincount(part, weights=w)[1:] / w.sum() == pytest.approx(np.full(10, 0.1), abs=0.002)
    assert (np.diff(part[np.argsort(pd)]) >= 0).all()
    assert len(set(tenths(np.full(50, 0.3)))) == 1


def test_a_cut_off_approves_the_share_asked_for_and_rates_follow_their_definitions(book):
    group, pd, y, w = book
    cut_off = cut_off_for(pd, 0.8, w)
    assert w[pd <= cut_off].sum() / w.sum() == pytest.approx(0.8, abs=0.002)
    north, south = treatment_by(group, y, pd, cut_off, w)
    assert (north.name, north.approval_ratio) == ("north", 1.0)
    own = (group == "south") & (y == 0)
    assert south.good_approved.value == pytest.approx(w[own & (pd <= cut_off)].sum() / w[own].sum())
    whole = south.default_rate.value * south.bad_approved.value
    whole += (1 - south.default_rate.value) * south.good_approved.value
    assert whole == pytest.approx(south.approval_rate.value)
    assert south.approval_ratio < 0.8  # riskier in truth, and refused more often
    assert south.observed_over_expected.low < 1 < south.observed_over_expected.high  # but judged at the right level


def test_a_group_without_defaults_has_no_order(book):
    group, pd, y, _ = book
    told = {each.name: each for each in treatment_by(group, np.where(group == "south", 0, y), pd, 0.1)}
    assert told["south"].auc is None
    assert told["south"].bad_approved is None


def test_a_paired_difference_is_surer_than_two_areas_and_turns_its_sign(book):
    _, pd, y, w = book
    noise = pd * np.random.default_rng(9).lognormal(0, 0.5, len(pd))
    better, worse = auc_difference(y, pd, noise, w), auc_difference(y, noise, pd, w)
    assert better.value == pytest.approx(-worse.value)
    assert better.is_clear
    assert not auc_difference(y, pd, pd).is_clear


def test_the_pictures_agree_with_the_numbers(book):
    _, pd, y, w = book
    drawn = curves(y, pd, w, points=200)
    distance = drawn.hits[drawn.ks_at] - drawn.false_alarms[drawn.ks_at]
    assert distance == pytest.approx(ks(y, pd, w), abs=1e-12)
    assert drawn.precision[-1] == pytest.approx(drawn.base_rate, abs=0.01)  # everybody flagged
