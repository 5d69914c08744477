"""Limit and tenor chosen together: the most profitable pair that keeps the bounds on loss and on break-even.

A longer term makes a larger limit out of the same purchases, spreads the cost of an order and lets more clients default
before they pay; a larger debt itself makes default likelier. So neither can be set first. For each band of PD every
pair of the grid is priced by `credit.pricing`; among the pairs that keep the bounds the most profitable is taken, from
the safest band to the riskiest, each choosing only among pairs that are no larger and no longer than the band before:
riskier never gets more, by construction.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from credit.errors import BadInput, Problem
from credit.limit_rules import Choice
from credit.limits import DAYS_OF_A_MONTH, PurchasePolicy
from credit.pricing import DAYS_A_YEAR, LenderCosts, quote

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class LimitBand:
    """What clients up to a default probability may have.

    Attributes:
        pd_ppm_up_to: the bound, parts per million a year.
        limit_share_ppm: of the resin bought in a term; 0 where no pair keeps the bounds.
        term_days: days to maturity; 0 where no pair does.
    """

    pd_ppm_up_to: int
    limit_share_ppm: int
    term_days: int


@dataclass(frozen=True)
class Surface:
    """Every pair of the grid for every band; arrays of shape (bands, shares, terms).

    Attributes:
        profit: economic profit a year in units of monthly purchases: months owed x margin after the hurdle.
        pd: the default probability a year, raised by the debt itself.
        expected_loss: of the exposure, over the term.
        break_even_pd: the PD at which the margin is zero.
        is_allowed: keeps the bounds of the choice and the ceilings of the purchase policy.
    """

    profit: Floats
    pd: Floats
    expected_loss: Floats
    break_even_pd: Floats
    is_allowed: NDArray[np.bool_]


def burdened_pd(pd_annual: ArrayLike, months_owed: ArrayLike, burden: float) -> Floats:
    """The PD of a client who owes some months of purchases: its hazard times exp(burden x months)."""
    hazard = -np.log1p(-np.asarray(pd_annual, dtype=float)) * np.exp(burden * np.asarray(months_owed, dtype=float))
    return np.asarray(-np.expm1(-hazard))


def surface(
    pd_annual: ArrayLike, rate_annual: ArrayLike, lgd: ArrayLike, costs: LenderCosts, choice: Choice
) -> Surface:
    """Price every pair of limit share and term for every client or band.

    Args:
        pd_annual: shape (n,), below 1, before the debt that is decided on.
        rate_annual: shape (n,).
        lgd: shape (n,) or one number.
        costs: of the lender; the operating cost is replaced by the choice's own, by term.
        choice: the grid and its bounds.

    Raises:
        BadInput: a number is out of its range.
    """
    shares = np.array([one.value for one in choice.limit_shares])[None, :, None]
    terms = np.array([one.value for one in choice.terms], dtype=float)[None, None, :]
    months = shares * terms / DAYS_OF_A_MONTH
    pd, rate, loss = (np.atleast_1d(np.asarray(x, dtype=float))[:, None, None] for x in (pd_annual, rate_annual, lgd))
    risk = burdened_pd(pd, months, choice.burden.value)
    work = choice.servicing_cost.value + choice.order_cost.value / choice.order_value.value * DAYS_A_YEAR / terms
    told = quote(rate, risk, loss, terms, replace(costs, operating_cost_annual=work))
    break_even, lost = (np.broadcast_to(x, risk.shape) for x in (told.break_even_pd, told.expected_loss_share))
    return Surface(
        profit=months * told.waterfall.margin,
        pd=risk,
        expected_loss=lost,
        break_even_pd=break_even,
        is_allowed=(lost <= choice.expected_loss_maximum.value)
        & (break_even >= choice.break_even_cushion.value * risk),
    )


def chosen_bands(policy: PurchasePolicy, lgds: ArrayLike, costs: LenderCosts, choice: Choice) -> tuple[LimitBand, ...]:
    """The chosen pair of each band of a purchase policy, judged at the band's riskiest PD and its own day rate.

    Args:
        policy: bands, their ceilings on share and term, and their rates.
        lgds: loss given default in each band, or one for all.
        costs: of the lender.
        choice: the grid and its bounds.

    Raises:
        BadInput: as many losses as bands must be given.
    """
    losses = np.asarray(lgds, dtype=float)
    if losses.ndim and len(losses) != len(policy.bands):
        raise BadInput(Problem("must be one number, or one for each band", field="lgds", value=len(losses)))
    pds = [band.pd_annual_up_to.value for band in policy.bands]
    told = surface(pds, [band.day_rate.value * DAYS_A_YEAR for band in policy.bands], losses, costs, choice)
    shares = np.array([one.ppm for one in choice.limit_shares])
    terms = np.array([one.value for one in choice.terms])
    chosen: list[LimitBand] = []
    most_share, longest = shares[-1], terms[-1]
    for row, band in enumerate(policy.bands):
        most_share = min(most_share, band.limit_share.ppm)
        longest = min(longest, band.longest_term.value)
        is_open = told.is_allowed[row] & (shares[:, None] <= most_share) & (terms[None, :] <= longest)
        value = np.where(is_open, told.profit[row], -np.inf)
        best_share, best_term = np.unravel_index(int(value.argmax()), value.shape)  # the smaller share where two tie
        is_any = bool(is_open.any())
        most_share, longest = (int(shares[best_share]), int(terms[best_term])) if is_any else (0, 0)
        chosen.append(LimitBand(band.pd_annual_up_to.ppm, most_share, longest))
    return tuple(chosen)
