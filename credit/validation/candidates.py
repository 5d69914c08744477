"""The scorers that can be judged, by the names that people type."""

from collections.abc import Callable

from credit.errors import BadInput, Problem
from credit.scorers.base import Scorer
from credit.validation_sets.base import ValidationSet

MODELS = ("scorecard", "boosted", "logistic", "combined")
TITLES = {
    "scorecard": "scorecard", "boosted": "boosted trees", "logistic": "ridge logit", "combined": "controller and firm",
}  # fmt: skip


def make(model: str, known: ValidationSet, seed: int = 0, threads: int = 1) -> Scorer:
    """An unfitted scorer, with the policy's directions for the features at hand.

    Args:
        model: one of MODELS.
        known: the set it will learn from; only its schema, directions and groups are read.
        seed: of whatever is drawn.
        threads: that fitting may use.

    Raises:
        BadInput: no such model, or it does not fit the set (combined needs controller and firm features).
    """
    if model not in _MAKERS:
        raise BadInput(Problem(f"must be one of {', '.join(MODELS)}", field="model", value=model))
    return _MAKERS[model](known, seed, threads)


def _directions(known: ValidationSet) -> dict[str, int] | None:
    return {name: sign for name, sign in known.directions.items() if sign and name in known.X.columns} or None


def _logistic(known: ValidationSet, seed: int, threads: int) -> Scorer:
    from credit.scorers.indicators import IndicatorScorer

    return IndicatorScorer(directions=_directions(known), least_rows=max(20, len(known.y) // 400))


def _scorecard(known: ValidationSet, seed: int, threads: int) -> Scorer:
    from credit.scorers.scorecard import Scorecard

    return Scorecard(directions=_directions(known))


def _boosted(known: ValidationSet, seed: int, threads: int) -> Scorer:
    from credit.scorers.boosted import BoostedScorer  # LightGBM takes 1.5 s to import

    return BoostedScorer(directions=_directions(known), seed=seed, threads=threads)


def _combined(known: ValidationSet, seed: int, threads: int) -> Scorer:
    if not {"C", "B"} <= set(known.groups.values()):
        rule = "combined needs features of the controller (C) and of the enterprise (B)"
        raise BadInput(Problem(rule, field="model", value=known.name, remedy="use scorecard, boosted or logistic"))
    from credit.scorers.combined import ControllerEnterpriseScorer

    return ControllerEnterpriseScorer(groups=known.groups, directions=_directions(known))


_MAKERS: dict[str, Callable[[ValidationSet, int, int], Scorer]] = {
    "scorecard": _scorecard,
    "boosted": _boosted,
    "logistic": _logistic,
    "combined": _combined,
}
