"""Whether a PD was too low, given that defaults come together: exact tail probabilities, Jeffreys and correlated."""

from dataclasses import dataclass

import numpy as np
from scipy.special import betainc, ndtr, ndtri
from scipy.stats import binom

from credit.errors import BadInput, Problem


@dataclass(frozen=True)
class Backtest:
    """The same defaults held against one PD in three ways; each is the chance of a count at least as bad.

    Attributes:
        obligors: rows, or the effective number of them.
        defaults: among them.
        forecast: the PD held to account.
        binomial: chance of at least so many defaults if the PD is right and defaults are independent.
        jeffreys: posterior chance that the true PD is at or below the forecast, from Jeffreys' prior.
        correlated: the binomial chance when defaults share one factor (Vasicek), so that bad years come at once.
    """

    obligors: float
    defaults: float
    forecast: float
    binomial: float
    jeffreys: float
    correlated: float


def backtest(obligors: float, defaults: float, forecast: float, correlation: float) -> Backtest:
    """Hold a PD to what happened.

    Jeffreys' test is that of the ECB's Instructions for reporting the validation results of internal models (2019,
    2.5.3.1). Counts may be fractional (effective numbers of weighted rows): the binomial tail is then the regularised
    incomplete beta function that continues it.

    Args:
        obligors: how many were forecast.
        defaults: how many defaulted.
        forecast: their mean PD, a share strictly between 0 and 1.
        correlation: asset correlation, a share in [0, 1).

    Raises:
        BadInput: defaults exceed obligors, or a share lies outside its range.
    """
    if not 0.0 <= defaults <= obligors or obligors <= 0:
        raise BadInput(Problem("must lie between 0 and the number of obligors", field="defaults", value=defaults))
    if not 0.0 < forecast < 1.0:
        raise BadInput(Problem("must lie strictly between 0 and 1", field="forecast", value=forecast))
    if not 0.0 <= correlation < 1.0:
        raise BadInput(Problem("must be a share from 0 to below 1", field="correlation", value=correlation))
    nodes = np.linspace(-8.0, 8.0, 2001)
    mass = np.exp(-0.5 * nodes**2)
    given = ndtr((ndtri(forecast) - np.sqrt(correlation) * nodes) / np.sqrt(1.0 - correlation))
    return Backtest(
        obligors=obligors,
        defaults=defaults,
        forecast=forecast,
        binomial=float(_at_least(defaults, obligors, np.array([forecast]))[0]),
        jeffreys=float(betainc(defaults + 0.5, obligors - defaults + 0.5, forecast)),
        correlated=float(mass @ _at_least(defaults, obligors, given) / mass.sum()),
    )


def _at_least(defaults: float, obligors: float, pd: np.ndarray) -> np.ndarray:
    """Chance of at least so many defaults, independent ones."""
    if defaults == 0:
        return np.ones_like(pd)
    if float(defaults).is_integer() and float(obligors).is_integer():
        return np.asarray(binom.sf(defaults - 1, obligors, pd))
    return np.asarray(betainc(defaults, obligors - defaults + 1.0, pd))
