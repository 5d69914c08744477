"""A printed number is the number: unit, sign and digits."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.edition import Edition
from reports.numbers import number

ENGLISH, CHINESE = Edition.of("en", "stress").numbers, Edition.of("zh", "stress").numbers
FEN = st.integers(-(10**14), 10**14)


@given(st.floats(-1e12, 1e12), st.integers(0, 4))
def test_what_is_printed_reads_back_within_half_a_digit(value, decimals):
    read = float(number(value, decimals).replace(",", "").replace("−", "-"))
    assert abs(read - value) <= 0.5 * 10**-decimals + abs(value) * 1e-12


@given(st.floats(-0.0049, 0.0049))
def test_nothing_prints_as_minus_zero(value):
    assert number(value, 2, signed=True) == "0.00"


@given(FEN)
def test_a_hundred_wan_are_a_million(amount_fen):
    assert CHINESE.in_money_units(amount_fen) == pytest.approx(100 * ENGLISH.in_money_units(amount_fen))


def test_quantities_carry_their_unit_in_both_languages():
    assert ENGLISH.money(1_234_567_890) == "RMB 12.3 million"
    assert CHINESE.money(1_234_567_890) == "1,235万元"
    assert ENGLISH.share(0.0345) == "3.5%" == CHINESE.share(0.0345)
    assert ENGLISH.share(0.00345) == "0.34%", "half to even on the stored double, one more digit below one per cent"
    assert ENGLISH.points(-0.0123) == "−1.23 pp"
    assert ENGLISH.day(date(2024, 12, 31)) == "31 Dec 2024"
    assert CHINESE.day(date(2024, 12, 31)) == "2024年12月31日"
    assert ENGLISH.listed(["a", "b", "c"]) == "a, b and c"
    assert CHINESE.listed(["甲", "乙", "丙"]) == "甲、乙和丙"


def test_what_is_unknown_prints_as_a_dash_and_never_as_nan():
    assert number(float("nan"), 2) == "–" == ENGLISH.share(float("nan"))
    assert number(float("inf")) == "–"
