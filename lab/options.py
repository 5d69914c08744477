"""Options that many commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class KeepName(StrEnum):
    """How much of a run is kept."""

    daily = "daily"
    panel = "panel"
    events = "events"


Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]
OutFolder = Annotated[Path, typer.Option("--out", help="Folder to write; it appears whole or not at all.")]
Scheduler = Annotated[
    str | None, typer.Option(help="Address of a Dask cluster's scheduler that runs instead of processes here.")
]
