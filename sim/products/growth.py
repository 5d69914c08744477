"""Growth loan as it is lived, and the bank's loan against property: cash at once, a plan of its own to repay it."""

import math
from dataclasses import replace
from typing import Any

from credit.contracts import GrowthLoan, LineEvent, TurnoverRevolver
from credit.contracts.instalments import period_rates
from credit.contracts.revolver import RevolverTerms
from sim import rules
from sim.books.facilities import KIND_OF
from sim.products.claims import register
from sim.products.planned import PlannedFacility

GROWTH = KIND_OF["growth_loan", "seasonal"]
COLLATERAL = KIND_OF["collateral_loan", "bullet"]


def draw_growth(
    stage: Any, sme: Any, lender: Any, form: Any, amount_fen: int, months: int, rate_ppm: int
) -> PlannedFacility:
    """A loan whose instalments follow season and growth, as the form's terms shape them."""
    start = stage.date.toordinal()
    contract = contract_of(form, start, amount_fen, months, rate_ppm)
    facility = PlannedFacility(len(stage.book.facilities), GROWTH, sme, lender, contract, amount_fen, start - stage.day)
    return _pay_out(stage, facility, contract.fee_fen, rate_ppm, 0, is_guaranteed=form.is_guaranteed)


def contract_of(form: Any, start: int, amount_fen: int, months: int, rate_ppm: int) -> GrowthLoan:
    """The form's contract for an amount, a term and a rate.

    The least instalment of the form is meant for its typical loan; a smaller or larger one bears it in proportion. It
    is never less than the interest of the longest month, so that the debt does not grow where lean months come first.

    Args:
        form: growth loan of a product file.
        start: ordinal of the disbursement.
        amount_fen: the loan.
        months: its term.
        rate_ppm: a year.
    """
    model = form.reference_contract(start, months)
    least = rules.proportion_fen(model.terms.minimum_instalment_fen, amount_fen, model.principal_fen)
    days = [start, *model.terms.payment_days.monthly(start, months)]
    dearest = max(period_rates(rate_ppm, model.terms.payment_days, days))
    least = max(least, math.ceil(amount_fen * dearest) + 1)
    terms = replace(model.terms, rate_annual_ppm=rate_ppm, minimum_instalment_fen=least)
    return replace(model, principal_fen=amount_fen, terms=terms)


def draw_against_property(
    stage: Any, sme: Any, lender: Any, amount_fen: int, months: int, rate_ppm: int, pledged_fen: int
) -> PlannedFacility:
    """A bank's bullet loan: one draw, interest by the month, all of it back at the end.

    The controller's property is pledged: it pays like a guarantee, through the controller's private money.
    """
    start = stage.date.toordinal()
    terms = RevolverTerms(months=months, day_rate_ppm=round(rate_ppm / 365))
    contract = TurnoverRevolver(start, amount_fen, terms, (LineEvent(start, amount_fen),))
    facility = PlannedFacility(
        len(stage.book.facilities), COLLATERAL, sme, lender, contract, amount_fen, start - stage.day
    )
    return _pay_out(stage, facility, 0, rate_ppm, pledged_fen, is_guaranteed=True)


def _pay_out(
    stage: Any, facility: PlannedFacility, fee: int, rate_ppm: int, value: int, *, is_guaranteed: bool
) -> PlannedFacility:
    sme, lender = facility.obligor, facility.lender
    stage.desk.entries.lend(lender.slot, sme.slot, facility.principal_fen)
    if fee:
        stage.desk.entries.pay_service(sme.slot, lender.slot, fee)
    facility.is_guaranteed = is_guaranteed
    register(stage, facility, facility.dues[-1].day, rate_ppm, fee, 0, value)
    facility.record_plan(stage)
    return facility
