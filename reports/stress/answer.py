"""The answer first: the verdict of the risk appetite, in words, with the figures it rests on."""

from collections.abc import Sequence

from reports.appetite import SEVERITY, Judgement, verdict
from reports.blocks import Column, Cover, KeyFigure, Table
from reports.edition import Edition
from reports.stress.contests import Ladder
from reports.stress.ladder import sentence
from reports.stress.results import BASELINE, StressResults
from reports.tables import level_mark

COVER_RULES = ("default_rate_baseline", "loss_share_stressed", "equity_consumed", "liquidity_left")
"""The four rules whose figures stand on the cover."""

MOST_REASONS = 3


def cover(
    edition: Edition, results: StressResults, judgements: Sequence[Judgement], ladder: Ladder | None = None
) -> Cover:
    """The first page: question, answer, reasons, whether the ladder pays, four figures, and what was run."""
    level = verdict(list(judgements))
    worst = [item for item in judgements if item.level == level]
    counts = {"rules": edition.numbers.count(len(judgements))}
    if level != "go":
        counts["count"] = edition.numbers.count(len(worst))
    by_name = {item.name: item for item in judgements}
    numbers = edition.numbers
    return Cover(
        title=edition.say("title"),
        question=edition.say("question"),
        verdict=level,
        verdict_word=edition.say(f"verdicts.{level}"),
        answer=edition.say(f"answer.{level}", **counts),
        reasons=[
            *([] if ladder is None else [sentence(edition, ladder)]),
            *(reason(edition, item) for item in _gravest(judgements)),
            *_close_calls(edition, judgements),
        ],
        key_figures=[_key_figure(edition, by_name[name]) for name in COVER_RULES],
        facts=[
            (edition.say("facts.market"), edition.say("facts.market_value", firms=numbers.count(results.firms))),
            (edition.say("facts.period"), edition.say("facts.period_value", days=numbers.days(results.days))),
            (
                edition.say("facts.worlds"),
                edition.say(
                    "facts.worlds_value",
                    scenarios=numbers.listed([edition.scenario(name, "short") for name in results.scenarios]),
                ),
            ),
            (edition.say("facts.runs"), _runs_told(edition, results)),
        ],
    )


def reason(edition: Edition, judgement: Judgement) -> str:
    """One rule's finding as a sentence."""
    values = {
        "value": printed(edition, judgement, judgement.value),
        "go": printed(edition, judgement, judgement.limits.go),
    }
    if judgement.level != "go":
        values["stop"] = printed(edition, judgement, judgement.limits.stop)
    key = f"rules.{judgement.name}.{judgement.level}"
    if judgement.rule.scope == "stress":
        values["scenario"] = edition.scenario(judgement.scenario or "")
    return edition.say(key, **values)


def rules_table(edition: Edition, judgements: Sequence[Judgement]) -> Table:
    """Every rule of the appetite with its worst number, its limits and what follows."""
    broken = sum(item.level == "stop" for item in judgements)
    watched = sum(item.level == "caution" for item in judgements)
    heads = ("rule", "level", "value", "go", "stop", "where")
    weights = (3.2, 0.95, 1.75, 0.75, 0.75, 1.4)
    return Table(
        anchor="table-rules",
        finding=edition.say(
            "answer.table.finding",
            kept=edition.numbers.count(len(judgements) - broken - watched),
            watched=edition.numbers.count(watched),
            broken=edition.numbers.count(broken),
        ),
        caption=edition.say("answer.table.caption"),
        source=edition.say("answer.table.source"),
        columns=[
            Column(
                head=edition.say(f"answer.table.columns.{name}"),
                align="right" if name in {"value", "go", "stop"} else "left",
                weight=weight,
            )
            for name, weight in zip(heads, weights, strict=True)
        ],
        rows=[
            [
                edition.say(f"rules.{item.name}.name"),
                level_mark(edition, item.level),
                _found(edition, item),
                printed(edition, item, item.limits.go),
                printed(edition, item, item.limits.stop),
                _where(edition, item),
            ]
            for item in judgements
        ],
    )


def printed(edition: Edition, judgement: Judgement, value: float) -> str:
    """A rule's number in its unit."""
    return edition.numbers.share(value) if judgement.rule.unit == "share" else edition.numbers.count(value)


def _found(edition: Edition, judgement: Judgement) -> str:
    """The judged number with its interval over seeds."""
    value = f"**{printed(edition, judgement, judgement.value)}**"
    if not judgement.high > judgement.low:
        return value
    low, high = (printed(edition, judgement, end) for end in (judgement.low, judgement.high))
    return f"{value} [{edition.say('differences.interval', low=low, high=high)}]{{.quiet}}"


def _close_calls(edition: Edition, judgements: Sequence[Judgement]) -> list[str]:
    """A warning, if need be, that other seeds might have given another answer."""
    close = [edition.say(f"rules.{item.name}.cover_label") for item in judgements if item.is_close]
    return [edition.say("answer.close", rules=edition.numbers.listed(close))] if close else []


def _gravest(judgements: Sequence[Judgement]) -> list[Judgement]:
    """The rules that carry the answer, the gravest first: those not kept or, where all were, the first few."""
    told = [item for item in judgements if item.level != "go"] or list(judgements)
    return sorted(told, key=lambda item: -SEVERITY[item.level])[:MOST_REASONS]


def _key_figure(edition: Edition, judgement: Judgement) -> KeyFigure:
    key = f"rules.{judgement.name}.cover"
    limits = {
        "go": printed(edition, judgement, judgement.limits.go),
        "stop": printed(edition, judgement, judgement.limits.stop),
    }
    return KeyFigure(
        label=edition.say(f"{key}_label"),
        value=printed(edition, judgement, judgement.value),
        note=edition.say(f"{key}_note", where=_where(edition, judgement), **limits),
        level=judgement.level,
    )


def _where(edition: Edition, judgement: Judgement) -> str:
    if judgement.rule.scope == "evidence":
        return edition.say("answer.all_scenarios")
    return edition.scenario(judgement.scenario or BASELINE, "short")


def _runs_told(edition: Edition, results: StressResults) -> str:
    return edition.say(
        "facts.runs_value",
        runs=edition.numbers.count(len(results.runs)),
        seeds=edition.numbers.count(len(results.seeds)),
    )
