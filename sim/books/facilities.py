"""Drawn finance: the promise, and what has become of it.

A facility is of one of the KINDS that the market knows. What is planned in parts adds its plan in `sim.products`.
"""

from abc import ABC, abstractmethod
from typing import Any, ClassVar, Literal, NamedTuple

from credit.contracts import GoodsControlledPurchase, OpenAccountPurchase
from credit.contracts.purchase import accrued_interest_fen

Status = Literal["open", "repaid", "defaulted", "written_off", "restructured"]
STATUSES: tuple[Status, ...] = ("open", "repaid", "defaulted", "written_off", "restructured")


class Kind(NamedTuple):
    """What the tables say of every facility of one form: product and form by their files, wrapper, collateral."""

    product: str
    form: str
    wrapper: str
    collateral: str


KINDS = (
    Kind("purchase_loan", "open_account", "credit_sale", "guarantee"),
    Kind("purchase_loan", "goods_controlled", "credit_sale", "goods"),
    Kind("machine_lease", "annuity", "finance_lease", "machine"),
    Kind("sale_leaseback", "annuity", "finance_lease", "machine"),
    Kind("turnover_revolver", "bullet", "micro_loan", "guarantee"),
    Kind("receivables_advance", "recourse", "assigned_receivable", "invoice"),
    Kind("growth_loan", "seasonal", "micro_loan", "guarantee"),
    Kind("collateral_loan", "bullet", "entrusted_bank_loan", "guarantee"),
)
"""Every form that the market knows; a facility's kind is its position."""
KIND_OF = {(kind.product, kind.form): number for number, kind in enumerate(KINDS)}
CONTROLLED = KIND_OF["purchase_loan", "goods_controlled"]


class Facility(ABC):
    """Drawn finance: the promise, and what has become of it.

    Attributes:
        number: position in the book and in the facilities table.
        kind: position in KINDS.
        obligor: the SME.
        lender: who funds it.
        contract: what was promised.
        is_guaranteed: the controller stands surety.
        is_controlled: whether the goods are (or were) in custody.
        principal_fen: what was financed.
        open_fen: legal principal still owed.
        accrued_fen: interest accrued up to `accrued_day` and not paid.
        accrued_day: the day to which interest is accrued.
        falls_due_on: the due day, or the day of acceleration.
        lots_left: lots in custody.
        goods_g: grams in custody.
        goods_grade: their grade.
        stock_fen: net cost of those grams in the platform's books.
        deposit_fen: what is left of the deposit with the platform.
        margin_fen: margin paid in later and still held.
        opening_price: market price of the goods when bought or when margin was last restored, fen a tonne.
        called_on: day of the unmet margin call, or None.
        status: open, repaid, defaulted or written_off.
        exposure_fen: principal and interest on the day of default.
        written_down_fen: loss recognised so far.
        is_forgotten_until: the day on which a disorderly client remembers to pay.
    """

    __slots__ = (
        "accrued_day", "accrued_fen", "called_on", "contract", "defaulted_on", "deposit_fen", "exposure_fen",
        "falls_due_on", "goods_g", "goods_grade", "is_controlled", "is_forgotten_until", "is_guaranteed", "kind",
        "lender", "lots_left", "margin_fen", "number", "obligor", "open_fen", "opening_price", "payment_rows",
        "principal_fen", "status", "stock_fen", "written_down_fen",
    )  # fmt: skip
    contract: Any
    is_line: ClassVar[bool] = False
    """Whether it is an open line, which counts whole against limits, drawn or not."""
    is_planned: ClassVar[bool] = False
    """Whether it falls due in parts (`sim.products.planned`)."""

    def __init__(self, number: int, kind: int, obligor: Any, lender: Any, principal_fen: int) -> None:
        self.number = number
        self.kind = kind
        self.obligor = obligor
        self.lender = lender
        self.is_controlled = False
        self.is_guaranteed = False
        self.principal_fen = principal_fen
        self.open_fen = principal_fen
        self.accrued_fen = 0
        self.accrued_day = 0
        self.falls_due_on = 0
        self.lots_left = 0
        self.goods_g = 0
        self.goods_grade = 0
        self.stock_fen = 0
        self.deposit_fen = 0
        self.margin_fen = 0
        self.opening_price = 0
        self.called_on: int | None = None
        self.status: Status = "open"
        self.defaulted_on: int | None = None
        self.exposure_fen = 0
        self.written_down_fen = 0
        self.is_forgotten_until = 0
        self.payment_rows: list[int] = []

    @property
    def owed_fen(self) -> int:
        """Principal and interest owed as of `accrued_day`."""
        return self.open_fen + self.accrued_fen

    @property
    def is_performing(self) -> bool:
        """Open and not in default."""
        return self.status == "open"

    @property
    def product(self) -> str:
        """The product's name."""
        return KINDS[self.kind].product

    @abstractmethod
    def accrue_to(self, day: int) -> None:
        """Bring the interest up to a day. In default no interest is booked."""

    def expected_from_collateral_fen(self, stage: Any) -> int:
        """What security will bring later, fen."""
        return 0

    def more_state(self) -> tuple[int, ...]:
        """Whole numbers of its own beside those of all facilities."""
        return ()


class PurchaseFacility(Facility):
    """A drawn purchase finance, in either form."""

    __slots__ = ()

    def __init__(
        self,
        number: int,
        kind: int,
        obligor: Any,
        lender: Any,
        contract: OpenAccountPurchase | GoodsControlledPurchase,
    ) -> None:
        super().__init__(number, kind, obligor, lender, contract.principal_fen)
        self.contract = contract
        self.is_controlled = kind == CONTROLLED
        self.lots_left = self.contract.control.lots if self.is_controlled else 0
        self.accrued_day = contract.start_day
        self.falls_due_on = contract.due_day

    def accrue_to(self, day: int) -> None:
        """Bring the interest up to a day. In default no interest is booked."""
        if day == self.accrued_day or self.status != "open":
            return
        start, terms = self.contract.start_day, self.contract.terms
        if self.is_controlled:  # every lot paid its own interest when it left
            self.accrued_fen = accrued_interest_fen(self.open_fen, terms, day - start)
            self.accrued_day = day
            return
        before = accrued_interest_fen(self.open_fen, terms, self.accrued_day - start)
        self.accrued_fen += accrued_interest_fen(self.open_fen, terms, day - start) - before
        self.accrued_day = day
