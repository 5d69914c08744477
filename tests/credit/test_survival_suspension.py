"""Suspension hides defaults. In a simulated book the truth is known: how many default if nobody is frozen."""

import numpy as np
import pandas as pd
import pytest

from credit.errors import BadInput
from credit.survival.baselines import Piecewise
from credit.survival.firm_month_hazard import FirmMonthHazard
from credit.survival.month_learners import LinearMonths
from credit.survival.suspension import SuspensionWeights, suspension_bounds, weighted_incidence

MONTHS = 12


def book(firms: int, seed: int, is_watched: bool = True) -> tuple[pd.DataFrame, float]:
    """Firm-months under suspension, and the share that defaults within a year in the same book without it.

    Health wanders; arrears show it; the platform suspends on arrears (or, where it is not watched, on a coin).
    """
    rng = np.random.default_rng(seed)
    health = rng.normal(size=firms)
    alive, is_seen = np.ones(firms, bool), np.ones(firms, bool)
    parts = []
    for month in range(MONTHS):
        arrears = -health + 0.3 * rng.normal(size=firms)
        default = alive & (rng.random(firms) < 1 / (1 + np.exp(4.4 + 1.3 * health)))
        odds = np.exp(-2.6 + 1.2 * arrears) if is_watched else np.full(firms, 0.08)
        suspended = is_seen & alive & ~default & (rng.random(firms) < odds / (1 + odds))
        seen = np.flatnonzero(is_seen & alive)
        columns = {"firm": seen, "age_months": month, "arrears": arrears[seen], "start": -health[seen]}
        parts.append(pd.DataFrame(columns).assign(is_default=default[seen], is_suspended=suspended[seen]))
        alive &= ~default
        is_seen &= ~suspended
        health = 0.9 * health + np.sqrt(1 - 0.81) * rng.normal(size=firms)
    rows = pd.concat(parts, ignore_index=True).sort_values(["firm", "age_months"], ignore_index=True)
    return rows, float(1 - alive.mean())


def incidence(rows: pd.DataFrame, weights: np.ndarray | None = None):
    return weighted_incidence(rows["age_months"], rows["is_default"], rows["firm"], MONTHS, weights)


def weights_of(rows: pd.DataFrame, **options) -> np.ndarray:
    X = rows[["arrears", "age_months"]]
    learner = LinearMonths("logit", Piecewise((MONTHS,)))
    return (
        SuspensionWeights("age_months", learner, **options)
        .fit(X, rows["is_suspended"], rows["is_default"])
        .weights(X, rows["firm"])
    )


@pytest.fixture(scope="module")
def watched():
    return book(20_000, seed=4)


def test_suspension_flatters_and_weights_find_the_truth(watched):
    """The naive estimate misses the truth by more than its interval; the weighted one does not."""
    rows, truth = watched
    naive, treated = incidence(rows), incidence(rows, weights_of(rows))
    assert naive.high < truth
    assert treated.low < truth < treated.high
    assert abs(treated.value - truth) < 0.25 * abs(naive.value - truth)


def test_intervals_cover_as_often_as_they_say():
    inside = 0
    for seed in range(20):
        rows, _ = book(1500, seed=100 + seed)
        told = incidence(rows, weights_of(rows))
        inside += told.low < 0.2315 < told.high  # the mean of ten books of 100,000 without suspension
    assert inside >= 16


def test_a_coin_that_suspends_needs_no_weights():
    rows, truth = book(20_000, seed=6, is_watched=False)
    naive, treated = incidence(rows), incidence(rows, weights_of(rows))
    assert naive.low < truth < naive.high
    assert treated.value == pytest.approx(naive.value, abs=0.003)


def test_weights_help_only_with_what_was_recorded(watched):
    """The assumption, broken: suspensions looked at arrears that nobody wrote down."""
    rows, truth = watched
    unseen = rows[["age_months"]].assign(noise=np.random.default_rng(0).normal(size=len(rows)))
    learner = LinearMonths("logit", Piecewise((MONTHS,)))
    blind = (
        SuspensionWeights("age_months", learner)
        .fit(unseen, rows["is_suspended"], rows["is_default"])
        .weights(unseen, rows["firm"])
    )
    assert incidence(rows, blind).high < truth


def test_a_pd_model_fitted_with_weights_has_the_right_level(watched):
    """The hazard on what is known at the start, with later suspensions weighed away."""
    rows, truth = watched
    first = rows.groupby("firm")["start"].transform("first")
    X = rows[["age_months"]].assign(start=first)
    learner = LinearMonths("logit", Piecewise((3, 6, MONTHS)))
    starts = X[rows["age_months"] == 0]
    plain = FirmMonthHazard("age_months", learner=learner).fit(X, rows["is_default"])
    weighed = FirmMonthHazard("age_months", learner=learner).fit(X, rows["is_default"], weights=weights_of(rows))
    assert plain.pd_by(starts, [MONTHS]).mean() < 0.93 * truth
    assert weighed.pd_by(starts, [MONTHS]).mean() == pytest.approx(truth, rel=0.05)


def test_the_truth_lies_within_the_bounds_and_more_doubt_means_more_defaults(watched):
    rows, truth = watched
    last = rows.groupby("firm").last()
    firms = rows.groupby("firm").first().reset_index()
    learner = LinearMonths("logit", Piecewise((3, 6, MONTHS)))
    X = rows[["age_months"]].assign(start=rows.groupby("firm")["start"].transform("first"))
    timing = FirmMonthHazard("age_months", learner=learner).fit(X, rows["is_default"])
    months = (last["age_months"] + 1).to_numpy()
    told = suspension_bounds(
        timing, firms[["start", "age_months"]], months, last["is_default"], last["is_suspended"], MONTHS
    )
    shares = told["share"].to_numpy()
    assert (np.diff(shares) > 0).all()
    assert shares[0] < truth < shares[-1]
    assert shares[1] < truth < shares[3]  # between the same hazard as others and four times it


def test_weights_are_one_at_the_start_and_are_cut_and_counted(watched):
    rows, _ = watched
    weights = weights_of(rows)
    assert (weights[rows["age_months"] == 0] == 1).all()
    assert weights.mean() == pytest.approx(1.0, abs=0.1)  # stabilised
    X = rows[["arrears", "age_months"]]
    cut = SuspensionWeights("age_months", most_weight=1.5).fit(X, rows["is_suspended"], rows["is_default"])
    assert cut.weights(X, rows["firm"]).max() == 1.5
    assert 0 < cut.cut_share_ < 0.5


def test_what_cannot_be_weighed_is_refused(watched):
    rows, _ = watched
    X = rows[["arrears", "age_months"]]
    fitted = SuspensionWeights("age_months").fit(X, rows["is_suspended"], rows["is_default"])
    with pytest.raises(BadInput, match="months of a firm must follow each other"):
        fitted.weights(X.iloc[::-1], rows["firm"].to_numpy()[::-1])
    with pytest.raises(BadInput, match="at least 20 events"):
        SuspensionWeights("age_months").fit(X, np.zeros(len(X), bool), rows["is_default"])
    with pytest.raises(BadInput, match="no row is at risk"):
        weighted_incidence(rows["age_months"], rows["is_default"], rows["firm"], 24)
    with pytest.raises(BadInput, match="must be > 1"):
        SuspensionWeights("age_months", most_weight=0.5)
