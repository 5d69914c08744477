"""Two records that do not tell the same, and what both audits of them share; nothing of the market is imported."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

RAISES = ("drawn", "rolled_in", "capitalised")
RECOVERED = ("recovered_deposit", "recovered_goods", "recovered_guarantee", "recovered_cash")
LOWERS = ("repaid", "rolled_out", *RECOVERED)


@dataclass(frozen=True)
class Discrepancy:
    """Two records that do not tell the same.

    Attributes:
        rule: what should hold.
        where: facility, party or day.
        found: what one record says.
        expected: what the other does.
    """

    rule: str
    where: str
    found: int
    expected: int


def apart(rule: str, names: Any, found: Any, expected: Any, slack: Any = 0) -> list[Discrepancy]:
    """Where two columns of whole numbers are further apart than the slack.

    Args:
        rule: what should hold.
        names: of the rows.
        found: what one record says, a row each.
        expected: what the other does.
        slack: by how much they may differ, one number or a row each.
    """
    one, other = np.asarray(found, dtype=np.int64), np.asarray(expected, dtype=np.int64)
    rows = np.flatnonzero(np.abs(one - other) > np.asarray(slack))
    return [Discrepancy(rule, str(np.asarray(names)[row]), int(one[row]), int(other[row])) for row in rows.tolist()]


def by_facility(records: Any) -> pd.DataFrame:
    """Sums of movements, a row a facility, a column a kind."""
    flows = records.flows
    kinds = (*RAISES, *LOWERS, "interest", "service", "fee", "deposit_in", "deposit_set_off", "deposit_back",
             "deposit_forfeited", "written_down", "first_loss", "defaulted")  # fmt: skip
    sums = flows.pivot_table(index="facility", columns="kind", values="amount", aggfunc="sum", fill_value=0)
    return sums.reindex(index=records.facilities.index, columns=list(kinds), fill_value=0).astype(np.int64)


def half_even(value: int, by: int) -> int:
    """Whole division, a half to the even neighbour."""
    whole, rest = divmod(value, by)
    return whole + (2 * rest > by or (2 * rest == by and whole % 2 == 1))
