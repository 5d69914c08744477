"""Rates of dated cash flows, for one contract or for many at once.

Three rates are kept apart, because a client is told one, pays another and the law may test a third:

* simple annual rate: interest alone over principal and days, the quoted rate; fees are left out;
* nominal internal rate: the internal rate of all flows, compounded over the contract's own payment interval and
  multiplied up to a year (12 times the monthly rate of a lease; 365/30 times the rate of a 30-day bullet);
* effective annual rate: the internal rate of all flows compounded over a year of 365 days.

Amounts are what one side receives (+) and pays (-). Rates are shares a year.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from credit.errors import BadInput, Problem
from credit.internal_rates import Floats, NoRate, SeveralRates, log_rates

DAYS_A_YEAR = 365.0

__all__ = [
    "DAYS_A_YEAR",
    "NoRate",
    "SeveralRates",
    "annuity_payment",
    "effective_annual_rate",
    "net_present_value",
    "nominal_irr",
    "periodic_irr",
    "simple_annual_rate",
]


def effective_annual_rate(amounts: ArrayLike, days: ArrayLike) -> float | Floats:
    """The yearly rate y with sum(amount / (1 + y) ** (day / 365)) = 0.

    Where the running total of the flows changes its sign once, one rate lies above zero, and that is the answer
    (Norstrom 1972); a second, negative one, as the refunded deposit of a lease brings with it, is not looked at.

    Args:
        amounts: shape (flows,) or (contracts, flows); zeros are allowed and may pad short contracts.
        days: shape (flows,) or (contracts, flows), in rising order; fractions of a day are allowed.

    Returns:
        A share a year; a float for one contract, else shape (contracts,).

    Raises:
        BadInput: shapes do not fit, values are not finite, days are out of order.
        NoRate: a contract's flows do not change their sign, or no rate solves them.
        SeveralRates: several rates solve a contract's flows; the error names them.
    """
    return _like(amounts, np.expm1(log_rates(*_checked(amounts, days))))


def nominal_irr(amounts: ArrayLike, days: ArrayLike, period_days: float | None = None) -> float | Floats:
    """The internal rate, compounded over `period_days` and multiplied up to a year of 365 days.

    Args:
        amounts: as in `effective_annual_rate`.
        days: as in `effective_annual_rate`.
        period_days: the compounding interval; when absent the mean interval between the contract's payment days: the
            term of a bullet, a twelfth of a year of a monthly lease.

    Returns:
        A share a year; a float for one contract, else shape (contracts,).

    Raises:
        BadInput: as in `effective_annual_rate`; `period_days` is not positive.
    """
    if period_days is not None and not period_days > 0.0:
        raise BadInput(Problem("must be > 0", field="period_days", value=period_days))
    flows, times = _checked(amounts, days)
    logs = log_rates(flows, times)
    period: float | Floats = _mean_interval(flows, times) if period_days is None else period_days / DAYS_A_YEAR
    return _like(amounts, np.expm1(logs * period) / period)


def periodic_irr(amounts: ArrayLike) -> float | Floats:
    """The internal rate per period of equally spaced flows, a share a period; shapes and errors as above."""
    count = np.asarray(amounts, dtype=float).shape[-1] if np.ndim(amounts) else 0
    return effective_annual_rate(amounts, np.arange(count) * DAYS_A_YEAR)


def simple_annual_rate(interest: ArrayLike, principal_days: ArrayLike) -> float | Floats:
    """Interest over principal and time, as a share a year of 365 days; compounding and fees are left out.

    Args:
        interest: interest paid over the life of a contract.
        principal_days: the sum over days of the principal outstanding, in the same money.

    Raises:
        BadInput: principal_days is not positive.
    """
    base = np.asarray(principal_days, dtype=float)
    if not np.all(base > 0.0):
        raise BadInput(Problem("must be > 0", field="principal_days"))
    return _like(principal_days, np.asarray(interest, dtype=float) * DAYS_A_YEAR / base, scalar_dimensions=0)


def annuity_payment(rate_per_period: float, periods: int, present_value: float) -> float:
    """The level payment in arrears that repays a present value; a value received (+) is paid back (-).

    Raises:
        BadInput: fewer than one period, or a rate of -100 % or less.
    """
    if periods < 1:
        raise BadInput(Problem("must be >= 1", field="periods", value=periods))
    if not rate_per_period > -1.0:
        raise BadInput(Problem("must be > -1", field="rate_per_period", value=rate_per_period))
    if rate_per_period == 0.0:
        return -present_value / periods
    return -present_value * rate_per_period / -np.expm1(-periods * np.log1p(rate_per_period))


def net_present_value(amounts: ArrayLike, days: ArrayLike, rate_annual: ArrayLike) -> float | Floats:
    """The value on the first day of dated flows at an effective annual rate; shapes as in `effective_annual_rate`."""
    flows, times = _checked(amounts, days)
    factors = np.exp(-np.log1p(np.asarray(rate_annual, dtype=float).reshape(-1, 1)) * times)
    return _like(amounts, (flows * factors).sum(axis=1))


def _like(given: ArrayLike, answer: Floats, scalar_dimensions: int = 1) -> float | Floats:
    return float(answer.reshape(-1)[0]) if np.ndim(given) <= scalar_dimensions and answer.size == 1 else answer


def _checked(amounts: ArrayLike, days: ArrayLike) -> tuple[Floats, Floats]:
    """Flows (contracts, flows) and times in years from the first day (1 or contracts, flows), days netted."""
    flows = np.atleast_2d(np.array(amounts, dtype=float))
    times = np.atleast_2d(np.asarray(days, dtype=float))
    if flows.ndim != 2 or times.ndim != 2 or times.shape[1] != flows.shape[1] or len(times) not in (1, len(flows)):
        rule = f"must have one day a flow: amounts {np.shape(amounts)}, days {np.shape(days)}"
        raise BadInput(Problem(rule, field="days"))
    if flows.shape[1] < 2:
        raise NoRate(Problem("must hold at least two flows, one in and one out", field="amounts"))
    if not np.isfinite(flows).all():
        raise BadInput(Problem("must be finite", field="amounts", row=_first(~np.isfinite(flows).all(axis=1))))
    if not np.isfinite(times).all():
        raise BadInput(Problem("must be finite", field="days", row=_first(~np.isfinite(times).all(axis=1))))
    gaps = np.diff(times, axis=1)
    if (gaps < 0.0).any():
        raise BadInput(Problem("must be in rising order", field="days", row=_first((gaps < 0.0).any(axis=1))))
    for column in np.flatnonzero((gaps == 0.0).any(axis=0)):  # flows of one day are one flow
        is_same_day = gaps[:, column] == 0.0
        flows[:, column + 1] += np.where(is_same_day, flows[:, column], 0.0)
        flows[:, column] = np.where(is_same_day, 0.0, flows[:, column])
    return flows, (times - times[:, :1]) / DAYS_A_YEAR


def _first(is_wrong: NDArray[np.bool_]) -> int:
    return int(np.flatnonzero(is_wrong)[0]) + 1


def _mean_interval(flows: Floats, times: Floats) -> Floats:
    """Years between a contract's payment days on average: (last - first) / (payment days - 1)."""
    is_paid = flows != 0.0
    last = flows.shape[1] - 1 - np.argmax(is_paid[:, ::-1], axis=1)
    rows = np.arange(len(flows)) if len(times) > 1 else np.zeros(len(flows), dtype=int)
    return (times[rows, last] - times[rows, np.argmax(is_paid, axis=1)]) / (is_paid.sum(axis=1) - 1)
