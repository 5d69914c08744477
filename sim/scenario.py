"""Scenarios: what is done to the market, from which day, how strongly and why one may believe it.

A scenario is a YAML file in `data/scenarios`. It names channels (`resin_price`, `demand`, `payment_delay`, `funding`);
what it does not name stays as it is. Days count from the end of the burn-in: `starts_after_days: 0` is the first
observed day.
"""

from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from credit.errors import BadInput, Problem
from credit.files import DATA, canonical_json, read_yaml, sha256_of_text
from credit.validation_words import problems_of

Days = Annotated[int, Field(ge=0, le=3650)]
Source = Annotated[str, Field(min_length=3)]


class Channel(BaseModel):
    """One thing that a scenario moves.

    Attributes:
        starts_after_days: first day of the shock, counted from the first observed day.
        source: who says that it can happen like this.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    starts_after_days: Days
    source: Source


class PriceChannel(Channel):
    """The resin price moves to `1 + change_share` of its path, evenly in logarithms, and returns if it is told to.

    Attributes:
        change_share: -0.5 halves the price.
        over_days: days of the move.
        lasts_days: days at the new level; to the end when absent.
        back_over_days: days of the way back.
    """

    change_share: Annotated[float, Field(gt=-0.95, le=3.0)]
    over_days: Annotated[int, Field(ge=1, le=3650)]
    lasts_days: Days | None = None
    back_over_days: Annotated[int, Field(ge=1, le=3650)] = 90


class DemandChannel(Channel):
    """What buyers order changes by a share.

    Attributes:
        change_share: -0.25 takes a quarter away.
        over_days: days until the full change.
        lasts_days: days at the full change; to the end when absent.
    """

    change_share: Annotated[float, Field(ge=-1.0, le=3.0)]
    over_days: Annotated[int, Field(ge=1, le=3650)]
    lasts_days: Days | None = None


class DelayChannel(Channel):
    """Buyers pay every invoice later than they would have.

    Attributes:
        extra_days: days added.
        lasts_days: days on which payments are put off; to the end when absent.
    """

    extra_days: Annotated[int, Field(ge=1, le=365)]
    lasts_days: Days | None = None


class FundingChannel(Channel):
    """Lenders fund only a part of what they would have funded.

    Attributes:
        new_share: of drawdowns by obligors without a running facility, the share still funded.
        rollover_share: of drawdowns by obligors who have one, the share still funded.
        lasts_days: days of the freeze; to the end when absent.
    """

    new_share: Annotated[float, Field(ge=0.0, le=1.0)]
    rollover_share: Annotated[float, Field(ge=0.0, le=1.0)]
    lasts_days: Days | None = None


class Scenario(BaseModel):
    """A story that happens to the market.

    Attributes:
        name: short name, also the file's.
        title: what a reader of a report is told.
        description: the story and its anchor.
        starts_on: first observed day; the burn-in lies before it.
        severity: multiplies the size of every shock (0.5, 1 and 1.5 in DOMAIN 6.7).
        resin_price: the price channel.
        demand: the demand channel.
        payment_delay: the delay channel.
        funding: the funding channel.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Annotated[str, Field(min_length=3)]
    description: Annotated[str, Field(min_length=10)]
    starts_on: date = date(2026, 1, 1)
    severity: Annotated[float, Field(ge=0.0, le=2.0)] = 1.0
    resin_price: PriceChannel | None = None
    demand: DemandChannel | None = None
    payment_delay: DelayChannel | None = None
    funding: FundingChannel | None = None

    @property
    def hash(self) -> str:
        """SHA-256 of everything that can change a run (titles and sources cannot)."""
        told = self.model_dump(mode="json", exclude={"title": True, "description": True})
        for channel in self.channels:
            told[channel].pop("source")
        return sha256_of_text(canonical_json(told))

    @property
    def channels(self) -> tuple[Literal["resin_price", "demand", "payment_delay", "funding"], ...]:
        """The channels that this scenario moves."""
        names: tuple[Literal["resin_price", "demand", "payment_delay", "funding"], ...] = (
            "resin_price",
            "demand",
            "payment_delay",
            "funding",
        )
        return tuple(name for name in names if getattr(self, name) is not None)


def load_scenario(name_or_path: str | Path) -> Scenario:
    """Read a scenario by name (`data/scenarios/NAME.yaml`) or by path.

    Raises:
        BadInput: no such scenario, or a field that breaks its rule.
    """
    path = Path(name_or_path)
    if path.suffix not in (".yaml", ".yml"):
        path = DATA / "scenarios" / f"{name_or_path}.yaml"
        if not path.is_file():
            known = ", ".join(sorted(file.stem for file in path.parent.glob("*.yaml")))
            rule = f"must be a path to a YAML file or one of: {known}"
            raise BadInput(Problem(rule, field="scenario", value=str(name_or_path)))
    content = read_yaml(path)
    try:
        scenario = Scenario.model_validate(content)
    except ValidationError as error:
        raise BadInput(problems_of(error, path), headline=f"{path} is not a valid scenario") from error
    if scenario.name != path.stem:
        raise BadInput(Problem(f"must be the file's name, {path.stem!r}", str(path), "name", scenario.name))
    return scenario
