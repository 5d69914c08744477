"""What is asked for and never lived: said aloud, so that nobody takes a calm market for a withstood shock."""

from collections.abc import Sequence

from lab.output import margin
from sim.scenarios.scenario import Scenario


def say_unlived(stories: Sequence[Scenario], days: int) -> None:
    """Name every move that begins after the last observed day, on standard error.

    Args:
        stories: what is to be lived.
        days: observed days, after the burn-in.
    """
    for story in stories:
        late = {name: [move.starts_after_days for move in story.moves(name)] for name in story.channels}
        told = [f"{name} (day {min(begins)})" for name, begins in late.items() if min(begins) >= days]
        if told:
            rule = f"{', '.join(told)}: after the last of {days} observed days; nothing of it is lived"
            margin().print(f"Note: {story.name} begins {rule}", markup=False, soft_wrap=True)
