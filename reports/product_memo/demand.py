"""Who would take the offer: take-up and value over the rate, and who is left when the rate rises."""

import numpy as np
from scipy.special import ndtri

from credit.offer_value import offer_value
from reports.blocks import Chart
from reports.edition import Edition
from reports.product_figures import Curve, CurvePanel, curve_panels
from reports.product_memo.offer import Offer
from reports.product_memo.words import percent

CLIENTS = 60
RATES = 61


def client_pds(offer: Offer) -> np.ndarray:
    """The PDs of those who are offered the product: equal parts of a lognormal whose mean is the reference PD."""
    spread, mean = offer.setting.assumed.client_pd_spread, offer.setting.pd_annual
    parts = (np.arange(CLIENTS) + 0.5) / CLIENTS
    drawn = np.exp(spread * ndtri(parts))
    return np.minimum(drawn / drawn.mean() * mean, 0.95)


def take_up_chart(edition: Edition, offer: Offer) -> Chart:
    """Take-up and value over the rate on the left, the PD of those who take it on the right."""
    low, high = sorted((offer.nominal, offer.required_rate))
    rates = np.linspace(0.5 * low, 1.6 * high, RATES)
    worth = offer_value(offer.chain, client_pds(offer), rates)
    taken = worth.weight @ worth.take_up
    risk = worth.mean_of_takers(client_pds(offer))
    at = float(np.interp(offer.nominal, rates, taken))
    risk_here = float(np.interp(offer.nominal, rates, risk))
    best = float(worth.rate_annual[worth.best])
    panels = [
        CurvePanel(
            edition.say("demand.value_title"), edition.say("demand.value_unit"), [Curve("", worth.value * 100)]
        ),
        CurvePanel(
            edition.say("demand.take_up_title"), edition.say("demand.take_up_unit"), [Curve("", taken * 100)]
        ),
        CurvePanel(
            edition.say("demand.risk_title"),
            edition.say("demand.risk_unit"),
            [
                Curve(edition.say("demand.takers"), risk * 100),
                Curve(edition.say("demand.asked"), np.full(RATES, client_pds(offer).mean() * 100)),
            ],
        ),
    ]  # fmt: skip
    drawn = curve_panels(
        panels, rates * 100, edition.say("demand.rate"), offer.nominal * 100, edition.say("demand.mark"), best * 100
    )
    is_worth_it = float(worth.value[worth.best]) > 0
    return Chart(
        anchor="figure-demand",
        finding=edition.say(
            f"demand.finding.{'best' if is_worth_it else 'never'}",
            rate=percent(edition, offer.nominal),
            taken=percent(edition, at, 0),
            risk=percent(edition, risk_here),
            asked=percent(edition, float(client_pds(offer).mean())),
            **({"best": percent(edition, best)} if is_worth_it else {}),
        ),
        caption=edition.say("demand.caption", spread=edition.numbers.count(offer.setting.assumed.client_pd_spread, 1)),
        source=edition.say("demand.source"),
        alt=edition.say("demand.alt"),
        svg=drawn.svg,
        svg_narrow=drawn.svg_narrow,
    )
