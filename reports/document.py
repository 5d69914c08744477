"""From an executed notebook to two documents: blocks, Markdown, pandoc, then Typst's PDF and standalone HTML."""

import base64
import json
import re
import subprocess
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from credit.errors import WorkFailed
from credit.files import PROJECT
from reports.blocks import MIME, Block, Chart, Cover, Heading, Note, Prose, Table, block_of
from reports.catalogue import Catalogue
from reports.style import FONTS

PARTS = PROJECT / "reports"
CHARTS = "charts"
MOST_ROWS_KEPT_TOGETHER = 12
"""A longer table may go on over the page, its head repeated, rather than leave half a page empty."""
FROM = "markdown-implicit_figures-smart-tex_math_dollars-citations-raw_html-raw_tex-raw_attribute"
"""Pandoc's Markdown without what would let a text of the data slip raw code into a document."""
TABLE_WIDTH = 120
"""Dashes in a Markdown table's rule; their shares are the columns' shares of the width."""

LEADING = {"en": "0.66", "zh": "0.82"}
REGIONS = {"en": "GB", "zh": "CN"}


def blocks_of(notebook: dict[str, Any]) -> list[Block]:
    """The report's blocks in an executed notebook, in order.

    Raises:
        WorkFailed: a cell printed something that is not a block, or two blocks bear one name.
    """
    blocks: list[Block] = []
    for number, cell in enumerate(notebook["cells"]):
        for output in cell.get("outputs", []):
            if output["output_type"] == "stream" and output.get("name") == "stderr":
                continue
            content = output.get("data", {}).get(MIME)
            if content is None:
                raise WorkFailed(f"cell {number} printed something that is no part of a report: {_told(output)}")
            blocks.append(block_of(content))
    anchors = [block.anchor for block in blocks if isinstance(block, Chart | Table | Heading)]
    repeated = sorted({anchor for anchor in anchors if anchors.count(anchor) > 1})
    if repeated:
        raise WorkFailed(f"these names stand twice in the report: {', '.join(repeated)}")
    if sum(isinstance(block, Cover) for block in blocks) != 1:
        raise WorkFailed("a report has exactly one cover")
    return blocks


def write_source(blocks: Sequence[Block], texts: Catalogue, folder: Path) -> None:
    """Write `document.md`, `metadata.json` and the charts into a folder."""
    (folder / CHARTS).mkdir(parents=True, exist_ok=True)
    for block in blocks:
        if isinstance(block, Chart):
            (folder / CHARTS / f"{block.anchor}.svg").write_text(block.svg, encoding="utf-8")
            (folder / CHARTS / f"{block.anchor}-narrow.svg").write_text(block.svg_narrow, encoding="utf-8")
    (folder / "document.md").write_text(markdown_of(blocks, texts), encoding="utf-8")
    cover = next(block for block in blocks if isinstance(block, Cover))
    told = json.dumps(_metadata(cover, texts), ensure_ascii=False, indent=1, sort_keys=True)
    (folder / "metadata.json").write_text(told, encoding="utf-8")


def markdown_of(blocks: Sequence[Block], texts: Catalogue) -> str:
    """The whole report but its cover, as one Markdown text in pandoc's dialect."""
    counts = {"figure": 0, "table": 0}
    gap = texts.say("units.sentence_gap")
    parts = []
    for before, block, after in zip((None, *blocks), blocks, (*blocks[1:], None), strict=False):
        match block:
            case Heading():
                if block.begins_page:
                    parts.append("::: new-page\n:::")
                parts.append(f"{'#' * block.level} {block.text} {{#{block.anchor}}}")
            case Prose():
                is_lead = isinstance(before, Heading) and isinstance(after, Chart | Table)
                parts.append(f"::: lead\n{block.text}\n:::" if is_lead else block.text)
            case Note():
                parts.append(f"::: note\n{block.text}\n:::")
            case Chart():
                counts["figure"] += 1
                name = f"{texts.say('frame.figure')} {counts['figure']}"
                image = (
                    f'![]({CHARTS}/{block.anchor}.svg){{alt="{_attribute(block.alt)}" '
                    f'narrow="{CHARTS}/{block.anchor}-narrow.svg"}}'
                )
                parts.append(_exhibit(block, "image", name, image, gap))
            case Table():
                counts["table"] += 1
                name = f"{texts.say('frame.table')} {counts['table']}"
                parts.append(_exhibit(block, "table", name, pipe_table(block), gap))
            case _:
                continue
    return "\n\n".join(parts) + "\n"


def pipe_table(table: Table) -> str:
    """A Markdown table whose rule gives the widths of the columns."""
    total = sum(column.weight for column in table.columns)
    rules = []
    for column in table.columns:
        dashes = "-" * max(round(column.weight / total * TABLE_WIDTH), 3)
        rules.append(f"{dashes[:-1]}:" if column.align == "right" else f":{dashes[:-1]}")
    lines = [[column.head for column in table.columns], rules, *table.rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '&#124;') for cell in line)} |" for line in lines)


def to_pdf(folder: Path, language: str, made_at: int) -> bytes:
    """The PDF (PDF/UA-1: tagged, with alt texts, language and title) of a folder that `write_source` filled.

    Args:
        folder: the source; `document.typ` is written into it.
        language: of the text, for hyphenation and screen readers.
        made_at: the document's date, seconds since 1970 UTC; never the clock's.

    Raises:
        WorkFailed: pandoc or Typst refused the document.
    """
    import typst

    variables = {"language": language, "region": REGIONS.get(language, ""), "leading": LEADING.get(language, "0.7")}
    _pandoc(folder, "typst", "template.typ", "document.typ", variables)
    try:
        return typst.compile(
            str(folder / "document.typ"),
            root=str(folder),
            font_paths=[str(FONTS)],
            ignore_system_fonts=True,
            pdf_standards=["ua-1"],
            timestamp=datetime.fromtimestamp(made_at, UTC),
        )
    except (typst.TypstError, RuntimeError) as error:
        raise WorkFailed(f"Typst refused the document: {error}") from error


def to_html(folder: Path, language: str) -> bytes:
    """One HTML file that needs nothing else: no scripts, no network; charts, style and fonts inside.

    Raises:
        WorkFailed: pandoc refused the document.
    """
    from reports.webfonts import font_faces

    _pandoc(folder, "html5", "template.html", "document.html", {"language": language})
    html = (folder / "document.html").read_text(encoding="utf-8")
    css = (PARTS / "style.css").read_text(encoding="utf-8")
    html = html.replace("/*STYLE*/", font_faces(html) + css)

    def inlined(match: re.Match[str]) -> str:
        content = base64.b64encode((folder / match[2]).read_bytes()).decode("ascii")
        return f'{match[1]}="data:image/svg+xml;base64,{content}"'

    return re.sub(rf'(src|srcset)="({CHARTS}/[\w-]+\.svg)"', inlined, html).encode("utf-8")


def _exhibit(block: Chart | Table, kind: str, name: str, body: str, gap: str) -> str:
    finding = f"::: finding\n{block.finding}\n:::\n\n" if block.finding else ""
    caption = f"::: caption\n{gap.join(part for part in (block.caption, block.source) if part)}\n:::"
    room = ""
    if isinstance(block, Table):
        room = " room=roomy" if block.is_roomy else " room=long" if len(block.rows) > MOST_ROWS_KEPT_TOGETHER else ""
    return f'::::: {{.exhibit #{block.anchor} kind={kind} name="{name}"{room}}}\n{finding}{body}\n\n{caption}\n:::::'


def _metadata(cover: Cover, texts: Catalogue) -> dict[str, Any]:
    """What the templates print outside the body."""
    told = cover.model_dump(mode="json", exclude={"kind", "facts"})
    told["facts"] = [{"name": name, "value": value} for name, value in cover.facts]
    frame = {name: texts.say(f"frame.{name}") for name in ("laboratory", "banner", "contents", "answer", "page")}
    return {"cover": told, "frame": frame, "title": cover.title, "toc-title": texts.say("frame.contents")}


def _pandoc(folder: Path, target: str, template: str, out: str, variables: dict[str, str]) -> None:
    import pypandoc

    command = [
        pypandoc.get_pandoc_path(), "document.md", "--from", FROM, "--to", target, "--standalone", "--toc",
        "--toc-depth=1", "--columns=10", "--wrap=preserve", "--metadata-file", "metadata.json",
        "--template", str(PARTS / template), "--lua-filter", str(PARTS / "filter.lua"), "--output", out,
        *(f"--variable={name}={value}" for name, value in variables.items()),
    ]  # fmt: skip
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise WorkFailed(f"pandoc refused the document: {done.stderr.strip()}")


def _attribute(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ")


def _told(output: dict[str, Any]) -> str:
    plain = output.get("text") or output.get("data", {}).get("text/plain") or output["output_type"]
    return ("".join(plain) if isinstance(plain, list) else str(plain))[:200]
