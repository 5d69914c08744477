"""What firms ask for beside purchases, by need: a machine, a longer breath, money now for invoices, room to grow.

Once a month a firm looks at what it lacks. Whether it takes what it is offered is decided by need, price and strain
against informal credit, as for purchases (`SME.takes`).
"""

from typing import Any, NamedTuple

import numpy as np

from sim import rules
from sim.books.facilities import Facility
from sim.books.ledger import ALLOWANCE, CASH, RECEIVABLES
from sim.economy.smes import SME
from sim.loops import firm_columns

PPM = 1_000_000
MONTHS_A_YEAR = 12
CASH_PRODUCTS = ("turnover_revolver", "receivables_advance", "collateral_loan", "sale_leaseback")
"""What cures a lack of cash, the handiest first; who waits long for its money looks to its invoices first."""


class Asked(NamedTuple):
    """An application on its way to a decision."""

    sme: SME
    product: str
    amount_fen: int
    need_ppm: int


def wishes(desk: Any) -> list[Asked]:
    """The applications of a month, in the order of a keyed lot."""
    stage = desk.stage
    day, who = stage.day, stage.roster
    growth = stage.streams.ppm("growth wish", day, who)
    turn = stage.streams.bits("desk turn", day, who).tolist()
    offered, least = {offer.product for offer in desk.policy.offers}, desk.settings.least_ticket_fen
    curing = [product for product in CASH_PRODUCTS if product in offered]
    growing_ppm = desk.settings.growth_wish_ppm // MONTHS_A_YEAR
    cells = firm_columns.table(stage.firm_cells)[[sme.row for sme in stage.active]]
    cash = np.frombuffer(stage.entries.fen.balances, dtype=np.int64)[cells[:, firm_columns.SLOT] + CASH]
    wanted = revenue_fen(cells[:, firm_columns.BASE_WEEK_FEN]) * desk.settings.cash_cover_days // 365
    asked: list[Asked] = []
    for sme, wanted_fen, is_lacking in zip(stage.active, wanted.tolist(), (cash < wanted).tolist(), strict=True):
        is_growing = growth[sme.row] < growing_ppm
        if not (is_lacking or is_growing or sme.machine_wish_fen or sme.line is not None):
            continue
        if not sme.is_active or sme.defaulted_on is not None or day < sme.asks_again_on:
            continue
        for wish in (
            _machines(sme),
            _growth(desk, sme) if is_growing else None,
            _cash(desk, sme, wanted_fen, curing),
        ):
            if wish is not None and wish.product in offered and wish.amount_fen >= least:
                asked.append(wish)
    asked.sort(key=lambda one: turn[one.sme.row])
    return asked


def revenue_fen(base_week_fen: Any) -> Any:
    """A normal year's sales of a firm, or of each of a column."""
    return base_week_fen * 365 // 7


def _machines(sme: SME) -> Asked | None:
    """Machines that it lacks and cannot pay for in cash (`sim.economy.machines`)."""
    return Asked(sme, "machine_lease", sme.machine_wish_fen, PPM // 2) if sme.machine_wish_fen else None


def _growth(desk: Any, sme: SME) -> Asked | None:
    """An expansion, one at a time."""
    if facility_of(sme, "growth_loan") is not None:
        return None
    amount = rules.share_fen(revenue_fen(sme.factory.base_week_fen), desk.settings.growth_amount_ppm)
    return Asked(sme, "growth_loan", amount, PPM // 2)


def _cash(desk: Any, sme: SME, wanted: int, curing: list[str]) -> Asked | None:
    """What is lacking to the cash that it wants, less what a line still holds, by the handiest product for it."""
    lacking = wanted - sme.cash_fen - (sme.line.undrawn_fen if sme.line is not None else 0)
    if lacking <= 0:
        return None
    need = min(lacking * PPM // max(wanted, 1), PPM)
    order = curing
    if _receivable_days(sme) > desk.settings.long_receivable_days:
        order = sorted(curing, key=lambda one: one != "receivables_advance")
    product = next((p for p in order if not _has(sme, p)), None)
    if product is None:
        return None
    return Asked(sme, product, max(lacking, desk.settings.least_ticket_fen), need)


def _receivable_days(sme: SME) -> int:
    """Days of normal sales that are still to be paid."""
    owed = sme.money[sme.slot + RECEIVABLES] + sme.money[sme.slot + ALLOWANCE]
    return int(owed * 7 // max(sme.factory.base_week_fen, 1))


def _has(sme: SME, product: str) -> bool:
    """Whether a client uses a product already; invoices may be assigned again and again."""
    return product != "receivables_advance" and facility_of(sme, product) is not None


def facility_of(sme: SME, product: str) -> Facility | None:
    """A client's open facility of a product, the oldest."""
    return next((one for one in sme.facilities if one.product == product), None)
