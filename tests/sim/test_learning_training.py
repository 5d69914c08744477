"""Learning from those who had loans: how it misleads, and what lots with known chances mend."""

from dataclasses import replace

import numpy as np
import pytest
from synthetic_lessons import DEBT, lessons, with_propensity

from credit.default_model import ARREARS
from credit.errors import BadInput
from credit.metrics import auc
from sim.learning.training import fitted, hash_of, sampled, weights_of
from sim.streams import Roster, Streams

WHO = Roster(np.arange(20_000))
CUT, NEAR, SHARE = 1.0, 2.0, 0.2
"""Clients with more debt than CUT are refused, up to NEAR are just refused; the chance of being explored."""


@pytest.fixture(scope="module")
def population():
    """Everybody who applies up to NEAR, with the truth."""
    everyone, truth = lessons(12_000, 21)
    debt = everyone.months.features[DEBT].to_numpy()
    inside = debt <= NEAR
    return everyone.of(inside), truth[inside], debt[inside]


@pytest.fixture(scope="module")
def seen(population):
    """Rows of approved clients, and rows of these with the explored ones."""
    _, _, debt = population
    lot = np.random.default_rng(3).random(len(debt)) < SHARE
    return debt <= CUT, (debt <= CUT) | lot


def test_a_model_of_approved_clients_misjudges_the_refused_and_exploration_mends_it(population, seen):
    everyone, truth, debt = population
    just_refused = debt > CUT
    level = {}
    for name, rows in zip(("approved", "explored"), seen, strict=True):
        propensity = np.where(debt > CUT, SHARE if name == "explored" else 1.0, 1.0)
        model, _, _ = fitted(with_propensity(everyone, propensity).of(rows), "CBTPX", 20_000, Streams(1), WHO)
        forecast = model.pd_annual(everyone.months.features)
        level[name] = float(truth[just_refused].sum() / forecast[just_refused].sum())
    assert level["approved"] > 1.2  # the refused look safer than they are
    assert abs(level["explored"] - 1) < 0.5 * abs(level["approved"] - 1)


def test_measured_order_is_that_of_all_applicants_only_with_weights(population, seen):
    everyone, truth, debt = population
    outcome = everyone.months.outcome_within(12)
    of_all = auc(outcome, truth).value
    approved, explored = seen
    weights = np.where(debt > CUT, 1.0 / SHARE, 1.0)
    among_approved = auc(outcome[approved], truth[approved])
    weighted = auc(outcome[explored], truth[explored], weights[explored])
    plain = auc(outcome[explored], truth[explored])
    assert among_approved.high < of_all  # a narrow book hides what a score can do
    assert weighted.low < of_all < weighted.high
    assert abs(weighted.value - of_all) < abs(plain.value - of_all) < abs(among_approved.value - of_all)


def test_the_default_rate_of_all_applicants_is_recovered_by_inverse_propensity(population, seen):
    everyone, truth, debt = population
    rows = seen[1]
    one = with_propensity(everyone, np.where(debt > CUT, SHARE, 1.0)).of(rows)
    weights, outcome = weights_of(one), one.months.outcome_within(12)
    told = float(weights @ outcome / weights.sum())
    error = float(np.sqrt((weights**2 * (outcome - told) ** 2).sum()) / weights.sum())
    assert abs(told - truth.mean()) < 2.6 * error
    assert truth.mean() - outcome.mean() > 2.6 * error  # unweighted it is too low


def test_a_sample_keeps_all_defaults_stands_for_all_and_changes_nobodys_draw(population):
    everyone, _, _ = population
    few, stands_for = sampled(everyone, 4000, Streams(1), WHO)
    assert few.months.is_default.sum() == everyone.months.is_default.sum()
    assert len(few) < 4400
    assert stands_for.sum() == pytest.approx(len(everyone), rel=0.03)
    longer = Roster(np.arange(25_000))
    again, _ = sampled(everyone, 4000, Streams(1), longer)
    assert np.array_equal(few.firm, again.firm)
    other, _ = sampled(everyone, 4000, Streams(2), WHO)
    assert not np.array_equal(few.firm, other.firm)


def test_a_sampled_fit_says_what_a_fit_on_everything_says(population):
    everyone, truth, _ = population
    whole = fitted(everyone, "CBTPX", 20_000, Streams(1), WHO)[0].pd_annual(everyone.months.features)
    few = fitted(everyone, "CBTPX", 4000, Streams(1), WHO)[0].pd_annual(everyone.months.features)
    assert few.mean() == pytest.approx(whole.mean(), rel=0.05)
    assert np.corrcoef(few, whole)[0, 1] > 0.97
    assert np.corrcoef(few, truth)[0, 1] > 0.9


def test_no_model_comes_of_a_stage_that_nobody_was_followed_in_for_a_year():
    """Whoever falls behind defaults or leaves within eleven months: no PD of a year can be told from that."""
    everyone, _ = lessons(3_000, 4)
    is_late = everyone.feature(ARREARS) >= 1
    short = {"followed_months": np.where(is_late, np.minimum(everyone.followed_months, 11), everyone.followed_months)}
    short["has_left"] = is_late & ~everyone.is_default
    with pytest.raises(BadInput, match=r"in_arrears.*followed for 12 months"):
        fitted(replace(everyone, **short), "CBTPX", 20_000, Streams(1), WHO)
    just_enough = short | {"followed_months": np.where(is_late, short["followed_months"] + 1, everyone.followed_months)}
    model, _, _ = fitted(replace(everyone, **just_enough), "CBTPX", 20_000, Streams(1), WHO)
    assert np.isfinite(model.pd_annual(everyone.months.features)).all()


def test_the_same_rows_make_the_same_model_to_the_last_digit(population):
    everyone, _, _ = population
    one, other = (fitted(everyone, "CBX", 3000, Streams(4), WHO)[0] for _ in range(2))
    assert one.to_json() == other.to_json()
    assert one.version == other.version
    assert {"C", "B", "X"} >= {name_group(name) for name in one.scorer.features_}


def test_the_hash_of_the_lessons_moves_with_every_value(population):
    everyone, _, _ = population
    few = everyone.of(np.arange(50))
    weights = weights_of(few)
    known = hash_of(few, weights)
    assert hash_of(everyone.of(np.arange(50)), weights) == known
    few.months.features.iloc[7, 3] += 1e-9
    assert hash_of(few, weights) != known
    assert hash_of(everyone.of(np.arange(50)), 2 * weights) != known


def name_group(name: str) -> str:
    from credit.feature_specs import FEATURES

    return FEATURES[name].group
