"""What firms that share a fate (an industrial park, a guarantee chain) did beyond what their own scores let expect.

The record of a cluster is `credit.group_risk` against the members' own PDs: a park of weak firms has no bad record for
being weak, only for defaulting more than weak firms do. A cluster never seen adds nothing.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from credit.elementary import expit
from credit.errors import BadInput, Problem
from credit.group_risk import GroupRisk

CLUSTER_DOUBT = 5.0
"""Expected defaults at which a cluster's record is believed half."""


@dataclass(frozen=True)
class ClusterRecord:
    """Log-odds that a firm's cluster adds.

    Attributes:
        column: where the labels stand; None: there are no clusters.
        record: of each label; None without clusters.
    """

    column: str | None = None
    record: GroupRisk | None = None

    @classmethod
    def learnt_from(
        cls,
        frame: pd.DataFrame,
        column: str,
        is_default: np.ndarray,
        weights: np.ndarray,
        own_log_odds: np.ndarray,
        fold: np.ndarray,
    ) -> tuple[Self, np.ndarray]:
        """The record of each cluster, and for each row the one that the other folds would give its cluster.

        Raises:
            BadInput: the column is not in the table.
        """
        if column not in frame:
            raise BadInput(Problem("the column of clusters is not in the table", field=column))
        record = GroupRisk(CLUSTER_DOUBT)
        expected = weights * np.asarray(expit(own_log_odds))
        told = record.fit_transform_out_of_fold(_labels(frame[column]), weights * is_default, expected, fold)
        return cls(column, record), told

    def of(self, frame: pd.DataFrame) -> np.ndarray:
        """What each row's cluster adds to its log-odds."""
        if self.column is None or self.record is None:
            return np.zeros(len(frame))
        return self.record.transform(_labels(frame[self.column]))

    def to_json(self) -> dict[str, Any] | None:
        """Plain JSON values."""
        return None if self.record is None else self.record.to_json()

    @classmethod
    def from_json(cls, column: str | None, content: dict[str, Any] | None) -> Self:
        """Rebuild from `to_json`."""
        return cls() if content is None else cls(column, GroupRisk.from_json(content))


def _labels(column: pd.Series) -> np.ndarray:
    """A missing label is a label: the empty text."""
    return np.asarray(column.astype(object).where(column.notna(), "").to_numpy())
