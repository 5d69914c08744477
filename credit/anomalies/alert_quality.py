"""What alerts are worth: lead time, precision, recall, alerts a thousand accounts and month, value net of their cost.

An alert is a rise of a firm's state to a level, so an episode counts once; `credit.warning_quality` measures raw
warnings, each month anew. An alert is right when the obligor becomes an operational default (30 days past due, D2 of
DOMAIN section 4: the definition that governs warnings on short loans) within the horizon. Months of one firm are alike,
so intervals come from drawing whole firms again.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from credit.anomalies.findings import Thresholds
from credit.anomalies.warning_states import Level
from credit.errors import BadInput, Problem
from credit.intervals import wilson

RESAMPLES = 400
LEVEL = 0.95


@dataclass(frozen=True)
class Measured:
    """A number with the interval that drawing firms again gives."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class AlertQuality:
    """How good alerts of a level and above were.

    Attributes:
        level: the level.
        account_months: accounts times sightings.
        alerts: rises to the level or above.
        defaults: obligors that became 30 days past due on a watched day with a horizon's history behind it.
        alerts_per_1000: alerts a thousand accounts and month.
        precision: alerts followed by a default within the horizon, of those whose horizon is over.
        base_rate: sightings followed by a default within the horizon: what chance would hit.
        recall: defaults with an alert within the horizon before them.
        lead_days: median days from the first such alert to the default; NaN without one.
        value_yuan: losses avoided less interventions, a thousand accounts and month.
    """

    level: Level
    account_months: int
    alerts: int
    defaults: int
    alerts_per_1000: Measured
    precision: Measured
    base_rate: Measured
    recall: Measured
    lead_days: Measured
    value_yuan: Measured


def alert_quality(
    history: pd.DataFrame,
    late_on: pd.Series,
    until: date,
    horizon_days: int = 90,
    level: Level = Level.YELLOW,
    seed: int = 0,
) -> AlertQuality:
    """Measure a history of states against what happened.

    Args:
        history: from `warning_history`.
        late_on: day of default by firm, from `late_days`.
        until: last day on which outcomes are known.
        horizon_days: an alert is in time when the default follows within so many days.
        level: alerts to this level or above are counted.
        seed: of the draws of firms.

    Raises:
        BadInput: an empty history, or a horizon below one day.
    """
    if history.empty:
        raise BadInput(Problem("no account was watched", field="history"))
    if horizon_days < 1:
        raise BadInput(Problem("must be >= 1", field="horizon_days", value=horizon_days))
    seen = history.assign(late_on=history["firm_id"].map(late_on))
    seen = seen[~(seen["late_on"] <= seen["day"])]  # who is in default already needs no warning
    ahead = (seen["late_on"] - seen["day"]).dt.days
    is_over = seen["day"] + pd.Timedelta(horizon_days, unit="D") <= pd.Timestamp(until)
    is_judged = is_over | (ahead <= horizon_days)
    is_alert = seen["is_alert"] & (seen["level"] >= int(level))
    hits = is_alert & (ahead <= horizon_days)
    firms = sorted(seen["firm_id"].unique())
    at = pd.Categorical(seen["firm_id"], categories=firms).codes

    def by_firm(what: pd.Series) -> np.ndarray:
        return np.bincount(at[what.to_numpy(dtype=bool)], minlength=len(firms)).astype(float)

    first, last = history["day"].min(), min(pd.Timestamp(until), history["day"].max() + pd.Timedelta(31, unit="D"))
    late = late_on.reindex(firms)
    is_default = ((late > first) & (late <= last)).to_numpy()
    lead = ahead[hits].groupby(seen.loc[hits, "firm_id"]).max().reindex(firms).to_numpy(dtype=float)
    counts = {
        "months": by_firm(pd.Series(True, index=seen.index)), "alerts": by_firm(is_alert),
        "judged": by_firm(is_alert & is_judged), "hits": by_firm(hits),
        "base": by_firm(is_judged), "base_hits": by_firm(ahead <= horizon_days),
        "defaults": is_default.astype(float), "caught": (is_default & ~np.isnan(lead)).astype(float),
    }  # fmt: skip
    leads = np.where(is_default, lead, np.nan)
    cost = Thresholds(until)

    def all_of(weight: np.ndarray) -> list[float]:
        total = {name: float(values @ weight) for name, values in counts.items()}
        saved = total["caught"] * cost["intervention_effect"] * cost["loss_at_default"]
        drawn = np.repeat(leads, weight.astype(int))
        return [
            _part(1000.0 * total["alerts"], total["months"]),
            _part(total["hits"], total["judged"]),
            _part(total["base_hits"], total["base"]),
            _part(total["caught"], total["defaults"]),
            float(np.nanmedian(drawn)) if (~np.isnan(drawn)).any() else np.nan,
            _part(1000.0 * (saved - total["alerts"] * cost["intervention_cost"]), total["months"]),
        ]

    draw = np.random.Generator(np.random.Philox(key=seed))
    whole = all_of(np.ones(len(firms)))
    again = draw.multinomial(len(firms), np.full(len(firms), 1.0 / len(firms)), size=RESAMPLES)
    drawn = np.array([all_of(weight.astype(float)) for weight in again])
    told = [_with_interval(value, column) for value, column in zip(whole, drawn.T, strict=True)]
    told[1] = _no_surer_than_counted(told[1], counts["hits"].sum(), counts["judged"].sum())
    told[3] = _no_surer_than_counted(told[3], counts["caught"].sum(), counts["defaults"].sum())
    return AlertQuality(
        level, int(counts["months"].sum()), int(counts["alerts"].sum()), int(counts["defaults"].sum()), *told
    )


def _part(top: float, bottom: float) -> float:
    return top / bottom if bottom else np.nan


def _with_interval(value: float, drawn: np.ndarray) -> Measured:
    known = drawn[~np.isnan(drawn)]
    if np.isnan(value) or not len(known):
        return Measured(value, np.nan, np.nan)
    low, high = np.quantile(known, [(1.0 - LEVEL) / 2.0, (1.0 + LEVEL) / 2.0])
    return Measured(value, float(low), float(high))


def _no_surer_than_counted(found: Measured, hits: float, number: float) -> Measured:
    """Never narrower than the interval of a counted share: two hits of two are no certainty, however often redrawn."""
    if not number:
        return found
    bounds = wilson(hits, number, LEVEL)
    return Measured(found.value, float(np.fmin(found.low, bounds.low)), float(np.fmax(found.high, bounds.high)))
