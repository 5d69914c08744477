"""The stress report: which notebook, which parameters, what is made before it runs."""

from credit.files import PROJECT
from reports.build import Advance, Report
from reports.stress.experiments import steps
from reports.stress.inputs import Inputs, prepare, worlds
from reports.stress.parameters import StressParameters


def _steps(parameters: StressParameters) -> int:
    stories = len(worlds(parameters.scenarios))
    own = 0 if parameters.results else stories * parameters.seeds
    return own + steps(parameters, stories - 1)


def _prepare(parameters: StressParameters, advance: Advance) -> Inputs:
    inputs = prepare(
        parameters,
        on_runs=lambda runs: advance(runs, "market runs"),
        on_proofs=lambda: advance(0, "proofs on real data"),
    )
    advance(1)
    return inputs


STRESS = Report(
    name="stress",
    notebook=PROJECT / "notebooks" / "reports" / "stress.ipynb",
    parameters=StressParameters,
    steps=_steps,
    prepare=_prepare,
    same_result=frozenset({"workers", "results", "real_data"}),
)
