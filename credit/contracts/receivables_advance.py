"""Receivables advance (保理): money now against invoices that a debtor pays later, with or without recourse.

The factor pays a share of the eligible invoices less a fee. Each debtor pays into the factor's account; the factor
keeps its advance with interest to that day and passes on the rest. Because the fee is fixed, lateness lowers its yield.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from credit.contracts.arithmetic import MAX_AMOUNT_FEN, MAX_DAYS, MILLION, divide_half_even, share_fen
from credit.contracts.base import CashFlow, Contract, FlowKind, Party, in_order_of_days
from credit.contracts.dates import DayCount, PaymentDays, check_day, year_parts
from credit.contracts.edge import check_integer
from credit.contracts.eligibility import EligibilityRules, Receivable, Verdict, availability_fen, judge, reserve_ppm
from credit.errors import BadInput, Problem


@dataclass(frozen=True, slots=True)
class AdvanceTerms:
    """What factor and client agree on, apart from the invoices.

    Attributes:
        advance_ppm: share of eligible invoices that is advanced, unless dilution asks for a larger reserve.
        dilution_ppm: expected returns, offsets and price claims; the reserve is at least 2 x dilution + its floor.
        reserve_floor_ppm: the floor of the reserve.
        rate_annual_ppm: simple interest a year on the advance, collected when the debtor pays.
        fee_ppm: fee on the eligible amount, netted from the advance.
        limit_fen: the most that is advanced.
        has_recourse: whether the client makes good what a debtor leaves unpaid. Dilution is its own affair always.
        recourse_days: days after the due day at which the client must buy an unpaid invoice back.
        rules: what is not advanced against.
        payment_days: how time is counted and payments are moved.
    """

    advance_ppm: int
    dilution_ppm: int
    reserve_floor_ppm: int
    rate_annual_ppm: int
    fee_ppm: int
    limit_fen: int
    has_recourse: bool
    recourse_days: int
    rules: EligibilityRules
    payment_days: PaymentDays = field(default_factory=lambda: PaymentDays(DayCount.ACTUAL_365))

    def __post_init__(self) -> None:
        where = "advance terms"
        check_integer(where, "advance_ppm", self.advance_ppm, 1, MILLION)
        check_integer(where, "dilution_ppm", self.dilution_ppm, 0, MILLION)
        check_integer(where, "reserve_floor_ppm", self.reserve_floor_ppm, 0, MILLION)
        check_integer(where, "rate_annual_ppm", self.rate_annual_ppm, 0, MILLION)
        check_integer(where, "fee_ppm", self.fee_ppm, 0, self.advance_ppm - 1)
        check_integer(where, "limit_fen", self.limit_fen, 1, MAX_AMOUNT_FEN)
        check_integer(where, "recourse_days", self.recourse_days, 0, MAX_DAYS)

    @property
    def effective_advance_ppm(self) -> int:
        """The share advanced after the dynamic reserve."""
        return MILLION - reserve_ppm(self.advance_ppm, self.dilution_ppm, self.reserve_floor_ppm)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an invoice is paid.

    Attributes:
        days_late: days from the due day to the debtor's payment.
        dilution_fen: what the debtor rightly does not owe: returns, offsets, price claims.
        unpaid_fen: what it owes and never pays.
    """

    days_late: int = 0
    dilution_fen: int = 0
    unpaid_fen: int = 0


AS_PROMISED = Outcome()


@dataclass(frozen=True, slots=True)
class ReceivablesAdvance(Contract):
    """An advance on a pool of invoices.

    Attributes:
        start_day: ordinal of assignment and advance.
        receivables: the invoices, each with its own debtor and due day after the first day.
        terms: rates, fees, recourse, eligibility.
        eligible_fen: what of the pool may be advanced against.
        advance_fen: what is advanced: min(a x eligible, limit).
    """

    start_day: int
    receivables: tuple[Receivable, ...]
    terms: AdvanceTerms
    _verdicts: tuple[Verdict, ...] = field(init=False, repr=False, compare=False)
    eligible_fen: int = field(init=False, repr=False, compare=False)
    advance_fen: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        where = "receivables advance"
        check_day(where, "start_day", self.start_day)
        if not self.receivables:
            raise BadInput(Problem("must hold an invoice", file=where, field="receivables"))
        # judged once, however many of its figures are asked for
        verdicts = judge(self.receivables, self.terms.rules, self.start_day)
        eligible = sum(verdict.eligible_fen for verdict in verdicts)
        advance = availability_fen(eligible, self.terms.effective_advance_ppm, self.terms.limit_fen)
        object.__setattr__(self, "_verdicts", verdicts)
        object.__setattr__(self, "eligible_fen", eligible)
        object.__setattr__(self, "advance_fen", advance)
        if self.advance_fen - self.fee_fen <= 0:
            rule = "must leave something to pay out: no invoice is eligible, or the fee eats the advance"
            raise BadInput(Problem(rule, file=where, field="receivables", value=self.advance_fen))
        for receivable in self.receivables:
            if receivable.due_day > self.start_day + MAX_DAYS:
                rule = f"must lie within {MAX_DAYS} days"
                raise BadInput(Problem(rule, file=where, field=f"due_day of {receivable.invoice_id}"))

    def verdicts(self) -> tuple[Verdict, ...]:
        """What of each invoice is eligible."""
        return self._verdicts

    @property
    def payment_days(self) -> PaymentDays:
        """How time is counted and payments are moved."""
        return self.terms.payment_days

    @property
    def fee_fen(self) -> int:
        """The fee, on the eligible amount."""
        return share_fen(self.eligible_fen, self.terms.fee_ppm)

    def advance_by_invoice_fen(self) -> tuple[int, ...]:
        """The advance split over the invoices in proportion to what is eligible of each, to the fen."""
        eligible, advance = self.eligible_fen, self.advance_fen
        parts, reached = [], 0
        for verdict in self.verdicts():
            before = divide_half_even(advance * reached, eligible)
            reached += verdict.eligible_fen
            parts.append(divide_half_even(advance * reached, eligible) - before)
        return tuple(parts)

    def settlement_day(self, receivable: Receivable, days_late: int = 0) -> int:
        """The day on which a debtor pays so late; an invoice already overdue at the start is due at once."""
        day = self.terms.payment_days.paid_on(max(receivable.due_day, self.start_day) + days_late)
        return max(day, self.start_day)

    def interest_fen(self, advance_fen: int, day: int) -> int:
        """Interest on a part of the advance from the first day to a day."""
        days, of_year = year_parts(self.terms.payment_days.day_count, self.start_day, day)
        return divide_half_even(advance_fen * self.terms.rate_annual_ppm * days, MILLION * of_year)

    def schedule(self, outcomes: Mapping[str, Outcome] | None = None) -> tuple[CashFlow, ...]:
        """Advance and fee on the first day; then each debtor's payment, what the factor keeps and what it passes on.

        Args:
            outcomes: by invoice how it is paid; as promised where absent.

        Raises:
            BadInput: an outcome names no invoice of the pool, or an invoice has more dilution and loss than amount.
        """
        known = outcomes or {}
        _check_outcomes(self.receivables, known)
        start, sme, factor = self.start_day, Party.SME, Party.LENDER
        flows = [
            CashFlow(start, factor, sme, self.advance_fen, FlowKind.FUNDING),
            CashFlow(start, sme, factor, self.fee_fen, FlowKind.FEE),
        ]
        for receivable, advance in zip(self.receivables, self.advance_by_invoice_fen(), strict=True):
            flows += self._settled(receivable, advance, known.get(receivable.invoice_id, AS_PROMISED))
        return in_order_of_days(flows)

    def _settled(self, receivable: Receivable, advance: int, outcome: Outcome) -> list[CashFlow]:
        """The payments of one invoice: the factor's interest and advance come first, the client has the rest."""
        terms, sme, factor, debtor = self.terms, Party.SME, Party.LENDER, Party.DEBTOR
        day = self.settlement_day(receivable, outcome.days_late)
        paid = receivable.amount_fen - outcome.dilution_fen - outcome.unpaid_fen
        if (
            terms.has_recourse and outcome.days_late > terms.recourse_days
        ):  # bought back: the debtor then pays the client
            bought_back = self.settlement_day(receivable, terms.recourse_days)
            interest = self.interest_fen(advance, bought_back)
            return [
                CashFlow(bought_back, sme, factor, advance, FlowKind.PRINCIPAL),
                CashFlow(bought_back, sme, factor, interest, FlowKind.INTEREST),
                CashFlow(day, debtor, sme, paid, FlowKind.COLLECTION),
            ]
        owed = {FlowKind.INTEREST: self.interest_fen(advance, day), FlowKind.PRINCIPAL: advance}
        flows, left = [], paid
        lacking: dict[FlowKind, int] = {}
        for kind, amount in owed.items():
            taken = min(left, amount)
            flows.append(CashFlow(day, debtor, factor, taken, kind))
            lacking[kind] = amount - taken
            left -= taken
        flows.append(CashFlow(day, debtor, factor, left, FlowKind.COLLECTION))
        flows.append(CashFlow(day, factor, sme, left, FlowKind.RELEASE))
        made_good = sum(lacking.values()) if terms.has_recourse else outcome.dilution_fen
        for kind, amount in lacking.items():
            flows.append(CashFlow(day, sme, factor, min(amount, made_good), kind))
            made_good -= min(amount, made_good)
        return flows

    def exposure_profile(self) -> tuple[int, ...]:
        """Advance and accrued interest in fen on each day from the first to the last, before its payments."""
        parts = [
            (self.settlement_day(receivable), advance)
            for receivable, advance in zip(self.receivables, self.advance_by_invoice_fen(), strict=True)
        ]
        last = max(day for day, _ in parts)
        return tuple(
            sum(advance + self.interest_fen(advance, day) for settled, advance in parts if settled >= day)
            for day in range(self.start_day, last + 1)
        )


def _check_outcomes(receivables: Sequence[Receivable], outcomes: Mapping[str, Outcome]) -> None:
    amounts = {receivable.invoice_id: receivable.amount_fen for receivable in receivables}
    for invoice, outcome in outcomes.items():
        where = f"outcome of {invoice}"
        if invoice not in amounts:
            raise BadInput(Problem("must name an invoice of the pool", field="outcomes", value=invoice))
        check_integer(where, "days_late", outcome.days_late, 0, MAX_DAYS)
        check_integer(where, "dilution_fen", outcome.dilution_fen, 0, amounts[invoice])
        check_integer(where, "unpaid_fen", outcome.unpaid_fen, 0, amounts[invoice] - outcome.dilution_fen)
