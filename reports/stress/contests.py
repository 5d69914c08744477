"""Does the ladder pay: the contests of the arms in every world, and what they found.

Everything is plain numbers, so that it travels in the notebook's inputs; a number that nobody knows is None.
"""

import math
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from credit.metrics.order import Difference
from reports.stress.parameters import StressParameters
from sim.arms.arm import ARMS, SIMULATE
from sim.arms.contest import DRAWN_SEEDS, WORLDS, Contest
from sim.arms.contest_result import SUSPECTS, ContestResult, Informativeness, hold_all
from sim.arms.flips import FEWEST_DRAWS
from sim.runs.comparison import Interval
from sim.runs.ensemble import plan
from sim.scenarios.scenario import load_scenario

CLEAR = "informative"

OnRun = Callable[[int], None]
"""Told how many further runs stand whole."""


class Told(BaseModel):
    """Plain numbers that an experiment found."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Known(Told):
    """A mean with its 95 % interval."""

    mean: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, interval: Interval) -> "Known":
        return cls(mean=_finite(interval.mean), low=_finite(interval.low), high=_finite(interval.high))

    @classmethod
    def of_difference(cls, found: Difference | None) -> "Known":
        if found is None:
            return cls(mean=None, low=None, high=None)
        return cls(mean=_finite(found.value), low=_finite(found.low), high=_finite(found.high))


class LadderInWorld(Told):
    """The arms in one world.

    Attributes:
        world: its name.
        share: of clients seen as they are.
        advice, ground, decided_by: as `sim.arms.contest_findings.advise` says.
        auc_added: what live data add to the AUC.
        leads: the ladder's lead over each other arm, yuan a market, over seeds.
        drawn: the same over drawn assumptions.
        probability: share of seeds on which it leads.
        figures: every measure by arm, over seeds.
    """

    world: str
    share: float
    advice: str
    ground: str
    decided_by: str
    auc_added: Known
    leads: dict[str, Known]
    drawn: dict[str, Known]
    probability: dict[str, float]
    figures: dict[str, dict[str, Known]]


class Suspect(Told):
    """An assumption moved alone, and the lead on which the advice hangs there."""

    assumption: str
    unit: str
    stated: float
    at: float
    lead: Known
    is_flip: bool


class BreakEvenTold(Told):
    """From which share of clients seen as they are live data pay, and what they add to the AUC there."""

    verdict: str
    share: Known
    auc: Known


class Ladder(Told):
    """Does the ladder pay?"""

    seeds: int
    firms: int
    days: int
    draws: int
    worlds: list[LadderInWorld]
    break_even: BreakEvenTold
    over: str
    suspects: list[Suspect]
    results_hash: str


def steps(parameters: StressParameters) -> int:
    """How many markets the contests take."""
    seeds, draws = parameters.arm_seeds, parameters.arm_draws
    arms = len(ARMS) * seeds * len(WORLDS) + len(ARMS) * draws * min(DRAWN_SEEDS, seeds)
    return arms + (2 * SUSPECTS * seeds if draws >= FEWEST_DRAWS else 0)


def ladder(parameters: StressParameters, runs: Path, on_run: OnRun) -> Ladder:
    """Hold the contests.

    Args:
        parameters: of the report.
        runs: the folder of all runs.
        on_run: told how many further runs stand whole.
    """
    seeds, firms, days = parameters.arm_seeds, parameters.arm_firms, parameters.arm_days
    story, folder = load_scenario("baseline"), runs / f"arms-{firms}x{days}"
    held = []
    for name in WORLDS:
        planned = plan([story], range(1, seeds + 1), firms, days, SIMULATE, policies=tuple(ARMS), worlds=[name])
        is_clear = name == CLEAR
        held.append(Contest(planned, parameters.arm_draws if is_clear else 0, seeks_break_even=is_clear))
    found = hold_all(held, folder, parameters.workers, on_run)
    clear = found[WORLDS.index(CLEAR)]
    informativeness = clear.informativeness
    assert informativeness is not None
    turned = next((lead for lead in clear.leads if lead.turns), None)
    return Ladder(
        seeds=seeds,
        firms=firms,
        days=days,
        draws=parameters.arm_draws,
        worlds=[_in_world(contest, result) for contest, result in zip(held, found, strict=True)],
        break_even=_break_even(informativeness),
        over=turned.over if turned else "",
        suspects=[
            Suspect(
                assumption=turn.flip.assumption,
                unit=turn.unit,
                stated=turn.flip.stated,
                at=turn.at,
                lead=Known.of(turn.there),
                is_flip=turn.is_flip,
            )
            for turn in (turned.turns if turned else [])
        ],
        results_hash=clear.results_hash,
    )


def _in_world(contest: Contest, found: ContestResult) -> LadderInWorld:
    figures: dict[str, dict[str, Known]] = {}
    for one in found.figures:
        figures.setdefault(one.arm, {})[one.metric] = Known.of(one.doubt.stated)
    return LadderInWorld(
        world=contest.plan.worlds[0],
        share=contest.world.informative_ppm / 1e6,
        advice=found.advice,
        ground=found.ground,
        decided_by=found.decided_by,
        auc_added=Known.of_difference(found.auc_added),
        leads={lead.over: Known.of(lead.doubt.stated) for lead in found.leads},
        drawn={lead.over: Known.of(lead.doubt.drawn) for lead in found.leads},
        probability={lead.over: lead.probability for lead in found.leads},
        figures=figures,
    )


def _break_even(known: Informativeness) -> BreakEvenTold:
    found = known.found
    return BreakEvenTold(
        verdict=found.verdict,
        share=Known(mean=found.share, low=found.low, high=found.high),
        auc=Known.of_difference(known.auc_at),
    )


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None
