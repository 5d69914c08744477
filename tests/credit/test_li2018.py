"""Table 8 of Li, Mickel & Taylor (2018), digit by digit, and files that are something else."""

import pandas as pd
import pytest

from credit import real_data as real
from credit.errors import BadInput
from credit.studies import li2018


@pytest.fixture(scope="module")
def teaching_sample(real_data):
    path = real_data / "loans" / "sba_case_li2018.csv"
    if not path.is_file():
        pytest.skip(f"the teaching sample is absent: {path}")
    return path


def test_table_8_to_the_printed_digit(teaching_sample):
    study = li2018.reproduce(teaching_sample)
    assert study.matches_print
    assert [round(v, 4) for v in study.fit.coefficients] == [1.3931, -2.1282, -2.9875, 0.5041]
    assert [round(v, 4) for v in study.fit.standard_errors] == [0.3216, 0.3450, 0.5393, 0.2412]
    assert round(study.misclassification, 4) == 0.3216
    assert (study.rows, study.rows_train, study.rows_test) == (2102, 1051, 1051)


def test_order_of_rows_and_columns_does_not_matter(teaching_sample, tmp_path):
    shuffled = pd.read_csv(teaching_sample, dtype=str).sample(frac=1.0, random_state=1).iloc[:, ::-1]
    shuffled.to_csv(tmp_path / "shuffled.csv", index=False)
    assert li2018.reproduce(tmp_path / "shuffled.csv").fit.coefficients == pytest.approx(
        li2018.reproduce(teaching_sample).fit.coefficients, abs=1e-9
    )


HEADER = "Selected,Default,RealEstate,Portion,Recession\n"


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "empty"),
        ("LoanNr_ChkDgt,State,MIS_Status\n1,CA,PIF\n", "Selected: the column is missing"),
        (HEADER, "no rows"),
        (HEADER + "1,2,0,0.5,0\n", r"row 1, Default: '2': must be 0 or 1"),
        (HEADER + "1,0,0,0.5,0\n0,1,0,75,0\n", r"row 2, Portion: '75': must be a share"),
        (HEADER + "1,0,0,,0\n", r"row 1, Portion: '': must be a share"),
        (HEADER + "1,0,0,0.5,0\n1,1,1,0.7,1\n", "Selected: at least one row must have the value 0"),
        (HEADER + "1,0,0,0.5,0\n0,1,1,0.7,1\n", "both outcomes"),
    ],
)
def test_another_file_is_refused_by_name(tmp_path, text, rule):
    path = tmp_path / "other.csv"
    path.write_text(text)
    with pytest.raises(BadInput, match=rule):
        li2018.reproduce(path)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    (tmp_path / "bytes.csv").write_bytes(bytes(range(128, 256)) * 8)
    for path in (tmp_path / "bytes.csv", tmp_path, tmp_path / "absent.csv"):
        with pytest.raises(BadInput, match=path.name):
            li2018.reproduce(path)


def test_absent_data_name_the_proofs_they_skip(monkeypatch, tmp_path):
    monkeypatch.setenv(real.VARIABLE, str(tmp_path))
    assert {proof.name for proof in real.skipped_proofs()} == {"li2018", "sba"}
    (tmp_path / "loans").mkdir()
    (tmp_path / "loans" / "sba_case_li2018.csv").touch()
    assert {proof.name for proof in real.skipped_proofs()} == {"sba"}
