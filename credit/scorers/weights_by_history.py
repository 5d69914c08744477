"""Weights of separate scores that move smoothly with a firm's months of data, learnt around a stated belief.

The weight of a score after m months is first * (1 - s) + last * s with s = m / (m + k): the credibility of actuaries,
0 in the first month, a half after k months, 1 never quite. It moves in one direction only. First and last weights are
the maximum of the likelihood with a ridge around the belief, so that few defaults leave the belief and many overrule
it; no weight is negative, the person's may only fall and the trade's may only rise.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit

from credit.logit import fit_logit
from credit.model_files import rounded
from credit.one_thread import on_one_thread

FALLS, FREE, RISES = -1, 0, 1


@dataclass(frozen=True)
class Belief:
    """What is believed of a score's weight before data speak.

    Attributes:
        first, last: share of the weight of all scores at the start and after years.
        moves: FALLS, FREE or RISES: in which direction history may move the weight.
    """

    first: float
    last: float
    moves: int


@dataclass(frozen=True)
class Weights:
    """Fitted weights.

    Attributes:
        constant: log-odds where every score stands at its mean.
        first, last: log-odds a standard deviation of each score, without history and with endless history.
        extra: log-odds a unit of each further column.
        scale: the sum of all weights that the belief alone would get.
    """

    constant: float
    first: np.ndarray
    last: np.ndarray
    extra: np.ndarray
    scale: float

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        vectors = {name: getattr(self, name).tolist() for name in ("first", "last", "extra")}
        return {"constant": self.constant, "scale": self.scale, **vectors}

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Rebuild from `to_json`."""
        vectors = {name: np.array(content[name], dtype=float) for name in ("first", "last", "extra")}
        return cls(constant=content["constant"], scale=content["scale"], **vectors)


def credibility(months: np.ndarray, credible_after_months: float) -> np.ndarray:
    """Share of the way from first to last weight, 0 to 1; unknown months count as none."""
    known = np.maximum(np.nan_to_num(months, nan=0.0), 0.0)
    return known / (known + credible_after_months)


@on_one_thread
def fit_weights(
    scores: np.ndarray,
    share: np.ndarray,
    y: np.ndarray,
    row_weights: np.ndarray,
    beliefs: list[Belief],
    doubt: float,
    extra: np.ndarray,
    offset: np.ndarray,
) -> Weights:
    """Fit on standardised scores of rows that the scorers behind them have not seen.

    Args:
        scores: standardised log-odds, shape (rows, scores).
        share: credibility of each row.
        y: outcomes 0 or 1.
        row_weights: of the rows, mean 1.
        beliefs: one a score; they matter by their ratios, the scale is learnt.
        doubt: precision of the belief, in rows at even odds: the ridge around it.
        extra: further columns whose coefficient may only be >= 0, believed 0; shape (rows, columns).
        offset: known part of the log-odds.

    Returns:
        The weights, rounded as they are saved.
    """
    first = np.array([belief.first for belief in beliefs])
    last = np.array([belief.last for belief in beliefs])
    believed = (scores * (first * (1 - share)[:, None] + last * share[:, None])).sum(axis=1)
    whole = fit_logit(
        np.column_stack([np.ones(len(y)), believed]), y, ("const", "belief"), row_weights, np.r_[0.0, 1e-3], offset
    )
    scale = max(float(whole.coefficients[1]), 0.0)

    # Each weight as its smaller end and a step of one sign towards the larger one.
    columns, centre, turned = [], [], []
    for position, belief in enumerate(beliefs):
        z = scores[:, position]
        if belief.moves == FREE:
            columns += [z * (1 - share), z * share]
            centre += [belief.first * scale, belief.last * scale]
        elif belief.moves == RISES:
            columns += [z, z * share]
            centre += [belief.first * scale, (belief.last - belief.first) * scale]
        else:
            columns += [z, z * (1 - share)]
            centre += [belief.last * scale, (belief.first - belief.last) * scale]
        turned.append(belief.moves)
    design = np.column_stack([*columns, extra])
    middle = np.r_[centre, np.zeros(extra.shape[1])]

    def loss(b: np.ndarray) -> tuple[float, np.ndarray]:
        odds = offset + b[0] + design @ b[1:]
        away = b[1:] - middle
        pull = row_weights * (expit(odds) - y)
        value = row_weights @ (np.logaddexp(0.0, odds) - y * odds) + 0.5 * doubt * away @ away
        return float(value), np.r_[pull.sum(), design.T @ pull + doubt * away]

    bounds = [(None, None)] + [(0.0, None)] * len(middle)
    start = np.r_[whole.coefficients[0], middle]
    options = {"maxiter": 2000, "ftol": 1e-14, "gtol": 1e-8}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
    low, step = found[1 : 1 + 2 * len(beliefs) : 2], found[2 : 2 + 2 * len(beliefs) : 2]
    moves = np.array(turned)
    first_found = np.where(moves == FALLS, low + step, low)
    last_found = np.where(moves == FREE, step, np.where(moves == RISES, low + step, low))
    return Weights(
        constant=float(rounded(found[:1])[0]),
        first=rounded(first_found),
        last=rounded(last_found),
        extra=rounded(found[1 + 2 * len(beliefs) :]),
        scale=scale,
    )
