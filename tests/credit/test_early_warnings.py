"""Early warnings from tables: each signal by hand, nothing from the future, and only the firm in trouble is told."""

from datetime import date

import pandas as pd
import pytest

from credit.early_warnings import signals_of, warnings_of
from credit.limit_rules import load_limit_rules
from credit.tables import conform, empty

NOW = date(2026, 6, 30)
RULES = load_limit_rules()


def ago(days):
    return pd.Timestamp(NOW) - pd.Timedelta(days, unit="D")


def platform(trouble=True):
    """Two firms that buy 10 t every ten days at the index; one of them gets into every kind of trouble."""
    rows = {name: [] for name in ("orders", "invoices", "bureau", "operations", "facilities")}
    for firm in ("calm", "ill"):
        is_ill = trouble and firm == "ill"
        for days in range(5, 200, 10):
            if is_ill and days < 30:
                continue
            rows["orders"].append({"firm_id": firm, "placed_on": ago(days), "quantity_kg": 10_000.0, "price": 800_000})
        for days in range(3, 300, 10):
            is_paid = days >= 60 and not (is_ill and 60 <= days < 120)
            rows["invoices"].append({
                "firm_id": firm, "buyer_id": "B1", "issued_on": ago(days), "due_on": ago(days - 30),
                "amount_fen": 1_000_000, "paid_on": ago(days - 55) if is_paid else pd.NaT,
                "paid_fen": 1_000_000 if is_paid else 0,
            })  # fmt: skip
        for month, energy in zip(range(1, 7), (100, 100, 100, 100, 100, 60 if is_ill else 98), strict=True):
            rows["operations"].append({"firm_id": firm, "month": f"2026-{month:02d}-01", "energy_kwh": energy})
        rows["facilities"].append({"firm_id": firm, "opened_on": ago(40), "due_on": ago(10)})
        rows["facilities"].append({"firm_id": firm, "opened_on": ago(12 if is_ill else 20), "due_on": ago(-18)})
    if trouble:
        rows["orders"].append({"firm_id": "ill", "placed_on": ago(26), "quantity_kg": 31_000.0, "price": 840_000})
        kinds = [
            ("enquiry", 3),
            ("enquiry", 10),
            ("enquiry", 29),
            ("lawsuit", 80),
            ("phone_change", 179),
            ("lawsuit", -1),
        ]
        rows["bureau"] = [
            {"firm_id": "ill", "kind": kind, "happened_on": ago(days), "known_on": ago(days)} for kind, days in kinds
        ]
    rows["orders"] = [
        {key: value for key, value in row.items() if key != "price"}
        | {"order_id": f"O{number}", "supplier_id": "S1", "grade": "PP", "price_fen_per_tonne": row["price"],
           "paid_by": "cash"}
        for number, row in enumerate(rows["orders"])
    ]  # fmt: skip
    keys = {"invoices": "invoice_id", "bureau": "event_id"}
    for name, key in keys.items():
        rows[name] = [row | {key: f"{name}-{number}"} for number, row in enumerate(rows[name])]
    rows["invoices"] = [row | {"dilution_fen": 0} for row in rows["invoices"]]
    rows["operations"] = [row | {"logins": 5, "quotes": 1} for row in rows["operations"]]
    rows["facilities"] = [
        row | {"facility_id": f"L{number}", "product": "purchase_loan", "wrapper": "credit_sale", "lender_id": "K1",
               "principal_fen": 10, "rate_annual": 0.1, "fee_fen": 0, "deposit_fen": 0, "collateral": "none",
               "status": "open"}
        for number, row in enumerate(rows["facilities"])
    ]  # fmt: skip
    rows["firms"] = [
        {"firm_id": firm, "registered_on": ago(3000), "platform_since": ago(700), "process": "film", "region": "44"}
        for firm in ("calm", "ill")
    ]
    rows["resin_prices"] = [{"date": ago(day), "grade": "PP", "price_fen_per_tonne": 800_000} for day in range(210)]
    return {
        name: conform(name, pd.DataFrame([row | {"source": "made up"} for row in table])) if table else empty(name)
        for name, table in rows.items()
    }


SIGNALS = signals_of(platform(), NOW)


@pytest.mark.parametrize(
    ("signal", "calm", "ill"),
    [
        ("purchase_change", 0.0, 0.0),  # one large order for three small ones is no change
        ("order_size_ratio", 1.0, 3.1),
        ("order_gap_ratio", 0.5, 2.6),
        ("buying_above_index", 0.0, 0.05),
        ("enquiries_30d", 0, 3),
        ("new_lawsuits_90d", 0, 1),
        ("identity_changes_180d", 0, 1),
        ("power_change", -0.02, -0.4),
        ("orders_near_maturity", 0, 1),
        ("top_buyer_overdue_days", 0, 58),  # 83 days late, where 25 are this buyer's habit
    ],
)
def test_each_signal_by_hand(signal, calm, ill):
    assert SIGNALS.loc["calm", signal] == pytest.approx(calm)
    assert SIGNALS.loc["ill", signal] == pytest.approx(ill)


def test_unpaid_invoices_lengthen_receivable_days_by_their_number():
    """Six invoices of two months more are open than should be, on nine of a quarter: 60 days, less what is chance."""
    longer = SIGNALS.loc["ill", "receivable_days_change"] - SIGNALS.loc["calm", "receivable_days_change"]
    assert 40.0 < longer < 60.0


def test_only_the_firm_in_trouble_is_warned_and_the_hard_event_is_red():
    told = warnings_of(SIGNALS, RULES)
    assert (told["calm"].signals, told["calm"].is_red) == ((), False)
    assert told["ill"].is_red
    assert {"new_lawsuits_90d", "power_change", "order_size_ratio", "order_gap_ratio"} <= set(told["ill"].signals)
    assert "purchase_change" not in told["ill"].signals


def test_a_calm_platform_raises_nothing_and_the_future_changes_nothing():
    calm = signals_of(platform(trouble=False), NOW)
    assert all(not raised.signals for raised in warnings_of(calm, RULES).values())
    pd.testing.assert_series_equal(calm.loc["calm"], SIGNALS.loc["calm"])
    assert SIGNALS.loc["ill", "new_lawsuits_90d"] == 1  # tomorrow's lawsuit is not known today


def test_a_platform_without_history_knows_nothing_and_warns_nobody():
    tables = {"firms": platform()["firms"]}
    signals = signals_of(tables, NOW)
    assert list(signals.index) == ["calm", "ill"]
    assert all(not raised.signals for raised in warnings_of(signals, RULES).values())
