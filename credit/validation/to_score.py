"""Rows to be scored, whose outcome nobody knows yet: the same features as in the validation sets, and a key.

A platform's clients pass the fraud gate first: features computed from forged papers describe nobody, so that whom the
gate refuses gets no score.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from credit.anomalies.findings import Outcome
from credit.anomalies.fraud_gate import fraud_gate
from credit.errors import BadInput, Problem
from credit.features import as_of
from credit.firm_months import check_day, last_day
from credit.sba import read as read_loans
from credit.tables import read_tables
from credit.validation_sets import sba_loans
from credit.validation_sets.by_name import Reading


@dataclass(frozen=True)
class RowsToScore:
    """Rows of a source, in its order.

    Attributes:
        X: the features that the model asks for, in its order.
        key: what tells rows apart (loan_number, firm_id or row); on a platform also `gate` (passes, refers, refuses)
            and `gate_codes`, the signs of fraud joined by `;`.
        is_scored: False where the gate refuses.
    """

    X: pd.DataFrame
    key: pd.DataFrame
    is_scored: np.ndarray


def rows_to_score(reading: Reading, source: Path, features: list[str], day: date | None = None) -> RowsToScore:
    """Features of every row of a source, whether or not its outcome is known.

    Args:
        reading: how the model's own data were read.
        source: another source of the same data set: SBA loans, a folder of observable tables (each firm as of a day),
            German or Polish files.
        features: those that the model asks for.
        day: of a platform, nothing learnt later is used; the last recorded one when absent.

    Raises:
        BadInput: the source is not sound, lacks a feature, or tells nothing of the day.
    """
    if reading.dataset == "sba":
        loans = read_loans(source).loans
        X = sba_loans.features_of(loans, with_lender=True, with_approval_year=True, with_records=True)
        key = pd.DataFrame({"loan_number": loans["loan_number"].to_numpy()})
    elif reading.dataset == "platform":
        tables = read_tables(source)
        day = day or last_day(tables)
        check_day(tables, day)
        X = as_of(tables, day)
        verdicts = fraud_gate(tables, day).verdicts.reindex(X.index)
        key = verdicts.rename(columns={"outcome": "gate", "codes": "gate_codes"}).rename_axis("firm_id").reset_index()
        X = X.reset_index(drop=True)
    else:
        X = reading.read(source).X
        key = pd.DataFrame({"row": np.arange(1, len(X) + 1)})
    absent = [name for name in features if name not in X.columns]
    if absent:
        raise BadInput([Problem("the model needs this column", str(source), name) for name in absent])
    is_refused = key["gate"] == str(Outcome.REFUSES) if "gate" in key else np.zeros(len(key), dtype=bool)
    return RowsToScore(X[features], key, ~np.asarray(is_refused))
