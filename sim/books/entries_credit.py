"""Leases, lines, advances and growth loans as double entries; they post through the market's own ledgers."""

from sim.books.entries import WORLD, Entries
from sim.books.ledger import DEBTS, LOANS, LOSSES, MACHINES, OPERATING_COST, REVENUE, VAT
from sim.rules import net_of_vat_fen


class CreditEntries:
    """The entries that finance beyond purchases needs.

    Attributes:
        entries: the ledgers and the entries that all finance shares.
    """

    def __init__(self, entries: Entries) -> None:
        self.entries = entries
        self._post = entries.fen.post
        self._pay = entries.fen.pay

    def lend(self, lender: int, sme: int, amount: int) -> None:
        """A loan in cash: growth loan, draw from a line, advance on invoices, price of a machine that is leased back.

        The machine of a leaseback stays where it is in the books: a sale that is none, only a debt.
        """
        self._pay(lender, LOANS, sme, DEBTS, amount)

    def lease_machine(self, sme: int, lessor: int, down_payment: int, financed: int) -> None:
        """The maker, in the world outside, is paid by both; the lessee has the machine's use and a lease liability."""
        self._pay(sme, MACHINES, WORLD, REVENUE, down_payment)
        self._pay(lessor, LOANS, sme, DEBTS, financed)
        self._pay(sme, MACHINES, WORLD, REVENUE, financed)

    def pay_service(self, sme: int, lender: int, amount: int) -> None:
        """A fee of a loan: the lender owes the tax office its VAT, the client cannot deduct it."""
        self._pay(sme, OPERATING_COST, lender, REVENUE, amount)
        self._post(lender, REVENUE, VAT, amount - net_of_vat_fen(amount, self.entries.vat_interest_ppm))

    def pay_lease_service(self, sme: int, lessor: int, amount: int) -> None:
        """Interest, fee or option of a direct lease: it bears the VAT of goods, and the lessee deducts it."""
        vat = amount - net_of_vat_fen(amount, self.entries.vat_goods_ppm)
        self._pay(sme, OPERATING_COST, lessor, REVENUE, amount)
        self._post(lessor, REVENUE, VAT, vat)
        self._post(sme, VAT, OPERATING_COST, vat)

    def pay_lease_principal(self, sme: int, lessor: int, amount: int) -> None:
        """The part of a direct rent that pays for the machine.

        Its VAT is the lessee's to deduct and makes the machine cheaper in its books. The lessor's output tax on it is
        covered by the input tax in the machine's price, so that only the lessee's side moves.
        """
        self._pay(sme, DEBTS, lessor, LOANS, amount)
        self._post(sme, VAT, MACHINES, amount - net_of_vat_fen(amount, self.entries.vat_goods_ppm))

    def depreciate(self, sme: int, amount: int) -> None:
        """A month's wear of a leased machine."""
        self._post(sme, OPERATING_COST, MACHINES, amount)

    def sell_repossessed(self, sme: int, lessor: int, proceeds: int, claim: int, carried: int) -> int:
        """The lessor sells its machine to the world; what is over belongs to the lessee.

        Args:
            sme: the lessee.
            lessor: owner of the machine.
            proceeds: what the sale brought after its cost and tax.
            claim: what the lessee owes.
            carried: value of the machine in the lessee's books.

        Returns:
            What the sale paid of the claim.
        """
        paid = min(claim, proceeds)
        self._pay(WORLD, OPERATING_COST, lessor, REVENUE, proceeds)
        self._post(lessor, REVENUE, LOANS, paid)
        self._post(sme, DEBTS, LOSSES, paid)
        self._post(sme, LOSSES, MACHINES, carried)
        if proceeds > paid:
            self._pay(lessor, REVENUE, sme, REVENUE, proceeds - paid)
        return paid
