"""Stability indices: what luck alone shows, what a shift shows, whatever the units and the weights."""

import numpy as np
import pandas as pd
import pytest

from credit.errors import BadInput
from credit.metrics import csi, psi


def test_luck_alone_exceeds_the_bound_about_once_in_twenty():
    rng = np.random.default_rng(3)
    exceeded = [(found := psi(rng.normal(size=400), rng.normal(size=250))).value > found.by_chance for _ in range(600)]
    assert 0.02 <= np.mean(exceeded) <= 0.08


def test_a_real_shift_is_seen_and_grows_with_its_size():
    rng = np.random.default_rng(4)
    then = rng.normal(size=5000)
    values = [psi(then, rng.normal(shift, size=5000)).value for shift in (0.0, 0.3, 0.6)]
    assert values[0] < 0.01 < values[1] < values[2]
    assert values[1] == pytest.approx(0.3**2, rel=0.25)  # for small shifts of a normal: the shift squared


def test_units_do_not_matter_and_weights_count_like_copies():
    rng = np.random.default_rng(5)
    then, now = rng.lognormal(size=2000), rng.lognormal(0.2, size=2000)
    assert psi(then, now).value == pytest.approx(psi(np.log(then), np.log(now)).value, abs=1e-12)
    copies = np.full(2000, 3)
    assert psi(then, now, copies, copies).value == pytest.approx(psi(then, now).value, abs=1e-12)


def test_values_that_went_missing_and_new_categories_are_shifts():
    then = np.arange(1000.0)
    now = np.where(np.arange(1000) % 2, then, np.nan)
    assert psi(then, now).value > 0.25
    jobs = pd.Series(pd.Categorical(["clerk", "driver"] * 500))
    other = pd.Series(pd.Categorical(["clerk", "pilot"] * 500))
    assert csi(jobs, jobs).value < 1e-9
    assert csi(jobs, other).value > 0.25
    assert csi(pd.Series(then), pd.Series(now)).value == psi(then, now).value


def test_an_empty_side_is_refused():
    with pytest.raises(BadInput, match="now: must hold rows with weight"):
        psi(np.ones(3), np.zeros(0))
