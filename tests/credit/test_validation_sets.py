"""The sets on which scorers are judged: what is left out is counted, what leaks is absent, what is wrong is named."""

import gzip
import shutil

import numpy as np
import pandas as pd
import pytest
from synthetic_platform import platform_tables

from credit.errors import BadInput
from credit.firm_months import firm_months
from credit.tables import write_tables
from credit.validation_sets import german, platform, polish, sba, table


def test_german_credit_has_the_published_counts_and_names_its_codes(real_data):
    known = german(real_data)
    assert known.X.shape == (1000, 20)
    assert known.y.sum() == 300
    rates = pd.Series(known.y).groupby(known.X["credit_history"], observed=True).mean()
    assert rates.idxmax() == "was late before"  # the correction of the code table: reasons make sense
    assert rates.idxmin() == "all credits here repaid duly"
    owners = known.X[known.X["housing"] == "own"]
    assert (owners["property"] == "real estate").mean() > 0.95
    assert (known.X["foreign_worker"] == "foreign").mean() == 0.037  # of clients of a German bank
    assert known.X["purpose"].value_counts()["business"] == 12


def test_german_credit_refuses_an_unknown_code_by_line_and_attribute(real_data, tmp_path):
    lines = (real_data / "loans" / "german_credit.data").read_text().splitlines()
    lines[4] = lines[4].replace("A11", "A19", 1)
    (tmp_path / "german.data").write_text("\n".join(lines))
    with pytest.raises(BadInput, match=r"row 5, checking_account: 'A19': must be one of A11"):
        german(tmp_path / "german.data")
    (tmp_path / "short.data").write_text("A11 6 A34\n")
    with pytest.raises(BadInput, match="21 cells"):
        german(tmp_path / "short.data")


def test_polish_firms_have_the_published_counts_and_their_gaps(real_data):
    known = polish(real_data)
    assert known.X.shape == (5910, 64)
    assert known.y.sum() == 410
    text = gzip.decompress((real_data / "firms" / "polish_bankruptcy_5year.arff.gz").read_bytes()).decode()
    assert known.X.isna().sum().sum() == text.split("@data")[1].count("?")
    rich = known.X["net_profit_to_assets"] > known.X["net_profit_to_assets"].median()
    assert known.y[rich].mean() < known.y[~rich].mean()  # the names stand at the right columns


def test_polish_cells_that_are_no_numbers_are_named(real_data, tmp_path):
    text = gzip.decompress((real_data / "firms" / "polish_bankruptcy_5year.arff.gz").read_bytes()).decode()
    head, data = text.split("@data\n", 1)
    (tmp_path / "wrong.arff").write_text(head + "@data\n" + data.replace("0.088238", "rich", 1))
    with pytest.raises(BadInput, match=r"row 1, Attr1: 'rich': must be a number or \?"):
        polish(tmp_path / "wrong.arff")


def test_sba_counts_every_loan_and_knows_nothing_of_the_future(real_data):
    plain, whole = sba(real_data), sba(real_data, with_lender=True, with_approval_year=True)
    assert whole.rows_read == 63_645
    assert whole.exclusions["paid_with_charge_off_date"] == 225
    assert set(whole.X.columns) - set(plain.X.columns) == {"lender", "lender_state", "approval_year"}
    assert not any("term" in name or "disbursed" in name or "off" in name for name in whole.X.columns)
    assert whole.weights.sum() == pytest.approx(899_164, rel=0.02)  # the national file
    assert plain.data_hash == whole.data_hash
    # nothing but the day of approval: shifting every later date changes no feature
    assert plain.X.drop(columns=["urban_rural", "sector", "industry", "state"]).notna().mean().min() > 0.5


def test_a_shuffled_sba_file_is_the_same_set(real_data, tmp_path):
    raw = pd.read_csv(real_data / "loans" / "sba_casecontrol.csv.gz", dtype=str, keep_default_na=False).head(3000)
    raw.to_csv(tmp_path / "a.csv", index=False)
    raw.sample(frac=1.0, random_state=1).to_csv(tmp_path / "b.csv.gz", index=False)
    a, b = sba(tmp_path / "a.csv"), sba(tmp_path / "b.csv.gz")
    pd.testing.assert_frame_equal(a.X, b.X)
    assert (a.y == b.y).all()
    assert a.data_hash == b.data_hash


def test_platform_rows_know_their_firm_and_their_year(tmp_path):
    tables = platform_tables(firms=80, days=900, seed=3)
    write_tables(tables, tmp_path / "tables")
    known = platform(tmp_path / "tables")
    assert known.rows_read == len(firm_months(tables).months)
    assert len(np.unique(known.clusters)) < len(known.y)  # months of a firm belong together
    assert known.X.columns.tolist() == list(known.groups)
    assert set(known.groups.values()) == set("CBTPX")
    assert (known.followed.months[known.y == 1] <= 12).all()


@pytest.fixture
def cards(tmp_path):
    rng = np.random.default_rng(5)
    frame = pd.DataFrame(
        {
            "id": [f"card-{k}" for k in range(200)], "limit": rng.lognormal(8, 1, 200),
            "income": rng.normal(50, 9, 200), "bad": rng.integers(0, 2, 200),
            "job": rng.choice(["clerk", "driver"], 200), "opened": "2020-03-01",
            "weight": rng.integers(0, 3, 200),
        }
    )  # fmt: skip
    return frame, tmp_path / "cards.csv"


def test_any_table_takes_csv_and_parquet_alike(cards):
    frame, path = cards
    frame.loc[3, "income"] = np.nan
    frame.to_csv(path, index=False)
    frame.to_parquet(path.with_suffix(".parquet"))
    words = {"outcome": "bad", "weight": "weight", "vintage": "opened", "leave_out": ["id"], "segments": ["job"]}
    a, b = table(path, **words), table(path.with_suffix(".parquet"), **words)
    pd.testing.assert_frame_equal(a.X, b.X)
    assert a.X.dtypes.astype(str).to_dict() == {"limit": "float64", "income": "float64", "job": "category"}
    assert a.rows_read == 200
    assert a.exclusions["no_weight"] == (frame["weight"] == 0).sum()


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("income", "inf", "row 8, income: 'inf': must be finite"),
        ("income", "plenty", "row 8, income: 'plenty': must be a number"),
        ("bad", "2", "row 8, bad: '2': must be 0 or 1"),
        ("weight", "-1", "row 8, weight: '-1': must be a finite number >= 0"),
        ("opened", "2999-01-01", "row 8, opened: '2999-01-01': must not lie after 2026-01-01"),
        ("opened", "soon", "row 8, opened: 'soon': must be a year"),
    ],
)
def test_what_is_wrong_in_a_table_is_named_by_row_column_and_rule(cards, column, value, told):
    frame, path = cards
    frame = frame.astype(str)
    frame.loc[7, column] = value
    frame.to_csv(path, index=False)
    with pytest.raises(BadInput) as error:
        table(path, "bad", "weight", "opened", ["id"], latest=pd.Timestamp("2026-01-01").date())
    assert told in str(error.value)


def test_identifiers_dates_and_absent_columns_are_no_features(cards):
    frame, path = cards
    frame.to_csv(path, index=False)
    with pytest.raises(BadInput, match="id: 200 different words") as error:
        table(path, "bad")
    assert "opened: '2020-03-01': is a date" in str(error.value)
    with pytest.raises(BadInput, match="default: the outcome column is not in the table"):
        table(path, "default")


def test_a_folder_of_real_data_or_the_file_itself(real_data, tmp_path):
    shutil.copy(real_data / "loans" / "german_credit.data", tmp_path / "mine.data")
    assert german(tmp_path / "mine.data").data_hash == german(real_data).data_hash
