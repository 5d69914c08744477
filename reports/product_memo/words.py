"""How the memo names and prints what a product file holds: fields, units, parties, wrappers, verdicts."""

from credit.sourced import Sourced
from credit.wrapper_rules import wrapper_rules
from reports.blocks import Verdict
from reports.edition import Edition
from reports.numbers import number
from reports.product_memo.offer import Offer
from reports.product_memo.verdicts import Finding


def titled(edition: Edition, thing: object) -> str:
    """The printed name of a product, form or wrapper, which carry an English and a Chinese one."""
    return getattr(thing, "title_zh" if edition.texts.language == "zh" else "title")


def word(edition: Edition, group: str, name: str) -> str:
    """A name of the data in words; a name that the catalogue does not know is told as it is written."""
    key = f"{group}.{name}"
    return edition.say(key) if edition.texts.knows(key) else name.replace("_", " ")


def wrapper_name(edition: Edition, wrapper: str) -> str:
    """A legal wrapper's printed name."""
    return titled(edition, wrapper_rules(wrapper))


def shape_name(edition: Edition, offer: Offer, gap: str | None = None) -> str:
    """Wrapper and lender of an offer."""
    wrapper, lender = wrapper_name(edition, offer.setting.wrapper), word(edition, "lenders", offer.setting.lender)
    return edition.say("shape", wrapper=wrapper, lender=lender) if gap is None else f"{wrapper}{gap}{lender}"


def in_sentence(edition: Edition, name: str) -> str:
    """A printed name as it stands within a sentence: English writes it small, unless it is an abbreviation."""
    return name[:1].lower() + name[1:] if edition.texts.language == "en" and name[1:2].islower() else name


def quantity(edition: Edition, stated: Sourced, value: float | None = None) -> str:
    """A sourced number, or another value of it, in its unit."""
    found = stated.value if value is None else value
    unit = getattr(stated, "unit", "")
    if unit == "share":
        return edition.numbers.share(found)
    if unit == "yuan":
        return edition.numbers.money(found * 100)
    if unit == "share per day":
        return edition.say("units.day_rate", value=number(found * 100, 4 if round(found * 1e6) % 10 else 3))
    if unit == "share per year":
        return edition.say("units.year_rate", value=edition.numbers.share(found))
    if unit == "days":
        return edition.numbers.days(found)
    if unit == "months":
        return edition.numbers.months(found)
    if unit == "multiple of the loan":
        return edition.say("units.multiple", value=number(found, 2))
    return number(found, 0 if float(found).is_integer() else 2)


def judged(edition: Edition, finding: Finding, value: float) -> str:
    """A number of the product appetite in its unit."""
    unit = finding.rule.unit
    if unit == "count":
        return edition.numbers.count(value)
    if unit == "multiple":
        return edition.say("units.multiple", value=number(value, 2))
    return edition.numbers.points(value, 1, signed=False) if unit == "points" else percent(edition, value)


def percent(edition: Edition, share: float, decimals: int = 1) -> str:
    """A share in per cent with a fixed number of decimals, so that numbers in a column compare."""
    return edition.numbers.share(share, decimals)


def verdict_word(edition: Edition, verdict: Verdict) -> str:
    """A verdict in a cell, marked for its colour; the word alone carries the meaning in grey."""
    return f"[{edition.say(f'verdicts.{verdict}')}]{{.{verdict}}}"


def product_source(edition: Edition) -> str:
    """The source line of what follows from the product file."""
    return edition.say("frame.source_product")


def chart_money(edition: Edition, amount_fen: float) -> float:
    """An amount in the unit of the memo's charts."""
    return amount_fen / int(edition.say("units.chart_money_fen"))
