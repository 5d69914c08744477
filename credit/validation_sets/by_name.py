"""The sets by the names that people type, and how each is to be read, as a saved model remembers it."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from datetime import date
from pathlib import Path
from typing import Any, Self

from credit import real_data
from credit.errors import BadInput, Problem
from credit.validation_sets import german_credit, polish_firms, sba_loans
from credit.validation_sets.any_table import table
from credit.validation_sets.base import ValidationSet
from credit.validation_sets.german_credit import german
from credit.validation_sets.made_up import made_up
from credit.validation_sets.platform_months import platform
from credit.validation_sets.polish_firms import polish
from credit.validation_sets.sba_loans import sba

DATASETS = ("sba", "german", "polish", "platform", "table", "made_up")
FOLDS = {"sba": 5, "german": 10, "polish": 5, "platform": 5, "table": 5, "made_up": 5}
"""Folds that the literature uses on each, and five elsewhere."""

_FILES = {"sba": sba_loans.FILE, "german": german_credit.FILE, "polish": polish_firms.FILE}


@dataclass(frozen=True)
class Reading:
    """How a source becomes a validation set.

    Attributes:
        dataset: one of DATASETS.
        with_lender: sba: the lender's name and state are features.
        with_approval_year: sba: the year of approval is a feature.
        with_records: sba: which code for no franchise was written down is a feature.
        outcome: table: the column of 0 and 1.
        weight: table: the column of weights.
        vintage: table: the column that says when.
        leave_out: table: columns that are no features.
        segments: table: columns by which fairness is judged.
    """

    dataset: str
    with_lender: bool = True
    with_approval_year: bool = False
    with_records: bool = True
    outcome: str | None = None
    weight: str | None = None
    vintage: str | None = None
    leave_out: tuple[str, ...] = field(default=())
    segments: tuple[str, ...] = field(default=())

    def read(
        self, source: Path | None, latest: date | None = None, on_step: Callable[[], None] | None = None
    ) -> ValidationSet:
        """Read a source; without one, the published file from the folder of real data.

        Args:
            source: file or folder.
            latest: no vintage of a table may lie after it.
            on_step: platform: called after each month.

        Raises:
            BadInput: no such data set, no source where one is needed, or the source is not sound.
        """
        if self.dataset not in DATASETS:
            raise BadInput(Problem(f"must be one of {', '.join(DATASETS)}", field="dataset", value=self.dataset))
        if self.dataset == "made_up":
            return made_up()
        path = source or self._published()
        if self.dataset == "german":
            return german(path)
        if self.dataset == "polish":
            return polish(path)
        if self.dataset == "sba":
            return sba(path, self.with_lender, self.with_approval_year, self.with_records)
        if self.dataset == "platform":
            return platform(path, on_step)
        if self.outcome is None:
            raise BadInput(Problem("must name the column of outcomes", field="outcome", remedy="--outcome COLUMN"))
        return table(path, self.outcome, self.weight, self.vintage, self.leave_out, self.segments, latest)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values, for a saved model."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Rebuild from `to_json`.

        Raises:
            BadInput: a field is unknown.
        """
        known = {each.name for each in fields(cls)}
        unknown = [name for name in content if name not in known]
        if unknown or "dataset" not in content:
            raise BadInput(Problem("is no description of a data set", field="trained_on", value=", ".join(unknown)))
        told: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in content.items()}
        return cls(**told)

    def _published(self) -> Path:
        if self.dataset not in _FILES:
            raise BadInput(Problem("must name a file or folder", field="SOURCE"))
        path = real_data.folder() / _FILES[self.dataset]
        if not path.is_file():
            remedy = f"name the file, or set {real_data.VARIABLE} (data/README.md says where to get it)"
            raise BadInput(Problem("the public data set is not here", str(path), remedy=remedy))
        return path
