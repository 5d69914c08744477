"""The linear programme behind funding: cells of like assets on one side, funders on the other.

The programme places amounts of cells with funders and values them at the middle of their step of net yield, so that its
value does not depend on how finely assets are sorted into cells: a looser mandate can only raise it. Its duals price
every limit. From those prices follows, by weak duality, a bound that no placement of whole assets can beat, at the
assets' true margins.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, hstack, vstack

from credit.errors import BadInput, Problem, WorkFailed
from credit.funding_market import Market

FEN_PER_UNIT = 1e8
"""The programme counts in RMB m, so that its numbers stay near 1."""

MOST_EXACT_COLUMNS = 20_000
"""Columns (cell, funder) up to which minimum lots are decided on the full programme."""

_TIE_BREAK = 1e-4


class Objective(StrEnum):
    """What the matching makes as large as it can."""

    MARGIN = "margin"  # yuan of risk-adjusted margin a year
    FILL = "fill"  # yuan funded; margin decides only between equal fills (by a ten-thousandth)


@dataclass(frozen=True)
class Plan:
    """The programme's answer.

    Attributes:
        placed: (c, k) fen of each cell with each funder, as float.
        value: value of the objective (yuan a year for margin, yuan for fill).
        bound: what no placement of whole assets can exceed with the funders that take part.
        prices: (rows,) shadow price of each limit: value for one more yuan of it (a floor: what one yuan of it costs).
        is_open: (k,) funders that take part; a funder below its minimum lot takes no part.
    """

    placed: np.ndarray
    value: float
    bound: float
    prices: np.ndarray
    is_open: np.ndarray


def solve(market: Market, objective: Objective) -> Plan:
    """Solve the programme; where a funder would fall below its minimum lot, decide exactly who takes part.

    Raises:
        BadInput: a floor cannot be met; the message names the largest share that can.
        WorkFailed: the solver gave up.
    """
    columns, programme = _programme(market, objective)
    is_open = np.ones(market.funders, dtype=bool)
    if columns["cell"].size == 0:
        if any(limit.kind == "floor" and limit.amount_fen > 0 for limit in market.limits):
            _refuse_floor(market, columns, programme)
        return Plan(
            np.zeros((market.cell.max(initial=-1) + 1, market.funders)), 0.0, 0.0, np.zeros(len(market.limits)), is_open
        )
    result = _solved(market, columns, programme, is_open)
    lots = np.array([mandate.minimum_lot * 100 / FEN_PER_UNIT for mandate in market.mandates])
    taken = np.bincount(columns["funder"], weights=result.x, minlength=market.funders)
    if np.any((taken < lots * (1.0 - 1e-9)) & (lots > 0.0)):
        is_open = _who_takes_part(market, objective, lots)
        result = _solved(market, columns, programme, is_open, lots)
        taken = np.bincount(columns["funder"], weights=result.x, minlength=market.funders)
        is_open = taken >= lots * (1.0 - 1e-9)
    rows = len(market.limits)
    prices = -np.asarray(result.ineqlin.marginals)[:rows]
    placed = np.zeros((market.cell.max() + 1, market.funders))
    placed[columns["cell"], columns["funder"]] = result.x * FEN_PER_UNIT
    bound = bound_at(market, values(market.margin, objective), np.maximum(prices, 0.0), is_open)
    return Plan(placed, -result.fun * FEN_PER_UNIT / 100.0, bound, prices, is_open)


def values(margin: np.ndarray, objective: Objective) -> np.ndarray:
    """What placing one yuan is worth, given its margin."""
    return margin if objective is Objective.MARGIN else 1.0 + _TIE_BREAK * margin


def _programme(market: Market, objective: Objective) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
    """The columns (cell, funder, worth, most) and the rows: limits and floors first, then supply by cell; RMB m."""
    cells = int(market.cell.max(initial=-1)) + 1
    first = np.unique(market.cell, return_index=True)[1]
    supply = np.bincount(market.cell, weights=market.amount, minlength=cells) / FEN_PER_UNIT
    net_yield = np.bincount(market.cell, weights=market.amount * market.net_yield, minlength=cells)
    net_yield /= supply * FEN_PER_UNIT
    parts: dict[str, list[np.ndarray]] = {"cell": [], "funder": [], "worth": [], "most": []}
    for funder, mandate in enumerate(market.mandates):
        admitted = np.flatnonzero(market.misses[first, funder] == 0)
        parts["cell"].append(admitted)
        parts["funder"].append(np.full(admitted.size, funder))
        parts["worth"].append(values(net_yield[admitted] - mandate.funding_cost_annual, objective))
        parts["most"].append(supply[admitted])
    columns = {name: np.concatenate(pieces) for name, pieces in parts.items()}
    count = columns["cell"].size
    entries: list[tuple[np.ndarray, np.ndarray, float]] = []
    for funder in range(market.funders):
        own = np.flatnonzero(columns["funder"] == funder)
        for rows in market.rows(funder):
            hit = rows[first[columns["cell"][own]]]
            entries.append((hit[hit >= 0], own[hit >= 0], 1.0))
    floor_rows = market.floor_row[first[columns["cell"]]] if count else np.zeros(0, dtype=np.int64)
    entries.append((floor_rows[floor_rows >= 0], np.flatnonzero(floor_rows >= 0), -1.0))
    shape = (len(market.limits), count)
    row, column = (np.concatenate([entry[i] for entry in entries]) for i in (0, 1))
    data = np.concatenate([np.full(entry[0].size, entry[2]) for entry in entries])
    limits = csr_array((data, (row, column)), shape=shape)
    supplies = csr_array((np.ones(count), (columns["cell"], np.arange(count))), shape=(cells, count))
    sides = np.array([(-1.0 if limit.kind == "floor" else 1.0) * limit.amount_fen for limit in market.limits])
    programme = {"A_ub": vstack([limits, supplies]).tocsr(), "b_ub": np.concatenate([sides / FEN_PER_UNIT, supply])}
    return columns, programme


def _solved(
    market: Market,
    columns: dict[str, np.ndarray],
    programme: dict[str, Any],
    is_open: np.ndarray,
    lots: np.ndarray | None = None,
) -> Any:
    """The programme's solution with some funders closed and, where lots are given, the open ones above theirs."""
    most = np.where(is_open[columns["funder"]], columns["most"], 0.0)
    matrix, sides = programme["A_ub"], programme["b_ub"]
    if lots is not None:
        active = np.flatnonzero(is_open & (lots > 0.0))
        own = [csr_array((columns["funder"] == funder).astype(float)[None, :]) for funder in active]
        if own:
            matrix, sides = vstack([matrix, *(-part for part in own)]).tocsr(), np.concatenate([sides, -lots[active]])
    bounds = np.column_stack([np.zeros(most.size), most])
    # Margins that differ by funder alone make ties everywhere: simplex crawls there, the interior point does not.
    result = linprog(-columns["worth"], A_ub=matrix, b_ub=sides, bounds=bounds, method="highs-ipm")
    if result.status not in (0, 2):
        result = linprog(-columns["worth"], A_ub=matrix, b_ub=sides, bounds=bounds, method="highs")
    if result.status == 2:
        _refuse_floor(market, columns, programme)
    if result.status != 0:
        raise WorkFailed(f"the matching programme was not solved: {result.message}")
    return result


def _who_takes_part(market: Market, objective: Objective, lots: np.ndarray) -> np.ndarray:
    """Which funders take part when each takes its minimum lot or nothing: a mixed-integer programme.

    Small programmes are solved exactly. In large ones net yields are not told apart here, which leaves the choice of
    funders feasible and costs next to nothing, but hours are not spent on it.
    """
    columns, programme = _programme(market, objective)
    is_small = columns["cell"].size <= MOST_EXACT_COLUMNS
    if not is_small:
        market = replace(market, cell=market.wide_cell)
        columns, programme = _programme(market, objective)
    count, funders = columns["cell"].size, market.funders
    matrix = programme["A_ub"]
    padded = csr_array((matrix.data, matrix.indices, matrix.indptr), shape=(matrix.shape[0], count + funders))
    own = csr_array((np.ones(count), (columns["funder"], np.arange(count))), shape=(funders, count + funders))
    switches = csr_array((np.ones(funders), (np.arange(funders), count + np.arange(funders))), shape=own.shape)
    capacity = np.array([mandate.capacity_fen / FEN_PER_UNIT for mandate in market.mandates])
    result = milp(
        np.concatenate([-columns["worth"], np.zeros(funders)]),
        integrality=np.concatenate([np.zeros(count), np.ones(funders)]),
        bounds=Bounds(0.0, np.concatenate([columns["most"], np.ones(funders)])),
        constraints=[
            LinearConstraint(padded, ub=programme["b_ub"]),
            LinearConstraint(own - switches * capacity[:, None], ub=0.0),
            LinearConstraint(own - switches * lots[:, None], lb=0.0),
        ],
        options={"mip_rel_gap": 1e-9 if is_small else 1e-3, "time_limit": 60.0},
    )
    if result.x is None:
        _refuse_floor(market, columns, programme)
        raise WorkFailed(f"no funders were found that reach their minimum lots: {result.message}")
    return (result.x[count:] > 0.5) | (lots == 0.0)


def _refuse_floor(market: Market, columns: dict[str, np.ndarray], programme: dict[str, Any]) -> None:
    """Say how high the floor could be: the largest common share of what each group offers.

    Raises:
        BadInput: always, where there is a floor.
    """
    floors = [number for number, limit in enumerate(market.limits) if limit.kind == "floor"]
    if not floors:
        return
    counted = market.floor_row >= 0
    offered = np.bincount(market.floor_row[counted], weights=market.amount[counted], minlength=len(market.limits))
    served = np.zeros(len(market.limits))
    first = np.unique(market.cell, return_index=True)[1]
    if columns["cell"].size:
        np.add.at(served, market.floor_row[first[columns["cell"]]], columns["most"])
    empty = [number for number in floors if served[number] == 0.0 and market.limits[number].amount_fen > 0]
    if empty:
        raise BadInput(
            Problem(
                "the floor cannot be met: no mandate admits any asset of this group",
                field="floor",
                value=market.limits[empty[0]].name,
                remedy="widen a mandate, or take the group out of the floor",
            )
        )
    matrix, sides = programme["A_ub"], programme["b_ub"].copy()
    column = np.zeros((matrix.shape[0], 1))
    for number in floors:
        column[number, 0] = offered[number] / FEN_PER_UNIT
        sides[number] = 0.0
    count = columns["cell"].size
    widened = hstack([matrix, csr_array(column)]).tocsr()
    bounds = np.vstack([np.column_stack([np.zeros(count), columns["most"]]), [[0.0, 1.0]]])
    best = linprog(np.r_[np.zeros(count), -1.0], A_ub=widened, b_ub=sides, bounds=bounds, method="highs")
    asked = max(market.limits[number].amount_fen / offered[number] for number in floors)
    raise BadInput(
        Problem(
            f"the floor cannot be met: the largest share that every group can have is {-best.fun:.1%}",
            field="floor.share_least",
            value=round(asked, 4),
            remedy="lower the floor, or raise capacity and limits where their shadow price is high",
        )
    )


def bound_at(market: Market, worth: np.ndarray, prices: np.ndarray, is_open: np.ndarray) -> float:
    """Weak duality by asset: limits sold at their prices, every asset with whoever values it most above them.

    A floor works the other way: what it pays assets of its group comes off the bound once.
    """
    signs = np.array([-1.0 if limit.kind == "floor" else 1.0 for limit in market.limits])
    amounts = np.array([limit.amount_fen for limit in market.limits]) / 100.0
    bonus = np.where(market.floor_row >= 0, prices[market.floor_row], 0.0)
    best = np.zeros(market.amount.size)
    for funder in np.flatnonzero(is_open):
        net = worth[:, funder] + bonus
        for rows in market.rows(int(funder)):
            net = net - np.where(rows >= 0, prices[rows], 0.0)
        best = np.maximum(best, np.where(market.misses[:, funder] == 0, net, 0.0))
    return float((signs * prices * amounts).sum() + (best * market.amount).sum() / 100.0)
