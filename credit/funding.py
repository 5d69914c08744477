"""Funders matched to assets: a linear programme over cells, then whole assets.

The programme (`credit.funding_program`) says how much of each cell goes to whom and what every limit is worth. Whole
assets are placed exactly in a small market (`credit.exact_allotment`), by the programme's quotas in a large one
(`credit.allotment`). Whatever stays unmatched is told why: which limit binds, or which mandate is nearest and what
would have to change.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from credit.allotment import UNPLACED, Desk, priorities
from credit.errors import BadInput, Problem
from credit.exact_allotment import MOST_NODES, MOST_PAIRS, Rounding, pairs_of, place_exactly
from credit.funding_market import Floor, Market, market_of
from credit.funding_program import Objective, Plan, bound_at, solve, values
from credit.mandates import Fit, Mandate, check_names


@dataclass(frozen=True)
class Matching:
    """Who funds what, how good that is, and why the rest found nobody.

    Attributes:
        placements: one row an asset, in the order given: `asset_id`, `amount_fen`, `funder` (missing: unmatched).
        funders: one row a mandate: `capacity_fen`, `admitted_fen`, `placed_fen`, `assets`, `margin_yuan_a_year`,
            `takes_part` (a mandate that cannot reach its minimum lot does not), `excludes_most` (the criterion that
            keeps out most of the amount).
        limits: one row a limit or floor: `limit`, `kind`, `amount_fen`, `placed_fen`, `shadow_price` (value of the
            objective for one more yuan of the limit; for a floor, what one yuan of it costs).
        unmatched: one row an unmatched asset: `asset_id`, `amount_fen`, `reason` (no_mandate, minimum_lot, capacity,
            limit, obligor), `nearest` (the mandate that misses least, or that has the most room), `misses` (criteria,
            joined by ";", or the limit that binds), `short_fen` (how much room is missing there).
        objective: what was made large.
        value: of the placement, yuan a year of margin or yuan of fill.
        programme_value: of the programme that may split assets, at net yields rounded to its steps.
        bound: no placement of whole assets with the funders that take part is worth more (duals of the programme, asset
            by asset).
        rounding: how whole assets were found: exactly, or not, and why not.
        fill_loss_most_fen: with the objective `fill`, no looser mandates place more than this less; 0 where exact. None
            with the objective `margin`, which promises margin, not fill.
        offered_fen: amount offered.
        placed_fen: amount placed.
        margin_yuan_a_year: risk-adjusted margin of what was placed.
    """

    placements: pd.DataFrame
    funders: pd.DataFrame
    limits: pd.DataFrame
    unmatched: pd.DataFrame
    objective: Objective
    value: float
    programme_value: float
    bound: float
    rounding: Rounding
    fill_loss_most_fen: int | None
    offered_fen: int
    placed_fen: int
    margin_yuan_a_year: float
    _desk: Desk

    @property
    def fill_rate(self) -> float:
        """Placed over offered, a share."""
        return self.placed_fen / self.offered_fen if self.offered_fen else 0.0

    @property
    def gap_share(self) -> float:
        """How far the value may lie below the best possible, as a share of the bound."""
        return (self.bound - self.value) / self.bound if self.bound > 0.0 else 0.0

    @property
    def rounding_loss_most_fen(self) -> int:
        """What handing out by quotas may lose against the programme: one asset a cell and funder, and blocked obligors.

        Bounds `fill_loss_most_fen` in a large market in which no minimum lot closes a funder.
        """
        return self._desk.rounding_loss_most_fen

    def fill_by(self, column: str) -> pd.DataFrame:
        """Offered and placed by a column of the assets: `offered_fen`, `placed_fen`, `fill_rate`.

        Raises:
            BadInput: the assets have no such column.
        """
        table = self._desk.market.assets
        if column not in table.columns:
            raise BadInput(Problem("must be a column of the table of assets", field="column", value=column))
        is_placed = self.placements["funder"].notna().to_numpy()
        amounts = pd.DataFrame({"offered_fen": table["amount_fen"], "placed_fen": table["amount_fen"] * is_placed})
        told = amounts.groupby(table[column]).sum()
        return told.assign(fill_rate=told["placed_fen"] / told["offered_fen"])

    def why(self, asset_id: str) -> list[str]:
        """Why an asset is unmatched, mandate by mandate, and what would have to change; empty when it is placed.

        Raises:
            BadInput: there is no such asset.
        """
        rows = np.flatnonzero(self.placements["asset_id"].to_numpy() == asset_id)
        if rows.size == 0:
            raise BadInput(Problem("must name an asset of the table", field="asset_id", value=asset_id))
        if pd.notna(self.placements["funder"].iloc[rows[0]]):
            return []
        asset = self._desk.market.assets.iloc[rows[0]]
        told = []
        for number, mandate in enumerate(self._desk.market.mandates):
            changes = mandate.changes(asset)
            if not changes:
                lacking_fen, _, name = self._desk.lacking(int(rows[0]), number)
                changes = [f"{name} is {lacking_fen / 100:,.0f} yuan short"]
            told.append(f"{mandate.name}: {'; '.join(changes)}")
        return told


def match(
    assets: pd.DataFrame,
    mandates: Sequence[Mandate],
    *,
    key: str,
    objective: Objective = Objective.MARGIN,
    floor: Floor | None = None,
    exact_pairs_most: int = MOST_PAIRS,
    exact_nodes_most: int = MOST_NODES,
) -> Matching:
    """Place assets with funders.

    Loosening a mandate never lowers what the objective names, because it only widens what is possible: in a small
    market (`rounding` exact) the amount placed with `fill`, the margin with `margin`; margin may well rise while less
    is placed. In a large market that holds of the programme, and whole assets follow it to within `gap_share`; by how
    much fill may then fall is told (`fill_loss_most_fen`): without minimum lots at most one asset a cell and funder,
    and what an obligor's most turns away.

    Args:
        assets: one row an asset, columns as in `credit.mandates.ASSET_COLUMNS`.
        mandates: what the funders want.
        key: orders assets inside a cell; the same key gives the same order, whatever else is offered.
        objective: margin (the default) or fill.
        floor: least share of its offer that every group of assets gets; in a large market to within an asset.
        exact_pairs_most: pairs of an asset and a funder that admits it, up to which whole assets are placed exactly.
        exact_nodes_most: nodes each stage of the exact search may use up; then the better of its find and the allotment
            stands, and `rounding` says so.

    Raises:
        BadInput: assets, mandates or floor break a rule, or the floor cannot be met.
        WorkFailed: the solver gave up.
    """
    check_names(mandates)
    market = market_of(assets, mandates, floor)
    plan = solve(market, objective)
    turn = priorities(market.assets["asset_id"], key)
    worth = values(market.margin, objective)
    if pairs_of(market) > exact_pairs_most:
        desk = _allotted(market, plan, worth, turn)
        return _told(market, plan, desk, objective, Rounding.LARGE_MARKET, plan.value * 100.0)
    exact = place_exactly(market, objective, turn, exact_nodes_most)
    desk = Desk(market, plan, worth)
    if exact.funder is not None:
        desk.place(exact.funder, exact.is_open)
    if exact.rounding is Rounding.NODE_LIMIT:
        allotted = _allotted(market, plan, worth, turn)
        if exact.funder is None or _worth(market, allotted, worth) > _worth(market, desk, worth):
            desk = allotted
    return _told(market, plan, desk, objective, exact.rounding, exact.bound)


def _allotted(market: Market, plan: Plan, worth: np.ndarray, turn: np.ndarray) -> Desk:
    """Whole assets by the programme's quotas and their keyed turn."""
    desk = Desk(market, plan, worth)
    desk.place_as_planned(plan, turn)
    desk.place_the_rest(turn)
    desk.release_small_lots(turn)
    return desk


def _worth(market: Market, desk: Desk, worth: np.ndarray) -> float:
    """Value of a placement, yuan."""
    rows = np.flatnonzero(desk.funder != UNPLACED)
    return float((worth[rows, desk.funder[rows]] * market.amount[rows]).sum()) / 100.0


def _told(
    market: Market, plan: Plan, desk: Desk, objective: Objective, rounding: Rounding, most_fen: float
) -> Matching:
    """The answer; `most_fen`: with the objective fill, what no placement exceeds."""
    names = np.array([mandate.name for mandate in market.mandates], dtype=object)
    is_placed = desk.funder != UNPLACED
    rows = np.flatnonzero(is_placed)
    margin = np.zeros(market.amount.size)
    margin[rows] = market.margin[rows, desk.funder[rows]] * market.amount[rows] / 100.0
    worth = values(market.margin, objective)
    prices = np.maximum(plan.prices, 0.0)
    loss_fen = None if objective is Objective.MARGIN else max(round(most_fen - float(market.amount[rows].sum())), 0)
    if rounding in (Rounding.EXACT, Rounding.EXACT_FIRST) and loss_fen is not None:
        loss_fen = 0
    placed = desk.placed_by_funder()
    funders = pd.DataFrame(
        {
            "capacity_fen": [mandate.capacity_fen for mandate in market.mandates],
            "admitted_fen": [int(market.amount[market.misses[:, f] == 0].sum()) for f in range(market.funders)],
            "placed_fen": placed,
            "assets": np.bincount(desk.funder[rows], minlength=market.funders),
            "margin_yuan_a_year": np.bincount(desk.funder[rows], weights=margin[rows], minlength=market.funders),
            "takes_part": desk.is_open,
            "excludes_most": [_excludes_most(market, f) for f in range(market.funders)],
        },
        index=pd.Index(names, name="funder"),
    )
    limits = pd.DataFrame(
        {
            "limit": [limit.name for limit in market.limits],
            "kind": [limit.kind for limit in market.limits],
            "amount_fen": [limit.amount_fen for limit in market.limits],
            "placed_fen": desk.placed_by_row(),
            "shadow_price": plan.prices,
        }
    )
    placements = pd.DataFrame(
        {
            "asset_id": market.assets["asset_id"],
            "amount_fen": market.amount,
            "funder": np.where(is_placed, names[desk.funder], None),
        }
    )
    return Matching(
        placements=placements,
        funders=funders,
        limits=limits,
        unmatched=_reasons(market, desk, names),
        objective=objective,
        value=_worth(market, desk, worth),
        programme_value=plan.value,
        bound=max(plan.bound, bound_at(market, worth, prices, plan.is_open | desk.is_open)),
        rounding=rounding,
        fill_loss_most_fen=loss_fen,
        offered_fen=int(market.amount.sum()),
        placed_fen=int(placed.sum()),
        margin_yuan_a_year=float(margin.sum()),
        _desk=desk,
    )


def _excludes_most(market: Market, funder: int) -> str:
    """The criterion that keeps out most of the amount offered; empty where the mandate admits everything."""
    kept_out = {
        criterion: int(market.amount[(market.misses[:, funder] & int(criterion)) > 0].sum()) for criterion in Fit
    }
    worst = max(kept_out, key=lambda criterion: kept_out[criterion])
    return _label(worst) if kept_out[worst] else ""


def _reasons(market: Market, desk: Desk, names: np.ndarray) -> pd.DataFrame:
    free = np.flatnonzero(desk.funder == UNPLACED)
    missed = market.misses[free]
    is_admitted = (missed == 0).any(axis=1)
    count = np.bitwise_count(missed)
    nearest = np.argmin(count, axis=1) if free.size else np.zeros(0, dtype=int)
    reason = np.full(free.size, "no_mandate", dtype=object)
    told = np.array([_labels(int(bits)) for bits in missed[np.arange(free.size), nearest]], dtype=object)
    short = np.zeros(free.size, dtype=np.int64)
    for place in np.flatnonzero(is_admitted).tolist():
        asset = int(free[place])
        takers = np.flatnonzero(missed[place] == 0).tolist()
        best = min(((*desk.lacking(asset, funder), funder) for funder in takers), key=lambda found: found[0])
        short[place], reason[place], told[place], nearest[place] = best
    return pd.DataFrame(
        {
            "asset_id": market.assets["asset_id"].to_numpy()[free],
            "amount_fen": market.amount[free],
            "reason": reason,
            "nearest": names[nearest],
            "misses": told,
            "short_fen": short,
        }
    )


def _labels(bits: int) -> str:
    return ";".join(_label(criterion) for criterion in Fit if criterion & bits)


def _label(criterion: Fit) -> str:
    return (criterion.name or "").lower()
