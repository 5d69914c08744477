"""How SMEs are paid: terms, delays, what is never paid, days of sales outstanding."""

import pandas as pd

from sim.facts.lived import DAYS_A_YEAR, Lived, NotMeasuredError


def term_days(lived: Lived) -> float:
    """Mean credit given to buyers on observed days, days."""
    issued = lived.invoices[lived.invoices["issued_on"] >= lived.first_day]
    lived.enough(len(issued), "invoices")
    return float((issued["due_on"] - issued["issued_on"]).dt.days.mean())


def overdue_firm_share(lived: Lived) -> float:
    """Share of firms with a late invoice among those that fell due in the last observed year."""
    due = _due_in_last_year(lived)
    late = due["delay_days"] > lived.rule("technical_delay_days")
    by_firm = late.groupby(due["firm_id"]).any()
    lived.enough(len(by_firm), "firms")
    return float(by_firm.mean())


def delay_among_late_days(lived: Lived) -> float:
    """Mean delay of the late invoices that were paid on observed days."""
    invoices = lived.invoices
    is_late = invoices["delay_days"] > lived.rule("technical_delay_days")
    late = invoices[is_late & (invoices["paid_on"] >= lived.first_day)]
    lived.enough(len(late), "late invoices")
    return float(late["delay_days"].mean())


def never_paid_share(lived: Lived) -> float:
    """Of the amounts that became overdue by more than half a year, the part that is still unpaid at the end.

    Only invoices that had another year to be paid count. What a failed buyer's estate pays settles its part alone: the
    rest of the claim stays overdue. What a buyer deducts is no longer owed.
    """
    ultra = lived.rule("ultra_long_delay_days")
    had_time = lived.invoices["due_on"] + pd.to_timedelta(ultra + DAYS_A_YEAR, unit="D") <= lived.last_day
    told = lived.rows("invoices", "amount_fen", "paid_on", "paid_fen", "dilution_fen")[had_time]
    paid, deducted = told["paid_fen"].fillna(0), told["dilution_fen"].fillna(0)
    unpaid = (told["amount_fen"] - paid - deducted).where(told["paid_on"].notna(), told["amount_fen"]).clip(lower=0)
    paid_after_ultra = paid.where(lived.invoices["delay_days"][had_time] > ultra, 0)
    cases = int(((unpaid > 0) | (paid_after_ultra > 0)).sum())
    lived.enough(cases, "invoices overdue by more than half a year with a further year to be paid")
    return float(unpaid.sum() / (unpaid.sum() + paid_after_ultra.sum()))


def receivable_days(lived: Lived) -> float:
    """Mean receivables over sales of the last observed year, days."""
    claims, sales = lived.column("sme_receivables_fen")[-DAYS_A_YEAR:], lived.column("sales_fen")[-DAYS_A_YEAR:]
    if len(sales) < DAYS_A_YEAR:
        raise NotMeasuredError("less than a year was observed")
    if not sales.sum():
        raise NotMeasuredError("nothing was sold")
    return float(claims.mean() / sales.mean())


def payables_share(lived: Lived) -> float:
    """SMEs' trade payables over all their liabilities, mean over days."""
    payables, liabilities = lived.column("sme_payables_fen"), lived.column("sme_liabilities_fen")
    if not liabilities.sum():
        raise NotMeasuredError("nobody owes anything")
    return float(payables.sum() / liabilities.sum())


def _due_in_last_year(lived: Lived) -> pd.DataFrame:
    if len(lived.daily) < DAYS_A_YEAR:
        raise NotMeasuredError("less than a year was observed")
    fell_due, year = lived.invoices["due_on"], pd.to_timedelta(DAYS_A_YEAR, unit="D")
    return lived.invoices[(fell_due <= lived.last_day) & (fell_due > lived.last_day - year)]
