"""Every kind of saved default timing, read by the `kind` field of its file."""

from pathlib import Path
from typing import Any

from credit.errors import BadInput, Problem
from credit.files import read_json
from credit.survival import cox, discrete_hazard, firm_month_hazard, parametric
from credit.survival.base import DefaultTiming

KINDS: dict[str, Any] = {
    discrete_hazard.KIND: discrete_hazard.DiscreteHazard,
    firm_month_hazard.KIND: firm_month_hazard.FirmMonthHazard,
    cox.CoxTiming.kind: cox.CoxTiming,
    parametric.WeibullTiming.kind: parametric.WeibullTiming,
    parametric.LogLogisticTiming.kind: parametric.LogLogisticTiming,
}


def timing_of(content: Any, file: str | None = None) -> DefaultTiming:
    """The model that a loaded JSON value describes.

    Raises:
        BadInput: it is no timing of a known kind, or is damaged.
    """
    kind = content.get("kind") if isinstance(content, dict) else None
    if kind not in KINDS:
        raise BadInput(Problem(f"must be one of: {', '.join(KINDS)}", file=file, field="kind", value=kind))
    try:
        return KINDS[kind].from_json(content)
    except BadInput:
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        remedy = "fit the model again"
        raise BadInput(Problem(f"is a damaged {kind} model: {error}", file=file, remedy=remedy)) from error


def read_timing(path: Path) -> DefaultTiming:
    """Read a saved model of any kind. Nothing but JSON is ever read.

    Raises:
        BadInput: the file is absent, not JSON, of no known kind or damaged.
    """
    return timing_of(read_json(path), str(path))
