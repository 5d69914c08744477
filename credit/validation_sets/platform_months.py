"""A platform's own clients: features at month ends, and who defaulted within a year of them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.feature_specs import FEATURES, names_of
from credit.firm_months import firm_months
from credit.tables import hash_of_tables, read_tables
from credit.validation_sets.base import Followed, ValidationSet, in_bands

HORIZON_MONTHS = 12
GROUPS = ("C", "B", "T", "P", "X")
"""Industry features (I) are the same for all firms on a day: one cycle cannot tell them from the calendar."""


def platform(source: Path, on_snapshot: Callable[[], None] | None = None) -> ValidationSet:
    """Firm-months of a folder of observable tables; months of a firm are one cluster.

    Args:
        source: the folder, as `creditlab ingest platform` or `simulate` writes it.
        on_snapshot: called after each month, for a progress bar.

    Raises:
        BadInput: the tables are not valid, no facility was drawn, or no firm-month was followed for a year.
    """
    tables = read_tables(source)
    months = firm_months(tables, on_snapshot)
    outcome = months.outcome_within(HORIZON_MONTHS)
    is_known = ~np.isnan(outcome)
    if not is_known.any():
        rule = f"at least one firm-month must be followed for {HORIZON_MONTHS} months"
        raise BadInput(Problem(rule, str(source), "facilities", remedy="use a longer history"))
    X = months.features.loc[is_known, names_of(*GROUPS)].reset_index(drop=True)
    firm = months.firm_id[is_known].astype(str)
    region = tables["firms"].drop_duplicates("firm_id").set_index("firm_id")["region"]
    employees = np.exp(X["log_employees"].to_numpy())
    has_consent = X[names_of("C")].notna().any(axis=1).to_numpy()
    return ValidationSet(
        name="platform",
        X=X,
        y=outcome[is_known].astype(np.int64),
        weights=np.ones(len(X)),
        vintage=months.snapshot_on[is_known].astype("datetime64[M]"),
        directions={name: FEATURES[name].direction for name in X.columns if FEATURES[name].direction},
        groups={name: FEATURES[name].group for name in X.columns},
        data_hash=hash_of_tables(tables),
        exclusions={"followed_too_short": int((~is_known).sum())},
        outcome=f"90 days past due or unlikely to pay within {HORIZON_MONTHS} months of the month end",
        outcome_column="facilities, payments",
        segments={
            "size": in_bands(
                employees, (20.0, 60.0), ("to 19 employees", "20 to 59 employees", "60 employees and more"), "not told"
            ),
            "region": pd.Series(firm).map(region).astype(object).fillna("not told").to_numpy(dtype=object),
            "controller data": np.where(has_consent, "with consent", "without consent").astype(object),
        },
        clusters=firm,
        followed=Followed(months.months[is_known].astype(float), months.is_default[is_known]),
        keys=np.char.add(np.char.add(firm, " "), months.snapshot_on[is_known].astype(str)).astype(object),
    )
