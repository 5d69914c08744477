"""The platform's own claim on a client, sold to a funder: the same money twice told, in the books of both.

The platform sells resin on open account and becomes the client's creditor. Some days later it assigns the claim: the
funder pays the funded share of the face less a discount for the days left. The platform stays servicer: it collects and
passes on. Without recourse the claim leaves its books and the funder bears the loss on its share; with recourse the
assignment is a borrowing against the claim.
"""

from dataclasses import dataclass
from typing import ClassVar

from credit.contracts.arithmetic import MAX_DAYS, MILLION, divide_half_even, interest_fen, share_fen
from credit.contracts.base import CashFlow, FlowKind, Party
from credit.contracts.bookkeeping import Account, Entry
from credit.contracts.dates import check_day
from credit.contracts.edge import check_integer
from credit.contracts.purchase import ResinPurchase
from credit.errors import BadInput, Problem

DAYS_A_YEAR = 365


@dataclass(frozen=True, slots=True)
class AssignmentTerms:
    """On what terms the funder takes the claim.

    Attributes:
        after_days: days from the sale of the goods to the assignment.
        funded_ppm: share of the claim that the funder takes and pays; the rest stays the platform's.
        discount_annual_ppm: simple discount a year (365 days) on the funded face, taken from the price.
        has_recourse: whether the platform makes good what the client leaves unpaid.
    """

    after_days: int
    funded_ppm: int
    discount_annual_ppm: int
    has_recourse: bool

    def __post_init__(self) -> None:
        check_integer("assignment terms", "after_days", self.after_days, 0, MAX_DAYS)
        check_integer("assignment terms", "funded_ppm", self.funded_ppm, 1, MILLION)
        check_integer("assignment terms", "discount_annual_ppm", self.discount_annual_ppm, 0, MILLION // 3)


@dataclass(frozen=True, slots=True)
class AssignedReceivable(ResinPurchase):
    """A credit sale of the platform and the assignment of its claim.

    The first day is the ordinal of the sale. The platform buys the goods for what it sells them for here (its trade
    margin is told elsewhere).

    Attributes:
        assignment: terms between platform and funder.
    """

    what: ClassVar[str] = "assigned receivable"

    assignment: AssignmentTerms

    def __post_init__(self) -> None:
        check_day(self.what, "start_day", self.start_day)
        ResinPurchase.__post_init__(self)  # slots make a new class, which super() without arguments does not know
        if self.assigned_day >= self.due_day:
            rule = f"must lie before the claim is due, {self.due_day - self.start_day} days after the sale"
            raise BadInput(
                Problem(rule, file="assigned receivable", field="after_days", value=self.assignment.after_days)
            )

    @property
    def assigned_day(self) -> int:
        """The day of the assignment."""
        return self.start_day + self.assignment.after_days

    @property
    def face_fen(self) -> int:
        """What the client is to pay on the due day: principal and interest."""
        return self.principal_fen + self._accrued_fen(self.due_day)

    @property
    def funded_face_fen(self) -> int:
        """The funder's share of it."""
        return share_fen(self.face_fen, self.assignment.funded_ppm)

    @property
    def discount_fen(self) -> int:
        """What the funder keeps back for the days left."""
        days_left = self.due_day - self.assigned_day
        rate_days = self.assignment.discount_annual_ppm * days_left
        return divide_half_even(self.funded_face_fen * rate_days, DAYS_A_YEAR * MILLION)

    @property
    def price_fen(self) -> int:
        """What the funder pays."""
        return self.funded_face_fen - self.discount_fen

    def _accrued_fen(self, day: int) -> int:
        return interest_fen(self.principal_fen, self.terms.day_rate_ppm, self.interest_days(day))

    def schedule(self, unpaid_fen: int = 0) -> tuple[CashFlow, ...]:
        """Goods, deposit and fee; the assignment; the client's payment and what the servicer passes on.

        Args:
            unpaid_fen: what the client never pays of the face.

        Raises:
            BadInput: more than the face stays unpaid.
        """
        sme, platform, funder = Party.SME, Party.PLATFORM, Party.FUNDER
        paid_interest, paid_principal = self._collected(unpaid_fen)
        flows = (
            CashFlow(self.start_day, platform, Party.SUPPLIER, self.goods_value_fen, FlowKind.PURCHASE),
            CashFlow(self.start_day, sme, platform, self.deposit_fen, FlowKind.DEPOSIT),
            CashFlow(self.start_day, sme, platform, self.fee_fen, FlowKind.FEE),
            CashFlow(self.assigned_day, funder, platform, self.price_fen, FlowKind.ASSIGNMENT),
            CashFlow(self.due_day, sme, platform, paid_principal, FlowKind.PRINCIPAL),
            CashFlow(self.due_day, sme, platform, paid_interest, FlowKind.INTEREST),
            CashFlow(self.due_day, platform, funder, self.passed_on_fen(unpaid_fen), FlowKind.COLLECTION),
        )
        return tuple(flow for flow in flows if flow.amount_fen)

    def _collected(self, unpaid_fen: int) -> tuple[int, int]:
        check_integer("assigned receivable", "unpaid_fen", unpaid_fen, 0, self.face_fen)
        interest = min(self.face_fen - unpaid_fen, self.face_fen - self.principal_fen)
        return interest, self.face_fen - unpaid_fen - interest

    def passed_on_fen(self, unpaid_fen: int = 0) -> int:
        """What the funder receives on the due day: its whole face with recourse, else its share of what came in."""
        if self.assignment.has_recourse:
            return self.funded_face_fen
        return divide_half_even((self.face_fen - unpaid_fen) * self.funded_face_fen, self.face_fen)

    def entries(self, unpaid_fen: int = 0) -> tuple[Entry, ...]:
        """The journals of platform and funder, before VAT.

        Without recourse the funded share leaves the platform's books at what it is worth there on that day, and the
        difference to the price is the result of the assignment. With recourse nothing leaves: the price is borrowed,
        and the discount is interest.
        """
        check_integer("assigned receivable", "unpaid_fen", unpaid_fen, 0, self.face_fen)
        return (*self._sale(), *self._assignment(), *self._settlement(unpaid_fen))

    def _sale(self) -> list[Entry]:
        start, value = self.start_day, self.goods_value_fen
        return [
            *_booked(start, Party.PLATFORM, "goods bought", {Account.INVENTORY: value, Account.CASH: -value}),
            *_booked(
                start,
                Party.PLATFORM,
                "goods sold on credit",
                {Account.CASH: self.deposit_fen, Account.RECEIVABLE: self.principal_fen, Account.SALES: -value},
            ),
            *_booked(
                start, Party.PLATFORM, "goods delivered", {Account.COST_OF_GOODS: value, Account.INVENTORY: -value}
            ),
            *_booked(start, Party.PLATFORM, "fee", {Account.CASH: self.fee_fen, Account.FEE_INCOME: -self.fee_fen}),
        ]

    @property
    def _carried_share_fen(self) -> int:
        """What the funded share is worth in the platform's books on the day of the assignment."""
        return share_fen(self.principal_fen + self._accrued_fen(self.assigned_day), self.assignment.funded_ppm)

    def _assignment(self) -> list[Entry]:
        day, price, accrued = self.assigned_day, self.price_fen, self._accrued_fen(self.assigned_day)
        entries = _booked(
            day,
            Party.PLATFORM,
            "interest to the assignment",
            {Account.RECEIVABLE: accrued, Account.INTEREST_INCOME: -accrued},
        )
        if self.assignment.has_recourse:
            asset = Account.LOAN_TO_PLATFORM
            entries += _booked(
                day, Party.PLATFORM, "borrowed against the claim", {Account.CASH: price, Account.BORROWING: -price}
            )
        else:
            asset, carried = Account.PURCHASED_RECEIVABLE, self._carried_share_fen
            entries += _booked(
                day,
                Party.PLATFORM,
                "claim assigned",
                {Account.CASH: price, Account.ASSIGNMENT_RESULT: carried - price, Account.RECEIVABLE: -carried},
            )
        return [*entries, *_booked(day, Party.FUNDER, "claim taken", {asset: price, Account.CASH: -price})]

    def _settlement(self, unpaid_fen: int) -> list[Entry]:
        day, passed_on, collected = self.due_day, self.passed_on_fen(unpaid_fen), self.face_fen - unpaid_fen
        has_recourse = self.assignment.has_recourse
        asset = Account.LOAN_TO_PLATFORM if has_recourse else Account.PURCHASED_RECEIVABLE
        held_face = self.face_fen if has_recourse else self.face_fen - self.funded_face_fen
        carried = self.principal_fen + self._accrued_fen(self.assigned_day)
        earned = held_face - (carried if has_recourse else carried - self._carried_share_fen)
        lost = unpaid_fen if has_recourse else held_face - (collected - passed_on)
        entries = _booked(
            day,
            Party.PLATFORM,
            "interest to the due day",
            {Account.RECEIVABLE: earned, Account.INTEREST_INCOME: -earned},
        )
        if has_recourse:
            entries += _booked(
                day,
                Party.PLATFORM,
                "client pays",
                {Account.CASH: collected, Account.CREDIT_LOSS: lost, Account.RECEIVABLE: -held_face},
            )
            entries += _booked(
                day,
                Party.PLATFORM,
                "borrowing repaid",
                {
                    Account.INTEREST_EXPENSE: self.discount_fen,
                    Account.BORROWING: self.price_fen,
                    Account.CASH: -passed_on,
                },
            )
        else:
            entries += _booked(
                day,
                Party.PLATFORM,
                "client pays",
                {
                    Account.CASH: collected,
                    Account.CREDIT_LOSS: lost,
                    Account.RECEIVABLE: -held_face,
                    Account.DUE_TO_FUNDER: -passed_on,
                },
            )
            entries += _booked(
                day, Party.PLATFORM, "passed on", {Account.DUE_TO_FUNDER: passed_on, Account.CASH: -passed_on}
            )
        entries += _booked(
            day,
            Party.FUNDER,
            "discount earned",
            {asset: self.discount_fen, Account.INTEREST_INCOME: -self.discount_fen},
        )
        return entries + _booked(
            day,
            Party.FUNDER,
            "claim paid",
            {
                Account.CASH: passed_on,
                Account.CREDIT_LOSS: self.funded_face_fen - passed_on,
                asset: -self.funded_face_fen,
            },
        )

    def exposure_fen(self, day: int) -> int:
        """What the client owes on a day while it has not paid, overdue interest included.

        On whom a loss falls, `passed_on_fen` says.
        """
        if day < self.start_day:
            return 0
        return self.principal_fen + self.accrued_on_fen(self.principal_fen, day)

    def exposure_profile(self) -> tuple[int, ...]:
        """Exposure in fen on each day from the first to the due day, before the payment of that day."""
        return tuple(self.exposure_fen(day) for day in range(self.start_day, self.due_day + 1))


def _booked(day: int, books: Party, text: str, debits_fen: dict[Account, int]) -> list[Entry]:
    """The lines of one booking, zeros left out. Debits and credits are equal by construction of the callers."""
    return [Entry(day, books, account, amount, text) for account, amount in debits_fen.items() if amount]
