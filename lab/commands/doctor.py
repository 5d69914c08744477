"""`creditlab doctor`: what is in place, what is missing, and the command that mends it."""

from typing import TYPE_CHECKING, Literal

import typer
from pydantic import Field

from lab.answer import Answer
from lab.examinations import EXAMINATIONS, examine
from lab.output import EXIT_FAILED, give, progress

if TYPE_CHECKING:
    from rich.console import Console

_SIGNS = {"ok": "[green]ok[/]", "warn": "[yellow]warn[/]", "missing": "[bold red]missing[/]"}


class FindingAnswer(Answer):
    """What one examination found."""

    about: str = Field(description="What was examined.")
    state: Literal["ok", "warn", "missing"] = Field(
        description="ok; warn: the work goes on with less; missing: something needed is not there."
    )
    found: str = Field(description="What is there, in words.")
    remedy: str | None = Field(description="The command or step that mends it; null when nothing is to be mended.")


class DoctorAnswer(Answer):
    """The state of the installation."""

    is_healthy: bool = Field(description="Whether nothing needed is missing (the exit code is then 0, otherwise 1).")
    findings: list[FindingAnswer] = Field(description="One entry for each examination, in a fixed order.")


def run(as_json: bool = False) -> None:
    """Examine the installation and say what is missing.

    Raises:
        typer.Exit: with code 1, something needed is missing.
    """
    with progress("Examining", len(EXAMINATIONS)) as advance:
        findings = [FindingAnswer.model_validate(finding) for finding in examine(advance)]
    answer = DoctorAnswer(is_healthy=all(one.state != "missing" for one in findings), findings=findings)
    give(answer, as_json, lambda console: _show(answer, console))
    if not answer.is_healthy:
        raise typer.Exit(EXIT_FAILED)


def _show(answer: DoctorAnswer, console: "Console") -> None:
    from rich.markup import escape
    from rich.table import Table

    table = Table.grid(padding=(0, 2))
    for one in answer.findings:
        table.add_row(_SIGNS[one.state], one.about, escape(one.found))
        if one.remedy:
            table.add_row("", "", f"[bold]→ {escape(one.remedy)}[/]")
    console.print(table)
    console.print("Nothing needed is missing." if answer.is_healthy else "Something needed is missing, see above.")
