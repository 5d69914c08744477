"""Receivables advance as it is lived: invoices assigned once, a locked account, reserve, dilution, recourse."""

from dataclasses import replace
from typing import Any

from credit.contracts import Receivable, ReceivablesAdvance, share_fen
from credit.contracts.eligibility import availability_fen, judge
from credit.errors import BadInput, Problem
from sim.books.facilities import KIND_OF
from sim.books.invoices import Invoice
from sim.books.recorders import BY_GOODS, INTEREST
from sim.products.claims import came_back, less_owed, note, note_paid, register
from sim.products.planned import Due, PlannedFacility

KIND = KIND_OF["receivables_advance", "recourse"]


class AdvanceFacility(PlannedFacility):
    """Money against invoices.

    A debtor's payment is the factor's first: interest and advance of that invoice; the rest is the client's. The client
    owes nothing until a debtor has let the days of recourse pass, or paid less than the advance.

    Attributes:
        receivables: invoice number -> (receivable, advance, market day of recourse, payment row).
    """

    __slots__ = ("origin", "receivables")

    def __init__(self, number: int, obligor: Any, lender: Any, contract: ReceivablesAdvance, origin: int) -> None:
        super().__init__(number, KIND, obligor, lender, contract, contract.advance_fen, origin)
        self.origin = origin
        self.receivables: dict[int, tuple[Receivable, int, int, int]] = {}
        for receivable, advance in zip(contract.receivables, contract.advance_by_invoice_fen(), strict=True):
            back = contract.settlement_day(receivable, contract.terms.recourse_days) - origin
            self.receivables[int(receivable.invoice_id)] = receivable, advance, back, -1
        self.falls_due_on = min(back for _, _, back, _ in self.receivables.values())

    def first_dues(self, origin: int) -> list[Due]:
        """Nothing: debtors pay, not the client."""
        return []

    def record_plan(self, stage: Any) -> None:
        """One row an invoice: its advance, due when the client would have to buy it back.

        Interest comes on top, for the days that the advance was out, as on purchase loans. With the interest of the
        whole term in it, a row that the debtor settles early would look short for good: arrears, and a default, of
        nobody.
        """
        if self.payment_rows:
            return
        for number, (receivable, advance, back, _) in self.receivables.items():
            row = stage.log.payments.add(self.number, back, advance)
            self.payment_rows.append(row)
            self.receivables[number] = receivable, advance, back, row

    def accrue_to(self, day: int) -> None:
        """Interest on every advance that is out. In default none is booked."""
        if self.status != "open":
            return
        ordinal = day + self.origin
        self.accrued_fen = sum(
            self.contract.interest_fen(advance, ordinal) for _, advance, _, _ in self.receivables.values()
        )
        for due in self.dues[self.at :]:
            self.accrued_fen += due.interest_fen
        if self.at < len(self.dues):
            self.accrued_fen -= min(self.paid_fen, self.dues[self.at].interest_fen)
        self.accrued_day = day

    def collect(self, stage: Any, invoice: Invoice, paid_fen: int) -> None:
        """A debtor has paid, into the locked account: the factor keeps what is its own.

        Args:
            stage: the market.
            invoice: no longer open.
            paid_fen: what came, after dilution.
        """
        known = self.receivables.pop(invoice.number, None)
        if known is None:
            return
        receivable, advance, _, row = known
        if self.status != "open":  # the invoice stays the factor's, given up or not
            taken = min(paid_fen, self.open_fen)
            if taken:
                stage.entries.repay(self.obligor.slot, self.lender.slot, taken, 0)
                came_back(stage, stage.platform, self, taken, BY_GOODS)
            return
        today = stage.day + self.origin
        if today < receivable.due_day:  # a debtor that fails pays before its day, and nobody waits for the rest
            settled = today
        else:
            settled = self.contract.settlement_day(receivable, today - max(receivable.due_day, self.contract.start_day))
        interest = self.contract.interest_fen(advance, settled)
        taken_interest = min(paid_fen, interest)
        taken = min(paid_fen - taken_interest, advance)
        stage.entries.repay(self.obligor.slot, self.lender.slot, taken, taken_interest)
        less_owed(stage, self, taken)
        note(stage, self, INTEREST, taken_interest)
        stage.today.repaid_fen += taken + taken_interest
        if taken + taken_interest:
            note_paid(stage, row, taken + taken_interest)
        if taken < advance or taken_interest < interest:
            self._owes(stage, advance - taken, interest - taken_interest, row)
            if self.obligor.is_active:
                self.pay_due(stage)
        elif not self.receivables and self.at >= len(self.dues):
            self._put_next(stage, stage.day)

    def _owes(self, stage: Any, principal: int, interest: int, row: int) -> None:
        """The client must make something good today."""
        self.dues.append(Due(stage.day, stage.day, principal, interest, 0, 0))
        self.payment_rows.remove(row)
        self.payment_rows.insert(len(self.dues) - 1, row)
        if self.falls_due_on > stage.day:
            self.falls_due_on = stage.day
        stage.book.overdue[self.number] = self

    def falls_due(self, stage: Any) -> None:
        """Invoices whose debtors have let the days of recourse pass are bought back."""
        for number, (_, advance, back, row) in list(self.receivables.items()):
            if back <= stage.day:
                del self.receivables[number]
                interest = self.contract.interest_fen(advance, back + self.origin)
                self._owes(stage, advance, interest, row)
                stage.book.assigned.pop(number, None)

    def late_charge(self, due: Due, day: int) -> int:
        """None is agreed."""
        return 0

    def next_day(self, day: int) -> int | None:
        """The next day of recourse, None while no invoice is out."""
        return min((back for _, _, back, _ in self.receivables.values()), default=None)


def free_invoices(stage: Any, sme: Any, term_days: int, wanted_fen: int) -> list[Invoice]:
    """What buyers of today owe the client, not assigned, not yet due and due within a term: the longest first.

    Enough of them to be worth what is wanted.
    """
    day, buyers, chosen, worth = stage.day, [buyer.row for buyer in sme.links.buyers], [], 0
    mine = [
        invoice
        for invoice in stage.book.invoices.owed_to(sme.row)
        if day < invoice.due_day <= day + term_days
        and invoice.buyer in buyers
        and invoice.number not in stage.book.assigned
    ]
    for invoice in sorted(mine, key=lambda one: (-one.due_day, one.number)):
        if worth >= wanted_fen:
            break
        chosen.append(invoice)
        worth += invoice.amount_fen
    return chosen


def assignable(stage: Any, sme: Any, invoices: list[Invoice]) -> list[Receivable]:
    """The client's open invoices that nobody has a claim on, as the factor sees them.

    Raises:
        BadInput: an invoice is assigned already.
    """
    origin = stage.date.toordinal() - stage.day
    for invoice in invoices:
        if invoice.number in stage.book.assigned:
            raise BadInput(Problem("must not be assigned twice", field="invoice", value=invoice.number))
    return [
        Receivable(str(one.number), str(one.buyer), one.amount_fen, one.due_day + origin)
        for one in invoices
        if one.firm == sme.row and stage.book.invoices.is_open(one)
    ]


def _is_worth_assigning(pool: tuple[Receivable, ...], terms: Any, day: int) -> bool:
    """Whether something of a pool is eligible, and more than the fee."""
    eligible = sum(verdict.eligible_fen for verdict in judge(pool, terms.rules, day))
    advanced = availability_fen(eligible, terms.effective_advance_ppm, terms.limit_fen)
    return advanced > share_fen(eligible, terms.fee_ppm)


def draw_advance(
    stage: Any, sme: Any, factor: Any, form: Any, invoices: list[Invoice], limit_fen: int, rate_ppm: int
) -> AdvanceFacility | None:
    """Assign invoices and pay the advance out, less the fee; None where they are not worth the trouble.

    Raises:
        BadInput: an invoice is assigned already.
    """
    start = stage.date.toordinal()
    pool = tuple(assignable(stage, sme, invoices))
    usual = stage.desk.advance_terms
    terms = replace(usual, rate_annual_ppm=rate_ppm, limit_fen=min(limit_fen, usual.limit_fen))
    if not _is_worth_assigning(pool, terms, start):
        return None
    contract = ReceivablesAdvance(start, pool, terms)
    facility = AdvanceFacility(len(stage.book.facilities), sme, factor, contract, start - stage.day)
    facility.is_guaranteed = form.is_guaranteed
    stage.desk.entries.lend(factor.slot, sme.slot, contract.advance_fen)
    stage.desk.entries.pay_service(sme.slot, factor.slot, contract.fee_fen)
    last = max(back for _, _, back, _ in facility.receivables.values())
    register(stage, facility, last, rate_ppm, contract.fee_fen, 0, contract.eligible_fen)
    facility.record_plan(stage)
    for invoice in invoices:
        if invoice.number in facility.receivables:
            stage.book.assigned[invoice.number] = facility
            stage.log.invoices.set("assigned", invoice.number, facility.number)
    return facility
