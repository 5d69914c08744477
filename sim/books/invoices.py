"""What buyers owe firms: invoices as columns, by their number in the table of invoices.

Who owes whom how much from when stands in the table (`sim.books.recorders.EventLog.invoices`); beside it stands here
what nobody is shown: when a buyer means to pay, and on which day it looks at the invoice next. A loop takes and gives
whole columns; whoever asks for a few invoices gets each as an `Invoice`. A forged invoice is a row of the table, too,
and never open here.
"""

from array import array
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from sim.books.calendar import Calendar
from sim.books.recorders import Events

NEVER = -1
"""A day that does not come, and the number of no invoice."""
CLOSED, OPEN, PUT_OFF = range(3)
"""What an invoice is: paid or given up; to be paid; to be paid, and moved by a payment shock once already."""


class Invoice(NamedTuple):
    """An invoice as it stands when somebody asks.

    Attributes:
        number: position in the table of invoices.
        firm: row of the seller.
        buyer: row of the buyer.
        amount_fen: what is owed, VAT included.
        due_day: agreed day.
        resin_fen: the resin price that the invoice reflects, fen a tonne.
        pays_on: the day on which the buyer means to pay.
        status: CLOSED, OPEN or PUT_OFF.
    """

    number: int
    firm: int
    buyer: int
    amount_fen: int
    due_day: int
    resin_fen: int
    pays_on: int
    status: int


class Invoices:
    """All invoices of a market.

    Attributes:
        table: what is shown of them.
        resin_fen: the resin price that each reflects, fen a tonne.
        pays_on: the day on which its buyer means to pay.
        status: CLOSED, OPEN or PUT_OFF.
    """

    def __init__(self, table: Events) -> None:
        self.table = table
        self.resin_fen, self.pays_on, self.status = array("q"), array("q"), array("q")
        self._looked_at: Calendar[int] = Calendar()  # by the day on which the buyer looks at it next
        self._before = array("q")  # the seller's open invoice before it
        self._last_of = array("q")  # a seller's last invoice, by row

    # --- issued

    def issue(
        self, firm: int, buyer: int, amount_fen: int, resin_fen: int, issued_on: int, due_day: int, pays_on: int
    ) -> None:
        """A claim of a firm, which its buyer means to pay on a day of its own."""
        number = self.table.add(firm, buyer, issued_on, due_day, amount_fen)
        self._make_room(number + 1, firm + 1)
        self.resin_fen[number], self.status[number] = resin_fen, OPEN
        self.pays_on[number] = pays_on
        self._looked_at.put(pays_on, number)
        self._before[number], self._last_of[firm] = self._last_of[firm], number

    def issue_many(
        self,
        firms: np.ndarray,
        buyers: np.ndarray,
        amounts_fen: np.ndarray,
        resin_fen: np.ndarray,
        issued_on: int,
        due_days: np.ndarray,
        pays_on: np.ndarray,
    ) -> None:
        """The same of firms that sell once each."""
        if not len(firms):
            return
        first = self.table.add_many(firms, buyers, issued_on, due_days, amounts_fen, count=len(firms))
        after = first + len(firms)
        self._make_room(after, int(firms.max()) + 1)
        for column, cells in ((self.resin_fen, resin_fen), (self.pays_on, pays_on), (self.status, OPEN)):
            _cells(column)[first:after] = cells
        self._looked_at.put_each(pays_on.tolist(), range(first, after))
        last = _cells(self._last_of)
        _cells(self._before)[first:after] = last[firms]
        last[firms] = np.arange(first, after)

    def _make_room(self, invoices: int, firms: int) -> None:
        """For so many of both, and some to come; NEVER stands where nothing is put, as for forged invoices."""
        columns = (self.resin_fen, self.pays_on, self.status, self._before)
        for column, length in (*((one, invoices) for one in columns), (self._last_of, firms)):
            if length > len(column):
                column.extend(array("q", [NEVER]) * (length + length // 4 - len(column)))

    # --- looked at

    def meant_for(self, day: int, extra_days: int) -> np.ndarray:
        """Numbers of open invoices that buyers mean to pay on a day; a payment shock puts each off once, by extra days.

        Nobody looks at them again unless they are made to wait.
        """
        states = _cells(self.status)
        meant = np.array(self._looked_at.take(day), dtype=np.int64)
        meant = meant[states[meant] > CLOSED]
        if not extra_days:
            return meant
        is_new = states[meant] == OPEN
        new, pays_on = meant[is_new], _cells(self.pays_on)
        states[new] = PUT_OFF
        pays_on[new] += extra_days
        # one that has waited for cash longer than the shock lasts would land on a day that is past
        self._looked_at.put_each(np.maximum(pays_on[new], day + 1).tolist(), new.tolist())
        return meant[~is_new]

    def wait(self, numbers: np.ndarray, until: int) -> None:
        """What a buyer could not pay; it looks at it again on a day."""
        self._looked_at.put_all(until, numbers.tolist())

    # --- closed

    def settle(self, numbers: np.ndarray, day: int, amounts_fen: np.ndarray, withheld_fen: np.ndarray) -> None:
        """Invoices are paid, all but what their buyers withhold."""
        is_less = withheld_fen > 0
        self.table.set_many("dilution", numbers[is_less], withheld_fen[is_less])
        self.table.set_many("paid_on", numbers, day)
        self.table.set_many("paid", numbers, amounts_fen - withheld_fen)
        _cells(self.status)[numbers] = CLOSED

    def settle_one(self, invoice: Invoice, day: int, paid_fen: int) -> None:
        """An invoice is paid, in whole or as far as its buyer's estate goes; the rest is lost."""
        self.table.set("paid_on", invoice.number, day)
        self.table.set("paid", invoice.number, paid_fen)
        self.status[invoice.number] = CLOSED

    def give_up(self, invoice: Invoice) -> None:
        """Nothing of an invoice is ever paid."""
        self.status[invoice.number] = CLOSED

    # --- asked for

    def is_open(self, invoice: Invoice) -> bool:
        """Whether it is still to be paid or given up."""
        return self.status[invoice.number] > CLOSED

    def columns_of(self, numbers: np.ndarray, *names: str) -> list[np.ndarray]:
        """Columns of some invoices: of the table, or `resin_fen`, `pays_on` and `status`."""
        of_table = iter(self.table.cells(numbers, *(name for name in names if name in self.table.names)))
        return [next(of_table) if name in self.table.names else _cells(vars(self)[name])[numbers] for name in names]

    def of(self, numbers: np.ndarray) -> list[Invoice]:
        """Invoices by number."""
        told = self.columns_of(numbers, "firm", "buyer", "amount", "due_on", "resin_fen", "pays_on", "status")
        return [Invoice(*one) for one in zip(numbers.tolist(), *(column.tolist() for column in told), strict=True)]

    def owed_to(self, firm: int) -> list[Invoice]:
        """Open invoices of a seller, the oldest first; what is closed is passed over once and never again."""
        number = self._last_of[firm] if firm < len(self._last_of) else NEVER
        found: list[int] = []
        while number != NEVER:
            if self.status[number] > CLOSED:
                if found:
                    self._before[found[-1]] = number
                found.append(number)
            number = self._before[number]
        if not found:
            return []
        self._before[found[-1]] = NEVER
        return self.of(np.array(found[::-1], dtype=np.int64))

    def owed_by(self, buyer: int) -> list[Invoice]:
        """Open invoices of a buyer, the oldest first."""
        numbers = np.flatnonzero(self.table.column("buyer") == buyer)
        numbers = numbers[numbers < len(self.status)]  # a forged one may stand behind all others
        return self.of(numbers[_cells(self.status)[numbers] > CLOSED])

    def state(self) -> Iterator[int]:
        """Whole numbers of all that buyers will look at again, day by day."""
        for day, numbers in self._looked_at:
            for one in self.of(np.sort(np.array(numbers, dtype=np.int64))):
                yield from (day, one.number, one.amount_fen, one.pays_on, int(one.status > CLOSED))


def _cells(column: "array[int]") -> np.ndarray:
    """The same memory as int64; not to be kept while the column may grow."""
    return np.frombuffer(column, dtype=np.int64)
