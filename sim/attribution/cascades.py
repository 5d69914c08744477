"""Who pulled whom: falls in rounds, and how large cascades become.

A fall is of the first round when the larger part of its strain is its own: that firm would have fallen though everybody
else had kept their promises (fundamental defaults of Elsinger, Lehar and Summer 2006). Otherwise it is pulled by
whoever strained it most, and stands one round behind; behind somebody that lives (a late payer, a supplier that stands
still, a bank that lends less) it is of the second. A supplier is pulled by firms whose bills it wrote off, a lender by
obligors whose loans it wrote off. Buyers sell to the world outside, so that theirs is always the first round.
"""

from typing import Any

import numpy as np
import pandas as pd

from sim.attribution.causes import BY_FIRM, BY_LENDER, BY_SUPPLIER, CHANNELS, CUSTOMER, KINDS, OWN, REASONS
from sim.attribution.strains import Fall, falls_of
from sim.books.observed import names

PPM = 1_000_000
Who = tuple[int, int]
"""Kind and row."""


def cascades_of(market: Any, falls: list[Fall] | None = None) -> pd.DataFrame:
    """One row a fall (the first of each firm, buyer, supplier and lender), in the order of days.

    Returns:
        `kind` and `row` (who), `name` (its identifier in the tables), `day` (0 is the first observed day), `reason`,
        `round`, `pulled_share` (of its strains, by others), `channel` (its largest), `by_kind` and `by_row` (who
        pulled it; missing in the first round), `root_kind` and `root_row` (who began the cascade).
    """
    falls = falls_of(market) if falls is None else falls
    first = {(fall.firm, fall.day): fall for fall in reversed(falls)}
    pulls: dict[Who, tuple[int, int, Who | None]] = {}
    day_of: dict[Who, tuple[int, int]] = {}
    ends = market.causes.ends.columns()
    for kind, row, day, reason, lost in zip(*(ends[name].tolist() for name in ends), strict=True):
        if (kind, row) not in day_of:
            day_of[kind, row] = day, reason
            if kind == BY_FIRM and (row, day) in first:
                pulls[kind, row] = _pull_of_firm(market, first[row, day])
        if kind in (BY_SUPPLIER, BY_LENDER) and (kind, row) not in pulls:
            pulls[kind, row] = _pull_of_creditor(market, kind, row, day, lost)
    placed: dict[Who, tuple[int, Who]] = {}
    ids = market.profiles.firms["firm_id"], market.profiles.buyer_ids, names("S", 2, 100), names("L", 2, 100)
    rows = []
    for who, (day, reason) in sorted(day_of.items(), key=lambda item: (item[1][0], item[0])):
        share, channel, by = pulls.get(who, (0, OWN, None))
        before, root = (0, who) if by is None else placed.get(by, (1, by))
        placed[who] = before + 1, root
        rows.append(
            {
                "kind": KINDS[who[0]],
                "row": who[1],
                "name": ids[who[0]][who[1]],
                "day": day - market.settings.burn_in_days,
                "reason": REASONS[reason],
                "round": before + 1,
                "pulled_share": share / PPM,
                "channel": CHANNELS[channel],
                "by_kind": None if by is None else KINDS[by[0]],
                "by_row": None if by is None else by[1],
                "root_kind": KINDS[root[0]],
                "root_row": root[1],
            }
        )
    return pd.DataFrame(rows, columns=list(COLUMNS)).astype({"by_row": "Int64"})


COLUMNS = (
    "kind", "row", "name", "day", "reason", "round", "pulled_share", "channel", "by_kind", "by_row", "root_kind",
    "root_row",
)  # fmt: skip


def cascade_sizes(cascades: pd.DataFrame) -> pd.Series:
    """Falls by who began them, the root itself included where it fell; observed days only, the largest first."""
    seen = cascades[cascades["day"] >= 0]
    return seen.groupby(["root_kind", "root_row"]).size().sort_values(ascending=False, kind="stable")


def contagion_figures(cascades: pd.DataFrame) -> dict[str, int]:
    """Falls of firms on observed days by round, and the largest cascade: keys of a run's summary."""
    firms = cascades[(cascades["kind"] == "firm") & (cascades["day"] >= 0)]
    sizes = cascade_sizes(cascades)
    return {
        "falls_first_round": int((firms["round"] == 1).sum()),
        "falls_second_round": int((firms["round"] == 2).sum()),
        "falls_later_rounds": int((firms["round"] > 2).sum()),
        "largest_cascade": int(sizes.iloc[0]) if len(sizes) else 0,
    }


def _pull_of_firm(market: Any, fall: Fall) -> tuple[int, int, Who | None]:
    share = fall.pulled_ppm
    channel = int(np.argmax(fall.by_channel))
    if share < market.causes.rules.contagious_ppm or not fall.by_source:
        return share, channel, None
    kind, row, channel = fall.puller()
    return share, channel, (kind, row)


def _pull_of_creditor(market: Any, kind: int, row: int, day: int, lost: int) -> tuple[int, int, Who | None]:
    """A supplier or lender: what it wrote off on firms in the window, over all that it lost."""
    causes, from_firms = market.causes, dict[int, int]()
    since = day - causes.rules.window_days
    if kind == BY_SUPPLIER:
        table = causes.supplier_losses.columns()
        noted = zip(table["firm"], table["supplier"], table["day"], table["amount"], strict=True)
    else:
        table, facilities = causes.write_downs.columns(), market.book.facilities
        obligors = [facilities[number].obligor.row for number in table["facility"].tolist()]
        lenders = [facilities[number].lender.row for number in table["facility"].tolist()]
        noted = zip(obligors, lenders, table["day"], table["amount"], strict=True)
    for firm, creditor, when, amount in noted:
        if creditor == row and since < when <= day:
            from_firms[int(firm)] = from_firms.get(int(firm), 0) + int(amount)
    written = sum(from_firms.values())
    share = max(written, 0) * PPM // max(lost, written, 1)
    if share < causes.rules.contagious_ppm:
        return share, OWN, None
    puller = min(from_firms, key=lambda firm: (-from_firms[firm], firm))
    return share, CUSTOMER, (BY_FIRM, puller)
