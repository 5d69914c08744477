"""Of two processes that would write one place, one hears of the other before it works."""

import json
import subprocess
import sys

import pytest

from credit.errors import BadInput, WorkFailed
from credit.files import refuse_to_lose_files
from sim import market
from sim.runs.one_writer import one_writer

SMALL = ("simulate", "--firms", "6", "--days", "4")


def test_a_second_run_is_refused_before_a_day_is_lived_and_the_first_loses_nothing(command, tmp_path, monkeypatch):
    holds = f"""
from pathlib import Path
from sim.runs.one_writer import one_writer
with one_writer(Path({str(tmp_path / "out")!r})):
    print("held", flush=True)
    input()
"""
    with subprocess.Popen([sys.executable, "-c", holds], stdin=-1, stdout=-1, text=True) as other:
        assert other.stdout.readline() == "held\n"
        with monkeypatch.context() as patch:
            patch.setattr(market.Market, "step", lambda self: pytest.fail("a day was lived in vain"))
            for option in ("--out", "--checkpoint"):
                told = command(*SMALL, option, tmp_path / "out")
                assert told.exit_code == 1
                assert f"is being written by process {other.pid}" in " ".join(told.stderr.split())
        other.kill()  # a killed process lets go, though its lock file stays
        other.wait()
    assert (tmp_path / ".out.lock").exists()
    assert command(*SMALL, "--out", tmp_path / "out").exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out"]


def test_whoever_comes_after_one_that_has_finished_holds_a_lock_of_its_own(tmp_path):
    place = tmp_path / "place"
    for _ in range(3):
        with one_writer(place), pytest.raises(WorkFailed, match="is being written"), one_writer(place):
            pass
    with one_writer(tmp_path / "a"), one_writer(tmp_path / "b"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_something_else_is_refused_before_a_day_is_lived(command, tmp_path, monkeypatch):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.docx").write_text("years of work")
    monkeypatch.setattr(market.Market, "step", lambda self: pytest.fail("a day was lived in vain"))
    for option in ("--out", "--checkpoint"):
        told = command(*SMALL, option, tmp_path / "out")
        assert told.exit_code == 2
        assert "thesis.docx" in "".join(told.stderr.split())
    with pytest.raises(BadInput, match="must be a folder"):
        refuse_to_lose_files(tmp_path / "out" / "thesis.docx", ())


def test_the_same_command_may_be_called_again_and_what_was_learnt_lies_in_the_same_folder(command, tmp_path):
    words = (*SMALL, "--learn", "--events", "--out", tmp_path / "run", "--json")
    once = command(*words)
    kept = {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
    assert {"learning", "records", "events"} <= {path.parent.name for path in kept}
    again = command(*words)
    assert once.exit_code == again.exit_code == 0
    assert json.loads(once.stdout)["state_hash"] == json.loads(again.stdout)["state_hash"]
    assert kept == {path: path.read_bytes() for path in (tmp_path / "run").rglob("*") if path.is_file()}
