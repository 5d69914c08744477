"""At which informativeness live data begin to pay: bisection over worlds, on the same seeds throughout."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

Verdict = Literal["always", "never", "from"]


@dataclass(frozen=True)
class BreakEven:
    """Where a difference between arms changes sign between noise and full sight.

    Attributes:
        verdict: "always": pays even in noise; "never": not even where all is seen as it is; "from" a share on.
        low, high: shares of clients seen as they are between which it happens; both 0 or both 1 without a change.
        tried: differences by share, in the order tried.
    """

    verdict: Verdict
    low: float
    high: float
    tried: dict[float, float]

    @property
    def share(self) -> float:
        """The middle of what is left between the two."""
        return (self.low + self.high) / 2


def break_even(difference_at: Callable[[float], float], halvings: int) -> BreakEven:
    """Halve the interval of shares in which the difference turns from not positive to positive.

    Noise and full sight are tried first. With seeds held fixed the difference is a function of the share; where it
    wavers, one of its changes of sign is found.

    Args:
        difference_at: the difference in a world, by its share of clients seen as they are.
        halvings: how often to halve; the answer is known to within 2**-halvings.
    """
    tried = {share: difference_at(share) for share in (0.0, 1.0)}
    if tried[0.0] > 0:
        return BreakEven("always", 0.0, 0.0, tried)
    if not tried[1.0] > 0:
        return BreakEven("never", 1.0, 1.0, tried)
    low, high = 0.0, 1.0
    for _ in range(halvings):
        middle = (low + high) / 2
        tried[middle] = difference_at(middle)
        low, high = (low, middle) if tried[middle] > 0 else (middle, high)
    return BreakEven("from", low, high, tried)
