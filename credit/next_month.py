"""Firm-months of a platform as `credit.survival.firm_month_hazard` learns from them: how the month to come ended.

`credit.firm_months` follows each snapshot to its end, months ahead, for scores and curves of the day. Here each
snapshot is asked for one month only; what came later is in the later snapshots' rows. Obligors default, or their
relationship ends (they repaid and did not come back).
"""

import numpy as np
import pandas as pd

from credit.firm_months import FirmMonths
from credit.survival.monthly_rows import MonthlyRows

CAUSES = ("default", "exit")
_LONGEST_STEP_DAYS = 31  # between two month ends


def next_month(months: FirmMonths) -> MonthlyRows:
    """How the month after each snapshot ended, where that is known.

    Returns:
        `row`: positions among the snapshots, by firm and in order of time; snapshots whose month the data end in are
        left out. `clock`: month ends since the relationship first stood in the table. `left_by`: code of CAUSES.
    """
    day = months.snapshot_on.astype("datetime64[D]").astype(np.int64)
    order = np.lexsort((day, months.firm_id.astype(str)))
    firm = months.firm_id[order].astype(str)
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = (firm[1:] != firm[:-1]) | (np.diff(day[order]) > _LONGEST_STEP_DAYS)
    position = np.arange(len(order))
    clock = position - np.maximum.accumulate(np.where(is_new, position, 0))
    is_default = months.is_default & (months.months == 1)
    is_exit = months.has_left & (months.months == 0)
    left_by = np.select([is_default, is_exit], [1, 2], 0)
    is_known = (is_default | is_exit | (months.months >= 1))[order]
    return MonthlyRows(order[is_known], clock[is_known], left_by[order][is_known])


def with_clock(months: FirmMonths, rows: MonthlyRows, features: list[str], clock: str) -> pd.DataFrame:
    """The features named, of the snapshots in `rows`, with the clock in a column of its own."""
    return rows.of(months.features[features], clock)
