"""The market's assumptions drawn over their ranges: one number names one whole set of them.

Every behavioural parameter of `data/parameters/market.yaml` that has a range is drawn from a triangle between its low
and high end with its peak at the stated value. Why a triangle: the stated values hang together (they are what the
market was calibrated with) and the ends are as far as their sources go; a uniform law would hold each end as likely as
the calibrated value, and of some eighty parameters a dozen would then always stand near an end. A value of high
confidence is known and stays. The frame of the experiment (burn-in, numbers of towns' buyers, suppliers and lenders) is
no assumption about behaviour and stays too.

Draws are keyed by the draw's number and the parameter's name: a further parameter or draw changes no other.
"""

from datetime import date
from functools import cache

from credit.errors import BadInput, Problem
from credit.parameters import parameters
from sim.settings import Settings, assumable
from sim.streams import Streams

FRAME = frozenset({"burn_in_days", "firms_a_town", "buyers_a_town", "suppliers", "lenders"})
COUNTED = frozenset({"days", "weeks", "firms", "number", "grams"})
"""Units of which there are only whole ones."""


@cache
def assumed(day: date, draw: int | str) -> dict[str, float]:
    """The values of a draw by parameter, in the parameters' own units; none for draw 0, which is the file as it stands.

    Args:
        day: the market's first observed day.
        draw: number of the draw, from 0; or one parameter moved and all others as stated: "name=value".

    Raises:
        BadInput: the number is negative, or a moved parameter is none of the market's.
    """
    if isinstance(draw, str):
        name, _, moved_to = draw.partition("=")
        if name not in assumable():
            raise BadInput(Problem("must be a parameter of the market", field="assumptions", value=draw))
        return {name: float(moved_to)}
    if draw < 0:
        raise BadInput(Problem("must be >= 0", field="assumptions", value=draw))
    if draw == 0:
        return {}
    known, streams = parameters("market"), Streams(draw)
    told = {}
    for name in assumable():
        stated = known[name].on(day)
        if name in FRAME or stated.confidence == "high" or stated.low is None or stated.high is None:
            continue
        if stated.low == stated.high:
            continue
        share = float(streams.uniforms(f"assumption {name}", 0, 1)[0])
        value = triangular(share, stated.low, stated.value, stated.high)
        told[name] = float(round(value)) if known[name].unit in COUNTED else value
    return told


def settings_drawn(day: date, draw: int | str) -> Settings:
    """The market's settings under a draw of the assumptions; those of the file for draw 0."""
    return Settings.on(day, assumed(day, draw))


def triangular(share: float, low: float, peak: float, high: float) -> float:
    """The quantile of a triangular law on [low, high] with its peak anywhere in it, the ends included."""
    rising = (peak - low) / (high - low)
    if share < rising:
        return low + (share * (high - low) * (peak - low)) ** 0.5
    return float(high - ((1.0 - share) * (high - low) * (high - peak)) ** 0.5)
