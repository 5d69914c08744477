"""Money is conserved and contracts are kept by the recorded tables alone, whoever lends and whatever befalls.

The auditor shares no code with book and ledgers, and finds every fen that somebody moves in the tables.
"""

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from credit.errors import BadInput
from credit.files import DATA
from credit.products import load_product
from sim.arms.arm import ARMS, arm_named
from sim.books import discrepancies, records_audit, records_sheets
from sim.books.facilities import KINDS
from sim.books.recorders import FLOWS
from sim.books.records import records_of
from sim.books.records_audit import audit, waterfall
from sim.desk.aftercare import restructured
from sim.products import growth, lease

HARD = {
    "firms": 90, "days": 620, "margin_shock_spread_ppm": 150_000, "sudden_stop_ppm": 200_000, "resolution_days": 60,
    "guarantee_lag_days": 20, "estate_days": 61, "platform_first_loss_ppm": 50_000, "without_surety_ppm": 200_000,
}  # fmt: skip


def _fees() -> dict[tuple[str, str], int]:
    told = {}
    for kind in KINDS:
        path = DATA / "products" / f"{kind.product}.yaml"
        if path.exists():  # the bank's loan against property is no product of ours and has no fee
            told[kind.product, kind.form] = load_product(path).any_form(kind.form).upfront_fee_share.ppm
    return told


FEES = _fees()
RARE = {"service", "rolled_in", "rolled_out"}
"""Movements that take years or much bad luck: lived in a market of their own below."""


@pytest.fixture(scope="module")
def recorded(make_market):
    lives = {}

    def live(name, seed=4, scenario="resin_crash_2008"):
        if name not in lives:
            market = make_market(**HARD, seed=seed, scenario=scenario, policy=arm_named(name) if name else None)
            for _ in range(market.settings.burn_in_days + market.days):
                market.step()
            lives[name] = records_of(market)
        return lives[name]

    return live


def test_the_auditor_knows_nothing_of_book_and_ledger():
    allowed = {
        "sim.books.discrepancies",
        "sim.books.records_sheets",
        "collections.abc",
        "dataclasses",
        "typing",
        "numpy",
        "pandas",
    }
    for module in (records_audit, records_sheets, discrepancies):
        for node in ast.walk(ast.parse(Path(module.__file__).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert {alias.name for alias in node.names} <= allowed
            elif isinstance(node, ast.ImportFrom):
                assert node.module in allowed


@pytest.mark.parametrize("name", [*ARMS, None])
def test_every_fen_of_every_claim_is_accounted_for_by_the_tables_alone(recorded, name):
    records = recorded(name)
    assert audit(records, FEES) == []
    assert (records.flows["kind"] == "defaulted").any()
    assert records.balances["day"].nunique() > 20


def test_the_life_under_audit_has_seen_every_kind_of_movement(recorded):
    seen = set().union(*(set(recorded(name).flows["kind"]) for name in ARMS))
    assert set(FLOWS) - seen <= RARE
    products = set().union(*(set(recorded(name).facilities["product"]) for name in ARMS))
    assert products >= {"purchase_loan", "machine_lease", "turnover_revolver", "receivables_advance", "collateral_loan"}


@pytest.mark.parametrize("name", list(ARMS))
def test_the_waterfall_closes_for_every_product_and_in_all(recorded, name):
    records = recorded(name)
    table = waterfall(records)
    assert (table["exposure"] == table.drop(columns="exposure").sum(axis=1)).all()
    assert (table >= 0).to_numpy().all()
    whole = records.daily.sum(numeric_only=True)
    before = records.flows["day"] < records.first_day
    in_burn_in = records.flows[before & (records.flows["kind"] == "defaulted")]["amount"].sum()
    assert table.loc["all", "exposure"] == whole["exposure_at_default_fen"] + in_burn_in


@pytest.mark.parametrize("kind", sorted(set(FLOWS) - RARE))
def test_a_fen_that_somebody_moves_is_found(recorded, kind):
    """Any movement, changed by one fen or left out, leaves a trace."""
    records = next(one for one in map(recorded, ARMS) if (one.flows["kind"] == kind).any())
    rows = records.flows.index[records.flows["kind"] == kind]
    flows = records.flows.copy()
    flows.loc[rows[len(rows) // 2], "amount"] += 1
    assert audit(replace(records, flows=flows), FEES)
    assert audit(replace(records, flows=records.flows.drop(index=rows[0])), FEES)


def test_a_lease_bought_at_its_end_and_a_restructured_loan_pass_the_audit_too(make_market):
    market = make_market(firms=10, days=480, policy=arm_named("ladder"), sudden_stop_ppm=0)
    for _ in range(30):
        market.step()
    market.date = market.date_of(market.day)
    sme, forms = market.smes[2], market.desk.forms
    lease.draw_leaseback(market, sme, market.desk.lessor, forms["sale_leaseback"], 200_000_00, 900, 12, 109_500)
    old = growth.draw_growth(market, sme, market.lenders[0], forms["growth_loan"], 300_000_00, 12, 109_500)
    for _ in range(20):
        market.step()
    market.date = market.date_of(market.day)
    restructured(market, old)
    for _ in range(420):
        market.step()
    records = records_of(market)
    assert {"service", "rolled_in", "rolled_out"} <= set(records.flows["kind"])
    assert audit(records, FEES) == []
    for kind in sorted(RARE):
        rows = records.flows.index[records.flows["kind"] == kind]
        assert audit(replace(records, flows=records.flows.drop(index=rows[0])), FEES), kind


def test_other_tables_cannot_be_changed_unseen_either(recorded):
    records = recorded("ladder")
    last = len(records.balances) - 1
    changes = {
        "positions": ("open", "written_down", "deposit"),
        "facilities": ("fee",),
        "payments": ("paid",),
        "balances": ("amount",),
    }
    for table, columns in changes.items():
        for column in columns:
            frame = getattr(records, table).copy()
            paid = np.flatnonzero(frame[column].to_numpy() > 0)
            row = last if table == "balances" else int(paid[len(paid) // 2]) if len(paid) else 0
            frame.loc[row, column] += 1
            assert audit(replace(records, **{table: frame}), FEES), (table, column)
    for column in ("disbursed_fen", "repaid_fen", "lender_loss_fen", "recovered_goods_fen"):
        daily = records.daily.copy()
        daily.loc[100, column] += 1
        assert audit(replace(records, daily=daily), FEES), column


def test_a_loan_at_another_rate_than_agreed_is_found(recorded):
    records = recorded("ladder")
    for product in ("purchase_loan", "machine_lease", "turnover_revolver", "receivables_advance"):
        facilities = records.facilities.copy()
        facilities.loc[facilities["product"] == product, "rate_ppm"] += 20_000
        rules = {one.rule for one in audit(replace(records, facilities=facilities), FEES)}
        assert rules, product


def test_an_unknown_product_has_no_fee(recorded):
    with pytest.raises(BadInput):
        load_product(DATA / "products" / "collateral_loan.yaml")
    assert {one.rule for one in audit(recorded("single"), {})} == {"fee by contract"}
