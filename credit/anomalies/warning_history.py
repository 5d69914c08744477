"""The states of all accounts along a platform's history, each from what was known then, and when firms fell behind."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import pandas as pd

from credit.anomalies.warning_states import Sighting, WarningPolicy, WarningState, step
from credit.early_warnings import signals_of, warnings_of
from credit.errors import BadInput, Problem
from credit.features import LATE_DAYS, SETTLED_SHARE
from credit.limit_rules import LimitRules
from credit.tables import visible


def warning_history(
    tables: Mapping[str, pd.DataFrame],
    days: Sequence[date],
    rules: LimitRules,
    policy: WarningPolicy | None = None,
    on_day: Callable[[], None] = lambda: None,
) -> pd.DataFrame:
    """Every account's state on every day, each from what was known then.

    An account is a firm with an open facility; its state lives on while it has none.

    Returns:
        `firm_id`, `day`, `level` (0 to 3), `is_alert` (the level rose that day), `signals` (joined by `;`), ordered by
        day and firm.

    Raises:
        BadInput: no days, or days out of order.
    """
    if not days or list(days) != sorted(set(days)):
        raise BadInput(Problem("must be days in order, each once", field="days", value=len(days)))
    states: dict[str, WarningState] = {}
    rows = []
    for day in days:
        valid = policy or WarningPolicy.on(day, rules)
        told = warnings_of(signals_of(tables, day), rules)
        facilities = visible(tables, day)["facilities"]
        accounts = set(facilities.loc[facilities["status"] == "open", "firm_id"].astype(str))
        for firm in sorted(accounts | states.keys()):
            if firm not in told:
                continue
            before = states.get(firm, WarningState.start(day.toordinal()))
            states[firm] = step(before, Sighting.of(day.toordinal(), told[firm]), valid)
            if firm in accounts:
                level = states[firm].level
                rows.append((firm, pd.Timestamp(day), int(level), level > before.level, ";".join(told[firm].signals)))
        on_day()
    return pd.DataFrame(rows, columns=["firm_id", "day", "level", "is_alert", "signals"])


def late_days(tables: Mapping[str, pd.DataFrame], end: date, dpd_days: int = LATE_DAYS) -> pd.Series:
    """The first day on which each obligor was so many days past due by `end`, indexed by firm."""
    payments, owner = tables["payments"], tables["facilities"].set_index("facility_id")["firm_id"]
    missed = payments["due_on"] + pd.Timedelta(dpd_days, unit="D")
    is_settled = (payments["paid_fen"] >= SETTLED_SHARE * payments["due_fen"]) & (payments["paid_on"] < missed)
    is_missed = (missed <= pd.Timestamp(end)) & ~is_settled
    firm = payments["facility_id"].map(owner)[is_missed].astype(object)
    return missed[is_missed].groupby(firm).min()
