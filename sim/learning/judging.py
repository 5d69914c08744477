"""Champion against challenger, on what came after both: clients not in arrears, outcomes that neither had seen.

The gain is that of the log-loss, which asks for order and level at once. Rows of a firm are one piece of evidence; the
bound is Student's with as many degrees of freedom as defaulters, because their terms are few and heavy.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from credit.metrics import aucs_compared
from sim.learning.settings import LearningSettings

LEAST_PD = 1e-4
"""Forecasts count as no surer than this: one default among the safest must not decide alone."""


@dataclass(frozen=True)
class Verdict:
    """How two models did on the same rows.

    Attributes:
        is_promoted: the challenger takes over.
        reason: the first rule that it broke, or `better`.
        rows: firm-months compared on.
        firms: obligors among them.
        defaults: obligors that defaulted within the horizon.
        champion_auc: order of the champion.
        challenger_auc: order of the challenger.
        auc_gain: second less first.
        auc_gain_low: lower end of its 95 % interval.
        auc_gain_high: upper end.
        gain: mean log-loss of the champion less that of the challenger.
        gain_low: its one-sided lower bound at the promotion level.
        gain_error: its standard error, by firm.
        champion_level: defaults observed over forecast by the champion.
        challenger_level: the same of the challenger.
    """

    is_promoted: bool
    reason: str
    rows: int
    firms: int
    defaults: int
    champion_auc: float
    challenger_auc: float
    auc_gain: float
    auc_gain_low: float
    auc_gain_high: float
    gain: float
    gain_low: float
    gain_error: float
    champion_level: float
    challenger_level: float


def judged(
    outcome: np.ndarray,
    champion: np.ndarray,
    challenger: np.ndarray,
    weights: np.ndarray,
    firm: np.ndarray,
    settings: LearningSettings,
) -> Verdict:
    """The verdict of the rule.

    Args:
        outcome: default within the horizon, 0 or 1, both present.
        champion: forecasts of the champion.
        challenger: forecasts of the challenger.
        weights: obligor-months that each row stands for.
        firm: of each row; its rows are one piece of evidence.
        settings: the rule's bounds.
    """
    old, new = (np.clip(one, LEAST_PD, 1.0 - LEAST_PD) for one in (champion, challenger))
    better = _loss(outcome, old) - _loss(outcome, new)
    defaulters = len(np.unique(firm[outcome == 1]))
    gain, error = _mean_by_firm(better, weights, firm)
    bound = gain - float(t.ppf(1.0 - settings.promotion_chance, max(defaulters - 1, 1))) * error
    new_auc, old_auc, order = aucs_compared(outcome, new, old, weights, clusters=firm)
    observed = float(weights @ outcome)
    level = observed / float(weights @ new)
    reason = "better"
    if not settings.level_low <= level <= settings.level_high:
        reason = "level_out_of_bounds"
    if order.high < 0:
        reason = "orders_worse"
    if bound <= 0:
        reason = "no_clear_gain"
    if defaulters < settings.judged_defaults:
        reason = "too_few_defaults"
    return Verdict(
        is_promoted=reason == "better",
        reason=reason,
        rows=len(outcome),
        firms=len(np.unique(firm)),
        defaults=defaulters,
        champion_auc=old_auc,
        challenger_auc=new_auc,
        auc_gain=order.value,
        auc_gain_low=order.low,
        auc_gain_high=order.high,
        gain=gain,
        gain_low=bound,
        gain_error=error,
        champion_level=observed / float(weights @ old),
        challenger_level=level,
    )


def _loss(outcome: np.ndarray, pd: np.ndarray) -> np.ndarray:
    return np.asarray(-np.where(outcome == 1, np.log(pd), np.log1p(-pd)))


def _mean_by_firm(values: np.ndarray, weights: np.ndarray, firm: np.ndarray) -> tuple[float, float]:
    """Weighted mean and its standard error, firms the independent pieces."""
    total = float(weights.sum())
    mean = float(weights @ values) / total
    place = np.unique(firm, return_inverse=True)[1]
    parts = np.bincount(place, weights=weights * (values - mean))
    spread = float(parts @ parts) * len(parts) / max(len(parts) - 1, 1)
    return mean, spread**0.5 / total
