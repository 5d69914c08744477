"""What happens in the market, as double entries. No other module posts.

Each method is one event of DOMAIN 6.3 and leaves every entity balanced in fen and in grams. `slot` is an entity's place
in both ledgers. Prices include VAT: the net part is cost or revenue, the rest an entity's account with the tax office.
"""

from credit.contracts import share_fen
from sim.ledger import (
    ALLOWANCE,
    CASH,
    CLAIMS,
    COST_OF_GOODS,
    CUSTODY,
    DEBTS,
    DEPOSITS_HELD,
    DEPOSITS_PLACED,
    EQUITY,
    FUNDING,
    GIVEN,
    GOODS,
    INVENTORY,
    LOANS,
    LOSSES,
    OPERATING_COST,
    PAYABLES,
    RECEIVABLES,
    RECEIVED,
    RESIN,
    REVENUE,
    TRANSIT,
    VAT,
    WIDTH,
    Ledger,
)  # fmt: skip
from sim.rules import net_of_vat_fen, proportion_fen

WORLD = 0
"""Slot of the world outside: workers, tax office, producers, final customers, depositors."""


class Entries:
    """The two ledgers and every way to change them.

    Attributes:
        fen: the money ledger.
        grams: the mass ledger.
    """

    def __init__(self, entities: int, vat_goods_ppm: int, vat_interest_ppm: int) -> None:
        self.fen = Ledger("fen", entities, CLAIMS, CASH)
        self.grams = Ledger("g", entities, ((RECEIVED, GIVEN),), slice(RESIN, RECEIVED))
        self.vat_goods_ppm = vat_goods_ppm
        self.vat_interest_ppm = vat_interest_ppm
        self._post = self.fen.post
        self._pay = self.fen.pay
        self._move = self.grams.post

    def assert_balanced(self) -> None:
        """Audit both ledgers; raises `WorkFailed` at the first thing that does not add up."""
        self.fen.assert_balanced()
        self.grams.assert_balanced()

    def equity_fen(self, slot: int) -> int:
        """Assets less debts of an entity, by the books."""
        return -sum(self.fen.balances[slot + EQUITY : slot + WIDTH])

    # --- the opening

    def open_with_cash(self, slot: int, amount: int) -> None:
        """An entity starts with cash of its own."""
        self._post(slot, CASH, EQUITY, amount)

    def open_with_stock(self, slot: int, place: int, mass_g: int, value: int) -> None:
        """An entity starts with goods, which the world made."""
        self._move(WORLD, GIVEN, RESIN, mass_g)
        self._move(slot, place, RECEIVED, mass_g)
        self._post(slot, INVENTORY, EQUITY, value)

    def open_with_bank_debt(self, slot: int, amount: int) -> None:
        """A part of what an entity owns was paid with a bank's money, long ago; the bank belongs to the world."""
        self._post(slot, EQUITY, FUNDING, amount)
        self._post(WORLD, FUNDING, EQUITY, amount)

    def open_with_invoice(self, seller: int, buyer: int, amount: int) -> None:
        """A claim that is older than the market; the buyer had its worth in goods before."""
        self._post(seller, RECEIVABLES, EQUITY, amount)
        self._post(buyer, EQUITY, PAYABLES, amount)

    # --- making and trading

    def produce(self, slot: int, resin_g: int, output_g: int) -> None:
        """Resin becomes product; the rest is scrap that the world takes away."""
        masses, scrap = self.grams.balances, resin_g - output_g
        masses[slot + RESIN] -= resin_g
        masses[slot + GOODS] += output_g
        masses[slot + GIVEN] += scrap
        masses[WORLD + RESIN] += scrap
        masses[WORLD + RECEIVED] -= scrap

    def sell_on_credit(self, seller: int, buyer: int, mass_g: int, gross: int, cost: int) -> None:
        """Products for an invoice."""
        net = net_of_vat_fen(gross, self.vat_goods_ppm)
        money, masses = self.fen.balances, self.grams.balances  # the most frequent entry: written out
        money[seller + RECEIVABLES] += gross
        money[seller + REVENUE] -= net
        money[seller + VAT] -= gross - net
        money[seller + COST_OF_GOODS] += cost
        money[seller + INVENTORY] -= cost
        money[buyer + INVENTORY] += net
        money[buyer + VAT] += gross - net
        money[buyer + PAYABLES] -= gross
        masses[seller + GOODS] -= mass_g
        masses[seller + GIVEN] += mass_g
        masses[buyer + GOODS] += mass_g
        masses[buyer + RECEIVED] -= mass_g

    def settle_invoice(self, buyer: int, seller: int, amount: int) -> None:
        """A buyer pays an invoice, or a customer its supplier's bill."""
        self._pay(buyer, PAYABLES, seller, RECEIVABLES, amount)

    def withhold(self, buyer: int, seller: int, amount: int) -> None:
        """A buyer sets claims of its own off against an invoice of a failed seller: that part is gone for good."""
        self._post(seller, LOSSES, RECEIVABLES, amount)
        self._post(buyer, PAYABLES, REVENUE, amount)

    def resell(self, buyer: int, mass_g: int, gross: int, cost: int) -> None:
        """A buyer sells on to the world for cash."""
        net = net_of_vat_fen(gross, self.vat_goods_ppm)
        self._pay(WORLD, OPERATING_COST, buyer, REVENUE, gross)
        self._post(buyer, REVENUE, VAT, gross - net)
        self._post(buyer, COST_OF_GOODS, INVENTORY, cost)
        self._move(buyer, GIVEN, GOODS, mass_g)
        self._move(WORLD, RESIN, RECEIVED, mass_g)

    def sell_off(self, slot: int, place: int, mass_g: int, gross: int, cost: int) -> None:
        """Stock of whoever goes under, sold to the world for what it brings."""
        net = net_of_vat_fen(gross, self.vat_goods_ppm)
        self._pay(WORLD, OPERATING_COST, slot, REVENUE, gross)
        self._post(slot, REVENUE, VAT, gross - net)
        self._post(slot, COST_OF_GOODS, INVENTORY, cost)
        self._move(slot, GIVEN, place, mass_g)
        self._move(WORLD, RESIN, RECEIVED, mass_g)

    def restock(self, supplier: int, mass_g: int, gross: int) -> None:
        """A supplier buys from the producers for cash."""
        self._pay(supplier, INVENTORY, WORLD, REVENUE, gross)
        self._post(supplier, VAT, INVENTORY, gross - net_of_vat_fen(gross, self.vat_goods_ppm))
        self._move(WORLD, GIVEN, RESIN, mass_g)
        self._move(supplier, RESIN, RECEIVED, mass_g)

    def deliver_resin(self, supplier: int, customer: int, mass_g: int, gross: int, *, is_on_credit: bool) -> None:
        """Resin leaves a supplier for a firm, for cash or for a bill; it is on the way until it arrives."""
        self._hand_over(supplier, customer, TRANSIT, mass_g, gross)
        if not is_on_credit:
            self._pay(customer, PAYABLES, supplier, RECEIVABLES, gross)

    def arrive(self, slot: int, mass_g: int) -> None:
        """Resin on the way arrives."""
        self._move(slot, RESIN, TRANSIT, mass_g)

    def _hand_over(self, supplier: int, customer: int, place: int, mass_g: int, gross: int) -> None:
        net = net_of_vat_fen(gross, self.vat_goods_ppm)
        money, masses, post = self.fen.balances, self.grams.balances, self._post
        cost = proportion_fen(money[supplier + INVENTORY], mass_g, masses[supplier + RESIN])
        post(supplier, RECEIVABLES, REVENUE, net)
        post(supplier, RECEIVABLES, VAT, gross - net)
        post(supplier, COST_OF_GOODS, INVENTORY, cost)
        post(customer, INVENTORY, PAYABLES, net)
        post(customer, VAT, PAYABLES, gross - net)
        self._move(supplier, GIVEN, RESIN, mass_g)
        self._move(customer, place, RECEIVED, mass_g)

    # --- costs, taxes, owners

    def pay_costs(self, slot: int, amount: int) -> None:
        """Wages, power, rent and the like."""
        self._pay(slot, OPERATING_COST, WORLD, REVENUE, amount)

    def owe_costs(self, slot: int, amount: int) -> None:
        """Wages and power that could not be paid: the world has a claim."""
        self._post(slot, OPERATING_COST, PAYABLES, amount)
        self._post(WORLD, RECEIVABLES, REVENUE, amount)

    def pay_vat(self, slot: int) -> None:
        """What an entity owes the tax office, as far as its cash goes; an excess of input VAT is carried on."""
        owed = min(-self.fen.balances[slot + VAT], self.fen.balances[slot + CASH])
        if owed > 0:
            self._pay(slot, VAT, WORLD, REVENUE, owed)

    def pay_dividend(self, slot: int, owner: int, amount: int) -> None:
        """Owners take money out."""
        self._pay(slot, EQUITY, owner, REVENUE, amount)

    def inject(self, owner: int, slot: int, amount: int) -> None:
        """Owners put money in."""
        self._pay(owner, OPERATING_COST, slot, EQUITY, amount)

    # --- purchase finance: open account (赊销)

    def draw_open_account(self, sme: int, supplier: int, lender: int, mass_g: int, gross: int, principal: int) -> None:
        """The lender pays the supplier, the client the rest; the resin is on the way to the client."""
        self._hand_over(supplier, sme, TRANSIT, mass_g, gross)
        self._pay(lender, LOANS, sme, DEBTS, principal)
        self._pay(sme, PAYABLES, supplier, RECEIVABLES, gross)

    def pay_fee(self, sme: int, platform: int, amount: int) -> None:
        """The service fee of a drawdown, VAT included."""
        self._pay(sme, OPERATING_COST, platform, REVENUE, amount)
        self._post(platform, REVENUE, VAT, amount - net_of_vat_fen(amount, self.vat_interest_ppm))

    def repay(self, sme: int, lender: int, principal: int, interest: int) -> None:
        """Principal and interest come back."""
        if principal:
            self._pay(sme, DEBTS, lender, LOANS, principal)
        if interest:
            self._pay(sme, OPERATING_COST, lender, REVENUE, interest)
            self._post(lender, REVENUE, VAT, interest - net_of_vat_fen(interest, self.vat_interest_ppm))

    # --- purchase finance: goods controlled (代采)

    def draw_into_custody(
        self, sme: int, platform: int, supplier: int, lender: int, mass_g: int, gross: int, deposit: int, principal: int
    ) -> int:
        """Deposit to the platform, loan to the platform, goods into custody as the platform's stock.

        Returns:
            The stock's net cost in fen.
        """
        self.place_deposit(sme, platform, deposit)
        self._pay(lender, LOANS, platform, DEBTS, principal)
        self._hand_over(supplier, platform, CUSTODY, mass_g, gross)
        self._pay(platform, PAYABLES, supplier, RECEIVABLES, gross)
        return net_of_vat_fen(gross, self.vat_goods_ppm)

    def place_deposit(self, sme: int, platform: int, amount: int) -> None:
        """A deposit or margin payment: the platform's debt until it is set off or paid back."""
        self._pay(sme, DEPOSITS_PLACED, platform, DEPOSITS_HELD, amount)

    def return_deposit(self, platform: int, sme: int, amount: int) -> None:
        """A deposit or margin goes back in cash."""
        self._pay(platform, DEPOSITS_HELD, sme, DEPOSITS_PLACED, amount)

    def redeem_lot(
        self, sme: int, platform: int, lender: int, mass_g: int, principal: int, interest: int, deposit: int, cost: int
    ) -> None:
        """The client pays a lot's financed part, its share of the deposit is set off, the lender gets its money.

        The contract sets the whole deposit off against the last lot; lot by lot is the same in cash and keeps claim and
        goods together in the books.
        """
        gross = principal + deposit
        vat = gross - net_of_vat_fen(gross, self.vat_goods_ppm)
        post = self._post
        self._pay(sme, INVENTORY, platform, REVENUE, principal)
        post(sme, INVENTORY, DEPOSITS_PLACED, deposit)
        post(platform, DEPOSITS_HELD, REVENUE, deposit)
        post(sme, VAT, INVENTORY, vat)
        post(platform, REVENUE, VAT, vat)
        post(platform, COST_OF_GOODS, INVENTORY, cost)
        self._move(platform, GIVEN, CUSTODY, mass_g)
        self._move(sme, RESIN, RECEIVED, mass_g)
        if interest:
            self._pay(sme, OPERATING_COST, platform, REVENUE, interest)
        self.repay(platform, lender, principal, interest)

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

    def make_good(self, platform: int, lender: int, loss: int, first_loss_ppm: int) -> int:
        """The platform's agreed part of a lender's loss, paid at once (paid back when negative)."""
        amount = share_fen(loss, first_loss_ppm)
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
