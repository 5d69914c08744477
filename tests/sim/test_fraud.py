"""Deceit in a lived market: what a ring does, what it costs, what of it shows, and that honest firms are left alone."""

import pandas as pd
import pytest

from credit.anomalies.fraud_gate import fraud_gate
from credit.tables import validate
from sim.scenarios.channels import FraudMove
from sim.scenarios.scenario import load_scenario

HONEST = {"fraud_ppm": 0}


@pytest.fixture(scope="module")
def ring(make_market):
    story = load_scenario("fraud_ring")
    move = FraudMove(starts_after_days=10, members=12, shells=2, buildup_days=60, source="as in the scenario, smaller")
    market = make_market(
        firms=80, days=140, seed=8, scenario=story.model_copy(update={"fraud_ring": (move,)}), **HONEST
    )
    members, tables = set(), {}
    for _ in range(market.settings.burn_in_days + market.days):
        market.step()
        members |= set(market.fraud.running)
        if market.day == market.settings.burn_in_days + 65:
            tables["build-up"] = market.observed.tables(), market.date
    tables["end"] = market.observed.tables(), market.date
    return market, members, tables


def test_a_ring_gathers_runs_away_and_leaves_debts(ring):
    market, members, _ = ring
    assert len(members) == 12
    gone = [market.smes[row] for row in members]
    assert all(not sme.is_active for sme in gone)
    open_loans = sum(facility.open_fen for facility in market.book.facilities if facility.obligor.row in members)
    assert open_loans > 0
    taken = [sme.money[sme.owner_slot] for sme in gone if sme.refused_on is None]
    assert min(taken) == 0  # the private money has left with its owner


def test_the_tables_of_a_ring_are_valid_and_name_no_member(ring):
    _, members, tables = ring
    told, _ = tables["end"]
    assert validate(told) == []
    for frame in told.values():
        for column in frame.columns:
            assert not any(word in column for word in ("fraud", "ring", "shell", "honest")), column
    assert members


def test_the_gate_finds_some_of_a_ring_during_its_build_up_and_few_others(ring):
    _, members, tables = ring
    told, day = tables["build-up"]
    verdicts = fraud_gate(told, day).verdicts
    caught = verdicts["outcome"] != "passes"
    names = {f"F{row:06d}" for row in members}
    rows = pd.Series(verdicts.get("firm_id", verdicts.index), index=caught.index).astype(str)
    recall = caught[rows.isin(names)].mean()
    false = caught[~rows.isin(names)].mean()
    print(f"recall {recall:.2f}, false alarms {false:.3f}")
    assert recall > 0.3
    assert false < 0.05


def test_forged_invoices_are_claims_in_the_books_like_others(ring):
    market, _, tables = ring
    invoices = tables["end"][0]["invoices"]
    unpaid = invoices["amount_fen"] - invoices["paid_fen"] - invoices["dilution_fen"]
    told = unpaid.groupby(invoices["firm_id"]).sum()
    for sme in market.smes[: market.lives.founded]:
        assert told.get(f"F{sme.row:06d}", 0) == sme.money[sme.slot + 1]


def test_before_the_ring_begins_nothing_differs(make_market):
    calm, ring = make_market(firms=40), make_market(firms=40, scenario="fraud_ring")
    for _ in range(calm.settings.burn_in_days + 30):
        calm.step()
        ring.step()
    assert calm.state_hash() == ring.state_hash()


def test_a_ring_graded_to_nothing_has_no_members():
    story = load_scenario("fraud_ring").graded(0.0)
    assert [move.members for move in story.moves("fraud_ring")] == [0]


def test_lone_deceivers_are_as_many_as_the_parameter_says(make_market):
    market = make_market(firms=3000, days=5)
    share = len(market.fraud._dishonest) / len(market.smes)
    assert share == pytest.approx(market.settings.fraud_ppm / 1e6, abs=0.008)


def test_who_owes_more_than_everything_it_keeps_refuses_and_others_do_not(make_market):
    market = make_market(firms=20)
    sme = market.smes[0]
    rich = sme.equity_fen
    assert not sme.refuses_to_pay(rich // 10)
    assert sme.refuses_to_pay(rich * 3)
    assert sme.refused_on == market.day
