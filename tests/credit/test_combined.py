"""Person, firm and trade apart: every point owed to one of them, weights that move, a person unseen, not punished."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from credit.errors import BadInput
from credit.metrics import auc, calibration
from credit.scorers.combined import PARTS, ControllerEnterpriseScorer
from credit.scorers.logistic import LogisticScorer
from credit.scorers.registry import scorer_of
from credit.scorers.weights_by_history import FALLS, RISES, Belief, credibility, fit_weights

GROUPS = {"wealth": "C", "late_abroad": "C", "debt_to_assets": "B", "age": "B", "lateness": "T",
          "months_on_platform": "P", "enquiries": "X"}  # fmt: skip
PERSON = ["wealth", "late_abroad"]
DIRECTIONS = {"wealth": -1, "late_abroad": 1, "debt_to_assets": 1, "age": -1, "lateness": 1, "enquiries": 1}


def firms(rows: int = 12_000, seed: int = 4) -> tuple[pd.DataFrame, np.ndarray]:
    """The person counts at first, the trade later; leverage sharpens the person; person and firm are alike."""
    rng = np.random.default_rng(seed)
    months = rng.uniform(0, 48, rows).round()
    share = months / (months + 12)
    person, firm, trade, bureau = rng.normal(size=(4, rows))
    firm = 0.5 * person + np.sqrt(0.75) * firm
    odds = -2.6 + (0.9 - 0.6 * share) * person + 0.4 * firm + (0.2 + 0.9 * share) * trade + 0.3 * bureau
    odds = odds + 0.3 * np.maximum(person, -2) * firm
    X = pd.DataFrame(
        {
            "wealth": -person + rng.normal(0, 0.3, rows), "late_abroad": person + rng.normal(0, 0.5, rows),
            "debt_to_assets": firm, "age": rng.normal(size=rows), "lateness": trade + rng.normal(0, 0.2, rows),
            "months_on_platform": months, "enquiries": bureau,
        }
    )  # fmt: skip
    return X, (rng.random(rows) < expit(odds)).astype(int)


@pytest.fixture(scope="module")
def data():
    return firms()


@pytest.fixture(scope="module")
def scorer(data):
    return ControllerEnterpriseScorer(DIRECTIONS, GROUPS).fit(*data)


def test_every_point_is_owed_to_one_part_and_whole_points_sum_exactly(scorer, data):
    X = data[0].head(500).copy()
    X.loc[X.index[::3], PERSON] = np.nan
    told = scorer.whole_parts(X)
    assert list(told.columns) == ["average", *PARTS, "interaction", "cluster", "points"]
    assert (told.dtypes == np.int64).all()
    assert (told.drop(columns="points").sum(axis=1) == told["points"]).all()
    assert (told["points"] - scorer.points(X)).abs().max() <= 0.5 + 1e-9
    by_feature = scorer.whole_points(X)
    assert (by_feature.drop(columns="points").sum(axis=1) == by_feature["points"]).all()
    average = scorer.points(X) - scorer.contributions(X).sum(axis=1)
    assert average.to_numpy() == pytest.approx(np.full(500, average.iloc[0]), abs=1e-9)


def test_the_person_s_weight_falls_and_the_trade_s_rises_smoothly(scorer):
    weights = scorer.weights_at(np.arange(0, 120))
    assert (np.diff(weights["person"]) <= 0).all()
    assert (np.diff(weights["trade"]) >= 0).all()
    assert (weights >= 0).all().all()
    assert np.abs(np.diff(weights, axis=0)).max() < 0.1
    assert weights["person"].iloc[0] > 1.5 * weights["person"].iloc[48]
    assert weights["trade"].iloc[48] > 2 * weights["trade"].iloc[0]


def test_a_risky_person_weighs_more_in_an_indebted_firm(scorer, data):
    assert scorer.weights_.extra[0] > 0.05
    bad = data[0].head(200).assign(wealth=-2.0, late_abroad=2.0)
    assert (scorer.parts(bad.assign(debt_to_assets=2.0))["interaction"] > 0.1).all()


def test_withdrawn_consent_is_no_penalty_and_no_reward(data, scorer):
    X, y = firms(40_000, seed=8)
    hide = np.random.default_rng(0).random(len(y)) < 0.5
    hidden = X.copy()
    hidden.loc[hide, PERSON] = np.nan
    told = scorer.predict_pd(hidden)
    assert told[hide].mean() == pytest.approx(y[hide].mean(), rel=0.04)
    assert calibration(y[hide], told[hide]).slope == pytest.approx(1.0, abs=0.08)
    assert told[hide].mean() == pytest.approx(scorer.predict_pd(X)[hide].mean(), rel=0.03)
    assert (told[~hide] == scorer.predict_pd(X)[~hide]).all()
    plain = LogisticScorer(directions=DIRECTIONS).fit(data[0], data[1]).predict_pd(hidden)
    assert abs(calibration(y[hide], told[hide]).slope - 1) <= abs(calibration(y[hide], plain[hide]).slope - 1) + 0.02


def test_where_the_person_is_unseen_only_what_the_others_tell_counts_for_it(scorer, data):
    X = data[0].head(400).copy()
    X[PERSON] = np.nan
    told = scorer.contributions(X)
    assert (told[PERSON] == 0).all().all()
    assert not told["controller_expected"].eq(0).all()
    assert not scorer.reasons(X).dropna().str.contains("wealth|late_abroad").any()


def test_few_defaults_leave_the_belief_and_many_overrule_it():
    rng = np.random.default_rng(7)
    z = rng.normal(size=(4000, 2))
    share = credibility(rng.uniform(0, 60, 4000), 12.0)
    y = (rng.random(4000) < expit(-2 + 0.2 * z[:, 0] + 1.2 * z[:, 1])).astype(float)
    beliefs = [Belief(0.8, 0.6, FALLS), Belief(0.2, 0.4, RISES)]
    none = np.zeros((4000, 0))

    def learnt(rows: int) -> float:
        found = fit_weights(
            z[:rows], share[:rows], y[:rows], np.ones(rows), beliefs, 100.0, none[:rows], np.zeros(rows)
        )
        return float(found.first[0] / found.first.sum())

    assert learnt(60) > learnt(4000) + 0.1
    assert learnt(4000) < 0.45


def test_it_orders_firms_nearly_as_the_joint_logit_where_history_does_not_matter_and_better_where_it_does(scorer, data):
    X, y = firms(20_000, seed=9)
    plain = LogisticScorer(directions=DIRECTIONS).fit(*data)
    young = (X["months_on_platform"] < 6).to_numpy()
    assert auc(y[young], scorer.log_odds(X[young])).value > auc(y[young], plain.log_odds(X[young])).value
    assert auc(y, scorer.log_odds(X)).value > auc(y, plain.log_odds(X)).value - 0.002


def test_a_cluster_s_record_moves_its_members_and_no_unknown_cluster(data):
    X, y = data
    rng = np.random.default_rng(1)
    park = rng.integers(0, 20, len(y))
    y = np.where((park < 3) & (rng.random(len(y)) < 0.15), 1, y)
    X = X.assign(park=pd.Categorical([f"park {number}" for number in park]))
    scorer = ControllerEnterpriseScorer(DIRECTIONS, GROUPS, cluster="park").fit(X, y)
    effect = scorer.parts(X)["cluster"].groupby(park).mean()
    assert effect[effect.index < 3].min() > effect[effect.index >= 3].max()
    elsewhere = X.head(10).assign(park="park nowhere")
    assert (scorer.parts(elsewhere)["cluster"] == 0).all()
    loaded = scorer_of(json.loads(json.dumps(scorer.to_json())))
    assert (loaded.parts(X.head(50)) == scorer.parts(X.head(50))).all().all()


def test_file_and_memory_one_firm_and_many_give_the_same_bits(scorer, data):
    X = data[0].head(60).copy()
    X.loc[X.index[::4], PERSON] = np.nan
    loaded = scorer_of(json.loads(json.dumps(scorer.to_json())))
    told = scorer.points(X)
    assert (loaded.points(X) == told).all()
    assert (np.concatenate([scorer.points(X.iloc[[row]]) for row in range(60)]) == told).all()
    assert (loaded.whole_parts(X) == scorer.whole_parts(X)).all().all()


def test_what_cannot_be_combined_is_refused_by_name(data):
    X, y = data
    with pytest.raises(BadInput, match="group of age: 'Z': must be one of C, B"):
        ControllerEnterpriseScorer(groups={"age": "Z"}).fit(X, y)
    with pytest.raises(BadInput, match="park: the column of clusters is not in the table"):
        ControllerEnterpriseScorer(groups=GROUPS, cluster="park").fit(X, y)
