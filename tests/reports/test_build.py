"""Parameters are settled before anything runs; a build that fails leaves nothing, and takes nothing away."""

import json
from typing import Any

import nbformat
import pytest
from pydantic import BaseModel, ConfigDict

import reports.build
from credit.errors import BadInput, WorkFailed
from reports.build import Report, build, check_notebook, declared_parameters, report_named, typed_parameters
from reports.provenance import Provenance

STRESS = report_named("stress")
MADE = Provenance(commit="c", committed_at=0, is_dirty=False, lock_hash="l", sources_hash="s", versions={})


class Asked(BaseModel):
    language: str = "en"


class Inputs(BaseModel):
    model_config = ConfigDict(arbitrary_types_allowed=True)

    parameters: Any
    provenance: Provenance

    def hashes(self):
        return {}

    def seeds(self):
        return []


@pytest.fixture
def report_of(tmp_path, monkeypatch):
    """A report whose notebook holds the given lines; its runs go to a folder of the test."""
    monkeypatch.setattr(reports.build, "RUNS", tmp_path / "runs")

    def make(*lines):
        cells = [nbformat.v4.new_code_cell('language: str = "en"\ninputs: str = ""', metadata={"tags": ["parameters"]})]
        cells += [nbformat.v4.new_code_cell(line) for line in lines]
        spec = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
        path = tmp_path / "notebook.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=spec), path)
        return Report(
            name="stress",
            notebook=path,
            parameters=Asked,
            steps=lambda asked: 0,
            prepare=lambda asked, advance: Inputs(parameters=asked, provenance=MADE),
        )

    return make


def test_values_are_typed_and_not_guessed():
    asked = typed_parameters(STRESS, ["seeds=007", "days=30", "real_data=007"], "zh")
    assert (asked.seeds, asked.days, asked.real_data, asked.language) == (7, 30, "007", "zh")


@pytest.mark.parametrize(
    ("assignment", "told"),
    [
        ("seed=5", "known are: seeds, firms"),
        ("seeds=many", "seeds"),
        ("seeds=1", "must be at least 2"),
        ("seeds", "NAME=VALUE"),
        ("firms=2.5", "firms"),
    ],
)
def test_a_wrong_parameter_is_refused_and_named(assignment, told):
    with pytest.raises(BadInput, match=told):
        typed_parameters(STRESS, [assignment], "en")


def test_a_parameter_said_twice_is_refused():
    with pytest.raises(BadInput, match="twice"):
        typed_parameters(STRESS, ["seeds=5", "seeds=6"], "en")


def test_an_unknown_report_is_refused_with_the_known_ones():
    with pytest.raises(BadInput, match="stress"):
        report_named("horoscope")


def test_an_unknown_language_is_refused_before_any_run():
    with pytest.raises(BadInput, match="language"):
        build(STRESS, typed_parameters(STRESS, [], "fr"))


def test_the_notebook_declares_the_parameters_of_its_model_and_a_small_case():
    check_notebook(STRESS)
    declared = declared_parameters(STRESS.notebook)
    runs = declared["seeds"] * declared["firms"] * declared["days"]
    assert runs < 10_000, "the notebook by itself must be quick"


def test_the_notebook_is_kept_without_outputs():
    cells = json.loads(STRESS.notebook.read_text(encoding="utf-8"))["cells"]
    assert not any(cell.get("outputs") or cell.get("execution_count") for cell in cells)


def test_a_notebook_that_drifted_from_its_model_is_refused(report_of):
    report = report_of()
    with pytest.raises(WorkFailed, match="declares"):
        check_notebook(Report("stress", report.notebook, STRESS.parameters, report.steps, report.prepare))


def test_a_failing_cell_writes_nothing_and_spares_what_stands(report_of, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    (out / "stress-report.pdf").write_bytes(b"an earlier report")
    with pytest.raises(WorkFailed, match="ZeroDivisionError"):
        build(report_of("1 / 0"), Asked(), out)
    assert [path.name for path in out.iterdir()] == ["stress-report.pdf"]
    assert (out / "stress-report.pdf").read_bytes() == b"an earlier report"
    assert [path.suffix for path in (tmp_path / "runs").iterdir()] == [".ipynb"], "the failed notebook, for its author"


def test_whatever_a_cell_prints_by_accident_is_refused(report_of, tmp_path):
    with pytest.raises(WorkFailed, match=r"no part of a report: .*object at"):
        build(report_of("object()"), Asked(), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_command_refuses_unknown_parameters_with_exit_code_2(command, tmp_path):
    answer = command("report", "stress", "-p", "horoscope=leo", "--out", tmp_path / "out")
    assert answer.exit_code == 2
    assert "known are: seeds" in " ".join(answer.stderr.split())
    assert not (tmp_path / "out").exists()
