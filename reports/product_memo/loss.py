"""What is lost at default: by cause, by what moves it, and over deposit and price fall where goods are held."""

from collections.abc import Iterator

import numpy as np

from credit.errors import BadInput
from credit.loss_market import LossMarket
from credit.products import Product
from credit.purchase_forms import GoodsControlledForm
from reports.blocks import Block, Chart, Table
from reports.edition import Edition
from reports.product_memo.offer import DEPOSIT_FIELDS, Offer, offer_of
from reports.product_memo.words import in_sentence, percent, quantity, titled, word
from reports.surface_figures import Surface, surface
from reports.tables import columns

DEPOSITS = np.linspace(0.0, 0.4, 41)
DROPS = np.linspace(0.0, 0.6, 61)
LINES = (1.0, 10.0, 20.0, 30.0, 40.0, 50.0)
RISKY_GRADE = "ABS"
"""The grade with which the table of what moves the loss compares: dear to sell, and nobody quotes a future."""


def loss_blocks(edition: Edition, product: Product, offer: Offer) -> list[Block]:
    """Causes, what moves them, what the accounts book; then the surface of the judged form or of one that has goods."""
    told: list[Block] = [
        edition.prose("loss.text"),
        causes_table(edition, offer),
        moves_table(edition, offer),
        edition.prose(f"loss.allowance.{offer.chain.allowance_basis}", **_allowance(edition, offer)),
    ]
    if isinstance(offer.form, GoodsControlledForm):
        return [*told, surface_chart(edition, offer)]
    for name, form in product.forms.items():
        if isinstance(form, GoodsControlledForm):
            other = offer_of(product, name, "", offer.setting.pd_annual)
            why = edition.prose(
                "loss.other_form", form=titled(edition, offer.form), other=in_sentence(edition, titled(edition, form))
            )
            return [*told, why, surface_chart(edition, other)]
    return [*told, edition.prose("loss.no_goods")]


def causes_table(edition: Edition, offer: Offer) -> Table:
    """Loss given default by cause, the team's own figure and what both together come to."""
    profile = offer.chain.loss
    rows = [(word(edition, "loss.causes.names", name), profile.mean_of(part)) for name, part in profile.causes.items()]
    rows.append((edition.say("loss.causes.terms"), profile.mean_of(profile.mechanism)))
    if profile.stated is not None:
        weight = percent(edition, profile.stated_weight, 0)
        rows.append((edition.say("loss.causes.stated", weight=weight), profile.stated))
    largest = max(profile.causes, key=lambda name: profile.mean_of(profile.causes[name]))
    return Table(
        anchor="table-loss",
        finding=edition.say(
            "loss.causes.finding",
            lgd=percent(edition, offer.lgd),
            high=percent(edition, offer.lgd_high),
            largest=in_sentence(edition, word(edition, "loss.causes.names", largest)),
        ),
        caption=edition.say("loss.causes.caption"),
        source=edition.say("loss.source"),
        columns=columns(edition, "loss.causes", ("cause", "share"), (3.0, 1.0), right_from=1),
        rows=[
            *([name, percent(edition, share)] for name, share in rows),
            [f"**{edition.say('loss.causes.used')}**", f"**{percent(edition, offer.lgd)}**"],
            [edition.say("loss.causes.bad"), percent(edition, offer.lgd_high)],
        ],
    )


def moves_table(edition: Edition, offer: Offer) -> Table:
    """What the loss and the required rate become when one of the terms is another."""
    rows = []
    for name, value, moved in variations(edition, offer):
        try:
            lgd, required = moved.lgd, moved.required_rate
        except BadInput:  # a contract that does not exist
            continue
        rows.append([name, value, percent(edition, lgd), percent(edition, required, 2)])
    now = [edition.say("loss.moves.now"), "", percent(edition, offer.lgd), percent(edition, offer.required_rate, 2)]
    return Table(
        anchor="table-loss-moves",
        caption=edition.say("loss.moves.caption"),
        source=edition.say("loss.source"),
        columns=columns(
            edition, "loss.moves", ("term", "value", "lgd", "required"), (2.2, 1.4, 1.0, 1.2), right_from=2
        ),
        rows=[now, *rows],
    )


def variations(edition: Edition, offer: Offer) -> Iterator[tuple[str, str, Offer]]:
    """The offer with one of its terms at another value: name, printed value, offer."""
    form, term = offer.form, offer.form.own_term
    for deposit in filter(None, (offer.field_of((name,)) for name in DEPOSIT_FIELDS)):
        stated = getattr(form, deposit)
        for value in (stated.low, stated.high):
            if value is not None and value != stated.value:
                yield (
                    word(edition, "fields", deposit),
                    quantity(edition, stated, value),
                    offer.with_field(deposit, value),
                )
    for stated in (term.shortest, term.longest):
        if stated.value != (offer.term or term.default.value):
            yield edition.say("loss.moves.tenor"), quantity(edition, stated), offer.with_term(stated.value)
    if "grade" in type(form).model_fields:
        yield edition.say("loss.moves.grade"), RISKY_GRADE, offer.with_choice("grade", RISKY_GRADE)
    for choice in ("is_guaranteed", "has_recourse"):
        if choice in type(form).model_fields:
            is_so = getattr(form, choice)
            name = edition.say(f"loss.moves.{choice}")
            yield (
                name,
                edition.say(f"loss.moves.{'without' if is_so else 'with'}"),
                offer.with_choice(choice, not is_so),
            )


def _allowance(edition: Edition, offer: Offer) -> dict[str, str]:
    found = offer.chain.allowance(offer.setting.pd_annual)
    if not found.amount_fen:
        return {}
    return {"amount": edition.numbers.money(found.amount_fen, 0), "share": percent(edition, found.share, 2)}


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
            cost=percent(edition, form.sale_cost_share(LossMarket.on(offer.setting.day))),
        ),
        source=edition.say("frame.source_computed"),
        alt=edition.say("loss.alt"),
        svg=drawn.svg,
        svg_narrow=drawn.svg_narrow,
    )
