"""The doctor names the column, and how it would spoil the fit; every fit of default timing asks it."""

import numpy as np
import pandas as pd
import pytest

from credit.errors import BadInput
from credit.survival.cox import CoxTiming
from credit.survival.discrete_hazard import DiscreteHazard
from credit.survival.examination import examine, refuse_unfit
from credit.survival.firm_month_hazard import FirmMonthHazard
from credit.survival.parametric import LogLogisticTiming, WeibullTiming

ROWS = 400


@pytest.fixture(scope="module")
def sound():
    """Covariates, whole months until default or leaving, and default."""
    rng = np.random.default_rng(5)
    X = pd.DataFrame({"age_years": rng.uniform(1, 20, ROWS), "leverage": rng.normal(size=ROWS)})
    time = np.ceil(rng.exponential(30 * np.exp(-0.5 * X["leverage"])))
    return X, np.minimum(time, 36), time <= 36


FITS = {
    "weibull": lambda X, months, is_default: WeibullTiming().fit(X, months, is_default),
    "log-logistic": lambda X, months, is_default: LogLogisticTiming().fit(X, months, is_default),
    "cox": lambda X, months, is_default: CoxTiming().fit(X, months, is_default),
    "discrete": lambda X, months, is_default: DiscreteHazard().fit(X, months, is_default),
    "firm-months": lambda X, months, is_default: FirmMonthHazard("clock").fit(
        X.assign(clock=np.arange(len(X)) % 12), is_default
    ),
}


def last_gap(column):
    return column.where(np.arange(len(column)) != len(column) - 1)


@pytest.mark.parametrize("name", FITS)
@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda X, d: X.assign(debt=last_gap(X["leverage"])),
            f"row {ROWS}, debt: every value .*finite.* 1 are missing",
        ),
        (
            lambda X, d: X.assign(debt=np.where(X.index == 3, np.inf, 1.0 * X.index)),
            "row 4, debt: inf: .*1 are infinite",
        ),
        (lambda X, d: X.assign(debt="high"), "debt: 'object': every value must be a number"),
        (lambda X, d: X.assign(debt="1.5"), "debt: 'object': every value must be a number"),
        (lambda X, d: X.assign(born=pd.Timestamp("2099-01-01")), "born: 'datetime64.*every value must be a number"),
        (lambda X, d: X.assign(kind=pd.Categorical(["a", "b"] * (ROWS // 2))), "kind: 'category': every value must"),
        (lambda X, d: X.assign(one=7.0), "one: is constant over the rows with weight: always 7"),
        (
            lambda X, d: X.assign(mix=2 * X["age_years"] - 3 * X["leverage"] + 5),
            r"mix: is a linear combination of other columns: \+?2 x age_years -3 x leverage",
        ),
        (lambda X, d: X.assign(twin=X["leverage"]), "twin: is a linear combination of other columns: 1 x leverage"),
        (lambda X, d: X.assign(flag=d * 1.0), "flag: separates the outcomes: every event has its largest value, 1"),
        (lambda X, d: pd.concat([X, X[["leverage"]]], axis=1), "leverage: two columns have this name"),
    ],
)
def test_every_fit_names_the_column_that_would_spoil_it(sound, name, change, told):
    X, months, is_default = sound
    with pytest.raises(BadInput, match=told):
        FITS[name](change(X, is_default), months, is_default)


@pytest.mark.parametrize("name", FITS)
def test_every_fit_refuses_one_class_and_a_handful_of_rows(sound, name):
    X, months, is_default = sound
    with pytest.raises(BadInput, match=r"0: at least 20 (events|defaults)"):
        FITS[name](X, months, np.zeros(ROWS, dtype=bool))
    with pytest.raises(BadInput, match=r"at least 20 (events|defaults)"):
        FITS[name](X.iloc[:3], months[:3], is_default[:3])


@pytest.mark.parametrize("name", FITS)
def test_columns_must_have_names(sound, name):
    X, months, is_default = sound
    with pytest.raises((BadInput, AttributeError), match="must be a DataFrame"):
        FITS[name](Nameless(X), months, is_default)


class Nameless(np.ndarray):
    """An array that takes the clock as a column, so that every fit can be given it."""

    def __new__(cls, X: pd.DataFrame) -> "Nameless":
        return X.to_numpy().view(cls)

    def assign(self, **_: object) -> "Nameless":
        return self


def test_columns_that_part_the_outcomes_only_together_are_named(sound):
    X, _, is_default = sound
    noise = np.random.default_rng(2).normal(size=ROWS)
    apart = X.assign(sales=noise + is_default, costs=-noise + is_default, clock=np.arange(ROWS) % 12)
    with pytest.raises(BadInput, match="sales, costs: together separate the outcomes"):
        FirmMonthHazard("clock").fit(apart, is_default)


@pytest.mark.parametrize("timing", [WeibullTiming, LogLogisticTiming, CoxTiming])
def test_any_name_of_a_column_will_do(sound, timing):
    X, months, is_default = sound
    odd = X.rename(columns={"age_years": "Intercept", "leverage": "_stop"})
    assert timing().fit(odd, months, is_default).effects()["coefficient"].to_numpy() == pytest.approx(
        timing().fit(X, months, is_default).effects()["coefficient"].to_numpy()
    )


@pytest.mark.parametrize("timing", [WeibullTiming, LogLogisticTiming, CoxTiming])
@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"entry": lambda m: m + 1}, "must lie after entry .*at risk for no time"),
        ({"entry": lambda m: m}, "must lie after entry"),
        ({"entry": lambda m: 0 * m - 1}, "entry: -1.0: must be >= 0"),
        ({"weights": lambda m: 0 * m}, "0: at least 20 events|no row has weight"),
        ({"weights": lambda m: 0 * m - 1}, "weights: must be >= 0"),
        ({"weights": lambda m: m[1:]}, "weights: must have one value for each of the 400 rows"),
        ({"months": lambda m: 0 * m}, "stop: 0.0: must lie after entry"),
        ({"months": lambda m: np.where(np.arange(len(m)) == 2, np.nan, m)}, "row 3, stop: every value .* finite"),
        ({"is_default": lambda m: m}, "is_event: must be 0 or 1"),
        ({"months": lambda m: m.astype(str)}, "stop: .*every value must be a number"),
        ({"months": lambda m: m.astype("datetime64[M]")}, "stop: .*every value must be a number"),
    ],
)
def test_impossible_clocks_and_weights_are_refused(sound, timing, change, told):
    X, months, is_default = sound
    given = {"months": months, "is_default": is_default} | {name: made(months) for name, made in change.items()}
    with pytest.raises(BadInput, match=told):
        timing().fit(X, **given)


@pytest.mark.parametrize("is_default", [np.full(ROWS, "yes"), np.full(ROWS, 2)], ids=["words", "twos"])
def test_outcomes_are_flags_for_the_hazard_in_months_too(sound, is_default):
    X, months, _ = sound
    with pytest.raises(BadInput, match="is_default"):
        DiscreteHazard().fit(X, months, is_default)


def test_months_that_all_end_in_default_say_nothing_of_those_that_stay(sound):
    X, months, _ = sound
    with pytest.raises(BadInput, match="left_by: 0: some months must end in staying"):
        FirmMonthHazard("clock").fit(X.assign(clock=months), np.ones(ROWS, dtype=bool))


def test_all_problems_are_told_at_once(sound):
    X, months, is_default = sound
    with pytest.raises(BadInput) as refused:
        CoxTiming().fit(X.assign(one=1.0, twin=X["leverage"], part=is_default * 1.0), months, is_default)
    assert {problem.field for problem in refused.value.problems} == {"one", "twin", "part"}


def test_an_order_can_be_parted_where_a_hazard_is_not(sound):
    """Each default has the highest value among those left, yet later ones have lower values than earlier ones."""
    X, months, is_default = sound
    falling = X.assign(order=-months)
    with pytest.raises(BadInput, match=r"order: separates .* among the rows still at risk"):
        CoxTiming().fit(falling, months, is_default)
    assert not examine(falling, is_default, months, likelihood="hazard").problems


def test_nearly_dependent_columns_and_repeated_rows_are_noted_and_do_not_stop_a_fit(sound):
    X, months, is_default = sound
    near = X.assign(near=X["leverage"] + 0.001 * np.random.default_rng(1).normal(size=ROWS))
    twice = pd.concat([near, near.iloc[:5]], ignore_index=True)
    found = examine(twice, np.r_[is_default, is_default[:5]], np.r_[months, months[:5]])
    assert not found.problems
    told = " ".join(str(note) for note in found.notes)
    assert "near: is nearly a linear combination" in told
    assert "5: rows repeat an earlier one" in told


def test_what_a_penalty_makes_harmless_is_let_through(sound):
    X, months, is_default = sound
    odd = X.assign(twin=X["leverage"], flag=is_default * 1.0)
    refuse_unfit(odd, is_default, months, is_penalised=True)
    model = DiscreteHazard(ridge=1.0).fit(odd, months.astype(int), is_default)
    assert model.coefficients_[1] == pytest.approx(model.coefficients_[2], abs=1e-4)  # the twins share the effect


def test_rows_without_weight_are_not_looked_at(sound):
    """A column that varies only where nothing counts is constant."""
    X, months, is_default = sound
    weights = np.r_[np.zeros(10), np.ones(ROWS - 10)]
    with pytest.raises(BadInput, match="late: is constant"):
        CoxTiming().fit(X.assign(late=1.0 - weights), months, is_default, weights=weights)
