"""Invoices that are sold twice: within a firm, across firms, to two facilities, to somebody else's facility."""

from collections.abc import Mapping

import pandas as pd

from credit.anomalies.findings import Finding, Thresholds, finding, recent

HALF_YEAR_DAYS = 180


def duplicate_invoices(seen: Mapping[str, pd.DataFrame], now: pd.Timestamp, limits: Thresholds) -> list[Finding]:
    """Invoices that look like one; arguments as in `credit.anomalies.fake_trade.fake_trade`.

    Two invoices are taken for one when debtor and amount are the same to the fen and the days of issue lie close, or
    when their numbers are the same but for letters' case, separators and a copy's suffix. Within a firm a regular
    amount (a standing order) says nothing: there the days must be equal or the numbers. Across firms a round amount
    says nothing: a debtor may owe a round sum to many.
    """
    invoices = recent(seen["invoices"], "issued_on", now, HALF_YEAR_DAYS).reset_index(drop=True)
    invoices = invoices.assign(number=plain_number(invoices["invoice_id"]))
    pairs = invoices.merge(invoices, on=["buyer_id", "amount_fen"], suffixes=("", "_2"))
    pairs = pairs[pairs["invoice_id"] < pairs["invoice_id_2"]]
    apart = (pairs["issued_on"] - pairs["issued_on_2"]).dt.days.abs()
    is_one_firm = pairs["firm_id"] == pairs["firm_id_2"]
    is_one_number = pairs["number"] == pairs["number_2"]
    is_odd = pairs["amount_fen"] % round(limits["round_amount_yuan"] * 100) != 0
    is_close = (apart <= limits["duplicate_days"]) & is_odd
    is_same = is_one_number | (apart == 0).where(is_one_firm, is_close)
    first, second = pairs["assigned_facility_id"], pairs["assigned_facility_id_2"]
    is_twice = (first.notna() & second.notna() & (first != second)).fillna(False)
    found = []
    for row, grave in zip(pairs[is_same].to_dict("records"), is_twice[is_same], strict=True):
        code = "duplicate_invoice" if row["firm_id"] == row["firm_id_2"] else "invoice_of_two_sellers"
        firms = [str(row["firm_id"]), str(row["firm_id_2"])]
        days = abs((row["issued_on"] - row["issued_on_2"]).days)
        rows = [("invoices", [row["invoice_id"], row["invoice_id_2"]])]
        if grave:
            rows.append(("facilities", [row["assigned_facility_id"], row["assigned_facility_id_2"]]))
        found.append(
            finding("double_assignment" if grave else code, firms, bool(grave), days, limits["duplicate_days"], rows)
        )
    return [*found, *_elsewhere(invoices, seen["facilities"])]


def plain_number(identifiers: pd.Series) -> pd.Series:
    """An invoice number without case, separators, a copy's suffix and leading zeros."""
    text = identifiers.astype(str).str.upper().str.replace(r"[-_/. ]*(?:COPY|DUP|BIS|\(\d\))$", "", regex=True)
    return text.str.replace(r"[^0-9A-Z]", "", regex=True).str.replace(r"(?<![0-9])0+(?=[0-9])", "", regex=True)


def _elsewhere(invoices: pd.DataFrame, facilities: pd.DataFrame) -> list[Finding]:
    owner = facilities.set_index("facility_id")["firm_id"]
    assigned = invoices[invoices["assigned_facility_id"].notna()]
    assigned = assigned.assign(owner=assigned["assigned_facility_id"].map(owner))
    strange = assigned[assigned["owner"].notna() & (assigned["owner"] != assigned["firm_id"])]
    return [
        finding(
            "assigned_elsewhere", [str(row["firm_id"]), str(row["owner"])], True, 1, 1,
            [("invoices", [row["invoice_id"]]), ("facilities", [row["assigned_facility_id"]])],
        )
        for row in strange.to_dict("records")
    ]  # fmt: skip
