"""Contracts as promises: who pays whom, when, how much and what for."""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from enum import StrEnum
from operator import attrgetter
from typing import NamedTuple

from credit.contracts.dates import PaymentDays, Roll


class Party(StrEnum):
    """Whoever can pay or be paid under a contract."""

    SME = "sme"
    SUPPLIER = "supplier"
    PLATFORM = "platform"
    LENDER = "lender"  # bank, lessor or factor, as the contract says
    DEBTOR = "debtor"  # the client's own customer, who pays an invoice
    FUNDER = "funder"  # who buys the platform's claims


class FlowKind(StrEnum):
    """What a payment is for."""

    DEPOSIT = "deposit"
    FUNDING = "funding"  # the lender puts up the principal
    PURCHASE = "purchase"  # the platform pays the goods
    FEE = "fee"
    PRINCIPAL = "principal"
    INTEREST = "interest"
    DOWN_PAYMENT = "down_payment"  # the client's own part of a machine's price
    REFUND = "refund"  # a deposit comes back, in cash or against a rent of that day
    OPTION = "option"  # the machine becomes the client's
    DRAW = "draw"  # money taken from a line
    COMMITMENT = "commitment"  # fee on the undrawn part of a line
    COLLECTION = "collection"  # what a servicer or factor receives for others
    RELEASE = "release"  # what it passes on to the client
    ASSIGNMENT = "assignment"  # price of a claim


class CashFlow(NamedTuple):
    """A promised payment.

    Attributes:
        day: day number; the origin is whoever made the contract's (`date.toordinal()` or a market day).
        payer: who pays.
        payee: who is paid.
        amount_fen: what is paid, > 0.
        kind: what it is for.
    """

    day: int
    payer: Party
    payee: Party
    amount_fen: int
    kind: FlowKind


def in_order_of_days(flows: Iterable[CashFlow]) -> tuple[CashFlow, ...]:
    """Flows of some amount, sooner ones first; those of one day in the order in which they are told."""
    return tuple(sorted((flow for flow in flows if flow.amount_fen), key=attrgetter("day")))


FINANCIERS = (Party.LENDER, Party.PLATFORM, Party.FUNDER)
"""Yields are told for lender, platform and funder taken together: how they share is not the client's cost."""


def net_of(flows: Iterable[CashFlow], parties: Collection[Party]) -> dict[int, int]:
    """What a group of parties together receives (+) and pays (-) on each day on which it does either, in fen."""
    net: dict[int, int] = {}
    for flow in flows:
        received = (flow.payee in parties) - (flow.payer in parties)
        net[flow.day] = net.get(flow.day, 0) + received * flow.amount_fen
    return net


class Contract(ABC):
    """A promise. A contract supplies its `schedule`; who nets what on which day follows from it."""

    __slots__ = ()

    @abstractmethod
    def schedule(self) -> tuple[CashFlow, ...]:
        """Every promised payment in the order of days, as if all is paid when due."""

    @abstractmethod
    def exposure_profile(self) -> tuple[int, ...]:
        """What would be lost before any recovery, in fen, on each day from the first to the last payment day."""

    @property
    def payment_days(self) -> PaymentDays | None:
        """How the contract counts time and moves its payments; None where it knows no calendar."""
        return None

    def unpublished_days(self) -> tuple[int, ...]:
        """Its payment days in years whose holidays its calendar does not know: there only weekends move them."""
        rule = self.payment_days
        if rule is None or rule.roll is Roll.NONE:
            return ()
        return tuple(sorted({flow.day for flow in self.schedule() if not rule.calendar.is_published(flow.day)}))

    def months_from_start(self, days: Sequence[int]) -> list[float] | None:
        """Months from the first day to payment days, where interest is paid by the month; None where it is not."""
        del days
        return None

    def net_by_day(self, parties: Collection[Party] = FINANCIERS) -> dict[int, int]:
        """What a group of parties together receives (+) and pays (-) on each day on which it does either, in fen.

        Payments inside the group cancel. Over all parties the answer is zero on every day: value is conserved.
        """
        return net_of(self.schedule(), parties)

    def total_fen(self, payer: Party, kind: FlowKind) -> int:
        """All that a party is to pay for one purpose, in fen."""
        return sum(flow.amount_fen for flow in self.schedule() if flow.payer is payer and flow.kind is kind)
