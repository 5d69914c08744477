"""Every scorer obeys scikit-learn's conventions, but for the named exceptions; what cannot be learnt from is named."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.utils.estimator_checks import parametrize_with_checks

from credit.errors import BadInput
from credit.scorers.base import PARTED_FROM_SCIKIT_LEARN
from credit.scorers.boosted import BoostedScorer
from credit.scorers.calibrated import CalibratedScorer
from credit.scorers.combined import ControllerEnterpriseScorer
from credit.scorers.indicators import IndicatorScorer
from credit.scorers.logistic import LogisticScorer
from credit.scorers.scorecard import Scorecard

SCORERS = [
    LogisticScorer(least_defaults=1),
    Scorecard(least_defaults=1, least_bin_defaults=1),
    BoostedScorer(least_defaults=1, least_rows_a_leaf=2, rounds=20, copies=1, learning_rate=0.1),
    ControllerEnterpriseScorer(least_defaults=1),
    CalibratedScorer(LogisticScorer(least_defaults=1), "beta"),
    IndicatorScorer(least_defaults=1, least_rows=2),
]
"""scikit-learn's checks fit on 10 to 30 rows: the floor of ten defaults is taken away for them."""


def firms(rows: int = 400, seed: int = 3) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(rows, 3)), columns=["lateness", "leverage", "age"])
    y = (rng.random(rows) < expit(-1.0 + X["lateness"] + 0.5 * X["leverage"])).astype(int)
    return X, y


@pytest.fixture(params=SCORERS, ids=lambda scorer: type(scorer).__name__)
def fresh(request):
    return clone(request.param)


@parametrize_with_checks(SCORERS, expected_failed_checks=lambda scorer: PARTED_FROM_SCIKIT_LEARN)
def test_it_behaves_as_an_estimator_of_scikit_learn(estimator, check):
    check(estimator)


def test_weights_of_zero_equal_absence_and_only_ratios_of_weights_count(fresh):
    X, y = firms()
    weights = np.where(np.arange(len(y)) % 5 == 0, 0.0, 1.0 + np.arange(len(y)) % 3)
    weighted = clone(fresh).fit(X, y, sample_weight=weights).log_odds(X)
    has = weights > 0
    assert (clone(fresh).fit(X[has], y[has], sample_weight=weights[has]).log_odds(X) == weighted).all()
    scaled = clone(fresh).fit(X, y, sample_weight=8.0 * weights).log_odds(X)
    assert scaled == pytest.approx(weighted, abs=1e-5)


def test_columns_are_found_by_name_in_frames_and_by_place_in_arrays(fresh):
    X, y = firms()
    scorer = fresh.fit(X, y)
    told = scorer.points(X)
    assert (scorer.points(X[["age", "lateness", "leverage"]]) == told).all()
    with pytest.warns(UserWarning, match="was fitted with feature names"):
        assert (scorer.points(X.to_numpy()) == told).all()
    plain = fresh.fit(X.to_numpy(), y)
    assert plain.features_ == ["x0", "x1", "x2"]
    assert not hasattr(plain, "feature_names_in_")
    assert (plain.points(X.to_numpy()) == told).all()
    with pytest.raises(BadInput, match="lateness: the model does not know this column"):
        plain.points(X)


def test_labels_may_be_any_two_numbers_and_the_larger_is_default(fresh):
    X, y = firms()
    as_bits = fresh.fit(X, y).predict_pd(X)
    german = fresh.fit(X, y + 1)
    assert (german.predict_pd(X) == as_bits).all()
    assert set(german.predict(X)) <= {1, 2}
    assert (fresh.fit(X, y == 1).predict_pd(X) == as_bits).all()


REFUSED = {
    "text labels": (lambda X: X, lambda y: np.where(y == 1, "bad", "good"), None, "larger one default"),
    "one class": (lambda X: X, lambda y: y * 0, None, "y: 0: both classes must occur"),
    "three classes": (lambda X: X, lambda y: np.arange(len(y)) % 3, None, "Only binary"),
    "missing outcome": (lambda X: X, lambda y: np.where(np.arange(len(y)) == 4, np.nan, y), None, "row 5, y: nan"),
    "shares": (lambda X: X, lambda y: np.linspace(0, 1, len(y)), None, "continuous"),
    "one outcome too few": (lambda X: X, lambda y: y[1:], None, "399: must have one value for each of the 400 rows"),
    "infinity": (lambda X: X.assign(age=np.inf), lambda y: y, None, "row 1, age: inf: every value must be a finite"),
    "words among numbers": (
        lambda X: X.assign(age=pd.Series(["old", 3.0] * (len(X) // 2), dtype=object)),
        lambda y: y,
        None,
        "age: (every value must be a number|.*categories must be text)",
    ),
    "a date": (
        lambda X: X.assign(age=pd.Timestamp("2030-01-01")),
        lambda y: y,
        None,
        "age: .*every value must be a number",
    ),
    "twice one name": (lambda X: pd.concat([X, X[["age"]]], axis=1), lambda y: y, None, "age: must be the name of one"),
    "no rows": (lambda X: X[:0], lambda y: y[:0], None, "minimum of 1 is required"),
    "three rows of one class": (lambda X: X[:3], lambda y: np.zeros(3), None, "one class in 3 sample"),
    "negative weight": (lambda X: X, lambda y: y, lambda y: y - 1.0, "sample_weight: -1.0: every weight must be"),
    "no weight": (lambda X: X, lambda y: y, lambda y: y * 0.0, "at least one non-zero"),
    "weight on one class": (lambda X: X, lambda y: y, lambda y: y * 1.0, "both classes must occur"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_learnt_from_is_refused_by_column_and_rule(fresh, case):
    change_x, change_y, weigh, rule = REFUSED[case]
    X, y = firms()
    with pytest.raises(BadInput, match=rule):
        fresh.fit(change_x(X), change_y(y), sample_weight=weigh(y) if weigh else None)


def test_a_column_without_spread_and_doubled_rows_are_answered_not_refused(fresh):
    X, y = firms()
    told = fresh.fit(X.assign(constant=3.0, unknown=np.nan), y).log_odds(X.assign(constant=3.0, unknown=np.nan))
    assert told == pytest.approx(fresh.fit(X, y).log_odds(X), abs=1e-5)
    twice = fresh.fit(pd.concat([X, X]), np.r_[y, y])
    assert np.isfinite(twice.log_odds(X)).all()


def test_nothing_is_scored_before_the_fit(fresh):
    with pytest.raises(NotFittedError):
        fresh.points(firms()[0])


def test_a_policy_on_directions_must_speak_about_the_table():
    X, y = firms()
    with pytest.raises(BadInput, match=r"age: 2: a direction must be \+1"):
        LogisticScorer(directions={"age": 2}).fit(X, y)
    with pytest.raises(BadInput, match="directions: 'latenes': names none of the table's columns"):
        LogisticScorer(directions={"latenes": 1}).fit(X, y)
