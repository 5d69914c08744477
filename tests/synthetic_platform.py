"""A small platform whose truth is known: each firm has a hidden weakness that shows in lateness and drives default.

No market, no money flows: just event tables that obey `credit.tables`, made to test features and models against truth.
"""

from datetime import date, timedelta

import numpy as np
import pandas as pd
from scipy.special import expit

from credit.tables import conform, empty

START = date(2016, 1, 4)


def platform_tables(firms: int = 60, days: int = 720, seed: int = 1, strength: float = 1.0) -> dict[str, pd.DataFrame]:
    """The eleven tables of a made-up platform.

    Args:
        firms: how many SMEs.
        days: length of the history from START on.
        seed: of every draw.
        strength: how much weakness moves default and lateness; 0 gives a world in which no feature says anything.
    """
    rng = np.random.default_rng(seed)
    start = pd.Timestamp(START)
    end = start + timedelta(days=days)
    rows: dict[str, list[dict]] = {name: [] for name in ("firms", "controllers", "orders", "invoices", "operations")}
    rows |= {name: [] for name in ("facilities", "payments", "bureau", "visits", "decisions", "resin_prices")}

    def number(table: str) -> str:
        return f"{table}-{len(rows[table]):06d}"

    for k in range(firms):
        firm, person = f"F{k:04d}", f"C{k:04d}"
        weakness = rng.normal()
        since = start + timedelta(days=int(rng.integers(0, max(days // 3, 1))))
        base = {"firm_id": firm, "source": "made up"}
        rows["firms"].append(
            base
            | {
                "registered_on": since - timedelta(days=int(rng.integers(200, 5000))),
                "platform_since": since, "process": "film", "region": "44",
                "employees": int(rng.integers(5, 80)) if rng.random() < 0.9 else pd.NA,
                "annual_revenue_fen": int(3.5e8 * np.exp(rng.normal(0, 1))),
                "total_assets_fen": int(2e8), "total_debt_fen": int(2e8 * expit(0.5 * weakness * strength)),
                "tax_grade": str(rng.choice(["A", "B", "M"])),
            }
        )  # fmt: skip
        rows["controllers"].append(
            base
            | {
                "controller_id": person, "birth_year": int(rng.integers(1955, 1990)), "industry_since": 2005,
                "owns_home": bool(rng.random() < 0.75), "net_assets_fen": int(2e8), "worst_dpd_24m": 0,
                "enquiries_3m": int(rng.poisson(2)), "is_court_listed": False, "related_firms": 1, "equity_share": 0.6,
                "consent_until": end + timedelta(days=400) if rng.random() < 0.9 else pd.NaT,
            }
        )  # fmt: skip
        day, is_alive = since + timedelta(days=int(rng.integers(1, 20))), True
        while day < end and is_alive:
            order = base | {
                "order_id": number("orders"), "supplier_id": "S1", "placed_on": day, "grade": "LLDPE",
                "delivered_on": day + timedelta(days=4),
                "quantity_kg": float(np.round(15000 * rng.lognormal(0, 0.5))),
                "price_fen_per_tonne": 900_000, "paid_by": "cash",
                "match_share": float(rng.beta(30, 1.5)),
            }  # fmt: skip
            if rng.random() < 0.5:
                facility, due = number("facilities"), day + timedelta(days=45)
                is_alive = bool(rng.random() > expit(-4.2 + 1.3 * strength * weakness))
                late = int(rng.exponential(4) * np.exp(strength * weakness)) if rng.random() < 0.5 else 0
                paid = due + timedelta(days=min(late, 80)) if is_alive else pd.NaT
                amount = int(order["quantity_kg"] * 765)
                closed, status = (paid, "repaid") if is_alive else (due + timedelta(days=90), "defaulted")
                rows["facilities"].append(
                    base
                    | {
                        "facility_id": facility, "product": "purchase_loan", "wrapper": "micro_loan", "lender_id": "L1",
                        "opened_on": day, "due_on": due, "principal_fen": amount, "rate_annual": 0.146, "fee_fen": 0,
                        "deposit_fen": 0, "collateral": "none", "status": status, "closed_on": closed,
                    }
                )  # fmt: skip
                rows["payments"].append(
                    {
                        "payment_id": number("payments"), "facility_id": facility, "due_on": due, "due_fen": amount,
                        "paid_on": paid, "paid_fen": amount if is_alive else 0, "source": "made up",
                    }
                )  # fmt: skip
                rows["decisions"].append(
                    base
                    | {
                        "decision_id": number("decisions"), "decided_on": day, "product": "purchase_loan",
                        "outcome": "accepted", "limit_fen": 2 * amount, "term_days": 45, "rate_annual": 0.146,
                        "pd_annual": 0.035, "model_version": "made up", "is_override": False,
                    }
                )  # fmt: skip
                order |= {"paid_by": "facility", "facility_id": facility}
                if not is_alive:
                    known = due + timedelta(days=95)
                    event = {"event_id": number("bureau"), "firm_id": firm, "kind": "lawsuit", "source": "made up"}
                    rows["bureau"].append(event | {"happened_on": due + timedelta(days=92), "known_on": known})
            rows["orders"].append(order)
            day += timedelta(days=int(1 + rng.gamma(4, 3.5)))
        for issued in pd.date_range(since, min(day, end), freq="9D"):
            due = issued + timedelta(days=70)
            amount = int(rng.lognormal(15, 0.4))
            rows["invoices"].append(
                base
                | {
                    "invoice_id": number("invoices"), "buyer_id": f"B{rng.integers(0, 12)}", "issued_on": issued,
                    "due_on": due, "amount_fen": amount, "paid_fen": amount, "dilution_fen": 0,
                    "paid_on": due + timedelta(days=int(rng.exponential(15) * np.exp(0.3 * strength * weakness))),
                }
            )  # fmt: skip
        for month in pd.date_range(since + pd.offsets.MonthBegin(1), min(day, end), freq="MS"):
            logins = int(rng.poisson(16))
            rows["operations"].append(base | {"month": month, "logins": logins, "quotes": int(rng.poisson(4))})
        for visited in pd.date_range(since + timedelta(days=30), min(day, end), freq="120D"):
            finding = "concern" if rng.random() < expit(strength * weakness - 1.5) else "fine"
            visit = base | {"visit_id": number("visits"), "visited_on": visited, "finding": finding, "cost_fen": 60_000}
            rows["visits"].append(visit)
        for asked in range(int(rng.poisson(1.5))):
            happened = since + timedelta(days=int(rng.integers(0, days)))
            event = {"event_id": number("bureau"), "controller_id": person, "kind": "enquiry", "source": "made up"}
            rows["bureau"].append(event | {"happened_on": happened, "known_on": happened + timedelta(days=asked)})
    level = np.exp(np.cumsum(rng.normal(0, 0.012, days)))
    for k in range(days):
        price = {"date": start + timedelta(days=k), "grade": "LLDPE", "price_fen_per_tonne": int(900_000 * level[k])}
        rows["resin_prices"].append(price | {"source": "made up"})
    return {name: conform(name, pd.DataFrame(made)) if made else empty(name) for name, made in rows.items()}
