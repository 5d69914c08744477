"""The doctor before a fit: names the column that would spoil it, and how, instead of "delta contains nan".

`refuse_unfit` is what every fit of default timing asks first. `examine` tells a person the same without raising, with
the observations that are no obstacle but worth knowing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.model_files import numbers_in
from credit.one_thread import on_one_thread

LEAST_EVENTS = 20
"""Fewer events than this cannot carry a curve; the fit is refused."""

_NOTHING_OF_ITS_OWN = 1e-12  # share of a column's variance that the columns before it leave unexplained
_NEARLY_NOTHING = 1e-4  # the same, where it is worth a note: standard errors grow a hundredfold
_ADRIFT = 25.0  # standard error of a standardised effect: an odds ratio of e**50 either way
_MOST_NAMED = 4  # columns of a linear combination that are written out

Likelihood = Literal["hazard", "order", "odds", "trees"]
"""What a column must not break: a hazard over intervals, an order of events (Cox), a row's odds, or nothing (trees)."""


@dataclass(frozen=True)
class Examination:
    """What the doctor found.

    Attributes:
        problems: what makes a fit impossible or meaningless; a fit refuses with all of them at once.
        notes: what a fit survives, and its reader should know.
    """

    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]


def examine(
    X: pd.DataFrame,
    is_event: np.ndarray,
    stop: np.ndarray | None = None,
    entry: np.ndarray | None = None,
    weights: np.ndarray | None = None,
    likelihood: Likelihood = "hazard",
    is_penalised: bool = False,
) -> Examination:
    """Look at everything that a fit on these rows would meet.

    Args:
        X: covariates.
        is_event: whether a row ends in the event.
        stop: end of each row's interval; needed where `likelihood` is "order".
        entry: its start; 0 when absent.
        weights: what a row counts for; 1 when absent.
        likelihood: what is to be fitted.
        is_penalised: whether a penalty on the coefficients makes dependent and separating columns harmless.
    """
    problems = interval_problems(len(X), is_event, stop, entry, weights)
    if problems:
        return Examination(tuple(problems), ())
    event = np.asarray(is_event).astype(bool)
    weight = np.ones(len(X)) if weights is None else np.asarray(weights, dtype=float)
    problems, notes = column_findings(X, event & (weight > 0), stop, weight, likelihood, is_penalised)
    twice = int(pd.DataFrame(X).assign(_event=event, _stop=0 if stop is None else stop).duplicated().sum())
    if twice:
        remedy = "one loan listed twice counts twice; equal loans that differ are right as they are"
        notes.append(Problem("rows repeat an earlier one in every column", value=twice, remedy=remedy))
    return Examination((*events_problems(event, weight), *problems), tuple(notes))


def refuse_unfit(
    X: pd.DataFrame,
    is_event: np.ndarray,
    stop: np.ndarray | None = None,
    entry: np.ndarray | None = None,
    weights: np.ndarray | None = None,
    likelihood: Likelihood = "hazard",
    is_penalised: bool = False,
) -> None:
    """Raise with every problem that `examine` would find (but do not look for rows that repeat each other).

    Raises:
        BadInput: a column is not numeric, missing, infinite, constant, dependent on others (which, and how), or parts
            the outcomes; an interval ends before it begins; weights are negative; too few events.
    """
    problems = interval_problems(len(X), is_event, stop, entry, weights)
    if not problems:
        event = np.asarray(is_event).astype(bool)
        weight = np.ones(len(X)) if weights is None else np.asarray(weights, dtype=float)
        problems = events_problems(event, weight)
        problems += column_findings(X, event & (weight > 0), stop, weight, likelihood, is_penalised)[0]
    if problems:
        raise BadInput(problems)


def refuse_nameless(X: pd.DataFrame) -> None:
    """Raise where covariates have no names: a model that does not know its columns cannot refuse wrong ones.

    Raises:
        BadInput: X is no DataFrame.
    """
    if not isinstance(X, pd.DataFrame):
        remedy = "pandas.DataFrame(values, columns=[...])"
        raise BadInput(
            Problem("must be a DataFrame: columns have names", field="X", value=type(X).__name__, remedy=remedy)
        )


def refuse_adrift(standard_errors: np.ndarray, names: Sequence[str]) -> None:
    """Raise where columns together part the outcomes, which shows after a fit: a coefficient that nothing holds.

    Args:
        standard_errors: of the effects of a standard deviation.
        names: the columns.

    Raises:
        BadInput: an error is beyond anything that data can leave open, or no number.
    """
    is_adrift = ~(np.asarray(standard_errors) < _ADRIFT)
    if is_adrift.any():
        rule = "together separate the outcomes: their coefficients grow without bound"
        told = ", ".join(name for name, is_it in zip(names, is_adrift, strict=True) if is_it)
        raise BadInput(Problem(rule, field=told, remedy="leave one out, group its values, or lay a ridge on it"))


def interval_problems(
    rows: int,
    is_event: np.ndarray,
    stop: np.ndarray | None,
    entry: np.ndarray | None,
    weights: np.ndarray | None,
) -> list[Problem]:
    """What is wrong with the outcomes, their clock and their weights."""
    given = {"is_event": is_event, "stop": stop, "entry": entry, "weights": weights}
    problems, values = [], {}
    for name, told in given.items():
        if told is None:
            continue
        if np.shape(told) != (rows,):
            problems.append(Problem(f"must have one value for each of the {rows} rows", field=name))
            continue
        try:
            values[name] = numbers_in(told, name)
        except BadInput as error:
            problems += error.problems
    if problems:
        return problems
    if not np.isin(values["is_event"], (0.0, 1.0)).all():
        problems.append(Problem("must be 0 or 1, false or true", field="is_event"))
    if "weights" in values and (is_wrong := values["weights"] < 0).any():
        problems.append(Problem("must be >= 0", field="weights", row=int(np.argmax(is_wrong)) + 1))
    start = values.get("entry", np.zeros(rows))
    if (start < 0).any():
        row = int(np.argmax(start < 0))
        problems.append(Problem("must be >= 0", field="entry", value=float(start[row]), row=row + 1))
    if "stop" in values and (is_wrong := values["stop"] <= start).any():
        row = int(np.argmax(is_wrong))
        rule = f"must lie after entry ({start[row]:g}): the row is at risk for no time"
        remedy = "leave out rows that were never at risk"
        problems.append(Problem(rule, field="stop", value=float(values["stop"][row]), row=row + 1, remedy=remedy))
    return problems


def events_problems(is_event: np.ndarray, weight: np.ndarray, least: int = LEAST_EVENTS) -> list[Problem]:
    """Whether enough rows with weight end in the event."""
    events = int((is_event & (weight > 0)).sum())
    if events >= least:
        return []
    remedy = "use more rows or a longer history"
    return [
        Problem(f"at least {least} events are needed to fit a curve", field="is_event", value=events, remedy=remedy)
    ]


@on_one_thread
def column_findings(
    X: pd.DataFrame,
    is_event: np.ndarray,
    stop: np.ndarray | None,
    weight: np.ndarray,
    likelihood: Likelihood,
    is_penalised: bool,
) -> tuple[list[Problem], list[Problem]]:
    """Problems and notes about the covariates; the arguments are those of `examine`, checked."""
    problems = _names(X)
    values = np.empty((len(X), 0 if problems else X.shape[1]), order="F")
    for position, name in enumerate(() if problems else X.columns):
        problem = _number(X[name], str(name), may_be_missing=likelihood == "trees")
        if problem:
            problems.append(problem)
        else:
            values[:, position] = X[name].to_numpy(dtype=float, na_value=np.nan)
    if problems:
        return problems, []
    names, counts = [str(name) for name in X.columns], weight > 0
    if not counts.all():
        values, is_event, weight = values[counts], is_event[counts], weight[counts]
        stop = None if stop is None else np.asarray(stop)[counts]
    if not len(values):
        return [Problem("no row has weight", field="weights")], []
    low, high = np.fmin.reduce(values, axis=0), np.fmax.reduce(values, axis=0)
    is_constant = ~(high > low)
    problems += [
        Problem(f"is constant over the rows with weight: always {value:g}", field=name, remedy="leave it out")
        for name, value, is_it in zip(names, low, is_constant, strict=True)
        if is_it
    ]
    if likelihood == "trees" or is_penalised or not is_event.any():
        return problems, []
    varying = np.flatnonzero(~is_constant)
    dependent, notes = _dependent(values[:, varying], [names[at] for at in varying], weight)
    problems += dependent
    for at in varying:
        if told := _parting(values[:, at], is_event, stop, likelihood):
            remedy = "leave the column out, group its values, or lay a ridge on it"
            problems.append(Problem(f"separates the outcomes: {told}", field=names[at], remedy=remedy))
    return problems, notes


def _names(X: pd.DataFrame) -> list[Problem]:
    doubled = X.columns[X.columns.duplicated()].unique()
    return [Problem("two columns have this name", field=str(name), remedy="rename one") for name in doubled]


def _number(column: pd.Series, name: str, may_be_missing: bool) -> Problem | None:
    kind = column.dtype
    if not (pd.api.types.is_numeric_dtype(kind) or pd.api.types.is_bool_dtype(kind)):
        remedy = "turn dates into months since a day, and categories into 0/1 columns"
        return Problem("every value must be a number", field=name, value=str(kind), remedy=remedy)
    values = column.to_numpy(dtype=float, na_value=np.nan)
    missing = int(np.isnan(values).sum())
    if missing and not may_be_missing:
        row = int(np.argmax(np.isnan(values))) + 1
        rule = f"every value must be a finite number: {missing} are missing"
        return Problem(rule, field=name, row=row, remedy="fill them and add a column that says so, or leave it out")
    if missing == len(values) and missing:
        return Problem("has no value at all", field=name, remedy="leave it out")
    if (is_infinite := np.isinf(values)).any():
        row = int(np.argmax(is_infinite))
        rule = f"every value must be a finite number: {int(is_infinite.sum())} are infinite"
        return Problem(rule, field=name, value=float(values[row]), row=row + 1, remedy="look for a division by zero")
    return None


def _dependent(values: np.ndarray, names: Sequence[str], weight: np.ndarray) -> tuple[list[Problem], list[Problem]]:
    """Columns that earlier ones determine, with the coefficients, and columns that they nearly do.

    Each column is regressed on the independent ones before it, from one matrix of correlations: a single pass over the
    rows, whatever their number. Centring takes the constant out.
    """
    share = weight / weight.sum()
    centre = share @ values
    scale = np.sqrt(share @ (values - centre) ** 2)
    standard = (values - centre) / scale
    standard *= np.sqrt(share)[:, None]
    correlation = standard.T @ standard
    kept: list[int] = []
    problems, notes = [], []
    for at, name in enumerate(names):
        found = np.zeros(0)
        left = 1.0
        if kept:
            inner = correlation[np.ix_(kept, kept)]
            found = np.linalg.solve(inner, correlation[kept, at])
            left = 1.0 - float(found @ correlation[kept, at])
        if left > _NOTHING_OF_ITS_OWN:
            kept.append(at)
        if left > _NEARLY_NOTHING:
            continue
        raw = found * scale[at] / scale[kept[: len(found)]]
        told = _combination(raw, found, [names[k] for k in kept[: len(found)]])
        if left <= _NOTHING_OF_ITS_OWN:
            rule = f"is a linear combination of other columns: {told}, and a constant"
            problems.append(Problem(rule, field=name, remedy="leave one of them out"))
        else:
            rule = f"is nearly a linear combination of other columns ({1 - left:.6f} of its variance): {told}"
            notes.append(Problem(rule, field=name, remedy="expect wide intervals for all of them"))
    return problems, notes


def _combination(raw: np.ndarray, standard: np.ndarray, names: Sequence[str]) -> str:
    """The weightiest parts of a combination in the columns' own units: 1 x age - 2 x leverage."""
    order = [at for at in np.argsort(-np.abs(standard), kind="stable") if abs(standard[at]) > 1e-6]
    parts = [f"{raw[at]:+.4g} x {names[at]}" for at in order[:_MOST_NAMED]]
    rest = len(order) - len(parts)
    return " ".join(parts).removeprefix("+") + (f" and {rest} more" if rest > 0 else "")


def _parting(x: np.ndarray, is_event: np.ndarray, stop: np.ndarray | None, likelihood: Likelihood) -> str | None:
    """How a column drives its coefficient beyond all bounds, or None.

    A hazard's likelihood has no maximum when every event sits at the largest (or smallest) value there is; an order's
    when each event has the largest value among those who are still at risk; odds also when all events lie on one side.
    """
    low, high = float(x.min()), float(x.max())
    hit, missed = x[is_event], x[~is_event]
    for extreme, word in ((high, "largest"), (low, "smallest")):
        if (hit == extreme).all():
            return f"every event has its {word} value, {extreme:g}"
    if likelihood == "odds" and len(missed):
        for is_apart, word in ((hit.min() >= missed.max(), "above"), (hit.max() <= missed.min(), "below")):
            if is_apart:
                return f"every event lies {word} all other rows"
    if likelihood == "order" and stop is not None:
        order = np.argsort(-np.asarray(stop), kind="stable")
        ends = np.asarray(stop)[order]
        group_end = np.searchsorted(-ends, -ends, side="right") - 1  # all who are still there at this row's end
        for sign, word in ((1.0, "largest"), (-1.0, "smallest")):
            at_risk = np.maximum.accumulate(sign * x[order])[group_end]
            if (sign * x[order] >= at_risk)[is_event[order]].all():
                return f"each event has the {word} value among the rows still at risk"
    return None
