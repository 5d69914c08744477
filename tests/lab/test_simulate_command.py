"""Simulate puts a market aside and takes it up again: the same answer, whoever lives the days in between."""

import errno
import json
import os
import subprocess
import sys

import pytest

from credit.errors import BadInput
from sim.market import Market
from sim.scenarios.scenario import load_scenario

SMALL = ("simulate", "--firms", "8", "--days", "20", "--seed", "3")
TIMINGS = ("firm_days_per_second", "peak_memory_mb")


def answer(command, *words) -> dict:
    told = command(*words, "--json")
    assert told.exit_code == 0, told.stderr
    return {key: value for key, value in json.loads(told.stdout).items() if key not in TIMINGS}


@pytest.mark.parametrize("policy", ["purchases", "ladder"])
def test_a_market_taken_up_again_tells_what_the_whole_one_tells(command, tmp_path, policy):
    folder, words = tmp_path / "aside", (*SMALL, "--policy", policy)
    whole = answer(command, *words)
    assert answer(command, *words, "--checkpoint", str(folder), "--at", "7") == whole
    assert answer(command, "simulate", "--resume", str(folder)) == whole
    shorter = answer(command, "simulate", "--resume", str(folder), "--days", "10")
    assert (shorter["days"], whole["days"]) == (10, 20)
    forked = answer(command, "simulate", "--resume", str(folder), "--scenario", "supplier_outage")
    assert forked["scenario"] == "baseline+supplier_outage"
    assert answer(command, "simulate", "--resume", str(folder), "--scenario", "baseline") == whole
    told = command("simulate", "--resume", str(folder), "--days", "9", "--checkpoint", str(tmp_path / "later"))
    assert "simulate --resume" in " ".join(told.stdout.split())
    assert (tmp_path / "later" / "manifest.json").is_file()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--at", "3"), "--checkpoint"),
        (("--checkpoint", "{aside}", "--at", "21"), "between 0 and 20"),
        (("--resume", "{aside}"), "holds no checkpoint"),
    ],
)
def test_what_cannot_be_is_refused_by_name(command, tmp_path, words, told):
    words = [word.format(aside=tmp_path / "nothing") for word in words]
    refused = command("simulate", "--firms", "8", "--days", "20", *words) if "--resume" not in words else None
    refused = refused or command("simulate", *words)
    assert refused.exit_code == 2
    assert told in " ".join(refused.stderr.split())
    assert not (tmp_path / "nothing").exists()


def test_more_days_than_planned_or_other_firms_are_refused(command, tmp_path):
    folder = str(tmp_path / "aside")
    assert command(*SMALL, "--checkpoint", folder, "--at", "5").exit_code == 0
    for words, told in (
        (("--days", "21"), "20, which the market was built for"),
        (("--firms", "9"), "firms"),
        (("--policy", "ladder"), "policy"),
        (("--scenario", "nowhere"), "scenario"),
    ):
        refused = command("simulate", "--resume", folder, *words)
        assert refused.exit_code == 2
        assert told in " ".join(refused.stderr.split())


def test_a_full_disk_is_told_in_words_and_leaves_nothing(command, tmp_path, monkeypatch):
    import pyarrow.parquet

    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(pyarrow.parquet, "write_table", full)
    told = command(*SMALL, "--checkpoint", str(tmp_path / "aside"), "--at", "5")
    assert told.exit_code == 1
    assert "No space left on device" in told.stderr
    assert "Traceback" not in told.stderr
    assert not list(tmp_path.iterdir())


def test_a_quota_of_a_files_size_is_told_in_words_and_leaves_nothing(tmp_path):
    """A real limit, set by the kernel on a process of its own."""
    code = f"""
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))
sys.argv = ["creditlab", *{[*SMALL, "--out", str(tmp_path / "out")]!r}]
from lab.cli import main
main()
"""
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert told.returncode == 1
    assert "File too large" in told.stderr
    assert "Traceback" not in told.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("--seed", str(1 << 63)), "seed"),
        (("--days", "90000"), "days"),
        (("--scenario", "{early}"), "starts_on"),
        (("--scenario", "{far}"), "days"),
        (("--policy", "nobody"), "policy"),
    ],
)
@pytest.mark.parametrize("policy", ["purchases", "ladder"])
def test_a_market_that_cannot_be_is_refused_by_field_before_it_is_built(command, tmp_path, words, field, policy):
    for name, first in (("early", "1990-01-01"), ("far", "2300-01-01")):
        told = f"name: {name}\ntitle: Elsewhere\ndescription: In another age.\nstarts_on: {first}\n"
        (tmp_path / f"{name}.yaml").write_text(told)
    words = [word.format(early=tmp_path / "early.yaml", far=tmp_path / "far.yaml") for word in words]
    refused = command("simulate", "--firms", "5", "--days", "3", "--policy", policy, *words)
    assert refused.exit_code == 2
    assert field in " ".join(refused.stderr.split())


def test_a_shock_after_the_last_day_is_not_taken_for_one_that_was_withstood(command):
    told = command(*SMALL, "--scenario", "payment_delay~20")
    assert told.exit_code == 0
    assert "nothing of it is lived" in told.stderr
    calm = command("simulate", "--firms", "3", "--days", "40", "--scenario", "payment_delay")
    assert calm.exit_code == 0
    assert "nothing of it" not in calm.stderr


@pytest.mark.parametrize("policy", ["purchases", "ladder"])
def test_one_firm_is_a_market_and_none_is_not(command, policy):
    assert answer(command, "simulate", "--firms", "1", "--days", "40", "--policy", policy)["ledger_balanced"]
    assert command("simulate", "--firms", "0", "--policy", policy).exit_code == 2
    with pytest.raises(BadInput, match="a market has firms"):
        Market(0, 10, 1, load_scenario("baseline"))


def test_twenty_years_are_lived_to_their_end(command):
    told = answer(command, "simulate", "--firms", "2", "--days", "7300", "--seed", "2")
    assert told["days"] == 7300
    assert told["ledger_balanced"]
    assert told["founded_firms"] + told["closed_firms"] + told["failed_firms"] > 0
