"""A fitted scorer as a file: what it needs to score, what it learnt from, and the columns it asks for."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from credit.errors import BadInput, Problem
from credit.files import canonical_json, read_json, sha256_of_text, write_json
from credit.scorers.base import Scorer
from credit.validation_sets.base import ValidationSet
from credit.validation_sets.by_name import Reading

TRAINED_ON = "trained_on"
"""Key beside the scorer's own content; a scorer read without it scores all the same."""
SEAL = "content_hash"
"""Key of the SHA-256 of everything else in the file: what scores is what was validated."""


@dataclass(frozen=True)
class SavedScorer:
    """A scorer from a file.

    Attributes:
        scorer: ready to score.
        kind: of the scorer.
        reading: how the data it learnt from were read; None where the file does not tell.
        words: features that hold words; None where the file does not tell.
        data_hash: SHA-256 of what it learnt from, empty where unknown.
    """

    scorer: Scorer
    kind: str
    reading: Reading | None
    words: frozenset[str] | None
    data_hash: str


def save(path: Path, scorer: Scorer, known: ValidationSet, reading: Reading) -> dict[str, Any]:
    """Write a fitted scorer with its lineage, whole or not at all.

    Returns:
        The content written.
    """
    content = scorer.to_json() | {
        TRAINED_ON: {
            "reading": reading.to_json(),
            "outcome": known.outcome,
            "rows": len(known.y),
            "defaults": int(known.y.sum()),
            "exclusions": known.exclusions,
            "data_hash": known.data_hash,
            "columns": {str(name): "words" if _is_words(known.X[name]) else "numbers" for name in known.X.columns},
        }
    }
    content[SEAL] = _seal(content)
    write_json(path, content)
    return content


def read(path: Path) -> SavedScorer:
    """Read a scorer of any kind.

    Raises:
        BadInput: absent, no JSON, no scorer, damaged, or changed since it was saved.
    """
    from credit.scorers.registry import scorer_of  # LightGBM takes 1.5 s to import

    content = read_json(path)
    if not isinstance(content, dict):
        raise BadInput(Problem("must hold a model", file=str(path)))
    seal = content.pop(SEAL, None)
    if seal is not None and seal != _seal(content):
        rule = "was changed after it was saved, and is not the model that was validated"
        raise BadInput(Problem(rule, str(path), SEAL, seal, remedy="fit the model again"))
    told = content.pop(TRAINED_ON, {})
    scorer = scorer_of(content, str(path))
    if not isinstance(told, dict) or not all(isinstance(told.get(name, {}), dict) for name in ("columns", "reading")):
        rule = "does not tell what the model learnt from"
        raise BadInput(Problem(rule, str(path), TRAINED_ON, remedy="fit the model again"))
    columns = told.get("columns")
    return SavedScorer(
        scorer=scorer,
        kind=str(content.get("kind")),
        reading=Reading.from_json(told["reading"]) if "reading" in told else None,
        words=frozenset(name for name, kind in columns.items() if kind == "words") if columns else None,
        data_hash=str(getattr(scorer, "data_hash_", "") or told.get("data_hash", "")),
    )


def _seal(content: dict[str, Any]) -> str:
    return sha256_of_text(canonical_json(content))


def _is_words(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype)
