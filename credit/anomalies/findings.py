"""What a detector says: a code, the firms concerned, the rows it rests on, and how grave it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import pandas as pd

from credit.errors import BadInput, Problem
from credit.parameters import parameters


class Outcome(StrEnum):
    """What the gate says of a firm, mildest first."""

    PASSES = "passes"
    REFERS = "refers"
    REFUSES = "refuses"


MEANINGS = {
    "papers_disagree": "orders, invoices and deliveries do not agree",
    "price_off_index": "resin is bought far from the price of the day",
    "round_amounts": "too many invoices over round amounts",
    "bought_beyond_output": "more resin is bought than the plant turns into goods",
    "sold_beyond_output": "more is sold for each kilogram made than peers sell",
    "output_without_power": "goods are said to be made without the power that making them takes",
    "circular_sales": "goods come back to the firm at nearly the value at which they left",
    "duplicate_invoice": "one invoice stands twice in the firm's own books",
    "invoice_of_two_sellers": "one debtor owes one amount to two firms in one week",
    "double_assignment": "one invoice is assigned to two facilities",
    "assigned_elsewhere": "an invoice is assigned to a facility of another firm",
    "shared_controller": "a person controls several firms on the platform and does not say so",
    "shared_controller_in_trouble": "a firm under the same person is past due or has defaulted",
    "mutual_guarantees": "firms guarantee one another",
    "identity_changes": "representative, equity or telephone change together",
}
"""Every code of a finding, in words."""


@dataclass(frozen=True)
class Evidence:
    """One row of a table that a finding rests on: its table and its key."""

    table: str
    key: str


@dataclass(frozen=True)
class Finding:
    """One sign of fraud.

    Attributes:
        code: of MEANINGS.
        firm_ids: the firms concerned, ascending.
        outcome: `refers` or `refuses`.
        value: what was measured.
        threshold: where it starts to count.
        evidence: the rows it rests on, in the order of table and key.
    """

    code: str
    firm_ids: tuple[str, ...]
    outcome: Outcome
    value: float
    threshold: float
    evidence: tuple[Evidence, ...]

    def __str__(self) -> str:
        rows = ", ".join(f"{one.table} {one.key}" for one in self.evidence[:5])
        more = f" and {len(self.evidence) - 5} more" if len(self.evidence) > 5 else ""
        return f"{', '.join(self.firm_ids)}: {MEANINGS[self.code]} ({self.value:.3g}; {rows}{more})"


def finding(
    code: str,
    firm_ids: Iterable[str],
    is_grave: bool,
    value: float,
    threshold: float,
    evidence: Iterable[tuple[str, Iterable[str]]],
) -> Finding:
    """A finding with its firms and rows in order; `evidence` gives keys by table.

    Raises:
        BadInput: an unknown code, or nothing to show for it.
    """
    rows = sorted((table, str(key)) for table, keys in evidence for key in keys)
    if code not in MEANINGS:
        raise BadInput(Problem(f"must be one of: {', '.join(MEANINGS)}", field="code", value=code))
    if not rows:
        raise BadInput(Problem("a finding must name the rows it rests on", field="evidence", value=code))
    told = tuple(Evidence(table, key) for table, key in dict.fromkeys(rows))
    outcome = Outcome.REFUSES if is_grave else Outcome.REFERS
    return Finding(code, tuple(sorted(set(firm_ids))), outcome, float(value), float(threshold), told)


class Thresholds:
    """The values of `data/parameters/anomalies.yaml` on a day, by name."""

    def __init__(self, day: date) -> None:
        self._day, self._known = day, parameters("anomalies")

    def __getitem__(self, name: str) -> float:
        return self._known.value(name, self._day)


def recent(table: pd.DataFrame, column: str, now: pd.Timestamp, days: float) -> pd.DataFrame:
    """Rows of the last days, today included."""
    return table[(table[column] > now - pd.Timedelta(days, unit="D")) & (table[column] <= now)]
