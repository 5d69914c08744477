"""`creditlab calibrate facts`: parameters under which the fitted facts come closest; a proposal, never a change."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pydantic import Field

from credit.errors import BadInput, Problem
from credit.files import write_json
from lab.answer import Answer
from lab.interruption import resumable
from lab.output import give, progress, ruled
from sim.facts.calibration import Moments, Proposal, calibrated, targets
from sim.facts.catalogue import Fact, load_facts
from sim.facts.exploration import Exploration
from sim.facts.ranges import ranges
from sim.facts.worlds import FACTS, WITH_FACTS, world
from sim.runs.ensemble import BASELINE, RUNS
from sim.runs.workers import Hands
from sim.scenarios.scenario import load_scenario

if TYPE_CHECKING:
    from rich.console import Console

PROPOSAL = "proposal.json"


class ProposedParameter(Answer):
    """One parameter, in force and proposed."""

    name: str = Field(description="parameter of data/parameters/market.yaml")
    unit: str = Field(description="unit of the values")
    in_force: float = Field(description="value in force, in `unit`")
    proposed: float = Field(description="value proposed, in `unit`")
    low: float = Field(description="lower end of the range searched, in `unit`")
    high: float = Field(description="upper end of the range searched, in `unit`")
    loss_below: float = Field(description="loss with the parameter a tenth of its range lower, without unit")
    loss_above: float = Field(description="loss with the parameter a tenth of its range higher, without unit")
    is_held: bool = Field(description="whether the facts hold it: the loss rises to either side")


class FactMoment(Answer):
    """One fact in force and under the proposal."""

    name: str = Field(description="the fact")
    unit: str = Field(description="unit of band and means")
    is_target: bool = Field(description="whether the proposal was fitted to it; the others are held out")
    band_low: float | None = Field(description="lower end of the band, in `unit`")
    band_high: float | None = Field(description="upper end of the band, in `unit`")
    in_force: float | None = Field(description="mean over seeds at the values in force, in `unit`")
    proposed: float | None = Field(description="mean over seeds under the proposal, in `unit`")


class CalibrateAnswer(Answer):
    """What `creditlab calibrate facts --json` prints, and what `proposal.json` holds."""

    headline: str = Field(description="the answer in words")
    loss_in_force: float = Field(
        description="sum of squared distances to the bands' middles in half-widths, values in force; without unit"
    )
    loss: float = Field(description="the same under the proposal, without unit")
    parameters: list[ProposedParameter] = Field(description="what was varied")
    facts: list[FactMoment] = Field(description="every fact that was measured, targets and held-out ones")
    seeds: int = Field(description="seeds on which every candidate was lived, a count")
    firms: int = Field(description="SMEs in each market, a count")
    days: int = Field(description="days observed after the burn-in")
    evaluations: int = Field(description="candidates lived, a count")
    file: str = Field(description="where the proposal stands; parameters are never changed")


def run(
    out: Path,
    parameters: str,
    facts: str,
    seeds: int,
    firms: int,
    days: int,
    evaluations: int,
    workers: Hands,
    as_json: bool,
) -> None:
    """Search, write the proposal and print it."""
    with resumable(out / RUNS):
        answer = calibrate(out, _listed(parameters), _listed(facts), seeds, firms, days, evaluations, workers)
    give(answer, as_json, lambda console: _show(answer, console))


def calibrate(
    out: Path,
    parameters: Sequence[str],
    facts: Sequence[str],
    seeds: int,
    firms: int,
    days: int,
    evaluations: int,
    workers: Hands,
    simulate: str = WITH_FACTS,
) -> CalibrateAnswer:
    """Look for the parameters under which the facts come closest to their bands.

    Args:
        out: folder of runs and of the proposal; a search that was interrupted finds its runs there again.
        parameters: names of parameters to vary.
        facts: names of fitted facts to come close to; all when empty.
        seeds: how many seeds every candidate is lived on: 1, 2, ...
        firms: SMEs in each market.
        days: days observed, after the burn-in.
        evaluations: candidates in the search.
        workers: processes side by side, or the address of a Dask scheduler.
        simulate: the market's function, as `module:name`.

    Raises:
        BadInput: a name is not known or held out, or there are more parameters than facts.
        WorkFailed: runs failed.
    """
    if not parameters:
        raise BadInput(Problem("must name at least one parameter", field="parameters"))
    story, known = load_scenario(BASELINE), load_facts()
    varied, bands = ranges(parameters, story.starts_on), targets(known, facts)
    exploration = Exploration(out, firms, days, workers, simulate)
    most = evaluations + 2 * len(varied) + 1
    with progress("candidates", most) as advance:

        def live(assumed: Mapping[str, float]) -> Moments:
            runs = exploration.lived([(world(story, assumed), seed) for seed in range(1, seeds + 1)])
            advance(1)
            told = [run.summary[FACTS]["values"] for run in runs]
            shared = [name for name in told[0] if all(name in one for one in told)]
            return {name: float(np.mean([one[name] for one in told])) for name in shared}

        found = calibrated(live, varied, bands, evaluations)
    answer = CalibrateAnswer(
        headline=_headline(found),
        loss_in_force=found.loss_in_force,
        loss=found.loss,
        parameters=_parameters(found),
        facts=_facts(found, known, list(bands)),
        seeds=seeds,
        firms=firms,
        days=days,
        evaluations=found.evaluations,
        file=str(out / PROPOSAL),
    )
    write_json(out / PROPOSAL, answer.model_dump(mode="json"))
    return answer


def _listed(told: str) -> list[str]:
    return [name.strip() for name in told.split(",") if name.strip()]


def _parameters(found: Proposal) -> list[ProposedParameter]:
    return [
        ProposedParameter(
            name=held.range.name,
            unit=held.range.unit,
            in_force=held.range.value,
            proposed=held.proposed,
            low=held.range.low,
            high=held.range.high,
            loss_below=held.loss_below,
            loss_above=held.loss_above,
            is_held=min(held.loss_below, held.loss_above) > found.loss,
        )
        for held in found.parameters
    ]


def _facts(found: Proposal, known: Mapping[str, Fact], fitted: Sequence[str]) -> list[FactMoment]:
    return [
        FactMoment(
            name=name,
            unit=fact.unit,
            is_target=name in fitted,
            band_low=fact.band.low,
            band_high=fact.band.high,
            in_force=found.moments_in_force.get(name),
            proposed=found.moments.get(name),
        )
        for name, fact in known.items()
        if name in found.moments or name in found.moments_in_force or name in fitted
    ]


def _headline(found: Proposal) -> str:
    loose = [held.range.name for held in found.parameters if min(held.loss_below, held.loss_above) <= found.loss]
    told = (
        f"The loss falls from {found.loss_in_force:.3g} at the values in force to {found.loss:.3g} "
        f"after {found.evaluations} candidates."
    )
    return f"{told} Not held by these facts: {', '.join(loose)}." if loose else told


def _show(answer: CalibrateAnswer, console: "Console") -> None:
    console.print(f"[bold]{answer.headline}[/]\n")
    parameters = ruled("parameter", "in force", "proposed", "range", "held by the facts")
    for one in answer.parameters:
        span = f"{one.low:g} to {one.high:g}"
        parameters.add_row(one.name, f"{one.in_force:g}", f"{one.proposed:.4g}", span, "yes" if one.is_held else "no")
    console.print(parameters)
    facts = ruled("fact", "target", "in force", "proposed", "band")
    for fact in answer.facts:
        band = f"{_number(fact.band_low)} to {_number(fact.band_high)}"
        target = "yes" if fact.is_target else "held out"
        facts.add_row(fact.name, target, _number(fact.in_force), _number(fact.proposed), band)
    console.print(facts)
    console.print(f"A proposal for people to judge; no parameter was changed: {answer.file}")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3g}"
