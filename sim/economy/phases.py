"""What firms, buyers and suppliers do among themselves: the phases of a day without the desk, and a month's end.

`Economy` is the market without the platform's part; `sim.market.Market` adds that and puts the day together.
"""

from collections.abc import Iterator
from types import ModuleType

import numpy as np

from sim import rules
from sim.attribution import causes
from sim.books.recorders import Counters
from sim.desk.platform import Platform
from sim.economy import deliveries, outside_credit
from sim.economy.buyers import Buyer
from sim.economy.closing import close_months
from sim.economy.contagion import Contagion
from sim.economy.estates import fail_firm
from sim.economy.fraud import Fraud
from sim.economy.lenders import Lender
from sim.economy.machines import MachinePark
from sim.economy.networks import Network
from sim.economy.paths import Wandering
from sim.economy.profiles import Profiles
from sim.economy.resin import ResinPrices
from sim.economy.smes import SME, Purchase
from sim.economy.suppliers import Supplier
from sim.loops import by_object
from sim.scenarios.channels import MOST_SHELLS
from sim.stage import Stage

PPM = 1_000_000
OBJECT, COMPILED = "object", "compiled"
WEEKLY_DRAWS = ("buyer", "delay", "inquiry", "take-up", "appetite", "bank", "match", "logins", "visit", "finding",
                "sourcing", "turn")  # fmt: skip


class Economy(Stage):
    """Everybody but the desk, and their phases of a day.

    Attributes:
        smes: firms by row, those that may be founded later included.
        active: firms that trade today.
        by_weekday: rows of firms that trade today, by the weekday on which they ship.
        lives: foundation, growth and leaving.
        park: machines.
        network: who trades with whom.
        contagion: how one end reaches others.
        fraud: who deceives, and how.
        form: OBJECT or COMPILED: how the hottest loops are run.
    """

    smes: list[SME]
    buyers: list[Buyer]
    suppliers: list[Supplier]
    lenders: list[Lender]
    platform: Platform
    profiles: Profiles
    prices_ahead: ResinPrices
    network: Network
    firms: int
    towns: int
    form: str

    def begin(self) -> None:
        """What the phases keep from day to day."""
        settings, streams, who = self.settings, self.streams, self.roster
        self.active = [sme for sme in self.smes if sme.is_active]
        self._sort_by_weekday()
        self.purchases: list[Purchase] = []
        self.demand = Wandering(streams, "demand", who, settings.demand_persistence_ppm, settings.demand_spread_ppm)
        self.cycle = Wandering(streams, "business cycle", 1, settings.cycle_persistence_ppm, settings.cycle_spread_ppm)
        self.margins = Wandering(
            streams, "margin", who, settings.margin_shock_persistence_ppm, settings.margin_shock_spread_ppm,
            is_linear=True,
        )  # fmt: skip
        self.buyer_margins = Wandering(
            streams, "buyer margin shock", len(self.buyers), settings.buyer_margin_shock_persistence_ppm,
            settings.buyer_margin_shock_spread_ppm, is_linear=True,
        )  # fmt: skip
        self.passed_resin_fen, self.used_to_fen = list(self.prices_ahead.means), list(self.prices_ahead.means)
        self.passed_history: list[int] = []
        self.park = MachinePark(self, self.smes, self.firms)
        self.contagion = Contagion(self, self.smes)
        self.fraud = Fraud(self, self.smes, self.buyers[-MOST_SHELLS:])

    @property
    def loops(self) -> ModuleType:
        """The hottest loops, in the form of this market; both do the same to the fen."""
        if self.form != COMPILED:
            return by_object
        from sim.loops import by_column  # numba takes half a second to import

        return by_column

    def state(self) -> Iterator[int]:
        """Whole numbers of the economy that belong to nobody: who was founded, what was dumped, who deceives."""
        yield self.lives.founded
        yield from (sme.row for sme in self.lives.closing)
        yield from self.contagion.dumped_fen
        yield from self.fraud.state()

    def _sort_by_weekday(self) -> None:
        rows: list[list[int]] = [[] for _ in range(7)]
        for sme in self.active:
            rows[sme.factory.weekday].append(sme.row)
        self.by_weekday = [np.array(one, dtype=np.int64) for one in rows]

    # --- the day

    def calendar_and_shocks(self) -> None:
        """What day it is, the season, the scenario, and this week's draws."""
        self.date = self.date_of(self.day)
        self.today = Counters()
        self.season_ppm = self.new_year_factor_ppm()
        if self.day % 7 == 0:
            self.week = self.day // 7
            self.draws = {name: self.streams.ppm_cells(name, self.week, self.roster) for name in WEEKLY_DRAWS}
            self.causes.week()
            for wandering in (self.demand, self.cycle) if self.day else ():
                wandering.advance()
        self.outside_rate_ppm = self.settings.outside_rate_ppm + self.shocks.rate_rise_ppm[self.day]
        self.demand_ppm = rules.scaled(self.shocks.demand_ppm[self.day], self.cycle.factors_ppm[0])
        if self.date.day == 1:
            self.margins.advance()
            self.buyer_margins.advance()

    def prices(self) -> None:
        """Today's resin prices, and how far product prices reflect them: most of it soon, the rest in the end."""
        settings = self.settings
        self.resin_fen = [path[self.day] for path in self.prices_ahead.paths]
        premium = settings.supplier_premium_ppm + self.shocks.supplier_premium_ppm[self.day]
        self.small_lot_fen = [rules.scaled(price, PPM + premium) for price in self.resin_fen]
        for grade, (price, passed) in enumerate(zip(self.resin_fen, self.passed_resin_fen, strict=True)):
            used_to = self.used_to_fen[grade] = rules.smoothed(self.used_to_fen[grade], price, settings.pass_rest_days)
            target = used_to + rules.scaled(price - used_to, settings.pass_through_ppm)
            lag = settings.pass_through_days if target > passed else settings.pass_down_days
            self.passed_resin_fen[grade] = rules.smoothed(passed, target, lag)
        self.passed_history.append(sum(self.passed_resin_fen))
        then = self.passed_history[-min(len(self.passed_history), settings.buyer_stock_days)]
        self.stock_gain_ppm = rules.stock_gain_ppm(self.passed_history[-1], then, settings.resin_in_goods_ppm)
        self.value_added_ppm = rules.squeezed_ppm(self.demand_ppm, settings.slump_squeeze_ppm)

    def goods_arrive(self) -> None:
        """Resin on the way arrives; a failed firm's is sold off."""
        deliveries.arrive(self)

    def buyers_pay(self) -> None:
        """Invoices that buyers mean to pay today, oldest first, then by lot; what cannot be paid waits a while."""
        today, settings, invoices = self.today, self.settings, self.book.invoices
        meant = invoices.meant_for(self.day, self.shocks.extra_delay_days[self.day])
        sellers, buyers, due_days, pays_on = invoices.columns_of(meant, "firm", "buyer", "due_on", "pays_on")
        turn = self.streams.bits("payment turn", self.day, self.roster.only(sellers))
        order = np.lexsort((turn, due_days))
        is_paid = np.empty(len(meant), dtype=bool)
        is_paid[order] = self.loops.pay_invoices(self, meant[order])
        is_given_up = ~is_paid & (self.day - pays_on >= settings.buyer_patience_days)
        invoices.wait(meant[~is_paid & ~is_given_up], self.day + settings.buyer_retry_days)
        today.invoices_paid += int(is_paid.sum())
        today.delay_days += int((self.day - due_days)[is_paid].sum())
        for row in np.unique(buyers[is_given_up]).tolist():
            self.buyers[row].fail()
        self.loops.resell(self, range(self.day % 7, len(self.buyers), 7))

    def wages_and_energy(self) -> None:
        """Each firm pays its people and its power once a week; whoever cannot for a month stops."""
        for sme in self.loops.pay_wages(self, self.by_weekday[(self.day - 4) % 7]):
            if sme.cannot_pay_its_people:
                self.stop(sme, causes.WAGES)

    def production(self) -> None:
        """Every firm makes its plan, as far as resin lasts."""
        self.today.output_g = self.loops.produce(self, self.power_by_town())

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
        """Firms ship once a week, each on its own weekday; who comes first is drawn."""
        rows = self.by_weekday[self.day % 7]
        turn = np.frombuffer(self.draws["turn"], dtype=np.int64)[rows]
        self.today.sales_fen = self.loops.ship(self, rows[np.lexsort((rows, turn))])
        for sme in self.fraud.live():
            self.stop(sme, causes.FLED)

    def supplier_delivery(self) -> None:
        """Everything that was not financed: on the supplier's credit, for cash, or not at all."""
        deliveries.deliver(self)
        for supplier in self.suppliers[self.day % 7 :: 7]:
            if supplier.is_active:
                supplier.restock()

    # --- a month's end

    def month_of_firms(self) -> None:
        """Firms fail, leave, grow, buy machines, tie new ties; new ones are founded."""
        self.causes.month()
        close_months(self)
        self.active = [sme for sme in self.active if sme.is_active]
        self.lives.wind_up()
        self.lives.grow()
        self.park.month(self.active)
        self.network.renew(self.active)
        self.contagion.month()
        outside_credit.refinance(self, self.active)
        self.fraud.month()
        self.park_of_founders()
        self._sort_by_weekday()

    def park_of_founders(self) -> None:
        """New firms open with their first machines."""
        for sme in self.lives.found():
            self.park.start(sme)
            self.active.append(sme)

    def impact_ppm(self, town: int) -> int:
        """What is left of usual prices where much is being sold off."""
        return self.contagion.price_impact_ppm(town)

    def machines_arrive(self, firm: SME, price_fen: int, facility: int) -> None:
        """A lessor has bought machines for a firm and booked them."""
        self.park.install(firm, price_fen, facility)

    def machines_leave(self, firm: SME, facility: int) -> None:
        """A lessor takes its machines back."""
        self.park.remove(firm, facility)

    def stop(self, sme: SME, reason: int) -> None:
        """A firm stops, for one of `sim.attribution.causes.REASONS`; what that does to those near it."""
        before = self.causes.stops(sme, reason)
        weekday = sme.factory.weekday
        self.by_weekday[weekday] = self.by_weekday[weekday][self.by_weekday[weekday] != sme.row]
        self.contagion.dump(sme.factory.town, sme.factory.base_week_fen)
        fail_firm(self, sme)
        self.park.sell_off(sme, self.impact_ppm(sme.factory.town))
        self.causes.estate_sold(sme, before)
        self.contagion.after_failure(sme)
