"""Which receivables may be advanced against, and how much: ageing, affiliates, contra accounts, concentration."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from credit.contracts.arithmetic import MAX_AMOUNT_FEN, MAX_DAYS, MILLION, divide_half_even, share_fen
from credit.contracts.edge import check_integer
from credit.errors import BadInput, Problem


@dataclass(frozen=True, slots=True)
class Receivable:
    """An invoice that the client sent to a debtor.

    Attributes:
        invoice_id: its name.
        debtor_id: who owes it.
        amount_fen: what is owed, VAT included.
        due_day: ordinal.
        contra_fen: what the client owes that debtor, who may set it off.
        is_affiliate: client and debtor belong together.
    """

    invoice_id: str
    debtor_id: str
    amount_fen: int
    due_day: int
    contra_fen: int = 0
    is_affiliate: bool = False

    def __post_init__(self) -> None:
        where = f"receivable {self.invoice_id}"
        check_integer(where, "amount_fen", self.amount_fen, 1, MAX_AMOUNT_FEN)
        check_integer(where, "contra_fen", self.contra_fen, 0, MAX_AMOUNT_FEN)
        if not isinstance(self.due_day, int):
            raise BadInput(Problem("must be an integer day number", file=where, field="due_day", value=self.due_day))


@dataclass(frozen=True, slots=True)
class EligibilityRules:
    """What the factor does not advance against.

    Attributes:
        days_past_due_maximum: older arrears make an invoice ineligible.
        concentration_ppm: the most that one debtor may be of all invoices that pass the other rules; what is above it
            is ineligible.
    """

    days_past_due_maximum: int
    concentration_ppm: int

    def __post_init__(self) -> None:
        check_integer("eligibility rules", "days_past_due_maximum", self.days_past_due_maximum, 0, MAX_DAYS)
        check_integer("eligibility rules", "concentration_ppm", self.concentration_ppm, 1, MILLION)


class Verdict(NamedTuple):
    """What of an invoice is eligible, and why not the rest.

    Attributes:
        receivable: the invoice.
        eligible_fen: what may be advanced against.
        reasons: `overdue`, `affiliate`, `contra`, `concentration`; empty when all of it is eligible.
    """

    receivable: Receivable
    eligible_fen: int
    reasons: tuple[str, ...]


def judge(receivables: Sequence[Receivable], rules: EligibilityRules, day: int) -> tuple[Verdict, ...]:
    """Judge each invoice of a pool on a day.

    A debtor's excess over the concentration limit falls on its invoices in proportion, to the fen. The limit is a share
    of the pool before the excess is cut: cutting does not lower the limit of others.

    Raises:
        BadInput: an invoice stands twice in the pool.
    """
    names = [receivable.invoice_id for receivable in receivables]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise BadInput(Problem("must stand once in the pool: it was assigned twice", field="invoice_id", value=twice))
    passed: dict[str, int] = {}
    reasons: dict[str, list[str]] = {}
    owed_by: dict[str, list[str]] = {}
    for receivable in receivables:
        owed_by.setdefault(receivable.debtor_id, []).append(receivable.invoice_id)
        told = reasons[receivable.invoice_id] = []
        amount = receivable.amount_fen
        if day - receivable.due_day > rules.days_past_due_maximum:
            told.append("overdue")
        if receivable.is_affiliate:
            told.append("affiliate")
        if told:
            amount = 0
        elif receivable.contra_fen:
            told.append("contra")
            amount = max(0, amount - receivable.contra_fen)
        passed[receivable.invoice_id] = amount
    limit = share_fen(sum(passed.values()), rules.concentration_ppm)
    eligible = dict(passed)
    for own in owed_by.values():
        owed = sum(passed[name] for name in own)
        if owed > limit:
            reached = 0
            for name in own:
                before = divide_half_even(limit * reached, owed)
                reached += passed[name]
                eligible[name] = divide_half_even(limit * reached, owed) - before
                if eligible[name] < passed[name]:
                    reasons[name].append("concentration")
    return tuple(Verdict(r, eligible[r.invoice_id], tuple(reasons[r.invoice_id])) for r in receivables)


def reserve_ppm(advance_ppm: int, dilution_ppm: int, floor_ppm: int) -> int:
    """What is kept back of an eligible invoice: 1 - advance rate, or 2 x dilution + floor where that is more."""
    return min(MILLION, max(MILLION - advance_ppm, 2 * dilution_ppm + floor_ppm))


def availability_fen(eligible_fen: int, advance_ppm: int, limit_fen: int, outstanding_fen: int = 0) -> int:
    """What may still be drawn: min(advance rate x eligible receivables, limit) less what is drawn, at least 0."""
    return max(0, min(share_fen(eligible_fen, advance_ppm), limit_fen) - outstanding_fen)
