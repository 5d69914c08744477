"""A small honest set of observable tables, drawn so that every rule has something to hold on to."""

import numpy as np
import pandas as pd

from credit.table_specs import BUREAU_KINDS, COLLATERALS, FINDINGS, GRADES, PROCESSES, TAX_GRADES, WRAPPERS
from credit.tables import conform

START = pd.Timestamp("2023-01-02")
DAYS = 360


def example_tables(firms: int = 12, seed: int = 1, rows: int = 60) -> dict[str, pd.DataFrame]:
    """Eleven tables of `firms` firms and about `rows` orders, invoices, bureau events and visits each."""
    rng = np.random.default_rng(seed)
    ids = np.array([f"F{i:04d}" for i in range(firms)])

    def pick(values, n):
        return np.array(values, dtype=object)[rng.integers(0, len(values), n)]

    def day(n, low=0, high=DAYS):
        return START + pd.to_timedelta(rng.integers(low, high, n), unit="D")

    def after(days, low, high):
        return days + pd.to_timedelta(rng.integers(low, high, len(days)), unit="D")

    def sometimes(values, share=0.7):
        return pd.Series(values).where(rng.random(len(values)) < share)

    facilities = max(firms // 2, 1)
    opened = day(facilities, 0, 200)
    due = after(opened, 30, 91)
    status = pick(["open", "repaid", "defaulted"], facilities)
    facility_ids = np.array([f"L{i:04d}" for i in range(facilities)])
    placed, issued = day(rows), day(rows)
    link = pick([*facility_ids, None], rows)
    amount = rng.integers(10_000, 90_000_000, rows)
    paid = sometimes(after(issued, -3, 120))
    happened = day(rows)
    months = pd.date_range("2023-01-01", periods=3, freq="MS")
    tables = {
        "firms": {
            "firm_id": ids, "registered_on": START - pd.to_timedelta(rng.integers(400, 9000, firms), unit="D"),
            "platform_since": day(firms, -300, 40), "process": pick(PROCESSES, firms),
            "region": pick(["44", "CN-ZJ"], firms),
            "cluster": sometimes(["顺德乐从"] * firms), "employees": sometimes(rng.integers(3, 300, firms)),
            "annual_revenue_fen": sometimes(rng.integers(10**8, 10**10, firms)), "tax_grade": pick(TAX_GRADES, firms),
        },
        "controllers": {
            "controller_id": [f"C{i:04d}" for i in range(firms)], "firm_id": ids,
            "birth_year": rng.integers(1955, 1990, firms), "industry_since": rng.integers(1995, 2015, firms),
            "owns_home": sometimes(rng.random(firms) < 0.7), "net_assets_fen": rng.integers(-(10**8), 10**9, firms),
            "equity_share": rng.random(firms),
            "consent_until": sometimes(START + pd.to_timedelta([400] * firms, unit="D")),
        },
        "orders": {
            "order_id": [f"O{i:06d}" for i in range(rows)], "firm_id": pick(ids, rows),
            "supplier_id": pick(["S1", "S2"], rows),
            "placed_on": placed, "delivered_on": sometimes(after(placed, 0, 9)), "grade": pick(GRADES, rows),
            "quantity_kg": rng.integers(1_000, 32_000_000, rows) / 1000,
            "price_fen_per_tonne": rng.integers(600_000, 1_500_000, rows),
            "paid_by": ["cash" if one is None else "facility" for one in link], "facility_id": link,
            "match_share": sometimes(rng.random(rows)),
        },
        "invoices": {
            "invoice_id": [f"I{i:06d}" for i in range(rows)], "firm_id": pick(ids, rows),
            "buyer_id": pick(["B1", "B2"], rows),
            "issued_on": issued, "due_on": after(issued, 0, 90), "amount_fen": amount, "paid_on": paid,
            "paid_fen": np.where(paid.isna(), 0, amount * 9 // 10),
            "dilution_fen": np.where(paid.isna(), 0, amount // 20),
            "assigned_facility_id": pick([None, *facility_ids], rows),
        },
        "operations": {
            "firm_id": np.repeat(ids, 3), "month": np.tile(months, firms), "output_kg": rng.random(3 * firms) * 1e5,
            "energy_kwh": sometimes(rng.random(3 * firms) * 1e4), "logins": rng.integers(0, 60, 3 * firms),
            "quotes": rng.integers(0, 20, 3 * firms),
        },
        "facilities": {
            "facility_id": facility_ids, "firm_id": pick(ids, facilities), "product": "purchase_loan",
            "wrapper": pick(WRAPPERS, facilities), "lender_id": "K1", "opened_on": opened, "due_on": due,
            "principal_fen": rng.integers(10**7, 10**8, facilities), "rate_annual": 0.146, "fee_fen": 86_400,
            "deposit_fen": 4_320_000, "collateral": pick(COLLATERALS, facilities), "status": status,
            "closed_on": pd.Series(after(due, 0, 91)).where(status != "open"),
        },
        "payments": {
            "payment_id": [f"P{i:04d}" for i in range(facilities)], "facility_id": facility_ids, "due_on": due,
            "due_fen": 10**7, "paid_on": pd.Series(due).where(status == "repaid"),
            "paid_fen": np.where(status == "repaid", 10**7, 0),
        },
        "bureau": {
            "event_id": [f"E{i:06d}" for i in range(rows)], "firm_id": pick(ids, rows),
            "controller_id": pick([None, "C0000"], rows), "happened_on": happened, "known_on": after(happened, 0, 30),
            "kind": pick(BUREAU_KINDS, rows),
        },
        "visits": {
            "visit_id": [f"V{i:06d}" for i in range(rows)], "firm_id": pick(ids, rows), "visited_on": day(rows),
            "finding": pick(FINDINGS, rows), "cost_fen": 30_000,
        },
        "decisions": {
            "decision_id": [f"D{i:06d}" for i in range(rows)], "firm_id": pick(ids, rows), "decided_on": day(rows),
            "product": "purchase_loan", "outcome": "refused", "limit_fen": 0, "term_days": 0, "rate_annual": 0.0,
            "pd_annual": rng.random(rows), "model_version": "expert-1",
            "reasons": pick(["young_firm;low_match", None], rows),
            "is_override": False,
        },
        "resin_prices": {
            "date": START + pd.to_timedelta(np.arange(DAYS), unit="D"), "grade": "LLDPE",
            "price_fen_per_tonne": rng.integers(700_000, 900_000, DAYS),
        },
    }  # fmt: skip
    return {name: conform(name, pd.DataFrame(columns).assign(source="example")) for name, columns in tables.items()}
