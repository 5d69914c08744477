"""The stress command: one answer whatever happened on the way, and refusals that name the field."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from pretend_market import World
from processes import all_dead, family_of, wait_until
from typer.testing import CliRunner

from credit.errors import BadInput
from lab.cli import app
from lab.commands.stress import stress
from lab.stress_answer import StressAnswer
from sim.runs.comparison import DIFFERENCE_COLUMNS
from sim.runs.measures import UNITS

PRETEND = "pretend_market:simulate"
WORLDS = [World("baseline"), World("mild", shift=10), World("severe", shift=5000)]
CREDITLAB = Path(sys.executable).with_name("creditlab")
SMALL_MARKETS = ["--scenarios", "resin_crash_2008", "--seeds", "2", "--firms", "20", "--days", "30", "--workers", "2"]


def answer_of(folder: Path, worlds: list[World] = WORLDS, seeds: int = 4, workers: int = 2) -> StressAnswer:
    return stress(folder, worlds, seeds, firms=10, days=20, workers=workers, simulate=PRETEND)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("stress")


@pytest.fixture(scope="module")
def answer(folder) -> StressAnswer:
    return answer_of(folder)


def test_workers_and_reuse_change_only_the_count_of_runs(folder, answer, tmp_path):
    alone, again = answer_of(tmp_path, workers=1), answer_of(folder)
    assert alone.model_copy(update={"runs": None}) == again.model_copy(update={"runs": None})
    assert (alone.runs.done, alone.runs.reused) == (12, 0)
    assert (again.runs.done, again.runs.reused) == (0, 12)
    for name in ("answer.json", "differences.parquet"):
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes()


def test_the_folder_holds_the_answer_and_the_differences(folder, answer):
    stored = StressAnswer.model_validate_json((folder / "answer.json").read_text())
    assert stored == answer.model_copy(update={"runs": None})
    table = pd.read_parquet(folder / "differences.parquet")
    assert set(table["scenario"]) == {"mild", "severe"}
    assert set(table["metric"]) == set(UNITS)
    assert len(table) == len(answer.differences)
    shifted = table.set_index(["scenario", "metric"]).loc[("severe", "lender_loss_yuan")]
    # 5000 fen a firm and day, 10 firms, 20 days: the planted loss comes out whole, with nothing left to chance
    assert [shifted["difference"], shifted["ci_low"], shifted["ci_high"]] == pytest.approx([10_000.0] * 3)


def test_the_headline_names_the_hardest_scenario_and_admits_when_there_is_none(answer, tmp_path):
    assert answer.hardest_on_lenders.scenario == "severe"
    assert answer.hardest_on_lenders.runner_up == "mild"
    assert "Hardest on lenders and platform: severe adds net credit losses of 10,000 yuan" in answer.headline
    assert "No scenario hurts firms beyond what chance explains on 4 seeds." in answer.headline
    harmless = answer_of(tmp_path, worlds=[World("baseline"), World("same")], seeds=2)
    assert harmless.headline.startswith("No scenario hurts lenders and platform")


def test_a_baseline_alone_is_run_and_compares_nothing(tmp_path):
    alone = answer_of(tmp_path, worlds=WORLDS[:1], seeds=2)
    assert alone.differences == []
    assert len(alone.means) == len(UNITS)
    assert pd.read_parquet(tmp_path / "differences.parquet").columns.tolist() == list(DIFFERENCE_COLUMNS)


def test_every_key_of_the_answer_says_what_it_means():
    def undescribed(name: str, schema: dict) -> list[str]:
        return [f"{name}.{key}" for key, field in schema.get("properties", {}).items() if "description" not in field]

    schema = StressAnswer.model_json_schema()
    parts = {"StressAnswer": schema, **schema["$defs"]}
    assert not [key for name, part in parts.items() for key in undescribed(name, part)]


@pytest.mark.parametrize(
    ("option", "value", "named"),
    [
        ("--seeds", "1", "--seeds"),
        ("--workers", "0", "--workers"),
        ("--firms", "0", "--firms"),
        ("--days", "0", "--days"),
        ("--scenarios", "resin_crash", "resin_crash_2008"),
        ("--scenarios", "baseline,,payment_delay", "scenarios"),
        ("--scenarios", "payment_delay,payment_delay", "scenarios"),
    ],
)
def test_wrong_options_end_with_code_2_and_a_name(tmp_path, option, value, named):
    result = CliRunner().invoke(app, ["stress", "--out", str(tmp_path / "out"), option, value])
    assert result.exit_code == 2
    assert named in result.stderr
    assert not (tmp_path / "out").exists()


def test_a_file_where_the_folder_should_go_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="must be a folder"):
        answer_of(tmp_path / "file")


def test_the_real_market_answers_in_one_json_object_and_then_reuses_its_runs(tmp_path):
    command = [str(CREDITLAB), "stress", *SMALL_MARKETS, "--out", str(tmp_path), "--json"]
    first, second = (
        json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout) for _ in range(2)
    )
    assert first.pop("runs")["done"] == second.pop("runs")["reused"] == 4
    assert first == second
    assert first["scenarios"] == ["baseline", "resin_crash_2008"]
    assert first["results_hash"] == json.loads((tmp_path / "answer.json").read_text())["results_hash"]


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_command_says_how_to_go_on_and_leaves_no_process(tmp_path, number, code):
    command = [str(CREDITLAB), "stress", "--seeds", "50", "--firms", "20", "--days", "30", "--workers", "2"]
    process = subprocess.Popen(
        [*command, "--out", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, "COLUMNS": "200"},
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # a job in the background hears no Ctrl-C
    )
    wait_until(lambda: process.poll() is not None or len(list(tmp_path.glob("runs/[!.]*"))) >= 2)
    assert process.poll() is None, process.communicate()[1]
    family = family_of(process.pid)
    assert len(family) > 2
    os.killpg(process.pid, number)
    out, told = process.communicate(timeout=20)
    assert process.returncode == code
    assert out == ""
    assert "Traceback" not in told
    assert f"finished runs stand in {tmp_path}; the same command carries on from there" in told
    assert not list(tmp_path.glob("runs/.*"))
    wait_until(lambda: all_dead(family), seconds=10)


def test_a_full_disk_is_told_once_for_all_runs_and_what_is_missing_is_lived_once_there_is_room(tmp_path):
    """A real limit, set by the kernel on command and workers; the same command without it goes on."""
    words = [
        "stress", "--scenarios", "baseline", "--seeds", "2", "--firms", "5", "--days", "40", "--workers", "1",
        "--out", str(tmp_path / "runs"), "--json",
    ]  # fmt: skip

    def called(limit: int) -> subprocess.CompletedProcess[str]:
        code = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, resource.RLIM_INFINITY))
sys.argv = ["creditlab", *{words!r}]
from lab.cli import main
if __name__ == "__main__":
    main()
"""
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)

    full = called(8192)
    assert full.returncode == 1
    told = " ".join(full.stderr.split())
    assert "2 of 2 runs failed" in told
    assert told.count("File too large") == 1
    assert "Traceback" not in told
    assert list((tmp_path / "runs" / "runs").glob("*")) == []
    roomy = called(-1)
    assert roomy.returncode == 0, roomy.stderr
    assert json.loads(roomy.stdout)["runs"]["done"] == 2
