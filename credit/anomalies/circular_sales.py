"""Goods that go round: circles of two to four trades within a quarter that keep their value.

An invoice of A on B and an order of B from A are two records of one trade: the larger counts. A circle is told once,
with every firm of the platform on it.
"""

from collections.abc import Mapping
from itertools import islice, pairwise

import networkx
import pandas as pd

from credit.anomalies.findings import Finding, Thresholds, finding, recent

LONGEST = 4
MOST_CIRCLES = 20_000
"""Circles looked at in one part of the graph: a part with more is no ring but a market that trades with itself."""


def circular_sales(seen: Mapping[str, pd.DataFrame], now: pd.Timestamp, limits: Thresholds) -> list[Finding]:
    """Circles of trade that keep their value; arguments as in `credit.anomalies.fake_trade.fake_trade`."""
    trades = _trades(seen, now, limits["circle_days"])
    graph: networkx.DiGraph[str] = networkx.DiGraph()
    by_edge = trades.groupby(["source", "target", "table"], sort=True)["fen"].sum().groupby(["source", "target"]).max()
    for row in by_edge.reset_index().to_dict("records"):
        graph.add_edge(str(row["source"]), str(row["target"]), weight=float(row["fen"]))
    clients = set(seen["firms"]["firm_id"].astype(str))
    sales = recent(seen["invoices"], "issued_on", now, limits["circle_days"])
    sold = sales.groupby("firm_id")["amount_fen"].sum().astype(float)
    found = []
    for part in sorted(networkx.strongly_connected_components(graph), key=min):
        if len(part) < 2:
            continue
        inner = graph.subgraph(sorted(part))
        for circle in islice(networkx.simple_cycles(inner, length_bound=LONGEST), MOST_CIRCLES):
            legs = list(pairwise([*circle, circle[0]]))
            values = [graph.edges[leg]["weight"] for leg in legs]
            kept = min(values) / max(values)
            firms = sorted(set(circle) & clients)
            if len(circle) < 2 or kept < limits["circle_kept_share"] or not firms:
                continue
            shares = [graph.edges[leg]["weight"] / sold.get(leg[0], float("nan")) for leg in legs if leg[0] in clients]
            is_grave = any(share >= limits["circle_sales_share"] for share in shares)
            on_circle = trades[trades.set_index(["source", "target"]).index.isin(legs)]
            rows = [(str(table), some["key"]) for table, some in on_circle.groupby("table")]
            found.append(finding("circular_sales", firms, is_grave, kept, limits["circle_kept_share"], rows))
    return sorted(found, key=lambda one: (one.firm_ids, one.evidence[0].key, len(one.evidence)))


def _trades(seen: Mapping[str, pd.DataFrame], now: pd.Timestamp, days: float) -> pd.DataFrame:
    """Goods from source to target: one row an order or invoice, with its value in fen."""
    orders = recent(seen["orders"], "placed_on", now, days)
    sales = recent(seen["invoices"], "issued_on", now, days)
    bought = pd.DataFrame({
        "source": orders["supplier_id"].astype(str), "target": orders["firm_id"].astype(str), "table": "orders",
        "key": orders["order_id"].astype(str),
        "fen": orders["quantity_kg"].astype(float) * orders["price_fen_per_tonne"].astype(float) / 1000.0,
    })  # fmt: skip
    sold = pd.DataFrame({
        "source": sales["firm_id"].astype(str), "target": sales["buyer_id"].astype(str), "table": "invoices",
        "key": sales["invoice_id"].astype(str), "fen": sales["amount_fen"].astype(float),
    })  # fmt: skip
    return pd.concat([bought, sold], ignore_index=True)
