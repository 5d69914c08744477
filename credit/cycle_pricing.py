"""The price of short loans from a PD curve by repayment cycle, with first-payment fraud.

PD x T/365 understates loans of 30 days: what goes wrong goes wrong early. Each cycle n of T days has its own
probability h_n of ending in default among the clients that start it, and the first also meets the share phi of clients
that mean to take the goods and go. With S_n the clients that start cycle n (survival times retention), D_n a discount
factor, tau = T/365, c the cost of money, work and capital a year and L_n the expected loss of cycle n, the level rate
is

    r* = sum S_n D_n (c tau + L_n) / sum S_n D_n tau (1 - q_n) / v

where q_1 = phi + (1 - phi) h_1, later q_n = h_n, and v is the share of the rate that VAT leaves. With one cycle of 365
days, no fraud and v = 1 it is the one-period price of `credit.pricing`.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import ArrayLike, NDArray

from credit.errors import BadInput, Problem
from credit.parameters import parameters
from credit.pricing import DAYS_A_YEAR, LenderCosts, Numbers, check_costs

DAYS_A_MONTH = DAYS_A_YEAR / 12.0

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CyclePrice:
    """What a relationship of several cycles must cost. The last axis is the cycle; others are clients.

    Attributes:
        required_rate_annual: the level rate at which the relationship earns its hurdle, a share a year, VAT included.
        required_rate_by_cycle: the rate at which each cycle would pay for itself.
        started_share: clients that start each cycle, of those that start the first.
        default_by_cycle: probability that a started cycle ends in default or fraud.
        expected_loss_by_cycle: expected loss of a started cycle, a share of the exposure.
    """

    required_rate_annual: Floats
    required_rate_by_cycle: Floats
    started_share: Floats
    default_by_cycle: Floats
    expected_loss_by_cycle: Floats


def fraud_reaching_first_payment(prevalence: ArrayLike, recall: ArrayLike) -> Floats:
    """The share of clients that will never pay: fraudulent applicants that the gate lets by, prevalence (1 - recall).

    Raises:
        BadInput: an argument lies outside 0 to 1.
    """
    return _share("prevalence", prevalence) * (1.0 - _share("recall", recall))


def fraud_still_there(on: date, months_known: ArrayLike) -> Numbers:
    """The share of clients that will never pay among those that have been on the platform for some months.

    Who means to take the money and go does not trade honestly for long before: of those who passed the gate half are
    gone after each half-life.

    Args:
        on: day whose assumptions count (`data/parameters/lifetime.yaml`).
        months_known: months on the platform, one number or one a client.
    """
    known = parameters("lifetime")
    passed = fraud_reaching_first_payment(known.value("fraud_prevalence", on), known.value("fraud_recall", on))
    left = passed * 0.5 ** (np.asarray(months_known, dtype=float) / known.value("fraud_half_life_months", on))
    return float(left) if left.ndim == 0 else left


def cycle_defaults(cumulative_hazard: ArrayLike, term_days: float, cycles: int) -> Floats:
    """The probability that each cycle ends in default among those that start it, from a cumulative hazard by month.

    Between month ends the hazard is taken as even.

    Args:
        cumulative_hazard: H at the ends of months 1, 2, ...: shape (..., months), rising, >= 0
            (`credit.survival.base.DefaultTiming.cumulative_hazard`).
        term_days: days of a cycle, >= 1.
        cycles: how many; the last must end within the months given.

    Returns:
        Shape (..., cycles).

    Raises:
        BadInput: the hazard falls, or does not reach to the end of the last cycle.
    """
    hazard = np.atleast_1d(np.asarray(cumulative_hazard, dtype=float))
    steps = np.diff(hazard, axis=-1, prepend=0.0)
    if not (np.isfinite(hazard).all() and (steps >= 0.0).all()):
        raise BadInput(Problem("must be finite, >= 0 and not fall", field="cumulative_hazard"))
    if not term_days >= 1.0 or cycles < 1:
        raise BadInput(Problem("at least one cycle of at least one day", field="term_days", value=term_days))
    ends = np.arange(1, cycles + 1) * term_days / DAYS_A_MONTH
    months = hazard.shape[-1]
    if ends[-1] > months + 1e-9:
        told = f"{cycles} cycles of {term_days:g} days end in month {ends[-1]:.1f}; the curve ends in month {months}"
        raise BadInput(Problem(told, field="cumulative_hazard", value=months))
    before = np.minimum(np.floor(ends).astype(int), months - 1)
    from_zero = np.concatenate((np.zeros((*hazard.shape[:-1], 1)), hazard), axis=-1)
    at_ends = from_zero[..., before] + (ends - before) * steps[..., before]
    return -np.expm1(-np.diff(at_ends, axis=-1, prepend=0.0))


@dataclass(frozen=True)
class CycleRisk:
    """Default and loss by cycle, fraud included; shape (..., cycles).

    Attributes:
        default_share: probability that a started cycle ends in default or fraud.
        lgd: loss given that, a share of the exposure.
    """

    default_share: Floats
    lgd: Floats


def with_first_payment_fraud(
    default_by_cycle: ArrayLike, lgd: ArrayLike, fraud_share: ArrayLike, fraud_lgd: ArrayLike
) -> CycleRisk:
    """The risk of each cycle when some clients never pay at all: they are gone after the first.

    Args:
        default_by_cycle: probability that a cycle ends in default among honest clients that start it, shape
            (..., cycles), each in [0, 1).
        lgd: loss given default, 0 to 1; a scalar or the shape of the clients.
        fraud_share: clients that never pay, 0 to below 1; a scalar or the shape of the clients.
        fraud_lgd: loss given fraud, 0 to 1; a scalar or the shape of the clients.

    Raises:
        BadInput: an argument is out of its range; the error names it.
    """
    hazard = np.atleast_1d(_share("default_by_cycle", default_by_cycle, is_one_allowed=False))
    loss, fraud_loss = _share("lgd", _column(lgd)), _share("fraud_lgd", _column(fraud_lgd))
    fraud = _share("first_payment_fraud_share", _column(fraud_share), is_one_allowed=False)
    met = np.where(np.arange(hazard.shape[-1]) == 0, fraud, 0.0)
    defaults = met + (1.0 - met) * hazard
    # the mean of both losses, told around the honest one so that without fraud it keeps its bits
    of_fraud = np.divide(met, defaults, out=np.zeros(defaults.shape), where=defaults > 0.0)
    return CycleRisk(defaults, loss + of_fraud * (fraud_loss - loss))


def price_by_cycle(
    default_by_cycle: ArrayLike,
    term_days: ArrayLike,
    lgd: ArrayLike,
    costs: LenderCosts,
    *,
    first_payment_fraud_share: ArrayLike = 0.0,
    fraud_lgd: ArrayLike = 0.9,
    kept_share: ArrayLike = 1.0,
    retention: ArrayLike = 1.0,
) -> CyclePrice:
    """What the loans of a client must cost over its repayment cycles.

    Args:
        default_by_cycle: probability that a cycle ends in default among honest clients that start it, shape
            (..., cycles), each in [0, 1).
        term_days: days of a cycle, >= 1; a scalar or the shape of the clients.
        lgd: loss given default, 0 to 1; a scalar or the shape of the clients.
        costs: what money, capital and work cost; scalars.
        first_payment_fraud_share: clients that never pay, 0 to below 1; a scalar or the shape of the clients.
        fraud_lgd: loss given fraud, 0 to 1.
        kept_share: share of the rate that VAT leaves, above 0, up to 1.
        retention: share of paying clients that take the next cycle, 0 to 1; a scalar or shaped as the defaults.

    Raises:
        BadInput: an argument is out of its range; the error names it.
    """
    risk = with_first_payment_fraud(default_by_cycle, lgd, first_payment_fraud_share, fraud_lgd)
    defaults, losses = risk.default_share, risk.default_share * risk.lgd
    term = _column(term_days)
    if not (np.isfinite(term).all() and (term >= 1.0).all()):
        raise BadInput(Problem("must be a finite number >= 1", field="term_days", value=float(np.min(term))))
    kept = _share("kept_share", _column(kept_share))
    if (kept == 0.0).any():
        raise BadInput(Problem("must be above 0", field="kept_share", value=0.0))
    check_costs(costs)
    years = term / DAYS_A_YEAR
    cost = (costs.funding + costs.operating_cost_annual + costs.capital_charge) * years
    stays = (1.0 - defaults) * _share("retention", retention)
    started = np.concatenate((np.ones_like(stays[..., :1]), np.cumprod(stays, axis=-1)[..., :-1]), axis=-1)
    numbers = np.arange(1, defaults.shape[-1] + 1)
    weight = started * (1.0 + np.asarray(costs.funding_cost_annual)) ** (-numbers * years)
    paid = years * (1.0 - defaults)
    return CyclePrice(
        required_rate_annual=(weight * (cost + losses)).sum(axis=-1) / (weight * paid).sum(axis=-1) / kept[..., 0],
        required_rate_by_cycle=(cost + losses) / paid / kept,
        started_share=started,
        default_by_cycle=defaults,
        expected_loss_by_cycle=losses,
    )


def _column(value: ArrayLike) -> Floats:
    """One value a client, with an axis for the cycles."""
    return np.asarray(value, dtype=float)[..., None]


def _share(field: str, value: ArrayLike, is_one_allowed: bool = True) -> Floats:
    numbers = np.asarray(value, dtype=float)
    is_right = (numbers >= 0.0) & ((numbers <= 1.0) if is_one_allowed else (numbers < 1.0))
    if not is_right.all():
        rule = "must be from 0 to 1" if is_one_allowed else "must be from 0 to below 1"
        raise BadInput(Problem(rule, field=field, value=float(numbers[~is_right].flat[0])))
    return numbers
