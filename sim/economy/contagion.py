"""How one firm's end reaches others: rumours among suppliers, sureties that are called, fire sales in one town.

Upstream an unpaid bill or invoice is a loss in somebody's books (`sim.economy.estates`, `sim.economy.buyers`); lenders
lose appetite (`sim.economy.lenders`). Here are the ways that do not pass through a contract between the two.
"""

from sim import rules
from sim.books.calendar import Calendar
from sim.books.ledger import CASH, FUNDING
from sim.books.recorders import ENFORCEMENT
from sim.economy.smes import SME
from sim.stage import Stage

PPM = 1_000_000


class Contagion:
    """What failures leave behind in a market.

    Attributes:
        called: failed firms by the day on which their sureties must pay the bank.
        dumped_fen: value of stock and machines sold off in each town of late; halves every month.
    """

    def __init__(self, stage: Stage, smes: list[SME]) -> None:
        self.stage = stage
        towns = 1 + max(sme.factory.town for sme in smes)
        self.called: Calendar[SME] = Calendar()
        self.dumped_fen = [0] * towns
        self._neighbours: list[list[SME]] = [[] for _ in range(towns)]
        self._month_fen = [0] * towns
        for sme in smes:
            self._neighbours[sme.factory.town].append(sme)
            if sme.is_active:
                self._month_fen[sme.factory.town] += 4 * sme.factory.base_week_fen

    def price_impact_ppm(self, town: int) -> int:
        """What is left of a usual forced-sale price in a town where much has been sold off lately; bounded below."""
        pressure = min(self.dumped_fen[town] * PPM // max(self._month_fen[town], 1), PPM)
        return PPM - rules.share_fen(self.stage.settings.fire_sale_impact_ppm, pressure)

    def dump(self, town: int, value_fen: int) -> None:
        """Note a forced sale."""
        self.dumped_fen[town] += value_fen

    def after_failure(self, sme: SME) -> None:
        """Suppliers grow careful with those near the failed firm; the bank will call its sureties."""
        stage, settings = self.stage, self.stage.settings
        until = stage.day + settings.rumour_days
        own_supplier = sme.links.suppliers[0]
        for other in self._neighbours[sme.factory.town]:
            if other.is_active and other.links.suppliers[0] is own_supplier:
                other.links.rumour_until = until
                stage.causes.rumour_from[other.row] = sme.row
        for tied in (*sme.links.sureties, *sme.links.stands_for):
            tied.links.rumour_until = until
            stage.causes.rumour_from[tied.row] = sme.row
        if sme.links.sureties:
            self.called.put(stage.day + settings.guarantee_lag_days, sme)

    def sureties_pay(self) -> None:
        """Controllers who stood surety pay a failed firm's bank privately; what is lacking hurts their name."""
        stage, settings = self.stage, self.stage.settings
        for sme in sorted(self.called.take(stage.day), key=lambda one: one.row):
            owed = -sme.money[sme.slot + FUNDING]
            for surety in sme.links.sureties:
                private = sme.money[surety.owner_slot + CASH]
                wanted = rules.share_fen(owed, settings.surety_cover_ppm)
                amount = min(wanted, rules.share_fen(private, settings.surety_reach_ppm), owed)
                if amount > 0:
                    stage.entries.inject(surety.owner_slot, sme.slot, amount)
                    stage.entries.pay_back_funding(sme.slot, amount)
                    stage.causes.surety_called(surety, sme, amount)
                    surety.stake_left_fen = max(surety.stake_left_fen - amount, 0)
                    owed -= amount
                    stage.today.surety_fen += amount
                if amount < wanted:
                    stage.log.bureau.add(surety.row, stage.day, stage.day + 20, ENFORCEMENT, wanted - amount)
                    surety.links.rumour_until = stage.day + settings.rumour_days

    def month(self) -> None:
        """Markets for used things recover."""
        self.dumped_fen = [value // 2 for value in self.dumped_fen]
