"""How much riskier than expected the members of a group were, shrunk towards 'as expected' where a group is small.

Lenders, states and industries come in hundreds or thousands; a coefficient for each would learn their luck. One number
a group, log((observed + k) / (expected + k)), says the same with k defaults' worth of doubt: it is the posterior mean
ratio of a Poisson count under a Gamma(k, k) prior. A group nobody has seen gets 0: as expected.
"""

from typing import Any, Self

import numpy as np
import pandas as pd

from credit.elementary import log
from credit.errors import BadInput, Problem
from credit.model_files import rounded

FOLDS = 5


class GroupRisk:
    """Log ratio of observed to expected defaults by group.

    Args:
        doubt: k, in (weighted) expected defaults: a group with this many expected is believed half.

    Attributes:
        log_ratio_: by group.
    """

    def __init__(self, doubt: float) -> None:
        self.doubt = doubt

    def fit(self, group: np.ndarray, observed: np.ndarray, expected: np.ndarray) -> Self:
        """Learn from (weighted) observed and expected defaults of each row.

        Raises:
            BadInput: an expectation is not positive in sum or a value is not finite.
        """
        if not (np.isfinite(observed).all() and np.isfinite(expected).all() and (expected >= 0).all()):
            raise BadInput(Problem("must be finite and >= 0", field="observed, expected"))
        codes, names = pd.factorize(group, sort=True)
        hits, due = (np.bincount(codes, weights=each, minlength=len(names)) for each in (observed, expected))
        ratio = rounded(np.asarray(log((hits + self.doubt) / (due + self.doubt)))) if len(names) else np.zeros(0)
        self.log_ratio_ = dict(zip((str(name) for name in names), ratio.tolist(), strict=True))
        return self

    def transform(self, group: np.ndarray) -> np.ndarray:
        """The log ratio of each row's group; 0 for groups never seen."""
        codes, names = pd.factorize(group)
        return np.array([self.log_ratio_.get(str(name), 0.0) for name in names], dtype=float)[codes]

    def fit_transform_out_of_fold(
        self, group: np.ndarray, observed: np.ndarray, expected: np.ndarray, fold: np.ndarray
    ) -> np.ndarray:
        """Fit on all rows, but give each row the ratio that the other folds alone would give it.

        Otherwise a row's own default sits in its group's ratio, and the model that is fitted on the ratios believes
        them more than new rows will bear out.
        """
        told = np.zeros(len(group))
        for held_out in np.unique(fold):
            others, own = fold != held_out, fold == held_out
            told[own] = (
                GroupRisk(self.doubt).fit(group[others], observed[others], expected[others]).transform(group[own])
            )
        self.fit(group, observed, expected)
        return told

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"doubt": self.doubt, "log_ratio": self.log_ratio_}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Rebuild from `to_json`."""
        risk = cls(content["doubt"])
        risk.log_ratio_ = dict(content["log_ratio"])
        return risk
