"""Price by repayment cycle: one cycle of a year is the one-period price; fraud makes the first cycle dear."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from credit.cycle_pricing import (
    cycle_defaults,
    fraud_reaching_first_payment,
    price_by_cycle,
    with_first_payment_fraud,
)
from credit.errors import BadInput
from credit.parameters import parameters
from credit.pricing import LenderCosts, quote
from credit.survival.base import DefaultTiming

DAY = date(2026, 1, 1)
COSTS = LenderCosts.on(DAY)
EVEN = 1 - 0.97 ** (30 / 365)
"""The cycle of 30 days of a client whose PD is 3 % a year."""

hazards = hnp.arrays(float, st.integers(1, 24), elements=st.floats(0, 0.5))
shares = st.floats(0, 1)
frauds = st.floats(0, 0.5)


@given(st.floats(0, 0.9), shares)
def test_one_cycle_of_a_year_is_the_one_period_price(pd, lgd):
    told = price_by_cycle([pd], 365, lgd, COSTS)
    assert told.required_rate_annual == pytest.approx(quote(0.12, pd, lgd, 365, COSTS).required_rate_annual)


def test_the_fraud_that_the_brief_names():
    known = parameters("lifetime")
    share = fraud_reaching_first_payment(known.value("fraud_prevalence", DAY), known.value("fraud_recall", DAY))
    assert share == pytest.approx(0.008)


def test_a_first_cycle_by_hand():
    """Honest: .25 % default at LGD .55; .8 % never pay at LGD .9: loss .72 % + .992 x .1375 % = .8564 %."""
    told = price_by_cycle(np.full(12, EVEN), 30, 0.55, COSTS, first_payment_fraud_share=0.008, fraud_lgd=0.9)
    assert told.expected_loss_by_cycle[0] == pytest.approx(0.008 * 0.9 + 0.992 * EVEN * 0.55)
    assert told.expected_loss_by_cycle[1] == pytest.approx(EVEN * 0.55)
    cost = (COSTS.funding + 0.025 + COSTS.capital_charge) * 30 / 365
    first = (cost + told.expected_loss_by_cycle[0]) / (30 / 365 * (1 - told.default_by_cycle[0]))
    assert told.required_rate_by_cycle[0] == pytest.approx(first)
    assert told.required_rate_by_cycle[0] > told.required_rate_annual > told.required_rate_by_cycle[1]


def test_scaling_an_annual_pd_understates_short_loans():
    """The hand calculation has no fraud: over a year of 30-day loans it misses most of a percentage point."""
    scaled = price_by_cycle(np.full(12, EVEN), 30, 0.55, COSTS).required_rate_annual
    met = price_by_cycle(np.full(12, EVEN), 30, 0.55, COSTS, first_payment_fraud_share=0.008).required_rate_annual
    assert 0.005 < met - scaled < 0.01


def test_an_early_hazard_costs_more_than_the_same_hazard_spread_evenly():
    early = np.full(12, EVEN)
    early[0], early[1:] = 6 * EVEN, 6 * EVEN / 11
    told = [price_by_cycle(hazard, 30, 0.55, COSTS).required_rate_annual for hazard in (np.full(12, EVEN), early)]
    assert told[0] < told[1]


@given(hazards, st.data(), shares, frauds)
def test_riskier_is_never_cheaper_in_any_cycle(hazard, data, lgd, fraud):
    more = hazard + data.draw(hnp.arrays(float, hazard.shape, elements=st.floats(0, 0.4)))
    safer, riskier = (
        price_by_cycle(each, 30, lgd, COSTS, first_payment_fraud_share=fraud).required_rate_by_cycle
        for each in (hazard, more)
    )
    assert (riskier >= safer - 1e-12).all()


@given(st.floats(0, 0.5), st.floats(0, 0.5), st.integers(1, 24), shares, shares)
def test_riskier_is_never_cheaper_over_the_relationship(one, other, cycles, lgd, retention):
    safer, riskier = (
        price_by_cycle(np.full(cycles, hazard), 30, lgd, COSTS, retention=retention).required_rate_annual
        for hazard in sorted((one, other))
    )
    assert riskier >= safer - 1e-12


@given(hazards, shares, frauds, frauds, shares)
def test_more_fraud_is_never_cheaper(hazard, lgd, one, other, fraud_lgd):
    honest, worse = (
        with_first_payment_fraud(hazard, min(lgd, fraud_lgd), fraud, fraud_lgd) for fraud in sorted((one, other))
    )
    assert (worse.default_share >= honest.default_share - 1e-15).all()
    assert (worse.default_share * worse.lgd >= honest.default_share * honest.lgd - 1e-12).all()


@given(hazards, shares, frauds)
def test_the_level_rate_lies_between_the_rates_of_its_cycles(hazard, lgd, fraud):
    told = price_by_cycle(hazard, 30, lgd, COSTS, first_payment_fraud_share=fraud, kept_share=0.937)
    slack = 1e-9 * told.required_rate_annual
    low, high = told.required_rate_by_cycle.min() - slack, told.required_rate_by_cycle.max() + slack
    assert low <= told.required_rate_annual <= high


def test_many_clients_are_priced_as_one_by_one():
    draws = np.random.default_rng(3)
    curves, lgds = draws.uniform(0, 0.02, (50, 12)), draws.uniform(0.1, 0.9, 50)
    fraud, terms = draws.uniform(0, 0.02, 50), draws.integers(15, 91, 50)
    together = price_by_cycle(curves, terms, lgds, COSTS, first_payment_fraud_share=fraud).required_rate_annual
    alone = [
        price_by_cycle(curves[i], terms[i], lgds[i], COSTS, first_payment_fraud_share=fraud[i]).required_rate_annual
        for i in range(50)
    ]
    assert together == pytest.approx(alone, rel=1e-14)


@given(hnp.arrays(float, (3, 12), elements=st.floats(0, 0.2)), st.integers(7, 90))
def test_cycles_cut_from_a_monthly_curve_keep_its_survival(steps, term):
    hazard = np.cumsum(steps, axis=1)
    cycles = int(365 // term)
    told = cycle_defaults(hazard, term, cycles)
    end = cycles * term / (365 / 12)
    at_end = [np.interp(end, np.arange(13), np.concatenate(([0.0], row))) for row in hazard]
    assert np.prod(1 - told, axis=1) == pytest.approx(np.exp(-np.array(at_end)))


class EarlyDefaults(DefaultTiming):
    """A Weibull hazard that falls with time: what goes wrong goes wrong early."""

    def cumulative_hazard(self, X, times):
        return X["scale"].to_numpy()[:, None] * np.asarray(times, dtype=float)[None, :] ** 0.6


def test_a_default_model_prices_its_clients():
    clients = pd.DataFrame({"scale": [0.002, 0.01, 0.03]})
    months = np.arange(1, 13)
    model = EarlyDefaults()
    curves = cycle_defaults(model.cumulative_hazard(clients, months), 365 / 12, 12)
    assert curves == pytest.approx(model.hazard(clients, months), abs=1e-12)
    told = price_by_cycle(curves, 365 / 12, 0.55, COSTS, first_payment_fraud_share=0.008, kept_share=0.937)
    assert (np.diff(told.required_rate_annual) > 0).all()
    assert told.started_share[:, -1] == pytest.approx(0.992 * model.survival(clients, [11])[:, 0])
    scaled = quote(0.12, model.pd_by(clients, [12])[:, 0], 0.55, 30, COSTS).required_rate_annual / 0.937
    assert (told.required_rate_by_cycle[:, 0] > scaled).all()  # the first order alone is dearer than its year
    assert (told.required_rate_by_cycle[:, -1] < scaled).all()  # and whoever has come so far is cheaper


def test_a_curve_that_is_too_short_or_falls_is_refused():
    with pytest.raises(BadInput, match="13 cycles"):
        cycle_defaults(np.arange(1, 13) * 0.01, 30, 13)
    with pytest.raises(BadInput, match="not fall"):
        cycle_defaults([0.02, 0.01], 30, 1)


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("default_by_cycle", {"default_by_cycle": [0.1, 1.0]}),
        ("term_days", {"term_days": 0}),
        ("lgd", {"lgd": 1.5}),
        ("first_payment_fraud_share", {"first_payment_fraud_share": -0.1}),
        ("kept_share", {"kept_share": 0.0}),
        ("retention", {"retention": float("nan")}),
    ],
)
def test_bad_values_are_named(field, change):
    arguments = {"default_by_cycle": [0.01, 0.02], "term_days": 30, "lgd": 0.5, "costs": COSTS} | change
    with pytest.raises(BadInput, match=field):
        price_by_cycle(**arguments)
