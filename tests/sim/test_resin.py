"""The resin price has the regimes and the level of DOMAIN 6.4."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from credit.errors import BadInput
from sim.economy.resin import GRADES, PPM, ResinPrices
from sim.scenarios.scenario import load_scenario
from sim.scenarios.shocks import Shocks
from sim.streams import Streams

ON = date(2026, 1, 1)
CALM_DAYS = Shocks.of(load_scenario("baseline"), 0, 1460)


def paths(seeds: int) -> np.ndarray:
    return np.array([ResinPrices.drawn(Streams(seed), ON, CALM_DAYS).paths for seed in range(seeds)], dtype=float)


def test_volatility_level_and_correlation_are_those_of_the_futures():
    levels = paths(60)
    returns = np.diff(np.log(levels[:, :, ::7]), axis=2)
    weekly = returns.std(axis=2).mean(axis=0) * np.sqrt(365 / 7)
    assert np.all((weekly > 0.18) & (weekly < 0.26))  # .20 to .23 in the table, and both regimes of .142 and .356
    correlation = np.corrcoef(returns[:, 0].ravel(), returns[:, 1].ravel())[0, 1]
    assert 0.7 < correlation < 0.9  # .89 for LLDPE and PP, .61 with PVC: one common factor
    kurtosis = ((returns - returns.mean()) ** 4).mean() / returns.var() ** 2 - 3
    assert kurtosis > 0.8  # regimes make fat tails


def test_prices_return_to_their_mean():
    levels = np.log(paths(60)[:, 0])
    mean = np.log(ResinPrices.drawn(Streams(0), ON, CALM_DAYS).means[0])
    start, later = levels[:, 365] - mean, levels[:, 1095] - mean
    slope = np.polyfit(start, later, 1)[0]
    assert slope < 0.6  # e**-1.6 = .2 after two years at a speed of .8
    assert abs((levels[:, 365:] - mean).mean()) < 0.08


def test_a_shock_multiplies_the_path_and_changes_nothing_before():
    halved = replace(CALM_DAYS, price_ppm=(1_000_000,) * 700 + (500_000,) * 760)
    calm, shocked = (ResinPrices.drawn(Streams(3), ON, factors) for factors in (CALM_DAYS, halved))
    for grade in range(len(GRADES)):
        assert calm.paths[grade][:700] == shocked.paths[grade][:700]
        ratio = np.array(shocked.paths[grade][700:]) / np.array(calm.paths[grade][700:])
        assert np.allclose(ratio, 0.5, atol=1e-5)


@pytest.mark.parametrize(("level", "restlessness"), [(1e-4, 1.0), (2e4, 1.0), (1.0, 1e3)])
def test_resin_for_nothing_or_for_more_than_can_be_told_is_refused(level, restlessness):
    """Moves that overlap multiply: a story soon halves a price that is halved already."""
    days = len(CALM_DAYS.price_ppm)
    moves = {"price_ppm": (round(level * PPM),) * days, "volatility_ppm": (round(restlessness * PPM),) * days}
    with pytest.raises(BadInput, match="within a factor of 1000 of the mean price"):
        ResinPrices.drawn(Streams(3), ON, replace(CALM_DAYS, **moves))


def test_the_deepest_fall_of_one_story_is_still_a_price():
    crash = Shocks.of(load_scenario("resin_crash_2008@5+oil_slide_2014@5"), 0, 1460)
    assert min(min(path) for path in ResinPrices.drawn(Streams(3), ON, crash).paths) > 0
