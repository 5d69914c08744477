"""A measure as a reader wants it: its name in words, its value in the unit that the answer states."""

import math

ACRONYMS = {"lgd": "LGD", "raroc": "RAROC", "vat": "VAT", "pp": "PP", "pvc": "PVC", "lldpe": "LLDPE"}
UNITS_IN_NAMES = ("_yuan_per_tonne", "_yuan", "_annual")
"""What a key says of its unit and a label says more plainly behind the name."""
THOUSAND, MILLION = 1e3, 1e6


def label(key: str, unit: str) -> str:
    """The name of a measure in words, then what its numbers are counted in or a share of.

    Args:
        key: such as default_rate_annual or credit_loss_yuan.
        unit: as the answer states it: `share a year`, `share of disbursed`, `yuan`, `firms`, `ratio`, ...
    """
    name = key
    for ending in UNITS_IN_NAMES:
        name = name.removesuffix(ending)
    told = " ".join(ACRONYMS.get(word, word) for word in name.split("_"))
    rest = unit.removeprefix("share").strip()
    is_told = rest in ("", "number", "ratio") or rest in told
    return told if is_told else f"{told}, {rest}"


def quantity(value: float | None, unit: str) -> str:
    """A value: a share in per cent, what is large by the thousand (k) or million (m); `-` where there is none."""
    if value is None or math.isnan(value):
        return "-"
    if unit.startswith("share"):
        return f"{_per_cent(value)}%"
    return _number(value)


def change(value: float | None, unit: str) -> str:
    """A difference of two such values; of shares it is told in points, which are not per cent of either."""
    if value is None or math.isnan(value):
        return "-"
    return f"{_per_cent(value)} points" if unit.startswith("share") else _number(value)


def change_within(value: float | None, low: float | None, high: float | None, unit: str) -> str:
    """A difference with its interval; the unit stands once."""
    ends = [change(end, unit).removesuffix(" points") for end in (low, high)]
    return f"{change(value, unit)} ({ends[0]} to {ends[1]})"


def band(low: float | None, high: float | None, unit: str) -> str:
    """A range, either end of which may be open; the sign of per cent stands once."""
    if low is None and high is None:
        return "any"
    if low is None:
        return f"at most {quantity(high, unit)}"
    if high is None:
        return f"at least {quantity(low, unit)}"
    return f"{quantity(low, unit).removesuffix('%')} to {quantity(high, unit)}"


def _per_cent(share: float) -> str:
    """A share times a hundred, finer where it is small."""
    size = abs(share)
    return "0" if size == 0 else f"{share * 100:,.{1 if size >= 0.1 else 2 if size >= 0.01 else 3}f}"


def _number(value: float) -> str:
    if abs(value) >= MILLION:
        return f"{value / MILLION:,.2f}m"
    if abs(value) >= 100 * THOUSAND:
        return f"{value / THOUSAND:,.0f}k"
    if abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) >= 0.001 or value == 0 else f"{value:.1g}"
