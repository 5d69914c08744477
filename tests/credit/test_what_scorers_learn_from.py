"""Cells that no scorer may learn from, and rows that are copies of one another."""

import numpy as np
import pandas as pd
import pytest

from credit.errors import BadInput
from credit.scorers.boosted import BoostedScorer
from credit.scorers.calibrated import CalibratedScorer
from credit.scorers.combined import ControllerEnterpriseScorer
from credit.scorers.folds import copies_of
from credit.scorers.logistic import LogisticScorer
from credit.scorers.scorecard import Scorecard
from credit.validation_sets.any_table import table

SCORERS = {
    "scorecard": Scorecard(),
    "boosted": BoostedScorer(rounds=5),
    "logistic": LogisticScorer(),
    "calibrated": CalibratedScorer(LogisticScorer()),
    "combined": ControllerEnterpriseScorer(),
}


def firms(rows: int = 400) -> tuple[pd.DataFrame, np.ndarray]:
    draws = np.random.default_rng(4)
    X = pd.DataFrame(draws.normal(size=(rows, 2)), columns=["margin", "leverage"])
    return X, (draws.random(rows) < 0.3).astype(int)


@pytest.mark.parametrize("scorer", SCORERS.values(), ids=SCORERS.keys())
def test_an_infinite_value_is_named_by_the_row_in_which_the_caller_put_it(scorer):
    X, y = firms()
    weights = np.ones(len(X))
    weights[:7], X.loc[3, "leverage"] = 0.0, np.inf  # without weight a row is as if it had never been there
    scorer.fit(X, y, sample_weight=weights)
    X.loc[9, "leverage"] = -np.inf
    with pytest.raises(BadInput, match="row 10, leverage: -inf: every value must be a finite number"):
        scorer.fit(X, y, sample_weight=weights)


@pytest.mark.parametrize("scorer", SCORERS.values(), ids=SCORERS.keys())
@pytest.mark.parametrize("cells", [["x", 1.0], [[1], [2]], ["1.5", "2.5"], ["2020-01-01", 1]], ids=str)
def test_cells_that_are_neither_numbers_nor_words_are_refused_by_column(scorer, cells):
    X, y = firms()
    X["margin"] = pd.Series(cells * (len(X) // 2), dtype=object)
    with pytest.raises(BadInput, match="margin"):
        scorer.fit(X, y)


def test_codes_of_digits_are_words_where_the_table_says_so():
    X, y = firms()
    X["sector"] = pd.Categorical(np.where(y == 1, "32", "33"))
    assert Scorecard().fit(X, y).information()["sector"] > 1


@pytest.mark.parametrize("factor", [1e-9, 1e200])
def test_a_unit_in_which_a_feature_would_be_lost_is_refused(factor):
    X, y = firms()
    with pytest.raises(BadInput, match=r"margin: .*give it in another unit"):
        LogisticScorer().fit(X.assign(margin=X["margin"] * factor), y)


def test_rows_of_fine_columns_that_are_alike_are_copies_and_those_of_coarse_ones_are_not():
    X, _ = firms()
    twice = pd.concat([X, X.head(3)], ignore_index=True)
    assert len(np.unique(copies_of(twice))) == len(X)
    assert copies_of((X > 0).astype(float)) is None


def test_folds_leave_no_kind_of_firm_out_where_few_kinds_exist(tmp_path):
    grade = np.random.default_rng(1).integers(0, 4, 2000)
    y = (np.random.default_rng(2).random(2000) < 0.05 + 0.1 * grade).astype(int)
    path = tmp_path / "coarse.csv"
    pd.DataFrame({"grade": [f"G{one}" for one in grade], "bad": y}).to_csv(path, index=False)
    assert table(path, "bad").clusters is None
