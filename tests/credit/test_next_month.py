"""A platform's firm-months under the workhorse: each month is counted once, and the curve is the one that happened."""

import numpy as np
import pytest
from synthetic_platform import platform_tables

from credit.firm_months import firm_months
from credit.next_month import CAUSES, next_month, with_clock
from credit.survival.baselines import Spline
from credit.survival.firm_month_hazard import FirmMonthHazard
from credit.survival.month_learners import LinearMonths

CLOCK = "months_followed"


@pytest.fixture(scope="module")
def months():
    return firm_months(platform_tables(firms=300, days=1000, seed=3))


def test_every_default_and_every_exit_is_counted_once(months):
    rows = next_month(months)
    defaulted = months.firm_id[rows.row[rows.left_by == 1]]
    assert len(defaulted) == len(set(zip(defaulted, months.snapshot_on[rows.row[rows.left_by == 1]], strict=True)))
    assert set(defaulted) <= set(months.firm_id[months.is_default])
    assert len(set(defaulted)) >= 0.9 * len(set(months.firm_id[months.is_default]))
    gone = rows.left_by == 2
    assert gone.sum() == np.sum(months.has_left & (months.months == 0))


def test_the_clock_counts_the_months_of_a_relationship(months):
    rows = next_month(months)
    firm, day = months.firm_id[rows.row], months.snapshot_on[rows.row]
    goes_on = (firm[1:] == firm[:-1]) & (rows.clock[1:] > 0)
    assert (rows.clock[1:][goes_on] == rows.clock[:-1][goes_on] + 1).all()
    assert (np.diff(day.astype("datetime64[M]").astype(int))[goes_on] == 1).all()
    assert rows.clock.min() == 0


def test_the_workhorse_forecasts_the_month_that_came(months):
    rows = next_month(months)
    X = with_clock(months, rows, ["current_dpd_days"], CLOCK).fillna(0.0)
    learner = LinearMonths("logit", Spline((1, 6, 12, 24)), ridge=10.0)
    model = FirmMonthHazard(CLOCK, CAUSES, learner, holds_clock=True).fit(X, rows.left_by)
    for position, cause in enumerate(CAUSES, 1):
        assert model.next_month(X, cause).sum() == pytest.approx((rows.left_by == position).sum(), rel=0.02)
    late = X["current_dpd_days"] > 30
    assert model.next_month(X)[late].mean() > 5 * model.next_month(X)[~late].mean()
    today = X.iloc[:50]
    gone = sum(model.cumulative_incidence(today, [12], cause) for cause in CAUSES)
    assert gone + model.survival(today, [12]) == pytest.approx(1.0, abs=1e-12)
