"""The answer first: fit for use, with conditions, or not; the findings with severity and owner."""

from collections.abc import Sequence

from credit.validation.review_contents import Review
from reports.blocks import Column, Cover, KeyFigure, Prose, Table
from reports.edition import Edition
from reports.limit_rules import SEVERITY
from reports.model_validation.verdicts import Finding, verdict_of
from reports.model_validation.words import judged, label, model_name, source
from reports.tables import level_mark

ON_COVER = (
    "discrimination",
    "discrimination_later",
    "level_later",
    "points_shift",
    "slope",
    "fairness_approval",
    "level",
)
"""The first four that apply stand on the cover: later rows before random ones, except for the first."""
MOST_REASONS = 3


def cover(edition: Edition, review: Review, findings: Sequence[Finding]) -> Cover:
    """The first page: question, answer, reasons, four figures, and what was judged."""
    level, numbers = verdict_of(findings), edition.numbers
    broken = [item for item in findings if item.level == "stop"]
    watched = [item for item in findings if item.level == "caution"]
    counts = {"rules": numbers.count(len(findings))}
    if level != "go":
        counts["count"] = numbers.count(len(broken if level == "stop" else watched))
    applying = {item.name: item for item in findings}
    dated = review.vintage_first and review.vintage_last
    return Cover(
        title=edition.say("title", model=model_name(edition, review.model)),
        question=edition.say(
            "question", model=model_name(edition, review.model), data=edition.say(f"datasets.{_known(review)}")
        ),
        verdict=level,
        verdict_word=edition.say(f"verdicts.{level}"),
        answer=edition.say(f"answer.{level}", **counts),
        reasons=[sentence(edition, item) for item in gravest(findings)[:MOST_REASONS]],
        key_figures=[_key_figure(edition, applying[name]) for name in [n for n in ON_COVER if n in applying][:4]],
        facts=[
            (edition.say("facts.data"), edition.say(f"datasets.{_known(review)}")),
            (edition.say("facts.rows"), numbers.count(review.rows)),
            (edition.say("facts.defaults"), f"{numbers.count(review.defaults)} ({numbers.share(review.default_rate)})"),
            (
                edition.say("facts.vintages"),
                edition.say("units.interval", low=str(review.vintage_first), high=str(review.vintage_last))
                if dated
                else edition.say("facts.undated"),
            ),
        ],
    )


def sentence(edition: Edition, finding: Finding) -> str:
    """One rule's finding as a sentence: what was found, and the two limits."""
    return edition.say(
        f"rules.{finding.name}.finding",
        value=judged(edition, finding, finding.value),
        go=judged(edition, finding, finding.limits.go),
        stop=judged(edition, finding, finding.limits.stop),
    )


def gravest(findings: Sequence[Finding]) -> list[Finding]:
    """The rules that carry the answer, the gravest first: those not kept or, where all were, all of them."""
    told = [item for item in findings if item.level != "go"] or list(findings)
    return sorted(told, key=lambda item: -SEVERITY[item.level])


def findings_table(edition: Edition, findings: Sequence[Finding]) -> Table | Prose:
    """What must be mended, by whom, gravest first; a sentence where nothing must."""
    open_ones = [item for item in gravest(findings) if item.level != "go"]
    if not open_ones:
        return edition.prose("findings.none")
    columns = (("number", 0.45, "right"), ("finding", 4.6, "left"), ("severity", 0.9, "left"), ("owner", 1.3, "left"))
    return Table(
        anchor="table-findings",
        finding=edition.say("findings.finding", count=edition.numbers.count(len(open_ones))),
        caption=edition.say("findings.caption"),
        source=edition.say("findings.source"),
        columns=[
            Column(head=edition.say(f"findings.columns.{name}"), weight=weight, align=align)
            for name, weight, align in columns
        ],
        rows=[
            [
                str(number),
                edition.say("units.sentence_gap").join(
                    [sentence(edition, item), edition.say(f"rules.{item.name}.remedy")]
                ),
                f"[{edition.say(f'severity.{item.level}')}]{{.{item.level}}}",
                edition.say(f"owners.{item.rule.owner}"),
            ]
            for number, item in enumerate(open_ones, 1)
        ],
    )


def rules_table(edition: Edition, findings: Sequence[Finding]) -> Table:
    """Every rule that applies, with its number and its limits."""
    count = {level: sum(item.level == level for item in findings) for level in ("go", "caution", "stop")}
    heads, weights = ("rule", "level", "value", "go", "stop"), (3.4, 1.0, 0.9, 0.9, 0.9)
    return Table(
        anchor="table-rules",
        finding=edition.say(
            "rules_table.finding",
            kept=edition.numbers.count(count["go"]),
            watched=edition.numbers.count(count["caution"]),
            broken=edition.numbers.count(count["stop"]),
        ),
        caption=edition.say("rules_table.caption"),
        source=edition.say("findings.source"),
        columns=[
            Column(
                head=edition.say(f"rules_table.columns.{name}"),
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


def outcome_told(edition: Edition, review: Review) -> str:
    """The definition of default, in the reader's language where the data set is known."""
    key = f"outcomes.{review.dataset}"
    return edition.say(key) if edition.texts.knows(key) else review.outcome


def sample_table(edition: Edition, review: Review) -> Table:
    """Rows read, left out by reason, judged."""
    numbers = edition.numbers
    rows = [[edition.say("sample.rows.read"), numbers.count(review.rows_read), "100.0%"]]
    for reason, count in review.exclusions.items():
        rows.append([edition.say("sample.rows.left_out", reason=label(edition, reason)), numbers.count(count),
                     numbers.share(count / review.rows_read)])  # fmt: skip
    rows.append([f"**{edition.say('sample.rows.judged')}**", f"**{numbers.count(review.rows)}**",
                 numbers.share(review.rows / review.rows_read)])  # fmt: skip
    rows.append([edition.say("sample.rows.defaults"), numbers.count(review.defaults),
                 numbers.share(review.defaults / review.rows_read)])  # fmt: skip
    rows.append([edition.say("sample.rows.effective"), numbers.count(review.effective_rows), ""])
    return Table(
        anchor="table-sample",
        finding=edition.say("sample.finding", rate=numbers.share(review.default_rate)),
        caption=edition.say("sample.caption"),
        source=source(edition, review.dataset),
        columns=[
            Column(head=edition.say(f"sample.columns.{name}"), weight=weight, align=align)
            for name, weight, align in (("what", 3.6, "left"), ("rows", 1.0, "right"), ("share", 1.0, "right"))
        ],
        rows=rows,
    )


_NAMED = ("sba", "german", "polish", "platform", "made_up")


def _known(review: Review) -> str:
    return review.dataset if review.dataset in _NAMED else "table"


def _key_figure(edition: Edition, finding: Finding) -> KeyFigure:
    key = f"rules.{finding.name}"
    limits = {
        "go": judged(edition, finding, finding.limits.go),
        "stop": judged(edition, finding, finding.limits.stop),
    }
    return KeyFigure(
        label=edition.say(f"{key}.cover_label"),
        value=judged(edition, finding, finding.value),
        note=edition.say(f"{key}.cover_note", **limits),
        level=finding.level,
    )
