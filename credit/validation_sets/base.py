"""What a scorer is judged on: features, outcomes, weights, and what was left out and why."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Followed:
    """How long each row was watched, where the file tells: for measures that know censoring.

    Attributes:
        months: month of default, or completed months without, shape (rows,); NaN where no clock could be started.
        is_default: whether the row ends in default, shape (rows,).
    """

    months: np.ndarray
    is_default: np.ndarray


@dataclass(frozen=True)
class ValidationSet:
    """Rows with features known when the credit was decided, and what became of them.

    Attributes:
        name: of the data set.
        X: features; floats (NaN: not known) and pandas categories.
        y: 1 default, 0 none, integers, shape (rows,).
        weights: rows of the population that each row stands for.
        vintage: when each row was decided, something that sorts (year, month); all equal where that is not told.
        directions: +1 where policy says that more of a feature may only raise risk, -1 where only lower it.
        groups: each feature's group: C, B, T, P, X, I or N as in `credit.feature_specs`, L for the loan's own terms.
        data_hash: SHA-256, hexadecimal, of the content it was read from.
        exclusions: rows left out by reason, zeros included; rows read = rows here + their sum.
        outcome: the definition of default, in words.
        outcome_column: where the source tells it, for errors.
        segments: labels by which fairness is judged (size, region, age), each of shape (rows,).
        clusters: a label a row; rows that share it (months of a firm, copies of a row) must not be torn apart by folds.
        followed: how long each row was watched, where known.
        keys: what names each row in its source (a loan number), where something does; rows may look alike and differ.
    """

    name: str
    X: pd.DataFrame
    y: np.ndarray
    weights: np.ndarray
    vintage: np.ndarray
    directions: dict[str, int]
    groups: dict[str, str]
    data_hash: str
    exclusions: dict[str, int]
    outcome: str = ""
    outcome_column: str = "y"
    segments: dict[str, np.ndarray] = field(default_factory=dict)
    clusters: np.ndarray | None = None
    followed: Followed | None = None
    keys: np.ndarray | None = None

    @property
    def rows_read(self) -> int:
        """Rows of the source: those here and those left out."""
        return len(self.y) + sum(self.exclusions.values())

    @property
    def silent(self) -> list[str]:
        """Features that never vary, and so say nothing."""
        return [str(name) for name in self.X.columns if self.X[name].nunique(dropna=False) <= 1]

    def part(self, rows: np.ndarray) -> "ValidationSet":
        """Some of the rows, by mask or position; exclusions stay with the whole and are empty here."""
        where = np.flatnonzero(rows) if np.asarray(rows).dtype == bool else np.asarray(rows)
        followed = self.followed
        return ValidationSet(
            name=self.name,
            X=self.X.iloc[where].reset_index(drop=True),
            y=self.y[where],
            weights=self.weights[where],
            vintage=self.vintage[where],
            directions=self.directions,
            groups=self.groups,
            data_hash=self.data_hash,
            exclusions={},
            outcome=self.outcome,
            outcome_column=self.outcome_column,
            segments={name: labels[where] for name, labels in self.segments.items()},
            clusters=None if self.clusters is None else self.clusters[where],
            followed=None if followed is None else Followed(followed.months[where], followed.is_default[where]),
            keys=None if self.keys is None else self.keys[where],
        )


def in_bands(values: np.ndarray, edges: tuple[float, ...], names: tuple[str, ...], unknown: str) -> np.ndarray:
    """A label a value: `names[i]` below `edges[i]`, the last name from the last edge on; `unknown` for NaN."""
    band = np.searchsorted(np.asarray(edges, dtype=float), values, side="right")
    labels = np.array([*names, unknown], dtype=object)
    return labels[np.where(np.isnan(values), len(names), band)]
