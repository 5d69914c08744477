"""Measures that know censoring: against scikit-survival, and against the truth that censoring hides."""

import numpy as np
import pytest
from scipy.special import expit

from credit.errors import BadInput
from credit.metrics import auc_by, brier_by, watched
from credit.metrics.with_censoring import chance_of_being_watched


def sample(rows: int = 600, seed: int = 4, leaves: float = 0.03):
    """Months, defaults, risk and true PD by month 24; safe rows and risky ones leave alike."""
    rng = np.random.default_rng(seed)
    risk = rng.normal(size=rows)
    hazard = expit(-3.6 + risk)
    default = rng.geometric(hazard)
    leaving = rng.geometric(leaves, rows) - 1
    is_default = default <= leaving
    return np.where(is_default, default, leaving), is_default, risk, 1 - (1 - hazard) ** 24, default


@pytest.mark.parametrize("month", [6, 12, 24])
def test_both_equal_scikit_survival(month):
    from sksurv.metrics import brier_score, cumulative_dynamic_auc

    months, is_default, risk, pd, _ = sample()
    risk = np.round(risk, 1)  # ties
    seen = watched(months, is_default)
    record = np.array(list(zip(seen.is_default, seen.time, strict=True)), dtype=[("event", bool), ("time", float)])
    theirs = cumulative_dynamic_auc(record, record, risk, [month])[0][0]
    assert auc_by(seen, risk, month) == pytest.approx(theirs, abs=1e-10)
    theirs = brier_score(record, record, (1 - pd)[:, None], [month])[1][0]
    assert brier_by(seen, pd, month) == pytest.approx(theirs, abs=1e-10)


def test_the_censored_answer_is_near_the_one_that_nobody_was_allowed_to_see():
    months, is_default, risk, pd, truth = sample(rows=40_000, seed=8)
    seen, all_seen = watched(months, is_default), watched(truth, np.ones(len(truth), dtype=bool))
    assert auc_by(seen, risk, 24) == pytest.approx(auc_by(all_seen, risk, 24), abs=0.01)
    assert brier_by(seen, pd, 24) == pytest.approx(brier_by(all_seen, pd, 24), abs=0.004)
    naive = np.mean(((is_default & (months <= 24)) - pd) ** 2)  # who left counts as having survived
    assert abs(naive - brier_by(all_seen, pd, 24)) > 0.02


def test_weights_count_like_copies():
    months, is_default, risk, pd, _ = sample(rows=300)
    copies = np.random.default_rng(1).integers(1, 4, len(months))
    weighted = watched(months, is_default, copies)
    repeated = watched(np.repeat(months, copies), np.repeat(is_default, copies))
    assert auc_by(weighted, risk, 12) == pytest.approx(auc_by(repeated, np.repeat(risk, copies), 12), abs=1e-12)
    assert brier_by(weighted, pd, 12) == pytest.approx(brier_by(repeated, np.repeat(pd, copies), 12), abs=1e-12)


def test_without_censoring_the_chance_of_being_watched_is_one():
    seen = watched(np.array([1, 2, 3]), np.array([True, True, True]))
    assert (chance_of_being_watched(seen, np.array([0.0, 2.0, 9.0])) == 1.0).all()


def test_a_month_beyond_everything_known_is_refused():
    months, is_default, risk, _, _ = sample()
    with pytest.raises(BadInput, match="watched beyond month 900"):
        auc_by(watched(months, is_default), risk, 900)
    with pytest.raises(BadInput, match="at least one row with weight must default"):
        watched(months, np.zeros(len(months), dtype=bool))
