"""Arms: who lends to the same market on the same seeds, each with the model that somebody with its eyes would have.

A platform knows its world: it has learnt how often what it sees of a client is that client's. Where a share s of
clients is seen as it is and nobody can tell which, the default probability of a client is s times what the full model
says plus 1 - s times what a model without live data says; the world, not the model, decides what live data are worth.
Arms that look at no live data use the model without them in every world.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pandas as pd

from credit.errors import BadInput, Problem
from credit.features import as_of
from credit.files import DATA
from credit.ladder_rules import LadderPolicy, load_ladder
from sim.assumptions import settings_drawn
from sim.firm_record import firm_record, joint_equity_fen
from sim.market import MODEL, Market, live
from sim.recorders import Outcome
from sim.scenario import Scenario
from sim.underwriting import Underwriter, load_underwriter
from sim.worlds import PPM, World

BLIND_MODEL: Path = DATA / "models" / "purchase_pd_blind.json"
ARMS: Mapping[str, str] = {
    "ladder": "ladder",
    "bank": "traditional_bank",
    "single": "single_product",
    "blind": "ladder_without_live_data",
}
"""The policy of `data/policies` that each arm lends by."""
LIVE = frozenset({"T", "P"})
"""Kinds of evidence that come from trade and behaviour on the platform."""
SIMULATE = "sim.arms:simulate"
"""The function that lives an arm, for `sim.runs.Run.simulate`."""


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


@cache
def arm_named(name: str) -> LadderPolicy:
    """The policy of an arm.

    Raises:
        BadInput: no such arm.
    """
    if name not in ARMS:
        raise BadInput(Problem(f"must be one of: {', '.join(ARMS)}", field="arms", value=name))
    return load_ladder(ARMS[name])


def underwriter_of(policy: LadderPolicy, world: World) -> Underwriter:
    """Who judges clients for a policy in a world."""
    blind = load_underwriter(BLIND_MODEL)
    if not LIVE & set(policy.evidence):
        return blind
    full = load_underwriter(MODEL)
    return full if world.informative_ppm == PPM else KnowingItsWorld(world.informative_ppm / PPM, full, blind)


@dataclass(frozen=True)
class Opening:
    """What stood when observation began, for what an arm is judged by.

    Attributes:
        equity_fen: of platform and lenders together.
        pd_full: what the model with live data says of each client.
        pd_blind: what the model without them says.
    """

    equity_fen: int
    pd_full: tuple[float, ...]
    pd_blind: tuple[float, ...]

    @classmethod
    def of(cls, market: Market) -> "Opening":
        """As a market stands today."""
        features = as_of(market.observed.for_review(), market.date)
        full, blind = (tuple(load_underwriter(path).judge(features)[0]) for path in (MODEL, BLIND_MODEL))
        return cls(joint_equity_fen(market), full, blind)


def simulate(
    firms: int,
    days: int,
    seed: int,
    scenario: Scenario,
    on_day: Callable[[], None] | None = None,
    policy: str = "ladder",
    world: str = "informative",
    assumptions: int = 0,
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
        assumptions: number of the draw of the assumptions.

    Raises:
        BadInput: no such arm or world.
    """
    return live_arm(market_of(firms, days, seed, scenario, policy, world, assumptions), on_day)


def market_of(
    firms: int, days: int, seed: int, scenario: Scenario, policy: str, world: str = "informative", assumptions: int = 0
) -> Market:
    """The market of an arm before its first day; arguments as in `simulate`."""
    arm, seen = arm_named(policy), World.named(world)
    return Market(
        firms, days, seed, scenario, policy=arm, underwriter=underwriter_of(arm, seen),
        settings=settings_drawn(scenario.starts_on, assumptions), world=seen,
    )  # fmt: skip


def live_arm(market: Market, on_day: Callable[[], None] | None = None) -> Outcome:
    """Live the market of an arm to its end, and tell what became of each firm.

    Args:
        market: with a desk; new, or taken up again on any day.
        on_day: called after every lived day.
    """
    arm = market.desk.policy if market.desk is not None else None
    assert arm is not None, "an arm lends by a ladder"

    def note_the_opening() -> None:
        if market.opening is None and market.day == market.settings.burn_in_days:
            market.opening = Opening.of(market)

    def each_day() -> None:
        note_the_opening()
        if on_day is not None:
            on_day()

    note_the_opening()
    outcome = live(market, each_day)
    opening: Opening = market.opening
    record = firm_record(market)
    decisions = int(record["decisions"].sum())
    figures: dict[str, int | float | bool | str] = {
        "joint_profit_fen": joint_equity_fen(market) - opening.equity_fen,
        "decision_cost_fen": decisions * arm.decision_cost.fen,
        "decision_days": arm.decision_days.value,
        "capital_share": market.settings.lender_risk_weight_ppm * market.settings.lender_capital_ratio_ppm / PPM**2,
    }
    judged = pd.DataFrame({"pd_full": opening.pd_full, "pd_blind": opening.pd_blind})
    firms_told = pd.concat([record, judged], axis=1)
    return replace(outcome, summary=outcome.summary | figures, firms=firms_told)
