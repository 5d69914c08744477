"""How defaults of small firms cluster in time: monthly charge-offs of SBA loans beside what the loans' ages explain.

Each month's charge-offs are held against those expected if every loan failed at the hazard of its age, pooled over all
years. What the ratio varies beyond the luck of the draw is the variance of a common intensity, and its covariance with
the months after says how long good and bad times last. Both are relative to the mean, so that they can be compared with
a market of another size and another default rate.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

FIRST_MONTH, LAST_MONTH = pd.Period("1992-01", "M"), pd.Period("2013-12", "M")
"""Earlier charge-offs are few, and the file ends in the summer of 2014."""

LAGS = 6
"""Months over which the covariance with later months is averaged."""

OLDEST_YEARS = 25


@dataclass(frozen=True)
class IntensityMoments:
    """How a common default intensity varies.

    Attributes:
        variance: of the monthly intensity over its mean, free of sampling noise.
        persistence: mean covariance with the next LAGS months.
        months: observed.
        events: defaults counted.
    """

    variance: float
    persistence: float
    months: int
    events: int


def intensity_moments(loans: pd.DataFrame, industries: tuple[str, ...] = ("31", "32", "33")) -> IntensityMoments:
    """The moments of SBA loans of some industries.

    Args:
        loans: `credit.sba.SbaLoans.loans`.
        industries: first two digits of NAICS; manufacturing by default.
    """
    known = loans[loans["naics"].str[:2].isin(industries) & loans["disbursed_on"].notna()]
    known = known[known["is_charged_off"].notna() & (known["term_months"] > 0)]
    start = known["disbursed_on"].dt.to_period("M")
    is_event = known["is_charged_off"].to_numpy(dtype=bool) & known["charged_off_on"].notna().to_numpy()
    begun = start.astype("int64").to_numpy()
    charged = known["charged_off_on"].dt.to_period("M").astype("int64").to_numpy()
    ended = np.where(is_event, charged, begun + known["term_months"].to_numpy(dtype=np.int64))
    weight = known["weight"].to_numpy(dtype=float)
    first, last = FIRST_MONTH.ordinal, LAST_MONTH.ordinal
    months = last - first + 1
    at_risk = np.zeros((months, OLDEST_YEARS))
    events = np.zeros((months, OLDEST_YEARS))
    noise = np.zeros(months)
    for month in range(first, last + 1):
        is_at_risk = (begun < month) & (ended >= month)
        years = np.minimum((month - begun[is_at_risk]) // 12, OLDEST_YEARS - 1)
        failed = is_event[is_at_risk] & (ended[is_at_risk] == month)
        mass = weight[is_at_risk]
        np.add.at(at_risk[month - first], years, mass)
        np.add.at(events[month - first], years[failed], mass[failed])
        noise[month - first] = (mass[failed] ** 2).sum()
    hazard = events.sum(axis=0) / np.maximum(at_risk.sum(axis=0), 1.0)
    expected = at_risk @ hazard
    surprise = events.sum(axis=1) - expected
    variance = ((surprise**2).sum() - noise.sum()) / (expected**2).sum()
    covariances = [
        (surprise[:-lag] * surprise[lag:]).sum() / (expected[:-lag] * expected[lag:]).sum()
        for lag in range(1, LAGS + 1)
    ]
    in_window = is_event & (ended >= first) & (ended <= last)
    return IntensityMoments(float(variance), float(np.mean(covariances)), months, int(in_window.sum()))
