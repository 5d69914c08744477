"""`creditlab watch` and the gate before the ladder: planted frauds are named with their rows."""

import json
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest
from synthetic_platform import START, platform_tables

from credit.anomalies import planted
from credit.anomalies.fraud_gate import fraud_gate
from credit.features.table import last_recorded
from credit.limit_rules import load_limit_rules
from credit.tables import read_tables, write_tables
from lab.commands.watch import _evidence

DAY = START + timedelta(days=500)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A platform on which one firm assigns an invoice twice."""
    tables = {name: table.copy() for name, table in platform_tables(firms=12, days=540, seed=4).items()}
    planted._double_assignment(
        tables, sorted(tables["firms"]["firm_id"])[:1], pd.Timestamp(DAY), np.random.default_rng(1)
    )
    path = tmp_path_factory.mktemp("platform") / "tables"
    write_tables(tables, path)
    return path, tables


def test_the_planted_fraud_is_named_with_its_rows(command, folder):
    path, tables = folder
    result = command("watch", path, "--as-of", DAY.isoformat(), "--json")
    assert result.exit_code == 0, result.stderr
    told = json.loads(result.stdout)
    fraudster = sorted(tables["firms"]["firm_id"])[0]
    found = [one for one in told["findings"] if one["code"] == "double_assignment"]
    assert [one["firm_ids"] for one in found] == [[fraudster]]
    assert any(row.startswith("facilities ") for row in found[0]["rows"])
    assert told["refused"] >= 1
    assert sum(told["levels"].values()) == told["accounts"]


def test_without_a_day_the_last_recorded_one_is_meant(command, folder):
    path, tables = folder
    last = last_recorded(read_tables(path))
    told = json.loads(command("watch", path, "--json").stdout)
    assert told == json.loads(command("watch", path, "--as-of", last.isoformat(), "--json").stdout)
    firm = sorted(tables["firms"]["firm_id"])[0]
    explained = json.loads(command("ladder", "explain", "--tables", path, "--firm", firm, "--json").stdout)
    assert (told["as_of"], explained["as_of"]) == (last.isoformat(), last.isoformat())


def test_the_page_names_a_table_once_and_says_what_a_warning_means(command, folder):
    assert (
        _evidence(["invoices I1", "invoices I2", "orders R1", "orders R2"]) == "invoices I1, I2; orders R1 and 1 more"
    )
    path, _ = folder
    days = [(DAY - timedelta(days=back)).isoformat() for back in range(0, 360, 60)]
    pages = [command("watch", path, "--as-of", day) for day in days]
    signals = {
        signal
        for day in days
        for account in json.loads(command("watch", path, "--as-of", day, "--json").stdout)["watched"]
        for signal in account["signals"]
    }
    assert signals, "some account is warned of, else nothing is tested"
    page = " ".join(" ".join(page.stdout for page in pages).split())
    for signal in signals:
        assert load_limit_rules().meaning(signal) in page
        assert signal.replace("_", " ") not in page


def test_the_ladder_refuses_whom_the_gate_refuses(command, folder):
    path, tables = folder
    refused = fraud_gate(tables, DAY).verdicts["outcome"] == "refuses"
    for firm, is_refused in ((refused.index[refused][0], True), (refused.index[~refused][0], False)):
        result = command("ladder", "explain", "--tables", path, "--firm", firm, "--as-of", DAY.isoformat(), "--json")
        assert result.exit_code == 0, result.stderr
        codes = {reason["code"] for reason in json.loads(result.stdout)["reasons"]}
        assert ("fraud_gate" in codes) == is_refused


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("2099-01-01", "silence would look like health"),
        ("2001-01-01", "when the first firm came to the platform"),
        ("not a day", "not a day"),
    ],
)
def test_a_day_of_which_the_tables_tell_nothing_is_refused(command, folder, day, said):
    path, _ = folder
    told = command("watch", path, "--as-of", day, "--json")
    assert told.exit_code == 2
    assert told.stdout == ""
    assert said in " ".join(told.stderr.split())
