"""A Dask cluster changes nothing but the time: the same bytes, nothing repeated, nothing lost, nobody else's rules."""

import sys
from pathlib import Path

import pytest
from pretend_market import World

from credit.errors import BadInput, WorkFailed
from sim.runs import cluster
from sim.runs.ensemble import RUNS, finished_runs, plan, results_hash, run_all
from sim.runs.provenance import Provenance
from sim.runs.run import DAILY, HINDSIGHT, MANIFEST, SUMMARY, TIMES
from sim.scenarios.scenario import load_scenario

distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")
PRETEND = "pretend_market:simulate"
SEEDS = (1, 2, 3, 4)


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> str:
    """The scheduler of two processes on this machine."""
    where = {"local_directory": str(tmp_path_factory.mktemp("dask"))}
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0", silence_logs=50, **where
    ) as local:
        yield local.scheduler_address


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file of every run but how long it took."""
    paths = (path for path in (folder / RUNS).rglob("*") if path.is_file() and path.name != TIMES)
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_a_cluster_writes_the_bytes_that_local_processes_write(address, tmp_path):
    planned = plan([load_scenario("baseline"), load_scenario("supplier_outage")], SEEDS[:2], 8, 5)
    run_all(planned, tmp_path / "here", 2)
    run_all(planned, tmp_path / "there", address)
    here, there = files_of(tmp_path / "here"), files_of(tmp_path / "there")
    assert {Path(file).name for file in here} == {DAILY, SUMMARY, MANIFEST, *HINDSIGHT.values()}
    assert len(here) == 4 * 5
    assert here == there


def test_a_lost_worker_costs_nothing_and_one_that_keeps_dying_costs_its_run_only(address, tmp_path):
    once = plan([World("once", dies_once=tmp_path / "died")], SEEDS, 10, 5, PRETEND)
    counted = run_all(once, tmp_path / "once", address)
    assert (tmp_path / "died").exists()
    assert counted.done == len(SEEDS)
    always = plan([World("always", dies=True)], SEEDS, 10, 5, PRETEND)
    with pytest.raises(WorkFailed, match=r"(?s)1 of 4 runs failed: always seed 3.*kept dying") as error:
        run_all(always, tmp_path / "always", address)
    assert "The others are kept" in str(error.value)
    assert len(list((tmp_path / "always" / RUNS).iterdir())) == 3


def test_an_error_in_a_run_is_told_with_its_trace(address, tmp_path):
    planned = plan([World("wrong", raises=True)], SEEDS, 10, 5, PRETEND)
    with pytest.raises(WorkFailed, match="a rule broke on purpose"):
        run_all(planned, tmp_path, address)


def test_what_stood_when_the_command_was_stopped_is_not_lived_again(address, tmp_path):
    planned = plan([World("plain", seconds=0.2)], SEEDS, 10, 5, PRETEND)

    def stop(runs: int) -> None:
        if runs:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_all(planned, tmp_path, address, stop)
    stood = {path.name: path.stat().st_mtime_ns for path in (tmp_path / RUNS).iterdir()}
    assert 1 <= len(stood) < len(SEEDS)
    counted = run_all(planned, tmp_path, address)
    assert counted.reused == len(stood)
    assert {name: (tmp_path / RUNS / name).stat().st_mtime_ns for name in stood} == stood
    run_all(planned, tmp_path / "alone", 2)
    assert results_hash(finished_runs(tmp_path)) == results_hash(finished_runs(tmp_path / "alone"))


def test_workers_of_another_version_are_refused_by_what_differs(address, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "provenance", lambda: Provenance("other rules", "d", "p"))
    planned = plan([World("plain")], SEEDS, 10, 5, PRETEND)
    with pytest.raises(BadInput, match=r"worker tcp.* differs: rules .* there, other rules here"):
        run_all(planned, tmp_path, address)
    assert not list((tmp_path / RUNS).glob("*"))


def test_nobody_there_no_workers_and_no_package_are_three_different_errors(tmp_path, monkeypatch):
    planned = plan([World("plain")], SEEDS, 10, 5, PRETEND)
    monkeypatch.setattr(cluster, "PATIENCE_SECONDS", 1)
    for nowhere in ("tcp://127.0.0.1:9", "nonsense://here"):
        with pytest.raises(BadInput, match="no scheduler answered"):
            run_all(planned, tmp_path, nowhere)
    with (
        distributed.LocalCluster(n_workers=0, dashboard_address=":0", silence_logs=50) as empty,
        pytest.raises(WorkFailed, match="has no workers"),
    ):
        run_all(planned, tmp_path, empty.scheduler_address)
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(WorkFailed, match="the extra `cluster`"):
        run_all(planned, tmp_path, "tcp://127.0.0.1:9")


def test_every_command_of_many_runs_takes_a_scheduler(command, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster, "PATIENCE_SECONDS", 0.2)
    for words in (
        ("stress",), ("compare",), ("facts",), ("calibrate", "facts", "--parameters", "lead_days"),
        ("sensitivity", "--method", "morris"), ("reverse", "demand_slump", "--exhausts", "capital"),
    ):  # fmt: skip
        told = command(*words, "--out", str(tmp_path / words[0]), "--scheduler", "tcp://127.0.0.1:9")
        assert told.exit_code == 2, words
        assert "scheduler: 'tcp://127.0.0.1:9'" in told.stderr
