"""The facts a market is held against: bands with sources, from `data/facts`."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from credit.errors import BadInput, Problem
from credit.files import DATA, read_yaml
from credit.parameters import Confidence
from credit.validation_words import problems_of

FACTS = DATA / "facts" / "market.yaml"


class Band(BaseModel):
    """Where the mean over seeds should lie; an absent end is open."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    low: float | None = None
    high: float | None = None

    @model_validator(mode="after")
    def _holds_something(self) -> "Band":
        if self.low is None and self.high is None:
            raise ValueError("must have a low or a high end")
        if self.low is not None and self.high is not None and not self.low < self.high:
            raise ValueError("low must lie below high")
        return self


class Fact(BaseModel):
    """One stylised fact.

    Attributes:
        meaning: what is measured.
        unit: of the band.
        band: where it should lie.
        basis: `published` where a source prints the band; `assumption` where we chose it.
        role: `fitted` where a parameter of the market was set from it; `held_out` otherwise.
        confidence: in the source.
        source: who says so.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    meaning: Annotated[str, Field(min_length=10)]
    unit: Annotated[str, Field(min_length=1)]
    band: Band
    basis: Literal["published", "assumption"]
    role: Literal["fitted", "held_out"]
    confidence: Confidence
    source: Annotated[str, Field(min_length=3)]

    @model_validator(mode="after")
    def _assumptions_are_called_so(self) -> "Fact":
        if self.confidence == "assumption" and self.basis == "published":
            raise ValueError("a band whose confidence is `assumption` cannot be `published`")
        return self

    @property
    def can_validate(self) -> bool:
        """Whether passing says anything: the band is published, and nothing was fitted to it."""
        return self.basis == "published" and self.role == "held_out"


def load_facts(path: Path = FACTS) -> dict[str, Fact]:
    """Read the facts of a YAML file, by name.

    Raises:
        BadInput: the file is not plain YAML, is empty, or an entry breaks a rule.
    """
    content = read_yaml(path)
    if not isinstance(content, dict) or not content:
        raise BadInput(Problem("must name at least one fact", file=str(path)))
    facts: dict[str, Fact] = {}
    problems: list[Problem] = []
    for name, entry in content.items():
        try:
            facts[name] = Fact.model_validate(entry)
        except ValidationError as error:
            problems += problems_of(error, path, str(name), Fact)
    if problems:
        raise BadInput(problems, headline=f"{path} is not a valid file of facts")
    return facts
