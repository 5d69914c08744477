"""The answer first: go, caution or no-go, in words, with the figures it rests on."""

from collections.abc import Sequence

from credit.products import Product
from credit.rating import load_master_scale
from reports.blocks import Column, Cover, KeyFigure, Table
from reports.catalogue import named_values
from reports.edition import Edition
from reports.limit_rules import SEVERITY
from reports.product_memo.changes import Shape
from reports.product_memo.offer import Offer
from reports.product_memo.verdicts import Finding, verdict_of
from reports.product_memo.words import in_sentence, judged, percent, shape_name, titled
from reports.tables import level_mark

COVER_RULES = ("cap_room", "raroc", "break_even_multiple", "bad_year_raroc")
"""The four rules whose figures stand on the cover; they apply to every form."""

MOST_REASONS = 3


def cover(
    edition: Edition, product: Product, offer: Offer, findings: Sequence[Finding], shapes: Sequence[Shape]
) -> Cover:
    """The first page: question, answer, reasons, four figures, and for whom the memo is told."""
    level = verdict_of(findings)
    numbers, setting = edition.numbers, offer.setting
    counts = {"rules": numbers.count(len(findings))}
    if level != "go":
        counts["count"] = numbers.count(sum(item.level == level for item in findings))
    by_name = {item.name: item for item in findings}
    grade = str(load_master_scale().grade_of(setting.pd_annual))
    return Cover(
        title=edition.say("title", product=titled(edition, product)),
        question=edition.say(
            "question",
            form=titled(edition, offer.form),
            shape=in_sentence(edition, shape_name(edition, offer)),
        ),
        verdict=level,
        verdict_word=edition.say(f"verdicts.{level}"),
        answer=edition.say(f"answer.{level}", **counts),
        reasons=[*(reason(edition, item) for item in _gravest(findings)), *_way_out(edition, offer, level, shapes)],
        key_figures=[_key_figure(edition, by_name[name]) for name in COVER_RULES],
        facts=[
            (edition.say("facts.form"), titled(edition, offer.form)),
            (edition.say("facts.shape"), shape_name(edition, offer)),
            (edition.say("facts.day"), numbers.day(setting.day)),
            (
                edition.say("facts.client"),
                edition.say("facts.client_value", pd=numbers.share(setting.pd_annual), grade=grade),
            ),
        ],
    )


def reason(edition: Edition, finding: Finding) -> str:
    """One rule's finding as a sentence; a multiple of what does not exist is told as just that."""
    if finding.name == "size_multiple" and finding.value == 0.0:
        return edition.say("rules.size_multiple.never")
    values = {"value": judged(edition, finding, finding.value), "go": judged(edition, finding, finding.limits.go)}
    if finding.level != "go":
        values["stop"] = judged(edition, finding, finding.limits.stop)
    key = f"rules.{finding.name}.{finding.level}"
    wanted = named_values(edition.texts.texts()[key])  # rules of law name no limits: they are zero
    return edition.say(key, **{name: value for name, value in values.items() if name in wanted})


def rules_table(edition: Edition, findings: Sequence[Finding]) -> Table:
    """Every rule of the appetite that applies, with its number, its limits and what follows."""
    count = {level: sum(item.level == level for item in findings) for level in ("go", "caution", "stop")}
    heads, weights = ("rule", "level", "value", "go", "stop"), (3.4, 1.0, 1.0, 1.0, 1.0)
    return Table(
        anchor="table-rules",
        finding=edition.say(
            "answer.table.finding",
            kept=edition.numbers.count(count["go"]),
            watched=edition.numbers.count(count["caution"]),
            broken=edition.numbers.count(count["stop"]),
        ),
        caption=edition.say("answer.table.caption"),
        source=edition.say("answer.table.source"),
        columns=[
            Column(
                head=edition.say(f"answer.table.columns.{name}"),
                align="left" if name in {"rule", "level"} else "right",
                weight=weight,
            )
            for name, weight in zip(heads, weights, strict=True)
        ],
        rows=[
            [
                edition.say(f"rules.{item.name}.name"),
                level_mark(edition, item.level),
                f"**{judged(edition, item, item.value)}**",
                judged(edition, item, item.limits.go),
                judged(edition, item, item.limits.stop),
            ]
            for item in findings
        ],
    )


def _gravest(findings: Sequence[Finding]) -> list[Finding]:
    """The rules that carry the answer, the gravest first: those not kept or, where all were, the first few."""
    told = [item for item in findings if item.level != "go"] or list(findings)
    return sorted(told, key=lambda item: -SEVERITY[item.level])[:MOST_REASONS]


def _way_out(edition: Edition, offer: Offer, level: str, shapes: Sequence[Shape]) -> list[str]:
    """Where the same terms would be judged more mildly: the legal shapes with the best verdict, if that is better."""
    best = min(shapes, key=lambda shape: SEVERITY[shape.verdict])
    if SEVERITY[best.verdict] >= SEVERITY[level]:  # type: ignore[index]
        return []
    names = [
        in_sentence(edition, shape_name(edition, shape.offer)) for shape in shapes if shape.verdict == best.verdict
    ]
    key = f"answer.elsewhere.{best.verdict}"
    return [edition.say(key, shapes=edition.numbers.listed(names), rate=percent(edition, offer.nominal))]


def _on_cover(edition: Edition, finding: Finding) -> str:
    """A key figure: large letters have no room for the name of a unit."""
    is_points = finding.rule.unit == "points"
    return percent(edition, finding.value) if is_points else judged(edition, finding, finding.value)


def _key_figure(edition: Edition, finding: Finding) -> KeyFigure:
    key = f"rules.{finding.name}"
    limits = {
        "go": judged(edition, finding, finding.limits.go),
        "stop": judged(edition, finding, finding.limits.stop),
    }
    return KeyFigure(
        label=edition.say(f"{key}.cover_label"),
        value=_on_cover(edition, finding),
        note=edition.say(f"{key}.cover_note", **limits),
        level=finding.level,
    )
