"""What pulled a firm down, in fen by channel and by whom: an account of the cash that it lacked.

For each firm that fell (stopped, or let a facility go into default) the strains of a window before the day on which it
fell behind are added up by channel. What is left is its own: the larger of its losses in that window that no channel
explains, and of what it lacked beyond all channels together. A firm that stopped by a stroke of fate, or that ran away
with the money, fell by that alone.
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.attribution.causes import (
    BY_BUYER,
    BY_PLATFORM,
    CHANNELS,
    CREDIT,
    CUSTOMER,
    FLED,
    FOR_GOOD,
    FRAUD,
    OWN,
    SUDDEN,
    SUPPLIER,
)

NOTICED_DAYS = 31
"""Arrears are noticed within so many days, a month's end at the latest."""


@dataclass
class Fall:
    """A firm's fall and what it was made of.

    Attributes:
        firm: row.
        facility: number, MISSING where the firm itself stopped.
        day: market day.
        since: market day since when it was behind.
        by_channel: fen a channel, in the order of `sim.attribution.causes.CHANNELS`; never all zero.
        by_source: fen by (kind, row, channel) of who strained it.
    """

    firm: int
    facility: int
    day: int
    since: int
    by_channel: list[int] = field(default_factory=lambda: [0] * len(CHANNELS))
    by_source: dict[tuple[int, int, int], int] = field(default_factory=dict)

    @property
    def pulled_ppm(self) -> int:
        """Share of its strains that came from others, ppm; its own shock and its own fraud are its own."""
        others = sum(self.by_channel) - self.by_channel[OWN] - self.by_channel[FRAUD]
        return others * 1_000_000 // sum(self.by_channel)

    def puller(self) -> tuple[int, int, int]:
        """Who strained it most, and by which channel; the first in order among equals."""
        return min(self.by_source, key=lambda source: (-self.by_source[source], source))


def falls_of(market: Any) -> list[Fall]:
    """Every fall of a market that has been lived, in the order in which they happened."""
    causes = market.causes
    rows = causes.falls.columns()
    firms = set(rows["firm"].tolist())
    strains = _by_firm(causes.strains.columns(), firms)
    waiting = _by_firm(causes.waiting.columns(), firms)
    first_draw = _first_draws(market)
    sudden, fled = (_ended(causes, reason) for reason in (SUDDEN, FLED))
    told = []
    for firm, facility, day, since, lacking, lost, until in zip(*(rows[name].tolist() for name in rows), strict=True):
        fall = Fall(firm, facility, day, since)
        told.append(fall)
        sme = market.smes[firm]
        if sme.greed > 1 or firm in fled:
            fall.by_channel[FRAUD] = 1
            continue
        if sudden.get(firm) == since:
            fall.by_channel[OWN] = 1
            continue
        explained = 0
        for when, ends, channel, kind, source, amount in strains.get(firm, []):
            is_felt = since - causes.rules.window_days < when <= since < ends
            if kind == BY_PLATFORM and when <= first_draw.get(firm, when):
                is_felt = False  # whoever never had credit cannot lose it
            if not is_felt:
                continue
            _add(fall, kind, source, channel, amount)
            if ends == FOR_GOOD and when <= until and channel in (CUSTOMER, SUPPLIER):
                explained += amount
        for _, source, amount in _noticed(waiting.get(firm, []), since):
            _add(fall, BY_BUYER, source, CUSTOMER, amount)
        fall.by_channel[OWN] = max(lost - explained, lacking - sum(fall.by_channel), 0)
        if not any(fall.by_channel):
            fall.by_channel[OWN] = 1
    return told


def _add(fall: Fall, kind: int, source: int, channel: int, amount: int) -> None:
    """Add a strain. Of credit that was refused only the largest counts: who got nothing asks again."""
    if channel == CREDIT:
        before = fall.by_channel[CREDIT]
        if amount <= before:
            return
        fall.by_source = {key: value for key, value in fall.by_source.items() if key[2] != CREDIT}
        fall.by_channel[CREDIT] = 0
    fall.by_channel[channel] += amount
    key = kind, source, channel
    fall.by_source[key] = fall.by_source.get(key, 0) + amount


def _by_firm(columns: dict[str, np.ndarray], firms: set[int]) -> dict[int, list[tuple[int, ...]]]:
    """Rows by firm, without the firm, of firms that fell."""
    names = [name for name in columns if name != "firm"]
    wanted = np.flatnonzero(np.isin(columns["firm"], list(firms)))
    told: dict[int, list[tuple[int, ...]]] = {}
    for firm, *row in zip(
        columns["firm"][wanted].tolist(), *(columns[name][wanted].tolist() for name in names), strict=True
    ):
        told.setdefault(firm, []).append(tuple(row))
    return told


def _noticed(rows: list[tuple[int, ...]], since: int) -> list[tuple[int, ...]]:
    """The first note of what customers owed that was made once the firm was behind."""
    days = [row[0] for row in rows if since <= row[0] <= since + NOTICED_DAYS]
    return [row for row in rows if row[0] == min(days)] if days else []


def _first_draws(market: Any) -> dict[int, int]:
    """The first day on which each firm drew anything."""
    table, first = market.log.facilities.columns(), dict[int, int]()
    for firm, day in zip(table["firm"].tolist(), table["opened_on"].tolist(), strict=True):
        first.setdefault(firm, day)
    return first


def _ended(causes: Any, reason: int) -> dict[int, int]:
    """Firms that stopped for a reason, and when."""
    ends = causes.ends.columns()
    chosen = (ends["reason"] == reason) & (ends["kind"] == 0)
    return dict(zip(ends["row"][chosen].tolist(), ends["day"][chosen].tolist(), strict=True))
