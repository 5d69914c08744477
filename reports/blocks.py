"""What a report is made of. A notebook cell shows blocks; the document is the blocks in order, and nothing else.

Each block travels in the notebook's outputs under a MIME type of its own, beside a plain form that Jupyter can draw. So
the executed notebook holds the whole report, and whatever else a cell prints by accident is found and refused.
"""

from abc import ABC, abstractmethod
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

MIME = "application/vnd.creditlab.block+json"

Verdict = Literal["go", "caution", "stop"]
Anchor = Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]*$")]


class Block(BaseModel, ABC):
    """One piece of a report."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: str

    @abstractmethod
    def plain(self) -> dict[str, str]:
        """The forms that Jupyter draws, by MIME type."""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {MIME: self.model_dump(mode="json"), **self.plain()}


class KeyFigure(BaseModel):
    """One of the figures on the cover.

    Attributes:
        label: what it is.
        value: the number, printed with its unit.
        note: what to hold it against.
        level: what the risk appetite says of it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    label: str
    value: str
    note: str
    level: Verdict


class Cover(Block):
    """The first page: question, answer in words, key figures.

    Attributes:
        title: the report's name.
        question: what was asked.
        verdict: the answer as one of three words, for its colour.
        verdict_word: the answer as printed.
        answer: the answer as a sentence.
        reasons: why, a few sentences.
        key_figures: four figures.
        facts: what the run was, name and value.
    """

    kind: Literal["cover"] = "cover"
    title: str
    question: str
    verdict: Verdict
    verdict_word: str
    answer: str
    reasons: list[str]
    key_figures: Annotated[list[KeyFigure], Field(min_length=4, max_length=4)]
    facts: list[tuple[str, str]]

    def plain(self) -> dict[str, str]:
        """Title and answer as Markdown."""
        figures = "\n".join(f"- {item.label}: **{item.value}** ({item.note})" for item in self.key_figures)
        return {"text/markdown": f"# {self.title}\n\n**{self.verdict_word}.** {self.answer}\n\n{figures}"}


class Heading(Block):
    """A chapter (level 1) or section (level 2); it may begin a new page in print."""

    kind: Literal["heading"] = "heading"
    begins_page: bool = False
    level: Annotated[int, Field(ge=1, le=2)] = 1
    text: str
    anchor: Anchor

    def plain(self) -> dict[str, str]:
        """The heading as Markdown."""
        return {"text/markdown": f"{'#' * (self.level + 1)} {self.text}"}


class Prose(Block):
    """Running text in Markdown."""

    kind: Literal["prose"] = "prose"
    text: str

    def plain(self) -> dict[str, str]:
        """The text itself."""
        return {"text/markdown": self.text}


class Note(Block):
    """A paragraph that must not be overlooked, such as a proof that was skipped."""

    kind: Literal["note"] = "note"
    text: str

    def plain(self) -> dict[str, str]:
        """The text as a quotation."""
        return {"text/markdown": f"> {self.text}"}


class Chart(Block):
    """A figure with what a reader needs beside it.

    Attributes:
        anchor: its name, unique in the report.
        finding: one sentence that says what the figure shows, computed from its data.
        caption: what is drawn, in which unit.
        source: "simulated" or "real" and whence, printed.
        alt: the figure in words, for those who cannot see it.
        svg: the figure for a page.
        svg_narrow: the same for a phone.
    """

    kind: Literal["chart"] = "chart"
    anchor: Anchor
    finding: str
    caption: str
    source: str
    alt: str
    svg: str
    svg_narrow: str

    def plain(self) -> dict[str, str]:
        """The picture."""
        return {"image/svg+xml": self.svg, "text/markdown": f"{self.finding}\n\n{self.caption} {self.source}"}


class Column(BaseModel):
    """A column of a table.

    Attributes:
        head: its title, with the unit.
        align: numbers stand right.
        weight: its share of the width, relative to the other columns.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    head: str
    align: Literal["left", "right"] = "left"
    weight: Annotated[float, Field(gt=0)] = 1.0


class Table(Block):
    """A table of printed cells.

    Attributes:
        anchor: its name, unique in the report.
        finding: one sentence that says what it shows; empty where the table only records.
        caption: what it lists.
        source: "simulated" or "real" and whence, printed.
        columns: titles, alignment, widths.
        rows: printed cells; Markdown marks are allowed.
        is_roomy: whether people write into it.
    """

    kind: Literal["table"] = "table"
    anchor: Anchor
    finding: str = ""
    caption: str
    source: str
    columns: list[Column]
    rows: list[list[str]]
    is_roomy: bool = False

    def plain(self) -> dict[str, str]:
        """A Markdown table."""
        lines = [[column.head for column in self.columns], ["---"] * len(self.columns), *self.rows]
        return {"text/markdown": f"{self.finding}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines)}


BLOCKS: dict[str, type[Block]] = {
    "cover": Cover,
    "heading": Heading,
    "prose": Prose,
    "note": Note,
    "chart": Chart,
    "table": Table,
}


def block_of(content: dict[str, Any]) -> Block:
    """A block as it travelled through a notebook's output."""
    return BLOCKS[content["kind"]].model_validate(content)
