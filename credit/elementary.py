"""exp, log and the normal distribution from + - * / and sqrt alone.

Library versions of these functions differ in the last bit between processors and between NumPy and the C library. A
decision that sits on a threshold would then differ between machines, and with it the state hash of a whole market.
Everything here is built of operations that IEEE 754 rounds exactly, in a fixed order, so that a scalar, an array and
every machine get the same bits. Accuracy against the library versions is a test.
"""

import numpy as np

from credit.errors import BadInput, Problem

Number = float | np.ndarray

_LN2_HIGH = 6.93147180369123816490e-01  # the leading bits of ln 2: k * _LN2_HIGH is exact for |k| < 2048
_LN2_LOW = 1.90821492927058770002e-10
_INVERSE_LN2 = 1.44269504088896338700
_SQRT_HALF = 0.70710678118654752440
_ROUNDING_SHIFT = 6755399441055744.0  # 1.5 * 2**52: adding and subtracting it rounds to the nearest integer
_LARGEST_EXPONENT = 700.0

_EXP_TERMS = tuple(1.0 / float(np.prod(np.arange(1, n + 1, dtype=float))) for n in range(14))


def exp(x: Number) -> Number:
    """e**x. Arguments beyond +-700 are held at +-700 (no infinity, no zero)."""
    held = np.minimum(np.maximum(x, -_LARGEST_EXPONENT), _LARGEST_EXPONENT)
    k = (held * _INVERSE_LN2 + _ROUNDING_SHIFT) - _ROUNDING_SHIFT
    r = (held - k * _LN2_HIGH) - k * _LN2_LOW
    total = _EXP_TERMS[13] + 0.0 * r
    for term in _EXP_TERMS[12::-1]:
        total = total * r + term
    return np.ldexp(total, np.asarray(k).astype(np.int32))


def log(x: Number) -> Number:
    """The natural logarithm of a finite x > 0.

    Raises:
        BadInput: an argument is not positive, infinite or not a number.
    """
    if not np.all((np.asarray(x) > 0.0) & (np.asarray(x) < np.inf)):
        raise BadInput(Problem("the argument of a logarithm must be > 0 and finite", field="x"))
    mantissa, exponent = np.frexp(x)
    is_small = mantissa < _SQRT_HALF
    mantissa = np.where(is_small, mantissa * 2.0, mantissa)
    k = np.where(is_small, exponent - 1, exponent).astype(float)
    s = (mantissa - 1.0) / (mantissa + 1.0)
    z = s * s
    total = 0.0 * z + 1.0 / 25.0
    for odd in range(23, 0, -2):
        total = total * z + 1.0 / odd
    return (2.0 * s * total + k * _LN2_LOW) + k * _LN2_HIGH


def expit(x: Number) -> Number:
    """The logistic function 1 / (1 + e**-x)."""
    return 1.0 / (1.0 + exp(-np.asarray(x, dtype=float)))


# Rational approximations of the normal quantile: M. J. Wichura, Algorithm AS 241 (PPND16), Appl. Statistics 37 (1988).
_CENTRE = (
    (3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3, 1.3731693765509461125e4,
     4.5921953931549871457e4, 6.7265770927008700853e4, 3.3430575583588128105e4, 2.5090809287301226727e3),
    (1.0, 4.2313330701600911252e1, 6.8718700749205790830e2, 5.3941960214247511077e3,
     2.1213794301586595867e4, 3.9307895800092710610e4, 2.8729085735721942674e4, 5.2264952788528545610e3),
)  # fmt: skip
_MIDDLE = (
    (1.42343711074968357734e0, 4.63033784615654529590e0, 5.76949722146069140550e0, 3.64784832476320460504e0,
     1.27045825245236838258e0, 2.41780725177450611770e-1, 2.27238449892691845833e-2, 7.74545014278341407640e-4),
    (1.0, 2.05319162663775882187e0, 1.67638483018380384940e0, 6.89767334985100004550e-1,
     1.48103976427480074590e-1, 1.51986665636164571966e-2, 5.47593808499534494600e-4, 1.05075007164441684324e-9),
)  # fmt: skip
_TAIL = (
    (6.65790464350110377720e0, 5.46378491116411436990e0, 1.78482653991729133580e0, 2.96560571828504891230e-1,
     2.65321895265761230930e-2, 1.24266094738807843860e-3, 2.71155556874348757815e-5, 2.01033439929228813265e-7),
    (1.0, 5.99832206555887937690e-1, 1.36929880922735805310e-1, 1.48753612908506148525e-2,
     7.86869131145613259100e-4, 1.84631831751005468180e-5, 1.42151175831644588870e-7, 2.04426310338993978564e-15),
)  # fmt: skip


def _rational(coefficients: tuple[tuple[float, ...], tuple[float, ...]], r: np.ndarray) -> np.ndarray:
    top, bottom = 0.0 * r, 0.0 * r
    for numerator, denominator in zip(*(reversed(part) for part in coefficients), strict=True):
        top, bottom = top * r + numerator, bottom * r + denominator
    return top / bottom


def normal_quantile(probability: Number) -> np.ndarray:
    """The x with P(N(0, 1) <= x) = probability.

    Raises:
        BadInput: a probability is not strictly between 0 and 1.
    """
    p = np.asarray(probability, dtype=float)
    if not np.all((p > 0.0) & (p < 1.0)):
        raise BadInput(Problem("must lie strictly between 0 and 1", field="probability"))
    q = p - 0.5
    tail = np.sqrt(-log(np.minimum(p, 1.0 - p)))
    centre = q * _rational(_CENTRE, 0.180625 - q * q)
    outer = np.where(tail <= 5.0, _rational(_MIDDLE, tail - 1.6), _rational(_TAIL, tail - 5.0))
    return np.where(np.abs(q) <= 0.425, centre, np.where(q < 0.0, -outer, outer))
