"""Where a loan starts to pay: the surface of margins over tenor and limit, and its zero line.

Short tenors earn the upfront fee more often, but pay for an order each time; small limits cannot carry an order's and a
visit's fixed cost. With a the margin a year before fixed work and F(T) the fixed work of a client in a year, the
smallest exposure that pays at tenor T is F(T) / a(T), and none pays where a(T) <= 0.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from credit.errors import BadInput, Problem
from credit.operating_cost import WorkCosts, operating_cost
from credit.price_after_vat import quote_after_vat
from credit.pricing import DAYS_A_YEAR, LenderCosts

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class BreakEvenSurface:
    """Margins over tenor (rows) and exposure (columns).

    Attributes:
        term_days: the tenors, shape (tenors,).
        exposure_fen: what one order finances, shape (exposures,).
        margin_annual: what is left after VAT, every cost and the hurdle, a share a year, shape (tenors, exposures).
        required_rate_annual: the rate that would leave nothing, same shape.
        break_even_exposure_fen: the smallest exposure that pays at each tenor, shape
            (tenors,); infinite where none does.
    """

    term_days: Floats
    exposure_fen: Floats
    margin_annual: Floats
    required_rate_annual: Floats
    break_even_exposure_fen: Floats

    @property
    def pays(self) -> NDArray[np.bool_]:
        """Whether each combination pays."""
        return self.margin_annual >= 0.0


def break_even_surface(
    term_days: ArrayLike,
    exposure_fen: ArrayLike,
    rate_annual: ArrayLike,
    pd_annual: ArrayLike,
    lgd: ArrayLike,
    costs: LenderCosts,
    work: WorkCosts,
    *,
    kept_share: float = 1.0,
    fraud_loss_share: float = 0.0,
    relationship_years: float = 1.0,
) -> BreakEvenSurface:
    """The margin of a client that always owes one order, by tenor and size.

    Args:
        term_days: tenors, shape (tenors,), each >= 1.
        exposure_fen: exposures, shape (exposures,), each >= 1.
        rate_annual: what the client pays; a scalar or one a tenor, as a fee paid with every order makes it
            (`credit.contract_rates.bullet_rates(...).nominal_irr`).
        pd_annual: probability of default within a year; a scalar or one a tenor.
        lgd: loss given default; a scalar or one a tenor.
        costs: money and capital; its operating cost is replaced by that of the work.
        work: unit costs of the work.
        kept_share: share of the rate that VAT leaves.
        fraud_loss_share: loss to first-payment fraud as a share of one exposure, once a relationship.
        relationship_years: over which that loss and the onboarding are spread, above 0.

    Raises:
        BadInput: an argument is out of its range or a shape does not fit; the error names it.
    """
    terms, sizes = np.atleast_1d(np.asarray(term_days, dtype=float)), np.atleast_1d(np.asarray(exposure_fen, float))
    if not relationship_years > 0.0:
        raise BadInput(Problem("must be > 0", field="relationship_years", value=relationship_years))
    if not 0.0 <= fraud_loss_share <= 1.0:
        raise BadInput(Problem("must be from 0 to 1", field="fraud_loss_share", value=fraud_loss_share))
    rates, pds, losses = (
        _by_tenor(field, value, len(terms))
        for field, value in (("rate_annual", rate_annual), ("pd_annual", pd_annual), ("lgd", lgd))
    )
    parts = operating_cost(sizes, terms[:, None], pds, losses, work)
    onboarding = work.onboarding_fen / relationship_years
    yearly = parts.total + onboarding / sizes + fraud_loss_share / relationship_years
    judged = quote_after_vat(
        rates, pds, losses, terms[:, None], replace(costs, operating_cost_annual=yearly), kept_share
    )
    fixed_fen = work.order_fen * DAYS_A_YEAR / terms + work.visit_fen * work.visits_a_year + onboarding
    margin = np.asarray(judged.after.waterfall.margin)
    before_fixed = margin[:, 0] + fixed_fen / sizes[0]
    smallest = np.divide(fixed_fen, before_fixed, out=np.full_like(fixed_fen, np.inf), where=before_fixed > 0.0)
    return BreakEvenSurface(terms, sizes, margin, np.asarray(judged.required_rate_annual), smallest)


def _by_tenor(field: str, value: ArrayLike, tenors: int) -> Floats:
    numbers = np.asarray(value, dtype=float)
    if numbers.ndim > 1 or numbers.size not in (1, tenors):
        raise BadInput(Problem(f"must be one number or {tenors}, here shape {numbers.shape}", field=field))
    return np.broadcast_to(numbers, (tenors,))[:, None]
