"""Assumptions may be varied within the ranges that the parameter file states, and nowhere else."""

from datetime import date

import pytest

from credit.errors import BadInput
from credit.parameters import parameters
from sim.settings import Settings, assumable

DAY = date(2026, 1, 1)


def test_an_assumed_value_takes_the_place_of_the_files_in_whole_units():
    plain, assumed = Settings.on(DAY), Settings.on(DAY, {"late_buyers_share": 0.25, "platform_cash_yuan": 2_000_000})
    changed = {name for name, value in vars(plain).items() if value != getattr(assumed, name)}
    assert changed == {"late_buyers_ppm", "platform_cash_fen"}
    assert (assumed.late_buyers_ppm, assumed.platform_cash_fen) == (250_000, 200_000_000)


def test_both_ends_of_every_range_are_possible_and_beyond_them_nothing_is():
    known = parameters("market")
    for name in assumable():
        stated = known[name].on(DAY)
        low = stated.value if stated.low is None else stated.low
        high = stated.value if stated.high is None else stated.high
        assert Settings.on(DAY, {name: low}) is not None
        assert Settings.on(DAY, {name: high}) is not None
        with pytest.raises(BadInput, match=rf"(?s){name}.*must lie in the parameter's range"):
            Settings.on(DAY, {name: high * 1.01 + 1})


def test_a_parameter_that_the_settings_do_not_hold_is_named():
    with pytest.raises(BadInput, match="resin_reversion"):
        Settings.on(DAY, {"resin_reversion": 1.0})
