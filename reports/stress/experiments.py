"""What the report asks of further markets: does the ladder pay, how small a shock exhausts what, which lever saves it.

Everything is plain numbers, so that it travels in the notebook's inputs; a number that nobody knows is None.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ConfigDict

from credit.metrics.order import Difference
from reports.stress.parameters import StressParameters
from sim.arm_measures import PROFIT
from sim.arms import ARMS, SIMULATE
from sim.comparison import Interval, mean_interval
from sim.contest import DRAWN_SEEDS, WORLDS, Contest
from sim.contest_result import SUSPECTS, ContestResult, Informativeness, hold
from sim.ensemble import plan
from sim.facts.bisection import Threshold, median_dose
from sim.facts.exhaustion import CUSHIONS, cushion_fen, headroom_fen
from sim.facts.exploration import Exploration
from sim.facts.worlds import PLAIN, world
from sim.flips import FEWEST_DRAWS
from sim.runs import FinishedRun
from sim.scenario import Scenario, load_scenario

CLEAR = "informative"
GRADES = (0.5, 1.0, 1.5)
LEVERS: Mapping[str, tuple[dict[str, float], float]] = {
    "limits": ({}, 0.5),
    "obligor_cap": ({"lender_obligor_cap_share": 0.1}, 1.0),
    "suspension": ({"suspension_days": 3}, 1.0),
    "visits": ({"visits_a_month_share": 0.3}, 1.0),
    "reserve": ({"lender_reserve_share": 0.8}, 1.0),
}
"""What is moved, each by itself: parameters of the market, at the careful end of their stated range, and limits."""

OnRun = Callable[[int], None]


class _Told(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Known(_Told):
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


class LadderInWorld(_Told):
    """The arms in one world.

    Attributes:
        world: its name.
        share: of clients seen as they are.
        advice, ground, decided_by: as `sim.contest_findings.advise` says.
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


class Suspect(_Told):
    """An assumption moved alone, and the lead on which the advice hangs there."""

    assumption: str
    unit: str
    stated: float
    at: float
    lead: Known
    is_flip: bool


class BreakEvenTold(_Told):
    """From which share of clients seen as they are live data pay, and what they add to the AUC there."""

    verdict: str
    share: Known
    auc: Known


class Ladder(_Told):
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


class Graded(_Told):
    """A scenario against a cushion.

    Attributes:
        scenario, cushion: which.
        left: part of the cushion that is left on the worst day, by severity (`GRADES`).
        exhausted: share of seeds on which nothing is left, by severity.
        smallest: severity that exhausts it, median over seeds with its interval; None beyond the largest tried.
    """

    scenario: str
    cushion: str
    left: list[Known]
    exhausted: list[float]
    smallest: Known


class Mitigant(_Told):
    """A lever under the scenario that costs most.

    Attributes:
        lever: which, of LEVERS.
        saved_fen: credit loss that it saves, pair by pair.
        liquidity_fen: what it adds to the lenders' liquid funds on their lowest day.
        business_share: what is still disbursed.
    """

    lever: str
    saved_fen: Known
    liquidity_fen: Known
    business_share: float | None


class Experiments(_Told):
    """All of them.

    Attributes:
        ladder: does it pay?
        frontier: every scenario against every cushion.
        worst: the scenario that costs most, under which levers are tried.
        mitigants: every lever.
        seeds, firms, days: of the markets of frontier and levers.
    """

    ladder: Ladder
    frontier: list[Graded]
    worst: str
    mitigants: list[Mitigant]
    seeds: int
    firms: int
    days: int


def steps(parameters: StressParameters, stresses: int) -> int:
    """How many markets they take."""
    seeds, draws = parameters.arm_seeds, parameters.arm_draws
    arms = len(ARMS) * seeds * len(WORLDS) + len(ARMS) * draws * min(DRAWN_SEEDS, seeds)
    turns = 2 * SUSPECTS * seeds if draws >= FEWEST_DRAWS else 0
    return arms + turns + parameters.replay_seeds * (1 + stresses * len(GRADES) + len(LEVERS))


def experiments(parameters: StressParameters, stresses: Sequence[Scenario], runs: Path, on_run: OnRun) -> Experiments:
    """Live what is missing, and read what was found.

    Args:
        parameters: of the report.
        stresses: the scenarios beside the baseline.
        runs: the folder of all runs.
        on_run: told how many further runs stand whole.
    """
    seeds, firms = range(1, parameters.replay_seeds + 1), parameters.replay_firms
    folder = runs / f"replays-{firms}x{parameters.days}"
    exploration = Exploration(folder, firms, parameters.days, parameters.workers, PLAIN)
    ladder = _ladder(parameters, runs, on_run)
    ordinary = exploration.lived([(world(load_scenario("baseline")), seed) for seed in seeds], on_run)
    graded = {
        story.name: [
            exploration.lived([(world(story.graded(severity)), seed) for seed in seeds], on_run) for severity in GRADES
        ]
        for story in stresses
    }
    frontier = [_graded(story, cushion, graded[story.name], ordinary) for story in stresses for cushion in CUSHIONS]
    full = {name: runs_by_grade[GRADES.index(1.0)] for name, runs_by_grade in graded.items()}
    worst = max(stresses, key=lambda story: float(np.mean([_lost_fen(run) for run in full[story.name]])))
    mitigants = []
    for lever, (assumed, limits_share) in LEVERS.items():
        moved = world(worst.graded(1.0), assumed, limits_share)
        mitigants.append(_mitigant(lever, exploration.lived([(moved, s) for s in seeds], on_run), full[worst.name]))
    return Experiments(
        ladder=ladder, frontier=frontier, worst=worst.name, mitigants=mitigants, seeds=len(seeds), firms=firms,
        days=parameters.days,
    )  # fmt: skip


def _ladder(parameters: StressParameters, runs: Path, on_run: OnRun) -> Ladder:
    seeds, firms, days = parameters.arm_seeds, parameters.arm_firms, parameters.arm_days
    story, folder = load_scenario("baseline"), runs / f"arms-{firms}x{days}"
    found: dict[str, tuple[Contest, ContestResult]] = {}
    for name in WORLDS:
        planned = plan([story], range(1, seeds + 1), firms, days, SIMULATE, policies=tuple(ARMS), worlds=[name])
        is_clear = name == CLEAR
        contest = Contest(planned, parameters.arm_draws if is_clear else 0, seeks_break_even=is_clear)
        found[name] = contest, hold(contest, folder, parameters.workers, on_run)
    clear = found[CLEAR][1]
    informativeness = clear.informativeness
    assert informativeness is not None
    turned = next((lead for lead in clear.leads if lead.turns), None)
    return Ladder(
        seeds=seeds,
        firms=firms,
        days=days,
        draws=parameters.arm_draws,
        worlds=[_in_world(contest, result) for contest, result in found.values()],
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


def _graded(
    story: Scenario, cushion: str, by_grade: Sequence[Sequence[FinishedRun]], ordinary: Sequence[FinishedRun]
) -> Graded:
    day = story.starts_on
    sizes = np.array([cushion_fen(run, cushion, day) for run in ordinary])  # type: ignore[arg-type]
    left = np.array(
        [
            [headroom_fen(run, usual, cushion, day) for run, usual in zip(runs, ordinary, strict=True)]  # type: ignore[arg-type]
            for runs in by_grade
        ]
    )
    usual = np.array([headroom_fen(run, run, cushion, day) for run in ordinary])  # type: ignore[arg-type]
    shares = left / np.where(sizes > 0, sizes, np.nan)
    found = median_dose([_crossing(int(run.seed), usual[place], left[:, place]) for place, run in enumerate(ordinary)])
    return Graded(
        scenario=story.name,
        cushion=cushion,
        left=[Known.of(mean_interval(row[np.isfinite(row)])) for row in shares],
        exhausted=[float((row < 0).mean()) for row in left],
        smallest=Known(mean=found.median, low=found.low, high=found.high),
    )


def _crossing(seed: int, usual: float, left: np.ndarray) -> Threshold:
    """The smallest severity at which nothing is left, along straight lines between those that were lived."""
    before, at = usual, 0.0
    if usual < 0:
        return Threshold(seed, None, 0.0, True)
    for severity, after in zip(GRADES, left.tolist(), strict=True):
        if after < 0:
            return Threshold(seed, at, at + (severity - at) * before / (before - after), True)
        before, at = after, severity
    return Threshold(seed, at, None, True)


def _lost_fen(run: FinishedRun) -> float:
    return float((run.daily["lender_loss_fen"] + run.daily["platform_loss_fen"]).sum())


def _mitigant(lever: str, moved: Sequence[FinishedRun], stressed: Sequence[FinishedRun]) -> Mitigant:
    pairs = list(zip(moved, stressed, strict=True))
    saved = np.array([_lost_fen(before) - _lost_fen(after) for after, before in pairs])
    lowest = np.array(
        [float(a.daily["lender_liquidity_fen"].min() - b.daily["lender_liquidity_fen"].min()) for a, b in pairs]
    )
    kept, usual = (sum(int(run.daily["disbursed_fen"].sum()) for run in runs) for runs in (moved, stressed))
    return Mitigant(
        lever=lever,
        saved_fen=Known.of(mean_interval(saved)),
        liquidity_fen=Known.of(mean_interval(lowest)),
        business_share=kept / usual if usual else None,
    )


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


SHOWN = ("access_share", "access_of_refused_share", "all_in_cost_annual", "default_rate_annual", PROFIT, "raroc_annual")
"""Measures of the arms that the report prints."""
