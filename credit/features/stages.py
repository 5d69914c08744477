"""How thick a firm's file is on a day: data stage 0 to 3, from what is known of it."""

import numpy as np
import pandas as pd

from credit.day_view import DayView
from credit.feature_specs import names_of
from credit.features.snapshot import DAYS_A_MONTH
from credit.parameters import parameters

MEANINGS = {
    0: "nothing traded yet",
    1: "traded for a short time, or little of it known",
    2: "enough for a behavioural score",
    3: "thick: years of trade, or several products",
}
STAGES = tuple(MEANINGS)
_TRADES = {"orders": "placed_on", "invoices": "issued_on", "facilities": "opened_on"}


def data_stages(view: DayView, features: pd.DataFrame) -> np.ndarray:
    """The data stage of every firm, shape (firms,), whole numbers 0 to 3.

    0: nothing traded. 1: traded, but for too short a time or with too few transaction features known. 2: neither.
    3: the same for years, or with several products. Thresholds: `data/parameters/data_stages.yaml`.

    Args:
        view: the tables seen from the day; the first trade may lie further back than any window.
        features: from `credit.features.as_of` on that day, group T among them.
    """
    on = view.day.date()
    known = parameters("data_stages")
    months = _days_of_trade(view) / DAYS_A_MONTH
    is_limited = features[names_of("T")].notna().mean(axis=1).to_numpy() < known.value("least_known_share", on)
    is_thick = months >= known.value("stage_3_months", on)
    is_thick |= _products_used(view) >= known.value("stage_3_products", on)
    is_middle = is_thick | (months >= known.value("stage_2_months", on))
    stage = np.where(is_thick, 3, np.where(is_middle, 2, 1))
    return np.where(np.isnan(months), 0, np.where(is_limited, np.minimum(stage, 1), stage)).astype(np.int8)


def _days_of_trade(view: DayView) -> np.ndarray:
    """Days since the first known order, invoice or drawdown; NaN before it."""
    ages = []
    for name, column in _TRADES.items():
        rows = view.until_now(name, column)
        ages.append(view.most(view.firm_of(name, rows), view.age_days(view.tables[name].times(column, rows))))
    return np.fmax.reduce(ages)


def _products_used(view: DayView) -> np.ndarray:
    """Different products under which facilities were drawn so far."""
    rows = view.until_now("facilities", "opened_on")
    product, products = view.tables["facilities"].words("product", rows)
    firm = view.firm_of("facilities", rows)
    pair = np.unique(firm[firm >= 0] * (len(products) + 1) + product[firm >= 0])
    return view.total(pair // (len(products) + 1))
