"""How firms live: their exits, their ages, the tail of their sizes, the shape of their growth."""

from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.special import gammaln

from sim.facts.lived import DAYS_A_YEAR, Lived, NotMeasuredError

YOUNG_YEARS, MATURE_YEARS = 2.0, 8.0
DAYS_A_MONTH = 31
SHAPES = np.linspace(0.3, 4.0, 371)


def exit_rate_annual(lived: Lived) -> float:
    """Firms that left, failed or closed in good order, over firm-years, a year."""
    firm_years = lived.column("active_firms").sum() / DAYS_A_YEAR
    if not firm_years:
        raise NotMeasuredError("no firm was active")
    return float((lived.column("failed_firms").sum() + lived.column("closed_firms").sum()) / firm_years)


def exiters_age_years(lived: Lived) -> float:
    """Mean age of firms in the last month in which they worked, where that was not the last month of all."""
    exits = _lives(lived)
    exits = exits[exits["is_exit"]]
    lived.enough(len(exits), "exits")
    return float(exits["age_years"].mean())


def young_firm_share(lived: Lived) -> float:
    """Part of the active firms that were registered less than five years before the last day."""
    lives = _lives(lived)
    alive = lives[~lives["is_exit"]]
    lived.enough(len(alive), "active firms")
    return float((alive["age_years"] < 5.0).mean())


def exit_hump_ratio(lived: Lived) -> float:
    """The exit hazard between two and eight years of age over the mean of the hazards before and after.

    Measurable only where firms enter: without entrants every firm was chosen by having survived.
    """
    lives = _lives(lived)
    entrants = int((lives["registered_on"] >= lived.first_day).sum())
    if not entrants:
        raise NotMeasuredError("no firm enters this market")
    lived.enough(int(lives["is_exit"].sum()), "exits")
    start = ((lived.first_day - lives["registered_on"]).dt.days / DAYS_A_YEAR).clip(lower=0.0)
    bounds = (0.0, YOUNG_YEARS, MATURE_YEARS, np.inf)
    hazards = []
    for low, high in pairwise(bounds):
        at_risk = (lives["age_years"].clip(upper=high) - start.clip(lower=low)).clip(lower=0.0).sum()
        exits = (lives["is_exit"] & (lives["age_years"] >= low) & (lives["age_years"] < high)).sum()
        if at_risk <= 0.0:
            raise NotMeasuredError(f"no firm was between {low:g} and {high:g} years old")
        hazards.append(exits / at_risk)
    beside = (hazards[0] + hazards[2]) / 2.0
    if not beside:
        raise NotMeasuredError("nobody left when young or old")
    return float(hazards[1] / beside)


def size_tail_exponent(lived: Lived) -> float:
    """Hill's estimate of the exponent of the tail of yearly revenue.

    Source: B. M. Hill, "A simple general approach to inference about the tail of a distribution", Ann. Stat. 3 (1975).
    """
    revenue = lived.rows("firms", "firm_id", "annual_revenue_fen").drop_duplicates("firm_id", keep="last")
    sizes = np.sort(revenue["annual_revenue_fen"].dropna().to_numpy(dtype=float))[::-1]
    tail = int(len(sizes) * lived.rule("size_tail_share"))
    lived.enough(tail, "firms in the tail")
    excess = np.log(sizes[:tail]) - np.log(sizes[tail])
    return float(1.0 / excess.mean())


def growth_shape(lived: Lived) -> float:
    """The shape of yearly log growth of sales: 1 is Laplace, 2 is normal (Subbotin's family, by likelihood).

    Firms that sold through both years count; a year that was begun or broken off says nothing about growth.

    Source: G. Bottazzi and A. Secchi, "Explaining the distribution of firm growth rates", RAND J. Econ. 37 (2006).
    """
    invoices = lived.invoices
    if len(lived.daily) < 2 * DAYS_A_YEAR:
        raise NotMeasuredError("less than two years were observed")
    age_days = (lived.last_day - invoices["issued_on"]).dt.days
    sold = age_days.groupby(invoices["firm_id"]).agg(["min", "max"])
    whole = sold.index[(sold["min"] < DAYS_A_MONTH) & (sold["max"] >= 2 * DAYS_A_YEAR - DAYS_A_MONTH)]
    invoices = invoices[invoices["firm_id"].isin(whole)]
    year = age_days[invoices.index] // DAYS_A_YEAR
    sales = (
        invoices.groupby(["firm_id", year])["amount_fen"]
        .sum()
        .unstack(fill_value=0)
        .reindex(columns=[0, 1], fill_value=0)
    )
    both = sales[(sales > 0).all(axis=1)].to_numpy(dtype=float)
    lived.enough(len(both), "firms with two years of sales")
    growth = np.log(both[:, 0]) - np.log(both[:, 1])
    return subbotin_shape(growth)


def subbotin_shape(values: np.ndarray) -> float:
    """The exponent b of a density proportional to exp(-|x - median|**b / scale), by maximum likelihood on a grid."""
    away = np.abs(values - np.median(values))
    if not away.any():
        raise NotMeasuredError("nothing varies")
    moments = np.mean(away[None, :] ** SHAPES[:, None], axis=1)
    scale = (SHAPES * moments) ** (1.0 / SHAPES)
    likelihood = np.log(SHAPES) - np.log(2.0 * scale) - gammaln(1.0 / SHAPES) - 1.0 / SHAPES
    return float(SHAPES[int(np.argmax(likelihood))])


def _lives(lived: Lived) -> pd.DataFrame:
    """One row a firm that worked on observed days: registration, age in its last month, whether it left before the end.

    A firm reports its month's work (`operations`) as long as it works; one that is silent in the last whole month of
    the record has left.
    """
    months = lived.rows("operations", "firm_id", "month").groupby("firm_id")["month"].max()
    months = months[months >= lived.first_day.to_period("M").to_timestamp()]
    if months.empty:
        raise NotMeasuredError("no month was observed to its end")
    registered = lived.rows("firms", "firm_id", "registered_on").drop_duplicates("firm_id").set_index("firm_id")
    lives = pd.DataFrame({"last_month": months}).join(registered, how="inner").dropna()
    ended = lives["last_month"] + pd.offsets.MonthEnd(0)
    lives["is_exit"] = lives["last_month"] < months.max()
    lives["age_years"] = ((ended - lives["registered_on"]).dt.days / DAYS_A_YEAR).clip(lower=0.0)
    return lives
