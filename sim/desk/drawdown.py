"""From an accepted offer to a contract in the book: the client's own part, a lender with the licence, the draw.

Every function is told the desk (`sim.desk.desk.Desk`) that accepted.
"""

from typing import Any

from sim import rules
from sim.desk.needs import Asked
from sim.desk.verdicts import Line
from sim.economy.lenders import Lender
from sim.economy.smes import SME
from sim.products import advance, growth, lease, revolver

PPM = 1_000_000
DAYS_A_YEAR, DAYS_A_MONTH = 365, 30


def own_part_fen(desk: Any, asked: Asked, line: Line) -> int:
    """Cash that the client must bring on the day: its own part, deposit and fee."""
    if asked.product != "machine_lease":
        return 0
    form = desk.forms[asked.product]
    own = rules.share_fen(asked.amount_fen, line.deposit_ppm)
    financed = asked.amount_fen - own
    return own + rules.share_fen(financed, form.deposit_share.ppm + form.upfront_fee_share.ppm)


def lenders_of(desk: Any, product: str) -> list[Lender]:
    """Who has the licence for a product: the lessor, the factor, or the banks."""
    if product == "receivables_advance":
        return [desk.factor]
    return [desk.lessor] if product in ("machine_lease", "sale_leaseback") else desk.stage.platform.lenders


def match(desk: Any, sme: SME, product: str, financed: int, pd_ppm: int) -> tuple[Lender | None, str]:
    """A lender whose licence fits: lessor, factor, or the banks in the client's own order."""
    platform, (lender, *others) = desk.stage.platform, lenders_of(desk, product)
    if not others:
        refusal = lender.refusal(sme.row, financed, pd_ppm, is_rollover=bool(sme.facilities))
        return (lender, "") if refusal is None else (None, refusal)
    matched: tuple[Lender | None, str] = platform.match(sme, financed, pd_ppm)
    return matched


def draw(desk: Any, asked: Asked, line: Line, lender: Lender) -> bool:
    """Put an accepted offer into the book; False where nothing could be financed after all."""
    stage, sme, amount = desk.stage, asked.sme, asked.amount_fen
    form: Any = desk.forms.get(asked.product)
    months = _months(desk, asked.product, line.term_days)
    if asked.product == "machine_lease":
        lease.draw_lease(stage, sme, lender, form, amount, line.deposit_ppm, months, line.rate_ppm)
    elif asked.product == "sale_leaseback":
        appraised = amount * PPM // form.advance_share.ppm
        age = desk.settings.machine_age_years * DAYS_A_YEAR
        lease.draw_leaseback(stage, sme, lender, form, appraised, age, months, line.rate_ppm)
    elif asked.product == "turnover_revolver":
        revolver.open_line(stage, sme, lender, form, amount, months, line.rate_ppm)
    elif asked.product == "growth_loan":
        growth.draw_growth(stage, sme, lender, form, amount, months, line.rate_ppm)
    elif asked.product == "collateral_loan":
        growth.draw_against_property(stage, sme, lender, amount, months, line.rate_ppm, line.limit_fen)
    else:
        most = amount - rules.share_fen(amount, line.deposit_ppm)
        invoices = advance.free_invoices(stage, sme, line.term_days, amount)
        if not invoices:
            return False
        return advance.draw_advance(stage, sme, lender, form, invoices, most, line.rate_ppm) is not None
    return True


def _months(desk: Any, product: str, term_days: int) -> int:
    months = max(term_days // DAYS_A_MONTH, 1)
    form: Any = desk.forms.get(product)
    if form is None or form.term_unit != "months":
        return months
    return int(min(max(months, form.own_term.shortest.value), form.own_term.longest.value))
