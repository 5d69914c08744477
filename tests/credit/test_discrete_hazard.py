"""The monthly hazard: Kaplan-Meier without covariates, the truth where the truth is known, the same bits everywhere."""

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lifelines import CoxPHFitter, KaplanMeierFitter

from credit.errors import BadInput
from credit.survival.baselines import Piecewise, Spline
from credit.survival.discrete_hazard import DiscreteHazard, months_between

TRUTH = np.array([0.7, -0.4])


def loans(rows: int = 6000, seed: int = 3, last: int = 48) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """Loans whose hazard rises to month 12 and falls after, with two covariates of known effect."""
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(rows, 2)), columns=["leverage", "age"])
    month = np.arange(1, last + 1)
    level = 0.02 * (month / 12) * np.exp(1 - month / 12)
    summed = np.cumsum(level) * np.exp(X.to_numpy() @ TRUTH)[:, None]
    default = (summed < rng.exponential(size=rows)[:, None]).sum(axis=1) + 1
    censored = rng.integers(6, last + 1, rows)
    return X, np.where(default <= censored, default, censored), default <= censored


@pytest.fixture(scope="module")
def data():
    return loans()


@pytest.fixture(scope="module")
def model(data):
    X, months, is_default = data
    return DiscreteHazard(Spline((1, 6, 12, 24, 48))).fit(X, months, is_default, data_hash="ab" * 32)


@pytest.fixture(scope="module")
def forty_months():
    """Enough loans that every one of forty months sees a default."""
    X, months, is_default = loans(20_000)
    return X, np.minimum(months, 40), is_default & (months <= 40)


def test_without_covariates_and_with_free_months_it_is_kaplan_meier(forty_months):
    _, months, is_default = forty_months
    nothing = pd.DataFrame(index=range(len(months)))
    free = DiscreteHazard(Piecewise(tuple(range(1, 41)))).fit(nothing, months, is_default)
    theirs = KaplanMeierFitter().fit(months, is_default).survival_function_at_times(range(1, 41)).to_numpy()
    assert free.survival(nothing.iloc[:1], range(1, 41))[0] == pytest.approx(theirs, abs=2e-5)  # six decimals kept


def test_it_finds_the_truth(data, model):
    found = model.coefficients_ / model.scale_
    errors = model.standard_errors_ / model.scale_
    assert (np.abs(found - TRUTH) < 3 * errors).all()
    assert errors.max() < 0.03
    month = np.arange(1, 49)
    truth = 1 - np.exp(-np.cumsum(0.02 * (month / 12) * np.exp(1 - month / 12)))
    average = pd.DataFrame({"leverage": [0.0], "age": [0.0]})
    assert model.pd_by(average, month)[0] == pytest.approx(truth, abs=0.015)
    hazard = model.hazard(average, month)[0]
    assert 8 <= np.argmax(hazard) + 1 <= 17


def test_with_free_months_it_agrees_with_cox(forty_months):
    X, months, is_default = forty_months
    free = DiscreteHazard(Piecewise(tuple(range(1, 41)))).fit(X, months, is_default)
    theirs = CoxPHFitter().fit(X.assign(months=months, is_default=is_default), "months", "is_default")
    assert free.coefficients_ / free.scale_ == pytest.approx(theirs.params_.to_numpy(), abs=0.01)


def test_a_weight_is_a_number_of_copies(data):
    X, months, is_default = data
    copies = np.random.default_rng(1).integers(0, 3, len(X))
    weighted = DiscreteHazard().fit(X, months, is_default, weights=copies)
    copied = DiscreteHazard().fit(X.loc[np.repeat(X.index, copies)], months.repeat(copies), is_default.repeat(copies))
    times = [12, 24, 48]
    assert weighted.pd_by(X, times) == pytest.approx(copied.pd_by(X, times), abs=1e-5)


def test_only_relative_weights_matter(data):
    X, months, is_default = data
    weights = np.random.default_rng(1).random(len(X))
    once = DiscreteHazard(ridge=5.0).fit(X, months, is_default, weights=weights)
    tenfold = DiscreteHazard(ridge=5.0).fit(X, months, is_default, weights=10 * weights)
    assert once.coefficients_ == pytest.approx(tenfold.coefficients_, abs=1e-5)


def test_splitting_a_loan_into_spells_changes_nothing(data):
    """Left truncation and spells with moving covariates rest on this identity."""
    X, months, is_default = data
    cut = np.minimum(months - 1, 9)  # each loan seen first up to month 9, then from there on
    whole = DiscreteHazard().fit(X, months, is_default)
    split = DiscreteHazard().fit(
        pd.concat([X, X]), np.r_[cut, months], np.r_[np.zeros(len(X), bool), is_default], entry=np.r_[0 * cut, cut]
    )
    assert split.pd_by(X, [6, 12, 48]) == pytest.approx(whole.pd_by(X, [6, 12, 48]), abs=1e-5)


def test_survivors_who_enter_late_do_not_flatter_the_hazard():
    X, months, is_default = loans(20_000, seed=8)
    entry = np.random.default_rng(4).integers(0, 13, len(X))
    seen = months > entry  # earlier defaults never became known
    model = DiscreteHazard(Spline((1, 6, 12, 24, 48))).fit(X[seen], months[seen], is_default[seen], entry=entry[seen])
    everyone = DiscreteHazard(Spline((1, 6, 12, 24, 48))).fit(X, months, is_default)
    assert model.pd_by(X, [12, 36]).mean(axis=0) == pytest.approx(everyone.pd_by(X, [12, 36]).mean(axis=0), rel=0.05)


@settings(max_examples=30, deadline=None)
@given(start=st.integers(0, 47), stop=st.integers(0, 48), leverage=st.floats(-4, 4), age=st.floats(-4, 4))
def test_every_view_of_the_curve_tells_the_same_story(model, start, stop, leverage, age):
    start, stop = sorted((start, stop))
    row = pd.DataFrame({"leverage": [leverage], "age": [age]})
    conditional = model.conditional_pd(row, start, stop)[0]
    alive = model.survival(row, [start, stop])[0]
    assert conditional == pytest.approx(1 - alive[1] / alive[0], abs=1e-12)
    by_month = 1 - np.prod(1 - model.hazard(row, np.arange(start + 1, stop + 1))[0])
    assert conditional == pytest.approx(by_month, abs=1e-12)
    curve = model.pd_by(row, np.arange(49))[0]
    assert curve[0] == 0
    assert (np.diff(curve) >= 0).all()
    riskier = pd.DataFrame({"leverage": [leverage + 0.5], "age": [age]})
    assert (model.pd_by(riskier, [12, 48]) > model.pd_by(row, [12, 48])).all()


def test_one_row_and_many_rows_get_the_same_bits(model, data):
    X = data[0].iloc[:300]
    together = model.pd_by(X, [1, 12, 48])
    alone = np.vstack([model.pd_by(X.iloc[[row]], [1, 12, 48]) for row in range(300)])
    assert (together == alone).all()


def test_a_saved_model_predicts_the_same_bits_in_another_process(model, data, tmp_path):
    (tmp_path / "model.json").write_text(json.dumps(model.to_json()))
    data[0].iloc[:50].to_csv(tmp_path / "rows.csv", index=False)
    code = (
        "import json, sys, pandas as pd; from credit.survival.discrete_hazard import DiscreteHazard as D\n"
        f"m = D.from_json(json.load(open(r'{tmp_path}/model.json')))\n"
        f"print(m.pd_by(pd.read_csv(r'{tmp_path}/rows.csv', float_precision='round_trip'), [12, 48]).tobytes().hex())"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert told == model.pd_by(data[0].iloc[:50], [12, 48]).tobytes().hex()
    assert DiscreteHazard.from_json(model.to_json()).to_json() == model.to_json()


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda X: X.drop(columns="age"), "age: the model needs this column"),
        (lambda X: X.assign(term=1), "term: the model does not know this column"),
        (lambda X: X.assign(age="old"), "age: every value must be a number"),
        (lambda X: X.assign(age=np.inf), "age: inf: every value must be a finite number"),
    ],
)
def test_a_frame_of_another_schema_is_refused_by_column(model, data, change, rule):
    with pytest.raises(BadInput, match=rule):
        model.pd_by(change(data[0]), [12])


def test_nothing_is_said_beyond_what_was_seen(model, data):
    with pytest.raises(BadInput, match="no month beyond 48"):
        model.pd_by(data[0], [60])


def spoiled(X, months, is_default, **change):
    return {"X": X, "months": months, "is_default": is_default} | change


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda X, m, d: spoiled(X, m, np.zeros_like(d)), "at least 20 defaults"),
        (lambda X, m, d: spoiled(X, m * 0, d), "a default needs a month of its own"),
        (lambda X, m, d: spoiled(X, m + 0.5, d), "whole months"),
        (lambda X, m, d: spoiled(X, m[1:], d), "one value for each"),
        (lambda X, m, d: spoiled(X.assign(one=1.0), m, d), "one: is constant"),
        (lambda X, m, d: spoiled(X.assign(sum=X["age"] + X["leverage"]), m, d), "linear combination"),
        (lambda X, m, d: spoiled(X.assign(gap=np.nan), m, d), "gap: .*finite"),
        (lambda X, m, d: spoiled(X, m, d, weights=-np.ones(len(m))), "weights.*must be >= 0"),
    ],
)
def test_what_cannot_be_fitted_is_refused_by_name(data, change, rule):
    with pytest.raises(BadInput, match=rule):
        DiscreteHazard().fit(**change(*data))


def test_a_piece_without_default_is_named(data):
    X, months, is_default = data
    keep = (months != 7) | ~is_default
    with pytest.raises(BadInput, match="no default in months 7 to 7"):
        DiscreteHazard(Piecewise((6, 7, 48))).fit(X[keep], months[keep], is_default[keep])


def test_months_are_completed_months():
    assert months_between(["2020-01-15"] * 3, ["2020-01-15", "2020-02-15", "2021-01-14"]).tolist() == [0, 1, 11]
