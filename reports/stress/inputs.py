"""Everything the stress notebook reads, made before it runs: finished runs, proofs on real data, provenance.

The long work happens here, where a terminal can show its progress, and not inside the notebook, where papermill would
hide it. What is finished is found again: runs by the hash of all they depend on, proofs by that of data and sources.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from credit.errors import BadInput, Problem
from credit.files import PROJECT, canonical_json, read_text, sha256_of_file, sha256_of_text
from reports.provenance import Provenance, provenance
from reports.stress.experiments import Experiments, experiments
from reports.stress.parameters import StressParameters
from reports.stress.proofs import Proofs, proofs
from reports.stress.results import BASELINE
from sim.runs.ensemble import PLAN, plan, run_all
from sim.runs.ensemble import RUNS as RUNS_FOLDER
from sim.runs.run import DAILY, SUMMARY
from sim.scenarios.scenario import load_scenario

if TYPE_CHECKING:
    from sim.scenarios.scenario import Scenario

RUNS = PROJECT / "runs"
FILE = "inputs.json"


class Inputs(BaseModel):
    """What the notebook reads.

    Attributes:
        parameters: what was asked.
        results: folder of the finished runs; it stays on this machine and is never printed.
        plan: scenarios, seeds, sizes and run names, as `plan.json` had them.
        experiments: what arms, graded shocks and levers found.
        proofs: what was proven on real data.
        provenance: commit, lock, versions.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    parameters: StressParameters
    results: str
    plan: dict[str, Any]
    experiments: Experiments
    proofs: Proofs
    provenance: Provenance

    @classmethod
    def read(cls, folder: Path) -> "Inputs":
        """The inputs that a build wrote into its run folder.

        Raises:
            BadInput: there are none.
        """
        return cls.model_validate(json.loads(read_text(folder / FILE)))

    def hashes(self) -> dict[str, str]:
        """SHA-256 of each input by name: every run's files, every real data set."""
        folder = Path(self.results)
        runs = {
            f"{name}/{file}": sha256_of_file(folder / RUNS_FOLDER / name / file)
            for name in self.plan["runs"]
            for file in (DAILY, SUMMARY)
        }
        return runs | {f"real_data/{name}": digest for name, digest in self.proofs.data_hashes.items()}

    def seeds(self) -> list[int]:
        """The seeds that every scenario was run on."""
        return list(self.plan["seeds"])

    def results_hash(self) -> str:
        """One SHA-256 over the plan and every run's files."""
        runs = {name: digest for name, digest in self.hashes().items() if not name.startswith("real_data/")}
        return sha256_of_text(canonical_json(runs | {"experiments": self.experiments.model_dump(mode="json")}))


def prepare(
    parameters: StressParameters,
    on_runs: Callable[[int], None] = lambda runs: None,
    on_proofs: Callable[[], None] = lambda: None,
) -> Inputs:
    """Run what is missing, prove what can be proven.

    Args:
        parameters: what is asked.
        on_runs: told how many further runs stand whole.
        on_proofs: told that the runs are done and the proofs begin.

    Raises:
        BadInput: a parameter that cannot be satisfied.
        WorkFailed: runs failed.
    """
    if parameters.results:
        folder, planned, parameters = _given_results(parameters)
    else:
        folder, planned = _own_results(parameters, on_runs)
    named = [scenario["name"] for scenario in planned["scenarios"]]
    stresses = [load_scenario(name) for name in named if name != BASELINE]
    found = experiments(parameters, stresses, RUNS, on_runs)
    on_proofs()
    return Inputs(
        parameters=parameters,
        results=str(folder),
        plan=planned,
        experiments=found,
        proofs=proofs(Path(parameters.real_data) if parameters.real_data else None, RUNS / "proofs"),
        provenance=provenance(),
    )


def inputs_of(folder: str, **parameters: Any) -> Inputs:
    """What a notebook reads: the inputs that a build wrote or, opened by hand (no folder), its own small case."""
    return Inputs.read(Path(folder)) if folder else prepare(StressParameters.model_validate(parameters))


def worlds(scenarios: str) -> list["Scenario"]:
    """The scenarios of a comma-separated list, the baseline first whether named or not.

    Raises:
        BadInput: a name is empty or unknown, or only the baseline is named.
    """
    names = [name.strip() for name in scenarios.split(",")]
    if "" in names:
        raise BadInput(Problem("must be names with single commas between them", field="scenarios", value=scenarios))
    others = [name for name in names if name != BASELINE]
    if not others:
        rule = "must name at least one scenario beside the baseline: a stress report compares"
        raise BadInput(Problem(rule, field="scenarios", value=scenarios))
    return [load_scenario(name) for name in (BASELINE, *others)]


def _own_results(parameters: StressParameters, on_runs: Callable[[int], None]) -> tuple[Path, dict[str, Any]]:
    """The laboratory's own folder for this size of market, with every run of the plan in it."""
    planned = plan(worlds(parameters.scenarios), range(1, parameters.seeds + 1), parameters.firms, parameters.days)
    folder = RUNS / f"stress-{parameters.firms}x{parameters.days}"
    run_all(planned, folder, parameters.workers, on_run=on_runs)
    return folder, planned.content()


def _given_results(parameters: StressParameters) -> tuple[Path, dict[str, Any], StressParameters]:
    """A folder that `creditlab stress` wrote; what it was run with replaces the parameters."""
    folder = Path(parameters.results).expanduser().resolve()
    told = json.loads(read_text(folder / PLAN))
    missing = [name for name in told["runs"] if not (folder / RUNS_FOLDER / name).is_dir()]
    if missing:
        remedy = "the same `creditlab stress` command carries on"
        raise BadInput(
            Problem(f"{len(missing)} runs are not finished", file=str(folder), field="results", remedy=remedy)
        )
    names = [scenario["name"] for scenario in told["scenarios"]]
    changes = {
        "seeds": len(told["seeds"]), "firms": told["firms"], "days": told["days"], "scenarios": ",".join(names),
    }  # fmt: skip
    return folder, told, parameters.model_copy(update=changes)
