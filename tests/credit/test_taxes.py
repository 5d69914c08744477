"""Taxes by entity and day: what a lender keeps, what a buyer deducts, nothing lost to rounding."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from credit import taxes
from credit.contracts import arithmetic
from credit.errors import BadInput

AMOUNTS = st.integers(0, 10**12)
DAYS = st.dates(date(2016, 5, 1), date(2030, 12, 31))


def test_a_lender_keeps_about_0_937_of_its_interest():
    vat = taxes.vat_on_interest("micro_lender", date(2024, 6, 1))
    assert vat.kept_share == pytest.approx(0.937, abs=0.0005)
    split = vat.split(10_600)
    assert (split.net_fen, split.vat_fen, split.surcharge_fen, split.kept_fen) == (10_000, 600, 72, 9_928)
    assert split.cost_to_payer_fen == 10_600


def test_price_after_vat_as_the_domain_brief_states_it():
    kept = taxes.vat_on_interest("micro_lender", date(2024, 6, 1)).kept_share
    assert 0.1113 / kept == pytest.approx(0.119, abs=0.0005)
    k, funding, operating, lgd = 0.75 * 0.105, 0.055, 0.025, 0.55
    rate = 0.12 * kept
    break_even_pd = (rate - (1 - k) * funding - operating - k * 0.15 / 0.75) / (rate + lgd)
    assert break_even_pd == pytest.approx(0.032, abs=0.0005)


@pytest.mark.parametrize(
    ("day", "rate"),
    [(date(2018, 4, 30), 17), (date(2018, 5, 1), 16), (date(2019, 3, 31), 16), (date(2019, 4, 1), 13)],
)
def test_goods_and_direct_leases_follow_the_history_of_the_rate(day, rate):
    for vat in (taxes.vat_on_goods(day), taxes.vat_on_direct_lease(day)):
        split = vat.split((100 + rate) * 100)
        assert (split.net_fen, split.vat_fen, split.cost_to_payer_fen) == (10_000, rate * 100, 10_000)


def test_leaseback_became_a_loan_service_in_may_2016():
    before, after = (taxes.vat_on_leaseback(day) for day in (date(2016, 4, 30), date(2016, 5, 1)))
    assert (before.rate_ppm, before.is_deductible) == (170_000, True)
    assert (after.rate_ppm, after.is_deductible) == (60_000, False)
    lease = taxes.vat_on_direct_lease(date(2020, 1, 1)).split(113_000)
    leaseback = taxes.vat_on_leaseback(date(2020, 1, 1)).split(113_000)
    assert lease.cost_to_payer_fen < leaseback.cost_to_payer_fen


def test_a_banks_small_business_loan_is_exempt_up_to_one_and_a_half_times_the_reference_rate():
    def kept(entity="bank", day=date(2024, 6, 1), line=3_000_000_00, rate=0.05):
        return taxes.vat_on_interest(
            entity, day, credit_line_fen=line, rate_annual=rate, reference_rate_annual=0.0345
        ).kept_share

    taxed = taxes.vat_on_interest("bank", date(2024, 6, 1)).kept_share
    assert kept() == 1.0
    assert kept(line=10_000_001_00) == taxed
    assert kept(day=date(2018, 8, 31)) == taxed
    assert kept(day=date(2028, 1, 1)) == taxed
    assert kept(entity="micro_lender") == taxed
    assert 1.0 - kept(rate=0.1035) == pytest.approx((1.0 - taxed) / 2, abs=1e-9)


def test_a_bad_debt_costs_the_seller_the_vat_too():
    day = date(2023, 1, 1)
    assert taxes.bad_debt_loss_fen(11_300, day, day) == 11_300


def test_margin_excludes_vat_and_bears_surcharges_on_the_difference():
    day = date(2023, 1, 1)
    assert taxes.goods_margin_fen(113_000, day, 101_700, day) == 10_000 - 156
    assert taxes.goods_margin_fen(90_400, day, 101_700, day) == -10_000
    # Bought at 16 %, sold at 13 %: the same gross price leaves more without tax.
    assert taxes.goods_margin_fen(116_000, date(2019, 4, 1), 116_000, date(2019, 3, 31)) > 0


@given(AMOUNTS, DAYS)
def test_parts_sum_to_the_payment_and_are_within_half_a_fen(gross, day):
    for vat in (
        taxes.vat_on_interest("factor", day),
        taxes.vat_on_goods(day),
        taxes.vat_on_direct_lease(day),
        taxes.vat_on_leaseback(day),
    ):
        split = vat.split(gross)
        assert split.net_fen + split.vat_fen == gross
        assert split.kept_fen + split.vat_fen + split.surcharge_fen == gross
        assert abs(split.vat_fen * (10**6 + vat.rate_ppm) - gross * vat.rate_ppm) * 2 <= 10**6 + vat.rate_ppm


@given(st.lists(st.integers(-(10**17), 10**17), min_size=1, max_size=20), st.integers(1, 2 * 10**6))
def test_columns_round_as_contracts_do(numerators, denominator):
    columns = taxes.divide_half_even(np.array(numerators), denominator)
    assert columns.tolist() == [arithmetic.divide_half_even(n, denominator) for n in numerators]


def test_columns_equal_single_amounts():
    gross = np.array([0, 1, 53, 10_600, 10**12])
    vat = taxes.vat_on_interest("bank", date(2024, 1, 1))
    split = vat.split(gross)
    assert split.kept_fen.tolist() == [vat.split(int(g)).kept_fen for g in gross]


@pytest.mark.parametrize(
    ("call", "told"),
    [
        (lambda: taxes.vat_on_interest("church", date(2024, 1, 1)), "entity"),
        (lambda: taxes.vat_on_goods(date(2024, 1, 1)).split(1.5), "whole fen"),
        (lambda: taxes.vat_on_goods(date(2024, 1, 1)).split(-1), "from 0"),
        (lambda: taxes.vat_on_interest("bank", date(2015, 1, 1)), "no value is known before 2016-05-01"),
    ],
)
def test_bad_input_is_named(call, told):
    with pytest.raises(BadInput, match=told):
        call()
