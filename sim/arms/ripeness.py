"""When a ladder is old enough to be stressed.

A ladder leads to tailored loans after years. A shock that comes earlier stresses purchase finance and says nothing
about the rest, so stories are told late enough, and a run can say how much there was to lose.
"""

from datetime import date

import pandas as pd

from credit.errors import BadInput, Problem
from sim.desk.settings import DeskSettings
from sim.scenarios.scenario import Scenario

TAILORED = "tailored_loans"
"""The daily column that counts performing loans which only the top stage opens."""


def earliest_shock_day(day: date) -> int:
    """Observed days before which a ladder is not ripe, `earliest_shock_days` of data/parameters/desk.yaml.

    Args:
        day: the calendar day whose parameters count.
    """
    return DeskSettings.on(day).earliest_shock_days


def told_late_enough(story: Scenario) -> Scenario:
    """The same story, its first move not before the ladder is ripe; one that is late enough already as it is."""
    first = story.first_day()
    return story if first is None else story.later(max(earliest_shock_day(story.starts_on) - first, 0))


def tailored_at(daily: pd.DataFrame, story: Scenario) -> int:
    """Tailored loans that were alive on the eve of the story's first move; on the last day where nothing moves."""
    first = story.first_day()
    lived = daily if first is None else daily[daily["day"] < first]
    return int(lived[TAILORED].iloc[-1]) if len(lived) else 0


def assert_ripe(daily: pd.DataFrame, story: Scenario) -> int:
    """The number of tailored loans when the shock came, if there were enough for their fate to tell anything.

    Raises:
        BadInput: there were fewer than `least_tailored_loans`.
    """
    alive, least = tailored_at(daily, story), DeskSettings.on(story.starts_on).least_tailored_loans
    if alive < least:
        rule = f"must find at least {least} tailored loans alive, finds {alive}"
        remedy = f"delay it ({story.name.split('+')[0]}~DAYS), or live more firms"
        raise BadInput(Problem(rule, field="scenario", value=story.name, remedy=remedy))
    return alive
