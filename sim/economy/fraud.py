"""Who deceives: papers without goods, shell buyers, a clean history built up for months, then the bust-out.

A few firms are of a dishonest type and begin one day, each alone; a scenario's ring begins together. Both work alike.
Week by week they forge orders from a shell and invoices to a shell; the controller sends money round (controller,
shell, firm, controller), so that every forged invoice is paid on time and turnover grows on paper. At the end they
draw all the credit they get, sell the resin off below its price, take the money out and are gone. What shows is what
tables show: papers that disagree, goods that go round, identities that change.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from sim import rules
from sim.books.calendar import Calendar
from sim.books.ledger import CASH, INVENTORY, RESIN
from sim.books.recorders import LEGAL_REP_CHANGE, MISSING, PHONE_CHANGE
from sim.economy.buyers import Buyer
from sim.economy.smes import SME
from sim.scenarios.shocks import Ring
from sim.stage import Stage

PPM = 1_000_000
BEST_FORGER_PPM = 950_000
"""How far the best forger's papers agree: as far as an honest firm's (DOMAIN 3: Beta(30, 1.5), mean .95)."""
FORGED_TERM_DAYS = 30


@dataclass
class Deceit:
    """One firm's fraud.

    Attributes:
        sme: who deceives.
        seller: the shell that sells to it on paper.
        buyer: the shell that buys from it on paper.
        begins_on: first day of the build-up.
        grabs_on: from here it draws what it can and pays nobody.
        ends_on: the day on which it is gone.
        match_ppm: how far its forged papers agree: its skill.
    """

    sme: SME
    seller: Buyer
    buyer: Buyer
    begins_on: int
    grabs_on: int
    ends_on: int
    match_ppm: int


class Fraud:
    """All deceit of a market.

    Attributes:
        shells: buyers that exist on paper only.
        running: deceits by firm row, from the day they begin.
    """

    def __init__(self, stage: Stage, smes: list[SME], shells: list[Buyer]) -> None:
        self.stage, self.smes, self.shells = stage, smes, shells
        self.running: dict[int, Deceit] = {}
        self._invoices_due: Calendar[tuple[int, Deceit, int]] = Calendar()
        types = stage.streams.ppm("honesty type", 0, stage.roster)
        skill, worst = stage.streams.ppm("forger", 0, stage.roster), stage.settings.fraud_papers_ppm
        self._match_ppm = [worst + draw * (BEST_FORGER_PPM - worst) // PPM for draw in skill]
        self._dishonest = [sme for sme in smes if types[sme.row] < stage.settings.fraud_ppm]

    def state(self) -> Iterator[int]:
        """Who deceives, until when, and which forged invoices are still to be paid."""
        for row, deceit in sorted(self.running.items()):
            yield from (row, deceit.begins_on, deceit.grabs_on, deceit.ends_on)
        for day, forged in self._invoices_due:
            for number, _, amount in forged:
                yield from (day, number, amount)

    def month(self) -> None:
        """Some of the dishonest begin."""
        stage, settings = self.stage, self.stage.settings
        draws = stage.streams.ppm("deceit begins", stage.day, stage.roster)
        for sme in self._dishonest:
            if sme.is_active and sme.row not in self.running and draws[sme.row] < settings.fraud_begins_ppm // 12:
                shell = self.shells[sme.row % len(self.shells)]
                self._begin(sme, shell, shell, settings.fraud_buildup_days)

    def _begin(self, sme: SME, seller: Buyer, buyer: Buyer, buildup_days: int) -> None:
        day = self.stage.day
        grabs = day + buildup_days
        ends = grabs + self.stage.settings.fraud_grab_days
        self.running[sme.row] = Deceit(sme, seller, buyer, day, grabs, ends, self._match_ppm[sme.row])

    def gather(self, ring: Ring) -> None:
        """A ring begins: the firms with the lowest draws join, a quarter of the market at most."""
        stage = self.stage
        draws = stage.streams.ppm("joins a ring", ring.first_day, stage.roster)
        there = sorted((sme for sme in self.smes if sme.is_active), key=lambda sme: (draws[sme.row], sme.row))
        shells = self.shells[: ring.shells]
        for number, sme in enumerate(there[: min(ring.members, -(-len(there) // 4))]):
            if sme.row not in self.running:
                seller, buyer = shells[number % len(shells)], shells[(number + 1) % len(shells)]
                self._begin(sme, seller, buyer, ring.buildup_days)

    def live(self) -> list[SME]:
        """A day of everybody's deceit; the answer is who is gone today."""
        for ring in self.stage.shocks.rings:
            if ring.first_day == self.stage.day:
                self.gather(ring)
        for number, deceit, amount in self._invoices_due.take(self.stage.day):
            self._send_round(number, deceit, amount)
        gone = []
        for row, deceit in list(self.running.items()):
            if not deceit.sme.is_active:
                del self.running[row]
            elif self.stage.day >= deceit.ends_on:
                self._flee(deceit)
                del self.running[row]
                gone.append(deceit.sme)
            elif deceit.sme.factory.weekday == self.stage.day % 7:
                self._week(deceit)
        return gone

    def _week(self, deceit: Deceit) -> None:
        sme, day = deceit.sme, self.stage.day
        if day < deceit.grabs_on:
            self._forge(deceit)
            return
        if sme.greed == 1:
            sme.greed = self.stage.settings.fraud_greed
            sme.stake_left_fen = 0
            for kind in (PHONE_CHANGE, LEGAL_REP_CHANGE):
                self.stage.log.bureau.add(sme.row, day, day + 5, kind, MISSING)
        self._sell_aside(sme)

    def _forge(self, deceit: Deceit) -> None:
        """An order and an invoice of about the same value, and no goods."""
        stage, sme, settings = self.stage, deceit.sme, self.stage.settings
        lot = settings.order_lot_g
        mass = -(-rules.share_fen(sme.use_week_g, settings.fraud_inflation_ppm) // lot) * lot
        price = stage.resin_fen[sme.factory.grade]
        seller = settings.suppliers + deceit.seller.row
        order = stage.log.orders.add(
            sme.row, seller, stage.day, sme.factory.grade, mass, price, MISSING, deceit.match_ppm
        )
        stage.log.orders.set("delivered_on", order, stage.day)
        amount = rules.amount_fen(mass, price)
        due = stage.day + FORGED_TERM_DAYS
        number = stage.log.invoices.add(sme.row, deceit.buyer.row, stage.day, due, amount)
        stage.entries.forge_invoice(sme.slot, deceit.buyer.slot, amount)
        self._invoices_due.put(due, (number, deceit, amount))

    def _send_round(self, number: int, deceit: Deceit, amount: int) -> None:
        """The controller's money pays the forged invoice and comes back as a dividend, as far as it goes."""
        stage, sme = self.stage, deceit.sme
        if not sme.is_active or sme.money[sme.owner_slot + CASH] < amount:
            return
        stage.entries.inject(sme.owner_slot, deceit.buyer.slot, amount)
        stage.entries.settle_invoice(deceit.buyer.slot, sme.slot, amount)
        stage.entries.pay_dividend(sme.slot, sme.owner_slot, amount)
        stage.log.invoices.set("paid_on", number, stage.day)
        stage.log.invoices.set("paid", number, amount)

    def _sell_aside(self, sme: SME) -> None:
        """Resin beyond a week's use goes for cash below its price, and the cash to the controller."""
        stage, settings = self.stage, self.stage.settings
        stock = sme.masses[sme.slot + RESIN]
        mass = stock - sme.use_week_g
        if mass > 0:
            whole = sum(sme.masses[sme.slot : sme.slot + 3])
            cost = rules.proportion_fen(sme.money[sme.slot + INVENTORY], mass, whole)
            market = rules.amount_fen(mass, stage.resin_fen[sme.factory.grade])
            stage.entries.sell_off(sme.slot, RESIN, mass, rules.share_fen(market, settings.fraud_price_ppm), cost)
        spare = sme.cash_fen - sme.floor_fen
        if spare > 0:
            stage.entries.pay_dividend(sme.slot, sme.owner_slot, spare)

    def _flee(self, deceit: Deceit) -> None:
        sme = deceit.sme
        cash = sme.cash_fen
        if cash > 0:
            self.stage.entries.pay_dividend(sme.slot, sme.owner_slot, cash)
        self.stage.entries.take_away(sme.owner_slot, sme.money[sme.owner_slot + CASH])
        self.stage.today.frauds += 1
