"""Break-even surface: its zero line is where the margin is zero; larger never pays less."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.break_even import break_even_surface
from credit.contract_rates import bullet_rates
from credit.errors import BadInput
from credit.operating_cost import WorkCosts
from credit.pricing import LenderCosts

DAY = date(2026, 1, 1)
COSTS, WORK = LenderCosts.on(DAY), WorkCosts.on(DAY)
TERMS = np.array([7, 15, 30, 60, 90])
SIZES = np.array([50_000_00, 100_000_00, 250_000_00, 1_000_000_00])


@given(st.floats(0.05, 0.5), st.floats(0, 0.2), st.floats(0, 1), st.floats(0.8, 1), st.floats(0, 0.02))
def test_the_zero_line_leaves_nothing(rate, pd, lgd, kept, fraud):
    surface = break_even_surface(
        TERMS, SIZES, rate, pd, lgd, COSTS, WORK, kept_share=kept, fraud_loss_share=fraud, relationship_years=2
    )
    for term, smallest in zip(TERMS, surface.break_even_exposure_fen, strict=True):
        if np.isfinite(smallest) and 1 <= smallest < 1e13:
            at_line = break_even_surface(
                term, smallest, rate, pd, lgd, COSTS, WORK, kept_share=kept, fraud_loss_share=fraud,
                relationship_years=2,
            )  # fmt: skip
            assert at_line.margin_annual[0, 0] == pytest.approx(0.0, abs=1e-9)
    line = surface.break_even_exposure_fen[:, None]
    assert surface.pays[line * (1 + 1e-9) < SIZES].all()
    assert not surface.pays[line * (1 - 1e-9) > SIZES].any()


@given(st.floats(0, 0.2), st.floats(0, 1))
def test_a_larger_order_never_pays_less_and_at_one_rate_a_longer_one_neither(pd, lgd):
    surface = break_even_surface(TERMS, SIZES, 0.15, pd, lgd, COSTS, WORK)
    assert (np.diff(surface.margin_annual, axis=1) > 0).all()
    assert (np.diff(surface.margin_annual, axis=0) > 0).all()
    assert (np.diff(surface.required_rate_annual, axis=1) < 0).all()


@given(st.floats(0, 0.2), st.floats(0, 0.2), st.floats(0, 1))
def test_riskier_never_pays_from_a_smaller_order(one, other, lgd):
    safer, riskier = (
        break_even_surface(TERMS, SIZES, 0.15, pd, lgd, COSTS, WORK).break_even_exposure_fen
        for pd in sorted((one, other))
    )
    assert (riskier >= safer * (1 - 1e-12)).all()


def test_the_fee_of_every_order_makes_the_short_loan_pay_from_a_smaller_one():
    rates = bullet_rates(0.15, 0.0004, 0.003, TERMS).nominal_irr
    surface = break_even_surface(TERMS, SIZES, rates, 0.03, 0.55, COSTS, WORK, kept_share=0.9366)
    assert (np.diff(surface.break_even_exposure_fen) > 0).all()
    assert 30_000_00 < surface.break_even_exposure_fen[2] < 80_000_00


def test_where_nothing_pays_the_line_is_infinite():
    surface = break_even_surface(TERMS, SIZES, 0.05, 0.03, 0.55, COSTS, WORK)
    assert np.isinf(surface.break_even_exposure_fen).all()
    assert not surface.pays.any()


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("relationship_years", {"relationship_years": 0}),
        ("fraud_loss_share", {"fraud_loss_share": 1.5}),
        ("rate_annual", {"rate_annual": [0.1, 0.2]}),
        ("term_days", {"term_days": [0, 30]}),
    ],
)
def test_bad_values_are_named(field, change):
    arguments = {
        "term_days": [7, 15, 30], "exposure_fen": [100_00], "rate_annual": 0.1, "pd_annual": 0.03, "lgd": 0.5,
        "costs": COSTS, "work": WORK,
    } | change  # fmt: skip
    with pytest.raises(BadInput, match=field):
        break_even_surface(**arguments)
