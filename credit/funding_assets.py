"""The assets that are brought to funders, as a table: what it must hold, and how terms are counted."""

from typing import Any

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem

TENORS = ("1-30", "31-60", "61-90", "91-180", "181-365", ">365")
TENOR_STARTS = np.array([1, 31, 61, 91, 181, 366])
"""Buckets of the term in days."""

ASSET_COLUMNS = {
    "asset_id": "name of the asset, once",
    "firm_id": "the obligor",
    "product": "name of the product",
    "grade": "grade on the master scale",
    "region": "province",
    "term_days": "days to the last payment",
    "amount_fen": "amount offered, whole fen > 0",
    "rate_annual": "what it yields, a share a year",
    "expected_loss_annual": "expected loss, a share of the amount a year",
    "retained_share": "share that the originator keeps beside the funder",
    "first_loss_share": "first loss borne by somebody else, a share of the amount",
    "first_loss_form": "who bears it: none, licensed_guarantor, subordinated_tranche or recourse",
}
"""What a table of assets must hold."""


def check_assets(assets: pd.DataFrame) -> pd.DataFrame:
    """The asset table in canonical form, rows as given.

    Raises:
        BadInput: a column is missing, a name stands twice, or a number lies outside its range.
    """
    missing = [name for name in ASSET_COLUMNS if name not in assets.columns]
    if missing:
        raise BadInput([Problem("the table of assets needs this column", field=name) for name in missing])
    if assets.empty:
        raise BadInput(Problem("must hold at least one asset", file="assets"))
    table = assets.loc[:, list(ASSET_COLUMNS)].reset_index(drop=True)
    rules = (
        ("asset_id", "must stand once", ~table["asset_id"].duplicated()),
        ("amount_fen", "must be whole fen > 0", (table["amount_fen"] > 0) & (table["amount_fen"] % 1 == 0)),
        ("term_days", "must be >= 1", table["term_days"] >= 1),
        ("rate_annual", "must be a share from 0 to 5", table["rate_annual"].between(0.0, 5.0)),
        ("expected_loss_annual", "must be a share from 0 to 5", table["expected_loss_annual"].between(0.0, 5.0)),
        ("retained_share", "must be a share from 0 to 1", table["retained_share"].between(0.0, 1.0)),
        ("first_loss_share", "must be a share from 0 to 1", table["first_loss_share"].between(0.0, 1.0)),
    )
    problems = [
        Problem(
            rule,
            file="assets",
            field=field,
            value=_plain(table.loc[~holds, field].iloc[0]),
            row=int(np.argmin(holds)) + 1,
        )
        for field, rule, holds in rules
        if not holds.all()
    ]
    if problems:
        raise BadInput(problems)
    return table.astype({"amount_fen": np.int64})


def _plain(value: Any) -> Any:
    """A cell as people write it: 5, not np.int64(5)."""
    return value.item() if isinstance(value, np.generic) else value


def tenor_of(term_days: np.ndarray) -> np.ndarray:
    """The name of the tenor bucket of each term."""
    return np.array(TENORS)[np.searchsorted(TENOR_STARTS, term_days, side="right") - 1]
