"""One report from parameters to finished files: prepare, execute the notebook, render, publish. Whole or not at all."""

import importlib
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self

from pydantic import BaseModel, ValidationError

from credit.errors import BadInput, Problem, WorkFailed
from credit.files import (
    PROJECT,
    canonical_json,
    folder_written_whole,
    sha256_of_file,
    sha256_of_text,
    write_bytes,
    write_json,
)
from credit.validation_words import problems_of
from reports.catalogue import catalogue
from reports.provenance import Provenance

RUNS = PROJECT / "runs"
OUTPUT = PROJECT / "reports" / "output"
INPUTS_FILE = "inputs.json"
INPUTS_PARAMETER = "inputs"
"""The notebook's own parameter: the folder of its inputs. Empty = the notebook prepares the small case itself."""

REPORTS = {
    "stress": "reports.stress.definition:STRESS",
    "product_memo": "reports.product_memo.definition:PRODUCT_MEMO",
    "model_validation": "reports.model_validation.definition:MODEL_VALIDATION",
}
"""Every report by name. A new one is a notebook, a catalogue and a definition."""

STAGES = ("proofs", "notebook", "PDF", "HTML")
"""What a build does after the runs, for a progress bar."""


class Advance(Protocol):
    """Told that some more is done (as `lab.output.progress` gives it)."""

    def __call__(self, steps: int = 1, note: str | None = None) -> None: ...


class ReportInputs(Protocol):
    """What a report's preparation hands to its notebook."""

    @property
    def parameters(self) -> Any: ...
    @property
    def provenance(self) -> Provenance: ...
    def hashes(self) -> dict[str, str]: ...
    def seeds(self) -> list[int]: ...
    def model_dump(self, *, mode: str) -> dict[str, Any]: ...
    def model_copy(self, *, update: dict[str, Any]) -> Self: ...


@dataclass(frozen=True)
class Report:
    """What makes a report.

    Attributes:
        name: as on the command line; also the catalogue's name.
        notebook: the notebook that shows its blocks.
        parameters: the typed parameters; a field `language` is among them.
        steps: how many runs the preparation takes, for a progress bar.
        prepare: makes the inputs from parameters; told to advance by runs.
        same_result: parameters that change the time but not the result.
        folder: where its files go under the output folder when no other place is named; empty = into it.
    """

    name: str
    notebook: Path
    parameters: type[BaseModel]
    steps: Callable[[Any], int]
    prepare: Callable[[Any, Advance], ReportInputs]
    same_result: frozenset[str] = frozenset()
    folder: Callable[[Any], str] = lambda parameters: ""


@dataclass(frozen=True)
class Built:
    """A finished report.

    Attributes:
        pdf, html, manifest, timings: the files.
        run: the name of the folder under `runs/` that holds the executed notebook and the document's source.
        seconds: how long each stage took.
    """

    pdf: Path
    html: Path
    manifest: Path
    timings: Path
    run: str
    seconds: dict[str, float]


@dataclass
class _Clock:
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - began, 3)


def report_named(name: str) -> Report:
    """A report's definition.

    Raises:
        BadInput: there is no such report.
    """
    if name not in REPORTS:
        raise BadInput(Problem(f"must be one of: {', '.join(REPORTS)}", field="NAME", value=name))
    module, attribute = REPORTS[name].split(":")
    return getattr(importlib.import_module(module), attribute)


def typed_parameters(report: Report, assignments: Sequence[str], language: str) -> Any:
    """The parameters that `-p NAME=VALUE` and `--language` ask for, typed.

    Papermill would pass over an unknown name with a warning and read `007` as 7; here both are settled before it runs.

    Raises:
        BadInput: no `=`, a name said twice or unknown, a value of the wrong type or out of range.
    """
    known = ", ".join(report.parameters.model_fields)
    given = {"language": language}
    seen: set[str] = set()
    problems = []
    for assignment in assignments:
        name, sign, value = assignment.partition("=")
        if not sign:
            problems.append(Problem("must read NAME=VALUE", field="--parameter", value=assignment))
        elif name not in report.parameters.model_fields:
            problems.append(Problem(f"no such parameter; known are: {known}", field="--parameter", value=name))
        elif name in seen:
            problems.append(Problem("stands twice", field="--parameter", value=name))
        seen.add(name)
        given[name] = value
    if problems:
        raise BadInput(problems)
    try:
        return report.parameters.model_validate_strings(given)
    except ValidationError as error:
        raise BadInput(problems_of(error, f"parameters of the {report.name} report")) from error


def build(
    report: Report,
    parameters: Any,
    out: Path | None = None,
    advance: Advance = lambda steps=1, note=None: None,
    made: Provenance | None = None,
) -> Built:
    """Build a report; files of an earlier build stand until this one has succeeded.

    Args:
        report: which.
        parameters: an instance of `report.parameters`.
        out: where the files go; when absent the report's own folder in `reports/output`, for other languages than
            English in a folder named after the language in it.
        advance: told of progress: `report.steps(parameters)` runs, then the STAGES.
        made: the provenance to print; looked up when absent.

    Raises:
        BadInput: a parameter that cannot be satisfied, or a place that cannot be written.
        WorkFailed: a run, a cell or the rendering failed.
    """
    language = parameters.language
    texts = catalogue(language, report.name)
    out = _writable(out or (OUTPUT if language == "en" else OUTPUT / language) / report.folder(parameters))
    check_notebook(report)
    clock = _Clock()
    with clock.stage("prepare"):
        inputs = report.prepare(parameters, advance)
        if made is not None:
            inputs = inputs.model_copy(update={"provenance": made})
        input_hashes = inputs.hashes()
    advance(1, "notebook")
    run = _run_name(report, inputs, input_hashes)
    with folder_written_whole(RUNS / run, is_ours=True) as scratch:
        write_json(scratch / INPUTS_FILE, inputs.model_dump(mode="json"))
        with clock.stage("notebook"):
            executed = _execute(report, inputs, scratch, RUNS / f"{run}.failed.ipynb")
        from reports.document import blocks_of, to_html, to_pdf, write_source

        advance(1, "PDF")
        with clock.stage("source"):
            write_source(blocks_of(executed), texts, scratch)
        with clock.stage("pdf"):
            pdf = to_pdf(scratch, language, inputs.provenance.committed_at)
        advance(1, "HTML")
        with clock.stage("html"):
            html = to_html(scratch, language)
        write_bytes(scratch / "report.pdf", pdf)
        write_bytes(scratch / "report.html", html)
    built = Built(
        pdf=out / f"{report.name}-report.pdf",
        html=out / f"{report.name}-report.html",
        manifest=out / "manifest.json",
        timings=out / "timings.json",
        run=run,
        seconds=clock.seconds,
    )
    write_bytes(built.pdf, pdf)
    write_bytes(built.html, html)
    write_json(built.timings, clock.seconds)
    write_json(built.manifest, _manifest(report, inputs, input_hashes, built))
    advance(1)
    return built


def check_notebook(report: Report) -> None:
    """Hold the notebook's parameters cell to the parameter model: the same names, defaults of the same types.

    Raises:
        WorkFailed: they have drifted apart.
    """
    names = declared_parameters(report.notebook)
    wanted = {*report.parameters.model_fields, INPUTS_PARAMETER}
    if names.keys() != wanted:
        raise WorkFailed(
            f"{report.notebook.name}: the parameters cell declares {sorted(names)}, the model wants {sorted(wanted)}"
        )
    try:
        report.parameters.model_validate({n: v for n, v in names.items() if n != INPUTS_PARAMETER}, strict=True)
    except ValidationError as error:
        raise WorkFailed(f"{report.notebook.name}: the parameters cell breaks the model: {error}") from error


def declared_parameters(notebook: Path) -> dict[str, Any]:
    """Names and values of the literal assignments in a notebook's parameters cell."""
    import ast

    content = json.loads(notebook.read_text(encoding="utf-8"))
    cells = [cell for cell in content["cells"] if "parameters" in cell.get("metadata", {}).get("tags", [])]
    if len(cells) != 1:
        raise WorkFailed(f"{notebook.name} must have exactly one cell tagged `parameters`")
    declared: dict[str, Any] = {}
    for node in ast.parse("".join(cells[0]["source"])).body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            declared[node.target.id] = ast.literal_eval(node.value)
    return declared


def _execute(report: Report, inputs: ReportInputs, scratch: Path, failed: Path) -> dict[str, Any]:
    """Run the notebook in a fresh kernel; what a failing one leaves is kept beside the runs, for its author."""
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")  # or each kernel prints a warning
    import papermill
    from papermill.exceptions import PapermillExecutionError

    executed = scratch / "run.ipynb"
    values = {**inputs.parameters.model_dump(mode="json"), INPUTS_PARAMETER: str(scratch)}
    failed.unlink(missing_ok=True)
    try:
        papermill.execute_notebook(
            str(report.notebook),
            str(executed),
            parameters=values,
            kernel_name="python3",
            progress_bar=False,
            cwd=str(PROJECT),
            autosave_cell_every=0,
            kernel_manager_class="reports.kernels.LocalKernelManager",
        )
    except PapermillExecutionError as error:
        write_bytes(failed, executed.read_bytes())
        raise WorkFailed(
            f"cell {error.exec_count} of {report.notebook.name} failed: {error.ename}: {error.evalue}\n"
            f"The notebook as far as it came: runs/{failed.name}"
        ) from error
    return json.loads(executed.read_text(encoding="utf-8"))


def _run_name(report: Report, inputs: ReportInputs, input_hashes: Mapping[str, str]) -> str:
    """The run's folder: readable, and one for each set of parameters, inputs and sources."""
    told = [_asked(report, inputs), dict(input_hashes), inputs.provenance.model_dump(mode="json")]
    return f"{report.name}-report-{sha256_of_text(canonical_json(told))[:12]}"


def _asked(report: Report, inputs: ReportInputs) -> dict[str, Any]:
    """The parameters that can change the result."""
    return {k: v for k, v in inputs.parameters.model_dump(mode="json").items() if k not in report.same_result}


def _manifest(report: Report, inputs: ReportInputs, input_hashes: Mapping[str, str], built: Built) -> dict[str, Any]:
    """Everything needed to build the same bytes again, and to see whether they are the same."""
    made = inputs.provenance
    return {
        "report": report.name,
        "parameters": _asked(report, inputs),
        "seeds": inputs.seeds(),
        "git_commit": made.commit,
        "git_dirty": made.is_dirty,
        "lock_sha256": made.lock_hash,
        "sources_sha256": made.sources_hash,
        "versions": made.versions,
        "inputs_sha256": dict(input_hashes),
        "outputs_sha256": {path.name: sha256_of_file(path) for path in (built.pdf, built.html)},
        "run": built.run,
    }


def _writable(out: Path) -> Path:
    """The folder for the files, checked before any work is done."""
    if out.exists() and not out.is_dir():
        raise BadInput(Problem("must be a folder or not exist yet", field="out", value=str(out)))
    return out
