"""An ensemble is its plan: neither the number of workers, nor who was killed, nor when, changes what it finds."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from pretend_market import World
from processes import all_dead, family_of, wait_until

from credit.errors import BadInput, WorkFailed
from sim.runs import one_writer
from sim.runs.ensemble import ANSWER, Plan, finished_runs, plan, results_hash, run_all, sole_writer

PRETEND = "pretend_market:simulate"
WORLDS = (World("baseline", seconds=0.05), World("crash", shift=5, seconds=0.05))
SEEDS = range(1, 5)


def planned(*worlds: World, seeds: range = SEEDS) -> Plan:
    return plan(worlds or WORLDS, seeds, firms=10, days=20, simulate=PRETEND)


def content_of(folder: Path) -> dict[str, bytes]:
    """Every file of every planned run that a hash covers."""
    names = json.loads((folder / "plan.json").read_text())["runs"]
    covered = ("daily.parquet", "summary.json", "manifest.json")
    return {f"{name}/{file}": (folder / "runs" / name / file).read_bytes() for name in names for file in covered}


def identity_of_folders(folder: Path) -> dict[str, tuple[int, int]]:
    """When each run's folder was made, and on which inode: both change when a run is lived again."""
    return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in (folder / "runs").glob("[!.]*")}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("uninterrupted")
    assert run_all(planned(), folder, workers=3).done == len(WORLDS) * len(SEEDS)
    return folder


def test_the_number_of_workers_changes_no_byte(uninterrupted, tmp_path):
    run_all(planned(), tmp_path, workers=1)
    assert content_of(tmp_path) == content_of(uninterrupted)
    assert results_hash(finished_runs(tmp_path)) == results_hash(finished_runs(uninterrupted))


def test_the_results_hash_needs_no_order_and_notices_a_changed_run(uninterrupted, tmp_path):
    runs = finished_runs(uninterrupted)
    assert results_hash(runs[::-1]) == results_hash(runs)
    runs[0].summary["state_hash"] = "0" * 64
    assert results_hash(runs) != results_hash(finished_runs(uninterrupted))


def test_a_second_call_lives_nothing_again_and_more_seeds_only_add(uninterrupted):
    before = identity_of_folders(uninterrupted)
    again = run_all(planned(), uninterrupted, workers=2)
    assert (again.done, again.reused) == (0, len(before))
    longer = run_all(planned(seeds=range(1, 6)), uninterrupted, workers=2)
    assert (longer.done, longer.reused) == (len(WORLDS), len(before))
    after = identity_of_folders(uninterrupted)
    assert {name: after[name] for name in before} == before
    run_all(planned(), uninterrupted, workers=2)


def test_another_plan_takes_away_what_was_concluded_from_the_first(uninterrupted):
    (uninterrupted / ANSWER).write_text("{}")
    run_all(planned(), uninterrupted, workers=1)
    assert (uninterrupted / ANSWER).exists()
    run_all(planned(seeds=range(1, 4)), uninterrupted, workers=1)
    assert not (uninterrupted / ANSWER).exists()
    run_all(planned(), uninterrupted, workers=1)


def test_arms_worlds_and_draws_are_crossed_on_the_same_seeds_and_more_of_them_only_add(tmp_path):
    worlds = WORLDS[:1]
    crossed = {"policies": ("", "blind"), "worlds": ("informative", "noise"), "assumptions": (0, 1)}
    small = plan(worlds, range(1, 3), 10, 20, PRETEND)
    large = plan(worlds, range(1, 3), 10, 20, PRETEND, **crossed)
    assert run_all(small, tmp_path, workers=1).done == 2
    assert (counted := run_all(large, tmp_path, workers=2)).done == 14
    assert counted.reused == 2
    found = finished_runs(tmp_path)
    cells = {(run.policy, run.world, run.assumptions, run.seed) for run in found}
    assert len(cells) == len(found) == 16
    loss = {(run.policy, run.world, run.assumptions, run.seed): run.daily["lender_loss_fen"].sum() for run in found}
    for seed in (1, 2):  # paired: the draws of a seed are the same in every cell, only arm, world and draw add to them
        assert loss["blind", "informative", 1, seed] - loss["", "informative", 0, seed] == (5 + 10) * 10 * 20
    assert len({results_hash([run]) for run in found}) == 16


def test_a_factor_without_levels_or_with_one_twice_is_refused():
    for wrong in ({"policies": ()}, {"worlds": ("noise", "noise")}, {"assumptions": (1, 1)}):
        with pytest.raises(BadInput, match=next(iter(wrong))):
            plan(WORLDS, SEEDS, 10, 20, PRETEND, **wrong)


def start_elsewhere(folder: Path, seconds: float) -> subprocess.Popen:
    """The same ensemble, slower, in a process of its own that can be killed."""
    code = (
        "from pathlib import Path; from pretend_market import World; from sim.runs.ensemble import plan, run_all;"
        f"worlds = [World('baseline', seconds={seconds}), World('crash', shift=5, seconds={seconds})];"
        f"run_all(plan(worlds, range(1, 5), 10, 20, '{PRETEND}'), Path({str(folder)!r}), workers=2)"
    )
    path = os.pathsep.join([str(Path(__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.Popen([sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": path})


def test_after_kill_9_of_the_parent_the_same_call_finishes_and_repeats_nothing(uninterrupted, tmp_path, monkeypatch):
    monkeypatch.setattr(one_writer, "PATIENCE_SECONDS", 0.1)  # refused while the other still works
    elsewhere = start_elsewhere(tmp_path, seconds=0.6)
    wait_until(lambda: len(identity_of_folders(tmp_path)) >= 2)
    family = family_of(elsewhere.pid)
    with pytest.raises(WorkFailed, match=f"written by process {elsewhere.pid}"):
        run_all(planned(), tmp_path, workers=1)
    elsewhere.kill()
    elsewhere.wait()
    monkeypatch.undo()
    before = identity_of_folders(tmp_path)
    resumed = run_all(planned(), tmp_path, workers=2)
    after = identity_of_folders(tmp_path)
    assert {name: after[name] for name in before} == before
    assert resumed.reused == len(before)
    assert resumed.done == len(WORLDS) * len(SEEDS) - len(before) > 0
    assert resumed.damaged == {}
    assert content_of(tmp_path) == content_of(uninterrupted)
    assert not list((tmp_path / "runs").glob(".*")), "half-written folders are swept away"
    assert len(family) > 2
    wait_until(lambda: all_dead(family), seconds=10)


def test_a_killed_worker_costs_only_its_own_run_once_more(uninterrupted, tmp_path):
    survivor = World("crash", shift=5, seconds=0.05, dies_once=tmp_path / "has died")
    progress = run_all(planned(WORLDS[0], survivor), tmp_path / "out", workers=2)
    assert (tmp_path / "has died").exists()
    assert progress.done == len(WORLDS) * len(SEEDS)
    assert content_of(tmp_path / "out") == content_of(uninterrupted)


def test_a_failing_run_is_named_the_others_are_kept_and_once_mended_it_alone_is_run(tmp_path):
    with pytest.raises(WorkFailed, match="crash seed 3") as error:
        run_all(planned(WORLDS[0], World("crash", shift=5, raises=True)), tmp_path, workers=2)
    assert "1 of 8 runs failed" in str(error.value)
    assert "Traceback" in str(error.value)
    assert "ValueError: a rule broke on purpose" in str(error.value)
    with pytest.raises(BadInput, match="1 of 8 runs are not there yet"):
        finished_runs(tmp_path)
    mended = run_all(planned(), tmp_path, workers=1)
    assert (mended.done, mended.reused) == (1, 7)


def test_a_run_that_kills_its_workers_is_given_up_and_named(tmp_path):
    with pytest.raises(WorkFailed, match="3 worker processes died on it, the last one by signal 9") as error:
        run_all(planned(WORLDS[0], World("crash", shift=5, dies=True)), tmp_path, workers=3)
    assert "1 of 8 runs failed: crash seed 3" in str(error.value)


def test_damaged_runs_are_named_and_lived_again(uninterrupted):
    whole = content_of(uninterrupted)
    first, second, *_ = sorted(identity_of_folders(uninterrupted))
    os.truncate(uninterrupted / "runs" / first / "daily.parquet", 64)
    (uninterrupted / "runs" / second / "manifest.json").unlink()
    mended = run_all(planned(), uninterrupted, workers=2)
    assert mended.done == 2
    assert mended.damaged == {
        first: "daily.parquet is not what was written",
        second: "manifest.json is missing",
    }
    assert content_of(uninterrupted) == whole


def test_each_worker_keeps_to_one_thread_and_the_parent_keeps_its_own_setting(uninterrupted):
    assert all((run.daily["threads"] == 1).all() for run in finished_runs(uninterrupted))
    assert os.environ.get("MKL_NUM_THREADS") != "1"


def test_a_folder_has_one_writer_and_death_lets_go_of_it(tmp_path):
    with (
        sole_writer(tmp_path),
        pytest.raises(WorkFailed, match=f"written by process {os.getpid()}"),
        sole_writer(tmp_path),
    ):
        pytest.fail("two writers at once")
    holder = start_elsewhere(tmp_path, seconds=5)
    wait_until(lambda: (tmp_path / "plan.json").exists())
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with sole_writer(tmp_path):
        assert (tmp_path / ".lock").read_text() == str(os.getpid())


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"seeds": [1]}, "seeds"),
        ({"seeds": [1, 1]}, "seeds"),
        ({"scenarios": []}, "scenarios"),
        ({"scenarios": [WORLDS[0], WORLDS[0]]}, "scenarios"),
        ({"firms": 0}, "firms"),
        ({"days": 0}, "days"),
    ],
)
def test_a_plan_that_cannot_be_compared_is_refused_by_field(change, field):
    arguments = {"scenarios": WORLDS, "seeds": [1, 2], "firms": 1, "days": 1} | change
    with pytest.raises(BadInput) as error:
        plan(**arguments)
    assert [problem.field for problem in error.value.problems] == [field]


def test_no_workers_and_a_file_for_a_folder_are_refused(tmp_path):
    with pytest.raises(BadInput, match="workers"):
        run_all(planned(), tmp_path, workers=0)
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="must be a folder"):
        run_all(planned(), tmp_path / "file", workers=1)
