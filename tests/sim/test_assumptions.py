"""Draws of the assumptions: inside every stated range, around the stated value, each by itself."""

from datetime import date

import numpy as np
import pytest

from credit.errors import BadInput
from credit.parameters import parameters
from sim.arms.assumptions import FRAME, assumed, settings_drawn, triangular
from sim.settings import Settings, assumable

DAY = date(2026, 1, 1)
DRAWS = range(1, 201)


def test_draw_zero_is_the_file_as_it_stands():
    assert settings_drawn(DAY, 0) == Settings.on(DAY)


def test_whatever_has_a_range_and_is_not_known_is_drawn_within_it():
    known = parameters("market")
    drawn = {name: np.array([assumed(DAY, draw)[name] for draw in DRAWS]) for name in assumed(DAY, 1)}
    assert len(drawn) > 50
    for name in assumable():
        stated = known[name].on(DAY)
        if name in FRAME or stated.confidence == "high" or stated.low is None or stated.low == stated.high:
            assert name not in drawn
            continue
        values = drawn[name]
        assert stated.low <= values.min() < values.max() <= stated.high
    settings = [settings_drawn(DAY, draw) for draw in DRAWS[:5]]
    assert len(set(settings)) == 5
    assert all(isinstance(value, int) for one in settings for value in vars(one).values())


def test_two_assumptions_are_drawn_independently():
    drawn = np.array([list(assumed(DAY, draw).values()) for draw in DRAWS])
    correlation = np.corrcoef(drawn[:, drawn.std(axis=0) > 0].T)
    off = correlation[np.triu_indices(len(correlation), 1)]
    assert abs(off.mean()) < 0.01
    assert off.std() == pytest.approx(1 / np.sqrt(len(DRAWS)), rel=0.1)


@pytest.mark.parametrize("peak", [0.0, 1.0, 2.5, 4.0])
def test_the_triangle_has_its_mean_and_variance(peak):
    shares = (np.arange(20_000) + 0.5) / 20_000
    values = np.array([triangular(share, 0.0, peak, 4.0) for share in shares])
    assert values.mean() == pytest.approx((0.0 + peak + 4.0) / 3, abs=1e-3)
    assert values.var() == pytest.approx((peak**2 + 16.0 - 4.0 * peak) / 18, rel=1e-3)


def test_a_negative_draw_is_refused():
    with pytest.raises(BadInput, match="assumptions"):
        assumed(DAY, -1)


def test_one_assumption_can_be_moved_alone():
    moved = settings_drawn(DAY, "disorder_share=0.2")
    assert moved.disorder_ppm == 200_000
    assert {name for name, value in vars(moved).items() if value != getattr(Settings.on(DAY), name)} == {"disorder_ppm"}
    with pytest.raises(BadInput, match="parameter of the market"):
        assumed(DAY, "luck=1")
