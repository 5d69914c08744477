"""A scenario under assumed values and scaled limits: one point at which a market can be lived."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from credit.errors import BadInput, Problem
from credit.files import canonical_json, sha256_of_text
from credit.limits import PurchasePolicy, load_purchase_policy
from sim import market
from sim.facts.lived import Lived
from sim.facts.measures import measured_facts
from sim.recorders import Outcome
from sim.scenario import Scenario
from sim.settings import Settings

PLAIN = "sim.facts.worlds:simulate"
WITH_FACTS = "sim.facts.worlds:simulate_with_facts"
FACTS = "facts"
"""The key of a run's summary under which its facts stand."""


@dataclass(frozen=True)
class World:
    """What is lived: a scenario, and what is assumed or decided otherwise than in the files.

    Attributes:
        scenario: the story.
        assumed: values of market parameters by name, in their own unit, sorted by name.
        limits_share: what the policy's limits are multiplied by, from 0 to 1.
    """

    scenario: Scenario
    assumed: tuple[tuple[str, float], ...] = ()
    limits_share: float = 1.0

    def __post_init__(self) -> None:
        if not 0.0 < self.limits_share <= 1.0:
            raise BadInput(Problem("must lie above 0 and at most at 1", field="limits_share", value=self.limits_share))

    @property
    def name(self) -> str:
        """The scenario's name and, where anything differs from the files, a short hash of what does."""
        if not self.assumed and self.limits_share == 1.0:
            return self.scenario.name
        return f"{self.scenario.name}~{self.hash[:8]}"

    @property
    def hash(self) -> str:
        """SHA-256 of everything that can change a run."""
        told = {"scenario": self.scenario.hash, "assumed": dict(self.assumed), "limits_share": self.limits_share}
        return sha256_of_text(canonical_json(told))


def world(scenario: Scenario, assumed: Mapping[str, float] | None = None, limits_share: float = 1.0) -> World:
    """A world; assumed values in any order."""
    return World(scenario, tuple(sorted((assumed or {}).items())), limits_share)


def simulate(firms: int, days: int, seed: int, scenario: World, on_day: Callable[[], None] | None = None) -> Outcome:
    """Live the market of a world, by the interface that `sim.runs` expects."""
    settings = Settings.on(scenario.scenario.starts_on, dict(scenario.assumed))
    policy = tightened(load_purchase_policy(market.POLICY), scenario.limits_share)
    return market.simulate(firms, days, seed, scenario.scenario, on_day, settings, policy)


def simulate_with_facts(
    firms: int, days: int, seed: int, scenario: World, on_day: Callable[[], None] | None = None
) -> Outcome:
    """The same, with every measurable fact in the summary, so that the hash of the summary covers them."""
    outcome = simulate(firms, days, seed, scenario, on_day)
    summary: dict[str, Any] = outcome.summary  # facts are a mapping beside plain numbers
    summary[FACTS] = measured_facts(Lived(outcome.daily, outcome.tables))
    return outcome


def tightened(policy: PurchasePolicy, share: float) -> PurchasePolicy:
    """A policy whose limits, by purchases and for one obligor, are a share of what they were."""
    if share == 1.0:
        return policy
    content = policy.model_dump()
    for band in content["bands"]:
        band["limit_share"] |= {"value": round(band["limit_share"]["value"] * share, 6), "low": None, "high": None}
    maximum = content["maximum_limit"]
    content["maximum_limit"] = maximum | {"value": round(maximum["value"] * share, 2), "low": None, "high": None}
    return PurchasePolicy.model_validate(content)
