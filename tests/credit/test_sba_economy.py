"""The economy in an SBA hazard: only what was published, a known effect found, and both splits always side by side."""

import json
from datetime import date

import numpy as np
import pandas as pd
import pytest

from credit.errors import BadInput
from credit.sba import read
from credit.studies import macro_series, sba_economy
from credit.studies.macro_series import FIRST_MONTH, LAST_MONTH, as_published
from credit.studies.sba import with_clock, within_horizon
from credit.studies.sba_macro import BOOK, MacroTiming, months_of, with_book
from credit.studies.sba_model import SbaModel


@pytest.fixture(scope="module")
def economy(real_data):
    absent = [name for name in macro_series.FILES if not (real_data / name).is_file()]
    if absent:
        pytest.skip(f"absent: {', '.join(absent)}")
    return as_published(real_data)


@pytest.fixture(scope="module")
def real_loans(real_data):
    path = real_data / "loans" / "sba_casecontrol.csv.gz"
    if not path.is_file():
        pytest.skip(f"the SBA sample is absent: {path}")
    return with_clock(read(path))[0]


def pretend_economy() -> pd.DataFrame:
    """One series that swings every four years."""
    months = np.arange(FIRST_MONTH, LAST_MONTH + np.timedelta64(1, "M"))
    return pd.DataFrame(
        {"slump": np.sin(np.arange(len(months)) * 2 * np.pi / 48)}, index=pd.Index(months, name="month")
    )


def pretend_loans(effect: float, rows: int = 12_000, seed: int = 1) -> pd.DataFrame:
    """Loans whose hazard follows the slump of each month, in the columns that the loan model reads."""
    rng = np.random.default_rng(seed)
    economy = pretend_economy()["slump"].to_numpy()
    approved = pd.Timestamp("1996-01-01") + pd.to_timedelta(rng.integers(0, 5000, rows), unit="D")
    start = (months_of(pd.Series(approved)) - FIRST_MONTH).astype(int)
    share = rng.choice([0.5, 0.75], rows)
    level = 0.006 * np.where(share < 0.6, 1.6, 0.8)
    alive, month_of_default = np.ones(rows, bool), np.full(rows, 0)
    for month in range(120):
        at = np.minimum(start + month, len(economy) - 1)
        hit = alive & (rng.random(rows) < -np.expm1(-level * np.exp(effect * economy[at])))
        month_of_default[hit] = month + 1
        alive &= ~hit
    followed = ((pd.Timestamp("2014-08-29") - approved).days / 30.4375).astype(int)
    is_default = (month_of_default > 0) & (month_of_default <= followed)
    struck = approved + pd.to_timedelta(np.maximum(month_of_default - 0.5, 0) * 30.4375, unit="D")
    frame = pd.DataFrame({
        "charged_off_on": struck.where(is_default),
        "approved_on": approved, "disbursed_on": approved, "is_default": is_default, "followed": followed,
        "months": np.where(is_default, month_of_default, followed), "weight": 1.0,
        "gross_approved_usd": 1e5, "sba_guaranteed_usd": 1e5 * share, "bank": "A", "bank_state": "OH", "state": "OH",
        "naics": "326199", "urban_rural": pd.NA, "employees": 5, "jobs_created": 0, "jobs_retained": 0,
        "franchise_code": 0, "is_new_business": False, "is_revolving": False, "is_low_doc": False,
    })  # fmt: skip
    return frame.astype({"is_new_business": "boolean", "is_revolving": "boolean", "is_low_doc": "boolean"})


def test_nothing_is_known_before_it_was_published(economy, real_data, tmp_path):
    """Rewriting what came out after 2005 leaves every month up to then as it was."""
    for name in macro_series.FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        table = pd.read_csv(real_data / name, dtype=str)
        when = table.iloc[:, 0].str[:7]
        late = when >= ("2004" if name == macro_series.EXITS else "2005-12")
        for column in table.columns[1:]:
            is_number = pd.to_numeric(table[column], errors="coerce").notna()
            table[column] = table[column].mask(late & is_number, "7")
        table.to_csv(tmp_path / name, index=False)
    changed = as_published(tmp_path)
    known = economy.index <= np.datetime64("2005-12")
    pd.testing.assert_frame_equal(changed[known], economy[known])
    assert (changed[~known] != economy[~known]).any().all()


def test_the_series_tell_the_crisis_when_it_was_published(economy):
    """Goods prices fell in 2009 and it was known within months; firm exits of that year were out in 2011."""
    assert economy["goods_change"].idxmin() in pd.period_range("2009-07", "2009-10", freq="M").to_timestamp().to_numpy()
    assert economy["firm_exit_rate"].loc["2008-01-01"] < 0.09 < economy["firm_exit_rate"].loc["2012-01-01"]
    assert economy.notna().all().all()


def test_absent_series_are_named(tmp_path):
    with pytest.raises(BadInput, match=r"us_ppi_plastics_monthly\.csv: the file does not exist"):
        as_published(tmp_path)


def test_a_known_effect_of_the_economy_is_found_and_only_its_path_tells_the_years_apart():
    loans, economy = pretend_loans(effect=0.8, rows=30_000), pretend_economy()
    is_train = (loans["approved_on"] < "2004-01-01").to_numpy()
    train, test = loans[is_train].reset_index(drop=True), loans[~is_train & (loans["followed"] >= 24).to_numpy()]
    score = SbaModel().fit(train, train["months"].to_numpy(), train["is_default"].to_numpy())
    model = MacroTiming(("slump",)).fit(score, train, economy)
    effect = model.effects()["slump"] / model.timing_.scale_[1]
    assert effect == pytest.approx(0.8, abs=0.1)
    plain = MacroTiming(()).fit(score, train, economy)
    misses = []
    for year in range(2004, 2009):
        some = test[test["approved_on"].dt.year == year]
        happened = (some["is_default"] & (some["months"] <= 24)).mean()
        told = [m.pd_by(some, 24, economy, is_path_revealed=True).mean() for m in (plain, model)]
        told.append(model.pd_by(some, 24, economy, is_path_revealed=False).mean())
        misses.append(np.log(np.array(told) / happened))
    without, with_path, held = np.std(misses, axis=0)  # from year to year
    assert with_path < 0.5 * without
    assert held > without  # in a swinging economy, today's held for two years is worse than none


def test_an_economy_without_effect_changes_no_forecast():
    loans, economy = pretend_loans(effect=0.0), pretend_economy()
    score = SbaModel().fit(loans, loans["months"].to_numpy(), loans["is_default"].to_numpy())
    model = MacroTiming(("slump",)).fit(score, loans, economy)
    held, revealed = (model.pd_by(loans, 60, economy, is_path_revealed=is_it) for is_it in (False, True))
    assert revealed == pytest.approx(held, rel=0.1)


def test_the_books_own_record_is_that_of_the_months_before():
    """Charge-offs of a month and later never reach the ratio of that month."""
    loans, economy = pretend_loans(effect=0.8, rows=4000), pretend_economy()
    score = SbaModel().fit(loans, loans["months"].to_numpy(), loans["is_default"].to_numpy())
    told = with_book(economy, score, loans)[BOOK]
    day = np.datetime64("2003-01")
    struck = months_of(loans["disbursed_on"]) + (loans["months"].to_numpy() - 1).astype("timedelta64[M]")
    later = loans["is_default"].to_numpy() & (struck >= day - np.timedelta64(1, "M"))
    spared = loans.assign(is_default=loans["is_default"] & ~later)
    again = with_book(economy, score, spared)[BOOK]
    assert (told[told.index <= day] == again[again.index <= day]).all()
    assert (told[told.index > day] > again[again.index > day]).any()
    assert np.corrcoef(told.loc["1999-01-01":], economy["slump"].loc["1999-01-01":])[0, 1] > 0.4


def test_both_splits_stand_side_by_side_on_real_loans(real_loans, economy):
    """The random split flatters: it has seen the crisis. No economy brings the split in time up to it."""
    some = real_loans.sample(frac=0.4, random_state=0).sort_index().reset_index(drop=True)
    results = sba_economy.study_of(some, economy, folds=2)
    told = sba_economy.table(results)
    assert {"random", "out of time", "out of time, labels to 2005-12-31"} == set(told.columns.get_level_values(0))
    assert (told["random"]["auc"] > told["out of time"]["auc"] + 0.1).all()
    assert (told["out of time"]["auc"] > told["out of time, labels to 2005-12-31"]["auc"]).all()
    assert told["random"]["observed_over_expected"].between(0.85, 1.15).all()
    assert (told["out of time"]["observed_over_expected"] > 1.5).all()  # not mended by any of them
    banker = told["out of time, labels to 2005-12-31"]["observed_over_expected"]
    assert banker[sba_economy.REVEALED] < 0.7 * banker[sba_economy.NO_ECONOMY]
    assert len({result.rows for result in results if result.split == "out of time"}) == 1


def test_loans_beyond_the_economy_are_refused():
    loans, economy = pretend_loans(effect=0.0, rows=4000), pretend_economy()
    score = SbaModel().fit(loans, loans["months"].to_numpy(), loans["is_default"].to_numpy())
    model = MacroTiming(("slump",)).fit(score, loans, economy)
    late = loans.iloc[:5].assign(approved_on=pd.Timestamp(date(2030, 1, 1)))
    with pytest.raises(BadInput, match="'2030-01': the economy is not known for this month"):
        model.pd_by(late, 12, economy, is_path_revealed=False)
    early = loans[loans["approved_on"] < "2004-01-01"]
    with pytest.raises(BadInput, match="0: at least 20 charge-offs within 60 months of loans approved later"):
        sba_economy.study_of(early, economy, folds=2)
    with pytest.raises(BadInput, match="folds: 1: must be >= 2"):
        sba_economy.study_of(loans, economy, folds=1)
    assert within_horizon(loans)[0].max() == 1


def test_the_command_tells_both_splits(real_data, command, monkeypatch, tmp_path):
    path = real_data / "loans" / "sba_casecontrol.csv.gz"
    if not path.is_file():
        pytest.skip(f"the SBA sample is absent: {path}")
    raw = pd.read_csv(path, dtype=str, keep_default_na=False).sample(frac=0.15, random_state=0)
    raw.to_csv(tmp_path / "some.csv", index=False)
    answer = command("fit", "sba-economy", tmp_path / "some.csv", "--folds", 2, "--json")
    assert answer.exit_code == 0, answer.stderr
    rows = json.loads(answer.stdout)["results"]
    assert {(row["split"], row["labels"]) for row in rows} == {
        ("random", "cut-off"),
        ("out of time", "cut-off"),
        ("out of time", "2005-12-31"),
    }
    assert len(rows) == 15
    monkeypatch.setenv("CREDITLAB_REAL_DATA", str(tmp_path))
    refused = command("fit", "sba-economy", tmp_path / "some.csv")
    assert refused.exit_code == 2
    assert "brent_daily.csv: the file does not exist" in refused.stderr.replace("\n", "")
