"""The scorer: points by the published scale, signs by policy, gaps in the data, sums that add up."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression

from credit.errors import BadInput
from credit.metrics import auc
from credit.scorers.base import FACTOR, OFFSET, points_of
from credit.scorers.logistic import LogisticScorer


def firms(rows: int = 3000, seed: int = 6) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(rows, 4)), columns=["lateness", "leverage", "age", "noise"])
    odds = -2.5 + 1.0 * X["lateness"] + 0.6 * X["leverage"] - 0.5 * X["age"]
    y = (rng.random(rows) < expit(odds)).astype(int)
    hides = rng.random(rows) < expit(odds)  # the worse a firm, the less it tells
    X.loc[hides, "leverage"] = np.nan
    return X.assign(never=np.nan, always=3.0), y


@pytest.fixture(scope="module")
def data():
    return firms()


@pytest.fixture(scope="module")
def scorer(data):
    return LogisticScorer(ridge=5.0).fit(*data)


def test_twenty_points_double_the_odds_and_600_stand_at_fifty_to_one():
    assert pytest.approx(28.8539, abs=5e-5) == FACTOR
    assert pytest.approx(487.1229, abs=5e-5) == OFFSET
    assert points_of(-np.log(50.0)) == pytest.approx(600)
    assert points_of(-np.log(100.0)) == pytest.approx(620)
    assert points_of(np.array(0.0)) == pytest.approx(OFFSET)


def test_it_orders_new_firms_nearly_as_well_as_the_truth(scorer):
    X, y = firms(20_000, seed=9)
    truth = 1.0 * X["lateness"] + 0.6 * X["leverage"].fillna(0) - 0.5 * X["age"]
    assert auc(y, scorer.log_odds(X)).value > auc(y, truth.to_numpy()).value - 0.002


def test_not_telling_costs_points_when_those_who_hide_default_more(scorer):
    hidden = scorer.missing_coefficients_[scorer.features_.index("leverage")]
    assert hidden > 0.2


def test_without_gaps_and_signs_it_is_the_plain_ridge_logit():
    X, y = firms()
    X = X[["lateness", "age", "noise"]]
    ours = LogisticScorer(ridge=5.0, outer_share=0.0).fit(X, y)
    Z = (X - ours.centre_) / ours.scale_
    theirs = LogisticRegression(C=1 / 5.0, tol=1e-10, max_iter=1000).fit(Z, y)
    assert ours.coefficients_ == pytest.approx(theirs.coef_[0], abs=2e-6)
    assert ours.intercept_ == pytest.approx(theirs.intercept_[0], abs=2e-6)


def test_a_feature_against_its_direction_ends_at_zero_and_the_rest_is_the_best_without_it(data):
    X, y = data
    held = LogisticScorer(ridge=5.0, directions={"age": 1, "lateness": 1}).fit(X, y)
    assert held.held_back_ == ["age"]
    assert held.coefficients_[held.features_.index("age")] == 0
    without = LogisticScorer(ridge=5.0).fit(X.drop(columns="age"), y)
    assert held.log_odds(X) == pytest.approx(without.log_odds(X.drop(columns="age")), abs=1e-4)


def test_out_of_fold_scores_are_those_of_scorers_fitted_without_the_fold(data):
    X, y = data
    rng = np.random.default_rng(3)
    fold, weights = rng.integers(0, 3, len(y)), rng.choice([0.0, 1.0, 4.0], len(y))
    seen = np.where(rng.random(len(y)) < 0.1, np.nan, y)
    is_known = ~np.isnan(seen)
    ours = LogisticScorer(5.0, {"lateness": 1, "age": 1})
    told = ours.fit_with_folds(X, seen, fold, weights)
    for part in range(3):
        learns, test = is_known & (fold != part), fold == part
        alone = LogisticScorer(5.0, {"lateness": 1, "age": 1}).fit(X[learns], y[learns], weights[learns])
        assert told[test] == pytest.approx(alone.log_odds(X[test]), abs=1e-5)
    whole = LogisticScorer(5.0, {"lateness": 1, "age": 1}).fit(X[is_known], y[is_known], weights[is_known])
    assert ours.to_json() == whole.to_json()


def test_a_fold_that_holds_nearly_all_defaults_cannot_be_left_out(data):
    X, y = data
    fold = np.where(y == 1, 0, 1)
    fold[np.flatnonzero(y == 1)[:5]] = 1
    with pytest.raises(BadInput, match="at least 10 defaults"):
        LogisticScorer().fit_with_folds(X, y.astype(float), fold)


def test_more_of_a_constrained_feature_never_scores_better(data):
    X, y = data
    scorer = LogisticScorer(directions={"lateness": 1, "leverage": 1, "age": -1, "noise": 1}).fit(X, y)
    for name, sign in scorer.directions.items():
        worse = X.assign(**{name: X[name] + 0.7 * sign})
        assert (scorer.points(worse) <= scorer.points(X)).all()


def test_points_are_the_average_firm_plus_what_each_feature_adds(scorer, data):
    X, _ = data
    average = points_of(np.array(scorer.intercept_))
    assert average + scorer.contributions(X).sum(axis=1).to_numpy() == pytest.approx(scorer.points(X), abs=1e-9)


def test_reasons_name_the_worst_first(scorer):
    late = pd.DataFrame(
        {"lateness": [3.0], "leverage": [np.nan], "age": [1.0], "noise": [0.0], "never": [np.nan], "always": [3.0]}
    )
    told = scorer.reasons(late)
    assert told.iloc[0].split(";")[:2] == ["lateness", "leverage.missing"]
    good = late.assign(lateness=-3.0, leverage=-3.0, age=3.0, noise=scorer.centre_[3])
    assert scorer.reasons(good).isna().all()


def test_a_firm_of_which_nothing_is_known_gets_a_score(scorer, data):
    nobody = pd.DataFrame([[np.nan] * 6], columns=data[0].columns)
    assert np.isfinite(scorer.points(nobody)).all()


def test_one_firm_and_many_get_the_same_bits_also_from_the_file(scorer, data):
    X = data[0].iloc[:200]
    loaded = LogisticScorer.from_json(json.loads(json.dumps(scorer.to_json())))
    together = loaded.points(X)
    assert (together == scorer.points(X)).all()
    assert (together == np.concatenate([scorer.points(X.iloc[[row]]) for row in range(200)])).all()


def test_scikit_learn_can_clone_it_and_read_its_columns(scorer):
    assert clone(scorer).get_params() == scorer.get_params()
    assert scorer.n_features_in_ == 6
    assert scorer.predict_proba(firms(50)[0]).sum(axis=1) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("X", "y", "rule"),
    [
        (lambda X: X, lambda y: y * 0, "both classes must occur"),
        (lambda X: X, lambda y: np.arange(len(y)) < 9, "at least 10 defaults"),
        (lambda X: X, lambda y: np.arange(len(y)) >= 9, "at least 10 survivors"),
        (lambda X: X.assign(age=np.inf), lambda y: y, "age.*finite"),
        (lambda X: X.assign(age="old"), lambda y: y, "age: every value must be a number"),
    ],
)
def test_what_cannot_be_fitted_is_refused_by_name(data, X, y, rule):
    with pytest.raises(BadInput, match=rule):
        LogisticScorer().fit(X(data[0]), y(data[1]))


def test_a_frame_of_another_schema_is_refused_by_column(scorer, data):
    with pytest.raises(BadInput, match="age: the model needs this column"):
        scorer.points(data[0].drop(columns="age"))
    with pytest.raises(BadInput, match="term: the model does not know this column"):
        scorer.points(data[0].assign(term=1))
