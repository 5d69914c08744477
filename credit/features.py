"""One row a firm: what the observable tables say about it as of a day, and nothing that was learnt later.

A row of a table counts once it was known: placed, issued, opened, visited, reported. Its outcome counts once it
happened: before `paid_on` an invoice or instalment is open, before `closed_on` a facility is open, before
`delivered_on` nobody knows how well the papers of an order matched. The platform inside the market and an analyst with
the event log call this same function, so there is one truth.

Sums run over integers (fen, grams, days) and logarithms come from `credit.elementary`: neither the order of rows nor
the machine changes a bit. Only the rows of the windows are touched, which keeps a monthly review of 500 firms with two
years of events within some milliseconds.
"""

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pandas as pd

from credit.day_view import DAY_NS, NOT_A_TIME, DayView, known_log, mean, numbers, ratio, texts, times
from credit.feature_specs import FEATURES
from credit.table_specs import TAX_GRADES
from credit.tables import CONSENT_COLUMNS

DAYS_A_MONTH, DAYS_A_YEAR = 30.4375, 365.25
SETTLED_SHARE = 0.99
"""An instalment is settled when at least this share of it is paid: smaller rests are no default (DOMAIN section 4)."""


def as_of(tables: Mapping[str, pd.DataFrame], day: date) -> pd.DataFrame:
    """The features of every firm on the platform, as the tables let them be known on a day.

    Args:
        tables: the observable tables (`credit.tables`); they may hold later rows, which change nothing.
        day: the day, its own events included.

    Returns:
        One float column for each of `credit.feature_specs.FEATURES`, indexed by `firm_id` in ascending order; NaN
        means not known.
    """
    view = DayView(tables, day)
    found: dict[str, np.ndarray] = {}
    for part in (_person, _enterprise, _orders, _sales, _instalments, _platform, _facilities, _bureau, _industry):
        found |= part(view)
    return pd.DataFrame({name: found[name] for name in FEATURES}, index=view.index, copy=False)


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


# --- T: what is traded


def _orders(view: DayView) -> dict[str, np.ndarray]:
    orders = view.tables["orders"]
    rows = view.window(orders, "placed_on", 365)
    firm, age = view.firm_of(orders, rows), view.age_days(times(orders, "placed_on")[rows])
    grams = np.rint(numbers(orders, "quantity_kg", rows) * 1000.0)
    is_recent, is_half_year = age < 90, age < 180
    now, before = is_recent, is_half_year & ~is_recent
    tonnes, tonnes_before = (view.total(firm[which], grams[which]) / 1e6 for which in (now, before))
    gap, variation = _gaps(view, firm[is_half_year], age[is_half_year])
    by_facility = is_half_year & (texts(orders, "paid_by", rows) == "facility")
    delivered = times(orders, "delivered_on")[rows]
    match = numbers(orders, "match_share", rows)
    is_matched = (delivered <= view.now) & (delivered > view.now - 180 * DAY_NS) & ~np.isnan(match)
    ppm = np.rint(match[is_matched] * 1e6)
    return {
        "orders_90d": view.total(firm[now]),
        "log_tonnes_90d": known_log(1.0 + tonnes),
        "tonnes_trend": np.where(tonnes + tonnes_before > 0, known_log((1.0 + tonnes) / (1.0 + tonnes_before)), np.nan),
        "order_gap_days": gap,
        "order_gap_variation": variation,
        "days_since_order": -view.most(firm, -age.astype(float)),
        "match_share": ratio(view.total(firm[is_matched], ppm), view.total(firm[is_matched]) * 1e6),
        "facility_share_of_purchases": ratio(
            view.total(firm[by_facility], grams[by_facility]), view.total(firm[is_half_year], grams[is_half_year])
        ),
    }


def _gaps(view: DayView, firm: np.ndarray, age: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mean days between order days, and their coefficient of variation; NaN below three order days."""
    days = np.unique(firm[firm >= 0].astype(np.int64) * 1000 + age[firm >= 0])  # ages stay below 180
    owner, gaps = days // 1000, np.diff(days)
    is_same = np.diff(owner) == 0
    owner, gaps = owner[1:][is_same], gaps[is_same].astype(float)
    count, total, squares = (view.total(owner, weight) for weight in (None, gaps, gaps**2))
    count = np.where(count >= 2, count, np.nan)
    mean = total / count
    return mean, np.sqrt(np.maximum(squares / count - mean**2, 0.0)) / mean


def _sales(view: DayView) -> dict[str, np.ndarray]:
    invoices = view.tables["invoices"]
    rows = view.window(invoices, "issued_on", 365)
    firm, age = view.firm_of(invoices, rows), view.age_days(times(invoices, "issued_on")[rows])
    amount = numbers(invoices, "amount_fen", rows)
    due, paid = times(invoices, "due_on")[rows], times(invoices, "paid_on")[rows]
    is_settled = (paid <= view.now) & (paid != NOT_A_TIME)
    is_settled &= numbers(invoices, "paid_fen", rows) + numbers(invoices, "dilution_fen", rows) >= amount
    until = np.where(is_settled, paid, view.today)
    lateness = np.maximum((until - due) // DAY_NS, 0)
    is_due = (due <= view.now) & (due > view.now - 180 * DAY_NS)
    now, before, half = age < 90, (age >= 90) & (age < 180), age < 180
    sales, sales_before = (view.total(firm[which], amount[which]) / 100.0 for which in (now, before))
    is_overdue = ~is_settled & (due < view.today)
    return {
        "log_sales_90d": known_log(1.0 + sales),
        "sales_trend": np.where(sales + sales_before > 0, known_log((1.0 + sales) / (1.0 + sales_before)), np.nan),
        "customer_lateness_days": ratio(view.total(firm[is_due], lateness[is_due]), view.total(firm[is_due])),
        "overdue_receivables_share": ratio(
            view.total(firm[is_overdue], amount[is_overdue]), view.total(firm[~is_settled], amount[~is_settled])
        ),
        "top_buyer_share": _top_buyer(view, invoices, rows[half], firm[half], amount[half]),
    }


def _top_buyer(
    view: DayView, invoices: pd.DataFrame, rows: np.ndarray, firm: np.ndarray, amount: np.ndarray
) -> np.ndarray:
    buyer, buyers = pd.factorize(texts(invoices, "buyer_id", rows))
    is_ours = firm >= 0
    pair, at = np.unique(firm[is_ours] * (len(buyers) + 1) + buyer[is_ours], return_inverse=True)
    sales = np.bincount(at, weights=amount[is_ours], minlength=len(pair))
    return ratio(view.most(pair // (len(buyers) + 1), sales), view.total(firm, amount))


def _instalments(view: DayView) -> dict[str, np.ndarray]:
    payments, facilities = view.tables["payments"], view.tables["facilities"]
    due, paid = times(payments, "due_on"), times(payments, "paid_on")
    is_paid = (paid <= view.now) & (paid != NOT_A_TIME)
    old = view.now - 180 * DAY_NS
    rows = np.flatnonzero((due <= view.now) & (~is_paid | (paid > old) | (due > old)))
    owner = pd.Index(facilities["facility_id"].to_numpy(dtype=object)).get_indexer(texts(payments, "facility_id", rows))
    opened = np.where(owner >= 0, times(facilities, "opened_on")[owner], NOT_A_TIME)
    is_known = (owner >= 0) & (opened <= view.now)
    rows, owner = rows[is_known], owner[is_known]
    firm, due, paid, is_paid = view.firm_of(facilities, owner), due[rows], paid[rows], is_paid[rows]
    enough = SETTLED_SHARE * numbers(payments, "due_fen", rows)
    is_settled = is_paid & (numbers(payments, "paid_fen", rows) >= enough)
    until = np.where(is_settled, paid, view.today)
    late = np.maximum((until - due) // DAY_NS, 0)
    is_recent = due > old
    dpd = np.where(is_settled, 0, late).astype(float)
    in_window = ~is_settled | (paid > old)
    worst = view.most(firm, np.where(in_window, late, 0).astype(float))
    return {
        "payment_lateness_days": ratio(view.total(firm[is_recent], late[is_recent]), view.total(firm[is_recent])),
        "current_dpd_days": view.most(firm, dpd),
        "worst_dpd_180d_days": worst,
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
