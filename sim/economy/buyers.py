"""Buyers: who takes deliveries, and when they pay."""

from typing import Any

from sim import rules
from sim.attribution.causes import BY_BUYER, ILLIQUID, INSOLVENT
from sim.books.invoices import Invoice
from sim.books.ledger import CASH, GOODS, INVENTORY, PAYABLES
from sim.loops import buyer_columns as columns
from sim.loops.firm_columns import cell, new_row
from sim.stage import Party, Stage

PPM = 1_000_000


class Buyer(Party):
    """A customer of plastics firms: takes goods on credit, sells them on, pays when it is used to and able to.

    It refuses a delivery that would lift what it owes beyond its limit, pays late by habit, puts payments off when it
    lacks cash, and fails when creditors have waited too long or its equity is gone; then its invoices default.

    Attributes:
        is_late_payer: pays late by habit.
        sector: number of what it makes or trades in, of `sim.scenarios.channels.SECTORS`.
        margin_ppm: its lasting margin over cost.
        limit_fen: what it owes at most.
        week_fen: normal purchases a week at cost.
    """

    whole_numbers = ("is_late_payer", "margin_ppm", "limit_fen", "week_fen")

    sector = cell(columns.SECTOR)
    is_late_payer = cell(columns.IS_LATE_PAYER)
    margin_ppm = cell(columns.MARGIN_PPM)
    limit_fen = cell(columns.LIMIT_FEN)
    is_active = cell(columns.IS_ACTIVE)

    def __init__(self, model: Stage, row: int, slot: int, margin_ppm: int, sector: int, *, is_late_payer: bool) -> None:
        self.cells = model.buyer_cells
        self.place = new_row(self.cells, columns.WIDTH)
        super().__init__(model, row, slot)
        self.cells[self.place + columns.SLOT] = slot
        self.sector = sector
        self.is_late_payer = is_late_payer
        self.margin_ppm = margin_ppm
        self.week_fen = 0

    def accepts(self, amount_fen: int) -> bool:
        """Whether it takes another delivery on credit."""
        return self.is_active and -self.money[self.slot + PAYABLES] + amount_fen <= self.limit_fen

    def habitual_delay_days(self, draw_ppm: int) -> int:
        """Days after the due day on which it means to pay: a few by neglect, or weeks by habit."""
        return rules.habitual_delay_days(draw_ppm, self.is_late_payer, self.model.late_delay_table)

    def make_room_for(self, week_fen: int) -> None:
        """A new supplier of so much a week: owners of the buyer put in what the larger trade needs."""
        settings = self.model.settings
        self.week_fen += week_fen
        self.limit_fen += rules.divide_half_even(week_fen * settings.buyer_limit_days, 7)
        own = rules.divide_half_even(week_fen * settings.buyer_equity_days, 7)
        self.model.entries.inject(0, self.slot, own)

    def pay(self, invoice: Invoice) -> bool:
        """Pay an invoice if there is cash for it, less claims of its own: prices that fell, a seller that failed."""
        model, book = self.model, self.model.book
        seller = model.smes[invoice.firm]
        withheld = self._claims_fen(invoice, seller)
        amount = invoice.amount_fen - withheld
        if self.money[self.slot + CASH] < amount:
            return False
        model.entries.settle_invoice(self.slot, seller.slot, amount)
        if withheld:
            model.entries.withhold(self.slot, seller.slot, withheld)
            model.log.invoices.set("dilution", invoice.number, withheld)
        book.invoices.settle_one(invoice, model.day, amount)
        if invoice.number in book.assigned:
            book.assigned.pop(invoice.number).collect(model, invoice, amount)
        return True

    def _claims_fen(self, invoice: Invoice, seller: Any) -> int:
        """What it holds back: nothing as a rule."""
        model, settings = self.model, self.model.settings
        if seller.failed_on is not None:
            return rules.share_fen(invoice.amount_fen, settings.withheld_ppm)
        now, then = model.passed_resin_fen[seller.factory.grade], invoice.resin_fen
        if now >= then:
            return 0
        claim = rules.price_claim_ppm(now, then, settings.price_claim_free_ppm, settings.price_claim_ppm)
        return rules.share_fen(invoice.amount_fen, claim)

    def resell(self, margin_factor_ppm: int) -> None:
        """Once a week: sell a part of the goods to the world and pay the week's costs."""
        model, settings, entries = self.model, self.model.settings, self.model.entries
        mass, cost, gross, costs = rules.resale(
            self.masses[self.slot + GOODS], self.money[self.slot + INVENTORY], settings.buyer_pipeline_days,
            margin_factor_ppm + self.margin_ppm + model.resale_gain_ppm, settings.vat_goods_ppm,
            settings.buyer_cost_ppm,
        )  # fmt: skip
        if mass:
            entries.resell(self.slot, mass, gross, cost)
            entries.pay_costs(self.slot, min(costs, self.cash_fen))

    def month_end(self) -> None:
        """Tax and owners; it fails when its equity is gone. One that nobody sells to does nothing."""
        if not self.is_active or self.week_fen == 0:
            return
        entries, settings = self.model.entries, self.model.settings
        entries.pay_vat(self.slot)
        own = rules.divide_half_even(self.week_fen * settings.buyer_equity_days, 7)
        spare = rules.dividend_fen(self.equity_fen, own, settings.payout_ppm)
        entries.pay_dividend(self.slot, 0, max(min(spare, self.cash_fen - own), 0))
        if self.equity_fen <= 0:
            self.fail()

    def fail(self) -> None:
        """Its goods are sold off, its creditors share what there is, the rest of their invoices is lost.

        All creditors are paid the same part on the same day, so that no order among them matters.
        """
        model, entries = self.model, self.model.entries
        self.is_active = False
        model.today.failed_buyers += 1
        model.causes.end(BY_BUYER, self.row, INSOLVENT if self.equity_fen <= 0 else ILLIQUID)
        goods, cost = self.masses[self.slot + GOODS], self.money[self.slot + INVENTORY]
        if goods:
            brings = rules.scaled(cost, model.settings.buyer_fire_sale_ppm, PPM + model.settings.vat_goods_ppm)
            entries.sell_off(self.slot, GOODS, goods, brings, cost)
        book, invoices = model.book, model.book.invoices.owed_by(self.row)
        owed = sum(invoice.amount_fen for invoice in invoices)
        estate = min(max(self.cash_fen, 0), owed)
        for invoice in invoices:
            share, seller = invoice.amount_fen * estate // owed, model.smes[invoice.firm]
            entries.settle_invoice(self.slot, seller.slot, share)
            entries.write_down(seller.slot, invoice.amount_fen - share)
            model.causes.customer_failed(invoice, invoice.amount_fen - share)
            if share:
                book.invoices.settle_one(invoice, model.day, share)
            else:
                book.invoices.give_up(invoice)
            if invoice.number in book.assigned:
                book.assigned.pop(invoice.number).collect(model, invoice, share)
            model.today.sme_receivable_loss_fen += invoice.amount_fen - share
