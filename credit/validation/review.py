"""Everything that a validator reads about one scorer on one data set, computed once."""

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial

import numpy as np

from credit.errors import BadInput
from credit.metrics import (
    Backtest,
    auc_difference,
    backtest,
    calibration_by,
    curves,
    cut_off_for,
    tenths,
    treatment_by,
)
from credit.metrics.level import effective_trials
from credit.monitoring import features_shifted, points_by_cohort
from credit.parameters import parameters
from credit.rating import load_master_scale
from credit.validation import candidates
from credit.validation.ablation import PARTS, worth_of_groups
from credit.validation.forecasts import Forecasts, Maker, cross_validated, folds_of, trained_elsewhere
from credit.validation.hidden_outcomes import HiddenOutcomes, hide_the_riskiest
from credit.validation.measures import measured
from credit.validation.over_time import by_month
from credit.validation.review_contents import Challenge, CurvePoints, FeatureTold, Review, SplitName, SplitReview
from credit.validation.splits import in_time
from credit.validation_sets.base import ValidationSet

CHALLENGERS = ("scorecard", "boosted", "logistic")
EXPLAINED_ROWS = 2000
"""Contributions of boosted trees cost a fifth of a millisecond a row; a mean over two thousand is sharp enough."""


STEPS = 8
"""How often `review` reports progress, at most."""


def review(
    known: ValidationSet,
    model: str,
    folds: int,
    seed: int = 0,
    threads: int = 1,
    challengers: Sequence[str] = CHALLENGERS,
    day: date | None = None,
    on_step: Callable[[], None] = lambda: None,
) -> Review:
    """Judge a model in every way the data allow.

    Args:
        known: the data set.
        model: the judged scorer, one of `credit.validation.candidates.MODELS`.
        folds: of the random split.
        seed: of folds and fits.
        threads: that a fit may use.
        challengers: models that it is held against, on the same rows.
        day: whose parameters count; the latest when absent.
        on_step: called at most STEPS times, for a progress bar.

    Raises:
        BadInput: too few defaults or survivors.
    """
    on = day or date.max
    assumed = {
        name: parameters("validation").value(name, on)
        for name in ("approved_share", "asset_correlation", "hidden_share")
    }
    make = partial(candidates.make, model, seed=seed, threads=threads)
    others = [name for name in challengers if name != model]
    makers = {name: partial(candidates.make, name, seed=seed, threads=threads) for name in others}

    random = cross_validated(known, make, folds, seed)
    on_step()
    against = {name: cross_validated(known, each, folds, seed) for name, each in makers.items()}
    on_step()
    splits = [_split("random", None, False, random, against, model, assumed, folds)]
    later = in_time(known)
    explained = None
    if later is not None:
        own = trained_elsewhere(later.test, later.train, make)
        on_step()
        theirs = {name: trained_elsewhere(later.test, later.train, each) for name, each in makers.items()}
        told = (later.train_told, later.test_told)
        splits.append(_split("in_time", told, later.knows_later, own, theirs, model, assumed, 0))
        explained = own
        on_step()
    ablation = worth_of_groups(known, make, seed) if len(set(known.groups.values())) > 1 else []
    on_step()
    hidden = _hidden(known, make, seed, assumed["hidden_share"])
    on_step()
    months = by_month(explained or random)
    on_step()
    w = known.weights
    is_dated = len(np.unique(known.vintage)) > 1
    return Review(
        dataset=known.name,
        model=model,
        seed=seed,
        folds=folds,
        outcome=known.outcome,
        data_hash=known.data_hash,
        rows_read=known.rows_read,
        exclusions=known.exclusions,
        rows=len(known.y),
        defaults=int(known.y.sum()),
        default_rate=float(w @ known.y / w.sum()),
        effective_rows=splits[0].own.effective_rows,
        vintage_first=str(known.vintage.min()) if is_dated else None,
        vintage_last=str(known.vintage.max()) if is_dated else None,
        features=_features(known, explained or _held_out(known, make, seed)),
        splits=splits,
        by_month=months,
        ablation=ablation,
        hidden=hidden,
        approved_share=assumed["approved_share"],
        asset_correlation=assumed["asset_correlation"],
    )


def _split(
    name: SplitName,
    told: tuple[str, str] | None,
    knows_later: bool,
    own: Forecasts,
    against: dict[str, Forecasts],
    model: str,
    assumed: dict[str, float],
    folds: int,
) -> SplitReview:
    known, pd_, train = own.known, own.pd, own.train or own.known
    y, w, clusters, scale = known.y, known.weights, known.clusters, load_master_scale()
    drawn = curves(y, pd_, w, points=160)
    cut_off = cut_off_for(pd_, assumed["approved_share"], w)
    challenges = [Challenge(model=model, measures=measured(own), difference=None)]
    challenges += [
        Challenge(
            model=other,
            measures=measured(theirs),
            difference=auc_difference(y, pd_, theirs.pd, w, known.clusters),
        )
        for other, theirs in against.items()
    ]
    reference = own.scorer.points(train.X) if own.scorer is not None else own.points
    period = known.vintage if len(np.unique(known.vintage)) > 1 else np.full(len(y), "all")
    return SplitReview(
        name=name,
        told=told,
        knows_later=knows_later,
        rows_train=len(train.y) if own.scorer is not None else round(len(y) * (folds - 1) / folds),
        challenges=challenges,
        curves=CurvePoints(
            false_alarms=drawn.false_alarms.tolist(),
            hits=drawn.hits.tolist(),
            ks_at=drawn.ks_at,
            recall=drawn.recall.tolist(),
            precision=drawn.precision.tolist(),
            base_rate=drawn.base_rate,
        ),
        tenths=calibration_by(tenths(pd_, w).astype(str), y, pd_, w, [str(part) for part in range(1, 11)], clusters),
        grades=calibration_by(scale.grade_of(pd_), y, pd_, w, scale.names, clusters),
        vintages=calibration_by(period, y, pd_, w, clusters=clusters) if len(np.unique(period)) > 1 else [],
        backtest=_backtest(known, pd_, assumed["asset_correlation"]),
        points_shift=points_by_cohort(reference, own.points, period, None, train.weights, w),
        features_shift=features_shifted(train.X, known.X, train.weights, w) if own.scorer is not None else [],
        fairness={name: treatment_by(labels, y, pd_, cut_off, w, clusters) for name, labels in known.segments.items()},
        cut_off=cut_off,
    )


def _backtest(known: ValidationSet, pd_: np.ndarray, correlation: float) -> Backtest:
    """All rows against their mean PD, on as many independent rows as would leave the default rate as uncertain."""
    rate, rows = effective_trials(known.y.astype(float), known.weights, known.clusters)
    rows = round(rows, 6)  # weights that are all equal give the number of rows itself
    mean = float(np.average(pd_, weights=known.weights))
    return backtest(rows, min(round(rate * rows, 6), rows), mean, correlation)


def _held_out(known: ValidationSet, make: Maker, seed: int) -> Forecasts:
    """One fifth judged by a scorer that learnt from the rest, where there are no later rows."""
    held_out = folds_of(known, PARTS, seed) == 0
    return trained_elsewhere(known.part(held_out), known.part(~held_out), make)


def _features(known: ValidationSet, explained: Forecasts) -> list[FeatureTold]:
    """What the model asks for, and how many points each feature moves rows held back by."""
    points: dict[str, float] = {}
    if explained.scorer is not None:
        sample = np.random.default_rng(0).permutation(len(explained.known.y))[:EXPLAINED_ROWS]
        held = explained.known.part(np.sort(sample))
        given = explained.scorer.contributions(held.X).abs()
        points = {str(name): float(np.average(given[name], weights=held.weights)) for name in given.columns}
    w = known.weights / known.weights.sum()
    return [
        FeatureTold(
            name=str(name),
            group=known.groups.get(str(name), ""),
            direction=known.directions.get(str(name), 0),
            missing_share=float(w @ known.X[name].isna().to_numpy()),
            mean_points=points.get(str(name)),
        )
        for name in known.X.columns
    ]


def _hidden(known: ValidationSet, make: Callable[..., object], seed: int, share: float) -> HiddenOutcomes | None:
    try:
        return hide_the_riskiest(known, make, share, seed)  # type: ignore[arg-type]
    except BadInput:  # too few outcomes are left to fit on
        return None
