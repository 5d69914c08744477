"""Weibull, log-logistic and Cox: published numbers, lifelines' own predictions, known truths, files."""

import json

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter, CoxTimeVaryingFitter, LogLogisticAFTFitter, WeibullAFTFitter
from lifelines.datasets import load_rossi

from credit.errors import BadInput
from credit.files import write_json
from credit.survival.cox import CoxTiming
from credit.survival.parametric import LogLogisticTiming, WeibullTiming
from credit.survival.saved import read_timing

TIMINGS = [WeibullTiming, LogLogisticTiming, CoxTiming]
WEEKS = [1, 13, 30, 52]


@pytest.fixture(scope="module")
def rossi() -> pd.DataFrame:
    return load_rossi()


def fitted(timing, rossi, **more):
    return timing().fit(rossi.drop(columns=["week", "arrest"]), rossi["week"], rossi["arrest"], **more)


def test_cox_reproduces_rossi_to_six_digits(rossi):
    """Allison's recidivism data, ties by Efron, as printed by R's survival package and by lifelines."""
    model = fitted(CoxTiming, rossi)
    effects = model.effects()["coefficient"].round(6)
    assert (effects["fin"], effects["prio"]) == (-0.379422, 0.091497)
    assert round(model.log_likelihood_, 6) == -658.747659
    assert round(model.concordance_, 6) == 0.640329


@pytest.mark.parametrize(
    ("timing", "theirs"),
    [(WeibullTiming, WeibullAFTFitter), (LogLogisticTiming, LogLogisticAFTFitter), (CoxTiming, CoxPHFitter)],
)
def test_curves_are_those_of_lifelines(rossi, timing, theirs):
    options = {} if timing is CoxTiming else {"fit_options": {"ftol": 1e-13, "maxiter": 2000}}
    peer = theirs().fit(rossi, "week", "arrest", **options)
    ours = fitted(timing, rossi).survival(rossi.drop(columns=["week", "arrest"]), WEEKS)
    assert ours == pytest.approx(peer.predict_survival_function(rossi, times=WEEKS).T.to_numpy(), abs=2e-5)


@pytest.mark.parametrize("timing", TIMINGS)
def test_a_weight_is_a_number_of_copies(rossi, timing):
    copies = np.random.default_rng(1).integers(0, 3, len(rossi))
    weighted, copied = fitted(timing, rossi, weights=copies), fitted(timing, rossi.loc[rossi.index.repeat(copies)])
    rows = rossi.drop(columns=["week", "arrest"])
    # Efron's ties: copies of a row are tied with each other, a weight is not, so Cox agrees nearly and not exactly
    off = 2e-3 if timing is CoxTiming else 2e-5
    assert weighted.pd_by(rows, WEEKS) == pytest.approx(copied.pd_by(rows, WEEKS), abs=off)


@pytest.mark.parametrize("timing", TIMINGS)
def test_the_unit_of_a_covariate_changes_no_curve(rossi, timing):
    rows = rossi.drop(columns=["week", "arrest"])
    model = fitted(timing, rossi)
    in_fen = fitted(timing, rossi.assign(prio=rossi["prio"] * 1e9))
    other = in_fen.pd_by(rows.assign(prio=rows["prio"] * 1e9), WEEKS)
    assert model.pd_by(rows, WEEKS) == pytest.approx(other, abs=2e-5)


@pytest.mark.parametrize("timing", TIMINGS)
def test_a_saved_model_predicts_the_same_bits_and_refuses_another_schema(rossi, timing):
    model, rows = fitted(timing, rossi, data_hash="ab" * 32), rossi.drop(columns=["week", "arrest"])
    loaded = timing.from_json(json.loads(json.dumps(model.to_json())))
    assert loaded.pd_by(rows, WEEKS).tobytes() == model.pd_by(rows, WEEKS).tobytes()
    assert loaded.to_json() == model.to_json()
    with pytest.raises(BadInput, match="fin: the model needs this column"):
        loaded.pd_by(rows.drop(columns="fin"), WEEKS)
    with pytest.raises(BadInput, match="luck: the model does not know this column"):
        loaded.pd_by(rows.assign(luck=1.0), WEEKS)
    with pytest.raises(BadInput, match="must be a model of kind"):
        (WeibullTiming if timing is not WeibullTiming else CoxTiming).from_json(model.to_json())
    with pytest.raises(BadInput, match="must have this field"):
        timing.from_json({name: value for name, value in model.to_json().items() if name != "scale"})


def weibull_times(rows: int, seed: int = 2) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(rows, 2)), columns=["leverage", "margin"])
    scale = 40 * np.exp(-0.6 * X["leverage"] + 0.3 * X["margin"])
    return X, (scale * rng.exponential(size=rows) ** (1 / 1.5)).to_numpy()


def test_weibull_finds_the_truth_also_among_late_entrants():
    """Left truncation: who defaulted before coming under observation is in nobody's file."""
    X, time = weibull_times(20_000)
    entry = np.random.default_rng(7).uniform(0, 24, len(X))
    seen = time > entry
    stop = np.minimum(time, 48)[seen]
    is_default = (time <= 48)[seen]
    late = WeibullTiming().fit(X[seen], stop, is_default, entry=entry[seen])
    off = np.abs(late.effects()["coefficient"] - [-0.6, 0.3]) / late.effects()["standard_error"]
    assert (off < 3).all()
    assert np.exp(late.log_shape_) == pytest.approx(1.5, rel=0.04)
    blind = WeibullTiming().fit(X[seen], stop, is_default)
    average = pd.DataFrame({"leverage": [0.0], "margin": [0.0]})
    truth = 1 - np.exp(-((12 / 40) ** 1.5))
    assert late.pd_by(average, [12])[0, 0] == pytest.approx(truth, rel=0.06)
    assert blind.pd_by(average, [12])[0, 0] < 0.8 * truth  # what forgetting the entry does


def test_cox_spells_are_time_varying_cox():
    """A covariate that moves, told as rows with entry, gives what lifelines' own time-varying fit gives."""
    X, time = weibull_times(1500)
    first = np.minimum(np.ceil(time), 36)
    cut = np.minimum(first - 1, 10)
    later = X.assign(leverage=X["leverage"] + 0.5)
    spells = pd.concat([X.assign(start=0, stop=cut, hit=False), later.assign(start=cut, stop=first, hit=time <= 36)])
    spells = spells.assign(firm=np.r_[np.arange(1500), np.arange(1500)])
    spells = spells[spells["stop"] > spells["start"]]
    ours = CoxTiming().fit(
        spells[["leverage", "margin"]], spells["stop"], spells["hit"], entry=spells["start"].to_numpy()
    )
    peer = CoxTimeVaryingFitter().fit(spells, id_col="firm", event_col="hit", start_col="start", stop_col="stop")
    assert ours.effects()["coefficient"].to_numpy() == pytest.approx(peer.params_.to_numpy(), abs=1e-5)


def test_cox_works_on_monthly_ticks_only(rossi):
    with pytest.raises(BadInput, match=r"row 1, months: 20\.5: must be whole months"):
        fitted(CoxTiming, rossi.assign(week=rossi["week"] + 0.5))


@pytest.mark.parametrize("timing", TIMINGS)
def test_beyond_the_data_one_must_ask_for_it(rossi, timing):
    model, rows = fitted(timing, rossi), rossi.drop(columns=["week", "arrest"])
    with pytest.raises(BadInput, match="no month beyond 52"):
        model.pd_by(rows, [104])
    with pytest.raises(BadInput, match="finite and >= 0"):
        model.pd_by(rows, [-1])


def test_a_parametric_curve_goes_on_when_that_is_meant(rossi):
    rows = rossi.drop(columns=["week", "arrest"])
    model = WeibullTiming(may_extrapolate=True).fit(rows, rossi["week"], rossi["arrest"])
    assert (model.pd_by(rows, [104]) > model.pd_by(rows, [52])).all()
    assert (model.pd_by(rows, [0]) == 0).all()
    half = model.median_month(rows)
    told = np.array([model.pd_by(rows.iloc[[at]], [half[at]])[0, 0] for at in range(5)])
    assert told == pytest.approx(0.5, abs=1e-6)


def test_any_saved_timing_is_read_by_its_kind(rossi, tmp_path):
    for timing in TIMINGS:
        model, path = fitted(timing, rossi), tmp_path / f"{timing.kind}.json"
        write_json(path, model.to_json())
        assert read_timing(path).to_json() == model.to_json()
    content = fitted(CoxTiming, rossi).to_json()
    for damaged, told in (
        (content | {"ticks": "soon"}, "is a damaged cox_timing model"),
        (content | {"kind": "oracle"}, "'oracle': must be one of: discrete_hazard, firm_month_hazard"),
        ([1, 2], "must be one of"),
        ({name: value for name, value in content.items() if name != "centre"}, "centre: a cox_timing model must have"),
    ):
        write_json(tmp_path / "damaged.json", damaged)
        with pytest.raises(BadInput, match=told):
            read_timing(tmp_path / "damaged.json")
    (tmp_path / "damaged.json").write_text("{'kind'", encoding="utf-8")
    with pytest.raises(BadInput, match=r"damaged\.json, row 1: must be JSON"):
        read_timing(tmp_path / "damaged.json")
