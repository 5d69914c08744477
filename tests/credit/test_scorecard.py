"""The fitted scorecard: directions hold, whole points are the model everywhere, real data are ordered well."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.base import clone
from sklearn.model_selection import StratifiedKFold

from credit.errors import BadInput
from credit.files import canonical_json
from credit.metrics import auc, calibration
from credit.scorers.base import FACTOR, OFFSET
from credit.scorers.bins import NumericBins
from credit.scorers.scorecard import Scorecard
from credit.validation_sets import german, polish

DIRECTIONS = {"lateness": 1, "age": -1}


def firms(rows: int = 4000, seed: int = 6) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(rows, 3)), columns=["lateness", "age", "noise"])
    X["trade"] = pd.Categorical(rng.choice(["film", "pipe", "toys", "bags"], rows, p=[0.4, 0.3, 0.2, 0.1]))
    odds = (
        -2.2
        + X["lateness"]
        - 0.5 * X["age"]
        + X["trade"].map({"film": -0.4, "pipe": 0, "toys": 0.3, "bags": 0.9}).astype(float)
    )
    y = (rng.random(rows) < expit(odds)).astype(int)
    hides = rng.random(rows) < expit(odds - 0.5)  # the worse a firm, the less it tells
    X.loc[hides, "age"] = np.nan
    return X, y


@pytest.fixture(scope="module")
def data():
    return firms()


@pytest.fixture(scope="module")
def card(data):
    return Scorecard(directions=DIRECTIONS).fit(*data, data_hash="abc")


def test_it_orders_new_firms_nearly_as_well_as_the_truth(card):
    X, y = firms(20_000, seed=9)
    trade = X["trade"].map({"film": -0.4, "pipe": 0, "toys": 0.3, "bags": 0.9}).astype(float)
    truth = X["lateness"] - 0.5 * X["age"].fillna(0) + trade
    assert auc(y, card.log_odds(X)).value > auc(y, truth.to_numpy()).value - 0.015
    level = calibration(y, card.predict_pd(X))
    assert 0.9 < level.slope < 1.1
    assert 0.93 < level.observed_over_expected < 1.07


@settings(max_examples=15)
@given(st.integers(0, 10_000))
def test_directions_of_policy_hold_in_the_points_whatever_the_data_say(seed):
    X, y = firms(600, seed)
    rng = np.random.default_rng(seed)
    y = np.where(rng.random(600) < 0.4, rng.integers(0, 2, 600), y)
    told = Scorecard(directions={"lateness": 1, "age": -1, "noise": 1}).fit(X, y)
    ladder = np.linspace(-4, 4, 200)
    for name, sign in (("lateness", -1), ("age", 1), ("noise", -1)):
        rows = pd.DataFrame({c: X[c].iloc[[0] * 200].to_numpy() for c in X}).astype({"trade": X["trade"].dtype})
        rows[name] = ladder
        assert (sign * np.diff(told.points(rows)) >= 0).all()
    assert (told.weights_ >= 0).all()


def test_without_a_policy_each_number_runs_in_one_direction(data):
    X, y = data
    free = Scorecard().fit(X, y)
    for feature in free.table_.features:
        if isinstance(feature.bins, NumericBins):
            steps = np.diff(feature.points[:-1])
            assert (steps >= 0).all() or (steps <= 0).all()


def test_contributions_and_base_points_sum_to_the_score_exactly(card, data):
    X, _ = data
    parts = card.contributions(X)
    assert parts.dtypes.eq(np.int64).all()
    assert (parts.sum(axis=1).to_numpy() + card.table_.base_points == card.points(X)).all()
    assert (card.log_odds(X) == (OFFSET - card.points(X)) / FACTOR).all()
    assert (card.points(X.iloc[[7]]) == card.points(X)[7]).all()


def test_rounding_to_whole_points_loses_next_to_nothing(card, data):
    X, y = data
    exact = card.base_log_odds_ + sum(
        w * one.weight_of_evidence[one.bins.index(X[one.bins.name])]
        for w, one in zip(card.weights_, card.binned_, strict=True)
    )
    assert np.abs(card.log_odds(X) - exact).max() <= (len(card.features_) + 1) * 0.5 / FACTOR
    assert abs(auc(y, exact).value - auc(y, card.log_odds(X)).value) < 0.002


def test_reasons_name_what_speaks_against_a_firm_and_only_that(card, data):
    X, _ = data
    told, parts = card.reasons(X, most=2), card.contributions(X)
    for row in range(200):
        codes = [] if pd.isna(told.iloc[row]) else told.iloc[row].split(";")
        costs = [parts.iloc[row][code.removesuffix(".missing")] for code in codes]
        assert all(cost < 0 for cost in costs)
        assert costs == sorted(costs)
        assert len(codes) == min(2, int((parts.iloc[row] < 0).sum()))
        assert all(
            code.endswith(".missing") == bool(X.iloc[row].isna()[code.removesuffix(".missing")]) for code in codes
        )
    hides = X["age"].isna()
    assert told[hides].str.contains("age.missing").mean() > 0.9  # who hides the age defaults more, and is told so


def test_an_unseen_category_is_as_a_rare_one_and_an_unseen_gap_as_the_average(card, data):
    X, _ = data
    row = X.iloc[[0]].astype({"trade": object})
    unseen, empty = card.contributions(row.assign(trade="spacecraft")), card.contributions(row.assign(lateness=np.nan))
    assert unseen["trade"].tolist() == [0]
    assert empty["lateness"].tolist() == [0]


def test_json_scores_and_says_the_same(card, data):
    X, _ = data
    text = canonical_json(card.to_json())
    again = Scorecard.from_json(json.loads(text))
    assert (again.points(X) == card.points(X)).all()
    assert canonical_json(again.to_json()) == text
    pd.testing.assert_frame_equal(again.table(), card.table())
    assert again.data_hash_ == "abc"
    again.fit(*firms(500, seed=1))  # the settings came along
    with pytest.raises(BadInput, match="kind: 'boosted': must be a model of kind scorecard"):
        Scorecard.from_json({"kind": "boosted"})


DAMAGE = {
    "no points": (lambda one: one["features"][0].pop("points"), "points: a scorecard model must have this field"),
    "half a point": (lambda one: one["features"][0]["points"].__setitem__(0, 1.5), "points must be whole numbers"),
    "a point too few": (lambda one: one["features"][0]["points"].pop(), "must have points for each of its"),
    "edges that fall": (lambda one: one["features"][0].update(edges=[2.0, 1.0]), "edges must be finite and rise"),
    "no counts": (lambda one: one["features"][0].pop("bad"), "bad: a scorecard model must have this field"),
    "half a base": (lambda one: one.update(base_points=500.5), "base_points: '500.5': must be a whole number"),
}


@pytest.mark.parametrize("case", DAMAGE)
def test_a_damaged_file_is_refused_by_field(card, case):
    content = json.loads(canonical_json(card.to_json()))
    damage, told = DAMAGE[case]
    damage(content)
    with pytest.raises(BadInput, match=told):
        Scorecard.from_json(content)


@pytest.mark.parametrize("seed", [0, 1])
def test_german_credit_is_ordered_at_079_or_better(real_data, seed):
    source = german(real_data)
    log_odds = np.zeros(len(source.y))
    for train, test in StratifiedKFold(10, shuffle=True, random_state=seed).split(source.X, source.y):
        fitted = Scorecard(directions=source.directions).fit(source.X.iloc[train], source.y[train])
        log_odds[test] = fitted.log_odds(source.X.iloc[test])
    found = auc(source.y, log_odds)
    print(f"German credit, 10 folds, seed {seed}: AUC {found.value:.4f} ({found.low:.3f} to {found.high:.3f})")
    assert found.value >= 0.79


def test_polish_bankruptcies_are_ordered_out_of_fold(real_data):
    source = polish(real_data)
    log_odds = np.zeros(len(source.y))
    for train, test in StratifiedKFold(5, shuffle=True, random_state=0).split(source.X, source.y):
        fitted = Scorecard(directions=source.directions).fit(source.X.iloc[train], source.y[train])
        log_odds[test] = fitted.log_odds(source.X.iloc[test])
    found = auc(source.y, log_odds)
    print(f"Polish bankruptcies, 5 folds: AUC {found.value:.4f} ({found.low:.3f} to {found.high:.3f})")
    assert found.value >= 0.89
    assert 0.85 < calibration(source.y, expit(log_odds)).slope < 1.1


def test_a_special_code_is_no_size():
    X, y = firms(2000, seed=12)
    X["accounts"] = np.where(X["lateness"] > 1, -1.0, np.random.default_rng(0).integers(1, 9, 2000))
    told = Scorecard(special_codes={"accounts": (-1.0,)}).fit(X.drop(columns="lateness"), y)
    table = told.table().set_index(["feature", "attribute"])
    assert table.loc[("accounts", "= -1"), "default_rate"] > 2 * y.mean()
    assert table.loc[("accounts", "= -1"), "points"] <= 0


def test_rows_told_twice_change_the_evidence_but_not_the_bins_of_a_plain_card(data):
    X, y = data
    twice, once = pd.concat([X, X], ignore_index=True), Scorecard(directions=DIRECTIONS, caution=0, ridge=0).fit(X, y)
    both = Scorecard(directions=DIRECTIONS, caution=0, ridge=0, least_bin_defaults=16, rare_rows=20).fit(
        twice, np.r_[y, y]
    )
    searched = {f.name: f.bins for f in once.table_.features}
    assert {f.name: f.bins for f in both.table_.features} == searched


def test_three_rows_are_too_few_and_say_so():
    X, _ = firms(3)
    with pytest.raises(BadInput, match="y: 1: at least 10 defaults are needed"):
        Scorecard().fit(X, np.array([0, 1, 0]))
    told = Scorecard(least_defaults=1).fit(X[["lateness", "noise"]], np.array([0, 1, 0]))
    assert told.points(X[["lateness", "noise"]]).shape == (3,)


def test_zero_variance_and_empty_columns_score_nothing(data):
    X, y = data
    told = Scorecard().fit(X.assign(same=3.0, never=np.nan, word=pd.Categorical(["a"] * len(X))), y)
    names = {feature.name for feature in told.table_.features}
    assert not names & {"same", "never", "word"}
    assert (told.contributions(X.assign(same=9.0, never=1.0, word="b"))[["same", "never", "word"]] == 0).all(axis=None)


REFUSED_AT_FIT = {
    "infinity": (lambda X: X.assign(age=np.inf), "row 1, age: inf: every value must be a finite number"),
    "dates": (lambda X: X.assign(age=pd.Timestamp("2024-01-01")), "age: .*every value must be a number"),
    "mixed": (
        lambda X: X.assign(age=pd.Series(["a", 3] * (len(X) // 2), dtype=object)),
        "age: .*categories must be text",
    ),
}


@pytest.mark.parametrize("case", REFUSED_AT_FIT)
def test_columns_that_cannot_be_learnt_from_are_named(data, case):
    spoil, told = REFUSED_AT_FIT[case]
    with pytest.raises(BadInput, match=told):
        Scorecard().fit(spoil(data[0]), data[1])


REFUSED_AT_SCORING = {
    "absent": (lambda X: X.drop(columns="age"), "age: the model needs this column"),
    "unknown": (lambda X: X.assign(extra=1.0), "extra: the model does not know this column"),
    "words for numbers": (lambda X: X.assign(age="old"), "age: .*every value must be a number"),
    "numbers for words": (lambda X: X.assign(trade=1.0), "trade: .*must be a column of categories"),
    "infinity": (lambda X: X.assign(age=-np.inf), "age: -inf: every value must be a finite number"),
}


@pytest.mark.parametrize("case", REFUSED_AT_SCORING)
def test_a_table_with_another_schema_is_refused_by_column(card, data, case):
    spoil, told = REFUSED_AT_SCORING[case]
    with pytest.raises(BadInput, match=told):
        card.points(spoil(data[0]))


def test_settings_out_of_range_are_named(data):
    with pytest.raises(BadInput, match="ridge: -1: must be finite and >= 0"):
        clone(Scorecard(ridge=-1)).fit(*data)
    with pytest.raises(BadInput, match="lateness: 2: a direction must be"):
        Scorecard(directions={"lateness": 2}).fit(*data)
