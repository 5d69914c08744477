"""A firm's money: what it must pay, where it finds what is lacking, and when it refuses."""

from typing import Any

from sim import rules
from sim.books.book import Bill
from sim.books.facilities import Facility
from sim.books.ledger import ALLOWANCE, CASH, MACHINES, RECEIVABLES, WIDTH
from sim.economy.factory import Birth, Factory, Vintage
from sim.economy.links import Links
from sim.economy.suppliers import Supplier
from sim.loops import firm_columns as columns
from sim.loops.firm_columns import cell, day_cell
from sim.settings import Settings
from sim.stage import Party, Stage

PPM = 1_000_000


class Treasury(Party):
    """A plastics factory and its controller, as far as money goes; `sim.economy.smes.SME` makes, sells and buys.

    Attributes:
        factory: how it is built today.
        as_born: how it was built at first.
        links: whom it trades with.
        owner_slot: the controller's slot.
        revenue_fen: yearly revenue that it was built for.
        private_fen: the controller's private wealth at the start.
        born_on: market day of its foundation.
        size_ppm: its size over that at the start.
        is_leaving: the owner wants to give up in good order.
        closed_on: day on which it closed in good order, or None.
        vintages: its machines, the oldest first.
        machines: how many they are.
        machines_own_fen: book value of those that stand under no lease.
        machine_wish_fen: machines that it lacks and cannot pay for in cash: what a lessor is asked for.
        machines_broken: how many of them stand still this month.
        machine_age_days: their mean age.
        unit_day_g: what one of them makes in a day at most.
        custody_g: resin that it has bought and not redeemed yet.
        floor_fen: cash kept for wages and power before debts and resin are paid.
        greed: it orders so many times what it needs, before it runs away with it.
        refused_on: day on which it first refused to pay though it could, or None.
        refinanced_fen: lent by banks beside the platform after the start, part of its funding.
        expected_week_g: average of what was ordered lately.
        use_week_g: resin that an average week takes.
        output_day_g: today's plan.
        resin_day_g: resin that it takes.
        made_week_g: output since wages were last paid.
        made_month_g: output of the month.
        wages_owed_fen: wages and costs in arrears.
        wages_owed_since: day since when, or None.
        stake_fen: what the controller is ready to put in at all.
        stake_left_fen: what is left of it; money taken out makes ready to put money back.
        injection_fen: the most the controller puts in at a time.
        bills: open bills of suppliers, the one that is due first in front: all run equally long.
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
        "expected_week_g", "use_week_g", "output_day_g", "resin_day_g", "made_week_g", "made_month_g",
        "wages_owed_fen", "wages_owed_since", "stake_left_fen", "dpd_days", "suspended_on", "defaulted_on",
        "asks_again_on", "failed_on", "quotes_month", "informal_fen", "size_ppm", "is_leaving", "closed_on",
        "machines", "machines_broken", "machines_own_fen", "machine_wish_fen", "machine_age_days", "unit_day_g",
        "refinanced_fen", "greed", "refused_on",
    )  # fmt: skip

    output_day_g = cell(columns.OUTPUT_DAY_G)
    resin_day_g = cell(columns.RESIN_DAY_G)
    made_week_g = cell(columns.MADE_WEEK_G)
    made_month_g = cell(columns.MADE_MONTH_G)
    expected_week_g = cell(columns.EXPECTED_WEEK_G)
    use_week_g = cell(columns.USE_WEEK_G)
    wages_owed_fen = cell(columns.WAGES_OWED_FEN)
    wages_owed_since = day_cell(columns.WAGES_OWED_SINCE)
    floor_fen = cell(columns.FLOOR_FEN)
    custody_g = cell(columns.CUSTODY_G)
    failed_on = day_cell(columns.FAILED_ON)
    closed_on = day_cell(columns.CLOSED_ON)

    def __init__(
        self, model: Stage, row: int, slot: int, factory: Factory, links: Links, birth: Birth, settings: Settings
    ) -> None:
        super().__init__(model, row, slot)
        self.cells = model.firm_cells
        self.place = columns.new_row(self.cells)
        self.cells[self.place + columns.SLOT] = slot
        self.as_born = factory
        self.build(factory)
        self.links = links
        self.owner_slot = slot + WIDTH
        self.revenue_fen = birth.revenue_fen
        self.private_fen = birth.private_fen
        self.born_on = birth.born_on
        self.size_ppm = PPM
        self.is_leaving = False
        self.closed_on = None
        self.vintages: list[Vintage] = []
        self.machines = 0
        self.machines_own_fen = 0
        self.machine_wish_fen = 0
        self.machines_broken = 0
        self.machine_age_days = 0
        self.unit_day_g = 0
        self.refinanced_fen = 0
        self.greed = 1
        self.refused_on: int | None = None
        self.expected_week_g = factory.base_week_g
        self.wages_owed_since = None
        self.stake_fen = rules.share_fen(birth.private_fen, settings.controller_stake_ppm)
        self.stake_left_fen = self.stake_fen
        self.injection_fen = rules.share_fen(birth.private_fen, settings.controller_injection_ppm)
        self.bills: list[Bill] = []
        self.facilities: list[Facility] = []
        self.dpd_days = 0
        self.suspended_on: int | None = None
        self.defaulted_on: int | None = None
        self.asks_again_on = 0
        self.failed_on = None
        self.quotes_month = 0
        self.informal_fen = 0
        self.line: Any = None

    def build(self, factory: Factory) -> None:
        """From today on it is built like this."""
        self.factory = factory
        columns.lay_down(self.cells, self.place, factory)
        self.floor_fen = rules.divide_half_even(factory.fixed_week_fen * self.model.settings.cash_floor_days, 7)

    # --- money

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
        if lacking == 0:
            return
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
        cost = rules.week_cost_fen(factory.fixed_week_fen, self.made_week_g, factory.variable_fen)
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
    def net_worth_fen(self) -> int:
        """Equity with machines at what a forced sale leaves of them: what an owner looks at before giving up."""
        machines = self.money[self.slot + MACHINES]
        return self.equity_fen - rules.share_fen(machines, self.model.settings.machine_discount_ppm)

    @property
    def cannot_pay_its_people(self) -> bool:
        """Wages have been owed for too long."""
        since = self.wages_owed_since
        return since is not None and self.model.day - since >= self.model.settings.wage_arrears_days

    def pay_bill(self, bill: Bill) -> None:
        """Pay a supplier what it can."""
        owed, floor, money = bill.open_fen, self.floor_fen, self.money
        if money[self.slot + CASH] - floor < owed:
            self.raise_cash(owed + floor)
        amount = rules.payable_now_fen(owed, money[self.slot + CASH], floor)
        if amount:
            self.model.entries.settle_invoice(self.slot, bill.supplier.slot, amount)
            bill.open_fen = owed - amount
            if amount == owed:
                self.bills.remove(bill)

    def refuses_to_pay(self, owed_fen: int) -> bool:
        """Strategic default on open account: what is owed is worth more than all that paying keeps (DOMAIN 6.5)."""
        settings, today = self.model.settings, self.model.day
        equity = self.net_worth_fen
        if equity * 4 > owed_fen * 5:  # far from the threshold: do not bother
            return False
        continuation = rules.share_fen(52 * self.factory.base_week_fen, settings.continuation_ppm)
        reach = rules.share_fen(self.money[self.owner_slot + CASH], settings.guarantee_reach_ppm)
        penalty = reach + rules.share_fen(owed_fen, self.factory.honesty_ppm)
        if not rules.refuses_to_pay(owed_fen, equity, continuation, penalty):
            return False
        if self.refused_on is None:
            self.refused_on = today
        return True

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
        wanted += self.open_bills_fen
        wanted = max(wanted - rules.share_fen(credit_line_fen, settings.line_trust_ppm), self.floor_fen)
        amount = rules.dividend_fen(self.cash_fen, wanted, settings.payout_ppm)
        if amount:
            self.model.entries.pay_dividend(self.slot, self.owner_slot, amount)
            self.dividend_is_paid(amount)

    def dividend_is_paid(self, amount: int) -> None:
        """Whoever took money out is ready to put half of it back."""
        self.stake_left_fen = min(self.stake_left_fen + amount // 2, self.stake_fen)

    @property
    def open_bills_fen(self) -> int:
        """What it owes its suppliers."""
        owed = 0
        for bill in self.bills:
            owed += bill.open_fen
        return owed

    @property
    def arrears_days(self) -> int:
        """Days past due of its oldest bill; 0 while none is."""
        return max(self.model.day - self.bills[0].due_day, 0) if self.bills else 0
