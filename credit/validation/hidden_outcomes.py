"""What a scorer says about those whom an earlier lender refused: tested by hiding outcomes that are in fact known.

Accepted clients alone teach a scorer. Nobody knows the outcomes of those refused, so every method of reject inference
rests on a guess. Here the guess can be checked: the riskiest clients under an earlier lender's score are taken for
refused, their outcomes are hidden from the fit, and its forecasts for them are held to what became of them.
"""

from dataclasses import dataclass

import numpy as np

from credit.metrics import Auc, auc, cut_off_for
from credit.scorers.indicators import IndicatorScorer
from credit.validation.forecasts import Maker, fitted, folds_of, refuse_too_few
from credit.validation_sets.base import ValidationSet

PARTS = 3
"""A third trains the earlier lender, a third the scorer, a third is judged."""


@dataclass(frozen=True)
class HiddenOutcomes:
    """What is lost by learning from accepted clients only.

    Attributes:
        hidden_share: part of the population that the earlier lender refused.
        refused: rows judged that it would have refused.
        default_rate: of those.
        forecast_by_accepted: mean PD that a scorer gives them which learnt from accepted rows only.
        forecast_by_all: mean PD by a scorer that learnt from all rows.
        auc_by_accepted: order of everybody judged, by the first.
        auc_by_all: the same by the second.
    """

    hidden_share: float
    refused: int
    default_rate: float
    forecast_by_accepted: float
    forecast_by_all: float
    auc_by_accepted: Auc
    auc_by_all: Auc

    @property
    def worst_multiple(self) -> float:
        """Defaults among the refused over those forecast from accepted rows: the bound that a sensitivity must span."""
        return self.default_rate / self.forecast_by_accepted

    @property
    def odds_factor(self) -> float:
        """Odds of the refused over those forecast: what parcelling (`credit.reject_inference`) should have assumed."""
        observed, forecast = self.default_rate, self.forecast_by_accepted
        return observed / (1.0 - observed) / (forecast / (1.0 - forecast))


def hide_the_riskiest(known: ValidationSet, make: Maker, share: float, seed: int = 0) -> HiddenOutcomes:
    """Let an earlier lender refuse the riskiest share by a ridge logit of its own, and learn from the rest.

    Args:
        known: the set; accepted and refused are both in it.
        make: gives an unfitted scorer.
        share: part refused.
        seed: of the thirds.

    Raises:
        BadInput: too few defaults are left among the accepted.
    """
    refuse_too_few(known, 100)
    part = folds_of(known, PARTS, seed)
    earlier_rows, learnt, judged = (known.part(part == number) for number in range(PARTS))
    earlier = fitted(lambda own: IndicatorScorer(directions=own.directions or None), earlier_rows)
    risk = earlier.predict_pd(learnt.X)
    cut_off = cut_off_for(risk, 1.0 - share, learnt.weights)
    accepted = learnt.part(risk <= cut_off)
    refuse_too_few(accepted, 20)
    forecasts = [fitted(make, rows).predict_pd(judged.X) for rows in (accepted, learnt)]
    is_refused = earlier.predict_pd(judged.X) > cut_off
    w = judged.weights[is_refused]
    return HiddenOutcomes(
        hidden_share=share,
        refused=int(is_refused.sum()),
        default_rate=float(np.average(judged.y[is_refused], weights=w)),
        forecast_by_accepted=float(np.average(forecasts[0][is_refused], weights=w)),
        forecast_by_all=float(np.average(forecasts[1][is_refused], weights=w)),
        auc_by_accepted=auc(judged.y, forecasts[0], judged.weights, judged.clusters),
        auc_by_all=auc(judged.y, forecasts[1], judged.weights, judged.clusters),
    )
