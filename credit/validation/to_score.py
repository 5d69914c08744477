"""Rows to be scored, whose outcome nobody knows yet: the same features as in the validation sets, and a key."""

from pathlib import Path

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.features import as_of
from credit.firm_months import last_day
from credit.sba import read as read_loans
from credit.tables import read_tables
from credit.validation_sets import sba_loans
from credit.validation_sets.by_name import Reading


def rows_to_score(reading: Reading, source: Path, features: list[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Features of every row of a source, whether or not its outcome is known.

    Args:
        reading: how the model's own data were read.
        source: another source of the same data set: SBA loans, a folder of observable tables (each firm as of the last
            recorded day), German or Polish files.
        features: those that the model asks for.

    Returns:
        Features in the model's order; the key of each row (loan_number, firm_id or row).

    Raises:
        BadInput: the source is not sound, or lacks a feature.
    """
    if reading.dataset == "sba":
        loans = read_loans(source).loans
        X = sba_loans.features_of(loans, with_lender=True, with_approval_year=True, with_records=True)
        key = pd.DataFrame({"loan_number": loans["loan_number"].to_numpy()})
    elif reading.dataset == "platform":
        tables = read_tables(source)
        X = as_of(tables, last_day(tables))
        key = pd.DataFrame({"firm_id": X.index.to_numpy()})
        X = X.reset_index(drop=True)
    else:
        X = reading.read(source).X
        key = pd.DataFrame({"row": np.arange(1, len(X) + 1)})
    absent = [name for name in features if name not in X.columns]
    if absent:
        raise BadInput([Problem("the model needs this column", str(source), name) for name in absent])
    return X[features], key
