"""A fitted scorer as a file: what it needs to score, what it learnt from, and the columns it asks for."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from credit.errors import BadInput, Problem
from credit.files import read_text, write_json
from credit.scorers.base import Scorer
from credit.validation_sets.base import ValidationSet
from credit.validation_sets.by_name import Reading

TRAINED_ON = "trained_on"
"""Key beside the scorer's own content; a scorer read without it scores all the same."""


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
    write_json(path, content)
    return content


def read(path: Path) -> SavedScorer:
    """Read a scorer of any kind.

    Raises:
        BadInput: absent, no JSON, no scorer, or damaged.
    """
    from credit.scorers.registry import scorer_of  # LightGBM takes 1.5 s to import

    try:
        content = json.loads(read_text(path))
    except json.JSONDecodeError as error:
        raise BadInput(Problem(f"must be JSON: {error.msg}", file=str(path), row=error.lineno)) from error
    if not isinstance(content, dict):
        raise BadInput(Problem("must hold a model", file=str(path)))
    told = content.pop(TRAINED_ON, None)
    scorer = scorer_of(content)
    columns = told.get("columns") if isinstance(told, dict) else None
    return SavedScorer(
        scorer=scorer,
        kind=str(content.get("kind")),
        reading=Reading.from_json(told["reading"]) if isinstance(told, dict) and "reading" in told else None,
        words=frozenset(name for name, kind in columns.items() if kind == "words") if columns else None,
        data_hash=str(getattr(scorer, "data_hash_", "") or (told or {}).get("data_hash", "")),
    )


def _is_words(column: pd.Series) -> bool:
    return isinstance(column.dtype, pd.CategoricalDtype)
