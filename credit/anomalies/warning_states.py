"""Early-warning states: green, yellow, orange, red. One pure step; up at once, down one level after a clean period.

Yellow is one warning, orange two or a grade two notches lower, red a hard event (DOMAIN section 4). Without hysteresis
a signal at its threshold would raise and drop an alert every month; with it one episode is one alert, and a visit can
be planned. A state speaks to `credit.limit_review` through `as_observed`.
"""

from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum

from credit.anomalies.findings import Thresholds
from credit.early_warnings import Raised
from credit.errors import BadInput, Problem
from credit.limit_rules import LimitRules


class Level(IntEnum):
    """How grave a firm's state is."""

    GREEN = 0
    YELLOW = 1
    ORANGE = 2
    RED = 3


@dataclass(frozen=True, slots=True)
class WarningPolicy:
    """When a state rises and falls, in whole numbers.

    Attributes:
        warnings_for_orange: warnings from which a firm is orange.
        notches_for_orange: notches of grade lost from which it is orange.
        clean_days: days below a level after which yellow or orange steps down.
        clean_days_red: days without a hard event after which red steps down.
    """

    warnings_for_orange: int
    notches_for_orange: int
    clean_days: int
    clean_days_red: int

    def __post_init__(self) -> None:
        least = {"warnings_for_orange": 2, "notches_for_orange": 1, "clean_days": 1, "clean_days_red": self.clean_days}
        wrong = [
            Problem(f"must be >= {low}", field=name, value=getattr(self, name))
            for name, low in least.items()
            if getattr(self, name) < low
        ]
        if wrong:
            raise BadInput(wrong)

    @classmethod
    def on(cls, day: date, rules: LimitRules) -> "WarningPolicy":
        """The policy in force on a day: `data/parameters/anomalies.yaml` and the rules of limits."""
        known = Thresholds(day)
        return cls(
            warnings_for_orange=rules.warnings_for_cut.value,
            notches_for_orange=int(known["orange_notches"]),
            clean_days=int(known["clean_days"]),
            clean_days_red=int(known["clean_days_red"]),
        )


@dataclass(frozen=True, slots=True)
class Sighting:
    """What is seen of a firm on a day.

    Attributes:
        day: day number.
        warnings: early warnings raised.
        is_red: one of them is a hard event, or the fraud gate refuses the firm.
        notches_lost: by which its internal grade fell since the last review; negative when it rose.
    """

    day: int
    warnings: int = 0
    is_red: bool = False
    notches_lost: int = 0

    def __post_init__(self) -> None:
        if self.warnings < 0:
            raise BadInput(Problem("must be >= 0", field="warnings", value=self.warnings))

    @classmethod
    def of(cls, day: int, raised: Raised, notches_lost: int = 0) -> "Sighting":
        """From the warnings that `credit.early_warnings.warnings_of` raises."""
        return cls(day, len(raised.signals), raised.is_red, notches_lost)


@dataclass(frozen=True, slots=True)
class WarningState:
    """A firm's state between two days.

    Attributes:
        level: the level now.
        since: day on which it took this level.
        held_on: last day on which a sighting was as grave as the level; from it the clean period counts.
        seen_on: day of the last sighting.
    """

    level: Level
    since: int
    held_on: int
    seen_on: int

    @classmethod
    def start(cls, day: int) -> "WarningState":
        """A firm of which nothing bad is known."""
        return cls(Level.GREEN, day, day, day)

    def as_observed(self, policy: WarningPolicy) -> tuple[int, bool]:
        """`warnings` and `has_red_flag` of `credit.limit_state.Observation` that this state stands for."""
        warnings = {
            Level.GREEN: 0,
            Level.YELLOW: 1,
            Level.ORANGE: policy.warnings_for_orange,
            Level.RED: policy.warnings_for_orange,
        }
        return warnings[self.level], self.level is Level.RED


def level_of(seen: Sighting, policy: WarningPolicy) -> Level:
    """The level that a sighting alone stands for."""
    if seen.is_red:
        return Level.RED
    if seen.warnings >= policy.warnings_for_orange or seen.notches_lost >= policy.notches_for_orange:
        return Level.ORANGE
    return Level.YELLOW if seen.warnings else Level.GREEN


def step(state: WarningState, seen: Sighting, policy: WarningPolicy) -> WarningState:
    """The state after a sighting: up at once, down by one level after a clean period.

    A level counts as held while sightings are as grave as it. Stepping down starts a new clean period, so a firm that
    was red is watched for months.

    Raises:
        BadInput: the day lies before the last one.
    """
    if seen.day < state.seen_on:
        raise BadInput(Problem(f"must not lie before the last day seen, {state.seen_on}", field="day", value=seen.day))
    now = level_of(seen, policy)
    if now > state.level:
        return WarningState(now, seen.day, seen.day, seen.day)
    if now == state.level:
        return replace(state, held_on=seen.day, seen_on=seen.day)
    clean = policy.clean_days_red if state.level is Level.RED else policy.clean_days
    if seen.day - state.held_on < clean:
        return replace(state, seen_on=seen.day)
    return WarningState(Level(state.level - 1), seen.day, seen.day, seen.day)
