"""Daily resin prices by grade: two volatility regimes around a mean, with a common factor (DOMAIN 6.4).

In logarithms dx = kappa (theta - x) dt + sigma dW, sigma switching between a calm and a wild regime week by week. The
path of a grade depends on the seed alone; a scenario multiplies it. Prices are whole fen a tonne, VAT included.
"""

from dataclasses import dataclass
from datetime import date

import numpy as np

from credit import elementary
from credit.errors import BadInput, Problem
from credit.parameters import parameters
from sim.scenarios.shocks import Shocks
from sim.streams import Streams

PPM = 1_000_000
GRADES = ("LLDPE", "PP", "HDPE", "PVC")
"""The grades that are traded; the first is the reference."""
FURTHEST = 1000.0
"""No price moves further from its mean, up or down."""
TRADING_DAYS_A_YEAR = 365  # a price every calendar day: the volatility is spread over all of them


@dataclass(frozen=True)
class ResinPrices:
    """Price paths.

    A path that leaves FURTHEST behind is refused: resin for nothing, or for more than whole fen can hold, is no trade.

    Attributes:
        means: mean price of each grade, fen a tonne.
        paths: for each grade the price of every market day, fen a tonne.
    """

    means: tuple[int, ...]
    paths: tuple[tuple[int, ...], ...]

    @classmethod
    def drawn(cls, streams: Streams, on: date, shocks: Shocks) -> "ResinPrices":
        """Paths for as many days as the scenario has, with its factors on level and restlessness.

        Raises:
            BadInput: the scenario drives a price beyond FURTHEST.
        """
        known = parameters("market")
        days = len(shocks.price_ppm)
        means = tuple(round(100 * known.value(f"resin_mean_{grade.lower()}", on)) for grade in GRADES)
        sigma = _daily_volatility(streams, on, days) * (np.array(shocks.volatility_ppm) / PPM)
        common = np.array([_common_share(grade, on) for grade in GRADES])
        pull = known.value("resin_reversion", on) / TRADING_DAYS_A_YEAR
        shared = streams.normals("resin common", 0, days)  # one path, drawn whole: element `day` belongs to that day
        own = np.column_stack([streams.normals(f"resin {grade}", 0, days) for grade in GRADES])
        steps = sigma[:, None] * (shared[:, None] * np.sqrt(common) + own * np.sqrt(1.0 - common))
        x = np.zeros(len(GRADES))
        logs = np.empty((days, len(GRADES)))
        for day in range(days):
            x = x - pull * x + steps[day]
            logs[day] = x
        factors = np.asarray(elementary.exp(logs)) * (np.asarray(shocks.price_ppm, dtype=float)[:, None] / PPM)
        _refuse_beyond_trade(factors)
        prices = np.rint(factors * np.asarray(means, dtype=float)).astype(np.int64)
        return cls(means, tuple(tuple(column.tolist()) for column in prices.T))


def _refuse_beyond_trade(factors: np.ndarray) -> None:
    is_beyond = ~((factors * FURTHEST >= 1.0) & (factors <= FURTHEST))
    if not is_beyond.any():
        return
    day, grade = np.argwhere(is_beyond)[0].tolist()
    rule = f"must stay within a factor of {FURTHEST:g} of the mean price; {GRADES[grade]} leaves it on market day {day}"
    remedy = "move it less, or less often: moves that overlap multiply, and so does their restlessness"
    raise BadInput(Problem(rule, field="scenario", value=float(factors[day, grade]), remedy=remedy))


def _common_share(grade: str, on: date) -> float:
    """Part of a grade's variance that is everybody's: PVC is half salt, and follows oil less than the others do."""
    known = parameters("market")
    return known.value("resin_common_share_pvc" if grade == "PVC" else "resin_common_share", on)


def _daily_volatility(streams: Streams, on: date, days: int) -> np.ndarray:
    """The standard deviation of each day's log return: the regime changes at most once a week."""
    known = parameters("market")
    stay = (known.value("resin_calm_stay", on), known.value("resin_wild_stay", on))
    yearly = (known.value("resin_calm_volatility", on), known.value("resin_wild_volatility", on))
    wild_share = (1.0 - stay[0]) / (2.0 - stay[0] - stay[1])  # the first week is wild as often as any other
    regime = int(streams.uniforms("resin first regime", 0, 1)[0] < wild_share)
    of_week = []
    for draw in streams.uniforms("resin regime", 0, days // 7 + 1):
        if draw > stay[regime]:
            regime = 1 - regime
        of_week.append(yearly[regime])
    return np.repeat(of_week, 7)[:days] / np.sqrt(TRADING_DAYS_A_YEAR)
