"""What the market shows is what a platform could see: valid tables, and nothing hidden in them."""

import json

import numpy as np
import pandas as pd
import pytest

from credit.feature_specs import ALL_GROUPS
from credit.features import data_stages, features_of
from credit.frame_view import FrameView
from credit.tables import TABLES, hash_of_tables, validate
from sim.books.ledger import RECEIVABLES

ARGUMENTS = {"firms": 60, "days": 150, "seed": 8, "margin_shock_spread_ppm": 180_000}


@pytest.fixture(scope="module")
def market(lived):
    return lived(**ARGUMENTS)


@pytest.fixture(scope="module")
def tables(market):
    return market.observed.tables()


def test_all_eleven_tables_are_valid_and_none_is_empty(tables):
    assert list(tables) == list(TABLES)
    assert validate(tables) == []
    assert all(len(frame) for frame in tables.values())


def test_two_equal_markets_show_equal_tables(make_market, tables):
    again = make_market(**ARGUMENTS)
    for _ in range(again.settings.burn_in_days + again.days):
        again.step()
    assert hash_of_tables(again.observed.tables()) == hash_of_tables(tables)


def test_open_invoices_of_the_table_are_the_receivables_of_the_ledger(market, tables):
    invoices = tables["invoices"]
    unpaid = invoices["amount_fen"] - invoices["paid_fen"] - invoices["dilution_fen"]
    told = unpaid.groupby(invoices["firm_id"]).sum()
    for sme in market.smes:
        assert told.get(f"F{sme.row:06d}", 0) == sme.money[sme.slot + RECEIVABLES]


def test_facilities_of_the_table_are_those_of_the_book(market, tables):
    facilities = tables["facilities"]
    assert facilities["principal_fen"].tolist() == [one.contract.principal_fen for one in market.book.facilities]
    paid = tables["payments"].groupby("facility_id")["paid_fen"].sum()
    for facility, key in zip(market.book.facilities, facilities["facility_id"], strict=True):
        if facility.status == "repaid" and facility.defaulted_on is None:
            assert paid[key] >= facility.contract.principal_fen


def test_no_hidden_trait_of_a_firm_stands_in_any_table(market, tables):
    """Neither quality nor honesty, wealth or plans: no column repeats one of them."""
    hidden = {
        "quality": [sme.factory.price_ppm for sme in market.smes],
        "honesty": [sme.factory.honesty_ppm for sme in market.smes],
        "stake": [sme.stake_left_fen for sme in market.smes],
        "private cash": [sme.money[sme.owner_slot] for sme in market.smes],
    }
    for name in ("firms", "controllers"):
        for column, cells in tables[name].select_dtypes("number").items():
            for trait, values in hidden.items():
                ranks = pd.DataFrame({"seen": cells.astype(float), "hidden": values}).rank().corr().iloc[0, 1]
                assert not abs(ranks) > 0.98, f"{name}.{column} gives {trait} away"


def test_the_review_sees_what_an_analyst_with_the_whole_log_sees(market, tables):
    """Online features are offline features: the log seen from its day and the tables give the same bits."""
    log, frames = market.observed.today(), FrameView(tables, market.date)
    quick, whole = (features_of(view, ALL_GROUPS) for view in (log, frames))
    pd.testing.assert_frame_equal(quick, whole, check_index_type=False, check_exact=True)
    told = quick.drop(columns="linked_stress")  # no two of so few firms share a person
    assert told.notna().any().all(), "what nobody has proves nothing"
    np.testing.assert_array_equal(data_stages(log, quick), data_stages(frames, whole))


def test_every_order_is_for_whole_lots_and_every_price_is_a_market_price(market, tables):
    orders = tables["orders"].merge(
        tables["resin_prices"], left_on=["placed_on", "grade"], right_on=["date", "grade"], suffixes=("", "_market")
    )
    assert len(orders) == len(tables["orders"])
    premium = orders["price_fen_per_tonne"] / orders["price_fen_per_tonne_market"] - 1
    assert np.allclose(premium, market.settings.supplier_premium_ppm / 1e6, atol=1e-5)


def test_simulate_prints_one_object_and_writes_tables_that_ingest_takes(command, tmp_path):
    out, taken = tmp_path / "tables", tmp_path / "taken"
    words = ("simulate", "--firms", 20, "--days", 15, "--seed", 3, "--out", out, "--json")
    told = command(*words)
    assert told.exit_code == 0, told.output
    answer = json.loads(told.stdout)
    keys = ("firms", "days", "loans", "defaults", "default_rate_annual", "loss_share", "ledger_balanced", "state_hash",
            "firm_days_per_second", "peak_memory_mb")  # fmt: skip
    assert all(key in answer for key in keys)
    assert answer["firms"] == 20
    assert answer["ledger_balanced"] is True
    again = command("ingest", "platform", out, "--out", taken, "--json")
    assert again.exit_code == 0, again.output
    assert sorted(path.name for path in taken.glob("*.parquet")) == sorted(f"{name}.parquet" for name in TABLES)


def test_simulate_refuses_an_unknown_scenario_with_exit_code_2(command):
    told = command("simulate", "--firms", 5, "--days", 1, "--scenario", "armageddon")
    assert told.exit_code == 2
    assert "armageddon" in told.stderr
