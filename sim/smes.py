"""SMEs: plastics factories that buy resin, make, sell on credit, pay, borrow, and sometimes cannot go on."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sim import rules
from sim.book import Bill, Facility, Invoice
from sim.buyers import Buyer
from sim.ledger import ALLOWANCE, CASH, GOODS, INVENTORY, RECEIVABLES, RESIN, TRANSIT
from sim.stage import Party, Stage
from sim.suppliers import Supplier

if TYPE_CHECKING:
    from collections.abc import Iterable

PPM = 1_000_000


@dataclass(frozen=True)
class Factory:
    """What does not change about a firm while we watch. Masses in grams, money in fen, shares in ppm.

    Attributes:
        grade: index of the resin grade that it uses.
        town: number of its town.
        weekday: the day of the week on which it ships; it orders two days later and pays wages four days later.
        base_week_g: products that its customers order in a normal week.
        base_week_fen: what they pay for it at the mean resin price, VAT included.
        capacity_day_g: most it can make in a day.
        price_ppm: its lasting price level relative to others: its hidden quality.
        value_added_fen: value added a tonne of product, VAT included.
        fixed_week_fen: wages, power and overhead of a week that do not follow output.
        variable_fen: wages and power a tonne of product.
        term_days: credit that it gives its buyers.
        buyers: its customers, the most important first.
        buyer_shares_ppm: cumulated shares of sales.
        honesty_ppm: how much a refusal to redeem costs its controller, over the value of the goods.
        has_no_surety: the controller does not stand surety.
    """

    grade: int
    town: int
    weekday: int
    base_week_g: int
    base_week_fen: int
    capacity_day_g: int
    price_ppm: int
    value_added_fen: int
    fixed_week_fen: int
    variable_fen: int
    term_days: int
    buyers: tuple[Buyer, ...]
    buyer_shares_ppm: tuple[int, ...]
    suppliers: tuple[Supplier, ...]
    honesty_ppm: int
    has_no_surety: bool


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


class SME(Party):
    """A plastics factory and its controller.

    Attributes:
        factory: what does not change.
        owner_slot: the controller's slot.
        expected_week_g: average of what was ordered lately.
        use_week_g: resin that an average week takes.
        output_day_g: today's plan.
        resin_day_g: resin that it takes.
        made_week_g: output since wages were last paid.
        made_month_g: output of the month.
        wages_owed_fen: wages and costs in arrears.
        wages_owed_since: day since when, or None.
        stake_left_fen: what the controller is still ready to put in.
        injection_fen: the most the controller puts in at a time.
        bills: open bills of suppliers.
        facilities: open facilities.
        dpd_days: days past due of its oldest unpaid instalment.
        suspended_on: last day on which it was suspended, or None.
        defaulted_on: day of default (90 days past due), or None.
        asks_again_on: first day on which it asks for finance again after a refusal.
        failed_on: day on which it stopped, or None.
        quotes_month: inquiries of the month.
        informal_fen: owed to informal lenders.
        line: its open revolver (`sim.products.revolver`), or None.
    """

    whole_numbers = (
        "expected_week_g", "use_week_g", "output_day_g", "resin_day_g", "made_week_g", "made_month_g", "wages_owed_fen",
        "wages_owed_since", "stake_left_fen", "dpd_days", "suspended_on", "defaulted_on", "asks_again_on", "failed_on",
        "quotes_month", "informal_fen",
    )  # fmt: skip

    def __init__(
        self, model: Stage, row: int, slot: int, factory: Factory, owner_slot: int, stake_fen: int, injection_fen: int
    ) -> None:
        super().__init__(model, row, slot)
        self.factory = factory
        self.owner_slot = owner_slot
        self.expected_week_g = factory.base_week_g
        self.use_week_g = 0
        self.output_day_g = 0
        self.resin_day_g = 0
        self.made_week_g = 0
        self.made_month_g = 0
        self.wages_owed_fen = 0
        self.wages_owed_since: int | None = None
        self.stake_left_fen = stake_fen
        self.injection_fen = injection_fen
        self.bills: list[Bill] = []
        self.facilities: list[Facility] = []
        self.dpd_days = 0
        self.suspended_on: int | None = None
        self.defaulted_on: int | None = None
        self.asks_again_on = 0
        self.failed_on: int | None = None
        self.quotes_month = 0
        self.informal_fen = 0
        self.line: Any = None

    # --- money

    @property
    def floor_fen(self) -> int:
        """Cash kept for wages and power before debts and resin are paid."""
        return rules.divide_half_even(self.factory.fixed_week_fen * self.model.settings.cash_floor_days, 7)

    def raise_cash(self, wanted_fen: int) -> None:
        """Find what is lacking: from the controller, then from informal lenders against receivables (DOMAIN 6.5).

        The controller gives within one injection, the stake that is left and the private cash.
        """
        money, entries = self.money, self.model.entries
        lacking = wanted_fen - money[self.slot + CASH]
        if lacking <= 0:
            return
        amount = min(lacking, self.injection_fen, self.stake_left_fen, money[self.owner_slot + CASH])
        if amount > 0:
            self.stake_left_fen -= amount
            entries.inject(self.owner_slot, self.slot, amount)
            lacking -= amount
        if self.line is not None and lacking > 0:
            lacking -= self.line.draw(self.model, lacking)
        claims = money[self.slot + RECEIVABLES] + money[self.slot + ALLOWANCE]
        room = rules.share_fen(claims, self.model.settings.informal_advance_ppm) - self.informal_fen
        amount = min(lacking, room)
        if amount > 0:
            self.informal_fen += amount
            entries.borrow(self.slot, amount)

    def serve_informal_lenders(self) -> None:
        """A month's interest, and back what the firm does not need."""
        if self.informal_fen == 0:
            return
        entries = self.model.entries
        interest = rules.divide_half_even(rules.share_fen(self.informal_fen, self.model.outside_rate_ppm), 12)
        entries.pay_costs(self.slot, min(interest, self.cash_fen))
        back = min(self.informal_fen, max(self.cash_fen - 2 * self.floor_fen, 0))
        entries.pay_back_funding(self.slot, back)
        self.informal_fen -= back

    def pay_wages(self) -> None:
        """The week's wages, power and overhead; what cannot be paid is owed, and for a month at most."""
        factory, slot = self.factory, self.slot
        cost = factory.fixed_week_fen + rules.amount_fen(self.made_week_g, factory.variable_fen)
        self.made_week_g = 0
        due = cost + self.wages_owed_fen
        if self.money[slot + CASH] < due:
            self.raise_cash(due)
        paid = min(due, max(self.money[slot + CASH], 0))
        self._settle_wages(cost, paid)
        if self.wages_owed_fen == 0:
            self.wages_owed_since = None
        elif self.wages_owed_since is None:
            self.wages_owed_since = self.model.day

    def _settle_wages(self, cost: int, paid: int) -> None:
        """Old arrears first, then this week's cost; the rest is owed."""
        entries = self.model.entries
        old = min(self.wages_owed_fen, paid)
        if old:
            entries.settle_invoice(self.slot, 0, old)
        now = min(cost, paid - old)
        if now:
            entries.pay_costs(self.slot, now)
        if cost > now:
            entries.owe_costs(self.slot, cost - now)
        self.wages_owed_fen += cost - now - old

    @property
    def cannot_pay_its_people(self) -> bool:
        """Wages have been owed for too long."""
        since = self.wages_owed_since
        return since is not None and self.model.day - since >= self.model.settings.wage_arrears_days

    def pay_bill(self, bill: Bill) -> None:
        """Pay a supplier what it can."""
        if self.cash_fen - self.floor_fen < bill.open_fen:
            self.raise_cash(bill.open_fen + self.floor_fen)
        amount = rules.payable_now_fen(bill.open_fen, self.cash_fen, self.floor_fen)
        if amount:
            self.model.entries.settle_invoice(self.slot, bill.supplier.slot, amount)
            bill.open_fen -= amount
            if bill.open_fen == 0:
                self.bills.remove(bill)

    def owe(self, supplier: Supplier, amount: int) -> None:
        """Take a supplier's bill into the books and onto the calendar."""
        bill = Bill(self, supplier, amount, self.model.day + self.model.settings.trade_credit_days)
        self.bills.append(bill)
        self.model.book.bills_due.put(bill.due_day, bill)

    def pay_owners(self, credit_line_fen: int) -> None:
        """Owners take out a part of the cash that the firm does not want to hold, unless it is past due.

        A firm with a credit line feels safe with less cash: that is what a funding freeze hits.
        """
        if self.suspended_on == self.model.day or self.defaulted_on is not None:
            return
        settings = self.model.settings
        wanted = rules.divide_half_even(self.factory.base_week_fen * settings.wanted_cash_days, 7)
        wanted = max(wanted - rules.share_fen(credit_line_fen, settings.line_trust_ppm), self.floor_fen)
        amount = rules.dividend_fen(self.cash_fen, wanted, settings.payout_ppm)
        if amount:
            self.model.entries.pay_dividend(self.slot, self.owner_slot, amount)

    @property
    def arrears_days(self) -> int:
        """Days past due of its oldest bill."""
        return max((self.model.day - bill.due_day for bill in self.bills), default=0) if self.bills else 0

    # --- making and selling

    def produce(self, power_ppm: int = PPM) -> int:
        """Make today's output as far as resin and power last; the answer is the output in grams.

        Args:
            power_ppm: what rationed power leaves of capacity.
        """
        resin = self.resin_day_g
        if resin == 0:
            return 0
        output, have = self.output_day_g, self.masses[self.slot + RESIN]
        if power_ppm < PPM:
            output = min(output, rules.scaled(self.factory.capacity_day_g, power_ppm))
            resin = min(resin, rules.resin_needed_g(output, self.model.settings.yield_ppm))
            if resin == 0:
                return 0
        if have < resin:
            resin = have
            output = rules.scaled(resin, self.model.settings.yield_ppm)
            if resin == 0:
                return 0
        self.model.entries.produce(self.slot, resin, output)
        self.made_week_g += output
        self.made_month_g += output
        return output

    def plan_week(self, ordered_g: int) -> None:
        """Set the output of the days to come."""
        settings, factory = self.model.settings, self.factory
        self.expected_week_g = rules.smoothed(self.expected_week_g, ordered_g, settings.demand_memory_weeks)
        self.use_week_g = rules.resin_needed_g(self.expected_week_g, settings.yield_ppm)
        goods = self.masses[self.slot + GOODS]
        self.output_day_g = rules.planned_output_g(
            self.expected_week_g, goods, settings.goods_cover_days, factory.capacity_day_g
        )
        self.resin_day_g = rules.resin_needed_g(self.output_day_g, settings.yield_ppm)

    def ship(self, demand_ppm: int, margin_ppm: int) -> int:
        """Ship the week's orders to one buyer on credit; the answer is the invoice's amount, 0 when nobody took them.

        Args:
            demand_ppm: this firm's demand level of the week.
            margin_ppm: this firm's passing price level of the month.
        """
        model, factory, slot = self.model, self.factory, self.slot
        ordered = rules.scaled(factory.base_week_g, demand_ppm, model.season_ppm, model.demand_ppm)
        goods = self.masses[slot + GOODS]
        shipped = ordered if ordered < goods else goods
        amount = 0
        if shipped > 0:
            price = rules.product_price_fen(
                rules.scaled(factory.value_added_fen, model.value_added_ppm),
                model.passed_resin_fen[factory.grade],
                model.settings.yield_ppm,
            )
            amount = rules.scaled(rules.amount_fen(shipped, price), factory.price_ppm, margin_ppm)
            buyer = self._willing_buyer(amount)
            if buyer is None:
                amount = 0
            else:
                self._invoice(buyer, shipped, goods, amount)
        self.plan_week(ordered)
        return amount

    def _willing_buyer(self, amount: int) -> Buyer | None:
        factory, draw = self.factory, self.model.draws["buyer"][self.row]
        first = 0
        while draw >= factory.buyer_shares_ppm[first]:
            first += 1
        buyers = factory.buyers
        for step in range(len(buyers)):
            buyer = buyers[(first + step) % len(buyers)]
            if buyer.accepts(amount):
                return buyer
        return None

    def _invoice(self, buyer: Buyer, shipped: int, goods: int, amount: int) -> None:
        """Revenue and cost at average material cost, and a claim that the buyer means to pay on a day of its own."""
        model, slot, masses = self.model, self.slot, self.masses
        yield_ppm = model.settings.yield_ppm
        part = rules.resin_needed_g(shipped, yield_ppm)
        whole = masses[slot + RESIN] + masses[slot + TRANSIT] + rules.resin_needed_g(goods, yield_ppm)
        cost = rules.proportion_fen(self.money[slot + INVENTORY], part, whole)
        model.entries.sell_on_credit(slot, buyer.slot, shipped, amount, cost)
        due = model.day + self.factory.term_days
        pays_on = due + buyer.habitual_delay_days(model.draws["delay"][self.row])
        number = model.log.invoices.add(self.row, buyer.row, model.day, due, amount)
        invoice = Invoice(number, self, buyer, amount, model.passed_resin_fen[self.factory.grade], due, pays_on)
        buyer.open_invoices[number] = invoice
        model.book.invoices_to_pay.put(pays_on, invoice)

    # --- buying resin

    def needs_lots(self) -> bool:
        """Whether the resin at hand and under way no longer lasts, so that lots must be redeemed."""
        at_hand = self.masses[self.slot + RESIN] + self.masses[self.slot + TRANSIT]
        return at_hand <= rules.reorder_point_g(self.use_week_g, 0, self.model.settings.resin_safety_days)

    def plan_purchase(self) -> Purchase | None:
        """What to order this week, from whom, and whether to ask for finance; None when stock suffices."""
        model, settings, slot = self.model, self.model.settings, self.slot
        use = self.use_week_g
        position = self.masses[slot + RESIN] + self.masses[slot + TRANSIT]
        for facility in self.facilities:
            position += facility.goods_g
        mass = rules.order_g(
            use,
            position,
            settings.lead_days,
            settings.resin_safety_days,
            settings.order_cycle_days,
            settings.order_lot_g,
        )
        if mass == 0:
            return None
        supplier = self._supplier()
        if supplier is None:
            return None
        price = supplier.price_fen(self.factory.grade)
        amount = rules.amount_fen(mass, price)
        spare = max(self.cash_fen - self.floor_fen, 0)
        need = rules.divide_half_even((amount - spare) * PPM, amount) if spare < amount else 0
        asks = need > 0 or model.draws["inquiry"][self.row] < settings.inquiry_base_ppm
        return Purchase(self, supplier, mass, price, need, asks and model.day >= self.asks_again_on)

    def _supplier(self) -> Supplier | None:
        """Its own supplier, or the next one that still sells to it."""
        arrears = self.arrears_days
        for supplier in self.factory.suppliers:
            owed_here = arrears if any(bill.supplier is supplier for bill in self.bills) else 0
            if not supplier.refuses(owed_here):
                return supplier
            self.model.today.supplier_refusals += 1
        return None

    def takes(self, rate_ppm_year: int, deposit_fen: int, need_ppm: int) -> bool:
        """Whether it accepts an offer: need, price against informal credit, strain of the deposit (DOMAIN 6.5)."""
        model, settings = self.model, self.model.settings
        spare = max(self.cash_fen, 1)
        utility = rules.take_up_index(
            settings.take_up_intercept_ppm,
            need_ppm,
            settings.take_up_need_ppm,
            rate_ppm_year - model.outside_rate_ppm,
            settings.take_up_rate_weight,
            rules.divide_half_even(deposit_fen * PPM, spare),
        )
        return model.draws["take-up"][self.row] < rules.chance_ppm(utility, model.logit_table)

    def state(self) -> "Iterable[int]":
        """Its whole numbers, its bills included."""
        yield from super().state()
        for bill in self.bills:
            yield bill.open_fen
            yield bill.due_day
