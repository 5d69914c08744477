"""Firm-months: known truths, causes that add up, paths, and answers that cannot depend on how they are asked."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from credit.errors import BadInput
from credit.survival.baselines import Piecewise, Spline
from credit.survival.boosted_months import BoostedMonths
from credit.survival.discrete_hazard import DiscreteHazard
from credit.survival.firm_month_hazard import FirmMonthHazard
from credit.survival.month_learners import LinearMonths
from credit.survival.monthly_rows import months_at_risk

CAUSES = ("default", "exit", "refinance")
LAST = 48
BASELINE = Spline((1, 6, 12, 24, LAST))
LEARNERS = {
    "logit": LinearMonths("logit", BASELINE),
    "cloglog": LinearMonths("cloglog", BASELINE),
    "trees": BoostedMonths(directions={"leverage": 1}, trees=50),
    "trees over the clock": BoostedMonths(trees=50, clock_interacts=True),
}


def true_odds(leverage: np.ndarray, orders: np.ndarray, clock: np.ndarray) -> np.ndarray:
    """Odds of each cause against staying, shape (causes, rows)."""
    level = np.exp(-4.2 - 0.5 * (clock - 12) ** 2 / 200.0)
    bend = np.where(leverage > 0.5, 0.9, 0.0)  # what a line cannot follow
    default = level * np.exp(0.6 * leverage + bend - 0.5 * orders)
    return np.stack([default, 0.02 * np.exp(-0.4 * orders), 0.01 * np.exp(0.5 * orders - 0.3 * leverage)])


def firm_months(firms: int, seed: int) -> pd.DataFrame:
    """Firms whose orders wander from month to month, who come late, and leave in three ways."""
    rng = np.random.default_rng(seed)
    leverage, orders = rng.normal(size=firms), rng.normal(size=firms)
    clock = rng.integers(0, 13, firms)
    parts = []
    alive = np.arange(firms)
    for _ in range(36):
        odds = true_odds(leverage[alive], orders[alive], clock[alive])
        chance = odds / (1 + odds.sum(axis=0))
        drawn = rng.random(len(alive))
        left_by = np.where(drawn < chance.sum(axis=0), 1 + (drawn > np.cumsum(chance, axis=0)[:2]).sum(axis=0), 0)
        columns = {"leverage": leverage[alive], "orders": orders[alive], "age_months": clock[alive]}
        parts.append(pd.DataFrame(columns).assign(left_by=left_by, truth=chance[0], firm=alive))
        clock[alive] += 1
        orders[alive] = 0.9 * orders[alive] + np.sqrt(1 - 0.81) * rng.normal(size=len(alive))
        alive = alive[left_by == 0]
    return pd.concat(parts, ignore_index=True)


COLUMNS = ["leverage", "orders", "age_months"]


@pytest.fixture(scope="module")
def months():
    return firm_months(6000, seed=11)


@pytest.fixture(scope="module")
def models(months):
    return {
        name: FirmMonthHazard("age_months", CAUSES, learner).fit(months[COLUMNS], months["left_by"])
        for name, learner in LEARNERS.items()
    }


def some_firms(rows: int = 40) -> pd.DataFrame:
    rng = np.random.default_rng(9)
    told = {"leverage": rng.normal(size=rows), "orders": rng.normal(size=rows)}
    return pd.DataFrame(told).assign(age_months=rng.integers(0, 12, rows))


@pytest.mark.parametrize("name", LEARNERS)
def test_it_ranks_new_firms_within_a_hundredth_of_the_truth(models, name):
    new = firm_months(12_000, seed=12)
    is_default = new["left_by"] == 1
    found = roc_auc_score(is_default, models[name].next_month(new[COLUMNS]))
    assert found > roc_auc_score(is_default, new["truth"]) - 0.01
    assert models[name].next_month(new[COLUMNS]).sum() == pytest.approx(new["truth"].sum(), rel=0.05)


@pytest.mark.parametrize("name", LEARNERS)
def test_what_leaves_and_what_stays_sum_to_one(models, name):
    X, times = some_firms(), np.arange(0, 31)
    model = models[name]
    gone = sum(model.cumulative_incidence(X, times, cause) for cause in CAUSES)
    assert gone + model.survival(X, times) == pytest.approx(1.0, abs=1e-12)
    for given_ in (6, 18):
        later = times[times >= given_]
        gone = sum(model.cumulative_incidence(X, later, cause, given=given_) for cause in CAUSES)
        alive = model.survival(X, later) / model.survival(X, [given_])
        assert gone + alive == pytest.approx(1.0, abs=1e-12)


def test_the_incidence_is_what_happens_and_one_minus_kaplan_meier_is_not():
    """Firms with constant covariates: the share that defaults within two years, counted."""
    rng = np.random.default_rng(3)
    firms = pd.DataFrame({"leverage": rng.normal(size=60_000), "orders": 0.0})
    odds = np.stack([true_odds(firms["leverage"], firms["orders"], np.full(len(firms), m)) for m in range(24)], axis=2)
    chance = odds / (1 + odds.sum(axis=0))
    drawn = rng.random((len(firms), 24))
    leaves = drawn < chance.sum(axis=0)
    stop = np.where(leaves.any(axis=1), leaves.argmax(axis=1) + 1, 24)
    at = np.arange(len(firms)), stop - 1
    which = 1 + (drawn[at] > np.cumsum(chance, axis=0)[:2, at[0], at[1]]).sum(axis=0)
    left_by = np.where(leaves.any(axis=1), which, 0)
    rows = months_at_risk(stop, left_by)
    learner = LinearMonths("logit", Spline((1, 6, 12, 24)))
    X = rows.of(firms[["leverage"]].assign(above=firms["leverage"] > 0.5), "age_months")
    model = FirmMonthHazard("age_months", CAUSES, learner).fit(X, rows.left_by)
    today = firms[["leverage"]].assign(above=firms["leverage"] > 0.5, age_months=0)
    happened = np.mean(left_by == 1)
    assert model.pd_by(today, [24]).mean() == pytest.approx(happened, rel=0.03)
    naive = 1 - np.exp(-model.cumulative_hazard(today, [24])[:, 0])
    assert naive.mean() > 1.15 * happened


@pytest.mark.parametrize("name", LEARNERS)
def test_a_path_that_stays_where_it_is_changes_nothing(models, name):
    X, times = some_firms(), np.arange(0, 31)
    held = np.repeat(X["orders"].to_numpy()[:, None], 30, axis=1)
    along = models[name].along({"orders": held}).cumulative_hazards(X, times)
    assert along == pytest.approx(models[name].cumulative_hazards(X, times), rel=1e-9)


@pytest.mark.parametrize("name", ["logit", "trees"])
def test_a_fall_in_orders_raises_pds_from_the_month_it_comes(models, name):
    X = some_firms()
    calm, crash = np.zeros(24), np.r_[np.zeros(6), np.full(18, -1.5)]
    before = models[name].along({"orders": calm}).pd_by(X, np.arange(1, 25))
    after = models[name].along({"orders": crash}).pd_by(X, np.arange(1, 25))
    assert after[:, :6] == pytest.approx(before[:, :6], abs=1e-15)
    assert (after[:, 11] > before[:, 11]).all()


@pytest.mark.parametrize("name", LEARNERS)
def test_a_path_is_the_chain_of_its_months(models, name):
    """A path in steps, against the model asked month by month with the step's value put in by hand."""
    X, steps = some_firms(), np.repeat([0.5, -1.0, -1.0, 2.0], 3)
    alive, due = np.ones(len(X)), np.zeros(len(X))
    for month, orders in enumerate(steps):
        later = X.assign(orders=orders, age_months=X["age_months"] + month)
        due += alive * models[name].next_month(later)
        alive *= 1 - sum(models[name].next_month(later, cause) for cause in CAUSES)
    assert models[name].along({"orders": steps}).pd_by(X, [12])[:, 0] == pytest.approx(due, abs=1e-12)


def test_the_clock_may_count_repayment_cycles():
    """Thirty-day loans: the first cycle is the dangerous one; a seasoned client's next two cycles are not its first."""
    rng = np.random.default_rng(8)
    limit = rng.normal(size=20_000)
    level = np.r_[0.02, np.full(11, 0.005)]
    hit = rng.random((20_000, 12)) < 1 / (1 + np.exp(-0.5 * limit)[:, None] * (1 / level - 1))
    stop = np.where(hit.any(axis=1), hit.argmax(axis=1) + 1, 12)
    rows = months_at_risk(stop, hit.any(axis=1).astype(int))
    X = rows.of(pd.DataFrame({"log_limit": limit}), "cycles_repaid")
    model = FirmMonthHazard("cycles_repaid", learner=LinearMonths("logit", Piecewise((1, 12)))).fit(X, rows.left_by)
    clients = pd.DataFrame({"log_limit": [0.0, 0.0], "cycles_repaid": [0, 5]})
    told = model.pd_by(clients, [1, 2])
    assert told[0] == pytest.approx([0.02, 1 - 0.98 * 0.995], rel=0.12)
    assert told[1] == pytest.approx([0.005, 1 - 0.995**2], rel=0.12)


def test_a_curve_is_the_chain_of_its_months(models):
    """Asking for a year at once, or month by month with the clock moved on by hand."""
    X = some_firms()
    for model in models.values():
        alive, due = np.ones(len(X)), np.zeros(len(X))
        for month in range(12):
            later = X.assign(age_months=X["age_months"] + month)
            due += alive * model.next_month(later)
            alive *= 1 - sum(model.next_month(later, cause) for cause in CAUSES)
        assert model.pd_by(X, [12])[:, 0] == pytest.approx(due, abs=1e-12)
        assert model.conditional_pd(X, 0, 12) == pytest.approx(due, abs=1e-12)


def test_directions_hold_everywhere(models):
    X = pd.concat([some_firms(30).assign(leverage=level) for level in np.linspace(-3, 3, 61)])
    pds = models["trees"].next_month(X).reshape(61, 30)
    risks = (
        models["trees"].learners_["default"].odds(X[["leverage", "orders"]].to_numpy(), X["age_months"].to_numpy() + 1)
    )
    assert (np.diff(risks.reshape(61, 30), axis=0) >= 0).all()
    assert pds[-1].mean() > 2 * pds[0].mean()


@given(
    leverage=st.floats(-4, 4), orders=st.floats(-4, 4), clock=st.integers(0, 12), start=st.integers(0, 29),
    name=st.sampled_from(sorted(LEARNERS)),
)  # fmt: skip
def test_curves_are_curves(models, leverage, orders, clock, start, name):
    row = pd.DataFrame({"leverage": [leverage], "orders": [orders], "age_months": [clock]})
    model = models[name]
    curve = model.pd_by(row, np.arange(31))[0]
    assert curve[0] == 0
    assert (np.diff(curve) >= 0).all()
    assert curve[-1] <= 1
    conditional = model.conditional_pd(row, start, 30)[0]
    assert conditional == pytest.approx((curve[30] - curve[start]) / model.survival(row, [start])[0, 0], abs=1e-12)


@pytest.mark.parametrize("name", LEARNERS)
def test_the_same_bits_alone_among_many_and_from_a_file(models, name):
    X, times = some_firms(200), [1, 12, 30]
    together = models[name].pd_by(X, times)
    alone = np.vstack([models[name].pd_by(X.iloc[[row]], times) for row in range(20)])
    assert (together[:20] == alone).all()
    loaded = FirmMonthHazard.from_json(json.loads(json.dumps(models[name].to_json())))
    assert (loaded.pd_by(X, times) == together).all()
    assert loaded.to_json() == models[name].to_json()


def test_a_damaged_file_is_refused_by_name(models):
    saved = json.loads(json.dumps(models["trees"].to_json()))
    saved["learners"]["default"]["lightgbm"] = saved["learners"]["default"]["lightgbm"][:3]
    with pytest.raises(BadInput, match=r"lightgbm: .*must hold trees on 3 columns"):
        FirmMonthHazard.from_json(saved)
    with pytest.raises(BadInput, match="exit: a firm_month_hazard model must have this field"):
        FirmMonthHazard.from_json(saved | {"learners": {"default": models["logit"].to_json()["learners"]["default"]}})
    with pytest.raises(BadInput, match="learner: 'oracle': must be one of: linear_months, boosted_months"):
        FirmMonthHazard.from_json(saved | {"learners": {"default": {"kind": "oracle"}}})


def test_the_complementary_log_log_is_the_hazard_fitted_on_spells(months):
    """One cause, constant covariates: firm-months and spells with late entry carry the same likelihood."""
    firms = months.groupby("firm").agg(
        leverage=("leverage", "first"), entry=("age_months", "first"), rows=("firm", "size")
    )
    hit = months.groupby("firm")["left_by"].last() == 1
    stop = (firms["entry"] + firms["rows"]).to_numpy()
    rows = months_at_risk(stop, hit.to_numpy().astype(int), firms["entry"].to_numpy())
    assert (rows.clock == months.sort_values(["firm", "age_months"])["age_months"]).all()
    by_month = FirmMonthHazard("age_months", learner=LEARNERS["cloglog"]).fit(
        rows.of(firms[["leverage"]], "age_months"), rows.left_by
    )
    spells = DiscreteHazard(BASELINE).fit(firms[["leverage"]], stop, hit.to_numpy(), entry=firms["entry"].to_numpy())
    X = pd.DataFrame({"leverage": [-1.0, 0.0, 2.0]})
    assert by_month.pd_by(X.assign(age_months=0), [12, 40]) == pytest.approx(spells.pd_by(X, [12, 40]), abs=2e-5)


def test_free_months_without_covariates_are_the_life_table(months):
    learner = LinearMonths("logit", Piecewise((6, 12, 18, 24, 36, LAST)))
    model = FirmMonthHazard("age_months", CAUSES, learner).fit(months[["age_months"]], months["left_by"])
    piece = months[(months["age_months"] >= 12) & (months["age_months"] < 18)]
    for at, cause in enumerate(CAUSES, 1):
        told = model.next_month(pd.DataFrame({"age_months": [14]}), cause)[0]
        assert told == pytest.approx((piece["left_by"] == at).mean(), abs=1e-5)


def test_a_baseline_is_found_where_none_is_given_and_refused_where_nothing_can_tell_it(months):
    young = months[months["age_months"] < 8]
    model = FirmMonthHazard("age_months", CAUSES).fit(young[COLUMNS], young["left_by"])
    for at, cause in enumerate(CAUSES, 1):
        for age in range(8):
            some = young[young["age_months"] == age]
            due = model.next_month(some[COLUMNS], cause).sum()
            assert abs((some["left_by"] == at).sum() - due) < 4 * np.sqrt(due)
    with pytest.raises(BadInput, match=r"baseline: .* has more pieces or knots than 8 months can tell apart"):
        FirmMonthHazard("age_months", CAUSES, LinearMonths("logit", Spline((1, 6, 18, 36, 72)))).fit(
            young[COLUMNS], young["left_by"]
        )
    one = young[young["age_months"] == 3]
    flat = FirmMonthHazard("age_months").fit(one[COLUMNS], one["left_by"] == 1)
    assert flat.next_month(one[COLUMNS]).sum() == pytest.approx((one["left_by"] == 1).sum(), rel=1e-4)


def test_weights_are_copies_and_names_are_codes(months):
    few = months.iloc[:40_000]
    copies = np.random.default_rng(1).integers(0, 3, len(few))
    learner = LEARNERS["logit"]
    names = few["left_by"].map(dict(enumerate(["", *CAUSES])))
    weighted = FirmMonthHazard("age_months", CAUSES, learner).fit(few[COLUMNS], names, weights=copies)
    many = few.loc[few.index.repeat(copies)]
    copied = FirmMonthHazard("age_months", CAUSES, learner).fit(many[COLUMNS], many["left_by"])
    assert weighted.pd_by(some_firms(), [10]) == pytest.approx(copied.pd_by(some_firms(), [10]), abs=1e-5)


def test_a_draw_of_the_stayers_stands_for_all(months):
    whole = BoostedMonths(trees=50)
    drawn = BoostedMonths(trees=50, most_stayers=50_000)
    new = firm_months(6000, seed=13)
    scores = [
        FirmMonthHazard("age_months", CAUSES, learner).fit(months[COLUMNS], months["left_by"]).next_month(new[COLUMNS])
        for learner in (whole, drawn)
    ]
    assert scores[1].sum() == pytest.approx(scores[0].sum(), rel=0.03)
    areas = [roc_auc_score(new["left_by"] == 1, score) for score in scores]
    assert areas[1] == pytest.approx(areas[0], abs=0.01)


def test_trees_take_gaps_and_lines_refuse_them(months):
    gappy = months[COLUMNS].assign(orders=months["orders"].where(months["orders"] > -1))
    trees = FirmMonthHazard("age_months", CAUSES, LEARNERS["trees"]).fit(gappy, months["left_by"])
    assert np.isfinite(trees.pd_by(some_firms().assign(orders=np.nan), [12])).all()
    with pytest.raises(BadInput, match=r"orders: every value must be a finite number: \d+ are missing"):
        FirmMonthHazard("age_months", CAUSES, LEARNERS["logit"]).fit(gappy, months["left_by"])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"X": lambda X: X.drop(columns="age_months")}, "age_months: the model needs this column"),
        ({"X": lambda X: X.assign(age_months=X["age_months"] + 0.5)}, "age_months: .*whole and >= 0"),
        ({"X": lambda X: X.assign(age_months=X["age_months"] - 40)}, "age_months: -.*whole and >= 0"),
        ({"left_by": lambda y: y.replace(3, 4)}, r"left_by: 4.0: must be 0 \(stays\) to 3"),
        ({"left_by": lambda y: y.map(lambda code: "fled" if code else "")}, "'fled': must be a cause"),
        ({"left_by": lambda y: y.where(y != 2, 0)}, r"left_by \(exit\): 0: at least 20 events"),
        ({"left_by": lambda y: y.iloc[1:]}, "one value for each"),
        ({"weights": lambda y: np.zeros(len(y))}, "at least 20 events"),
        ({"weights": lambda y: np.full(len(y), np.nan)}, "weights: every value must be a finite number"),
    ],
)
def test_rows_that_make_no_sense_are_refused_by_name(months, change, told):
    given_ = {"X": months[COLUMNS], "left_by": months["left_by"], "weights": None}
    for name, made in change.items():
        given_[name] = made(given_["X"] if name == "X" else months["left_by"])
    with pytest.raises(BadInput, match=told):
        FirmMonthHazard("age_months", CAUSES, LEARNERS["logit"]).fit(**given_)


def test_questions_that_make_no_sense_are_refused_by_name(models):
    model, X = models["logit"], some_firms()
    with pytest.raises(BadInput, match=r"asks for month .* no month beyond 48 was seen"):
        model.pd_by(X, [60])
    with pytest.raises(BadInput, match="cause: 'flight': the model knows: default, exit, refinance"):
        model.cumulative_incidence(X, [12], "flight")
    with pytest.raises(BadInput, match="must be >= given"):
        model.cumulative_incidence(X, [3], given=6)
    with pytest.raises(BadInput, match="weather: the model does not know this covariate"):
        model.along({"weather": np.zeros(12)})
    with pytest.raises(BadInput, match="age_months: the model does not know this covariate"):
        model.along({"age_months": np.zeros(12)})
    with pytest.raises(BadInput, match="must all reach equally far"):
        model.along({"orders": np.zeros(12), "leverage": np.zeros(6)})
    with pytest.raises(BadInput, match="the path ends after 6 months"):
        model.along({"orders": np.zeros(6)}).pd_by(X, [12])
    with pytest.raises(BadInput, match="the path must have 40 rows"):
        model.along({"orders": np.zeros((3, 12))}).pd_by(X, [12])
    with pytest.raises(BadInput, match="orders: every value must be a finite number"):
        model.along({"orders": np.full(12, np.nan)})
    with pytest.raises(BadInput, match="orders: the model needs this column"):
        model.pd_by(X.drop(columns="orders"), [12])
    with pytest.raises(BadInput, match="default first"):
        FirmMonthHazard("age_months", ("exit", "default"))
    with pytest.raises(BadInput, match="loan: a direction is asked of it"):
        FirmMonthHazard("age_months", learner=BoostedMonths(directions={"loan": 1})).fit(
            X.loc[X.index.repeat(10)], np.arange(400) % 10 == 0
        )


def test_who_outlives_the_data_keeps_the_last_hazard_where_that_is_asked(months):
    model = FirmMonthHazard("age_months", CAUSES, LEARNERS["logit"], holds_clock=True).fit(
        months[COLUMNS], months["left_by"]
    )
    old = some_firms().assign(age_months=400)
    hazard = model.hazard(old, np.arange(1, 13))
    assert hazard == pytest.approx(np.repeat(hazard[:, :1], 12, axis=1), abs=1e-12)
