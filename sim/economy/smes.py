"""SMEs: plastics factories that buy resin, make, sell on credit, pay, borrow, and sometimes cannot go on."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sim import rules
from sim.books.facilities import Facility
from sim.books.ledger import CASH, GOODS, INVENTORY, RESIN, TRANSIT
from sim.economy.buyers import Buyer
from sim.economy.suppliers import Supplier
from sim.economy.treasury import Treasury

if TYPE_CHECKING:
    from collections.abc import Iterable

PPM = 1_000_000


@dataclass(slots=True)
class Purchase:
    """An order of resin on its way through a day: planned, perhaps financed, then delivered or refused."""

    sme: "SME"
    supplier: Supplier
    mass_g: int
    price_fen: int
    need_ppm: int
    wants_finance: bool
    facility: Facility | None = field(default=None)

    @property
    def amount_fen(self) -> int:
        """Price of the order, VAT included."""
        return rules.amount_fen(self.mass_g, self.price_fen)


class SME(Treasury):
    """A plastics factory: what it makes, sells and buys; its money is kept by `sim.economy.treasury.Treasury`."""

    # --- making and selling

    def produce(self, power_ppm: int = PPM) -> int:
        """Make today's output as far as resin and power last; the answer is the output in grams.

        Args:
            power_ppm: what rationed power leaves of capacity.
        """
        planned = self.resin_day_g
        if planned == 0:
            return 0
        resin, output = rules.day_of_production_g(
            self.output_day_g, planned, self.masses[self.slot + RESIN], self.factory.capacity_day_g, power_ppm,
            self.model.settings.yield_ppm,
        )  # fmt: skip
        if resin:
            self.model.entries.produce(self.slot, resin, output)
            self.made_week_g += output
            self.made_month_g += output
        return output

    def plan_week(self, ordered_g: int) -> None:
        """Set the output of the days to come."""
        settings, factory = self.model.settings, self.factory
        self.expected_week_g, self.use_week_g, self.output_day_g, self.resin_day_g = rules.plan_of_week_g(
            self.expected_week_g, ordered_g, self.masses[self.slot + GOODS], factory.capacity_day_g,
            settings.demand_memory_weeks, settings.goods_cover_days, settings.yield_ppm,
        )  # fmt: skip

    def ship(self, demand_ppm: int, margin_ppm: int) -> int:
        """Ship the week's orders to one buyer on credit; the answer is the invoice's amount, 0 when nobody took them.

        Args:
            demand_ppm: this firm's demand level of the week.
            margin_ppm: this firm's passing price level of the month.
        """
        model, factory, slot = self.model, self.factory, self.slot
        first = self.links.who_orders(model.draws["buyer"][self.row])
        slump = model.demand_of_sector_ppm(self.links.buyers[first].sector)
        ordered = rules.scaled(factory.base_week_g, demand_ppm, model.season_ppm, slump)
        goods = self.masses[slot + GOODS]
        shipped = ordered if ordered < goods else goods
        amount = 0
        if shipped > 0:
            amount = rules.invoice_fen(
                shipped, factory.value_added_fen, model.value_added_ppm, model.passed_resin_fen[factory.grade],
                factory.price_ppm, margin_ppm, model.settings.yield_ppm,
            )  # fmt: skip
            buyer = self.links.willing_buyer(first, amount)
            if buyer is None:
                amount = 0
            else:
                self._hand_over(buyer, shipped, goods, amount)
                self.issue_invoice(buyer, amount)
        self.plan_week(ordered)
        if amount == 0:
            model.causes.nobody_buys(self)
        return amount

    def _hand_over(self, buyer: Buyer, shipped: int, goods: int, amount: int) -> None:
        """Revenue and cost at average material cost."""
        slot, masses, inventory = self.slot, self.masses, self.money[self.slot + INVENTORY]
        cost = rules.material_fen(
            inventory, shipped, masses[slot + RESIN], masses[slot + TRANSIT], goods, self.model.settings.yield_ppm
        )
        self.model.entries.sell_on_credit(slot, buyer.slot, shipped, amount, cost)

    def issue_invoice(self, buyer: Buyer, amount: int) -> None:
        """A claim for what was shipped, which the buyer means to pay on a day of its own."""
        model = self.model
        due = model.day + self.factory.term_days
        pays_on = due + buyer.habitual_delay_days(model.draws["delay"][self.row])
        resin_fen = model.passed_resin_fen[self.factory.grade]
        model.book.invoices.issue(self.row, buyer.row, amount, resin_fen, model.day, due, pays_on)

    # --- buying resin

    def looks_for_resin(self) -> tuple[bool, int]:
        """Whether lots must be redeemed, and what to order this week, grams."""
        settings, masses, slot = self.model.settings, self.masses, self.slot
        return rules.looks_for_resin(
            self.use_week_g, masses[slot + RESIN] + masses[slot + TRANSIT], self.custody_g, settings.lead_days,
            settings.resin_safety_days, settings.order_cycle_days, settings.order_lot_g,
        )  # fmt: skip

    def plan_purchase(self, mass: int) -> Purchase | None:
        """From whom to order so many grams, and whether to ask for finance; None when nobody sells."""
        model = self.model
        supplier = self._supplier()
        if supplier is None:
            return None
        mass *= self.greed
        price = model.small_lot_fen[self.factory.grade]
        amount = rules.amount_fen(mass, price)
        spare = max(self.money[self.slot + CASH] - self.floor_fen, 0)
        need = rules.divide_half_even((amount - spare) * PPM, amount) if spare < amount else 0
        asks = need > 0 or self.greed > 1 or model.draws["inquiry"][self.row] < model.settings.inquiry_base_ppm
        asks = asks and not self.is_leaving and model.day >= self.asks_again_on
        return Purchase(self, supplier, mass, price, need, asks)

    def _supplier(self) -> Supplier | None:
        """Its own supplier, or the next one that still sells to it and has its grade."""
        model, arrears, grade = self.model, self.arrears_days, self.factory.grade
        lot = model.settings.order_lot_g
        for supplier in self.links.sources(model.draws["sourcing"][self.row]):
            owed_here = arrears if arrears and any(bill.supplier is supplier for bill in self.bills) else 0
            if not supplier.refuses(owed_here) and supplier.grade_stock_g[grade] >= lot:
                return supplier
            model.today.supplier_refusals += 1
        stopped = (one for one in self.links.suppliers if one.refuses(0) or one.in_stock_g(grade) < lot)
        if (cause := next(stopped, None)) is not None:
            model.causes.resin_refused(self, cause)
        return None

    def takes(self, rate_ppm_year: int, deposit_fen: int, need_ppm: int) -> bool:
        """Whether it accepts an offer: need, price against informal credit, strain of the deposit (DOMAIN 6.5)."""
        model = self.model
        settings, cash = model.settings, self.money[self.slot + CASH]
        strain = rules.divide_half_even(deposit_fen * PPM, max(cash, 1)) if deposit_fen else 0
        utility = rules.take_up_index(
            settings.take_up_intercept_ppm, need_ppm, settings.take_up_need_ppm,
            rate_ppm_year - model.outside_rate_ppm, settings.take_up_rate_weight, strain,
        )  # fmt: skip
        return model.draws["take-up"][self.row] < rules.chance_ppm(utility, model.logit_table)

    def state(self) -> "Iterable[int]":
        """Its whole numbers, its bills included."""
        yield from super().state()
        yield from self.links.state()
        for bill in self.bills:
            yield bill.open_fen
            yield bill.due_day
