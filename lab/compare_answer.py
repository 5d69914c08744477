"""What `creditlab compare` answers: arms in figures with two kinds of doubt, and the advice that follows."""

import math
from typing import Literal

from pydantic import Field

from credit.metrics.order import Difference
from lab.answer import Answer
from lab.compare_words import headline_of, reasons_of
from lab.stress_answer import Estimate, RunCount
from sim.arms.contest import Contest
from sim.arms.contest_findings import Advice, Doubt, Ground, Lead, Turn
from sim.arms.contest_result import ContestResult, Informativeness


class Doubted(Answer):
    """A mean and how sure it is: of chance and of assumptions, each by itself."""

    mean: float | None = Field(description="mean over seeds under the stated assumptions, in the measure's unit")
    seeds_low: float | None = Field(description="lower end of its 95 % t interval over seeds")
    seeds_high: float | None = Field(description="upper end of its 95 % t interval over seeds")
    drawn_mean: float | None = Field(description="mean over draws of the assumptions and seeds; null without draws")
    assumptions_low: float | None = Field(description="lower end of where 95 % of draws would lie, seeds held fixed")
    assumptions_high: float | None = Field(description="upper end of where 95 % of draws would lie, seeds held fixed")
    sd_seeds: float | None = Field(description="standard deviation between seeds, variance component")
    sd_assumptions: float | None = Field(description="standard deviation between draws, variance component")
    sd_remainder: float | None = Field(description="standard deviation that neither explains, variance component")


class ArmFigure(Doubted):
    """One measure of one arm."""

    arm: str = Field(description="arm")
    metric: str = Field(description="measure")
    unit: str = Field(description="unit of all figures of this row")
    meaning: str = Field(description="what it measures")


class MovedAlone(Answer):
    """An assumption that moves the lead on which the advice hangs, and the lead with it alone moved."""

    assumption: str = Field(description="parameter of data/parameters/market.yaml")
    unit: str = Field(description="unit of stated, at and flips_at")
    rank_correlation: float = Field(description="Spearman's, of drawn value and lead, over draws")
    p: float = Field(description="two-sided probability, times the number of assumptions looked at, at most 1")
    direction: Literal["more", "less"] = Field(description="more or less of it costs the ladder its lead")
    stated: float = Field(description="its value in the file")
    at: float = Field(description="the end of its range to which it was moved, all else as stated")
    lead: Estimate = Field(description="the lead there, yuan a market, over seeds")
    is_flip: bool = Field(description="whether the lead changes its sign there")
    flips_at: float | None = Field(description="where it does, on the line between stated and moved; null: not before")


class ArmLead(Doubted):
    """The ladder less another arm, pair by pair, in joint profit."""

    over: str = Field(description="the other arm")
    unit: str = Field(description="unit of mean, intervals and standard deviations")
    probability: float | None = Field(
        description="share of seeds on which the ladder earns more, under the stated assumptions; ties by half"
    )
    pairs: int = Field(description="pairs behind that probability, a count")
    probability_drawn: float | None = Field(
        description="the same over drawn assumptions and the seeds they were lived on; null without draws"
    )
    pairs_drawn: int = Field(description="pairs behind that probability, a count")
    moved_alone: list[MovedAlone] = Field(
        description="the likeliest assumptions to flip the advice, each lived alone; only over the arm hardest to beat"
    )


class WorldSeen(Answer):
    """The ladder and itself without live data in one world."""

    share: float = Field(description="share of clients seen as they are")
    lead: float = Field(description="mean lead of the ladder over the blind arm, yuan a market")
    auc_added: Estimate | None = Field(description="AUC with live data less AUC without; null where none or all fail")


class BreakEvenPoint(Answer):
    """How informative live data must be for the ladder to earn more than the same ladder without them."""

    over: str = Field(description="the arm without live data")
    verdict: Literal["always", "never", "from"] = Field(
        description="always: pays even in noise; never: not even where all is seen; from: a share on"
    )
    share: float = Field(description="share of clients seen as they are at which the lead is 0, by a line over worlds")
    share_low: float = Field(description="lower end of its 95 % interval over seeds (Fieller's)")
    share_high: float = Field(description="upper end of it; 1 where it may be that they pay in no world")
    auc_added: float | None = Field(
        description="what live data must add to the AUC: at that share, by interpolation; null where in no world"
    )
    auc_added_low: float | None = Field(description="the same at share_low")
    auc_added_high: float | None = Field(description="the same at share_high; null where that is 1")
    worlds: dict[str, WorldSeen] = Field(description="what was lived, by world")


class CompareAnswer(Answer):
    """What `creditlab compare --json` prints; `comparison.json` holds the same without `runs`."""

    headline: str = Field(description="the verdict in words")
    reasons: list[str] = Field(description="what it rests on, a sentence each")
    advice: Advice = Field(description="what follows from the leads in joint profit, of seeds and of assumptions")
    ground: Ground = Field(
        description="why: beaten by an arm, no_information in live data, blind_earns_more on average, leads every arm, "
        "chance or assumptions leave it open, nobody to compare with"
    )
    decided_by: str = Field(description="the arm that decides it; empty where there is none")
    world: str = Field(description="world")
    informative_share: float = Field(description="share of clients whom the platform sees as they are")
    scenario: str = Field(description="scenario")
    arms: list[str] = Field(description="arms that lent, each to the same markets")
    seeds: int = Field(description="paired seeds, a count")
    draws: int = Field(description="draws of the assumptions beside the stated ones, a count")
    firms: int = Field(description="SMEs in each market, a count")
    days: int = Field(description="days observed after the burn-in")
    figures: list[ArmFigure] = Field(description="every measure of every arm")
    leads: list[ArmLead] = Field(description="the ladder against each other arm; empty where the ladder did not lend")
    auc_added: Estimate | None = Field(
        description="AUC with live data less AUC without, firms that come to grief; null where none or all do"
    )
    break_even: BreakEvenPoint | None = Field(description="null where it was not asked for")
    results_hash: str = Field(description="SHA-256 over the state hashes of all runs compared")
    runs: RunCount | None = Field(default=None, description="runs done and reused; absent in comparison.json")


def answered(contest: Contest, found: ContestResult) -> CompareAnswer:
    """The answer in figures and words, without how its runs came to be."""
    plan = contest.plan
    return CompareAnswer(
        headline=headline_of(contest, found),
        reasons=reasons_of(contest, found),
        advice=found.advice,
        ground=found.ground,
        decided_by=found.decided_by,
        world=plan.worlds[0],
        informative_share=contest.world.informative_ppm / 1e6,
        scenario=plan.scenarios[0].name,
        arms=list(plan.policies),
        seeds=len(plan.seeds),
        draws=contest.draws,
        firms=plan.firms,
        days=plan.days,
        figures=[
            ArmFigure(arm=one.arm, metric=one.metric, unit=one.unit, meaning=one.meaning, **_doubted(one.doubt))
            for one in found.figures
        ],
        leads=[_lead(one) for one in found.leads],
        auc_added=_estimate(found.auc_added),
        break_even=_break_even(found.informativeness),
        results_hash=found.results_hash,
    )


def _doubted(doubt: Doubt) -> dict[str, float | None]:
    told = {
        "mean": doubt.stated.mean,
        "seeds_low": doubt.stated.low,
        "seeds_high": doubt.stated.high,
        "drawn_mean": doubt.drawn.mean,
        "assumptions_low": doubt.drawn.low,
        "assumptions_high": doubt.drawn.high,
        "sd_seeds": doubt.sd_seeds,
        "sd_assumptions": doubt.sd_assumptions,
        "sd_remainder": doubt.sd_remainder,
    }
    return {name: _known(value) for name, value in told.items()}


def _lead(lead: Lead) -> ArmLead:
    return ArmLead(
        over=lead.over,
        unit="yuan",
        probability=_known(lead.probability),
        pairs=lead.pairs,
        probability_drawn=_known(lead.probability_drawn),
        pairs_drawn=lead.pairs_drawn,
        moved_alone=[_moved(turn) for turn in lead.turns],
        **_doubted(lead.doubt),
    )


def _moved(turn: Turn) -> MovedAlone:
    flip = turn.flip
    return MovedAlone(
        assumption=flip.assumption,
        unit=turn.unit,
        rank_correlation=flip.rank_correlation,
        p=flip.p,
        direction=flip.direction,
        stated=flip.stated,
        at=turn.at,
        lead=Estimate(mean=turn.there.mean, low=turn.there.low, high=turn.there.high),
        is_flip=turn.is_flip,
        flips_at=turn.flips_at,
    )


def _break_even(known: Informativeness | None) -> BreakEvenPoint | None:
    if known is None:
        return None
    found, auc = known.found, known.auc_at
    return BreakEvenPoint(
        over="blind",
        verdict=found.verdict,
        share=found.share,
        share_low=found.low,
        share_high=found.high,
        auc_added=_known(auc.value),
        auc_added_low=_known(auc.low),
        auc_added_high=_known(auc.high),
        worlds={
            world: WorldSeen(share=share, lead=known.leads[world], auc_added=_estimate(known.auc_added[world]))
            for world, share in known.shares.items()
        },
    )


def _estimate(found: Difference | None) -> Estimate | None:
    return None if found is None else Estimate(mean=found.value, low=found.low, high=found.high)


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
