"""Measures against their definitions, against each other, and in repeated samples."""

import numpy as np
import pytest
from scipy.special import expit

from credit.errors import BadInput
from credit.metrics import auc, brier, calibration, ks


@pytest.fixture(scope="module")
def forecasts():
    rng = np.random.default_rng(2)
    risk = np.round(rng.normal(-1.5, 1.2, 400), 1)  # ties on purpose
    return (rng.random(400) < expit(risk)).astype(int), risk, rng.integers(1, 5, 400)


def test_auc_is_the_share_of_pairs_ranked_right(forecasts):
    y, risk, w = forecasts
    bad, good = np.flatnonzero(y == 1), np.flatnonzero(y == 0)
    wins = (risk[bad][:, None] > risk[good]) + 0.5 * (risk[bad][:, None] == risk[good])
    pairs = w[bad][:, None] * w[good]
    assert auc(y, risk, w).value == pytest.approx((wins * pairs).sum() / pairs.sum(), abs=1e-12)


def test_delong_error_without_weights_is_the_published_formula(forecasts):
    y, risk, _ = forecasts
    wins = (risk[y == 1][:, None] > risk[y == 0]) + 0.5 * (risk[y == 1][:, None] == risk[y == 0])
    rows, columns = wins.mean(axis=1), wins.mean(axis=0)
    error = np.sqrt(rows.var(ddof=1) / len(rows) + columns.var(ddof=1) / len(columns))
    assert auc(y, risk).standard_error == pytest.approx(error, rel=1e-9)


def test_the_weighted_interval_holds_the_truth_about_as_often_as_it_says():
    """A case-control sample with weights: 95 % intervals around the population's AUC."""
    rng = np.random.default_rng(11)
    risk = rng.normal(size=60_000)
    y = (rng.random(len(risk)) < expit(risk - 2)).astype(int)
    truth, held = auc(y, risk).value, 0
    chance = np.where(y == 1, 0.02, 0.004) * np.where(risk > 0, 1.0, 0.5)  # weights that differ inside a class
    for _ in range(300):
        drawn = rng.random(len(y)) < chance
        found = auc(y[drawn], risk[drawn], 1 / chance[drawn])
        held += found.low <= truth <= found.high
    assert 0.90 <= held / 300 <= 0.985


def test_the_same_firms_seen_five_times_are_no_more_evidence(forecasts):
    y, risk, _ = forecasts
    once, firms = auc(y, risk), np.tile(np.arange(len(y)), 5)
    repeated = auc(np.tile(y, 5), np.tile(risk, 5), clusters=firms)
    assert repeated.standard_error == pytest.approx(once.standard_error, rel=0.01)
    assert auc(np.tile(y, 5), np.tile(risk, 5)).standard_error < 0.5 * once.standard_error


def test_true_probabilities_are_calibrated_and_stretched_ones_are_not():
    rng = np.random.default_rng(3)
    odds = rng.normal(-2, 1, 40_000)
    y = (rng.random(len(odds)) < expit(odds)).astype(int)
    right = calibration(y, expit(odds))
    assert right.slope == pytest.approx(1, abs=0.05)
    assert right.intercept == pytest.approx(0, abs=0.1)
    assert right.observed_over_expected == pytest.approx(1, abs=0.05)
    stretched = calibration(y, expit(2 * odds + 1))
    assert stretched.slope == pytest.approx(right.slope / 2, abs=1e-6)


def test_a_weight_is_a_number_of_copies(forecasts):
    y, risk, w = forecasts
    p = expit(risk)
    copied = tuple(np.repeat(values, w) for values in (y, risk, p))
    assert auc(y, risk, w).value == pytest.approx(auc(copied[0], copied[1]).value, abs=1e-12)
    assert ks(y, risk, w) == pytest.approx(ks(copied[0], copied[1]), abs=1e-12)
    assert brier(y, p, w) == pytest.approx(brier(copied[0], copied[2]), abs=1e-12)
    assert calibration(y, p, w).slope == pytest.approx(calibration(copied[0], copied[2]).slope, abs=1e-8)


def test_a_perfect_and_a_reversed_ranking():
    y, risk = np.array([0, 0, 1, 1]), np.array([1.0, 2.0, 3.0, 4.0])
    assert (auc(y, risk).value, auc(y, -risk).value, ks(y, risk)) == (1.0, 0.0, 1.0)


@pytest.mark.parametrize(
    ("y", "p", "w", "rule"),
    [
        ([0, 0], [0.1, 0.2], None, "both outcomes"),
        ([0, 1], [0.1, np.nan], None, "forecast: every value"),
        ([0, 1], [0.1, 0.2], [1, 0], "both outcomes"),
        ([0, 1], [0.1, 0.2], [1, -1], "weights: must be >= 0"),
        ([0, 2], [0.1, 0.2], None, "0 or 1"),
        ([0, 1], [0.1, 1.2], None, "between 0 and 1"),
        ([0, 1, 1], [0.1, 0.2], None, "one value a row"),
    ],
)
def test_what_cannot_be_judged_is_refused_by_name(y, p, w, rule):
    with pytest.raises(BadInput, match=rule):
        brier(np.array(y), np.array(p), None if w is None else np.array(w))
