"""Warnings in a market that was lived: in calm and in a crash, and a fraud gate that lets honest firms through."""

import numpy as np
import pandas as pd
import pytest

from credit.anomalies.alert_quality import alert_quality
from credit.anomalies.fraud_gate import fraud_gate
from credit.anomalies.warning_history import late_days, warning_history
from credit.anomalies.warning_states import Level
from credit.feature_specs import ALL_GROUPS
from credit.features import as_of
from credit.features.at_scale import write_firm_months
from credit.limit_rules import load_limit_rules
from credit.tables import write_tables

ARGUMENTS = {"firms": 100, "days": 240, "seed": 8, "margin_shock_spread_ppm": 180_000, "fraud_ppm": 0}
RULES = load_limit_rules()


@pytest.fixture(scope="module")
def watched(lived):
    """Tables, history and quality of alerts by scenario."""
    told = {}
    for scenario in ("baseline", "resin_crash_2008"):
        market = lived(**ARGUMENTS, scenario=scenario)
        tables = market.observed.tables()
        last = market.date
        days = [day.date() for day in pd.date_range(end=pd.Timestamp(last), periods=8, freq="ME")]
        history = warning_history(tables, days, RULES)
        told[scenario] = tables, last, history, late_days(tables, last)
    return told


def test_alerts_are_few_and_hit_more_often_than_chance(watched):
    for _, last, history, late in watched.values():
        quality = alert_quality(history, late, last, horizon_days=90)
        assert quality.account_months > 200
        assert quality.alerts_per_1000.value < 250
        assert quality.alerts_per_1000.low <= quality.alerts_per_1000.value <= quality.alerts_per_1000.high
        if quality.defaults >= 3 and quality.precision.value == quality.precision.value:
            assert quality.precision.high > quality.base_rate.value


def test_a_crash_raises_more_alerts_than_calm(watched):
    calm, crash = (alert_quality(history, late, last) for _, last, history, late in watched.values())
    assert crash.alerts_per_1000.value > calm.alerts_per_1000.value


def test_a_higher_level_is_rarer(watched):
    for _, last, history, late in watched.values():
        alerts = [alert_quality(history, late, last, level=level).alerts for level in list(Level)[1:]]
        assert alerts == sorted(alerts, reverse=True)


def test_an_honest_market_passes_the_fraud_gate_in_calm_and_in_a_crash(watched):
    for tables, last, _, _ in watched.values():
        outcome = fraud_gate(tables, last).verdicts["outcome"]
        assert (outcome == "passes").mean() >= 0.97
        assert not (outcome == "refuses").any()


def test_a_market_on_disk_gives_the_features_of_the_market_in_memory(watched, tmp_path):
    """Cut into pieces by DuckDB or whole: every feature of every firm and month end, bit for bit."""
    for scenario, (tables, last, _, _) in watched.items():
        folder, out = tmp_path / scenario, tmp_path / f"{scenario}.parquet"
        write_tables(tables, folder)
        written = write_firm_months(folder, out, 5, last, firms_a_piece=23)
        told = pd.read_parquet(out)
        since = tables["firms"]["platform_since"]
        assert written.rows == sum(int((since <= pd.Timestamp(end)).sum()) for end in written.months)
        assert told["data_stage"].isin([0, 1, 2, 3]).all()
        for end in written.months:
            rows = told[pd.to_datetime(told["month"]) == pd.Timestamp(end)].set_index("firm_id")
            whole = as_of(tables, end, ALL_GROUPS)
            for feature in whole:
                np.testing.assert_array_equal(rows[feature].to_numpy(), whole[feature].to_numpy(), err_msg=feature)
