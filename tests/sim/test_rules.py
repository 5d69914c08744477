"""The behaviour of a firm-day as identities and inequalities over whole numbers."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from credit.contracts import divide_half_even
from sim import rules

MASS = st.integers(1, 3 * 10**9)
STOCK = st.integers(1, 2**40)
PRICE = st.integers(1, 10**7)
MONEY = st.integers(0, 10**12)
PPM = st.integers(0, 10**6)


@given(MONEY, MASS, MASS)
def test_a_part_of_a_stock_costs_its_share_to_the_fen_and_everything_costs_everything(value, part, whole):
    told = rules.proportion_fen(value, part, whole)
    if part >= whole:
        assert told == value
    else:
        assert abs(told - Fraction(value * part, whole)) <= Fraction(1, 2)
        assert 0 <= told <= value


@given(MONEY, STOCK, STOCK)
def test_the_cost_of_a_large_stock_is_exact_in_products_that_fit_into_64_bits(value, part, whole):
    quotient, rest = divmod(value, whole)
    high, low = divmod(part, 2**20)
    if part < whole:
        told = quotient * part + divide_half_even(rest * part, whole)
        assert rules.proportion_fen(value, part, whole) == told < 2**63
    assert rest * high < 2**61
    assert (whole << 20) + rest * low <= 2**61


@given(MONEY, PRICE)
def test_what_is_affordable_can_be_paid_and_a_gram_more_cannot(budget, price):
    mass = rules.affordable_g(budget, price)
    assert mass * price <= budget * rules.GRAMS_A_TONNE < (mass + 1) * price


@given(MONEY, st.sampled_from([130_000, 160_000, 170_000]))
def test_net_and_vat_make_the_price(gross, vat):
    net = rules.net_of_vat_fen(gross, vat)
    assert abs(net * (10**6 + vat) - gross * 10**6) <= (10**6 + vat) / 2


@given(MASS, st.integers(0, 10**9), st.integers(1, 10), st.integers(0, 10), st.integers(1, 30))
def test_an_order_lifts_the_position_above_the_reorder_point_and_comes_in_whole_lots(
    use, position, lead, safety, cycle
):
    lot = 10**6
    order = rules.order_g(use, position, lead, safety, cycle, lot)
    assert order % lot == 0
    point = rules.reorder_point_g(use, lead, safety)
    assert position + order >= point
    assert order == 0 or position <= point


@given(MONEY, MONEY, MONEY)
def test_nobody_pays_more_than_is_owed_or_than_there_is(owed, cash, reserve):
    paid = rules.payable_now_fen(owed, cash, reserve)
    assert 0 <= paid <= owed
    assert paid <= max(cash - reserve, 0)
    assert paid == owed or paid == max(cash - reserve, 0)


@given(MONEY, MONEY, st.integers(0, 10**9), PPM)
def test_walking_away_never_becomes_less_tempting_as_goods_lose_value(owed, value, penalty, loyalty):
    if rules.refuses_to_redeem(owed, value, penalty, loyalty):
        assert rules.refuses_to_redeem(owed, value * 9 // 10, penalty, loyalty)
        assert not rules.refuses_to_redeem(value, value, penalty, loyalty)


@given(st.integers(-(10**6), 10**6), PPM, PPM)
def test_a_dearer_offer_is_never_taken_more_often(gap, need, strain):
    def utility(extra: int) -> int:
        return rules.take_up_index(0, need, 2 * 10**6, gap + extra, 8, strain)

    assert utility(10_000) < utility(0)


def test_the_logistic_table_is_read_at_the_right_place(make_market):
    table = make_market(firms=1).logit_table
    assert rules.chance_ppm(0, table) == 500_000
    assert rules.chance_ppm(2_197_225, table) - 900_000 in range(-1000, 1000)
    assert rules.chance_ppm(-(10**9), table) < 400 < 999_600 < rules.chance_ppm(10**9, table)


@given(PRICE, PRICE)
def test_buyers_claim_nothing_back_for_small_falls_and_never_the_whole_invoice(now, then):
    claim = rules.price_claim_ppm(now, then, 100_000, 350_000)
    assert 0 <= claim <= 315_000
    assert claim == 0 or now < then * 0.9 + 1
