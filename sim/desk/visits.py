"""Somebody goes there: always where money is overdue, now and then elsewhere. The eye errs."""

from typing import Any

import numpy as np

from sim import rules
from sim.books.ledger import RESIN
from sim.economy.profiles import Profiles
from sim.economy.smes import SME

PPM = 1_000_000
IDLE_PPM = 400_000
"""A factory that runs at less than this part of its capacity looks idle."""
OVERLOOKED_PPM, IMAGINED_PPM = 200_000, 50_000
"""How often a visitor sees one sign of strain too few, and one too many. Assumptions."""
ALARM = 2
"""The worst finding, as position in `sim.books.log_tables.FINDINGS`."""


def visit(stage: Any, smes: list[SME], profiles: Profiles) -> None:
    """A month's visits, as far as the platform's cash goes.

    Args:
        stage: the market.
        smes: firms that trade, by row.
        profiles: tell how many machines there are to be seen.
    """
    settings, desk, platform = stage.settings, stage.desk, stage.platform
    for sme in _due(stage, smes):
        if platform.cash_fen < settings.visit_cost_fen:
            continue
        stage.entries.pay_costs(platform.slot, settings.visit_cost_fen)
        running = rules.divide_half_even(sme.output_day_g * PPM, max(sme.factory.capacity_day_g, 1))
        finding = _finding(sme, running, stage.draws["finding"][sme.row])
        if desk is not None:
            desk.aftercare.note_visit(sme.row, finding)
        machines = max(profiles.machines[sme.row] * running // PPM, 0)
        stage.log.visits.add(
            sme.row, stage.day, finding, machines, sme.masses[sme.slot + RESIN], settings.visit_cost_fen
        )


def _due(stage: Any, smes: list[SME]) -> list[SME]:
    """Whom to visit: those drawn and those past due, as far as a desk's inspectors have time."""
    share, desk = stage.settings.visits_a_month_ppm, stage.desk
    is_live = desk is None or desk.looks_at_live_data  # who does not only goes where its money is
    draws = np.frombuffer(stage.draws["visit"], dtype=np.int64)
    shares = share if desk is None else desk.aftercare.visit_shares_ppm(len(draws), share)
    is_drawn = (draws < shares).tolist()
    due = [
        sme for sme in smes if (is_drawn[sme.row] or sme.dpd_days > 0) and sme.is_active and (is_live or sme.facilities)
    ]
    return due if desk is None else list(desk.aftercare.visited(due))


def _finding(sme: SME, running_ppm: int, draw_ppm: int) -> int:
    """What a visitor tells of idle machines, unpaid wages and empty tills, from 0 (fine) to ALARM."""
    strain = (running_ppm < IDLE_PPM) + (sme.wages_owed_fen > 0) + (sme.cash_fen < sme.floor_fen)
    seen = strain - (draw_ppm < OVERLOOKED_PPM and strain > 0) + (draw_ppm > PPM - IMAGINED_PPM)
    return min(seen, ALARM)
