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

from credit.day_view import NOT_A_TIME, DayView, known_log, mean, numbers, ratio, texts, times
from credit.feature_specs import OWN_GROUPS, names_of
from credit.features.network import network
from credit.features.transactions import instalments, is_in_trouble, orders, sales
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
    return features_of(DayView(tables, day), groups)


def features_of(view: DayView, groups: str = OWN_GROUPS) -> pd.DataFrame:
    """The same for tables that are already seen from a day."""
    found: dict[str, np.ndarray] = {}
    for part, gives in _PARTS:
        if set(gives) & set(groups):
            found |= part(view)
    if "N" in groups:
        found |= network(view, is_in_trouble(view, found.get("current_dpd_days")))
    return pd.DataFrame({name: found[name] for name in names_of(*groups)}, index=view.index, copy=False)


# --- C and B: who


def _person(view: DayView) -> dict[str, np.ndarray]:
    people = view.people
    firm = view.firm_of(people, np.arange(len(people)))
    _, first = np.unique(firm, return_index=True)  # a second controller of a firm waits for the network features
    use = first[(firm[first] >= 0) & view.has_consent()[first]]
    person = {name: np.full(view.n, np.nan) for name in CONSENT_COLUMNS}
    for name, values in person.items():
        values[firm[use]] = numbers(people, name, use)
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
    firms, rows = view.firms, np.arange(view.n)
    assets, debt = numbers(firms, "total_assets_fen", rows), numbers(firms, "total_debt_fen", rows)
    rank = {grade: float(position) for position, grade in enumerate(TAX_GRADES)}
    return {
        "firm_age_years": view.age_days(times(firms, "registered_on")) / DAYS_A_YEAR,
        "log_employees": known_log(np.maximum(numbers(firms, "employees", rows), 1.0)),
        "log_revenue": known_log(np.maximum(numbers(firms, "annual_revenue_fen", rows) / 100.0, 1000.0)),
        "debt_to_assets": ratio(debt, assets),
        "tax_grade_rank": firms["tax_grade"].map(rank).to_numpy(dtype=float, na_value=np.nan),
        "months_on_platform": view.age_days(times(firms, "platform_since")) / DAYS_A_MONTH,
    }


# --- P: what is done on the platform


def _platform(view: DayView) -> dict[str, np.ndarray]:
    operations, visits = view.tables["operations"], view.tables["visits"]
    months = times(operations, "month")
    this_month = view.day.replace(day=1)
    is_over = (view.day + timedelta(days=1)).day == 1  # a month is known when it is over
    end = this_month if is_over else this_month - pd.DateOffset(months=1)
    rows = np.flatnonzero((months > (end - pd.DateOffset(months=3)).value) & (months <= end.value))
    firm = view.firm_of(operations, rows)
    count = view.total(firm)
    seen = view.window(visits, "visited_on", 180)
    grade = texts(visits, "finding", seen)
    finding = np.where(grade == "alarm", 2, np.where(grade == "concern", 1, 0))
    when = view.age_days(times(visits, "visited_on")[seen])
    latest = view.most(view.firm_of(visits, seen), (1000 - when) * 10.0 + finding)  # of two on a day, the worse
    return {
        "logins_per_month": ratio(view.total(firm, numbers(operations, "logins", rows)), count),
        "quotes_per_month": ratio(view.total(firm, numbers(operations, "quotes", rows)), count),
        "visit_concern": np.mod(latest, 10.0),
    }


def _facilities(view: DayView) -> dict[str, np.ndarray]:
    facilities, decisions = view.tables["facilities"], view.tables["decisions"]
    rows = np.flatnonzero(times(facilities, "opened_on") <= view.now)
    firm = view.firm_of(facilities, rows)
    age = view.age_days(times(facilities, "opened_on")[rows])
    closed = times(facilities, "closed_on")[rows]
    is_closed = (closed <= view.now) & (closed != NOT_A_TIME)
    is_repaid = is_closed & (texts(facilities, "status", rows) == "repaid")
    outstanding = view.total(firm[~is_closed], numbers(facilities, "principal_fen", rows)[~is_closed])
    return {
        "repaid_facilities": view.total(firm[is_repaid]),
        "open_facilities": view.total(firm[~is_closed]),
        "utilisation": ratio(outstanding, _last_limit(view, decisions)),
        "months_since_first_facility": view.most(firm, age.astype(float)) / DAYS_A_MONTH,
    }


def _last_limit(view: DayView, decisions: pd.DataFrame) -> np.ndarray:
    """The limit of the last decision within a year that granted one, fen; of two on a day, the larger."""
    rows = view.window(decisions, "decided_on", 365)
    limit = numbers(decisions, "limit_fen", rows)
    rows, limit = rows[limit > 0], limit[limit > 0]
    firm = view.firm_of(decisions, rows)
    rows, limit, firm = rows[firm >= 0], limit[firm >= 0], firm[firm >= 0]
    order = np.lexsort((limit, times(decisions, "decided_on")[rows], firm))
    last = np.full(view.n, np.nan)
    last[firm[order]] = limit[order]  # the last assignment wins
    return last


# --- X and I: what others report, and the market


def _bureau(view: DayView) -> dict[str, np.ndarray]:
    bureau, people = view.tables["bureau"], view.people
    rows = view.window(bureau, "known_on", 365)
    firm = view.firm_of(bureau, rows)
    person = pd.Index(texts(people, "controller_id")).get_indexer(texts(bureau, "controller_id", rows))
    is_known = (person >= 0) | bureau["controller_id"].array[rows].isna()
    is_personal = bureau["firm_id"].array[rows].isna()
    if len(people):  # an event that names the person only is personal data: it needs consent
        owner = np.where(view.has_consent(), view.firm_of(people, np.arange(len(people))), -1)
        firm = np.where(is_personal & (person >= 0), owner[person], firm)
    firm = np.where(is_known, firm, -1)
    age = view.age_days(times(bureau, "known_on")[rows])
    kind = texts(bureau, "kind", rows)

    def count(days: int, *kinds: str) -> np.ndarray:
        return view.total(firm[(age < days) & np.isin(kind, kinds)])

    return {
        "enquiries_90d": count(90, "enquiry"),
        "new_loans_90d": count(90, "new_loan", "guarantee"),
        "adverse_events_365d": count(365, "lawsuit", "enforcement", "delinquency"),
        "identity_changes_180d": count(180, "legal_rep_change", "equity_change", "phone_change"),
    }


def _industry(view: DayView) -> dict[str, np.ndarray]:
    prices = view.tables["resin_prices"]
    rows = view.window(prices, "date", 91)
    grade, grades = pd.factorize(texts(prices, "grade", rows), sort=True)
    order = np.lexsort((times(prices, "date")[rows], grade))
    level = known_log(numbers(prices, "price_fen_per_tonne", rows[order]))
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
