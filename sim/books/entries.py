"""Loans, deposits, defaults and the money behind them, as double entries on top of those of trade.

Beside this file, `sim.books.entries_trade`, `sim.books.entries_credit` and `sim.books.postings` no module posts.
"""

from credit.contracts import share_fen
from sim.books.entries_trade import WORLD, TradeEntries
from sim.books.ledger import (
    ALLOWANCE,
    CUSTODY,
    DEBTS,
    DEPOSITS_HELD,
    DEPOSITS_PLACED,
    FUNDING,
    LOANS,
    LOSSES,
    OPERATING_COST,
    REVENUE,
    VAT,
)  # fmt: skip
from sim.rules import net_of_vat_fen


class Entries(TradeEntries):
    """Every way to change the two ledgers: trade, and the loans of the desk."""

    # --- purchase finance

    def repay(self, sme: int, lender: int, principal: int, interest: int) -> None:
        """Principal and interest come back."""
        if principal:
            self._pay(sme, DEBTS, lender, LOANS, principal)
        if interest:
            self._pay(sme, OPERATING_COST, lender, REVENUE, interest)
            self._post(lender, REVENUE, VAT, interest - net_of_vat_fen(interest, self.vat_interest_ppm))

    def place_deposit(self, sme: int, platform: int, amount: int) -> None:
        """A deposit or margin payment: the platform's debt until it is set off or paid back."""
        self._pay(sme, DEPOSITS_PLACED, platform, DEPOSITS_HELD, amount)

    def return_deposit(self, platform: int, sme: int, amount: int) -> None:
        """A deposit or margin goes back in cash."""
        self._pay(platform, DEPOSITS_HELD, sme, DEPOSITS_PLACED, amount)

    def liquidate(
        self,
        sme: int,
        platform: int,
        lender: int,
        mass_g: int,
        proceeds: int,
        claim: int,
        deposit: int,
        margin: int,
        cost: int,
    ) -> int:
        """A forced sale of goods in custody: the lender is paid, the client gets what is over or owes what is lacking.

        Args:
            sme: the client, which did not redeem.
            platform: holder of the goods and, with limited recourse to them, debtor of the lender.
            lender: the funder.
            mass_g: goods sold.
            proceeds: what the sale brought after its cost, VAT included.
            claim: principal and interest owed to the lender, already in its books.
            deposit: what is left of the first deposit. It was spent on the goods; only what they bring comes back.
            margin: margin paid in later, still there in cash.
            cost: net cost of the goods in the platform's stock.

        Returns:
            The shortfall, from now on the client's own debt to the lender.
        """
        self.sell_off(platform, CUSTODY, mass_g, proceeds, cost)
        paid = min(claim, proceeds + margin)
        over, lacking = proceeds + margin - paid, claim - paid
        self._pay(platform, DEBTS, lender, LOANS, paid)
        returned = min(over, deposit + margin)
        self.return_deposit(platform, sme, returned)
        if over > returned:
            self._pay(platform, REVENUE, sme, REVENUE, over - returned)
        forfeited = deposit + margin - returned
        self._post(sme, LOSSES, DEPOSITS_PLACED, forfeited)
        self._post(sme, LOSSES, DEBTS, lacking)
        self._post(platform, DEPOSITS_HELD, REVENUE, forfeited)
        self._post(platform, DEBTS, REVENUE, lacking)
        # damages for goods not taken are part of their price, and bear its VAT
        damages = forfeited + lacking
        self._post(platform, REVENUE, VAT, damages - net_of_vat_fen(damages, self.vat_goods_ppm))
        return lacking

    # --- default and recovery

    def capitalise_interest(self, debtor: int, lender: int, amount: int) -> None:
        """Interest accrued by the day of default becomes part of the claim; from then on none is booked."""
        self._post(debtor, OPERATING_COST, DEBTS, amount)
        self._post(lender, LOANS, REVENUE, amount)

    def write_down(self, creditor: int, amount: int) -> None:
        """A loss is recognised (or, when negative, taken back). The claim itself survives."""
        self._post(creditor, LOSSES, ALLOWANCE, amount)

    def make_good(self, platform: int, lender: int, loss: int, before: int, first_loss_ppm: int) -> int:
        """The platform's agreed part of a lender's loss, paid at once (paid back when negative).

        It is the part of what is lost in all less the part of what was lost before: a loss that is taken back in steps
        leaves no fen behind.
        """
        amount = share_fen(before + loss, first_loss_ppm) - share_fen(before, first_loss_ppm)
        if amount:
            self._pay(platform, LOSSES, lender, LOSSES, amount)
        return amount

    # --- funding of lenders

    def borrow(self, lender: int, amount: int) -> None:
        """Depositors and banks lend to a lender."""
        self._pay(WORLD, FUNDING, lender, FUNDING, amount)

    def pay_back_funding(self, lender: int, amount: int) -> None:
        """A lender pays back what it borrowed."""
        self._pay(lender, FUNDING, WORLD, FUNDING, amount)
