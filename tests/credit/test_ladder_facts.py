"""What the ladder asks, read from tables: no look-ahead, own records by hand, and blindness down to the PD."""

import json
from datetime import date, timedelta

import pandas as pd
import pytest
from synthetic_platform import START, platform_tables

from credit.default_model import DefaultModel
from credit.errors import BadInput
from credit.files import DATA
from credit.firm_files import firm_schema, load_firm
from credit.ladder_decision import Application, Judge
from credit.ladder_facts import facts_of, facts_of_firm
from credit.ladder_measures import MEASURES
from credit.ladder_rules import load_ladder

DAY = START + timedelta(days=500)
MODEL = DefaultModel.load(DATA / "models" / "purchase_pd.json")
TABLES = platform_tables(firms=10, days=540, seed=4)
POLICY, BLIND = load_ladder("ladder"), load_ladder("ladder_without_live_data")
FACTS = facts_of(TABLES, DAY, POLICY, MODEL)


def test_nothing_learnt_later_is_in_the_facts():
    until = pd.Timestamp(DAY)
    columns = {"orders": "placed_on", "invoices": "issued_on", "facilities": "opened_on", "bureau": "known_on"}
    past = {name: TABLES[name][TABLES[name][column] <= until] for name, column in columns.items()}
    past["payments"] = TABLES["payments"][TABLES["payments"]["facility_id"].isin(past["facilities"]["facility_id"])]
    assert facts_of({**TABLES, **past}, DAY, POLICY, MODEL) == FACTS


def test_own_records_counted_by_hand():
    now = pd.Timestamp(DAY)
    for firm in FACTS:
        mine = TABLES["facilities"][
            (TABLES["facilities"]["firm_id"] == firm) & (TABLES["facilities"]["opened_on"] <= now)
        ]
        closed = mine[mine["closed_on"].notna() & (mine["closed_on"] <= now)]
        values = FACTS[firm].values
        assert values["repaid_cycles"] == (closed["status"] == "repaid").sum()
        still_open = mine[~mine["facility_id"].isin(closed["facility_id"])]
        assert values["exposure_yuan"] == pytest.approx(still_open["principal_fen"].sum() / 100)
        worst = 0
        for row in TABLES["payments"][TABLES["payments"]["facility_id"].isin(mine["facility_id"])].itertuples():
            is_open = pd.isna(row.paid_on) or row.paid_on > now or row.paid_fen < 0.99 * row.due_fen
            if is_open and row.due_on <= now:
                worst = max(worst, (now - row.due_on).days)
        assert values["dpd"] == worst
        bought = TABLES["orders"][(TABLES["orders"]["firm_id"] == firm) & (TABLES["orders"]["placed_on"] <= now)]
        bought = bought[bought["placed_on"] > now - timedelta(days=90)]
        yuan = (bought["quantity_kg"] * bought["price_fen_per_tonne"]).sum() / 100_000
        assert values["monthly_purchases_yuan"] == pytest.approx(yuan / 3)


def test_the_blind_arm_decides_the_same_whatever_was_traded_or_done():
    """Orders, invoices and log-ins rewritten: what the arm without live data knows and decides stays bit for bit."""
    others = platform_tables(firms=10, days=540, seed=9)
    changed = dict(TABLES)
    for name in ("orders", "invoices", "operations", "visits"):
        changed[name] = others[name]
    before, after = (facts_of(tables, DAY, BLIND, MODEL) for tables in (TABLES, changed))
    judge = Judge.on(BLIND, date(2026, 1, 1))
    asked = Application("purchase_loan.goods_controlled", 200_000, 30, 0.15)
    for firm, known in before.items():
        assert known.seen_through(BLIND.sees) == after[firm].seen_through(BLIND.sees)
        assert judge.decide(known, asked) == judge.decide(after[firm], asked)
    seeing = facts_of(changed, DAY, POLICY, MODEL)
    assert any(seeing[firm].get("pd_annual") != FACTS[firm].get("pd_annual") for firm in FACTS)


def test_growth_is_not_known_until_somebody_forecasts_it():
    assert all(facts.get("growth_coverage") is None for facts in FACTS.values())


def test_a_firm_that_is_not_there_is_named():
    with pytest.raises(BadInput, match="F9999"):
        facts_of_firm(TABLES, "F9999", DAY, POLICY, MODEL)


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("  pd_annual: 0.045", "  pd_annual: 4.5", "pd_annual"),
        ("  pd_annual:", "  pd_anual:", "pd_anual"),
        ("amount_yuan: 288000", "amount_yuan: -1", "amount_yuan"),
        ("firm_id: newcomer", "firm: newcomer", "firm_id"),
    ],
)
def test_a_firm_file_that_cannot_be_meant_is_refused_by_name(tmp_path, old, new, rule):
    text = (DATA / "firms" / "newcomer.yaml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "firm.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(BadInput, match=rule):
        load_firm(path)


def test_the_example_knows_only_measures_that_exist_and_the_schema_is_the_one_enforced():
    assert set(load_firm(DATA / "firms" / "newcomer.yaml").facts) <= set(MEASURES)
    assert json.loads((DATA / "firms" / "schema.json").read_text(encoding="utf-8")) == firm_schema()


def test_growth_that_could_be_forecast_opens_the_gate_that_asks_for_it():
    firms = list(FACTS)
    coverage = pd.Series([0.8, 0.5], index=pd.Index(firms[:2], name="firm_id"))
    told = facts_of(TABLES, DAY, POLICY, MODEL, coverage)
    gate = next(gate for gate in POLICY.gates() if gate.measure == "growth_coverage")
    assert [gate.is_kept(told[firm].get("growth_coverage")) for firm in firms[:3]] == [True, False, False]
    assert {firm: {**facts.values, "growth_coverage": 0} for firm, facts in told.items()} == {
        firm: {**facts.values, "growth_coverage": 0} for firm, facts in FACTS.items()
    }
