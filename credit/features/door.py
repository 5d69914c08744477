"""One door to the firm-month table: from tables in memory, or from a folder of tables of any size."""

from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pandas as pd

from credit.feature_specs import ALL_GROUPS
from credit.features.at_scale import read_firm_months
from credit.features.table import firm_months_of


def firm_month_table(
    source: Mapping[str, pd.DataFrame] | Path | str,
    months: int = 36,
    until: date | None = None,
    groups: str = ALL_GROUPS,
    workers: int = 1,
    on_month: Callable[[], None] = lambda: None,
) -> pd.DataFrame:
    """The table from which scores, hazards, limits, prices and warnings are made.

    Args:
        source: the observable tables, or a folder of them as Parquet (read through DuckDB, `credit.features.at_scale`).
        months: how many month ends, at least 1.
        until: the last month end lies on or before this day; the last recorded day when absent.
        groups: feature groups, such as "CBTPXIN".
        workers: processes for a folder; tables in memory are read by one.
        on_month: called after each month (folder: each piece of work), for a progress bar.

    Returns:
        `firm_id`, `month` (its last day), `data_stage` (0 to 3, int8) and one float column a feature, ordered by firm
        and month. A firm has a row from its first month end on the platform on.

    Raises:
        BadInput: tables that do not conform, values out of range or of no category, a key that stands twice, months
            below 1, or a day in the future. Rows that name an unknown firm are left out.
    """
    if isinstance(source, Path | str):
        return read_firm_months(Path(source), months, until, groups, workers, on_month)
    return firm_months_of(source, months, until, groups, on_month)
