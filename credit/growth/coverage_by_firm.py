"""How well each firm's growth could be forecast so far: what the last stage of a ladder asks before it lends on growth.

The share of a firm's own past months that lay inside the 80 % interval forecast for them beforehand. A firm has few
such months: its share is drawn to that of all firms, so that a few lucky months open no door.
"""

from collections.abc import Mapping
from datetime import date

import pandas as pd

from credit.growth.panel import GrowthPanel, months_over, panel_from_tables
from credit.growth.priors import GrowthPriors
from credit.growth.rolling_origin import LEAST_SEEN, Forecaster, nulls, rolling_origin

ORIGIN_EVERY_MONTHS, ORIGINS, HORIZON_MONTHS = 3, 4, 3
LEAST_OUTCOMES = 4
"""With fewer outcomes a firm's coverage is not known."""
_TAIL = 0.1
_TOLERANCE = 1e-4  # a share of months asks less of shared habits than a forecast does; half the time
_WORTH = 12.0  # outcomes that the share of all firms is worth: a year


def growth_coverage(
    panel: GrowthPanel, priors: GrowthPriors, forecaster: Forecaster | None = None
) -> "pd.Series[float]":
    """The coverage of each firm over the last year of a monthly panel.

    Args:
        panel: the record; forecasts are made from four past days, a quarter apart, each from what was known then.
        priors: beliefs.
        forecaster: what forecasts; the null when absent.

    Returns:
        A share by firm; NaN where fewer than four outcomes came.
    """
    known = pd.Series(float("nan"), index=pd.Index(panel.firms, name="firm_id"))
    step = max(ORIGIN_EVERY_MONTHS * panel.periods_a_year // 12, 1)
    origins = [panel.length - step * (number + 1) for number in reversed(range(ORIGINS))]
    origins = [origin for origin in origins if origin >= LEAST_SEEN]
    if not origins:
        return known
    # within a year what firms share hardly changes: the earliest day's fit serves the later ones
    null = nulls(priors, ("local_trend",), _TOLERANCE, is_refitted=False)
    models = null if forecaster is None else {"chosen": forecaster}
    scores = rolling_origin(panel, models, origins, step, priors)
    if scores.empty:
        return known
    is_inside = ((scores["place"] > _TAIL) & (scores["place"] < 1.0 - _TAIL)).astype(float)
    by_firm = is_inside.groupby(scores["firm"]).agg(["sum", "count"])
    share = (by_firm["sum"] + _WORTH * is_inside.mean()) / (by_firm["count"] + _WORTH)
    return share.where(by_firm["count"] >= LEAST_OUTCOMES).reindex(known.index)


def growth_coverage_of(tables: Mapping[str, pd.DataFrame], day: date) -> "pd.Series[float]":
    """The same from the observable tables, as known on a day; empty where no output was reported for a month over yet.

    Raises:
        BadInput: reports that are no panel, such as two of a firm for one month, or output below 0.
    """
    operations = tables["operations"]
    if not (months_over(operations, day) & operations["output_kg"].notna()).any():
        return pd.Series(dtype=float)
    return growth_coverage(panel_from_tables(tables, day), GrowthPriors.on(day))
