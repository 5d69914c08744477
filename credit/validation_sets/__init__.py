"""Data on which scorers are judged: each reader gives the same frozen `ValidationSet`."""

from credit.validation_sets.any_table import table
from credit.validation_sets.base import ValidationSet
from credit.validation_sets.german_credit import german
from credit.validation_sets.platform_months import platform
from credit.validation_sets.polish_firms import polish
from credit.validation_sets.sba_loans import sba

__all__ = ["ValidationSet", "german", "platform", "polish", "sba", "table"]
