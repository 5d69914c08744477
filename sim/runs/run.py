"""One run: its identity, its life, and its folder, which appears whole or not at all.

A run's folder holds `daily.parquet` (the recorder's columns, one row a day), `summary.json` (the outcome in figures),
for a market that tells it `firms.parquet` (what became of each firm), where its platform learns `models.parquet`,
`drift.parquet` and `exploration.parquet` (`sim.learning`), and `manifest.json` (what the run depends on, its state's
hash, and the hashes of the others). On request there are also `panel.parquet` (a row a firm and month) and `events/`
(the observable tables) with `records/` (`sim.books.kept_records`). `timings.json` stands beside them under no hash: how long
a run took is no part of what it found.
"""

import errno
import io
import json
import os
import pkgutil
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from credit.errors import WorkFailed
from credit.files import canonical_json, folder_written_whole, json_bytes, sha256_of_file, sha256_of_text
from sim.books.kept_records import RECORDS
from sim.books.panel import panel_of
from sim.runs.provenance import Provenance, provenance
from sim.books.recorders import TIMINGS, Outcome
from sim.memory import forget
from sim.scenarios.scenario import Scenario
from sim.runs.workers import is_orphan

MARKET = "sim.market:simulate"
"""The function that lives a market, by module and name, so that a process started later can find it."""

DAILY, SUMMARY, MANIFEST, TIMES = "daily.parquet", "summary.json", "manifest.json", "timings.json"
HINDSIGHT = {"losses": "losses.parquet", "cascades": "cascades.parquet"}
"""Hidden truth that a market tells when it is over: losses by channel, and who pulled whom."""
FIRMS, PANEL, EVENTS = "firms.parquet", "panel.parquet", "events"
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""What a disk or a quota says that takes no more."""
type Keep = Literal["daily", "panel", "events"]
"""How much of a run is kept; each keeps what stands before it too, and none changes what the run finds."""
KEEPS: tuple[Keep, ...] = ("daily", "panel", "events")
AS_EVER: dict[str, Any] = {"policy": "", "world": "informative", "assumptions": 0}
"""Arm, world and draw of a run that asks for none: left out of its identity, so that older folders still hold."""


@dataclass(frozen=True)
class Run:
    """One market to live, and everything that its result depends on.

    Attributes:
        scenario: the world.
        seed: the seed of every draw.
        firms: SMEs in the market.
        days: days observed, after the burn-in.
        provenance: the rules, data and packages under which it is to be lived.
        simulate: the market's function, as `module:name`. It is told arm, world and draw by keyword where they are not
            the ordinary ones (`sim.arms.arm` knows them).
        policy: the arm that lends; empty for the market's own purchase policy.
        world: how clearly the platform sees (`sim.arms.worlds`): a name, or a share.
        assumptions: number of the draw of the assumptions (`sim.arms.assumptions`), or one of them moved: "name=value"; 0
            takes them as the file states them.
        keep: how much of it is kept; no part of its identity.
    """

    scenario: Scenario
    seed: int
    firms: int
    days: int
    provenance: Provenance
    simulate: str = MARKET
    policy: str = ""
    world: str = "informative"
    assumptions: int | str = 0
    keep: Keep = "daily"

    def inputs(self) -> dict[str, Any]:
        """Everything that determines the result, as plain values."""
        return {
            "scenario": self.scenario.name,
            "scenario_hash": self.scenario.hash,
            "seed": self.seed,
            "firms": self.firms,
            "days": self.days,
            "simulate": self.simulate,
            **self.unusual(),
            **{f"{name}_hash": digest for name, digest in asdict(self.provenance).items()},
        }

    def unusual(self) -> dict[str, Any]:
        """Arm, world and draw, where they are not the ordinary ones."""
        return _unusual(self)

    @cached_property
    def id(self) -> str:
        """Readable and unique: scenario, seed, arm, world and draw where unusual, and a short hash of all inputs."""
        told = [self.scenario.name, *(f"{name[0]}{value}" for name, value in self.unusual().items())]
        return f"{'-'.join(told)}-{self.seed:04d}-{sha256_of_text(canonical_json(self.inputs()))[:12]}"

    @property
    def title(self) -> str:
        """The run in words."""
        told = [
            f"{self.scenario.name} seed {self.seed}",
            *(f"{name} {value}" for name, value in self.unusual().items()),
        ]
        return ", ".join(told)


@dataclass(frozen=True)
class FinishedRun:
    """What one run found.

    Attributes:
        scenario: name of the scenario.
        seed: the seed.
        summary: the outcome in figures, without timings.
        daily: one row a day.
        firms: what became of each firm; None where the market does not tell.
        losses: by facility, payer and channel (`sim.attribution.losses`); None where the market does not tell.
        cascades: who pulled whom (`sim.attribution.cascades`); None where the market does not tell.
        policy: the arm.
        world: the world.
        assumptions: the draw.
    """

    scenario: str
    seed: int
    summary: dict[str, Any]
    daily: pd.DataFrame
    firms: pd.DataFrame | None = None
    policy: str = ""
    world: str = "informative"
    assumptions: int | str = 0
    losses: pd.DataFrame | None = None
    cascades: pd.DataFrame | None = None

    @property
    def state_hash(self) -> str:
        """SHA-256 over all integer state at the end of the run."""
        return self.summary["state_hash"]

    def unusual(self) -> dict[str, Any]:
        """Arm, world and draw, where they are not the ordinary ones."""
        return _unusual(self)


def live(run: Run, folder: Path) -> None:
    """Live a market and write its folder `folder / run.id`.

    Raises:
        WorkFailed: rules or data were edited since the run was planned, or the process that ordered it has died.
    """
    write(run, lived(run), folder)
    forget()


def lived(run: Run) -> dict[str, bytes]:
    """Live a market; the answer is its folder's files by name, so that they can be written anywhere.

    Raises:
        WorkFailed: as `live`.
    """
    _refuse_other_rules(run)
    simulate = pkgutil.resolve_name(run.simulate)
    began = time.perf_counter()
    outcome: Outcome = simulate(run.firms, run.days, run.seed, run.scenario, on_day=_stop_as_orphan, **run.unusual())
    seconds = time.perf_counter() - began
    _refuse_other_rules(run)
    _stop_as_orphan()
    files = {DAILY: _parquet(outcome.daily)}
    if (firms := getattr(outcome, "firms", None)) is not None:
        files[FIRMS] = _parquet(firms)
    if (hindsight := getattr(outcome, "hindsight", None)) is not None:
        files |= {file: _parquet(getattr(hindsight, name)) for name, file in HINDSIGHT.items()}
    files |= _kept(run, outcome)
    files |= {f"{name}.parquet": _parquet(table) for name, table in getattr(outcome, "further", {}).items()}
    found = {key: value for key, value in outcome.summary.items() if key not in TIMINGS}
    identity = {"scenario": run.scenario.name, "seed": run.seed, "state_hash": outcome.state_hash}
    files[SUMMARY] = json_bytes(found | identity | run.unusual())
    hashes = {name: sha256(content).hexdigest() for name, content in files.items()}
    files[MANIFEST] = json_bytes({"inputs": run.inputs(), "sha256": hashes, "state_hash": outcome.state_hash})
    timings = {key: outcome.summary[key] for key in TIMINGS}
    files[TIMES] = json_bytes(timings | {"wall_seconds": seconds})
    return files


def write(run: Run, files: Mapping[str, bytes], folder: Path) -> None:
    """Write the folder of a run, whole or not at all.

    Raises:
        WorkFailed: the disk takes no more.
    """
    try:
        with folder_written_whole(folder / run.id, is_ours=True) as scratch:
            for name, content in files.items():
                (scratch / name).parent.mkdir(exist_ok=True)
                (scratch / name).write_bytes(content)
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise WorkFailed(f"{folder}: {os.strerror(error.errno)}; nothing was left half written, make room") from error


def damage(run: Run, folder: Path) -> str | None:
    """What is wrong with a run's folder that stands there, in words; None when it is whole."""
    path = folder / run.id
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        inputs, hashes = manifest["inputs"], manifest["sha256"]
        expected = {name: hashes[name] for name in (DAILY, SUMMARY)} | hashes
    except FileNotFoundError:
        return f"{MANIFEST} is missing"
    except (OSError, ValueError, KeyError, TypeError):
        return f"{MANIFEST} cannot be read"
    if inputs != run.inputs():
        return f"{MANIFEST} tells of other inputs"
    if wanted := [name for name in (PANEL, EVENTS) if name in _wanted(run) and not _is_told(name, hashes)]:
        return f"{wanted[0]} was not asked for when it was lived"
    for name, digest in expected.items():
        if not (path / name).is_file():
            return f"{name} is missing"
        if sha256_of_file(path / name) != digest:
            return f"{name} is not what was written"
    return None


def read(path: Path) -> FinishedRun:
    """Read a run's folder back."""
    summary = json.loads((path / SUMMARY).read_text(encoding="utf-8"))
    firms, *hidden = (
        pd.read_parquet(path / name) if (path / name).is_file() else None for name in (FIRMS, *HINDSIGHT.values())
    )
    arm, world, draw = (summary.get(name, ordinary) for name, ordinary in AS_EVER.items())
    return FinishedRun(
        summary["scenario"], summary["seed"], summary, pd.read_parquet(path / DAILY), firms, arm, world, draw, *hidden
    )


def _kept(run: Run, outcome: Outcome) -> dict[str, bytes]:
    """Panel and events, as far as they are asked for."""
    wanted, files = _wanted(run), {}
    if PANEL in wanted:
        files[PANEL] = _parquet(panel_of(outcome.tables))
    if EVENTS in wanted:
        files |= {f"{EVENTS}/{name}.parquet": _parquet(table) for name, table in outcome.tables.items()}
        if outcome.hindsight is not None:
            files |= {f"{RECORDS}/{name}": content for name, content in outcome.hindsight.records().items()}
    return files


def _wanted(run: Run) -> tuple[str, ...]:
    return (PANEL, EVENTS)[: KEEPS.index(run.keep)]


def _is_told(name: str, hashes: Mapping[str, str]) -> bool:
    return any(file == name or file.startswith(f"{name}/") for file in hashes)


def _parquet(frame: pd.DataFrame) -> bytes:
    content = io.BytesIO()
    frame.to_parquet(content, engine="pyarrow", compression="zstd", index=False)
    return content.getvalue()


def _unusual(run: Run | FinishedRun) -> dict[str, Any]:
    return {name: value for name, ordinary in AS_EVER.items() if (value := getattr(run, name)) != ordinary}


def _refuse_other_rules(run: Run) -> None:
    if provenance() != run.provenance:
        raise WorkFailed("sources, data or lock were edited while the runs were going; start the command again")


def _stop_as_orphan() -> None:
    if is_orphan():
        raise WorkFailed("the process that ordered this run has died")
