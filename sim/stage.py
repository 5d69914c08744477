"""What every agent finds around it: the day, today's prices, the ledgers, the book, the log and this week's draws."""

from array import array
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import mesa
import numpy as np

from credit import elementary
from credit.parameters import parameters
from sim.attribution.causes import Causes
from sim.books.book import Book
from sim.books.entries import Entries
from sim.books.ledger import CASH, EQUITY, WIDTH
from sim.books.recorders import Counters, EventLog
from sim.rules import LOGIT_STEP_PPM, LOGIT_STEPS, divide_half_even
from sim.scenarios.shocks import Shocks
from sim.settings import Settings
from sim.streams import Roster, Streams

LATENESS_SPREAD_PPM = 1_000_000
"""Spread of the log of a disorderly debtor's delay (DOMAIN 3: lognormal, s = 1)."""


class Stage(mesa.Model):
    """The shared state of a market, without its phases.

    Attributes:
        settings: the assumptions as whole numbers.
        shocks: the scenario, day by day.
        streams: all chance.
        entries: both ledgers.
        book: all contracts.
        log: what the platform could see.
        causes: what strains whom through whom, which nobody in the market reads.
        today: the day's flows.
        day: market day, 0 is the first day of the burn-in.
        resin_fen: today's price of each grade, fen a tonne, VAT included.
        small_lot_fen: what suppliers ask for a small lot of each grade today, fen a tonne, VAT included.
        passed_resin_fen: the resin price that product prices have come to reflect, by grade.
        season_ppm: today's seasonal factor of demand.
        demand_ppm: today's factor of the scenario.
        value_added_ppm: what a slump leaves of value added a tonne.
        stock_gain_ppm: what goods in stock have gained in price since they were bought, over their cost.
        outside_rate_ppm: today's yearly rate of informal credit.
        roster: who draws among firms: those that are there and those that may be founded.
        draws: this week's draws by decision, one a firm.
        firm_cells: numbers of firms that compiled loops read, `sim.loops.firm_columns.WIDTH` a firm.
        buyer_cells: the same of buyers, `sim.loops.buyer_columns.WIDTH` a buyer.
        late_delay_table: delay of habitual late payers, days, by quantile.
        lateness_table: lateness of disorderly debtors, days, by quantile.
        logit_table: the logistic function in ppm, for `rules.chance_ppm`.
    """

    def __init__(self, settings: Settings, shocks: Shocks, streams: Streams, entries: Entries, first_day: date) -> None:
        super().__init__(rng=streams.seed)
        self.settings = settings
        self.shocks = shocks
        self.streams = streams
        self.entries = entries
        self.log = EventLog()
        self.book = Book(self.log.invoices)
        self.today = Counters()
        self.first_day = first_day
        self.day = 0
        self.date = first_day
        self.causes = Causes(self)
        self.week = 0
        self.resin_fen: list[int] = []
        self.small_lot_fen: list[int] = []
        self.passed_resin_fen: list[int] = []
        self.season_ppm = 1_000_000
        self.demand_ppm = 1_000_000
        self.value_added_ppm = 1_000_000
        self.stock_gain_ppm = 0
        self.outside_rate_ppm = settings.outside_rate_ppm
        self.roster = Roster(np.arange(0))
        self.draws: dict[str, array[int]] = {}
        self.firm_cells = array("q")
        self.buyer_cells = array("q")
        self.late_delay_table = _days_table(settings.late_delay_days, settings.late_delay_spread_ppm)
        self.lateness_table = _days_table(settings.lateness_days, LATENESS_SPREAD_PPM)
        self.logit_table = _logit_table()

    @property
    def resale_gain_ppm(self) -> int:
        """What the day adds to (or takes from) buyers' resale price over cost: stock gains, less the squeeze."""
        return self.stock_gain_ppm + self.value_added_ppm - 1_000_000

    @property
    def trade_limit_ppm(self) -> int:
        """What a customer may owe its suppliers, over a week's resin."""
        return self.settings.trade_credit_limit_days * 1_000_000 // 7

    def date_of(self, day: int) -> date:
        """The calendar date of a market day."""
        return self.first_day + timedelta(days=day)

    @property
    def is_month_end(self) -> bool:
        """Whether tomorrow is the first of a month."""
        return (self.date + timedelta(days=1)).day == 1

    def fire_sale_ppm(self, firm: Any) -> int:
        """Part of its cost that a firm's stock brings in a forced sale today."""
        return divide_half_even(self.settings.fire_sale_ppm * self.impact_ppm(firm.factory.town), 1_000_000)

    def machines_arrive(self, firm: Any, price_fen: int, facility: int) -> None:
        """A lessor has bought machines for a firm and booked them."""

    def machines_leave(self, firm: Any, facility: int) -> None:
        """A lessor takes its machines back."""

    def impact_ppm(self, town: int) -> int:
        """What is left of usual prices where much is being sold off."""
        return 1_000_000

    def demand_of_sector_ppm(self, sector: int) -> int:
        """Today's factor of the scenario on what buyers of a sector order."""
        by_sector = self.shocks.sector_demand_ppm
        if sector not in by_sector:
            return self.demand_ppm
        return divide_half_even(self.demand_ppm * by_sector[sector][self.day], 1_000_000)

    def new_year_factor_ppm(self) -> int:
        """The dip of demand around Chinese New Year."""
        start = date(self.date.year, 1, 1) + timedelta(days=_new_year_day(self.date.year) - 1)
        age = (self.date - start).days
        is_dip = -7 <= age < self.settings.new_year_days - 7
        return self.settings.new_year_demand_ppm if is_dip else 1_000_000


class Party(mesa.Agent):
    """Whoever has a slot in the ledgers.

    Attributes:
        row: number among its kind, 0, 1, ...; draws are keyed by it.
        slot: its place in both ledgers.
        is_active: whether it still trades.
    """

    model: Any
    whole_numbers: tuple[str, ...] = ()
    """The whole numbers that make up its state, for the hash of a run."""

    def __init__(self, model: Stage, row: int, slot: int) -> None:
        super().__init__(model)
        self.row = row
        self.slot = slot
        self.is_active = True
        self.money = model.entries.fen.balances
        self.masses = model.entries.grams.balances

    @property
    def cash_fen(self) -> int:
        """Cash in hand."""
        return self.money[self.slot + CASH]

    @property
    def equity_fen(self) -> int:
        """Assets less debts by the books."""
        slot = self.slot
        return -sum(self.money[slot + EQUITY : slot + WIDTH])

    def state(self) -> Iterable[int]:
        """Every whole number of its own state."""
        yield self.row
        yield self.slot
        yield int(self.is_active)
        for name in self.whole_numbers:
            value = getattr(self, name)
            yield -1 if value is None else int(value)


def _days_table(median_days: int, spread_ppm: int, steps: int = 1000) -> tuple[int, ...]:
    """Whole days of a lognormal by quantile."""
    quantiles = (np.arange(steps) + 0.5) / steps
    factors = np.asarray(elementary.exp(spread_ppm / 1e6 * elementary.normal_quantile(quantiles)))
    return tuple(np.rint(median_days * factors).astype(np.int64).tolist())


def _logit_table() -> tuple[int, ...]:
    logits = np.arange(-LOGIT_STEPS, LOGIT_STEPS + 1) * (LOGIT_STEP_PPM / 1e6)
    return tuple(np.rint(1e6 * np.asarray(elementary.expit(logits))).astype(np.int64).tolist())


_NEW_YEAR: dict[int, int] = {}


def _new_year_day(year: int) -> int:
    if year not in _NEW_YEAR:
        _NEW_YEAR[year] = round(parameters("market").value("new_year_day", date(year, 6, 1)))
    return _NEW_YEAR[year]
