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

from credit.elementary import log
from credit.feature_specs import FEATURES
from credit.table_specs import TAX_GRADES
from credit.tables import CONSENT_COLUMNS, TABLES, empty

DAY_NS = 86_400_000_000_000
DAYS_A_MONTH, DAYS_A_YEAR = 30.4375, 365.25
_NOT_A_TIME = np.iinfo(np.int64).min
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
    return _AsOf(tables, day).frame()


class _AsOf:
    """The tables seen from one day: firms as positions 0..n-1, times as nanoseconds since 1970."""

    def __init__(self, tables: Mapping[str, pd.DataFrame], day: date) -> None:
        self.tables = {name: tables[name] if name in tables else empty(name) for name in TABLES}
        self.day = pd.Timestamp(day).normalize()
        self.now = int(self.day.value) + DAY_NS - 1  # the day's own events are known when it ends
        self.today = int(self.day.value)
        self.firms = self._snapshot("firms", "firm_id")
        self.firms = self.firms[_times(self.firms, "platform_since") <= self.now]
        self.people = self._snapshot("controllers", "controller_id")
        self.index = pd.Index(_texts(self.firms, "firm_id"), name="firm_id")
        self.n = len(self.index)

    def frame(self) -> pd.DataFrame:
        found: dict[str, np.ndarray] = {}
        for part in (
            self._person, self._enterprise, self._orders, self._sales, self._instalments, self._platform,
            self._facilities, self._bureau, self._industry,
        ):  # fmt: skip
            found |= part()
        return pd.DataFrame({name: found[name] for name in FEATURES}, index=self.index, copy=False)

    # --- what the parts share

    def _snapshot(self, name: str, key: str) -> pd.DataFrame:
        """The state of each firm or controller in force: the latest row already valid, in the order of the key."""
        table = self.tables[name]
        start = _times(table, "valid_from")
        rows = np.flatnonzero(start <= self.now)
        codes, _ = pd.factorize(_texts(table, key, rows), sort=True)
        order = np.lexsort((start[rows], codes))
        is_last = np.append(np.diff(codes[order]) != 0, True) if len(order) else np.zeros(0, dtype=bool)
        return table.iloc[rows[order[is_last]]]

    def _window(self, table: pd.DataFrame, column: str, days: int) -> np.ndarray:
        """Rows whose time lies in the last `days` days, today included."""
        times = _times(table, column)
        return np.flatnonzero((times > self.now - days * DAY_NS) & (times <= self.now))

    def _firm(self, table: pd.DataFrame, rows: np.ndarray) -> np.ndarray:
        """Position of each row's firm; -1 where it is not on the platform yet."""
        return self.index.get_indexer(_texts(table, "firm_id", rows))

    def _age(self, times: np.ndarray) -> np.ndarray:
        """Whole days from a time to today; 0 for times of today."""
        return (self.today - times) // DAY_NS

    def _sum(self, firm: np.ndarray, amount: np.ndarray | None = None) -> np.ndarray:
        """Sum of integers (or count of rows) by firm; rows of unknown firms fall away."""
        is_ours = firm >= 0
        weights = None if amount is None else amount[is_ours]
        return np.bincount(firm[is_ours], weights=weights, minlength=self.n).astype(float)

    def _max(self, firm: np.ndarray, value: np.ndarray) -> np.ndarray:
        """Largest value by firm; NaN where a firm has no row."""
        is_ours = firm >= 0
        most = np.full(self.n, -np.inf)
        np.maximum.at(most, firm[is_ours], value[is_ours])
        return np.where(np.isfinite(most), most, np.nan)

    # --- C and B: who

    def _has_consent(self) -> np.ndarray:
        """Whether personal data of each controller may be used; withdrawn (missing) and expired consent are alike."""
        return _times(self.people, "consent_until") >= self.today

    def _person(self) -> dict[str, np.ndarray]:
        people = self.people
        firm = self._firm(people, np.arange(len(people)))
        _, first = np.unique(firm, return_index=True)  # a second controller of a firm waits for the network features
        use = first[(firm[first] >= 0) & self._has_consent()[first]]
        person = {name: np.full(self.n, np.nan) for name in CONSENT_COLUMNS}
        for name, values in person.items():
            values[firm[use]] = _numbers(people, name, use)
        assets = person["net_assets_fen"] / 100.0
        return {
            "controller_age_years": self.day.year - person["birth_year"],
            "industry_years": self.day.year - person["industry_since"],
            "owns_home": person["owns_home"],
            "log_private_assets": _log(np.where(np.isnan(assets), np.nan, np.maximum(assets, 1000.0))),
            "private_worst_dpd_24m_days": person["worst_dpd_24m"],
            "private_enquiries_3m": person["enquiries_3m"],
            "is_court_listed": person["is_court_listed"],
            "related_firms": person["related_firms"],
        }

    def _enterprise(self) -> dict[str, np.ndarray]:
        firms, rows = self.firms, np.arange(self.n)
        assets, debt = _numbers(firms, "total_assets_fen", rows), _numbers(firms, "total_debt_fen", rows)
        rank = {grade: float(position) for position, grade in enumerate(TAX_GRADES)}
        return {
            "firm_age_years": self._age(_times(firms, "registered_on")) / DAYS_A_YEAR,
            "log_employees": _log(np.maximum(_numbers(firms, "employees", rows), 1.0)),
            "log_revenue": _log(np.maximum(_numbers(firms, "annual_revenue_fen", rows) / 100.0, 1000.0)),
            "debt_to_assets": _ratio(debt, assets),
            "tax_grade_rank": firms["tax_grade"].map(rank).to_numpy(dtype=float, na_value=np.nan),
            "months_on_platform": self._age(_times(firms, "platform_since")) / DAYS_A_MONTH,
        }

    # --- T: what is traded

    def _orders(self) -> dict[str, np.ndarray]:
        orders = self.tables["orders"]
        rows = self._window(orders, "placed_on", 365)
        firm, age = self._firm(orders, rows), self._age(_times(orders, "placed_on")[rows])
        grams = np.rint(_numbers(orders, "quantity_kg", rows) * 1000.0)
        is_recent, is_half_year = age < 90, age < 180
        now, before = is_recent, is_half_year & ~is_recent
        tonnes, tonnes_before = (self._sum(firm[which], grams[which]) / 1e6 for which in (now, before))
        gap, variation = self._gaps(firm[is_half_year], age[is_half_year])
        by_facility = is_half_year & (_texts(orders, "paid_by", rows) == "facility")
        delivered = _times(orders, "delivered_on")[rows]
        match = _numbers(orders, "match_share", rows)
        is_matched = (delivered <= self.now) & (delivered > self.now - 180 * DAY_NS) & ~np.isnan(match)
        ppm = np.rint(match[is_matched] * 1e6)
        return {
            "orders_90d": self._sum(firm[now]),
            "log_tonnes_90d": _log(1.0 + tonnes),
            "tonnes_trend": np.where(tonnes + tonnes_before > 0, _log((1.0 + tonnes) / (1.0 + tonnes_before)), np.nan),
            "order_gap_days": gap,
            "order_gap_variation": variation,
            "days_since_order": -self._max(firm, -age.astype(float)),
            "match_share": _ratio(self._sum(firm[is_matched], ppm), self._sum(firm[is_matched]) * 1e6),
            "facility_share_of_purchases": _ratio(
                self._sum(firm[by_facility], grams[by_facility]), self._sum(firm[is_half_year], grams[is_half_year])
            ),
        }

    def _gaps(self, firm: np.ndarray, age: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Mean days between order days, and their coefficient of variation; NaN below three order days."""
        days = np.unique(firm[firm >= 0].astype(np.int64) * 1000 + age[firm >= 0])  # ages stay below 180
        owner, gaps = days // 1000, np.diff(days)
        is_same = np.diff(owner) == 0
        owner, gaps = owner[1:][is_same], gaps[is_same].astype(float)
        count, total, squares = (self._sum(owner, weight) for weight in (None, gaps, gaps**2))
        count = np.where(count >= 2, count, np.nan)
        mean = total / count
        return mean, np.sqrt(np.maximum(squares / count - mean**2, 0.0)) / mean

    def _sales(self) -> dict[str, np.ndarray]:
        invoices = self.tables["invoices"]
        rows = self._window(invoices, "issued_on", 365)
        firm, age = self._firm(invoices, rows), self._age(_times(invoices, "issued_on")[rows])
        amount = _numbers(invoices, "amount_fen", rows)
        due, paid = _times(invoices, "due_on")[rows], _times(invoices, "paid_on")[rows]
        is_settled = (paid <= self.now) & (paid != _NOT_A_TIME)
        is_settled &= _numbers(invoices, "paid_fen", rows) + _numbers(invoices, "dilution_fen", rows) >= amount
        until = np.where(is_settled, paid, self.today)
        lateness = np.maximum((until - due) // DAY_NS, 0)
        is_due = (due <= self.now) & (due > self.now - 180 * DAY_NS)
        now, before, half = age < 90, (age >= 90) & (age < 180), age < 180
        sales, sales_before = (self._sum(firm[which], amount[which]) / 100.0 for which in (now, before))
        is_overdue = ~is_settled & (due < self.today)
        return {
            "log_sales_90d": _log(1.0 + sales),
            "sales_trend": np.where(sales + sales_before > 0, _log((1.0 + sales) / (1.0 + sales_before)), np.nan),
            "customer_lateness_days": _ratio(self._sum(firm[is_due], lateness[is_due]), self._sum(firm[is_due])),
            "overdue_receivables_share": _ratio(
                self._sum(firm[is_overdue], amount[is_overdue]), self._sum(firm[~is_settled], amount[~is_settled])
            ),
            "top_buyer_share": self._top_buyer(invoices, rows[half], firm[half], amount[half]),
        }

    def _top_buyer(self, invoices: pd.DataFrame, rows: np.ndarray, firm: np.ndarray, amount: np.ndarray) -> np.ndarray:
        buyer, buyers = pd.factorize(_texts(invoices, "buyer_id", rows))
        is_ours = firm >= 0
        pair, at = np.unique(firm[is_ours] * (len(buyers) + 1) + buyer[is_ours], return_inverse=True)
        sales = np.bincount(at, weights=amount[is_ours], minlength=len(pair))
        return _ratio(self._max(pair // (len(buyers) + 1), sales), self._sum(firm, amount))

    def _instalments(self) -> dict[str, np.ndarray]:
        payments, facilities = self.tables["payments"], self.tables["facilities"]
        due, paid = _times(payments, "due_on"), _times(payments, "paid_on")
        is_paid = (paid <= self.now) & (paid != _NOT_A_TIME)
        old = self.now - 180 * DAY_NS
        rows = np.flatnonzero((due <= self.now) & (~is_paid | (paid > old) | (due > old)))
        owner = pd.Index(facilities["facility_id"].to_numpy(dtype=object)).get_indexer(
            _texts(payments, "facility_id", rows)
        )
        opened = np.where(owner >= 0, _times(facilities, "opened_on")[owner], _NOT_A_TIME)
        is_known = (owner >= 0) & (opened <= self.now)
        rows, owner = rows[is_known], owner[is_known]
        firm, due, paid, is_paid = self._firm(facilities, owner), due[rows], paid[rows], is_paid[rows]
        enough = SETTLED_SHARE * _numbers(payments, "due_fen", rows)
        is_settled = is_paid & (_numbers(payments, "paid_fen", rows) >= enough)
        until = np.where(is_settled, paid, self.today)
        late = np.maximum((until - due) // DAY_NS, 0)
        is_recent = due > old
        dpd = np.where(is_settled, 0, late).astype(float)
        in_window = ~is_settled | (paid > old)
        worst = self._max(firm, np.where(in_window, late, 0).astype(float))
        return {
            "payment_lateness_days": _ratio(self._sum(firm[is_recent], late[is_recent]), self._sum(firm[is_recent])),
            "current_dpd_days": self._max(firm, dpd),
            "worst_dpd_180d_days": worst,
        }

    # --- P: what is done on the platform

    def _platform(self) -> dict[str, np.ndarray]:
        operations, visits = self.tables["operations"], self.tables["visits"]
        months = _times(operations, "month")
        this_month = self.day.replace(day=1)
        is_over = (self.day + timedelta(days=1)).day == 1  # a month is known when it is over
        end = this_month if is_over else this_month - pd.DateOffset(months=1)
        rows = np.flatnonzero((months > (end - pd.DateOffset(months=3)).value) & (months <= end.value))
        firm = self._firm(operations, rows)
        count = self._sum(firm)
        seen = self._window(visits, "visited_on", 180)
        grade = _texts(visits, "finding", seen)
        finding = np.where(grade == "alarm", 2, np.where(grade == "concern", 1, 0))
        when = self._age(_times(visits, "visited_on")[seen])
        latest = self._max(self._firm(visits, seen), (1000 - when) * 10.0 + finding)  # of two on a day, the worse
        return {
            "logins_per_month": _ratio(self._sum(firm, _numbers(operations, "logins", rows)), count),
            "quotes_per_month": _ratio(self._sum(firm, _numbers(operations, "quotes", rows)), count),
            "visit_concern": np.mod(latest, 10.0),
        }

    def _facilities(self) -> dict[str, np.ndarray]:
        facilities, decisions = self.tables["facilities"], self.tables["decisions"]
        rows = np.flatnonzero(_times(facilities, "opened_on") <= self.now)
        firm = self._firm(facilities, rows)
        age = self._age(_times(facilities, "opened_on")[rows])
        closed = _times(facilities, "closed_on")[rows]
        is_closed = (closed <= self.now) & (closed != _NOT_A_TIME)
        is_repaid = is_closed & (_texts(facilities, "status", rows) == "repaid")
        outstanding = self._sum(firm[~is_closed], _numbers(facilities, "principal_fen", rows)[~is_closed])
        return {
            "repaid_facilities": self._sum(firm[is_repaid]),
            "open_facilities": self._sum(firm[~is_closed]),
            "utilisation": _ratio(outstanding, self._last_limit(decisions)),
            "months_since_first_facility": self._max(firm, age.astype(float)) / DAYS_A_MONTH,
        }

    def _last_limit(self, decisions: pd.DataFrame) -> np.ndarray:
        """The limit of the last decision within a year that granted one, fen; of two on a day, the larger."""
        rows = self._window(decisions, "decided_on", 365)
        limit = _numbers(decisions, "limit_fen", rows)
        rows, limit = rows[limit > 0], limit[limit > 0]
        firm = self._firm(decisions, rows)
        rows, limit, firm = rows[firm >= 0], limit[firm >= 0], firm[firm >= 0]
        order = np.lexsort((limit, _times(decisions, "decided_on")[rows], firm))
        last = np.full(self.n, np.nan)
        last[firm[order]] = limit[order]  # the last assignment wins
        return last

    # --- X and I: what others report, and the market

    def _bureau(self) -> dict[str, np.ndarray]:
        bureau, people = self.tables["bureau"], self.people
        rows = self._window(bureau, "known_on", 365)
        firm = self._firm(bureau, rows)
        person = pd.Index(_texts(people, "controller_id")).get_indexer(_texts(bureau, "controller_id", rows))
        is_known = (person >= 0) | bureau["controller_id"].array[rows].isna()
        is_personal = bureau["firm_id"].array[rows].isna()
        if len(people):  # an event that names the person only is personal data: it needs consent
            owner = np.where(self._has_consent(), self._firm(people, np.arange(len(people))), -1)
            firm = np.where(is_personal & (person >= 0), owner[person], firm)
        firm = np.where(is_known, firm, -1)
        age = self._age(_times(bureau, "known_on")[rows])
        kind = _texts(bureau, "kind", rows)

        def count(days: int, *kinds: str) -> np.ndarray:
            return self._sum(firm[(age < days) & np.isin(kind, kinds)])

        return {
            "enquiries_90d": count(90, "enquiry"),
            "new_loans_90d": count(90, "new_loan", "guarantee"),
            "adverse_events_365d": count(365, "lawsuit", "enforcement", "delinquency"),
            "identity_changes_180d": count(180, "legal_rep_change", "equity_change", "phone_change"),
        }

    def _industry(self) -> dict[str, np.ndarray]:
        prices = self.tables["resin_prices"]
        rows = self._window(prices, "date", 91)
        grade, grades = pd.factorize(_texts(prices, "grade", rows), sort=True)
        times = _times(prices, "date")[rows]
        order = np.lexsort((times, grade))
        level = _log(_numbers(prices, "price_fen_per_tonne", rows[order]))
        changes, deviations = [], []
        for position in range(len(grades)):
            path = level[grade[order] == position]
            if len(path) > 20:  # too few days say nothing about a trend
                step = np.diff(path)
                changes.append(path[-1] - path[0])
                deviations.append(np.sqrt(_mean((step - _mean(step)) ** 2) * 250.0))
        return {
            "resin_change_90d": np.full(self.n, _mean(np.array(changes))),
            "resin_volatility_90d": np.full(self.n, _mean(np.array(deviations))),
        }


def _times(table: pd.DataFrame, column: str) -> np.ndarray:
    """A date column as nanoseconds since 1970; a missing date is the smallest integer."""
    return table[column].to_numpy(dtype="datetime64[ns]").view(np.int64)


def _texts(table: pd.DataFrame, column: str, rows: np.ndarray | slice = slice(None)) -> np.ndarray:
    """Some rows of a text column as Python objects."""
    return np.asarray(table[column].array[rows], dtype=object)


def _numbers(table: pd.DataFrame, column: str, rows: np.ndarray) -> np.ndarray:
    """Some rows of a number column as floats, NaN where missing."""
    return table[column].array[rows].to_numpy(dtype=float, na_value=np.nan)


def _mean(values: np.ndarray) -> float:
    """The mean by a sum from left to right (NumPy's own order depends on the processor); NaN of nothing."""
    return float(np.cumsum(values)[-1] / len(values)) if len(values) else np.nan


def _ratio(top: np.ndarray, bottom: np.ndarray) -> np.ndarray:
    return np.divide(top, bottom, out=np.full(len(top), np.nan), where=~np.isnan(bottom) & (bottom != 0))


def _log(value: np.ndarray) -> np.ndarray:
    """Natural logarithm where known (same bits on every machine), NaN elsewhere."""
    is_known = ~np.isnan(value)
    return np.where(is_known, log(np.where(is_known, value, 1.0)), np.nan)
