"""A scorecard is a table: base points, and for every attribute of every feature a whole number of points.

The table is the model. Fitted, written by an expert or blended of both: once rounded, Python, JSON and SQL add the same
whole numbers, and a clerk with a pencil does too. More points are safer; 600 stand for 50 survivors to a default, 20
more double the odds.

Points are counted from the average: an attribute of 0 points says what is known of everybody, one below 0 speaks
against the firm. The base points are what a firm gets of which nothing speaks either way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.model_files import field
from credit.scorers.base import FACTOR, OFFSET
from credit.scorers.bins import CategoryBins, NumericBins, bins_from_json

KIND = "scorecard_table"
MOST_POINTS = 10_000
"""Beyond it, in either direction, points are a slip of the pen: 20 points double the odds."""


@dataclass(frozen=True)
class ScoredFeature:
    """What a feature's attributes are worth.

    Attributes:
        bins: its attributes.
        points: of each, in the order of `bins.labels`; missing last.
        meanings: what each says about a firm, for people.
    """

    bins: NumericBins | CategoryBins
    points: tuple[int, ...]
    meanings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.points) != len(self.bins) or (self.meanings and len(self.meanings) != len(self.bins)):
            rule = f"must have points for each of its {len(self.bins)} attributes"
            raise BadInput(Problem(rule, field=self.name, value=len(self.points)))
        if any(isinstance(one, bool) or not isinstance(one, int) or abs(one) > MOST_POINTS for one in self.points):
            rule = f"points must be whole numbers between -{MOST_POINTS} and {MOST_POINTS}"
            raise BadInput(Problem(rule, field=self.name, value=str(list(self.points))))

    @property
    def name(self) -> str:
        """The feature."""
        return self.bins.name

    @cached_property
    def column_of_points(self) -> np.ndarray:
        """The points as an array, to be taken by bin."""
        return np.array(self.points, dtype=np.int64)

    def points_of(self, frame: pd.DataFrame) -> np.ndarray:
        """Points of each row for this feature, shape (rows,), whole numbers."""
        return self.column_of_points[self.bins.index(frame[self.name])]


@dataclass(frozen=True)
class ScorecardTable:
    """Base points and features.

    Attributes:
        base_points: of a firm with 0 points everywhere.
        features: in the order of the table.
    """

    base_points: int
    features: tuple[ScoredFeature, ...]

    def __post_init__(self) -> None:
        names = [feature.name for feature in self.features]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise BadInput([Problem("a feature may stand once in a scorecard", field=name) for name in twice])
        if isinstance(self.base_points, bool) or not isinstance(self.base_points, int):
            raise BadInput(Problem("must be a whole number", field="base_points", value=str(self.base_points)))

    def points(self, frame: pd.DataFrame) -> np.ndarray:
        """Points of each row, shape (rows,), whole numbers; columns that the table does not use are not looked at."""
        total = np.full(len(frame), self.base_points, dtype=np.int64)
        for feature in self.features:
            total += feature.points_of(frame)
        return total

    def log_odds(self, frame: pd.DataFrame) -> np.ndarray:
        """Log-odds of default that the points stand for, shape (rows,)."""
        return log_odds_of(self.points(frame))

    def table(self) -> pd.DataFrame:
        """One row an attribute: feature, attribute, points, meaning."""
        rows = [
            (feature.name, label, points, meaning)
            for feature in self.features
            for label, points, meaning in zip(
                feature.bins.labels,
                feature.points,
                feature.meanings or ("",) * len(feature.points),
                strict=True,
            )
        ]
        told = pd.DataFrame(rows, columns=["feature", "attribute", "points", "meaning"])
        return told if any(feature.meanings for feature in self.features) else told.drop(columns="meaning")

    def explanation(self, frame: pd.DataFrame) -> pd.DataFrame:
        """One firm, feature by feature: value, attribute, points, the most points to be had; dearest first.

        Raises:
            BadInput: not exactly one row.
        """
        if len(frame) != 1:
            raise BadInput(Problem("must be one firm", field="X", value=len(frame), remedy="take X.iloc[[0]]"))
        rows = []
        for feature in self.features:
            place = int(feature.bins.index(frame[feature.name])[0])
            attribute = (feature.meanings or feature.bins.labels)[place] or feature.bins.labels[place]
            value = frame[feature.name].iloc[0]
            rows.append((feature.name, value, attribute, feature.points[place], max(feature.points)))
        told = pd.DataFrame(rows, columns=["feature", "value", "attribute", "points", "most_points"])
        return told.sort_values("points", kind="stable", ignore_index=True)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {
            "base_points": self.base_points,
            "features": [
                feature.bins.to_json() | {"points": list(feature.points), "meanings": list(feature.meanings)}
                for feature in self.features
            ],
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "ScorecardTable":
        """Rebuild from `to_json`.

        Raises:
            BadInput: a field is absent or breaks a rule.
        """
        features = tuple(
            ScoredFeature(bins_from_json(one), tuple(field(one, "points", KIND)), tuple(one.get("meanings", ())))
            for one in field(content, "features", KIND)
        )
        return cls(field(content, "base_points", KIND), features)


def log_odds_of(points: np.ndarray) -> np.ndarray:
    """Log-odds of default that points stand for."""
    return (OFFSET - np.asarray(points, dtype=float)) / FACTOR


def whole_points(log_odds_of_default: np.ndarray) -> tuple[int, ...]:
    """Points for parts of the log-odds of default, rounded to whole ones, half to even."""
    return tuple(int(one) for one in np.rint(-FACTOR * np.asarray(log_odds_of_default, dtype=float)))


def table_of(
    base_log_odds: float, bins: Sequence[NumericBins | CategoryBins], parts: Sequence[np.ndarray]
) -> ScorecardTable:
    """The table for log-odds by attribute; features that score 0 points everywhere are left out.

    Args:
        base_log_odds: of a firm with 0 everywhere.
        bins: attributes of each feature.
        parts: log-odds of default that each attribute adds.
    """
    scored = [ScoredFeature(each, whole_points(part)) for each, part in zip(bins, parts, strict=True)]
    used = tuple(feature for feature in scored if any(feature.points))
    return ScorecardTable(round(OFFSET - FACTOR * base_log_odds), used)
