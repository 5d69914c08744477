"""What both forms of resin purchase finance share: what is paid by whom at the start, when it is due, what accrues."""

from abc import ABC
from dataclasses import dataclass
from typing import ClassVar

from credit.contracts.arithmetic import share_fen
from credit.contracts.base import Contract
from credit.contracts.dates import PaymentDays, Roll
from credit.contracts.terms import PurchaseTerms, check_goods
from credit.errors import BadInput, Problem


@dataclass(frozen=True, slots=True)
class ResinPurchase(Contract, ABC):
    """Goods of which the client pays the deposit and somebody else the rest, for some days.

    Attributes:
        start_day: day of purchase and disbursement: the ordinal of a date, or any day number where the terms ask for no
            calendar.
        goods_value_fen: price of the goods, VAT included.
        terms: deposit, rates, fee, term, grace and the rule for days without business.
    """

    what: ClassVar[str] = "resin purchase"

    start_day: int
    goods_value_fen: int
    terms: PurchaseTerms

    def __post_init__(self) -> None:
        check_goods(self.what, self.start_day, self.goods_value_fen, self.terms)
        if self.terms.payment_days.roll is not Roll.NONE and self.due_day <= self.start_day:
            rule = "the due day is moved to the first day or before it"
            remedy = "lengthen the term, or let payments roll forward"
            raise BadInput(Problem(rule, self.what, "term_days", self.terms.term_days, remedy=remedy))

    @property
    def deposit_fen(self) -> int:
        """The client's own part of the price."""
        return share_fen(self.goods_value_fen, self.terms.deposit_ppm)

    @property
    def principal_fen(self) -> int:
        """The financed part of the price: what is left after the deposit, to the fen."""
        return self.goods_value_fen - share_fen(self.goods_value_fen, self.terms.deposit_ppm)

    @property
    def fee_fen(self) -> int:
        """The upfront fee."""
        return share_fen(self.goods_value_fen, self.terms.fee_ppm)

    @property
    def payment_days(self) -> PaymentDays:
        """How time is counted and payments are moved."""
        return self.terms.payment_days

    @property
    def agreed_day(self) -> int:
        """The last day of the term, business or not."""
        return self.start_day + self.terms.term_days

    @property
    def due_day(self) -> int:
        """The day on which everything must be paid: the agreed day, moved where it has no business."""
        terms = self.terms
        return terms.payment_days.paid_on(self.start_day + terms.term_days)

    def interest_days(self, day: int) -> int:
        """The days of interest owed by a day up to the due day, on which all that the terms ask for is owed."""
        last = day
        if not self.terms.is_interest_to_moved_day:
            last = self.agreed_day if day >= self.due_day else min(day, self.agreed_day)
        return self.terms.payment_days.interest_days(self.start_day, last)

    def accrued_on_fen(self, principal_fen: int, day: int) -> int:
        """Interest accrued by a day on principal unpaid since the first day, overdue interest included."""
        due = self.due_day
        return accrued_over_fen(principal_fen, self.terms, self.interest_days(min(day, due)), day - due)


def accrued_interest_fen(principal_fen: int, terms: PurchaseTerms, age_days: int) -> int:
    """Interest accrued on an unpaid principal `age_days` after the first day, where no due day is moved."""
    return share_fen(principal_fen, accrued_interest_ppm(terms, age_days))


def accrued_over_fen(principal_fen: int, terms: PurchaseTerms, days: int, late_days: int) -> int:
    """Interest accrued on an unpaid principal over days up to the due day and beyond it.

    Up to the end of grace the day rate runs on. Beyond it the time since the due day bears the overdue rate, so that
    paying within grace costs what an honest delay costs, and no more. Rounded once, so that a day never takes back what
    the day before added; principal x rate x days of both parts together must stay below 2**62.

    Args:
        principal_fen: the unpaid principal.
        terms: rates and grace.
        days: days of interest up to the due day.
        late_days: days since the due day; nothing more accrues where they are not above 0.
    """
    return share_fen(principal_fen, _accrued_over_ppm(terms, days, late_days))


def accrued_interest_ppm(terms: PurchaseTerms, age_days: int) -> int:
    """Interest accrued `age_days` after the first day as a share of the unpaid principal, where no due day is moved."""
    return _accrued_over_ppm(terms, min(age_days, terms.term_days), age_days - terms.term_days)


def _accrued_over_ppm(terms: PurchaseTerms, days: int, late_days: int) -> int:
    late = max(late_days, 0)
    if late <= terms.grace_days:
        return terms.day_rate_ppm * (days + late)
    return terms.day_rate_ppm * days + terms.overdue_day_rate_ppm * late
