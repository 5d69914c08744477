"""Forecasts against what came: nothing looks ahead, and 80 % means 80 %."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from credit.errors import BadInput
from credit.growth.coverage_by_firm import growth_coverage, growth_coverage_of
from credit.growth.exits import fit_exits
from credit.growth.model import fit_growth
from credit.growth.null_trend import _Shape, fit_null
from credit.growth.panel import GrowthPanel, panel_from_records
from credit.growth.priors import GrowthPriors
from credit.growth.rolling_origin import clustered_mean, coverage, gain, nulls, rolling_origin
from credit.growth.season import fit_season

PRIORS = GrowthPriors.on(date(2026, 1, 1))


def panel_of(log_output, first_month=0):
    count, length = log_output.shape
    names = tuple(f"F{row:04d}" for row in range(count))
    idle = np.zeros((count, length), dtype=bool)
    return GrowthPanel(names, 2023 * 12 + first_month, 12, log_output, idle, np.zeros((count, 0)))


def walking_firms(count, months, seed, season=0.0):
    """Firms whose deviations fade, with noise that differs between firms and, if asked, one lean month a year."""
    draws = np.random.default_rng(seed)
    own = 0.1 * np.sqrt(8 / draws.chisquare(8, count))[:, None]
    shocks = own * draws.standard_normal((count, months))
    x = np.zeros_like(shocks)
    x[:, 0] = shocks[:, 0] / np.sqrt(1 - 0.36)
    for month in range(1, months):
        x[:, month] = 0.6 * x[:, month - 1] + shocks[:, month]
    return draws.normal(4, 1, (count, 1)) + x - season * (np.arange(months) % 12 == 1)


@pytest.fixture(scope="module")
def uk(real_data):
    path = real_data / "firms" / "empl_uk.csv"
    if not path.is_file():
        pytest.skip(f"no {path}")
    return pd.read_csv(path)


@pytest.mark.parametrize("column", ["emp", "capital"])
def test_on_uk_firms_the_interval_of_coverage_holds_80_percent_from_the_past_alone(uk, column):
    """Employment (asked for) and capital of the same firms, at every origin, through the slump of 1980-82."""
    panel = panel_from_records(uk, "firm", "year", column, 1)
    scores = rolling_origin(panel, nulls(PRIORS, ("local_trend",)), range(3, panel.length), 3, PRIORS)
    found = coverage(scores)
    assert found.low <= 0.8 <= found.high, found
    assert found.firms == 140


def test_on_simulated_firms_the_interval_of_coverage_holds_80_percent():
    panel = panel_of(walking_firms(100, 36, 1))
    scores = rolling_origin(panel, nulls(PRIORS, ("local_trend", "random_walk")), (24, 30), 6, PRIORS)
    found = coverage(scores[scores["model"] == "local_trend"])
    assert found.low <= 0.8 <= found.high, found
    better = gain(scores, "local_trend", "random_walk")
    assert better.low > 0.0  # fading deviations are no random walk, and the score sees it


def test_later_months_change_no_forecast():
    y = walking_firms(30, 20, 2)
    changed = y.copy()
    changed[:, 14:] += 5.0
    known = [panel_of(each).until(14) for each in (y, changed)]
    one, other = (fit_growth(each, PRIORS, ()).answer(each, 6) for each in known)
    np.testing.assert_array_equal(one.forecast.location, other.forecast.location)
    np.testing.assert_array_equal(one.forecast.scale, other.forecast.scale)


def test_a_calm_past_of_few_years_is_not_believed_to_last():
    """Spreads come by the year: many firms in two calm years know two years."""
    y = np.random.default_rng(3).normal(4, 1, (200, 1)) + np.cumsum(
        0.01 * np.random.default_rng(4).standard_normal((200, 3)), axis=1
    )
    forecast = fit_null(y, 1, PRIORS).forecast(y, 1)
    low, high = np.moveaxis(np.log(forecast.quantiles([0.1, 0.9])), 2, 0)
    assert np.median(high - low) > 0.15  # ten times what the two years showed


def test_a_search_for_shared_habits_may_look_anywhere():
    shape = _Shape(12, PRIORS, "local_trend")
    firms = walking_firms(20, 30, seed=3)
    for place in (2, 3, 7, 9):  # the logs of slopes, of a firm's own and of the common spread
        for step in (-900.0, 46.0, 900.0):
            far = shape.start.copy()
            far[place] += step
            assert np.isfinite(shape.log_posteriors([far], firms)).all()


def test_one_spoiled_month_moves_a_firm_less_than_a_lasting_change():
    y = walking_firms(40, 20, 5)
    fitted = fit_null(y, 12, PRIORS)
    spoiled, lasting = y.copy(), y.copy()
    spoiled[0, -3] -= 2.0
    lasting[0, -3:] -= 2.0
    before, once, always = (fitted.forecast(each, 3).location[0, -1] for each in (y, spoiled, lasting))
    assert abs(once - before) < 0.35 * abs(always - before)


def test_the_season_is_found_and_put_back():
    panel = panel_of(walking_firms(60, 36, 6, season=0.5))
    season = fit_season(panel, PRIORS)
    assert season.shape_[1] - np.delete(season.shape_, 1).mean() == pytest.approx(-0.5, abs=0.15)
    ahead = fit_growth(panel, PRIORS, ()).answer(panel, 12).forecast.location.mean(axis=0)
    assert np.argmin(ahead) == 1


@pytest.mark.parametrize(("count", "months"), [(5, 36), (60, 10)])
def test_without_a_whole_year_or_enough_firms_there_is_no_season_and_the_reason_is_told(count, months):
    season = fit_season(panel_of(walking_firms(count, months, 7)), PRIORS)
    assert not len(season.shape_)
    assert season.reason


def test_exits_are_found_and_follow_a_fall():
    """A firm that has fallen far stops more often; the forecast over all futures knows it."""
    draws = np.random.default_rng(8)
    y = walking_firms(800, 36, 9)
    falls = draws.random(800) < 0.3
    start = draws.integers(10, 30, 800)
    for row in range(800):
        if falls[row]:
            y[row, start[row] :] -= 0.3 * np.arange(36 - start[row])
            y[row, start[row] + draws.integers(2, 8) :] = np.nan
        elif draws.random() < 0.1:
            y[row, draws.integers(6, 36) :] = np.nan
    panel = panel_of(y)
    hazard = fit_exits(panel, PRIORS)
    assert hazard.slope_ > 1.0
    alive = hazard.survival(panel, 12)
    assert np.all(np.diff(alive, axis=1) <= 0)
    stopped = np.isnan(y[:, -3:]).all(axis=1)
    assert np.all(alive[stopped] == 0.0)
    assert np.all(alive[~stopped] > 0.0)


def test_a_firm_that_jumps_about_has_the_lower_coverage_and_a_new_one_has_none():
    y = walking_firms(40, 20, 13)
    y[0, 8:] += 3.0 * (np.arange(12) % 2)
    y[1, :18] = np.nan
    known = growth_coverage(panel_of(y), PRIORS)
    assert known.iloc[0] < 0.7 < known.drop(["F0000", "F0001"]).median()
    assert np.isnan(known.iloc[1])


def test_no_report_yet_leaves_coverage_unknown_and_a_wrong_report_is_not_taken_for_none():
    months = pd.date_range("2024-01-01", periods=14, freq="MS")
    reports = pd.DataFrame({"firm_id": "F1", "month": months, "output_kg": 50_000})
    assert growth_coverage_of({"operations": reports}, date(2024, 1, 20)).empty
    assert growth_coverage_of({"operations": reports.assign(output_kg=np.nan)}, date(2025, 3, 1)).empty
    twice = pd.concat([reports, reports.tail(1)], ignore_index=True)
    with pytest.raises(BadInput, match="one row a period"):
        growth_coverage_of({"operations": twice}, date(2025, 3, 1))


def test_a_firm_that_stopped_is_told_so():
    y = walking_firms(30, 24, 10)
    y[3, -5:] = np.nan
    answer = fit_growth(panel_of(y), PRIORS, ()).answer(panel_of(y), 3)
    assert answer.firms[3].model == "none"
    assert "no output since 2024-07" in answer.firms[3].reason
    assert answer.forecast.quantiles_with_exit([0.5])[3].max() == 0.0


def test_an_interval_by_firm_is_wider_than_one_by_row_when_rows_repeat():
    once = np.random.default_rng(11).random(200)
    alone = clustered_mean(once, np.arange(200))
    repeated = clustered_mean(np.repeat(once, 9), np.repeat(np.arange(200), 9))
    assert repeated.high - repeated.low == pytest.approx(alone.high - alone.low)


def test_unusable_panels_are_refused():
    with pytest.raises(BadInput, match="at least 3 periods"):
        fit_growth(panel_of(walking_firms(5, 2, 12)), PRIORS)
    with pytest.raises(BadInput, match="must be among"):
        fit_growth(panel_of(walking_firms(5, 6, 12)), PRIORS, ("exponential",))
    with pytest.raises(BadInput, match="must lie from 3"):
        rolling_origin(panel_of(walking_firms(5, 6, 12)), {}, (6,), 3, PRIORS)
    model = fit_growth(panel_of(walking_firms(5, 6, 12)), PRIORS, ())
    with pytest.raises(BadInput, match="6 periods of the fit"):
        model.answer(panel_of(walking_firms(5, 7, 12)), 3)


@pytest.mark.parametrize("y", [np.full((1, 3), 4.0), np.array([[1.0, np.nan, 1.2], [np.nan, np.nan, 2.0]])])
def test_three_months_of_one_firm_still_give_a_forecast(y):
    answer = fit_growth(panel_of(y), PRIORS).answer(panel_of(y), 2)
    assert np.isfinite(answer.forecast.quantiles([0.1, 0.9])[0]).all()
    assert answer.firms[0].model == "null"


@pytest.mark.parametrize("kind", ["local_trend", "random_walk", "autoregression", "linear_trend"])
def test_a_search_for_what_firms_share_may_look_anywhere(kind):
    """A line search tries points far outside what any prior holds for likely; a market once ended by one of them."""
    shape, log_output = _Shape(12, PRIORS, kind), walking_firms(20, 24, seed=3)
    far = [shape.start + step * axis for axis in np.eye(len(shape.start)) for step in (-1e4, -50.0, 50.0, 1e4)]
    assert np.isfinite(shape.log_posteriors(far, log_output)).all()
