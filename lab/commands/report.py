"""`creditlab report`: a report for management as HTML and PDF."""

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from credit.files import sha256_of_file
from lab.answer import Answer
from lab.output import give, page, progress, ruled
from reports.build import STAGES, build, report_named, typed_parameters

if TYPE_CHECKING:
    from rich.console import Console


class ReportAnswer(Answer):
    """A finished report."""

    report: str = Field(description="Which report was built.")
    language: str = Field(description="Language of its texts, an IETF tag.")
    pdf: str = Field(description="Path of the PDF.")
    html: str = Field(description="Path of the HTML file; it needs no other file.")
    manifest: str = Field(description="Path of the manifest: parameters, seeds, commit, hashes, versions.")
    timings: str = Field(description="Path of the timings, which no hash covers.")
    pdf_sha256: str = Field(description="SHA-256 of the PDF, hexadecimal; the same inputs give the same bytes.")
    html_sha256: str = Field(description="SHA-256 of the HTML, hexadecimal.")
    run: str = Field(description="Folder under runs/ with the executed notebook and the document's source.")
    seconds: float = Field(description="Wall time of the build, seconds; runs and proofs included.")


def show_parameters(name: str) -> None:
    """Print what `-p NAME=VALUE` can set in a report; nothing is built.

    Raises:
        BadInput: no such report.
    """
    table = ruled("parameter", "default", "meaning", title=f"What -p NAME=VALUE sets in the {name} report", words=3)
    for field, told in report_named(name).parameters.model_fields.items():
        default = "must be said" if told.is_required() else str(told.default).replace(",", ", ")
        table.add_row(field, default, told.description)
    page().print(table)


def run(name: str, parameter: list[str], language: str, out: Path | None, as_json: bool = False) -> None:
    """Build a report and print where it is.

    Raises:
        BadInput: no such report, parameter or language, or a value of the wrong type.
        WorkFailed: a run, a cell or the rendering failed; files of an earlier build stand as they were.
    """
    report = report_named(name)
    parameters = typed_parameters(report, parameter, language)
    with progress(f"{name} report", report.steps(parameters) + len(STAGES)) as advance:
        built = build(report, parameters, out, advance)
    answer = ReportAnswer(
        report=name,
        language=parameters.language,
        pdf=str(built.pdf),
        html=str(built.html),
        manifest=str(built.manifest),
        timings=str(built.timings),
        pdf_sha256=sha256_of_file(built.pdf),
        html_sha256=sha256_of_file(built.html),
        run=built.run,
        seconds=round(sum(built.seconds.values()), 1),
    )

    def show(console: "Console") -> None:
        console.print(f"[bold]The {name} report stands[/] ({answer.seconds:.0f} s)")
        for path in (answer.pdf, answer.html, answer.manifest):
            console.print(f"  {path}", markup=False, soft_wrap=True)

    give(answer, as_json, show)
