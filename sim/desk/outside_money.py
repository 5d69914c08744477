"""Money from outside that moves: banks that take over the best clients, and funders who run from a lender in trouble.

Both leave the platform with less of what is good: the best clients go once they are known to be good, and funds go when
they are needed most.
"""

from typing import Any

from credit.contracts import divide_half_even, share_fen
from sim.books.ledger import FUNDING, LOANS
from sim.economy.smes import SME
from sim.products.revolver import LineFacility

PPM = 1_000_000
MONTHS_A_YEAR, DAYS_A_YEAR = 12, 365


class OutsideMoney:
    """Refinancing and runs behind a desk.

    Attributes:
        refinanced_fen: owed to outside banks, by firm row.
        run_fen: withdrawn from lenders in runs so far.
    """

    def __init__(self, desk: Any) -> None:
        self.desk = desk
        self.stage = desk.stage
        self.refinanced_fen: dict[int, int] = {}
        self.run_fen = 0

    def month_end(self) -> None:
        """A month of both."""
        self._serve()
        self._refinance()
        for lender in self.stage.lenders:
            if lender.is_active:
                self._run(lender)

    def _refinance(self) -> None:
        """Banks look at whom the platform's top stage has shown to be good, and take some of them over.

        The bank pays off what is drawn on a line and gives as much again to buy resin with; for a year the client asks
        the platform for nothing.
        """
        settings, stage, review = self.desk.settings, self.stage, self.desk.review
        top = len(self.desk.policy.stages) - 1
        draws = stage.streams.ppm("refinancing", stage.day, stage.roster)
        share = settings.refinance_ppm // MONTHS_A_YEAR
        for row, standing in enumerate(review.standings):
            sme = stage.smes[row]
            is_best = standing.stage == top and not standing.is_suspended
            if not is_best or review.pd_ppm[row] > settings.refinance_pd_ppm or row in self.refinanced_fen:
                continue
            if not sme.is_active or draws[row] >= share:
                continue
            self._take_over(sme)

    def _take_over(self, sme: SME) -> None:
        stage, line = self.stage, sme.line
        month = divide_half_even(sme.factory.base_week_fen * 30, 7)
        drawn = line.open_fen if isinstance(line, LineFacility) and line.is_performing else 0
        amount = drawn + month // 2
        stage.entries.borrow(sme.slot, amount)
        self.refinanced_fen[sme.row] = amount
        stage.today.refinanced_fen += amount
        if drawn and line is not None:
            line.repay(stage, drawn)
        sme.asks_again_on = stage.day + DAYS_A_YEAR

    def _serve(self) -> None:
        """Interest to outside banks, and a twelfth a year back; a firm that has stopped pays no more."""
        rate = self.desk.settings.refinance_rate_ppm
        for row, owed in list(self.refinanced_fen.items()):
            sme = self.stage.smes[row]
            if not sme.is_active:
                continue
            interest = divide_half_even(share_fen(owed, rate), MONTHS_A_YEAR)
            self.stage.entries.pay_costs(sme.slot, min(interest, max(sme.cash_fen, 0)))
            back = min(divide_half_even(owed, MONTHS_A_YEAR), max(sme.cash_fen - sme.floor_fen, 0))
            self.stage.entries.pay_back_funding(sme.slot, back)
            if owed - back > self.desk.settings.least_ticket_fen:
                self.refinanced_fen[row] = owed - back
            else:
                rest = min(owed - back, max(sme.cash_fen, 0))
                self.stage.entries.pay_back_funding(sme.slot, rest)
                if owed - back == rest:
                    del self.refinanced_fen[row]
                else:
                    self.refinanced_fen[row] = owed - back - rest

    def _run(self, lender: Any) -> None:
        """Funders who see bad loans beyond a threshold ask for their money, as far as the lender's cash goes."""
        settings = self.desk.settings
        loans = lender.money[lender.slot + LOANS]
        if loans <= 0 or lender.bad_fen * PPM <= loans * settings.run_threshold_ppm:
            return
        asked = share_fen(-lender.money[lender.slot + FUNDING], settings.run_ppm)
        paid = min(asked, max(lender.cash_fen, 0))
        if paid > 0:
            self.stage.entries.pay_back_funding(lender.slot, paid)
            self.run_fen += paid
            self.stage.today.run_fen += paid
