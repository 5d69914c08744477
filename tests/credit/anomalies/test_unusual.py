"""What is unusual: for the firm itself and among its peers, and only on the bad side."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from synthetic_platform import START, platform_tables

from credit.anomalies.findings import Thresholds
from credit.anomalies.unusual import BUREAU_SIGNALS, ORDER_SIGNALS, robust_distance, unusual, unusual_signals
from credit.early_warnings import signals_of
from credit.errors import BadInput
from credit.limit_rules import load_limit_rules
from credit.tables import conform

RULES = load_limit_rules()
TODAY = pd.Timestamp("2026-06-30").date()
FIRMS = pd.Index([f"F{k:02d}" for k in range(20)], name="firm_id")
PEERS = pd.Series("film", index=FIRMS)


def signals(seed: int, **changes: dict[str, float]) -> pd.DataFrame:
    """A quiet month of all firms, with some firms' values set."""
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {"purchase_change": draw.normal(0, 0.1, 20), "enquiries_30d": draw.poisson(0.3, 20)}, index=FIRMS
    )
    frame = frame.astype(float)
    for name, values in changes.items():
        for firm, value in values.items():
            frame.loc[firm, name] = value
    return frame


PAST = [signals(seed) for seed in range(12)]


def told(now: pd.DataFrame, past: list[pd.DataFrame] = PAST, peers: pd.Series = PEERS) -> pd.DataFrame:
    return unusual_signals(now, past, peers, RULES, Thresholds(TODAY))


def test_the_one_firm_that_stops_buying_is_unusual_and_nobody_else():
    found = told(signals(99, purchase_change={"F03": -0.95}))
    assert found.index[found["orders"]].tolist() == ["F03"]
    assert not found["bureau"].any()


def test_a_month_in_which_all_buy_less_is_no_anomaly_of_anybody():
    everybody = {firm: -0.6 + 0.01 * k for k, firm in enumerate(FIRMS)}
    assert not told(signals(99, purchase_change=everybody))["orders"].any()


def test_a_firm_that_always_buys_in_bursts_is_no_anomaly():
    bursts = [signals(seed, purchase_change={"F05": (-1.0) ** seed * 0.9}) for seed in range(12)]
    assert not told(signals(99, purchase_change={"F05": -0.9}), bursts)["orders"].any()
    assert told(signals(99, purchase_change={"F05": -0.9}))["orders"].loc["F05"]


def test_buying_far_more_is_not_on_the_bad_side():
    found = told(signals(99, purchase_change={"F03": 3.0}))
    assert found.loc["F03", "purchase_change"] == 0.0


def test_a_burst_of_enquiries_is_a_bureau_anomaly():
    found = told(signals(99, enquiries_30d={"F07": 6.0}))
    assert found.index[found["bureau"]].tolist() == ["F07"]


def test_thin_rhythm_and_few_peers_say_nothing():
    strange = signals(99, purchase_change={"F03": -0.95})
    assert not told(strange, PAST[:3])["orders"].any()
    alone = PEERS.copy()
    alone.loc["F03"] = "pipe"
    assert not told(strange, peers=alone)["orders"].any()


@given(st.lists(st.floats(-100, 100), min_size=5, max_size=30), st.floats(0.1, 10), st.floats(-50, 50))
def test_distance_is_free_of_place_and_scale(others, scale, shift):
    column, value = np.array(others)[:, None], np.array([7.0])
    plain = robust_distance(value, column, 1e-3, 5)
    moved = robust_distance(value * scale + shift, column * scale + shift, 1e-3 * scale, 5)
    np.testing.assert_allclose(moved, plain, rtol=1e-6, atol=1e-6)


def test_distance_of_normal_draws_is_in_standard_deviations():
    draws = np.random.default_rng(1).normal(10, 2, (4001, 1))
    assert robust_distance(np.array([16.0]), draws, 0.1, 5)[0] == pytest.approx(3.0, abs=0.15)


def test_from_tables_the_firm_that_falls_silent_is_told_and_the_future_is_not_read():
    tables = platform_tables(firms=30, days=700, seed=6, strength=0.0)
    day = START + timedelta(days=600)
    orders, now = tables["orders"], pd.Timestamp(day)
    age = (now - orders["placed_on"]).dt.days
    firm = str(orders[age.between(0, 29)].groupby("firm_id").size().idxmax())
    silent = conform("orders", orders[~((orders["firm_id"] == firm) & (age < 75))])
    ends = pd.date_range(end=now, periods=8, freq="ME")[:-1]
    past = [signals_of(tables, end.date()) for end in ends]
    found = unusual(dict(tables, orders=silent), day, RULES, past)
    assert found.loc[firm, "orders"]
    assert set(found.columns) <= {*ORDER_SIGNALS, *BUREAU_SIGNALS, "orders", "bureau"}
    later = silent.assign(quantity_kg=silent["quantity_kg"].where(silent["placed_on"] <= now, 1e6))
    pd.testing.assert_frame_equal(unusual(dict(tables, orders=later), day, RULES, past), found)


def test_bad_input_is_named():
    with pytest.raises(BadInput, match="purchase_change"):
        told(signals(1, purchase_change={"F00": np.inf}))
    twice = pd.concat([signals(1), signals(1).head(1)])
    with pytest.raises(BadInput, match="firm_id"):
        told(twice)
