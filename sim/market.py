"""The market, day by day."""

import gc
import hashlib
import resource
import sys
from array import array
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from time import perf_counter

from credit.errors import WorkFailed
from credit.files import DATA
from credit.ladder_rules import LadderPolicy
from credit.limits import PurchasePolicy, load_purchase_policy
from credit.products import Product, load_product
from sim import recovery, rules
from sim.book import Facility
from sim.buyers import Buyer
from sim.daily import day_row, summary_of
from sim.desk.opening import open_desk, with_other_lenders
from sim.entries import Entries
from sim.ledger import CASH, CUSTODY, DEPOSITS_PLACED, LOANS
from sim.observed import Observed
from sim.paths import Wandering
from sim.population import entity_count, settle, towns
from sim.products import purchase as finance
from sim.profiles import declared
from sim.recorders import MISSING, TIMINGS, Counters, DailyRecorder, Outcome
from sim.resin import ResinPrices
from sim.scenario import Scenario
from sim.settings import Settings
from sim.shocks import Shocks
from sim.smes import SME, Purchase
from sim.stage import Stage
from sim.streams import Streams
from sim.underwriting import Underwriter, load_underwriter
from sim.worlds import INFORMATIVE, World

PPM = 1_000_000
PRODUCT = DATA / "products" / "purchase_loan.yaml"
POLICY = DATA / "policies" / "purchase_policy.yaml"
MODEL = DATA / "models" / "purchase_pd.json"
WEEKLY_DRAWS = ("buyer", "delay", "inquiry", "take-up", "appetite", "bank", "match", "logins", "visit", "finding")


class Market(Stage):
    """SMEs, suppliers, buyers, lenders and the platform; a step is a day.

    Args:
        firms: number of SMEs.
        days: observed days; the burn-in comes before them.
        seed: of every draw.
        scenario: what is done to the market.
        product: what the platform offers.
        policy: limits, tenors, prices and forms by PD; under a ladder all its products are on offer (`sim.desk`).
        underwriter: who judges clients.
        settings: the assumptions; those in force on the scenario's first day when absent.
        world: how clearly the platform sees its clients.
    """

    def __init__(
        self,
        firms: int,
        days: int,
        seed: int,
        scenario: Scenario,
        product: Product | None = None,
        policy: PurchasePolicy | LadderPolicy | None = None,
        underwriter: Underwriter | None = None,
        settings: Settings | None = None,
        world: World = INFORMATIVE,
    ) -> None:
        settings = settings or Settings.on(scenario.starts_on)
        ladder = policy if isinstance(policy, LadderPolicy) else None
        policy = policy if isinstance(policy, PurchasePolicy) else None
        if ladder is not None:
            settings = with_other_lenders(settings)
        shocks = Shocks.of(scenario, settings.burn_in_days, days)
        streams = Streams(seed)
        entries = Entries(entity_count(settings, firms), settings.vat_goods_ppm, settings.vat_interest_ppm)
        super().__init__(settings, shocks, streams, entries, scenario.starts_on - timedelta(days=settings.burn_in_days))
        self.firms, self.days, self.seed, self.story = firms, days, seed, scenario
        self.prices_ahead = ResinPrices.drawn(streams, scenario.starts_on, shocks)
        self.people = settle(
            self, self.prices_ahead, firms, product or load_product(PRODUCT), policy or load_purchase_policy(POLICY),
            underwriter or load_underwriter(MODEL),
        )  # fmt: skip
        people = self.people
        self.smes, self.buyers, self.suppliers = people.smes, people.buyers, people.suppliers
        self.lenders, self.platform = people.lenders, people.platform
        self.desk = None if ladder is None else open_desk(self, ladder)
        self.active = list(self.smes)
        self.towns = towns(settings, firms)
        self.by_weekday = [[sme for sme in self.smes if sme.factory.weekday == day] for day in range(7)]
        self.watched: dict[int, SME] = {}
        self.purchases: list[Purchase] = []
        self.demand = Wandering(streams, "demand", firms, settings.demand_persistence_ppm, settings.demand_spread_ppm)
        self.margins = Wandering(
            streams,
            "margin",
            firms,
            settings.margin_shock_persistence_ppm,
            settings.margin_shock_spread_ppm,
            is_linear=True,
        )
        self.buyer_margins = Wandering(
            streams, "buyer margin shock", len(self.buyers), settings.buyer_margin_shock_persistence_ppm,
            settings.buyer_margin_shock_spread_ppm, is_linear=True,
        )  # fmt: skip
        self.profiles = declared(streams, self.smes, len(self.buyers), self.first_day, people.revenue_fen)
        shown_under = world.shown_under(streams, firms)
        self.observed = Observed(self, self.profiles, self.prices_ahead.paths, shown_under)
        self.passed_resin_fen = list(self.prices_ahead.means)
        self.passed_history: list[int] = []
        self.recorder = DailyRecorder()
        entries.fen.hold_constant(CASH)
        entries.assert_balanced()

    # --- the day

    def step(self) -> None:
        """One day (DOMAIN 6.2)."""
        self.calendar_and_shocks()
        self.prices()
        self.goods_arrive()
        self.buyers_pay()
        self.wages_and_energy()
        self.debts_due()
        self.production()
        self.sales()
        self.reorder()
        self.offers_and_funding()
        self.supplier_delivery()
        self.collateral()
        self.delinquency()
        self.defaults_and_recovery()
        self.month_end()
        self.record_and_audit()

    def calendar_and_shocks(self) -> None:
        """What day it is, the season, the scenario, and this week's draws."""
        self.date = self.date_of(self.day)
        self.today = Counters()
        self.season_ppm = self.new_year_factor_ppm()
        self.demand_ppm = self.shocks.demand_ppm[self.day]
        if self.day % 7 == 0:
            self.week = self.day // 7
            self.draws = {name: self.streams.ppm(name, self.week, self.firms) for name in WEEKLY_DRAWS}
            if self.day:
                self.demand.advance()
        if self.date.day == 1:
            self.margins.advance()
            self.buyer_margins.advance()

    def prices(self) -> None:
        """Today's resin prices, and how far product prices have come to reflect them."""
        settings = self.settings
        self.resin_fen = [path[self.day] for path in self.prices_ahead.paths]
        for grade, price in enumerate(self.resin_fen):
            mean = self.prices_ahead.means[grade]
            target = mean + rules.scaled(price - mean, settings.pass_through_ppm)
            passed = self.passed_resin_fen[grade]
            lag = settings.pass_through_days if target > passed else settings.pass_down_days
            self.passed_resin_fen[grade] = rules.smoothed(passed, target, lag)
        self.passed_history.append(sum(self.passed_resin_fen))
        then = self.passed_history[-min(len(self.passed_history), settings.buyer_stock_days)]
        self.stock_gain_ppm = rules.stock_gain_ppm(self.passed_history[-1], then, settings.resin_in_goods_ppm)
        self.value_added_ppm = rules.squeezed_ppm(self.demand_ppm, settings.slump_squeeze_ppm)

    def goods_arrive(self) -> None:
        """Resin on the way arrives; a failed firm's is sold off."""
        for sme, mass, row in self.book.arrivals.take(self.day):
            if sme.is_active:
                self.entries.arrive(sme.slot, mass)
                self.log.orders.set("delivered_on", row, self.day)

    def buyers_pay(self) -> None:
        """Invoices that buyers mean to pay today, oldest first, then by lot; what cannot be paid waits a while."""
        today, calendar, extra = self.today, self.book.invoices_to_pay, self.shocks.extra_delay_days[self.day]
        retry, patience = self.settings.buyer_retry_days, self.settings.buyer_patience_days
        turn = self.streams.bits("payment turn", self.day, self.firms).tolist()
        failing: dict[int, Buyer] = {}
        for invoice in sorted(calendar.take(self.day), key=lambda one: (one.due_day, turn[one.seller.row])):
            if not invoice.is_open:
                continue
            if extra and not invoice.is_put_off:
                invoice.is_put_off = True
                invoice.pays_on += extra
                calendar.put(invoice.pays_on, invoice)
            elif invoice.buyer.pay(invoice):
                today.delay_days += self.day - invoice.due_day
                today.invoices_paid += 1
            elif self.day - invoice.pays_on >= patience:
                failing[invoice.buyer.row] = invoice.buyer
            else:
                calendar.put(self.day + retry, invoice)
        for _, buyer in sorted(failing.items()):
            buyer.fail()
        for buyer in self.buyers[self.day % 7 :: 7]:
            if buyer.is_active:
                buyer.resell(self.buyer_margins.factors_ppm[buyer.row])

    def wages_and_energy(self) -> None:
        """Each firm pays its people and its power once a week; whoever cannot for a month stops."""
        for sme in self.by_weekday[(self.day - 4) % 7]:
            if sme.is_active:
                sme.pay_wages()
                if sme.cannot_pay_its_people:
                    self._stop(sme)

    def debts_due(self) -> None:
        """Bills and facilities due today and overdue ones: the firm pays what it can above the next week's wages."""
        book, day = self.book, self.day
        bills = book.overdue_bills + sorted(book.bills_due.take(day), key=lambda bill: bill.customer.row)
        for bill in bills:
            if bill.open_fen and bill.customer.is_active:
                bill.customer.pay_bill(bill)
        book.overdue_bills = [bill for bill in bills if bill.open_fen and bill.customer.is_active]
        due = book.facilities_due.take(day)
        if due:
            self._forget_some(due)
        for facility in [*book.overdue.values(), *due]:
            if not facility.is_performing or not facility.obligor.is_active or day < facility.is_forgotten_until:
                continue
            if facility.is_planned:
                facility.pay_due(self)
            elif not facility.is_controlled:
                finance.repay_open_account(self, facility)
            elif not finance.will_not_redeem(self, facility):
                sme = facility.obligor
                sme.raise_cash(facility.open_fen + sme.floor_fen)
                finance.redeem(self, self.platform, facility, facility.lots_left, sme.floor_fen)
        for facility in due:
            if facility.is_performing and facility.falls_due_on <= day:
                book.overdue[facility.number] = facility

    def _forget_some(self, due: list[Facility]) -> None:
        """Disorderly debtors pay some days late though the money is there; reminders halve them."""
        disorder = self.settings.disorder_ppm // 2
        draws = self.streams.ppm("disorder", self.day, self.firms)
        for facility in due:
            draw = draws[facility.obligor.row]
            if draw < disorder:
                days = self.lateness_table[draw * len(self.lateness_table) // disorder]
                facility.is_forgotten_until = self.day + min(days, self.settings.lateness_cap_days)

    def production(self) -> None:
        """Every firm makes its plan, as far as resin lasts."""
        made = 0
        power = self.power_by_town()
        if power is None:
            for sme in self.active:
                made += sme.produce()
        else:
            for sme in self.active:
                made += sme.produce(power[sme.factory.town])
        self.today.output_g = made

    def power_by_town(self) -> list[int] | None:
        """What rationed power leaves of capacity in each town today, ppm; None where nobody rations."""
        left: list[int] | None = None
        for number, rationing in enumerate(self.shocks.rationings):
            share = rationing.capacity_ppm[self.day]
            if share == PPM:
                continue
            left = left or [PPM] * self.towns
            for town, draw in enumerate(self.streams.ppm(f"power cut {number}", 0, self.towns)):
                if draw < rationing.towns_ppm:
                    left[town] = min(left[town], share)
        return left

    def sales(self) -> None:
        """Firms ship once a week, each on its own weekday."""
        demand, margins, sold = self.demand.factors_ppm, self.margins.factors_ppm, 0
        for sme in self.by_weekday[self.day % 7]:
            if sme.is_active:
                sold += sme.ship(demand[sme.row], margins[sme.row])
        self.today.sales_fen = sold

    def reorder(self) -> None:
        """Firms look at their resin once a week: redeem lots, then order."""
        for lender in self.lenders[self.day % 7 :: 7]:
            lender.manage_liquidity()
        self.purchases = []
        for sme in self.by_weekday[(self.day - 2) % 7]:
            if not sme.is_active:
                continue
            if sme.facilities and sme.needs_lots():
                finance.redeem_for_use(self, self.platform, sme)
            purchase = sme.plan_purchase()
            if purchase is not None:
                self.purchases.append(purchase)
        if self.purchases:
            priority = self.streams.bits("priority", self.day, self.firms).tolist()
            self.purchases.sort(
                key=lambda one: priority[one.sme.row]
            )  # contended stock goes by lot, not by agent order

    def offers_and_funding(self) -> None:
        """Applications, offers, the firms' answers, funders, drawdowns."""
        if self.desk is not None:
            self.desk.starts_day()
        for purchase in self.purchases:
            if not purchase.wants_finance:
                continue
            if purchase.supplier.in_stock_g(purchase.sme.factory.grade) < purchase.mass_g:
                continue  # nothing to finance; the delivery phase tells the refusal
            approval = self.platform.decide(purchase)
            if approval is None:
                continue
            facility = finance.draw(self, self.platform, purchase, approval)
            purchase.facility = facility
            self._ordered(purchase, approval.mass_g, facility.number, is_in_custody=facility.is_controlled)

    def supplier_delivery(self) -> None:
        """Everything that was not financed: on the supplier's credit, for cash, or not at all."""
        for purchase in self.purchases:
            if purchase.facility is not None:
                continue
            sme, supplier, grade = purchase.sme, purchase.supplier, purchase.sme.factory.grade
            mass = min(purchase.mass_g, supplier.in_stock_g(grade))
            if mass < purchase.mass_g:
                self.today.supplier_refusals += 1
            limit = rules.scaled(sme.factory.base_week_g, self.settings.trade_credit_limit_days * PPM // 7)
            amount = rules.amount_fen(mass, purchase.price_fen)
            open_bills = sum(bill.open_fen for bill in sme.bills)
            is_on_credit = supplier.grants_credit(
                sme.arrears_days, open_bills, amount, rules.amount_fen(limit, purchase.price_fen)
            )
            if not is_on_credit:
                budget = sme.cash_fen - sme.floor_fen
                affordable = rules.affordable_g(budget, purchase.price_fen)
                lot = self.settings.order_lot_g
                mass = min(mass, affordable // lot * lot)
                amount = rules.amount_fen(mass, purchase.price_fen)
            if mass <= 0:
                continue
            self.entries.deliver_resin(supplier.slot, sme.slot, mass, amount, is_on_credit=is_on_credit)
            supplier.take_out(grade, mass, amount)
            if is_on_credit:
                sme.owe(supplier, amount)
            self._ordered(purchase, mass, MISSING, is_in_custody=False)
        for supplier in self.suppliers[self.day % 7 :: 7]:
            if supplier.is_active:
                supplier.restock()

    def _ordered(self, purchase: Purchase, mass: int, facility: int, *, is_in_custody: bool) -> None:
        """Note an order; what is not in custody is on its way."""
        sme = purchase.sme
        match = PPM - self.draws["match"][sme.row] // 10
        row = self.log.orders.add(
            sme.row, purchase.supplier.row, self.day, sme.factory.grade, mass, purchase.price_fen, facility, match
        )
        self.today.resin_bought_g += mass
        self.today.purchases_fen += rules.amount_fen(mass, purchase.price_fen)
        if is_in_custody:
            self.log.orders.set("delivered_on", row, self.day)
        else:
            self.book.arrivals.put(self.day + self.settings.lead_days, (sme, mass, row))

    def collateral(self) -> None:
        """Goods in custody are marked to market: margin calls, stop-loss, forced sales."""
        for facility in list(self.book.in_custody.values()):
            price = self.resin_fen[facility.obligor.factory.grade]
            finance.meet_margin_call(self, self.platform, facility, price)
            if finance.must_be_sold(self, facility, price):
                recovery.default_facility(self, self.platform, facility)

    def delinquency(self) -> None:
        """Days past due, reminders, suspension, registers, default at ninety days."""
        if self.book.overdue or self.watched:
            recovery.watch_arrears(self, self.platform, self.watched)

    def defaults_and_recovery(self) -> None:
        """Guarantees that pay today, claims that are given up today, estates of firms that failed."""
        recovery.guarantees_pay(self, self.platform)
        recovery.give_up(self, self.platform)

    def month_end(self) -> None:
        """Tax, owners, collection from debtors in default, balance sheets, visits, the review of every client."""
        if self.day == 0:
            self.platform.review(self.observed, self.firms)
        if not self.is_month_end:
            return
        fate = self.streams.ppm("sudden stop", self.day, self.firms)
        sudden = self.settings.sudden_stop_ppm // 12
        for sme in self.active:
            if fate[sme.row] < sudden:
                self._stop(sme)
            else:
                self._close_month(sme)
        self.active = [sme for sme in self.active if sme.is_active]
        recovery.collect_in_default(self, self.platform, self.smes)
        for party in (*self.buyers, *self.suppliers, *self.lenders):
            party.month_end()
        self.entries.pay_vat(self.platform.slot)
        self.platform.visit(self.smes, self.profiles)
        self.platform.review(self.observed, self.firms)
        if self.desk is not None:
            self.desk.month_end()

    def _close_month(self, sme: SME) -> None:
        self._note_operations(sme)
        self.entries.pay_vat(sme.slot)
        if sme.equity_fen <= 0:
            sme.raise_cash(sme.cash_fen - sme.equity_fen + 1)
            if sme.equity_fen <= 0:
                self._stop(sme)
                return
        sme.serve_informal_lenders()
        sme.pay_owners(self.platform.judgements[sme.row].offer.limit_fen)

    def _note_operations(self, sme: SME) -> None:
        row = sme.row
        output = sme.made_month_g
        energy = output * (PPM * 9 // 10 + self.draws["finding"][row] // 5) // PPM // 1000
        logins = self.draws["logins"][row] * 12 // PPM + sme.quotes_month
        self.log.operations.add(row, self.day, output, energy, logins, sme.quotes_month, self.profiles.headcount[row])
        sme.made_month_g = sme.quotes_month = 0

    def _stop(self, sme: SME) -> None:
        recovery.fail_firm(self, sme)

    def record_and_audit(self) -> None:
        """The ledgers balance, the book agrees with them, the day goes on record."""
        self.entries.assert_balanced()
        if self.is_month_end:
            self.assert_book_agrees()
        if self.day >= self.settings.burn_in_days:
            self.recorder.add(day_row(self))
        self.active = [sme for sme in self.active if sme.is_active]
        self.day += 1

    def assert_book_agrees(self) -> None:
        """What the contracts say is owed and held is what the ledgers say.

        Raises:
            WorkFailed: loans, deposits or goods in custody differ.
        """
        fen, grams, book = self.entries.fen.view, self.entries.grams.view, self.book
        pairs = {
            "loans": (book.open_principal_fen(), int(fen[:, LOANS].sum())),
            "deposits": (book.deposits_fen(), int(fen[:, DEPOSITS_PLACED].sum())),
            "goods in custody": (book.custody_g(), int(grams[:, CUSTODY].sum())),
        }
        for what, (by_book, by_ledger) in pairs.items():
            if by_book != by_ledger:
                raise WorkFailed(f"{what}: {by_book} by the book, {by_ledger} by the ledger on {self.date}")

    # --- the end

    def state_hash(self) -> str:
        """SHA-256 over every whole number of the state: ledgers, agents in order of rows, contracts, calendars."""
        told = hashlib.sha256()
        told.update(array("q", [self.day, self.seed]).tobytes())
        told.update(self.entries.fen.balances.tobytes())
        told.update(self.entries.grams.balances.tobytes())
        for party in (*self.smes, *self.buyers, *self.suppliers, *self.lenders, self.platform):
            told.update(array("q", party.state()).tobytes())
        told.update(array("q", self.book.state()).tobytes())
        if self.desk is not None:
            told.update(array("q", self.desk.state()).tobytes())
        return told.hexdigest()


@contextmanager
def no_garbage_collection() -> Iterator[None]:
    """A market makes no reference cycles to speak of, and hundreds of thousands of objects that live to its end.

    Looking through them for garbage again and again costs a tenth of the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def simulate(
    firms: int,
    days: int,
    seed: int,
    scenario: Scenario,
    on_day: Callable[[], None] | None = None,
    settings: Settings | None = None,
    policy: PurchasePolicy | LadderPolicy | None = None,
) -> Outcome:
    """Live one market.

    Args:
        firms: number of SMEs, at least 1.
        days: observed days, at least 1; the burn-in comes before them.
        seed: of every draw.
        scenario: what is done to the market.
        on_day: called after every lived day, burn-in included.
        settings: the assumptions; those in force on the scenario's first day when absent.
        policy: who may have what: a purchase policy, the file's when absent, or a ladder with all its products.
    """
    settings = settings or Settings.on(scenario.starts_on)
    product, chosen = load_product(PRODUCT), policy or load_purchase_policy(POLICY)
    underwriter = load_underwriter(MODEL)
    start = perf_counter()  # files are read by now: the speed is that of building and living the market
    return live(Market(firms, days, seed, scenario, product, chosen, underwriter, settings), on_day, start)


def live(market: Market, on_day: Callable[[], None] | None = None, start: float | None = None) -> Outcome:
    """Live a market that has not begun, to its end.

    Args:
        market: the market.
        on_day: called after every lived day, burn-in included.
        start: reading of `perf_counter` from which the speed is reckoned; now when absent.
    """
    start = perf_counter() if start is None else start
    with no_garbage_collection():
        for _ in range(market.settings.burn_in_days + market.days):
            market.step()
            if on_day is not None:
                on_day()
    seconds = perf_counter() - start
    daily = market.recorder.frame()
    state = market.state_hash()
    summary = summary_of(market, daily, state)
    lived = market.firms * (market.settings.burn_in_days + market.days)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    speed, memory = TIMINGS
    summary[speed] = round(lived / seconds, 1)
    summary[memory] = round(peak / (1 << 20 if sys.platform == "darwin" else 1 << 10), 1)
    return Outcome(summary, daily, state, market.observed.tables)
