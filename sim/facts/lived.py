"""A finished run as facts are measured on it: its daily record and what the platform could see."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pandas as pd

from credit.parameters import parameters

DAYS_A_YEAR = 365


class NotMeasuredError(Exception):
    """A fact cannot be measured on this run; the message says why."""


@dataclass(frozen=True)
class Lived:
    """One run.

    Attributes:
        daily: one row an observed day, columns `sim.books.recorders.DAILY_COLUMNS`.
        tables: the observable tables, burn-in included.
    """

    daily: pd.DataFrame
    tables: Mapping[str, pd.DataFrame]

    @property
    def first_day(self) -> pd.Timestamp:
        """The first observed day."""
        return pd.Timestamp(self.daily["date"].iloc[0])

    @property
    def last_day(self) -> pd.Timestamp:
        """The last observed day."""
        return pd.Timestamp(self.daily["date"].iloc[-1])

    def rule(self, name: str) -> float:
        """A number of `data/parameters/facts.yaml` in force on the first observed day."""
        return parameters("facts").value(name, date.fromisoformat(str(self.first_day.date())))

    def enough(self, cases: int, of_what: str) -> None:
        """Raise NotMeasuredError where there are too few cases."""
        fewest = int(self.rule("fewest_cases"))
        if cases < fewest:
            raise NotMeasuredError(f"{cases} {of_what}, fewer than {fewest}")

    def column(self, name: str) -> np.ndarray:
        """A column of the daily record, float64."""
        if name not in self.daily:
            raise NotMeasuredError(f"the daily record has no column {name}")
        return self.daily[name].to_numpy(dtype=float)

    def rows(self, table: str, *columns: str) -> pd.DataFrame:
        """Columns of an observable table."""
        absent = [column for column in columns if column not in self.tables.get(table, pd.DataFrame())]
        if absent:
            raise NotMeasuredError(f"the table {table} has no column {', '.join(absent)}")
        return self.tables[table][list(columns)]

    @cached_property
    def invoices(self) -> pd.DataFrame:
        """Every invoice with `delay_days`: to payment or, unpaid, to the last day; NaN where it is not due yet."""
        told = self.rows("invoices", "firm_id", "issued_on", "due_on", "amount_fen", "paid_on").copy()
        until = told["paid_on"].fillna(self.last_day)
        told["delay_days"] = (until - told["due_on"]).dt.days.where(told["due_on"] <= self.last_day)
        told["is_paid"] = told["paid_on"].notna()
        return told
