"""Many runs: every scenario, arm, world and draw of the assumptions on the same seeds, in parallel, resumed.

The folder of an ensemble holds `plan.json` and `runs/`, one folder a run; whoever compares adds `answer.json` and
`differences.parquet`. A run that stands there whole is never lived again, whoever was killed in between; a damaged one
is named and lived again. Nothing depends on the number of workers or on the order in which they finish: results are
read back from the folder, in the order of the plan.
"""

import json
import shutil
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from credit.errors import BadInput, Problem, WorkFailed
from credit.files import canonical_json, read_text, sha256_of_text, write_json
from sim.runs.one_writer import held_by_one
from sim.runs.provenance import Provenance, provenance
from sim.runs.run import AS_EVER, MARKET, FinishedRun, Keep, Run, damage, live, lived, read, write
from sim.scenarios.scenario import Scenario, load_scenario
from sim.runs.workers import Done, Failed, Hands, refuse_no_hands, work_through

PLAN, RUNS, LOCK = "plan.json", "runs", ".lock"
ANSWER, DIFFERENCES = "answer.json", "differences.parquet"
BASELINE = "baseline"
TRACES_SHOWN = 3


@dataclass(frozen=True)
class Plan:
    """Scenarios, arms, worlds and draws of the assumptions, all crossed, on paired seeds.

    Attributes:
        scenarios: the worlds to compare, the baseline first.
        seeds: the seeds that every scenario is run on.
        firms: SMEs in each market.
        days: days observed, after the burn-in.
        provenance: the rules, data and packages in force.
        simulate: the market's function, as `module:name`.
        policies: the arms that lend.
        worlds: how clearly the platform sees, by name or share.
        assumptions: draws of the assumptions, by number.
        keep: how much of each run is kept.
    """

    scenarios: tuple[Scenario, ...]
    seeds: tuple[int, ...]
    firms: int
    days: int
    provenance: Provenance
    simulate: str = MARKET
    policies: tuple[str, ...] = (AS_EVER["policy"],)
    worlds: tuple[str, ...] = (AS_EVER["world"],)
    assumptions: tuple[int, ...] = (AS_EVER["assumptions"],)
    keep: Keep = "daily"

    def __post_init__(self) -> None:
        names = [scenario.name for scenario in self.scenarios]
        rules = (
            (len(self.scenarios) >= 1, "must name at least one scenario", "scenarios", names),
            (len(set(names)) == len(names), "each scenario may stand once", "scenarios", ", ".join(names)),
            (len(self.seeds) >= 2, "must be >= 2: an interval needs two pairs", "seeds", len(self.seeds)),
            (len(set(self.seeds)) == len(self.seeds), "each seed may stand once", "seeds", list(self.seeds)),
            *(
                (0 < len(set(crossed)) == len(crossed), "must name at least one, each once", field, list(crossed))
                for field, crossed in self._crossed.items()
            ),
            (self.firms >= 1, "must be >= 1", "firms", self.firms),
            (self.days >= 1, "must be >= 1", "days", self.days),
        )
        problems = [Problem(rule, field=field, value=value) for holds, rule, field, value in rules if not holds]
        if problems:
            raise BadInput(problems)

    @property
    def runs(self) -> tuple[Run, ...]:
        """Every run, seed by seed, so that an interrupted ensemble holds whole pairs."""
        return tuple(
            Run(scenario, seed, self.firms, self.days, self.provenance, self.simulate, policy, world, draw, self.keep)
            for seed in self.seeds
            for draw in self.assumptions
            for world in self.worlds
            for scenario in self.scenarios
            for policy in self.policies
        )

    @property
    def _crossed(self) -> dict[str, tuple[Any, ...]]:
        return {"policies": self.policies, "worlds": self.worlds, "assumptions": self.assumptions}

    def content(self) -> dict[str, Any]:
        """The plan as written to `plan.json`."""
        return {
            "scenarios": [{"name": scenario.name, "hash": scenario.hash} for scenario in self.scenarios],
            "seeds": list(self.seeds),
            "firms": self.firms,
            "days": self.days,
            "simulate": self.simulate,
            "provenance": asdict(self.provenance),
            **{
                name: list(crossed)
                for (name, crossed), ordinary in zip(self._crossed.items(), AS_EVER.values(), strict=True)
                if crossed != (ordinary,)
            },
            "runs": [run.id for run in self.runs],
        }


@dataclass(frozen=True)
class Progress:
    """How an ensemble came to be complete.

    Attributes:
        done: runs lived now.
        reused: runs that stood there whole.
        damaged: what was wrong with the folders that were lived again, by run.
    """

    done: int
    reused: int
    damaged: dict[str, str]


def worlds_named(scenarios: str) -> list[Scenario]:
    """The scenarios of a comma-separated list, the baseline first whether named or not.

    Raises:
        BadInput: a name is empty, or no such scenario exists.
    """
    names = [name.strip() for name in scenarios.split(",")]
    if "" in names:
        raise BadInput(Problem("must be names with single commas between them", field="scenarios", value=scenarios))
    worlds = [load_scenario(name) for name in names]
    if BASELINE not in {world.name for world in worlds}:
        worlds.append(load_scenario(BASELINE))
    return sorted(worlds, key=lambda world: world.name != BASELINE)


def plan(
    scenarios: Sequence[Scenario],
    seeds: Sequence[int],
    firms: int,
    days: int,
    simulate: str = MARKET,
    *,
    policies: Sequence[str] = (AS_EVER["policy"],),
    worlds: Sequence[str] = (AS_EVER["world"],),
    assumptions: Sequence[int] = (AS_EVER["assumptions"],),
    keep: Keep = "daily",
) -> Plan:
    """A plan under the rules and data on disk now.

    Raises:
        BadInput: no or repeated scenarios, seeds, arms, worlds or draws, fewer than two seeds, no firm or no day.
    """
    crossed = tuple(policies), tuple(worlds), tuple(assumptions)
    return Plan(tuple(scenarios), tuple(seeds), firms, days, provenance(), simulate, *crossed, keep)


def run_all(
    planned: Plan,
    folder: Path,
    workers: Hands,
    on_run: Callable[[int], None] = lambda runs: None,
    beside: Sequence[Run] = (),
) -> Progress:
    """Live every run of a plan that does not stand in the folder yet.

    Interrupted in any way, the same call carries on with what is missing.

    Args:
        planned: what to run.
        folder: the ensemble's folder; made when absent.
        workers: processes side by side, or the address of a Dask scheduler.
        on_run: told how many further runs stand whole, those found at the start included.
        beside: runs outside the plan, lived with it so that no process waits or starts twice.

    Raises:
        BadInput: `workers` is below 1, or `folder` is a file.
        WorkFailed: another process writes this folder, or runs failed; the others are kept.
    """
    refuse_no_hands(workers)
    wanted = {run.id: run for run in (*planned.runs, *beside)}
    with sole_writer(folder):
        _begin(planned, folder)
        return live_missing(list(wanted.values()), folder / RUNS, workers, on_run)


def live_missing(
    wanted: Sequence[Run], runs: Path, workers: Hands, on_run: Callable[[int], None] = lambda runs: None
) -> Progress:
    """Live every run that does not stand whole in a folder that is held by `sole_writer`.

    Args:
        wanted: the runs.
        runs: the folder of runs, one folder a run.
        workers: processes side by side, or the address of a Dask scheduler.
        on_run: told how many further runs stand whole, those found at the start included.

    Raises:
        WorkFailed: runs failed; the others are kept.
    """
    _sweep(runs)
    standing = [run for run in wanted if (runs / run.id).exists()]
    damaged = {run.id: harm for run in standing if (harm := damage(run, runs)) is not None}
    whole = {run.id for run in standing} - damaged.keys()
    on_run(len(whole))
    missing = [run for run in wanted if run.id not in whole]
    failed: list[Failed[Run]] = []
    try:
        with closing(_worked(missing, runs, workers)) as answers:
            for answer in answers:
                if isinstance(answer, Failed):
                    failed.append(answer)
                else:
                    on_run(1)
    finally:
        _sweep(runs)
    if failed:
        raise WorkFailed(_told(failed, len(wanted)))
    return Progress(done=len(missing), reused=len(whole), damaged=damaged)


def _worked(missing: Sequence[Run], runs: Path, workers: Hands) -> Generator[Done[Run, Any] | Failed[Run]]:
    """Live runs here or on a cluster; each stands in the folder when it is told of."""
    if isinstance(workers, int):
        yield from work_through(missing, partial(live, folder=runs), workers)
        return
    from sim.runs.cluster import work_on_cluster  # whoever has no cluster needs none of its packages

    if missing:
        with closing(work_on_cluster(missing, lived, workers)) as answers:
            for answer in answers:
                if isinstance(answer, Done):
                    write(answer.task, answer.result, runs)
                yield answer


def finished_runs(folder: Path) -> list[FinishedRun]:
    """The runs of a complete ensemble, in the order of its plan.

    Raises:
        BadInput: the folder holds no plan, or not all of its runs.
    """
    names = json.loads(read_text(folder / PLAN))["runs"]
    absent = [name for name in names if not (folder / RUNS / name).is_dir()]
    if absent:
        remedy = "the command that began it carries on"
        raise BadInput(
            Problem(f"{len(absent)} of {len(names)} runs are not there yet", file=str(folder), remedy=remedy)
        )
    return [read(folder / RUNS / name) for name in names]


def results_hash(runs: Sequence[FinishedRun]) -> str:
    """One SHA-256 over the state hashes of all runs, whatever their order."""
    told = ([run.scenario, run.seed, run.state_hash, *run.unusual().values()] for run in runs)
    return sha256_of_text(canonical_json(sorted(told, key=canonical_json)))


@contextmanager
def sole_writer(folder: Path) -> Iterator[None]:
    """Hold a folder alone. The kernel lets go of it when the process ends, however it ends.

    Raises:
        BadInput: the path is a file.
        WorkFailed: another process holds it.
    """
    if folder.exists() and not folder.is_dir():
        raise BadInput(Problem("must be a folder or not exist yet", file=str(folder), field="out"))
    folder.mkdir(parents=True, exist_ok=True)
    with held_by_one(folder / LOCK, folder):
        yield


def _begin(planned: Plan, folder: Path) -> None:
    """Write the plan; what was concluded from an earlier, other plan goes."""
    try:
        is_the_same = json.loads((folder / PLAN).read_text(encoding="utf-8")) == planned.content()
    except (FileNotFoundError, ValueError):  # no plan yet, or half a one
        is_the_same = False
    if not is_the_same:
        for conclusion in (ANSWER, DIFFERENCES):
            (folder / conclusion).unlink(missing_ok=True)
        write_json(folder / PLAN, planned.content())


def _sweep(runs: Path) -> None:
    """Remove what killed processes left half written; only names that begin with a dot, so never a run."""
    for leftover in runs.glob(".*"):
        shutil.rmtree(leftover, ignore_errors=True)


def _told(failed: Sequence[Failed[Run]], total: int) -> str:
    names = ", ".join(failure.task.title for failure in failed)
    alike: dict[str, list[str]] = {}
    for failure in failed:
        alike.setdefault(failure.trace.rstrip(), []).append(failure.task.title)
    shown = list(alike.items())[:TRACES_SHOWN]
    traces = "\n".join(
        f"--- scenario {titles[0]}{f' and {len(titles) - 1} more' if titles[1:] else ''}\n{trace}"
        for trace, titles in shown
    )
    others = len(failed) - sum(len(titles) for _, titles in shown)
    more = f"\n--- and {others} more" if others else ""
    return (
        f"{len(failed)} of {total} runs failed: {names}. The others are kept; "
        f"once the cause is mended, the same command runs what is missing.\n{traces}{more}"
    )
