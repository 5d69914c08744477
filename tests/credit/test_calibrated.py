"""A level set right by unseen outcomes: slopes become one, orders stay, nobody is certain, files tell the same."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.isotonic import IsotonicRegression

from credit.errors import BadInput
from credit.metrics import auc, calibration
from credit.scorers.calibrated import CALIBRATION, CalibratedScorer
from credit.scorers.calibration_maps import MAPS, Beta, Isotonic, Platt
from credit.scorers.logistic import LogisticScorer
from credit.scorers.registry import read_scorer

METHODS = sorted(MAPS)


def firms(rows: int = 6000, seed: int = 1) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(rows, 3)), columns=["lateness", "leverage", "age"])
    y = (rng.random(rows) < expit(-1.5 + 1.2 * X["lateness"] - 0.6 * X["age"])).astype(int)
    return X, y


class Overconfident(LogisticScorer):
    """A logit that tells every firm's odds cubed, and a level too high."""

    def log_odds(self, X):
        return 3.0 * super().log_odds(X) + 1.0


@pytest.mark.parametrize("method", METHODS)
def test_an_overconfident_scorer_is_set_right_on_firms_it_has_not_seen(method):
    X, y = firms()
    new, outcome = firms(8000, seed=2)
    wrong = calibration(outcome, Overconfident().fit(X, y).predict_pd(new))
    right = CalibratedScorer(Overconfident(), method).fit(X, y).predict_pd(new)
    assert wrong.slope < 0.4
    assert calibration(outcome, right).slope == pytest.approx(1.0, abs=0.12)
    assert right.mean() == pytest.approx(outcome.mean(), rel=0.06)


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_firms_stays(method):
    X, y = firms()
    scorer = CalibratedScorer(LogisticScorer(), method).fit(X, y)
    raw, told = scorer.scorer_.log_odds(X), scorer.log_odds(X)
    order = np.argsort(raw, kind="stable")
    assert (np.diff(told[order]) >= 0).all()
    assert auc(y, told).value == pytest.approx(auc(y, raw).value, abs=0.003)


@pytest.mark.parametrize("method", METHODS)
def test_nobody_is_certain_to_default_or_to_survive(method):
    rng = np.random.default_rng(3)
    odds = np.r_[rng.normal(-30, 1, 300), rng.normal(30, 1, 300)]  # a score that tells the outcomes apart
    y = (odds > 0).astype(float)
    told = expit(MAPS[method]().fit(odds, y, np.ones(600)).of(np.r_[odds, -1e6, 1e6]))
    assert (told > 0).all()
    assert (told < 1).all()


@pytest.mark.parametrize("method", METHODS)
def test_file_and_memory_one_firm_and_many_give_the_same_bits(method, tmp_path):
    X, y = firms(1500)
    scorer = CalibratedScorer(LogisticScorer(), method).fit(X, y, data_hash="ab")
    (tmp_path / "model.json").write_text(json.dumps(scorer.to_json()))
    loaded = read_scorer(tmp_path / "model.json")
    told = scorer.points(X)
    assert (loaded.points(X) == told).all()
    assert (np.concatenate([scorer.points(X.iloc[[row]]) for row in range(50)]) == told[:50]).all()
    assert loaded.data_hash_ == "ab"


def test_steps_without_doubt_are_those_of_scikit_learn():
    X, y = firms(2000)
    odds = X["lateness"].to_numpy().round(2)
    ours = Isotonic().fit(odds, y, np.ones(len(y)))
    theirs = IsotonicRegression().fit(odds, y)
    middles = expit(ours.of(ours.at_))
    inside = (ours.at_ > -1.5) & (ours.at_ < 1.5)
    assert middles[inside] == pytest.approx(theirs.predict(ours.at_)[inside], abs=0.06)


def test_weights_count_like_rows():
    X, y = firms(2000)
    odds, weights = X["lateness"].to_numpy(), np.where(y == 1, 2.0, 1.0)
    for method in (Platt, Beta):
        weighted = method().fit(odds, y, weights).of(odds)
        repeated = method().fit(np.r_[odds, odds[y == 1]], np.r_[y, y[y == 1]], np.ones(len(y) + y.sum())).of(odds)
        assert weighted == pytest.approx(repeated, abs=1e-4)


def test_points_are_the_scorer_s_parts_and_what_the_map_adds_and_reasons_stay():
    X, y = firms(2000)
    scorer = CalibratedScorer(LogisticScorer(), "beta").fit(X, y)
    parts = scorer.contributions(X.head(50))
    average = scorer.points(X.head(50)) - parts.sum(axis=1)
    assert average.to_numpy() == pytest.approx(average.iloc[0], abs=1e-9)
    assert CALIBRATION not in ";".join(scorer.reasons(X).dropna())
    whole = scorer.whole_points(X.head(50))
    assert (whole.drop(columns="points").sum(axis=1) == whole["points"]).all()


def test_an_unknown_method_is_refused():
    with pytest.raises(BadInput, match="method: 'temperature': must be one of isotonic, platt, beta"):
        CalibratedScorer(LogisticScorer(), "temperature").fit(*firms(500))
    saved = CalibratedScorer(LogisticScorer(), "platt").fit(*firms(500)).to_json()
    with pytest.raises(BadInput, match="method"):
        CalibratedScorer.from_json(saved | {"method": "none"})
