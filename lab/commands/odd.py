"""`creditlab odd`: the market described by the ODD protocol, from its own sources."""

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from lab.answer import Answer
from lab.output import give
from reports.odd.document import write

if TYPE_CHECKING:
    from rich.console import Console


class OddAnswer(Answer):
    """Where the description stands."""

    file: str = Field(description="Path of the description.")
    sha256: str = Field(description="SHA-256 of the file, hexadecimal; the same sources give the same bytes.")


def run(out: Path, *, as_json: bool) -> None:
    """Write the description and say where it is."""
    content = write(out)
    answer = OddAnswer(file=str(out), sha256=sha256(content).hexdigest())

    def show(console: "Console") -> None:
        console.print(f"[bold]The market by the ODD protocol[/]: {answer.file}")

    give(answer, as_json, show)
