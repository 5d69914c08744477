"""Whole assets handed out: quotas of the programme first, by keyed turn, then whatever room is left.

Inside a cell assets go in the order of a hash of key and asset name, so that an asset's turn depends on no other asset
and on no order of rows. What is left over then goes, cell by cell from the most valuable, to any funder that still has
room.
"""

import hashlib
from collections.abc import Sequence

import numpy as np
import pandas as pd

from credit.funding_market import Market
from credit.funding_program import Plan

UNPLACED = -1


def priorities(asset_ids: Sequence[str] | pd.Series, key: str) -> np.ndarray:
    """The turn of each asset, a 64-bit number that depends on the key and its own name alone; the least goes first."""
    start = hashlib.blake2b(key=key.encode("utf-8")[:64], digest_size=8)
    turns = np.empty(len(asset_ids), dtype=np.uint64)
    for number, name in enumerate(asset_ids):
        hashed = start.copy()
        hashed.update(str(name).encode("utf-8"))
        turns[number] = int.from_bytes(hashed.digest(), "big")
    return turns


class Desk:
    """Hands out whole assets and keeps account of every limit, in fen."""

    def __init__(self, market: Market, plan: Plan, worth: np.ndarray) -> None:
        self.market = market
        self.planned = plan.placed
        self.amount = market.amount.tolist()
        self.obligor = market.obligor.tolist()
        self.is_open = plan.is_open.copy()
        self.room = [limit.amount_fen for limit in market.limits]
        self.obligor_cap = [mandate.obligor_cap_fen for mandate in market.mandates]
        self.obligor_used: dict[tuple[int, int], int] = {}
        self.rows = [[rows.tolist() for rows in market.rows(funder)] for funder in range(market.funders)]
        self.funder = np.full(market.amount.size, UNPLACED)
        prices = np.maximum(plan.prices, 0.0)
        net = worth.copy()
        for funder in range(market.funders):
            for rows in market.rows(funder):
                net[:, funder] -= np.where(rows >= 0, prices[rows], 0.0)
        self.net = np.where(market.misses == 0, net, -np.inf)

    def blocked_by(self, asset: int, funder: int) -> int | None:
        """The row without room for an asset; -1 where the obligor has its most; None where it fits."""
        amount = self.amount[asset]
        for rows in self.rows[funder]:
            row = rows[asset]
            if row >= 0 and self.room[row] < amount:
                return row
        used = self.obligor_used.get((funder, self.obligor[asset]), 0)
        return -1 if used + amount > self.obligor_cap[funder] else None

    def lacking(self, asset: int, funder: int) -> tuple[int, str, str]:
        """How much room an admitted asset lacks with a funder, fen; what kind of limit binds; its name."""
        if not self.is_open[funder]:
            lot_fen = round(self.market.mandates[funder].minimum_lot * 100)
            return lot_fen, "minimum_lot", "minimum lot"
        row = self.blocked_by(asset, funder)
        if row is None:
            return 0, "none", "nothing"
        if row < 0:
            used = self.obligor_used.get((funder, self.obligor[asset]), 0)
            return used + self.amount[asset] - self.obligor_cap[funder], "obligor", "most of one obligor"
        limit = self.market.limits[row]
        return self.amount[asset] - self.room[row], limit.kind, limit.name.split(": ", 1)[1]

    def book(self, asset: int, funder: int, sign: int = 1) -> None:
        """Place an asset (or, with -1, take it back)."""
        amount = sign * self.amount[asset]
        for rows in self.rows[funder]:
            row = rows[asset]
            if row >= 0:
                self.room[row] -= amount
        pair = (funder, self.obligor[asset])
        self.obligor_used[pair] = self.obligor_used.get(pair, 0) + amount
        self.funder[asset] = funder if sign > 0 else UNPLACED

    def place(self, funder: np.ndarray, is_open: np.ndarray) -> None:
        """Take a placement as it is: (n,) funders, `UNPLACED` for none, and the (k,) funders that take part."""
        self.is_open = is_open.copy()
        for asset in np.flatnonzero(funder != UNPLACED).tolist():
            self.book(asset, int(funder[asset]))

    def place_as_planned(self, plan: Plan, turn: np.ndarray) -> None:
        """Fill each cell's quotas with its assets in their turn; the dearest place first."""
        order = np.lexsort((turn, self.market.cell))
        cells, starts = np.unique(self.market.cell[order], return_index=True)
        for cell, members in zip(cells.tolist(), np.split(order, starts[1:]), strict=True):
            quotas = plan.placed[cell]
            takers = np.flatnonzero((quotas > 0.5) & self.is_open)
            if takers.size == 0:
                continue
            left = {
                int(f): float(quotas[f]) + 0.5 for f in takers[np.argsort(-self.net[members[0], takers], kind="stable")]
            }
            for asset in members.tolist():
                for funder, quota in left.items():
                    if self.amount[asset] <= quota and self.blocked_by(asset, funder) is None:
                        self.book(asset, funder)
                        left[funder] = quota - self.amount[asset]
                        break

    def place_the_rest(self, turn: np.ndarray) -> None:
        """Give what is left over to any admitted funder with room: groups below their floor first, then by worth."""
        best = np.max(self.net, axis=1, initial=-np.inf)
        is_free = (self.funder == UNPLACED) & np.isfinite(best)
        cells = self.market.cell
        worth = np.full(int(cells.max(initial=-1)) + 1, -np.inf)
        np.maximum.at(worth, cells[is_free], best[is_free])
        is_behind = self._is_behind()
        free = np.flatnonzero(is_free)
        order = free[np.lexsort((turn[free], -worth[cells[free]], ~is_behind[free]))]
        by_worth = np.argsort(-self.net, axis=1, kind="stable")
        for asset in order.tolist():
            for funder in by_worth[asset].tolist():
                if not np.isfinite(self.net[asset, funder]):
                    break
                if self.is_open[funder] and self.blocked_by(asset, funder) is None:
                    self.book(asset, funder)
                    break

    def release_small_lots(self, turn: np.ndarray) -> None:
        """A funder that whole assets leave just below its minimum lot takes nothing: others get its assets."""
        for _ in range(self.market.funders):
            placed = self.placed_by_funder()
            lots = np.array([round(mandate.minimum_lot * 100) for mandate in self.market.mandates])
            small = np.flatnonzero(self.is_open & (placed < lots))
            if small.size == 0:
                return
            funder = int(small[np.argmin(placed[small] - lots[small])])
            for asset in np.flatnonzero(self.funder == funder).tolist():
                self.book(asset, funder, sign=-1)
            self.is_open[funder] = False
            self.place_the_rest(turn)

    def placed_by_funder(self) -> np.ndarray:
        """Fen placed with each funder, (k,)."""
        is_placed = self.funder != UNPLACED
        placed = np.zeros(self.market.funders, dtype=np.int64)
        np.add.at(placed, self.funder[is_placed], self.market.amount[is_placed])
        return placed

    def placed_by_row(self) -> np.ndarray:
        """Fen that count for each limit and floor, (rows,)."""
        placed = np.zeros(len(self.market.limits), dtype=np.int64)
        for funder in range(self.market.funders):
            own = np.flatnonzero(self.funder == funder)
            for rows in self.market.rows(funder):
                hit = own[rows[own] >= 0]
                np.add.at(placed, rows[hit], self.market.amount[hit])
        counted = np.flatnonzero((self.funder != UNPLACED) & (self.market.floor_row >= 0))
        np.add.at(placed, self.market.floor_row[counted], self.market.amount[counted])
        return placed

    @property
    def rounding_loss_most_fen(self) -> int:
        """By how much whole assets may fall short of the programme's amount, where no minimum lot closes a funder.

        In a cell that runs out, nothing is lost. In any other, what a funder's quota still lacks is less than the asset
        that did not fit: one asset a cell and funder. Assets that an obligor's most turned away come on top.
        """
        largest = np.zeros(self.planned.shape[0], dtype=np.int64)
        np.maximum.at(largest, self.market.cell, self.market.amount)
        lost = int(((self.planned > 0.5).sum(axis=1) * largest).sum())
        is_blocked = np.zeros(self.market.amount.size, dtype=bool)
        for funder, cap in enumerate(self.obligor_cap):
            own = self.funder == funder
            used = np.bincount(self.market.obligor[own], weights=self.market.amount[own],
                               minlength=int(self.market.obligor.max()) + 1)  # fmt: skip
            is_full = used[self.market.obligor] + self.market.amount > cap
            is_blocked |= (self.market.misses[:, funder] == 0) & is_full & (self.funder == UNPLACED)
        return lost + int(self.market.amount[is_blocked].sum())

    def _is_behind(self) -> np.ndarray:
        """Assets whose group lies below its floor."""
        placed = self.placed_by_row()
        is_low = np.array(
            [limit.kind == "floor" and placed[row] < limit.amount_fen for row, limit in enumerate(self.market.limits)]
        )
        return np.where(self.market.floor_row >= 0, is_low[self.market.floor_row], False)
