"""Judging a scorer in worlds whose truth is known: folds, ablation, drift, hidden outcomes, order by month."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from credit.errors import BadInput
from credit.monitoring import features_shifted, points_by_cohort
from credit.scorers.indicators import IndicatorScorer
from credit.scorers.registry import scorer_of
from credit.validation.ablation import worth_of_groups
from credit.validation.candidates import make
from credit.validation.forecasts import cross_validated, folds_of, rows_in_both, trained_elsewhere
from credit.validation.hidden_outcomes import hide_the_riskiest
from credit.validation.measures import measured
from credit.validation.over_time import by_month
from credit.validation_sets.base import Followed, ValidationSet


def world(rows: int = 3000, seed: int = 1, hidden: float = 0.0) -> ValidationSet:
    """Debt and trade drive default, size says nothing; `hidden` is what an earlier lender alone can see."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "debt": rng.normal(size=rows), "size": rng.normal(size=rows),
            "trade": pd.Categorical(rng.choice(["film", "pipe"], rows)), "seen": rng.normal(size=rows),
        }
    )  # fmt: skip
    odds = -2.0 + X["debt"] + 0.8 * (X["trade"] == "pipe") + hidden * X["seen"]
    month = rng.geometric(1 - (1 - expit(odds)) ** (1 / 24))
    leaving = rng.integers(12, 60, rows)
    return ValidationSet(
        name="made up", X=X if hidden else X.drop(columns="seen"), y=(month <= 24).astype(int), weights=np.ones(rows),
        vintage=rng.integers(2018, 2022, rows), directions={"debt": 1},
        groups={"debt": "B", "size": "P", "trade": "I", "seen": "X"}, data_hash="", exclusions={},
        followed=Followed(np.minimum(month, leaving).astype(float), month <= leaving),
    )  # fmt: skip


def logistic(known):
    return make("logistic", known)


def test_folds_keep_clusters_whole_and_share_the_defaults():
    known = world()
    known = replace(known, clusters=np.repeat(np.arange(1000), 3).astype(str))
    fold = folds_of(known, 5, seed=2)
    assert all(len(set(fold[known.clusters == name])) == 1 for name in known.clusters[:60])
    rates = [known.y[fold == each].mean() for each in range(5)]
    assert max(rates) - min(rates) < 0.03
    assert (fold != folds_of(known, 5, seed=3)).any()


def test_a_right_model_is_found_calibrated_and_its_area_true():
    known = world(rows=8000)
    found = measured(cross_validated(known, logistic, 4))
    odds = -2.0 + known.X["debt"] + 0.8 * (known.X["trade"] == "pipe")
    truth = measured(replace(cross_validated(known, logistic, 4), pd=np.asarray(expit(odds))))
    assert found.auc.value == pytest.approx(truth.auc.value, abs=0.005)
    assert found.calibration.slope == pytest.approx(1.0, abs=0.08)
    assert found.calibration.observed_over_expected == pytest.approx(1.0, abs=0.03)


def test_a_group_that_says_nothing_costs_nothing_and_one_that_drives_costs_most():
    worth = {each.group: each for each in worth_of_groups(world(rows=6000), logistic)}
    assert abs(worth["P"].lost.value) < 0.01
    assert not worth["P"].lost.value > worth["I"].lost.value
    assert worth["B"].lost.is_clear
    assert worth["B"].lost.value > worth["I"].lost.value > 0
    assert worth["P"].auc_alone == pytest.approx(0.5, abs=0.05)


def test_learning_from_the_accepted_alone_understates_those_an_informed_lender_refused():
    known = world(rows=9000, hidden=1.5)
    blind = replace(known, X=known.X)

    def without_the_secret(part):
        return _Blind().of(part)

    found = hide_the_riskiest(blind, without_the_secret, share=0.3)
    assert found.worst_multiple > 1.3  # the lender knew what the scorer cannot see
    assert found.odds_factor > found.worst_multiple
    seeing = hide_the_riskiest(known, logistic, share=0.3)
    assert seeing.worst_multiple == pytest.approx(1.0, abs=0.25)  # it knew no more: like pays as like does


class _Blind(IndicatorScorer):
    """A ridge logit that cannot see what the earlier lender saw."""

    def of(self, part):
        del part
        return self

    def fit(self, X, y, sample_weight=None, data_hash=""):
        return super().fit(X.assign(seen=0.0), y, sample_weight, data_hash)

    def log_odds(self, X):
        return super().log_odds(X.assign(seen=0.0))


def test_drift_is_found_where_it_was_put_and_small_cohorts_are_left_out():
    known = world()
    later = known.X.assign(debt=known.X["debt"] + 0.8)
    moved = features_shifted(known.X, later)
    assert moved[0].name == "debt"
    assert moved[0].shift.value > 0.25 > moved[1].shift.value
    points, cohort = np.r_[known.X["debt"], [0.0] * 5], np.r_[np.repeat("old", 3000), ["new"] * 5]
    told = points_by_cohort(known.X["debt"].to_numpy(), points, np.full(3005, "2020"), cohort)
    assert [(each.cohort, each.rows) for each in told] == [("old", 3000)]
    with pytest.raises(BadInput, match="debt: the reference has this column"):
        features_shifted(known.X, known.X.drop(columns="debt"))


def test_order_and_level_by_month_know_censoring():
    found = by_month(cross_validated(world(rows=6000), logistic, 4))
    assert [each.month for each in found] == [6, 12, 24, 36, 48]
    assert all(each.brier < each.brier_without for each in found)
    assert all(each.forecast == pytest.approx(each.observed, rel=0.15) for each in found)
    assert by_month(cross_validated(replace(world(), followed=None), logistic, 4)) == []


def test_rows_that_stand_in_both_tables_are_counted():
    known = world()
    assert rows_in_both(known.part(np.arange(500)), known.part(np.arange(400, 3000))) == 100
    keyed = replace(known, keys=np.arange(3000).astype(object))
    assert rows_in_both(keyed.part(np.arange(500)), keyed.part(np.arange(500, 3000))) == 0


def test_an_indicator_scorer_keeps_its_words_and_owes_every_point():
    known = world()
    scorer = IndicatorScorer(directions={"debt": 1}).fit(known.X, known.y)
    again = scorer_of(scorer.to_json())
    strange = known.X.assign(trade=pd.Categorical(["bottle"] * len(known.X)))
    assert (again.predict_pd(known.X) == scorer.predict_pd(known.X)).all()
    assert np.isfinite(scorer.predict_pd(strange)).all()
    average = scorer.points(known.X) - scorer.contributions(known.X).sum(axis=1)
    assert average.max() - average.min() < 1e-9
    with pytest.raises(BadInput, match="trade: must hold words"):
        scorer.predict_pd(known.X.assign(trade=1.0))


def test_a_table_with_other_columns_is_refused_by_name():
    known = world()
    other = replace(known, X=known.X.rename(columns={"debt": "debts"}))
    with pytest.raises(BadInput, match="debt: the training table has this column"):
        trained_elsewhere(other, known, logistic)
