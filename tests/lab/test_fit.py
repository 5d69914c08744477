"""`creditlab fit` as a user meets it: one JSON object, exit codes, files whole or not at all."""

import json

import pytest
from synthetic_platform import platform_tables

from credit.default_model import DefaultModel
from credit.tables import hash_of_tables, read_tables, write_tables


def test_li2018_prints_one_json_object_with_the_published_numbers(command, real_data):
    path = real_data / "loans" / "sba_case_li2018.csv"
    if not path.is_file():
        pytest.skip(f"the teaching sample is absent: {path}")
    result = command("fit", "li2018", path, "--json")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert round(answer["coefficients"]["Portion"], 4) == -2.9875
    assert round(answer["misclassification"], 4) == 0.3216
    assert answer["matches_print"] is True


def test_li2018_on_a_wrong_file_is_bad_input(command, tmp_path):
    (tmp_path / "wrong.csv").write_text("a,b\n1,2\n")
    result = command("fit", "li2018", tmp_path / "wrong.csv", "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "Selected: the column is missing" in result.stderr


def test_platform_writes_the_model_that_it_describes(command, tmp_path):
    write_tables(platform_tables(firms=150, days=900, seed=3), tmp_path / "tables")
    result = command("fit", "platform", tmp_path / "tables", "--out", tmp_path / "model.json", "--json")
    assert result.exit_code == 0
    answer, model = json.loads(result.stdout), DefaultModel.load(tmp_path / "model.json")
    assert answer["model_version"] == model.version
    assert answer["data_hash"] == model.data_hash == hash_of_tables(read_tables(tmp_path / "tables"))
    assert answer["auc_ci"][0] < answer["auc"] < answer["auc_ci"][1]
    again = command("fit", "platform", tmp_path / "tables", "--out", tmp_path / "again.json")
    assert again.exit_code == 0
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "model.json").read_bytes()
    assert model.version in again.stdout


def test_platform_without_enough_defaults_writes_nothing(command, tmp_path):
    write_tables(platform_tables(firms=10, days=300), tmp_path / "tables")
    result = command("fit", "platform", tmp_path / "tables", "--out", tmp_path / "model.json")
    assert result.exit_code == 2
    assert "obligors must have defaulted" in " ".join(result.stderr.split())
    assert not (tmp_path / "model.json").exists()


def test_sba_writes_the_same_bytes_twice_and_from_the_ingested_folder(command, real_data, tmp_path):
    path = real_data / "loans" / "sba_casecontrol.csv.gz"
    if not path.is_file():
        pytest.skip(f"the SBA sample is absent: {path}")
    told = command("fit", "sba", path, "--out", tmp_path / "a", "--json")
    assert told.exit_code == 0
    answer = json.loads(told.stdout)
    assert answer["rows"] == answer["rows_used"] + sum(answer["excluded"].values())
    assert set(answer["pd_by_month"]) == {"12", "24", "36", "60"}
    assert answer["auc_censored_at_2005"] < answer["auc"]
    assert command("ingest", "sba", path, "--out", tmp_path / "loans", "--json").exit_code == 0
    assert command("fit", "sba", tmp_path / "loans", "--out", tmp_path / "b").exit_code == 0
    for name in answer["files"]:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_sba_on_a_small_file_writes_nothing(command, tmp_path):
    (tmp_path / "wrong.csv").write_text("a,b\n1,2\n")
    result = command("fit", "sba", tmp_path / "wrong.csv", "--out", tmp_path / "out", "--json")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert not (tmp_path / "out").exists()
