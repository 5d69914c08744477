"""Purchase finance as it is lived: drawdown in both forms, redemption by lots, repayment, margin."""

from itertools import pairwise
from typing import Any

from credit.contracts import GoodsControlledPurchase, has_fallen_by, least_fallen_fen, lot_principal_fen
from credit.contracts.purchase import accrued_interest_ppm
from sim import rules
from sim.books.facilities import Facility, PurchaseFacility
from sim.books.recorders import DEPOSIT_BACK, DEPOSIT_IN, DEPOSIT_SET_OFF, INTEREST
from sim.desk.platform import FORMS, Approval, Platform
from sim.economy.smes import SME, Purchase
from sim.products.claims import close_repaid, less_owed, note, note_paid, register
from sim.stage import Stage


def draw(stage: Any, platform: Platform, purchase: Purchase, approval: Approval) -> Facility:
    """Put an approved purchase into the books: money to the supplier, resin on the way or into custody."""
    book, today, sme, lender = stage.book, stage.today, purchase.sme, approval.lender
    grade = sme.factory.grade
    amount = rules.amount_fen(approval.mass_g, purchase.price_fen)
    contract = platform.promise(approval.form, amount, approval.terms)
    facility = PurchaseFacility(len(book.facilities), FORMS.index(approval.form), sme, lender, contract)
    facility.is_guaranteed = platform.is_guaranteed[facility.is_controlled]
    principal = facility.principal_fen
    net_cost = stage.loops.draw_purchase(stage, facility, purchase.supplier, approval.mass_g)
    if facility.is_controlled:
        facility.stock_fen, facility.deposit_fen = net_cost, amount - principal
        facility.goods_g, facility.goods_grade = approval.mass_g, grade
        sme.custody_g += approval.mass_g
        facility.opening_price = stage.resin_fen[grade]
        book.in_custody[facility.number] = facility
    purchase.supplier.take_out(grade, approval.mass_g, amount)
    today.financed_purchases_fen += amount
    rate_ppm = contract.terms.day_rate_ppm * 365
    register(stage, facility, facility.falls_due_on, rate_ppm, contract.fee_fen, amount - principal, amount)
    _record_plan(stage, facility)
    return facility


def _record_plan(stage: Stage, facility: Facility) -> None:
    """The instalments as rows of the payments table: one a lot, or all at once."""
    contract, add = facility.contract, stage.log.payments.add
    number, due_on, principal = facility.number, facility.falls_due_on, facility.principal_fen
    if facility.is_controlled:
        lots = contract.control.lots
        # interest depends on the day of redemption, so that only the principal of a lot is sure to be due
        paid = [lot_principal_fen(principal, lots, lot) for lot in range(lots + 1)]
        facility.payment_rows = [add(number, due_on, after - before) for before, after in pairwise(paid)]
    else:
        facility.payment_rows = [add(number, due_on, principal + contract.interest_fen)]


def redeem(stage: Any, platform: Platform, facility: Facility, lots: int, reserve_fen: int) -> int:
    """Redeem up to so many lots, as far as cash above a reserve goes; the answer is the number of lots."""
    sme, contract, in_custody_g = facility.obligor, facility.contract, facility.goods_g
    accrued_ppm = accrued_interest_ppm(contract.terms, stage.day - contract.start_day)
    most = min(lots, facility.lots_left)
    redeemed = stage.loops.redeem_lots(stage, facility, accrued_ppm, most, sme.cash_fen - reserve_fen) if most else []
    for principal, interest, deposit in redeemed:
        note_paid(stage, facility.payment_rows[-facility.lots_left], principal + interest)
        facility.lots_left -= 1
        less_owed(stage, facility, principal)
        note(stage, facility, INTEREST, interest)
        note(stage, facility, DEPOSIT_SET_OFF, deposit)
        stage.today.repaid_fen += principal + interest
    sme.custody_g -= in_custody_g - facility.goods_g
    if facility.lots_left == 0:
        if facility.margin_fen:
            stage.entries.return_deposit(platform.slot, sme.slot, facility.margin_fen)
            note(stage, facility, DEPOSIT_BACK, facility.margin_fen)
            facility.margin_fen = 0
        close_repaid(stage, facility)
    return len(redeemed)


def redeem_for_use(stage: Stage, platform: Platform, sme: SME) -> None:
    """A firm whose resin runs low redeems lots for about a week's use, the oldest facility first."""
    wanted = sme.use_week_g
    for facility in list(sme.facilities):
        if wanted <= 0:
            return
        if not facility.lots_left or not facility.is_performing or will_not_redeem(stage, facility):
            continue
        before = facility.goods_g
        lots = -(-wanted * facility.lots_left // facility.goods_g)
        redeem(stage, platform, facility, lots, sme.floor_fen)
        wanted -= before - facility.goods_g


def will_not_redeem(stage: Stage, facility: Facility) -> bool:
    """Whether the client walks away: what it owes exceeds the goods by more than its name is worth."""
    sme = facility.obligor
    price = stage.resin_fen[sme.factory.grade]
    value = rules.amount_fen(facility.goods_g, price)
    if value * 5 >= facility.open_fen * 6:  # far from the threshold: do not bother
        return False
    facility.accrue_to(stage.day)
    owed = facility.owed_fen - facility.margin_fen
    penalty = rules.share_fen(value, sme.factory.honesty_ppm)
    return rules.refuses_to_redeem(owed, value, penalty, stage.settings.loyalty_ppm)


def repay_open_account(stage: Stage, facility: Facility, reserve_fen: int | None = None) -> None:
    """Pay what is due of an open-account purchase: all of it, or a part worth the trouble; interest first."""
    sme, settings = facility.obligor, stage.settings
    facility.accrue_to(stage.day)
    owed = facility.owed_fen
    if sme.refuses_to_pay(owed):
        return
    reserve = sme.floor_fen if reserve_fen is None else reserve_fen
    if sme.cash_fen - reserve < owed:
        sme.raise_cash(owed + reserve)
    amount = rules.payable_now_fen(owed, sme.cash_fen, reserve)
    if amount < owed and amount < rules.share_fen(facility.principal_fen, settings.smallest_part_ppm):
        return
    interest = min(amount, facility.accrued_fen)
    stage.entries.repay(sme.slot, facility.lender.slot, amount - interest, interest)
    facility.accrued_fen -= interest
    less_owed(stage, facility, amount - interest)
    note(stage, facility, INTEREST, interest)
    stage.today.repaid_fen += amount
    note_paid(stage, facility.payment_rows[0], amount)
    if facility.open_fen == 0:
        close_repaid(stage, facility)


def to_look_at(stage: Stage, platform: Platform) -> list[Facility]:
    """Facilities with goods in custody that need a look today: called, fallen in price or overdue; most do not."""
    control = platform.control
    fallen_from = [least_fallen_fen(price, control.margin_call_drop_ppm) for price in stage.resin_fen]
    due_until = stage.day - control.stop_loss_days
    return [
        one
        for one in stage.book.in_custody.values()
        if one.called_on is not None
        or one.opening_price >= fallen_from[one.goods_grade]
        or one.falls_due_on < due_until
    ]


def meet_margin_call(stage: Stage, platform: Platform, facility: Facility, price: int) -> None:
    """The daily mark of goods in custody: a fall calls for margin, which the client pays, cannot pay or refuses."""
    called = platform.calls_margin(facility, price)
    if called == 0:
        facility.called_on = None
        return
    sme = facility.obligor
    if facility.called_on is None:
        facility.called_on = stage.day
        stage.today.margin_calls += 1
    if not sme.is_active or will_not_redeem(stage, facility) or sme.cash_fen - sme.floor_fen < called:
        return
    stage.entries.place_deposit(sme.slot, platform.slot, called)
    note(stage, facility, DEPOSIT_IN, called)
    facility.margin_fen += called
    facility.opening_price = price
    facility.called_on = None


def must_be_sold(stage: Stage, facility: Facility, price: int) -> bool:
    """Whether the goods go: an unmet call after the stop-loss, or unredeemed some days after the due day."""
    contract, day = facility.contract, stage.day
    assert isinstance(contract, GoodsControlledPurchase)
    control = contract.control
    if day - facility.falls_due_on > control.stop_loss_days:
        return True
    called = facility.called_on
    return (
        called is not None
        and day - called >= control.stop_loss_days
        and has_fallen_by(price, facility.opening_price, control.stop_loss_drop_ppm)
    )
