"""The elementary functions are accurate, monotone where a decision hangs on it, and the same to the bit everywhere."""

import math

import numpy as np
import pytest
from scipy import special

from credit.elementary import exp, expit, log, normal_quantile
from credit.errors import BadInput

UNIT_ROUNDOFF = 2.0**-52
GRID = np.random.default_rng(20240131).uniform(-1.0, 1.0, 20_000)
PROBABILITIES = np.concatenate(
    [10.0 ** (-300 * np.abs(GRID[:2000])), special.expit(12 * GRID), 1 - 10.0 ** (-15 * np.abs(GRID[:2000]) - 0.3)]
)


def largest_relative_error(found: np.ndarray, true: np.ndarray) -> float:
    return float(np.max(np.abs(found - true) / np.abs(true)))


def test_exp_agrees_with_the_library_to_two_units_in_the_last_place():
    for reach in (1.0, 30.0, 700.0):
        assert largest_relative_error(exp(reach * GRID), np.exp(reach * GRID)) < 2 * UNIT_ROUNDOFF


def test_log_agrees_with_the_library_to_two_units_in_the_last_place():
    x = np.exp(700.0 * GRID)
    assert largest_relative_error(log(x), np.log(x)) < 2 * UNIT_ROUNDOFF
    near_one = 1.0 + 1e-3 * GRID
    assert largest_relative_error(log(near_one), np.log(near_one)) < 2 * UNIT_ROUNDOFF


def test_normal_quantile_agrees_with_the_library_and_with_its_published_check():
    """Wichura (1988) states about one part in 10^16 and prints three check values."""
    assert largest_relative_error(normal_quantile(PROBABILITIES), special.ndtri(PROBABILITIES)) < 1e-14
    published = {0.25: -0.6744897501960817, 0.001: -3.090232306167814, 1e-20: -9.262340089798408}
    for probability, quantile in published.items():
        assert float(normal_quantile(probability)) == pytest.approx(quantile, rel=1e-15)


def test_known_points_are_exact():
    assert float(exp(0.0)) == 1.0
    assert float(log(1.0)) == 0.0
    assert float(expit(0.0)) == 0.5
    assert float(normal_quantile(0.5)) == 0.0
    for power in (-1022, -3, 1, 64, 1023):
        assert float(log(2.0**power)) == pytest.approx(power * math.log(2), rel=UNIT_ROUNDOFF)


GOLDEN = {
    exp: {"0x1.0000000000000p+0": "0x1.5bf0a8b14576ap+1", "-0x1.8000000000000p+4": "0x1.4c1078fe9228ap-35"},
    log: {"0x1.0000000000000p+1": "0x1.62e42fefa39efp-1", "0x1.999999999999ap-4": "-0x1.26bb1bbb55515p+1"},
    expit: {"0x1.0000000000000p-1": "0x1.3eb2fd4d34391p-1", "-0x1.c000000000000p+2": "0x1.dda738adf1189p-11"},
    normal_quantile: {"0x1.f333333333333p-1": "0x1.f5c0331eeff82p+0", "0x1.0624dd2f1a9fcp-10": "-0x1.8b8cbb7204470p+1"},
}
"""Argument and result as bits: e, e**-24, ln 2, ln 0.1, expit(0.5), expit(-7), the quantiles of 0.975 and 0.001.

A machine that gives other bits would live another market from the same seed.
"""


@pytest.mark.parametrize("function", GOLDEN, ids=lambda function: function.__name__)
def test_results_have_the_recorded_bits(function):
    for argument, result in GOLDEN[function].items():
        assert float(function(float.fromhex(argument))).hex() == result


@pytest.mark.parametrize(
    ("function", "arguments"),
    [(exp, 700 * GRID), (log, np.exp(700 * GRID)), (expit, 40 * GRID), (normal_quantile, PROBABILITIES)],
    ids=["exp", "log", "expit", "normal_quantile"],
)
def test_scalar_array_and_any_layout_give_the_same_bits(function, arguments):
    """Vector units work on strides of their own: a value must not depend on its neighbours."""
    whole = np.asarray(function(arguments))
    some = slice(0, None, 37)
    assert np.array_equal(whole[some], [float(function(float(x))) for x in arguments[some]])
    assert np.array_equal(whole[::-1], function(arguments[::-1]))
    assert np.array_equal(whole[1::3], function(arguments[1::3]))
    assert np.array_equal(whole[:20_000].reshape(100, -1), function(arguments[:20_000].reshape(100, -1)))


@pytest.mark.parametrize(
    ("function", "low", "high"),
    [(exp, -5.0, 5.0), (log, 0.01, 20.0), (expit, -8.0, 8.0), (normal_quantile, 0.0001, 0.9999)],
)
def test_a_larger_argument_never_gives_a_smaller_result(function, low, high):
    """Riskier must never get cheaper, not even in the last bit: neighbouring doubles are tried too."""
    coarse = np.linspace(low, high, 20_000)
    assert np.all(np.diff(function(coarse)) > 0)
    joints = np.array([0.075, 0.5, 0.925, 1.0, math.sqrt(0.5), math.sqrt(2.0), 0.5 * math.log(2.0)])
    for joint in joints[(joints > low) & (joints < high)]:
        steps = joint * (1.0 + 2.0 * UNIT_ROUNDOFF * np.arange(-200, 201))
        assert np.all(np.diff(function(steps)) >= -4 * UNIT_ROUNDOFF * np.abs(function(joint))), joint


def test_functions_undo_one_another():
    x = 30.0 * GRID
    assert np.max(np.abs(log(exp(x)) - x)) < 1e-14
    assert np.max(np.abs(expit(x) + expit(-x) - 1.0)) <= 2 * UNIT_ROUNDOFF
    halves = np.arange(1, 512) / 1024.0  # exact in binary, and so is what is left to 1
    assert np.array_equal(normal_quantile(halves), -normal_quantile(1.0 - halves))


def test_far_arguments_stay_finite_and_ordered():
    assert 0.0 < float(exp(-1e9)) == float(exp(-700.0))
    assert float(exp(1e9)) == float(exp(700.0)) < math.inf
    assert 0.0 < float(expit(-1e9)) < float(expit(-30.0))
    assert float(expit(1e9)) == 1.0


@pytest.mark.parametrize("wrong", [0.0, -1.0, math.nan, math.inf, np.array([1.0, -2.0])])
def test_a_logarithm_of_what_has_none_is_bad_input(wrong):
    with pytest.raises(BadInput, match="logarithm"):
        log(wrong)


@pytest.mark.parametrize("wrong", [0.0, 1.0, -0.1, 1.1, math.nan, np.array([0.5, 1.0])])
def test_a_probability_outside_the_open_interval_is_bad_input(wrong):
    with pytest.raises(BadInput, match="between 0 and 1"):
        normal_quantile(wrong)
