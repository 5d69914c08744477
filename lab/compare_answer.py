"""What a comparison of arms answers: figures with two kinds of doubt, and a verdict that follows from them."""

import math
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from credit.parameters import parameters
from lab.stress_answer import Estimate, RunCount
from sim.arm_measures import MEANINGS, PROFIT, UNITS, auc_added, measured_arms
from sim.assumptions import assumed
from sim.break_even import Verdict
from sim.comparison import Interval, mean_interval
from sim.ensemble import results_hash
from sim.flips import flips
from sim.runs import FinishedRun
from sim.two_way import TwoWay, two_way
from sim.worlds import World

LADDER = "ladder"
BLIND = "blind"
FLIPS_TOLD = 3
Advice = Literal["for the ladder", "against the ladder", "not settled"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)


class Doubt(_Part):
    """A mean and how sure it is: of chance and of assumptions, each by itself."""

    mean: float | None = Field(description="mean over seeds under the stated assumptions, in the measure's unit")
    seeds_low: float | None = Field(description="lower end of its 95 % t interval over seeds")
    seeds_high: float | None = Field(description="upper end of its 95 % t interval over seeds")
    drawn_mean: float | None = Field(description="mean over draws of the assumptions and seeds; null without draws")
    assumptions_low: float | None = Field(description="lower end of its 95 % t interval over draws, seeds held fixed")
    assumptions_high: float | None = Field(description="upper end of its 95 % t interval over draws, seeds held fixed")
    sd_seeds: float | None = Field(description="standard deviation between seeds, variance component")
    sd_assumptions: float | None = Field(description="standard deviation between draws, variance component")
    sd_remainder: float | None = Field(description="standard deviation that neither explains, variance component")


class ArmFigure(Doubt):
    """One measure of one arm."""

    arm: str = Field(description="arm")
    metric: str = Field(description="measure")
    unit: str = Field(description="unit of all figures of this row")
    meaning: str = Field(description="what it measures")


class Turn(_Part):
    """An assumption that moves the ladder's lead."""

    assumption: str = Field(description="parameter of data/parameters/market.yaml")
    rank_correlation: float = Field(description="Spearman's, of drawn value and lead, over draws")
    p: float = Field(description="two-sided probability, times the number of assumptions looked at, at most 1")
    direction: str = Field(description="more or less of it costs the ladder its lead")
    stated: float = Field(description="its value in the file, in the parameter's unit")
    flips_at: float | None = Field(
        description="value at which the lead is gone, all else as stated, by regression; null: none within its range"
    )


class Lead(Doubt):
    """The ladder less another arm, pair by pair, in joint profit."""

    over: str = Field(description="the other arm")
    unit: str = Field(description="unit of mean, intervals and standard deviations")
    probability: float | None = Field(
        description="share of pairs in which the ladder earns more: over draws and seeds, or seeds alone without draws"
    )
    pairs: int = Field(description="pairs behind that probability, a count")
    flips: list[Turn] = Field(description="the assumptions that move the lead most; empty below five draws")


class BreakEvenPoint(_Part):
    """How informative live data must be for the ladder to earn more than the same ladder without them."""

    over: str = Field(description="the arm without live data")
    verdict: Verdict = Field(description="always: pays even in noise; never: not even where all is seen; from: a share")
    share: float = Field(description="share of clients seen as they are at which the lead is 0")
    share_low: float = Field(description="lower end of what bisection leaves")
    share_high: float = Field(description="upper end of what bisection leaves")
    auc_added: Estimate | None = Field(
        description="what live data add there to the AUC for firms that come to grief; null where none or all do"
    )
    tried: dict[str, float] = Field(description="mean lead over seeds by share, yuan a market")


class CompareAnswer(BaseModel):
    """What `creditlab compare --json` prints; `comparison.json` holds the same without `runs`."""

    model_config = ConfigDict(extra="forbid")

    headline: str = Field(description="the verdict in words")
    advice: Advice = Field(description="what follows from the leads in joint profit, of seeds and of assumptions")
    world: str = Field(description="world")
    informative_share: float = Field(description="share of clients whom the platform sees as they are")
    scenario: str = Field(description="scenario")
    arms: list[str] = Field(description="arms that lent, each to the same markets")
    seeds: int = Field(description="paired seeds, a count")
    draws: int = Field(description="draws of the assumptions beside the stated ones, a count")
    firms: int = Field(description="SMEs in each market, a count")
    days: int = Field(description="days observed after the burn-in")
    figures: list[ArmFigure] = Field(description="every measure of every arm")
    leads: list[Lead] = Field(description="the ladder against each other arm; empty where the ladder did not lend")
    auc_added: Estimate | None = Field(
        description="AUC with live data less AUC without, firms that come to grief; null where none or all do"
    )
    break_even: BreakEvenPoint | None = Field(description="null where it was not asked for")
    results_hash: str = Field(description="SHA-256 over the state hashes of all runs compared")
    runs: RunCount | None = Field(default=None, description="runs done and reused; absent in comparison.json")


def profit_of(table: pd.DataFrame, arm: str) -> pd.DataFrame:
    """Joint profit of an arm: rows draws, columns seeds, yuan."""
    return table[PROFIT].loc[arm].unstack("seed").sort_index()


def figures_of(table: pd.DataFrame) -> list[ArmFigure]:
    """Every measure of every arm with both doubts."""
    told = []
    for arm in table.index.unique("arm"):
        for metric in table.columns:
            cells = table[metric].loc[arm].unstack("seed").sort_index()
            doubt = _doubt(cells)[0]
            told.append(ArmFigure(arm=arm, metric=metric, unit=UNITS[metric], meaning=MEANINGS[metric], **doubt))
    return told


def leads_of(table: pd.DataFrame, day: date) -> list[Lead]:
    """The ladder's lead over each other arm.

    Args:
        table: from `sim.arm_measures.measured_arms`.
        day: the market's first observed day, on which assumptions are read.
    """
    arms = list(table.index.unique("arm"))
    if LADDER not in arms:
        return []
    ours = profit_of(table, LADDER)
    told = []
    for other in arms:
        if other == LADDER:
            continue
        cells = ours - profit_of(table, other)
        doubt, spread = _doubt(cells)
        turns = _turns(cells, day)
        told.append(
            Lead(
                over=other,
                unit=UNITS[PROFIT],
                probability=_known(spread.share_positive),
                pairs=spread.cells,
                flips=turns[:FLIPS_TOLD],
                **doubt,
            )
        )
    return told


def _doubt(cells: pd.DataFrame) -> tuple[dict[str, float | None], TwoWay]:
    """Both doubts about the mean of cells (draws x seeds; draw 0 is as stated), and the layout behind them."""
    stated = cells.loc[0].to_numpy(dtype=float)
    at_stated: Interval = mean_interval(stated[np.isfinite(stated)])
    drawn = cells.drop(index=0)
    spread = two_way((drawn if len(drawn) else cells).to_numpy())
    over = spread.over_assumptions if len(drawn) else Interval(math.nan, math.nan, math.nan)
    told = {
        "mean": at_stated.mean,
        "seeds_low": at_stated.low,
        "seeds_high": at_stated.high,
        "drawn_mean": over.mean,
        "assumptions_low": over.low,
        "assumptions_high": over.high,
        "sd_seeds": spread.sd_seeds,
        "sd_assumptions": spread.sd_assumptions,
        "sd_remainder": spread.sd_remainder,
    }
    return {name: _known(value) for name, value in told.items()}, spread


def _turns(cells: pd.DataFrame, day: date) -> list[Turn]:
    draws = [int(draw) for draw in cells.index if draw > 0]
    if not draws:
        return []
    values = pd.DataFrame([assumed(day, draw) for draw in draws])
    known = parameters("market")
    ranges = {}
    for name in values.columns:
        stated = known[name].on(day)
        assert stated.low is not None
        assert stated.high is not None
        ranges[name] = (stated.low, stated.value, stated.high)
    difference = cells.loc[draws].mean(axis=1).to_numpy()
    return [
        Turn.model_validate(flip) for flip in flips(difference, float(cells.loc[0].to_numpy().mean()), values, ranges)
    ]


def advice_of(leads: Sequence[Lead]) -> Advice:
    """What the leads say: for the ladder where it leads every arm beyond chance and, where drawn, beyond assumptions.

    Against it where another arm leads it beyond chance, or where the ladder without live data earns more on average:
    whoever asks for data must show that they pay.
    """
    if any(lead.seeds_high is not None and lead.seeds_high < 0 for lead in leads):
        return "against the ladder"
    if any(lead.over == BLIND and lead.mean is not None and lead.mean <= 0 for lead in leads):
        return "against the ladder"
    is_sure = all(lead.seeds_low is not None and lead.seeds_low > 0 for lead in leads)
    is_robust = all(lead.assumptions_low is None or lead.assumptions_low > 0 for lead in leads)
    return "for the ladder" if leads and is_sure and is_robust else "not settled"


def headline_of(advice: Advice, world: World, leads: Sequence[Lead], point: BreakEvenPoint | None) -> str:
    """The verdict in words, with what decided it."""
    seen = f"Where the platform sees {world.informative_ppm / 1e6:.0%} of its clients as they are ({world.name})"
    told = [f"{seen}, the advice is {advice}."]
    for lead in leads:
        told.append(_sentence(lead))
    if point is not None:
        told.append(_break_even_sentence(point))
    return " ".join(told)


def _sentence(lead: Lead) -> str:
    if lead.mean is None:
        return f"Nothing is known of its lead over {lead.over}."
    interval = "" if lead.seeds_low is None else f" (seeds: {_yuan(lead.seeds_low)} to {_yuan(lead.seeds_high)}"
    if interval and lead.assumptions_low is not None:
        interval += f"; assumptions: {_yuan(lead.assumptions_low)} to {_yuan(lead.assumptions_high)}"
    interval += ")" if interval else ""
    verb = "more" if lead.mean > 0 else "less"
    told = (
        f"It earns {_yuan(abs(lead.mean))} {verb} than {lead.over}{interval}, more in {lead.probability:.0%} of pairs."
    )
    turning = next((turn for turn in lead.flips if turn.flips_at is not None), None)
    if turning is not None:
        told += (
            f" {turning.direction.capitalize()} {turning.assumption} would turn this, at about {turning.flips_at:.3g} "
            f"(stated {turning.stated:.3g}; p {turning.p:.2f})."
        )
    return told


def _break_even_sentence(point: BreakEvenPoint) -> str:
    if point.verdict == "always":
        return f"Against {point.over} it pays even where live data are noise."
    if point.verdict == "never":
        return f"Against {point.over} live data pay in no world, not even where all is seen as it is."
    added = "" if point.auc_added is None else f", where live data add {point.auc_added.mean:.3f} to the AUC"
    return f"Against {point.over} live data begin to pay once {point.share:.0%} of clients are seen as they are{added}."


def _yuan(amount: float | None) -> str:
    amount = amount or 0.0
    return f"{amount / 1e6:,.2f} million yuan" if abs(amount) >= 1e6 else f"{amount:,.0f} yuan"


def estimate_of(runs: Sequence[FinishedRun], world: World) -> Estimate | None:
    """What live data add to the AUC in a world, by the ladder's runs."""
    found = auc_added([run for run in runs if run.policy == LADDER], world) if runs else None
    return None if found is None else Estimate(mean=found.value, low=found.low, high=found.high)


def compared(
    runs: Sequence[FinishedRun], world: World, day: date, point: BreakEvenPoint | None, frame: Mapping[str, Any]
) -> CompareAnswer:
    """The answer from the runs of one world.

    Args:
        runs: of all arms, seeds and draws.
        world: that they were lived in.
        day: the first observed day.
        point: the break-even, where it was asked for.
        frame: scenario, arms, seeds, draws, firms and days as the answer names them.
    """
    table = measured_arms(runs)
    leads = leads_of(table, day)
    advice = advice_of(leads)
    ladders = [run for run in runs if run.policy == LADDER and run.assumptions == 0]
    return CompareAnswer(
        headline=headline_of(advice, world, leads, point),
        advice=advice,
        world=world.name,
        informative_share=world.informative_ppm / 1e6,
        figures=figures_of(table),
        leads=leads,
        auc_added=estimate_of(ladders, world) if ladders else None,
        break_even=point,
        results_hash=results_hash(runs),
        **frame,
    )


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None
