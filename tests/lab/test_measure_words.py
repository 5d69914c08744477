"""Measures on a page: a name says what its numbers are of, and a share is never shown in scientific notation."""

import pytest

from lab.measure_words import band, change_within, label, quantity
from sim.arms.arm_measures import UNITS as ARM_UNITS
from sim.runs.measures import UNITS


@pytest.mark.parametrize(
    ("key", "unit", "told"),
    [
        ("default_rate_annual", "share a year", "default rate, a year"),
        ("loss_share", "share of disbursed", "loss share, of disbursed"),
        ("credit_loss_yuan", "yuan", "credit loss, yuan"),
        ("resin_price_min_yuan_per_tonne", "yuan a tonne", "resin price min, yuan a tonne"),
        ("margin_calls", "calls", "margin calls"),
        ("raroc_annual", "share a year", "RAROC, a year"),
        ("exit_hump_ratio", "ratio", "exit hump ratio"),
    ],
)
def test_a_name_says_what_its_numbers_are_of(key, unit, told):
    assert label(key, unit) == told


def test_no_two_measures_bear_one_name():
    for units in (UNITS, ARM_UNITS):
        assert len({label(key, unit) for key, unit in units.items()}) == len(units)


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (0.0255, "share a year", "2.55%"),
        (-8.93e-05, "share of disbursed", "-0.009%"),
        (0.0, "share", "0%"),
        (12.5, "share", "1,250.0%"),
        (47_670_000.0, "yuan", "47.67m"),
        (784_203.0, "yuan", "784k"),
        (-4431.2, "yuan", "-4,431"),
        (9.5, "calls", "9.5"),
        (None, "share", "-"),
        (float("nan"), "yuan", "-"),
    ],
)
def test_a_value_stands_in_its_unit(value, unit, told):
    assert quantity(value, unit) == told


def test_a_difference_of_shares_is_told_in_points():
    assert change_within(0.0255, -0.299, 0.35, "share a year") == "2.55 points (-29.9 to 35.0)"
    assert change_within(12.0, -76.9, 101.0, "calls") == "12 (-76.9 to 101)"
    assert change_within(None, None, None, "share") == "- (- to -)"


def test_a_band_may_be_open_at_either_end():
    assert band(0.02, 0.05, "share a year") == "2.00 to 5.00%"
    assert band(1.0, None, "ratio") == "at least 1"
    assert band(None, 0.4, "share") == "at most 40.0%"
    assert band(None, None, "share") == "any"
