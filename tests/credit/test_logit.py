"""The logit against scikit-learn, its own score equations, and data on which no maximum exists."""

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from credit.errors import BadInput
from credit.logit import fit_logit

NAMES = ("const", "leverage", "lateness")


@pytest.fixture(scope="module")
def loans():
    rng = np.random.default_rng(5)
    X = np.column_stack([np.ones(800), rng.normal(size=(800, 2))])
    return X, (rng.random(800) < expit(X @ [-1.0, 0.8, -0.5])).astype(float)


def test_agrees_with_scikit_learn_without_penalty(loans):
    X, y = loans
    theirs = LogisticRegression(C=np.inf, fit_intercept=False, tol=1e-12, max_iter=1000).fit(X, y)
    assert fit_logit(X, y, NAMES).coefficients == pytest.approx(theirs.coef_[0], abs=1e-6)


def test_agrees_with_scikit_learn_under_a_ridge(loans):
    X, y = loans
    theirs = LogisticRegression(C=1 / 7.0, fit_intercept=False, tol=1e-12, max_iter=1000).fit(X, y)
    assert fit_logit(X, y, NAMES, ridge=7.0).coefficients == pytest.approx(theirs.coef_[0], abs=1e-6)


def test_a_weight_is_a_number_of_copies(loans):
    X, y = loans
    copies = np.random.default_rng(1).integers(0, 4, len(y))
    weighted = fit_logit(X, y, NAMES, weights=copies)
    copied = fit_logit(np.repeat(X, copies, axis=0), np.repeat(y, copies), NAMES)
    assert weighted.coefficients == pytest.approx(copied.coefficients, abs=1e-9)
    assert weighted.standard_errors == pytest.approx(copied.standard_errors, abs=1e-9)


def test_mean_prediction_is_the_mean_outcome(loans):
    X, y = loans
    assert expit(X @ fit_logit(X, y, NAMES).coefficients).mean() == pytest.approx(y.mean(), abs=1e-12)


def test_standard_error_of_a_constant_is_the_binomial_one():
    y = np.array([1.0] * 30 + [0.0] * 70)
    fit = fit_logit(np.ones((100, 1)), y, ("const",))
    assert fit.standard_errors[0] == pytest.approx(1 / np.sqrt(100 * 0.3 * 0.7), rel=1e-9)


def test_a_separating_column_is_named(loans):
    X, y = loans
    with pytest.raises(BadInput, match=r"tell: separates"):
        fit_logit(np.column_stack([X, y]), y, (*NAMES, "tell"))


def test_a_rare_flag_that_separates_is_named(loans):
    X, y = loans
    flag = np.zeros(len(y))
    flag[np.flatnonzero(y == 1)[:2]] = 1.0  # two rows, both defaulted
    with pytest.raises(BadInput, match=r"flag: separates"):
        fit_logit(np.column_stack([X, flag]), y, (*NAMES, "flag"))


def test_a_collinear_column_is_named(loans):
    X, y = loans
    with pytest.raises(BadInput, match="linear combination"):
        fit_logit(np.column_stack([X, X[:, 1] - 2 * X[:, 2]]), y, (*NAMES, "both"))


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (lambda X, y, w: y.fill(0), "both outcomes"),
        (lambda X, y, w: X.__setitem__((3, 1), np.nan), "leverage: every value must be a finite number"),
        (lambda X, y, w: y.__setitem__(0, 2), "between 0 and 1"),
        (lambda X, y, w: w.__setitem__(0, -1), "weights: must be finite and >= 0"),
        (lambda X, y, w: w.__setitem__(y == 1, 0), "both outcomes"),
        (lambda X, y, w: X[:, 2].fill(0), "lateness: is zero in every row"),
    ],
)
def test_bad_input_is_named(loans, spoil, rule):
    X, y, w = loans[0].copy(), loans[1].copy(), np.ones(len(loans[1]))
    spoil(X, y, w)
    with pytest.raises(BadInput, match=rule):
        fit_logit(X, y, NAMES, weights=w)
