"""What a ladder asks about firms, read from the observable tables as of a day.

A lender's own contracts are read from facilities and payments; the rest from `credit.features`. The default model sees
only the groups of features that the policy's evidence holds: the others are taken away before it scores, so a blind arm
is blind in its PD too, and completeness counts only what it looks at. A model that was fitted on what is taken away is
handicapped twice: for a fair comparison each arm brings its own (`credit.ladder_models`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from credit.anomalies.findings import Outcome
from credit.anomalies.fraud_gate import Gate
from credit.day_view import DayView
from credit.default_model import ARREARS, DefaultModel
from credit.errors import BadInput, Problem
from credit.feature_specs import FEATURES
from credit.features import BAD_ENDS, DAYS_A_MONTH, SETTLED_SHARE, features_of
from credit.frame_view import FrameView
from credit.ladder_measures import Facts
from credit.ladder_rules import LadderPolicy
from credit.table_views import visible

WINDOW_DAYS, HALF_YEAR_DAYS = 90, 180
HARD_EVENTS = ("enforcement", "lawsuit")
_FROM_FEATURES = ("orders_90d", "match_share", "logins_per_month", "firm_age_years", "adverse_events_365d")
"""Measures that are features under the same name."""


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
        return self._facts(row, str(self.values.index[row]), self._cells[row].tolist())

    def all(self) -> dict[str, Facts]:
        """The facts of every firm."""
        named = zip(map(str, self.values.index), self._cells.tolist(), strict=True)
        return {firm: self._facts(row, firm, cells) for row, (firm, cells) in enumerate(named)}

    @cached_property
    def _measures(self) -> list[str]:
        return [str(name) for name in self.values.columns]

    @cached_property
    def _cells(self) -> np.ndarray:
        return self.values.to_numpy(dtype=float)

    def _facts(self, row: int, firm: str, cells: Sequence[float]) -> Facts:
        known = {name: cell for name, cell in zip(self._measures, cells, strict=True) if cell == cell}  # not NaN
        owed, fraud = self.owed_yuan.get(firm, {}), _refusing(self.fraud, firm)
        return Facts(firm, self.day, known, bool(self.has_red_flag[row]), owed, fraud)


def fact_columns(
    tables: Mapping[str, pd.DataFrame],
    day: date,
    policy: LadderPolicy,
    model: DefaultModel,
    growth_coverage: "pd.Series[float] | None" = None,
    fraud: Gate | None = None,
) -> FactColumns:
    """The facts of every firm on the platform on a day, as columns.

    Args:
        tables: the observable tables; later rows change nothing.
        day: the day, its own events included.
        policy: whose evidence decides what model and completeness see.
        model: gives the default probability; for a fair comparison of arms the policy's own.
        growth_coverage: as in `facts_in`.
        fraud: what the fraud gate said that day (`credit.anomalies.fraud_gate`); without it nobody is refused by it.
    """
    return facts_in(FrameView(visible(tables, day), day), policy, model, growth_coverage, fraud)


def facts_in(
    view: DayView,
    policy: LadderPolicy,
    model: DefaultModel,
    growth_coverage: "pd.Series[float] | None" = None,
    fraud: Gate | None = None,
) -> FactColumns:
    """The same for tables that are seen from a day already.

    Args:
        view: the tables without anything that was learnt later.
        policy: whose evidence decides what model and completeness see.
        model: gives the default probability; for a fair comparison of arms the policy's own.
        growth_coverage: how well each firm's growth could be forecast so far, by firm
            (`credit.growth.coverage_by_firm.growth_coverage_of`, some seconds' work); without it the measure stays
            unknown, and the stage that asks for it closed.
        fraud: what the fraud gate said that day (`credit.anomalies.fraud_gate`); without it nobody is refused by it.
    """
    features = features_of(view)
    known = dict(zip(map(str, features.columns), features.to_numpy().T, strict=True))
    blind = [n for n, feature in FEATURES.items() if feature.group not in policy.evidence and n != ARREARS]
    asked = [name for name, feature in FEATURES.items() if feature.group in policy.evidence]
    left = known | dict.fromkeys(blind, np.full(view.n, np.nan))
    sighted = pd.DataFrame(np.stack([*left.values()]).T, features.index, list(left), copy=False)
    told = {"pd_annual": np.asarray(model.pd_annual(sighted))}
    told["completeness"] = np.mean([~np.isnan(known[name]) for name in asked], axis=0)
    told |= {name: known[name] for name in _FROM_FEATURES}
    revenue, assets = (np.rint(np.exp(known[name]) * 100) / 100 for name in ("log_revenue", "log_private_assets"))
    told |= {"annual_revenue_yuan": revenue, "pledgeable_yuan": known["owns_home"] * assets}
    if growth_coverage is not None:
        told["growth_coverage"] = growth_coverage.reindex(features.index).to_numpy()
    told |= _own_record(view, policy.conduct.clean_dpd.value) | _trade(view)
    values = pd.DataFrame(np.stack([*told.values()]).T, features.index, list(told), dtype=float, copy=False)
    flags, owed = _red_flags(view, known["is_court_listed"]), _owed_by_product(view)
    return FactColumns(view.day.toordinal(), values, flags, owed, fraud, features)


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


def _own_record(view: DayView, clean_dpd: int) -> dict[str, np.ndarray]:
    """What every lender knows: how long, how many contracts, how late."""
    facilities, payments = view.tables["facilities"], view.tables["payments"]
    firm, principal = view.firm_of("facilities"), facilities.numbers("principal_fen")
    status, (product, products) = facilities.words("status"), facilities.words("product")
    is_open = status.are("open")
    used = np.flatnonzero(np.bincount((firm * len(products) + product)[firm >= 0])) // max(len(products), 1)
    days_known = view.age_days(view.firms.times("platform_since")).astype(float)

    due_on, paid_on = payments.times("due_on"), payments.times("paid_on")
    is_paid = paid_on != view.never
    is_paid &= payments.numbers("paid_fen") >= SETTLED_SHARE * payments.numbers("due_fen")
    until = np.where(is_paid, paid_on, view.today)
    late, since = np.maximum(view.days_between(due_on, until), 0), view.age_days(until)
    is_lately, is_unclean = since <= HALF_YEAR_DAYS, late > clean_dpd
    rows = np.flatnonzero(
        (is_lately | is_unclean) & (due_on <= view.today)
    )  # what was paid long ago in time says nothing
    place = view.facility_of(rows)
    rows, payer = rows[place >= 0], firm[place[place >= 0]]
    late, since = late[rows].astype(float), since[rows].astype(float)
    is_paid, is_lately, is_unclean = is_paid[rows], is_lately[rows], is_unclean[rows]
    days_clean = -view.most(payer[is_unclean], -since[is_unclean])
    return {
        "months_known": days_known / DAYS_A_MONTH,
        "repaid_cycles": view.total(firm[status.are("repaid")]),
        "defaults": view.total(firm[status.are(*BAD_ENDS)]),
        "products_used": view.total(used),
        "exposure_yuan": view.total(firm[is_open], principal[is_open]) / 100,
        "dpd": np.nan_to_num(view.most(payer[~is_paid], late[~is_paid])),
        "worst_dpd_180d": np.nan_to_num(view.most(payer[is_lately], late[is_lately])),
        "days_clean": np.where(np.isnan(days_clean), days_known, days_clean),
    }


def _trade(view: DayView) -> dict[str, np.ndarray]:
    """Yuan a month bought and invoiced on the platform over the last 90 days."""
    orders, invoices = view.tables["orders"], view.tables["invoices"]
    bought = view.window("orders", "placed_on", WINDOW_DAYS)
    sold = view.window("invoices", "issued_on", WINDOW_DAYS)
    value = np.rint(orders.numbers("quantity_kg", bought) * orders.numbers("price_fen_per_tonne", bought) / 1000)
    fen = {
        "monthly_purchases_yuan": view.total(view.firm_of("orders", bought), value),
        "monthly_invoices_yuan": view.total(view.firm_of("invoices", sold), invoices.numbers("amount_fen", sold)),
    }
    return {name: amount / 100 / (WINDOW_DAYS / 30) for name, amount in fen.items()}


def _owed_by_product(view: DayView) -> dict[str, dict[str, float]]:
    """Principal of open facilities in yuan, by firm and product."""
    facilities = view.tables["facilities"]
    rows = np.flatnonzero(facilities.words("status").are("open"))
    firm = view.firm_of("facilities", rows)
    rows, firm = rows[firm >= 0], firm[firm >= 0]
    code, products = facilities.words("product", rows)
    owed = np.bincount(firm * len(products) + code, weights=facilities.numbers("principal_fen", rows)) / 100
    told: dict[str, dict[str, float]] = {}
    firms, names = [*map(str, view.index)], [*map(str, products)]
    for place, yuan in zip(np.flatnonzero(owed).tolist(), owed[owed != 0].tolist(), strict=True):
        position, product_code = divmod(place, len(names))
        told.setdefault(firms[position], {})[names[product_code]] = yuan
    return told


def _red_flags(view: DayView, is_court_listed: np.ndarray) -> np.ndarray:
    """Hard events of the last 90 days, and court-listed controllers."""
    rows = view.window("bureau", "known_on", WINDOW_DAYS)
    is_hard = view.tables["bureau"].words("kind", rows).are(*HARD_EVENTS)
    is_hit: np.ndarray = view.total(view.firm_of("bureau", rows)[is_hard]) > 0
    return is_hit | (is_court_listed == 1)
