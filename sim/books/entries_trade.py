"""What happens in the market without a loan, as double entries: making, trading, machines, costs, taxes, owners.

Each method is one event of DOMAIN 6.3 and leaves every entity balanced in fen and in grams. `slot` is an entity's place
in both ledgers. Prices include VAT: the net part is cost or revenue, the rest an entity's account with the tax office.
"""

import numpy as np

from sim.books import postings
from sim.books.ledger import (
    CASH,
    CLAIMS,
    COST_OF_GOODS,
    EQUITY,
    FUNDING,
    GIVEN,
    INVENTORY,
    LOSSES,
    MACHINES,
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
from sim.books.postings import IN_CASH, ON_CREDIT, WORLD
from sim.rules import net_of_vat_fen, proportion_fen


class TradeEntries:
    """The two ledgers, and every way to change them without a loan of the desk.

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

    # --- the opening

    def open_with_cash(self, slot: int, amount: int) -> None:
        """An entity starts with cash of its own."""
        self._post(slot, CASH, EQUITY, amount)

    def open_with_stock(self, slot: int, place: int, mass_g: int, value: int) -> None:
        """An entity starts with goods, which the world made."""
        self._move(WORLD, GIVEN, RESIN, mass_g)
        self._move(slot, place, RECEIVED, mass_g)
        self._post(slot, INVENTORY, EQUITY, value)

    def open_with_machines(self, slot: int, value: int) -> None:
        """An entity starts with machines of its own."""
        self._post(slot, MACHINES, EQUITY, value)

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
        postings.produce(self.grams.balances, slot, resin_g, output_g)

    def sell_on_credit(self, seller: int, buyer: int, mass_g: int, gross: int, cost: int) -> None:
        """Products for an invoice."""
        net = net_of_vat_fen(gross, self.vat_goods_ppm)
        postings.sell_on_credit(self.fen.balances, self.grams.balances, seller, buyer, mass_g, gross, net, cost)

    def forge_invoice(self, seller: int, buyer: int, amount: int) -> None:
        """Papers say that goods were sold: a claim and a debt, but nothing moved and nobody told the tax office."""
        self._post(seller, RECEIVABLES, REVENUE, amount)
        self._post(buyer, LOSSES, PAYABLES, amount)

    def settle_invoice(self, buyer: int, seller: int, amount: int) -> None:
        """A buyer pays an invoice, or a customer its supplier's bill."""
        postings.pay(self.fen.balances, buyer, PAYABLES, seller, RECEIVABLES, amount)

    def withhold(self, buyer: int, seller: int, amount: int) -> None:
        """A buyer sets claims of its own off against an invoice of a failed seller: that part is gone for good."""
        postings.withhold(self.fen.balances, buyer, seller, amount)

    def resell(self, buyer: int, mass_g: int, gross: int, cost: int) -> None:
        """A buyer sells on to the world for cash."""
        net = net_of_vat_fen(gross, self.vat_goods_ppm)
        postings.resell(self.fen.balances, self.grams.balances, buyer, mass_g, gross, net, cost)

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
        net = net_of_vat_fen(gross, self.vat_goods_ppm)
        money, masses = self.fen.balances, self.grams.balances
        cost = proportion_fen(money[supplier + INVENTORY], mass_g, masses[supplier + RESIN])
        accounts = ON_CREDIT if is_on_credit else IN_CASH
        postings.hand_over(money, masses, supplier, customer, TRANSIT, mass_g, gross, net, cost, accounts)

    def arrive(self, slot: int, mass_g: int) -> None:
        """Resin on the way arrives."""
        postings.arrive(self.grams.balances, slot, mass_g)

    # --- machines

    def buy_machines(self, slot: int, gross: int, first_day_drop: int) -> None:
        """New machines for cash: their VAT is deducted, a part of their worth is gone on the first day."""
        self._pay(slot, MACHINES, WORLD, REVENUE, gross)
        self._post(slot, VAT, MACHINES, gross - net_of_vat_fen(gross, self.vat_goods_ppm))
        self.wear_machines(slot, first_day_drop)

    def wear_machines(self, slot: int, amount: int) -> None:
        """Machines lose value."""
        self._post(slot, OPERATING_COST, MACHINES, amount)

    def wear_all_machines(self, slots: np.ndarray, amounts: np.ndarray) -> None:
        """Machines of many entities, each named once, lose value."""
        money = np.frombuffer(self.fen.balances, dtype=np.int64)
        money[slots + OPERATING_COST] += amounts
        money[slots + MACHINES] -= amounts

    def sell_machines(self, slot: int, gross: int, value: int) -> None:
        """Used machines sold to the world; what they bring less than their value is lost."""
        self._pay(WORLD, OPERATING_COST, slot, MACHINES, gross)
        vat = gross - net_of_vat_fen(gross, self.vat_goods_ppm)
        self._post(slot, MACHINES, VAT, vat)
        self._post(slot, LOSSES, MACHINES, value - gross + vat)

    # --- costs, taxes, owners

    def pay_costs(self, slot: int, amount: int) -> None:
        """Wages, power, rent and the like."""
        postings.pay(self.fen.balances, slot, OPERATING_COST, WORLD, REVENUE, amount)

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

    def bring_wealth(self, owner: int, amount: int) -> None:
        """A founder's private wealth comes into our sight."""
        self._pay(WORLD, OPERATING_COST, owner, EQUITY, amount)

    def take_away(self, owner: int, amount: int) -> None:
        """A controller's private money leaves our sight."""
        self._pay(owner, EQUITY, WORLD, REVENUE, amount)

    def inject(self, owner: int, slot: int, amount: int) -> None:
        """Owners put money in."""
        self._pay(owner, OPERATING_COST, slot, EQUITY, amount)

    def close_months(
        self, slots: np.ndarray, tax: np.ndarray, interest: np.ndarray, paid_back: np.ndarray, dividends: np.ndarray
    ) -> None:
        """A month's tax, interest and repayment of informal credit, and dividends, of many firms at once.

        Args:
            slots: of the firms, each once; their owners' stand behind them.
            tax: VAT paid, as the columns below an amount each.
            interest: paid for informal credit.
            paid_back: of informal credit.
            dividends: paid to the owners.
        """
        money = np.frombuffer(self.fen.balances, dtype=np.int64)
        for debit, credit, amounts in (
            (VAT, REVENUE, tax), (OPERATING_COST, REVENUE, interest), (FUNDING, FUNDING, paid_back),
        ):  # fmt: skip
            money[slots + debit] += amounts
            money[slots + CASH] -= amounts
            self._post(WORLD, CASH, credit, int(amounts.sum()))
        money[slots + EQUITY] += dividends
        money[slots + CASH] -= dividends
        money[slots + WIDTH + CASH] += dividends
        money[slots + WIDTH + REVENUE] -= dividends
