"""Champion against challenger: chance promotes no oftener than stated, a break is answered, nothing else does harm."""

from datetime import date

import numpy as np
import pytest
from scipy.special import expit
from synthetic_lessons import DEBT, TREND, lessons

from credit.default_model import DefaultModel
from credit.errors import BadInput
from credit.limits import load_purchase_policy
from sim.learning.judging import LEAST_PD, judged
from sim.learning.memory import Lessons
from sim.learning.settings import LearningSettings
from sim.learning.training import fitted
from sim.market import POLICY
from sim.streams import Roster, Streams

RULE = LearningSettings.on(date(2026, 1, 1))
WHO = Roster(np.arange(20_000))


def model(one: Lessons, groups: str = "CBTPX") -> DefaultModel:
    return fitted(one, groups, RULE.training_rows, Streams(1), WHO)[0]


def on_unseen(champion: np.ndarray, challenger: np.ndarray, unseen: Lessons):
    outcome = unseen.months.outcome_within(12)
    return judged(outcome, champion, challenger, np.ones(len(unseen)), unseen.firm, RULE)


def test_a_challenger_that_is_no_better_is_promoted_no_oftener_than_stated():
    """Two forecasts err alike around the truth, three rows a firm, some with the weight of an explored client."""
    rng, promoted, tries = np.random.default_rng(4), 0, 300
    for _ in range(tries):
        truth = -3.0 + rng.normal(size=500)
        outcome = (rng.random(500) < expit(truth)).astype(float)
        old, new = (expit(truth + 0.5 * rng.normal(size=500)) for _ in range(2))
        weights = np.where(rng.random(500) < 0.05, 5.0, 1.0)
        rows = np.repeat(np.arange(500), 3)
        promoted += judged(outcome[rows], old[rows], new[rows], weights[rows], rows, RULE).is_promoted
    chance = RULE.promotion_chance
    assert promoted <= tries * chance + 2.5 * (tries * chance * (1 - chance)) ** 0.5
    assert promoted > 0  # a rule that promotes nobody would pass as well


def test_a_challenger_that_is_clearly_better_is_promoted_and_its_mirror_image_is_not():
    rng = np.random.default_rng(5)
    truth = -3.0 + 1.2 * rng.normal(size=4000)
    outcome = (rng.random(4000) < expit(truth)).astype(float)
    flat, sharp, firm = np.full(4000, outcome.mean()), expit(truth), np.arange(4000)
    forwards = judged(outcome, flat, sharp, np.ones(4000), firm, RULE)
    backwards = judged(outcome, sharp, flat, np.ones(4000), firm, RULE)
    assert forwards.is_promoted
    assert not backwards.is_promoted
    assert forwards.gain == pytest.approx(-backwards.gain)
    assert forwards.auc_gain == pytest.approx(-backwards.auc_gain)


def test_months_of_a_firm_are_one_piece_of_evidence():
    rng = np.random.default_rng(6)
    truth = -2.5 + rng.normal(size=400)
    outcome = (rng.random(400) < expit(truth)).astype(float)
    old, new = expit(truth + 0.4 * rng.normal(size=400)), expit(truth)
    once = judged(outcome, old, new, np.ones(400), np.arange(400), RULE)
    rows = np.repeat(np.arange(400), 6)
    often = judged(outcome[rows], old[rows], new[rows], np.ones(2400), rows, RULE)
    assert often.gain_error == pytest.approx(once.gain_error, rel=1e-9)
    assert often.defaults == once.defaults


def test_few_defaults_a_wrong_level_and_a_worse_order_each_stop_a_challenger():
    rng = np.random.default_rng(7)
    truth = -3.0 + 1.5 * rng.normal(size=3000)
    outcome = (rng.random(3000) < expit(truth)).astype(float)
    ones, firm = np.ones(3000), np.arange(3000)
    wild = expit(truth + 3.0)  # a champion that is off by e**3
    assert judged(outcome, wild, expit(truth + 1.5), ones, firm, RULE).reason == "level_out_of_bounds"
    disordered = np.full(3000, outcome.mean())
    assert judged(outcome, wild, disordered, ones, firm, RULE).reason == "orders_worse"
    few = np.flatnonzero(outcome == 1)[: RULE.judged_defaults - 1]
    rows = np.sort(np.concatenate([few, np.flatnonzero(outcome == 0)]))
    told = judged(outcome[rows], wild[rows], expit(truth)[rows], ones[rows], firm[rows], RULE)
    assert told.reason == "too_few_defaults"


def test_fitting_anew_mends_a_stale_model_after_a_break():
    """What weighed before no longer does, and twice as many default."""
    before, _ = lessons(5000, 1)
    after, _ = lessons(5000, 2, base=-1.4, debt=0.2, trend=-1.4, first_firm=5000)
    unseen, truth = lessons(3000, 3, base=-1.4, debt=0.2, trend=-1.4, first_firm=10_000)
    stale, anew = (model(one).pd_annual(unseen.months.features) for one in (before, after))
    told = on_unseen(stale, anew, unseen)
    assert told.is_promoted
    assert told.auc_gain_low > 0
    assert abs(np.log(told.challenger_level)) < abs(np.log(told.champion_level))
    assert np.mean((anew - truth) ** 2) < 0.25 * np.mean((stale - truth) ** 2)


def test_without_a_break_whoever_ends_up_in_force_is_hardly_worse():
    champion = model(lessons(5000, 1)[0])
    lost = []
    for seed in range(10, 16):
        unseen, truth = lessons(2000, seed + 100, first_firm=10_000)
        challenger = model(lessons(5000, seed, first_firm=5000)[0])
        old, new = (one.pd_annual(unseen.months.features) for one in (champion, challenger))
        in_force = new if on_unseen(old, new, unseen).is_promoted else old
        lost.append(excess(in_force, truth) - excess(old, truth))
    assert np.mean(lost) < 0.1 * excess(np.full(len(truth), truth.mean()), truth)  # of what there is to know


def excess(forecast: np.ndarray, truth: np.ndarray) -> float:
    """Expected log-loss above that of the truth."""
    p, q = np.clip(forecast, LEAST_PD, 1 - LEAST_PD), truth
    return float(np.mean(q * np.log(q / p) + (1 - q) * np.log((1 - q) / (1 - p))))


def test_where_features_say_nothing_learning_finds_no_signal():
    """A challenger fitted on noise either is refused at its fit or does not beat the plain default rate."""
    promoted = refused = 0
    for seed in range(12):
        noise, _ = lessons(3000, seed, debt=0.0, trend=0.0)
        unseen, truth = lessons(2000, seed + 50, debt=0.0, trend=0.0, first_firm=5000)
        current = unseen.of(unseen.months.features["current_dpd_days"].to_numpy() < 1)
        plain = np.full(len(current), truth.min())
        try:
            forecast = model(noise).pd_annual(current.months.features)
        except BadInput:
            refused += 1
            continue
        promoted += on_unseen(plain, forecast, current).is_promoted
    assert promoted <= 2  # at five in a hundred, three of twelve happen in one case of fifty
    assert refused < 12


def test_a_promoted_model_never_prices_the_riskier_lower():
    """More debt and a falling trend, which policy calls worse: never a lower PD, a lower rate, a higher limit."""
    fresh, policy = model(lessons(4000, 8, base=-3.5)[0]), load_purchase_policy(POLICY)
    features = lessons(300, 9)[0].months.features
    base = fresh.pd_annual(features)
    moved = 0
    for worse in ({DEBT: features[DEBT] + 0.7}, {TREND: features[TREND] - 0.7}):
        pds = fresh.pd_annual(features.assign(**worse))
        assert (pds >= base).all()
        for now, then in zip(pds.tolist(), base.tolist(), strict=True):
            riskier, safer = (policy.offer(pd, 10_000_000, 60) for pd in (now, then))
            assert riskier.limit_fen <= safer.limit_fen
            if riskier.forms:
                assert riskier.day_rate_ppm >= safer.day_rate_ppm
                moved += riskier.day_rate_ppm > safer.day_rate_ppm
    assert moved > 20
