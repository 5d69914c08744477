"""A month's end of every firm: who stops or leaves; tax, informal lenders and owners of all others.

Nothing that a firm does here touches another, but for those that stop or leave (what is sold off in a town presses its
prices) and those that must look for money: they take their turns in order. Everybody else may close together.
"""

from typing import Any

import numpy as np

from sim.attribution import causes
from sim.economy.lives import leaving_chances_ppm
from sim.economy.machines import energy_kwh
from sim.economy.smes import SME
from sim.loops import firm_columns

PPM = 1_000_000


def close_months(market: Any) -> None:
    """Firms stop or leave for reasons of their own; the others close the month's books, or stop because they cannot."""
    day, settings, there = market.day, market.settings, market.active
    rows = np.array([sme.row for sme in there], dtype=np.int64)
    ages = np.array([day - sme.born_on for sme in there], dtype=np.int64)
    fate, leaving = (
        np.array(market.streams.ppm(name, day, market.roster))[rows] for name in ("sudden stop", "leaving")
    )
    stops = fate < leaving_chances_ppm(settings.sudden_stop_ppm, ages)
    may_leave = leaving < leaving_chances_ppm(settings.closing_ppm, ages)
    may_leave |= np.array([sme.is_leaving for sme in there], dtype=bool)
    is_alone = market.loops.close_months(market, there, stops | may_leave)
    noted = []
    told = (one.tolist() for one in (leaving, stops, may_leave, is_alone))
    for sme, draw, is_stopped, may_go, by_itself in zip(there, *told, strict=True):
        if is_stopped:
            market.stop(sme, causes.SUDDEN)
        elif not (may_go and market.lives.leave(sme, draw)):
            noted.append(sme)
            if by_itself:
                _close_month(market, sme)
    if noted:
        _note_operations(market, noted)


def _close_month(market: Any, sme: SME) -> None:
    market.entries.pay_vat(sme.slot)
    if sme.net_worth_fen <= 0:
        sme.raise_cash(sme.cash_fen - sme.net_worth_fen + 1)
        if sme.net_worth_fen <= 0:
            market.stop(sme, causes.INSOLVENT)
            return
    sme.serve_informal_lenders()
    sme.pay_owners(market.platform.judgements[sme.row].offer.limit_fen)


def _note_operations(market: Any, smes: list[SME]) -> None:
    """What the platform learns of a month's work of some firms."""
    cells, draws, headcount = firm_columns.table(market.firm_cells), market.draws, market.profiles.headcount
    rows = np.array([sme.row for sme in smes], dtype=np.int64)
    ages, quotes, people = (
        np.array(one, dtype=np.int64)
        for one in zip(*((sme.machine_age_days, sme.quotes_month, headcount[sme.row]) for sme in smes), strict=True)
    )
    output = cells[rows, firm_columns.MADE_MONTH_G]
    energy = energy_kwh(ages, output, np.array(draws["finding"])[rows])
    logins = np.array(draws["logins"])[rows] * 12 // PPM + quotes
    market.log.operations.add_many(rows, market.day, output, energy, logins, quotes, people, count=len(rows))
    cells[rows, firm_columns.MADE_MONTH_G] = 0
    for sme in smes:
        sme.quotes_month = 0
