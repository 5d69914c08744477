"""The expert as a prior: his card without outcomes, the fitted card with ever more, better than both in between."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from credit.errors import BadInput
from credit.files import canonical_json
from credit.scorers.bins import NumericBins
from credit.scorers.expert_scorecard import ExpertScorecard
from credit.scorers.informative_prior import BlendedScorecard
from credit.scorers.learning_curve import LearningCurve, learning_curve
from credit.scorers.scorecard import Scorecard
from credit.validation_sets import sba

SBA = "loans/sba_casecontrol.csv.gz"


@pytest.fixture(scope="module")
def expert():
    return ExpertScorecard.read("sba_expert")


def loans(rows: int, seed: int = 1) -> tuple[pd.DataFrame, np.ndarray]:
    """Loans of a world in which the expert is half right: weights differ, and one feature runs the other way."""
    rng = np.random.default_rng(seed)
    flags = ("is_new_business", "is_revolving", "is_low_doc", "is_franchise", "is_lender_in_state")
    X = pd.DataFrame({name: (rng.random(rows) < 0.4).astype(float) for name in flags})
    X["log_employees"], X["log_amount"] = np.log1p(rng.geometric(0.1, rows)), rng.normal(11.5, 1.0, rows)
    X["guarantee_share"] = rng.choice([0.5, 0.75, 0.85], rows)
    X["sector"] = pd.Categorical(rng.choice(["44", "62", "72", "33", "99"], rows))
    odds = -1.2 - 0.8 * (X["log_amount"] - 11.5) - 1.0 * X["is_lender_in_state"] - 2.0 * (X["guarantee_share"] - 0.7)
    y = (rng.random(rows) < expit(odds + 0.7 * (X["sector"] == "72"))).astype(int)
    return X, y.to_numpy() if isinstance(y, pd.Series) else y


def test_without_outcomes_it_is_the_experts_card(expert):
    X, y = loans(500)
    none = BlendedScorecard(expert.content, directions={"log_employees": -1}).fit(X[:0], y[:0])
    assert (none.points(X) == expert.fit(X, y).points(X)).all()
    assert none.table_ == ExpertScorecard.read("sba_expert").table_


def test_one_outcome_moves_it_hardly_and_survivors_alone_raise_the_level(expert):
    X, y = loans(500)
    before = ExpertScorecard.read("sba_expert").fit(X, y).points(X)
    one = BlendedScorecard(expert.content, prior_defaults=200).fit(X[:3], np.array([0, 1, 0]))
    assert np.abs(one.points(X) - before).max() <= 6
    calm = BlendedScorecard(expert.content, prior_defaults=20).fit(X, np.zeros(500, dtype=int))
    assert (calm.points(X) - before).mean() > 20
    weights = np.where(y == 0, 3.0, 0.0)  # whoever has no weight is as if absent, also where one class is left
    weighted = BlendedScorecard(expert.content, prior_defaults=20).fit(X, y, weights)
    alone = BlendedScorecard(expert.content, prior_defaults=20).fit(X[y == 0], y[y == 0])
    assert (weighted.points(X) == alone.points(X)).all()


def test_with_ever_more_outcomes_it_becomes_the_fitted_card(expert):
    X, y = loans(20_000)
    fitted = Scorecard(directions={"log_employees": -1}).fit(X, y)
    before = ExpertScorecard.read("sba_expert").fit(X, y)
    gaps = []
    for prior in (1e-6, 300, 3_000, 30_000, 3e9):
        told = BlendedScorecard(expert.content, prior, directions={"log_employees": -1}).fit(X, y)
        gaps.append(np.abs(told.points(X) - fitted.points(X)).mean())
        low, high = (np.minimum(fitted.points(X), before.points(X)), np.maximum(fitted.points(X), before.points(X)))
        assert (told.points(X) >= low - 6).all()  # between the two, up to rounding each of ten lines
        assert (told.points(X) <= high + 6).all()
    assert gaps[0] == 0.0
    assert gaps == sorted(gaps)
    assert (told.points(X) == before.points(X)).all()


def test_directions_and_the_experts_words_survive_the_blend(expert):
    X, y = loans(3000)
    told = BlendedScorecard(expert.content, 50, directions={"log_employees": -1, "is_new_business": 1}).fit(X, y)
    for feature in told.table_.features:
        if feature.name in ("log_employees", "is_new_business") and isinstance(feature.bins, NumericBins):
            sign = 1 if feature.name == "log_employees" else -1
            assert (sign * np.diff(feature.points[: len(feature.bins.edges) + 1]) >= 0).all()
    assert "the lender sits in another state" in told.table_.table()["meaning"].tolist()
    again = BlendedScorecard.from_json(json.loads(canonical_json(told.to_json())))
    assert (again.points(X) == told.points(X)).all()
    assert (told.contributions(X).sum(axis=1) + told.table_.base_points == told.points(X)).all()


def test_what_nobody_can_believe_is_refused(expert):
    X, y = loans(100)
    with pytest.raises(BadInput, match="prior_defaults: 0: must be finite and > 0"):
        BlendedScorecard(expert.content, 0).fit(X, y)
    with pytest.raises(BadInput, match="sector: the expert's card needs this column"):
        BlendedScorecard(expert.content).fit(X.drop(columns="sector"), y)
    with pytest.raises(BadInput, match=r"sample_weight: -1\.0: every weight must be"):
        BlendedScorecard(expert.content).fit(X, np.zeros(100), np.full(100, -1.0))
    with pytest.raises(BadInput, match="y: 99: must be 0 or 1 for each of the 100 rows"):
        BlendedScorecard(expert.content).fit(X, np.zeros(99))


@pytest.fixture(scope="module")
def curve(real_data) -> LearningCurve:
    """A third of the loans held out; features of the expert's card only, so that both see the same."""
    expert = ExpertScorecard.read("sba_expert")
    source = sba(real_data / SBA)
    held_out = np.random.default_rng(0).random(len(source.y)) < 1 / 3
    columns = expert.features_
    train, test = source.part(~held_out), source.part(held_out)
    train.X.drop(columns=[c for c in train.X if c not in columns], inplace=True)
    test.X.drop(columns=[c for c in test.X if c not in columns], inplace=True)
    directions = {name: sign for name, sign in source.directions.items() if name in columns}
    scorers = {
        "fitted": Scorecard(directions=directions),
        "blended": BlendedScorecard(expert.content, 50.0, directions),
    }
    return learning_curve(scorers, expert, train, test, (10, 50, 100, 400), draws=10)


def test_on_sba_loans_the_blend_beats_both_while_defaults_are_few(curve):
    told = curve.summary().set_index(["scorer", "defaults"])
    paired = curve.draws.pivot(index="draw", columns=["scorer", "defaults"], values="auc")
    for few in (50, 100):
        assert told.loc[("blended", few), "gain"] > 0.03
        more = (paired["blended"] - paired["fitted"])[few]
        assert more.mean() > 2 * more.std() / np.sqrt(len(more))
    assert told.loc[("fitted", 10), "gain"] < 0  # ten defaults alone: the expert is better, and the blend stays there
    assert abs(told.loc[("blended", 10), "gain"]) < 0.01
    assert abs(told.loc[("blended", 400), "auc"] - told.loc[("fitted", 400), "auc"]) < 0.01


def test_the_curve_rises_and_says_from_where_on_nearly_every_draw_wins(curve):
    told = curve.summary().query("scorer == 'fitted'").sort_values("defaults")
    assert told["auc"].is_monotonic_increasing
    assert (told["high"] - told["low"]).is_monotonic_decreasing
    needed = curve.defaults_needed("fitted")
    assert needed in (50, 100, 400)
    assert curve.defaults_needed("blended") <= needed


def test_the_number_needed_counts_from_where_it_no_longer_loses():
    rows = [
        ("m", n, d, 0.7, g) for n, gains in ((10, [1, 1]), (20, [1, -1]), (40, [1, 1])) for d, g in enumerate(gains)
    ]
    told = LearningCurve(pd.DataFrame(rows, columns=["scorer", "defaults", "draw", "auc", "gain"]), 0.6)
    assert told.defaults_needed("m") == 40
    with pytest.raises(BadInput, match="no such scorer"):
        told.defaults_needed("n")
