"""Boosted trees: never against the policy's directions, the same bits always, honest rounds, reasons that add up."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from credit.errors import BadInput
from credit.files import sha256_of_text
from credit.metrics import auc, calibration
from credit.scorers.boosted import LARGE_ROWS, MOST_EXPLAINED_ROWS, BoostedScorer
from credit.scorers.category_encoding import CategoryEncoding
from credit.scorers.registry import read_scorer, scorer_of
from credit.validation.forecasts import folds_of
from credit.validation_sets import german, polish, sba

DIRECTIONS = {"lateness": 1, "leverage": 1, "age": -1, "noise": 1}


def firms(rows: int = 3000, seed: int = 6) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(rows, 4)), columns=["lateness", "leverage", "age", "noise"])
    lender = rng.integers(0, 80, rows)
    odds = -2.0 + X["lateness"] + 0.8 * X["leverage"] * (X["age"] < 0) + 1.2 * np.sin(lender)
    y = (rng.random(rows) < expit(odds)).astype(int)
    X.loc[rng.random(rows) < 0.1, "leverage"] = np.nan
    return X.assign(lender=pd.Categorical([f"lender {number}" for number in lender])), y


@pytest.fixture(scope="module")
def data():
    return firms()


@pytest.fixture(scope="module")
def scorer(data):
    return BoostedScorer(DIRECTIONS, rounds=150).fit(*data, data_hash="ab")


def refuse_to_fall(scorer: BoostedScorer, X: pd.DataFrame, steps: int = 25) -> None:
    """Sweep each constrained feature over its whole range and beyond, on real rows with all else fixed."""
    for name, sign in scorer.directions_.items():
        known = X[name].dropna()
        grid = np.r_[known.min() - 1, np.quantile(known, np.linspace(0, 1, steps)), known.max() + 1]
        swept = pd.concat([X.assign(**{name: value}) for value in grid])
        odds = scorer.log_odds(swept).reshape(len(grid), len(X))
        assert (sign * np.diff(odds, axis=0) >= -1e-12).all(), name


def test_no_firm_scores_better_for_more_of_what_policy_calls_risk(scorer, data):
    refuse_to_fall(scorer, data[0].sample(60, random_state=1))


@pytest.mark.parametrize("reader", [polish, german], ids=["polish", "german"])
def test_the_same_on_every_constrained_feature_of_real_firms(reader, real_data):
    known = reader(real_data)
    scorer = BoostedScorer(known.directions, copies=1, rounds=80, learning_rate=0.1).fit(known.X, known.y)
    assert set(scorer.directions_) == set(known.directions)
    refuse_to_fall(scorer, known.X.sample(40, random_state=1))


def test_the_same_bits_on_a_refit_on_more_threads_from_a_file_and_for_one_row(scorer, data, tmp_path):
    X, y = data
    told = scorer.log_odds(X)
    assert (BoostedScorer(DIRECTIONS, rounds=150).fit(X, y).log_odds(X) == told).all()
    many = pd.concat([X] * (LARGE_ROWS // len(X) + 1), ignore_index=True), np.tile(y, LARGE_ROWS // len(X) + 1)
    few = [BoostedScorer(DIRECTIONS, rounds=5, threads=threads).fit(*many).to_json() for threads in (1, 2)]
    assert few[0] == few[1]
    assert (np.concatenate([scorer.log_odds(X.iloc[[row]]) for row in range(40)]) == told[:40]).all()
    (tmp_path / "model.json").write_text(json.dumps(scorer.to_json()))
    loaded = read_scorer(tmp_path / "model.json")
    assert (loaded.log_odds(X) == told).all()
    assert (loaded.contributions(X.head()) == scorer.contributions(X.head())).all().all()
    assert (loaded.data_hash_, loaded.rounds_) == ("ab", 150)


def test_it_finds_what_is_there_and_stops_before_it_learns_luck(data):
    X, y = data
    found = BoostedScorer(DIRECTIONS, copies=1).fit(X, y)
    new, outcome = firms(20_000, seed=7)
    told = found.predict_pd(new)
    assert calibration(outcome, told).slope == pytest.approx(1.0, abs=0.15)
    luck = BoostedScorer(DIRECTIONS, copies=1, rounds=5 * found.rounds_).fit(X, y).predict_pd(new)
    assert calibration(outcome, luck).slope < calibration(outcome, told).slope
    assert auc(outcome, told).value > auc(outcome, luck).value


def test_how_outcomes_were_sampled_moves_the_level_and_nothing_else(data):
    X, y = data
    plain = BoostedScorer(DIRECTIONS, rounds=30).fit(X, y)
    drawn = BoostedScorer(DIRECTIONS, rounds=30).fit(X, y, sample_weight=np.where(y == 1, 1.0, 4.0))
    assert drawn.log_odds(X) - plain.log_odds(X) == pytest.approx(-np.log(4.0), abs=1e-6)
    assert (drawn.contributions(X.head()) == plain.contributions(X.head())).all().all()
    parts = drawn.contributions(X.head(200)).sum(axis=1).to_numpy()
    assert drawn.average_points + parts == pytest.approx(drawn.points(X.head(200)), abs=1e-9)
    new, outcome = firms(20_000, seed=9)
    rarer = np.where(outcome == 1, 1.0, 4.0)
    level = calibration(outcome, drawn.predict_pd(new), rarer)
    assert level.observed_over_expected == pytest.approx(1.0, abs=0.1)
    loose = BoostedScorer(DIRECTIONS, rounds=30).fit(X, y, sample_weight=np.arange(1.0, len(y) + 1))
    assert loose.sampling_log_odds_ == 0.0  # such weights say more than how outcomes were drawn: they are learnt from


def test_copies_differ_by_their_draws_and_their_mean_orders_new_firms_better_than_most(scorer, data):
    new, outcome = firms(20_000, seed=9)
    saved = scorer.to_json()
    assert len(saved["models"]) == 5
    copies = [
        BoostedScorer.from_json(saved | {"models": [text], "models_sha256": sha256_of_text(text)}).log_odds(new)
        for text in saved["models"]
    ]
    assert scorer.log_odds(new) == pytest.approx(np.mean(copies, axis=0), abs=1e-12)
    assert np.corrcoef(copies)[0, 1] < 0.999
    assert auc(outcome, scorer.log_odds(new)).value > np.median([auc(outcome, odds).value for odds in copies])


def test_where_nothing_is_to_be_learnt_nothing_is(data):
    X, y = data
    shuffled = np.random.default_rng(0).permutation(y)
    found = BoostedScorer(DIRECTIONS, copies=1, most_rounds=300).fit(X, shuffled)
    new, _ = firms(4000, seed=8)
    assert found.rounds_ < 60
    assert found.predict_pd(new).std() < 0.05


def test_rows_of_one_firm_are_left_out_together_when_the_rounds_are_found():
    X, y = firms(600)
    again = pd.concat([X] * 4, ignore_index=True)
    shifted = again.assign(noise=again["noise"] + np.repeat(np.arange(4) * 1e-9, 600))  # no two rows are quite alike
    months = np.tile(np.arange(600), 4)
    told = BoostedScorer(copies=1, least_rows_a_leaf=5, most_rounds=300).fit(shifted, np.tile(y, 4), groups=months)
    torn = BoostedScorer(copies=1, least_rows_a_leaf=5, most_rounds=300).fit(shifted, np.tile(y, 4))
    assert told.rounds_ < torn.rounds_ / 2
    copied = BoostedScorer(copies=1, least_rows_a_leaf=5, most_rounds=300).fit(again, np.tile(y, 4))
    assert copied.rounds_ < torn.rounds_ / 2, "copies of a row are seen for what they are"
    with pytest.raises(BadInput, match="groups: 3: must have one label for each row"):
        BoostedScorer().fit(X, y, groups=months[:3])


def test_a_row_never_meets_its_own_outcome_in_its_group_s_record():
    rng = np.random.default_rng(3)
    rows = 4000
    X = pd.DataFrame({"lender": pd.Categorical(rng.integers(0, 2000, rows).astype(str))})
    y = (rng.random(rows) < 0.3).astype(float)  # lenders say nothing
    encoding = CategoryEncoding(1.0)
    fold = rng.permutation(rows) % 5
    told = encoding.fit_transform(X, y, np.ones(rows), fold)[:, 0]
    assert auc(y, encoding.transform(X)[:, 0]).value > 0.75  # a record with the own outcome in it seems to tell
    assert auc(y, told).value < 0.53


def test_a_level_never_seen_scores_as_the_average_of_records_and_a_missing_one_is_a_level(scorer, data):
    X = data[0].head(50)
    strange = X.assign(lender=pd.Categorical(["nobody's bank"] * 50))
    stranger = X.assign(lender=pd.Categorical(["another bank"] * 50))
    assert (scorer.points(strange) == scorer.points(stranger)).all()
    assert (scorer.points(X.assign(lender=X["lender"].astype(object))) == scorer.points(X)).all()
    assert np.isfinite(scorer.points(X.assign(lender=pd.Categorical([None] * 50)))).all()
    with pytest.raises(BadInput, match="lender: 'float64': was a category when the model was fitted"):
        scorer.points(X.assign(lender=1.5))


def test_points_are_the_average_and_what_each_feature_adds_exactly_in_whole_points(scorer, data):
    X = data[0].head(300)
    parts = scorer.contributions(X)
    assert list(parts.columns) == list(X.columns)
    assert scorer.average_points + parts.sum(axis=1).to_numpy() == pytest.approx(scorer.points(X), abs=1e-9)
    whole = scorer.whole_points(X)
    assert (whole.drop(columns="points").sum(axis=1) == whole["points"]).all()
    assert (whole["points"] == np.rint(scorer.points(X))).all()


def test_a_fall_between_two_days_is_owed_to_what_changed(scorer, data):
    before = data[0].head(100).assign(lateness=-1.0)
    told = scorer.reasons_of_change(before, before.assign(lateness=2.5))
    assert (told["change"] < -10).all()
    assert told["worse"].str.startswith("lateness:-").all()
    assert told["points_after"].to_numpy() == pytest.approx((told["points_before"] + told["change"]).to_numpy())
    still = scorer.reasons_of_change(before, before)
    assert still[["worse", "better"]].isna().all().all()
    with pytest.raises(BadInput, match="index: before and after must hold the same firms"):
        scorer.reasons_of_change(before, before.iloc[::-1])


def test_declines_are_explained_and_not_everybody(scorer, data):
    X = data[0]
    cut_off = np.quantile(scorer.points(X), 0.1)
    told = scorer.reasons_of_decline(X, cut_off)
    is_declined = scorer.points(X) < cut_off
    assert told[is_declined].notna().all()
    assert told[~is_declined].isna().all()
    late = told[is_declined & (X["lateness"] > 1.5).to_numpy()]
    assert late.str.contains("lateness").mean() > 0.9
    with pytest.raises(BadInput, match="explain declines and changes only"):
        scorer.contributions(pd.concat([X] * (MOST_EXPLAINED_ROWS // len(X) + 1)))


def test_damaged_files_and_wrong_policies_are_refused(scorer, data):
    saved = scorer.to_json()
    with pytest.raises(BadInput, match="models: the trees are not those that were saved"):
        BoostedScorer.from_json(saved | {"models": [text.replace("Tree=3", "Tree=4") for text in saved["models"]]})
    with pytest.raises(BadInput, match="a boosted_scorer model must have this field"):
        BoostedScorer.from_json({name: value for name, value in saved.items() if name != "encoding"})
    with pytest.raises(BadInput, match="lender: a category has no direction"):
        BoostedScorer({"lender": 1}).fit(*data)
    with pytest.raises(BadInput, match="kind: 'oracle': must be the kind of a scorer"):
        scorer_of({"kind": "oracle"})


def test_german_credit_out_of_fold(real_data):
    known = german(real_data)
    fold, told = folds_of(known, 10, seed=0), np.zeros(len(known.y))
    for held_out in range(10):
        train, test = known.part(fold != held_out), known.part(fold == held_out)
        told[fold == held_out] = BoostedScorer(known.directions, rounds=160).fit(train.X, train.y).predict_pd(test.X)
    assert auc(known.y, told).value >= 0.785


def test_polish_firms_one_fold_of_five(real_data):
    known = polish(real_data)
    fold = folds_of(known, 5, seed=0)
    train, test = known.part(fold != 0), known.part(fold == 0)
    scorer = BoostedScorer(known.directions, copies=1, rounds=150, learning_rate=0.06, most_bins=255)
    found = auc(test.y, scorer.fit(train.X, train.y).predict_pd(test.X)).value
    assert found >= 0.94  # benchmarks/boosted.py has all five folds, and the defaults


def test_sba_loans_held_back_at_random_and_later_ones(real_data):
    """Fewer rows and trees than benchmarks/boosted.py, which has them all, and so with thresholds of its own."""
    known = sba(real_data, with_lender=True, with_approval_year=True)
    few = BoostedScorer(known.directions, rounds=120, learning_rate=0.1)
    fold = folds_of(known, 5, seed=0)
    train, test = known.part((fold == 0) | (fold == 1)), known.part(fold == 2)
    told = few.fit(train.X, train.y, train.weights).predict_pd(test.X)
    assert auc(test.y, told, test.weights).value >= 0.83
    assert calibration(test.y, told, test.weights).slope == pytest.approx(1.0, abs=0.1)

    later = (known.vintage >= 2006) & (known.vintage <= 2010)
    train, test = known.part((known.vintage <= 2005) & (fold < 2)), known.part(later)
    told = few.fit(train.X, train.y, train.weights).predict_pd(test.X)
    assert auc(test.y, told, test.weights).value >= 0.66
