"""Exposure at default: between drawn and limit, more when more can be drawn, less when the line can be cancelled."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.errors import BadInput
from credit.exposure import conversion_factor, exposure_at_default

MONEY = st.floats(0, 1e9)


def test_half_of_what_is_open_is_drawn_before_default():
    committed, uncommitted = conversion_factor([True, False], date(2024, 1, 1))
    assert exposure_at_default(600_000, 1_000_000, committed) == pytest.approx(800_000)
    assert 0.40 <= committed <= 0.60
    assert 0 <= uncommitted < committed


@given(MONEY, MONEY, MONEY, st.floats(0, 1), st.floats(0, 1))
def test_a_larger_limit_or_factor_never_owes_less(drawn, limit, other_limit, factor, other_factor):
    (limit, larger), (factor, higher) = sorted((limit, other_limit)), sorted((factor, other_factor))
    owed = exposure_at_default(drawn, limit, factor)
    assert drawn <= owed <= max(drawn, limit) * (1 + 1e-12)
    assert owed <= exposure_at_default(drawn, larger, factor)
    assert owed <= exposure_at_default(drawn, limit, higher)


def test_a_line_drawn_beyond_a_cut_limit_is_owed_as_drawn():
    assert exposure_at_default(900.0, 500.0, 0.5) == 900.0


@pytest.mark.parametrize("terms", [(-1.0, 5.0, 0.5), (1.0, -5.0, 0.5), (1.0, 5.0, 1.5), (float("nan"), 5.0, 0.5)])
def test_what_cannot_be_is_refused(terms):
    with pytest.raises(BadInput, match="must be a number from 0"):
        exposure_at_default(*terms)
