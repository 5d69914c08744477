"""What a market can be at all: how many firms, which days, which seeds. Asked before anything is built."""

from datetime import date, timedelta

from credit.errors import BadInput, Problem
from sim.scenarios.scenario import Scenario

LAST_DATE = date(2261, 12, 31)
"""Tables keep days as nanoseconds since 1970 in 64 bits, which end in April 2262."""
LARGEST_SEED = (1 << 63) - 1
"""A seed is part of the state, whose whole numbers have 64 bits."""


def refuse_impossible(firms: int, days: int, seed: int, story: Scenario) -> None:
    """Refuse a market that cannot be.

    Raises:
        BadInput: nobody lives there, no day is observed, it ends after the calendar of the tables, or the seed
            is no whole number of 63 bits.
    """
    problems = []
    if firms < 1:
        problems.append(Problem("must be >= 1: a market has firms", field="firms", value=firms))
    if days < 1:
        problems.append(Problem("must be >= 1: something must be observed", field="days", value=days))
    if not 0 <= seed <= LARGEST_SEED:
        problems.append(Problem(f"must lie between 0 and {LARGEST_SEED}", field="seed", value=seed))
    room = (LAST_DATE - story.starts_on) // timedelta(days=1)
    if days > room:
        rule = f"must be <= {max(room, 0)}: a market that starts on {story.starts_on} must end by {LAST_DATE}"
        problems.append(Problem(rule, field="days", value=days, remedy="live fewer days, or start earlier"))
    if problems:
        raise BadInput(problems)
