"""What a firm trades and how it pays: resin ordered, products sold, instalments (groups T and P).

The rules of `credit.features.snapshot` hold: known rows, outcomes that happened, sums over integers.
"""

import numpy as np

from credit.day_view import DayView, distinct, is_first, known_log, ratio

SETTLED_SHARE = 0.99
"""An instalment is settled when at least this share of it is paid: smaller rests are no default (DOMAIN section 4)."""
LATE_DAYS = 30
"""Days past due from which a firm is an operational default (D2 of DOMAIN section 4)."""
BAD_ENDS = ("defaulted", "restructured", "written_off")


def orders(view: DayView) -> dict[str, np.ndarray]:
    """How much resin is bought, how regularly, and how well the papers agree."""
    table = view.tables["orders"]
    rows = view.window("orders", "placed_on", 365)
    firm, age = view.firm_of("orders", rows), view.age_days(table.times("placed_on", rows))
    grams = np.rint(table.numbers("quantity_kg", rows) * 1000.0)
    is_half_year = age < 180
    now, before = np.flatnonzero(age < 90), np.flatnonzero(is_half_year & (age >= 90))
    tonnes, tonnes_before = (view.total(firm[which], grams[which]) / 1e6 for which in (now, before))
    gap, variation = _gaps(view, firm[is_half_year], age[is_half_year])
    by_facility = is_half_year & table.words("paid_by", rows).are("facility")
    delivered = table.times("delivered_on", rows)
    match = table.numbers("match_share", rows)
    is_matched = (delivered <= view.now) & (delivered > view.before(180)) & ~np.isnan(match)
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
    days = distinct(firm[firm >= 0].astype(np.int64) * 1000 + age[firm >= 0])  # ages stay below 180
    owner, gaps = days // 1000, np.diff(days)
    is_same = np.diff(owner) == 0
    owner, gaps = owner[1:][is_same], gaps[is_same].astype(float)
    count, total, squares = (view.total(owner, weight) for weight in (None, gaps, gaps**2))
    count = np.where(count >= 2, count, np.nan)
    mean = total / count
    return mean, np.sqrt(np.maximum(squares / count - mean**2, 0.0)) / mean


def sales(view: DayView) -> dict[str, np.ndarray]:
    """How much is sold, to how many, and how late the customers pay."""
    invoices = view.tables["invoices"]
    rows = view.window("invoices", "issued_on", 365)
    firm, age = view.firm_of("invoices", rows), view.age_days(invoices.times("issued_on", rows))
    amount = invoices.numbers("amount_fen", rows)
    due, paid = invoices.times("due_on", rows), invoices.times("paid_on", rows)
    is_settled = view.has_come(paid)
    is_settled &= invoices.numbers("paid_fen", rows) + invoices.numbers("dilution_fen", rows) >= amount
    fallen_due = np.flatnonzero((due <= view.now) & (due > view.before(180)))
    until = np.where(is_settled[fallen_due], paid[fallen_due], view.today)
    lateness = np.maximum(view.days_between(due[fallen_due], until), 0)
    client = firm[fallen_due]
    now, before, half = (np.flatnonzero(which) for which in (age < 90, (age >= 90) & (age < 180), age < 180))
    buyer = invoices.words("buyer_id", view.window("invoices", "issued_on", 180)).codes
    sold, sold_before = (view.total(firm[which], amount[which]) / 100.0 for which in (now, before))
    still_open = np.flatnonzero(~is_settled)
    overdue = still_open[due[still_open] < view.today]
    return {
        "log_sales_90d": known_log(1.0 + sold),
        "sales_trend": np.where(sold + sold_before > 0, known_log((1.0 + sold) / (1.0 + sold_before)), np.nan),
        "customer_lateness_days": ratio(view.total(client, lateness), view.total(client)),
        "overdue_receivables_share": ratio(
            view.total(firm[overdue], amount[overdue]), view.total(firm[still_open], amount[still_open])
        ),
        "top_buyer_share": _top_buyer(view, firm[half], buyer, amount[half]),
    }


def _top_buyer(view: DayView, firm: np.ndarray, buyer: np.ndarray, amount: np.ndarray) -> np.ndarray:
    """The largest sum to one buyer over all sales, by firm."""
    buyers = int(buyer.max(initial=0)) + 2
    pair = firm * buyers + buyer + 1
    order = np.argsort(pair)
    pair = pair[order]
    begins = np.flatnonzero(is_first(pair))
    sold = np.add.reduceat(amount[order], begins) if len(pair) else amount
    return ratio(view.most(pair[begins] // buyers, sold), view.total(firm, amount))


def instalments(view: DayView) -> dict[str, np.ndarray]:
    """How late the firm itself pays what it owes under facilities."""
    payments, facilities = view.tables["payments"], view.tables["facilities"]
    due, paid = payments.times("due_on"), payments.times("paid_on")
    is_paid = view.has_come(paid)
    old = view.before(180)
    rows = np.flatnonzero((due <= view.now) & (~is_paid | (paid > old) | (due > old)))
    owner = view.facility_of(rows)
    is_known = owner >= 0
    is_known[is_known] = facilities.times("opened_on", owner[is_known]) <= view.now
    rows, owner = rows[is_known], owner[is_known]
    firm, due, paid, is_paid = view.firm_of("facilities", owner), due[rows], paid[rows], is_paid[rows]
    enough = SETTLED_SHARE * payments.numbers("due_fen", rows)
    is_settled = is_paid & (payments.numbers("paid_fen", rows) >= enough)
    until = np.where(is_settled, paid, view.today)
    late = np.maximum(view.days_between(due, until), 0)
    is_recent = due > old
    dpd = np.where(is_settled, 0, late).astype(float)
    in_window = ~is_settled | (paid > old)
    worst = view.most(firm, np.where(in_window, late, 0).astype(float))
    return {
        "payment_lateness_days": ratio(view.total(firm[is_recent], late[is_recent]), view.total(firm[is_recent])),
        "current_dpd_days": view.most(firm, dpd),
        "worst_dpd_180d_days": worst,
    }


def is_in_trouble(view: DayView, dpd_days: np.ndarray | None = None) -> np.ndarray:
    """Whether each firm is an operational default (D2) or left a facility unpaid within a year, shape (firms,)."""
    facilities = view.tables["facilities"]
    dpd = instalments(view)["current_dpd_days"] if dpd_days is None else dpd_days
    rows = view.window("facilities", "closed_on", 365)
    is_bad = facilities.words("status", rows).are(*BAD_ENDS)
    return (dpd >= LATE_DAYS) | (view.total(view.firm_of("facilities", rows)[is_bad]) > 0)
