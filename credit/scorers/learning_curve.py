"""How many defaults a model needs: the same scorers on ever more of them, beside one that needs none.

A platform has no second history. So the history is drawn anew from a large one, default by default, many times; the
spread over draws is the luck of one platform, and a model that beats the expert on average may still lose to it on
yours. The answer is therefore a number of defaults from which on nearly every draw wins, not the crossing of two means.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.base import clone

from credit.errors import BadInput, Problem
from credit.metrics import auc
from credit.scorers.base import Scorer
from credit.validation_sets.base import ValidationSet

LEAST_GAIN = 0.005
"""Half a point of AUC: a smaller lead changes no decision and counts as none."""


@dataclass(frozen=True)
class LearningCurve:
    """Discrimination by number of defaults.

    Attributes:
        draws: one row a scorer, count and draw: `scorer`, `defaults`, `draw`, `auc`, `gain` over the baseline.
        baseline_auc: of the scorer that learns nothing, on the same held-out rows.
    """

    draws: pd.DataFrame
    baseline_auc: float

    def summary(self, level: float = 0.9) -> pd.DataFrame:
        """Mean and central range over draws, and the share of draws that beat the baseline by LEAST_GAIN.

        Args:
            level: share of draws inside the range.
        """
        tail = (1 - level) / 2
        by = self.draws.groupby(["scorer", "defaults"], sort=False)
        told = by["auc"].agg(auc="mean", low=lambda a: a.quantile(tail), high=lambda a: a.quantile(1 - tail))
        gain = by["gain"].agg(gain="mean", beats_share=lambda a: float((a > LEAST_GAIN).mean()))
        return told.join(gain).reset_index()

    def defaults_needed(self, scorer: str, share: float = 0.95) -> int | None:
        """The smallest number of defaults from which on at least this share of draws beats the baseline; None if none.

        Raises:
            BadInput: no such scorer.
        """
        told = self.summary().query("scorer == @scorer").sort_values("defaults")
        if told.empty:
            raise BadInput(Problem("no such scorer in the curve", field="scorer", value=scorer))
        wins = (told["beats_share"] >= share).to_numpy()
        from_here_on = np.logical_and.accumulate(wins[::-1])[::-1]
        return int(told["defaults"].to_numpy()[np.argmax(from_here_on)]) if from_here_on.any() else None


def learning_curve(
    scorers: Mapping[str, Scorer],
    baseline: Scorer,
    train: ValidationSet,
    test: ValidationSet,
    counts: Sequence[int],
    draws: int = 20,
    seed: int = 0,
) -> LearningCurve:
    """Fit scorers on drawn histories of growing size and judge them on the same held-out rows.

    Within a draw histories are nested, as a platform's grows, and all scorers see the same one. Survivors come along in
    the proportion in which `train` holds them, with their weights.

    Args:
        scorers: unfitted, by name; each is copied before it is fitted.
        baseline: learns nothing, has scored the same columns.
        train: rows to draw from.
        test: rows to judge on.
        counts: numbers of defaults.
        draws: histories of each size.
        seed: of the draws.

    Raises:
        BadInput: more defaults are asked for than `train` has, or fewer than one.
    """
    bad, good = np.flatnonzero(train.y == 1), np.flatnonzero(train.y == 0)
    wrong = [count for count in counts if not 1 <= count <= len(bad)]
    if wrong or not counts:
        rule = f"must lie between 1 and the {len(bad)} defaults to draw from"
        raise BadInput(Problem(rule, field="counts", value=", ".join(map(str, wrong))))
    base = auc(test.y, baseline.log_odds(test.X), test.weights).value
    told = []
    for draw in range(draws):
        stream = np.random.default_rng([seed, draw])
        bad_order, good_order = stream.permutation(bad), stream.permutation(good)
        for count in counts:
            rows = np.sort(np.r_[bad_order[:count], good_order[: round(count * len(good) / len(bad))]])
            for name, scorer in scorers.items():
                fitted = clone(scorer).fit(train.X.iloc[rows], train.y[rows], train.weights[rows])
                found = auc(test.y, fitted.log_odds(test.X), test.weights).value
                told.append((name, count, draw, found, found - base))
    return LearningCurve(pd.DataFrame(told, columns=["scorer", "defaults", "draw", "auc", "gain"]), base)
