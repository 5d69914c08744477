"""Machines: how many, how old, what they are worth; capacity follows them, growth needs more of them.

A firm's machines stand in vintages. Their book value is their fair market value (`credit.machine_value`): a part of
the price is lost on the first day, the rest decays. Once a month machines age, break down, are scrapped and bought:
for cash, else on a lease where a desk grants one (the firm's `machine_wish_fen`), else the purchase waits. Leased
machines are the lessor's: the desk books and wears them, here they only make capacity.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from credit.contracts.arithmetic import Fen, divide_half_even
from credit.elementary import exp
from credit.machine_value import MachineMarket
from sim import rules
from sim.books.recorders import MISSING
from sim.economy.factory import Vintage
from sim.economy.smes import SME
from sim.loops import firm_columns
from sim.stage import Stage

PPM = 1_000_000
DAYS_A_YEAR = 365
PARTS_OF_AGE = (3, 2, 1)
"""A firm's first machines: a third as old as its oldest, a third two thirds, a third one third as old."""


class MachinePark:
    """Everybody's machines.

    Attributes:
        market: how used machines sell.
        postponed: purchases that waited for money, counted.
    """

    def __init__(self, stage: Stage, smes: list[SME], firms: int) -> None:
        self.stage = stage
        self.market = market = MachineMarket.on(stage.date)
        self.postponed = 0
        self._decay_ppm = round(PPM * (1.0 - float(exp(-market.decay_annual / 12))))
        self._kept_first_day_ppm = round(PPM * (1.0 - market.first_day_drop_share))
        ages = stage.streams.whole("machine age", 0, stage.roster, 7 * DAYS_A_YEAR)
        for sme in smes:
            number = max(rules.divide_half_even(sme.revenue_fen, stage.settings.revenue_a_machine_fen), 2)
            sme.unit_day_g = max(sme.factory.capacity_day_g // number, 1)
            if sme.row < firms:
                oldest = min(4 * DAYS_A_YEAR + ages[sme.row], max(-sme.born_on, DAYS_A_YEAR))
                self._equip(sme, number, oldest)
            else:
                sme.machines = number

    def _equip(self, sme: SME, number: int, oldest_days: int) -> None:
        """A park that has grown over the years."""
        value, left = 0, number
        for part, years in enumerate(PARTS_OF_AGE):
            some = left if part == len(PARTS_OF_AGE) - 1 else number // len(PARTS_OF_AGE)
            left -= some
            if some:
                vintage = Vintage(-oldest_days * years // PARTS_OF_AGE[0], some, self.stage.settings.machine_price_fen)
                sme.vintages.append(vintage)
                value += self.value_fen(vintage)
        self.stage.entries.open_with_machines(sme.slot, value)
        sme.machines_own_fen = value
        self._count(sme)

    def value_fen(self, vintage: Vintage) -> int:
        """Fair market value of a vintage today."""
        years = (self.stage.day - vintage.bought_on) / DAYS_A_YEAR
        return vintage.number * round(float(self.market.fair_value(float(vintage.price_fen), years)))

    def start(self, sme: SME) -> None:
        """The first machines of a firm that has just been founded, as far as its cash goes beyond a month's cost."""
        number, price = sme.machines, self.stage.settings.machine_price_fen
        gross = rules.scaled(price, PPM + self.stage.settings.vat_goods_ppm)
        number = max(min(number, (sme.cash_fen - 5 * sme.floor_fen) // gross), 0)
        self._buy(sme, number)

    def _buy(self, sme: SME, number: int) -> None:
        price = self.stage.settings.machine_price_fen
        if number:
            net = number * price
            drop = net - rules.scaled(net, self._kept_first_day_ppm)
            self.stage.entries.buy_machines(sme.slot, rules.scaled(net, PPM + self.stage.settings.vat_goods_ppm), drop)
            sme.machines_own_fen += net - drop
            sme.vintages.append(Vintage(self.stage.day, number, price))
        self._count(sme)

    def install(self, sme: SME, gross_fen: int, facility: int) -> None:
        """Leased machines arrive; the desk has put them into the books."""
        price = self.stage.settings.machine_price_fen
        number = max(rules.divide_half_even(gross_fen, rules.scaled(price, PPM + self.stage.settings.vat_goods_ppm)), 1)
        sme.vintages.append(Vintage(self.stage.day, number, price, facility))
        sme.machine_wish_fen = 0
        self._count(sme)

    def remove(self, sme: SME, facility: int) -> None:
        """A lessor takes back what stands under a lease."""
        sme.vintages = [vintage for vintage in sme.vintages if vintage.facility != facility]
        self._count(sme)

    def _count(self, sme: SME) -> None:
        """Capacity and age follow the machines."""
        number = sum(vintage.number for vintage in sme.vintages)
        sme.machines = number
        days = sum(vintage.number * (self.stage.day - vintage.bought_on) for vintage in sme.vintages)
        sme.machine_age_days = days // number if number else 0
        capacity = (number - sme.machines_broken) * sme.unit_day_g
        if capacity != sme.factory.capacity_day_g:
            sme.build(replace(sme.factory, capacity_day_g=capacity))

    def month(self, active: list[SME]) -> None:
        """A month's wear, breakdowns, scrapping and purchases of everybody."""
        stage, settings = self.stage, self.stage.settings
        cells = firm_columns.table(stage.firm_cells)[[sme.row for sme in active]]
        own, ages, made_day_g = (
            np.array(one, dtype=np.int64)
            for one in (
                [sme.machines_own_fen for sme in active],
                [sme.machine_age_days for sme in active],
                [sme.machines * sme.unit_day_g for sme in active],
            )
        )
        wear = divide_half_even(own * self._decay_ppm, PPM)
        stage.entries.wear_all_machines(cells[:, firm_columns.SLOT], wear)
        draws = np.array(stage.streams.ppm("breakdown", stage.day, stage.roster))[[sme.row for sme in active]]
        # the older the machines, the likelier: at six years as told by the parameter
        breaks = draws < settings.breakdown_ppm // 12 * ages // (6 * DAYS_A_YEAR)
        is_short = self._is_short(cells[:, firm_columns.BASE_WEEK_G], made_day_g)
        oldest = stage.day - settings.machine_life_days
        for sme, worn, is_down, lacks in zip(active, wear.tolist(), breaks.tolist(), is_short.tolist(), strict=True):
            sme.machines_own_fen -= worn
            sme.machine_wish_fen = 0
            is_old = bool(sme.vintages) and sme.vintages[0].bought_on < oldest
            is_changed = is_down or is_old or sme.machines_broken > 0
            sme.machines_broken = 0
            if is_down:
                self._break_down(sme)
            if is_old:
                self._scrap(sme)
            if lacks and (number := self.lacking(sme)):
                self._expand(sme, number)
            elif is_changed:
                self._count(sme)

    def _break_down(self, sme: SME) -> None:
        """A quarter of the machines stand still for a month; the repair costs a part of a machine's price."""
        sme.machines_broken = -(-sme.machines // 4)
        cost = rules.share_fen(self.stage.settings.machine_price_fen, self.stage.settings.repair_ppm)
        self.stage.entries.pay_costs(sme.slot, max(min(cost * sme.machines_broken, sme.cash_fen - sme.floor_fen), 0))

    def _scrap(self, sme: SME) -> None:
        vintage = sme.vintages.pop(0)
        if vintage.facility == MISSING:
            self._wear(sme, min(self.value_fen(vintage), sme.machines_own_fen))

    def _wear(self, sme: SME, amount: int) -> None:
        sme.machines_own_fen -= amount
        self.stage.entries.wear_machines(sme.slot, amount)

    def lacking(self, sme: SME) -> int:
        """Machines that restore the wanted reserve of capacity once half of it is gone; a fifth of the park at most."""
        if not self._is_short(sme.factory.base_week_g, sme.machines * sme.unit_day_g):
            return 0
        usual_day, reserve = self._wanted_day_g(sme.factory.base_week_g)
        needed = (usual_day + reserve) // sme.unit_day_g
        return min(max(needed - sme.machines, 0), 1 + sme.machines // 5)

    def _wanted_day_g(self, base_week_g: Any) -> tuple[Any, Any]:
        """What a firm (or each of a column) makes on a usual day, and the reserve of capacity that it wants."""
        usual_day = divide_half_even(base_week_g, 7)
        return usual_day, divide_half_even(usual_day * self.stage.settings.capacity_ppm, PPM) - usual_day

    def _is_short(self, base_week_g: Any, made_day_g: Any) -> Any:
        """Whether half of the wanted reserve is gone."""
        usual_day, reserve = self._wanted_day_g(base_week_g)
        return usual_day + reserve // 2 > made_day_g

    def _expand(self, sme: SME, lacking: int) -> None:
        settings = self.stage.settings
        gross = rules.scaled(settings.machine_price_fen, PPM + settings.vat_goods_ppm)
        spare = sme.cash_fen - settings.machine_cash_weeks * sme.factory.base_week_fen
        number = max(min(lacking, spare // gross), 0)
        if number < lacking:
            self.postponed += 1
            sme.machine_wish_fen = (lacking - number) * gross
        self._buy(sme, number)

    def sell_off(self, sme: SME, share_ppm: int) -> int:
        """A failed firm's own machines at a forced sale; the answer is what they brought.

        Args:
            sme: the firm.
            share_ppm: what the local market for machines leaves of a usual forced sale.
        """
        value = sme.machines_own_fen
        forced = round(PPM * self.market.forced_share * (1.0 - self.market.sale_cost_share))
        brings = rules.scaled(value, forced, share_ppm)
        self.stage.entries.sell_machines(sme.slot, brings, value)
        sme.machines_own_fen = 0
        sme.vintages = []
        sme.machines = sme.machines_broken = 0
        return brings


def energy_kwh(machine_age_days: Fen, output_g: Fen, draw_ppm: Fen) -> Fen:
    """Power that a month's output took: .8 kWh a kilogram with new machines, more with old ones, and noise.

    Args:
        machine_age_days: mean age of the firm's machines, or a column of such.
        output_g: products made.
        draw_ppm: of the noise.
    """
    per_kg_ppm = 800_000 + 20_000 * machine_age_days // DAYS_A_YEAR + draw_ppm // 5 - 100_000
    return output_g * per_kg_ppm // PPM // 1000
