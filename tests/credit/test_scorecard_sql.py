"""A scorecard as SQL scores as Python does: on edges, gaps, unseen words and odd names."""

import itertools

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from credit.errors import BadInput
from credit.scorers.bins import CategoryBins, NumericBins
from credit.scorers.scorecard import Scorecard
from credit.scorers.scorecard_sql import scorecard_sql
from credit.scorers.scorecard_table import ScorecardTable, ScoredFeature


def firms(rows: int = 3000, seed: int = 8) -> tuple[pd.DataFrame, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = pd.DataFrame(rng.normal(size=(rows, 3)), columns=["lateness", "age", "noise"])
    X["trade"] = pd.Categorical(rng.choice(["film", "pipe", "toys", "bags"], rows, p=[0.4, 0.3, 0.2, 0.1]))
    odds = (-2.0 + X["lateness"] - 0.5 * X["age"]).to_numpy() + (X["trade"] == "bags").to_numpy()
    y = (rng.random(rows) < 1 / (1 + np.exp(-odds))).astype(int)
    return X.mask(rng.random(X.shape) < 0.1), y


def in_duckdb(query: str, table: pd.DataFrame) -> pd.DataFrame:
    with duckdb.connect() as base:
        base.register("firms now", table)
        return base.execute(query).df()


def test_sql_scores_identically_in_duckdb():
    X, y = firms()
    card = Scorecard().fit(X, y)
    table = X.astype({"trade": object}).reset_index(names="row")
    told = in_duckdb(card.to_sql("firms now", select="everything"), table).sort_values("row")
    assert (told["points"].to_numpy() == card.points(X)).all()
    assert told["pd"].to_numpy() == pytest.approx(card.predict_pd(X), rel=1e-12)
    parts = in_duckdb(card.to_sql("firms now", select="contributions"), table)
    sums = parts.filter(like=" points").sum(axis=1) + card.table_.base_points
    assert sorted(sums) == sorted(parts["points"])


ODD_NAMES = ('say "when"', "two words", "select", "单位", "semi;colon --", "it's", "UPPER", "a\nline")
ODD_WORDS = ("", "it's", '"', "NULL", "a\\b", "塑料", "x; DROP TABLE y --", " lead", "Lead", "lead")


@settings(max_examples=25)
@given(st.data())
def test_sql_agrees_on_edges_gaps_unseen_words_and_odd_names(data):
    edges = data.draw(
        st.lists(st.floats(-1e12, 1e12) | st.sampled_from([0.1, 0.3, 1e-300, 5e-324]), max_size=5, unique=True)
    )
    code = data.draw(st.sampled_from([(), (-999.0,), (0.25, -1.0)]))
    words = data.draw(st.permutations(ODD_WORDS))
    names = data.draw(st.permutations(ODD_NAMES))
    number, word = (
        NumericBins(names[0], tuple(sorted(edges)), code),
        CategoryBins(names[1], (tuple(words[:3]), tuple(words[3:5]))),
    )
    points = data.draw(st.lists(st.integers(-90, 90), min_size=len(number) + 4, max_size=len(number) + 4))
    card = ScorecardTable(
        500, (ScoredFeature(number, tuple(points[: len(number)])), ScoredFeature(word, tuple(points[len(number) :])))
    )
    near = [v for e in (*edges, *code) for v in (e, np.nextafter(e, -np.inf), np.nextafter(e, np.inf))]
    values = [*near, np.nan, 0.0, -0.0, 1.7976931348623157e308, -1.7976931348623157e308]
    rows = list(itertools.zip_longest(values, [*words, None, "new"], fillvalue=None))
    frame = pd.DataFrame(
        {
            names[0]: [np.nan if v is None else v for v, _ in rows],
            names[1]: pd.Series([w for _, w in rows], dtype=object),
        }
    )
    table = frame.assign(row=range(len(frame)))
    with duckdb.connect() as base:
        base.register("odd", table)
        base.execute('CREATE TABLE "odd "" one" AS SELECT * FROM odd')
        told = base.execute(scorecard_sql(card, 'odd " one', "everything")).df().sort_values("row")
    assert told["points"].tolist() == card.points(frame).tolist()


def test_sql_takes_not_a_number_as_missing_and_whole_numbers_as_numbers():
    card = ScorecardTable(500, (ScoredFeature(NumericBins("x", (1.0, 3.0)), (5, 0, -5, -40)),))
    with duckdb.connect() as base:
        base.execute("CREATE TABLE t AS SELECT * FROM (VALUES ('nan'::DOUBLE), (NULL), (2.9), (3.0)) AS v(x)")
        assert [row[0] for row in base.execute(scorecard_sql(card, "t")).fetchall()] == [460, 460, 500, 495]
        base.execute("CREATE TABLE whole AS SELECT * FROM (VALUES (0), (1), (3), (NULL)) AS v(x)")
        assert [row[0] for row in base.execute(scorecard_sql(card, "whole")).fetchall()] == [505, 500, 495, 460]
        base.execute("CREATE TABLE exact AS SELECT CAST(x AS DECIMAL(9, 4)) AS x FROM (VALUES (0.9999), (1.0)) AS v(x)")
        assert [row[0] for row in base.execute(scorecard_sql(card, "exact")).fetchall()] == [505, 500]


def test_names_that_a_database_takes_for_one_are_refused():
    two = tuple(ScoredFeature(NumericBins(name, (1.0,)), (1, 0, 0)) for name in ("Age", "age"))
    with pytest.raises(BadInput, match="Age: differs from another column by upper and lower case only"):
        scorecard_sql(ScorecardTable(500, two), "t")
