"""Trade that did not happen: papers that disagree, odd prices, round amounts, volumes beyond plant and power."""

from collections.abc import Mapping

import pandas as pd

from credit.anomalies.findings import Finding, Thresholds, finding, recent

HALF_YEAR_DAYS = 180
FINISHED_MONTHS = 6


def fake_trade(seen: Mapping[str, pd.DataFrame], now: pd.Timestamp, limits: Thresholds) -> list[Finding]:
    """Signs that a firm's trade is made up.

    Args:
        seen: the tables as they were known on the day (`credit.tables.visible`).
        now: the day.
        limits: the thresholds of the day.
    """
    return [
        *_papers(seen["orders"], now, limits),
        *_prices(seen["orders"], seen["resin_prices"], now, limits),
        *_round_amounts(seen["invoices"], now, limits),
        *_volumes(seen, now, limits),
    ]


def _papers(orders: pd.DataFrame, now: pd.Timestamp, limits: Thresholds) -> list[Finding]:
    told = recent(orders[orders["match_share"].notna()], "delivered_on", now, HALF_YEAR_DAYS)
    found = []
    for firm, rows in told.groupby("firm_id", sort=True):
        mean = float(rows["match_share"].mean())
        if len(rows) >= limits["least_orders"] and mean < limits["match_refer_share"]:
            poor = rows.loc[rows["match_share"] < limits["match_refer_share"], "order_id"]
            is_grave = mean < limits["match_refuse_share"]
            bound = limits["match_refuse_share"] if is_grave else limits["match_refer_share"]
            found.append(finding("papers_disagree", [str(firm)], is_grave, mean, bound, [("orders", poor)]))
    return found


def _prices(orders: pd.DataFrame, prices: pd.DataFrame, now: pd.Timestamp, limits: Thresholds) -> list[Finding]:
    index = prices.rename(columns={"date": "placed_on", "price_fen_per_tonne": "index_price"})
    told = recent(orders, "placed_on", now, HALF_YEAR_DAYS)
    told = told.merge(index[["placed_on", "grade", "index_price"]], on=["placed_on", "grade"])
    gap = told["price_fen_per_tonne"].astype(float) / told["index_price"].astype(float) - 1.0
    told = told.assign(is_off=gap.abs() > limits["price_gap_share"])
    found = []
    for firm, rows in told.groupby("firm_id", sort=True):
        mass = rows["quantity_kg"].astype(float)
        share = float(mass[rows["is_off"]].sum() / mass.sum())
        if len(rows) >= limits["least_orders"] and share >= limits["price_gap_orders_share"]:
            off, bound = rows.loc[rows["is_off"], "order_id"], limits["price_gap_orders_share"]
            found.append(finding("price_off_index", [str(firm)], False, share, bound, [("orders", off)]))
    return found


def _round_amounts(invoices: pd.DataFrame, now: pd.Timestamp, limits: Thresholds) -> list[Finding]:
    """Round amounts among all invoices of a firm, or among those on one buyer: a shell hides among real customers."""
    told = recent(invoices, "issued_on", now, HALF_YEAR_DAYS)
    told = told.assign(is_round=told["amount_fen"] % round(limits["round_amount_yuan"] * 100) == 0)
    found, bound = [], limits["round_invoices_share"]
    for firm, rows in told.groupby("firm_id", sort=True):
        by_buyer = rows.groupby("buyer_id")["is_round"].agg(["sum", "mean"])
        shells = by_buyer[(by_buyer["sum"] >= limits["least_orders"]) & (by_buyer["mean"] >= bound)]
        if rows["is_round"].sum() < limits["least_orders"] or (rows["is_round"].mean() < bound and shells.empty):
            continue
        share = float(max(rows["is_round"].mean(), shells["mean"].max() if len(shells) else 0.0))
        keys = rows.loc[rows["is_round"], "invoice_id"]
        found.append(finding("round_amounts", [str(firm)], False, share, bound, [("invoices", keys)]))
    return found


def _volumes(seen: Mapping[str, pd.DataFrame], now: pd.Timestamp, limits: Thresholds) -> list[Finding]:
    """What was bought, sold and powered in the last finished months, against what was made in them."""
    months = seen["operations"].dropna(subset=["output_kg"])
    first = (now + pd.Timedelta(1, unit="D")).to_period("M").to_timestamp() - pd.DateOffset(months=FINISHED_MONTHS)
    after = first + pd.DateOffset(months=FINISHED_MONTHS)
    months = months[(months["month"] >= first) & (months["month"] < after)]
    is_whole = months.groupby("firm_id")["month"].transform("size") == FINISHED_MONTHS  # else stocks rule the ratio
    months = months[is_whole]
    made = months.groupby("firm_id")["output_kg"].sum()
    made = made[made > 0]

    def between(table: pd.DataFrame, day: str) -> pd.DataFrame:
        return table[(table[day] >= first) & (table[day] < after) & table["firm_id"].isin(made.index)]

    bought, sold = between(seen["orders"], "delivered_on"), between(seen["invoices"], "issued_on")
    process = seen["firms"].drop_duplicates("firm_id", keep="last").set_index("firm_id")["process"].reindex(made.index)
    sales = sold.groupby("firm_id")["amount_fen"].sum().astype(float) / made
    powered = months.dropna(subset=["energy_kwh"]).groupby("firm_id")[["output_kg", "energy_kwh"]].sum()
    powered = powered[powered["energy_kwh"] > 0]
    measures = {
        "bought_beyond_output": bought.groupby("firm_id")["quantity_kg"].sum() / made,
        "sold_beyond_output": _against_peers(sales, process),
        "output_without_power": _against_peers(powered["output_kg"] / powered["energy_kwh"], process),
    }
    keys = months["firm_id"].astype(str) + " " + months["month"].dt.strftime("%Y-%m")
    found = []
    for code, values in measures.items():
        bound = limits["power_ratio" if code == "output_without_power" else "volume_ratio"]
        for firm, value in values[values > bound].sort_index().items():
            rows = [("operations", keys[months["firm_id"] == firm])]
            if code == "bought_beyond_output":
                rows.append(("orders", bought.loc[bought["firm_id"] == firm, "order_id"]))
            if code == "sold_beyond_output":
                rows.append(("invoices", sold.loc[sold["firm_id"] == firm, "invoice_id"]))
            found.append(finding(code, [str(firm)], False, float(value), bound, rows))
    return found


def _against_peers(values: pd.Series, process: pd.Series) -> pd.Series:
    """Each firm's value over the median of its process."""
    return values / values.groupby(process.reindex(values.index)).transform("median")
