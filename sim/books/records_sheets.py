"""Balance sheets held against the movements of claims: by the recorded tables alone, lender by lender, day by day."""

from typing import Any

import numpy as np
import pandas as pd

from sim.books.discrepancies import LOWERS, RAISES, Discrepancy, apart

MIRRORS = (("receivables", "payables"), ("loans", "debts"), ("deposits_placed", "deposits_held"), ("funding",))


def balance_sheets(records: Any) -> list[Discrepancy]:
    """Books that balance, claims that are mirrored, cash that is conserved, lenders whose loans are their claims."""
    sheets = records.balances.pivot_table(
        index=["day", "party"], columns="account", values="amount", aggfunc="sum", fill_value=0
    ).astype(np.int64)
    sheets = sheets.reindex(
        columns=sheets.columns.union(["cash", "allowance", "losses", *sum(MIRRORS, ())]), fill_value=0
    )
    told = apart("books of a party", sheets.index, sheets.sum(axis=1), np.zeros(len(sheets)))
    whole = sheets.groupby("day").sum()
    for mirror in MIRRORS:
        told += apart(" = ".join(mirror), whole.index, whole[list(mirror)].sum(axis=1), np.zeros(len(whole)))
    told += apart("cash of all", whole.index, whole["cash"], np.full(len(whole), whole["cash"].iloc[0]))
    return told + _lenders(records, sheets)


def _lenders(records: Any, sheets: pd.DataFrame) -> list[Discrepancy]:
    """Loans, allowances, losses and deposits of every lender, and the platform's part, on every recorded day."""
    lender = "lender " + records.facilities["lender"].astype(str)
    flows = records.flows.assign(lender=lender.to_numpy()[records.flows["facility"]])
    product = records.facilities["product"].to_numpy()[flows["facility"]]
    flows.loc[flows["kind"].str.startswith("deposit") & (product == "purchase_loan"), "lender"] = "platform"
    signs: dict[str, dict[str, int]] = {
        "loans": dict.fromkeys(RAISES, 1) | dict.fromkeys(LOWERS, -1),
        "allowance": {"written_down": -1},
        "losses": {"written_down": 1, "first_loss": -1},
        "deposits_held": {"deposit_in": -1, "deposit_set_off": 1, "deposit_back": 1, "deposit_forfeited": 1},
    }
    told = []
    for account, sign in signs.items():
        mine = flows[flows["kind"].isin(sign)]
        signed = mine["amount"] * mine["kind"].map(sign)
        told += _over_time(account, signed.groupby([mine["lender"], mine["day"]]).sum(), sheets)
    paid = flows[flows["kind"] == "first_loss"]
    by_platform = paid.assign(lender="platform").groupby(["lender", "day"])["amount"].sum()
    return told + _over_time("losses", by_platform, sheets, only="platform")


def _over_time(account: str, moved: pd.Series, sheets: pd.DataFrame, only: str = "lender") -> list[Discrepancy]:
    """An account of each party on each recorded day against the sum of what was moved by then."""
    told = []
    for party, sheet in sheets[account].groupby(level="party"):
        name = str(party)
        if not name.startswith(only) and not (account == "deposits_held" and name == "platform"):
            continue
        own = moved.xs(name, level=0) if name in moved.index.get_level_values(0) else pd.Series(dtype=np.int64)
        days = sheet.index.get_level_values("day").to_numpy()
        before = np.searchsorted(own.index.to_numpy(), days, side="right")
        reached = np.concatenate([[0], np.cumsum(own.to_numpy(dtype=np.int64))])[before]
        told += apart(f"{account} of {name}", days, sheet.to_numpy(), reached)
    return told
