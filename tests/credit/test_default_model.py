"""From tables to a PD curve: who is in the table, when it ends, and what the curve promises."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest
from synthetic_platform import START, platform_tables

from credit.default_model import ARREARS, DefaultModel
from credit.default_model_fit import fit_platform
from credit.errors import BadInput
from credit.feature_specs import FEATURES
from credit.features import as_of
from credit.firm_months import credit_spells, default_days, firm_months, last_day
from credit.ladder_facts import facts_of
from credit.ladder_models import check_own_model, feature_groups, fit_for
from credit.ladder_rules import load_ladder
from credit.tables import hash_of_tables, visible


@pytest.fixture(scope="module")
def tables():
    return platform_tables(firms=200, days=1000, seed=3)


@pytest.fixture(scope="module")
def months(tables):
    return firm_months(tables)


@pytest.fixture(scope="module")
def fitted(tables, months):
    return fit_platform(months, hash_of_tables(tables))


def test_default_is_ninety_days_past_due(tables):
    unpaid = tables["payments"].loc[tables["payments"]["paid_on"].isna()].merge(tables["facilities"], on="facility_id")
    end = last_day(tables)
    expected = (unpaid.groupby("firm_id")["due_on_x"].min() + timedelta(days=90)).loc[lambda d: d <= pd.Timestamp(end)]
    found = default_days(tables, end)
    pd.testing.assert_series_equal(found, expected, check_names=False, check_dtype=False)


def test_a_payment_on_day_89_is_late_and_on_day_90_is_default(tables):
    row = tables["payments"]["paid_on"].notna().idxmax()
    firm = tables["facilities"].set_index("facility_id")["firm_id"][tables["payments"].loc[row, "facility_id"]]
    for days, is_default in ((89, False), (90, True)):
        one = {name: table.copy() for name, table in tables.items()}
        one["payments"].loc[row, "paid_on"] = one["payments"].loc[row, "due_on"] + timedelta(days=days)
        one["payments"] = one["payments"].loc[[row]]
        one["facilities"] = one["facilities"].assign(status="repaid")
        assert (firm in default_days(one, date(2030, 1, 1)).index) == is_default


def test_pauses_of_up_to_ninety_days_belong_to_the_relationship():
    def drawn(opened: str, closed: str | None) -> dict:
        return {
            "firm_id": "F",
            "opened_on": pd.Timestamp(opened),
            "closed_on": pd.Timestamp(closed) if closed else pd.NaT,
        }

    facilities = pd.DataFrame(
        [drawn("2020-01-01", "2020-02-15"), drawn("2020-05-15", "2020-06-30"), drawn("2020-10-01", None)]
    )
    spells = credit_spells(facilities, date(2021, 1, 1))
    assert spells["start"].dt.date.tolist() == [date(2020, 1, 1), date(2020, 10, 1)]
    assert spells["stop"].dt.date.tolist() == [date(2020, 6, 30), date(2021, 1, 1)]


def test_snapshots_hold_what_was_visible_and_defaults_come_after_them(tables, months):
    for row in (0, len(months.months) // 2, len(months.months) - 1):
        day = pd.Timestamp(months.snapshot_on[row]).date()
        then = as_of(visible(tables, day), day).loc[months.firm_id[row]]
        np.testing.assert_array_equal(then.to_numpy(), months.features.iloc[row].to_numpy())
    assert (months.months[months.is_default] >= 1).all()


def test_cutting_the_future_off_only_censors(tables, months):
    """Rows of an earlier export are the rows of the later one with less follow-up: no snapshot changes."""
    cut = START + timedelta(days=700)
    early = firm_months(visible(tables, cut))
    late = pd.MultiIndex.from_arrays([months.firm_id, months.snapshot_on])
    at = late.get_indexer(pd.MultiIndex.from_arrays([early.firm_id, early.snapshot_on]))
    is_old = (at >= 0) & (early.snapshot_on < np.datetime64(cut - timedelta(days=31)))
    assert is_old.mean() > 0.9
    pd.testing.assert_frame_equal(
        early.features[is_old].reset_index(drop=True), months.features.iloc[at[is_old]].reset_index(drop=True)
    )
    assert (early.months[is_old] <= months.months[at[is_old]]).all()
    known = early.is_default & is_old
    assert (months.is_default[at[known]]).all()
    assert (months.months[at[known]] == early.months[known]).all()


def test_riskier_is_never_better_at_any_horizon(fitted, tables):
    features = as_of(tables, START + timedelta(days=900))
    model = fitted.model
    curve = model.pd_by(features, range(19))
    assert (np.diff(curve, axis=1) >= 0).all()
    for stage in (features["current_dpd_days"] >= 1, ~(features["current_dpd_days"] >= 1)):
        order = np.argsort(model.points(features[stage]))
        assert (np.diff(curve[stage][order], axis=0) <= 0).all()
    assert (model.pd_of_cycle(features, 30) <= model.pd_of_cycle(features, 90)).all()


def test_without_arrears_there_is_no_default_in_ninety_days(fitted, tables):
    features = as_of(tables, START + timedelta(days=900))
    owes_nothing = features[features["current_dpd_days"] == 0]
    curve = fitted.model.pd_by(owes_nothing, [2, 12]).mean(axis=0)
    assert curve[0] < 0.02 * curve[1]


def test_it_finds_the_weak_firms_it_has_not_seen(fitted):
    assert fitted.auc.low > 0.7
    assert fitted.auc_current.low > 0.6
    assert fitted.calibration_slope == pytest.approx(1.0, abs=0.2)
    assert fitted.observed_over_expected == pytest.approx(1.0, abs=0.15)


def test_the_curve_has_the_level_that_was_observed(fitted, months):
    """Hazards added up while firms were followed against defaults counted, to several horizons."""
    for horizon in (4, 6, 12):
        curve = 1.0 - fitted.model.pd_by(months.features, range(horizon + 1))
        monthly = 1.0 - curve[:, 1:] / curve[:, :-1]
        at_risk = np.arange(1, horizon + 1) <= months.months[:, None]
        happened = (months.is_default & (months.months <= horizon)).sum()
        assert monthly[at_risk].sum() == pytest.approx(happened, rel=0.2)


def test_the_pd_of_a_cycle_lies_between_the_months_around_its_end(fitted, months):
    features = months.features.iloc[:300]
    cycle = fitted.model.pd_of_cycle(features, 45)  # 45 + 90 days are 4.4 months
    around = fitted.model.pd_by(features, [4, 5])
    assert ((around[:, 0] <= cycle) & (cycle <= around[:, 1])).all()


def test_the_saved_model_decides_alike(fitted, tables, tmp_path):
    fitted.model.save(tmp_path / "model.json")
    loaded = DefaultModel.load(tmp_path / "model.json")
    features = as_of(tables, START + timedelta(days=900))
    pd.testing.assert_frame_equal(loaded.assess(features), fitted.model.assess(features), check_exact=True)
    assert loaded.version == fitted.model.version
    alone = pd.concat([loaded.assess(features.iloc[[row]]) for row in range(len(features))])
    pd.testing.assert_frame_equal(alone, loaded.assess(features), check_exact=True)


def test_a_new_firm_without_history_gets_a_curve(fitted, tables):
    newcomer = as_of({"firms": tables["firms"].head(1)}, date(2019, 1, 1))
    pd_annual = fitted.model.pd_annual(newcomer)
    assert 0 < pd_annual[0] < 1


def test_too_few_defaults_are_refused_by_name(tables):
    few = {name: table.copy() for name, table in tables.items()}
    keep = tables["firms"]["firm_id"].head(20)
    few["facilities"] = few["facilities"][few["facilities"]["firm_id"].isin(keep)]
    few["payments"] = few["payments"][few["payments"]["facility_id"].isin(few["facilities"]["facility_id"])]
    with pytest.raises(BadInput, match="at least 20 obligors must have defaulted"):
        fit_platform(firm_months(few), "")
    with pytest.raises(BadInput, match="at least one facility"):
        firm_months(few | {"facilities": few["facilities"].head(0)})


def test_a_blind_ladder_brings_its_own_model_which_cannot_read_live_data(tables, months, fitted):
    """Trade and behaviour rewritten, the lender's own record of arrears kept: every PD stays bit for bit."""
    seeing, blind = load_ladder("ladder"), load_ladder("ladder_without_live_data")
    assert (feature_groups(seeing), feature_groups(blind)) == ("CBTPX", "CBX")
    with pytest.raises(BadInput, match="groups CBX"):
        check_own_model(blind, fitted.model)
    check_own_model(seeing, fitted.model)

    own = fit_for(blind, months, hash_of_tables(tables)).model
    check_own_model(blind, own)
    assert {FEATURES[name].group for name in own.scorer.features_} <= set("CBX")
    live = [name for name in months.features if FEATURES[name].group in "TPIN" and name != ARREARS]
    rewritten = months.features.assign(**dict.fromkeys(live, 7.0))
    assert (own.pd_annual(rewritten) == own.pd_annual(months.features)).all()
    assert (fitted.model.pd_annual(rewritten) != fitted.model.pd_annual(months.features)).any()

    day = START + timedelta(days=900)
    known = facts_of(tables, day, blind, own)
    features = as_of(tables, day)
    expected = own.pd_annual(features)
    told = [known[firm].values["pd_annual"] for firm in features.index]
    assert told == list(expected)  # nothing that its own model needs is taken away


def test_every_facility_lies_in_a_spell_of_its_firm(tables):
    """Also the first facility of the first firm, before which nobody stands."""
    spells = credit_spells(tables["facilities"], last_day(tables))
    both = tables["facilities"].merge(spells, on="firm_id")
    is_inside = (both["start"] <= both["opened_on"]) & (both["opened_on"] <= both["stop"])
    assert both[is_inside]["facility_id"].nunique() == len(tables["facilities"])
