"""How a factory stands among its peers: what it earns on a tonne, how it runs, who buys from it.

Each measure is ranked within the process (a film blower is no moulder), ranks become normal scores, and the index is
their mean over what is known of the firm. Of the brief's list (DOMAIN 5) on-time delivery, scrap, certification,
moulds and research are not in the observable tables and are left out rather than guessed; output a head is left out
because it follows what is made and with how much machinery.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from scipy.stats import norm

from credit.tables import visible

HALF_YEAR_DAYS = 182
LEAST_PEERS = 8
"""With fewer firms of a process its ranks say little: the firm is ranked among all."""
LEAST_MEASURES = 3


@dataclass(frozen=True)
class CompetitiveMeasure:
    """One side of a firm's standing.

    Attributes:
        unit: the unit.
        better: +1 where more is better, -1 where less is.
        meaning: in words.
    """

    unit: str
    better: int
    meaning: str


MEASURES: dict[str, CompetitiveMeasure] = {
    "spread_yuan_per_kg": CompetitiveMeasure("yuan per kg", 1, "sales a kg made less resin paid a kg, half a year"),
    "use_of_peak": CompetitiveMeasure("share", 1, "output of the last quarter over its best quarter of two years"),
    "energy_kwh_per_kg": CompetitiveMeasure("kWh per kg", -1, "power used a kg made, half a year"),
    "buyers_kept": CompetitiveMeasure("share", 1, "buyers of the half-year before that bought again, by value"),
    "buyer_lateness_days": CompetitiveMeasure("days", -1, "mean lateness of invoices due in the half-year"),
    "dilution_share": CompetitiveMeasure("share", -1, "returns and price claims over sales paid in the half-year"),
    "buyer_diversity": CompetitiveMeasure("count", 1, "effective number of buyers: 1 over the sum of squared shares"),
    "resin_premium": CompetitiveMeasure("share", -1, "price paid for resin over the day's quotation of the grade"),
    "match_share": CompetitiveMeasure("share", 1, "agreement of order, invoice and delivery"),
}
"""What the index is made of."""


def competitiveness(tables: Mapping[str, pd.DataFrame], day: date) -> pd.DataFrame:
    """The standing of every firm on the platform as of a day.

    Args:
        tables: the observable tables; later rows change nothing.
        day: the day, its own events included.

    Returns:
        Indexed by `firm_id`: the measures in their own units (NaN where not known), `index` (mean normal score, NaN
        where fewer than three measures are known), `known` (how many) and `rank_share` (share of peers that stand
        lower).
    """
    seen = visible(tables, day)
    now = pd.Timestamp(day)
    since = now - timedelta(days=HALF_YEAR_DAYS)
    process = seen["firms"].drop_duplicates("firm_id", keep="last").set_index("firm_id")["process"].astype(str)
    process.index = process.index.astype(str)
    told = pd.DataFrame(index=process.index.sort_values())
    for part in (_running(seen, now, since), _buying(seen, since), _selling(seen, now, since)):
        told = told.join(part)
    resin = told.pop("resin_yuan_per_kg")
    sold = told.pop("sales_yuan_half_year") / told.pop("output_kg_half_year").where(lambda kg: kg > 0)
    told["spread_yuan_per_kg"] = sold - resin
    told = told.reindex(columns=list(MEASURES)).replace([np.inf, -np.inf], np.nan).astype(float)
    scores = pd.DataFrame(
        {name: _normal_scores(told[name] * measure.better, process) for name, measure in MEASURES.items()}
    )
    known = scores.notna().sum(axis=1)
    index = scores.mean(axis=1).where(known >= LEAST_MEASURES)
    ranks = norm.cdf(_normal_scores(index, process))
    return told.assign(index=index, known=known, rank_share=ranks)


def _normal_scores(values: pd.Series, process: pd.Series) -> pd.Series:
    """Ranks among peers as normal deviates; among all where peers are few."""
    peers = process.reindex(values.index)
    size = values.notna().groupby(peers).transform("sum")
    group = peers.where(size >= LEAST_PEERS, "all")
    own = (values.groupby(group).rank() - 0.5) / values.groupby(group).transform("count")
    among_all = (values.rank() - 0.5) / max(int(values.notna().sum()), 1)
    share = own.where(group != "all", among_all)
    return pd.Series(norm.ppf(share), index=values.index)


def _running(seen: Mapping[str, pd.DataFrame], now: pd.Timestamp, since: pd.Timestamp) -> pd.DataFrame:
    made = seen["operations"].assign(month=pd.to_datetime(seen["operations"]["month"]))
    made = made[made["month"] > now - pd.DateOffset(months=25)]
    made = made.assign(
        firm_id=made["firm_id"].astype(str),
        **{name: made[name].astype(float) for name in ("output_kg", "energy_kwh")},
    )
    half = made[made["month"] > since - timedelta(days=31)]
    sums = half.groupby("firm_id")[["output_kg", "energy_kwh"]].sum(min_count=1)
    quarter = made.sort_values("month").groupby("firm_id")["output_kg"].rolling(3).mean().groupby("firm_id")
    output = sums["output_kg"].where(sums["output_kg"] > 0)
    return pd.DataFrame(
        {
            "output_kg_half_year": sums["output_kg"],
            "energy_kwh_per_kg": sums["energy_kwh"] / output,
            "use_of_peak": quarter.last() / quarter.max(),
        }
    )


def _buying(seen: Mapping[str, pd.DataFrame], since: pd.Timestamp) -> pd.DataFrame:
    orders = seen["orders"]
    orders = orders[pd.to_datetime(orders["placed_on"]) > since]
    rows = pd.DataFrame(
        {
            "firm_id": orders["firm_id"].astype(str),
            "date": pd.to_datetime(orders["placed_on"]),
            "grade": orders["grade"].astype(str),
            "kg": orders["quantity_kg"].astype(float),
            "price": orders["price_fen_per_tonne"].astype(float),
            "match": orders["match_share"].astype(float),
        }
    )
    quoted = seen["resin_prices"].assign(
        date=pd.to_datetime(seen["resin_prices"]["date"]), grade=seen["resin_prices"]["grade"].astype(str)
    )
    rows = rows.merge(
        quoted[["date", "grade", "price_fen_per_tonne"]].rename(columns={"price_fen_per_tonne": "quotation"}),
        on=["date", "grade"],
        how="left",
    )
    rows["paid"] = rows["kg"] * rows["price"]
    rows["at_quotation"] = rows["kg"] * rows["quotation"].astype(float)
    rows["paid_if_quoted"] = rows["paid"].where(rows["quotation"].notna())
    sums = rows.groupby("firm_id")[["kg", "paid", "at_quotation", "paid_if_quoted"]].sum(min_count=1)
    return pd.DataFrame(
        {
            "resin_yuan_per_kg": sums["paid"] / sums["kg"] / 100_000.0,
            "resin_premium": sums["paid_if_quoted"] / sums["at_quotation"] - 1.0,
            "match_share": rows.groupby("firm_id")["match"].mean(),
        }
    )


def _selling(seen: Mapping[str, pd.DataFrame], now: pd.Timestamp, since: pd.Timestamp) -> pd.DataFrame:
    invoices = seen["invoices"]
    rows = pd.DataFrame(
        {
            "firm_id": invoices["firm_id"].astype(str),
            "buyer_id": invoices["buyer_id"].astype(str),
            "issued": pd.to_datetime(invoices["issued_on"]),
            "due": pd.to_datetime(invoices["due_on"]),
            "paid": pd.to_datetime(invoices["paid_on"]),
            "yuan": invoices["amount_fen"].astype(float) / 100.0,
            "diluted": invoices["dilution_fen"].astype(float) / 100.0,
        }
    )
    recent = rows[rows["issued"] > since]
    before = rows[(rows["issued"] <= since) & (rows["issued"] > since - timedelta(days=HALF_YEAR_DAYS))]
    by_buyer = recent.groupby(["firm_id", "buyer_id"])["yuan"].sum()
    former = before.groupby(["firm_id", "buyer_id"])["yuan"].sum()
    kept = former[former.index.isin(by_buyer.index)]
    sales = by_buyer.groupby("firm_id").sum()
    due = rows[(rows["due"] > since) & (rows["due"] <= now)]
    until = due["paid"].where(due["paid"] <= now, now)
    late = (until - due["due"]).dt.days.clip(lower=0)
    settled = rows[(rows["paid"] > since) & (rows["paid"] <= now)].groupby("firm_id")[["yuan", "diluted"]].sum()
    return pd.DataFrame(
        {
            "sales_yuan_half_year": sales,
            "buyers_kept": kept.groupby("firm_id").sum().reindex(sales.index).fillna(0.0)
            / former.groupby("firm_id").sum().reindex(sales.index),
            "buyer_lateness_days": late.groupby(due["firm_id"]).mean().reindex(sales.index),
            "dilution_share": (settled["diluted"] / settled["yuan"]).reindex(sales.index),
            "buyer_diversity": sales**2 / (by_buyer**2).groupby("firm_id").sum(),
        }
    )
