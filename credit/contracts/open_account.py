"""Open-account purchase (赊销): the goods are released at once, the financed part is repaid in one sum."""

from dataclasses import dataclass

from credit.contracts.arithmetic import MILLION, divide_half_even, interest_fen, share_fen
from credit.contracts.base import CashFlow, Contract, FlowKind, Party
from credit.contracts.terms import PurchaseTerms, check_goods


@dataclass(frozen=True, slots=True)
class OpenAccountPurchase(Contract):
    """Client and lender pay the supplier, deposit and rest; principal and interest come back on the due day.

    The fee is the client's payment to the platform on the first day. Set off against the disbursement it leaves lender
    and platform together with -(principal - fee) on the first day, which is what yields are measured on.

    Attributes:
        start_day: day number of purchase and disbursement.
        goods_value_fen: price of the goods, VAT included.
        terms: deposit, rates, fee, term and grace.
    """

    start_day: int
    goods_value_fen: int
    terms: PurchaseTerms

    def __post_init__(self) -> None:
        check_goods("open-account purchase", self.start_day, self.goods_value_fen)

    @property
    def deposit_fen(self) -> int:
        """The client's own part of the price, paid to the supplier."""
        return share_fen(self.goods_value_fen, self.terms.deposit_ppm)

    @property
    def principal_fen(self) -> int:
        """The financed part of the price: what is left after the deposit, to the fen."""
        return self.goods_value_fen - self.deposit_fen

    @property
    def fee_fen(self) -> int:
        """The upfront fee."""
        return share_fen(self.goods_value_fen, self.terms.fee_ppm)

    @property
    def due_day(self) -> int:
        """The day on which principal and interest are due."""
        return self.start_day + self.terms.term_days

    @property
    def interest_fen(self) -> int:
        """The interest due on the due day."""
        return interest_fen(self.principal_fen, self.terms.day_rate_ppm, self.terms.term_days)

    def schedule(self) -> tuple[CashFlow, ...]:
        """Deposit, funding and fee on the first day; principal and interest on the due day."""
        start, due = self.start_day, self.due_day
        flows = (
            CashFlow(start, Party.SME, Party.SUPPLIER, self.deposit_fen, FlowKind.DEPOSIT),
            CashFlow(start, Party.LENDER, Party.SUPPLIER, self.principal_fen, FlowKind.FUNDING),
            CashFlow(start, Party.SME, Party.PLATFORM, self.fee_fen, FlowKind.FEE),
            CashFlow(due, Party.SME, Party.LENDER, self.principal_fen, FlowKind.PRINCIPAL),
            CashFlow(due, Party.SME, Party.LENDER, self.interest_fen, FlowKind.INTEREST),
        )
        return tuple(flow for flow in flows if flow.amount_fen)

    def accrued_interest_fen(self, day: int) -> int:
        """Interest accrued by a day on the unpaid principal, overdue interest included."""
        return accrued_interest_fen(self.principal_fen, self.terms, day - self.start_day)

    def exposure_fen(self, day: int) -> int:
        """What would be lost on a day before any recovery: unpaid principal and accrued interest."""
        if day < self.start_day:
            return 0
        return self.principal_fen + self.accrued_interest_fen(day)

    def exposure_profile(self) -> tuple[int, ...]:
        """Exposure in fen on each day from the first to the due day, before the payment of that day."""
        return tuple(self.exposure_fen(day) for day in range(self.start_day, self.due_day + 1))


def accrued_interest_fen(principal_fen: int, terms: PurchaseTerms, age_days: int) -> int:
    """Interest accrued on an unpaid principal `age_days` after the first day.

    Up to the end of grace the day rate runs on. Beyond it the time since the due day bears the overdue rate, so that
    paying within grace costs what an honest delay costs, and no more. Rounded once, so that a day never takes back what
    the day before added; principal x rate x days of both parts together must stay below 2**62.
    """
    late_days = age_days - terms.term_days
    if late_days <= terms.grace_days:
        return interest_fen(principal_fen, terms.day_rate_ppm, age_days)
    rate_days = terms.day_rate_ppm * terms.term_days + terms.overdue_day_rate_ppm * late_days
    return divide_half_even(principal_fen * rate_days, MILLION)
