"""Grades follow PDs, moves are counted as the literature counts them, and a score says what it may not be used for."""

import json
from datetime import date
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.linalg import expm

from credit.errors import BadInput
from credit.intervals import wilson
from credit.migration import cohort_matrix, compounded, exponential, generator, grade_history
from credit.rating import (
    MASTER_SCALE,
    Grade,
    InternalScore,
    MasterScale,
    Reason,
    internal_score,
    load_master_scale,
    master_scale_schema,
)

SCALE = load_master_scale()
NEW_YEAR = pd.Timestamp("2024-01-01")


def scale_of(*bounds):
    grades = [Grade(name=f"{chr(65 + i)}", pd_annual_below=b, meaning="test") for i, b in enumerate(bounds)]
    return MasterScale(
        name="test", as_of=date(2024, 1, 1), source="test", confidence="assumption", default_grade="X", grades=grades
    )


# --- master scale ---


@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_riskier_never_has_the_better_grade(one, other):
    places = [SCALE.place(str(SCALE.grade_of(pd))) for pd in sorted((one, other))]
    assert places[0] <= places[1] < len(SCALE.grades)


def test_a_bound_belongs_to_the_worse_grade_and_grades_tile_the_scale():
    edges = [SCALE.bounds(name) for name in SCALE.names]
    assert edges[0][0] == 0.0
    assert all(left[1] == right[0] for left, right in pairwise(edges))
    lower_bounds = np.array([lower for lower, _ in edges[:-1]])
    assert SCALE.grade_of(lower_bounds).tolist() == SCALE.names[:-1]
    assert SCALE.grade_of(np.nextafter(lower_bounds[1:], 0.0)).tolist() == SCALE.names[:-2]
    assert SCALE.grade_of(1.0) == "C3"


def test_the_base_rate_falls_into_the_middle_grade():
    assert SCALE.grade_of(0.035) == SCALE.names[len(SCALE.grades) // 2]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("pd_annual_below: 0.008", "pd_annual_below: 0.004", "from best to worst"),
        ("pd_annual_below: 1.0", "pd_annual_below: 0.9", "every PD has a grade"),
        ("name: A2", "name: A1", "may stand twice"),
        ("name: A2", "name: D", "name of the default grade"),
        ("confidence: assumption", "confidence: assumption\ncolour: red", "colour"),
    ],
)
def test_a_broken_scale_is_refused_with_its_rule(tmp_path, old, new, told):
    path = tmp_path / "scale.yaml"
    path.write_text(MASTER_SCALE.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput, match=told):
        load_master_scale(path)


def test_editors_know_the_fields_of_a_scale():
    stored = MASTER_SCALE.with_suffix(".schema.json").read_text(encoding="utf-8")
    assert json.loads(stored) == master_scale_schema()


# --- migration ---


def lando_skodeberg_year():
    """Ten firms in A, ten in B: one A falls to B after a month, one B rises after two, one B defaults after six."""
    month = pd.Timedelta(365.25 / 12, unit="D")
    rows = [(f"a{i}", NEW_YEAR, "A") for i in range(10)] + [(f"b{i}", NEW_YEAR, "B") for i in range(10)]
    rows += [
        ("a0", NEW_YEAR + month, "B"),
        ("b0", NEW_YEAR + 2 * month, "A"),
        ("b1", NEW_YEAR + 6 * month, "X"),
    ]
    return pd.DataFrame(rows, columns=["firm_id", "since", "grade"])


def test_the_introductory_example_of_lando_and_skodeberg():
    history, scale = lando_skodeberg_year(), scale_of(0.02, 1.0)
    year = NEW_YEAR + pd.Timedelta(365.25, unit="D")
    cohort = cohort_matrix(history, scale, pd.DatetimeIndex([NEW_YEAR]))
    np.testing.assert_allclose(cohort.probabilities, [[0.9, 0.1, 0.0], [0.1, 0.8, 0.1], [0, 0, 1]])
    rates = generator(history, scale, year).rates
    np.testing.assert_allclose(rates[0, 1], 1 / (9 + 1 / 12 + 10 / 12), rtol=2e-3)
    np.testing.assert_allclose(rates[1, [0, 2]], 1 / (8 + 11 / 12 + 2 / 12 + 6 / 12), rtol=2e-3)
    over_a_year = generator(history, scale, year).over(1.0).probabilities
    assert over_a_year[0, 2] > 0.0  # the cohort sees no default of A; A to B to default is possible all the same


def simulated(rates, firms, years, seed, withdrawal_rate=0.0):
    """Exact paths of a Markov chain with generator `rates` (rows sum to 0), starting evenly over live grades."""
    chance = np.random.default_rng(seed)
    size = len(rates)
    rows = []
    for firm in range(firms):
        place, clock = firm % (size - 1), 0.0
        rows.append((firm, clock, chr(65 + place)))
        while place < size - 1:
            leave = -rates[place, place] + withdrawal_rate
            clock += chance.exponential(1.0 / leave)
            if clock >= years:
                break
            if chance.random() < withdrawal_rate / leave:
                rows.append((firm, clock, "NR"))
                break
            jump = np.where(np.arange(size) == place, 0.0, rates[place])
            place = int(chance.choice(size, p=jump / jump.sum()))
            rows.append((firm, clock, "X" if place == size - 1 else chr(65 + place)))
    frame = pd.DataFrame(rows, columns=["firm_id", "since", "grade"])
    frame["since"] = NEW_YEAR + pd.to_timedelta((frame["since"] * 365.25).round().astype(int), unit="D")
    return frame.drop_duplicates(["firm_id", "since"], keep="last")


TRUE_RATES = np.array([[-0.25, 0.22, 0.03], [0.15, -0.25, 0.10], [0.0, 0.0, 0.0]])


@pytest.mark.parametrize("withdrawal_rate", [0.0, 0.3])
def test_both_estimators_find_the_truth_but_cohorts_overstate_default_when_firms_withdraw(withdrawal_rate):
    history, scale = simulated(TRUE_RATES, 6000, 4.0, 1, withdrawal_rate), scale_of(0.02, 1.0)
    found = generator(history, scale, NEW_YEAR + pd.Timedelta(1461, unit="D"))
    truth = expm(TRUE_RATES)
    np.testing.assert_allclose(found.rates, TRUE_RATES, atol=0.015)
    cohort = cohort_matrix(history, scale, NEW_YEAR + pd.to_timedelta([0, 365, 730], unit="D"))
    if withdrawal_rate == 0.0:
        np.testing.assert_allclose(cohort.probabilities, truth, atol=0.015)
        assert found.withdrawn.sum() == cohort.withdrawn.sum() == 0
    else:
        assert np.all(cohort.probabilities[:2, 2] > truth[:2, 2] * 1.05)
        assert found.withdrawn.sum() > 1000 < cohort.withdrawn.sum()


def test_the_generator_compounds_over_years():
    found = generator(simulated(TRUE_RATES, 500, 2.0, 2), scale_of(0.02, 1.0), NEW_YEAR + pd.Timedelta(731, unit="D"))
    one, two = (found.over(years, resamples=10) for years in (1.0, 2.0))
    np.testing.assert_allclose(compounded(one, 2), two.probabilities, atol=1e-12)
    np.testing.assert_allclose(two.probabilities.sum(axis=1), 1.0)
    assert np.all(two.probabilities[:, -1] >= one.probabilities[:, -1])
    assert np.all((one.low <= one.probabilities + 1e-12) & (one.probabilities <= one.high + 1e-12))


@pytest.mark.parametrize("size", [1e-9, 0.3, 40.0])
def test_many_matrix_exponentials_at_once_equal_scipys(size):
    rates = np.random.default_rng(3).random((4, 5, 5)) * size
    rates -= np.eye(5) * rates.sum(axis=-1)[..., None]
    np.testing.assert_allclose(exponential(rates), expm(rates), atol=1e-12)


def test_bootstrap_intervals_cover_the_truth_about_as_often_as_they_say():
    truth = expm(TRUE_RATES)[:2, 2]
    hits = []
    for seed in range(30):
        history = simulated(TRUE_RATES, 200, 3.0, 100 + seed)
        found = generator(history, scale_of(0.02, 1.0), NEW_YEAR + pd.Timedelta(1096, unit="D"))
        matrix = found.over(1.0, seed=seed, resamples=150, level=0.9)
        hits += [
            bool(low <= p <= high) for low, p, high in zip(matrix.low[:2, 2], truth, matrix.high[:2, 2], strict=True)
        ]
    assert 0.78 <= np.mean(hits) <= 0.99


def test_default_is_absorbing_and_what_follows_is_not_read():
    rows = [
        ("f", NEW_YEAR, "A"),
        ("f", NEW_YEAR + pd.Timedelta(90, unit="D"), "X"),
        ("f", NEW_YEAR + pd.Timedelta(120, unit="D"), "A"),
    ]
    history = pd.DataFrame(rows, columns=["firm_id", "since", "grade"])
    matrix = cohort_matrix(history, scale_of(0.02, 1.0), pd.DatetimeIndex([NEW_YEAR]))
    assert matrix.probabilities[0, 2] == 1.0
    assert generator(history, scale_of(0.02, 1.0), NEW_YEAR + pd.Timedelta(365, unit="D")).moves.sum() == 1.0


def test_a_table_of_months_becomes_a_history_with_withdrawals():
    months = pd.date_range(NEW_YEAR, periods=6, freq="MS")
    graded = pd.DataFrame(
        [("f", m, g) for m, g in zip(months, "AABBXX", strict=True)]
        + [("g", m, "A") for m in months[1:4]]
        + [("h", m, "A") for m in months[[0, 1, 3]]],
        columns=["firm_id", "period", "grade"],
    )
    history = grade_history(graded)
    told = {firm: part["grade"].tolist() for firm, part in history.groupby("firm_id")}
    assert told == {"f": ["A", "B", "X"], "g": ["A", "NR"], "h": ["A", "NR", "A", "NR"]}
    assert history.loc[history["firm_id"] == "g", "since"].tolist() == [months[1], months[4]]


def test_an_empty_grade_is_told_as_unknown():
    matrix = cohort_matrix(lando_skodeberg_year(), scale_of(0.02, 0.1, 1.0), pd.DatetimeIndex([NEW_YEAR]))
    empty = matrix.default_probability().loc["C"]
    assert (empty["low"], empty["high"]) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda h: h.assign(grade="Z"), "must be one of"),
        (lambda h: h.drop(columns="grade"), "needs this column"),
        (lambda h: pd.concat([h, h.head(1)]), "one grade a day"),
        (lambda h: h.assign(since=pd.NaT), "must not be missing"),
    ],
)
def test_broken_histories_are_refused(change, told):
    with pytest.raises(BadInput, match=told):
        generator(change(lando_skodeberg_year()), scale_of(0.02, 1.0), pd.Timestamp("2025-01-01"))


def test_wilson_intervals_as_printed():
    # Brown, Cai & DasGupta (2001) and R's prop.test(..., correct = FALSE): 10 of 50.
    low, high = wilson(10, 50)
    assert (round(float(low), 4), round(float(high), 4)) == (0.1124, 0.3304)
    assert wilson(0, 0) == (0.0, 1.0)
    assert float(wilson(0, 20).low) == 0.0


# --- internal score ---


def score(**change):
    given_ = {
        "firm_id": "F1",
        "as_of": date(2024, 5, 1),
        "pd_annual": 0.03,
        "pd_interval": (0.02, 0.045),
        "model_version": "logit-1",
        "data_hash": "0" * 64,
        "months_of_data": 14,
        "reasons": [Reason(code="late_payments", says="three payments more than a week late", points=-18.0)],
    }
    return internal_score(**(given_ | change))


def test_a_score_carries_its_grade_its_limits_and_the_regulatory_note():
    told = score()
    assert told.grade == "B2"
    assert told.grade_pd_from <= told.pd_annual < told.grade_pd_below
    assert "not a credit rating" in told.statement
    assert any("published" in limit for limit in told.limits_of_use)
    assert told.is_usable_on(date(2024, 7, 1))
    assert not told.is_usable_on(date(2024, 12, 1))
    assert InternalScore.model_validate_json(told.model_dump_json()) == told


def test_controllers_data_need_consent_and_the_score_ends_with_it():
    with pytest.raises(BadInput, match="consent"):
        score(is_controller_data_used=True)
    with pytest.raises(BadInput, match="consent"):
        score(is_controller_data_used=True, consent_until=date(2024, 4, 30))
    told = score(is_controller_data_used=True, consent_until=date(2024, 5, 10))
    assert told.valid_until == date(2024, 5, 10)
    with pytest.raises(ValidationError, match="consent"):
        InternalScore.model_validate(told.model_dump() | {"consent_until": None})
