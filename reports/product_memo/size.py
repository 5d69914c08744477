"""Where the product starts to pay: margin over tenor and amount."""

import math
from dataclasses import replace

import numpy as np

from credit.break_even import BreakEvenSurface, break_even_surface
from credit.errors import BadInput
from credit.operating_cost import WorkCosts
from credit.pricing import LEAST_RATE
from reports.blocks import Chart
from reports.edition import Edition
from reports.product_memo.offer import Offer
from reports.product_memo.words import chart_money
from reports.surface_figures import Surface, surface

TENORS = 9
SIZES = 33
LINES = (-20.0, -10.0, -5.0, 0.0, 2.0, 4.0, 6.0, 8.0, 10.0, 15.0)


def size_surface(offer: Offer) -> BreakEvenSurface:
    """The margin after VAT over the form's tenors and over exposures from a twentieth to five times the typical one."""
    term = offer.form.own_term
    terms = sorted({round(x) for x in np.geomspace(term.shortest.value, term.longest.value, TENORS)})
    offers = [replace(offer, term=value) for value in terms]
    days, rates, losses = [], [], []
    for one in offers:
        try:
            rates.append(max(one.nominal, LEAST_RATE))
        except BadInput:  # a plan that does not exist at this term
            continue
        days.append(float(one.duration_days))
        losses.append(one.lgd)
    sizes = offer.largest_exposure_fen * np.geomspace(0.05, 5.0, SIZES)
    return break_even_surface(
        days,
        sizes,
        rates,
        offer.setting.pd_annual,
        losses,
        offer.costs,
        WorkCosts.on(offer.setting.day),
        kept_share=offer.chain.kept_share,
        fraud_loss_share=offer.fraud_loss_share,
        relationship_years=offer.setting.assumed.relationship_years,
    )


def size_chart(edition: Edition, offer: Offer) -> Chart | None:
    """The surface with its zero line; None where the form has a single tenor."""
    found = size_surface(offer)
    if len(found.term_days) < 2:
        return None
    amounts = np.array([chart_money(edition, size) for size in found.exposure_fen])
    drawn = surface(
        Surface(
            title=edition.say("size.title"),
            unit=edition.say("size.unit"),
            x=found.term_days,
            y=amounts,
            z=found.margin_annual.T * 100,
            x_label=edition.say("size.days"),
            y_label=edition.say("size.amount"),
            lines=LINES,
            bold=0.0,
            mark=(float(offer.duration_days), chart_money(edition, offer.largest_exposure_fen)),
            mark_label=edition.say("size.mark"),
            suffix="",
            is_log=True,
            x_ticks=[found.term_days[i] for i in np.linspace(0, len(found.term_days) - 1, 5).round().astype(int)],
            y_ticks=_round_ticks(amounts),
        )
    )
    least = float(np.interp(offer.duration_days, found.term_days, np.nan_to_num(found.break_even_exposure_fen)))
    at_own = found.break_even_exposure_fen[np.argmin(np.abs(found.term_days - offer.duration_days))]
    key = "from" if math.isfinite(at_own) else "never"
    values = {"days": edition.numbers.days(offer.duration_days)}
    if key == "from":
        values["least"] = edition.numbers.money(round(least, -4))
    return Chart(
        anchor="figure-size",
        finding=edition.say(f"size.finding.{key}", **values),
        caption=edition.say("size.caption"),
        source=edition.say("size.source"),
        alt=edition.say("size.alt"),
        svg=drawn.svg,
        svg_narrow=drawn.svg_narrow,
    )


def _round_ticks(amounts: np.ndarray) -> list[float]:
    """Amounts 1, 2 and 5 times a power of ten within the range, at most six."""
    powers = 10.0 ** np.arange(math.floor(math.log10(amounts[0])), math.ceil(math.log10(amounts[-1])) + 1)
    ticks = sorted(float(factor * power) for power in powers for factor in (1, 2, 5))
    return [tick for tick in ticks if amounts[0] <= tick <= amounts[-1]]
