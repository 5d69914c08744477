"""What is lost at default: the surface over deposit and price fall where goods are held, a sentence where none are."""

import numpy as np

from credit.products import Product
from credit.purchase_forms import GoodsControlledForm
from reports.blocks import Block, Chart
from reports.edition import Edition
from reports.product_figures import Surface, surface
from reports.product_memo.offer import Offer, offer_of
from reports.product_memo.words import in_sentence, percent, titled

DEPOSITS = np.linspace(0.0, 0.4, 41)
DROPS = np.linspace(0.0, 0.6, 61)
LINES = (1.0, 10.0, 20.0, 30.0, 40.0, 50.0)


def loss_blocks(edition: Edition, product: Product, offer: Offer) -> list[Block]:
    """The surface of the judged form, else of another form that holds goods, else why there is none."""
    stated = edition.prose(
        "loss.stated",
        lgd=percent(edition, offer.lgd),
        high=percent(edition, offer.lgd_high),
        source=offer.form.loss_given_default.source,
    )
    if isinstance(offer.form, GoodsControlledForm):
        return [stated, surface_chart(edition, offer)]
    for name, form in product.forms.items():
        if isinstance(form, GoodsControlledForm):
            other = offer_of(product, name, "", offer.setting.pd_annual)
            told = edition.prose(
                "loss.other_form", form=titled(edition, offer.form), other=in_sentence(edition, titled(edition, form))
            )
            return [stated, told, surface_chart(edition, other)]
    return [stated, edition.prose("loss.no_goods")]


def surface_chart(edition: Edition, offer: Offer) -> Chart:
    """Loss given default of goods in custody, held to maturity, over deposit and price fall."""
    form = offer.form
    if not isinstance(form, GoodsControlledForm):
        raise TypeError("only goods-controlled purchase holds goods")
    losses = offer.goods_loss(DEPOSITS[:, None], DROPS[None, :])
    deposit, crash = form.deposit_share.value, offer.setting.assumed.crash_price_drop
    here = float(offer.goods_loss(deposit, crash))
    harmless = DROPS[offer.goods_loss(deposit, DROPS) == 0.0]
    drawn = surface(
        Surface(
            title=edition.say("loss.title"),
            unit=edition.say("loss.unit"),
            x=DROPS * 100,
            y=DEPOSITS * 100,
            z=losses * 100,
            x_label=edition.say("loss.drop"),
            y_label=edition.say("loss.deposit"),
            lines=LINES,
            bold=None,
            mark=(crash * 100, deposit * 100),
            mark_label=edition.say("loss.mark", loss=percent(edition, here)),
        )
    )
    return Chart(
        anchor="figure-loss",
        finding=edition.say(
            "loss.finding",
            deposit=percent(edition, deposit, 0),
            harmless=percent(edition, float(harmless.max()) if len(harmless) else 0.0, 0),
            crash=percent(edition, crash, 0),
            loss=percent(edition, here),
        ),
        caption=edition.say(
            "loss.caption",
            days=edition.numbers.days(offer.term or form.term.default.value),
            cost=percent(edition, form.liquidation_cost_share.value),
        ),
        source=edition.say("frame.source_computed"),
        alt=edition.say("loss.alt"),
        svg=drawn.svg,
        svg_narrow=drawn.svg_narrow,
    )
