"""How often people overrule the model, and what became of those clients beside the others."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from credit.intervals import wilson

BAD_ENDS = ("defaulted", "written_off", "restructured")
"""Ends of a facility that count as default."""


@dataclass(frozen=True)
class Group:
    """Decisions of one kind and what became of their firms.

    Attributes:
        name: which kind.
        decisions: how many.
        matured: financed ones old enough for the horizon to be over.
        defaults: matured ones whose firm defaulted within the horizon.
        default_rate: defaults over matured; None without any.
        low: lower end of its 95 % interval (Wilson).
        high: upper end.
    """

    name: str
    decisions: int
    matured: int
    defaults: int
    default_rate: float | None
    low: float
    high: float


@dataclass(frozen=True)
class OverrideReport:
    """How often the model is overruled, and whether that was wise.

    People choose whom to overrule: the difference of the groups is no experiment, and of those refused against the
    model nothing can be learnt.

    Attributes:
        decisions: judged by the day.
        overrides: of them overruled.
        override_rate: overrides over decisions; None without any.
        low: lower end of its 95 % interval (Wilson).
        high: upper end.
        groups: followed, overridden, and overridden by reason.
    """

    decisions: int
    overrides: int
    override_rate: float | None
    low: float
    high: float
    groups: tuple[Group, ...]


def report(tables: Mapping[str, pd.DataFrame], as_of: date, horizon_days: int = 365) -> OverrideReport:
    """Override rate and default rates, overridden and not, from the observable tables.

    Args:
        tables: `decisions` (marked) and `facilities`.
        as_of: nothing later is counted.
        horizon_days: a decision is judged on defaults of its firm so long after it.
    """
    decisions, facilities = tables["decisions"], tables["facilities"]
    day = pd.Timestamp(as_of)
    decisions = decisions[decisions["decided_on"] <= day]
    is_bad = facilities["status"].isin(BAD_ENDS) & (facilities["closed_on"] <= day)
    bad_days = facilities[is_bad].groupby("firm_id")["closed_on"].agg(list)
    horizon = timedelta(days=horizon_days)
    is_mature = (decisions["outcome"] == "accepted") & (decisions["decided_on"] + horizon <= day)
    fell = [
        any(on < bad <= on + horizon for bad in bad_days.get(firm, ()))
        for firm, on in zip(decisions["firm_id"], decisions["decided_on"], strict=True)
    ]
    has_defaulted = is_mature & pd.Series(fell, index=decisions.index, dtype=bool)
    is_override = decisions["is_override"].astype(bool)

    def group(name: str, rows: pd.Series) -> Group:
        matured, defaults = int((is_mature & rows).sum()), int((has_defaulted & rows).sum())
        low, high = wilson(defaults, matured)
        rate = defaults / matured if matured else None
        return Group(name, int(rows.sum()), matured, defaults, rate, float(low), float(high))

    reasons = sorted(decisions.loc[is_override, "override_reason"].dropna().astype(str).unique())
    groups = [group("model_followed", ~is_override), group("overridden", is_override)]
    groups += [group(reason, is_override & (decisions["override_reason"] == reason)) for reason in reasons]
    count, overruled = len(decisions), int(is_override.sum())
    low, high = wilson(overruled, count)
    return OverrideReport(
        count, overruled, overruled / count if count else None, float(low), float(high), tuple(groups)
    )
