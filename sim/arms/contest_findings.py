"""What a contest found: every measure with its two kinds of doubt, the ladder's leads, and the advice that follows."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from credit.metrics.order import Difference
from credit.parameters import parameters
from sim.arms.arm_measures import BOUNDS, MEANINGS, PROFIT, UNITS
from sim.arms.assumptions import assumed
from sim.arms.contest import BLIND, LADDER
from sim.arms.flips import Flip, flips
from sim.arms.two_way import two_way
from sim.runs.comparison import Interval, mean_interval

UNKNOWN = Interval(math.nan, math.nan, math.nan)
Advice = Literal["for the ladder", "against the ladder", "not settled"]
Ground = Literal["beaten", "no_information", "blind_earns_more", "leads", "chance", "assumptions", "nobody"]


@dataclass(frozen=True)
class Doubt:
    """A number and how sure it is: of chance and of assumptions, each by itself.

    Attributes:
        stated: mean over seeds under the stated assumptions, with the interval over seeds.
        drawn: mean over draws of the assumptions, with the interval in which one more draw would lie, seeds held fixed;
            NaN without draws.
        sd_seeds, sd_assumptions, sd_remainder: standard deviations, variance components; NaN where they cannot be told.
    """

    stated: Interval
    drawn: Interval
    sd_seeds: float
    sd_assumptions: float
    sd_remainder: float


@dataclass(frozen=True)
class Figure:
    """One measure of one arm."""

    arm: str
    metric: str
    unit: str
    meaning: str
    doubt: Doubt


@dataclass(frozen=True)
class Turn:
    """A suspect: an assumption that moves a lead, and what it did when it was moved alone.

    Attributes:
        flip: how the lead moves with it over draws.
        unit: of its values.
        at: the end of its range to which it was moved.
        there: the lead there, all else as stated.
        before: the lead with everything as stated, mean over the same seeds.
    """

    flip: Flip
    unit: str
    at: float
    there: Interval
    before: float

    @property
    def is_flip(self) -> bool:
        """Whether the lead has changed its sign."""
        return (self.there.mean > 0) != (self.before > 0)

    @property
    def flips_at(self) -> float | None:
        """Where it does, on the line between both; None where it does not."""
        if not self.is_flip:
            return None
        way = self.before / (self.before - self.there.mean)
        return self.flip.stated + way * (self.at - self.flip.stated)


@dataclass(frozen=True)
class Lead:
    """The ladder less another arm in joint profit, pair by pair.

    Attributes:
        over: the other arm.
        doubt: the lead, yuan a market.
        probability: share of seeds on which the ladder earns more under the stated assumptions, ties by half.
        pairs: seeds behind it.
        probability_drawn: the same over drawn assumptions and their seeds; NaN without draws.
        pairs_drawn: pairs behind that.
        suspects: assumptions by how strongly they move the lead, the strongest first.
        turns: suspects that were moved alone; only of the lead on which the advice hangs.
    """

    over: str
    doubt: Doubt
    probability: float
    pairs: int
    probability_drawn: float
    pairs_drawn: int
    suspects: list[Flip]
    turns: list[Turn] = field(default_factory=list)


def cells(table: pd.DataFrame, metric: str, arm: str) -> pd.DataFrame:
    """A measure of an arm: rows draws, columns seeds."""
    return table[metric].loc[arm].unstack("seed").sort_index()


def figures(table: pd.DataFrame) -> list[Figure]:
    """Every measure of every arm.

    Args:
        table: from `sim.arms.arm_measures.measured_arms`.
    """
    return [
        Figure(arm, metric, UNITS[metric], MEANINGS[metric], doubt_of(cells(table, metric, arm), BOUNDS[metric]))
        for arm in table.index.unique("arm")
        for metric in table.columns
    ]


def leads(table: pd.DataFrame, day: date) -> list[Lead]:
    """The ladder's lead over each other arm; none where it did not lend.

    Args:
        table: from `sim.arms.arm_measures.measured_arms`.
        day: the market's first observed day, on which assumptions are read.
    """
    arms = list(table.index.unique("arm"))
    return [_lead(table, other, day) for other in arms if other != LADDER] if LADDER in arms else []


def doubt_of(values: pd.DataFrame, bounds: tuple[float, float] = (-math.inf, math.inf)) -> Doubt:
    """Both doubts of a measure that was taken draw by draw (rows, 0 the stated) and seed by seed.

    Args:
        values: not finite where a run leaves it undefined.
        bounds: between which the measure lies by its nature; intervals are cut there.
    """
    stated = values.loc[0].to_numpy(dtype=float)
    drawn = values.drop(index=0)
    spread = two_way((drawn.dropna(axis=1, how="all") if len(drawn) else values).to_numpy())
    return Doubt(
        stated=_cut(mean_interval(stated[np.isfinite(stated)]), bounds),
        drawn=_cut(spread.over_assumptions, bounds) if len(drawn) else UNKNOWN,
        sd_seeds=spread.sd_seeds,
        sd_assumptions=spread.sd_assumptions if len(drawn) else math.nan,
        sd_remainder=spread.sd_remainder if len(drawn) else math.nan,
    )


def advise(found: Sequence[Lead], added: Difference | None) -> tuple[Advice, Ground, str]:
    """The advice, what it rests on, and the arm that decides it.

    Whoever asks firms for their data must show that they pay. So the advice is against the ladder where live
    data tell nothing of who comes to grief (a lead would then come from something else), where an arm earns more beyond
    chance, and where the same ladder without them earns more on average. It is for the ladder only where it leads every
    arm beyond chance and, where they were drawn, under all but one in forty sets of the assumptions.

    Args:
        found: the ladder's leads.
        added: what live data add to the AUC in this world; None where nobody or everybody came to grief.
    """
    if not found:
        return "not settled", "nobody", ""
    hardest = hardest_of(found)
    if added is not None and added.high <= 0:
        return "against the ladder", "no_information", BLIND
    if hardest.doubt.stated.high < 0:
        return "against the ladder", "beaten", hardest.over
    if any(lead.over == BLIND and lead.doubt.stated.mean <= 0 for lead in found):
        return "against the ladder", "blind_earns_more", BLIND
    unsure = [lead for lead in found if not lead.doubt.stated.low > 0]
    if unsure:
        return "not settled", "chance", hardest.over
    fragile = [lead for lead in found if lead.doubt.drawn.low <= 0]
    if fragile:
        return "not settled", "assumptions", min(fragile, key=lambda lead: lead.doubt.drawn.low).over
    return "for the ladder", "leads", hardest.over


def hardest_of(found: Sequence[Lead]) -> Lead:
    """The lead that is the least sure to be one: its mean by the reach of its interval."""

    def sureness(lead: Lead) -> float:
        stated = lead.doubt.stated
        reach = stated.high - stated.mean
        if not math.isfinite(stated.mean) or not math.isfinite(reach):
            return math.inf
        return stated.mean / reach if reach else math.copysign(math.inf, stated.mean) if stated.mean else 0.0

    return min(found, key=sureness)


@dataclass(frozen=True)
class Move:
    """A suspect, and the end of its range that works against a lead's sign.

    Attributes:
        flip: the suspect.
        unit: of its values.
        at: that end.
    """

    flip: Flip
    unit: str
    at: float


def moves(lead: Lead, suspects: int, day: date) -> list[Move]:
    """Where the likeliest suspects are to be moved, each alone.

    Args:
        lead: on which the advice hangs.
        suspects: how many.
        day: on which assumptions are read.
    """
    told = []
    for flip in lead.suspects[:suspects]:
        parameter = parameters("market")[flip.assumption]
        known = parameter.on(day)
        assert known.low is not None
        assert known.high is not None
        more_helps = flip.direction == "less"
        at = known.low if more_helps == (lead.doubt.stated.mean > 0) else known.high
        told.append(Move(flip, parameter.unit, at))
    return told


def turned(lead: Lead, move: Move, moved: np.ndarray) -> Turn:
    """What became of a lead, by seed, with a suspect moved alone."""
    return Turn(move.flip, move.unit, move.at, mean_interval(moved), lead.doubt.stated.mean)


def _lead(table: pd.DataFrame, other: str, day: date) -> Lead:
    values = cells(table, PROFIT, LADDER) - cells(table, PROFIT, other)
    drawn = values.drop(index=0).dropna(axis=1, how="all")
    stated = values.loc[0].dropna().to_numpy()
    return Lead(
        over=other,
        doubt=doubt_of(values),
        probability=_share_positive(stated),
        pairs=len(stated),
        probability_drawn=_share_positive(drawn.to_numpy().ravel()),
        pairs_drawn=drawn.size,
        suspects=_suspects(values, day) if len(drawn) else [],
    )


def _suspects(values: pd.DataFrame, day: date) -> list[Flip]:
    draws = [int(draw) for draw in values.index if draw > 0]
    taken = pd.DataFrame([assumed(day, draw) for draw in draws])
    known = parameters("market")
    stated = {name: known.value(name, day) for name in taken.columns}
    return flips(values.loc[draws].mean(axis=1).to_numpy(), taken, stated)


def _share_positive(values: np.ndarray) -> float:
    return float(((values > 0) + 0.5 * (values == 0)).mean()) if values.size else math.nan


def _cut(interval: Interval, bounds: tuple[float, float]) -> Interval:
    low, high = (min(max(end, bounds[0]), bounds[1]) for end in (interval.low, interval.high))
    return Interval(interval.mean, low, high)
