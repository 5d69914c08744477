"""Arms: who lends to the same market on the same seeds, each with the model that somebody with its eyes would have.

An arm's model was taught where the like of its policy was on offer (`credit.ladder_models.stored_model`): what clients
ask for and owe follows from what they are offered. A platform knows its world: it has learnt how often what it sees of
a client is that client's. Where a share s of clients is seen as it is and nobody can tell which, the default
probability of a client is s times what the full model says plus 1 - s times what a model without live data says; the
world, not the model, decides what live data are worth. Arms that look at no live data use the model without them in
every world.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.features import features_of
from credit.ladder_models import LIVE, model_with_live_data, stored_model, without_live_data
from credit.ladder_rules import SHORT_NAMES, LadderPolicy, load_ladder
from credit.parameters import parameters
from sim.arms.assumptions import settings_drawn
from sim.arms.lent_money import LentMoney
from sim.arms.worlds import PPM, World
from sim.books.recorders import Outcome
from sim.desk.underwriting import Underwriter, load_underwriter
from sim.market import Market, live
from sim.runs.firm_record import firm_record, joint_equity_fen
from sim.scenarios.scenario import Scenario

FEN, DAYS_A_YEAR = 100, 365
ARMS: Mapping[str, str] = SHORT_NAMES
"""The policy of `data/policies` that each arm lends by."""
BY_PAPERS = frozenset({"bank"})
"""Arms that do not learn (`sim.learning`): they lend by papers and property."""
LEARNING = "+learning"
"""What is added to the name of an arm that learns, so that both can be lived on the same seeds: `ladder+learning`."""
NAMES = (*ARMS, *(f"{arm}{LEARNING}" for arm in ARMS if arm not in BY_PAPERS))
"""All arms, those that learn among them."""
SIMULATE = "sim.arms.arm:simulate"
"""The function that lives an arm, for `sim.runs.run.Run.simulate`."""


class KnowingItsWorld(Underwriter):
    """Two models weighed by how often live data are the client's own.

    Attributes:
        share: weight of the model that sees live data.
        full: the model that sees live data.
        blind: the model that does not.
    """

    def __init__(self, share: float, full: Underwriter, blind: Underwriter) -> None:
        self.share, self.full, self.blind = share, full, blind
        self.version = f"{share:g} {full.version} + {1 - share:g} {blind.version}"

    def judge(self, features: pd.DataFrame) -> tuple[list[float], list[str]]:
        """The weighed probability; reasons of the model that weighs more."""
        pds, reasons = self.full.judge(features)
        others, other_reasons = self.blind.judge(features)
        weighed = [self.share * one + (1 - self.share) * other for one, other in zip(pds, others, strict=True)]
        return weighed, reasons if self.share >= 0.5 else other_reasons

    def pd_within(self, features: pd.DataFrame, months: int) -> np.ndarray:
        """The weighed probability."""
        full, blind = (one.pd_within(features, months) for one in (self.full, self.blind))
        return self.share * full + (1.0 - self.share) * blind


@cache
def arm_named(name: str) -> LadderPolicy:
    """The policy of an arm, or of any file that ends in `.yaml`; one that learns lends by the same.

    Raises:
        BadInput: no such arm, one that cannot learn is to, or a file that breaks its rules.
    """
    plain = name.removesuffix(LEARNING)
    if plain.endswith((".yaml", ".yml")):
        return load_ladder(Path(plain))
    if name not in NAMES:
        rule = f"must be one of: {', '.join(NAMES)}, or a policy file that ends in .yaml"
        raise BadInput(Problem(rule, field="policy", value=name))
    return load_ladder(ARMS[plain])


def underwriter_of(policy: LadderPolicy, world: World) -> Underwriter:
    """Who judges clients for a policy in a world."""
    own = stored_model(policy)
    if not LIVE & set(policy.evidence) or world.informative_ppm == PPM:
        return load_underwriter(own)
    full, blind = load_underwriter(own), load_underwriter(without_live_data(own))
    return KnowingItsWorld(world.informative_ppm / PPM, full, blind)


@dataclass
class Watched:
    """What stood when observation began and ran since, for what an arm is judged by.

    Attributes:
        equity_fen: of platform and lenders together on the first observed day.
        decided_fen: what deciding had cost by then.
        lent: charges on what was lent since.
        pd_full: what the stored model with live data says of each client, by observed year, on its first day.
        pd_blind: what the model without them says.
    """

    equity_fen: int
    decided_fen: int
    lent: LentMoney
    pd_full: list[tuple[float, ...]]
    pd_blind: list[tuple[float, ...]]

    def note(self, market: Market) -> None:
        """A day has ended."""
        self.lent.note(market, market.day - 1)
        self.judge(market)

    def judge(self, market: Market) -> None:
        """On a year's first day both models judge every client."""
        day = market.day - market.settings.burn_in_days
        if day % DAYS_A_YEAR or day >= market.days:
            return
        assert market.desk is not None, "an arm lends by a ladder"
        features, full = features_of(market.observed.today()), model_with_live_data(market.desk.policy)
        self.pd_full.append(tuple(load_underwriter(full).judge(features)[0]))
        self.pd_blind.append(tuple(load_underwriter(without_live_data(full)).judge(features)[0]))

    def columns(self, firms: int) -> dict[str, list[float]]:
        """What the models said, a column a model and year, a value a firm: NaN where it had not been founded."""
        told = {f"pd_full_{year}": list(pds) for year, pds in enumerate(self.pd_full)}
        told |= {f"pd_blind_{year}": list(pds) for year, pds in enumerate(self.pd_blind)}
        return {name: pds + [math.nan] * (firms - len(pds)) for name, pds in told.items()}


def simulate(
    firms: int,
    days: int,
    seed: int,
    scenario: Scenario,
    on_day: Callable[[], None] | None = None,
    policy: str = "ladder",
    world: str = "informative",
    assumptions: int | str = 0,
    *,
    learns: bool = False,
) -> Outcome:
    """Live one market with one arm, and tell what became of each firm.

    Args:
        firms: number of SMEs, at least 1.
        days: observed days, at least 1; the burn-in comes before them.
        seed: of every draw.
        scenario: what is done to the market.
        on_day: called after every lived day, burn-in included.
        policy: the arm, one of ARMS.
        world: how clearly the platform sees, by name or share.
        assumptions: number of the draw of the assumptions, or one of them moved: "name=value".
        learns: arms that can learn fit their model anew every quarter from what they see; each on its own eyes.

    Raises:
        BadInput: no such arm or world.
    """
    return live_arm(market_of(firms, days, seed, scenario, policy, world, assumptions, learns=learns), on_day)


def market_of(
    firms: int,
    days: int,
    seed: int,
    scenario: Scenario,
    policy: str,
    world: str = "informative",
    assumptions: int | str = 0,
    *,
    learns: bool = False,
) -> Market:
    """The market of an arm before its first day; arguments as in `simulate`."""
    arm, seen = arm_named(policy), World.named(world)
    learns = policy.endswith(LEARNING) or (learns and policy not in BY_PAPERS)
    return Market(
        firms, days, seed, scenario, policy=arm, underwriter=underwriter_of(arm, seen),
        settings=settings_drawn(scenario.starts_on, assumptions), world=seen, learns=learns,
    )  # fmt: skip


def live_arm(market: Market, on_day: Callable[[], None] | None = None) -> Outcome:
    """Live the market of an arm to its end, and tell what became of each firm.

    Args:
        market: with a desk; new, or taken up again on any day.
        on_day: called after every lived day.
    """
    desk = market.desk
    assert desk is not None, "an arm lends by a ladder"

    def is_opened() -> bool:
        if market.opening is None and market.day == market.settings.burn_in_days:
            market.opening = Watched(joint_equity_fen(market), desk.costs.paid_fen, LentMoney(), [], [])
            market.opening.judge(market)
            return True
        return False

    def each_day() -> None:
        if not is_opened() and market.opening is not None:
            market.opening.note(market)
        if on_day is not None:
            on_day()

    is_opened()
    outcome = live(market, each_day)
    watched: Watched = market.opening
    equity_gained_fen = joint_equity_fen(market) - watched.equity_fen
    live_data_fen = _live_data_cost_fen(desk.policy, outcome.daily, market.story.starts_on)
    figures: dict[str, int | float | bool | str] = {
        "equity_gained_fen": equity_gained_fen,
        "own_money_cost_fen": watched.lent.cost_fen,
        "live_data_cost_fen": live_data_fen,
        "joint_profit_fen": equity_gained_fen - watched.lent.cost_fen - live_data_fen,
        "capital_fen_years": watched.lent.capital_fen_years,
        "tax_share": parameters("pricing").value("tax_share", market.story.starts_on),
        "decision_cost_fen": desk.costs.paid_fen - watched.decided_fen,
        "decision_days": desk.policy.decision_days.value,
    }
    record = firm_record(market)
    firms_told = record.assign(**watched.columns(len(record)))
    return replace(outcome, summary=outcome.summary | figures, firms=firms_told)


def _live_data_cost_fen(arm: LadderPolicy, daily: pd.DataFrame, day: date) -> int:
    """What an arm pays to know its clients' trade and behaviour: nothing where it looks at neither."""
    if not LIVE & set(arm.evidence):
        return 0
    yearly = parameters("arms").value("live_data_cost_yuan", day)
    return round(yearly * FEN * int(daily["active_firms"].sum()) / DAYS_A_YEAR)
