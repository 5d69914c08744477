"""What a ladder asks about firms, read from the observable tables as of a day.

A lender's own contracts are read from facilities and payments; the rest from `credit.features`. The default model sees
only the groups of features that the policy's evidence holds: the others are taken away before it scores, so a blind arm
is blind in its PD too, and completeness counts only what it looks at. A model that was fitted on what is taken away is
handicapped twice: for a fair comparison each arm brings its own (`credit.ladder_models`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from credit.anomalies.findings import Outcome
from credit.anomalies.fraud_gate import Gate
from credit.default_model import ARREARS, DefaultModel
from credit.errors import BadInput, Problem
from credit.feature_specs import FEATURES
from credit.features import DAYS_A_MONTH, SETTLED_SHARE, as_of
from credit.ladder_measures import Facts
from credit.ladder_rules import LadderPolicy
from credit.table_views import latest_rows, visible

WINDOW_DAYS, HALF_YEAR_DAYS = 90, 180
BAD_ENDS = ("defaulted", "written_off", "restructured")
HARD_EVENTS = ("enforcement", "lawsuit")
_FROM_FEATURES = {
    "orders_90d": "orders_90d",
    "match_share": "match_share",
    "logins_per_month": "logins_per_month",
    "firm_age_years": "firm_age_years",
    "adverse_events_365d": "adverse_events_365d",
}


@dataclass(frozen=True)
class FactColumns:
    """The facts of every firm on the platform on a day, measure by measure.

    Attributes:
        day: ordinal.
        values: a row a firm, index `firm_id` ascending, a column a measure, float64; NaN where not known.
        has_red_flag: a row each.
        owed_yuan: principal of open facilities by firm and product.
        fraud: what the fraud gate said that day.
        features: what all of it was read from, as of the day.
    """

    day: int
    values: pd.DataFrame
    has_red_flag: np.ndarray
    owed_yuan: Mapping[str, Mapping[str, float]]
    fraud: Gate | None = None
    features: pd.DataFrame | None = None

    def of(self, row: int) -> Facts:
        """The facts of one firm by its row."""
        firm, cells = str(self.values.index[row]), self.values.iloc[row].to_dict()
        return self._facts(row, firm, cells)

    def all(self) -> dict[str, Facts]:
        """The facts of every firm."""
        named = zip(self.values.index, self.values.to_dict("records"), strict=True)
        return {str(firm): self._facts(row, str(firm), cells) for row, (firm, cells) in enumerate(named)}

    def _facts(self, row: int, firm: str, cells: Mapping[Any, float]) -> Facts:
        known = {str(name): float(value) for name, value in cells.items() if not np.isnan(value)}
        owed, fraud = self.owed_yuan.get(firm, {}), _refusing(self.fraud, firm)
        return Facts(firm, self.day, known, bool(self.has_red_flag[row]), owed, fraud)


def fact_columns(
    tables: Mapping[str, pd.DataFrame],
    day: date,
    policy: LadderPolicy,
    model: DefaultModel,
    growth_coverage: "pd.Series[float] | None" = None,
    fraud: Gate | None = None,
    seen: Mapping[str, pd.DataFrame] | None = None,
) -> FactColumns:
    """The facts of every firm on the platform on a day, as columns.

    Args:
        tables: the observable tables; later rows change nothing.
        day: the day, its own events included.
        policy: whose evidence decides what model and completeness see.
        model: gives the default probability; for a fair comparison of arms the policy's own.
        growth_coverage: how well each firm's growth could be forecast so far, by firm
            (`credit.growth.coverage_by_firm.growth_coverage_of`, some seconds' work); without it the measure stays
            unknown, and the stage that asks for it closed.
        fraud: what the fraud gate said that day (`credit.anomalies.fraud_gate`); without it nobody is refused by it.
        seen: the same tables as visible on the day, where the caller has them already.
    """
    features = as_of(tables, day)
    blind = [n for n, feature in FEATURES.items() if feature.group not in policy.evidence and n != ARREARS]
    asked = [name for name, feature in FEATURES.items() if feature.group in policy.evidence]
    seen_features = features.assign(**dict.fromkeys(blind, np.nan))
    told = pd.DataFrame(index=features.index)
    told["pd_annual"] = model.pd_annual(seen_features)
    told["completeness"] = seen_features[asked].notna().mean(axis=1)
    for measure, feature in _FROM_FEATURES.items():
        told[measure] = features[feature]
    revenue, assets = (np.rint(np.exp(features[name]) * 100) / 100 for name in ("log_revenue", "log_private_assets"))
    told["annual_revenue_yuan"] = revenue
    told["pledgeable_yuan"] = features["owns_home"] * assets
    if growth_coverage is not None:
        told["growth_coverage"] = growth_coverage.reindex(told.index)
    seen = visible(tables, day) if seen is None else seen
    now = pd.Timestamp(day)
    told = told.join(_own_record(seen, now, policy.conduct.clean_dpd.value, told.index)).join(_trade(seen, now))
    is_red = _red_flags(seen, now, features)
    owed = _owed_by_product(seen["facilities"])
    for name in ("monthly_purchases_yuan", "monthly_invoices_yuan"):
        told[name] = told[name].fillna(0.0)
    return FactColumns(day.toordinal(), told.astype(float), np.asarray(is_red, dtype=bool), owed, fraud, features)


def facts_of(
    tables: Mapping[str, pd.DataFrame],
    day: date,
    policy: LadderPolicy,
    model: DefaultModel,
    growth_coverage: "pd.Series[float] | None" = None,
    fraud: Gate | None = None,
) -> dict[str, Facts]:
    """The facts of every firm on the platform on a day.

    Args:
        tables: the observable tables; later rows change nothing.
        day: the day, its own events included.
        policy: whose evidence decides what model and completeness see.
        model: gives the default probability; for a fair comparison of arms the policy's own.
        growth_coverage: how well each firm's growth could be forecast so far, by firm
            (`credit.growth.coverage_by_firm.growth_coverage_of`, some seconds' work); without it the measure stays
            unknown, and the stage that asks for it closed.
        fraud: what the fraud gate said that day (`credit.anomalies.fraud_gate`); without it nobody is refused by it.

    Returns:
        Facts by firm, in ascending order of the identifier.
    """
    return fact_columns(tables, day, policy, model, growth_coverage, fraud).all()


def facts_of_firm(
    tables: Mapping[str, pd.DataFrame],
    firm_id: str,
    day: date,
    policy: LadderPolicy,
    model: DefaultModel,
    growth_coverage: "pd.Series[float] | None" = None,
    fraud: Gate | None = None,
) -> Facts:
    """The facts of one firm, from the arguments of `facts_of`.

    Raises:
        BadInput: the firm is not on the platform by that day.
    """
    everyone = facts_of(tables, day, policy, model, growth_coverage, fraud)
    if firm_id not in everyone:
        known = ", ".join(list(everyone)[:3])
        told = f"known by {day}: {len(everyone)} firms" + (f", such as {known}" if known else "")
        raise BadInput(Problem("must be a firm on the platform by that day", field="firm", value=firm_id, remedy=told))
    return everyone[firm_id]


def _refusing(fraud: Gate | None, firm: str) -> tuple[str, ...]:
    """Codes of the findings for which the gate refuses a firm."""
    if fraud is None:
        return ()
    return tuple(sorted({one.code for one in fraud.about(firm) if one.outcome is Outcome.REFUSES}))


def _own_record(seen: Mapping[str, pd.DataFrame], now: pd.Timestamp, clean_dpd: int, firms: pd.Index) -> pd.DataFrame:
    """What every lender knows: how long, how many contracts, how late."""
    facilities, payments = seen["facilities"], seen["payments"]
    by_firm = facilities.groupby("firm_id")
    own = pd.DataFrame(index=firms)
    since = latest_rows(seen["firms"], "firm_id").set_index("firm_id")["platform_since"]
    days_known = _days(now - since).reindex(firms).astype(float)
    own["months_known"] = days_known / DAYS_A_MONTH
    own["repaid_cycles"] = _counted(facilities["status"] == "repaid", facilities, firms)
    own["defaults"] = _counted(facilities["status"].isin(BAD_ENDS), facilities, firms)
    own["products_used"] = by_firm["product"].nunique().reindex(firms).fillna(0).astype(float)
    is_open = facilities["status"] == "open"
    owed = facilities.loc[is_open].groupby("firm_id")["principal_fen"].sum()
    own["exposure_yuan"] = owed.reindex(firms).fillna(0).astype(float) / 100
    due = payments.merge(facilities[["facility_id", "firm_id"]], on="facility_id")
    due = due[due["due_on"] <= now]
    is_paid = due["paid_on"].notna() & (due["paid_fen"] >= SETTLED_SHARE * due["due_fen"])
    until = due["paid_on"].where(is_paid, now)
    late = _days(until - due["due_on"]).clip(lower=0)
    is_lately = _days(now - until) <= HALF_YEAR_DAYS
    own["dpd"] = _worst(late[~is_paid], due, firms)
    own["worst_dpd_180d"] = _worst(late[is_lately], due, firms)
    is_unclean = late > clean_dpd
    last_unclean = until[is_unclean].groupby(due["firm_id"]).max().reindex(firms)
    own["days_clean"] = _days(now - last_unclean).astype(float).fillna(days_known)
    return own


def _days(spans: pd.Series) -> pd.Series:
    """Whole days. `.dt.days` ties column and accessor into a cycle, which stays where no garbage is searched for."""
    whole = spans.to_numpy().astype("timedelta64[D]")
    return pd.Series(np.where(np.isnat(whole), np.nan, whole.astype(float)), index=spans.index)


def _owed_by_product(facilities: pd.DataFrame) -> dict[str, dict[str, float]]:
    """Principal of open facilities in yuan, by firm and product."""
    told: dict[str, dict[str, float]] = {}
    still_open = facilities[facilities["status"] == "open"]
    sums = still_open.groupby(["firm_id", "product"])["principal_fen"].sum().reset_index()
    for row in sums.to_dict("records"):
        told.setdefault(str(row["firm_id"]), {})[str(row["product"])] = float(row["principal_fen"]) / 100
    return told


def _counted(rows: pd.Series, facilities: pd.DataFrame, firms: pd.Index) -> pd.Series:
    return rows.astype(float).groupby(facilities["firm_id"]).sum().reindex(firms).fillna(0.0)


def _worst(days: pd.Series, due: pd.DataFrame, firms: pd.Index) -> pd.Series:
    return days.groupby(due["firm_id"]).max().reindex(firms).fillna(0.0).astype(float)


def _trade(seen: Mapping[str, pd.DataFrame], now: pd.Timestamp) -> pd.DataFrame:
    """Yuan a month bought and invoiced on the platform over the last 90 days."""
    orders, invoices, start = seen["orders"], seen["invoices"], now - timedelta(days=WINDOW_DAYS)
    bought = orders[orders["placed_on"] > start]
    value = bought["quantity_kg"].astype(float) * bought["price_fen_per_tonne"].astype(float) / 1000
    sold = invoices[invoices["issued_on"] > start]
    fen = {
        "monthly_purchases_yuan": value.groupby(bought["firm_id"]).sum(),
        "monthly_invoices_yuan": sold["amount_fen"].astype(float).groupby(sold["firm_id"]).sum(),
    }
    return pd.DataFrame(fen) / 100 / (WINDOW_DAYS / 30)


def _red_flags(seen: Mapping[str, pd.DataFrame], now: pd.Timestamp, features: pd.DataFrame) -> np.ndarray:
    """Hard events of the last 90 days, and court-listed controllers."""
    bureau = seen["bureau"]
    is_hard = bureau["kind"].isin(HARD_EVENTS) & (bureau["known_on"] > now - timedelta(days=WINDOW_DAYS))
    hit = features.index.isin(bureau.loc[is_hard, "firm_id"].dropna().astype(str))
    return hit | (features["is_court_listed"].to_numpy() == 1)
