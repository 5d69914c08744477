"""The ODD description as Markdown, HTML or PDF."""

import subprocess
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from credit.errors import BadInput, Problem, WorkFailed
from credit.files import PROJECT, write_bytes
from reports.document import FROM
from reports.odd.protocol import description
from reports.style import FONTS

COMMITTED = PROJECT / "docs" / "ODD.md"
"""The description as it stands in the repository; a test holds it to the sources."""
FORMATS = (".md", ".html", ".pdf")
TEMPLATE = Path(__file__).with_name("template.typ")
STYLE = """<style>
body { max-width: 60rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; color: #26343f; }
h1, h2, h3, th, code { color: #16324a; }
table { border-collapse: collapse; width: 100%; font-size: .875rem; margin: 1rem 0; }
th, td { text-align: left; vertical-align: top; padding: .3rem .5rem; border-bottom: 1px solid #d9dfe4; }
</style>"""


def write(out: Path) -> bytes:
    """Write the description; the format follows the file's name.

    Returns:
        The bytes that were written.

    Raises:
        BadInput: the name ends in none of FORMATS.
        WorkFailed: pandoc or Typst refused the text.
    """
    if out.suffix not in FORMATS:
        raise BadInput(Problem(f"must end in one of: {', '.join(FORMATS)}", field="out", value=str(out)))
    markdown = description()
    if out.suffix == ".md":
        content = markdown.encode("utf-8")
    else:
        content = _html(markdown) if out.suffix == ".html" else _pdf(markdown)
    write_bytes(out, content)
    return content


def _html(markdown: str) -> bytes:
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "style.html").write_text(STYLE, encoding="utf-8")
        title = f"--metadata=pagetitle:{_title(markdown)}"
        head = ("--standalone", "--toc", "--toc-depth=2", title, "--include-in-header", f"{scratch}/style.html")
        return _pandoc(markdown, "html5", head).encode("utf-8")


def _pdf(markdown: str) -> bytes:
    """The PDF (PDF/UA-1) without clock and machine: the same sources give the same bytes."""
    import typst

    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch) / "odd.typ"
        head = ("--standalone", "--template", str(TEMPLATE), f"--variable=title:{_title(markdown)}")
        source.write_text(_pandoc(markdown, "typst", head), encoding="utf-8")
        try:
            return typst.compile(
                str(source),
                font_paths=[str(FONTS)],
                ignore_system_fonts=True,
                pdf_standards=["ua-1"],
                timestamp=datetime.fromtimestamp(0, UTC),
            )
        except (typst.TypstError, RuntimeError) as error:
            raise WorkFailed(f"Typst refused the description: {error}") from error


def _title(markdown: str) -> str:
    return markdown.partition("\n")[0].removeprefix("# ")


def _pandoc(markdown: str, target: str, options: Sequence[str]) -> str:
    import pypandoc

    command = [pypandoc.get_pandoc_path(), "--from", FROM, "--to", target, "--columns=10", "--wrap=preserve", *options]
    done = subprocess.run(command, input=markdown, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        raise WorkFailed(f"pandoc refused the description: {done.stderr.strip()}")
    return done.stdout
