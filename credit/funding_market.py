"""Assets and mandates brought together: who admits what, which limit counts for which asset, which assets are alike.

Assets that no mandate and no limit tells apart make a cell: product x grade x tenor x region as far as a limit looks at
them, the set of mandates that admit them, and their net yield to the quarter of a percent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from credit.errors import BadInput, Problem
from credit.funding_assets import check_assets, tenor_of
from credit.mandates import Mandate

NET_YIELD_STEP = 0.0025
"""Width of a cell in rate less expected loss, a share a year: what differs less is handed out by priority."""


@dataclass(frozen=True)
class Floor:
    """Fairness: every group of assets gets at least a share of what it offers.

    Attributes:
        by: the column that makes the groups: region, product, grade, or any other of the asset table.
        share_least: least share of the amount a group offers.
    """

    by: str
    share_least: float


@dataclass(frozen=True)
class Limit:
    """One row of the programme.

    Attributes:
        name: in words: "capacity of city_bank", "city_bank: region GD".
        kind: capacity, obligor (all obligors at their most), limit or floor.
        funder: number of the funder; -1 for a floor.
        amount_fen: the most (for a floor: the least) that may be placed.
    """

    name: str
    kind: str
    funder: int
    amount_fen: int


@dataclass(frozen=True)
class Market:
    """Assets and mandates as arrays: n assets, k funders, c cells.

    Attributes:
        assets: the checked table, with a column `tenor`.
        mandates: the mandates in order.
        amount: (n,) fen.
        misses: (n, k) bits of `Fit`; 0 = admitted.
        margin: (n, k) risk-adjusted margin, a share a year.
        obligor: (n,) number of the obligor.
        cell: (n,) number of the cell.
        wide_cell: (n,) number of the cell when net yields are not told apart.
        net_yield: (n,) rate less expected loss as the programme sees it: the middle of its step.
        limits: the rows of the programme.
        row_of: (k,) for each funder pairs of (codes of an asset column (n,), row by code or -1).
        floor_row: (n,) row of the floor that each asset counts for, -1 for none.
    """

    assets: pd.DataFrame
    mandates: tuple[Mandate, ...]
    amount: np.ndarray
    misses: np.ndarray
    margin: np.ndarray
    obligor: np.ndarray
    cell: np.ndarray
    wide_cell: np.ndarray
    net_yield: np.ndarray
    limits: tuple[Limit, ...]
    row_of: tuple[tuple[tuple[np.ndarray, np.ndarray], ...], ...]
    floor_row: np.ndarray

    @property
    def funders(self) -> int:
        """Number of funders."""
        return len(self.mandates)

    def rows(self, funder: int) -> list[np.ndarray]:
        """For each limit of a funder: the row that each asset counts for, (n,), -1 for none; capacity first."""
        capacity = np.full(self.amount.size, funder)
        return [capacity, *(rows[codes] for codes, rows in self.row_of[funder])]


def market_of(assets: pd.DataFrame, mandates: Sequence[Mandate], floor: Floor | None = None) -> Market:
    """Bring assets and mandates into arrays and number the cells.

    Raises:
        BadInput: the table of assets or the floor breaks a rule.
    """
    table = check_assets(assets) if floor is None else check_assets(assets).assign(**_extra(assets, floor))
    table["tenor"] = tenor_of(table["term_days"].to_numpy())
    misses = np.column_stack([mandate.misses(table) for mandate in mandates])
    margin = np.column_stack([mandate.margin_annual(table) for mandate in mandates])
    obligor = pd.factorize(table["firm_id"])[0]
    codes = {name: pd.factorize(table[name], sort=True) for name in ("product", "grade", "tenor", "region")}
    limits = [Limit(f"{m.name}: capacity", "capacity", f, m.capacity_fen) for f, m in enumerate(mandates)]
    row_of: list[tuple[tuple[np.ndarray, np.ndarray], ...]] = []
    for funder, mandate in enumerate(mandates):
        admitted = misses[:, funder] == 0
        of_obligor = np.bincount(obligor[admitted], weights=table["amount_fen"].to_numpy()[admitted])
        reach_fen = int(np.minimum(of_obligor, mandate.obligor_cap_fen).sum())
        maps = [(np.zeros(len(table), dtype=np.int64), np.array([len(limits)]))]
        limits.append(Limit(f"{mandate.name}: obligors at their most", "obligor", funder, reach_fen))
        for limit in mandate.limits:
            numbers, names = codes[limit.by]
            rows = np.full(len(names), -1)
            most_fen = int(mandate.capacity_fen * limit.share_most)
            if limit.among is None:
                for number, name in enumerate(names):
                    rows[number] = len(limits)
                    limits.append(Limit(f"{mandate.name}: {limit.by} {name}", "limit", funder, most_fen))
            else:
                rows[np.isin(np.asarray(names, dtype=object), limit.among)] = len(limits)
                limits.append(Limit(f"{mandate.name}: {limit.by} {'+'.join(limit.among)}", "limit", funder, most_fen))
            maps.append((numbers, rows))
        row_of.append(tuple(maps))
    amount = table["amount_fen"].to_numpy()
    floor_row = np.full(len(table), -1)
    limited = {limit.by for mandate in mandates for limit in mandate.limits}
    keys = [codes[name][0] for name in codes if name in limited]
    if floor is not None:
        groups, names = pd.factorize(table[floor.by], sort=True)
        offered = np.bincount(groups, weights=amount)
        floor_row = len(limits) + groups
        keys.append(groups)
        limits += [
            Limit(f"floor: {floor.by} {name}", "floor", -1, int(np.floor(floor.share_least * offered[number])))
            for number, name in enumerate(names)
        ]
    pattern = np.unique(misses == 0, axis=0, return_inverse=True)[1].ravel()
    wide_cell = np.unique(np.column_stack([pattern, *keys]), axis=0, return_inverse=True)[1].ravel()
    net_yield = (table["rate_annual"] - table["expected_loss_annual"]).to_numpy()
    steps = np.floor(net_yield / NET_YIELD_STEP).astype(np.int64)
    cell = np.unique(np.column_stack([wide_cell, steps]), axis=0, return_inverse=True)[1].ravel()
    return Market(
        table,
        tuple(mandates),
        amount,
        misses,
        margin,
        obligor,
        cell,
        wide_cell,
        (steps + 0.5) * NET_YIELD_STEP,
        tuple(limits),
        tuple(row_of),
        floor_row,
    )


def _extra(assets: pd.DataFrame, floor: Floor) -> dict[str, Any]:
    if floor.by not in assets.columns:
        raise BadInput(Problem("must be a column of the table of assets", field="floor.by", value=floor.by))
    if not 0.0 <= floor.share_least <= 1.0:
        raise BadInput(Problem("must be a share from 0 to 1", field="floor.share_least", value=floor.share_least))
    return {floor.by: assets[floor.by].to_numpy()}
