"""Whole assets placed as well as they can be: a small market as one programme of yes or no, solved to the end.

The best of a wider choice is never worse, so what is made largest first (the amount placed, or the margin) never falls
when a mandate is loosened. What is then still open goes to margin, and at last to the keyed turn. Effort is counted in
nodes of the search tree, not in seconds: every machine gives up at the same point, and says so.
"""

from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, vstack

from credit.allotment import UNPLACED
from credit.errors import BadInput, Problem, WorkFailed
from credit.funding_market import Market
from credit.funding_program import Objective

MOST_PAIRS = 400
"""Pairs of an asset and a funder that admits it, up to which whole assets are placed exactly."""

MOST_NODES = 2_000
"""Nodes of the search tree that each stage may use up."""

_FINEST = 1e4
_IMPOSSIBLE = 2


class Rounding(StrEnum):
    """How whole assets were found."""

    EXACT = "exact"  # no other placement of whole assets does better
    EXACT_FIRST = "exact_first"  # the objective is the best there is; the search among ties used up its nodes
    NODE_LIMIT = "node_limit"  # the search used up its nodes: the better of its best find and the keyed allotment
    LARGE_MARKET = "large_market"  # too many pairs to search: quotas of the programme, by keyed turn


@dataclass(frozen=True)
class Exact:
    """Whole assets as the search places them.

    Attributes:
        funder: (n,) number of the funder, `UNPLACED` for none; None where nodes ran out before anything was found.
        is_open: (k,) funders that take part: those with a minimum lot reach it.
        rounding: EXACT, EXACT_FIRST or NODE_LIMIT.
        bound: no placement of whole assets is worth more: fen placed, or yuan a year of margin.
    """

    funder: np.ndarray | None
    is_open: np.ndarray
    rounding: Rounding
    bound: float


def pairs_of(market: Market) -> int:
    """How many pairs of an asset and a funder that admits it there are."""
    return int((market.misses == 0).sum())


def place_exactly(market: Market, objective: Objective, turn: np.ndarray, nodes_most: int = MOST_NODES) -> Exact:
    """Place whole assets as well as they can be.

    Args:
        market: assets and mandates; meant for a few hundred pairs.
        objective: what comes first. Fill: fen placed, then margin. Margin: margin alone.
        turn: (n,) keyed turns; of equally good placements the one that serves the earlier turns.
        nodes_most: nodes that each stage may use up.

    Raises:
        BadInput: whole assets cannot meet a floor.
        WorkFailed: the solver gave up for another reason than its nodes.
    """
    search = _Search(market, turn, nodes_most)
    amount = market.amount[search.asset]
    margin = market.margin[search.asset, search.taker] * amount / 100.0
    fill = amount.astype(float)
    stages = [fill, margin] if objective is Objective.FILL else [margin]
    chosen, bound, is_proven = search.best(stages[0])
    rounding = Rounding.EXACT if is_proven else Rounding.NODE_LIMIT
    for before, worth in pairwise([*stages, 1.0 - turn[search.asset] / 2.0**64]):
        if chosen is None or rounding is not Rounding.EXACT:
            break
        # Fen are whole: half a fen of slack admits no other fill. Margins are not: a hair's breadth.
        search.keep(before, float(before @ chosen) - (0.5 if before is fill else 1e-10 * abs(float(before @ chosen))))
        better, _, is_proven = search.best(worth)
        if better is None or not is_proven or (stages[0] is fill and amount[better].sum() < amount[chosen].sum()):
            rounding = Rounding.EXACT_FIRST
        else:
            chosen = better
    if chosen is None:
        return Exact(None, search.lots == 0, rounding, bound)
    funder = np.full(market.amount.size, UNPLACED)
    funder[search.asset[chosen]] = search.taker[chosen]
    is_taken = np.bincount(search.taker[chosen], minlength=market.funders) > 0
    return Exact(funder, is_taken | (search.lots == 0), rounding, bound)


class _Search:
    """Yes or no for every pair, under every limit of the market; whole numbers are checked to the fen."""

    def __init__(self, market: Market, turn: np.ndarray, nodes_most: int) -> None:
        by_turn = np.argsort(turn, kind="stable")  # whatever the order of rows, the solver sees one order
        place, self.taker = np.nonzero(market.misses[by_turn] == 0)
        self.asset = by_turn[place]
        self.market, self.nodes_most = market, nodes_most
        self.amount = market.amount[self.asset]
        self.lots = np.array([round(mandate.minimum_lot * 100) for mandate in market.mandates])
        step = int(np.gcd.reduce(self.amount)) if self.amount.size else 1
        self.unit = max(float(step), float(self.amount.max(initial=1)) / _FINEST)
        self.step = step
        self.caps: list[tuple[np.ndarray, int]] = []
        self.floors: list[tuple[np.ndarray, int]] = []
        for row, limit in enumerate(market.limits):
            self._take(row, limit.kind, limit.funder, limit.amount_fen)
        for funder, mandate in enumerate(market.mandates):
            own = np.flatnonzero(self.taker == funder)
            obligor = market.obligor[self.asset[own]]
            self.caps += [(own[obligor == one], mandate.obligor_cap_fen) for one in dict.fromkeys(obligor.tolist())]
        # A limit that its pairs together cannot reach is none.
        self.caps = [(pairs, most) for pairs, most in self.caps if self.amount[pairs].sum() > most]
        self.rows: list[csr_array] = []
        self.least: list[float] = []
        self.most: list[float] = []
        for one in dict.fromkeys(self.asset.tolist()):
            self._row(np.flatnonzero(self.asset == one), 1.0, most=1.0)
        for pairs, most in self.caps:
            self._row(pairs, self.amount[pairs] / self.unit, most=self._whole(most))
        for pairs, least in self.floors:
            self._row(pairs, self.amount[pairs] / self.unit, least=least / self.unit)
        for funder in np.flatnonzero(self.lots > 0).tolist():
            self._lot(funder)

    def _take(self, row: int, kind: str, funder: int, amount_fen: int) -> None:
        if kind == "floor":
            self.floors.append((np.flatnonzero(self.market.floor_row[self.asset] == row), amount_fen))
        elif kind != "obligor":  # obligors have a row each here
            counts = np.zeros(self.asset.size, dtype=bool)
            for rows in self.market.rows(funder):
                counts |= rows[self.asset] == row
            self.caps.append((np.flatnonzero(counts & (self.taker == funder)), amount_fen))

    def _whole(self, most_fen: int) -> float:
        """A limit in the units of the search: amounts have a common step, so what lies between two steps is no room."""
        return most_fen // self.step * self.step / self.unit

    def _row(
        self,
        pairs: np.ndarray,
        weights: np.ndarray | float,
        *,
        least: float = -np.inf,
        most: float = np.inf,
        switch: tuple[int, float] | None = None,
    ) -> None:
        columns, data = pairs, np.broadcast_to(weights, pairs.shape)
        if switch is not None:
            columns, data = np.append(columns, self.asset.size + switch[0]), np.append(data, switch[1])
        shape = (1, self.asset.size + self.market.funders)
        self.rows.append(csr_array((data, (np.zeros(columns.size, dtype=int), columns)), shape=shape))
        self.least.append(least)
        self.most.append(most)

    def _lot(self, funder: int) -> None:
        """At least the lot, or nothing."""
        own = np.flatnonzero(self.taker == funder)
        amounts = self.amount[own] / self.unit
        self._row(own, amounts, least=0.0, switch=(funder, -float(self.lots[funder]) / self.unit))
        for pair in own:
            self._row(np.array([pair]), 1.0, most=0.0, switch=(funder, -1.0))

    def keep(self, worth: np.ndarray, least: float) -> None:
        """From now on a placement must be worth at least as much."""
        scale = _scale(worth)
        self._row(np.arange(worth.size), worth * scale, least=least * scale)

    def best(self, worth: np.ndarray) -> tuple[np.ndarray | None, float, bool]:
        """The pairs of the best placement found, (pairs,) bool; what none can exceed; whether it is proven the best.

        The solver takes 0.999999 for 1. A placement that breaks a limit by a fen for that reason is ruled out by the
        set of its pairs, and the search goes on.

        Raises:
            BadInput: whole assets cannot meet a floor.
            WorkFailed: the solver gave up.
        """
        count, scale = worth.size, _scale(worth)
        if count == 0:
            return np.zeros(0, dtype=bool), 0.0, True
        while True:
            result = milp(
                np.append(-worth * scale, np.zeros(self.market.funders)),
                integrality=np.ones(count + self.market.funders),
                bounds=Bounds(0.0, 1.0),
                constraints=LinearConstraint(vstack(self.rows).tocsr(), self.least, self.most),
                options={"mip_rel_gap": 0.0, "node_limit": self.nodes_most},
            )
            if result.status == _IMPOSSIBLE:
                self._refuse_floor()
            is_given_up = "limit reached" in result.message.lower()  # scipy has no status of its own for nodes
            if not result.success and not is_given_up:
                raise WorkFailed(f"whole assets were not placed: {result.message}")
            bound = float("inf") if result.mip_dual_bound is None else -float(result.mip_dual_bound) / scale
            chosen = None if result.x is None else result.x[:count] > 0.5
            broken = [] if chosen is None else self._broken(chosen)
            if not broken:
                return chosen, bound, not is_given_up
            if is_given_up:
                return None, bound, False
            for pairs, told in broken:
                self._row(pairs, 1.0, **told)

    def _broken(self, chosen: np.ndarray) -> list[tuple[np.ndarray, dict[str, Any]]]:
        """Limits broken in whole fen, each with the row that rules out this way of breaking it."""
        cuts: list[tuple[np.ndarray, dict[str, Any]]] = []
        for pairs, most in self.caps:
            inside = pairs[chosen[pairs]]
            if self.amount[inside].sum() > most:
                cuts.append((inside, {"most": inside.size - 1.0}))
        for pairs, least in self.floors:
            if self.amount[pairs[chosen[pairs]]].sum() < least:
                cuts.append((pairs[~chosen[pairs]], {"least": 1.0}))
        for funder in np.flatnonzero(self.lots > 0).tolist():
            own = np.flatnonzero(self.taker == funder)
            if 0 < self.amount[own[chosen[own]]].sum() < self.lots[funder]:  # one more pair, or no part at all
                cuts.append((own[~chosen[own]], {"least": 0.0, "switch": (funder, -1.0)}))
        return cuts

    def _refuse_floor(self) -> None:
        """Without a floor, placing nothing is always possible."""
        raise BadInput(
            Problem(
                "the floor cannot be met with whole assets, though it could be with parts of them",
                field="floor.share_least",
                value="; ".join(limit.name for limit in self.market.limits if limit.kind == "floor"),
                remedy="lower the floor, or raise capacity, limits or tickets until a whole asset fits",
            )
        )


def _scale(worth: np.ndarray) -> float:
    """Brings the largest worth of one pair to 10,000, where the solver's tolerances mean a ten-millionth of it."""
    return _FINEST / max(float(np.abs(worth).max(initial=0.0)), 1e-300)
