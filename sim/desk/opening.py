"""Opening a desk in a market: a lessor and a factor beside the banks."""

from dataclasses import replace
from typing import Any

from credit.ladder_rules import LadderPolicy
from sim import rules
from sim.desk.desk import Desk
from sim.desk.needs import revenue_fen
from sim.desk.settings import DeskSettings
from sim.economy.lenders import CapitalRule, Lender
from sim.settings import Settings

PPM = 1_000_000
OTHERS = 2
"""A lessor and a factor."""


def with_other_lenders(settings: Settings) -> Settings:
    """The same market with room for the lenders that products beyond purchases need."""
    return replace(settings, lenders=settings.lenders + OTHERS)


def open_desk(stage: Any, policy: LadderPolicy) -> Desk:
    """A desk that decides by a policy; the last two lenders become lessor and factor.

    Args:
        stage: the market, its people settled, nothing lived yet.
        policy: of `data/policies`.
    """
    *banks, lessor, factor = stage.lenders
    known = DeskSettings.on(stage.date)
    revenue = sum(revenue_fen(sme.factory.base_week_fen) for sme in stage.smes if sme.is_active)
    for lender, equity_ppm, capital_ppm, obligor_ppm in (
        (lessor, known.lessor_equity_ppm, known.lessor_capital_ppm, known.lessor_obligor_ppm),
        (factor, known.factor_equity_ppm, known.factor_capital_ppm, known.factor_obligor_ppm),
    ):
        lender.capital = CapitalRule(PPM, capital_ppm, obligor_ppm)
        lender.pd_mandate_ppm = stage.settings.lender_pd_mandate_ppm
        _endow(stage, lender, rules.share_fen(revenue, equity_ppm))
    stage.platform.lenders = banks
    desk = Desk(stage, policy, lessor, factor)
    stage.platform.desk = desk
    return desk


def _endow(stage: Any, lender: Lender, equity_fen: int) -> None:
    """Equity up to an amount, in cash; what it lends beyond it is borrowed week by week."""
    lacking = max(equity_fen, stage.settings.lender_equity_floor_fen) - lender.equity_fen
    if lacking > 0:
        stage.entries.open_with_cash(lender.slot, lacking)
