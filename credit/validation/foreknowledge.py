"""Features that know the outcome: what alone parts defaults from survivors nearly without mistake was known afterwards.

The day of a charge-off, a recovery, a status: told of defaults only, or never the same on both sides. A model learns
such a feature gladly, and every other measure then praises it.
"""

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from credit.validation_sets.base import ValidationSet

SUSPICIOUS_AREA = 0.95
"""Area under the ROC curve by one feature alone; the best of 64 ratios a year before bankruptcy reaches .80."""
LEAST_TOLD = 10
"""Defaults, and survivors, of which a feature must tell before its values are judged: a handful may part by chance."""
MOST_WORDS = 50
"""With more different words their own rates order the very rows that they were taken from."""
MOST_ROWS = 100_000


def foreknowing(known: ValidationSet) -> list[str]:
    """Names of the features that order outcomes nearly without a mistake, by their values or by being told at all."""
    step = max(1, len(known.y) // MOST_ROWS)
    outcome = known.y[::step] == 1
    return [str(name) for name in known.X.columns if _area(known.X[name].iloc[::step], outcome) > SUSPICIOUS_AREA]


def _area(feature: pd.Series, is_default: np.ndarray) -> float:
    """The larger area of the feature and of its being told, whichever way round."""
    is_told = feature.notna().to_numpy()
    found = [_either_way(is_told.astype(float), is_default)]
    told, own = feature[is_told], is_default[is_told]
    if min(own.sum(), (~own).sum()) >= LEAST_TOLD:
        if not isinstance(feature.dtype, pd.CategoricalDtype):
            found.append(_either_way(told.to_numpy(dtype=float), own))
        elif told.nunique() <= MOST_WORDS:
            rates = pd.Series(own, index=told.index).groupby(told, observed=True).mean()
            found.append(_either_way(told.map(rates).to_numpy(dtype=float), own))
    return max(found)


def _either_way(values: np.ndarray, is_default: np.ndarray) -> float:
    if is_default.all() or not is_default.any():
        return 0.5
    area = float(roc_auc_score(is_default, values))
    return max(area, 1.0 - area)
