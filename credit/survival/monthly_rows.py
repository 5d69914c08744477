"""Spells as months: one row for each month (or repayment cycle) in which a firm was at risk."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.survival.examination import interval_problems

STAYS = 0
"""Code of a month in which nobody left; causes count from 1 in their order."""


@dataclass(frozen=True)
class MonthlyRows:
    """Months at risk, firm by firm and in order of time.

    Attributes:
        row: position of the spell that a month belongs to.
        clock: completed months at the start of each.
        left_by: STAYS, or the cause by which the spell ends with this month (1 for the first).
    """

    row: np.ndarray
    clock: np.ndarray
    left_by: np.ndarray

    def of(self, X: pd.DataFrame, clock: str) -> pd.DataFrame:
        """Covariates of the spells, repeated for their months, with the clock in a column of its own."""
        return X.iloc[self.row].reset_index(drop=True).assign(**{clock: self.clock})


def months_at_risk(stop: np.ndarray, left_by: np.ndarray, entry: np.ndarray | None = None) -> MonthlyRows:
    """Cut spells into months.

    A firm that came under observation late (`entry` > 0) has no rows for the months before: left truncation needs
    nothing else.

    Args:
        stop: month in which a spell ends by a cause, or completed months observed; whole, > entry.
        left_by: STAYS or the code of a cause, one a spell.
        entry: completed months before the spell came under observation; 0 when absent.

    Raises:
        BadInput: lengths, values or months are wrong; a spell ends before it begins.
    """
    problems = interval_problems(len(stop), np.zeros(len(stop)), stop, entry, None)
    if problems:
        raise BadInput(problems)
    last = np.asarray(stop).astype(np.int64)
    first = np.zeros(len(last), dtype=np.int64) if entry is None else np.asarray(entry).astype(np.int64)
    if (last != stop).any() or (entry is not None and (first != entry).any()):
        raise BadInput(Problem("must be whole months", field="stop, entry"))
    if np.shape(left_by) != last.shape:
        raise BadInput(Problem(f"must have one value for each of the {len(last)} rows", field="left_by"))
    length = last - first
    row = np.repeat(np.arange(len(last)), length)
    clock = np.arange(len(row)) - np.repeat(np.cumsum(length) - length, length) + first[row]
    ends = clock == last[row] - 1
    return MonthlyRows(row, clock, np.where(ends, np.asarray(left_by)[row], STAYS))


def cause_codes(left_by: Sequence[object] | np.ndarray | pd.Series, causes: Sequence[str]) -> np.ndarray:
    """How each row ends, as codes: flags (default or not), codes already, or names of causes with "" for staying.

    Raises:
        BadInput: a value that is no flag, no code and no cause.
    """
    told = pd.Series(left_by).reset_index(drop=True)
    if pd.api.types.is_bool_dtype(told.dtype) or pd.api.types.is_numeric_dtype(told.dtype):
        values = told.to_numpy(dtype=float, na_value=np.nan)
        is_wrong = ~np.isin(values, np.arange(len(causes) + 1))
        if is_wrong.any():
            row = int(np.argmax(is_wrong))
            rule = f"must be 0 (stays) to {len(causes)} ({', '.join(causes)})"
            raise BadInput(Problem(rule, field="left_by", value=float(values[row]), row=row + 1))
        return values.astype(np.int8)
    codes = told.astype(object).map({"": STAYS, **{cause: at for at, cause in enumerate(causes, 1)}})
    if codes.isna().any():
        row = int(np.argmax(codes.isna()))
        rule = f"must be a cause ({', '.join(causes)}) or empty"
        raise BadInput(Problem(rule, field="left_by", value=str(told.iloc[row]), row=row + 1))
    return codes.to_numpy(dtype=np.int8)
