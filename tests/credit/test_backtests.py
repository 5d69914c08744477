"""Backtests against exact sums, and the reason for the correlated one: bad years come at once."""

import numpy as np
import pytest
from scipy.stats import beta, binom

from credit.errors import BadInput
from credit.loss_distribution import pool_defaults
from credit.metrics import backtest


def test_the_three_tails_are_the_exact_ones():
    found = backtest(300, 14, 0.03, 0.12)
    assert found.binomial == pytest.approx(binom.sf(13, 300, 0.03))
    assert found.jeffreys == pytest.approx(beta(14.5, 286.5).cdf(0.03))
    pool = pool_defaults(300, 0.03, 0.12)
    assert found.correlated == pytest.approx(1 - float(pool.cdf(13)), abs=1e-9)


def test_independent_defaults_are_correlation_zero_and_fractions_lie_between():
    assert backtest(300, 14, 0.03, 0.0).correlated == pytest.approx(backtest(300, 14, 0.03, 0.1).binomial)
    tails = [backtest(300.0, count, 0.03, 0.0).binomial for count in (13, 13.5, 14)]
    assert tails[0] > tails[1] > tails[2]


def test_a_right_pd_is_rejected_too_often_unless_correlation_is_minded():
    rng = np.random.default_rng(5)
    factor = rng.normal(size=400)
    from scipy.special import ndtr, ndtri

    given = ndtr((ndtri(0.04) - np.sqrt(0.12) * factor) / np.sqrt(0.88))
    counts = rng.binomial(500, given)
    rejected = {
        name: np.mean([getattr(backtest(500, count, 0.04, 0.12), name) < 0.05 for count in counts])
        for name in ("binomial", "jeffreys", "correlated")
    }
    assert rejected["binomial"] > 0.15
    assert rejected["jeffreys"] > 0.15
    assert rejected["correlated"] == pytest.approx(0.05, abs=0.03)


@pytest.mark.parametrize(("defaults", "forecast", "named"), [(301, 0.03, "defaults"), (3, 0.0, "forecast")])
def test_impossible_counts_are_named(defaults, forecast, named):
    with pytest.raises(BadInput, match=named):
        backtest(300, defaults, forecast, 0.1)
