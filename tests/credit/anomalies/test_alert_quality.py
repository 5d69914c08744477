"""What alerts are worth, on histories whose truth was written by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from synthetic_platform import START, platform_tables

from credit.anomalies.alert_quality import alert_quality
from credit.anomalies.findings import Thresholds
from credit.anomalies.warning_history import late_days, warning_history
from credit.anomalies.warning_states import Level
from credit.errors import BadInput
from credit.limit_rules import load_limit_rules

RULES = load_limit_rules()
MONTHS = pd.date_range("2024-01-31", periods=12, freq="ME")
UNTIL = date(2025, 6, 30)


def history(alerts: dict[str, list[int]], firms: int = 10, level: int = 1) -> pd.DataFrame:
    """Accounts that are watched each month; `alerts` gives the months (0..11) in which a firm's level rises."""
    rows = [
        (f"F{k}", month, level * (n in alerts.get(f"F{k}", [])), n in alerts.get(f"F{k}", []), "")
        for n, month in enumerate(MONTHS)
        for k in range(firms)
    ]
    return pd.DataFrame(rows, columns=["firm_id", "day", "level", "is_alert", "signals"])


def late(**days: str) -> pd.Series:
    return pd.Series({firm: pd.Timestamp(day) for firm, day in days.items()}, dtype="datetime64[ns]")


def test_counted_by_hand():
    """F0 is warned 30 days before its default, F1 never, F2 is warned for nothing: twice."""
    told = alert_quality(
        history({"F0": [5], "F2": [1, 8]}), late(F0="2024-07-30", F1="2024-09-15"), UNTIL, horizon_days=90
    )
    # F0 is watched on 6 month ends before its default, F1 on 8, the others on 12
    assert told.account_months == 6 + 8 + 8 * 12
    assert (told.alerts, told.defaults) == (3, 2)
    assert told.alerts_per_1000.value == pytest.approx(1000 * 3 / told.account_months)
    assert told.precision.value == pytest.approx(1 / 3)
    assert told.recall.value == pytest.approx(1 / 2)
    assert told.lead_days.value == 30
    cost = Thresholds(UNTIL)
    saved = cost["intervention_effect"] * cost["loss_at_default"] - 3 * cost["intervention_cost"]
    assert told.value_yuan.value == pytest.approx(1000 * saved / told.account_months)


def test_a_warning_too_early_is_not_in_time_and_one_after_the_fact_is_none():
    early = alert_quality(history({"F0": [0]}), late(F0="2024-09-15"), UNTIL, horizon_days=90)
    assert (early.recall.value, early.precision.value) == (0.0, 0.0)
    after = alert_quality(history({"F0": [9]}), late(F0="2024-09-15"), UNTIL, horizon_days=90)
    assert after.alerts == 0


def test_an_alert_whose_horizon_is_not_over_is_not_judged():
    told = alert_quality(history({"F0": [11]}), late(), date(2025, 1, 15), horizon_days=90)
    assert told.alerts == 1
    assert np.isnan(told.precision.value)


def test_perfect_and_random_alerts_are_told_apart():
    draw = np.random.default_rng(5)
    firms = 300
    defaults = {f"F{k}": MONTHS[int(draw.integers(3, 12))] + pd.Timedelta(10, unit="D") for k in range(0, firms, 5)}
    series = pd.Series(defaults)
    perfect = {firm: [int(np.searchsorted(MONTHS, day)) - 2] for firm, day in defaults.items()}
    random = {f"F{k}": [int(draw.integers(0, 12))] for k in range(0, firms, 5)}
    random = {f"F{(int(name[1:]) + 1) % firms}": months for name, months in random.items()}
    good = alert_quality(history(perfect, firms), series, UNTIL)
    bad = alert_quality(history(random, firms), series, UNTIL)
    assert good.precision.value == good.recall.value == 1.0
    assert good.precision.low < 1.0  # sixty of sixty is no certainty
    assert bad.precision.value == 0.0
    assert good.value_yuan.low > bad.value_yuan.high
    assert good.base_rate.value == pytest.approx(bad.base_rate.value)
    assert 20 <= good.lead_days.value <= 50


def test_the_interval_of_precision_holds_the_truth_about_as_often_as_it_says():
    """Alerts that come true with .3: 40 made-up books, the 95 % interval holds .3 in nearly all."""
    draw, held = np.random.default_rng(9), 0
    for book in range(40):
        firms = [f"F{k}" for k in range(80)]
        alerts = {firm: [int(draw.integers(1, 8))] for firm in firms if draw.random() < 0.5}
        come_true = {
            firm: MONTHS[months[0]] + pd.Timedelta(40, unit="D")
            for firm, months in alerts.items()
            if draw.random() < 0.3
        }
        told = alert_quality(history(alerts, 80), pd.Series(come_true, dtype="datetime64[ns]"), UNTIL, seed=book)
        held += told.precision.low <= 0.3 <= told.precision.high
    assert held >= 36


def test_a_level_counts_what_reaches_it():
    mixed = pd.concat([history({"F0": [2]}, level=1).head(60), history({"F1": [7]}, level=3).tail(60)])
    levels = [
        alert_quality(mixed, late(), UNTIL, level=level).alerts for level in (Level.YELLOW, Level.ORANGE, Level.RED)
    ]
    assert levels == [2, 1, 1]


def test_first_days_past_due_by_hand():
    tables = platform_tables(firms=20, days=500, seed=8)
    end = START + pd.Timedelta(480, unit="D")
    told = late_days(tables, end)
    payments = tables["payments"].merge(tables["facilities"][["facility_id", "firm_id"]], on="facility_id")
    for firm, rows in payments.groupby("firm_id"):
        days = [
            due + pd.Timedelta(30, unit="D")
            for due, owed, paid_on, paid in rows[["due_on", "due_fen", "paid_on", "paid_fen"]].itertuples(index=False)
            if not (paid >= 0.99 * owed and paid_on < due + pd.Timedelta(30, unit="D"))
        ]
        days = [day for day in days if day <= pd.Timestamp(end)]
        assert (firm in told.index) == bool(days)
        if days:
            assert told[firm] == min(days)


def test_a_history_is_made_of_what_was_known_and_only_of_accounts():
    tables = platform_tables(firms=25, days=500, seed=8)
    days = [day.date() for day in pd.date_range(START + pd.Timedelta(200, unit="D"), periods=4, freq="ME")]
    told = warning_history(tables, days, RULES)
    first = warning_history(tables, days[:2], RULES)
    pd.testing.assert_frame_equal(told[told["day"] <= pd.Timestamp(days[1])].reset_index(drop=True), first)
    facilities = tables["facilities"]
    for firm, day in told[["firm_id", "day"]].itertuples(index=False):
        own = facilities[(facilities["firm_id"] == firm) & (facilities["opened_on"] <= day)]
        assert (own["closed_on"].isna() | (own["closed_on"] > day)).any()


def test_bad_input_is_named():
    with pytest.raises(BadInput, match="history"):
        alert_quality(history({}).head(0), late(), UNTIL)
    with pytest.raises(BadInput, match="horizon_days"):
        alert_quality(history({}), late(), UNTIL, horizon_days=0)
    with pytest.raises(BadInput, match="days"):
        warning_history({}, [], RULES)
    with pytest.raises(BadInput, match="days"):
        warning_history({}, [date(2024, 2, 1), date(2024, 1, 1)], RULES)
