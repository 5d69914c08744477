"""What can be done to a market: one kind of move a class, each with its beginning, its size and its source.

A move knows how to become stronger or weaker (`graded`), so that a severity is applied once and in one place.
"""

from abc import ABC, abstractmethod
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

Days = Annotated[int, Field(ge=0, le=7300)]
Span = Annotated[int, Field(ge=1, le=7300)]
Share = Annotated[float, Field(ge=0.0, le=1.0)]
Source = Annotated[str, Field(min_length=3)]

type Sector = Literal["packaging", "appliances", "construction", "vehicles", "household"]
SECTORS: tuple[str, ...] = ("packaging", "appliances", "construction", "vehicles", "household")
"""What buyers of plastic products do with them."""

MOST_SHELLS = 6
"""Shell buyers that there are room for in a market."""

DEEPEST_FALL = -0.95
"""No grading lets a price fall further than this."""


class Move(BaseModel, ABC):
    """One thing that a scenario does.

    Attributes:
        starts_after_days: first day of the move, counted from the first observed day.
        source: who says that it can happen like this.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    starts_after_days: Days
    source: Source

    @abstractmethod
    def graded(self, severity: float) -> Self:
        """The same move at another strength; 1 leaves it as it is."""

    def _with(self, **sizes: float) -> Self:
        return self.model_copy(update=sizes)


class PriceMove(Move):
    """The resin price moves to `1 + change_share` of its path, evenly in logarithms, and returns if it is told to.

    Attributes:
        change_share: -0.5 halves the price.
        over_days: days of the move.
        lasts_days: days at the new level; to the end when absent.
        back_over_days: days of the way back.
    """

    change_share: Annotated[float, Field(gt=DEEPEST_FALL, le=3.0)]
    over_days: Span
    lasts_days: Days | None = None
    back_over_days: Span = 90

    def graded(self, severity: float) -> Self:
        """A deeper or shallower move, never below the deepest fall."""
        return self._with(change_share=max(self.change_share * severity, DEEPEST_FALL))


class VolatilityMove(Move):
    """Day-to-day price moves are larger or smaller than the path would have had.

    Attributes:
        factor: 2 doubles every daily change of the logarithm.
        lasts_days: days of it; to the end when absent.
    """

    factor: Annotated[float, Field(ge=0.0, le=10.0)]
    lasts_days: Days | None = None

    def graded(self, severity: float) -> Self:
        """A factor further from or nearer to 1."""
        return self._with(factor=max(1.0 + (self.factor - 1.0) * severity, 0.0))


class DemandMove(Move):
    """What buyers order changes by a share.

    Attributes:
        change_share: -0.25 takes a quarter away.
        over_days: days until the full change.
        lasts_days: days at the full change; to the end when absent.
        back_over_days: days of the way back.
        sector: the buyers that are hit; all when absent.
    """

    change_share: Annotated[float, Field(ge=-1.0, le=3.0)]
    over_days: Span
    lasts_days: Days | None = None
    back_over_days: Span = 1
    sector: Sector | None = None

    def graded(self, severity: float) -> Self:
        """A larger or smaller change; demand cannot fall below nothing."""
        return self._with(change_share=max(self.change_share * severity, -1.0))


class DelayMove(Move):
    """Buyers pay every invoice later than they would have.

    Attributes:
        extra_days: days added.
        lasts_days: days on which payments are put off; to the end when absent.
    """

    extra_days: Annotated[int, Field(ge=0, le=365)]
    lasts_days: Days | None = None

    def graded(self, severity: float) -> Self:
        """More or fewer days, whole ones."""
        return self._with(extra_days=round(self.extra_days * severity))


class FundingMove(Move):
    """Lenders fund only a part of what they would have funded.

    Attributes:
        new_share: of drawdowns by obligors without a running facility, the share still funded.
        rollover_share: of drawdowns by obligors who have one, the share still funded.
        lasts_days: days of the freeze; to the end when absent.
    """

    new_share: Share
    rollover_share: Share
    lasts_days: Days | None = None

    def graded(self, severity: float) -> Self:
        """A deeper or milder cut, at most everything."""
        new, rollover = (max(1.0 - (1.0 - share) * severity, 0.0) for share in (self.new_share, self.rollover_share))
        return self._with(new_share=new, rollover_share=rollover)


class CapacityMove(Move):
    """Power is rationed: factories make at most a share of what their machines could.

    Attributes:
        remaining_share: of capacity; 2/7 is "two days on, five off".
        towns_share: share of the towns that are hit, drawn by town.
        lasts_days: days of it; to the end when absent.
    """

    remaining_share: Share
    towns_share: Share = 1.0
    lasts_days: Days | None = None

    def graded(self, severity: float) -> Self:
        """A deeper or milder cut in the same towns."""
        return self._with(remaining_share=max(1.0 - (1.0 - self.remaining_share) * severity, 0.0))


class RateMove(Move):
    """Money becomes dearer for lenders and outside the platform alike.

    Attributes:
        change_annual: added to yearly rates, a share; 0.02 is 200 basis points.
        over_days: days until the full change.
        lasts_days: days at the full change; to the end when absent.
        back_over_days: days of the way back.
    """

    change_annual: Annotated[float, Field(ge=-0.05, le=0.5)]
    over_days: Span
    lasts_days: Days | None = None
    back_over_days: Span = 90

    def graded(self, severity: float) -> Self:
        """A larger or smaller change."""
        return self._with(change_annual=self.change_annual * severity)


class FraudMove(Move):
    """Firms that trade on paper with shell buyers, build up a clean history and run away with all they can borrow.

    Attributes:
        members: firms of the ring; a quarter of those in the market at most.
        shells: buyers that exist on paper only.
        buildup_days: days from the first forged paper to the bust-out.
    """

    members: Annotated[int, Field(ge=1, le=1000)]
    shells: Annotated[int, Field(ge=1, le=MOST_SHELLS)]
    buildup_days: Span = 90

    def graded(self, severity: float) -> Self:
        """More or fewer members; none at nothing."""
        return self._with(members=round(self.members * severity))


class OutageMove(Move):
    """The largest suppliers deliver nothing; the others ask more.

    Attributes:
        suppliers: how many, the largest first.
        premium_share: what the others add to their price.
        lasts_days: days of it; to the end when absent.
    """

    suppliers: Annotated[int, Field(ge=1, le=1000)]
    premium_share: Annotated[float, Field(ge=0.0, le=3.0)]
    lasts_days: Days | None = None

    def graded(self, severity: float) -> Self:
        """A longer outage at a higher premium; which suppliers fail stays."""
        lasts = None if self.lasts_days is None else round(self.lasts_days * severity)
        suppliers = self.suppliers if severity > 0 else 1
        return self.model_copy(
            update={"premium_share": self.premium_share * severity, "lasts_days": lasts, "suppliers": suppliers}
        )
