"""Firms are founded, grow, shrink, grow old and close (DOMAIN 6.8 and 7, F4).

Which firms will be founded follows from draws keyed by place and month before the first day, so that the
population's columns have their final length from the start and one more firm changes nobody's draws. Rows are never
removed. A year's growth is Laplace with a spread that falls with size; a hidden part of firms grows along a logistic
curve instead of standing still. The hazard of leaving rises with age and falls again.
"""

from calendar import monthrange
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from credit import elementary
from credit.contracts import divide_half_even
from sim import rules
from sim.books.ledger import CASH, FUNDING, RECEIVABLES
from sim.economy.estates import sell_off_stock
from sim.economy.smes import SME
from sim.loops import firm_columns
from sim.settings import Settings
from sim.stage import Stage
from sim.streams import Roster, Streams

if TYPE_CHECKING:
    from collections.abc import Sequence

PPM = 1_000_000
DAYS_A_YEAR, MONTHS_A_YEAR = 365, 12
LEAVING_BY_AGE = (
    250_000,
    1_000_000,
    1_500_000,
    1_300_000,
    1_300_000,
    1_300_000,
    1_300_000,
    1_000_000,
    900_000,
    800_000,
)
"""Hazard of leaving by age in whole years over the mean one, ppm; the last one from then on. Its shape is that of the
survival report of 2013 (DOMAIN F4: 1.6 % in the first year, 6.3 % in the second, 9.5 % in the third, above 8 % to the
seventh, falling after); failures for lack of money come on top."""
SMALLEST_PPM, LARGEST_PPM = 200_000, 12_000_000
"""A firm's size over what it was, held there."""
COST_LAG_MONTHS = 6
"""Fixed cost follows a shrinking firm this slowly."""


class Founding(NamedTuple):
    """A firm that will be founded.

    Attributes:
        day: market day, a month's end.
        place: number of the founder's place; towns are made of places.
        number: identity for draws, the same in runs of any length and size.
    """

    day: int
    place: int
    number: int


def month_ends(first_day: date, days: int) -> list[int]:
    """Market days that end a month, the very first day excepted: the market opens on it."""
    ends: list[int] = []
    day = -1
    while True:
        then = first_day + timedelta(days=day + 1)
        day += monthrange(then.year, then.month)[1] - then.day + 1
        if day >= days:
            return ends
        if day:
            ends.append(day)


def foundings(settings: Settings, streams: Streams, first_day: date, days: int, firms: int) -> list[Founding]:
    """Every firm that will be founded within so many days, in the order of days and places."""
    share = settings.entry_ppm // MONTHS_A_YEAR
    before = [0] * firms
    found = []
    for day in month_ends(first_day, days):
        for place, draw in enumerate(streams.ppm("founding", day, firms)):
            if draw < share:
                before[place] += 1
                found.append(Founding(day, place, (before[place] << 32) + place))
    return found


def roster_of(firms: int, later: "Sequence[Founding]") -> Roster:
    """Who draws: the firms that are there, then those that will be founded."""
    return Roster(np.array([*range(firms), *(one.number for one in later)], dtype=np.uint64))


def leaving_ppm(yearly_ppm: int, age_days: int) -> int:
    """The chance of leaving within a month at an age."""
    return _leaving_ppm(yearly_ppm, min(max(age_days, 0) // DAYS_A_YEAR, len(LEAVING_BY_AGE) - 1))


def leaving_chances_ppm(yearly_ppm: int, ages_days: np.ndarray) -> np.ndarray:
    """The chance of leaving within a month at each of some ages."""
    by_year = np.array([_leaving_ppm(yearly_ppm, years) for years in range(len(LEAVING_BY_AGE))])
    return by_year[np.clip(ages_days // DAYS_A_YEAR, 0, len(LEAVING_BY_AGE) - 1)]


@cache
def _leaving_ppm(yearly_ppm: int, age_years: int) -> int:
    return rules.scaled(yearly_ppm, LEAVING_BY_AGE[age_years]) // MONTHS_A_YEAR


class Lives:
    """The lives of all firms of a market, month by month.

    Attributes:
        founded: rows that have been founded (or were there): 0 to `founded - 1`.
        closing: firms that have closed in order and still collect from their buyers.
    """

    def __init__(self, stage: Stage, smes: list[SME], later: list[Founding], firms: int) -> None:
        self.stage = stage
        self.smes = smes
        self.founded = firms
        self.closing: list[SME] = []
        self._waiting = {firms + position: one for position, one in enumerate(later)}
        settings, streams, who = stage.settings, stage.streams, stage.roster
        self._log_size = np.zeros(len(smes))
        size = np.array([max(sme.revenue_fen, 1) for sme in smes], dtype=float) / settings.annual_revenue_fen
        # spread of a year's growth, falling with size (DOMAIN 5): to the power -0.15 to -0.2
        power = -settings.growth_shock_size_ppm / PPM
        spread = settings.growth_shock_ppm / PPM * np.asarray(elementary.exp(power * np.asarray(elementary.log(size))))
        self._spread = np.clip(spread, 0.02, 0.4)
        is_grower = np.array(streams.ppm("growth type", 0, who)) < settings.growers_ppm
        reach = settings.grower_multiple_ppm / PPM - 1.0
        self._multiple = 1.0 + np.where(is_grower, reach * 2.0 * streams.uniforms("growth reach", 0, who), 0.0)
        self._rate = settings.grower_rate_ppm / PPM * (0.5 + streams.uniforms("growth rate", 0, who))
        self._born_on = np.array([sme.born_on for sme in smes])
        born = [sme.as_born for sme in smes]
        self._born = np.array([(one.base_week_g, one.base_week_fen, one.fixed_week_fen) for one in born])

    def _curve(self, day: int) -> np.ndarray:
        """Log size of every firm on its logistic curve, over its size at birth."""
        age = np.maximum(day - self._born_on, 0) / DAYS_A_YEAR
        left = (self._multiple - 1.0) * np.asarray(elementary.exp(-self._rate * age))
        return np.asarray(elementary.log(self._multiple / (1.0 + left)))

    def grow(self) -> None:
        """A month's growth of everybody: a twelfth of the year's shock, and a step along the curve."""
        stage, day = self.stage, self.stage.day
        draws = stage.streams.uniforms("growth", day // DAYS_A_YEAR, stage.roster) - 0.5
        shock = -self._spread * np.sign(draws) * np.asarray(elementary.log(1.0 - 2.0 * np.abs(draws)))
        drift = -self._spread * self._spread  # a Laplace's mean of e**x is 1 / (1 - b^2)
        self._log_size += (shock + drift) / MONTHS_A_YEAR + self._curve(day) - self._curve(max(day - 30, 0))
        sizes = np.rint(PPM * np.asarray(elementary.exp(self._log_size))).astype(np.int64)
        there = [sme for sme in self.smes if sme.is_active]
        wanted = np.clip(sizes, SMALLEST_PPM, LARGEST_PPM)[[sme.row for sme in there]]
        self.resize(there, np.minimum(wanted, self._largest_ppm(there)))

    def _largest_ppm(self, smes: list[SME]) -> np.ndarray:
        """The size beyond which firms take no more orders: what machines make; what it is while a firm lacks cash.

        Growth eats cash before it brings any. What was not taken is taken later, when machines and cash are there.
        """
        rows = [sme.row for sme in smes]
        cells = firm_columns.table(self.stage.firm_cells)[rows]
        cash = np.frombuffer(self.stage.entries.fen.balances, dtype=np.int64)[cells[:, firm_columns.SLOT] + CASH]
        is_short = (cells[:, firm_columns.WAGES_OWED_FEN] != 0) | (cash < 2 * cells[:, firm_columns.FLOOR_FEN])
        week_g = np.array([7 * sme.machines * sme.unit_day_g for sme in smes], dtype=np.int64)
        size_ppm = np.array([sme.size_ppm for sme in smes], dtype=np.int64)
        born_g = np.maximum(self._born[rows, 0], 1)
        return np.where(is_short, size_ppm, np.maximum(week_g * PPM // born_g, SMALLEST_PPM))

    def resize(self, smes: list[SME], sizes_ppm: np.ndarray) -> None:
        """Firms of another size: what their customers order and their fixed costs; capacity follows machines."""
        rows = np.array([sme.row for sme in smes], dtype=np.int64)
        moved = np.flatnonzero(sizes_ppm != np.array([sme.size_ppm for sme in smes], dtype=np.int64))
        now: Any = firm_columns.table(self.stage.firm_cells)[rows[moved], firm_columns.FIXED_WEEK_FEN]
        week_g, week_fen, fixed_fen = divide_half_even(self._born[rows[moved]] * sizes_ppm[moved, None], PPM).T
        fixed_fen = np.where(fixed_fen < now, rules.smoothed(now, fixed_fen, COST_LAG_MONTHS), fixed_fen)
        built = (one.tolist() for one in (moved, sizes_ppm[moved], week_g, week_fen, fixed_fen))
        for place, size, base_g, base_fen, cost_fen in zip(*built, strict=True):
            sme = smes[place]
            sme.size_ppm = size
            sme.build(sme.factory.rebuilt(base_week_g=base_g, base_week_fen=base_fen, fixed_week_fen=cost_fen))

    def found(self) -> list[SME]:
        """Firms that are founded today."""
        stage, new = self.stage, []
        while self.founded in self._waiting and self._waiting[self.founded].day <= stage.day:
            new.append(self.smes[self.founded])
            start(stage, new[-1])
            self.founded += 1
        stage.today.founded_firms += len(new)
        return new

    def leave(self, sme: SME, draw_ppm: int) -> bool:
        """Whether an owner gives up in good order this month; what is owed is paid first.

        With a facility open the firm stops borrowing, and closes when the last is repaid.
        """
        settings = self.stage.settings
        if not sme.is_leaving:
            if draw_ppm >= leaving_ppm(settings.closing_ppm, self.stage.day - sme.born_on):
                return False
            sme.is_leaving = True
        if sme.facilities or sme.arrears_days or not close(self.stage, sme):
            return False
        self.closing.append(sme)
        return True

    def wind_up(self) -> None:
        """Closed firms hand what their buyers pay to the bank, then to the owners."""
        still = []
        for sme in self.closing:
            entries = self.stage.entries
            to_bank = min(-sme.money[sme.slot + FUNDING], sme.cash_fen)
            entries.pay_back_funding(sme.slot, to_bank)
            entries.pay_vat(sme.slot)
            if sme.money[sme.slot + FUNDING] == 0 and sme.cash_fen:
                entries.pay_dividend(sme.slot, sme.owner_slot, sme.cash_fen)
            if sme.money[sme.slot + RECEIVABLES] > 0:
                still.append(sme)
        self.closing = still


def start(stage: Stage, sme: SME) -> None:
    """A firm opens: its founder brings private wealth into our sight and puts the capital into the firm."""
    settings, entries = stage.settings, stage.entries
    revenue = sme.revenue_fen
    capital = revenue * settings.founding_capital_days // DAYS_A_YEAR
    entries.bring_wealth(sme.owner_slot, sme.private_fen + capital)
    entries.inject(sme.owner_slot, sme.slot, capital)
    entries.borrow(sme.slot, rules.share_fen(revenue, settings.bank_debt_ppm))
    sme.is_active = True
    sme.plan_week(sme.factory.base_week_g)


def close(stage: Stage, sme: SME) -> bool:
    """Close in good order, if everything but the bank can be paid now; the bank is paid as invoices come in."""
    entries = stage.entries
    owed = sme.open_bills_fen + sme.wages_owed_fen + sme.informal_fen
    if sme.cash_fen < owed:
        return False
    for bill in list(sme.bills):
        entries.settle_invoice(sme.slot, bill.supplier.slot, bill.open_fen)
        bill.open_fen = 0
    sme.bills.clear()
    entries.settle_invoice(sme.slot, 0, sme.wages_owed_fen)
    entries.pay_back_funding(sme.slot, sme.informal_fen)
    sme.wages_owed_fen = sme.informal_fen = 0
    sell_off_stock(stage, sme)
    sme.is_active = False
    sme.closed_on = stage.day
    sme.output_day_g = sme.resin_day_g = 0
    stage.today.closed_firms += 1
    return True
