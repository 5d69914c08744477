"""What would change the answer, lever by lever."""

from collections.abc import Sequence

from reports.blocks import Block, Table
from reports.edition import Edition
from reports.limit_rules import SEVERITY
from reports.product_memo.changes import Flip, Lever, Shape, flips
from reports.product_memo.offer import Offer
from reports.product_memo.verdicts import verdict
from reports.product_memo.words import in_sentence, percent, quantity, shape_name, verdict_word, word
from reports.tables import columns


def levers_blocks(edition: Edition, offer: Offer, shapes: Sequence[Shape]) -> list[Block]:
    """The levers of the offer as it stands and, where another legal shape fares better, those of the best one there."""
    blocks: list[Block] = [levers_table(edition, offer, "table-levers")]
    best = min(shapes, key=lambda shape: SEVERITY[shape.verdict])
    if SEVERITY[best.verdict] < SEVERITY[verdict(offer)]:
        told = {
            "shape": in_sentence(edition, shape_name(edition, best.offer)),
            "verdict": edition.say(f"verdicts.{best.verdict}"),
        }
        blocks.append(edition.prose("levers.elsewhere", **told))
        blocks.append(levers_table(edition, best.offer, "table-levers-elsewhere"))
    return blocks


def levers_table(edition: Edition, offer: Offer, anchor: str) -> Table:
    """Each lever alone: where it stands, and the nearest values with another verdict, below and above."""
    found = flips(offer)
    every = [flip for _, nearest in found for flip in nearest]
    # whoever is told "no" or "perhaps" wants to know first what would help
    every = [flip for flip in every if SEVERITY[flip.becomes] < SEVERITY[verdict(offer)]] or every
    if every:
        closest = min(every, key=lambda flip: flip.distance)
        finding = edition.say(
            "levers.finding.some",
            lever=in_sentence(edition, _name(edition, closest.lever)),
            now=_printed(edition, offer, closest.lever, closest.lever.now),
            value=_printed(edition, offer, closest.lever, closest.value),
            verdict=edition.say(f"verdicts.{closest.becomes}"),
        )
    else:
        finding = edition.say("levers.finding.none")
    rows = []
    for lever, nearest in found:
        below = next((flip for flip in nearest if flip.value < lever.now), None)
        above = next((flip for flip in nearest if flip.value > lever.now), None)
        rows.append(
            [
                _name(edition, lever),
                _printed(edition, offer, lever, lever.now),
                _told(edition, offer, lever, below, lever.low),
                _told(edition, offer, lever, above, lever.high),
            ]
        )
    return Table(
        anchor=anchor,
        finding=finding,
        caption=edition.say("levers.caption"),
        source=edition.say("frame.source_computed"),
        columns=columns(edition, "levers", ("lever", "now", "below", "above"), (1.7, 1.1, 2.0, 2.0), right_from=4),
        rows=rows,
    )


def _name(edition: Edition, lever: Lever) -> str:
    return edition.say("levers.pd") if not lever.field else word(edition, "levers.names", lever.field)


def _printed(edition: Edition, offer: Offer, lever: Lever, value: float) -> str:
    if not lever.field:
        return edition.numbers.share(value)
    if lever.name == "lgd":
        return percent(edition, value)
    if lever.field == "term":
        return quantity(edition, offer.form.own_term.default, value)
    return quantity(edition, getattr(offer.form, lever.field), value)


def _told(edition: Edition, offer: Offer, lever: Lever, flip: Flip | None, end: float) -> str:
    """A flip's value with the verdict there, or how far the lever went without one."""
    if flip is None:
        key = "no_room" if abs(end - lever.now) < lever.unit / 2 else "unmoved"
        return f"[{edition.say(f'levers.{key}', end=_printed(edition, offer, lever, end))}]{{.quiet}}"
    return f"{_printed(edition, offer, lever, flip.value)} {verdict_word(edition, flip.becomes)}"
