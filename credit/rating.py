"""The master scale that names a PD, and the internal score that a firm's assessment travels in.

Rating is a regulated activity: what leaves the house is called an internal score and carries its limits of use
(`data/policies/internal_score.yaml`).
"""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from credit.errors import BadInput, Problem
from credit.files import DATA
from credit.parameters import Confidence
from credit.sourced import STRICT, read_model

MASTER_SCALE = DATA / "policies" / "master_scale.yaml"
INTERNAL_SCORE_POLICY = DATA / "policies" / "internal_score.yaml"

GradeName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9+\-]{0,5}$")]
Probability = Annotated[float, Field(ge=0.0, le=1.0)]


class Grade(BaseModel):
    """One step of the scale."""

    model_config = STRICT

    name: GradeName
    pd_annual_below: Annotated[float, Field(gt=0.0, le=1.0)] = Field(
        description="Upper bound of the grade's PD within a year, excluded; a share."
    )
    meaning: Annotated[str, Field(min_length=3)]


class MasterScale(BaseModel):
    """Grades by bounds of the annual PD, best first, and the grade of those in default."""

    model_config = STRICT

    name: Annotated[str, Field(min_length=1)]
    as_of: date
    source: Annotated[str, Field(min_length=3)]
    confidence: Confidence
    default_grade: GradeName
    grades: Annotated[list[Grade], Field(min_length=2)]

    @model_validator(mode="after")
    def _bounds_rise_to_one(self) -> Self:
        bounds = [grade.pd_annual_below for grade in self.grades]
        if any(later <= earlier for earlier, later in pairwise(bounds)):
            raise ValueError("grades must stand from best to worst: each pd_annual_below above the one before")
        if bounds[-1] != 1.0:
            raise ValueError("the last grade must reach pd_annual_below = 1.0, so that every PD has a grade")
        names = self.names
        if len(set(names)) != len(names):
            raise ValueError("no grade may stand twice, and none may bear the name of the default grade")
        return self

    @property
    def names(self) -> list[str]:
        """Every grade from best to worst, the default grade last."""
        return [grade.name for grade in self.grades] + [self.default_grade]

    def grade_of(self, pd_annual: float | np.ndarray) -> np.ndarray:
        """The grade of each PD, as an array of names; a PD of 1 is still the last grade, default is a fact.

        Raises:
            BadInput: a PD is not a share.
        """
        pd = np.asarray(pd_annual, dtype=float)
        if not np.all((pd >= 0.0) & (pd <= 1.0)):
            raise BadInput(Problem("must be a share from 0 to 1", field="pd_annual"))
        bounds = np.array([grade.pd_annual_below for grade in self.grades[:-1]])
        return np.array(self.names)[np.searchsorted(bounds, pd, side="right")]

    def bounds(self, name: str) -> tuple[float, float]:
        """The PDs a grade holds: from the first (included) to the second (excluded); default is (1, 1).

        Raises:
            BadInput: the scale has no such grade.
        """
        place = self.place(name)
        if place == len(self.grades):
            return (1.0, 1.0)
        return (self.grades[place - 1].pd_annual_below if place else 0.0, self.grades[place].pd_annual_below)

    def place(self, name: str) -> int:
        """A grade's place from 0, the best.

        Raises:
            BadInput: the scale has no such grade.
        """
        if name not in self.names:
            raise BadInput(Problem(f"must be one of {', '.join(self.names)}", field="grade", value=name))
        return self.names.index(name)


class InternalScorePolicy(BaseModel):
    """What every internal score says of itself."""

    model_config = STRICT

    as_of: date
    valid_days: Annotated[int, Field(ge=1, le=366)]
    statement: Annotated[str, Field(min_length=20)]
    limits_of_use: Annotated[list[str], Field(min_length=1)]
    source: Annotated[str, Field(min_length=3)]


class Reason(BaseModel):
    """One thing that moved the score, in words the client can act on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str = Field(description="Reason code, as in the table of decisions.")
    says: str = Field(description="The reason in words.")
    points: float = Field(description="Points it moved the score by; negative: it lowered the score.")


class InternalScore(BaseModel):
    """A firm's assessment in a form that can travel with an asset, with what it may be used for."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    statement: str = Field(description="What this document is and is not.")
    firm_id: str = Field(description="The firm assessed.")
    as_of: date = Field(description="Nothing learnt after this day is in it.")
    valid_until: date = Field(description="Last day on which it may be used.")
    pd_annual: Probability = Field(description="Probability of default within a year (90+ days past due), share.")
    pd_annual_low: Probability = Field(description="Lower end of the PD's interval, share.")
    pd_annual_high: Probability = Field(description="Upper end of the PD's interval, share.")
    scale: str = Field(description="Name of the master scale.")
    grade: str = Field(description="Grade of the PD on that scale.")
    grade_pd_from: Probability = Field(description="Least PD of the grade, share.")
    grade_pd_below: Probability = Field(description="PD at which the next grade begins, share.")
    previous_grade: str | None = Field(description="Grade of the last score; missing: the first one.")
    model_version: str = Field(description="Model that made it.")
    data_hash: str = Field(description="SHA-256 of the tables it was made from.")
    months_of_data: int = Field(ge=0, description="Months of the firm's history that were used.")
    reasons: list[Reason] = Field(description="What moved the score most.")
    is_controller_data_used: bool = Field(description="Whether data of the controlling person are in it.")
    consent_until: date | None = Field(description="Last day of that person's consent; missing: none given.")
    limits_of_use: list[str] = Field(min_length=1, description="What it may not be used for.")

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if not self.pd_annual_low <= self.pd_annual <= self.pd_annual_high:
            raise ValueError("pd_annual must lie within its interval")
        if not self.as_of <= self.valid_until:
            raise ValueError("valid_until must not lie before as_of")
        if self.is_controller_data_used and (self.consent_until is None or self.consent_until < self.as_of):
            raise ValueError("data of the controlling person need a consent that covers as_of")
        return self

    def is_usable_on(self, day: date) -> bool:
        """Whether the score may still be used on a day."""
        return self.as_of <= day <= self.valid_until


def load_master_scale(path: Path = MASTER_SCALE) -> MasterScale:
    """Read a master scale.

    Raises:
        BadInput: the file breaks a rule; every problem names file, field, value and rule.
    """
    return read_model(path, MasterScale, "master scale")


def master_scale_schema() -> dict[str, Any]:
    """The JSON Schema of master scales; `data/policies/master_scale.schema.json` holds it for editors."""
    return MasterScale.model_json_schema()


def load_internal_score_policy(path: Path = INTERNAL_SCORE_POLICY) -> InternalScorePolicy:
    """Read what internal scores say of themselves.

    Raises:
        BadInput: the file breaks a rule.
    """
    return read_model(path, InternalScorePolicy, "policy of internal scores")


def internal_score(
    firm_id: str,
    as_of: date,
    pd_annual: float,
    pd_interval: tuple[float, float],
    *,
    model_version: str,
    data_hash: str,
    months_of_data: int,
    reasons: Sequence[Reason] = (),
    previous_grade: str | None = None,
    is_controller_data_used: bool = False,
    consent_until: date | None = None,
    scale: MasterScale | None = None,
    policy: InternalScorePolicy | None = None,
) -> InternalScore:
    """Put an assessment into its portable form.

    The score is valid as long as the policy says and, where data of the controlling person are used, no longer than the
    consent.

    Raises:
        BadInput: the consent does not cover the day, the PD lies outside its interval, or a grade is unknown.
    """
    ladder, rules = scale or load_master_scale(), policy or load_internal_score_policy()
    if is_controller_data_used and (consent_until is None or consent_until < as_of):
        raise BadInput(
            Problem(
                "data of the controlling person need a consent that covers the day of the score",
                field="consent_until",
                value=str(consent_until),
                remedy="score without the controller's data",
            )
        )
    if not 0.0 <= pd_interval[0] <= pd_annual <= pd_interval[1] <= 1.0:
        raise BadInput(Problem("0 <= low <= PD <= high <= 1 must hold", field="pd_annual", value=pd_annual))
    if previous_grade is not None:
        ladder.place(previous_grade)
    grade = str(ladder.grade_of(pd_annual))
    lower, upper = ladder.bounds(grade)
    last_day = as_of + timedelta(days=rules.valid_days)
    return InternalScore(
        statement=rules.statement,
        firm_id=firm_id,
        as_of=as_of,
        valid_until=min(last_day, consent_until) if is_controller_data_used and consent_until else last_day,
        pd_annual=pd_annual,
        pd_annual_low=pd_interval[0],
        pd_annual_high=pd_interval[1],
        scale=ladder.name,
        grade=grade,
        grade_pd_from=lower,
        grade_pd_below=upper,
        previous_grade=previous_grade,
        model_version=model_version,
        data_hash=data_hash,
        months_of_data=months_of_data,
        reasons=list(reasons),
        is_controller_data_used=is_controller_data_used,
        consent_until=consent_until,
        limits_of_use=rules.limits_of_use,
    )
