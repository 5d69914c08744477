"""`creditlab fit scorecard|boosted|...` and `creditlab score`: saved, read, and put to use on tables of any length."""

import json
import pickle

import numpy as np
import pandas as pd
import pyarrow
import pytest
from synthetic_platform import platform_tables

from credit.anomalies.planted import SCHEMES, plant
from credit.tables import write_tables
from credit.validation import table_scoring
from credit.validation.saved import read
from credit.validation_sets import german, table


@pytest.fixture(scope="module")
def cards(tmp_path_factory):
    """A table with numbers, words, gaps and an outcome that both drive."""
    rng = np.random.default_rng(8)
    folder = tmp_path_factory.mktemp("cards")
    frame = pd.DataFrame({"debt": rng.lognormal(0, 1, 900), "job": rng.choice(["clerk", "driver"], 900)})
    risk = 0.12 * frame["debt"] + 0.1 * (frame["job"] == "driver")
    frame["bad"] = (rng.random(900) < risk.clip(0, 0.9)).astype(int)
    frame.loc[::9, "debt"] = np.nan
    frame.insert(0, "card", [f"K{number}" for number in range(900)])
    frame.to_csv(folder / "cards.csv", index=False)
    frame.to_parquet(folder / "cards.parquet")
    return folder


def fitted(command, cards, model):
    out = cards / f"{model}.json"
    words = ("fit", model, "table", cards / "cards.csv", "--outcome", "bad", "--leave-out", "card", "--out", out)
    result = command(*words, "--threads", "1", "--json")
    assert result.exit_code == 0, result.stderr
    return out, json.loads(result.stdout)


@pytest.mark.parametrize("model", ["scorecard", "boosted", "logistic"])
def test_a_saved_model_scores_a_file_as_the_object_in_memory_does(command, cards, model):
    out, answer = fitted(command, cards, model)
    assert answer["data_hash"] == json.loads(out.read_text())["data_hash"]
    known = table(cards / "cards.csv", "bad", leave_out=["card"])
    scorer = read(out).scorer
    for source, scored in (("cards.csv", "a.parquet"), ("cards.parquet", "b.csv")):
        words = ("score", out, cards / source, "--out", cards / scored, "--keep", "card", "--keep", "bad", "--reasons")
        result = command(*words, "--json")
        assert result.exit_code == 0, result.stderr
        told = (pd.read_parquet if scored.endswith("parquet") else pd.read_csv)(cards / scored)
        np.testing.assert_allclose(told["pd"], scorer.predict_pd(known.X), atol=1e-12)
        np.testing.assert_allclose(told["points"], scorer.points(known.X), atol=1e-9)
        assert told["card"].tolist() == [f"K{number}" for number in range(900)]
        assert set(";".join(told["reasons"].dropna()).split(";")) <= {"debt", "debt.missing", "job"}
        assert json.loads(result.stdout)["rows"] == 900


def test_pieces_do_not_show_in_the_result(command, cards, monkeypatch):
    out, _ = fitted(command, cards, "scorecard")
    words = ("score", out, cards / "cards.parquet", "--keep", "card", "--keep", "bad", "--out")
    command(*words, cards / "whole.csv")
    monkeypatch.setattr(table_scoring, "CHUNK_ROWS", 7)
    command(*words, cards / "pieces.csv")
    assert (cards / "pieces.csv").read_bytes() == (cards / "whole.csv").read_bytes()


@pytest.fixture
def several_cores():
    """Arrow reads on several threads where it may, whatever the settings of this run."""
    before = pyarrow.cpu_count()
    pyarrow.set_cpu_count(4)
    yield
    pyarrow.set_cpu_count(before)


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (
            lambda f: f.rename(columns={"debt": "debts"}),
            ("debt: the model needs this column", "debts: the model does not"),
        ),
        (lambda f: f.assign(debt=f["debt"].where(f.index != 5, np.inf)), ("row 6, debt",)),
        (
            lambda f: f.assign(debt=f["debt"].astype(str).where(f.index != 5, "much")),
            ("row 6, debt", "must be a number"),
        ),
        (lambda f: f.drop(columns="card"), ("card: the column to keep is not in the table",)),
        (lambda f: f.iloc[:0], ("must hold rows",)),
    ],
)
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_another_schema_is_refused_by_column_and_nothing_is_written(
    command, cards, tmp_path, spoil, named, ending, several_cores
):
    out, _ = fitted(command, cards, "scorecard")
    frame = spoil(pd.read_csv(cards / "cards.csv").drop(columns="bad"))
    source = tmp_path / f"other.{ending}"
    frame.to_csv(source, index=False) if ending == "csv" else frame.to_parquet(source)
    result = command("score", out, source, "--out", tmp_path / "scored.csv", "--keep", "card", "--json")
    said = " ".join(result.stderr.split())
    assert result.exit_code == 2, result.stdout
    assert all(word in said for word in named), said
    assert not (tmp_path / "scored.csv").exists()


def test_words_never_seen_are_scored_and_three_rows_are_enough(command, cards, tmp_path):
    out, _ = fitted(command, cards, "scorecard")
    pd.DataFrame({"debt": [0.1, 2.0, np.nan], "job": ["pilot", None, "clerk"]}).to_csv(
        tmp_path / "new.csv", index=False
    )
    result = command("score", out, tmp_path / "new.csv", "--out", tmp_path / "scored.csv", "--json")
    assert result.exit_code == 0, result.stderr
    assert pd.read_csv(tmp_path / "scored.csv")["pd"].between(0, 1).all()


def test_a_model_on_a_named_data_set_scores_its_own_kind_of_file(command, real_data, tmp_path):
    path = real_data / "loans" / "german_credit.data"
    words = ("fit", "scorecard", "german", path, "--out", tmp_path / "model.json", "--json")
    assert command(*words).exit_code == 0
    first = (tmp_path / "model.json").read_bytes()
    command(*words)
    assert (tmp_path / "model.json").read_bytes() == first  # the same data, the same bytes
    result = command("score", tmp_path / "model.json", path, "--out", tmp_path / "scored.csv", "--json")
    assert result.exit_code == 0, result.stderr
    told = pd.read_csv(tmp_path / "scored.csv")
    np.testing.assert_allclose(told["pd"], read(tmp_path / "model.json").scorer.predict_pd(german(path).X))
    judged = command("validate", "german", path, "--model-file", tmp_path / "model.json", "--json")
    assert any("learnt from these very rows" in note for note in json.loads(judged.stdout)["notes"])


def test_what_is_no_model_is_refused(command, tmp_path):
    (tmp_path / "model.json").write_text('{"kind": "recipe"}')
    (tmp_path / "data.csv").write_text("a\n1\n")
    (tmp_path / "deep.json").write_text("[" * 100_000)
    (tmp_path / "runs.json").write_bytes(pickle.dumps({"kind": "scorecard"}))
    for model in ("model.json", "data.csv", "absent.json", "deep.json", "runs.json"):
        result = command("score", tmp_path / model, tmp_path / "data.csv", "--out", tmp_path / "out.csv", "--json")
        assert result.exit_code == 2
        assert f"{model}" in "".join(result.stderr.split())


@pytest.mark.parametrize(
    "damage",
    [
        lambda model: model.pop("features"),
        lambda model: model["features"][0].update(edges=["low"]),
        lambda model: model["features"][0].pop("points"),
        lambda model: model.update(settings=None),
        lambda model: model.update(kind=["scorecard"]),
        lambda model: model["trained_on"].update(columns="words"),
    ],
)
def test_a_damaged_model_is_refused_by_its_file(command, cards, tmp_path, damage):
    source, _ = fitted(command, cards, "scorecard")
    model = json.loads(source.read_text())
    del model["content_hash"]
    damage(model)
    (tmp_path / "damaged.json").write_text(json.dumps(model))
    result = command("score", tmp_path / "damaged.json", cards / "cards.csv", "--out", tmp_path / "scored.csv")
    assert result.exit_code == 2
    assert "damaged.json" in "".join(result.stderr.split())


def test_a_model_changed_by_hand_is_not_the_model_that_was_validated(command, cards, tmp_path):
    source, _ = fitted(command, cards, "scorecard")
    model = json.loads(source.read_text())
    model["features"][0]["points"][0] += 1
    (tmp_path / "changed.json").write_text(json.dumps(model))
    result = command("score", tmp_path / "changed.json", cards / "cards.csv", "--out", tmp_path / "scored.csv")
    assert result.exit_code == 2
    assert "was changed after it was saved" in " ".join(result.stderr.split())
    assert not (tmp_path / "scored.csv").exists()


def test_nothing_is_written_over_what_is_read(command, cards, tmp_path):
    model, _ = fitted(command, cards, "scorecard")
    source = tmp_path / "cards.csv"
    before = (cards / "cards.csv").read_bytes()
    source.write_bytes(before)
    write_tables(platform_tables(firms=12, days=90, seed=4), tmp_path / "tables")
    orders = (tmp_path / "tables" / "orders.parquet").read_bytes()
    for words in (
        ("fit", "scorecard", "table", source, "--outcome", "bad", "--leave-out", "card", "--out", source),
        ("score", model, source, "--keep", "card", "--keep", "bad", "--out", source),
        ("features", tmp_path / "tables", "--out", tmp_path / "tables" / "orders.parquet"),
    ):
        result = command(*words)
        assert result.exit_code == 2
        assert "would be written over what is read" in " ".join(result.stderr.split())
    assert source.read_bytes() == before
    assert (tmp_path / "tables" / "orders.parquet").read_bytes() == orders


def test_a_line_with_other_cells_than_the_header_is_named(command, cards, tmp_path):
    model, _ = fitted(command, cards, "scorecard")
    (tmp_path / "new.csv").write_text("debt,job\n.2,clerk\n.3\n")
    result = command("score", model, tmp_path / "new.csv", "--out", tmp_path / "scored.csv")
    assert result.exit_code == 2
    assert "row 2: '.3': must have 2 cells like the header, not 1" in " ".join(result.stderr.split())


@pytest.mark.parametrize(("constant", "exit_code"), [(["debt"], 0), (["debt", "job"], 2)])
def test_what_never_varies_is_named_and_a_model_of_nothing_is_refused(command, cards, tmp_path, constant, exit_code):
    pd.read_csv(cards / "cards.csv").assign(**dict.fromkeys(constant, 1.0)).to_csv(tmp_path / "cards.csv", index=False)
    words = ("fit", "scorecard", "table", tmp_path / "cards.csv", "--outcome", "bad", "--leave-out", "card")
    result = command(*words, "--out", tmp_path / "model.json")
    assert result.exit_code == exit_code
    assert ", ".join(constant) in result.stdout + result.stderr
    assert (tmp_path / "model.json").exists() == (exit_code == 0)


def test_whom_the_fraud_gate_refuses_gets_no_score(command, tmp_path):
    honest = platform_tables(firms=150, days=900, seed=3)
    write_tables(honest, tmp_path / "honest")
    words = ("fit", "scorecard", "platform", tmp_path / "honest", "--out", tmp_path / "model.json", "--threads", "1")
    assert command(*words).exit_code == 0
    day = honest["orders"]["placed_on"].max().date()
    forged, truth = plant(honest, day, schemes={"double_assignment": SCHEMES["double_assignment"]})
    write_tables(forged, tmp_path / "forged")
    words = ("score", tmp_path / "model.json", tmp_path / "forged", "--out", tmp_path / "s.csv", "--as-of", str(day))
    said = command(*words, "--reasons", "--json")
    assert said.exit_code == 0, said.stderr
    told = pd.read_csv(tmp_path / "s.csv").set_index("firm_id")
    is_refused = told["gate"] == "refuses"
    assert is_refused[truth.index].all()
    assert told.loc[is_refused, ["points", "pd", "reasons"]].isna().all(axis=None)
    assert told.loc[is_refused, "gate_codes"].notna().all()
    assert told.loc[~is_refused, ["points", "pd"]].notna().all(axis=None)
    answer = json.loads(said.stdout)
    assert (answer["rows"], answer["rows_refused"]) == (len(told), is_refused.sum())
    assert answer["pd_mean"] == pytest.approx(told["pd"].mean())


def test_a_table_has_no_day_to_be_scored_as_of(command, cards, tmp_path):
    out, _ = fitted(command, cards, "scorecard")
    result = command("score", out, cards / "cards.csv", "--out", tmp_path / "s.csv", "--as-of", "2026-01-01")
    assert result.exit_code == 2
    assert "--as-of: 2026-01-01" in " ".join(result.stderr.split())
