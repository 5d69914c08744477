"""What a client is worth over its life: default, prepayment and take-up together, at many rates at once.

A higher rate earns more from those who stay and loses the others: fewer take the offer, more repay early, and those who
have a cheaper way out are the safe ones (adverse selection). For client i and rate r

* take-up     logit u = logit(u0) - a (r - outside_i) - e deposit
* leaving     1 - exp(-tau x0 exp(b (r - outside_i))) a period, of those that paid (cloglog)
* value       sum over periods of alive x [ (1 - h) r v tau b - (cost) tau b - h LGD e ] discounted, less onboarding

with h the probability of default in the period, b the balance, e what is owed at default and v the share of the rate
that VAT leaves. The value is an economic profit: the hurdle on capital is one of the costs, and a value of zero means
that the hurdle is earned.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray

from credit.errors import BadInput, Problem
from credit.parameters import ParameterSet, parameters
from credit.pricing import DAYS_A_YEAR, LenderCosts, check_costs

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class RateBehaviour:
    """How clients answer to a price; `data/parameters/lifetime.yaml` has the assumptions with their ranges.

    Attributes:
        take_up_at_parity: share that takes an offer at the outside rate without a deposit, above 0, below 1.
        take_up_rate_sensitivity: fall of the logit for 1.00 a year, >= 0.
        take_up_deposit_sensitivity: fall of the logit for a deposit of the whole value, >= 0.
        exit_at_parity_annual: share that leaves within a year at the outside rate, 0 to below 1.
        exit_rate_sensitivity: rise of the log hazard of leaving for 1.00 a year, >= 0.
    """

    take_up_at_parity: float
    take_up_rate_sensitivity: float
    take_up_deposit_sensitivity: float
    exit_at_parity_annual: float
    exit_rate_sensitivity: float

    @classmethod
    def on(cls, day: date, source: ParameterSet | None = None) -> "RateBehaviour":
        """The assumptions in force on a day.

        Raises:
            BadInput: a parameter is missing or not known for that day.
        """
        known = parameters("lifetime") if source is None else source
        return cls(**{name: known.value(name, day) for name in cls.__dataclass_fields__})

    def take_up(self, rate_annual: ArrayLike, outside_rate_annual: ArrayLike, deposit_share: ArrayLike = 0.0) -> Floats:
        """Share of clients that take an offer; arguments broadcast."""
        dearer = np.asarray(rate_annual, dtype=float) - np.asarray(outside_rate_annual, dtype=float)
        odds = np.log(self.take_up_at_parity / (1.0 - self.take_up_at_parity))
        strain = self.take_up_deposit_sensitivity * np.asarray(deposit_share, dtype=float)
        return 1.0 / (1.0 + np.exp(-np.clip(odds - self.take_up_rate_sensitivity * dearer - strain, -700.0, 700.0)))

    def exit(self, rate_annual: ArrayLike, outside_rate_annual: ArrayLike, period_days: ArrayLike) -> Floats:
        """Share of paying clients that leave at the end of a period; arguments broadcast."""
        dearer = np.asarray(rate_annual, dtype=float) - np.asarray(outside_rate_annual, dtype=float)
        hazard = -np.log1p(-self.exit_at_parity_annual) * np.asarray(period_days, dtype=float) / DAYS_A_YEAR
        return -np.expm1(-hazard * np.exp(np.clip(self.exit_rate_sensitivity * dearer, -700.0, 700.0)))


@dataclass(frozen=True)
class LifetimeValue:
    """What an offer is worth at each rate; arrays have the shape (clients, rates) unless said.

    Attributes:
        rate_annual: the rates, shape (rates,).
        take_up: share that takes the offer.
        value_if_taken: economic profit over the life, a share of the limit.
        default_if_taken: probability of default before leaving or the last period.
        exposure_years_if_taken: limit-years outstanding.
        weight: money offered to each client, any unit, shape (clients,).
    """

    rate_annual: Floats
    take_up: Floats
    value_if_taken: Floats
    default_if_taken: Floats
    exposure_years_if_taken: Floats
    weight: Floats

    @property
    def value(self) -> Floats:
        """Economic profit of the whole offer in the unit of `weight`, shape (rates,)."""
        return self.weight @ (self.take_up * self.value_if_taken)

    @property
    def volume(self) -> Floats:
        """Money-years outstanding in the unit of `weight`, shape (rates,)."""
        return self.weight @ (self.take_up * self.exposure_years_if_taken)

    @property
    def best(self) -> int:
        """The position of the rate with the greatest value."""
        return int(np.argmax(self.value))

    def mean_of_takers(self, risk: ArrayLike) -> Floats:
        """The mean of a client's risk among those who take the offer at each rate, weighted by money, shape (rates,).

        Adverse selection shows as a rise with the rate.

        Args:
            risk: one number a client, such as the PD of a year, shape (clients,).
        """
        money = self.weight[:, None] * self.take_up
        return np.asarray(risk, dtype=float) @ money / money.sum(axis=0)


def outside_rate(pd_annual: ArrayLike, safest: float, riskiest: float, half_way_pd: float) -> Floats:
    """What a client would pay elsewhere: a bank's rate when it never defaults, informal credit's when it is very risky.

    safest + (riskiest - safest) PD / (PD + half_way_pd).

    Raises:
        BadInput: riskiest is below safest, or half_way_pd is not above 0.
    """
    if not safest <= riskiest:
        raise BadInput(Problem(f"must not be below the safest's, {safest:g}", field="riskiest", value=riskiest))
    if not half_way_pd > 0.0:
        raise BadInput(Problem("must be > 0", field="half_way_pd", value=half_way_pd))
    pd = _shares("pd_annual", pd_annual)
    return safest + (riskiest - safest) * pd / (pd + half_way_pd)


def lifetime_value(
    rate_annual: ArrayLike,
    default_by_period: ArrayLike,
    outside_rate_annual: ArrayLike,
    lgd: ArrayLike,
    period_days: float,
    costs: LenderCosts,
    behaviour: RateBehaviour,
    *,
    balance_share: ArrayLike = 1.0,
    exposure_share: ArrayLike | None = None,
    kept_share: float = 1.0,
    deposit_share: float = 0.0,
    onboarding_share: ArrayLike = 0.0,
    prepayment_fee_share: float = 0.0,
    weight: ArrayLike = 1.0,
) -> LifetimeValue:
    """Value an offer to many clients at many rates.

    Args:
        rate_annual: rates that the clients pay, shape (rates,), each >= 0.
        default_by_period: probability of default in each period of those alive at its start, shape (clients, periods),
            each in [0, 1): `credit.cycle_pricing.with_first_payment_fraud` or a monthly hazard.
        outside_rate_annual: what each client would pay elsewhere, shape (clients,).
        lgd: loss given default, a scalar, shape (clients,) or (clients, periods).
        period_days: days of a period.
        costs: what money, capital and work cost; scalars.
        behaviour: how clients answer to a price.
        balance_share: outstanding in each period as a share of the limit: 1 for repeated bullets, falling for a lease;
            a scalar or shape (periods,).
        exposure_share: owed at default in each period as a share of the limit, a scalar or shape (periods,); what is
            outstanding when absent. More on a line that is drawn before default.
        kept_share: share of the rate that VAT leaves.
        deposit_share: what the client must bring, for take-up.
        onboarding_share: cost of winning a client as a share of its limit, paid when it takes; scalar or (clients,).
        prepayment_fee_share: fee on the balance of those who leave before the last period.
        weight: money offered to each client; a scalar or shape (clients,).

    Raises:
        BadInput: an argument is out of its range or a shape does not fit; the error names it.
    """
    rates = np.atleast_1d(np.asarray(rate_annual, dtype=float))
    if rates.ndim != 1 or not (np.isfinite(rates) & (rates >= 0.0)).all():
        raise BadInput(Problem("must be finite numbers >= 0 in one row", field="rate_annual"))
    if not period_days >= 1.0:
        raise BadInput(Problem("must be >= 1", field="period_days", value=period_days))
    hazard = np.atleast_2d(_shares("default_by_period", default_by_period))
    if (hazard == 1.0).any():
        raise BadInput(Problem("must be below 1", field="default_by_period", value=1.0))
    clients, periods = hazard.shape
    severity = _shares("lgd", lgd)
    loss = severity if severity.ndim == 2 else _by("lgd", severity, clients)[:, None]
    if loss.shape not in ((clients, 1), (clients, periods)):
        raise BadInput(Problem(f"must have the shape {(clients, periods)}, here {loss.shape}", field="lgd"))
    loss = np.broadcast_to(loss, (clients, periods))
    outside = _by("outside_rate_annual", np.asarray(outside_rate_annual, dtype=float), clients)[:, None]
    balance = _by("balance_share", _shares("balance_share", balance_share), periods)
    at_default = (
        balance if exposure_share is None else _by("exposure_share", _shares("exposure_share", exposure_share), periods)
    )
    onboarding = _by("onboarding_share", np.asarray(onboarding_share, dtype=float), clients)[:, None]
    money = _by("weight", np.asarray(weight, dtype=float), clients)
    check_costs(costs)

    years = period_days / DAYS_A_YEAR
    cost = (costs.funding + costs.operating_cost_annual + costs.capital_charge) * years
    income = rates * kept_share * years
    leaving = behaviour.exit(rates, outside, period_days)
    discount = 1.0 / (1.0 + np.asarray(costs.funding_cost_annual)) ** years
    alive = np.ones((clients, len(rates)))
    value, exposure, defaulted = -onboarding * alive, np.zeros_like(alive), np.zeros_like(alive)
    for period in range(periods):
        h, owed = hazard[:, period, None], balance[period]
        is_last = period == periods - 1
        fee = 0.0 if is_last else leaving * prepayment_fee_share * kept_share
        earned = owed * ((1.0 - h) * (income + fee) - cost) - at_default[period] * h * loss[:, period, None]
        value += alive * earned * discount ** (period + 1)
        exposure += alive * owed * years
        defaulted += alive * h
        alive = alive * (1.0 - h) * (1.0 - leaving)
    return LifetimeValue(
        rate_annual=rates,
        take_up=behaviour.take_up(rates, outside, deposit_share),
        value_if_taken=value,
        default_if_taken=defaulted,
        exposure_years_if_taken=exposure,
        weight=money,
    )


def _by(field: str, numbers: Floats, count: int) -> Floats:
    if numbers.ndim > 1 or numbers.size not in (1, count):
        raise BadInput(Problem(f"must be one number or {count}, here shape {numbers.shape}", field=field))
    return np.broadcast_to(numbers, (count,)).astype(float)


def _shares(field: str, value: ArrayLike) -> Floats:
    numbers = np.asarray(value, dtype=float)
    is_right = (numbers >= 0.0) & (numbers <= 1.0)
    if not is_right.all():
        raise BadInput(Problem("must be from 0 to 1", field=field, value=float(numbers[~is_right].flat[0])))
    return numbers
