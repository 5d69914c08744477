"""Operating cost: the brief's order, frequency and smallness cost, the parts sum."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.errors import BadInput
from credit.operating_cost import WorkCosts, operating_cost
from credit.parameters import parameters

DAY = date(2026, 1, 1)
WORK = WorkCosts.on(DAY)
exposures, terms, shares = st.integers(100_00, 10**10), st.integers(1, 900), st.floats(0, 1)


def test_150_yuan_on_250_000_at_30_days_is_0_73_percent_a_year():
    assert operating_cost(250_000_00, 30, 0.03, 0.55, WORK).orders == pytest.approx(0.0073, abs=5e-6)


def test_the_parts_of_the_reference_order_add_up_to_the_flat_number_of_the_price():
    told = operating_cost(250_000_00, 30, 0.03, 0.55, WORK).total
    assert told == pytest.approx(parameters("pricing").value("operating_cost_annual", DAY), abs=1e-4)


@given(exposures, terms, shares, shares)
def test_the_parts_sum_to_the_total(exposure, term, pd, lgd):
    told = operating_cost(exposure, term, pd, lgd, WORK)
    assert sum(told.parts().values()) == pytest.approx(told.total, rel=1e-14)


@given(exposures, exposures, terms, terms, shares, shares)
def test_smaller_and_shorter_is_never_cheaper_to_run(one, other, short, long, pd, lgd):
    small, large = sorted((one, other))
    brief, lasting = sorted((short, long))
    dear = operating_cost(small, brief, pd, lgd, WORK).total
    assert dear >= operating_cost(large, brief, pd, lgd, WORK).total
    assert dear >= operating_cost(small, lasting, pd, lgd, WORK).total


def test_visits_are_shared_by_all_that_a_client_owes():
    alone = operating_cost(250_000_00, 30, 0.03, 0.55, WORK)
    beside = operating_cost(250_000_00, 30, 0.03, 0.55, WORK, client_balance_fen=1_000_000_00)
    assert beside.visits == pytest.approx(alone.visits / 4)
    assert beside.orders == alone.orders


def test_an_order_that_a_computer_decides_saves_nine_tenths():
    automatic = replace(WORK, order_fen=1_500)
    saved = operating_cost(1, 30, 0, 1, WORK).orders - operating_cost(1, 30, 0, 1, automatic).orders
    assert saved == pytest.approx(0.9 * operating_cost(1, 30, 0, 1, WORK).orders)


@pytest.mark.parametrize(
    ("field", "arguments"),
    [
        ("exposure_fen", (0, 30, 0.03, 0.5)),
        ("term_days", (100, 0, 0.03, 0.5)),
        ("pd_annual", (100, 30, [0.1, 1.1], 0.5)),
        ("lgd", (100, 30, 0.03, -0.5)),
    ],
)
def test_bad_values_are_named(field, arguments):
    with pytest.raises(BadInput, match=field):
        operating_cost(*arguments, WORK)
