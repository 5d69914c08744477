"""Standing among peers: what is known on the day, who stands where, and a test that may say no."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from credit.errors import BadInput
from credit.growth.competitiveness import MEASURES, competitiveness
from credit.growth.competitiveness_value import incremental_value
from sim.market import Market
from sim.scenarios.scenario import load_scenario

DAY = date(2026, 6, 30)


@pytest.fixture(scope="module")
def tables():
    market = Market(120, 420, 3, load_scenario("baseline"))
    for _ in range(market.settings.burn_in_days + 420):
        market.step()
    return market.observed.tables()


def test_later_events_change_nothing(tables):
    cut = dict(tables)
    for name, column in (("orders", "placed_on"), ("invoices", "issued_on"), ("resin_prices", "date")):
        cut[name] = tables[name][pd.to_datetime(tables[name][column]) <= pd.Timestamp(DAY)]
    month = pd.to_datetime(tables["operations"]["month"])
    cut["operations"] = tables["operations"][month <= pd.Timestamp(DAY)]
    pd.testing.assert_frame_equal(competitiveness(tables, DAY), competitiveness(cut, DAY))


def test_the_index_ranks_within_a_process_and_is_centred(tables):
    told = competitiveness(tables, DAY)
    process = tables["firms"].drop_duplicates("firm_id").set_index("firm_id")["process"].astype(str)
    by_process = told["index"].groupby(process.reindex(told.index)).agg(["mean", "count"])
    assert (by_process.loc[by_process["count"] >= 15, "mean"].abs() < 0.1).all()
    assert told["rank_share"].dropna().between(0, 1).all()
    assert set(MEASURES) <= set(told.columns)


def test_selling_dearer_raises_a_firm_and_nobody_else_much(tables):
    before = competitiveness(tables, DAY)
    firm = before["index"].dropna().sort_values().index[len(before["index"].dropna()) // 2]
    dearer = dict(tables)
    invoices = tables["invoices"].copy()
    is_own = invoices["firm_id"].astype(str) == firm
    invoices["amount_fen"] = invoices["amount_fen"].where(~is_own, invoices["amount_fen"] * 3)
    dearer["invoices"] = invoices
    after = competitiveness(dearer, DAY)
    assert after.loc[firm, "spread_yuan_per_kg"] > before.loc[firm, "spread_yuan_per_kg"]
    assert after.loc[firm, "index"] > before.loc[firm, "index"]
    others = after.index != firm
    assert (after["index"] - before["index"])[others].dropna().abs().max() < 0.2


def planted(tables, strength):
    """The same history with defaults that follow the index as strongly as asked, and nothing else."""
    days = [date(2026, 3, 31), DAY]
    draws = np.random.default_rng(5)
    index = competitiveness(tables, days[0])["index"].dropna()
    risk = 1 / (1 + np.exp(1.0 + strength * index / index.std()))
    bad = index.index[draws.random(len(index)) < risk]
    rows = pd.DataFrame(
        {
            "facility_id": [f"C{number:07d}" for number in range(len(index))],
            "firm_id": index.index,
            "opened_on": pd.Timestamp(2026, 1, 15),
            "due_on": pd.Timestamp(2026, 12, 31),
            "status": np.where(index.index.isin(bad), "defaulted", "open"),
            "closed_on": [pd.Timestamp(DAY) + timedelta(days=60) if name in bad else pd.NaT for name in index.index],
            "principal_fen": 1,
            "product": "purchase_loan",
        }
    )
    changed = dict(tables)
    changed["facilities"] = rows.reindex(columns=tables["facilities"].columns)
    return incremental_value(changed, days)


def test_a_real_effect_is_found_and_an_absent_one_is_not(tables):
    strong, none = planted(tables, 2.0)[0], planted(tables, 0.0)[0]
    assert strong.low > 0
    assert strong.verdict.startswith("adds something")
    assert strong.p_value < 0.001
    assert none.low <= 0
    assert not none.verdict.startswith("adds something")
    assert none.p_value > 0.05


def test_too_few_defaults_are_refused(tables):
    calm = dict(tables)
    calm["facilities"] = tables["facilities"].assign(status="repaid")
    with pytest.raises(BadInput, match="ten defaults"):
        incremental_value(calm, [DAY])
