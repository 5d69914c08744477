"""A run is what it depends on: its name changes with every input, its folder is whole or absent."""

import dataclasses
import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from pretend_market import World

from credit.errors import WorkFailed
from sim.runs import provenance as provenance_module
from sim.runs.provenance import DATA_READ, provenance
from sim.runs.run import Run, damage, live, read

PROJECT = Path(__file__).resolve().parents[2]
PRETEND = "pretend_market:simulate"


@pytest.fixture
def run() -> Run:
    return Run(World("crash", shift=5), seed=1, firms=10, days=20, provenance=provenance(), simulate=PRETEND)


def test_a_run_changes_its_name_with_everything_it_depends_on(run):
    other_hashes = [
        dataclasses.replace(run.provenance, **{field.name: "0" * 64}) for field in dataclasses.fields(run.provenance)
    ]
    others = [
        dataclasses.replace(run, scenario=World("crash", shift=6)),
        dataclasses.replace(run, scenario=World("calm", shift=5)),
        dataclasses.replace(run, seed=2),
        dataclasses.replace(run, firms=11),
        dataclasses.replace(run, days=21),
        dataclasses.replace(run, simulate="sim.market:simulate"),
        dataclasses.replace(run, policy="blind"),
        dataclasses.replace(run, world="noise"),
        dataclasses.replace(run, assumptions=1),
        *(dataclasses.replace(run, provenance=other) for other in other_hashes),
    ]
    names = {each.id for each in [run, *others]}
    assert len(names) == 1 + len(others)
    assert dataclasses.replace(run).id == run.id
    assert run.id.startswith("crash-0001-")


def test_living_twice_writes_the_same_bytes_except_timings(run, tmp_path):
    live(run, tmp_path / "a")
    live(run, tmp_path / "b")
    first, second = (
        {path.name: path.read_bytes() for path in (tmp_path / side / run.id).iterdir() if path.name != "timings.json"}
        for side in "ab"
    )
    assert first == second
    assert set(first) == {"daily.parquet", "summary.json", "manifest.json"}
    assert "peak_memory_mb" not in json.loads(first["summary.json"])
    assert damage(run, tmp_path / "a") is None
    assert len(read(tmp_path / "a" / run.id).daily) == run.days


def test_a_run_that_asks_for_no_arm_world_or_draw_is_what_it_was_before_there_were_any(run):
    assert not {"policy", "world", "assumptions"} & run.inputs().keys()
    asked = dataclasses.replace(run, policy="blind", assumptions=2)
    assert {name: asked.inputs()[name] for name in ("policy", "assumptions")} == {"policy": "blind", "assumptions": 2}
    assert "world" not in asked.inputs()


def test_a_run_knows_its_arm_world_and_draw_when_it_is_read_back(run, tmp_path):
    asked = dataclasses.replace(run, policy="blind", world="0.25", assumptions=2)
    live(asked, tmp_path)
    assert damage(asked, tmp_path) is None
    back = read(tmp_path / asked.id)
    assert (back.policy, back.world, back.assumptions) == ("blind", "0.25", 2)
    live(run, tmp_path)
    back = read(tmp_path / run.id)
    assert (back.policy, back.world, back.assumptions) == ("", "informative", 0)


def flip_a_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda folder: os.truncate(folder / "daily.parquet", 100), "daily.parquet is not what was written"),
        (lambda folder: flip_a_byte(folder / "daily.parquet"), "daily.parquet is not what was written"),
        (lambda folder: flip_a_byte(folder / "summary.json"), "summary.json is not what was written"),
        (lambda folder: (folder / "summary.json").unlink(), "summary.json is missing"),
        (lambda folder: (folder / "manifest.json").unlink(), "manifest.json is missing"),
        (lambda folder: os.truncate(folder / "manifest.json", 40), "manifest.json cannot be read"),
        (lambda folder: (folder / "manifest.json").write_text("[]"), "manifest.json cannot be read"),
        (
            lambda folder: (folder / "manifest.json").write_text(
                (folder / "manifest.json").read_text().replace('"seed": 1', '"seed": 2')
            ),
            "manifest.json tells of other inputs",
        ),
    ],
)
def test_damage_is_told_by_file(run, tmp_path, harm, told):
    live(run, tmp_path)
    harm(tmp_path / run.id)
    assert damage(run, tmp_path) == told


def test_rules_edited_after_planning_stop_the_run_before_it_writes(run, tmp_path):
    planned_under_other_rules = dataclasses.replace(run, provenance=dataclasses.replace(run.provenance, rules="0" * 64))
    with pytest.raises(WorkFailed, match="edited"):
        live(planned_under_other_rules, tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_edited_rule_parameter_or_lock_changes_the_provenance(tmp_path, monkeypatch):
    files = {"rules": "sim/market.py", "data": "data/parameters/market.yaml", "packages": "requirements.txt"}
    for name in files.values():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("before")
    monkeypatch.setattr(provenance_module, "PROJECT", tmp_path)
    monkeypatch.setattr(provenance_module, "DATA", tmp_path / "data")
    before = dataclasses.asdict(provenance())
    for part, name in files.items():
        (tmp_path / name).write_text("after")
        after = dataclasses.asdict(provenance())
        assert {key for key in before if before[key] != after[key]} == {part}
        (tmp_path / name).write_text("before")
    (tmp_path / "README.md").write_text("prose changes no result")
    assert dataclasses.asdict(provenance()) == before


def test_a_market_reads_no_data_that_its_provenance_leaves_out():
    watched = """
        import sys
        from credit.files import DATA
        opened = set()
        def watch(event, arguments):
            if event == "open" and isinstance(arguments[0], str) and arguments[0].startswith(f"{DATA}/"):
                opened.add(arguments[0].removeprefix(f"{DATA}/").split("/")[0])
        from sim.scenarios.scenario import load_scenario
        sys.addaudithook(watch)
        from sim.market import simulate
        simulate(5, 40, 1, load_scenario("resin_crash_2008"))
        print(*opened)
    """
    finished = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(watched)], capture_output=True, text=True, check=True, cwd=PROJECT
    )
    opened = set(finished.stdout.split())
    assert {"parameters", "scenarios"} <= opened <= {*DATA_READ, "scenarios"}
