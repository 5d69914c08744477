"""`creditlab ladder overrides`: how often people overrule the model, and what became of those clients."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field
from rich.box import SIMPLE
from rich.table import Table

from credit.errors import BadInput, Problem
from credit.override_report import Group, OverrideReport, report
from credit.overrides import REASON_CODES, Override, marked, read
from credit.tables import read_tables
from lab.answer import Answer
from lab.output import give

if TYPE_CHECKING:
    from rich.console import Console

HORIZON_DAYS = 365


class GroupTold(Answer):
    """Decisions of one kind."""

    name: str = Field(description="model_followed, overridden, or the reason code of overrides.")
    decisions: int = Field(description="How many; count.")
    matured: int = Field(description="Financed ones whose horizon is over; count.")
    defaults: int = Field(description="Matured ones whose firm defaulted within the horizon; count.")
    default_rate: float | None = Field(description="Defaults over matured; share; null without any.")
    low: float = Field(description="Lower end of its 95 % interval (Wilson); share.")
    high: float = Field(description="Upper end of that interval; share.")


class OverridesAnswer(Answer):
    """How often the model is overruled, and how those decisions ended beside the others; no experiment."""

    as_of: date = Field(description="Nothing later is counted.")
    horizon_days: int = Field(description="A decision is judged on defaults of its firm so long after it; days.")
    logged: int = Field(description="Overrides in the log; count.")
    decisions: int = Field(description="Decisions in the tables by that day; count.")
    overrides: int = Field(description="Of them overruled; count.")
    override_rate: float | None = Field(description="Overrides over decisions; share; null without any.")
    override_rate_low: float = Field(description="Lower end of its 95 % interval (Wilson); share.")
    override_rate_high: float = Field(description="Upper end of that interval; share.")
    groups: list[GroupTold] = Field(description="Model followed, overridden, and overridden by reason.")


def run(log: Path | None, tables: Path, as_of: date, *, as_json: bool) -> None:
    """Report on overrides.

    Args:
        log: the append-only log; without it the marks of the table of decisions count alone.
        tables: a folder of observable tables.
        as_of: nothing later is counted.
        as_json: print one JSON object instead of the page.

    Raises:
        BadInput: the log is absent, damaged or does not fit the tables.
    """
    if log is not None and not log.exists():
        raise BadInput(Problem("the file does not exist", file=str(log), field="LOG"))
    entries = [] if log is None else read(log)
    known = [one for one in entries if isinstance(one, Override) and one.decided_on <= as_of]
    read_in = read_tables(tables)
    told = report({**read_in, "decisions": marked(read_in["decisions"], known)}, as_of, HORIZON_DAYS)
    answer = _answer(told, as_of, len(known))
    give(answer, as_json, _page(answer))


def _answer(told: OverrideReport, as_of: date, logged: int) -> OverridesAnswer:
    return OverridesAnswer(
        as_of=as_of,
        horizon_days=HORIZON_DAYS,
        logged=logged,
        decisions=told.decisions,
        overrides=told.overrides,
        override_rate=told.override_rate,
        override_rate_low=told.low,
        override_rate_high=told.high,
        groups=[_group(group) for group in told.groups],
    )


def _group(group: Group) -> GroupTold:
    return GroupTold.model_validate(group, from_attributes=True)


def _page(answer: OverridesAnswer) -> "Callable[[Console], None]":
    def show(console: "Console") -> None:
        rate = "no decisions yet" if answer.override_rate is None else f"{answer.override_rate:.1%}"
        console.print(
            f"[bold]Overrides by {answer.as_of}[/]: {answer.overrides:,} of {answer.decisions:,} decisions, {rate} "
            f"({answer.override_rate_low:.1%} to {answer.override_rate_high:.1%})."
        )
        table = Table(box=SIMPLE)
        table.add_column("decisions")
        for heading in ("count", "judged", "defaults", "rate", "95 % interval"):
            table.add_column(heading, justify="right")
        for group in answer.groups:
            shown = "not known" if group.default_rate is None else f"{group.default_rate:.1%}"
            table.add_row(
                REASON_CODES.get(group.name, group.name.replace("_", " ")),
                f"{group.decisions:,}", f"{group.matured:,}", f"{group.defaults:,}", shown,
                f"{group.low:.1%} to {group.high:.1%}",
            )  # fmt: skip
        console.print(table)
        console.print(
            f"Judged: financed and {answer.horizon_days} days old. People choose whom to overrule: no experiment.",
            style="dim",
        )

    return show
