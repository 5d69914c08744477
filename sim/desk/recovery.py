"""When it goes wrong: days past due, default, and what security, sureties and time leave of a claim.

A default is an accounting event and forgives nobody: the claim survives, the lender recognises what it expects to lose,
and every fen that comes back later, from whomever, reduces the claim. At every moment

    exposure at default = recovered + lost so far + still expected,

to the fen.
"""

from credit.contracts import GoodsControlledPurchase, liquidation_proceeds_fen
from sim import rules
from sim.attribution.causes import BY_FIRM, PAST_DUE
from sim.books.facilities import KIND_OF, Facility
from sim.books.ledger import CASH
from sim.books.recorders import (
    BY_DEPOSIT,
    BY_GOODS,
    BY_GUARANTEE,
    CAPITALISED,
    DELINQUENCY,
    DEPOSIT_BACK,
    DEPOSIT_FORFEITED,
    ENFORCEMENT,
    IN_DEFAULT,
    LAWSUIT,
    MISSING,
)
from sim.desk.platform import Platform
from sim.economy.smes import SME
from sim.products.claims import (
    DEFAULTED,
    WRITTEN_OFF,
    close_repaid,
    forget,
    less_owed,
    note,
    note_recovered,
    note_status,
    recover,
    write_down,
)
from sim.products.planned import PlannedFacility
from sim.stage import Stage

PPM = 1_000_000
LAWSUIT_DAYS, DELINQUENCY_DAYS = 60, 30
COLLATERAL = KIND_OF["collateral_loan", "bullet"]


def watch_arrears(stage: Stage, platform: Platform, watched: dict[int, SME]) -> None:
    """Days past due of every obligor, suspension, what registers learn, and default at ninety days.

    Args:
        stage: the market.
        platform: takes note and suspends.
        watched: obligors that were past due yesterday, by row; brought up to date.
    """
    worst: dict[int, int] = {}
    for facility in stage.book.overdue.values():
        row, age = facility.obligor.row, stage.day - facility.falls_due_on
        if age > worst.get(row, -1):
            worst[row] = age
            watched[row] = facility.obligor
    for row, sme in sorted(watched.items()):
        age = worst.get(row, 0)
        platform.watch(sme, age)
        if age == 0:
            del watched[row]
        elif age == stage.settings.suspension_days:
            stage.causes.falls_behind(sme)
        elif age == DELINQUENCY_DAYS:
            stage.log.bureau.add(row, stage.day, stage.day + 10, DELINQUENCY, MISSING)
        elif age == LAWSUIT_DAYS:
            stage.log.bureau.add(row, stage.day, stage.day + 5, LAWSUIT, MISSING)
        if age >= stage.settings.default_days and sme.defaulted_on is None:
            default_obligor(stage, platform, sme)


def default_obligor(stage: Stage, platform: Platform, sme: SME) -> None:
    """Ninety days past due: every facility of the obligor is in default."""
    sme.defaulted_on = stage.day
    stage.causes.end(BY_FIRM, sme.row, PAST_DUE)
    stage.today.new_defaults += 1
    stage.log.bureau.add(sme.row, stage.day, stage.day + 20, ENFORCEMENT, MISSING)
    for facility in list(sme.facilities):
        note_status(stage, facility, DEFAULTED)
        if facility.is_performing:
            default_facility(stage, platform, facility)


def default_facility(stage: Stage, platform: Platform, facility: Facility) -> None:
    """A facility stops performing: exposure, sale of goods in custody, and the loss the lender now expects."""
    entries, book, today = stage.entries, stage.book, stage.today
    sme, lender = facility.obligor, facility.lender
    facility.accrue_to(stage.day)
    interest = facility.accrued_fen
    debtor = platform.slot if facility.lots_left else sme.slot
    entries.capitalise_interest(debtor, lender.slot, interest)
    note(stage, facility, CAPITALISED, interest)
    book.owes_more(facility, interest)
    facility.accrued_fen = 0
    stage.causes.default(facility)
    facility.exposure_fen = facility.open_fen
    note(stage, facility, IN_DEFAULT, facility.exposure_fen)
    facility.status = "defaulted"
    facility.defaulted_on = stage.day
    lender.claims_on[sme.row] += interest
    lender.bad_fen += facility.open_fen
    book.no_longer_performs(facility)
    book.in_default[facility.number] = facility
    today.exposure_at_default_fen += facility.exposure_fen
    if facility.lots_left:
        _sell_goods(stage, platform, facility)
    elif isinstance(facility, PlannedFacility):
        paid = facility.collateral_pays(stage)
        less_owed(stage, facility, paid, BY_DEPOSIT)
        note_recovered(stage, facility, paid, 0)
    if facility.open_fen == 0:
        close_repaid(stage, facility)
        return
    if sme.is_active or not facility.is_controlled:
        expected = rules.share_fen(facility.open_fen, stage.settings.expected_recovery_ppm)
        expected = max(expected, facility.expected_from_collateral_fen(stage))
    else:
        expected = 0
    write_down(stage, platform, facility, facility.open_fen - expected)
    if facility.is_guaranteed:
        book.guarantees_due.put(stage.day + stage.settings.guarantee_lag_days, facility)
    book.resolutions_due.put(stage.day + stage.settings.resolution_days, facility)


def _sell_goods(stage: Stage, platform: Platform, facility: Facility) -> None:
    """The forced sale: goods and margin pay first; what is lacking becomes the client's own debt."""
    contract, sme, today = facility.contract, facility.obligor, stage.today
    assert isinstance(contract, GoodsControlledPurchase)
    value = rules.amount_fen(facility.goods_g, stage.resin_fen[sme.factory.grade])
    proceeds = liquidation_proceeds_fen(value, contract.control.liquidation_cost_ppm)
    if stage.desk is not None:
        proceeds = stage.desk.found_in_custody_fen(sme, proceeds)
    usual = rules.amount_fen(facility.goods_g, facility.opening_price)
    usual = liquidation_proceeds_fen(usual, contract.control.liquidation_cost_ppm)
    stage.causes.security_sold(facility, usual, proceeds)
    claim = facility.open_fen
    lacking = stage.entries.liquidate(
        sme.slot, platform.slot, facility.lender.slot, facility.goods_g, proceeds, claim, facility.deposit_fen,
        facility.margin_fen, facility.stock_fen,
    )  # fmt: skip
    by_goods = min(proceeds, claim)
    by_margin = claim - lacking - by_goods
    today.forced_sales += 1
    less_owed(stage, facility, by_goods, BY_GOODS)
    less_owed(stage, facility, by_margin, BY_DEPOSIT)
    held = facility.deposit_fen + facility.margin_fen
    returned = min(proceeds + facility.margin_fen - (claim - lacking), held)
    note(stage, facility, DEPOSIT_BACK, returned)
    note(stage, facility, DEPOSIT_FORFEITED, held - returned)
    first = len(facility.payment_rows) - facility.lots_left
    note_recovered(stage, facility, claim - lacking, first)
    sme.custody_g -= facility.goods_g
    facility.goods_g = facility.deposit_fen = facility.margin_fen = facility.stock_fen = facility.lots_left = 0
    stage.book.in_custody.pop(facility.number, None)
    if stage.day > facility.falls_due_on or lacking == 0:
        return
    facility.falls_due_on = stage.day  # the shortfall is due at once
    stage.book.overdue[facility.number] = facility


def guarantees_pay(stage: Stage, platform: Platform) -> None:
    """Controllers who stood surety pay what enforcement reaches of their private money."""
    for facility in sorted(stage.book.guarantees_due.take(stage.day), key=_number):
        sme = facility.obligor
        if facility.status != "defaulted":
            continue
        private = stage.entries.fen.balances[sme.owner_slot + CASH]
        claim, reach = facility.open_fen, stage.settings.guarantee_reach_ppm
        if facility.kind == COLLATERAL:  # a home is pledged, not a name; its forced sale covers a part of the claim
            reach = stage.desk.settings.property_reach_ppm
            claim = rules.share_fen(claim, reach)
        amount = min(claim, rules.share_fen(private, reach))
        if amount > 0:
            stage.entries.inject(sme.owner_slot, sme.slot, amount)
            recover(stage, platform, facility, amount, BY_GUARANTEE)


def give_up(stage: Stage, platform: Platform) -> None:
    """After so many days the lender writes down the rest. The legal claim stays in the books."""
    for facility in sorted(stage.book.resolutions_due.take(stage.day), key=_number):
        if facility.status != "defaulted":
            continue
        write_down(stage, platform, facility, facility.open_fen - facility.written_down_fen)
        facility.lender.bad_fen -= facility.open_fen
        facility.status = "written_off"
        stage.log.facilities.set("status", facility.number, WRITTEN_OFF)
        if stage.log.facilities.get("closed_on", facility.number) < 0:
            stage.log.facilities.set("closed_on", facility.number, stage.day)
        forget(stage, facility)


def _number(facility: Facility) -> int:
    return facility.number
