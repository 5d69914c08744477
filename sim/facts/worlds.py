"""A scenario under assumed values and scaled limits: one point at which a market can be lived."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from credit.errors import BadInput, Problem
from credit.files import canonical_json, sha256_of_text
from credit.ladder_rules import LadderPolicy
from credit.limits import PurchasePolicy, load_purchase_policy
from sim import market
from sim.arms.arm import arm_named, underwriter_of
from sim.arms.worlds import World as Sight
from sim.books.recorders import Outcome
from sim.facts.lived import Lived
from sim.facts.measures import measured_facts
from sim.scenarios.scenario import Scenario
from sim.settings import Settings

PLAIN = "sim.facts.worlds:simulate"
WITH_FACTS = "sim.facts.worlds:simulate_with_facts"
INFORMATIVE = "informative"
PURCHASES = "purchases"
"""The policy of a platform that finances resin purchases alone."""

LIMITS = {"limit_share": 6, "maximum_limit": 2, "total_cap": 2}
"""What bounds a limit in the files of policies, and to how many decimals it may be given."""

FACTS = "facts"
"""The key of a run's summary under which its facts stand."""


@dataclass(frozen=True)
class World:
    """What is lived: a scenario, and what is assumed or decided otherwise than in the files.

    Attributes:
        scenario: the story.
        assumed: values of market parameters by name, in their own unit, sorted by name.
        limits_share: what the policy's limits are multiplied by, from 0 to 1.
        arm: an arm of `sim.arms.arm`; resin purchases alone when absent.
    """

    scenario: Scenario
    assumed: tuple[tuple[str, float], ...] = ()
    limits_share: float = 1.0
    arm: str | None = None

    def __post_init__(self) -> None:
        if not 0.0 < self.limits_share <= 1.0:
            raise BadInput(Problem("must lie above 0 and at most at 1", field="limits_share", value=self.limits_share))
        if self.arm is not None:
            arm_named(self.arm)

    @property
    def name(self) -> str:
        """The scenario's name and, where anything differs from the files, a short hash of what does."""
        if not self.assumed and self.limits_share == 1.0 and self.arm is None:
            return self.scenario.name
        return f"{self.scenario.name}~{self.hash[:8]}"

    @property
    def hash(self) -> str:
        """SHA-256 of everything that can change a run."""
        told = {"scenario": self.scenario.hash, "assumed": dict(self.assumed), "limits_share": self.limits_share}
        told |= {"arm": self.arm}
        return sha256_of_text(canonical_json(told))


def arm_of(policy: str) -> str | None:
    """The arm of that name; None for `purchases`.

    Raises:
        BadInput: there is no such arm.
    """
    if policy == PURCHASES:
        return None
    arm_named(policy)
    return policy


def world(
    scenario: Scenario, assumed: Mapping[str, float] | None = None, limits_share: float = 1.0, arm: str | None = None
) -> World:
    """A world; assumed values in any order."""
    return World(scenario, tuple(sorted((assumed or {}).items())), limits_share, arm)


def simulate(firms: int, days: int, seed: int, scenario: World, on_day: Callable[[], None] | None = None) -> Outcome:
    """Live the market of a world, by the interface that `sim.runs.run` expects."""
    story = scenario.scenario
    settings = Settings.on(story.starts_on, dict(scenario.assumed))
    if scenario.arm is None:
        purchases = tightened(load_purchase_policy(market.POLICY), scenario.limits_share)
        return market.simulate(firms, days, seed, story, on_day, settings, purchases)
    policy = tightened(arm_named(scenario.arm), scenario.limits_share)
    underwriter = underwriter_of(policy, Sight.named(INFORMATIVE))
    lived = market.Market(firms, days, seed, story, policy=policy, underwriter=underwriter, settings=settings)
    return market.live(lived, on_day)


def simulate_with_facts(
    firms: int, days: int, seed: int, scenario: World, on_day: Callable[[], None] | None = None
) -> Outcome:
    """The same, with every measurable fact in the summary, so that the hash of the summary covers them."""
    outcome = simulate(firms, days, seed, scenario, on_day)
    summary: dict[str, Any] = outcome.summary  # facts are a mapping beside plain numbers
    summary[FACTS] = measured_facts(Lived(outcome.daily, outcome.tables))
    return outcome


def tightened[P: (PurchasePolicy, LadderPolicy)](policy: P, share: float) -> P:
    """A policy whose limits, by what bounds them and for one obligor, are a share of what they were."""
    if share == 1.0:
        return policy
    return type(policy).model_validate(_scaled(policy.model_dump(), share))


def _scaled(content: Any, share: float) -> Any:
    """Every limit share and cap in a policy's content, at any depth; the ranges stated for them fall away."""
    if isinstance(content, list):
        return [_scaled(part, share) for part in content]
    if not isinstance(content, dict):
        return content
    told = {name: _scaled(part, share) for name, part in content.items()}
    for name, digits in LIMITS.items():
        if name in told:
            told[name] = told[name] | {"value": round(told[name]["value"] * share, digits), "low": None, "high": None}
    return told
