"""Versions of a platform's model: what each learnt from, how it was judged, whom it replaced."""

import json
from dataclasses import asdict, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from credit.default_model import DefaultModel
from credit.files import canonical_json, write_json
from sim.desk.underwriting import FittedModel, Underwriter
from sim.learning.judging import Verdict

CHAMPION, WAITING, REJECTED, SUPERSEDED, NOT_FITTED = "champion", "waiting", "rejected", "superseded", "not_fitted"
STATUSES = (CHAMPION, WAITING, REJECTED, SUPERSEDED, NOT_FITTED)


@dataclass(frozen=True)
class Lesson:
    """What a version learnt from.

    Attributes:
        fitted_on: day of the fit; everything it learnt was known then.
        window_from: its oldest month end.
        rows: firm-months it learnt from.
        firms: obligors among them.
        defaults: obligors that had defaulted.
        explored: firm-months of clients who were let in to learn from them.
        data_hash: SHA-256 over the rows and their weights.
    """

    fitted_on: date
    window_from: date
    rows: int
    firms: int
    defaults: int
    explored: int
    data_hash: str


@dataclass(frozen=True)
class Reference:
    """Obligors that later ones are held against.

    Attributes:
        names: features.
        values: a row an obligor.
    """

    names: tuple[str, ...]
    values: np.ndarray

    @classmethod
    def of(cls, features: pd.DataFrame) -> "Reference":
        """Keep the values of a frame."""
        return cls(tuple(map(str, features.columns)), features.to_numpy(dtype=float))

    def frame(self) -> pd.DataFrame:
        """As features."""
        return pd.DataFrame(self.values, columns=list(self.names))


@dataclass
class Version:
    """One model, from its fit to its end.

    Attributes:
        name: hash of its content, as it stands in `decisions.model_version`.
        underwriter: judges clients with it; None where no fit came about.
        lesson: what it learnt from; None for the one the market began with.
        status: one of STATUSES.
        verdict: how it did against the champion of its day, once it was judged.
        judged_on: that day.
        judged_against: that champion.
        in_force_from: day on which it took over.
        in_force_to: day on which it was replaced.
        replaced: whom it replaced.
        replaced_by: who replaced it.
        reference: features of the obligors it is watched against.
        reason: why no fit came about.
    """

    name: str
    underwriter: Underwriter | None
    lesson: Lesson | None = None
    status: str = WAITING
    verdict: Verdict | None = None
    judged_on: date | None = None
    judged_against: str = ""
    in_force_from: date | None = None
    in_force_to: date | None = None
    replaced: str = ""
    replaced_by: str = ""
    reference: Reference | None = None
    reason: str = ""

    @property
    def model(self) -> DefaultModel | None:
        """The fitted model; None where no fit came about, or an expert's rule judges."""
        return self.underwriter.model if isinstance(self.underwriter, FittedModel) else None

    def card(self) -> dict[str, Any]:
        """Everything about it but the model, as plain values; days in ISO form, missing what never was."""
        lesson = asdict(self.lesson) if self.lesson else dict.fromkeys(one.name for one in fields(Lesson))
        verdict = asdict(self.verdict) if self.verdict else dict.fromkeys(one.name for one in fields(Verdict))
        verdict["verdict"] = verdict.pop("reason")
        told = {
            "version": self.name,
            "status": self.status,
            **lesson,
            "judged_on": self.judged_on,
            "judged_against": self.judged_against or None,
            **{{"rows": "judged_rows", "firms": "judged_firms", "defaults": "judged_defaults"}.get(name, name): value
               for name, value in verdict.items()},
            "in_force_from": self.in_force_from,
            "in_force_to": self.in_force_to,
            "replaced": self.replaced or None,
            "replaced_by": self.replaced_by or None,
            "reason": self.reason or None,
        }  # fmt: skip
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in told.items()}

    def content(self) -> str:
        """Card and model as one JSON text."""
        return canonical_json({"card": self.card(), "model": None if self.model is None else self.model.to_json()})


class Register:
    """All versions, in the order in which they were fitted.

    Attributes:
        versions: the first one is the model that the market began with.
        champion: the one in force.
    """

    def __init__(self, first: Underwriter, since: date) -> None:
        self.champion = Version(first.version, first, status=CHAMPION, in_force_from=since)
        self.versions = [self.champion]

    def waiting(self) -> list[Version]:
        """Challengers that have not been judged, the oldest first."""
        return [one for one in self.versions if one.status == WAITING]

    def promote(self, version: Version, day: date) -> None:
        """A challenger takes over; those fitted before it have nothing to add any more."""
        old = self.champion
        old.status, old.in_force_to, old.replaced_by = SUPERSEDED, day, version.name
        version.status, version.in_force_from, version.replaced = CHAMPION, day, old.name
        for one in self.versions[: self.versions.index(version)]:
            if one.status == WAITING:
                one.status, one.reason = REJECTED, "overtaken"
        self.champion = version

    def frame(self) -> pd.DataFrame:
        """One row a version, its content as JSON text in the last column."""
        told = pd.DataFrame([one.card() | {"content": one.content()} for one in self.versions])
        days = ("fitted_on", "window_from", "judged_on", "in_force_from", "in_force_to")
        whole = ("rows", "firms", "defaults", "explored", "judged_rows", "judged_firms", "judged_defaults")
        for name in days:
            told[name] = pd.to_datetime(told[name])
        for name in whole:
            told[name] = told[name].astype("Int64")
        told["is_promoted"] = told["is_promoted"].astype("boolean")
        words = ("version", "status", "data_hash", "judged_against", "verdict", "replaced", "replaced_by", "reason")
        for name in words:
            told[name] = told[name].astype("string")
        return told.astype({name: float for name in told.columns if told[name].dtype == object and name != "content"})


def write_versions(models: pd.DataFrame, folder: Path) -> list[Path]:
    """Write each fitted version of a `models` table as a JSON file named after it.

    Raises:
        BadInput: the folder cannot be written.
    """
    written = []
    for row in models.to_dict("records"):
        if row["status"] != NOT_FITTED:
            path = folder / f"{row['version']}.json".replace(" ", "_")
            write_json(path, json.loads(row["content"]))
            written.append(path)
    return written
