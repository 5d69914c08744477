"""Any saved scorer by its kind: one door, whatever the family."""

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from credit.errors import BadInput, Problem
from credit.files import read_json
from credit.scorers.base import Scorer

CLASSES = {
    "logistic_scorer": "credit.scorers.logistic:LogisticScorer",
    "scorecard": "credit.scorers.scorecard:Scorecard",
    "expert_scorecard": "credit.scorers.expert_scorecard:ExpertScorecard",
    "blended_scorecard": "credit.scorers.informative_prior:BlendedScorecard",
    "indicator_scorer": "credit.scorers.indicators:IndicatorScorer",
    "boosted_scorer": "credit.scorers.boosted:BoostedScorer",
    "controller_enterprise_scorer": "credit.scorers.combined:ControllerEnterpriseScorer",
    "calibrated_scorer": "credit.scorers.calibrated:CalibratedScorer",
}
"""Where each kind's class stands; imported when asked for, as LightGBM alone takes a second and a half."""


def scorer_of(content: Any, file: str | None = None) -> Scorer:
    """Rebuild a fitted scorer from its saved content.

    Raises:
        BadInput: no model, of no known kind, or damaged.
    """
    kind = content.get("kind") if isinstance(content, dict) else type(content).__name__
    if not isinstance(kind, str) or kind not in CLASSES:
        rule = f"must be the kind of a scorer: {', '.join(CLASSES)}"
        raise BadInput(Problem(rule, file=file, field="kind", value=kind))
    module, name = CLASSES[kind].split(":")
    try:
        scorer: Scorer = getattr(import_module(module), name).from_json(content)
    except BadInput as error:
        raise BadInput([replace(each, file=each.file or file) for each in error.problems], error.headline) from error
    except (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError) as error:
        remedy = "fit the model again"
        raise BadInput(Problem(f"is a damaged {kind} model: {error}", file=file, remedy=remedy)) from error
    return scorer


def read_scorer(path: Path) -> Scorer:
    """Read a scorer's file.

    Raises:
        BadInput: the file is absent, not JSON, or no scorer.
    """
    return scorer_of(read_json(path), str(path))
