"""Small markets for tests: a short burn-in, the expert's rule, everything else as it is."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from credit.ladder_rules import LadderPolicy
from sim.desk.underwriting import ExpertRule
from sim.market import Market
from sim.scenarios.scenario import Scenario, load_scenario
from sim.settings import Settings

BURN_IN_DAYS = 60


@cache
def _settings() -> Settings:
    return replace(Settings.on(load_scenario("baseline").starts_on), burn_in_days=BURN_IN_DAYS)


@pytest.fixture(scope="session")
def make_market() -> Callable[..., Market]:
    """A market of a few firms that has not lived yet; keywords override settings."""

    def make(
        firms: int = 60,
        days: int = 120,
        seed: int = 5,
        scenario: str | Scenario = "baseline",
        policy: LadderPolicy | None = None,
        **settings: int,
    ):
        story = load_scenario(scenario) if isinstance(scenario, str) else scenario
        chosen = replace(_settings(), **settings)
        return Market(firms, days, seed, story, policy=policy, underwriter=ExpertRule(), settings=chosen)

    return make


@pytest.fixture(scope="session")
def lived(make_market) -> Callable[..., Market]:
    """A market that has lived to its end, the same object for the same arguments."""

    @cache
    def live(**arguments) -> Market:
        market = make_market(**arguments)
        for _ in range(market.settings.burn_in_days + market.days):
            market.step()
        return market

    return live
