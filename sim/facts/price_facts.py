"""How resin prices move: volatility, fat tails, co-movement."""

import numpy as np
import pandas as pd
from scipy.stats import kurtosis

from sim.facts.lived import Lived, NotMeasuredError

WEEKS_A_YEAR = 52


def resin_volatility_annual(lived: Lived) -> float:
    """Yearly volatility of weekly log prices of PP."""
    return float(_weekly_returns(lived)["PP"].std() * np.sqrt(WEEKS_A_YEAR))


def resin_excess_kurtosis(lived: Lived) -> float:
    """Excess kurtosis of weekly log returns, mean over grades."""
    return float(np.mean([kurtosis(column, bias=False) for _, column in _weekly_returns(lived).items()]))


def resin_correlation_lldpe_pp(lived: Lived) -> float:
    """Correlation of weekly log returns of LLDPE and PP."""
    return _correlation(lived, "LLDPE", "PP")


def resin_correlation_pp_pvc(lived: Lived) -> float:
    """Correlation of weekly log returns of PP and PVC."""
    return _correlation(lived, "PP", "PVC")


def _correlation(lived: Lived, one: str, other: str) -> float:
    returns = _weekly_returns(lived)
    return float(returns[one].corr(returns[other]))


def _prices(lived: Lived) -> pd.DataFrame:
    told = lived.rows("resin_prices", "date", "grade", "price_fen_per_tonne")
    prices = told.pivot(index="date", columns="grade", values="price_fen_per_tonne").astype(float)
    absent = {"LLDPE", "PP", "PVC"} - set(prices.columns)
    if absent:
        raise NotMeasuredError(f"no price of {', '.join(sorted(absent))}")
    return prices


def _weekly_returns(lived: Lived) -> pd.DataFrame:
    returns = _prices(lived).iloc[::7].transform(np.log).diff().dropna()
    lived.enough(len(returns) // 4, "months of weekly prices")
    return returns
