"""The monthly firm panel adds up to the events that it is made of; a run keeps as much as it was asked for."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from sim.books.panel import PANEL_COLUMNS, panel_of
from sim.runs.provenance import provenance
from sim.runs.run import Run, damage, live
from sim.scenarios.scenario import load_scenario


@pytest.fixture(scope="module")
def tables(lived):
    return lived(firms=40, days=120, scenario="payment_delay").observed.tables()


@pytest.fixture(scope="module")
def panel(tables):
    return panel_of(tables)


def test_a_row_is_a_firm_and_a_month_in_which_it_reported(panel, tables):
    assert tuple(panel.columns) == PANEL_COLUMNS
    keys = panel[["firm_id", "month"]]
    assert not keys.duplicated().any()
    assert len(panel) == len(tables["operations"])
    assert keys.equals(keys.sort_values(["firm_id", "month"], ignore_index=True))


def test_sums_over_the_panel_are_the_sums_of_the_events_in_its_months(panel, tables):
    invoices, payments = tables["invoices"], tables["payments"].merge(tables["facilities"], on="facility_id")
    reported = set(zip(panel["firm_id"], panel["month"].dt.to_period("M"), strict=True))

    def total(events, day, amount):
        known = events[events[day].notna()]
        months = pd.to_datetime(known[day]).dt.to_period("M")
        inside = [key in reported for key in zip(known["firm_id"], months, strict=True)]
        return int(known[amount][inside].sum())

    assert panel["sold_fen"].sum() == total(invoices, "issued_on", "amount_fen") > 0
    assert panel["collected_fen"].sum() == total(invoices, "paid_on", "paid_fen") > 0
    assert panel["drawn_fen"].sum() == total(tables["facilities"], "opened_on", "principal_fen") > 0
    assert panel["paid_fen"].sum() == total(payments, "paid_on", "paid_fen") > 0


def test_lateness_on_a_months_last_day_is_that_of_the_oldest_unpaid_instalment(tables):
    unpaid = tables["payments"].copy()
    unpaid.loc[unpaid.index[:12], "paid_on"] = pd.NaT  # whatever the market did: twelve are never paid
    panel = panel_of({**tables, "payments": unpaid})
    payments = unpaid.merge(tables["facilities"][["facility_id", "firm_id"]], on="facility_id")
    late = panel[panel["days_past_due"] > 0]
    assert len(late) > 0
    for row in late.head(10).itertuples():
        last = row.month + pd.offsets.MonthEnd(0)
        own = payments[payments["firm_id"] == row.firm_id]
        unpaid = own[(own["due_on"] < last) & ~(own["paid_on"] <= last)]
        assert row.days_past_due == (last - unpaid["due_on"].min()).days
        assert row.outstanding_due_fen == unpaid["due_fen"].sum()


def test_a_run_keeps_as_much_as_it_was_asked_for_and_finds_the_same(tmp_path):
    plain = Run(load_scenario("baseline"), seed=2, firms=6, days=10, provenance=provenance())
    live(plain, tmp_path)
    first = (tmp_path / plain.id / "summary.json").read_bytes()
    more = replace(plain, keep="events")
    assert more.id == plain.id
    assert damage(plain, tmp_path) is None
    assert damage(more, tmp_path) == "panel.parquet was not asked for when it was lived"
    live(more, tmp_path)
    assert damage(more, tmp_path) is None
    assert damage(plain, tmp_path) is None, "more than was asked for does no harm"
    assert (tmp_path / plain.id / "summary.json").read_bytes() == first
    orders = pd.read_parquet(tmp_path / plain.id / "events" / "orders.parquet")
    panel = pd.read_parquet(tmp_path / plain.id / "panel.parquet")
    assert len(orders) > 0
    assert np.isin(panel["firm_id"], pd.read_parquet(tmp_path / plain.id / "events" / "firms.parquet")["firm_id"]).all()
    (tmp_path / plain.id / "events" / "orders.parquet").write_bytes(b"")
    assert damage(plain, tmp_path) == "events/orders.parquet is not what was written"
