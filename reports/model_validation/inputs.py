"""Everything the report's notebook reads: the review of the model, and the state of the sources."""

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from credit.errors import BadInput, Problem
from credit.files import read_text
from credit.validation.candidates import MODELS
from credit.validation.review import review
from credit.validation.review_contents import Review
from credit.validation_sets.by_name import FOLDS, Reading
from reports.blocks import Table
from reports.build import Advance
from reports.closing import HASH_SHOWN, source_rows
from reports.edition import Edition
from reports.model_validation.parameters import ValidationParameters
from reports.provenance import Provenance, provenance
from reports.tables import code, record

FILE = "inputs.json"


class ValidationInputs(BaseModel):
    """What the notebook reads.

    Attributes:
        parameters: what was asked.
        review: the model judged in every way the data allow.
        provenance: commit, lock, versions.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    parameters: ValidationParameters
    review: Review
    provenance: Provenance

    @classmethod
    def read(cls, folder: Path) -> "ValidationInputs":
        """The inputs that a build wrote into its run folder.

        Raises:
            BadInput: there are none.
        """
        return cls.model_validate(json.loads(read_text(folder / FILE)))

    def hashes(self) -> dict[str, str]:
        """SHA-256 of the data judged."""
        return {f"data/{self.review.dataset}": self.review.data_hash}

    def seeds(self) -> list[int]:
        """The seed of folds and fits."""
        return [self.parameters.seed]


def prepare(parameters: ValidationParameters, advance: Advance = lambda steps=1, note=None: None) -> ValidationInputs:
    """Read the data, fit and judge.

    Raises:
        BadInput: the data are not sound or too few, or a challenger is unknown.
    """
    challengers = [name.strip() for name in parameters.challengers.split(",") if name.strip()]
    unknown = [name for name in challengers if name not in MODELS]
    if unknown:
        raise BadInput(Problem(f"must be among {', '.join(MODELS)}", field="challengers", value=", ".join(unknown)))
    reading = Reading(
        parameters.dataset,
        with_lender=parameters.lender,
        with_records=parameters.records,
        outcome=parameters.outcome or None,
    )
    known = reading.read(Path(parameters.source).expanduser() if parameters.source else None)
    found = review(
        known,
        parameters.model,
        parameters.folds or FOLDS[parameters.dataset],
        parameters.seed,
        parameters.threads,
        challengers,
        on_step=lambda: advance(1),
    )
    return ValidationInputs(parameters=parameters, review=found, provenance=provenance())


def inputs_of(folder: str, **parameters: Any) -> ValidationInputs:
    """What a notebook reads: the inputs that a build wrote or, opened by hand (no folder), a review of its own."""
    if folder:
        return ValidationInputs.read(Path(folder))
    return prepare(ValidationParameters.model_validate(parameters))


def parameters_table(edition: Edition, inputs: ValidationInputs) -> Table:
    """What was asked."""
    asked = inputs.parameters
    rows = {
        "dataset": edition.say(f"datasets.{asked.dataset}"),
        "source": code(Path(asked.source).name) if asked.source else edition.say("provenance.parameters.published"),
        "model": edition.say(f"models.{asked.model}"),
        "challengers": edition.numbers.listed(
            [edition.say(f"models.{name}") for name in asked.challengers.split(",") if name and name != asked.model]
        ),
        "folds": edition.numbers.count(inputs.review.folds),
        "seed": edition.numbers.count(asked.seed),
        "language": code(asked.language),
    }
    named = [(edition.say(f"provenance.parameters.rows.{name}"), value) for name, value in rows.items() if value]
    return record(edition, "provenance.parameters", "table-parameters", named)


def hashes_table(edition: Edition, inputs: ValidationInputs) -> Table:
    """Commit, sources, lock, and the hash of the data judged."""
    named = source_rows(edition, inputs.provenance)
    named.append((edition.say("provenance.hashes.rows.data"), code(inputs.review.data_hash[:HASH_SHOWN])))
    return record(edition, "provenance.hashes", "table-hashes", named)
