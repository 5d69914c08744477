"""The book of contracts: every facility, bill and invoice, and calendars that say what happens on which day.

The book is append-only. Balances are derived from it and held against the ledger at each month's end.
"""

from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from credit.contracts import GoodsControlledPurchase, OpenAccountPurchase, divide_half_even, lot_principal_fen
from credit.contracts.purchase import accrued_interest_fen

Status = Literal["open", "repaid", "defaulted", "written_off", "restructured"]
STATUSES: tuple[Status, ...] = ("open", "repaid", "defaulted", "written_off", "restructured")


class Kind(NamedTuple):
    """What the tables say of every facility of one form: product and form by their files, wrapper, collateral."""

    product: str
    form: str
    wrapper: str
    collateral: str


KINDS = (
    Kind("purchase_loan", "open_account", "credit_sale", "guarantee"),
    Kind("purchase_loan", "goods_controlled", "credit_sale", "goods"),
    Kind("machine_lease", "annuity", "finance_lease", "machine"),
    Kind("sale_leaseback", "annuity", "finance_lease", "machine"),
    Kind("turnover_revolver", "bullet", "micro_loan", "guarantee"),
    Kind("receivables_advance", "recourse", "assigned_receivable", "invoice"),
    Kind("growth_loan", "seasonal", "micro_loan", "guarantee"),
    Kind("collateral_loan", "bullet", "entrusted_bank_loan", "guarantee"),
)
"""Every form that the market knows; a facility's kind is its position."""
KIND_OF = {(kind.product, kind.form): number for number, kind in enumerate(KINDS)}


class Calendar[T]:
    """A bucket of things a day; what is put on a day comes out on that day, once."""

    def __init__(self) -> None:
        self._days: dict[int, list[T]] = {}

    def put(self, day: int, thing: T) -> None:
        """Put a thing on a day."""
        bucket = self._days.get(day)
        if bucket is None:
            self._days[day] = [thing]
        else:
            bucket.append(thing)

    def take(self, day: int) -> list[T]:
        """Everything that was put on a day."""
        return self._days.pop(day, [])

    def __iter__(self) -> Iterator[tuple[int, list[T]]]:
        """All buckets in the order of days."""
        yield from sorted(self._days.items())


class Invoice:
    """A buyer's debt to an SME, which keeps it as long as it is open.

    Attributes:
        number: position in the book and in the invoices table.
        seller: the SME.
        buyer: the buyer.
        amount_fen: what is owed, VAT included.
        resin_fen: the resin price that the invoice reflects, fen a tonne.
        due_day: agreed day.
        pays_on: the day on which the buyer means to pay.
        is_put_off: whether a payment shock has already moved it.
        is_open: whether it is still to be paid or given up.
    """

    __slots__ = ("amount_fen", "buyer", "due_day", "is_open", "is_put_off", "number", "pays_on", "resin_fen", "seller")

    def __init__(
        self, number: int, seller: Any, buyer: Any, amount_fen: int, resin_fen: int, due_day: int, pays_on: int
    ) -> None:
        self.number = number
        self.seller = seller
        self.buyer = buyer
        self.amount_fen = amount_fen
        self.resin_fen = resin_fen
        self.due_day = due_day
        self.pays_on = pays_on
        self.is_put_off = False
        self.is_open = True
        seller.open_invoices[number] = self

    def close(self) -> None:
        """It is paid or given up: its seller keeps it no longer."""
        self.is_open = False
        del self.seller.open_invoices[self.number]


class Bill:
    """An SME's debt to a supplier for resin.

    Attributes:
        customer: the SME.
        supplier: the supplier.
        open_fen: what is still owed.
        due_day: agreed day.
        is_written_down: the customer has failed and the supplier has taken its loss.
    """

    __slots__ = ("customer", "due_day", "is_written_down", "open_fen", "supplier")

    def __init__(self, customer: Any, supplier: Any, amount_fen: int, due_day: int) -> None:
        self.customer = customer
        self.supplier = supplier
        self.open_fen = amount_fen
        self.due_day = due_day
        self.is_written_down = False


class Lot(NamedTuple):
    """A part of goods in custody: what it costs to redeem it, and what leaves with it."""

    principal_fen: int
    interest_fen: int
    deposit_fen: int
    mass_g: int
    stock_fen: int


class Facility:
    """Drawn finance: the promise, and what has become of it.

    Attributes:
        number: position in the book and in the facilities table.
        kind: position in KINDS.
        obligor: the SME.
        lender: who funds it.
        contract: what was promised.
        is_guaranteed: the controller stands surety.
        is_controlled: whether the goods are (or were) in custody.
        principal_fen: what was financed.
        open_fen: legal principal still owed.
        accrued_fen: interest accrued up to `accrued_day` and not paid.
        accrued_day: the day to which interest is accrued.
        falls_due_on: the due day, or the day of acceleration.
        lots_left: lots in custody.
        goods_g: grams in custody.
        goods_grade: their grade.
        stock_fen: net cost of those grams in the platform's books.
        deposit_fen: what is left of the deposit with the platform.
        margin_fen: margin paid in later and still held.
        opening_price: market price of the goods when bought or when margin was last restored, fen a tonne.
        called_on: day of the unmet margin call, or None.
        status: open, repaid, defaulted or written_off.
        exposure_fen: principal and interest on the day of default.
        written_down_fen: loss recognised so far.
        is_forgotten_until: the day on which a disorderly client remembers to pay.
    """

    __slots__ = (
        "accrued_day", "accrued_fen", "called_on", "contract", "defaulted_on", "deposit_fen", "exposure_fen",
        "falls_due_on", "goods_g", "goods_grade", "is_controlled", "is_forgotten_until", "is_guaranteed", "kind",
        "lender", "lots_left", "margin_fen", "number", "obligor", "open_fen", "opening_price", "payment_rows",
        "principal_fen", "status", "stock_fen", "written_down_fen",
    )  # fmt: skip
    is_planned = False
    """Whether it falls due in parts, by the plan of its contract (`sim.products`)."""
    contract: Any

    def __init__(self, number: int, kind: int, obligor: Any, lender: Any, principal_fen: int) -> None:
        self.number = number
        self.kind = kind
        self.obligor = obligor
        self.lender = lender
        self.is_controlled = False
        self.is_guaranteed = False
        self.principal_fen = principal_fen
        self.open_fen = principal_fen
        self.accrued_fen = 0
        self.accrued_day = 0
        self.falls_due_on = 0
        self.lots_left = 0
        self.goods_g = 0
        self.goods_grade = 0
        self.stock_fen = 0
        self.deposit_fen = 0
        self.margin_fen = 0
        self.opening_price = 0
        self.called_on: int | None = None
        self.status: Status = "open"
        self.defaulted_on: int | None = None
        self.exposure_fen = 0
        self.written_down_fen = 0
        self.is_forgotten_until = 0
        self.payment_rows: list[int] = []

    @property
    def owed_fen(self) -> int:
        """Principal and interest owed as of `accrued_day`."""
        return self.open_fen + self.accrued_fen

    @property
    def is_performing(self) -> bool:
        """Open and not in default."""
        return self.status == "open"

    @property
    def product(self) -> str:
        """The product's name."""
        return KINDS[self.kind].product

    def accrue_to(self, day: int) -> None:
        """Bring the interest up to a day. In default no interest is booked."""
        raise NotImplementedError

    def pay_due(self, stage: Any, reserve_fen: int | None = None) -> None:
        """Pay what has fallen due of a plan, above a reserve of cash; the firm's own floor when absent."""
        raise NotImplementedError

    def collateral_pays(self, stage: Any) -> int:
        """What security brings on the day of default, fen; already in the ledgers when told."""
        return 0

    def expected_from_collateral_fen(self, stage: Any) -> int:
        """What security will bring later, fen."""
        return 0

    def more_state(self) -> tuple[int, ...]:
        """Whole numbers of its own beside those of all facilities."""
        return ()


class PurchaseFacility(Facility):
    """A drawn purchase finance, in either form."""

    __slots__ = ()

    def __init__(
        self,
        number: int,
        kind: int,
        obligor: Any,
        lender: Any,
        contract: OpenAccountPurchase | GoodsControlledPurchase,
    ) -> None:
        super().__init__(number, kind, obligor, lender, contract.principal_fen)
        self.contract = contract
        self.is_controlled = isinstance(contract, GoodsControlledPurchase)
        self.accrued_day = contract.start_day
        self.falls_due_on = contract.due_day
        self.lots_left = contract.control.lots if isinstance(contract, GoodsControlledPurchase) else 0

    def accrue_to(self, day: int) -> None:
        """Bring the interest up to a day. In default no interest is booked."""
        if day == self.accrued_day or self.status != "open":
            return
        start, terms = self.contract.start_day, self.contract.terms
        if self.is_controlled:  # every lot paid its own interest when it left
            self.accrued_fen = accrued_interest_fen(self.open_fen, terms, day - start)
            self.accrued_day = day
            return
        before = accrued_interest_fen(self.open_fen, terms, self.accrued_day - start)
        self.accrued_fen += accrued_interest_fen(self.open_fen, terms, day - start) - before
        self.accrued_day = day

    def next_lot(self, day: int) -> "Lot":
        """The lot that is next to leave custody; the last one takes everything that is left."""
        contract, left = self.contract, self.lots_left
        assert isinstance(contract, GoodsControlledPurchase)
        lots = contract.control.lots
        after = self.principal_fen - lot_principal_fen(self.principal_fen, lots, lots - left + 1)
        principal = self.open_fen - after
        return Lot(
            principal_fen=principal,
            interest_fen=accrued_interest_fen(principal, contract.terms, day - contract.start_day),
            deposit_fen=divide_half_even(self.deposit_fen, left),
            mass_g=divide_half_even(self.goods_g, left),
            stock_fen=divide_half_even(self.stock_fen, left),
        )


class Book:
    """All contracts of the market.

    Attributes:
        facilities: every facility ever drawn, by number.
        invoices_to_pay: invoices by the day on which their buyer means to pay.
        bills_due: suppliers' bills by due day.
        facilities_due: facilities by due day.
        arrivals: (firm, grams, order row) by the day of arrival.
        overdue: facilities past due and not settled, in the order of their numbers.
        overdue_bills: bills past due and not settled.
        in_custody: facilities with goods in custody, by number.
        performing: facilities that are open and not in default, by number.
        performing_of_kind: how many of them are of each kind.
        performing_fen: principal of all of them.
        credits_of: how many each obligor has, by its row; nothing for who has none.
        in_default: facilities in default that are neither repaid nor given up, by number.
        assigned: invoice number -> the advance that it is assigned to.
        guarantees_due: facilities in default by the day on which the guarantee pays.
        resolutions_due: facilities in default by the day on which the lender gives up the rest.
    """

    def __init__(self) -> None:
        self.facilities: list[Facility] = []
        self.invoices_to_pay: Calendar[Invoice] = Calendar()
        self.bills_due: Calendar[Bill] = Calendar()
        self.facilities_due: Calendar[Facility] = Calendar()
        self.arrivals: Calendar[tuple[Any, int, int]] = Calendar()
        self.overdue: dict[int, Facility] = {}
        self.overdue_bills: list[Bill] = []
        self.in_custody: dict[int, Facility] = {}
        self.performing: dict[int, Facility] = {}
        self.performing_of_kind = [0] * len(KINDS)
        self.performing_fen = 0
        self.credits_of: dict[int, int] = {}
        self._held: list[Facility] = []
        self.in_default: dict[int, Facility] = {}
        self.assigned: dict[int, Any] = {}
        self.guarantees_due: Calendar[Facility] = Calendar()
        self.resolutions_due: Calendar[Facility] = Calendar()

    def begins(self, facility: Facility) -> None:
        """A facility is drawn: it performs, and waits for its due day."""
        self.facilities.append(facility)
        self._held.append(facility)
        self.performing[facility.number] = facility
        self.performing_of_kind[facility.kind] += 1
        self.performing_fen += facility.open_fen
        row = facility.obligor.row
        self.credits_of[row] = self.credits_of.get(row, 0) + 1
        self.facilities_due.put(facility.falls_due_on, facility)

    def no_longer_performs(self, facility: Facility) -> None:
        """A facility is repaid, in default or replaced by another."""
        if self.performing.pop(facility.number, None) is None:
            return
        self.performing_of_kind[facility.kind] -= 1
        self.performing_fen -= facility.open_fen
        row = facility.obligor.row
        self.credits_of[row] -= 1
        if not self.credits_of[row]:
            del self.credits_of[row]

    def owes_more(self, facility: Facility, amount_fen: int) -> None:
        """A claim grows, or shrinks by an amount below 0."""
        facility.open_fen += amount_fen
        if facility.number in self.performing:
            self.performing_fen += amount_fen

    def held(self) -> list[Facility]:
        """Facilities on which a claim or a deposit still hangs; one that has neither left never has one again."""
        self._held = [
            one for one in self._held if one.is_performing or one.open_fen or one.deposit_fen or one.margin_fen
        ]
        return self._held

    def expected_fen(self) -> int:
        """What is still expected to come back on claims in default: what is open less what is written down."""
        return sum(facility.open_fen - facility.written_down_fen for facility in self.in_default.values())

    def invoices_meant_for(self, day: int, extra_days: int) -> list[Invoice]:
        """Open invoices that buyers mean to pay on a day; a payment shock puts each off once, by so many days."""
        meant = [invoice for invoice in self.invoices_to_pay.take(day) if invoice.is_open]
        if not extra_days:
            return meant
        for invoice in meant:
            if not invoice.is_put_off:
                invoice.pays_on += extra_days
                self.invoices_to_pay.put(invoice.pays_on, invoice)
        waited = [invoice for invoice in meant if invoice.is_put_off]
        for invoice in meant:
            invoice.is_put_off = True
        return waited

    def state(self) -> Iterator[int]:
        """Every whole number of the contracts and of the calendars."""
        for facility in self.facilities:
            yield from (
                facility.open_fen, facility.accrued_fen, facility.falls_due_on, facility.lots_left, facility.goods_g,
                facility.stock_fen, facility.deposit_fen, facility.margin_fen, facility.opening_price,
                -1 if facility.called_on is None else facility.called_on, facility.exposure_fen,
                facility.written_down_fen, facility.is_forgotten_until, STATUSES.index(facility.status),
            )  # fmt: skip
            yield from facility.more_state()
        for day, invoices in self.invoices_to_pay:
            for invoice in sorted(invoices, key=lambda one: one.number):
                yield from (day, invoice.number, invoice.amount_fen, invoice.pays_on, int(invoice.is_open))
        for day, arrivals in self.arrivals:
            for sme, mass, order in arrivals:
                yield from (day, sme.row, mass, order)
        for calendar in (self.facilities_due, self.guarantees_due, self.resolutions_due):
            for day, facilities in calendar:
                for facility in sorted(facilities, key=lambda one: one.number):
                    yield from (day, facility.number)

    def custody_g(self) -> int:
        """Grams in custody by the contracts: what the mass ledger must show."""
        return sum(facility.goods_g for facility in self.in_custody.values())
