"""The model-validation report: which notebook, which parameters, what is made before it runs."""

from pathlib import Path

from credit.files import PROJECT
from credit.validation.review import STEPS
from reports.build import Report
from reports.model_validation.inputs import prepare
from reports.model_validation.parameters import ValidationParameters


def _folder(parameters: ValidationParameters) -> str:
    """One folder a data set and model."""
    data = Path(parameters.source).name.split(".")[0] if parameters.dataset == "table" else parameters.dataset
    return f"model_validation/{data}-{parameters.model}"


MODEL_VALIDATION = Report(
    name="model_validation",
    notebook=PROJECT / "notebooks" / "reports" / "model_validation.ipynb",
    parameters=ValidationParameters,
    steps=lambda parameters: STEPS,
    prepare=prepare,
    same_result=frozenset({"threads", "source"}),
    folder=_folder,
)
