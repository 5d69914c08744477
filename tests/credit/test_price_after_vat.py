"""Price after VAT: the brief's numbers, one waterfall, and VAT never makes a loan cheaper."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.errors import BadInput
from credit.price_after_vat import quote_after_vat
from credit.pricing import LenderCosts
from credit.taxes import vat_on_interest

DAY = date(2026, 1, 1)
COSTS = LenderCosts.on(DAY)
KEPT = vat_on_interest("micro_lender", DAY).kept_share

rates, pds, lgds, kept_shares = st.floats(1e-3, 2), st.floats(0, 0.9), st.floats(0, 1), st.floats(0.5, 1)


def test_goods_released_before_and_after_vat():
    judged = quote_after_vat(0.12, 0.03, 0.55, 30, COSTS, KEPT)
    assert judged.before.required_rate_annual == pytest.approx(0.1113, abs=5e-5)
    assert judged.required_rate_annual == pytest.approx(0.119, abs=5e-4)
    assert judged.before.break_even_pd == pytest.approx(0.0427, abs=5e-5)
    assert judged.break_even_pd == pytest.approx(0.032, abs=5e-4)


def test_a_waterfall_by_hand():
    """Of 12 %: VAT .76, funding 5.07, loss 3 % x (55 % + 11.24 %) = 1.99, work 2.50, hurdle 1.575, left .11."""
    parts = quote_after_vat(0.12, 0.03, 0.55, 30, COSTS, KEPT).parts()
    assert list(parts) == ["vat", "funding", "expected_loss", "operating_cost", "capital_charge", "margin"]
    assert [100 * part for part in parts.values()] == pytest.approx([0.76, 5.07, 1.99, 2.5, 1.575, 0.11], abs=0.005)


@given(rates, pds, lgds, kept_shares)
def test_the_parts_sum_to_what_the_client_pays(rate, pd, lgd, kept):
    judged = quote_after_vat(rate, pd, lgd, 30, COSTS, kept)
    assert sum(judged.parts().values()) == pytest.approx(rate, rel=1e-12, abs=1e-14)


@given(rates, pds, lgds, kept_shares, kept_shares)
def test_keeping_less_never_helps(rate, pd, lgd, one, other):
    less, more = (quote_after_vat(rate, pd, lgd, 30, COSTS, kept) for kept in sorted((one, other)))
    assert less.required_rate_annual >= more.required_rate_annual
    assert less.raroc <= more.raroc
    assert less.break_even_pd <= more.break_even_pd + 1e-15


@given(pds, pds, lgds, kept_shares)
def test_riskier_is_never_cheaper(one, other, lgd, kept):
    safer, riskier = (quote_after_vat(0.12, pd, lgd, 30, COSTS, kept) for pd in sorted((one, other)))
    assert riskier.required_rate_annual >= safer.required_rate_annual


@given(pds, lgds, kept_shares)
def test_the_required_rate_leaves_nothing(pd, lgd, kept):
    needed = quote_after_vat(0.12, pd, lgd, 30, COSTS, kept).required_rate_annual
    judged = quote_after_vat(needed, pd, lgd, 30, COSTS, kept)
    assert judged.parts()["margin"] == pytest.approx(0.0, abs=1e-9 * (1.0 + needed))
    assert judged.break_even_pd == pytest.approx(pd, abs=1e-9)


@pytest.mark.parametrize("kept", [0.0, 1.01, float("nan"), [0.9, -0.1]])
def test_a_kept_share_that_cannot_be_is_named(kept):
    with pytest.raises(BadInput, match="kept_share"):
        quote_after_vat(np.array([0.12, 0.13]), 0.03, 0.55, 30, COSTS, kept)
