"""Clustering of defaults: known intensities are recovered, and the baseline is what simulating it gives."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import ndtr, ndtri

from credit import sba
from credit.loss_distribution import conditional_pd
from credit.parameters import parameters
from credit.real_data import folder
from credit.studies.sba_clustering import intensity_moments
from sim.facts.clustering import Clustering, contest, distance, one_factor_clustering

WORLD = Clustering(0.937, 0.609)


def record(intensities: np.ndarray, obligors: int, key: int) -> pd.DataFrame:
    """A daily record whose months have given default intensities."""
    days = pd.date_range("2026-01-01", periods=len(intensities), freq="MS")
    span = pd.date_range(days[0], days[-1] + pd.offsets.MonthEnd(0))
    defaults = pd.Series(0, index=span)
    defaults[days] = np.random.Generator(np.random.Philox(key=key)).poisson(intensities * obligors)
    return pd.DataFrame({"date": span, "new_defaults": defaults.to_numpy(), "obligors_with_credit": obligors})


def worlds(spread: float, months: int = 36, seeds: int = 40, length: int = 12) -> list[pd.DataFrame]:
    """Seeds whose intensity is gamma with a given variance over its squared mean, drawn anew every `length` months."""
    rng = np.random.Generator(np.random.Philox(key=5))
    told = []
    for seed in range(seeds):
        level = rng.gamma(1 / spread, spread, months // length + 1) if spread else np.ones(months // length + 1)
        told.append(record(0.003 * np.repeat(level, length)[:months], 2000, seed))
    return told


def test_a_known_intensity_is_recovered_and_a_constant_one_has_no_clustering():
    found = contest(worlds(0.5, seeds=150), WORLD, 0.08).market
    assert found is not None
    assert found.variance == pytest.approx(0.5, rel=0.2)
    assert found.persistence == pytest.approx(0.5 * (1 - 3.5 / 12), rel=0.25)
    flat = contest(worlds(0.0, seeds=150), WORLD, 0.08).market
    assert flat is not None
    assert abs(flat.variance) < 0.01
    assert abs(flat.persistence) < 0.01


def test_the_baselines_clustering_is_that_of_the_factor_model_drawn_at_random():
    z = np.random.Generator(np.random.Philox(key=1)).standard_normal(400_000)
    pd_annual = -np.expm1(-0.04)
    given = ndtr((ndtri(pd_annual) + np.sqrt(0.08) * z) / np.sqrt(0.92))
    hazard = -np.log1p(-given)
    assert one_factor_clustering(0.04, 0.08).variance == pytest.approx(hazard.var() / hazard.mean() ** 2, rel=0.03)
    assert conditional_pd(pd_annual, 0.08, 0.5) == pytest.approx(ndtr(ndtri(pd_annual) / np.sqrt(0.92)))


def test_a_market_as_clustered_as_the_world_beats_the_baseline_and_one_without_any_does_not():
    close = contest(worlds(0.9), WORLD, 0.08)
    assert close.verdict == "beats the baseline"
    flat = contest(worlds(0.0), WORLD, 0.08)
    assert flat.verdict == "does not beat the baseline"
    assert flat.market_distance == pytest.approx(np.sqrt(2.0), abs=0.05)
    assert flat.gain is not None
    assert flat.gain.high < 0


def test_a_handful_of_defaults_settles_nothing():
    few = contest([record(np.full(12, 0.0001), 100, seed) for seed in range(8)], WORLD, 0.08)
    assert few.verdict == "not measured"
    assert few.why is not None
    assert "30 defaults" in few.why


def test_distance_is_zero_only_at_the_world():
    assert distance(WORLD, WORLD) == 0.0
    assert distance(Clustering(0.0, 0.0), WORLD) == pytest.approx(np.sqrt(2.0))


def test_the_worlds_clustering_is_what_the_public_loans_tell(real_data):
    loans = sba.read(folder() / "loans" / "sba_casecontrol.csv.gz").loans
    found = intensity_moments(loans)
    known = parameters("facts")
    day = pd.Timestamp("2026-01-01").date()
    assert found.variance == pytest.approx(known.value("default_intensity_variance", day), abs=5e-4)
    assert found.persistence == pytest.approx(known.value("default_intensity_persistence", day), abs=5e-4)
    everyone = intensity_moments(loans, tuple(str(code) for code in range(10, 100)))
    assert everyone.variance == pytest.approx(found.variance, rel=0.1)
