"""Bounds on what was never observed hold the truth of simulations that know it, and are as narrow as they may be."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from credit.errors import BadInput
from credit.reject_inference import (
    Applicants,
    acceptance_propensity,
    as_table,
    auc_bounds,
    parcelling,
    reweighting,
    worst_case,
)
from credit.scorers.logistic import LogisticScorer

ROWS, CUT_OFF = 20_000, 0.15


def applied(hidden: float, seed: int = 2) -> tuple[pd.DataFrame, np.ndarray, np.ndarray, np.ndarray]:
    """Applicants judged by an officer who also saw something the table lacks; `hidden` is what that was worth."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(ROWS, 3)), columns=["lateness", "leverage", "age"])
    unseen = rng.normal(size=ROWS)
    odds = -2.2 + 0.9 * X["lateness"] + 0.5 * X["leverage"] - 0.3 * X["age"] + hidden * unseen
    is_default = (rng.random(ROWS) < expit(odds)).astype(float)
    officer = 0.9 * X["lateness"] + 0.5 * X["leverage"] + hidden * unseen + rng.normal(0, 1.0, ROWS)
    return X, is_default, (officer < 0.3).to_numpy(), expit(odds.to_numpy())


def known_of(hidden: float):
    X, is_default, is_accepted, true_pd = applied(hidden)
    pd_ = LogisticScorer().fit(X[is_accepted], is_default[is_accepted]).predict_pd(X)
    seen = np.where(is_accepted, is_default, np.nan)
    return X, Applicants(pd_, is_accepted, seen), is_default, true_pd


def truth(applicants: Applicants, is_default: np.ndarray) -> dict[str, float]:
    rejected, approved = ~applicants.is_accepted, applicants.pd < CUT_OFF
    return {
        "auc": roc_auc_score(is_default, applicants.pd),
        "pd_all": is_default.mean(),
        "pd_rejected": is_default[rejected].mean(),
        "pd_approved": is_default[approved].mean(),
    }


@pytest.mark.parametrize("hidden", [0.0, 1.0])
def test_the_worst_case_holds_the_truth_whatever_the_officer_knew(hidden):
    _, applicants, is_default, _ = known_of(hidden)
    told = worst_case(applicants, CUT_OFF)
    for name, value in truth(applicants, is_default).items():
        assert value in getattr(told, name), name
    assert told.pd_rejected.low == 0.0
    assert told.pd_rejected.high == 1.0
    assert told.unknown_share == pytest.approx((~applicants.is_accepted).mean())


def test_parcelling_holds_the_truth_when_its_range_holds_what_the_officer_knew():
    _, applicants, is_default, _ = known_of(1.0)
    told = parcelling(applicants, CUT_OFF, 1.0, 6.0)
    for name, value in truth(applicants, is_default).items():
        assert value in getattr(told, name), name
    widest = worst_case(applicants, CUT_OFF)
    for name in ("auc", "pd_all", "pd_rejected", "pd_approved"):
        inner, outer = getattr(told, name), getattr(widest, name)
        assert outer.low <= inner.low < inner.high <= outer.high


def test_taking_the_rejected_for_as_good_as_the_model_says_would_have_misled():
    _, applicants, is_default, _ = known_of(1.0)
    naive = applicants.pd[~applicants.is_accepted].mean()
    assert is_default[~applicants.is_accepted].mean() > 1.3 * naive


def test_reweighting_holds_the_truth_where_like_pays_as_like_does():
    X, applicants, is_default, _ = known_of(0.0)
    told = reweighting(applicants, CUT_OFF, acceptance_propensity(X, applicants.is_accepted), 0.05)
    for name, value in truth(applicants, is_default).items():
        bounds = getattr(told, name)
        assert bounds.low - 0.01 <= value <= bounds.high + 0.01, name  # outcomes are drawn: a hundredth for chance
    assert 0 < told.unknown_share < (~applicants.is_accepted).mean()


def test_applicants_without_like_among_the_accepted_stay_unknown():
    X, applicants, _, _ = known_of(0.0)
    propensity = acceptance_propensity(X, applicants.is_accepted)
    wide, narrow = (reweighting(applicants, CUT_OFF, propensity, floor) for floor in (0.3, 0.02))
    assert wide.unknown_share > narrow.unknown_share
    assert wide.pd_rejected.high - wide.pd_rejected.low > narrow.pd_rejected.high - narrow.pd_rejected.low


def test_the_bounds_of_the_area_are_those_of_trying_every_labelling():
    rng = np.random.default_rng(5)
    for _ in range(20):
        score = np.round(rng.random(9), 1)  # with ties
        known = rng.integers(0, 2, 4).astype(float)
        areas = [
            roc_auc_score(np.r_[known, labels], score)
            for labels in product((0, 1), repeat=5)
            if 0 < known.sum() + sum(labels) < 9
        ]
        found = auc_bounds(score, np.r_[known, np.zeros(5)], np.r_[known, np.ones(5)])
        assert (found.low, found.high) == pytest.approx((min(areas), max(areas)))


def test_every_answer_is_an_interval_and_none_is_a_number():
    _, applicants, _, _ = known_of(1.0)
    table = as_table([worst_case(applicants, CUT_OFF), parcelling(applicants, CUT_OFF, 1.0, 4.0)])
    measures = {name.rsplit("_", 1)[0] for name in table.columns if name.endswith("_low")}
    assert measures == {"auc", "pd_all", "pd_rejected", "pd_approved"}
    for name in measures:
        assert (table[f"{name}_low"] < table[f"{name}_high"]).all()
    assert len(table.columns) == 2 + 2 * len(measures)


def test_what_cannot_be_bounded_is_refused_by_name():
    pd_, yes = np.full(4, 0.1), np.array([True, True, False, False])
    good = np.array([0.0, 1.0, np.nan, np.nan])
    with pytest.raises(BadInput, match="is_default: must be 0 or 1 for every accepted"):
        Applicants(pd_, yes, np.full(4, np.nan))
    with pytest.raises(BadInput, match="nothing to infer"):
        Applicants(pd_, np.ones(4, dtype=bool), good)
    with pytest.raises(BadInput, match="pd: must lie between 0 and 1"):
        Applicants(pd_ * 20, yes, good)
    known = Applicants(pd_, yes, good)
    with pytest.raises(BadInput, match="0 < least <= most"):
        parcelling(known, 0.5, 2.0, 1.0)
    with pytest.raises(BadInput, match=r"approve_below_pd: 0\.0: somebody must be approved"):
        worst_case(known, 0.0)
    with pytest.raises(BadInput, match="propensity: must be one probability"):
        reweighting(known, 0.5, np.full(4, 2.0), 0.05)
