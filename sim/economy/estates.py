"""A firm's end, and what its creditors get: stock sold off, everything due at once, an estate that is shared out.

The administrator, the workers and the bank with its mortgage come first; lenders of the platform and suppliers share
the rest pro rata. A debtor in default that still trades hands over what it can spare in the same way.
"""

from sim import rules
from sim.books.book import Bill
from sim.books.facilities import Facility
from sim.books.ledger import FUNDING, GOODS, INVENTORY, RESIN, TRANSIT
from sim.books.recorders import BY_CASH, LAWSUIT, MISSING
from sim.desk.platform import Platform
from sim.economy.smes import SME
from sim.products.claims import recover
from sim.stage import Stage

PPM = 1_000_000


def fail_firm(stage: Stage, sme: SME) -> None:
    """A firm stops: its stock is sold off, everything it owes is due, its suppliers take their loss."""
    entries = stage.entries
    sme.is_active = False
    sme.failed_on = stage.day
    sme.output_day_g = sme.resin_day_g = 0
    stage.today.failed_firms += 1
    sell_off_stock(stage, sme)
    for facility in sme.facilities:
        if facility.is_performing and facility.falls_due_on > stage.day:
            facility.falls_due_on = stage.day
            stage.book.overdue[facility.number] = facility
    for bill in sme.bills:
        entries.write_down(bill.supplier.slot, bill.open_fen)
        stage.causes.supplier_losses.add(sme.row, bill.supplier.row, stage.day, bill.open_fen)
        bill.is_written_down = True
        stage.today.supplier_loss_fen += bill.open_fen
    stage.log.bureau.add(sme.row, stage.day, stage.day + 15, LAWSUIT, MISSING)


def sell_off_stock(stage: Stage, sme: SME) -> None:
    """Resin and goods at hand, and what is still on the way, for what a forced sale brings."""
    money, masses, slot = stage.entries.fen.balances, stage.entries.grams.balances, sme.slot
    yield_ppm = stage.settings.yield_ppm
    for place in (RESIN, GOODS, TRANSIT):
        mass = masses[slot + place]
        if mass == 0:
            continue
        later = [other for other in (RESIN, GOODS, TRANSIT) if other > place and masses[slot + other]]
        value = money[slot + INVENTORY]
        weight = rules.resin_needed_g(mass, yield_ppm) if place == GOODS else mass
        rest = sum(
            rules.resin_needed_g(masses[slot + other], yield_ppm) if other == GOODS else masses[slot + other]
            for other in later
        )
        cost = rules.proportion_fen(value, weight, weight + rest)
        brings = rules.scaled(cost, stage.fire_sale_ppm(sme), PPM + stage.settings.vat_goods_ppm)
        stage.entries.sell_off(slot, place, mass, brings, cost)


def pay_creditors(stage: Stage, platform: Platform, smes: list[SME]) -> None:
    """A month's end: debtors in default, and estates of failed firms, hand over what they have, pro rata."""
    in_default = {facility.obligor.row for facility in stage.book.in_default.values()}
    for sme in smes:
        if sme.is_active:
            if sme.row in in_default:
                _share_out(stage, platform, _claims(sme), [], sme.cash_fen - sme.floor_fen)
            continue
        is_estate = sme.cash_fen > 0 and sme.failed_on is not None
        if is_estate and stage.day - sme.failed_on >= stage.settings.estate_days:
            _serve_preferred(stage, sme)
            _share_out(stage, platform, _claims(sme), sme.bills, sme.cash_fen)


def _claims(sme: SME) -> list[Facility]:
    """Facilities in default."""
    return [facility for facility in sme.facilities if facility.status == "defaulted"]


def _serve_preferred(stage: Stage, sme: SME) -> None:
    """Of an estate the administrator, the workers and the bank with its mortgage come first."""
    entries, settings = stage.entries, stage.settings
    entries.pay_costs(sme.slot, rules.share_fen(sme.cash_fen, settings.estate_cost_ppm))
    wages = min(sme.wages_owed_fen, sme.cash_fen)
    entries.settle_invoice(sme.slot, 0, wages)
    sme.wages_owed_fen -= wages
    to_bank = min(-sme.money[sme.slot + FUNDING], sme.cash_fen)
    entries.pay_back_funding(sme.slot, to_bank)


def _share_out(stage: Stage, platform: Platform, facilities: list[Facility], bills: list[Bill], cash_fen: int) -> None:
    """Lenders and suppliers get the same part of what each is owed, as far as the cash goes."""
    total = sum(facility.open_fen for facility in facilities) + sum(bill.open_fen for bill in bills)
    pot = min(total, cash_fen)
    if pot <= 0:
        return
    parts = [facility.open_fen * pot // total for facility in facilities]
    for facility, part in zip(facilities, parts, strict=True):
        if part:
            recover(stage, platform, facility, part, BY_CASH)
    for bill in list(bills):
        part = bill.open_fen * pot // total
        if part == 0:
            continue
        stage.entries.settle_invoice(bill.customer.slot, bill.supplier.slot, part)
        bill.open_fen -= part
        if bill.is_written_down:
            stage.entries.write_down(bill.supplier.slot, -part)
            stage.causes.supplier_losses.add(bill.customer.row, bill.supplier.row, stage.day, -part)
            stage.today.supplier_loss_fen -= part
        if bill.open_fen == 0:
            bill.customer.bills.remove(bill)
