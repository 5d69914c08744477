"""Growth curves: identities, known curves found again, and the null where a ceiling cannot be known."""

import json
from datetime import date

import numpy as np
import pytest
from scipy.special import stdtrit
from scipy.stats import t as student

from credit.errors import BadInput
from credit.growth.curves import Curve
from credit.growth.forecasts import GrowthForecast
from credit.growth.model import GrowthModel, fit_growth
from credit.growth.panel import GrowthPanel
from credit.growth.partial_pooling import fit_curves
from credit.growth.priors import GrowthPriors
from credit.growth.residuals import Observed, scale_prior

PRIORS = GrowthPriors.on(date(2026, 1, 1))
MEMORY = 0.4


def known_firms(count, months, seed, family="logistic", noise=0.1, middle=1.0):
    """Curves that are known, and a record of them: autoregressive Student-t noise, a twentieth of months missing."""
    draws, curve = np.random.default_rng(seed), Curve(family)
    truth = np.column_stack(
        [
            draws.normal(5, 1, count),
            draws.normal(np.log(1.5), 0.3, count),
            draws.normal(middle, 0.7, count),
            draws.normal(0, 0.3, count),
        ]
    )
    truth = truth[:, : len(curve.names)]
    path = curve.log_output(truth[:, None, :], np.arange(months) / 12)
    shocks = noise * draws.standard_t(5, path.shape)
    deviation = np.zeros_like(shocks)
    deviation[:, 0] = shocks[:, 0] / np.sqrt(1 - MEMORY**2)
    for month in range(1, months):
        deviation[:, month] = MEMORY * deviation[:, month - 1] + shocks[:, month]
    log_output = path + deviation
    log_output[draws.random(path.shape) < 0.05] = np.nan
    return truth, log_output


def panel_of(log_output):
    count, length = log_output.shape
    names = tuple(f"F{row:04d}" for row in range(count))
    idle = np.zeros((count, length), dtype=bool)
    return GrowthPanel(names, 2023 * 12, 12, log_output, idle, np.zeros((count, 0)))


@pytest.mark.parametrize("family", ["logistic", "gompertz", "richards"])
def test_slopes_are_the_derivatives_and_the_ceiling_is_reached(family):
    curve, years = Curve(family), np.linspace(-2, 4, 9)
    parameters = np.array([3.0, 0.3, 0.5, -0.4])[: len(curve.names)]
    value, slopes = curve.slopes(parameters[None, None, :], years)
    np.testing.assert_allclose(value, curve.log_output(parameters[None, None, :], years))
    for column in range(len(parameters)):
        step = np.zeros_like(parameters)
        step[column] = 1e-6
        up, down = (curve.log_output((parameters + way * step)[None, None, :], years) for way in (1, -1))
        np.testing.assert_allclose(slopes[..., column], (up - down) / 2e-6, rtol=1e-5, atol=1e-8)
    assert curve.log_output(parameters, np.array(60.0)) == pytest.approx(3.0)


def test_richards_holds_logistic_and_gompertz_as_special_cases():
    years, start = np.linspace(-1, 4, 9), np.array([3.0, 0.3, 0.5])
    for log_shape, family, tolerance in ((0.0, "logistic", 1e-12), (-14.0, "gompertz", 1e-4)):
        richards = Curve("richards").log_output(np.append(start, log_shape), years)
        np.testing.assert_allclose(richards, Curve(family).log_output(start, years), atol=tolerance)


@pytest.mark.parametrize("family", ["logistic", "gompertz"])
def test_known_curves_are_found_again_with_honest_intervals(family):
    truth, y = known_firms(300, 36, 1, family)
    fitted = fit_curves(y, np.zeros((300, 0)), 12, PRIORS, family)
    population = fitted.population_
    np.testing.assert_allclose(population.coefficients[0], truth.mean(axis=0), atol=0.15)
    np.testing.assert_allclose(np.sqrt(np.diag(population.covariance)), truth.std(axis=0), rtol=0.2)
    assert population.persistence == pytest.approx(MEMORY, abs=0.15)
    mean, covariance = fitted.posterior(y, np.zeros((300, 0))).nodes.moments()
    inside = np.abs(mean - truth) < stdtrit(200, 0.9) * np.sqrt(np.einsum("nii->ni", covariance))
    assert np.all((inside.mean(axis=0) > 0.70) & (inside.mean(axis=0) < 0.90))


def test_a_short_record_is_drawn_to_what_firms_like_it_do():
    truth, y = known_firms(200, 36, 2)
    size = truth[:, :1] - truth[:, 0].mean()
    short = y.copy()
    short[:20, 3:] = np.nan
    fitted = fit_curves(short, size, 12, PRIORS)
    assert fitted.population_.coefficients[1, 0] == pytest.approx(1.0, abs=0.15)  # ceilings follow the covariate
    posterior = fitted.posterior(short, size)
    mean, covariance = posterior.nodes.moments()
    alone = np.abs(np.nanmax(short[:20], axis=1) - truth[:20, 0]).mean()
    assert np.abs(mean[:20, 0] - truth[:20, 0]).mean() < 0.5 * alone
    assert covariance[:20, 1, 1].mean() > 2 * covariance[20:, 1, 1].mean()


def test_one_outlier_hardly_moves_a_curve():
    _, y = known_firms(100, 36, 3)
    fitted = fit_curves(y, np.zeros((100, 0)), 12, PRIORS)
    before, _ = fitted.posterior(y, np.zeros((100, 0))).nodes.moments()
    spoiled = y.copy()
    spoiled[0, 20] += 3.0
    after, _ = fitted.posterior(spoiled, np.zeros((100, 0))).nodes.moments()
    assert abs(after[0, 0] - before[0, 0]) < 0.1
    np.testing.assert_array_equal(after[1:], before[1:])  # and no other firm's at all


def test_before_its_inflection_a_firm_has_no_ceiling_and_the_null_speaks():
    _, y = known_firms(120, 36, 4, middle=1.0)
    _, early = known_firms(30, 36, 5, middle=6.0)
    early[:, :24] = np.nan
    panel = panel_of(np.vstack([y, early]))
    model = fit_growth(panel, PRIORS, ("logistic",))
    firms = model.answer(panel, 6).firms
    assert model.preferred == "logistic", model.verdict
    share = np.mean([firm.model == "logistic" for firm in firms[:120]])
    late = [firm for firm in firms[120:] if firm.model != "none"]
    assert share > 0.5
    assert np.mean([firm.model == "null" for firm in late]) > 0.9
    assert all("not identified" in firm.reason for firm in late if firm.model == "null")


def test_where_nothing_grows_no_curve_is_preferred():
    draws = np.random.default_rng(6)
    y = draws.normal(4, 1, (40, 1)) + np.cumsum(0.15 * draws.standard_normal((40, 20)), axis=1)
    model = fit_growth(panel_of(y), PRIORS, ("logistic",))
    assert model.preferred is None
    assert {firm.model for firm in model.answer(panel_of(y), 3).firms} == {"null"}


def test_a_model_file_forecasts_as_the_fit_does():
    _, y = known_firms(40, 16, 7)
    panel = panel_of(y)
    model = fit_growth(panel, PRIORS, ("logistic",))
    again = GrowthModel.from_json(json.loads(json.dumps(model.to_json(), allow_nan=False)))
    for name in ("location", "scale", "degrees", "survival"):
        one, other = (getattr(each.answer(panel, 4).forecast, name) for each in (model, again))
        np.testing.assert_array_equal(one, other)
    written = json.loads(json.dumps(model.answer(panel, 4).to_json(), allow_nan=False))
    read = GrowthForecast.from_json(written["forecast"])
    np.testing.assert_allclose(
        read.quantiles([0.1, 0.9]), model.answer(panel, 4).forecast.quantiles([0.1, 0.9]), rtol=1e-6
    )
    with pytest.raises(BadInput, match="growth_model"):
        GrowthModel.from_json({"kind": "scorecard"})


def test_innovations_of_an_autoregression_are_white_across_gaps():
    draws = np.random.default_rng(8)
    whole = np.zeros((2000, 30))
    whole[:, 0] = draws.standard_normal(2000) / np.sqrt(1 - MEMORY**2)
    for month in range(1, 30):
        whole[:, month] = MEMORY * whole[:, month - 1] + draws.standard_normal(2000)
    whole[draws.random(whole.shape) < 0.3] = np.nan
    seen = Observed.of(whole, 12)
    new = np.where(seen.is_there, seen.innovations(seen.log_output, MEMORY), np.nan)
    assert np.nanstd(new) == pytest.approx(1.0, abs=0.02)
    pairs = new[:, 1:] * new[:, :-1]
    assert np.nanmean(pairs) == pytest.approx(0.0, abs=0.02)


def test_the_prior_of_variances_is_recovered():
    draws = np.random.default_rng(9)
    own = 8 * 0.04 / draws.chisquare(8, 5000)
    seen = own * draws.chisquare(20, 5000) / 20
    centre, degrees = scale_prior(seen, np.full(5000, 20.0))
    assert centre == pytest.approx(0.04, rel=0.05)
    assert degrees == pytest.approx(8, rel=0.15)


def test_crps_is_the_integral_it_stands_for():
    forecast = GrowthForecast(*(np.array([[value]]) for value in (0.3, 0.5, 4.0, 1.0)))
    grid = np.linspace(-80, 80, 1_600_001)
    for came in (-1.0, 0.4, 2.5):
        below = student.cdf((grid - 0.3) / 0.5, 4.0)
        integral = np.trapezoid((below - (grid >= came)) ** 2, grid)
        assert forecast.crps(np.array([[came]]))[0, 0] == pytest.approx(integral, rel=1e-3)


def test_quantiles_over_all_futures_lie_below_those_of_survivors():
    forecast = GrowthForecast(np.full((1, 2), 4.0), np.full((1, 2), 0.2), np.full((1, 2), 5.0), np.array([[1.0, 0.85]]))
    alone, all_futures = forecast.quantiles([0.1, 0.2, 0.5]), forecast.quantiles_with_exit([0.1, 0.2, 0.5])
    np.testing.assert_allclose(all_futures[0, 0], alone[0, 0])
    assert all_futures[0, 1, 0] == 0.0  # one future in seven has no firm in it
    assert np.all(all_futures[0, 1, 1:] < alone[0, 1, 1:])
