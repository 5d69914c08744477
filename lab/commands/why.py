"""`creditlab why`: why a firm was refused, throttled, saved or lost, day by day, from what a run has left."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from pydantic import Field

from credit.errors import BadInput, Problem
from credit.files import write_bytes, write_text
from lab.answer import Answer
from lab.firm_fate import FATES, Fate, fate_of, paragraph
from lab.firm_story import Happened, happenings, yuan
from lab.output import give
from sim.books.kept_events import KeptRun, read_run

if TYPE_CHECKING:
    from rich.console import Console

PICTURES = (".png", ".svg")
TURN = 2
"""Weight of a turning point; they are numbered as in the picture."""


class HappenedTold(Answer):
    """Something that happened to the firm."""

    day: date = Field(description="The day.")
    until: date | None = Field(description="Last day of equal events in a row; null for one.")
    times: int = Field(description="Equal events in a row, count.")
    kind: str = Field(description="What kind of event, a short name.")
    words: str = Field(description="What happened, in words.")
    amount_fen: int | None = Field(description="Their sum where there is one, fen.")
    is_hidden: bool = Field(description="The platform could not see it.")
    weight: int = Field(description="0 daily course, 1 matters, 2 turning point; a rank.")


class WhyAnswer(Answer):
    """Why a firm was refused, throttled, saved or lost."""

    firm_id: str = Field(description="The firm.")
    fate: Fate = Field(description="lost, saved, throttled, refused, served or never_asked.")
    meaning: str = Field(description="The fate in words.")
    paragraph: str = Field(description="The answer in one paragraph.")
    until: date = Field(description="Last day of the run.")
    has_events: bool = Field(description="The run kept hidden events: simulate --out DIR --events.")
    days: list[HappenedTold] = Field(description="What happened, in order.")


def run(firm: str, folder: Path, picture: Path | None, *, show_all: bool, as_json: bool) -> None:
    """Tell of one firm.

    Raises:
        BadInput: the folder holds no tables, the firm is not in them, or the picture's name ends in neither .png nor
            .svg.
    """
    if picture is not None and picture.suffix not in PICTURES:
        raise BadInput(Problem(f"must end in one of: {', '.join(PICTURES)}", field="--picture", value=str(picture)))
    kept = read_run(folder)
    known = kept.tables["firms"]["firm_id"].astype(str)
    if firm not in set(known):
        rule = f"must be one of the {known.nunique()} firms of the run, such as {known.iloc[0]}" if len(known) else None
        raise BadInput(Problem(rule or "the run has no firms", file=str(folder), field="FIRM", value=firm))
    last = last_day(kept)
    told = happenings(kept, firm, last)
    answer = answer_of(kept, firm, told, last)
    if picture is not None:
        from lab.firm_picture import drawn, png, svg

        figure = drawn(kept, firm, told, last)
        if picture.suffix == ".svg":
            write_text(picture, svg(figure))
        else:
            write_bytes(picture, png(figure))
    give(answer, as_json, page(answer, picture, show_all=show_all))


def last_day(kept: KeptRun) -> date:
    """The last day that the tables tell of."""
    prices = kept.tables["resin_prices"]["date"]
    days = [prices.max(), kept.tables["decisions"]["decided_on"].max(), kept.tables["invoices"]["issued_on"].max()]
    return max(pd.Timestamp(day).date() for day in days if pd.notna(day))


def answer_of(kept: KeptRun, firm: str, told: list[Happened], last: date) -> WhyAnswer:
    """The answer about a firm."""
    fate = fate_of(kept, firm, told)
    return WhyAnswer(
        firm_id=firm,
        fate=fate,
        meaning=FATES[fate],
        paragraph=paragraph(kept, firm, fate, told, last),
        until=last,
        has_events=bool(kept.hidden),
        days=[HappenedTold.model_validate(one) for one in told],
    )


def page(answer: WhyAnswer, picture: Path | None, *, show_all: bool) -> "Callable[[Console], None]":
    """The paragraph, then line by line what mattered; with `show_all` the daily course too."""

    def show(console: "Console") -> None:
        from rich.table import Table

        console.print(f"[bold]{answer.firm_id}: {answer.fate.replace('_', ' ')}[/]")
        console.print(answer.paragraph, markup=False)
        console.print()
        lines = [one for one in answer.days if show_all or one.weight > 0]
        table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
        for _ in range(3):
            table.add_column()
        turns = 0
        for one in lines:
            when = f"{one.day}" if one.until in (None, one.day) else f"{one.day} to {one.until}"
            turns += one.weight == TURN
            amount = "" if one.amount_fen is None or yuan(one.amount_fen) in one.words else f", {yuan(one.amount_fen)}"
            times = "" if one.times == 1 else f" ({one.times} times{amount})" if amount else f" ({one.times} times)"
            hidden = " (not visible to the platform)" if one.is_hidden else ""
            told = f"{one.words}{times or amount}{hidden}"
            is_turn = one.weight == TURN
            table.add_row(str(turns) if is_turn else "", when, f"[bold]{told}[/]" if is_turn else told)
        console.print(table)
        if not show_all and len(lines) < len(answer.days):
            console.print(f"\nThe daily course, {len(answer.days) - len(lines)} more lines: --all")
        if not answer.has_events:
            console.print("\nThe run kept no events beyond its tables; simulate --out DIR --events keeps them.")
        if picture is not None:
            console.print(f"\nPicture: {picture}")

    return show
