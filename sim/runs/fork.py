"""The market of a checkpoint under another fate: a shock that arrives later, another policy, other assumptions.

Everything lived so far is shared, so that one aged market serves many questions; a fork that changes nothing is the
market itself.
"""

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path

from credit.errors import BadInput, Problem
from credit.ladder_rules import LadderPolicy
from credit.limits import PurchasePolicy
from sim.runs.checkpoint import resume
from sim.market import Market
from sim.economy.resin import ResinPrices
from sim.scenarios.scenario import CHANNELS, Scenario
from sim.scenarios.shocks import Shocks


def fork(
    folder: Path,
    scenario: Scenario | None = None,
    policy: LadderPolicy | PurchasePolicy | None = None,
    settings: Mapping[str, int] | None = None,
) -> Market:
    """The market of a checkpoint under another fate from its day on.

    Args:
        folder: of the checkpoint.
        scenario: a story whose clock starts on that day (on the first observed day where that is still to come); it
            comes on top of what the market lives under already. Its own calendar date is of no consequence.
        policy: in place of the one that the platform lends by, from the next monthly review on.
        settings: assumptions by the name of their field; they rule from now on, and rebuild nothing that stands.

    Raises:
        BadInput: as `sim.runs.checkpoint.resume`; a policy of another kind; an assumption that there is none of.
    """
    market = resume(folder)
    if scenario is not None and scenario.channels:
        live_under(market, later(scenario, market))
    if policy is not None:
        lend_by(market, policy)
    if settings:
        unknown = sorted(settings.keys() - asdict(market.settings).keys())
        if unknown:
            raise BadInput(
                [Problem("must be an assumption of the market (sim.settings)", field=name) for name in unknown]
            )
        market.settings = replace(market.settings, **settings)
    return market


def later(scenario: Scenario, market: Market) -> Scenario:
    """A market's own story with another one on top, whose clock starts today."""
    shift = max(market.day - market.settings.burn_in_days, 0)
    own = market.story
    moves = {
        channel: (
            *own.moves(channel),
            *(
                move.model_copy(update={"starts_after_days": move.starts_after_days + shift})
                for move in scenario.moves(channel)
            ),
        )
        for channel in CHANNELS
    }
    told = {
        "name": f"{own.name}+{scenario.name}",
        "title": f"{own.title} + {scenario.title} after {shift} days",
        "description": f"{own.description} {scenario.description}",
        "starts_on": own.starts_on,
    }
    return Scenario.model_validate(told | moves)


def live_under(market: Market, story: Scenario) -> None:
    """Another story from today on; until yesterday it must tell what was lived."""
    market.story = story
    market.shocks = Shocks.of(story, market.settings.burn_in_days, market.days)
    market.prices_ahead = ResinPrices.drawn(market.streams, story.starts_on, market.shocks)
    market.observed.prices = market.prices_ahead.paths


def lend_by(market: Market, policy: LadderPolicy | PurchasePolicy) -> None:
    """Another policy of the same kind, from the next review on.

    Raises:
        BadInput: a ladder where there is no desk for its products, or purchases alone in the place of a ladder.
    """
    if isinstance(policy, LadderPolicy) and market.desk is not None:
        market.desk.adopt(policy)
    elif isinstance(policy, PurchasePolicy) and market.desk is None:
        market.platform.policy = policy
    else:
        raise BadInput(Problem("must be of the kind that the market was built with", field="policy", value=policy.name))
