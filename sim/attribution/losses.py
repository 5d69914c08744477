"""Losses by channel: every fen that lenders, platform and suppliers lost, told apart by where it came from.

An account, not an experiment: the loss on a facility has first a part that its security or the estate would have paid
at undisturbed prices (`collateral_price`); the rest is divided over what pulled the obligor down
(`sim.attribution.strains`), in proportion, by largest remainders. So the channels sum to the loss, facility by facility
and payer by payer, to the fen. It is hidden truth: it is told about a market and never in it.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from sim import rules
from sim.attribution.causes import CHANNELS, COLLATERAL, OWN
from sim.attribution.strains import Fall, falls_of
from sim.books.ledger import FUNDING
from sim.books.recorders import MISSING

PAYERS = ("lender", "platform", "supplier")
"""Who bears losses; suppliers bear those on their own bills, which no product causes."""
TRADE_CREDIT = "trade_credit"
COLUMNS = ("facility_id", "firm_id", "product", "payer", "channel", "loss_fen")


def split_fen(amount: int, weights: Sequence[int]) -> list[int]:
    """An amount in proportion to weights, in whole fen that sum to it: largest remainders, the first among equals.

    Args:
        amount: fen; a negative one is split like its size.
        weights: none negative, not all zero.
    """
    total, size = sum(weights), abs(amount)
    parts = [size * weight // total for weight in weights]
    left = size - sum(parts)
    by_remainder = sorted(range(len(weights)), key=lambda place: (-(size * weights[place] % total), place))
    for place in by_remainder[:left]:
        parts[place] += 1
    return parts if amount >= 0 else [-part for part in parts]


def losses_of(market: Any, falls: list[Fall] | None = None) -> pd.DataFrame:
    """What was lost on observed days, by facility, payer and channel.

    Args:
        market: lived to its end.
        falls: of `sim.attribution.strains.falls_of`, where known already.

    Returns:
        Columns COLUMNS; rows of zero are left out. `loss_fen` is net of what came back; a row can be negative where
        more came back than was lost on observed days. Rows of lenders and platform sum to the day rows' losses.
    """
    falls = falls_of(market) if falls is None else falls
    by_facility = {fall.facility: fall for fall in falls if fall.facility != MISSING}
    by_firm = {fall.firm: fall for fall in reversed(falls)}
    estate = _Estates(market)
    firm_ids = market.profiles.firms["firm_id"].to_numpy(dtype=object)
    rows: list[tuple[Any, ...]] = []
    for number, (ever, by_lender, by_platform) in _moves(market).items():
        facility = market.book.facilities[number]
        fall = by_facility.get(number)
        gap = estate.direct_fen(number) + estate.part_fen(facility.obligor, facility.open_fen)
        weights = _weights(ever, gap, fall)
        for payer, amount in (("lender", by_lender), ("platform", by_platform)):
            _tell(rows, (f"C{number:07d}", firm_ids[facility.obligor.row], facility.product, payer), amount, weights)
    for firm, (ever, amount) in _supplier_moves(market).items():
        open_fen = sum(bill.open_fen for bill in market.smes[firm].bills)
        weights = _weights(ever, estate.part_fen(market.smes[firm], open_fen), by_firm.get(firm))
        _tell(rows, (None, firm_ids[firm], TRADE_CREDIT, "supplier"), amount, weights)
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    return frame.astype({"loss_fen": np.int64})


def by_channel(losses: pd.DataFrame) -> dict[str, int]:
    """Losses of lenders and platform by channel, all channels named; the keys of a run's summary."""
    credit = losses[losses["payer"] != "supplier"].groupby("channel")["loss_fen"].sum()
    return {f"loss_{channel}_fen": int(credit.get(channel, 0)) for channel in CHANNELS}


def _weights(ever: int, gap: int, fall: Fall | None) -> list[int]:
    """How a loss is divided: what prices took first, the rest by what pulled the obligor down."""
    causes = [int(place == OWN) for place in range(len(CHANNELS))] if fall is None else fall.by_channel
    if ever <= 0:
        return causes
    by_price = min(gap, ever)
    parts = split_fen(ever - by_price, causes)
    parts[COLLATERAL] += by_price
    return parts


def _tell(rows: list[tuple[Any, ...]], key: tuple[Any, ...], amount: int, weights: list[int]) -> None:
    if amount:
        parts = split_fen(amount, weights)
        rows.extend((*key, channel, part) for channel, part in zip(CHANNELS, parts, strict=True) if part)


def _moves(market: Any) -> dict[int, tuple[int, int, int]]:
    """Loss by facility: over its whole life; on observed days by lender and by platform."""
    table, first = market.causes.write_downs.columns(), market.settings.burn_in_days
    told: dict[int, tuple[int, int, int]] = {}
    for number, day, amount, part in zip(*(table[name].tolist() for name in table), strict=True):
        ever, by_lender, by_platform = told.get(number, (0, 0, 0))
        seen = int(day >= first)
        told[number] = ever + amount, by_lender + seen * (amount - part), by_platform + seen * part
    return told


def _supplier_moves(market: Any) -> dict[int, tuple[int, int]]:
    """Bills written down by firm: ever, and on observed days."""
    table, first = market.causes.supplier_losses.columns(), market.settings.burn_in_days
    told: dict[int, tuple[int, int]] = {}
    for firm, _, day, amount in zip(*(table[name].tolist() for name in table), strict=True):
        ever, observed = told.get(firm, (0, 0))
        told[firm] = ever + amount, observed + (amount if day >= first else 0)
    return told


class _Estates:
    """What security and estates would have paid more, had prices been undisturbed."""

    def __init__(self, market: Any) -> None:
        self.market = market
        self._direct = _summed(market.causes.price_gaps.columns(), "facility")
        self._estates = _summed(market.causes.estate_gaps.columns(), "firm")
        self._claims: dict[int, int] = {}
        for facility in market.book.facilities:
            row = facility.obligor.row
            if row in self._estates and facility.status in ("defaulted", "written_off"):
                self._claims[row] = self._claims.get(row, 0) + facility.open_fen

    def direct_fen(self, facility: int) -> int:
        """What goods or a machine behind a facility brought too little."""
        return self._direct.get(facility, 0)

    def part_fen(self, sme: Any, claim_fen: int) -> int:
        """What a claim would have got more of an estate: cost, workers and bank first, then pro rata."""
        gap = self._estates.get(sme.row, 0)
        if gap == 0 or claim_fen == 0:
            return 0
        gap -= rules.share_fen(gap, self.market.settings.estate_cost_ppm)
        gap -= sme.wages_owed_fen - sme.money[sme.slot + FUNDING]
        claims = self._claims.get(sme.row, 0) + sum(bill.open_fen for bill in sme.bills)
        return max(gap, 0) * claim_fen // max(claims, 1)


def _summed(columns: dict[str, np.ndarray], key: str) -> dict[int, int]:
    told: dict[int, int] = {}
    for number, amount in zip(columns[key].tolist(), columns["amount"].tolist(), strict=True):
        told[number] = told.get(number, 0) + amount
    return told
