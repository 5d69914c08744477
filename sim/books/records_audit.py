"""Money conserved and contracts kept, by the recorded tables alone.

An auditor who has neither the book nor the ledgers, and shares no line of code with them: nothing of the market is
imported. It follows every claim from its movements to what is left of it, holds balance sheets against claims
lender by lender and month by month, works interest and fees out anew, and adds up who paid for defaults. What does not
agree to the fen is told.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from sim.books.discrepancies import LOWERS, RAISES, RECOVERED, Discrepancy, apart, by_facility, half_even
from sim.books.records_sheets import balance_sheets

MILLION, YEAR_DAYS, MONTHS_A_YEAR = 1_000_000, 365, 12
LONGEST_HOLIDAY = 11
"""Days: a golden week between two weekends."""
LEVEL = ("machine_lease", "sale_leaseback", "growth_loan")
BY_GOODS = ("purchase_loan", "receivables_advance")
"""Products whose fee is a share of what was bought or assigned; that of others is a share of what is lent."""


def audit(records: Any, fee_ppm: Mapping[tuple[str, str], int]) -> list[Discrepancy]:
    """Everything that does not agree; empty where all does.

    Args:
        records: as `sim.books.records.Records`.
        fee_ppm: the upfront fee that each (product, form) of the product files asks, share of its basis.
    """
    moved = by_facility(records)
    return [
        *_claims(records, moved),
        *_deposits(records, moved),
        *_instalments(records, moved),
        *_fees(records, moved, fee_ppm),
        *_interest_of_purchases(records),
        *_interest_of_plans(records),
        *_interest_of_lines(records, moved),
        *_interest_of_advances(records, moved),
        *balance_sheets(records),
        *_days(records),
        *_waterfalls(records),
    ]


def waterfall(records: Any) -> pd.DataFrame:
    """Who paid for defaults, by product and in all, fen.

    Returns:
        A row a product and `all`; `exposure` is the sum of RECOVERED, `lender_loss`, `platform_loss` and `expected`,
        what is still hoped for.
    """
    moved = by_facility(records)
    table = moved[["defaulted", *RECOVERED]].rename(columns={"defaulted": "exposure"})
    table["lender_loss"] = moved["written_down"] - moved["first_loss"]
    table["platform_loss"] = moved["first_loss"]
    is_bad = moved["defaulted"] > 0
    table["expected"] = (records.positions["open"] - records.positions["written_down"]).where(is_bad, 0)
    told = table.groupby(records.facilities["product"]).sum()
    told.loc["all"] = table.sum()
    return told


def _claims(records: Any, moved: pd.DataFrame) -> list[Discrepancy]:
    """Every fen of a claim: drawn, rolled in or capitalised, then repaid, rolled out, recovered or still open."""
    facilities, held = records.facilities, records.positions
    left = moved[list(RAISES)].sum(axis=1) - moved[list(LOWERS)].sum(axis=1)
    names, status = facilities.index, facilities["status"]
    is_line = facilities["product"] == "turnover_revolver"
    new = moved["drawn"] + moved["rolled_in"]
    told = [
        *apart("claim left by its movements", names, held["open"], left),
        *apart("loss recognised", names, held["written_down"], moved["written_down"]),
        *apart("principal in the table", names[~is_line], facilities["principal"][~is_line], new[~is_line]),
        *apart("rolled into new claims", ["all"], [moved["rolled_in"].sum()], [moved["rolled_out"].sum()]),
        *apart("a repaid claim is gone", names, held["open"].where(status == "repaid", 0), 0 * left),
        *apart("a loss beyond the claim", names, (held["written_down"] - held["open"]).clip(lower=0), 0 * left),
        *apart("a gain on a claim", names, held["written_down"].clip(upper=0), 0 * left),
    ]
    is_lost = status == "written_off"
    told += apart("a claim given up is lost", names[is_lost], held["written_down"][is_lost], held["open"][is_lost])
    is_sound = moved["defaulted"] == 0
    recovered = moved[[*RECOVERED, "written_down"]].abs().sum(axis=1)
    return told + apart("no loss without default", names[is_sound], recovered[is_sound], 0 * recovered[is_sound])


def _deposits(records: Any, moved: pd.DataFrame) -> list[Discrepancy]:
    """Every fen that was deposited was set off, paid back, forfeited, or is held."""
    left = moved["deposit_in"] - moved[["deposit_set_off", "deposit_back", "deposit_forfeited"]].sum(axis=1)
    is_over = ~records.facilities["status"].isin(("open", "defaulted"))
    held = records.positions["deposit"]
    return [
        *apart("deposit held", left.index, held, left),
        *apart("deposit of what is over", left.index, held.where(is_over, 0), 0 * left),
    ]


def _instalments(records: Any, moved: pd.DataFrame) -> list[Discrepancy]:
    """What the instalments say was paid is what came in.

    A line is also paid beside its statements, and a claim without instalments has no place for what comes after.
    """
    paid = records.payments["paid"].clip(lower=0).groupby(records.payments["facility"]).sum()
    paid = paid.reindex(moved.index, fill_value=0)
    came = moved[["repaid", "interest", "service", *RECOVERED]].sum(axis=1)
    is_plan = ~records.facilities["product"].isin(("turnover_revolver", "receivables_advance"))
    names = moved.index
    more = (paid - came).clip(lower=0)
    return [
        *apart("instalments paid", names[is_plan], paid[is_plan], came[is_plan]),
        *apart("instalments paid beyond what came", names, more, 0 * more),
    ]


def _fees(records: Any, moved: pd.DataFrame, fee_ppm: Mapping[tuple[str, str], int]) -> list[Discrepancy]:
    """The fee by the product's share of its basis, in the table and among the movements."""
    facilities = records.facilities
    kind = list(zip(facilities["product"], facilities["form"], strict=True))
    is_new = (moved["rolled_in"] == 0).to_numpy()
    share = np.array([fee_ppm.get(one, 0) for one in kind], dtype=object) * is_new
    is_on_goods = facilities["product"].isin(BY_GOODS)
    basis = facilities["collateral_value"].where(is_on_goods, facilities["principal"])
    by_contract = [half_even(int(b) * int(s), MILLION) for b, s in zip(basis, share, strict=True)]
    return [
        *apart("fee by contract", facilities.index, facilities["fee"], by_contract),
        *apart("fee that was paid", facilities.index, moved["fee"], facilities["fee"]),
    ]


def _interest_of_purchases(records: Any) -> list[Discrepancy]:
    """Day interest on what was lent for goods, where everything was paid by the due day."""
    facilities, flows = records.facilities, records.flows
    loans = facilities[facilities["product"] == "purchase_loan"]
    mine = flows[flows["facility"].isin(loans.index)].merge(
        loans[["opened_on", "due_on", "rate_ppm"]], left_on="facility", right_index=True
    )
    late = mine.loc[mine["kind"].isin(("repaid", "defaulted")) & (mine["day"] > mine["due_on"]), "facility"]
    bad = mine.loc[mine["kind"] == "defaulted", "facility"]
    repaid = mine[mine["kind"] == "repaid"].groupby("facility")["amount"].sum().reindex(loans.index, fill_value=0)
    last_day = flows["day"].max()  # what fell due by then and is not repaid is late, though no payment says so
    owing = loans.index[(repaid < loans["principal"]) & (loans["due_on"] <= last_day)]
    mine = mine[~mine["facility"].isin({*late, *bad, *owing})]
    back = mine[mine["kind"] == "repaid"]
    owed = [
        half_even(int(p) * (int(rate) // YEAR_DAYS) * int(days), MILLION)
        for p, rate, days in zip(back["amount"], back["rate_ppm"], back["day"] - back["opened_on"], strict=True)
    ]
    expected = pd.Series(owed, index=back["facility"], dtype=np.int64).groupby(level=0).sum()
    found = mine[mine["kind"] == "interest"].groupby("facility")["amount"].sum().reindex(expected.index, fill_value=0)
    return apart("interest of a purchase", expected.index, found, expected)


def _interest_of_plans(records: Any) -> list[Discrepancy]:
    """Level plans are worth what was lent at their own rate, each part counted by the month.

    Discounted by whole months at a twelfth of the yearly rate; a plan in whole fen is off by less than a fen a part.
    """
    facilities, told = records.facilities, []
    plans = facilities[facilities["product"].isin(LEVEL)]
    dues = records.payments[records.payments["facility"].isin(plans.index)]
    for number, own in dues.groupby("facility"):
        plan = plans.loc[number]
        months = np.arange(1, len(own) + 1)
        monthly = plan["rate_ppm"] / MILLION / MONTHS_A_YEAR
        worth = float((own["due"].to_numpy() / (1.0 + monthly) ** months).sum())
        slack = len(own) + (12_000 if plan["product"] != "growth_loan" else 0)  # the price of the option at the end
        told += apart("worth of a plan", [number], [round(worth)], [plan["principal"]], slack)
    return told


def _interest_of_lines(records: Any, moved: pd.DataFrame) -> list[Discrepancy]:
    """Day interest on what was drawn, for every day that it was, where each statement was paid on its day.

    A line that ends with nothing drawn was owed the sum of its movements, each for the days to its end. A statement is
    rounded to the fen.
    """
    facilities, payments = records.facilities, records.payments
    late = payments.loc[payments["paid_on"] != payments["due_on"], "facility"]
    is_mine = facilities["product"].isin(("turnover_revolver", "collateral_loan")) & (facilities["status"] == "repaid")
    is_mine &= (moved["defaulted"] + moved["rolled_in"] == 0) & ~facilities.index.isin(set(late))
    lines = facilities[is_mine]
    flows = records.flows[records.flows["facility"].isin(lines.index)]
    signed = flows["amount"] * flows["kind"].map({"drawn": 1, "repaid": -1}).fillna(0).astype(np.int64)
    days = flows["facility"].map(lines["closed_on"]) - flows["day"]
    drawn_days = (signed * days).groupby(flows["facility"]).sum().reindex(lines.index, fill_value=0)
    day_rate = (lines["rate_ppm"] / YEAR_DAYS).round().astype(np.int64)
    expected = [half_even(int(d) * int(r), MILLION) for d, r in zip(drawn_days, day_rate, strict=True)]
    statements = payments.groupby("facility").size().reindex(lines.index, fill_value=0)
    return apart("interest of a line", lines.index, moved["interest"][lines.index], expected, statements)


def _interest_of_advances(records: Any, moved: pd.DataFrame) -> list[Discrepancy]:
    """Yearly interest on what was advanced against each invoice, to the day on which its debtor paid.

    The contract counts to the next business day, at most LONGEST_HOLIDAY later, which no table tells.
    """
    facilities, flows = records.facilities, records.flows
    is_mine = (facilities["product"] == "receivables_advance") & (facilities["status"] == "repaid")
    payments = records.payments  # nothing more accrues once the client must buy an invoice back
    is_mine &= ~facilities.index.isin(payments.loc[payments["paid_on"] >= payments["due_on"], "facility"])
    mine = facilities[is_mine & (moved["defaulted"] + moved["rolled_in"] == 0)]
    back = flows[(flows["kind"] == "repaid") & flows["facility"].isin(mine.index)]
    days = back["day"] - back["facility"].map(mine["opened_on"])
    a_day = back["amount"] * back["facility"].map(mine["rate_ppm"]) / (MILLION * YEAR_DAYS)
    least, most = (
        (a_day * (days + more)).groupby(back["facility"]).sum().reindex(mine.index, fill_value=0).round()
        for more in (0, LONGEST_HOLIDAY)
    )
    invoices = records.payments.groupby("facility").size().reindex(mine.index, fill_value=0)
    found = moved["interest"][mine.index]
    return [
        *apart("least interest of an advance", mine.index, found.clip(upper=least), least, invoices),
        *apart("most interest of an advance", mine.index, found.clip(lower=most), most, invoices),
    ]


def _days(records: Any) -> list[Discrepancy]:
    """The daily rows add up what moved on their days."""
    daily, flows = records.daily, records.flows
    sums = flows.pivot_table(index="day", columns="kind", values="amount", aggfunc="sum", fill_value=0)
    days = daily["day"] + records.first_day
    sums = sums.reindex(index=days, fill_value=0)
    columns = {
        "disbursed_fen": ("drawn",),
        "repaid_fen": ("repaid", "interest", "service"),
        "exposure_at_default_fen": ("defaulted",),
        "platform_loss_fen": ("first_loss",),
        **{f"{name}_fen": (name,) for name in RECOVERED},
    }
    told = []
    for column, kinds in columns.items():
        expected = sum((sums[kind] for kind in kinds if kind in sums), start=0 * days.set_axis(sums.index))
        told += apart(column, days, daily[column], expected)
    both = daily["lender_loss_fen"] + daily["platform_loss_fen"]
    lost = sums["written_down"] if "written_down" in sums else 0 * days
    return told + apart("losses of a day", days, both, lost)


def _waterfalls(records: Any) -> list[Discrepancy]:
    """The waterfall closes for every product and in all."""
    table = waterfall(records)
    parts = table.drop(columns="exposure").sum(axis=1)
    return apart("waterfall", table.index, table["exposure"], parts)
