"""Orders and bureau events that are unusual: against the firm's own rhythm and against its peers on the same day.

The signals are those of `credit.early_warnings`; here a value counts by how far it lies from what the firm itself, and
the firms of its process, usually show. Both must say so: a firm that always buys in bursts is no anomaly, nor is one
that buys less in a month in which all do. Distances are robust: from the median, over 1.4826 times the median absolute
deviation, which is the standard deviation of a normal distribution (Iglewicz and Hoaglin, 1993).
"""

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from credit.anomalies.findings import Thresholds
from credit.early_warnings import signals_of
from credit.errors import BadInput, Problem
from credit.limit_rules import LimitRules
from credit.tables import latest_rows, visible

ORDER_SIGNALS = ("purchase_change", "order_gap_ratio", "order_size_ratio", "buying_above_index", "orders_near_maturity")
BUREAU_SIGNALS = ("enquiries_30d", "new_lawsuits_90d", "identity_changes_180d")
_MAD_TO_SD = 1.4826


def unusual(
    tables: Mapping[str, pd.DataFrame], day: date, rules: LimitRules, past: Sequence[pd.DataFrame] | None = None
) -> pd.DataFrame:
    """How unusual each order and bureau signal of each firm is on a day.

    Args:
        tables: the observable tables; later rows change nothing.
        day: the day.
        rules: say which side of a signal is the bad one, and its unit.
        past: signals of earlier month ends, if at hand; computed for the year before the day when absent.

    Returns:
        Indexed by firm; for each signal its score, the smaller of the two distances on the bad side, 0 where it lies on
        the good side, NaN where rhythm or peers are too thin; then `orders` and `bureau`: whether one signal of the
        group reaches `unusual_score`.
    """
    now = signals_of(tables, day)
    if past is None:
        past = [signals_of(tables, end.date()) for end in pd.date_range(end=pd.Timestamp(day), periods=13, freq="ME")][
            :-1
        ]
    firms = latest_rows(visible(tables, day)["firms"], "firm_id").set_index("firm_id")
    return unusual_signals(now, past, firms["process"].reindex(now.index), rules, Thresholds(day))


def unusual_signals(
    now: pd.DataFrame, past: Sequence[pd.DataFrame], peers: pd.Series, rules: LimitRules, limits: Thresholds
) -> pd.DataFrame:
    """The same from signals at hand.

    Args:
        now: signals of today, indexed by firm.
        past: signals of earlier days.
        peers: the group of each firm; firms of a group are compared.
        rules: as in `unusual`.
        limits: the thresholds of the day.

    Raises:
        BadInput: firms stand twice, or a signal is infinite.
    """
    if now.index.has_duplicates:
        raise BadInput(
            Problem("a firm must stand once", field="firm_id", value=str(now.index[now.index.duplicated()][0]))
        )
    sides = {one.signal: (1.0 if one.at_least else -1.0, (one.at_least or one.at_most)) for one in rules.warnings}
    told = pd.DataFrame(index=now.index)
    for signal in (*ORDER_SIGNALS, *BUREAU_SIGNALS):
        if signal not in now or signal not in sides:
            continue
        side, threshold = sides[signal]
        least = limits[f"least_spread_{threshold.unit if threshold else 'ratio'}"]
        today = now[signal].to_numpy(dtype=float)
        if np.isinf(today).any():
            raise BadInput(Problem("must be a finite number", field=str(signal)))
        own = np.array([one[signal].reindex(now.index) for one in past], dtype=float).reshape(len(past), len(now))
        by_own = robust_distance(today, own, least, int(limits["least_history_months"]))
        by_peers = np.full(len(now), np.nan)
        for group in peers.dropna().unique():
            inside = (peers == group).to_numpy(dtype=bool)
            column = np.repeat(today[inside][:, None], int(inside.sum()), axis=1)
            by_peers[inside] = robust_distance(today[inside], column, least, int(limits["least_peers"]))
        told[signal] = np.maximum(np.minimum(side * by_own, side * by_peers), 0.0)
    for group, members in {"orders": ORDER_SIGNALS, "bureau": BUREAU_SIGNALS}.items():
        told[group] = (told.reindex(columns=list(members)) >= limits["unusual_score"]).any(axis=1)
    return told


def robust_distance(values: np.ndarray, others: np.ndarray, least_scale: float, least_number: int) -> np.ndarray:
    """Distance of each value from the median of its column, in robust standard deviations.

    Args:
        values: shape (n,).
        others: what each is compared with, shape (m, n); NaN where not known.
        least_scale: the spread is taken to be at least this.
        least_number: below so many known others the distance is NaN.
    """
    result = np.full(len(values), np.nan)
    enough = ~np.isnan(values) & ((~np.isnan(others)).sum(axis=0) >= max(least_number, 1))
    if enough.any():
        middle = np.nanmedian(others[:, enough], axis=0)
        spread = _MAD_TO_SD * np.nanmedian(np.abs(others[:, enough] - middle), axis=0)
        result[enough] = (values[enough] - middle) / np.maximum(spread, least_scale)
    return result
