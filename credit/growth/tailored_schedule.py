"""A growth loan whose instalments follow forecast cash flow, and whether that shape is worth anything.

It is where lean months come before good ones. Where they come after, cash paid away in the good season is missing as a
buffer, and the level schedule is the safer one: so both are lived on the same futures before one is offered.
"""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from scipy.stats import norm
from scipy.stats import t as student

from credit.contracts.arithmetic import MILLION
from credit.contracts.dates import add_months
from credit.contracts.growth_loan import MONTHS_A_YEAR, GrowthLoan, GrowthLoanTerms
from credit.errors import BadInput, Problem
from credit.growth.credit_need import Finances
from credit.growth.forecasts import GrowthForecast
from credit.ranges import Floats, within

LEAST_WEIGHT = 0.2
"""No month pays less than a fifth of the mean: an instalment must cover its interest, and silence tells nothing."""
_MOST_WEIGHT = 5.0


def tailored_terms(weights: Floats, start_day: int, terms: GrowthLoanTerms) -> GrowthLoanTerms:
    """Terms whose season and yearly step come nearest to weights of a forecast.

    Up to twelve months the weights are met exactly (to the ppm); beyond, a season and a yearly rise that is
    never negative are fitted to their logarithms.

    Args:
        weights: of each instalment (months), as `CreditNeed.schedule_weights`.
        start_day: ordinal of the disbursement.
        terms: everything else; its `months` must be the number of weights.

    Raises:
        BadInput: no weight is positive, or their number is not that of the months.
    """
    values = within("weights", weights, 0.0)
    if values.shape != (terms.months,):
        raise BadInput(Problem(f"must be {terms.months}, one a month", field="weights", value=str(values.shape)))
    if not values.sum() > 0.0:
        rule = "must hold a positive weight: no month of the forecast leaves cash"
        raise BadInput(Problem(rule, field="weights", remedy="lend nothing, or by a level schedule on other grounds"))
    held = np.clip(values / values.mean(), LEAST_WEIGHT, _MOST_WEIGHT)
    months = np.arange(1, terms.months + 1)
    calendar = np.array([date.fromordinal(add_months(start_day, int(month))).month - 1 for month in months])
    year = (months - 1) // MONTHS_A_YEAR
    rise = 0.0
    if year.max() > 0:
        design = np.column_stack((np.eye(MONTHS_A_YEAR)[calendar], year))
        solved, *_ = np.linalg.lstsq(design, np.log(held), rcond=None)
        rise = float(np.clip(np.expm1(solved[-1]), 0.0, 1.0))
    flat = held / (1.0 + rise) ** year
    season = np.ones(MONTHS_A_YEAR)
    for month in range(MONTHS_A_YEAR):
        if (calendar == month).any():
            season[month] = flat[calendar == month].mean()
    return replace(
        terms,
        season_ppm=tuple(int(weight) for weight in np.rint(season * MILLION)),
        step_up_ppm=round(rise * MILLION),
        step_months=MONTHS_A_YEAR,
    )


@dataclass(frozen=True)
class Shortfalls:
    """How often two schedules of one loan are not met on the same futures.

    Attributes:
        tailored: share of futures in which the tailored schedule runs out of cash.
        level: the same of the level schedule.
        difference: tailored less level; negative where tailoring helps.
        standard_error: of the difference, the pairing allowed for.
        paths: futures drawn.
    """

    tailored: float
    level: float
    difference: float
    standard_error: float
    paths: int


def compare_schedules(
    loan: GrowthLoan,
    forecast: GrowthForecast,
    finances: Finances,
    cash_today_yuan: float,
    persistence: float,
    paths: int = 4000,
    seed: int = 0,
) -> Shortfalls:
    """Live one firm's forecast many times under its tailored schedule and under the level one.

    A future is a path of output whose months have the forecast's own distributions and stay together by an
    autoregressive Gaussian copula; both schedules meet the same futures, so that their difference is theirs. A
    schedule is not met when cash (today's and what is left each month) falls below zero; firms that stop are left to
    the PD.

    Args:
        loan: with tailored terms.
        forecast: of one firm, at least as many months as the loan.
        finances: of that firm.
        cash_today_yuan: cash at the start, >= 0.
        persistence: correlation of a month's deviation with the month before, 0 to below 1.
        paths: futures.
        seed: of the draws.

    Raises:
        BadInput: more than one firm, too few months, or a number out of range.
    """
    if forecast.location.shape[0] != 1 or forecast.horizons < loan.months:
        rule = f"must be of one firm and at least {loan.months} months"
        raise BadInput(Problem(rule, field="forecast", value=str(forecast.location.shape)))
    rho = float(within("persistence", persistence, 0.0, 0.999))
    cash = float(within("cash_today_yuan", cash_today_yuan, 0.0))
    steps = np.random.default_rng(seed).standard_normal((paths, loan.months))
    deviation = steps.copy()
    for month in range(1, loan.months):
        deviation[:, month] = rho * deviation[:, month - 1] + np.sqrt(1.0 - rho * rho) * steps[:, month]
    location, scale, degrees = (
        part[0, : loan.months] for part in (forecast.location, forecast.scale, forecast.degrees)
    )
    tonnes = np.exp(location + scale * student.ppf(norm.cdf(deviation), degrees))
    per_tonne = finances.by_firm("cash_margin", 1).item() * finances.by_firm("price_yuan_per_tonne", 1).item()
    earned = tonnes * per_tonne - finances.by_firm("debt_service_yuan", 1).item()
    level = GrowthLoan(
        loan.start_day,
        loan.principal_fen,
        replace(loan.terms, season_ppm=(MILLION,) * MONTHS_A_YEAR, step_up_ppm=0),
    )
    missed = [(cash + np.cumsum(earned - _payments(plan), axis=1)).min(axis=1) < 0.0 for plan in (loan, level)]
    tailored, flat = (which.astype(float) for which in missed)
    error = float((tailored - flat).std(ddof=1) / np.sqrt(paths))
    return Shortfalls(float(tailored.mean()), float(flat.mean()), float((tailored - flat).mean()), error, paths)


def _payments(loan: GrowthLoan) -> Floats:
    return np.array([plan.payment_fen for plan in loan.instalments()]) / 100.0
