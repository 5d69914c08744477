"""The SBA proof: a clock told by hand, made-up loans with a known truth, and the real loans."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest

from credit.errors import BadInput
from credit.group_risk import GroupRisk
from credit.sba import SbaLoans, read
from credit.sba_columns import COLUMNS
from credit.studies import sba
from credit.studies.sba import SbaModel, study, with_clock

CUT_OFF = date(2014, 8, 29)


def raw_loans(rows: int = 4000, seed: int = 2, **fixed) -> pd.DataFrame:
    """Made-up loans in the public file's own form: risk comes from the lender, the guarantee and the size."""
    rng = np.random.default_rng(seed)
    approved = pd.Timestamp("2000-01-01") + pd.to_timedelta(rng.integers(0, 3400, rows), unit="D")
    disbursed = approved + pd.to_timedelta(rng.integers(10, 90, rows), unit="D")
    lender = rng.integers(0, 20, rows)
    amount = np.exp(rng.normal(11.5, 0.9, rows)).round()
    share = rng.choice([0.5, 0.75, 0.85], rows)
    odds = 0.12 * (lender - 10) + 2.0 * (0.75 - share) - 0.4 * (np.log(amount) - 11.5)
    month = np.arange(1, 121)
    level = 0.004 * (month / 36) * np.exp(1 - month / 36)
    bad = (np.cumsum(level) * np.exp(odds)[:, None] < rng.exponential(size=rows)[:, None]).sum(axis=1)
    charged_off = disbursed + pd.to_timedelta((bad + rng.random(rows)) * 30.4375, unit="D")
    is_bad = (bad < 120) & (charged_off <= pd.Timestamp(CUT_OFF))
    loans = {
        "LoanNr_ChkDgt": (1_000_000_000 + rng.permutation(rows)).astype(str),
        "State": rng.choice(["CA", "OH", "TX"], rows), "Bank": [f"BANK {k}" for k in lender], "BankState": "OH",
        "NAICS": rng.choice(["326199", "424610", "722110", "0"], rows), "ApprovalDate": approved.strftime("%Y-%m-%d"),
        "ApprovalFY": approved.year.astype(str), "Term": "84", "NoEmp": rng.integers(1, 60, rows).astype(str),
        "NewExist": rng.choice(["1", "2", "0"], rows), "CreateJob": "0", "RetainedJob": "3", "FranchiseCode": "1",
        "UrbanRural": rng.choice(["0", "1", "2"], rows), "RevLineCr": rng.choice(["Y", "N", "0"], rows),
        "LowDoc": rng.choice(["Y", "N"], rows), "ChgOffDate": np.where(is_bad, charged_off.strftime("%Y-%m-%d"), ""),
        "DisbursementDate": disbursed.strftime("%Y-%m-%d"), "DisbursementGross": amount.astype(str),
        "BalanceGross": "0", "MIS_Status": np.where(is_bad, "CHGOFF", "PIF"), "ChgOffPrinGr": "0",
        "GrAppv": amount.astype(str), "SBA_Appv": (amount * share).astype(str),
    }  # fmt: skip
    return pd.DataFrame(loans | fixed)


def written(loans: pd.DataFrame, folder, name: str = "loans.csv"):
    loans.to_csv(folder / name, index=False)
    return folder / name


@pytest.fixture(scope="module")
def made_up(tmp_path_factory):
    return study(written(raw_loans(), tmp_path_factory.mktemp("sba")))


@pytest.fixture(scope="module")
def new_loans(tmp_path_factory):
    return with_clock(read(written(raw_loans(200, seed=5), tmp_path_factory.mktemp("new"))))[0]


@pytest.fixture(scope="module")
def real(real_data):
    path = real_data / "loans" / "sba_casecontrol.csv.gz"
    if not path.is_file():
        pytest.skip(f"the SBA sample is absent: {path}")
    return study(path)


# --- the clock, by hand


def one_loan(**change) -> tuple[pd.DataFrame, dict[str, int]]:
    loan = {
        "loan_number": "1", "approved_on": "2004-01-01", "disbursed_on": "2004-01-31", "charged_off_on": None,
        "is_charged_off": False,
    } | change  # fmt: skip
    frame = pd.DataFrame({name: pd.Series([loan.get(name)]).astype(column.dtype) for name, column in COLUMNS.items()})
    return with_clock(SbaLoans(frame, {}, CUT_OFF, False, "by hand", "", "utf-8"))


def test_a_paid_loan_is_at_risk_until_the_data_end():
    used, excluded = one_loan(term_months=12)
    followed = (CUT_OFF - date(2004, 1, 31)).days / 30.4375
    assert used["months"].tolist() == used["followed"].tolist() == [int(followed)]
    assert not used["is_default"].any()
    assert sum(excluded.values()) == 0


def test_a_charge_off_falls_into_the_month_it_happens_in():
    for day, month in (("2004-01-31", 1), ("2004-03-01", 1), ("2004-03-02", 2), ("2005-01-31", 13)):
        used, _ = one_loan(is_charged_off=True, charged_off_on=day)
        assert used["months"].tolist() == [month]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"is_charged_off": None}, "no_status"),
        ({"disbursed_on": None}, "no_disbursement_date"),
        ({"charged_off_on": "2006-01-01"}, "paid_with_charge_off_date"),
        ({"is_charged_off": True}, "charged_off_without_date"),
        ({"is_charged_off": True, "charged_off_on": "2004-01-30"}, "charged_off_before_disbursement"),
        ({"disbursed_on": "2014-10-01"}, "event_after_cut_off"),
    ],
)
def test_loans_without_clock_or_outcome_are_left_out_by_reason(change, reason):
    used, excluded = one_loan(**change)
    assert len(used) == 0
    assert {name for name, count in excluded.items() if count} == {reason}


# --- group risks


def test_group_risk_is_the_posterior_mean_and_unknown_groups_are_as_expected():
    group, observed = np.array(["a"] * 10 + ["b"] * 10), np.array([1.0] * 6 + [0.0] * 14)
    risk = GroupRisk(doubt=4.0).fit(group, observed, np.full(20, 0.2))
    assert risk.transform(np.array(["a", "b", "c"], dtype=object)) == pytest.approx(
        np.log([10 / 6, 4 / 6, 1]), abs=1e-6
    )


def test_out_of_fold_a_row_never_speaks_for_itself():
    group, fold = np.array(["a"] * 4, dtype=object), np.array([0, 1, 0, 1])
    observed, expected = np.array([1.0, 0.0, 1.0, 0.0]), np.full(4, 0.5)
    told = GroupRisk(doubt=1.0).fit_transform_out_of_fold(group, observed, expected, fold)
    assert told == pytest.approx(np.log([1 / 2, 3 / 2, 1 / 2, 3 / 2]), abs=1e-6)


# --- made-up loans, known truth


def test_it_finds_the_risk_it_was_given(made_up):
    assert made_up.tested.auc.value > 0.66
    assert made_up.tested.auc.low < made_up.tested.auc.value < made_up.tested.auc.high
    assert made_up.tested.calibration.slope == pytest.approx(1.0, abs=0.25)
    assert made_up.tested.calibration.observed_over_expected == pytest.approx(1.0, abs=0.15)
    assert 24 <= np.argmax(made_up.hazard_by_month) + 1 <= 50


def test_rows_add_up(made_up):
    assert made_up.rows == made_up.rows_used + sum(made_up.excluded.values())
    assert made_up.rows_used == made_up.rows_train + made_up.rows_test + made_up.rows_later


def test_the_order_of_rows_and_equal_weights_change_nothing(made_up, tmp_path):
    shuffled = study(written(raw_loans().sample(frac=1, random_state=4).assign(weight=3.0), tmp_path))
    assert shuffled.model.to_json()["risks"] == made_up.model.to_json()["risks"]
    assert shuffled.model.timing_.coefficients_ == pytest.approx(made_up.model.timing_.coefficients_, abs=2e-6)
    assert shuffled.tested.auc.value == pytest.approx(made_up.tested.auc.value, abs=1e-9)


def test_term_and_what_is_learnt_later_do_not_matter(made_up, tmp_path):
    changed = raw_loans(Term="12", DisbursementGross="5", ChgOffPrinGr="1").assign(City="X", Name="Y")
    changed["Term"] = np.where(changed["MIS_Status"] == "CHGOFF", "3", "240")
    assert study(written(changed, tmp_path)).tested == made_up.tested


def test_labels_to_2005_know_nothing_of_later_charge_offs(tmp_path):
    """Approvals to 2005 whose charge-offs after 2005 are rewritten as paid give the same as-of model."""
    loans = raw_loans()
    is_late = (loans["ApprovalDate"] <= "2005-12-31") & (loans["ChgOffDate"] > "2005-12-31")
    changed = loans.assign(
        ChgOffDate=loans["ChgOffDate"].mask(is_late, ""), MIS_Status=loans["MIS_Status"].mask(is_late, "PIF")
    )
    before, after = study(written(loans, tmp_path, "a.csv")), study(written(changed, tmp_path, "b.csv"))
    assert is_late.sum() > 100
    assert before.tested_as_of == after.tested_as_of
    assert before.tested != after.tested


def test_new_lenders_states_and_industries_can_be_scored(made_up, new_loans):
    loans = new_loans.assign(bank="NOBODY KNOWS", state="ZZ", naics="999999")
    unknown = made_up.model.pd_by(loans, [60])[:, 0]
    assert np.isfinite(unknown).all()
    missing = loans.assign(bank=None, state=None, naics=None, employees=pd.NA, is_new_business=pd.NA, urban_rural=None)
    assert np.isfinite(made_up.model.pd_by(missing, [60])).all()


def test_the_saved_model_predicts_the_same_bits(made_up, new_loans):
    loans = new_loans
    loaded = SbaModel.from_json(json.loads(json.dumps(made_up.model.to_json())))
    assert (loaded.pd_by(loans, [12, 60]) == made_up.model.pd_by(loans, [12, 60])).all()
    alone = np.vstack([loaded.pd_by(loans.iloc[[row]], [12, 60]) for row in range(20)])
    assert (alone == loaded.pd_by(loans.iloc[:20], [12, 60])).all()


@pytest.mark.parametrize(
    "fixed",
    [{"Bank": "ONE BANK"}, {"State": "CA"}, {"NAICS": "0"}, {"RevLineCr": "N", "LowDoc": "N", "NewExist": "1"}],
)
def test_slices_in_which_a_column_says_nothing_can_be_fitted(fixed, tmp_path):
    slice_ = study(written(raw_loans(2500, **fixed), tmp_path))
    assert 0.5 < slice_.tested.auc.value < 0.9
    assert not any("lender_risk" in name for name in slice_.model.columns_ if fixed.get("Bank"))


@pytest.mark.parametrize(
    ("loans", "rule"),
    [
        (raw_loans(60), "at least 20 charge-offs"),
        (raw_loans(800).assign(ApprovalDate="2003-05-05"), "of loans approved later are needed|loans approved later"),
        (
            raw_loans(800).assign(MIS_Status="PIF", ChgOffDate=""),
            "0: at least 20 charge-offs of loans approved to 2005",
        ),
    ],
)
def test_files_too_small_to_learn_from_are_refused_by_name(loans, rule, tmp_path):
    with pytest.raises(BadInput, match=rule):
        study(written(loans, tmp_path))


# --- the real loans


def test_the_real_sample_reaches_the_reference(real):
    assert real.rows == 63_645
    assert real.rows == real.rows_used + sum(real.excluded.values())
    assert real.excluded["no_disbursement_date"] == 144
    assert real.excluded["paid_with_charge_off_date"] == 225
    assert real.tested.auc.value >= 0.70
    assert real.tested.calibration.slope == pytest.approx(1.0, abs=0.1)
    assert real.tested_as_of.auc.high < real.tested.auc.low  # hindsight flatters: both are told


def test_the_real_hazard_rises_then_falls(real):
    hazard = real.hazard_by_month
    peak = int(np.argmax(hazard))
    assert 30 <= peak + 1 <= 54
    assert (np.diff(hazard[: peak - 6]) > 0).all()
    assert (np.diff(hazard[peak + 6 :]) < 0).all()


def test_the_model_reproduces_the_incidence_of_the_loans_it_learnt_from(real):
    for month in sba.MONTHS_TOLD:
        assert real.pd_by_month[month] == pytest.approx(real.observed_pd_by_month[month], rel=0.10)
