"""What an offer is worth over a client's life when take-up, leaving and default answer together.

`credit.offer_price` says what an offer must cost; here the rate moves the clients: fewer take a dearer offer, more
leave it, and the safe ones first. Clients are told by their PD alone.
"""

import numpy as np
from numpy.typing import ArrayLike

from credit.lifetime_value import LifetimeValue, RateBehaviour, lifetime_value, outside_rate
from credit.offer_price import OfferPrice
from credit.operating_cost import WorkCosts
from credit.parameters import parameters
from credit.pricing import DAYS_A_YEAR
from credit.ranges import Floats


def rate_elsewhere(pd_annual: ArrayLike, offer: OfferPrice) -> Floats:
    """What clients would pay elsewhere on the offer's day, by their PD."""
    known = parameters("lifetime")
    safest, riskiest, half_way = (
        known.value(f"outside_rate_{name}", offer.day) for name in ("safest", "riskiest", "half_way_pd")
    )
    return outside_rate(pd_annual, safest, riskiest, half_way)


def take_up(offer: OfferPrice, pd_annual: ArrayLike, rate_annual: ArrayLike) -> Floats:
    """Share of clients that would take the offer at a rate, given their PD; arrays broadcast."""
    behaviour = RateBehaviour.on(offer.day)
    return behaviour.take_up(rate_annual, rate_elsewhere(pd_annual, offer), offer.form.own_part_share)


def offer_value(offer: OfferPrice, pd_annual: ArrayLike, rate_annual: ArrayLike) -> LifetimeValue:
    """What the offer is worth at each rate, as a share of the most that a client owes.

    A short contract is followed cycle by cycle for as long as a client stays (`relationship_years`), a long one month
    by month to its end. Money is spread evenly over the clients; winning one costs its onboarding.

    Args:
        offer: the offer.
        pd_annual: the clients' PDs, shape (clients,).
        rate_annual: the rates, shape (rates,).
    """
    day, life = offer.day, offer.life
    pds = np.atleast_1d(np.asarray(pd_annual, dtype=float))
    if life.is_repeated:
        years = parameters("product_memo").value("relationship_years", day)
        order = np.zeros(max(round(years * DAYS_A_YEAR / life.period_days), 1), dtype=int)
    else:
        order = np.arange(len(life.balance))
    honest = life.defaults_at(pds)[:, order]
    fraud = np.where(np.arange(len(order)) == 0, life.fraud_share, 0.0)
    defaults = fraud + (1.0 - fraud) * honest
    of_fraud = np.divide(fraud, defaults, out=np.zeros(defaults.shape), where=defaults > 0.0)
    limit = max(float(life.balance.max()), float(life.exposure.max()))
    return lifetime_value(
        rate_annual,
        defaults,
        rate_elsewhere(pds, offer),
        life.lgd[order] + of_fraud * (life.fraud_lgd - life.lgd[order]),
        life.period_days,
        offer.costs,
        RateBehaviour.on(day),
        balance_share=life.balance[order] / limit,
        exposure_share=life.exposure[order] / limit,
        kept_share=offer.kept_share,
        deposit_share=offer.form.own_part_share,
        onboarding_share=WorkCosts.on(day).onboarding_fen / limit,
        weight=1.0 / len(pds),
    )
