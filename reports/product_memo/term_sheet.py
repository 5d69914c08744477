"""The terms in plain words, and the forms of the product side by side."""

from credit.products import Product
from credit.sourced import Sourced
from reports.blocks import Table
from reports.catalogue import catalogue
from reports.edition import Edition
from reports.product_memo.offer import Offer, offer_of, sourced_numbers
from reports.product_memo.verdicts import verdict
from reports.product_memo.words import (
    in_sentence,
    percent,
    product_source,
    quantity,
    shape_name,
    titled,
    verdict_word,
    word,
)
from reports.tables import columns


def term_sheet(edition: Edition, offer: Offer) -> Table:
    """Every number of the form, in words, with its range and how sure the product team is of it."""
    found = list(sourced_numbers(offer.form))
    assumed = sum(stated.confidence == "assumption" for _, stated in found)
    return Table(
        anchor="table-terms",
        finding=edition.say(
            "term_sheet.finding",
            count=edition.numbers.count(len(found)),
            assumed=edition.numbers.count(assumed),
        ),
        caption=edition.say("term_sheet.caption"),
        source=product_source(edition),
        columns=columns(edition, "term_sheet", ("term", "value", "range", "confidence"), (2.6, 1.4, 1.5, 1.0), 4),
        rows=[
            [
                word(edition, "fields", name),
                f"**{quantity(edition, stated)}**",
                _range(edition, stated),
                edition.say(f"confidence.{stated.confidence}"),
            ]
            for name, stated in found
        ],
    )


def in_words(edition: Edition, product: Product, offer: Offer) -> str:
    """What the client gets and owes, as a list of sentences."""
    contract = word(edition, "contracts", offer.form.contract)
    term = offer.form.own_term
    items = [
        _need(edition, product),
        contract,
        edition.say(
            "term_sheet.runs",
            term=quantity(edition, term.default),
            shortest=quantity(edition, term.shortest),
            longest=quantity(edition, term.longest),
        ),
        *_choices(edition, offer),
        edition.say(f"term_sheet.guarantee.{'given' if offer.form.is_guaranteed else 'none'}"),
        edition.say("term_sheet.lender", shape=in_sentence(edition, shape_name(edition, offer))),
    ]
    return "\n".join(f"- {item}" for item in items)


def _need(edition: Edition, product: Product) -> str:
    """What it is for: in the memo's language where the file's very words were translated, else as the file says it."""
    key, written = f"term_sheet.needs.{product.name}", catalogue("en", edition.texts.report)
    if written.knows(key) and written.say(key) == product.need:
        return edition.say("term_sheet.need_told", need=edition.say(key))
    return edition.say("term_sheet.need", need=product.need)


def forms_table(edition: Edition, product: Product, offer: Offer) -> Table:
    """The forms of the product side by side, each by its own wrapper's first lender and for the same client."""
    offers = {}
    for name in product.forms:
        is_judged = product.any_form(name) == offer.form
        offers[name] = offer if is_judged else offer_of(product, name, "", offer.setting.pd_annual)
    best = max(offers.values(), key=lambda one: one.raroc)
    heads = ("form", "cost", "cap", "required", "lgd", "raroc", "break_even", "verdict")
    return Table(
        anchor="table-forms",
        finding=edition.say(
            f"forms.finding.{'one' if len(offers) == 1 else 'several'}",
            form=in_sentence(edition, titled(edition, best.form)),
            raroc=percent(edition, best.raroc),
        ),
        caption=edition.say("forms.caption"),
        source=edition.say("frame.source_computed"),
        columns=columns(edition, "forms", heads, (2.0, 0.95, 0.8, 1.0, 0.8, 0.9, 1.0, 1.6), right_from=1),
        rows=[
            [
                titled(edition, one.form),
                percent(edition, one.nominal),
                percent(edition, one.treatment.rate_cap.rate_annual),
                percent(edition, one.required_rate),
                percent(edition, one.lgd),
                percent(edition, one.raroc),
                percent(edition, one.break_even_pd),
                verdict_word(edition, verdict(one)),
            ]
            for one in offers.values()
        ],
    )


def _choices(edition: Edition, offer: Offer) -> list[str]:
    """What the form chooses among a few possibilities, such as how its interest is quoted."""
    told = []
    for name in type(offer.form).model_fields:
        value = getattr(offer.form, name)
        value = ("granted" if value else "none") if isinstance(value, bool) else value
        if isinstance(value, str) and edition.texts.knows(f"choices.{name}.{value}"):
            told.append(edition.say(f"choices.{name}.{value}"))
    return told


def _range(edition: Edition, stated: Sourced) -> str:
    if stated.low is None or stated.high is None:
        return "–"
    low, high = quantity(edition, stated, stated.low), quantity(edition, stated, stated.high)
    return edition.say("term_sheet.interval", low=low, high=high)
