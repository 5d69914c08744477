"""SBA 7(a) loans with what was known on the day of approval, and whether they were charged off.

`Term` is left out (cut short by charge-off), so are the amount disbursed (it grows with a revolving line's life) and
every date after the approval. The outcome is the file's own status: charged off at any time up to the file's last day.
Later vintages were followed for a shorter time and met the crisis earlier in their life; that is why results by random
fold and results out of time must stand side by side.

Franchise codes 0 and 1 both mean none and are kept apart (`with_records`): which of the two was written down changed
with lenders and years. Boosted trees order loans held back at random better by it (weighted AUC .80 to .825) and those
of later years worse (.717 to .696): it tells how files were kept, not how firms are.
"""

from pathlib import Path

import numpy as np
import pandas as pd

from credit.elementary import log
from credit.errors import BadInput, Problem
from credit.sba import SbaLoans, hash_of_loans, read
from credit.survival.discrete_hazard import months_between
from credit.validation_sets.base import Followed, ValidationSet, in_bands

FILE = "loans/sba_casecontrol.csv.gz"

DIRECTIONS = {
    "is_new_business": 1,  # two years or younger: no history, and most failures come early
    "log_employees": -1,  # a larger staff means a larger, steadier firm
    "is_lender_in_state": -1,  # a lender nearby sees more of the firm
}
"""Amount, guarantee, programme and jobs promised are choices of lender and borrower: policy is silent on them."""

_GROUPS = {
    "is_new_business": "B", "log_employees": "B", "log_jobs_created": "B", "log_jobs_retained": "B",
    "is_franchise": "B", "franchise": "B", "sector": "I", "industry": "I", "state": "I", "urban_rural": "I",
    "log_amount": "L", "guarantee_share": "L", "is_revolving": "L", "is_low_doc": "L",
    "is_lender_in_state": "X", "lender": "X", "lender_state": "X", "approval_year": "I",
}  # fmt: skip

RECORDS = ["franchise"]
"""Features that tell how files were kept rather than how firms are."""

EXCLUDED_BECAUSE = ("no_status", "paid_with_charge_off_date", "approved_after_cut_off")
"""No outcome, a contradictory outcome, a date that lies ahead of the file; each loan counts under the first."""

_REGIONS = {
    "Northeast": "CT ME MA NH RI VT NJ NY PA",
    "Midwest": "IL IN MI OH WI IA KS MN MO NE ND SD",
    "South": "DE FL GA MD NC SC VA DC WV AL KY MS TN AR LA OK TX",
    "West": "AZ CO ID MT NV NM UT WY AK CA HI OR WA",
}
"""Census regions of the United States (U.S. Census Bureau)."""


def sba(
    source: Path, with_lender: bool = False, with_approval_year: bool = False, with_records: bool = True
) -> ValidationSet:
    """Read the public file, any slice of it with its columns, an ingested folder, or find it in a folder of real data.

    Args:
        source: the file or folder.
        with_lender: also the lender's name and state (categories).
        with_approval_year: also the year of approval, its months as twelfths.
        with_records: also how the file was kept: which of the two codes for no franchise was written down.

    Raises:
        BadInput: not that file, or rows that break its structure.
    """
    path = source / FILE if (source / FILE).is_file() else source
    known = read(path)
    return of_loans(known, with_lender, with_approval_year, with_records, str(path))


def of_loans(
    known: SbaLoans,
    with_lender: bool = False,
    with_approval_year: bool = False,
    with_records: bool = True,
    file: str | None = None,
) -> ValidationSet:
    """The validation set of loans already read.

    Raises:
        BadInput: no loan has an outcome.
    """
    loans, cut_off = known.loans, pd.Timestamp(known.cut_off)
    is_bad = loans["is_charged_off"].fillna(False).to_numpy(dtype=bool)
    holds = {
        "no_status": loans["is_charged_off"].isna().to_numpy(),
        "paid_with_charge_off_date": ~is_bad & loans["charged_off_on"].notna().to_numpy(),
        "approved_after_cut_off": (loans["approved_on"] > cut_off).to_numpy(),
    }
    reason = np.full(len(loans), "", dtype=object)
    for name in reversed(EXCLUDED_BECAUSE):
        reason[holds[name]] = name
    is_used = reason == ""
    if not is_used.any():
        raise BadInput(Problem("at least one loan must have an outcome", file, "MIS_Status"))
    used = loans[is_used].sort_values("loan_number", ignore_index=True)
    X = features_of(used, with_lender, with_approval_year, with_records)
    employees = used["employees"].to_numpy(dtype=float, na_value=np.nan)
    region = {state: name for name, states in _REGIONS.items() for state in states.split()}
    outcome = used["is_charged_off"].to_numpy(dtype=bool)
    return ValidationSet(
        name="sba",
        X=X,
        y=outcome.astype(np.int64),
        weights=used["weight"].to_numpy(dtype=float),
        vintage=used["approved_on"].dt.year.to_numpy(dtype=np.int64),
        directions=dict(DIRECTIONS),
        groups={name: _GROUPS[name] for name in X.columns},
        data_hash=hash_of_loans(loans),
        exclusions={name: int((reason == name).sum()) for name in EXCLUDED_BECAUSE},
        outcome="charged off by the file's last day",
        outcome_column="MIS_Status",
        segments={
            "size": in_bands(
                employees, (5.0, 20.0), ("to 4 employees", "5 to 19 employees", "20 employees and more"), "not told"
            ),
            "region": used["state"].astype(object).map(region).fillna("elsewhere").to_numpy(dtype=object),
            "place": used["urban_rural"].astype(object).fillna("not told").to_numpy(dtype=object),
        },
        followed=_followed(used, outcome, cut_off),
        keys=used["loan_number"].astype(str).to_numpy(dtype=object),
    )


def features_of(
    loans: pd.DataFrame, with_lender: bool = False, with_approval_year: bool = False, with_records: bool = True
) -> pd.DataFrame:
    """What was known of loans (`credit.sba.read`) on the day of approval; amounts and counts as logarithms."""
    amount = loans["gross_approved_usd"].to_numpy(dtype=float)
    guaranteed = loans["sba_guaranteed_usd"].to_numpy(dtype=float)
    naics = loans["naics"].astype("string")
    franchise = loans["franchise_code"].to_numpy(dtype=float, na_value=np.nan)
    is_near = (loans["state"] == loans["bank_state"]).where(loans["bank_state"].notna() & loans["state"].notna())
    X = pd.DataFrame(
        {
            "log_amount": np.asarray(log(np.maximum(amount, 1.0))),
            "guarantee_share": np.clip(guaranteed / np.maximum(amount, 1.0), 0.0, 1.0),
            "is_new_business": _flag(loans["is_new_business"]),
            "is_revolving": _flag(loans["is_revolving"]),
            "is_low_doc": _flag(loans["is_low_doc"]),
            "log_employees": _log_count(loans["employees"]),
            "log_jobs_created": _log_count(loans["jobs_created"]),
            "log_jobs_retained": _log_count(loans["jobs_retained"]),
            "is_franchise": np.where(np.isnan(franchise), np.nan, (franchise > 1).astype(float)),
            "is_lender_in_state": _flag(is_near),
            "urban_rural": _category(loans["urban_rural"]),
            "sector": _category(naics.str[:2]),
            "industry": _category(naics.str[:4]),
            "state": _category(loans["state"]),
        }
    )
    if with_records:
        X["franchise"] = _category(loans["franchise_code"].astype("string"))
    if with_lender:
        X["lender"], X["lender_state"] = _category(loans["bank"]), _category(loans["bank_state"])
    if with_approval_year:
        approved = loans["approved_on"].dt  # the month is known on that day too, and the crisis came within one year
        X["approval_year"] = (approved.year + (approved.month - 1) / 12).to_numpy(dtype=float)
    return X


def _followed(loans: pd.DataFrame, is_default: np.ndarray, cut_off: pd.Timestamp) -> Followed:
    """Months from disbursement; NaN where a date is missing or stands before the disbursement."""
    start = loans["disbursed_on"]
    end = loans["charged_off_on"].where(is_default, cut_off)
    has_clock = (start.notna() & end.notna() & (end >= start) & (start <= cut_off)).to_numpy()
    months = np.full(len(loans), np.nan)
    months[has_clock] = months_between(start[has_clock].to_numpy(), end[has_clock].to_numpy()) + is_default[has_clock]
    return Followed(months, is_default)


def _flag(values: pd.Series) -> np.ndarray:
    return values.astype("boolean").to_numpy(dtype=float, na_value=np.nan)


def _category(values: pd.Series) -> pd.Categorical:
    return pd.Categorical(values.astype(object).where(values.notna(), None))


def _log_count(values: pd.Series) -> np.ndarray:
    """Log of 1 + a count held at 9,999: larger ones are slips of the pen; NaN where not told."""
    counts = values.to_numpy(dtype=float, na_value=np.nan)
    known = np.where(np.isnan(counts), 0.0, np.clip(counts, 0.0, 9999.0))
    return np.where(np.isnan(counts), np.nan, np.asarray(log(1.0 + known)))
