"""`creditlab validate` as a user meets it: one JSON object, other people's slices, bad input by column and rule."""

import json

import numpy as np
import pandas as pd
import pytest
from synthetic_platform import platform_tables

from credit.tables import write_tables

ASKED = {"rows", "auc", "auc_ci", "ks", "brier", "calibration_slope", "calibration_intercept", "psi"}


@pytest.fixture(scope="module")
def slices(real_data, tmp_path_factory):
    """Two slices of the SBA file that share no loan, one of them gzipped."""
    folder = tmp_path_factory.mktemp("slices")
    raw = pd.read_csv(real_data / "loans" / "sba_casecontrol.csv.gz", dtype=str, keep_default_na=False)
    raw = raw.sample(n=5000, random_state=3)
    raw[:2500].to_csv(folder / "train.csv", index=False)
    raw[2500:].to_csv(folder / "test.csv.gz", index=False)
    return folder / "train.csv", folder / "test.csv.gz"


def told(result):
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_any_slice_of_sba_loans_is_judged_by_what_another_slice_taught(command, slices):
    train, test = slices
    answer = told(command("validate", "sba", test, "--train", train, "--model", "logistic", "--json"))
    assert set(answer) >= ASKED
    assert answer["rows"] == 2500
    assert answer["rows"] == answer["rows_used"] + sum(answer["exclusions"].values())
    assert answer["auc_ci"][0] < answer["auc"] < answer["auc_ci"][1]
    assert 0.62 < answer["auc"] < 0.85  # no outcome leaks into the features
    assert answer["rows_in_both"] == 0
    assert answer["psi"] < 0.05  # a random slice is like another
    assert not {"term", "Term", "gross_disbursed_usd"} & set(answer["features"])


@pytest.mark.parametrize("split", ["ApprovalFY", "ApprovalDate"])
def test_what_tells_how_files_were_kept_is_left_out_for_later_loans_only(command, real_data, tmp_path, slices, split):
    raw = pd.read_csv(real_data / "loans" / "sba_casecontrol.csv.gz", dtype=str, keep_default_na=False)
    raw = raw.sample(n=6000, random_state=4)
    year = raw[split].str.extract(r"(\d{4})")[0].astype(int)  # a fiscal year begins in October of the year before
    for name, rows in (("train", year <= 2005), ("test", year.between(2006, 2010))):
        raw[rows].to_csv(tmp_path / f"{name}.csv", index=False)
    words = ("--model", "logistic", "--json")
    later = told(command("validate", "sba", tmp_path / "test.csv", "--train", tmp_path / "train.csv", *words))
    assert "franchise" not in later["features"]
    assert any("loans judged are later: franchise" in note for note in later["notes"])
    train, test = slices
    assert "franchise" in told(command("validate", "sba", test, "--train", train, *words))["features"]


def test_loans_judged_that_were_learnt_from_are_counted_aloud(command, slices):
    train, _ = slices
    answer = told(command("validate", "sba", train, "--train", train, "--model", "logistic", "--json"))
    assert answer["rows_in_both"] == answer["rows_used"]
    assert any("flatter the model" in note for note in answer["notes"])


def test_the_same_call_gives_the_same_bytes_and_another_seed_another_answer(command, real_data):
    words = ("validate", "german", real_data / "loans" / "german_credit.data", "--model", "logistic", "--json")
    assert command(*words).stdout == command(*words).stdout
    assert told(command(*words))["auc"] != told(command(*words, "--seed", "5"))["auc"]
    answer = told(command(*words))
    assert (answer["rows"], answer["defaults"], answer["folds"]) == (1000, 300, 10)
    assert answer["auc"] > 0.77


def test_a_platform_is_judged_on_firms_it_has_not_seen(command, tmp_path):
    write_tables(platform_tables(firms=150, days=900, seed=3), tmp_path / "tables")
    answer = told(command("validate", "platform", tmp_path / "tables", "--model", "logistic", "--json"))
    assert answer["dataset"] == "platform"
    assert answer["auc"] > 0.6


def test_a_world_without_signal_is_not_flattered(command, tmp_path):
    areas = []
    for seed in range(4):
        rng = np.random.default_rng(seed)
        noise = pd.DataFrame(rng.normal(size=(1500, 12)), columns=[f"noise_{k}" for k in range(12)])
        noise.assign(bad=(rng.random(1500) < 0.2).astype(int)).to_parquet(tmp_path / "noise.parquet")
        words = ("--outcome", "bad", "--model", "logistic", "--json")
        areas.append(told(command("validate", "table", tmp_path / "noise.parquet", *words))["auc"])
    assert np.mean(areas) == pytest.approx(0.5, abs=0.025)  # standard error of the mean: .009


def test_copies_of_rows_are_no_evidence(command, tmp_path):
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(rng.normal(size=(300, 5)), columns=list("abcde")).assign(bad=rng.integers(0, 2, 300))
    pd.concat([frame] * 6).to_csv(tmp_path / "copies.csv", index=False)
    frame.to_csv(tmp_path / "once.csv", index=False)
    words = ("--outcome", "bad", "--model", "logistic", "--json")
    copies, once = (told(command("validate", "table", tmp_path / f"{name}.csv", *words)) for name in ("copies", "once"))
    assert copies["auc"] == pytest.approx(once["auc"], abs=0.03)
    widths = [answer["auc_ci"][1] - answer["auc_ci"][0] for answer in (copies, once)]
    assert widths[0] == pytest.approx(widths[1], rel=0.05)
    assert any("1500 rows repeat another one" in note for note in copies["notes"])


def frame_of_cards(rows: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(8)
    debt = rng.lognormal(0, 1, rows)
    return pd.DataFrame(
        {
            "debt": debt, "age": rng.integers(20, 70, rows).astype(float), "job": rng.choice(["clerk", "driver"], rows),
            "weight": np.ones(rows), "bad": (rng.random(rows) < np.clip(0.1 * debt, 0, 0.9)).astype(int),
        }
    )  # fmt: skip


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda f: f.assign(bad=0), ("bad", "defaults with weight are needed")),
        (lambda f: f.assign(bad=1), ("bad", "survivors with weight are needed")),
        (lambda f: f.head(3), ("bad", "defaults with weight are needed")),
        (lambda f: f.assign(weight=0.0), ("weight", "at least one weight must be > 0")),
        (lambda f: f.assign(weight=-1.0), ("weight", "must be a finite number >= 0")),
        (lambda f: f.assign(debt=f["debt"].where(f.index != 5, np.inf)), ("row 6, debt", "must be finite")),
        (lambda f: f.assign(age=f["age"].astype(str).where(f.index != 5, "old")), ("row 6, age", "must be a number")),
        (lambda f: f.assign(bad=f["bad"] + 1), ("bad", "must be 0 or 1")),
        (lambda f: f.drop(columns="bad"), ("bad", "the outcome column is not in the table")),
        (lambda f: f.assign(day="2999-12-31"), ("day", "is a date")),
        (lambda f: f[["bad", "weight"]], ("", "at least one feature beside the outcome")),
    ],
)
def test_bad_input_is_named_by_column_and_rule(command, tmp_path, spoil, named):
    spoil(frame_of_cards()).to_csv(tmp_path / "cards.csv", index=False)
    result = command(
        "validate", "table", tmp_path / "cards.csv", "--outcome", "bad", "--weight", "weight", "--model", "logistic",
        "--json",
    )  # fmt: skip
    assert result.exit_code == 2
    assert result.stdout == ""
    said = " ".join(result.stderr.split())
    assert all(word in said for word in named), said


def test_what_is_odd_but_sound_has_an_answer(command, tmp_path):
    """Missing values, zero variance, unseen categories and weights of zero are not errors."""
    frame = frame_of_cards().assign(constant=1.0, empty=np.nan)
    frame.loc[::7, "age"] = np.nan
    frame.loc[:19, "weight"] = 0.0
    frame.to_csv(tmp_path / "train.csv", index=False)
    frame.assign(job="pilot").to_csv(tmp_path / "test.csv", index=False)
    words = ("--outcome", "bad", "--weight", "weight", "--model", "logistic", "--json")
    answer = told(command("validate", "table", tmp_path / "test.csv", "--train", tmp_path / "train.csv", *words))
    assert answer["exclusions"] == {"no_outcome": 0, "no_weight": 20}
    assert answer["auc"] > 0.55
    assert any("constant" in note and "empty" in note for note in answer["notes"])


def test_a_feature_that_knows_the_outcome_is_named(command, tmp_path):
    frame = frame_of_cards().assign(
        written_off=lambda f: f["bad"] * 7.0, status=lambda f: f["bad"].map({0: "a", 1: "b"})
    )
    frame["recovered"] = frame["debt"].where(frame["bad"] == 1)  # told of defaults only
    frame.to_csv(tmp_path / "cards.csv", index=False)
    words = ("validate", "table", tmp_path / "cards.csv", "--outcome", "bad", "--model", "scorecard")
    result = command(*words)
    assert result.exit_code == 2
    said = " ".join(result.stderr.split())
    assert all(f"{name}: tells the outcome by itself" in said for name in ("written_off", "status", "recovered")), said
    assert "debt" not in said


def test_a_feature_told_of_defaults_only_is_named_though_it_is_not_told_of_all(command, tmp_path):
    frame = frame_of_cards().assign(written_off_on=lambda f: f["age"].where(f["bad"] == 1))
    frame.loc[frame.index[frame["bad"] == 1][:3], "written_off_on"] = np.nan
    frame.to_csv(tmp_path / "cards.csv", index=False)
    answer = told(command("validate", "table", tmp_path / "cards.csv", "--outcome", "bad", "--json"))
    assert any("written_off_on" in note and "age" not in note.split(":")[1] for note in answer["notes"])


def test_another_schema_is_refused_by_column(command, tmp_path):
    frame_of_cards().to_csv(tmp_path / "train.csv", index=False)
    frame_of_cards().rename(columns={"debt": "debts"}).assign(age="old").to_csv(tmp_path / "test.csv", index=False)
    result = command(
        "validate", "table", tmp_path / "test.csv", "--train", tmp_path / "train.csv", "--outcome", "bad", "--json"
    )
    said = " ".join(result.stderr.split())
    assert result.exit_code == 2
    assert "debt: the training table has this column" in said
    assert "debts: the training table lacks this column" in said
    assert "age: holds words here and numbers in the training table" in said


def test_a_file_that_is_not_there_and_a_file_that_is_another(command, tmp_path):
    (tmp_path / "x.csv").write_text("a,b\n1,2\n")
    for dataset in ("sba", "german", "polish"):
        assert command("validate", dataset, tmp_path / "absent", "--json").exit_code == 2
        assert command("validate", dataset, tmp_path / "x.csv", "--json").exit_code == 2
    assert command("validate", "platform", tmp_path, "--json").exit_code == 2


def test_a_column_that_is_wrong_throughout_is_told_by_its_first_rows(command, tmp_path):
    days = pd.DataFrame({"day": [f"202001{day:02d}" for day in range(1, 29)] * 10, "bad": [0, 1] * 140})
    days.to_csv(tmp_path / "days.csv", index=False)
    told = command("validate", "table", tmp_path / "days.csv", "--outcome", "bad", "--vintage", "day")
    assert told.exit_code == 2
    assert "row 1, day: '20200101'" in " ".join(told.stderr.split())
    assert "... and 230 more" in told.stderr
