"""What each feature means: its group, unit and the direction in which it should move risk.

Groups: C controlling person, B fundamentals of the enterprise, T transactions, P behaviour on the platform, X bureau
and registers, I industry, N network: what befalls a firm's neighbours through shared buyers, suppliers, persons. In
trouble means 30 days past due, or a facility that ended badly within a year.
"""

from dataclasses import dataclass
from typing import Literal

from credit.errors import BadInput, Problem

Group = Literal["C", "B", "T", "P", "X", "I", "N"]
OWN_GROUPS = "CBTPXI"
"""What a firm's own rows tell. Network features (N) need the rows of all firms: they are computed when asked for."""
ALL_GROUPS = OWN_GROUPS + "N"


@dataclass(frozen=True)
class Feature:
    """One column of the firm-month table.

    Attributes:
        name: column name; its unit stands in it as a suffix where there is one.
        group: C, B, T, P, X, I or N.
        unit: the unit.
        direction: +1 where more of it means more risk, -1 where it means less, 0 where theory is silent.
        meaning: what it says as of a day, and when it is missing.
    """

    name: str
    group: Group
    unit: str
    direction: Literal[-1, 0, 1]
    meaning: str


_ROWS: tuple[tuple[str, Group, str, Literal[-1, 0, 1], str], ...] = (
    ("controller_age_years", "C", "years", 0, "age of the controller; C features are missing without consent"),
    ("industry_years", "C", "years", -1, "the controller's years in the industry"),
    ("owns_home", "C", "0 or 1", -1, "the controller owns a home"),
    ("log_private_assets", "C", "log yuan", -1, "log of the controller's net assets, floored at 1,000 yuan"),
    ("private_worst_dpd_24m_days", "C", "days", 1, "worst days past due of the controller's private loans, 24 months"),
    ("private_enquiries_3m", "C", "enquiries", 1, "bureau enquiries about the controller, 3 months"),
    ("is_court_listed", "C", "0 or 1", 1, "the controller is on the courts' list of dishonest debtors"),
    ("related_firms", "C", "firms", 0, "other firms of the controller"),
    ("firm_age_years", "B", "years", -1, "years since registration"),
    ("log_employees", "B", "log persons", 0, "log of the people employed"),
    ("log_revenue", "B", "log yuan", -1, "log of the last reported year's revenue"),
    ("debt_to_assets", "B", "share", 1, "interest-bearing debt over total assets, last reported year"),
    ("tax_grade_rank", "B", "0 to 4", 1, "tax authority's grade: A 0, B 1, M 2, C 3, D 4"),
    ("orders_90d", "T", "orders", -1, "resin orders placed in 90 days"),
    ("log_tonnes_90d", "T", "log tonnes", -1, "log of 1 + tonnes of resin ordered in 90 days"),
    ("tonnes_trend", "T", "log ratio", -1, "log of 1 + tonnes of the last 90 days over 1 + tonnes of the 90 before"),
    ("order_gap_days", "T", "days", 0, "mean days between order days in 180 days; missing below three order days"),
    ("order_gap_variation", "T", "ratio", 1, "standard deviation over mean of those gaps: irregular buying"),
    ("days_since_order", "T", "days", 1, "days since the last order; missing beyond 365"),
    ("match_share", "T", "share", -1, "mean agreement of order, invoice and delivery, orders delivered in 180 days"),
    ("log_sales_90d", "T", "log yuan", -1, "log of 1 + invoiced sales of 90 days"),
    ("sales_trend", "T", "log ratio", -1, "log of 1 + yuan sold in the last 90 days over 1 + yuan of the 90 before"),
    ("customer_lateness_days", "T", "days", 1, "mean lateness of invoices fallen due in 180 days, open ones to date"),
    ("overdue_receivables_share", "T", "share", 1, "part of open invoices that is past due, by amount"),
    ("top_buyer_share", "T", "share", 1, "largest buyer's part of sales invoiced in 180 days"),
    ("payment_lateness_days", "T", "days", 1, "mean lateness of instalments fallen due in 180 days, open ones to date"),
    ("current_dpd_days", "T", "days", 1, "days past due of the oldest open instalment; missing without history"),
    ("worst_dpd_180d_days", "T", "days", 1, "worst days past due reached in 180 days; missing without history"),
    ("months_on_platform", "P", "months", -1, "months since the first day on the platform"),
    ("logins_per_month", "P", "log-ins", -1, "mean log-ins a month over the last three finished months"),
    ("quotes_per_month", "P", "quotes", 0, "mean quotes asked for a month over the last three finished months"),
    ("repaid_facilities", "P", "facilities", -1, "facilities repaid so far"),
    ("open_facilities", "P", "facilities", 0, "facilities drawn and not closed"),
    ("utilisation", "P", "share", 1, "principal outstanding over the last limit granted within 365 days"),
    ("facility_share_of_purchases", "P", "share", 0, "part of resin bought in 180 days that facilities paid, by mass"),
    ("months_since_first_facility", "P", "months", -1, "months since the first drawdown; missing before it"),
    ("visit_concern", "P", "0 to 2", 1, "last visit within 180 days: fine 0, concern 1, alarm 2"),
    ("enquiries_90d", "X", "events", 1, "bureau enquiries that became known in 90 days"),
    ("new_loans_90d", "X", "events", 1, "new loans and guarantees elsewhere that became known in 90 days"),
    ("adverse_events_365d", "X", "events", 1, "lawsuits, enforcements and delinquencies that became known in 365 days"),
    ("identity_changes_180d", "X", "events", 1, "changes of legal representative, equity or phone known in 180 days"),
    ("resin_change_90d", "I", "log ratio", 0, "log change of resin prices over 90 days, mean over grades"),
    ("resin_volatility_90d", "I", "a root year", 1, "standard deviation of 90 daily log changes, times root 250"),
    ("buyer_stress", "N", "share", 1, "overdue part of what its buyers owe other sellers, by its sales of 180 days"),
    ("supplier_stress", "N", "share", 1, "part of its suppliers' other clients in trouble, by mass of 180 days"),
    ("linked_stress", "N", "share", 1, "part of firms linked by controller or guarantee in trouble"),
    ("shared_identities", "N", "firms", 1, "other firms that its controller controls, or controlled"),
    ("log_trade_centrality", "N", "log ratio", 0, "log of PageRank in the trade graph of 180 days, over its mean"),
    ("circular_sales_share", "N", "share", 1, "part of sales of 180 days whose goods come back: circles of up to four"),
)  # fmt: skip

FEATURES: dict[str, Feature] = {row[0]: Feature(*row) for row in _ROWS}
"""Every feature by name, in column order."""


def names_of(*groups: str) -> list[str]:
    """The features of some groups, in column order.

    Raises:
        BadInput: a group that does not exist.
    """
    unknown = sorted(set(groups) - set(ALL_GROUPS))
    if unknown:
        raise BadInput(Problem(f"must be of {', '.join(ALL_GROUPS)}", field="groups", value=", ".join(unknown)))
    return [feature.name for feature in FEATURES.values() if feature.group in groups]
