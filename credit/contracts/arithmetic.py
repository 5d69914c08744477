"""The one rounding rule and the integer arithmetic of money that every contract and every market day shares.

Money is a whole number of fen, a share a whole number of parts per million (ppm), and what does not divide is rounded
half to even, once, at the end. The functions take and give plain integers and do nothing else, so that the same source
can be called on objects and compiled over columns.

Overflow bound: every intermediate product must stay below 2**63 (9.2e18) once compiled. Python integers never overflow;
`MAX_AMOUNT_FEN`, `MAX_DAY_RATE_PPM` and `MAX_DAYS` are the limits that contracts check at their edge, and
10**12 * 10**4 * 900 = 9.0e18 is the largest product they allow.
"""

from typing import overload

import numpy as np

MILLION = 1_000_000

MAX_AMOUNT_FEN = 10**12  # RMB 10 bn in one contract
MAX_DAY_RATE_PPM = 10**4  # 1 % a day
MAX_DAYS = 900


Fen = int | np.ndarray
"""An amount, or a column of int64 amounts."""


@overload
def divide_half_even(numerator: int, denominator: int) -> int: ...
@overload
def divide_half_even(numerator: np.ndarray, denominator: int) -> np.ndarray: ...
def divide_half_even(numerator: Fen, denominator: int) -> Fen:
    """The quotient of two integers, rounded to the nearest integer, and to the even one when two are as near.

    Without a branch, so that one rule holds for a number, a column of int64 and a compiled loop.

    Args:
        numerator: any integer, in magnitude below 2**62, or a column of such.
        denominator: a positive integer below 2**62.
    """
    quotient = numerator // denominator
    is_odd = quotient & 1  # an odd quotient is left as soon as the rest is a half, an even one only beyond it
    return quotient + (2 * (numerator % denominator) + is_odd > denominator)


def share_fen(amount_fen: int, share_ppm: int) -> int:
    """A share of an amount. Bound: amount_fen * share_ppm below 2**62 (10**12 fen at 100 % is 10**18).

    `divide_half_even` of the product and a million, written out: no rule is asked as often as this one.
    """
    product = amount_fen * share_ppm
    quotient = product // MILLION
    return quotient + (2 * (product % MILLION) + (quotient & 1) > MILLION)


def interest_fen(principal_fen: int, rate_ppm_per_day: int, days: int) -> int:
    """Simple interest on a principal: principal * rate * days, rounded half to even once.

    Args:
        principal_fen: the amount that bears interest, 0 to 10**12.
        rate_ppm_per_day: 400 means 0.04 % a day, 0 to 10**4.
        days: days of interest, 0 to 900; the day of disbursement counts, the day of payment does not.
    """
    return divide_half_even(principal_fen * rate_ppm_per_day * days, MILLION)
