"""The book of contracts: every facility, bill and invoice, and calendars that say when each is looked at.

The book is append-only. Balances are derived from it and held against the ledger at each month's end.
"""

from collections.abc import Iterator
from typing import Any

from sim.books.calendar import Calendar
from sim.books.facilities import KINDS, STATUSES, Facility
from sim.books.invoices import Invoices
from sim.books.recorders import Events


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


class Book:
    """All contracts of the market.

    Args:
        invoices: the table of invoices.

    Attributes:
        facilities: every facility ever drawn, by number.
        invoices: every invoice of an SME to a buyer.
        bills_due: suppliers' bills by due day.
        facilities_due: facilities by due day.
        arrivals: rows of firms, grams and rows of orders by the day of arrival.
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

    def __init__(self, invoices: Events) -> None:
        self.facilities: list[Facility] = []
        self.invoices = Invoices(invoices)
        self.bills_due: Calendar[Bill] = Calendar()
        self.facilities_due: Calendar[Facility] = Calendar()
        self.arrivals: Calendar[tuple[int, int, int]] = Calendar()
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
        yield from self.invoices.state()
        for day, arrivals in self.arrivals:
            for firm, mass, order in arrivals:
                yield from (day, firm, mass, order)
        for calendar in (self.facilities_due, self.guarantees_due, self.resolutions_due):
            for day, facilities in calendar:
                for facility in sorted(facilities, key=lambda one: one.number):
                    yield from (day, facility.number)

    def custody_g(self) -> int:
        """Grams in custody by the contracts: what the mass ledger must show."""
        return sum(facility.goods_g for facility in self.in_custody.values())
