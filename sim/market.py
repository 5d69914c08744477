"""The market, day by day."""

import resource
import sys
from collections.abc import Callable
from datetime import timedelta
from time import perf_counter
from typing import Any

import numpy as np

from credit.files import DATA
from credit.ladder_models import FITTED_GROUPS as ALL_EVIDENCE
from credit.ladder_models import PURCHASE_MODEL, feature_groups, stored_model
from credit.ladder_rules import LadderPolicy
from credit.limits import PurchasePolicy, load_purchase_policy
from credit.products import Product, load_product
from sim.arms.worlds import INFORMATIVE, World
from sim.attribution.hindsight import Hindsight
from sim.books.audit import assert_book_agrees, state_hash
from sim.books.daily import day_row, summary_of
from sim.books.entries import Entries
from sim.books.ledger import CASH
from sim.books.observed import Observed
from sim.books.recorders import TIMINGS, DailyRecorder, Outcome
from sim.books.records import note_balances
from sim.desk import debts, recovery
from sim.desk.opening import open_desk, with_other_lenders
from sim.desk.underwriting import Underwriter, load_underwriter
from sim.desk.visits import visit
from sim.economy.deliveries import note_financed
from sim.economy.estates import pay_creditors
from sim.economy.lives import Lives, foundings, roster_of
from sim.economy.phases import COMPILED, OBJECT, Economy
from sim.economy.population import entity_count, settle, towns
from sim.economy.profiles import declared
from sim.economy.resin import ResinPrices
from sim.economy.smes import SME
from sim.learning.loop import Learning
from sim.learning.settings import LearningSettings
from sim.memory import give_back, no_garbage_collection
from sim.products import purchase as finance
from sim.runs.bounds import refuse_impossible
from sim.scenarios.scenario import Scenario
from sim.scenarios.shocks import Shocks
from sim.settings import Settings
from sim.streams import Streams

PPM = 1_000_000
WORTH_COMPILING = 200_000
"""Firm-days from which compiled loops save more than the second that it takes to load them (`benchmarks/market.py`)."""
PRODUCT = DATA / "products" / "purchase_loan.yaml"
POLICY = DATA / "policies" / "purchase_policy.yaml"


class Market(Economy):
    """SMEs, suppliers, buyers, lenders and the platform; a step is a day.

    Args:
        firms: number of SMEs.
        days: observed days; the burn-in comes before them.
        seed: of every draw.
        scenario: what is done to the market.
        product: what the platform offers.
        policy: limits, tenors, prices and forms by PD; under a ladder all its products are on offer (`sim.desk`).
        underwriter: who judges clients; the stored model that belongs to the policy when absent.
        settings: the assumptions; those in force on the scenario's first day when absent.
        world: how clearly the platform sees its clients.
        form: how the hottest loops are run, OBJECT or COMPILED; whichever is quicker for this size when absent.
        learns: the platform fits its model anew every quarter from what it sees (`sim.learning`), by the rules of
            `data/parameters/learning.yaml` or by others.

    Raises:
        BadInput: there can be no such market (`sim.runs.bounds`).
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
        form: str | None = None,
        *,
        learns: bool | LearningSettings = False,
    ) -> None:
        refuse_impossible(firms, days, seed, scenario)
        settings = settings or Settings.on(scenario.starts_on)
        ladder = policy if isinstance(policy, LadderPolicy) else None
        policy = policy if isinstance(policy, PurchasePolicy) else None
        if ladder is not None:
            settings = with_other_lenders(settings)
        shocks = Shocks.of(scenario, settings.burn_in_days, days)
        streams = Streams(seed)
        first_day = scenario.starts_on - timedelta(days=settings.burn_in_days)
        later = foundings(settings, streams, first_day, settings.burn_in_days + days, firms)
        size = entity_count(settings, firms, len(later))
        entries = Entries(size, settings.vat_goods_ppm, settings.vat_interest_ppm)
        super().__init__(settings, shocks, streams, entries, first_day)
        self.firms, self.days, self.seed, self.story = firms, days, seed, scenario
        is_large = firms * (settings.burn_in_days + days) >= WORTH_COMPILING
        self.form = form or (COMPILED if is_large else OBJECT)
        self.roster = roster_of(firms, later)
        self.prices_ahead = ResinPrices.drawn(streams, scenario.starts_on, shocks)
        people = settle(
            self, self.prices_ahead, firms, later, product or load_product(PRODUCT),
            policy or load_purchase_policy(POLICY),
            underwriter or load_underwriter(PURCHASE_MODEL if ladder is None else stored_model(ladder)),
        )  # fmt: skip
        self.smes, self.buyers, self.suppliers = people.smes, people.buyers, people.suppliers
        self.lenders, self.platform, self.network = people.lenders, people.platform, people.network
        self.towns = towns(settings, firms)
        self.watched: dict[int, SME] = {}
        self.desk = None if ladder is None else open_desk(self, ladder)
        self.opening: Any = None  # what `sim.arms.arm` notes on the first observed day
        self.begin()
        self.lives = Lives(self, self.smes, later, firms)
        self.profiles = declared(self, self.smes, len(self.buyers))
        shown_under = world.shown_under(streams, firms)
        self.observed = Observed(self, self.profiles, self.prices_ahead.paths, shown_under)
        self.recorder = DailyRecorder()
        self.learning = self.platform.learning = None
        if learns:
            rules = learns if isinstance(learns, LearningSettings) else LearningSettings.on(scenario.starts_on)
            eyes = ALL_EVIDENCE if ladder is None else feature_groups(ladder)
            self.learning = self.platform.learning = Learning(self, eyes, rules)
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

    def debts_due(self) -> None:
        """Bills and facilities due today and overdue ones: the firm pays what it can above the next week's wages."""
        debts.pay_bills(self)
        debts.pay_facilities(self)

    def reorder(self) -> None:
        """Firms look at their resin once a week: redeem lots, then order."""
        for lender in self.lenders[self.day % 7 :: 7]:
            lender.manage_liquidity()
        self.purchases = []
        for sme, is_short, order_g in self.loops.looking_for_resin(self, self.by_weekday[(self.day - 2) % 7]):
            if is_short:
                finance.redeem_for_use(self, self.platform, sme)
            purchase = sme.plan_purchase(order_g) if order_g else None
            if purchase is not None:
                self.purchases.append(purchase)
        if self.purchases:
            rows = np.array([one.sme.row for one in self.purchases], dtype=np.int64)
            priority = self.streams.bits("priority", self.day, self.roster.only(rows))
            order = np.argsort(priority, kind="stable")  # contended stock goes by lot, not by agent order
            self.purchases = [self.purchases[position] for position in order.tolist()]

    def offers_and_funding(self) -> None:
        """Applications, offers, the firms' answers, funders, drawdowns."""
        if self.desk is not None:
            self.desk.starts_day()
        is_on_offer = self.desk is None or self.desk.finances_purchases  # nobody asks for what nobody sells
        for purchase in self.purchases:
            if not purchase.wants_finance or not is_on_offer:
                continue
            if purchase.supplier.in_stock_g(purchase.sme.factory.grade) < purchase.mass_g:
                continue  # nothing to finance; the delivery phase tells the refusal
            approval = self.platform.decide(purchase)
            if approval is None:
                continue
            facility = finance.draw(self, self.platform, purchase, approval)
            purchase.facility = facility
            note_financed(self, purchase, approval.mass_g, facility.contract.goods_value_fen)

    def collateral(self) -> None:
        """Goods in custody are marked to market: margin calls, stop-loss, forced sales."""
        for facility in finance.to_look_at(self, self.platform):
            price = self.resin_fen[facility.goods_grade]
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
        self.contagion.sureties_pay()
        recovery.give_up(self, self.platform)

    def month_end(self) -> None:
        """Tax, owners, collection from debtors in default, balance sheets, visits, the review of every client."""
        if self.day == 0:
            self.platform.review(self.observed, self.lives.founded)
        if not self.is_month_end:
            return
        self.month_of_firms()
        pay_creditors(self, self.platform, self.smes)
        for party in (*self.buyers, *self.suppliers, *self.lenders):
            party.month_end()
        self.entries.pay_vat(self.platform.slot)
        visit(self, self.active, self.profiles)
        self.platform.review(self.observed, self.lives.founded)
        if self.desk is not None:
            self.desk.month_end()
        give_back(is_quarter_end=self.date.month % 3 == 0)

    def record_and_audit(self) -> None:
        """The ledgers balance, the book agrees with them, the day goes on record."""
        self.loops.assert_balanced(self)
        if self.is_month_end:
            assert_book_agrees(self)
            note_balances(self)
        if self.today.founded_firms or self.today.closed_firms or self.today.failed_firms:
            self.active = [sme for sme in self.active if sme.is_active]
        if self.day >= self.settings.burn_in_days:
            self.recorder.add(day_row(self))
        self.day += 1

    # --- the end

    def state_hash(self) -> str:
        """SHA-256 over every whole number of the state."""
        return state_hash(self)


def simulate(
    firms: int,
    days: int,
    seed: int,
    scenario: Scenario,
    on_day: Callable[[], None] | None = None,
    settings: Settings | None = None,
    policy: PurchasePolicy | LadderPolicy | None = None,
    *,
    learns: bool = False,
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
        learns: the platform fits its model anew every quarter from what it sees.
    """
    settings = settings or Settings.on(scenario.starts_on)
    product, chosen = load_product(PRODUCT), policy or load_purchase_policy(POLICY)
    start = perf_counter()  # files are read by now: the speed is that of building and living the market
    market = Market(firms, days, seed, scenario, product, chosen, settings=settings, learns=learns)
    return live(market, on_day, start)


def live(market: Market, on_day: Callable[[], None] | None = None, start: float | None = None) -> Outcome:
    """Live a market to its end.

    Args:
        market: the market.
        on_day: called after every lived day, burn-in included.
        start: reading of `perf_counter` from which the speed is reckoned; now when absent.
    """
    start, began = perf_counter() if start is None else start, market.day
    with no_garbage_collection():
        while market.day < market.settings.burn_in_days + market.days:
            market.step()
            if on_day is not None:
                on_day()
    seconds = perf_counter() - start
    daily, state, told = market.recorder.frame(), market.state_hash(), Hindsight.of(market)
    summary = summary_of(market, daily, state) | told.figures
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    speed, memory = TIMINGS
    summary[speed] = round(market.firms * (market.day - began) / seconds, 1)
    summary[memory] = round(peak / (1 << 20 if sys.platform == "darwin" else 1 << 10), 1)
    further = {} if market.learning is None else market.learning.tables()
    if market.learning is not None:
        summary |= market.learning.figures()
    return Outcome(summary, daily, state, market.observed.tables, hindsight=told, further=further)
