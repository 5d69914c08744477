"""Scenarios: what is done to the market, from which day, how strongly and why one may believe it.

A scenario is a YAML file in `data/scenarios`. It names channels (`resin_price`, `demand`, ...); a channel holds one
move or a list of them; what it does not name stays as it is. Days count from the end of the burn-in:
`starts_after_days: 0` is the first observed day. Scenarios can be graded (`payment_delay@1.5`), delayed by days
(`payment_delay~1095`) and composed (`payment_delay+funding_freeze`), on the command line and, with `combines`, in a
file.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from credit.errors import BadInput, Problem
from credit.files import DATA, canonical_json, read_yaml, sha256_of_text
from credit.validation_words import problems_of
from sim.scenarios.channels import (
    CapacityMove,
    DelayMove,
    DemandMove,
    FraudMove,
    FundingMove,
    Move,
    OutageMove,
    PriceMove,
    RateMove,
    VolatilityMove,
)

CHANNELS = (
    "resin_price", "resin_volatility", "demand", "payment_delay", "funding", "capacity", "interest_rate",
    "supplier_outage", "fraud_ring",
)  # fmt: skip
"""Everything that a scenario can move, in the order in which a day meets it."""
MOST_SEVERE = 5.0
CHANGE = re.compile(r"(?=[@~])")
"""Where a name is graded or delayed."""
NAME = r"^[a-z][a-z0-9_]*([@~][0-9.]+)*(\+[a-z][a-z0-9_]*([@~][0-9.]+)*)*$"
"""A file's name; `@` grades, `~` delays and `+` composes: the name of what was run says how to load it again."""


def _several(moves: Any) -> Any:
    """One move, or several in a list."""
    return tuple(moves) if isinstance(moves, list) else (moves,) if isinstance(moves, Mapping) else moves


type Moves[M: Move] = Annotated[tuple[M, ...], BeforeValidator(_several)]


class Scenario(BaseModel):
    """A story that happens to the market.

    Attributes:
        name: short name, also the file's.
        title: what a reader of a report is told.
        description: the story and its anchor.
        starts_on: first observed day; the burn-in lies before it.
        severity: multiplies the size of every move (0.5, 1 and 1.5 in DOMAIN 6.7).
        resin_price: moves of the price level.
        resin_volatility: moves of the price's restlessness.
        demand: moves of what buyers order.
        payment_delay: delays of what buyers pay.
        funding: cuts of what lenders fund.
        capacity: rationed power.
        interest_rate: dearer money.
        supplier_outage: suppliers that stop.
        fraud_ring: firms that deceive together.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    name: Annotated[str, Field(pattern=NAME)]
    title: Annotated[str, Field(min_length=3)]
    description: Annotated[str, Field(min_length=10)]
    starts_on: date = date(2026, 1, 1)
    severity: Annotated[float, Field(ge=0.0, le=MOST_SEVERE)] = 1.0
    resin_price: Moves[PriceMove] = ()
    resin_volatility: Moves[VolatilityMove] = ()
    demand: Moves[DemandMove] = ()
    payment_delay: Moves[DelayMove] = ()
    funding: Moves[FundingMove] = ()
    capacity: Moves[CapacityMove] = ()
    interest_rate: Moves[RateMove] = ()
    supplier_outage: Moves[OutageMove] = ()
    fraud_ring: Moves[FraudMove] = ()

    @property
    def hash(self) -> str:
        """SHA-256 of everything that can change a run (titles and sources cannot)."""
        told = {"starts_on": self.starts_on.isoformat()} | {
            channel: [move.model_dump(mode="json", exclude={"source"}) for move in self.moves(channel)]
            for channel in self.channels
        }
        return sha256_of_text(canonical_json(told))

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels that this scenario moves."""
        return tuple(channel for channel in CHANNELS if getattr(self, channel))

    def moves(self, channel: str) -> tuple[Any, ...]:
        """The moves of a channel at the scenario's severity, in the order of the file."""
        return tuple(move.graded(self.severity) for move in getattr(self, channel))

    def first_day(self) -> int | None:
        """The first observed day on which anything moves; None in a world left alone."""
        return min((move.starts_after_days for channel in self.channels for move in self.moves(channel)), default=None)

    def graded(self, severity: float) -> "Scenario":
        """The same story at another strength, on top of its own.

        Raises:
            BadInput: the strength is not between 0 and MOST_SEVERE.
        """
        if severity == 1.0:
            return self
        strength = self.severity * severity
        if not 0.0 <= strength <= MOST_SEVERE:
            raise BadInput(Problem(f"must lie between 0 and {MOST_SEVERE:g}", field="severity", value=strength))
        return self.model_copy(
            update={
                "name": f"{self.name}@{severity:g}",
                "title": f"{self.title} (×{severity:g})",
                "severity": strength,
            }
        )

    def later(self, days: int) -> "Scenario":
        """The same story so many days later; the calendar day on which it is told to start stays.

        Raises:
            BadInput: the days are negative.
        """
        if days < 0:
            raise BadInput(Problem("must be >= 0", field="days", value=days))
        if days == 0 or not self.channels:
            return self
        moves = {
            channel: tuple(
                move.model_copy(update={"starts_after_days": move.starts_after_days + days})
                for move in getattr(self, channel)
            )
            for channel in self.channels
        }
        named = {
            "name": "+".join(f"{part}~{days}" for part in self.name.split("+")),
            "title": f"{self.title} (after {days} days)",
        }
        return self.model_copy(update=named | moves)


def combined(parts: Sequence[Scenario]) -> Scenario:
    """Several stories at once: every move of every part, each at its own strength.

    Raises:
        BadInput: the parts start on different days of the calendar.
    """
    first = parts[0]
    if len(parts) == 1:
        return first
    for part in parts[1:]:
        if part.starts_on != first.starts_on:
            rule = f"scenarios that are combined must start on one day; {first.name} starts on {first.starts_on}"
            raise BadInput(Problem(rule, field=f"{part.name}.starts_on", value=str(part.starts_on)))
    story = {
        "name": "+".join(part.name for part in parts),
        "title": " + ".join(part.title for part in parts),
        "description": " ".join(part.description for part in parts),
        "starts_on": first.starts_on,
    }
    moves = {channel: tuple(move for part in parts for move in part.moves(channel)) for channel in CHANNELS}
    return Scenario.model_validate(story | moves)


def load_scenario(name_or_path: str | Path) -> Scenario:
    """Read a scenario by name (`data/scenarios/NAME.yaml`) or by path: `A@1.5` grades, `A~365` delays, `A+B` composes.

    A path to a YAML file that is there is taken as it stands.

    Raises:
        BadInput: no such scenario, or a field that breaks its rule.
    """
    if isinstance(name_or_path, Path) or _is_file_itself(name_or_path):
        return _read(_file_of(name_or_path), ())
    if "+" in name_or_path:
        return combined([load_scenario(part.strip()) for part in name_or_path.split("+")])
    bare, changes = _taken_apart(name_or_path)
    return _changed(_read(_file_of(bare), ()), changes, name_or_path)


def _is_file_itself(path: str) -> bool:
    """Whether a path names a file as it stands, whatever signs its folders hold."""
    return path.endswith((".yaml", ".yml")) and Path(path).is_file()


def _taken_apart(name: str) -> tuple[str, list[str]]:
    """What stands before the first @ or ~, and each of these signs with what follows it."""
    bare, *changes = CHANGE.split(name)
    return bare, changes


def _changed(story: Scenario, changes: Sequence[str], whole: str) -> Scenario:
    """A story graded and delayed, in the order in which its name says so."""
    for change in changes:
        sign, told = change[0], change[1:]
        story = story.graded(_strength(told, whole)) if sign == "@" else story.later(_days(told, whole))
    return story


def _strength(told: str, whole: str) -> float:
    try:
        return float(told)
    except ValueError as error:
        rule = "must be a number behind @, as in payment_delay@1.5"
        raise BadInput(Problem(rule, field="scenario", value=whole)) from error


def _days(told: str, whole: str) -> int:
    if not told.isdecimal():
        rule = "must be a whole number of days behind ~, as in payment_delay~1095"
        raise BadInput(Problem(rule, field="scenario", value=whole))
    return int(told)


def _file_of(name_or_path: str | Path) -> Path:
    path = Path(name_or_path)
    if path.suffix in (".yaml", ".yml"):
        return path
    path = DATA / "scenarios" / f"{name_or_path}.yaml"
    if not path.is_file():
        known = ", ".join(sorted(file.stem for file in path.parent.glob("*.yaml")))
        rule = f"must be a path to a YAML file or one of: {known}"
        raise BadInput(Problem(rule, field="scenario", value=str(name_or_path)))
    return path


def _read(path: Path, on_the_way: tuple[str, ...]) -> Scenario:
    """A scenario's file, and the files that it combines."""
    content = read_yaml(path)
    if isinstance(content, dict) and "combines" in content:
        content = _with_parts(dict(content), path, (*on_the_way, path.stem))
    try:
        scenario = Scenario.model_validate(content)
    except ValidationError as error:
        raise BadInput(_told(error, path, content), headline=f"{path} is not a valid scenario") from error
    if scenario.name != path.stem:
        raise BadInput(Problem(f"must be the file's name, {path.stem!r}", str(path), "name", scenario.name))
    return scenario


def _with_parts(content: dict[str, Any], path: Path, on_the_way: tuple[str, ...]) -> dict[str, Any]:
    """`combines: [A, B@1.5, C~90]` replaced by the moves of those scenarios, before the file's own.

    Where the file says no day on which it starts, it is theirs.
    """
    named = content.pop("combines")
    if not isinstance(named, list) or not named or not all(isinstance(name, str) for name in named):
        rule = "must be a list of scenario names, such as [payment_delay, funding_freeze@0.5, rate_rise~90]"
        raise BadInput(Problem(rule, file=str(path), field="combines"))
    for name in named:
        bare, changes = _taken_apart(name)
        if bare in on_the_way:
            rule = "a scenario must not combine itself, directly or through others"
            raise BadInput(Problem(rule, file=str(path), field="combines", value=name))
        sibling = path.with_name(f"{bare}.yaml")
        try:
            part = _changed(_read(sibling if sibling.is_file() else _file_of(bare), on_the_way), changes, name)
        except BadInput as error:
            told = [one if one.file else replace(one, file=str(path), field="combines") for one in error.problems]
            raise BadInput(told, headline=error.headline) from error
        whole = content.setdefault("starts_on", part.starts_on)
        if isinstance(whole, date) and whole != part.starts_on:
            rule = f"what is combined must start on one day; {name} starts on {part.starts_on}"
            raise BadInput(Problem(rule, str(path), "starts_on", str(whole)))
        for channel in part.channels:
            own = _several(content.get(channel, ()))
            moves = (move.model_dump() for move in part.moves(channel))
            content[channel] = [*moves, *(own if isinstance(own, tuple) else (own,))]
    return content


def _told(error: ValidationError, path: Path, content: Any) -> list[Problem]:
    """The problems of a file; a channel with one move is told without the number of the move."""
    told = []
    for problem in problems_of(error, path):
        steps = (problem.field or "").split(".")
        if len(steps) > 1 and steps[1] == "0" and isinstance(content.get(steps[0]), Mapping):
            del steps[1]
        told.append(Problem(problem.rule, problem.file, ".".join(steps), problem.value, problem.row, problem.remedy))
    return told
