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
    by_firm = told.groupby("firm_id", sort=True)["match_share"].agg(["size", "mean"])
    poor = by_firm[(by_firm["size"] >= limits["least_orders"]) & (by_firm["mean"] < limits["match_refer_share"])]
    rows = _keys(told[told["match_share"] < limits["match_refer_share"]], "order_id", poor.index)
    found = []
    for firm, mean in poor["mean"].items():
        is_grave = mean < limits["match_refuse_share"]
        bound = limits["match_refuse_share"] if is_grave else limits["match_refer_share"]
        found.append(finding("papers_disagree", [str(firm)], is_grave, mean, bound, [("orders", rows[str(firm)])]))
    return found


def _prices(orders: pd.DataFrame, prices: pd.DataFrame, now: pd.Timestamp, limits: Thresholds) -> list[Finding]:
    index = prices.rename(columns={"date": "placed_on", "price_fen_per_tonne": "index_price"})
    told = recent(orders, "placed_on", now, HALF_YEAR_DAYS)
    told = told.merge(index[["placed_on", "grade", "index_price"]], on=["placed_on", "grade"])
    gap = told["price_fen_per_tonne"].astype(float) / told["index_price"].astype(float) - 1.0
    mass = told["quantity_kg"].astype(float)
    told = told.assign(is_off=gap.abs() > limits["price_gap_share"], mass=mass)
    told = told.assign(off=told["mass"].where(told["is_off"], 0.0))
    by_firm = told.groupby("firm_id", sort=True).agg(orders=("mass", "size"), mass=("mass", "sum"), off=("off", "sum"))
    share, bound = by_firm["off"] / by_firm["mass"], limits["price_gap_orders_share"]
    odd = share[(by_firm["orders"] >= limits["least_orders"]) & (share >= bound)]
    rows = _keys(told[told["is_off"]], "order_id", odd.index)
    return [
        finding("price_off_index", [str(firm)], False, value, bound, [("orders", rows[str(firm)])])
        for firm, value in odd.items()
    ]


def _round_amounts(invoices: pd.DataFrame, now: pd.Timestamp, limits: Thresholds) -> list[Finding]:
    """Round amounts among all invoices of a firm, or among those on one buyer: a shell hides among real customers."""
    told = recent(invoices, "issued_on", now, HALF_YEAR_DAYS)
    told = told.assign(is_round=told["amount_fen"] % round(limits["round_amount_yuan"] * 100) == 0)
    by_buyer = told.groupby(["firm_id", "buyer_id"], sort=True)["is_round"].agg(["sum", "mean"])
    shells = by_buyer.loc[by_buyer["sum"] >= limits["least_orders"], "mean"].groupby("firm_id").max()
    by_firm = told.groupby("firm_id", sort=True)["is_round"].agg(["sum", "mean"])
    by_firm = by_firm[by_firm["sum"] >= limits["least_orders"]]
    share = by_firm["mean"].combine(shells.reindex(by_firm.index), max, fill_value=0.0)
    odd, bound = share[share >= limits["round_invoices_share"]], limits["round_invoices_share"]
    rows = _keys(told[told["is_round"]], "invoice_id", odd.index)
    return [
        finding("round_amounts", [str(firm)], False, value, bound, [("invoices", rows[str(firm)])])
        for firm, value in odd.items()
    ]


def _keys(table: pd.DataFrame, key: str, firms: pd.Index) -> dict[str, list[str]]:
    """The keys of some firms' rows, by firm."""
    own = table[table["firm_id"].isin(firms)]
    return {str(firm): keys.tolist() for firm, keys in own.groupby("firm_id")[key]}


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
    months = months.assign(key=months["firm_id"].astype(str) + " " + months["month"].dt.strftime("%Y-%m"))
    found = []
    for code, values in measures.items():
        bound = limits["power_ratio" if code == "output_without_power" else "volume_ratio"]
        beyond = values[values > bound].sort_index()
        rows = {"operations": _keys(months, "key", beyond.index)}
        if code == "bought_beyond_output":
            rows["orders"] = _keys(bought, "order_id", beyond.index)
        if code == "sold_beyond_output":
            rows["invoices"] = _keys(sold, "invoice_id", beyond.index)
        for firm, value in beyond.items():
            evidence = [(table, keys.get(str(firm), [])) for table, keys in rows.items()]
            found.append(finding(code, [str(firm)], False, float(value), bound, evidence))
    return found


def _against_peers(values: pd.Series, process: pd.Series) -> pd.Series:
    """Each firm's value over the median of its process."""
    return values / values.groupby(process.reindex(values.index)).transform("median")
