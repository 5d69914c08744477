"""Open-account purchase (赊销): the goods are released at once, the financed part is repaid in one sum."""

from dataclasses import dataclass
from typing import ClassVar

from credit.contracts.arithmetic import interest_fen
from credit.contracts.base import CashFlow, FlowKind, Party
from credit.contracts.purchase import ResinPurchase


@dataclass(frozen=True, slots=True)
class OpenAccountPurchase(ResinPurchase):
    """Client and lender pay the supplier, deposit and rest; principal and interest come back on the due day.

    The fee is the client's payment to the platform on the first day. Set off against the disbursement it leaves lender
    and platform together with -(principal - fee) on the first day, which is what yields are measured on.
    """

    what: ClassVar[str] = "open-account purchase"

    @property
    def interest_fen(self) -> int:
        """The interest due on the due day."""
        return interest_fen(self.principal_fen, self.terms.day_rate_ppm, self.interest_days(self.due_day))

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
        return self.accrued_on_fen(self.principal_fen, day)

    def exposure_fen(self, day: int) -> int:
        """What would be lost on a day before any recovery: unpaid principal and accrued interest."""
        if day < self.start_day:
            return 0
        return self.principal_fen + self.accrued_interest_fen(day)

    def exposure_profile(self) -> tuple[int, ...]:
        """Exposure in fen on each day from the first to the due day, before the payment of that day."""
        return tuple(self.exposure_fen(day) for day in range(self.start_day, self.due_day + 1))
