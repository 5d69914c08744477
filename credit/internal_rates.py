"""The root finder behind internal rates: bracketed, vectorised over contracts, honest about several roots.

Present values are sums of exponentials in the log rate x = log(1 + yearly rate). Newton steps are taken on
log(value received) - log(value paid), nearly a straight line in x, inside a bracket that holds exactly one root:

* flows that change their sign once have one root (Descartes' rule for sums of exponentials);
* flows whose running total changes its sign once, and ends with the other sign, have one root above zero
  (C. J. Norstrom, J. Financial and Quantitative Analysis 7, 1972, 1835-1839);
* for all others every root is isolated, and more than one is an error that names them.
"""

from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from credit.errors import BadInput, Problem

Floats = NDArray[np.float64]

_ROWS_A_BLOCK = 4096  # what stays in the processor's cache
_LARGEST_LOG_VALUE = 600.0  # beyond it a discount factor leaves the range of floats
_ENOUGH_STEPS = 200
_LAST_STEP = 1e-9  # in log value: Newton squares the error, so that what is left after such a step is below rounding


class NoRate(BadInput):
    """No rate makes the flows worth nothing: they do not change their sign, or never by enough."""


class SeveralRates(BadInput):
    """More than one rate makes the flows worth nothing."""


def log_rates(flows: Floats, times: Floats) -> Floats:
    """log(1 + yearly rate) of every contract.

    Args:
        flows: shape (contracts, flows), finite, at most one non-zero flow a day.
        times: shape (1 or contracts, flows), years since the first day, in rising order.

    Raises:
        NoRate: flows do not change their sign, or no rate solves them.
        SeveralRates: several rates solve them.
    """
    answer = np.empty(len(flows))
    for start in range(0, len(flows), _ROWS_A_BLOCK):
        block = slice(start, start + _ROWS_A_BLOCK)
        own_times = times if len(times) == 1 else times[block]
        answer[block] = _log_rates_of_block(np.ascontiguousarray(flows[block].T), own_times.T, start)
    return answer


def _log_rates_of_block(flows: Floats, times: Floats, first_row: int) -> Floats:
    """log(1 + yearly rate), flows and times with one row a flow and one column a contract."""
    first_sign, changes = _sign_changes(flows)
    if (changes == 0).any():
        row = first_row + 1 + int(np.argmax(changes == 0))
        raise NoRate(Problem("must change sign: money has to go out and come back", field="amounts", row=row))
    _, total_changes = _sign_changes(np.cumsum(flows, axis=0))
    limit = np.broadcast_to(_LARGEST_LOG_VALUE / times[-1], first_sign.shape)
    is_one_change = changes == 1
    is_one_positive = ~is_one_change & (total_changes == 1) & (np.sign(flows.sum(axis=0)) == -first_sign)
    low = np.where(is_one_positive, 0.0, -limit)
    is_open = is_one_change | is_one_positive
    answer = np.zeros(len(first_sign))
    if is_open.any():
        own_times = times if times.shape[1] == 1 else times[:, is_open]
        answer[is_open] = _newton(flows[:, is_open], own_times, first_sign[is_open], low[is_open], limit[is_open])
    for column in np.flatnonzero(~is_open):
        roots = _all_roots(flows[:, column], times[:, min(column, times.shape[1] - 1)])
        answer[column] = _the_only(roots, first_row + int(column) + 1)
    if (np.abs(answer) >= limit).any():
        row = first_row + 1 + int(np.argmax(np.abs(answer) >= limit))
        raise NoRate(Problem("must have a rate that a computer can hold", field="amounts", row=row))
    return answer


def _sign_changes(values: Floats) -> tuple[Floats, NDArray[np.int64]]:
    """The sign of the first non-zero value of each column, and how often signs change down the column, zeros aside."""
    first = np.zeros(values.shape[1])
    last = np.zeros(values.shape[1])
    changes = np.zeros(values.shape[1], dtype=np.int64)
    for sign in np.sign(values):
        changes += sign * last < 0.0
        last = np.where(sign == 0.0, last, sign)
        first = np.where(first == 0.0, sign, first)
    return first, changes


def _newton(flows: Floats, times: Floats, first_sign: Floats, low: Floats, high: Floats) -> Floats:
    """The root between `low` and `high`, above which the value has the sign of the first flow."""
    received, paid = np.maximum(flows, 0.0), np.maximum(-flows, 0.0)
    mean_times = [(part * times).sum(axis=0) / part.sum(axis=0) for part in (received, paid)]
    distance = mean_times[0] - mean_times[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        x = np.log(received.sum(axis=0) / paid.sum(axis=0)) / distance
    x = np.where(np.isfinite(x) & (x > low) & (x < high), x, np.clip(0.1, low, high))
    low, high = low.copy(), high.copy()
    for _ in range(_ENOUGH_STEPS):
        value_in, moment_in, value_out, moment_out = _values(received, paid, times, x)
        gap = np.log(value_in / value_out)
        is_above = gap * first_sign >= 0.0
        high = np.where(is_above, x, high)
        low = np.where(is_above, low, x)
        with np.errstate(divide="ignore", invalid="ignore"):
            step = x + gap / (moment_in / value_in - moment_out / value_out)
        is_inside = (step >= low) & (step <= high)
        following = np.where(is_inside, step, 0.5 * (low + high))
        is_done = np.abs(following - x) * times[-1] <= _LAST_STEP
        x = following
        if is_done.all():
            break
    return x


def _values(received: Floats, paid: Floats, times: Floats, x: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Present values received and paid at log rate x, each followed by its time-weighted moment (Horner's rule)."""
    factors: dict[float, Floats] = {}
    steps: list[tuple[Floats, Floats]] = []
    for gap in np.diff(times, axis=0):
        key = round(float(gap[0]), 12)
        if len(gap) > 1:
            steps.append((gap, np.exp(-x * gap)))
        else:
            steps.append((gap, factors[key] if key in factors else factors.setdefault(key, np.exp(-x * gap))))
    return *_value(received, steps), *_value(paid, steps)


def _value(amounts: Floats, steps: list[tuple[Floats, Floats]]) -> tuple[Floats, Floats]:
    """Present value and time-weighted moment, from the last flow of any contract back to the first day."""
    last = len(amounts) - 1 - int(np.argmax(amounts.any(axis=1)[::-1]))
    value, moment = amounts[last].copy(), np.zeros(amounts.shape[1])
    for j in range(last - 1, -1, -1):
        gap, factor = steps[j]
        moment += value * gap
        moment *= factor
        value *= factor
        value += amounts[j]
    return value, moment


def _the_only(roots: list[float], row: int) -> float:
    if not roots:
        raise NoRate(Problem("no rate makes these flows worth nothing", field="amounts", row=row))
    if len(roots) > 1:
        told = ", ".join(f"{np.expm1(root):.6g}" for root in roots)
        raise SeveralRates(Problem(f"several yearly rates solve these flows: {told}", field="amounts", row=row))
    return roots[0]


def _all_roots(flows: Floats, times: Floats) -> list[float]:
    """Every log rate at which flows are worth nothing, in rising order.

    By Rolle's theorem the roots of a sum of exponentials are parted by those of its derivative, which, once the first
    term is divided out, has one term less.
    """
    amounts, moments = flows[flows != 0.0], times[flows != 0.0]
    if np.all(amounts > 0.0) or np.all(amounts < 0.0):
        return []
    limit = _LARGEST_LOG_VALUE / float(times[-1])

    def value(x: float) -> float:
        """The value in money of the first day (x > 0) or of the last (x < 0): same sign, no overflow."""
        return float(amounts @ np.exp(-x * (moments - (moments[0] if x > 0.0 else moments[-1]))))

    turns = _all_roots((amounts * (moments - moments[0]))[1:], moments[1:]) if len(amounts) > 2 else []
    return list(_roots_between(value, [-limit, *turns, limit], float(np.abs(amounts).max())))


def _roots_between(value: Callable[[float], float], corners: list[float], scale: float) -> Iterator[float]:
    for left, right in pairwise(corners):
        value_left, value_right = value(left), value(right)
        if abs(value_left) <= 1e-13 * scale and left != corners[0]:
            yield left  # the value touches nothing at a turn: two rates in one
        elif value_left * value_right < 0.0 and abs(value_right) > 1e-13 * scale:
            yield float(brentq(value, left, right, xtol=1e-15, rtol=1e-14))
