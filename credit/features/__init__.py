"""Features: what the observable tables say about each firm as of a day, on one day or month by month."""

from credit.features.door import firm_month_table
from credit.features.snapshot import DAYS_A_MONTH, DAYS_A_YEAR, as_of, features_of
from credit.features.stages import data_stages
from credit.features.transactions import BAD_ENDS, LATE_DAYS, SETTLED_SHARE

__all__ = [
    "BAD_ENDS",
    "DAYS_A_MONTH",
    "DAYS_A_YEAR",
    "LATE_DAYS",
    "SETTLED_SHARE",
    "as_of",
    "data_stages",
    "features_of",
    "firm_month_table",
]
