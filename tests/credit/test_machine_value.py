"""Machines as collateral: the reference lease, and bad times or old machines never lose less."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.errors import BadInput
from credit.machine_value import MachineMarket, balance, machine_sale_lgd

MARKET = MachineMarket.on(date(2024, 1, 1))
PRICE, FINANCED, RATE, MONTHS = 600_000.0, 420_000.0, 0.10 / 12, 36


def lgd(month, **changed):
    owed = balance(FINANCED, RATE, MONTHS, month)
    terms = {"price": PRICE, "exposure": owed, "age_months": month, "rate_monthly": RATE} | changed
    return machine_sale_lgd(MARKET, **terms)


def test_reference_losses_of_the_lease_at_a_forced_sale():
    assert lgd(np.array([6, 12, 18, 24])) == pytest.approx([0.42, 0.36, 0.24, 0.0], abs=0.005)


def test_a_deposit_of_a_tenth_cuts_the_early_loss():
    assert lgd(6, deposit=0.1 * FINANCED) == pytest.approx(0.30, abs=0.005)


def test_values_stand_in_their_order_and_as_published():
    assert MARKET.fair_value(PRICE, 0.0) == pytest.approx(480_000)
    assert MARKET.fair_value(PRICE, 3.0) == pytest.approx(480_000 * np.exp(-0.6))
    assert MARKET.orderly_value(PRICE, 1.0) / MARKET.fair_value(PRICE, 1.0) == pytest.approx(0.75)
    assert MARKET.forced_value(PRICE, 1.0) / MARKET.fair_value(PRICE, 1.0) == pytest.approx(0.55)


def test_the_balance_is_what_the_rents_to_come_are_worth():
    rent = FINANCED * RATE / (1 - (1 + RATE) ** -MONTHS)
    to_come = rent * ((1 + RATE) ** -np.arange(1.0, 31.0)).sum()
    assert balance(FINANCED, RATE, MONTHS, 6) == pytest.approx(to_come)
    assert balance(FINANCED, 0.0, MONTHS, 9) == pytest.approx(0.75 * FINANCED)


@given(st.integers(0, 35), st.floats(0, 1), st.floats(0, 1), st.floats(0, 100_000))
def test_more_defaults_around_or_less_deposit_never_lose_less(month, rate, other, deposit):
    calm, stressed = sorted((rate, other))
    terms = {"deposit": deposit}
    assert lgd(month, sector_default_rate=stressed, **terms) >= lgd(month, sector_default_rate=calm, **terms)
    assert lgd(month, sector_default_rate=stressed) >= lgd(month, sector_default_rate=stressed, **terms)
    assert lgd(month, is_forced=False, **terms) <= lgd(month, **terms)
    assert 0 <= lgd(month, **terms) <= 1


def test_bad_times_cost_what_the_slope_says_and_good_times_add_nothing():
    assert MARKET.resale_factor(0.095) == pytest.approx(np.exp(-0.15))
    assert MARKET.resale_factor(0.0) == 1.0


@pytest.mark.parametrize(("field", "value"), [("price", -1.0), ("exposure", 0.0), ("rate_monthly", np.nan)])
def test_what_cannot_be_is_refused_by_name(field, value):
    with pytest.raises(BadInput, match=field):
        lgd(6, **{field: value})
    with pytest.raises(BadInput, match="paid_months"):
        balance(FINANCED, RATE, MONTHS, 37)
