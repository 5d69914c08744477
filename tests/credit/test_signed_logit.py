"""The signed logit: the one maximum under bounds, wherever the search begins, and columns without one by name."""

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.special import expit

from credit.errors import BadInput
from credit.scorers.signed_logit import fit_signed_logit


def loans(rows: int, columns: int, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Correlated columns, outcomes, uneven weights, and signs of which about half are wrong."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(rows, columns)) @ (np.eye(columns) + 0.4)
    y = (rng.random(rows) < expit(X @ rng.normal(size=columns) * 0.3 - 1.5)).astype(float)
    return X, y, np.where(rng.random(rows) < 0.1, 20.0, 0.5), rng.choice([-1, 0, 1], size=columns)


def names(columns: int) -> list[str]:
    return [f"x{position}" for position in range(columns)]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("ridge", [0.0, 3.0])
def test_nothing_can_be_won_along_what_is_free_nor_into_the_allowed_side_of_what_is_held(seed, ridge):
    X, y, w, signs = loans(900, 12, seed)
    a, b = fit_signed_logit(X, y, names(12), w, ridge, signs)
    pull = w * (y - expit(a + X @ b))
    slope = X.T @ pull - ridge * b
    assert (b * signs >= 0).all()
    assert abs(pull.sum()) < 1e-8
    assert np.abs(slope[(b != 0) | (signs == 0)]).max() < 1e-8
    assert (slope * signs)[b == 0].max(initial=0.0) < 1e-8


@pytest.mark.parametrize("seed", range(3))
def test_a_search_with_bounds_by_other_means_finds_no_better_place(seed):
    X, y, w, signs = loans(900, 12, seed)

    def loss(b):
        odds = b[0] + X @ b[1:]
        pull = w * (expit(odds) - y)
        value = w @ (np.logaddexp(0.0, odds) - y * odds) + 0.5 * b[1:] @ b[1:]
        return value, np.r_[pull.sum(), X.T @ pull + b[1:]]

    bounds = [(None, None), *((0.0 if s > 0 else None, 0.0 if s < 0 else None) for s in signs)]
    theirs = minimize(loss, np.zeros(13), jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-14})
    ours = np.r_[fit_signed_logit(X, y, names(12), w, 1.0, signs)]
    assert loss(ours)[0] <= theirs.fun + 1e-12 * theirs.fun
    assert ours == pytest.approx(theirs.x, abs=1e-3)


def test_where_the_search_begins_changes_nothing():
    X, y, w, signs = loans(2000, 15, seed=8)
    a, b = fit_signed_logit(X, y, names(15), w, 2.0, signs)
    far = np.random.default_rng(1).normal(size=15) * 2
    for start in ((a, b), (3.0, far), (-1.0, -b)):
        again = fit_signed_logit(X, y, names(15), w, 2.0, signs, start)
        assert again[0] == pytest.approx(a, abs=1e-10)
        assert again[1] == pytest.approx(b, abs=1e-10)
        assert ((again[1] == 0) == (b == 0)).all()


def test_with_many_rows_a_sample_finds_what_all_rows_confirm(monkeypatch):
    rng = np.random.default_rng(9)
    X = rng.normal(size=(4000, 6)) @ (np.eye(6) + 0.3)
    y = (rng.random(4000) < expit(X @ [0.8, -0.4, 0.2, 0.02, -0.02, 0.0] - 1)).astype(float)
    whole = fit_signed_logit(X, y, list("abcdef"), np.ones(4000), 1.0, np.ones(6))
    monkeypatch.setattr("credit.scorers.signed_logit._MANY_ROWS", 50)  # so small that the sample errs
    a, b = fit_signed_logit(X, y, list("abcdef"), np.ones(4000), 1.0, np.ones(6))
    assert a == pytest.approx(whole[0], abs=1e-8)
    assert b == pytest.approx(whole[1], abs=1e-8)


def test_columns_that_add_up_to_another_are_named_unless_a_bound_holds_them():
    X, y, w, _ = loans(900, 3, seed=3)
    risk = expit(X @ [0.5, 0.4, 0.3] - 1)
    y = (np.random.default_rng(0).random(900) < risk).astype(float)
    doubled = np.column_stack([X, X[:, 0]])
    with pytest.raises(BadInput, match="linear combination"):
        fit_signed_logit(doubled, y, names(4), w, 0.0, np.ones(4))
    b = fit_signed_logit(doubled, y, names(4), w, 0.0, np.array([1, 1, 1, -1]))[1]
    assert b[3] == 0
    assert b[0] > 0


def test_a_column_that_parts_the_outcomes_is_named():
    X, y, w, _ = loans(900, 3, seed=3)
    with pytest.raises(BadInput, match="x3: separates"):
        fit_signed_logit(np.column_stack([X, y]), y, names(4), w, 0.0, np.ones(4))
