"""From forecast to credit need: one firm worked by hand, orders that must hold, and what is flagged."""

from datetime import date

import numpy as np
import pytest
from scipy.stats import t as student

from credit.contracts.growth_loan import GrowthLoan, GrowthLoanTerms
from credit.errors import BadInput
from credit.growth.credit_need import QUANTILES, Finances, NeedPolicy, credit_need
from credit.growth.forecasts import GrowthForecast
from credit.growth.model import FirmGrowth
from credit.growth.over_lending import FLAGS, over_lending
from credit.growth.tailored_schedule import compare_schedules, tailored_terms

POLICY = NeedPolicy.on(date(2026, 1, 1))
START = date(2026, 1, 1).toordinal()
RATE = 0.12


def finances(**changes):
    told = {
        "price_yuan_per_tonne": 12_000.0,
        "days_sales": 70.0,
        "days_stock": 22.0,
        "days_payable": 8.0,
        "cost_share": 0.85,
        "cash_margin": 0.05,
        "working_capital_debt_yuan": 500_000.0,
    }
    return Finances(**{**told, **changes})


def forecast(growth=0.0, scale=0.2, survival=1.0, months=12, firms=1, level=4.0):
    steps = np.arange(1, months + 1)
    location = np.repeat((level + growth * steps)[None, :], firms, axis=0)
    return GrowthForecast(
        location, np.full_like(location, scale), np.full_like(location, 5.0), np.full_like(location, survival)
    )


def firm(model="logistic"):
    return FirmGrowth("F1", model, "", 36, 80.0, 0.1, 0.9)


def test_one_firm_by_hand():
    need = credit_need(forecast(), np.array([50.0]), finances(), POLICY, RATE)
    tonnes = np.exp(4.0 + 0.2 * student.ppf(0.1, 5))
    gap = tonnes * 12 * 12_000 / 365 * (70 + 0.85 * (22 - 8)) - 500_000
    cash = np.exp(4.0 + 0.2 * student.ppf(0.2, 5)) * 12_000 * 0.05
    capacity = sum(cash / 1.12 ** (month / 12) for month in range(1, 13)) / 1.3
    assert need.need_yuan[0, 0, 0] == pytest.approx(gap)
    assert need.capacity_yuan[0] == pytest.approx(capacity)
    assert need.limit_yuan[0] == pytest.approx(min(gap, capacity))
    assert need.binding == ("repayment",)
    assert need.need_today_yuan[0] == pytest.approx(50 * 12 * 12_000 / 365 * (70 + 0.85 * 14) - 500_000)


def test_less_certain_never_gets_more():
    scales = (0.05, 0.1, 0.2, 0.4, 0.8)
    limits = [credit_need(forecast(scale=s), np.array([50.0]), finances(), POLICY, RATE).limit_yuan[0] for s in scales]
    assert limits == sorted(limits, reverse=True)


def test_who_may_stop_never_gets_more():
    limits = [
        credit_need(forecast(survival=s), np.array([50.0]), finances(), POLICY, RATE).limit_yuan[0]
        for s in (1.0, 0.95, 0.85, 0.79, 0.0)
    ]
    assert limits == sorted(limits, reverse=True)
    assert limits[-2:] == [0.0, 0.0]  # one future in five without the firm: nothing is counted on


def test_the_limit_is_the_least_need_of_the_horizon():
    rich = finances(cash_margin=0.5)
    falling = credit_need(forecast(growth=-0.05), np.array([50.0]), rich, POLICY, RATE)
    assert falling.binding == ("need",)
    assert falling.limit_yuan[0] == pytest.approx(falling.need_yuan[0, -1, 0])


def test_where_growth_frees_money_the_upper_quantile_is_the_cautious_one():
    prepaid = finances(days_sales=10.0, days_payable=60.0, cash_margin=0.5, working_capital_debt_yuan=0.0)
    need = credit_need(forecast(), np.array([50.0]), prepaid, POLICY, RATE)
    assert np.all(np.diff(need.need_yuan, axis=2) >= 0)
    assert need.limit_yuan[0] == 0.0


def test_a_limit_rises_by_a_quarter_at_most_and_falls_at_once():
    rich = finances(cash_margin=0.5)
    allowed = credit_need(forecast(), np.array([50.0]), rich, POLICY, RATE).limit_yuan[0]
    risen = credit_need(forecast(), np.array([50.0]), rich, POLICY, RATE, np.array([allowed / 2]))
    assert risen.binding == ("rise",)
    assert risen.limit_yuan[0] == pytest.approx(0.625 * allowed)
    cut = credit_need(forecast(), np.array([50.0]), rich, POLICY, RATE, np.array([2 * allowed]))
    assert cut.limit_yuan[0] == pytest.approx(allowed)


def test_ten_thousand_firms_get_what_each_would_get_alone():
    draws = np.random.default_rng(1)
    many = forecast(firms=5)
    many = GrowthForecast(many.location + draws.normal(0, 1, (5, 1)), many.scale, many.degrees, many.survival)
    days = draws.uniform(40, 100, 5)
    together = credit_need(many, np.full(5, 50.0), finances(days_sales=days), POLICY, RATE)
    alone = [
        credit_need(many.of(np.array([row])), np.array([50.0]), finances(days_sales=days[row]), POLICY, RATE)
        for row in range(5)
    ]
    np.testing.assert_allclose(together.limit_yuan, [each.limit_yuan[0] for each in alone])
    assert list(together.to_json(["a", "b", "c", "d", "e"])["c"]["need_yuan"]) == [
        f"q{int(100 * p)}" for p in QUANTILES
    ]


def test_over_lending_is_told_with_its_reasons():
    rising = forecast(growth=0.04)
    need = credit_need(rising, np.array([50.0]), finances(), POLICY, RATE)

    def flags(amount, model="logistic", share=0.2, looked_at=rising):
        asked = np.array([amount])
        return over_lending(asked, need, looked_at, (firm(model),), POLICY, np.array([share]))[0].flags

    assert flags(0.9 * need.limit_yuan[0]) == ()
    assert flags(1.1 * need.limit_yuan[0]) == ("beyond_limit",)
    assert "beyond_need" in flags(1.01 * need.need_yuan[0, :, 3].max())
    story = max(need.need_today_yuan[0], 0.0) * 1.2
    assert "unproven_growth" in flags(story, "null")
    assert "unproven_growth" not in flags(story)
    assert "single_buyer" in flags(1000.0, share=0.8)
    assert flags(1000.0, share=np.nan) == ()  # not known is not held against anybody
    assert "may_stop" in flags(1000.0, looked_at=forecast(growth=0.04, survival=0.7))
    assert "shrinking" in flags(1000.0, looked_at=forecast(growth=-0.04))
    warned = over_lending(np.array([1e9]), need, rising, (firm("null"),), POLICY, np.array([0.9]))[0]
    assert warned.reasons == tuple(FLAGS[name] for name in warned.flags)


def season_of(months):
    weights = 1 + 0.5 * np.sin(np.arange(months))
    return weights / weights.mean()


def test_a_year_of_weights_becomes_instalments_in_their_proportion():
    weights = season_of(12)
    terms = tailored_terms(weights, START, GrowthLoanTerms(12, 120_000))
    payments = np.array([plan.payment_fen for plan in GrowthLoan(START, 100_000_000, terms).instalments()])
    np.testing.assert_allclose(payments / payments.mean(), weights, rtol=1e-4)
    flows = GrowthLoan(START, 100_000_000, terms).instalments()
    assert flows[-1].closing_fen == 0


def test_two_years_of_growing_weights_become_a_season_and_a_step():
    weights = np.tile(season_of(12), 2) * np.repeat([1.0, 1.2], 12)
    terms = tailored_terms(weights / weights.mean(), START, GrowthLoanTerms(24, 120_000))
    assert terms.step_up_ppm == pytest.approx(200_000, abs=2)
    shrinking = tailored_terms(weights[::-1] / weights.mean(), START, GrowthLoanTerms(24, 120_000))
    assert shrinking.step_up_ppm == 0


@pytest.mark.parametrize("lean_months_come", ["first", "last"])
def test_a_shaped_schedule_helps_where_lean_months_come_first_and_only_there(lean_months_come):
    sign = -1.0 if lean_months_come == "first" else 1.0
    steps = np.arange(1, 13)
    seasonal = 4.0 + sign * 0.8 * np.sin(2 * np.pi * steps / 12)
    shape = GrowthForecast(seasonal[None, :], np.full((1, 12), 0.15), np.full((1, 12), 5.0), np.ones((1, 12)))
    money = finances()
    need = credit_need(shape, np.array([50.0]), money, POLICY, RATE)
    loan = GrowthLoan(START, 28_000_000, tailored_terms(need.schedule_weights[0], START, GrowthLoanTerms(12, 120_000)))
    found = compare_schedules(loan, shape, money, 0.0, 0.6)
    assert (
        sign * found.difference > 3 * found.standard_error
    )  # a good season paid away early is no buffer for the lean one
    assert found == compare_schedules(loan, shape, money, 0.0, 0.6)


@pytest.mark.parametrize(
    ("field", "value"),
    [("cost_share", 2.0), ("price_yuan_per_tonne", 0.0), ("days_sales", np.nan), ("cash_margin", -2)],
)
def test_finances_out_of_range_are_refused_by_name(field, value):
    with pytest.raises(BadInput) as refused:
        finances(**{field: value})
    assert refused.value.problems[0].field == field


def test_inputs_that_do_not_fit_are_refused():
    with pytest.raises(BadInput, match="one a firm"):
        credit_need(forecast(firms=2), np.full(2, 50.0), finances(days_sales=np.full(3, 70.0)), POLICY, RATE)
    with pytest.raises(BadInput, match="must hold 1 firms"):
        credit_need(forecast(), np.full(2, 50.0), finances(), POLICY, RATE)
    with pytest.raises(BadInput, match="no month of the forecast leaves cash"):
        tailored_terms(np.zeros(12), START, GrowthLoanTerms(12, 120_000))
