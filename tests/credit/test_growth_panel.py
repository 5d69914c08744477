"""A panel is read once and strictly; what is not known is not invented."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from credit.errors import BadInput
from credit.growth.panel import panel_from_records, panel_from_tables

MONTHS = pd.date_range("2025-01-01", periods=6, freq="MS")


def records(**changes):
    frame = pd.DataFrame({"firm": ["a"] * 6 + ["b"] * 6, "month": [*MONTHS, *MONTHS], "tonnes": np.arange(1.0, 13.0)})
    return frame.assign(**changes)


def read(frame, **more):
    return panel_from_records(frame, "firm", "month", "tonnes", 12, **more)


def test_order_of_rows_does_not_matter():
    frame = records()
    one, other = read(frame), read(frame.sample(frac=1.0, random_state=3))
    assert one.firms == other.firms
    np.testing.assert_array_equal(one.log_output, other.log_output)


def test_a_missing_month_is_unknown_and_a_zero_month_is_a_standstill():
    frame = records()
    frame.loc[2, "tonnes"] = 0.0
    panel = read(frame.drop(index=4))
    assert panel.is_standstill[0].tolist() == [False, False, True, False, False, False]
    assert np.isnan(panel.log_output[0]).tolist() == [False, False, True, False, True, False]
    assert panel.period_name(4) == "2025-05"


def test_what_was_known_earlier_does_not_know_later_months():
    frame, changed = records(), records()
    changed.loc[5, "tonnes"] = 999.0
    np.testing.assert_array_equal(read(frame).until(5).log_output, read(changed).until(5).log_output)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"tonnes": np.r_[-1.0, np.arange(11.0)]}, "tonnes"),
        ({"tonnes": np.r_[np.inf, np.arange(11.0)]}, "tonnes"),
        ({"tonnes": ["many"] * 12}, "tonnes"),
        ({"tonnes": ["12.5"] * 12}, "tonnes"),
        ({"month": [202501, 202502, 202503, 202504, 202505, 202506] * 2}, "month"),
        ({"tonnes": np.full(12, np.nan)}, "tonnes"),
        ({"month": [MONTHS[0]] * 12}, "month"),
        ({"month": [*MONTHS, *MONTHS[:5], pd.NaT]}, "month"),
        ({"month": [*MONTHS, *MONTHS[:5], pd.Timestamp("2185-01-01")]}, "month"),
        ({"firm": ["a"] * 6 + [None] * 6}, "firm"),
    ],
)
def test_bad_records_are_refused_by_name(change, field):
    with pytest.raises(BadInput) as refused:
        read(records(**change))
    assert refused.value.problems[0].field == field


def test_a_future_month_is_refused_with_its_row():
    with pytest.raises(BadInput, match="must not lie after 2025-04-30") as refused:
        read(records(), known_until=date(2025, 4, 30))
    assert refused.value.problems[0].row == 5


@pytest.mark.parametrize(
    "covariates",
    [
        pd.DataFrame({"size": [1.0, np.nan]}, index=["a", "b"]),
        pd.DataFrame({"size": [1.0, 1.0]}, index=["a", "b"]),
        pd.DataFrame({"size": [1.0]}, index=["a"]),
        pd.DataFrame({"size": ["big", "small"]}, index=["a", "b"]),
    ],
)
def test_covariates_must_be_known_vary_and_be_numbers(covariates):
    with pytest.raises(BadInput):
        read(records(), covariates=covariates)


def test_tables_give_only_months_that_are_over():
    operations = pd.DataFrame(
        {"firm_id": ["F1"] * 6, "month": MONTHS, "output_kg": [1000.0 * (k + 1) for k in range(6)]}
    )
    panel = panel_from_tables({"operations": operations}, date(2025, 5, 30))
    assert panel.length == 4
    np.testing.assert_allclose(np.exp(panel.log_output[0]), [1, 2, 3, 4])
