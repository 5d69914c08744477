"""A scorecard that an expert wrote: the same table of points as a fitted one, without a single outcome."""

from pathlib import Path
from typing import Any, Self

from credit.elementary import log
from credit.errors import BadInput, Problem
from credit.files import canonical_json, sha256_of_text
from credit.model_files import field, of_kind
from credit.scorers.base import FACTOR, OFFSET
from credit.scorers.expert_form import ExpertForm, read_form, scored_feature
from credit.scorers.scorecard_table import ScorecardTable
from credit.scorers.table_scorer import TableScorer

KIND = "expert_scorecard"


class ExpertScorecard(TableScorer):
    """Scores by an expert's table; made by `read`, not learnt.

    It serves until outcomes suffice for a fitted card, and `credit.scorers.informative_prior` starts from it.

    Args:
        content: the table and its name as `to_json` gives them; `read` fills it in.

    Attributes:
        name_, title_: of the card.
        table_: the points.
        data_hash_: SHA-256 of the card itself: no data stand behind it.
    """

    def __init__(self, content: dict[str, Any] | None = None) -> None:
        self.content = content
        if content is not None:
            self._take(content)

    @classmethod
    def read(cls, path: Path | str) -> Self:
        """Read a card written as YAML: a file, or the name of one in `data/scorecards`.

        Raises:
            BadInput: every problem of the file, by field, value, rule and remedy.
        """
        return cls(content_of(read_form(path)))

    def fit(self, X: Any, y: Any, sample_weight: Any = None, data_hash: str = "") -> Self:
        """Learns the table's columns, nothing else: so that a card can stand beside fitted ones in every comparison.

        Raises:
            BadInput: the table lacks a feature of the card.
        """
        if self.content is None:
            raise BadInput(Problem("an expert's card is read, not fitted", remedy="use ExpertScorecard.read(path)"))
        self._take(self.content)
        data = self._learn_schema(X, y, sample_weight)
        absent = [one.name for one in self.table_.features if one.name not in data.X.columns]
        if absent:
            raise BadInput([Problem("the card needs this column", field=name) for name in absent])
        return self

    def to_json(self) -> dict[str, Any]:
        """Everything that scoring needs, as plain JSON values."""
        if self.content is None:
            raise BadInput(Problem("an expert's card is read first", remedy="use ExpertScorecard.read(path)"))
        return {"kind": KIND, "columns": self.features_, **self.content}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Rebuild a card.

        Raises:
            BadInput: another kind of model, or a field is missing.
        """
        of_kind(content, KIND)
        scorer = cls(
            {name: field(content, name, KIND) for name in ("name", "title", "data_hash", "base_points", "features")}
        )
        scorer._set_schema([str(name) for name in field(content, "columns", KIND)], has_names=True)
        return scorer

    def _take(self, content: dict[str, Any]) -> None:
        self.table_ = ScorecardTable.from_json(content)
        self.name_, self.title_, self.data_hash_ = content["name"], content["title"], content["data_hash"]
        self._set_schema([feature.name for feature in self.table_.features], has_names=True)


def content_of(form: ExpertForm) -> dict[str, Any]:
    """A checked form as the content of an `ExpertScorecard`."""
    share = form.neutral_pd.value
    base = round(OFFSET - FACTOR * float(log(share / (1 - share))))
    table = ScorecardTable(base, tuple(scored_feature(one) for one in form.features))
    written = sha256_of_text(canonical_json(form.model_dump(mode="json")))
    return {"name": form.name, "title": form.title, "data_hash": written, **table.to_json()}
