"""Bisection finds thresholds that are known, counts seeds beyond reach, and sees where more does less."""

import math

import numpy as np
import pytest
from scipy.stats import binom

from credit.limits import load_purchase_policy
from sim.arms.arm import arm_named
from sim.facts.bisection import Threshold, median_dose, thresholds
from sim.facts.exhaustion import Search, loosest
from sim.facts.exploration import Exploration
from sim.facts.worlds import LIMITS, tightened
from sim.market import POLICY
from sim.scenarios.scenario import load_scenario

PRETEND = "pretend_worlds:simulate"
GRID = (0.0, 1.0, 2.0, 3.0, 4.0)


def test_every_threshold_is_bracketed_to_the_width_that_the_halvings_promise():
    truth = {seed: 0.37 * seed for seed in range(1, 15)}
    asked: list[tuple[float, int]] = []

    def has_effect(doses):
        asked.extend(doses)
        return [dose >= truth[seed] for dose, seed in doses]

    found = thresholds(has_effect, list(truth), GRID, 6)
    for one in found:
        if truth[one.seed] > 4.0:
            assert (one.below, one.at) == (4.0, None)
        else:
            assert one.below < truth[one.seed] <= one.at
            assert one.at - one.below == pytest.approx(1 / 64)
        assert one.is_monotone
    assert len(asked) == 14 * 5 + 6 * sum(dose <= 4.0 for dose in truth.values())


def test_where_more_does_less_the_seed_is_named():
    found = thresholds(lambda doses: [1.0 <= dose < 3.0 for dose, _ in doses], [1, 2], GRID, 1)
    assert [one.is_monotone for one in found] == [False, False]
    always = thresholds(lambda doses: [True for _ in doses], [1], GRID, 3)
    assert always == [Threshold(1, None, 0.0, True)]


def test_the_interval_of_the_median_covers_as_often_as_it_says():
    rng = np.random.Generator(np.random.Philox(key=2))
    covered = 0
    for _ in range(400):
        doses = rng.exponential(1.0, 12)
        told = median_dose([Threshold(seed, 0.0, dose, True) for seed, dose in enumerate(doses)])
        assert told.low is not None
        assert told.high is not None
        covered += told.low <= math.log(2.0) <= told.high
    promised = binom.cdf(12 - 3, 12, 0.5) - binom.cdf(2, 12, 0.5)
    assert covered / 400 == pytest.approx(promised, abs=0.03)
    assert promised > 0.95


def test_seeds_that_no_dose_reaches_push_the_upper_end_out_of_reach():
    reached = [Threshold(seed, 0.0, 1.0 + seed / 10, True) for seed in range(6)]
    beyond = [Threshold(seed, 4.0, None, True) for seed in range(6, 10)]
    told = median_dose([*reached, *beyond])
    assert told.median == pytest.approx(1.45)
    assert told.low is not None
    assert told.high is None
    assert median_dose(beyond).median is None
    assert median_dose(reached[:5]).low is None, "five seeds bound no median at 95 %"


@pytest.fixture(scope="module")
def search(tmp_path_factory) -> Search:
    """The pretend market: losses of .05 of the book a unit of severity, give or take a tenth over seeds."""
    where = Exploration(tmp_path_factory.mktemp("reverse"), 10, 5, 1, PRETEND)
    return Search(where, load_scenario("demand_slump"), "capital", tuple(range(1, 7)), 3)


def test_the_smallest_severity_and_the_limit_that_saves_are_those_of_the_market(search):
    noise = {seed: np.random.Generator(np.random.Philox(key=seed)).standard_normal(4)[0] for seed in search.seeds}
    cushion = 0.094  # facts.yaml: capital_share
    found = search.smallest_severities(4.0)
    for one in found:
        truth = cushion / (0.05 + 0.005 * noise[one.seed])
        assert one.below <= truth + 1e-4
        assert one.at >= truth - 1e-4
        assert one.is_monotone
    saved = search.loosest_limits(3.0)
    assert {one.seed for one in saved} == set(search.seeds)
    for one in saved:
        truth = cushion / (3.0 * (0.05 + 0.005 * noise[one.seed]))
        assert 1.0 - one.at <= truth + 1e-4
        assert 1.0 - one.below >= truth - 1e-4
    told = loosest(saved)
    assert told.low < told.median < told.high
    assert search.business_kept(told.median) == pytest.approx(told.median, abs=1e-4)


def test_a_mild_shock_needs_no_tighter_limits(search):
    assert search.loosest_limits(0.5) == []


@pytest.mark.parametrize("arm", [None, "ladder", "bank", "single", "blind"])
def test_tighter_limits_are_tighter_everywhere_and_nothing_else_moves(arm):
    ordinary = load_purchase_policy(POLICY) if arm is None else arm_named(arm)
    tight = tightened(ordinary, 0.5)

    def limits(content: object) -> list[float]:
        if isinstance(content, list):
            return [value for part in content for value in limits(part)]
        if not isinstance(content, dict):
            return []
        mine = [float(content[name]["value"]) for name in LIMITS if name in content]
        return mine + [value for part in content.values() for value in limits(part)]

    before, after = limits(ordinary.model_dump()), limits(tight.model_dump())
    assert before
    assert after == pytest.approx([value / 2 for value in before], abs=1e-6)
    assert tightened(tight, 1.0) == tight
    assert tight.model_dump(include={"name", "title"}) == ordinary.model_dump(include={"name", "title"})
