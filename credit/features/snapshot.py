"""One row a firm: what the observable tables say about it as of a day, and nothing that was learnt later.

A row of a table counts once it was known: placed, issued, opened, visited, reported. Its outcome counts once it
happened: before `paid_on` an invoice or instalment is open, before `closed_on` a facility is open, before
`delivered_on` nobody knows how well the papers of an order matched. The platform inside the market and an analyst with
the event log call this same function, so there is one truth.

Sums run over integers (fen, grams, days) and logarithms come from `credit.elementary`: neither the order of rows nor
the machine changes a bit. Only the rows of the windows are touched, which keeps a monthly review of 500 firms with two
years of events within some milliseconds.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta

import numpy as np
import pandas as pd

from credit.day_view import DayView, known_log, mean, ratio
from credit.feature_specs import OWN_GROUPS, names_of
from credit.features.network import network
from credit.features.transactions import instalments, is_in_trouble, orders, sales
from credit.frame_view import FrameView
from credit.table_specs import TAX_GRADES
from credit.tables import CONSENT_COLUMNS

DAYS_A_MONTH, DAYS_A_YEAR = 30.4375, 365.25


def as_of(tables: Mapping[str, pd.DataFrame], day: date, groups: str = OWN_GROUPS) -> pd.DataFrame:
    """The features of every firm on the platform, as the tables let them be known on a day.

    Args:
        tables: the observable tables (`credit.tables`); they may hold later rows, which change nothing. Identifiers may
            be whole numbers that stand in the order of the texts they replace.
        day: the day, its own events included.
        groups: which groups of features, such as "CBTPXIN"; network features (N) look at all firms at once and cost
            several times the rest together, so they are computed only when asked for.

    Returns:
        One float column for each feature of these groups (`credit.feature_specs.FEATURES`), indexed by `firm_id` in
        ascending order; NaN means not known.
    """
    return features_of(FrameView(tables, day), groups)


def features_of(view: DayView, groups: str = OWN_GROUPS) -> pd.DataFrame:
    """The same for tables that are already seen from a day."""
    found: dict[str, np.ndarray] = {}
    for part, gives in _PARTS:
        if set(gives) & set(groups):
            found |= part(view)
    if "N" in groups:
        found |= network(view, is_in_trouble(view, found.get("current_dpd_days")))
    names = names_of(*groups)
    return pd.DataFrame(np.stack([found[name] for name in names]).T, view.index, names, dtype=float, copy=False)


# --- C and B: who


def _person(view: DayView) -> dict[str, np.ndarray]:
    people, firm = view.people, view.owner
    _, first = np.unique(firm, return_index=True)  # a second controller of a firm waits for the network features
    use = first[(firm[first] >= 0) & view.has_consent()[first]]
    person = {name: np.full(view.n, np.nan) for name in CONSENT_COLUMNS}
    for name, values in person.items():
        values[firm[use]] = people.numbers(name, use)
    assets = person["net_assets_fen"] / 100.0
    return {
        "controller_age_years": view.day.year - person["birth_year"],
        "industry_years": view.day.year - person["industry_since"],
        "owns_home": person["owns_home"],
        "log_private_assets": known_log(np.where(np.isnan(assets), np.nan, np.maximum(assets, 1000.0))),
        "private_worst_dpd_24m_days": person["worst_dpd_24m"],
        "private_enquiries_3m": person["enquiries_3m"],
        "is_court_listed": person["is_court_listed"],
        "related_firms": person["related_firms"],
    }


def _enterprise(view: DayView) -> dict[str, np.ndarray]:
    firms = view.firms
    assets, debt = firms.numbers("total_assets_fen"), firms.numbers("total_debt_fen")
    grade, grades = firms.words("tax_grade")
    rank = [*(TAX_GRADES.index(one) if one in TAX_GRADES else np.nan for one in grades.tolist()), np.nan]
    return {
        "firm_age_years": view.age_days(firms.times("registered_on")) / DAYS_A_YEAR,
        "log_employees": known_log(np.maximum(firms.numbers("employees"), 1.0)),
        "log_revenue": known_log(np.maximum(firms.numbers("annual_revenue_fen") / 100.0, 1000.0)),
        "debt_to_assets": ratio(debt, assets),
        "tax_grade_rank": np.array(rank)[grade],
        "months_on_platform": view.age_days(firms.times("platform_since")) / DAYS_A_MONTH,
    }


# --- P: what is done on the platform


def _platform(view: DayView) -> dict[str, np.ndarray]:
    operations, visits = view.tables["operations"], view.tables["visits"]
    months = operations.times("month")
    this_month = view.day.replace(day=1)
    is_over = (view.day + timedelta(days=1)).day == 1  # a month is known when it is over
    end = this_month if is_over else this_month - pd.DateOffset(months=1)
    rows = np.flatnonzero((months > view.ticks(end - pd.DateOffset(months=3))) & (months <= view.ticks(end)))
    firm = view.firm_of("operations", rows)
    count = view.total(firm)
    seen = view.window("visits", "visited_on", 180)
    finding = visits.words("finding", seen)
    concern = 2 * finding.are("alarm") + finding.are("concern")
    when = view.age_days(visits.times("visited_on", seen))
    latest = view.most(view.firm_of("visits", seen), (1000 - when) * 10.0 + concern)  # of two on a day, the worse
    return {
        "logins_per_month": ratio(view.total(firm, operations.numbers("logins", rows)), count),
        "quotes_per_month": ratio(view.total(firm, operations.numbers("quotes", rows)), count),
        "visit_concern": np.mod(latest, 10.0),
    }


def _facilities(view: DayView) -> dict[str, np.ndarray]:
    facilities = view.tables["facilities"]
    rows = view.until_now("facilities", "opened_on")
    firm = view.firm_of("facilities", rows)
    age = view.age_days(facilities.times("opened_on", rows))
    is_closed = view.has_come(facilities.times("closed_on", rows))
    is_repaid = is_closed & facilities.words("status", rows).are("repaid")
    outstanding = view.total(firm[~is_closed], facilities.numbers("principal_fen", rows)[~is_closed])
    return {
        "repaid_facilities": view.total(firm[is_repaid]),
        "open_facilities": view.total(firm[~is_closed]),
        "utilisation": ratio(outstanding, _last_limit(view)),
        "months_since_first_facility": view.most(firm, age.astype(float)) / DAYS_A_MONTH,
    }


def _last_limit(view: DayView) -> np.ndarray:
    """The limit of the last decision within a year that granted one, fen; of two on a day, the larger."""
    decisions = view.tables["decisions"]
    rows = view.window("decisions", "decided_on", 365)
    limit, firm = decisions.numbers("limit_fen", rows), view.firm_of("decisions", rows)
    is_granted = (limit > 0) & (firm >= 0)
    limit, firm = limit[is_granted], firm[is_granted]
    earliness = view.now - decisions.times("decided_on", rows)[is_granted]
    least = np.full(view.n, np.iinfo(np.int64).max)
    np.minimum.at(least, firm, earliness)
    is_last = earliness == least[firm]
    return view.most(firm[is_last], limit[is_last])


# --- X and I: what others report, and the market


def _bureau(view: DayView) -> dict[str, np.ndarray]:
    bureau = view.tables["bureau"]
    rows = view.window("bureau", "known_on", 365)
    firm, person = view.firm_of("bureau", rows), view.person_of("bureau", rows)
    is_known = (person >= 0) | bureau.is_missing("controller_id", rows)
    is_personal = bureau.is_missing("firm_id", rows)
    if len(view.people):  # an event that names the person only is personal data: it needs consent
        owner = np.where(view.has_consent(), view.owner, -1)
        firm = np.where(is_personal & (person >= 0), owner[person], firm)
    firm = np.where(is_known, firm, -1)
    age, kind = view.age_days(bureau.times("known_on", rows)), bureau.words("kind", rows)

    def count(days: int, *kinds: str) -> np.ndarray:
        return view.total(firm[(age < days) & kind.are(*kinds)])

    return {
        "enquiries_90d": count(90, "enquiry"),
        "new_loans_90d": count(90, "new_loan", "guarantee"),
        "adverse_events_365d": count(365, "lawsuit", "enforcement", "delinquency"),
        "identity_changes_180d": count(180, "legal_rep_change", "equity_change", "phone_change"),
    }


def _industry(view: DayView) -> dict[str, np.ndarray]:
    prices = view.tables["resin_prices"]
    rows = view.window("resin_prices", "date", 91)
    grade, grades = pd.factorize(prices.texts("grade", rows), sort=True)
    order = np.lexsort((prices.times("date", rows), grade))
    level = known_log(prices.numbers("price_fen_per_tonne", rows)[order])
    changes, deviations = [], []
    for position in range(len(grades)):
        path = level[grade[order] == position]
        if len(path) > 20:  # too few days say nothing about a trend
            step = np.diff(path)
            changes.append(path[-1] - path[0])
            deviations.append(np.sqrt(mean((step - mean(step)) ** 2) * 250.0))
    return {
        "resin_change_90d": np.full(view.n, mean(np.array(changes))),
        "resin_volatility_90d": np.full(view.n, mean(np.array(deviations))),
    }


_PARTS: tuple[tuple[Callable[[DayView], dict[str, np.ndarray]], str], ...] = (
    (_person, "C"),
    (_enterprise, "BP"),
    (orders, "TP"),
    (sales, "T"),
    (instalments, "T"),
    (_platform, "P"),
    (_facilities, "P"),
    (_bureau, "X"),
    (_industry, "I"),
)
"""What computes features, and of which groups."""
