"""The null: a local trend whose habits are shared by all firms, fitted by penalised maximum likelihood.

What a growth curve has to beat. The shared parameters are learnt from all firms' past together; each firm then has
its own level, slope and scale. Years, not firms, are the sample of what hits everybody: spreads that were seen in few
years are averaged with those of a whole business cycle, in proportion to the years.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from math import exp, log, sqrt, tanh
from typing import Any, Literal

import numpy as np
from scipy.optimize import minimize
from scipy.stats import t as student

from credit.growth.forecasts import LEAST_DEGREES, GrowthForecast
from credit.growth.local_trend import TrendParameters, ahead, expit, filtered, log_inverse_gamma, log_likelihoods
from credit.growth.priors import GrowthPriors
from credit.one_thread import on_one_thread
from credit.ranges import Floats

Kind = Literal["random_walk", "autoregression", "linear_trend", "local_trend"]
KINDS: dict[Kind, str] = {
    "random_walk": "steps that stay, and nothing else",
    "autoregression": "deviations from an unmoving level that fade",
    "linear_trend": "a level and a slope that both wander",
    "local_trend": "level, slope that returns to the common drift, and deviations that fade",
}
"""The forms of the null; the last holds the others as special cases."""

FIRMS_FOR_FIT = 300
"""Shared parameters have a standard error of a few per cent with this many firms; more cost time and tell little."""
_LAPLACE_80 = log(5.0) / sqrt(2.0)  # half the width of the middle 80 % of a Laplace of standard deviation 1
_SMALL, _GONE = -12.0, -30.0


@dataclass(frozen=True)
class NullTrend:
    """A fitted null.

    Attributes:
        kind: which form.
        parameters_: what all firms share.
        periods_a_year: of the panel it was fitted on.
        years_: years of data behind the shared spreads.
        prior_scale_: squared scale a year that a whole business cycle would give a firm.
        cycle_years: years of data that this prior is worth.
        log_likelihood_: at the fit, common shocks included.
    """

    kind: Kind
    parameters_: TrendParameters
    periods_a_year: int
    years_: float
    prior_scale_: float
    cycle_years: float
    log_likelihood_: float = field(compare=False)

    @property
    def step_variance(self) -> float:
        """Variance a period that a cycle would add to a typical firm's level beyond what these years showed."""
        p = self.parameters_
        seen = p.level_share * p.scale * self.periods_a_year
        expected = (self.cycle_years * self.prior_scale_ + self.years_ * seen) / (self.cycle_years + self.years_)
        return max(expected - seen, 0.0) / self.periods_a_year

    @on_one_thread
    def forecast(self, log_output: Floats, horizons: int) -> GrowthForecast:
        """Log output 1 .. `horizons` periods after the last column, for each firm (survival 1).

        Args:
            log_output: N x T, NaN where not known; firms never seen get the common drift from nowhere and a huge scale.
            horizons: periods ahead.
        """
        p = self.parameters_
        state = filtered(log_output, p)
        location, own, degrees = ahead(state, replace(p, common_variance=0.0), horizons)
        _, total, _ = ahead(state, p, horizons)
        steps = np.arange(1.0, horizons + 1.0)
        extra = self.step_variance * (state.scale / p.scale)[:, None] * steps
        firm, common = own**2 + extra, np.maximum(total**2 - own**2, 0.0)
        shared_degrees = self.cycle_years + self.years_
        mixed = (firm + common) ** 2 / (firm**2 / degrees + common**2 / shared_degrees)  # Welch and Satterthwaite
        return GrowthForecast(
            location, np.sqrt(firm + common), np.maximum(mixed, LEAST_DEGREES), np.ones_like(location)
        )

    def to_json(self) -> dict[str, Any]:
        """The fitted null as plain content."""
        return {"kind": "null_trend", "form": self.kind, "shared": asdict(self.parameters_)} | {
            "periods_a_year": self.periods_a_year,
            "years": self.years_,
            "prior_scale": self.prior_scale_,
            "cycle_years": self.cycle_years,
            "log_likelihood": self.log_likelihood_,
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "NullTrend":
        """The null that `to_json` wrote."""
        return cls(
            content["form"],
            TrendParameters(**content["shared"]),
            content["periods_a_year"],
            content["years"],
            content["prior_scale"],
            content["cycle_years"],
            content["log_likelihood"],
        )


@on_one_thread
def fit_null(
    log_output: Floats, periods_a_year: int, priors: GrowthPriors, kind: Kind = "local_trend", tolerance: float = 1e-6
) -> NullTrend:
    """Fit what all firms share.

    Args:
        log_output: N x T, season taken out; of more than `FIRMS_FOR_FIT` firms an even sample is read.
        periods_a_year: 1, 4 or 12.
        priors: beliefs that weigh against few data.
        kind: the form.
        tolerance: relative gain of the log posterior below which the search ends.
    """
    step = max(len(log_output) // FIRMS_FOR_FIT, 1)
    sample = log_output[np.isfinite(log_output).sum(axis=1) >= 2][::step][:FIRMS_FOR_FIT]
    shape = _Shape(periods_a_year, priors, kind)
    found = minimize(
        lambda x: -float(shape.log_posteriors([x], sample)[0]),
        shape.start,
        method="L-BFGS-B",
        # the points of a gradient run side by side
        options={
            "maxiter": 60,
            "ftol": tolerance,
            "workers": lambda _, points: -shape.log_posteriors([*points], sample),
        },
    )
    values = np.round(found.x, 6)
    told = shape.parameters(values)
    years = max(log_output.shape[1] - 1, 0) / periods_a_year
    reach = student.ppf(0.9, told.scale_degrees + 1.0)
    prior_scale = (_LAPLACE_80 * priors.firm_growth_spread_annual / reach) ** 2
    return NullTrend(
        kind,
        told,
        periods_a_year,
        years,
        float(prior_scale),
        priors.cycle_years,
        float(log_likelihoods(sample, [told])[0]),
    )


class _Shape:
    """From eleven free numbers to the shared parameters, with a prior on each."""

    def __init__(self, periods_a_year: int, priors: GrowthPriors, kind: Kind) -> None:
        self.priors, self.kind, self.n = priors, kind, periods_a_year
        yearly = priors.common_growth_persistence_annual
        self.persistence = yearly ** (1.0 / periods_a_year)
        # a yearly shock with persistence phi, told as shocks of shorter periods with the same long-run spread
        long_run = priors.common_growth_spread_annual**2 / (1.0 - yearly**2) / periods_a_year**2
        self.common_variance = long_run * (1.0 - self.persistence**2)
        self.common_degrees = priors.cycle_years
        quick = periods_a_year > 1
        level = -3.0 if quick else 0.0  # months carry noise that years average out
        self.start = np.array(
            [level, -1.0, -5.0, -3.0, 1.0, 1.0, 0.0, log(0.01), log(3.0), log(self.common_variance), 0.0, 0.0]
        )
        self.spread = np.array(
            [2.0, 2.0, 2.0, 2.0, 1.0, 1.0, 0.05, 2.0, 1.0, np.inf, priors.common_growth_persistence_spread, 1.5]
        )

    def parameters(self, x: Floats) -> TrendParameters:
        """The shared parameters at a point."""
        level, deviation = exp(min(x[0], 12.0)), exp(min(x[1], 12.0))
        whole = level + deviation + 1.0
        slope, first = (exp(min(max(x[place], _SMALL), -_SMALL)) for place in (2, 3))
        damping = expit(x[4])
        if self.kind == "random_walk":
            slope = first = exp(_GONE)
            damping = 0.0
            deviation, level, whole = 0.0, level, level + 1.0
        elif self.kind == "autoregression":
            slope = first = exp(_GONE)
            level, damping, whole = 0.0, 0.0, deviation + 1.0
        elif self.kind == "linear_trend":
            deviation, damping, whole = 0.0, 1.0, level + 1.0
        return TrendParameters(
            level_share=level / whole,
            deviation_share=deviation / whole,
            slope_share=slope,
            first_slope_share=first,
            damping=damping,
            persistence=0.98 * expit(x[5]),
            drift=x[6] / self.n if self.kind != "autoregression" else 0.0,
            scale=exp(min(max(x[7], _GONE), -_GONE)),  # a search may look anywhere
            scale_degrees=LEAST_DEGREES + exp(min(x[8], -_SMALL)),
            common_variance=exp(min(max(x[9], _GONE), -_GONE)),
            common_persistence=tanh(np.arctanh(self.persistence) + x[10]),
            forgetting=expit(x[11]),
            noise_degrees=self.priors.noise_degrees,
        )

    def log_posteriors(self, points: Sequence[Floats], log_output: Floats) -> Floats:
        """Log-likelihood and log prior at some points."""
        beliefs = [self.parameters(x) for x in points]
        return log_likelihoods(log_output, beliefs) + np.array(
            [self._log_prior(x, p) for x, p in zip(points, beliefs, strict=True)]
        )

    def _log_prior(self, x: Floats, p: TrendParameters) -> float:
        prior = -0.5 * float((((x - self.start) / self.spread) ** 2)[np.isfinite(self.spread)].sum())
        return prior + log_inverse_gamma(p.common_variance, self.common_degrees, self.common_variance) + float(x[9])
