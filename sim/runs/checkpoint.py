"""A market put aside on a day and taken up again, to the bit.

A checkpoint is a folder: `cells.parquet` (every whole number of the state, all columns of all classes in one row),
`texts.parquet`, `index.json` (what stands where) and `manifest.json` (what the market was built from, under which rules
and data, on which day, its state's hash and the hashes of the other files). Nothing in it is executed when it is read.

Taking a market up again builds one from the same inputs and lays the state over it (`sim.graph`), so what follows from
the inputs alone is not kept: it is there again, and held against what it was. The state's hash is checked at the end.
"""

import json
import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import mesa
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import BaseModel

from credit.errors import BadInput, Problem, WorkFailed
from credit.files import folder_written_whole, sha256_of_file, sha256_of_text, write_json
from credit.ladder_rules import LadderPolicy
from credit.limits import PurchasePolicy
from credit.machine_value import MachineMarket
from credit.products import Product
from sim.books.ledger import Ledger
from sim.books.observed import Observed
from sim.books.recorders import Events
from sim.desk.opening import with_other_lenders
from sim.desk.settings import DeskSettings
from sim.desk.underwriting import ExpertRule
from sim.economy.profiles import Profiles
from sim.economy.resin import ResinPrices
from sim.graph.decoder import lay_over
from sim.graph.encoder import Kept, kept
from sim.graph.homes import Surroundings, standing
from sim.learning.settings import LearningSettings
from sim.market import Market, no_garbage_collection
from sim.runs.provenance import provenance
from sim.scenarios.scenario import Scenario
from sim.scenarios.shocks import Shocks
from sim.settings import Settings
from sim.streams import Roster, Streams

FORMAT = 1
"""Number of the way in which a state is written; a reader knows its own only."""
MANIFEST, INDEX, CELLS, TEXTS = "manifest.json", "index.json", "cells.parquet", "texts.parquet"
FILES = (MANIFEST, INDEX, CELLS, TEXTS)
AROUND = Surroundings(
    given=(
        Settings, DeskSettings, LearningSettings, Shocks, ResinPrices, Streams, Roster, Profiles, MachineMarket,
        random.Random, np.random.Generator,
    ),
    left={
        mesa.Model: frozenset(vars(mesa.Model(rng=0))),
        Ledger: frozenset(("_never_negative", "_pairs")),
        Observed: frozenset(("prices", "_firms", "_sellers", "_people", "_lenders", "_cast")),
    },
    rows=("smes", "buyers", "suppliers", "lenders"),
)  # fmt: skip
"""What follows from a market's inputs: assumptions, chance, prices, declared profiles, and Mesa's own affairs."""


@dataclass(frozen=True)
class Inputs:
    """What a market is built from.

    Attributes:
        firms: SMEs at its start.
        days: observed days that it is built for.
        seed: of every draw.
        story: what is done to it.
        product: what the platform offers.
        purchases: the purchase policy.
        ladder: the ladder, or None where purchases are all there is.
        settings: the assumptions, without the lenders that a ladder adds.
        learns: by which rules the platform fits its model anew from what it sees, or None.
    """

    firms: int
    days: int
    seed: int
    story: Scenario
    product: Product
    purchases: PurchasePolicy
    ladder: LadderPolicy | None
    settings: Settings
    learns: LearningSettings | None = None

    @classmethod
    def of(cls, market: Market) -> "Inputs":
        """What a market was built from."""
        settings, ladder = market.settings, None
        if market.desk is not None:
            ladder = market.desk.policy
            added = with_other_lenders(settings).lenders - settings.lenders
            settings = replace(settings, lenders=settings.lenders - added)
        platform = market.platform
        return cls(
            market.firms, market.days, market.seed, market.story, platform.product, platform.policy, ladder, settings,
            None if market.learning is None else market.learning.settings,
        )  # fmt: skip

    def content(self) -> dict[str, Any]:
        """As plain values."""
        told: dict[str, Any] = {"firms": self.firms, "days": self.days, "seed": self.seed}
        told["learns"] = None if self.learns is None else asdict(self.learns)
        for name in ("story", "product", "purchases", "ladder"):
            value = getattr(self, name)
            told[name] = None if value is None else value.model_dump_json()  # as a text: the order of forms counts
        return told | {"settings": asdict(self.settings)}

    @classmethod
    def from_content(cls, told: Mapping[str, Any]) -> "Inputs":
        """Back from plain values."""
        return cls(
            told["firms"],
            told["days"],
            told["seed"],
            Scenario.model_validate_json(told["story"]),
            Product.model_validate_json(told["product"]),
            PurchasePolicy.model_validate_json(told["purchases"]),
            None if told["ladder"] is None else LadderPolicy.model_validate_json(told["ladder"]),
            Settings(**told["settings"]),
            None if told["learns"] is None else LearningSettings(**told["learns"]),
        )

    def market(self) -> Market:
        """A market built from them, before its first day; whoever judges in it is part of the state."""
        return Market(
            self.firms, self.days, self.seed, self.story, self.product, self.ladder or self.purchases, ExpertRule(),
            self.settings, learns=self.learns or False,
        )  # fmt: skip


def save(market: Market, folder: Path) -> None:
    """Put a market aside between two days; it can be lived on at once.

    Args:
        market: as it stands after a day.
        folder: of the checkpoint, written whole or not at all.

    Raises:
        BadInput: the folder holds something else.
        WorkFailed: the market holds something of a type that is never kept.
    """
    for events in vars(market.log).values():
        if isinstance(events, Events):
            events.columns()  # rows that wait as tuples become columns
    with no_garbage_collection():
        state = kept(market, AROUND)
    with folder_written_whole(folder) as scratch:
        _write_column(scratch / CELLS, "cell", pa.array(state.cells))
        _write_column(scratch / TEXTS, "text", pa.array(state.texts, type=pa.string()))
        (scratch / INDEX).write_text(json.dumps(state.index, separators=(",", ":")), encoding="utf-8")
        manifest = {
            "format": FORMAT,
            "provenance": asdict(provenance()),
            "day": market.day,
            "observed_days": max(market.day - market.settings.burn_in_days, 0),
            "date": market.date.isoformat(),
            "inputs": Inputs.of(market).content(),
            "given": _given_hashes(market),
            "state_hash": market.state_hash(),
            "sha256": {name: sha256_of_file(scratch / name) for name in (CELLS, TEXTS, INDEX)},
        }
        write_json(scratch / MANIFEST, manifest)


def resume(folder: Path) -> Market:
    """The market of a checkpoint, as it stood: every later day is the one that an uninterrupted market would live.

    Raises:
        BadInput: there is no checkpoint, it is damaged, or it was written under other rules, data or packages.
        WorkFailed: what it tells does not come to the state that it names.
    """
    manifest = read_manifest(folder)
    state = _read_state(folder)
    with no_garbage_collection():
        market = Inputs.from_content(manifest["inputs"]).market()
        given = _given_hashes(market)
        if given != manifest["given"]:
            other = sorted(dict(given.items() ^ manifest["given"].items()))
            raise WorkFailed(f"{folder}: what a market is given was changed while it lived: {', '.join(other)}")
        lay_over(market, state, AROUND)
    if market.state_hash() != manifest["state_hash"]:
        raise WorkFailed(f"{folder}: the state read back is not the state that was put aside")
    return market


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a checkpoint that this laboratory can take up, its files as they were written.

    Raises:
        BadInput: as `resume`.
    """
    remedy = "name a folder that `creditlab simulate --checkpoint` wrote"
    if not (folder / MANIFEST).is_file():
        raise BadInput(Problem("holds no checkpoint", file=str(folder), remedy=remedy))
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        written, files = manifest["format"], manifest["sha256"]
        under = dict(manifest["provenance"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(Problem("cannot be read: damaged", file=str(folder / MANIFEST), remedy=remedy)) from error
    here = asdict(provenance())
    apart = [name for name in here if under.get(name) != here[name]]
    if written != FORMAT or apart:
        told = [f"format {written}", *(f"{name} {str(under.get(name))[:12]}" for name in apart)]
        ours = [f"format {FORMAT}", *(f"{name} {here[name][:12]}" for name in apart)]
        rule = f"was written by another version ({', '.join(told)}); this one is {', '.join(ours)}"
        remedy = "take it up with the sources, data and packages that wrote it, or live the market anew"
        raise BadInput(Problem(rule, file=str(folder), remedy=remedy))
    for name in (CELLS, TEXTS, INDEX):
        path = folder / name
        if not path.is_file() or sha256_of_file(path) != files.get(name):
            harm = "is not what was written: damaged or cut short" if path.is_file() else "is missing"
            raise BadInput(Problem(harm, file=str(path), remedy="live the market anew, or use another checkpoint"))
    return manifest


def _read_state(folder: Path) -> Kept:
    cells = pq.read_table(folder / CELLS)["cell"].combine_chunks().to_numpy()
    texts = pq.read_table(folder / TEXTS)["text"].to_pylist()
    return Kept(json.loads((folder / INDEX).read_text(encoding="utf-8")), cells, texts)


def _write_column(path: Path, name: str, column: pa.Array) -> None:
    pq.write_table(pa.table({name: column}), path, compression="zstd", use_dictionary=False)


def _given_hashes(market: Market) -> dict[str, str]:
    """Hashes of what a market is given, by path: rules that were swapped while it lived must not pass unseen."""
    return {
        path: sha256_of_text(_told(thing))
        for path, thing in standing(market, AROUND)
        if isinstance(thing, BaseModel | Settings | DeskSettings | Shocks | ResinPrices | MachineMarket)
    }


def _told(thing: Any) -> str:
    return thing.model_dump_json() if isinstance(thing, BaseModel) else repr(thing)
