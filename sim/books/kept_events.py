"""What a run leaves behind for whoever asks why: its tables, and on request what no table holds.

A folder holds the eleven observable tables, and `learning/` where the platform learnt. With `events/` in it, it also
holds `story.json` (what was done to the market, and when) and the hidden truth of `sim.attribution.hindsight`:
`losses`, `cascades`, `strains` and `cash` as Parquet; beside it lies `records/` (`sim.books.kept_records`), from which
`creditlab audit` reckons every fen anew.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from credit.errors import BadInput, Problem
from credit.files import folder_written_whole, write_json
from credit.table_specs import TABLES
from credit.tables import read_parquet, read_tables, write_parquet_files
from credit.validation_words import problems_of
from sim.books.kept_records import RECORDS
from sim.learning.versions import write_versions

EVENTS, LEARNING, STORY = "events", "learning", "story.json"
HIDDEN = ("losses", "cascades", "strains", "cash")


class OutsideMove(BaseModel):
    """Something that a scenario does to everybody.

    Attributes:
        channel: what it moves.
        begins_on: its first day.
        source: who says that it can happen.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    channel: str
    begins_on: date
    source: str


class RunStory(BaseModel):
    """What was done to a market.

    Attributes:
        scenario: its name.
        title: what a reader is told.
        seed: of every draw.
        first_observed_day: the burn-in lies before it.
        moves: what the scenario does.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    scenario: str
    title: str
    seed: int
    first_observed_day: date
    moves: tuple[OutsideMove, ...] = ()


@dataclass(frozen=True)
class KeptRun:
    """A run's folder, read back.

    Attributes:
        tables: the eleven observable tables.
        story: what was done to the market; None where no events were kept.
        hidden: HIDDEN by name; empty where no events were kept.
    """

    tables: dict[str, pd.DataFrame]
    story: RunStory | None
    hidden: dict[str, pd.DataFrame]


def write_run(market: Any, outcome: Any, folder: Path, *, with_events: bool) -> None:
    """Write the tables of a run and, where asked, what no table holds; the folder appears whole or not at all."""
    with folder_written_whole(folder) as scratch:
        write_parquet_files(outcome.tables, scratch)
        if outcome.further:
            _write_learning(outcome.further, scratch / LEARNING)
        if not with_events:
            return
        events = scratch / EVENTS
        events.mkdir()
        write_json(events / STORY, story_of(market).model_dump(mode="json"))
        for name, frame in outcome.hindsight.frames().items():
            frame.to_parquet(events / f"{name}.parquet", engine="pyarrow", compression="zstd", index=False)
        records = scratch / RECORDS
        records.mkdir()
        for name, content in outcome.hindsight.records().items():
            (records / name).write_bytes(content)


def names_in(market: Any, *, with_events: bool) -> set[str]:
    """What a run's folder will hold, so that nobody lives a market in vain."""
    names = {f"{table}.parquet" for table in TABLES}
    names |= {EVENTS, RECORDS} if with_events else set()
    return names if market.learning is None else names | {LEARNING}


def _write_learning(further: Mapping[str, pd.DataFrame], folder: Path) -> None:
    """The tables of learning, and every fitted version as JSON."""
    models = folder / "models"
    models.mkdir(parents=True)
    for name, table in further.items():
        table.to_parquet(folder / f"{name}.parquet", engine="pyarrow", compression="zstd", index=False)
    write_versions(further["models"], models)


def story_of(market: Any) -> RunStory:
    """What was done to a market, in dates."""
    story, first = market.story, market.date_of(market.settings.burn_in_days)
    moves = [
        OutsideMove(channel=channel, begins_on=first + timedelta(days=move.starts_after_days), source=move.source)
        for channel in story.channels
        for move in story.moves(channel)
    ]
    return RunStory(
        scenario=story.name,
        title=story.title,
        seed=market.seed,
        first_observed_day=first,
        moves=tuple(sorted(moves, key=lambda move: (move.begins_on, move.channel))),
    )


def read_run(folder: Path) -> KeptRun:
    """Read a run's folder.

    Raises:
        BadInput: no such folder, it holds no tables, or what it holds cannot be read.
    """
    if not folder.is_dir():
        raise BadInput(Problem("must be a folder with the tables of a run", file=str(folder)))
    if not any(folder.glob("*.parquet")) or not (folder / "firms.parquet").is_file():
        remedy = "write one by: creditlab simulate --out DIR --events"
        raise BadInput(Problem("holds no tables of a run", file=str(folder), remedy=remedy))
    if not (folder / "decisions.parquet").is_file():
        remedy = "write tables by: creditlab simulate --out DIR --events"
        raise BadInput(Problem("holds results of a run but not its tables", file=str(folder), remedy=remedy))
    tables = read_tables(folder)
    events = folder / EVENTS
    if not events.is_dir():
        return KeptRun(tables, None, {})
    return KeptRun(
        tables, _read_story(events / STORY), {name: read_parquet(events / f"{name}.parquet") for name in HIDDEN}
    )


def _read_story(path: Path) -> RunStory:
    try:
        return RunStory.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except ValidationError as error:
        raise BadInput(problems_of(error, path)) from error
    except (OSError, ValueError) as error:
        raise BadInput(Problem("cannot be read as the story of a run", file=str(path))) from error
