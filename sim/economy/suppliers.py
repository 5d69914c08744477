"""Suppliers: who gets resin, on credit, for cash or not at all."""

from typing import Any

from sim import rules
from sim.attribution.causes import BY_SUPPLIER, INSOLVENT
from sim.books.ledger import CASH, INVENTORY, RESIN
from sim.stage import Party, Stage

PPM = 1_000_000


class Supplier(Party):
    """A resin trader: buys from producers for cash, sells to firms, partly on short credit.

    It refuses a customer whose bills are long overdue, asks cash of one with any bill overdue or too many open, and
    delivers nothing that it does not hold. It fails when its equity is gone.

    Attributes:
        rank: place by size at the opening, 0 = the largest.
        grade_stock_g: what it holds in each grade; the ledger holds the sum.
        sold_week_g: grams sold of each grade this week.
        expected_week_g: average of it.
        sales_month_fen: sales of the month, VAT included, which its costs follow.
    """

    whole_numbers = ("sales_month_fen",)

    def __init__(self, model: Stage, row: int, slot: int, grades: int) -> None:
        super().__init__(model, row, slot)
        self.rank = row
        self.grade_stock_g = [0] * grades
        self.sold_week_g = [0] * grades
        self.expected_week_g = [0] * grades
        self.sales_month_fen = 0

    def refuses(self, customer_arrears_days: int) -> bool:
        """Whether it sells nothing, not even for cash, to a customer with bills this long overdue."""
        if not self.is_active or self.stands_still:
            return True
        return customer_arrears_days > self.model.settings.trade_arrears_days

    @property
    def stands_still(self) -> bool:
        """Whether an outage keeps it from delivering today."""
        model = self.model
        if not model.shocks.outages:
            return False
        return any(
            outage.first_day <= model.day <= outage.last_day and self.rank < outage.suppliers
            for outage in model.shocks.outages
        )

    def grants_credit(self, arrears_days: int, open_bills_fen: int, amount_fen: int, limit_fen: int) -> bool:
        """Whether it waits for its money."""
        return rules.sells_on_credit(arrears_days, open_bills_fen, amount_fen, limit_fen)

    def deliver(self, customer: Any, wanted_g: int, price_fen: int) -> tuple[int, int, bool]:
        """Deliver what it has of an order on credit, for cash or not at all: grams, fen, and whether on credit."""
        model, settings, factory = self.model, self.model.settings, customer.factory
        mass = min(wanted_g, self.in_stock_g(factory.grade))
        amount = rules.amount_fen(mass, price_fen)
        limit = rules.trade_limit_fen(factory.base_week_g, model.trade_limit_ppm, price_fen)
        is_on_credit = model.day > customer.links.rumour_until and self.grants_credit(
            customer.arrears_days, customer.open_bills_fen, amount, limit
        )
        if not is_on_credit:
            free = customer.cash_fen - customer.floor_fen
            mass = rules.lots_for_cash_g(mass, free, price_fen, settings.order_lot_g)
            amount = rules.amount_fen(mass, price_fen)
        if mass > 0:
            model.entries.deliver_resin(self.slot, customer.slot, mass, amount, is_on_credit=is_on_credit)
            self.take_out(factory.grade, mass, amount)
        return mass, amount, is_on_credit

    def in_stock_g(self, grade: int) -> int:
        """What it can deliver of a grade today."""
        return self.grade_stock_g[grade]

    def take_out(self, grade: int, mass_g: int, amount_fen: int) -> None:
        """Grams of a grade leave."""
        self.grade_stock_g[grade] -= mass_g
        self.sold_week_g[grade] += mass_g
        self.sales_month_fen += amount_fen

    def restock(self) -> None:
        """Once a week: fill every grade up to its cover, as far as cash goes."""
        if self.stands_still:
            return
        settings, entries = self.model.settings, self.model.entries
        for grade, sold in enumerate(self.sold_week_g):
            self.expected_week_g[grade] = rules.smoothed(self.expected_week_g[grade], sold, 8)
            self.sold_week_g[grade] = 0
            wanted = rules.divide_half_even(self.expected_week_g[grade] * (settings.supplier_stock_days + 7), 7)
            price = rules.scaled(self.model.resin_fen[grade], PPM - settings.supplier_discount_ppm)
            mass = min(wanted - self.grade_stock_g[grade], rules.affordable_g(self.money[self.slot + CASH], price))
            if mass > 0:
                entries.restock(self.slot, mass, rules.amount_fen(mass, price))
                self.grade_stock_g[grade] += mass

    def month_end(self) -> None:
        """Costs, tax, owners; it closes when its equity is gone."""
        if not self.is_active:
            return
        entries, settings = self.model.entries, self.model.settings
        cost = rules.share_fen(self.sales_month_fen, settings.supplier_cost_ppm)
        entries.pay_costs(self.slot, min(cost, self.cash_fen))
        entries.pay_vat(self.slot)
        self.sales_month_fen = 0
        if self.equity_fen <= 0:
            self._close()

    def _close(self) -> None:
        """It stops; what it holds is sold off, its bills are still collected."""
        self.is_active = False
        self.model.today.failed_suppliers += 1
        self.model.causes.end(BY_SUPPLIER, self.row, INSOLVENT, self.slot)
        mass, cost = self.masses[self.slot + RESIN], self.money[self.slot + INVENTORY]
        if mass:
            brings = rules.scaled(cost, self.model.settings.fire_sale_ppm, PPM + self.model.settings.vat_goods_ppm)
            self.model.entries.sell_off(self.slot, RESIN, mass, brings, cost)
        self.grade_stock_g = [0] * len(self.grade_stock_g)

    def state(self) -> list[int]:
        """Its whole numbers, stock by grade included."""
        return [*super().state(), *self.grade_stock_g, *self.sold_week_g, *self.expected_week_g]
