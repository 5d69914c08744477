"""A scorer whose model is a table of points, wherever the table came from."""

from typing import Any

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.model_files import check_columns
from credit.scorers.base import Scorer
from credit.scorers.scorecard_sql import SelectedColumns, scorecard_sql
from credit.scorers.scorecard_table import ScorecardTable, log_odds_of


class TableScorer(Scorer):
    """Scores by a `ScorecardTable`.

    Reasons are the features that leave a firm below the average, dearest first. The average, not the best attainable:
    against the best, the feature with the widest range of points would lead nearly every letter, also where the firm
    stands as most firms do, and an applicant would be told to mend what is not amiss. Both readings are usual; the
    official commentary to the US Regulation B (12 CFR 1002, comment 9(b)(2)-5) names the distance to the average first.

    Attributes:
        table_: the table of points, which is the model.
    """

    table_: ScorecardTable

    def points(self, X: pd.DataFrame) -> np.ndarray:
        """Points of each row, whole numbers; more is safer."""
        frame = self._checked(X)
        return self.table_.points(frame)

    def log_odds(self, X: pd.DataFrame) -> np.ndarray:
        """Log-odds of default that the whole points stand for."""
        return log_odds_of(self.points(X))

    def contributions(self, X: pd.DataFrame) -> pd.DataFrame:
        """Points of each feature, whole numbers: with the base points they sum to the score exactly."""
        frame = self._checked(X)
        by_feature = {feature.name: feature.points_of(frame) for feature in self.table_.features}
        nothing = np.zeros(len(frame), dtype=np.int64)
        told = {name: by_feature.get(name, nothing) for name in self.features_}
        return pd.DataFrame(told, index=frame.index, columns=self.features_)

    def table(self) -> pd.DataFrame:
        """The table of points, one row an attribute."""
        return self.table_.table()

    def explanation(self, X: pd.DataFrame) -> pd.DataFrame:
        """One firm, feature by feature, dearest first: see `ScorecardTable.explanation`."""
        return self.table_.explanation(self._checked(X))

    def to_sql(self, table: str, select: SelectedColumns = "points") -> str:
        """A query that scores a database table identically: see `credit.scorers.scorecard_sql`."""
        return scorecard_sql(self.table_, table, select)

    def _checked(self, X: Any) -> pd.DataFrame:
        frame = self._known_columns(X)
        check_columns(frame, self.features_)
        if frame.columns.has_duplicates:
            raise BadInput(Problem("columns must have different names", field="X"))
        return frame
