"""Output of many firms over one time axis: what growth models read, checked once.

Growth is fitted on physical output, never on revenue: a rising resin price looks like growth. A month without a report
is not known; a month of zero is a standstill, which is counted and told, and has no logarithm.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.model_files import floats_of
from credit.ranges import Floats

LONGEST_YEARS = 100
"""A panel that spans more years than this holds a mistyped date."""
PERIODS_A_YEAR = {1: "years", 4: "quarters", 12: "months"}


@dataclass(frozen=True)
class GrowthPanel:
    """Output of N firms in T equally spaced periods.

    Attributes:
        firms: identifiers, N of them, each once.
        first_period: the first period as months (or quarters, years) since year 0.
        periods_a_year: 1, 4 or 12.
        log_output: natural logarithm of output (N x T); NaN where not reported or zero.
        is_standstill: a reported zero (N x T).
        covariates: what shifts the typical curve (N x P, without a constant); finite.
        covariate_names: their names, P of them.
    """

    firms: tuple[str, ...]
    first_period: int
    periods_a_year: int
    log_output: Floats
    is_standstill: np.ndarray
    covariates: Floats
    covariate_names: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """Number of firms."""
        return len(self.firms)

    @property
    def length(self) -> int:
        """Number of periods."""
        return self.log_output.shape[1]

    @property
    def is_seen(self) -> np.ndarray:
        """Where output is known and above zero (N x T)."""
        return np.isfinite(self.log_output)

    @property
    def last_seen(self) -> np.ndarray:
        """The position of each firm's last positive output; -1 where there is none."""
        return last_true(self.is_seen)

    @property
    def last_report(self) -> np.ndarray:
        """The position of each firm's last report, zero or not; -1 where there is none."""
        return last_true(self.is_seen | self.is_standstill)

    @property
    def calendar_positions(self) -> np.ndarray:
        """Each period's place within its year, 0 for January (T)."""
        return (self.first_period + np.arange(self.length)) % self.periods_a_year

    def until(self, length: int) -> "GrowthPanel":
        """What was known when the first `length` periods were over; later reports are gone.

        Raises:
            BadInput: no period is left, or more are asked for than there are.
        """
        if not 1 <= length <= self.length:
            raise BadInput(Problem(f"must lie between 1 and {self.length}", field="length", value=length))
        return replace(self, log_output=self.log_output[:, :length], is_standstill=self.is_standstill[:, :length])

    def of(self, rows: np.ndarray) -> "GrowthPanel":
        """Some of the firms, by position or mask."""
        where = np.flatnonzero(rows) if rows.dtype == bool else rows
        return replace(
            self,
            firms=tuple(self.firms[row] for row in where.tolist()),
            log_output=self.log_output[where],
            is_standstill=self.is_standstill[where],
            covariates=self.covariates[where],
        )

    def period_name(self, position: int) -> str:
        """A period in words: 2026-03, 2026-Q1 or 2026."""
        year, place = divmod(self.first_period + position, self.periods_a_year)
        return {1: f"{year}", 4: f"{year}-Q{place + 1}", 12: f"{year}-{place + 1:02d}"}[self.periods_a_year]


def last_true(flags: np.ndarray) -> np.ndarray:
    """The position of the last True in each row; -1 where there is none."""
    length = flags.shape[1]
    last = length - 1 - np.argmax(flags[:, ::-1], axis=1)
    return np.where(flags.any(axis=1), last, -1)


def panel_from_records(
    records: pd.DataFrame,
    firm: str,
    period: str,
    output: str,
    periods_a_year: int,
    covariates: pd.DataFrame | None = None,
    known_until: date | None = None,
) -> GrowthPanel:
    """A panel from one row a firm and period.

    Args:
        records: the rows, in any order; a missing output is as good as no row.
        firm: column of identifiers.
        period: column of dates, or of whole years where `periods_a_year` is 1.
        output: column of physical output, >= 0.
        periods_a_year: 1, 4 or 12.
        covariates: numbers by firm (the index), the same for all periods.
        known_until: the last day that may be known; a later period is refused.

    Raises:
        BadInput: a column is absent, a value is negative, infinite or not a number, a firm has two rows for a period, a
            period lies after `known_until`, a covariate is missing, or nothing is left to look at.
    """
    if periods_a_year not in PERIODS_A_YEAR:
        raise BadInput(Problem("must be 1, 4 or 12", field="periods_a_year", value=periods_a_year))
    absent = [Problem("this column is needed", field=name) for name in (firm, period, output) if name not in records]
    if absent:
        raise BadInput(absent, headline="growth records")
    rows = records.loc[records[output].notna()]
    if rows.empty:
        raise BadInput(Problem("must hold at least one output", field=output, value=f"{len(records)} rows, all empty"))
    amount = _amounts(rows, output)
    number = _period_numbers(rows, period, periods_a_year, known_until)
    names = rows[firm]
    if names.isna().any():
        raise BadInput(
            Problem("every row must name its firm", field=firm, row=int(names.isna().to_numpy().argmax()) + 1)
        )
    codes, firms = pd.factorize(names.astype(str), sort=True)
    first, last = int(number.min()), int(number.max())
    if last - first >= LONGEST_YEARS * periods_a_year:
        rule = f"periods must lie within {LONGEST_YEARS} years of each other"
        raise BadInput(Problem(rule, field=period, remedy="look for a mistyped date"))
    place = codes * (last - first + 1) + number - first
    _, where, count = np.unique(place, return_index=True, return_counts=True)
    if (count > 1).any():
        row = int(where[np.argmax(count > 1)])
        told = f"{names.iloc[row]}, {rows[period].iloc[row]}"
        raise BadInput(
            Problem("a firm must have one row a period", field=period, value=told, remedy="sum or drop them")
        )
    filled = np.full((len(firms), last - first + 1), np.nan)
    filled[codes, number - first] = amount
    log_output = np.log(np.where(filled > 0, filled, np.nan))
    values, value_names = _covariates(covariates, [str(name) for name in firms])
    return GrowthPanel(
        tuple(str(name) for name in firms), first, periods_a_year, log_output, filled == 0, values, value_names
    )


def panel_from_tables(tables: Mapping[str, pd.DataFrame], day: date, firms: Sequence[str] | None = None) -> GrowthPanel:
    """Monthly tonnes from the observable tables, as known on a day: only months that are over.

    Args:
        tables: the observable tables; only `operations` is read.
        day: the day, its own events included.
        firms: keep these only.

    Raises:
        BadInput: no month is over by then, or what `panel_from_records` refuses.
    """
    operations = tables["operations"]
    keep = months_over(operations, day)
    if firms is not None:
        keep &= operations["firm_id"].isin(list(firms))
    rows = pd.DataFrame(
        {
            "firm_id": operations["firm_id"][keep],
            "month": _dates(operations["month"])[keep],
            "output": operations["output_kg"][keep].astype(float) / 1000.0,
        }
    )
    return panel_from_records(rows, "firm_id", "month", "output", 12, known_until=day)


def months_over(operations: pd.DataFrame, day: date) -> "pd.Series[bool]":
    """Which rows of the observable table `operations` report a month that is over by a day."""
    return _dates(operations["month"]) + pd.offsets.MonthEnd(1) <= pd.Timestamp(day)


def _dates(cells: pd.Series) -> pd.Series:
    """Cells as dates; to ask pandas again what is known already takes long."""
    return cells if cells.dtype.kind == "M" else pd.to_datetime(cells)


def _amounts(rows: pd.DataFrame, output: str) -> Floats:
    amount = floats_of(rows[output], output)
    is_right = np.isfinite(amount) & (amount >= 0)
    if not is_right.all():
        row = int(np.argmin(is_right))
        rule = "output must be a finite number >= 0"
        raise BadInput(Problem(rule, field=output, value=float(amount[row]), row=row + 1))
    return amount


def _period_numbers(rows: pd.DataFrame, period: str, periods_a_year: int, known_until: date | None) -> np.ndarray:
    cells = rows[period]
    if periods_a_year == 1 and pd.api.types.is_numeric_dtype(cells):
        years = cells.to_numpy(dtype=float)
        if not (np.isfinite(years) & (years == np.rint(years))).all():
            raise BadInput(Problem("must be whole years", field=period))
        number = years.astype(np.int64)
    else:
        if pd.api.types.is_numeric_dtype(cells):
            rule, remedy = "must be dates", "write 202401 as 2024-01"
            raise BadInput(Problem(rule, field=period, value=str(cells.iloc[0]), remedy=remedy))
        try:
            dates = pd.DatetimeIndex(_dates(cells))
        except (TypeError, ValueError) as error:
            raise BadInput(Problem(f"must be dates: {error}", field=period)) from error
        if dates.isna().any():
            raise BadInput(Problem("every row must have its period", field=period, row=int(dates.isna().argmax()) + 1))
        month = np.asarray(dates.year * 12 + dates.month - 1, dtype=np.int64)
        number = month * periods_a_year // 12
    if known_until is not None:
        latest = (known_until.year * 12 + known_until.month - 1) * periods_a_year // 12
        if (number > latest).any():
            row = int(np.argmax(number > latest))
            rule = f"must not lie after {known_until}"
            raise BadInput(
                Problem(rule, field=period, value=str(cells.iloc[row]), row=row + 1, remedy="cut later rows")
            )
    return number


def _covariates(frame: pd.DataFrame | None, firms: list[str]) -> tuple[Floats, tuple[str, ...]]:
    if frame is None:
        return np.zeros((len(firms), 0)), ()
    told = frame.copy()
    told.index = told.index.astype(str)
    if told.index.has_duplicates:
        raise BadInput(Problem("a firm must have one row of covariates", field="covariates"))
    absent = [name for name in firms if name not in told.index]
    if absent:
        raise BadInput(Problem("every firm needs its covariates", field="covariates", value=absent[0]))
    columns = []
    for name in told.columns:
        values = floats_of(told.loc[firms, name], str(name))
        if not np.isfinite(values).all():
            which = firms[int(np.argmin(np.isfinite(values)))]
            raise BadInput(
                Problem("a covariate must be finite", field=str(name), value=which, remedy="fill or drop it")
            )
        if np.ptp(values) == 0:
            raise BadInput(Problem("a covariate must vary between firms", field=str(name), value=float(values[0])))
        columns.append(values)
    return np.column_stack(columns), tuple(str(name) for name in told.columns)
