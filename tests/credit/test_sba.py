"""The public SBA file in its two forms: the same loans, gaps counted and named, slips of structure refused."""

import gzip
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from credit import sba
from credit.errors import BadInput
from credit.intake import all_or_nothing
from credit.sba_columns import COLUMNS, GAPS, LEFT_OUT, RAW_COLUMNS

SOUND = {
    "LoanNr_ChkDgt": "1000014003", "Name": 'ABC "HOBBY" CRAFT, INC', "City": "EVANSVILLE", "State": "IN",
    "Zip": "47711", "Bank": "FIFTH THIRD BANK", "BankState": "OH", "NAICS": "326199", "ApprovalDate": "28-Feb-97",
    "ApprovalFY": "1997", "Term": "84", "NoEmp": "4", "NewExist": "2.0", "CreateJob": "0", "RetainedJob": "0",
    "FranchiseCode": "1", "UrbanRural": "1", "RevLineCr": "N", "LowDoc": "Y", "ChgOffDate": "",
    "DisbursementDate": "28-Feb-99",
    "DisbursementGross": "$60,000.00 ", "BalanceGross": "$0.00 ", "MIS_Status": "P I F", "ChgOffPrinGr": "$0.00 ",
    "GrAppv": "$60,000.00 ", "SBA_Appv": "$48,000.00 ",
}  # fmt: skip


def national(path: Path, *changes: dict[str, str]) -> Path:
    """A file in the form of SBAnational.csv: one sound loan for each change, with that change."""
    rows = [SOUND | {"LoanNr_ChkDgt": str(1_000_014_003 + at)} | change for at, change in enumerate(changes or ({},))]
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


def test_the_national_form_is_read_in_its_own_ways_of_writing(tmp_path):
    found = sba.read(national(tmp_path / "SBAnational.csv"))
    loan = found.loans.iloc[0]
    assert loan["loan_number"] == "1000014003"
    assert (loan["approved_on"], loan["disbursed_on"]) == (pd.Timestamp(1997, 2, 28), pd.Timestamp(1999, 2, 28))
    assert pd.isna(loan["charged_off_on"])
    assert not loan["is_charged_off"]
    assert (loan["gross_disbursed_usd"], loan["sba_guaranteed_usd"]) == (60_000.0, 48_000.0)
    assert loan["is_new_business"]
    assert (loan["urban_rural"], loan["naics"], loan["weight"]) == ("urban", "326199", 1.0)
    assert not found.has_weights
    assert found.cut_off == date(2014, 8, 29)
    assert set(found.loans.columns) == set(COLUMNS)
    assert "name" not in COLUMNS  # who borrowed is not needed


@pytest.mark.parametrize(
    ("written", "day"),
    [("28-Feb-97", date(1997, 2, 28)), ("1-Jul-62", date(1962, 7, 1)), ("31-Dec-50", date(1950, 12, 31)),
     ("3-Mar-14", date(2014, 3, 3)), ("28-FEB-1997", date(1997, 2, 28)), ("28FEB1997", date(1997, 2, 28)),
     ("1997-02-28", date(1997, 2, 28))],
)  # fmt: skip
def test_two_digit_years_turn_at_fifty(tmp_path, written, day):
    change = {"DisbursementDate": written}
    if day < date(1953, 1, 1):  # before the Small Business Act: understood, and refused as a day
        with pytest.raises(BadInput, match="must not lie before 1953-01-01"):
            sba.read(national(tmp_path / "loans.csv", change))
    else:
        assert sba.read(national(tmp_path / "loans.csv", change)).loans["disbursed_on"][0].date() == day


def test_words_that_tell_nothing_are_gaps_not_guesses(tmp_path):
    odd = {"RevLineCr": "T", "LowDoc": "S", "NewExist": "0", "UrbanRural": "0", "NAICS": "0", "State": "", "Bank": ""}
    found = sba.read(national(tmp_path / "loans.csv", {}, odd))
    assert (
        found.loans.loc[1, ["is_revolving", "is_low_doc", "is_new_business", "urban_rural", "naics", "state"]]
        .isna()
        .all()
    )
    unknown = {name: count for name, count in found.gaps.items() if name.endswith("_unknown")}
    assert set(unknown.values()) == {1}


def test_every_gap_is_counted_under_its_name(tmp_path):
    charged_off = {"MIS_Status": "CHGOFF", "ChgOffDate": "1-Jan-05", "ChgOffPrinGr": "$5,000.00 "}
    cases = {
        "no_status": {"MIS_Status": ""},
        "no_disbursement_date": {"DisbursementDate": ""},
        "paid_with_charge_off_date": {"ChgOffDate": "1-Jan-05"},
        "paid_with_charged_off_principal": {"ChgOffPrinGr": "$1.00 "},
        "charged_off_without_date": charged_off | {"ChgOffDate": ""},
        "charged_off_without_principal": charged_off | {"ChgOffPrinGr": "$0.00 "},
        "charged_off_before_disbursement": charged_off | {"ChgOffDate": "1-Jan-98"},
        "charged_off_more_than_disbursed": charged_off | {"ChgOffPrinGr": "$60,000.01 "},
        "disbursed_before_approval": {"DisbursementDate": "27-Feb-97"},
        "event_after_cut_off": {"DisbursementDate": "1-Jan-28"},
        "fiscal_year_derived": {"ApprovalFY": "1976A", "ApprovalDate": "15-Aug-76"},
        "term_zero": {"Term": "0"},
        "employees_zero": {"NoEmp": "0"},
        "new_or_existing_unknown": {"NewExist": ""},
        "revolving_unknown": {"RevLineCr": "`"},
        "low_doc_unknown": {"LowDoc": "C"},
        "urban_rural_unknown": {"UrbanRural": "0"},
        "naics_unknown": {"NAICS": "0"},
        "state_unknown": {"State": ""},
        "bank_unknown": {"Bank": ""},
    }
    assert set(cases) == set(GAPS)
    for name, change in cases.items():
        gaps = sba.read(national(tmp_path / "loans.csv", {}, change)).gaps
        assert {gap for gap, count in gaps.items() if count} == {name}, name
        assert gaps[name] == 1


def test_the_fiscal_year_begins_in_october(tmp_path):
    days = ("30-Sep-97", "1-Oct-97", "15-Aug-76")
    changes = [{"ApprovalDate": day, "ApprovalFY": "1976A" if "76" in day else ""} for day in days]
    loans = sba.read(national(tmp_path / "loans.csv", *changes)).loans
    assert loans["approval_fiscal_year"].tolist() == [1997, 1998, 1976]


@pytest.mark.parametrize(
    ("change", "column", "rule"),
    [
        ({"LoanNr_ChkDgt": ""}, "LoanNr_ChkDgt", "must not be missing"),
        ({"LoanNr_ChkDgt": "1000014003"}, "LoanNr_ChkDgt", "must name a loan once"),
        ({"ApprovalDate": ""}, "ApprovalDate", "must not be missing"),
        ({"ApprovalDate": "30-Feb-97"}, "ApprovalDate", "must be a date like"),
        ({"DisbursementDate": "15074"}, "DisbursementDate", "must be a date like"),
        ({"MIS_Status": "PAID"}, "MIS_Status", "or CHGOFF"),
        ({"GrAppv": "$60.000,00"}, "GrAppv", "must be an amount like"),
        ({"GrAppv": "-5"}, "GrAppv", "must be >= 0"),
        ({"NoEmp": "four"}, "NoEmp", "must be a whole number"),
        ({"weight": "0"}, "weight", "must be > 0"),
        ({"weight": "-1"}, "weight", "must be > 0"),
    ],
)
def test_rows_that_break_the_structure_are_told_by_row(tmp_path, change, column, rule):
    weight = {"weight": "22.7"} if "weight" in change else {}
    with pytest.raises(BadInput) as caught:
        sba.read(national(tmp_path / "loans.csv", weight, weight | change))
    assert any(
        (problem.row, problem.field) == (2, column) and rule in problem.rule for problem in caught.value.problems
    )


def test_another_file_is_refused_by_its_columns(tmp_path):
    path = national(tmp_path / "loans.csv")
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    frame.drop(columns=["Bank", "BankState"]).to_csv(path, index=False)
    with pytest.raises(BadInput, match="creditlab fit li2018") as caught:
        sba.read(path)
    assert {problem.field for problem in caught.value.problems} == {"Bank", "BankState"}
    frame.assign(Mood="good").to_csv(path, index=False)
    with pytest.raises(BadInput, match="unknown column"):
        sba.read(path)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x1f\x8b\x08\x00damaged",
        gzip.compress(b"loans", mtime=0)[:-6],
        gzip.compress(b"", mtime=0),
        b"\x00" * 99,
    ],
    ids=["0 bytes", "no gzip after all", "cut off", "nothing inside", "zeros"],
)
def test_damaged_files_are_refused(tmp_path, content):
    path = tmp_path / "loans.csv.gz"
    path.write_bytes(content)
    with pytest.raises(BadInput):
        sba.read(path)


def test_no_column_of_the_public_file_is_forgotten():
    assert set(SOUND) == (set(RAW_COLUMNS) | set(LEFT_OUT)) - {"weight", "draws", "incl_prob"}


def test_what_was_ingested_is_read_back_as_it_was(tmp_path):
    source = national(tmp_path / "loans.csv", {}, {"NAICS": "0", "DisbursementDate": ""}, {"MIS_Status": ""})
    with all_or_nothing(tmp_path / "out", source) as scratch:
        read = sba.read(source)
        sba.write_ingested(read, scratch)
    back = sba.read(tmp_path / "out")
    pd.testing.assert_frame_equal(back.loans, read.loans)
    assert (back.gaps, back.cut_off, back.has_weights, back.source_hash) == (
        read.gaps, read.cut_off, read.has_weights, read.source_hash,
    )  # fmt: skip
    (tmp_path / "out" / "lineage.json").unlink()
    with pytest.raises(BadInput, match="lineage"):
        sba.read(tmp_path / "out")


# --- the real sample


@pytest.fixture(scope="module")
def sample(real_data) -> sba.SbaLoans:
    path = real_data / "loans" / "sba_casecontrol.csv.gz"
    if not path.is_file():
        pytest.skip(f"no {path}")
    return sba.read(path)


def test_the_known_gaps_of_the_public_sample(sample):
    assert len(sample.loans) == 63_645
    assert sample.loans["is_charged_off"].sum() == 31_080
    known = {"no_disbursement_date": 144, "paid_with_charge_off_date": 225, "charged_off_without_date": 5}
    known |= {"charged_off_before_disbursement": 2, "naics_unknown": 11_431, "event_after_cut_off": 0, "no_status": 0}
    assert {name: sample.gaps[name] for name in known} == known
    assert sample.cut_off == date(2014, 8, 29)


def test_the_weights_undo_the_sampling(sample):
    """Weighted, the sample is the national file: its size less the loans without outcome, and its bad share."""
    weighted = sample.loans.groupby(sample.loans["is_charged_off"])["weight"].sum()
    assert weighted.sum() == pytest.approx(899_164 - 1_997, rel=0.01)
    assert weighted[True] / weighted.sum() == pytest.approx(157_558 / 897_167, rel=0.01)  # Li, Mickel & Taylor (2018)


def test_the_national_form_of_the_sample_gives_the_same_loans(sample, tmp_path):
    loans = sample.loans.sample(2_000, random_state=7)

    def dollars(amounts):
        return [f"${amount:,.2f} " for amount in amounts]

    def days(column):
        return column.dt.strftime("%d-%b-%y").fillna("")

    def words(column, yes, no):
        return column.map({True: yes, False: no}).fillna("").astype(str)

    ours = {raw: column.name for raw, column in RAW_COLUMNS.items() if raw != "weight"}
    raw = pd.DataFrame({name: loans[column].astype(object) for name, column in ours.items()})
    for name in ("ApprovalDate", "DisbursementDate", "ChgOffDate"):
        raw[name] = days(loans[ours[name]])
    for name in ("DisbursementGross", "ChgOffPrinGr", "GrAppv", "SBA_Appv"):
        raw[name] = dollars(loans[ours[name]])
    raw["MIS_Status"] = words(loans["is_charged_off"], "CHGOFF", "P I F")
    raw["NewExist"] = words(loans["is_new_business"], "2.0", "1.0")
    raw["UrbanRural"] = loans["urban_rural"].map({"urban": "1", "rural": "2"}).fillna("0")
    raw["RevLineCr"], raw["LowDoc"] = words(loans["is_revolving"], "Y", "N"), words(loans["is_low_doc"], "Y", "N")
    raw["NAICS"] = loans["naics"].fillna("0")
    raw.to_csv(tmp_path / "SBAnational.csv", index=False)
    again = sba.read(tmp_path / "SBAnational.csv").loans
    expected = loans.assign(weight=1.0).reset_index(drop=True)
    pd.testing.assert_frame_equal(again, expected)
