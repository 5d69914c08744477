"""The command `ingest`: a whole folder or none, every failing row told, one JSON object and nothing else."""

import csv
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from example_tables import example_tables

from credit.files import write_text
from credit.tables import TABLES, hash_of_tables, read_tables, validate
from lab.commands.ingest import IngestAnswer


@pytest.fixture
def export(tmp_path: Path) -> Path:
    folder = tmp_path / "export"
    folder.mkdir()
    for name, table in example_tables().items():
        table.to_csv(folder / f"{name}.csv", index=False, encoding="gb18030")
    return folder


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def spoil(export: Path) -> None:
    path = export / "orders.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame.loc[2, "placed_on"] = "2099-01-01"
    frame.loc[4, "quantity_kg"] = "-7"
    frame.to_csv(path, index=False)


def test_the_answer_is_one_json_object_of_its_schema(export, tmp_path, command):
    out = tmp_path / "out"
    told = command("ingest", "platform", export, "--out", out, "--json")
    assert told.exit_code == 0, told.stderr
    answer = IngestAnswer.model_validate(json.loads(told.stdout))
    tables = read_tables(out)
    assert validate(tables) == []
    assert answer.rows == {name: len(table) for name, table in tables.items()}
    assert answer.tables_hash == hash_of_tables(tables) == hash_of_tables(example_tables())
    assert answer.encodings["firms"] == "gb18030"
    assert sorted(path.name for path in out.iterdir()) == sorted(
        [*(f"{name}.parquet" for name in TABLES), "lineage.json"]
    )
    again = command("ingest", "platform", export, "--out", tmp_path / "again", "--json")
    assert tree(tmp_path / "again") == tree(out)
    assert json.loads(again.stdout) | {"out": str(out)} == json.loads(told.stdout)


def test_every_key_of_the_answer_is_described():
    for name, field in IngestAnswer.model_json_schema()["properties"].items():
        assert len(field["description"]) > 15, name


def test_bad_input_leaves_out_untouched_and_tells_every_row(export, tmp_path, command):
    out = tmp_path / "out"
    assert command("ingest", "platform", export, "--out", out).exit_code == 0
    before = tree(out)
    spoil(export)
    told = command("ingest", "platform", export, "--out", out, "--json")
    assert told.exit_code == 2
    assert told.stdout == ""
    assert "2099-01-01" in told.stderr
    assert "Traceback" not in told.stderr
    assert tree(out) == before
    with (tmp_path / "out.errors" / "problems.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert list(rows[0]) == ["table", "file", "row", "column", "value", "rule", "remedy"]
    assert {(row["table"], row["row"], row["column"], row["value"]) for row in rows} >= {
        ("orders", "3", "placed_on", "2099-01-01"), ("orders", "5", "quantity_kg", "-7.0"),
    }  # fmt: skip
    assert {row["file"] for row in rows} == {str(export / "orders.csv")}
    summary = json.loads((tmp_path / "out.errors" / "summary.json").read_text(encoding="utf-8"))
    assert summary["problems"] == len(rows) == sum(summary["by_rule"].values())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["export", "out", "out.errors"]  # nothing half-written


def test_errors_of_an_earlier_run_are_replaced_and_then_removed(export, tmp_path, command):
    out, errors = tmp_path / "out", tmp_path / "out.errors"
    honest = (export / "orders.csv").read_bytes()
    spoil(export)
    assert command("ingest", "platform", export, "--out", out).exit_code == 2
    assert not out.exists()
    first = (errors / "problems.csv").read_text(encoding="utf-8")
    (export / "orders.csv").write_bytes(b"")
    assert command("ingest", "platform", export, "--out", out).exit_code == 2
    second = (errors / "problems.csv").read_text(encoding="utf-8")
    assert "2099" in first
    assert "2099" not in second
    assert "0 bytes" in second
    (export / "orders.csv").write_bytes(honest)
    assert command("ingest", "platform", export, "--out", out).exit_code == 0
    assert not errors.exists()


def test_many_problems_are_counted_by_rule_and_only_the_first_are_shown(export, tmp_path, command):
    path = export / "visits.csv"
    frame = pd.read_csv(path, dtype=str, keep_default_na=False).assign(finding="good")
    frame.to_csv(path, index=False)
    told = command("ingest", "platform", export, "--out", tmp_path / "out")
    assert told.exit_code == 2
    assert f"{len(frame)} problems" in told.stderr
    assert told.stderr.count("'good'") == 5


@pytest.mark.parametrize("where", ["export", "export/inner", ".", "export/../export", "/"])
def test_out_may_not_swallow_its_own_source(export, tmp_path, command, where):
    before = tree(tmp_path)
    told = command("ingest", "platform", export, "--out", tmp_path / where)
    assert told.exit_code == 2
    assert "must not be the input" in " ".join(told.stderr.split())
    assert tree(tmp_path) == before


def test_folders_and_files_of_others_are_not_replaced(export, tmp_path, command):
    write_text(tmp_path / "thesis" / "chapter.txt", "years of work")
    write_text(tmp_path / "file", "a file")
    for out in ("thesis", "file", "file/out"):
        before = tree(tmp_path)
        told = command("ingest", "platform", export, "--out", tmp_path / out)
        assert told.exit_code == 2, out
        assert "Traceback" not in told.stderr
        assert tree(tmp_path) == before


def test_a_wrong_folder_or_mapping_is_told_as_well(export, tmp_path, command):
    write_text(tmp_path / "mapping.yaml", "encodings: gb18030\n")
    for words in (["nowhere"], [export / "firms.csv"], [export, "--mapping", tmp_path / "mapping.yaml"]):
        told = command("ingest", "platform", *words, "--out", tmp_path / "out")
        assert told.exit_code == 2
        assert "Traceback" not in told.stderr
        assert not (tmp_path / "out").exists()
        assert (tmp_path / "out.errors" / "problems.csv").is_file()


def test_the_page_for_people_names_tables_and_gaps(export, tmp_path, command):
    told = command("ingest", "platform", export, "--out", tmp_path / "out", "--as-of", "2023-06-01")
    assert told.exit_code == 0
    assert "only what was known by 2023-06-01 was kept" in told.stdout
    assert all(name in told.stdout for name in TABLES)


def test_the_tables_of_a_simulated_market_come_back_through_the_front_door(tmp_path, command):
    """The circle of the laboratory: what the market lets the platform see is what an export looks like."""
    sim, out = tmp_path / "sim", tmp_path / "out"
    assert command("simulate", "--firms", 30, "--days", 60, "--seed", 3, "--out", sim, "--json").exit_code == 0
    assert sorted(path.name for path in sim.iterdir()) == sorted(f"{name}.parquet" for name in TABLES)
    told = command("ingest", "platform", sim, "--out", out, "--json")
    assert told.exit_code == 0, told.stderr
    answer = IngestAnswer.model_validate(json.loads(told.stdout))
    assert answer.tables_hash == hash_of_tables(read_tables(sim)) == hash_of_tables(read_tables(out))
    assert min(answer.rows.values()) > 0
    for name in TABLES:  # and once more as a CSV export
        pd.read_parquet(sim / f"{name}.parquet").to_csv(sim / f"{name}.csv", index=False)
        (sim / f"{name}.parquet").unlink()
    told = command("ingest", "platform", sim, "--out", out, "--json")
    assert told.exit_code == 0, told.stderr
    assert json.loads(told.stdout)["tables_hash"] == answer.tables_hash


def test_the_public_sba_file_is_ingested_with_its_gaps(real_data, tmp_path, command):
    path = real_data / "loans" / "sba_casecontrol.csv.gz"
    if not path.is_file():
        pytest.skip(f"no {path}")
    told = command("ingest", "sba", path, "--out", tmp_path / "sba", "--json")
    assert told.exit_code == 0, told.stderr
    answer = IngestAnswer.model_validate(json.loads(told.stdout))
    assert answer.rows == {"loans": 63_645}
    assert answer.gaps["no_disbursement_date"] == 144
    lineage = json.loads((tmp_path / "sba" / "lineage.json").read_text(encoding="utf-8"))
    assert lineage["gaps"] == answer.gaps
    assert command("ingest", "sba", path, "--out", tmp_path / "again").stdout.count("known gap") == 1


def test_a_broken_sba_file_is_refused_whole(tmp_path, command):
    (tmp_path / "loans.csv").write_text("LoanNr_ChkDgt,State\n1,IN\n", encoding="utf-8")
    told = command("ingest", "sba", tmp_path / "loans.csv", "--out", tmp_path / "sba", "--json")
    assert (told.exit_code, told.stdout) == (2, "")
    assert "ApprovalDate" in (tmp_path / "sba.errors" / "problems.csv").read_text(encoding="utf-8")
    shutil.rmtree(tmp_path / "sba.errors")
    assert command("ingest", "sba", tmp_path, "--out", tmp_path / "inner" / "sba").exit_code == 2
