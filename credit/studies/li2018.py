"""Table 8 of Li, Mickel & Taylor (2018), reproduced to the printed digit.

M. Li, A. Mickel & S. Taylor, "Should this loan be approved or denied?": a large dataset with class assignment
guidelines, Journal of Statistics Education 26 (2018), 55-66. The teaching sample holds 2,102 SBA loans to Californian
real-estate and rental firms; half of it (`Selected` = 1) trains a logit, the other half tests it at cut-off one half.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.logit import LogitFit, fit_logit

OUTCOME, TRAINS = "Default", "Selected"
COVARIATES = ("RealEstate", "Portion", "Recession")
CUT_OFF = 0.5

PUBLISHED = {
    "coefficients": {"const": 1.3931, "RealEstate": -2.1282, "Portion": -2.9875, "Recession": 0.5041},
    "standard_errors": {"const": 0.3216, "RealEstate": 0.3450, "Portion": 0.5393, "Recession": 0.2412},
}
"""Table 8 as printed, four decimals."""


@dataclass(frozen=True)
class Li2018:
    """The reproduced table.

    Attributes:
        fit: the logit on the training half; its first column is `const`.
        misclassification: share of the other half on the wrong side of cut-off one half.
        rows: loans in the file.
        rows_train: loans with `Selected` = 1.
        rows_test: the other loans.
    """

    fit: LogitFit
    misclassification: float
    rows: int
    rows_train: int
    rows_test: int

    @property
    def matches_print(self) -> bool:
        """Whether every coefficient and standard error rounds to the printed four decimals."""
        found = {
            "coefficients": self.fit.by_name(),
            "standard_errors": dict(zip(self.fit.names, self.fit.standard_errors.tolist(), strict=True)),
        }
        return all(
            round(found[kind][name], 4) == value for kind in PUBLISHED for name, value in PUBLISHED[kind].items()
        )


def reproduce(path: Path) -> Li2018:
    """Fit the paper's logit on the training half and judge it on the other.

    Raises:
        BadInput: the file is not the teaching sample (absent, no CSV, columns missing, values out of their range, one
            half or one outcome empty).
    """
    loans = _read(path)
    design = np.column_stack([np.ones(len(loans)), *(loans[name] for name in COVARIATES)])
    is_default = loans[OUTCOME].to_numpy()
    is_train = loans[TRAINS].to_numpy() == 1
    for is_half, told in ((is_train, 1), (~is_train, 0)):
        if not is_half.any():
            raise BadInput(Problem(f"at least one row must have the value {told}", file=str(path), field=TRAINS))
    fit = fit_logit(design[is_train], is_default[is_train], ("const", *COVARIATES))
    is_predicted_default = design[~is_train] @ fit.coefficients > np.log(CUT_OFF / (1 - CUT_OFF))
    return Li2018(
        fit=fit,
        misclassification=float(np.mean(is_predicted_default != is_default[~is_train])),
        rows=len(loans),
        rows_train=int(is_train.sum()),
        rows_test=int((~is_train).sum()),
    )


def _read(path: Path) -> pd.DataFrame:
    """The five columns used, as numbers within their range."""
    told = str(path)
    if path.is_dir():
        raise BadInput(Problem("must be a file, not a directory", file=told))
    try:
        raw = pd.read_csv(path, dtype=str, keep_default_na=False)
    except FileNotFoundError as error:
        raise BadInput(Problem("the file does not exist", file=told)) from error
    except pd.errors.EmptyDataError as error:
        raise BadInput(Problem("the file is empty", file=told)) from error
    except (pd.errors.ParserError, UnicodeDecodeError, OSError, EOFError) as error:
        raise BadInput(Problem(f"must be a CSV file in UTF-8: {error}", file=told)) from error
    wanted = (TRAINS, OUTCOME, *COVARIATES)
    absent = [name for name in wanted if name not in raw.columns]
    if absent:
        remedy = "this needs the teaching sample (2,102 rows), not the national file"
        raise BadInput([Problem("the column is missing", file=told, field=name, remedy=remedy) for name in absent])
    if raw.empty:
        raise BadInput(Problem("there are no rows below the header", file=told))
    loans = pd.DataFrame({name: pd.to_numeric(raw[name], errors="coerce") for name in wanted}).astype(float)
    problems = []
    for name in wanted:
        is_share = name == "Portion"
        good = loans[name].between(0, 1) if is_share else loans[name].isin((0, 1))
        rule = "must be a share between 0 and 1" if is_share else "must be 0 or 1"
        problems += [
            Problem(rule, file=told, field=name, value=raw[name].iloc[row], row=int(row) + 1)
            for row in np.flatnonzero(~good)[:5]
        ]
    if problems:
        raise BadInput(problems)
    return loans
