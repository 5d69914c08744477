"""The seven elements of the ODD protocol as Markdown, from `outline.yaml` and the sources that it names."""

import math
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from credit.files import DATA, read_yaml
from credit.parameters import Parameter, parameters
from reports.odd import sources
from sim.facts.catalogue import load_facts
from sim.scenarios.scenario import load_scenario

OUTLINE = Path(__file__).with_name("outline.yaml")
AS_OF = date(2026, 1, 1)
"""The day whose parameters are told: the first observed day of the scenarios."""
DASHES = 100


def description() -> str:
    """The whole description."""
    told = read_yaml(OUTLINE)
    parts = [
        f"# {told['title']}",
        told["lead"].strip(),
        *_purpose(told),
        *_entities(told["entities"]),
        *_processes(),
        *_concepts(told["concepts"]),
        *_initialisation(told["initialisation"]),
        *_input_data(),
        *_submodels(told["submodels"]),
        *_parameters(told["parameters"]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _purpose(told: dict[str, Any]) -> Iterable[str]:
    yield "## 1. Purpose and patterns"
    yield told["purpose"].strip()
    yield told["patterns"].strip()
    facts = load_facts()
    rows = [
        [one.meaning, f"{_band(one.band)} {one.unit}", one.role.replace("_", " "), one.basis, one.source]
        for one in facts.values()
    ]
    yield _table(("fact", "band", "role", "band is", "source"), (34, 18, 9, 12, 27), rows)


def _entities(told: Sequence[dict[str, str]]) -> Iterable[str]:
    yield "## 2. Entities, state variables and scales"
    known = parameters("market")
    frame = ("burn_in_days", "firms_a_town", "suppliers", "lenders")
    yield (
        "**Scales.** A step is a day; what is slower happens on its weekday or at the month's end. Money is counted in "
        "whole fen, mass in whole grams, shares in ppm (parts of a million), with one rounding rule (half to even), so "
        "that conservation is exact and audited every day."
    )
    rows = [[known[name].meaning, f"{_number(known.value(name, AS_OF))} {known[name].unit}"] for name in frame]
    yield _table(("scale", "value"), (80, 20), rows)
    for one in told:
        kind = sources.class_named(one["class"])
        yield f"### {one['name']}"
        yield " ".join(part for part in (one["lead"], sources.said_of_class(kind)) if part)
        rows = [[f"`{field.name}`", field.unit, _sentence(field.meaning)] for field in sources.fields_of(kind)]
        if rows:
            yield _table(("variable", "unit", "meaning"), (28, 14, 58), rows)


def _processes() -> Iterable[str]:
    yield "## 3. Process overview and scheduling"
    yield (
        "A day is the following list, in this order; it is the text of `Market.step`. Contended capacity goes by keyed "
        "lot and never by the order of agents; payments between agents within a phase are ordered by due day and lot."
    )
    rows = [[str(number), one.name, one.told, f"`{one.module}`"] for number, one in enumerate(sources.phases(), 1)]
    yield _table(("", "phase", "what happens", "where"), (5, 23, 52, 20), rows)


def _concepts(told: Sequence[dict[str, Any]]) -> Iterable[str]:
    yield "## 4. Design concepts"
    for one in told:
        yield f"### {one['name']}"
        yield one["lead"]
        yield from _said(one["modules"])


def _initialisation(modules: Sequence[str]) -> Iterable[str]:
    yield "## 5. Initialisation"
    yield (
        "A market opens aged: with receivables, stocks and ties as if it had always been there, and then lives its "
        "burn-in. Every trait of a firm is a draw of that firm alone."
    )
    yield from _said(modules)


def _input_data() -> Iterable[str]:
    yield "## 6. Input data"
    yield (
        "The market reads no time series: resin prices are drawn (see Stochasticity), calibrated on exchange prices. "
        "What is done to it from outside are scenarios, files with dated moves and sources, which can be graded "
        "(`@1.5`), composed (`+`) and delayed."
    )
    rows = []
    for path in sorted((DATA / "scenarios").glob("*.yaml")):
        story = load_scenario(path.stem)
        where = "; ".join(dict.fromkeys(move.source for channel in story.channels for move in story.moves(channel)))
        rows.append(
            [f"`{story.name}`", f"{story.title}. {story.description.strip()}", ", ".join(story.channels), where]
        )
    yield _table(("scenario", "story", "moves", "source"), (18, 36, 16, 30), rows)


def _submodels(told: Sequence[dict[str, Any]]) -> Iterable[str]:
    yield "## 7. Submodels"
    for one in told:
        yield f"### {one['name']}"
        yield from _said(one["modules"])
        if "functions" in one:
            rows = [[f"`{name}`", text] for name, text in sources.functions_of(one["functions"])]
            yield _table(("rule", "what it says"), (30, 70), rows)


def _parameters(told: Sequence[dict[str, str]]) -> Iterable[str]:
    yield "## Parameters"
    yield (
        f"Values in force on {AS_OF}, with the range over which they are drawn and how far they can be trusted; "
        "`assumption` marks what nobody measured."
    )
    for one in told:
        known = parameters(one["file"])
        yield f"### {one['name']} (`data/parameters/{one['file']}.yaml`)"
        yield _table(
            ("parameter and meaning", "value", "range", "unit", "trust and source"), (38, 10, 14, 12, 26),
            [_parameter_row(name, known[name]) for name in known],
        )  # fmt: skip


def _parameter_row(name: str, known: Parameter) -> list[str]:
    now = known.on(AS_OF)
    span = "" if now.low is None or now.high is None else f"{_number(now.low)} to {_number(now.high)}"
    return [f"`{name}`: {known.meaning}", _number(now.value), span, known.unit, f"{now.confidence}: {now.source}"]


def _said(modules: Iterable[str]) -> Iterable[str]:
    for name in modules:
        yield f"**`{name}`**: {sources.said_of_module(name)}"


def _number(value: float) -> str:
    if isinstance(value, str) or value is None:
        return str(value)
    if not math.isfinite(value):
        return "no bound"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.6g}"


def _band(band: Any) -> str:
    if band.low is None:
        return f"at most {_number(band.high)}"
    return f"at least {_number(band.low)}" if band.high is None else f"{_number(band.low)} to {_number(band.high)}"


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:]


def _table(heads: Sequence[str], widths: Sequence[int], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table whose rule gives the widths of the columns."""
    rule = [":" + "-" * max(round(width / sum(widths) * DASHES) - 1, 3) for width in widths]
    lines = [list(heads), rule, *([" ".join(cell.replace("|", "/").split()) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
