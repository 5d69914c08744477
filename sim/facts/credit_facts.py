"""How credit goes: defaults, arrears, concentration, and what a default costs by product."""

import numpy as np
import pandas as pd

from sim.facts.lived import DAYS_A_YEAR, Lived, NotMeasuredError


def default_rate_annual(lived: Lived) -> float:
    """Obligors that passed ninety days past due over obligor-years with credit."""
    obligor_years = lived.column("obligors_with_credit").sum() / DAYS_A_YEAR
    if not obligor_years:
        raise NotMeasuredError("nobody had credit")
    return float(lived.column("new_defaults").sum() / obligor_years)


def default_dispersion_ratio(lived: Lived) -> float:
    """Variance over mean of the month's defaults; 1 where obligors fail independently at a constant rate."""
    counts, _ = monthly_defaults(lived.daily)
    if len(counts) < 12:
        raise NotMeasuredError("less than twelve whole months were observed")
    lived.enough(int(counts.sum()), "defaults")
    return float(counts.var(ddof=1) / counts.mean())


def nonperforming_share(lived: Lived) -> float:
    """Claims in default over all claims, mean over days."""
    bad, sound = lived.column("nonperforming_fen"), lived.column("outstanding_fen")
    if not (bad + sound).sum():
        raise NotMeasuredError("nobody had credit")
    return float(bad.sum() / (bad + sound).sum())


def top_decile_share(lived: Lived) -> float:
    """The largest tenth of obligors' part of the principal that is out, mean over observed month ends."""
    loans = lived.rows("facilities", "firm_id", "opened_on", "closed_on", "principal_fen")
    closed = loans["closed_on"].fillna(pd.Timestamp.max)
    shares = []
    for end in pd.date_range(lived.first_day, lived.last_day, freq="ME"):
        is_out = (loans["opened_on"] <= end) & (closed > end)
        owed = np.sort(loans[is_out].groupby("firm_id")["principal_fen"].sum().to_numpy(dtype=float))[::-1]
        top = len(owed) // 10
        if top:
            shares.append(owed[:top].sum() / owed.sum())
    lived.enough(len(shares), "month ends with ten obligors or more")
    return float(np.mean(shares))


def loss_given_default(product: str, collateral: str | None = None) -> "_LossGivenDefault":
    """What is lost of the instalments of a product that were not paid within ninety days of their day."""
    return _LossGivenDefault(product, collateral)


class _LossGivenDefault:
    """Of instalments that went ninety days unpaid, on loans that are closed: the part that never came.

    It is read off the payments table alone, as a bank would: undiscounted and without the cost of collection.
    """

    def __init__(self, product: str, collateral: str | None) -> None:
        self.product, self.collateral = product, collateral
        self.__doc__ = f"Loss on instalments in default of {product} ({collateral or 'any collateral'}), a share."

    def __call__(self, lived: Lived) -> float:
        loans = lived.rows("facilities", "facility_id", "product", "collateral", "status")
        mine = loans[loans["product"] == self.product]
        if self.collateral is not None:
            mine = mine[mine["collateral"] == self.collateral]
        if mine.empty:
            raise NotMeasuredError("the market does not have this product")
        resolved = mine.loc[mine["status"].isin(["written_off", "repaid"]), "facility_id"]
        payments = lived.rows("payments", "facility_id", "due_on", "due_fen", "paid_on", "paid_fen")
        payments = payments[payments["facility_id"].isin(resolved)]
        late = (payments["paid_on"] - payments["due_on"]).dt.days
        paid, due = payments["paid_fen"].fillna(0), payments["due_fen"]
        is_bad = (late > lived.rule("default_days")) | (paid < due)
        bad_loans = payments.loc[is_bad, "facility_id"].nunique()
        lived.enough(bad_loans, "resolved loans with instalments in default")
        exposure = due[is_bad].sum()
        return float((due[is_bad] - paid[is_bad]).clip(lower=0).sum() / exposure)


def monthly_defaults(daily: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Defaults and mean obligors of every whole calendar month of a daily record, (months,) each."""
    month = daily["date"].dt.to_period("M")
    told = daily.groupby(month).agg(
        defaults=("new_defaults", "sum"), obligors=("obligors_with_credit", "mean"), days=("new_defaults", "size")
    )
    whole = told[told["days"].to_numpy() == pd.PeriodIndex(told.index).days_in_month]
    return whole["defaults"].to_numpy(dtype=float), whole["obligors"].to_numpy(dtype=float)
