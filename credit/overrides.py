"""When a person overrules the model: an append-only log, and how it marks the table of decisions.

One JSON line an entry, each carrying the hash of the line before: a line that was changed, taken out or half written is
found when the log is read. An entry names a role, never a person. What became of the client is a later entry of its
own: nothing is ever rewritten.
"""

import fcntl
import os
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal, Self

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from credit.errors import BadInput, Problem
from credit.files import canonical_json, read_text, sha256_of_text
from credit.validation_words import problems_of

FIRST = "0" * 64
"""What stands for the hash of the line before the first."""

Role = Literal["credit_officer", "senior_credit_officer", "risk_manager", "credit_committee", "collections_officer"]
REASON_CODES = {
    "site_visit": "what was seen on site",
    "soft_information": "known to us, and not in the data",
    "data_error": "the data behind the score are wrong",
    "event_not_in_data": "something happened that the data do not show yet",
    "collateral_offered": "security that the policy does not count",
    "fraud_suspected": "papers or trade look made up",
    "strategic_client": "kept for the sake of the relation",
    "policy_exception": "an exception that the committee granted",
}
"""Why a person may overrule the model, in words."""
Reason = Literal[
    "site_visit", "soft_information", "data_error", "event_not_in_data", "collateral_offered", "fraud_suspected",
    "strategic_client", "policy_exception",
]  # fmt: skip

_ENTRY = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
_Text = Annotated[str, Field(min_length=1, max_length=200)]


class Verdict(BaseModel):
    """A decision on credit, a model's or a person's."""

    model_config = _ENTRY

    outcome: Literal["refused", "offered"]
    limit_fen: Annotated[int, Field(ge=0)]
    term_days: Annotated[int, Field(ge=0, le=3660)]

    @model_validator(mode="after")
    def _nothing_is_offered_by_a_refusal(self) -> Self:
        if (self.outcome == "refused") != (self.limit_fen == 0 and self.term_days == 0):
            raise ValueError("a refusal has limit and term 0, an offer has both above 0")
        return self


class Override(BaseModel):
    """A person decided otherwise than the model."""

    model_config = _ENTRY

    kind: Literal["override"] = "override"
    decision_id: _Text
    firm_id: _Text
    product: _Text
    decided_on: date
    role: Role
    reason: Reason
    note: Annotated[str, Field(max_length=500)] = ""
    model_version: _Text
    pd_annual: Annotated[float, Field(ge=0, le=1)]
    model_said: Verdict
    decided: Verdict

    @model_validator(mode="after")
    def _something_is_overridden(self) -> Self:
        if self.model_said == self.decided:
            raise ValueError("decided must differ from model_said: otherwise nothing is overridden")
        return self

    @property
    def direction(self) -> Literal["granted", "refused", "more", "less", "changed"]:
        """Which way: granted or refused against the model, more or less than it offered, or longer for smaller."""
        if self.model_said.outcome != self.decided.outcome:
            return "granted" if self.decided.outcome == "offered" else "refused"
        steps = (
            self.decided.limit_fen - self.model_said.limit_fen,
            self.decided.term_days - self.model_said.term_days,
        )
        if min(steps) >= 0:
            return "more"
        return "less" if max(steps) <= 0 else "changed"


class Aftermath(BaseModel):
    """What became of an overridden decision, learnt later."""

    model_config = _ENTRY

    kind: Literal["outcome"] = "outcome"
    decision_id: _Text
    known_on: date
    is_default: bool
    loss_fen: Annotated[int, Field(ge=0)] = 0


Entry = Annotated[Override | Aftermath, Field(discriminator="kind")]


class _Line(BaseModel):
    """An entry as it stands in the file."""

    model_config = _ENTRY

    previous: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    entry: Entry


_LINES = TypeAdapter(_Line)


def append(path: Path, entry: Override | Aftermath) -> None:
    """Add an entry at the end of the log, whole or not at all; writers wait for one another.

    Raises:
        BadInput: the log is damaged, the decision was overridden before, or an outcome belongs to no override, was
            told before, or lies before the decision.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        entries, last = _read(path)
        _refuse_contradictions(path, entries, entry)
        line = canonical_json({"previous": last, "entry": entry.model_dump(mode="json")}) + "\n"
        whole, size = line.encode("utf-8"), os.fstat(handle).st_size
        try:
            if os.write(handle, whole) != len(whole):
                raise OSError("the disk took only part of the line")
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, size)
            raise
    finally:
        os.close(handle)  # gives the lock back


def read(path: Path) -> list[Override | Aftermath]:
    """Every entry, in the order in which it was written; an absent log is an empty one.

    Raises:
        BadInput: a line is half written, was changed, or is missing; the error names it.
    """
    return _read(path)[0] if path.exists() else []


def _read(path: Path) -> tuple[list[Override | Aftermath], str]:
    text, last = read_text(path), FIRST
    lines = text.split("\n")
    if lines.pop() != "":
        rule = "the last line is not whole: a writer was interrupted"
        raise BadInput(Problem(rule, file=str(path), row=len(lines) + 1, remedy="remove the last line"))
    entries: list[Override | Aftermath] = []
    for row, line in enumerate(lines, start=1):
        try:
            told = _LINES.validate_json(line)
        except ValidationError as error:
            problems = [Problem(p.rule, p.file, p.field, p.value, row) for p in problems_of(error, path)]
            raise BadInput(problems, headline=f"{path} is not a valid log of overrides") from error
        if told.previous != last:
            rule = "does not follow from the line before: a line was changed, taken out or put in"
            raise BadInput(Problem(rule, file=str(path), row=row, field="previous", value=told.previous))
        entries.append(told.entry)
        last = sha256_of_text(line)
    return entries, last


def _refuse_contradictions(path: Path, entries: Sequence[Override | Aftermath], new: Override | Aftermath) -> None:
    overridden = {one.decision_id: one for one in entries if isinstance(one, Override)}
    told = {one.decision_id for one in entries if isinstance(one, Aftermath)}
    rule = None
    if isinstance(new, Override):
        if new.decision_id in overridden:
            rule = "was overridden before; a new decision has a new id"
    elif new.decision_id not in overridden:
        rule = "no override of this decision is in the log"
    elif new.decision_id in told:
        rule = "its outcome was told before"
    elif new.known_on < overridden[new.decision_id].decided_on:
        rule = "its outcome cannot be known before it was decided"
    if rule:
        raise BadInput(Problem(rule, file=str(path), field="decision_id", value=new.decision_id))


def marked(decisions: pd.DataFrame, log: Sequence[Override | Aftermath]) -> pd.DataFrame:
    """The observable table of decisions with what the log says of them: `is_override` and `override_reason`.

    Raises:
        BadInput: an overridden decision is not in the table, or is another firm's there.
    """
    overrides = {one.decision_id: one for one in log if isinstance(one, Override)}
    owner = dict(zip(decisions["decision_id"].astype(str), decisions["firm_id"].astype(str), strict=True))
    wrong = [
        Problem("must be a decision on the same firm in the table", field="decision_id", value=name, table="decisions")
        for name, one in overrides.items()
        if owner.get(name) != one.firm_id
    ]
    if wrong:
        raise BadInput(wrong)
    identifier = decisions["decision_id"].astype(str)
    reason = identifier.map({name: one.reason for name, one in overrides.items()}).astype("string")
    return decisions.assign(
        is_override=decisions["is_override"] | identifier.isin(list(overrides)),
        override_reason=reason.fillna(decisions["override_reason"]),
    )
