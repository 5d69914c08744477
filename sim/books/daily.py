"""The row of a day and the summary of a run, read off counters, ledgers and book."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim import rules
from sim.books.ledger import ALLOWANCE, CASH, DEBTS, DEPOSITS_HELD, EQUITY, FUNDING, PAYABLES, RECEIVABLES, VAT, WIDTH
from sim.loops import firm_columns
from sim.loops.firm_columns import CLOSED_ON, CUSTODY_G, FAILED_ON, GRADE, NEVER, SLOT

if TYPE_CHECKING:
    from collections.abc import Sequence

DAYS_A_YEAR = 365
COUNTED = (
    "founded_firms", "closed_firms", "failed_firms",
    "failed_buyers", "failed_suppliers", "failed_lenders", "applications", "approvals",
    "refusals_platform", "refusals_lender", "declined_by_firm", "supplier_refusals", "disbursed_fen", "repaid_fen",
    "new_defaults", "exposure_at_default_fen", "recovered_deposit_fen", "recovered_goods_fen",
    "recovered_guarantee_fen", "recovered_cash_fen", "lender_loss_fen", "platform_loss_fen", "supplier_loss_fen",
    "sme_receivable_loss_fen", "margin_calls", "sales_fen", "resin_bought_g", "output_g", "forced_sales",
    "refinanced_fen", "run_fen",
)  # fmt: skip
WATERFALL = (
    "exposure_at_default_fen", "recovered_deposit_fen", "recovered_goods_fen", "recovered_guarantee_fen",
    "recovered_cash_fen", "lender_loss_fen", "platform_loss_fen",
)  # fmt: skip
LIABILITIES = (PAYABLES, DEBTS, DEPOSITS_HELD, VAT, FUNDING)
"""Accounts in which a firm owes; one that stands on the other side (VAT to come back) is no liability."""


def day_row(market: Any) -> dict[str, Any]:
    """The day's end state and flows, keys `sim.books.recorders.DAILY_COLUMNS`."""
    today, book, view = market.today, market.book, market.entries.fen.view
    smes = _rows(market.smes)
    lenders = _rows(market.lenders)
    grade_prices = market.resin_fen
    firms = np.frombuffer(market.firm_cells, dtype=np.int64).reshape(-1, firm_columns.WIDTH)
    in_custody = np.bincount(firms[:, GRADE], firms[:, CUSTODY_G], len(grade_prices))  # floats hold such grams exactly
    founded = firms[: market.lives.founded]
    trades = (founded[:, FAILED_ON] == NEVER) & (founded[:, CLOSED_ON] == NEVER)
    owed = view.take(founded[:, SLOT][trades] // WIDTH, axis=0)[:, LIABILITIES]
    row = {name: getattr(today, name) for name in COUNTED}
    row |= {
        "day": market.day - market.settings.burn_in_days,
        "date": market.date,
        "resin_price_fen_per_tonne": grade_prices[0],
        "active_firms": len(market.active),
        "outstanding_fen": book.performing_fen,
        "overdue_fen": sum(
            one.open_fen for one in book.overdue.values() if one.is_performing and one.falls_due_on < market.day
        ),
        "expected_fen": book.expected_fen(),
        "nonperforming_fen": sum(one.open_fen for one in book.in_default.values()),
        "sme_payables_fen": -int(owed[:, 0].sum()),
        "sme_liabilities_fen": -int(np.minimum(owed, 0).sum()),
        "tailored_loans": 0 if market.desk is None else market.desk.tailored_loans(),
        "obligors_with_credit": len(book.credits_of),
        "custody_value_fen": sum(
            rules.amount_fen(int(mass), price) for mass, price in zip(in_custody, grade_prices, strict=True)
        ),
        "lender_liquidity_fen": int(view[lenders, CASH].sum()),
        "lender_equity_fen": -int(view[lenders, EQUITY:].sum()),
        "platform_cash_fen": market.platform.cash_fen,
        "sme_cash_fen": int(view[smes, CASH].sum()),
        "sme_receivables_fen": int(view[smes, RECEIVABLES].sum()) + int(view[smes, ALLOWANCE].sum()),
        "buyer_cash_fen": int(view[_rows(market.buyers), CASH].sum()),
        "mean_payment_delay_days": today.delay_days / today.invoices_paid if today.invoices_paid else float("nan"),
    }
    return row


def _rows(parties: "Sequence[Any]") -> slice:
    """The ledger rows of a kind; its slots are evenly spaced."""
    first = parties[0].slot // WIDTH
    step = (parties[1].slot - parties[0].slot) // WIDTH if len(parties) > 1 else 1
    return slice(first, first + step * len(parties), step)


def summary_of(market: Any, daily: pd.DataFrame, state_hash: str) -> dict[str, int | float | bool | str]:
    """The keys of `creditlab simulate --json`, without timings.

    The default rate counts obligors passing ninety days past due over obligor-years with credit; the loss share is the
    net loss of lenders and platform over what was disbursed.
    """
    totals = {name: int(daily[name].sum()) for name in COUNTED}
    obligor_years = float(daily["obligors_with_credit"].sum()) / DAYS_A_YEAR
    net_loss = totals["lender_loss_fen"] + totals["platform_loss_fen"]
    disbursed = totals["disbursed_fen"]
    opened = market.log.facilities.columns()["opened_on"]
    still_open = int(daily["expected_fen"].iloc[-1])
    gone = sum(totals[name] for name in WATERFALL[1:])
    return {
        "scenario": market.story.name,
        "scenario_hash": market.story.hash,
        "seed": market.seed,
        "firms": market.firms,
        "days": market.days,
        "loans": int(np.count_nonzero(opened >= market.settings.burn_in_days)),
        "defaults": totals["new_defaults"],
        "obligor_years": round(obligor_years, 6),
        "default_rate_annual": totals["new_defaults"] / obligor_years if obligor_years else 0.0,
        "disbursed_fen": disbursed,
        "loss_share": net_loss / disbursed if disbursed else 0.0,
        **{name: totals[name] for name in WATERFALL},
        "still_open_fen": still_open,
        "open_before_fen": gone + still_open - totals["exposure_at_default_fen"],
        "forced_sales": totals["forced_sales"],
        "applications": totals["applications"],
        "refusals_platform": totals["refusals_platform"],
        "refusals_lender": totals["refusals_lender"],
        "failed_firms": totals["failed_firms"],
        "closed_firms": totals["closed_firms"],
        "founded_firms": totals["founded_firms"],
        "refinanced_fen": totals["refinanced_fen"],
        "run_fen": totals["run_fen"],
        "ledger_balanced": True,  # every day's audit raises otherwise, and there is no summary
        "state_hash": state_hash,
    }
