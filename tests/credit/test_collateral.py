"""Loss given default of goods: reference values, and the put is what many sold lots lose on average."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit.collateral import expected_goods_lgd, goods_lgd, lgd_with_missing_goods
from credit.errors import BadInput

TERMS = {"deposit_share": 0.15, "day_rate": 0.0004, "held_days": 30, "liquidation_cost_share": 0.04}
PUT = {
    "deposit_share": 0.15,
    "day_rate": 0.0004,
    "term_days": 60,
    "liquidation_days": 20,
    "liquidation_cost_share": 0.04,
}


def test_reference_losses_after_a_fall_of_the_price():
    losses = goods_lgd([0.1, 0.2, 0.3, 0.5], **TERMS)
    assert losses == pytest.approx([0.0, 0.1072, 0.2188, 0.4420], abs=5e-5)


def test_reference_losses_before_the_price_is_known():
    assert expected_goods_lgd([0.22, 0.35], **PUT) == pytest.approx([0.010, 0.029], abs=5e-4)


def test_the_put_is_the_mean_loss_over_drawn_prices():
    draws = np.random.default_rng(3).standard_normal(400_000)
    spread = 0.35 * np.sqrt(80 / 365)
    drop = 1.0 - np.exp(spread * draws - spread**2 / 2)
    mean = goods_lgd(drop, **(TERMS | {"held_days": 60})).mean()
    assert expected_goods_lgd(0.35, **PUT) == pytest.approx(mean, abs=3e-4)


def test_without_volatility_the_put_is_worth_what_it_is_worth_today():
    sure = expected_goods_lgd(0.0, **(PUT | {"deposit_share": 0.0}))
    assert sure == pytest.approx(1 - 0.96 / (1 + 0.0004 * 60))
    assert expected_goods_lgd(0.0, **PUT) == pytest.approx(0.0, abs=1e-12)


def test_missing_goods_make_most_of_the_base_loss():
    assert lgd_with_missing_goods(0.15, 0.85, 0.02) == pytest.approx(0.15, abs=0.006)


@given(
    st.floats(0, 1), st.floats(0, 0.9), st.floats(0, 0.9), st.floats(0, 0.002), st.integers(0, 180), st.floats(0, 0.3)
)
def test_a_deeper_fall_or_a_smaller_deposit_never_loses_less(drop, deposit, other_deposit, rate, days, cost):
    terms = {"day_rate": rate, "held_days": days, "liquidation_cost_share": cost}
    loss = goods_lgd(drop, deposit_share=deposit, **terms)
    assert 0 <= loss <= 1
    assert goods_lgd(min(1.0, drop + 0.1), deposit_share=deposit, **terms) >= loss
    if other_deposit <= deposit:
        assert goods_lgd(drop, deposit_share=other_deposit, **terms) >= loss


@pytest.mark.parametrize(("field", "value"), [("deposit_share", 1.0), ("held_days", -1), ("day_rate", np.nan)])
def test_what_cannot_be_is_refused_by_name(field, value):
    with pytest.raises(BadInput, match=field.replace("held_", "")):
        goods_lgd(0.2, **(TERMS | {field: value}))
