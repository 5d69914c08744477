"""How early, how often and how rightly warnings were raised: the same measures for every kind of warning."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

HORIZON_DAYS = 180
"""A warning is right when the firm defaults within half a year. Default takes 90 days of arrears: what is to be seen
shows in the months before them."""


@dataclass(frozen=True)
class WarningQuality:
    """What a kind of warning was worth over some months of accounts.

    Attributes:
        accounts: account-months watched, those of firms already in default left out.
        alerts: account-months with a warning.
        false_alert_rate: share of the account-months without a default in the horizon that were warned of.
        precision: share of the warnings that a default followed in the horizon; NaN without warnings.
        defaults: firms that defaulted within the horizon of a month in which they were watched.
        caught: of these, firms warned of before.
        lead_days: median of the days from a caught firm's first warning in the horizon to its default; NaN without any.
    """

    accounts: int
    alerts: int
    false_alert_rate: float
    precision: float
    defaults: int
    caught: int
    lead_days: float

    @property
    def recall(self) -> float:
        """Share of the defaulting firms that were warned of before; NaN without defaults."""
        return self.caught / self.defaults if self.defaults else float("nan")


def warning_quality(watched: pd.DataFrame, defaults: pd.Series, horizon_days: int = HORIZON_DAYS) -> WarningQuality:
    """Measure warnings against what became of the firms.

    Days whose horizon reaches beyond the data cannot be judged: leave them out of `watched`.

    Args:
        watched: one row for each account and day on which it was watched: `firm_id`, `day`, `is_warned`.
        defaults: first day of default by firm; firms that never defaulted are absent.
        horizon_days: days within which a warning must come true.
    """
    day_of_default = pd.to_datetime(watched["firm_id"].map(defaults))
    days_left = (day_of_default - pd.to_datetime(watched["day"])).dt.days
    alive = watched[~(days_left <= 0)].assign(days_left=days_left)
    is_soon, is_warned = alive["days_left"].between(1, horizon_days), alive["is_warned"].astype(bool)
    right = alive[is_soon & is_warned]
    first = right.groupby("firm_id")["days_left"].max()
    return WarningQuality(
        accounts=len(alive),
        alerts=int(is_warned.sum()),
        false_alert_rate=float(is_warned[~is_soon].mean()) if (~is_soon).any() else np.nan,
        precision=float(is_soon[is_warned].mean()) if is_warned.any() else np.nan,
        defaults=int(alive.loc[is_soon, "firm_id"].nunique()),
        caught=len(first),
        lead_days=float(first.median()) if len(first) else np.nan,
    )
